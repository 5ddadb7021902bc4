package tree

import (
	"fmt"
	"io/fs"
	"maps"
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
			if _, err := w.directory(name, folderLocation(model.FolderPath(root))); err != nil {
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
func (w *walk) directory(spelled string, at location) (holds bool, err error) {
	l, err := w.reader.list(spelled, at)
	if err != nil {
		return false, err
	}
	holds = l.kept || l.hasBusiness
	used, nodes := map[string]bool{}, map[string]model.Key{}
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
		if local.Object.Key.Kind == model.KindNode {
			nodes[meta.stem] = local.Object.Key
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
		below, err := w.directory(path.Join(spelled, l.folders[name]), folderLocation(at.folder.Join(name)))
		if err != nil {
			return false, err
		}
		holds = holds || below
	}
	if err := w.inner(l, nodes); err != nil {
		return false, err
	}
	return holds, w.own(l, holds)
}

// inner reads the directories of the files inside the nodes of a directory; nodes are its nodes by the stem of their files.
func (w *walk) inner(l *listing, nodes map[string]model.Key) error {
	for _, stem := range slices.Sorted(maps.Keys(l.inner)) {
		spelled := path.Join(l.spelled, l.inner[stem])
		if node, found := nodes[stem]; found {
			if _, err := w.directory(spelled, location{node.Folder, node.Within()}); err != nil {
				return err
			}
			continue
		}
		// Of a node that could not be read there is a problem already; and an empty directory is what a stopped pull left.
		if l.entries[stem+metaNode] != nil {
			continue
		}
		ours, err := holdsMeta(w.reader.fsys, spelled)
		if err != nil {
			return err
		}
		if ours {
			w.reader.problem(spelled, "bring the node's files back, or delete the directory too", "the node of these inner files is missing: there is no file %s beside it", stem+metaNode)
		}
	}
	return nil
}

// own adds the object that the directory itself is.
func (w *walk) own(l *listing, holds bool) error {
	switch {
	case l.inside != "":
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
