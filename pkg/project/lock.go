package project

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
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
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("find the user's cache directory for the lock: %w", err)
	}
	dir := filepath.Join(cache, "dwsync", "locks")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the lock's directory: %w", err)
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
