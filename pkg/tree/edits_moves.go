package tree

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/config/strictyaml"
	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/model"
)

// A move writes an object's files in its new place and removes the old ones: bytes of a content that does not change stay as they are, and the YAML keeps its
// comments. Files that belong to no object stay where they are.

// isMove tells whether the change takes the object from another place.
func (c Change) isMove() bool { return c.to() != c.Key }

// to is the key that the object has after the change.
func (c Change) to() model.Key {
	if c.Object == nil || c.Object.Key == (model.Key{}) {
		return c.Key
	}
	return c.Key.To(c.Object.Key)
}

// movedLast orders writes so that a move into the place of an object that moves itself comes after that object's own move: its files are read when the edits
// are planned, but a run that is stopped must find them somewhere.
func movedLast(writes []Change) []Change {
	byKey := map[model.Key]int{}
	for i, change := range writes {
		if change.isMove() {
			byKey[change.Key] = i
		}
	}
	if len(byKey) == 0 {
		return writes
	}
	sorted := make([]Change, 0, len(writes))
	placed := make([]bool, len(writes))
	for i := range writes {
		// The way to the end of a chain of moves, which is written first.
		var chain []int
		for at, more := i, true; more && !placed[at]; at, more = byKey[writes[at].to()] {
			placed[at] = true
			chain = append(chain, at)
		}
		for _, at := range slices.Backward(chain) {
			sorted = append(sorted, writes[at])
		}
	}
	return sorted
}

// move writes an object's files in its new place.
func (p *planner) move(change Change, wanted model.Object) error {
	k, from := change.to(), p.current.Objects[change.Key]
	d, err := p.directory(home(k), k)
	if err != nil {
		return err
	}
	switch k.Kind {
	case model.KindFolder:
		return nil // a directory, which is there by what is in it
	case model.KindBusiness:
		meta, err := p.movedMeta(from, wanted, d.fullName)
		if err == nil {
			p.create(k, d, businessFile, meta)
		}
		return err
	}
	if from.asStored {
		// Who keeps code and envelope in one file gets them so.
		wanted = content.AsStored(wanted)
	}
	data, err := p.movedContent(from, wanted)
	if err != nil {
		return err
	}
	if there, occupied := p.current.Objects[k]; occupied {
		return p.moveOver(from, there, wanted, data)
	}
	if p.hasInner(change.Key) {
		p.trading[k] = true // the files inside it are not left without it
	}
	first := len(p.edits)
	isRespelled, err := p.respell(change, d)
	if err != nil {
		return err
	}
	stem, cut, found := d.spell(k.Name, k.Type, func(stem string) []string {
		names := []string{stem + metaSuffix(k.Kind)}
		if name := contentName(stem, wanted); name != "" {
			names = append(names, name)
		}
		return names
	})
	if !found {
		return &NameError{Key: k}
	}
	p.stems[k] = stem
	fullName := ""
	if cut {
		fullName = k.Name
	}
	meta, err := p.movedMeta(from, wanted, fullName)
	if err != nil {
		return err
	}
	if name := contentName(stem, wanted); name != "" {
		p.create(k, d, name, data)
	}
	p.create(k, d, stem+metaSuffix(k.Kind), meta)
	if isRespelled {
		p.noteFreed(p.edits[first:])
	}
	return nil
}

// respell removes the files of an object of whose name only letter cases change, before they are written anew: where the file system does not tell the cases
// apart, both names are those of one file. It tells whether it is such an object. Where another one takes the old name, or files lie in a node, whose directory
// has the old spelling too, the new name gets a spelling that meets nothing.
func (p *planner) respell(change Change, d *directory) (bool, error) {
	k := change.to()
	if home(k) != home(change.Key) || fold(k.Name) != fold(change.Key.Name) || p.final[change.Key] || p.hasInner(change.Key) {
		return false, nil
	}
	p.trading[k], p.respelled[change.Key] = true, true
	d.free(p.current.Objects[change.Key])
	return true, p.leave(change)
}

// hasInner tells whether files lie in a node of the tree.
func (p *planner) hasInner(k model.Key) bool {
	return k.Kind == model.KindNode && p.withInner[location{k.Folder, k.Within()}]
}

// noteFreed tells the writes among the edits of a respelled object what the removals before them take away.
func (p *planner) noteFreed(edits []Edit) {
	freed := map[string]Digest{}
	for i, e := range edits {
		if e.Op == OpRemove {
			freed[fold(e.Path)] = e.Before
		} else {
			edits[i].Freed = freed[fold(e.Path)]
		}
	}
}

// moveOver writes an object's files over those of another one, which moves itself or is deleted.
func (p *planner) moveOver(from, there Local, wanted model.Object, data []byte) error {
	k := wanted.Key
	if !p.leaves[k] {
		return &PlaceTakenError{Key: from.Object.Key, Place: k}
	}
	p.trading[k] = true
	if to, moves := p.goesTo[k]; moves {
		p.trading[to] = true
	}
	stem := strings.TrimSuffix(path.Base(there.Meta), metaSuffix(k.Kind))
	fullName := ""
	if strings.Contains(path.Base(there.Meta), cutMark) {
		fullName = k.Name
	}
	meta, err := p.movedMeta(from, wanted, fullName)
	if err != nil {
		return err
	}
	name := contentName(stem, wanted)
	if name != "" && (there.Content == "" || name != path.Base(there.Content)) {
		d, err := p.directory(home(k), k)
		if err != nil {
			return err
		}
		if d.taken[fold(name)] > 0 {
			return &EditError{File: path.Join(d.spelled, name), Key: k, Err: errTaken}
		}
		p.create(k, d, name, data)
	} else if name != "" {
		if err := p.overwrite(k, there.Content, data); err != nil {
			return err
		}
	}
	if err := p.overwrite(k, there.Meta, meta); err != nil {
		return err
	}
	if there.Content != "" && name != path.Base(there.Content) {
		return p.removeContent(there)
	}
	return nil
}

// overwrite writes a file of an object over one that stands there.
func (p *planner) overwrite(k model.Key, file string, data []byte) error {
	before, err := p.reader.readFile(file, MaxContent)
	if err == nil && digest(before) != digest(data) {
		p.add(Edit{Op: OpWrite, Path: file, Data: data, Before: digest(before), Key: k})
	}
	return err
}

// inOrder gives the edits in the order in which they are made: after what is written, and before what is only removed, what trades places. written is how
// many of the edits come before the first that only removes.
func (p *planner) inOrder(written int) []Edit {
	if len(p.trading) == 0 {
		return p.edits
	}
	var first, together, last []Edit
	for i, e := range p.edits {
		switch {
		case e.Op != OpRemoveDir && p.trading[e.Key.Outermost()]:
			e.Together = true
			together = append(together, e)
		case i < written:
			first = append(first, e)
		default:
			last = append(last, e)
		}
	}
	return slices.Concat(first, together, last)
}

// movedMeta gives the YAML of an object in its new place: that of the old place, edited. It says the full name of a file only where that was cut.
func (p *planner) movedMeta(from Local, wanted model.Object, fullName string) ([]byte, error) {
	data, err := p.reader.readFile(from.Meta, strictyaml.MaxSize)
	if err != nil {
		return nil, err
	}
	before, _, err := decodeMeta(from.Meta, data, wanted.Key.Kind)
	if err != nil {
		return nil, &EditError{File: from.Meta, Key: wanted.Key, Err: err}
	}
	if fullName != "" || before.hasName {
		return newMeta(wanted, fullName), nil
	}
	edited, err := editMeta(from.Meta, data, withoutContent(wanted))
	if err != nil {
		return nil, err
	}
	if edited == nil {
		edited = data
	}
	return edited, nil
}

// movedContent gives the content in its new place: the bytes of the old one, unless it changes.
func (p *planner) movedContent(from Local, wanted model.Object) ([]byte, error) {
	standing := from.Object
	if from.asStored {
		standing = content.AsStored(standing)
	}
	before, after := standing.Text(model.FieldContent), wanted.Text(model.FieldContent)
	switch isSame := standing.Has(model.FieldEnvelope) == wanted.Has(model.FieldEnvelope) && wanted.Key.SameContent(before, after); {
	case from.Content != "" && isSame:
		return p.reader.readFile(from.Content, MaxContent)
	case from.Content != "" && !from.indented && wanted.Key.Type.Info().IsJSON() && content.StoredJSON(after) == after:
		return []byte(after), nil
	default:
		return []byte(shownContent(wanted)), nil
	}
}

// leave removes the files that a moved object had in its old place.
func (p *planner) leave(change Change) error {
	first := len(p.edits)
	if err := p.remove(change.Key); err != nil {
		return err
	}
	for i := range p.edits[first:] {
		// Both places are one object: what a stopped run did in the one decides on the other.
		p.edits[first+i].Key, p.edits[first+i].Moved = change.to(), true
	}
	return nil
}

// left gives the moves whose old place nothing else takes, what is deepest first and a business last.
func (p *planner) left(changes []Change) []Change {
	var moves []Change
	for _, change := range changes {
		if _, stands := p.current.Objects[change.Key]; change.isMove() && stands && !p.final[change.Key] && !p.respelled[change.Key] {
			moves = append(moves, change)
		}
	}
	slices.SortFunc(moves, func(a, b Change) int {
		return cmp.Or(cmp.Compare(rank(b.Key), rank(a.Key)), cmp.Compare(len(b.Key.Folder.Segments()), len(a.Key.Folder.Segments())), a.Key.Compare(b.Key))
	})
	return moves
}
