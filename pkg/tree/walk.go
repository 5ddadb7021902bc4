package tree

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/dwsync/dwsync/pkg/model"
)

// walk reads a whole tree.
type walk struct {
	reader *Reader
	tree   Tree
}

// top reads the known roots; what else stands at the top is not ours.
func (w *walk) top() error {
	entries, err := fs.ReadDir(w.reader.fsys, ".")
	if err != nil {
		return fmt.Errorf("reading the tree's directory: %w", err)
	}
	seen := map[model.Root]string{}
	for _, entry := range entries {
		name := entry.Name()
		root := model.Root(norm.NFC.String(name))
		canonical := model.CanonicalFolder(name).Root()
		switch {
		case !canonical.IsKnownRoot() || strings.Contains(name, "/"):
		case !entry.IsDir():
			if root.IsKnownRoot() {
				w.reader.problem(name, "", "this must be a directory")
			}
		case !root.IsKnownRoot():
			// "components" is a frequent name of a directory that has nothing to do with DataWorks.
			ours, err := holdsMeta(w.reader.fsys, name)
			if err != nil {
				return err
			}
			if ours {
				w.reader.problem(name, fmt.Sprintf("rename it to %q", canonical), "this is another spelling of the root %q", canonical)
			}
		case seen[root] != "":
			w.reader.problem(name, "keep one of them", "%q and %q are both the root %q", seen[root], name, root)
		default:
			seen[root] = name
			if _, err := w.directory(name, model.FolderPath(root)); err != nil {
				return err
			}
		}
	}
	return nil
}

// holdsMeta tells whether a directory holds a YAML of an object, at any depth.
func holdsMeta(fsys fs.FS, dir string) (bool, error) {
	found := false
	err := fs.WalkDir(fsys, dir, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(file)
		found = found || !entry.IsDir() && (base == businessFile || slices.ContainsFunc(reservedEndings, func(e string) bool { return strings.HasSuffix(base, e) }))
		if found {
			return fs.SkipAll
		}
		return nil
	})
	return found, err
}

// directory reads a directory and what lies below it. holds tells whether it holds anything of the tree, so that it is a folder.
func (w *walk) directory(spelled string, folder model.FolderPath) (holds bool, err error) {
	l, err := w.reader.list(spelled, folder)
	if err != nil {
		return false, err
	}
	holds = l.kept || l.hasBusiness
	used := map[string]bool{}
	for _, meta := range l.metas {
		holds = true
		local, warnings, ok, err := w.reader.file(l, meta)
		if err != nil {
			return false, err
		}
		w.tree.Warnings = append(w.tree.Warnings, warnings...)
		if local.Content != "" {
			used[path.Base(local.Content)] = true
		}
		if ok {
			w.add(local)
		}
	}
	for _, other := range l.others {
		if !used[other] {
			w.tree.Warnings = append(w.tree.Warnings, model.Problem{
				File: path.Join(spelled, other), Severity: model.SeverityWarning,
				Message: "this file belongs to no YAML; it is left alone and never pushed",
				Next:    "write its YAML beside it, or move it out of the workspace's folders",
			})
		}
	}
	for _, name := range l.subfolders {
		below, err := w.directory(path.Join(spelled, l.folders[name]), folder.Join(name))
		if err != nil {
			return false, err
		}
		holds = holds || below
	}
	return holds, w.own(l, holds)
}

// own adds the object that the directory itself is.
func (w *walk) own(l *listing, holds bool) error {
	switch {
	case l.folder.IsBusiness():
		if l.hasBusiness {
			local, err := w.reader.business(l)
			if err != nil {
				return err
			}
			w.add(local)
		} else if holds {
			w.reader.problem(l.spelled, "write one beside its folders; it may be empty", "the business has no %s", businessFile)
		}
	case !l.folder.IsImplied() && holds:
		local, err := w.reader.folder(l)
		if err != nil {
			return err
		}
		w.add(local)
	}
	return nil
}

func (w *walk) add(local Local) {
	k := local.Object.Key
	if other, found := w.tree.Objects[k]; found {
		w.reader.problem(local.Meta, "keep one of them", "%s and %s are both %s (%s)", path.Base(other.Meta), path.Base(local.Meta), k, k.Type)
		return
	}
	w.tree.Objects[k] = local
}
