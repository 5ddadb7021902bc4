package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Dir is the directory that holds a tree, as dwsync writes to it: the one way in which files of a tree are changed. Names are slash paths below the
// directory. Each method is one step that a crash can fall behind or before, so that a test can stop a run anywhere. WriteFile is called by several goroutines at once, unless a method
// `Writers() int` says how many are allowed; everything else by one.
type Dir interface {
	// ReadFile gives a file's bytes; fs.ErrNotExist if there is none.
	ReadFile(name string) ([]byte, error)
	ReadDir(name string) ([]fs.DirEntry, error)
	// Mode gives the permissions of a file.
	Mode(name string) (fs.FileMode, error)
	MkdirAll(name string) error
	// WriteFile makes a file, in the place of one that stands there, and returns when its bytes are on the disk. A symbolic link there is replaced, never
	// followed.
	WriteFile(name string, data []byte, perm fs.FileMode) error
	// Rename replaces newName, in one step.
	Rename(oldName, newName string) error
	// Remove removes a file or an empty directory.
	Remove(name string) error
}

// OSDir is a directory of the operating system. No name and no symbolic link leads out of it.
type OSDir struct{ root *os.Root }

// OpenDir opens an existing directory.
func OpenDir(path string) (*OSDir, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("opening the tree's directory: %w", err)
	}
	return &OSDir{root: root}, nil
}

// FS gives the directory for reading.
func (d *OSDir) FS() fs.FS { return d.root.FS() }

// Close releases the directory.
func (d *OSDir) Close() error { return d.root.Close() }

// ReadFile implements Dir.
func (d *OSDir) ReadFile(name string) ([]byte, error) {
	return d.root.ReadFile(filepath.FromSlash(name))
}

// ReadDir implements Dir.
func (d *OSDir) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(d.root.FS(), name) }

// Mode implements Dir.
func (d *OSDir) Mode(name string) (fs.FileMode, error) {
	info, err := d.root.Lstat(filepath.FromSlash(name))
	if err != nil {
		return 0, err
	}
	return info.Mode().Perm(), nil
}

// MkdirAll implements Dir.
func (d *OSDir) MkdirAll(name string) error { return d.root.MkdirAll(filepath.FromSlash(name), 0o755) }

// InTheWayError reports a directory where dwsync writes a file of its own. It is left as it is.
type InTheWayError struct{ Path string }

func (e *InTheWayError) Error() string {
	return e.Path + " is a directory that holds something, and dwsync writes a file there; move it away and run the command again"
}

// WriteFile implements Dir. Errors: *InTheWayError, or of the file system.
func (d *OSDir) WriteFile(name string, data []byte, perm fs.FileMode) (err error) {
	place := filepath.FromSlash(name)
	if err := d.root.Remove(place); err != nil && !errors.Is(err, fs.ErrNotExist) {
		if info, statErr := d.root.Lstat(place); statErr == nil && info.IsDir() {
			return &InTheWayError{Path: name}
		}
		return err
	}
	f, err := d.root.OpenFile(place, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Write(data); err != nil {
		return err
	}
	return f.Sync()
}

// Rename implements Dir.
func (d *OSDir) Rename(oldName, newName string) error {
	return d.root.Rename(filepath.FromSlash(oldName), filepath.FromSlash(newName))
}

// Remove implements Dir.
func (d *OSDir) Remove(name string) error { return d.root.Remove(filepath.FromSlash(name)) }
