package pull

import (
	"strings"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/tree"
)

// decision is what is to be done with one object.
type decision struct {
	deed Deed
	// form is what the tree is to hold, in the target's form; nil writes nothing.
	form *model.Object
	// acknowledges tells that the workspace's form (or that it is gone) becomes the base.
	acknowledges bool
	// takes tells that the tree's form gives way to the workspace's.
	takes     bool
	why       string
	conflicts []model.Field
}

func refuse(why string, conflicts ...model.Field) decision {
	return decision{deed: Refused, why: why, conflicts: conflicts}
}

// planner collects an outcome, object by object.
type planner struct {
	Options
	standing tree.Tree
	out      Outcome
	// absent are objects that the tree has not and does not get, and what was done with them instead; inside are the files inside each node.
	absent map[model.Key]Deed
	inside map[model.Key][]diff.Comparison
	// deleted counts the objects that are deleted from the tree, deletedFiles those of them that the workspace had as files.
	deleted, deletedFiles int
	// taken are the workspace's forms that a journal entry was noted of.
	taken map[model.Key]model.Object
	moves moves
}

// decided is an object and what is to be done with it by itself and by what it lies in.
type decided struct {
	diff.Comparison
	decision
	// left tells that the object is not selected: nothing is done with it.
	left bool
}

// decideAll decides on all objects that are not the same, in their order; those that are it counts.
func (p *planner) decideAll(comparisons []diff.Comparison) ([]decided, error) {
	var all []decided
	for _, c := range comparisons {
		switch {
		case p.Selected != nil && !p.Selected(c.Key):
			p.keepEntry(c.Key)
			p.keepBase(c)
			all = append(all, decided{Comparison: c, left: true})
		case c.Verdict == diff.Same:
			p.out.Same++
			p.out.Bases = append(p.out.Bases, Base{model.Settled(*c.Tree, c.Remote.Object), c.Key})
		default:
			d, err := p.decide(c)
			if err == nil {
				d, err = p.withNode(c, d)
			}
			if err != nil {
				return nil, err
			}
			all = append(all, decided{Comparison: c, decision: d})
		}
	}
	return all, nil
}

// decide is what the table, the options and the work in the tree say of an object by itself.
func (p *planner) decide(c diff.Comparison) (decision, error) {
	d := p.guardRename(c, p.byTable(c))
	if d.deed == Refused || d.deed == Marked {
		d = p.settle(c, d)
	}
	lost, err := p.lost(c, d)
	if err != nil {
		return decision{}, err
	}
	if len(lost) > 0 {
		d = refuse("the uncommitted changes in " + strings.Join(lost, " and ") + " would be lost: commit them, or take them back, and pull again")
	}
	return d, nil
}

// byTable is the pull column of the table.
func (p *planner) byTable(c diff.Comparison) decision {
	if p.NoDrafts && isDraft(c) {
		switch c.Verdict {
		case diff.ChangedThere, diff.MadeThere, diff.Conflict, diff.Unrelated:
			return decision{deed: Draft}
		}
	}
	threeForms := c.Tree != nil && c.Remote != nil && c.Base != nil
	ongoing := threeForms && (c.Verdict == diff.Conflict || c.Verdict == diff.CutShort) && p.Stopped.wroteContent(c)
	if isUnresolved(c) && !ongoing {
		return refuse(whyUnresolved, model.FieldContent)
	}
	switch c.Verdict {
	case diff.CutShort:
		if p.Stopped.began(c) {
			return mergeDecision(merge(c, p.Stopped))
		}
		return decision{deed: Kept}
	case diff.ChangedHere, diff.MadeHere, diff.DeletedHere:
		return decision{deed: Kept}
	case diff.DeletedThere:
		if p.protects(c) {
			return refuse("it was deleted in the workspace, and dwsync.yaml protects it: push --force creates it there again")
		}
		return p.take(c)
	case diff.ChangedThere, diff.MadeThere:
		return p.take(c)
	case diff.Conflict:
		switch {
		case threeForms:
			return mergeDecision(merge(c, p.Stopped))
		case c.Tree == nil:
			return refuse("it was deleted here, and changed in the workspace")
		default:
			return refuse("it was changed here, and deleted in the workspace")
		}
	default:
		return refuse("nobody can tell which side changed: " + c.Reason)
	}
}

func (p *planner) protects(c diff.Comparison) bool { return p.Protected != nil && p.Protected(c.Key) }

// settle applies Ours and Theirs to what is refused or marked. A file with conflict markers is nobody's form: it cannot be kept, only given up.
func (p *planner) settle(c diff.Comparison, d decision) decision {
	if c.Remote == nil && p.protects(c) && !(p.Ours != nil && p.Ours(c.Key)) {
		return d
	}
	switch {
	case p.Ours != nil && p.Ours(c.Key) && !isUnresolved(c):
		return decision{deed: Kept, acknowledges: true}
	case p.Theirs != nil && p.Theirs(c.Key):
		return p.take(c)
	default:
		return d
	}
}

// take makes the workspace's form the tree's. What is ignored stays as the tree has it.
func (p *planner) take(c diff.Comparison) decision {
	d := decision{acknowledges: true, takes: true}
	switch {
	case c.Remote == nil:
		d.deed = Deleted
		return d
	case c.Tree == nil:
		d.deed = Created
	default:
		d.deed = Updated
	}
	form := c.Remote.Object.Clone()
	for _, spec := range model.Fields(c.Key.Kind) {
		if c.Tree != nil && p.Ignored != nil && p.Ignored(c.Key, spec.Field) {
			form.Set(spec.Field, c.Tree.Get(spec.Field))
		}
	}
	d.form = &form
	return d
}

func mergeDecision(m merged) decision {
	switch {
	case m.why != "":
		return refuse(m.why, m.conflicts...)
	case m.marked:
		return decision{deed: Marked, form: &m.form, acknowledges: true, conflicts: []model.Field{model.FieldContent}}
	default:
		return decision{deed: Merged, form: &m.form, acknowledges: true}
	}
}

// isDraft tells whether the workspace holds a form that is saved and could be submitted, but is not.
func isDraft(c diff.Comparison) bool {
	return c.Remote != nil && c.Key.Kind.IsFile() && c.Remote.Stage < min(model.StageSubmitted, c.Key.Outermost().LastStage())
}

// isUnresolved tells whether the tree's content holds conflict markers that a merge wrote: such lines that base and workspace have too are just content.
func isUnresolved(c diff.Comparison) bool {
	has := func(o *model.Object) bool { return o != nil && hasConflict(o.Text(model.FieldContent)) }
	return c.Tree != nil && c.Tree.HasText() && has(c.Tree) && !has(c.Base) && (c.Remote == nil || !has(&c.Remote.Object))
}

// add carries a decision into the outcome.
func (p *planner) add(c diff.Comparison, d decision) {
	var base *model.Object
	if c.Remote != nil {
		base = &c.Remote.Object
	}
	if d.form != nil {
		portable, unmapped := p.portable(c.Key, *d.form)
		p.out.Unmapped = append(p.out.Unmapped, unmapped...)
		if len(unmapped) > 0 && !d.takes {
			d = refuse("both sides changed it, and no map rule gives what the workspace has", unmapped[0].Field)
		} else {
			p.out.Changes = append(p.out.Changes, tree.Change{Key: c.Key, Object: &portable})
			p.noteMove(c, *d.form)
			base = p.withoutUnmapped(c, portable, unmapped)
		}
		if c.Tree != nil && d.form != nil {
			p.note(c, *d.form)
		}
	}
	item := Item{Comparison: c, Deed: d.deed, Why: d.why, Conflicts: d.conflicts, Acknowledged: d.acknowledges && !d.takes && c.Remote != nil}
	p.out.Items = append(p.out.Items, item)
	if d.deed == Deleted {
		p.out.Changes = append(p.out.Changes, tree.Change{Key: c.Key})
		p.deleted++
		if c.Key.Kind.IsFile() {
			p.deletedFiles++
		}
	}
	switch {
	case !d.acknowledges:
		p.keepBase(c)
		if c.Verdict != diff.ChangedHere && c.Verdict != diff.DeletedHere { // else the base is recorded already
			p.keepEntry(c.Key)
		}
	case c.Remote == nil:
		p.out.Gone = append(p.out.Gone, c.Key)
	case base != nil:
		p.out.Bases = append(p.out.Bases, Base{*base, c.Key})
	}
	if d.form != nil && isDraft(c) {
		p.out.Drafts = append(p.out.Drafts, c.Key)
	}
}

// keepEntry keeps what the journal of a stopped pull says of an object that this one leaves alone.
func (p *planner) keepEntry(k model.Key) {
	p.out.before.add(k, p.Stopped[k]...)
	p.out.after.add(k, p.Stopped[k]...)
}

func (p *planner) note(c diff.Comparison, form model.Object) {
	entry := Entry{Workspace: c.Remote.Object.Hash(), Content: digest(form)}
	p.taken[c.Key] = c.Remote.Object
	p.out.before.add(c.Key, entry)
	p.out.before.add(form.Key, entry)
}

func (p *planner) portable(k model.Key, form model.Object) (model.Object, []mapping.Unmapped) {
	var standing *model.Object
	if local, stands := p.standing.Objects[k]; stands {
		standing = &local.Object
	}
	return p.Mapping.Back(form, standing)
}

// withoutUnmapped gives the base of an object whose form was taken: in the fields that no map rule could have made it is what the tree has, since nobody
// took the workspace's value. So that value stays drift, and no push overwrites it. nil if the tree's form cannot be told.
func (p *planner) withoutUnmapped(c diff.Comparison, portable model.Object, unmapped []mapping.Unmapped) *model.Object {
	base := c.Remote.Object.Clone()
	if len(unmapped) == 0 {
		return &base
	}
	form, err := p.Mapping.Forward(portable)
	if err != nil {
		return nil
	}
	for _, u := range unmapped {
		base.Set(u.Field, form.Get(u.Field))
	}
	return &base
}
