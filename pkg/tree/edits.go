package tree

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"

	"github.com/dwsync/dwsync/pkg/model"
)

// Change is what a pull wants of one object of the tree.
type Change struct {
	Key model.Key
	// Object is the wanted object in portable form; nil deletes. If its key names another place, the object moves there.
	Object *model.Object
}

// Op is what an edit does.
type Op string

const (
	OpWrite     Op = "write"
	OpRemove    Op = "remove"
	OpRemoveDir Op = "remove directory"
)

// Digest tells file contents apart; "" stands for a file that is not there.
type Digest string

func digest(data []byte) Digest {
	sum := sha256.Sum256(data)
	return Digest(hex.EncodeToString(sum[:]))
}

// Edit is one step of a change of the tree: one file written whole, one file or one empty directory removed.
type Edit struct {
	Op Op
	// Path is a slash path below the tree's root.
	Path string
	Data []byte
	// Before is what must stand at Path when the edit is made, so that nothing is overwritten that was saved meanwhile.
	Before Digest
	// Freed is what may stand there besides, where the file system does not tell letter cases apart: an edit before this one removes it.
	Freed Digest
	// Key is the object that the edit belongs to.
	Key model.Key
	// Moved tells of a removal that the object's files were written in another place before.
	Moved bool
	// Together tells that the edit is one of those, which follow each other, that are made all or not at all.
	Together bool
}

// MissingBusinessError reports a change that would leave an object without its business.
type MissingBusinessError struct{ Key, Business model.Key }

func (e *MissingBusinessError) Error() string {
	return fmt.Sprintf("%s cannot be written: its business %s is neither in the tree nor part of this pull; pull the business with it", e.Key, e.Business)
}

// MissingNodeError reports changes that would leave an inner file without its node.
type MissingNodeError struct{ Key, Node model.Key }

func (e *MissingNodeError) Error() string {
	return fmt.Sprintf("%s cannot be in the tree without the node that it lies in, and %s is not; pull the two together", e.Key, e.Node)
}

// UnknownRootError reports an object whose folder lies in no root that the tree has.
type UnknownRootError struct{ Key model.Key }

func (e *UnknownRootError) Error() string {
	return fmt.Sprintf("%s cannot be written: %q is no root of a workspace that dwsync knows", e.Key, e.Key.Folder.Root())
}

// PlaceTakenError reports an object that is to move into the place of another one, which stays.
type PlaceTakenError struct{ Key, Place model.Key }

func (e *PlaceTakenError) Error() string {
	return fmt.Sprintf("%s cannot move to %s: the tree has another file there; rename that one first", e.Key, e.Place)
}

// NameError reports an object for whose name no free spelling was found.
type NameError struct{ Key model.Key }

func (e *NameError) Error() string {
	return fmt.Sprintf("%s (%s) cannot be written: every spelling of its name is taken in its directory", e.Key, e.Key.Type)
}

// Edits gives the edits that make the changes to the tree below the root of fsys, which was read as current. Only what changes is written, a standing
// YAML gently. A new file is spelled so that it meets no other, whatever the letter case. What the service fills is written into new YAML files only.
//
// A folder that is an object and loses its last file keeps a .gitkeep; other directories that become empty are removed. A business that is to be deleted
// while objects stay in it stays too.
//
// Errors: *EditError, *MissingBusinessError, *MissingNodeError, *UnknownRootError, *PlaceTakenError, *NameError, or one of the file system. Then nothing is to be written at all.
func Edits(current Tree, fsys fs.FS, changes []Change) ([]Edit, error) {
	p := newPlanner(current, fsys, changes)
	if err := p.checkNodes(); err != nil {
		return nil, err
	}
	writes, deletes := p.sort(changes)
	for _, change := range writes {
		if err := p.write(change); err != nil {
			return nil, err
		}
	}
	// Each state on the way is a valid tree in which no folder is missing: first what is new, then what goes, a business after all that is in it.
	moves := p.left(changes)
	gone := slices.Clone(deletes)
	for _, change := range moves {
		gone = append(gone, change.Key)
	}
	if err := p.keepFolders(writes, gone); err != nil {
		return nil, err
	}
	written := len(p.edits)
	for _, change := range moves {
		if err := p.leave(change); err != nil {
			return nil, err
		}
	}
	for _, k := range deletes {
		if err := p.remove(k); err != nil {
			return nil, err
		}
	}
	deletes = gone
	if err := p.removeDirectories(deletes); err != nil {
		return nil, err
	}
	return p.inOrder(written), nil
}

// planner makes edits.
type planner struct {
	current Tree
	fsys    fs.FS
	reader  *Reader
	// final are the keys of the tree after the changes; inside counts them by each folder that they lie in, at any depth.
	final  map[model.Key]bool
	inside map[model.FolderPath]int
	// contents are the slash paths of the contents of the current tree.
	contents    map[string]bool
	directories map[location]*directory
	// stems are what the files of new nodes begin with.
	stems map[model.Key]string
	// leaves are the objects that leave their places, by moving or for good; goesTo gives the new key of those that move.
	leaves map[model.Key]bool
	goesTo map[model.Key]model.Key
	// trading are the objects, by their new keys, that take each other's places, or their own under another spelling, and nodes that move with files inside.
	trading map[model.Key]bool
	// respelled are the objects, by their old keys, of whose names only letter cases change; withInner are the directories of files inside nodes.
	respelled map[model.Key]bool
	withInner map[location]bool
	edits     []Edit
}

func newPlanner(current Tree, fsys fs.FS, changes []Change) *planner {
	p := &planner{
		current: current, fsys: fsys, reader: NewReader(fsys), final: map[model.Key]bool{}, inside: map[model.FolderPath]int{},
		contents: map[string]bool{}, directories: map[location]*directory{}, stems: map[model.Key]string{},
		leaves: map[model.Key]bool{}, goesTo: map[model.Key]model.Key{}, trading: map[model.Key]bool{}, respelled: map[model.Key]bool{}, withInner: map[location]bool{},
	}
	for k, local := range current.Objects {
		p.final[k] = true
		p.contents[local.Content] = true
		if k.IsInner() {
			p.withInner[home(k)] = true
		}
	}
	for _, change := range changes {
		if change.isMove() || change.Object == nil {
			delete(p.final, change.Key)
			p.leaves[change.Key] = true
		}
		if change.isMove() {
			p.goesTo[change.Key] = change.to()
		}
	}
	for _, change := range changes {
		if change.Object != nil {
			p.final[change.to()] = true
		}
	}
	for k := range p.final {
		for folder := k.Folder; folder != ""; folder = folder.Parent() {
			p.inside[folder]++
		}
	}
	for _, change := range changes {
		if change.Object == nil && change.Key.Kind == model.KindBusiness && p.inside[change.Key.Path()] > 0 {
			p.final[change.Key] = true
		}
	}
	return p
}

// checkNodes makes sure that no inner file is left without its node.
func (p *planner) checkNodes() error {
	var left []*MissingNodeError
	for k := range p.final {
		if node, inner := k.Parent(); inner && !p.final[node] {
			left = append(left, &MissingNodeError{Key: k, Node: node})
		}
	}
	if len(left) == 0 {
		return nil
	}
	return slices.MinFunc(left, func(a, b *MissingNodeError) int { return a.Key.Compare(b.Key) })
}

// rank is the order of kinds: what holds others comes first, a node before the files inside it.
func rank(k model.Key) int {
	switch k.Kind {
	case model.KindBusiness:
		return 0
	case model.KindFolder:
		return 1
	default:
		return 2 + home(k).depth() - len(k.Folder.Segments())
	}
}

// sort gives the writes in their order (businesses, folders, files by name and type) and the keys to delete.
func (p *planner) sort(changes []Change) (writes []Change, deletes []model.Key) {
	for _, change := range changes {
		_, stands := p.current.Objects[change.Key]
		switch {
		case change.Object != nil:
			writes = append(writes, change)
		case stands && !p.final[change.Key]:
			deletes = append(deletes, change.Key)
		}
	}
	slices.SortFunc(writes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(rank(a.Key), rank(b.Key)), cmp.Compare(a.Key.Folder, b.Key.Folder), cmp.Compare(a.Key.Inside, b.Key.Inside), cmp.Compare(a.Key.Name, b.Key.Name), cmp.Compare(a.Key.Type, b.Key.Type))
	})
	slices.SortFunc(deletes, func(a, b model.Key) int {
		return cmp.Or(cmp.Compare(rank(b), rank(a)), cmp.Compare(len(b.Folder.Segments()), len(a.Folder.Segments())), a.Compare(b))
	})
	return movedLast(writes), deletes
}

func (p *planner) add(e Edit) { p.edits = append(p.edits, e) }
