// Package pull decides which edits of the tree bring it to the workspace's state without losing work of either side: the pull column of the three-way
// table (design, section 6). It writes nothing itself; [Plan] gives the changes, pkg/tree applies them.
//
// Where only the workspace changed, its form is *taken*. Where both sides changed, their changes since the base are *merged*: content line by line, sets
// element by element, other fields as a whole. A content in which both changed the same lines is *marked*: written with both versions between conflict
// markers, for a person to resolve. Everything else that two people decided differently is *refused*: reported, and its files left as they are. Options.Ours
// and Options.Theirs settle what is refused.
//
// With each object that it takes or merges a pull *acknowledges* the workspace's form: that becomes the object's base, so that the next push may replace it.
// Where the tree then holds something else than that form, only this machine's state knows of it; the commit's message tells every other clone
// ([diff.Comparison.Trailer]).
//
// What was renamed in the workspace is moved in the tree, with what lies in it, and placeholders that name it follow.
//
// The rule of this package: nothing that is neither in HEAD, nor in the base, nor in the result disappears from the tree, and no form of the workspace is
// acknowledged of which a part was dropped without being asked for. A pull that was stopped is completed by the next one: an object's base is recorded
// after its files are written, and a [Journal] tells what was written until then.
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
	// Selected limits the pull; nil selects everything. Who selects a node or a file inside it selects the whole of them.
	Selected func(model.Key) bool
	// Ignored tells whether a field of an object is never compared (dwsync.yaml, ignore): the tree keeps its value. nil ignores nothing.
	Ignored func(model.Key, model.Field) bool
	// Protected tells what is never renamed or deleted (dwsync.yaml, protect); nil protects nothing.
	Protected func(model.Key) bool
	// Ours and Theirs settle, for the objects they hold for, what would be refused or marked: by keeping the tree's form, or by taking the workspace's.
	Ours, Theirs func(model.Key) bool
	// NoDrafts leaves alone what is saved in the workspace and not submitted.
	NoDrafts bool
	// MaxDelete is how many files of the workspace may be deleted from the tree; negative means the default (diff.AllowedDeletes).
	MaxDelete int
	// Work knows what of the tree is nowhere else; the zero value takes every file for uncommitted.
	Work Work
	// Stopped is the journal of a pull that was stopped; nil if there is none.
	Stopped Journal
}

// Deed is what a pull does with one object.
type Deed string

const (
	Created Deed = "created"
	Updated Deed = "updated"
	Deleted Deed = "deleted"
	// Merged: both sides changed, and the tree gets the changes of both.
	Merged Deed = "merged"
	// Marked: as Merged, but with conflict markers in the content.
	Marked Deed = "marked"
	// Kept: only the tree changed, or the pull was told to keep its form; the next push applies it.
	Kept Deed = "kept"
	// Draft: left alone because it is saved and not submitted (--no-drafts).
	Draft Deed = "draft"
	// Refused: somebody has to decide; Item.Why says what.
	Refused Deed = "refused"
)

// Item is an object that is not the same on both sides, and what the pull does with it.
type Item struct {
	diff.Comparison
	Deed Deed
	// Why says of a refused object what somebody has to decide.
	Why string
	// Conflicts are the fields that both sides changed in different ways, sorted; of a marked object the content.
	Conflicts []model.Field
	// Acknowledged tells that the workspace's form becomes the base although the tree holds another one: it was merged, marked, or kept by Options.Ours.
	Acknowledged bool
}

// Base is a form that becomes the base of an object. Its key is the one that the object has from now on, Compared that of its comparison.
type Base struct {
	model.Object
	Compared model.Key
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
	Bases []Base
	Gone  []model.Key
	// Unmapped are values that no map rule could have made; those fields are left alone.
	Unmapped []mapping.Unmapped
	// NotCarried are things that DataStudio lists and that the tree does not hold.
	NotCarried []model.Key

	before, after Journal
}

// Refused tells whether somebody has to decide something: the pull ends with exit code 3.
func (o Outcome) Refused() bool {
	for _, item := range o.Items {
		if item.Deed == Refused || item.Deed == Marked {
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

// Plan decides on each object. standing are the tree's objects in portable form. Errors: *TooManyDeletesError, or what Options.Work cannot tell.
func Plan(comparisons []diff.Comparison, standing tree.Tree, o Options) (Outcome, error) {
	o.Selected = diff.WithGroups(comparisons, o.Selected)
	p := planner{Options: o, absent: map[model.Key]Deed{}, inside: insideOf(comparisons), standing: standing, taken: map[model.Key]model.Object{}, out: Outcome{before: Journal{}, after: Journal{}}, moves: newMoves()}
	remote := 0
	for _, c := range comparisons {
		if c.Remote != nil {
			remote++
		}
	}
	decided, err := p.decideAll(comparisons)
	if err != nil {
		return Outcome{}, err
	}
	decided = p.withBusinesses(decided)
	p.refuseTaken(decided)
	for _, one := range decided {
		p.add(one.Comparison, one.decision)
	}
	if p.deleted > 0 && remote == 0 {
		return Outcome{}, &TooManyDeletesError{Deletes: p.deleted, EmptyWorkspace: true}
	}
	if allowed := diff.AllowedDeletes(comparisons, o.MaxDelete); p.deletedFiles > allowed {
		return Outcome{}, &TooManyDeletesError{Deletes: p.deletedFiles, Allowed: allowed}
	}
	p.relocate()
	return p.out, nil
}
