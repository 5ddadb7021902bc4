package project

import (
	"maps"
	"slices"
	"sync"

	"github.com/dwsync/dwsync/pkg/base"
	"github.com/dwsync/dwsync/pkg/config"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/state"
	"github.com/dwsync/dwsync/pkg/tree"
)

// Write brings changes, in portable form, into the tree.
func (s *Session) Write(changes []tree.Change) error {
	edits, err := tree.Edits(s.Tree, s.root.FS(), changes)
	if err != nil {
		return err
	}
	return s.withTree(func(dir tree.Dir) error { return tree.Apply(dir, edits) })
}

// Base is a form that becomes the base of an object, under the key that the object has from now on. Compared is the key of its comparison.
type Base struct {
	Form     model.Object
	Compared model.Key
}

// Record makes forms, which the workspace holds, the bases of their objects, and forgets those of gone. What lies in a container whose rename nobody took yet
// keeps the place of its base: who asks later finds out who moved it, also where nobody can tell any more that it was the container.
func (s *Session) Record(bases []Base, gone []model.Key) error {
	changes := make([]state.Change, 0, len(bases)+len(gone))
	kept, names := make(map[model.Key]bool, len(bases)), s.namesInBases()
	for _, b := range bases {
		placed := b.Form.Moved(b.Form.Key.At(b.Form.Key.Folder.Renamed(names), b.Form.Key.Name))
		kept[placed.Key] = true
		changes = append(changes, s.change(placed, b.Compared, s.Remote.Objects[b.Compared]))
	}
	for _, key := range gone {
		for _, place := range append(s.inFormerContainers(key), key) {
			if !kept[place] {
				kept[place] = true
				changes = append(changes, state.Change{Key: place})
			}
		}
	}
	return s.record(changes)
}

// namesInBases gives the names that the bases have for containers which one side renamed, or both, by the path that the tree has for them: with all its
// own names, and with the workspace's around the container.
func (s *Session) namesInBases() map[model.FolderPath]string {
	names := map[model.FolderPath]string{}
	for _, c := range s.Comparisons {
		if !c.Key.Kind.IsFile() && c.Tree != nil && c.Base != nil && c.Base.Key.Name != c.Key.Name && c.Verdict != diff.Same {
			names[c.Key.Path()] = c.Base.Key.Name
			names[s.renames.FolderThere(c.Key.Folder).Join(c.Key.Name)] = c.Base.Key.Name
		}
	}
	return names
}

// RecordSaved makes a form that a push just brought into the workspace the base of its object. The id is that of a file, "" for what is none.
func (s *Session) RecordSaved(form model.Object, id model.FileID) error {
	r := s.Remote.Objects[form.Key]
	if form.Key.Kind.IsFile() && r.FileID == "" {
		r.FileID = id // it is new
	}
	return s.record([]state.Change{s.change(form, form.Key, r)})
}

// record records changes. An object has one base: what the state has of it under the name that it had before is forgotten.
func (s *Session) record(changes []state.Change) error {
	recorded := make(map[model.Key]bool, len(changes))
	for _, c := range changes {
		recorded[c.Key] = c.Base != nil
	}
	followers, err := s.followers(changes, recorded)
	if err != nil {
		return err
	}
	changes = append(changes, followers...)
	for _, c := range changes {
		if c.Base == nil || c.Base.ID == "" {
			continue
		}
		id := objectID{c.Key.Kind, c.Base.ID}
		if was, known := s.places[id]; known && was != c.Key && !recorded[was] && s.isLast(was, id) {
			changes = append(changes, state.Change{Key: was})
		}
		s.places[id] = c.Key
		s.lasts[c.Key] = id
	}
	slices.SortStableFunc(changes, func(a, b state.Change) int { return a.Key.Compare(b.Key) })
	for len(changes) > 0 {
		n := transaction(changes)
		if err := s.options.Disk.Commit(func() error { return s.state.Record(changes[:n]...) }); err != nil {
			return err
		}
		changes = changes[n:]
	}
	return s.keepUsageNowAndThen()
}

// followers lets the bases of all that is in a container go along when its new name is recorded: also of what only one side has, or has otherwise.
func (s *Session) followers(changes []state.Change, recorded map[model.Key]bool) ([]state.Change, error) {
	names := map[model.FolderPath]model.FolderPath{}
	for _, c := range changes {
		if c.Base == nil || c.Base.ID == "" || c.Key.Kind.IsFile() {
			continue
		}
		from := s.renames.FolderThere(c.Key.Path())
		if was, known := s.places[objectID{c.Key.Kind, c.Base.ID}]; known {
			from = was.Path()
		}
		if from != c.Key.Path() {
			names[from] = c.Key.Path()
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	moved := map[model.Key]model.Key{}
	for _, k := range s.places {
		if _, said := recorded[k]; said {
			continue
		}
		for path := k.Folder; path != ""; path = path.Parent() {
			if to, renamed := names[path]; renamed {
				if now := k.At(to+k.Folder[len(path):], k.Name); !recorded[now] {
					moved[k] = now
				}
				break
			}
		}
	}
	bases, err := s.state.Bases(slices.Collect(maps.Keys(moved)))
	if err != nil {
		return nil, err
	}
	var left, followers []state.Change
	for k, b := range bases {
		b.Object = b.Object.Moved(moved[k])
		left, followers = append(left, state.Change{Key: k}), append(followers, state.Change{Key: moved[k], Base: &b})
		recorded[moved[k]] = true
	}
	return append(left, followers...), nil
}

// transactionSize is how many bytes of contents are recorded at once, since a transaction stays in memory until it ends.
const transactionSize = 4 << 20

// transaction gives the number of changes, from the first, that are recorded together. A run that is stopped between two transactions has forgotten what
// it did last, which costs the next one some calls.
func transaction(changes []state.Change) int {
	size := 0
	for i, c := range changes {
		if c.Base != nil {
			size += len(c.Base.Object.Text(model.FieldContent)) + 1<<10
		}
		if size > transactionSize && i > 0 {
			return i
		}
	}
	return len(changes)
}

// isLast tells whether the state has nothing under the key but what it has of that object.
func (s *Session) isLast(k model.Key, id objectID) bool {
	last, known := s.lasts[k]
	return !known || last == id
}

// change is the recording of a form as the base of what the workspace has under a key of the comparison.
func (s *Session) change(form model.Object, compared model.Key, r model.Remote) state.Change {
	version := r.CurrentVersion
	if compared.IsInner() {
		version = s.Remote.Objects[compared.Outermost()].CurrentVersion
	}
	return state.Change{Key: form.Key, Base: &state.Base{Object: form, Commit: s.Head.Hash, Version: version, ID: r.ID()}}
}

// RecordSame makes what both sides hold alike the base of its object, so that the next change of either side is known as one,
// and forgets what neither side has any more.
func (s *Session) RecordSame() error {
	var bases []Base
	for _, c := range s.Comparisons {
		if c.Verdict == diff.Same {
			bases = append(bases, Base{Form: model.Settled(*c.Tree, c.Remote.Object), Compared: c.Key})
		}
	}
	gone, err := s.forgotten()
	if err != nil {
		return err
	}
	return s.Record(bases, gone)
}

// Comment gives the text for the submit of a form: the mark by which every clone recognises it, then the commit's subject and author. It may be called
// by several goroutines.
func (s *Session) Comment() func(model.Object) string {
	var mu sync.Mutex
	inside := map[model.Key][]model.Key{}
	for k := range s.Tree.Objects {
		if k.IsInner() {
			inside[k.Outermost()] = append(inside[k.Outermost()], k)
		}
	}
	return func(form model.Object) string {
		mu.Lock()
		defer mu.Unlock()
		mark := base.Mark{Commit: s.Head.Hash, Hash: form.Hash(), Dirty: s.isDirty(append(inside[form.Key], form.Key))}
		return base.FormatComment(mark, s.Head.Subject, s.Head.Author)
	}
}

// isDirty tells whether what a submit brings, a node with the files inside it, differs from HEAD. What cannot be told counts as different: then the mark's
// hash does not count. Without a commit there is nothing to differ from.
func (s *Session) isDirty(group []model.Key) bool {
	if s.Head.Hash == "" {
		return false
	}
	paths := []string{config.FileName}
	for _, k := range group {
		local := s.Tree.Objects[k]
		paths = append(paths, local.Meta)
		if local.Content != "" {
			paths = append(paths, local.Content)
		}
	}
	dirty, err := s.git.Dirty(s.root.FS(), paths...)
	return err != nil || len(dirty) > 0
}
