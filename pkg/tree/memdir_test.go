package tree

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing/fstest"

	"golang.org/x/text/unicode/norm"
)

// memDir is a directory in memory. folding makes it one that tells neither letter cases nor normal forms apart; stop makes the n-th step and every
// further one fail, half of a write done, as a crash does.
type memDir struct {
	folding bool
	files   map[string]*memFile
	dirs    map[string]string
	steps   int
	stop    int
	writes  map[string]int
}

type memFile struct {
	name string
	data []byte
}

var errStopped = errors.New("stopped")

func newMemDir(folding bool) *memDir {
	return &memDir{folding: folding, files: map[string]*memFile{}, dirs: map[string]string{".": "."}, writes: map[string]int{}}
}

func (d *memDir) clone() *memDir {
	c := newMemDir(d.folding)
	for k, f := range d.files {
		c.files[k] = &memFile{f.name, slices.Clone(f.data)}
	}
	for k, name := range d.dirs {
		c.dirs[k] = name
	}
	return c
}

func (d *memDir) key(name string) string {
	if d.folding {
		return norm.NFC.String(strings.ToLower(strings.ToUpper(norm.NFD.String(name))))
	}
	return name
}

func (d *memDir) step() error {
	d.steps++
	if d.stop > 0 && d.steps >= d.stop {
		return errStopped
	}
	return nil
}

func (d *memDir) ReadFile(name string) ([]byte, error) {
	if f := d.files[d.key(name)]; f != nil {
		return slices.Clone(f.data), nil
	}
	return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
}

// Writers keeps the steps in one order, so that a failing test fails again.
func (d *memDir) Writers() int { return 1 }

func (d *memDir) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(d.FS(), name) }

func (d *memDir) Mode(string) (fs.FileMode, error) { return 0o640, nil }

func (d *memDir) MkdirAll(name string) error {
	if err := d.step(); err != nil {
		return err
	}
	for dir := name; dir != "."; dir = path.Dir(dir) {
		if d.files[d.key(dir)] != nil {
			return &fs.PathError{Op: "mkdir", Path: dir, Err: fs.ErrExist}
		}
		if d.dirs[d.key(dir)] == "" {
			d.dirs[d.key(dir)] = dir
		}
	}
	return nil
}

func (d *memDir) WriteFile(name string, data []byte, _ fs.FileMode) error {
	if d.dirs[d.key(path.Dir(name))] == "" || d.dirs[d.key(name)] != "" {
		return &fs.PathError{Op: "write", Path: name, Err: fs.ErrNotExist}
	}
	err := d.step()
	if err != nil {
		data = data[:len(data)/2]
	}
	d.files[d.key(name)] = &memFile{name, slices.Clone(data)}
	return err
}

func (d *memDir) Rename(oldName, newName string) error {
	if err := d.step(); err != nil {
		return err
	}
	f := d.files[d.key(oldName)]
	if f == nil || d.dirs[d.key(newName)] != "" || d.dirs[d.key(path.Dir(newName))] == "" {
		return &fs.PathError{Op: "rename", Path: newName, Err: fs.ErrNotExist}
	}
	delete(d.files, d.key(oldName))
	if standing := d.files[d.key(newName)]; standing != nil {
		newName = standing.name
	}
	d.files[d.key(newName)] = &memFile{newName, f.data}
	d.writes[newName]++
	return nil
}

func (d *memDir) Remove(name string) error {
	if err := d.step(); err != nil {
		return err
	}
	if d.files[d.key(name)] != nil {
		delete(d.files, d.key(name))
		return nil
	}
	if d.dirs[d.key(name)] == "" {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
	}
	if entries, _ := d.ReadDir(name); len(entries) > 0 {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrExist}
	}
	delete(d.dirs, d.key(name))
	return nil
}

// FS gives the directory for reading. A file below a directory stands under the spelling that the directory was made with.
func (d *memDir) FS() fs.FS {
	m := fstest.MapFS{}
	spelled := func(name string) string {
		parts := strings.Split(name, "/")
		for i := range parts {
			if made := d.dirs[d.key(strings.Join(parts[:i+1], "/"))]; made != "" {
				parts[i] = path.Base(made)
			}
		}
		return strings.Join(parts, "/")
	}
	for _, f := range d.files {
		m[spelled(f.name)] = &fstest.MapFile{Data: f.data}
	}
	for _, name := range d.dirs {
		if name != "." {
			m[spelled(name)] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
		}
	}
	return m
}

// tree gives the files of the tree, without dwsync's own.
func (d *memDir) tree() map[string]string {
	files := map[string]string{}
	for _, f := range d.files {
		if !strings.HasPrefix(f.name, privateDir+"/") {
			files[f.name] = string(f.data)
		}
	}
	return files
}
