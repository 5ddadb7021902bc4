package project

import (
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

// Record makes forms the bases of their objects, and forgets those of gone.
func (s *Session) Record(forms []model.Object, gone []model.Key) error {
	changes := make([]state.Change, 0, len(forms)+len(gone))
	for _, form := range forms {
		changes = append(changes, state.Change{Key: form.Key, Base: &state.Base{Object: form, Commit: s.Head.Hash, Version: s.Remote.Objects[form.Key.Outermost()].CurrentVersion}})
	}
	for _, key := range gone {
		changes = append(changes, state.Change{Key: key})
	}
	slices.SortFunc(changes, func(a, b state.Change) int { return a.Key.Compare(b.Key) })
	for len(changes) > 0 {
		n := transaction(changes)
		if err := s.options.Disk.Commit(func() error { return s.state.Record(changes[:n]...) }); err != nil {
			return err
		}
		changes = changes[n:]
	}
	return nil
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

// RecordSame makes what both sides hold alike the base of its object, so that the next change of either side is known as one,
// and forgets what neither side has any more.
func (s *Session) RecordSame() error {
	var forms []model.Object
	for _, c := range s.Comparisons {
		if c.Verdict == diff.Same {
			forms = append(forms, model.Settled(*c.Tree, c.Remote.Object))
		}
	}
	gone, err := s.forgotten()
	if err != nil {
		return err
	}
	return s.Record(forms, gone)
}

// Comment gives the text for the submit of a form: the mark by which every clone recognises it, then the commit's subject and author. It may be called
// by several goroutines.
func (s *Session) Comment() func(model.Object) string {
	var mu sync.Mutex
	return func(form model.Object) string {
		mu.Lock()
		defer mu.Unlock()
		mark := base.Mark{Commit: s.Head.Hash, Hash: form.Hash(), Dirty: s.isDirty(form.Key)}
		return base.FormatComment(mark, s.Head.Subject, s.Head.Author)
	}
}

// isDirty tells whether what the object is made of differs from HEAD. What cannot be told counts as different: then the mark's hash does not count.
// Without a commit there is nothing to differ from.
func (s *Session) isDirty(key model.Key) bool {
	if s.Head.Hash == "" {
		return false
	}
	local := s.Tree.Objects[key]
	paths := []string{config.FileName, local.Meta}
	if local.Content != "" {
		paths = append(paths, local.Content)
	}
	dirty, err := s.git.Dirty(s.root.FS(), paths...)
	return err != nil || len(dirty) > 0
}
