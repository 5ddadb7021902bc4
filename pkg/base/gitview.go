package base

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// view is the project's directory at one commit as a file system. It shows of each directory only what may belong to the wanted keys.
type view struct {
	git  *Git
	root plumbing.Hash
	// wanted is nil if everything is.
	wanted *wanted
	// only are the files and directories that are shown, besides what speaks for its directory; nil shows all.
	only map[string]bool
	// opened is told of each file that was opened and is there.
	opened func(name string)
	// err is the first failure of git itself. Whatever a reader makes of it, the walk must end with it: what cannot be read is not absent.
	err error
}

func (v *view) fail(op, name string, err error) error {
	if v.err == nil {
		v.err = err
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

func (v *view) find(op, name string) (entry, error) {
	if !fs.ValidPath(name) {
		return entry{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if v.root.IsZero() {
		return entry{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	e, found, err := v.git.find(v.root, name)
	if err != nil {
		return entry{}, v.fail(op, name, err)
	}
	if !found {
		return entry{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	e.name = path.Base(name)
	return e, nil
}

// Open opens a regular file; directories are read by ReadDir.
func (v *view) Open(name string) (fs.File, error) {
	e, err := v.find("open", name)
	if err != nil {
		return nil, err
	}
	if !e.isFile() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	data, err := v.git.blob(e.hash)
	if err != nil {
		return nil, v.fail("open", name, err)
	}
	v.opened(name)
	return &viewFile{Reader: bytes.NewReader(data), info: viewInfo{entry: e, size: int64(len(data))}}, nil
}

// Stat tells what a name is.
func (v *view) Stat(name string) (fs.FileInfo, error) {
	e, err := v.find("stat", name)
	return viewInfo{entry: e}, err
}

// ReadDir lists what a directory has of the wanted keys.
func (v *view) ReadDir(name string) ([]fs.DirEntry, error) {
	if name == "." && v.root.IsZero() {
		return nil, nil
	}
	dir, err := v.find("readdir", name)
	if err != nil {
		return nil, err
	}
	if !dir.isDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrInvalid}
	}
	raw, err := v.git.tree(dir.hash)
	if err != nil {
		return nil, v.fail("readdir", name, err)
	}
	folders, whole := v.wanted.at(name)
	var entries []fs.DirEntry
	for e, err := range raw.entries() {
		if err != nil {
			return nil, v.fail("readdir", name, err)
		}
		if v.only != nil && !v.only[path.Join(name, e.name)] && (e.isDir() || !speaksForDirectory(e.name)) {
			continue
		}
		if whole || shows(folders, e) {
			entries = append(entries, fs.FileInfoToDirEntry(viewInfo{entry: e}))
		}
	}
	return entries, nil
}

// at gives the folders that a directory may be. whole tells that it lies in a wanted folder, which is there if anything is in it, at any depth.
func (w *wanted) at(dir string) (folders []*wanted, whole bool) {
	if w == nil {
		return nil, true
	}
	folders = []*wanted{w}
	if dir == "." {
		return folders, false
	}
	for segment := range strings.SplitSeq(dir, "/") {
		folders = subfolders(folders, segment)
		for _, w := range folders {
			whole = whole || len(w.own) > 0
		}
	}
	return folders, whole
}

func shows(folders []*wanted, e entry) bool {
	if e.isDir() {
		return len(subfolders(folders, e.name)) > 0
	}
	found := speaksForDirectory(e.name)
	for _, w := range folders {
		w.mayBe(e.name, func(int) { found = true })
	}
	return found
}

type viewInfo struct {
	entry
	size int64
}

func (i viewInfo) Name() string       { return i.name }
func (i viewInfo) Size() int64        { return i.size }
func (i viewInfo) Mode() fs.FileMode  { return i.fileMode() }
func (i viewInfo) ModTime() time.Time { return time.Time{} }
func (i viewInfo) IsDir() bool        { return i.isDir() }
func (i viewInfo) Sys() any           { return nil }

type viewFile struct {
	io.Reader
	info viewInfo
}

func (f *viewFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *viewFile) Close() error               { return nil }
