package diff

import (
	"maps"

	"github.com/dwsync/dwsync/pkg/model"
)

// A rename is one object that tree and workspace have in different places (design, section 6). Renames are *paired* before the table is applied, so that the
// two halves are one row of it, with the path as one more field; who renamed, the base tells. Taking two objects for one would overwrite the one with the
// other, so that a pair wants evidence: the same id, or the same type and an output that no other file has, or the same content of at least 100 bytes that
// no other file has. What has none is a create, and a deletion under its own rule.
//
// The files inside a node go where it goes: they are the same objects under the node's key of the tree.
//
// Containers (businesses, then folders) are paired by what is in them: at least 80 % of the workspace's files moved together. Then the container is the one
// object that was renamed, and its new path holds for everything in it.
//
// A file that is only half deleted (design, section 8) has its outputs still, and shows the folder in which it was: it counts for the containers, and what
// the tree has of it in another place is found as that of files is, after these.

// Pairing is what Pair looks at: both sides in the target's form, without references that need other objects (their ids).
type Pairing struct {
	Tree   map[model.Key]model.Object
	Remote map[model.Key]model.Remote
	// Deleted are files that are deleted in DataStudio while production still runs their nodes.
	Deleted map[model.Key]model.Remote
	// Remembered gives the place in which the last run here saw an object of the workspace, by the object's id; nil remembers nothing.
	Remembered func(model.Remote) (model.Key, bool)
}

// Renames are the pairs of a comparison. The zero value has none.
type Renames struct {
	// containers gives the tree's path of each renamed container by the workspace's path, in which the containers around it have the tree's names already.
	containers map[model.FolderPath]model.FolderPath
	// names gives the workspace's name of each by the tree's path, in which the containers around it have the tree's names or the workspace's.
	names map[model.FolderPath]string
	// objects gives the tree's key of what has another place there, by the workspace's key with its containers' names as the tree has them.
	objects map[model.Key]model.Key
	// files gives the workspace's key of each renamed file by the tree's, in containers as the tree has them.
	files map[model.Key]model.Key
}

// IsEmpty tells whether both sides have everything in the same place.
func (r Renames) IsEmpty() bool { return len(r.objects) == 0 }

// Folder gives the path under which the tree knows a folder of the workspace.
func (r Renames) Folder(p model.FolderPath) model.FolderPath {
	if len(r.containers) == 0 {
		return p
	}
	var now model.FolderPath
	for _, segment := range p.Segments() {
		now = now.Join(segment)
		if to, renamed := r.containers[now]; renamed {
			now = to
		}
	}
	return now
}

// Inside gives the key of an object of the workspace with the names that the tree has for the containers around it, and for the node that it lies in.
func (r Renames) Inside(k model.Key) model.Key {
	if r.IsEmpty() {
		return k
	}
	if node, inner := k.Parent(); inner {
		return model.InnerKey(r.Identity(node), k.Name, k.Type)
	}
	return k.At(r.Folder(k.Folder), k.Name)
}

// Outside gives the key of an object with the names that the workspace has for the containers around it, and for the node that it lies in: what Inside makes
// of it is the key again.
func (r Renames) Outside(k model.Key) model.Key {
	if r.IsEmpty() {
		return k
	}
	if node, inner := k.Parent(); inner {
		if there, renamed := r.files[node]; renamed {
			node = there
		}
		return model.InnerKey(r.Outside(node), k.Name, k.Type)
	}
	return k.At(r.FolderThere(k.Folder), k.Name)
}

// FolderThere gives the path under which the workspace knows a folder of the tree.
func (r Renames) FolderThere(p model.FolderPath) model.FolderPath { return p.Renamed(r.names) }

// nameContainers sets names.
func (r *Renames) nameContainers() {
	r.names = make(map[model.FolderPath]string, 2*len(r.containers))
	for there, here := range r.containers {
		r.names[here] = there.Base()
	}
	for there, here := range r.containers {
		r.names[r.FolderThere(here.Parent()).Join(here.Base())] = there.Base()
	}
}

// Identity gives the key under which an object of the workspace is compared: the tree's, where the tree has it.
func (r Renames) Identity(k model.Key) model.Key {
	k = r.Inside(k)
	if to, renamed := r.objects[k]; renamed {
		return to
	}
	return k
}

// Apply gives the workspace's objects by their identities. What lies in a renamed container stands there already; an object that was renamed itself has its
// own place still.
func (r Renames) Apply(remote map[model.Key]model.Remote) map[model.Key]model.Remote {
	if r.IsEmpty() {
		return remote
	}
	applied := make(map[model.Key]model.Remote, len(remote))
	for k, object := range remote {
		object.Object = object.Object.Moved(r.Inside(k))
		applied[r.Identity(k)] = object
	}
	return applied
}

// Pair finds the renames between tree and workspace.
func Pair(in Pairing) Renames {
	r := Renames{containers: map[model.FolderPath]model.FolderPath{}, objects: map[model.Key]model.Key{}, files: map[model.Key]model.Key{}}
	files := in.allPairs()
	if len(files) > 0 || in.Remembered != nil {
		r.pairContainers(in, files)
	}
	if len(r.containers) > 0 {
		r.nameContainers()
		files = r.inside(in).allPairs()
	}
	for _, pair := range files {
		r.objects[pair.remote], r.files[pair.tree] = pair.tree, pair.remote
	}
	return r
}

// allPairs gives the pairs of files, first of those that the workspace has.
func (in Pairing) allPairs() []pair {
	files := pairFiles(in)
	if len(in.Deleted) == 0 {
		return files
	}
	return append(files, pairFiles(in.deletedOnly(files))...)
}

// deletedOnly gives what is left to pair of the half deleted files, once those of the workspace are paired.
func (in Pairing) deletedOnly(files []pair) Pairing {
	left := Pairing{Tree: maps.Clone(in.Tree), Remote: map[model.Key]model.Remote{}, Remembered: in.Remembered}
	for k := range in.Remote {
		delete(left.Tree, k)
	}
	for _, file := range files {
		delete(left.Tree, file.tree)
	}
	for k, file := range in.Deleted {
		_, stands := in.Tree[k]
		if _, isTaken := in.Remote[k]; !stands && !isTaken {
			left.Remote[k] = file
		}
		if stands {
			delete(left.Tree, k)
		}
	}
	return left
}

// inside gives the pairing with the workspace's containers named as the tree has them.
func (r Renames) inside(in Pairing) Pairing {
	moved := func(objects map[model.Key]model.Remote) map[model.Key]model.Remote {
		inside := make(map[model.Key]model.Remote, len(objects))
		for k, object := range objects {
			object.Object = object.Object.Moved(r.Inside(k))
			inside[object.Object.Key] = object
		}
		return inside
	}
	now := Pairing{Tree: in.Tree, Remote: moved(in.Remote), Deleted: moved(in.Deleted)}
	if in.Remembered != nil {
		now.Remembered = func(object model.Remote) (model.Key, bool) {
			k, known := in.Remembered(object)
			return r.Inside(k), known
		}
	}
	return now
}
