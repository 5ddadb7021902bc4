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
	// WriteFile makes or truncates a file and returns when its bytes are on the disk.
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

// WriteFile implements Dir.
func (d *OSDir) WriteFile(name string, data []byte, perm fs.FileMode) (err error) {
	f, err := d.root.OpenFile(filepath.FromSlash(name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, perm)
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
