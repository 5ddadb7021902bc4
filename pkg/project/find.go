package project

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dwsync/dwsync/pkg/config"
)

// NotFoundError reports that no dwsync.yaml stands in a directory or above it.
type NotFoundError struct {
	Dir string
	// NoDir tells that there is no such directory.
	NoDir bool
}

func (e *NotFoundError) Error() string {
	if e.NoDir {
		return fmt.Sprintf("there is no directory %s; name the project's directory with -C", e.Dir)
	}
	return fmt.Sprintf("no %s in %s or above it; go to the project's directory or name it with -C", config.FileName, e.Dir)
}

// Find gives the directory of the nearest dwsync.yaml, walking up from dir. A directory of that name is none; whether a link of that name leads to a
// dwsync.yaml is seen when it is read. Errors: *NotFoundError.
func Find(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(abs); errors.Is(err, fs.ErrNotExist) {
		return "", &NotFoundError{Dir: dir, NoDir: true}
	}
	for at := abs; ; at = filepath.Dir(at) {
		info, err := os.Lstat(filepath.Join(at, config.FileName))
		switch {
		case err == nil && !info.IsDir():
			return at, nil
		case err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrInvalid):
			return "", fmt.Errorf("look for %s: %w", config.FileName, err)
		case filepath.Dir(at) == at:
			return "", &NotFoundError{Dir: dir}
		}
	}
}
