package tree

import (
	"strings"

	"github.com/dwsync/dwsync/pkg/model"
)

// location names a directory of the tree by what it holds: the files of a folder, or those inside a node (`<parent>%.inner`).
type location struct {
	folder model.FolderPath
	// inside is empty for a folder.
	inside model.Inside
}

func folderLocation(p model.FolderPath) location { return location{folder: p} }

// home is the directory with the files of an object: of a business or a folder its own one.
func home(k model.Key) location {
	if !k.Kind.IsFile() {
		return folderLocation(k.Path())
	}
	return location{k.Folder, k.Inside}
}

// node is the node whose inner files the directory holds; false for a folder.
func (l location) node() (model.Key, bool) {
	return model.Key{Folder: l.folder, Inside: l.inside}.Parent()
}

// key is the key of a file in the directory.
func (l location) key(name string, t model.FileType) model.Key {
	if node, inner := l.node(); inner {
		return model.InnerKey(node, name, t)
	}
	return model.FileKey(l.folder, name, t)
}

// up is the directory that holds this one.
func (l location) up() location {
	if node, inner := l.node(); inner {
		return home(node)
	}
	return folderLocation(l.folder.Parent())
}

// depth counts the directories above and this one.
func (l location) depth() int {
	depth := len(l.folder.Segments())
	for inner := l.inside != ""; inner; inner = l.inside != "" {
		l = l.up()
		depth++
	}
	return depth
}

// innerDirectory is the name of the directory of the files inside a node whose files begin with stem.
func innerDirectory(stem string) string { return stem + innerMark }

// stemOf is what the files of a node begin with, by the slash path of its YAML.
func stemOf(meta string, k model.Key) string {
	return strings.TrimSuffix(meta[strings.LastIndexByte(meta, '/')+1:], metaSuffix(k.Kind))
}
