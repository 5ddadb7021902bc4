package tree

import (
	"errors"
	"io/fs"
	"path"
	"slices"

	"golang.org/x/text/unicode/norm"

	"github.com/dwsync/dwsync/pkg/model"
)

// Object reads one object, and only its own files; false if the tree does not hold it. Directories on its way are listed once and remembered. What is
// wrong with the object is a *model.InvalidError; what is wrong with its neighbours does not matter here.
func (r *Reader) Object(k model.Key) (Local, bool, error) {
	local, found, err := r.object(k)
	if err == nil {
		err = model.Invalid(r.problems)
	}
	if err != nil || !found {
		return Local{}, false, err
	}
	return local, true, nil
}

func (r *Reader) object(k model.Key) (Local, bool, error) {
	folder := home(k).folder
	l, err := r.listLocation(home(k))
	if err != nil || l == nil {
		return Local{}, false, err
	}
	r.problems = nil
	switch k.Kind {
	case model.KindBusiness:
		if !l.hasBusiness || !folder.IsBusiness() {
			return Local{}, false, nil
		}
		local, err := r.business(l)
		return local, err == nil, err
	case model.KindFolder:
		if folder.IsImplied() || folder.IsBusiness() {
			return Local{}, false, nil
		}
		holds, err := r.holds(l)
		if err != nil || !holds {
			return Local{}, false, err
		}
		r.problems = nil
		local, err := r.folder(l)
		return local, err == nil, err
	default:
		return r.fileOf(l, k)
	}
}

// fileOf reads the file k of the directory l: among the YAML files whose name decodes to its name, the one whose type is its type.
func (r *Reader) fileOf(l *listing, k model.Key) (Local, bool, error) {
	var problems []model.Problem
	for _, i := range slices.Concat(l.byName[k.Name], l.byCut[hashOfName(k.Name)]) {
		meta := l.metas[i]
		if meta.kind != k.Kind || meta.typeCode != 0 && meta.typeCode != k.Type {
			continue
		}
		r.problems = nil
		local, _, _, err := r.file(l, meta)
		if err != nil {
			return Local{}, false, err
		}
		if local.Object.Key == k {
			return local, true, nil
		}
		if local.Object.Key == (model.Key{}) {
			// The file could not be read so far as to know its type: it may have been the one.
			problems = append(problems, r.problems...)
		}
	}
	r.problems = problems
	return Local{}, false, nil
}

// listLocation lists a directory; nil if there is none.
func (r *Reader) listLocation(at location) (*listing, error) {
	if l, found := r.listings[at]; found {
		return l, nil
	}
	node, isInner := at.node()
	if !isInner && at.folder.Parent() == "" {
		return r.listRoot(at.folder)
	}
	above, err := r.listLocation(at.up())
	if err != nil || above == nil {
		return nil, err
	}
	spelled, found := above.folders[at.folder.Base()]
	if isInner {
		// Only its YAML says of which type the node is.
		local, has, err := r.fileOf(above, node)
		if err != nil || !has {
			return nil, err
		}
		spelled, found = above.inner[stemOf(local.Meta, node)]
	}
	if !found {
		return nil, nil
	}
	return r.list(path.Join(above.spelled, spelled), at)
}

func (r *Reader) listRoot(root model.FolderPath) (*listing, error) {
	if !root.Root().IsKnownRoot() {
		return nil, nil
	}
	for _, spelled := range []string{string(root), norm.NFD.String(string(root))} {
		info, err := fs.Stat(r.fsys, spelled)
		if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
			continue
		} else if err != nil {
			return nil, err
		}
		return r.list(spelled, folderLocation(root))
	}
	r.listings[folderLocation(root)] = nil
	return nil, nil
}

// holds tells whether a directory holds anything of the tree, at any depth.
func (r *Reader) holds(l *listing) (bool, error) {
	if l.kept || len(l.metas) > 0 {
		return true, nil
	}
	for _, name := range l.subfolders {
		sub, err := r.list(path.Join(l.spelled, l.folders[name]), folderLocation(l.folder.Join(name)))
		if err != nil {
			return false, err
		}
		if found, err := r.holds(sub); err != nil || found {
			return found, err
		}
	}
	return false, nil
}
