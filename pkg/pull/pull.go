// Package pull decides which edits of the tree bring it to the workspace's state without losing work of either side: the pull column of the three-way
// table (design, section 6). It writes nothing itself; [Plan] gives the changes, pkg/tree applies them.
package pull

import (
	"fmt"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/tree"
)

// Options shape a pull.
type Options struct {
	Mapping mapping.Mapping
	// Selected limits the pull; nil selects everything.
	Selected func(model.Key) bool
	// Ours and Theirs settle, for the objects they hold for, what would be refused: by keeping the tree's form, or by taking the workspace's.
	Ours, Theirs func(model.Key) bool
	// NoDrafts leaves alone what is saved in the workspace and not submitted.
	NoDrafts bool
	// MaxDelete is how many objects may be deleted from the tree; negative means the default of 10 % of the managed objects, at least 1.
	MaxDelete int
}

// Deed is what a pull does with one object.
type Deed string

const (
	Created Deed = "created"
	Updated Deed = "updated"
	Deleted Deed = "deleted"
	// Kept: only the tree changed; the next push applies it.
	Kept Deed = "kept"
	// Draft: left alone because it is saved and not submitted (--no-drafts).
	Draft Deed = "draft"
	// Refused: both sides changed, or nobody can tell which did.
	Refused Deed = "refused"
)

// Item is an object that is not the same on both sides, and what the pull does with it.
type Item struct {
	diff.Comparison
	Deed Deed
}

// Outcome is what a pull would do, and after it did.
type Outcome struct {
	// Items are sorted by key; objects that are the same are only counted.
	Items []Item
	Same  int
	// Drafts are the objects taken whose form is saved and not submitted, for the report.
	Drafts []model.Key
	// Changes are the edits of the tree, in portable form.
	Changes []tree.Change
	// Bases are the forms that become the base once the changes are written, in the target's form; Gone lose theirs.
	Bases []model.Object
	Gone  []model.Key
	// Unmapped are values that no map rule could have made; those fields are left alone.
	Unmapped []mapping.Unmapped
	// NotCarried are things that DataStudio lists and that the tree does not hold.
	NotCarried []model.Key
}

// Refused tells whether somebody has to decide something: the pull ends with exit code 3.
func (o Outcome) Refused() bool {
	for _, item := range o.Items {
		if item.Deed == Refused {
			return true
		}
	}
	return false
}

// TooManyDeletesError reports a pull that would delete more than --max-delete allows.
type TooManyDeletesError struct {
	Deletes, Allowed int
	// EmptyWorkspace tells that the workspace has nothing at all of what the tree manages.
	EmptyWorkspace bool
}

func (e *TooManyDeletesError) Error() string {
	if e.EmptyWorkspace {
		return "the workspace is empty, but the tree was pulled from or pushed to it before; this looks like the wrong workspace or a failed read: nothing was deleted, check projectId of the target"
	}
	return fmt.Sprintf("this pull would delete %d files from the tree, more than the %d that are allowed; look at dwsync diff, then allow it with --max-delete %d", e.Deletes, e.Allowed, e.Deletes)
}

// Plan decides on each object. standing are the tree's objects in portable form. Errors: *TooManyDeletesError.
func Plan(comparisons []diff.Comparison, standing tree.Tree, o Options) (Outcome, error) {
	var out Outcome
	deletes, managed, remote := 0, 0, 0
	for _, c := range comparisons {
		if c.Base != nil || c.Verdict == diff.Same {
			managed++
		}
		if c.Remote != nil {
			remote++
		}
		if o.Selected != nil && !o.Selected(c.Key) {
			continue
		}
		item := Item{Comparison: c, Deed: deed(c, o)}
		if c.Verdict == diff.Same {
			out.Same++
			out.Bases = append(out.Bases, model.Settled(*c.Tree, c.Remote.Object))
			continue
		}
		out.Items = append(out.Items, item)
		switch item.Deed {
		case Created, Updated:
			out.take(c, standing, o.Mapping)
		case Deleted:
			deletes++
			out.Changes = append(out.Changes, tree.Change{Key: c.Key})
			out.Gone = append(out.Gone, c.Key)
		}
	}
	allowed := o.MaxDelete
	if allowed < 0 {
		allowed = max(1, managed/10)
	}
	if deletes > 0 && remote == 0 {
		return Outcome{}, &TooManyDeletesError{Deletes: deletes, EmptyWorkspace: true}
	}
	if deletes > allowed {
		return Outcome{}, &TooManyDeletesError{Deletes: deletes, Allowed: allowed}
	}
	return out, nil
}

// deed is the pull column of the table.
func deed(c diff.Comparison, o Options) Deed {
	holds := func(f func(model.Key) bool) bool { return f != nil && f(c.Key) }
	switch c.Verdict {
	case diff.ChangedHere, diff.CutShort, diff.MadeHere, diff.DeletedHere:
		return Kept
	case diff.ChangedThere, diff.MadeThere:
		if o.NoDrafts && c.Key.Kind.IsFile() && c.Remote.Stage < model.StageSubmitted {
			return Draft
		}
		if c.Verdict == diff.MadeThere {
			return Created
		}
		return Updated
	case diff.DeletedThere:
		return Deleted
	}
	switch {
	case holds(o.Ours):
		return Kept
	case holds(o.Theirs) && c.Remote == nil:
		return Deleted
	case holds(o.Theirs) && c.Tree == nil:
		return Created
	case holds(o.Theirs):
		return Updated
	default:
		return Refused
	}
}

func (out *Outcome) take(c diff.Comparison, standing tree.Tree, m mapping.Mapping) {
	var local *model.Object
	if l, ok := standing.Objects[c.Key]; ok {
		local = &l.Object
	}
	portable, unmapped := m.Back(c.Remote.Object, local)
	out.Unmapped = append(out.Unmapped, unmapped...)
	out.Changes = append(out.Changes, tree.Change{Key: c.Key, Object: &portable})
	out.Bases = append(out.Bases, c.Remote.Object)
	if c.Key.Kind.IsFile() && c.Remote.Stage < model.StageSubmitted {
		out.Drafts = append(out.Drafts, c.Key)
	}
}
