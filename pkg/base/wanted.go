package base

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/dwsync/dwsync/pkg/model"
)

// wanted is the part of the tree that a walk looks at: the folders of the wanted keys, by decoded name.
//
// What the walk must know of the names of section 4: a file or directory without a % in its name is spelled as it is named, apart from normal form C;
// the files of an object begin with its name; a few names speak for their directory. Whatever has a % may belong to any object of its folder. So a
// change is never missed, and at worst an object is read again for nothing.
type wanted struct {
	folders map[string]*wanted
	parent  *wanted
	// files are the keys of files in the folder by name, lengths the lengths of those names.
	files   map[string][]int
	lengths []int
	// own are the keys whose directory this is: a business, or a folder.
	own []int
	// live counts keys in and below the folder that are not settled.
	live int
}

func (w *wanted) folder(p model.FolderPath) *wanted {
	for _, segment := range p.Segments() {
		w = w.sub(segment)
	}
	return w
}

func (w *wanted) sub(name string) *wanted {
	sub := w.folders[name]
	if sub == nil {
		sub = &wanted{parent: w}
		if w.folders == nil {
			w.folders = map[string]*wanted{}
		}
		w.folders[name] = sub
	}
	return sub
}

// add makes key number i wanted, and gives its folder.
func (w *wanted) add(i int, k model.Key) *wanted {
	if !k.Kind.IsFile() {
		w = w.folder(k.Path())
		w.own = append(w.own, i)
	} else {
		w = w.folder(k.Folder).file(i, k)
	}
	for up := w; up != nil; up = up.parent {
		up.live++
	}
	return w
}

// file makes key number i wanted in its folder, and gives the folder that holds it. To an inner file belong the YAML of its node, which says of which type
// that is, and the node's directory: its name has a %, so that it may be that of any folder.
func (w *wanted) file(i int, k model.Key) *wanted {
	if node, inner := k.Parent(); inner {
		w = w.file(i, node).sub(node.Name + "%")
	}
	if w.files == nil {
		w.files = map[string][]int{}
	}
	w.files[k.Name] = append(w.files[k.Name], i)
	if at, found := slices.BinarySearch(w.lengths, len(k.Name)); !found {
		w.lengths = slices.Insert(w.lengths, at, len(k.Name))
	}
	return w
}

func (w *wanted) settle() {
	for ; w != nil; w = w.parent {
		w.live--
	}
}

// plain tells whether a spelling is the name itself, in normal form C.
func plain(spelled string) (string, bool) {
	if strings.Contains(spelled, "%") {
		return "", false
	}
	return norm.NFC.String(spelled), true
}

// subfolders gives the folders that a subdirectory of these may be.
func subfolders(folders []*wanted, spelled string) []*wanted {
	name, isPlain := plain(spelled)
	var subs []*wanted
	for _, w := range folders {
		if isPlain {
			if sub := w.folders[name]; sub != nil && sub.live > 0 {
				subs = append(subs, sub)
			}
			continue
		}
		for _, sub := range w.folders {
			if sub.live > 0 {
				subs = append(subs, sub)
			}
		}
	}
	return subs
}

// speaksForDirectory tells whether a file says something of its directory.
func speaksForDirectory(spelled string) bool {
	return spelled == "business.yaml" || spelled == "folder.yaml" || spelled == ".gitkeep"
}

// mayBe gives the keys of files that a file of the folder may belong to.
func (w *wanted) mayBe(spelled string, yield func(int)) {
	name, isPlain := plain(spelled)
	if !isPlain {
		for _, keys := range w.files {
			for _, i := range keys {
				yield(i)
			}
		}
		return
	}
	for _, n := range w.lengths {
		if n > len(name) {
			return
		}
		for _, i := range w.files[name[:n]] {
			yield(i)
		}
	}
}

// all gives every key in and below the folder.
func (w *wanted) all(yield func(int)) {
	for _, i := range w.own {
		yield(i)
	}
	for _, keys := range w.files {
		for _, i := range keys {
			yield(i)
		}
	}
	for _, sub := range w.folders {
		sub.all(yield)
	}
}
