package tree

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/config/strictyaml"
	"github.com/dwsync/dwsync/pkg/content"
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
	// Key is the object that the edit belongs to.
	Key model.Key
	// Moved tells of a removal that the object's files were written in another place before.
	Moved bool
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
// Errors: *EditError, *MissingBusinessError, *MissingNodeError, *UnknownRootError, *NameError, or one of the file system. Then nothing is to be written at all.
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
	return p.edits, nil
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
	edits []Edit
}

func newPlanner(current Tree, fsys fs.FS, changes []Change) *planner {
	p := &planner{
		current: current, fsys: fsys, reader: NewReader(fsys), final: map[model.Key]bool{}, inside: map[model.FolderPath]int{},
		contents: map[string]bool{}, directories: map[location]*directory{}, stems: map[model.Key]string{},
	}
	for k, local := range current.Objects {
		p.final[k] = true
		p.contents[local.Content] = true
	}
	for _, change := range changes {
		if change.isMove() || change.Object == nil {
			delete(p.final, change.Key)
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

func (p *planner) write(change Change) error {
	k := change.to()
	if business := k.Folder.Business(); business != "" && !p.final[model.BusinessKey(business)] {
		return &MissingBusinessError{Key: k, Business: model.BusinessKey(business)}
	}
	wanted := change.Object.Clone()
	wanted.Key = k
	if k.Kind == model.KindResource && !wanted.HasText() && wanted.Has(model.FieldContent) {
		return &EditError{File: string(k.Path()), Key: k, Field: model.FieldContent, Err: errNoPlace}
	}
	if _, stands := p.current.Objects[change.Key]; stands && change.isMove() {
		return p.move(change, wanted)
	}
	if local, stands := p.current.Objects[k]; stands {
		return p.update(local, wanted)
	}
	switch k.Kind {
	case model.KindBusiness, model.KindFolder:
		d, err := p.directory(home(k), k)
		if err != nil {
			return err
		}
		if k.Kind == model.KindBusiness {
			p.create(k, d, businessFile, newMeta(wanted, d.fullName))
		}
		return nil
	default:
		return p.createFile(wanted)
	}
}

// create writes a new file into a directory.
func (p *planner) create(k model.Key, d *directory, name string, data []byte) {
	d.take(name)
	p.add(Edit{Op: OpWrite, Path: path.Join(d.spelled, name), Data: data, Key: k})
}

func (p *planner) createFile(o model.Object) error {
	k := o.Key
	d, err := p.directory(home(k), k)
	if err != nil {
		return err
	}
	if checkMeta("", newMeta(o, ""), withoutContent(o)) != nil {
		// YAML has no way to say this envelope.
		o = content.AsStored(o)
	}
	shown := []byte(shownContent(o))
	adopted := ""
	stem, cut, found := d.spell(k.Name, k.Type, func(stem string) []string {
		names := []string{stem + metaSuffix(k.Kind)}
		if name := contentName(stem, o); name != "" && !p.adopts(d, name, shown) {
			names = append(names, name)
		}
		return names
	})
	if !found {
		return &NameError{Key: k}
	}
	p.stems[k] = stem
	if name := contentName(stem, o); name != "" {
		if p.adopts(d, name, shown) {
			adopted = name
		} else {
			p.create(k, d, name, shown)
		}
	}
	if adopted != "" {
		d.take(adopted)
		p.contents[path.Join(d.spelled, adopted)] = true
	}
	fullName := ""
	if cut {
		fullName = k.Name
	}
	data := newMeta(o, fullName)
	if failed := checkMeta(path.Join(d.spelled, stem+metaSuffix(k.Kind)), data, withoutContent(o)); failed != nil {
		return failed
	}
	p.create(k, d, stem+metaSuffix(k.Kind), data)
	return nil
}

// withoutContent gives the object as its YAML alone describes it.
func withoutContent(o model.Object) model.Object {
	if o.Key.Kind == model.KindFunction {
		return o
	}
	o = o.Clone()
	o.Set(model.FieldContent, model.Value{})
	return o
}

func (p *planner) update(local Local, wanted model.Object) error {
	k := wanted.Key
	switch {
	case k.Kind == model.KindFolder:
		return nil
	case k.Kind == model.KindResource && wanted.HasText() != local.Object.HasText():
		return p.turn(local, wanted)
	case local.Content == "":
		return p.updateMeta(local, wanted)
	}
	standing := local.Object
	if local.asStored {
		// Who keeps code and envelope in one file gets them so.
		standing, wanted = content.AsStored(standing), content.AsStored(wanted)
	}
	name := contentName(strings.TrimSuffix(path.Base(local.Meta), metaSuffix(k.Kind)), wanted)
	if name != path.Base(local.Content) {
		return p.moveContent(local, wanted, name)
	}
	before, after := standing.Text(model.FieldContent), wanted.Text(model.FieldContent)
	if standing.Has(model.FieldEnvelope) != wanted.Has(model.FieldEnvelope) || !k.SameContent(before, after) {
		shown := shownContent(wanted)
		if local.indented {
			before = content.ShownJSON(before)
		} else if k.Type.Info().IsJSON() && content.StoredJSON(after) == after {
			// Who keeps it as it is stored gets it so.
			shown = after
		}
		if shown != before {
			p.add(Edit{Op: OpWrite, Path: local.Content, Data: []byte(shown), Before: digest([]byte(before)), Key: k})
		}
	}
	return p.updateMeta(local, wanted)
}

// updateMeta changes the YAML of a standing object.
func (p *planner) updateMeta(local Local, wanted model.Object) error {
	data, err := p.reader.readFile(local.Meta, strictyaml.MaxSize)
	if err != nil {
		return err
	}
	edited, err := editMeta(local.Meta, data, withoutContent(wanted))
	if err != nil || edited == nil {
		return err
	}
	p.add(Edit{Op: OpWrite, Path: local.Meta, Data: edited, Before: digest(data), Key: wanted.Key})
	return nil
}

// remove takes away an object's files: the YAML first, because a content without YAML is harmless, and a YAML without content is an invalid tree.
func (p *planner) remove(k model.Key) error {
	local := p.current.Objects[k]
	var files []string
	switch k.Kind {
	case model.KindFolder:
		d, err := p.directory(home(k), k)
		if err != nil {
			return err
		}
		if p.inside[k.Path()] > 0 {
			return nil
		}
		for _, name := range []string{keepFile, folderFile} {
			if d.onDisk[name] {
				files = append(files, path.Join(d.spelled, name))
			}
		}
	case model.KindBusiness:
		files = append(files, local.Meta)
	default:
		files = append(files, local.Meta)
		if local.Content != "" {
			files = append(files, local.Content)
		}
	}
	for _, file := range files {
		d, err := p.directory(home(k), k)
		if err != nil {
			return err
		}
		if !d.onDisk[path.Base(file)] {
			// A binary resource may have no content file.
			continue
		}
		data, err := p.reader.readFile(file, MaxContent)
		if err != nil {
			return err
		}
		delete(d.entries, path.Base(file))
		p.add(Edit{Op: OpRemove, Path: file, Before: digest(data), Key: k})
	}
	return nil
}
