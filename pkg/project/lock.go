package project

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// LockedError reports that another run on this machine works on the same workspace.
type LockedError struct {
	// Holder is what that run wrote about itself.
	Holder string
}

func (e *LockedError) Error() string {
	return "another dwsync works on this workspace on this machine: " + e.Holder + "; wait for it to end"
}

// lock takes the machine's lock on a workspace. The operating system holds it for the process, so that it is never stale; what the file says is for
// people only.
type lock struct{ file *flock.Flock }

// acquireLock locks the workspace that endpoint and project name. Errors: *LockedError.
func acquireLock(endpoint, project string, now time.Time) (*lock, error) {
	dir, err := lockDir()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(endpoint + "\x00" + project))
	path := filepath.Join(dir, hex.EncodeToString(sum[:8])+".lock")
	file := flock.New(path)
	locked, err := file.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the workspace: %w", err)
	}
	holder := path + ".holder"
	if !locked {
		text, err := os.ReadFile(holder)
		if err != nil {
			text = []byte("it does not say who it is")
		}
		return nil, &LockedError{Holder: strings.TrimSpace(string(text))}
	}
	host, _ := os.Hostname()
	text := fmt.Sprintf("process %d on %s, since %s, on %s at %s\n", os.Getpid(), host, now.UTC().Format(time.RFC3339), project, endpoint)
	// The text only helps people; without it the lock holds all the same.
	_ = os.WriteFile(holder, []byte(text), 0o600)
	return &lock{file: file}, nil
}

func (l *lock) release() error {
	if l == nil {
		return nil
	}
	return l.file.Unlock()
}

// lockDir gives the directory of the locks, and makes it: the user's cache directory. A user without one, as in many containers, has a directory of the
// user's own in the system's temporary one instead. That is right on one machine, because whether a user has a home is the same for all of the user's runs
// there as a rule, and all of them then meet in it; where it is not, the runs do not see each other, as runs on two machines do not: then finding a moved form
// is the guard. Others can make a directory of that name first, so that one that is not a real directory of the user's alone is refused.
func lockDir() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		own := filepath.Join(os.TempDir(), fmt.Sprintf("dwsync-%d", os.Getuid()))
		if err := os.Mkdir(own, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return "", fmt.Errorf("make the lock's directory: %w", err)
		}
		info, err := os.Lstat(own)
		if err != nil {
			return "", fmt.Errorf("make the lock's directory: %w", err)
		}
		if !info.IsDir() || runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
			return "", fmt.Errorf("%s is no directory of this user alone, so that no lock can be kept there; remove it, or set HOME or XDG_CACHE_HOME", own)
		}
		cache = own
	}
	dir := filepath.Join(cache, "dwsync", "locks")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make the lock's directory: %w", err)
	}
	return dir, nil
}
