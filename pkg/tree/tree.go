package tree

import (
	"cmp"
	"io/fs"
	"slices"

	"github.com/dwsync/dwsync/pkg/model"
)

// Tree is a whole tree, read without an error.
type Tree struct {
	Objects map[model.Key]Local
	// Warnings are what is odd but harmless, by place.
	Warnings []model.Problem
}

// Keys gives the keys of the tree's objects, sorted.
func (t Tree) Keys() []model.Key {
	keys := make([]model.Key, 0, len(t.Objects))
	for k := range t.Objects {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, model.Key.Compare)
	return keys
}

// Local is an object of the tree, in portable form, and where it stands.
type Local struct {
	Object model.Object
	// Meta is the slash path of the YAML below the tree's root; of a folder it is the directory.
	Meta string
	// Content is the slash path of the file that holds the content, "" where there is none.
	Content string

	// indented tells that the file shows the content in another form than it is stored (JSON, indented).
	indented bool
	// asStored tells that the content has an envelope, and the file shows it together with the code, as it is stored: the YAML does not have it.
	asStored bool
	places   map[model.Field]place
	items    map[model.Field]map[string]place
}

// Position tells where in Meta a field's value stands, counted from 1; 0, 0 if the file does not name the field. The content stands in a file of its
// own, and has no position.
func (l Local) Position(f model.Field) (line, column int) {
	p := l.places[f]
	return p.line, p.column
}

// ShowsContent tells whether the lines of the content file are those of the object's content. They are not where the file shows JSON indented, or code in
// its envelope.
func (l Local) ShowsContent() bool { return l.Content != "" && !l.indented && !l.asStored }

// ItemPosition tells where in Meta an item of a set stands, by its first part; the field's own position if the item is not found.
func (l Local) ItemPosition(f model.Field, name string) (line, column int) {
	if p, found := l.items[f][name]; found {
		return p.line, p.column
	}
	return l.Position(f)
}

// TypePosition tells where in Meta the file type stands.
func (l Local) TypePosition() (line, column int) { return l.Position(keyFileType) }

// Read reads the tree below the root of fsys. If anything in it is wrong the error is a *model.InvalidError with every problem of the whole tree; a
// failing file system gives its own error. In both cases the tree is empty: a file that could not be read must not look like one that is gone.
func Read(fsys fs.FS) (Tree, error) {
	w := &walk{reader: NewReader(fsys), tree: Tree{Objects: map[model.Key]Local{}}}
	if err := w.top(); err != nil {
		return Tree{}, err
	}
	if err := model.Invalid(distinct(w.reader.problems)); err != nil {
		return Tree{}, err
	}
	slices.SortStableFunc(w.tree.Warnings, func(a, b model.Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return w.tree, nil
}

// distinct drops problems that were found twice on different ways.
func distinct(problems []model.Problem) []model.Problem {
	seen := make(map[model.Problem]bool, len(problems))
	return slices.DeleteFunc(slices.Clone(problems), func(p model.Problem) bool {
		found := seen[p]
		seen[p] = true
		return found
	})
}

// ReadObject reads one object of the tree below the root of fsys, and only its own files; false if the tree does not hold it. Who reads many objects
// of one file system uses a Reader, which remembers the directories.
func ReadObject(fsys fs.FS, k model.Key) (Local, bool, error) { return NewReader(fsys).Object(k) }

// ReadValid reads what can be read of a tree of the past, and leaves out every object with a problem: for looking back only, since what is left out looks as
// if it were not there. A failing file system gives its own error.
func ReadValid(fsys fs.FS) (Tree, error) {
	w := &walk{reader: NewReader(fsys), tree: Tree{Objects: map[model.Key]Local{}}}
	if err := w.top(); err != nil {
		return Tree{}, err
	}
	return w.tree, nil
}
