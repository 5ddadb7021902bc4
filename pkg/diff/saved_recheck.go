package diff

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/dwsync/dwsync/pkg/model"
)

// Situation is what a saved plan is held against before it is run: what it was made of, as it is now.
type Situation struct {
	// Inputs are the hashes of the local files, as in Origin.
	Inputs  map[string]string
	Project model.Project
	// Release is the stage to which the target releases.
	Release model.Stage
	// Comparisons are those of the whole tree and workspace, HalfDeleted all half deletions of the workspace.
	Comparisons []Comparison
	HalfDeleted []HalfDeletion
	// Consumers are those of the plan's leavers, as in Options.
	Consumers map[model.Key][]Consumer
	// Ignored tells whether a field is never compared; nil is never.
	Ignored func(model.Key, model.Field) bool
}

// StaleError reports a saved plan that no longer fits: nothing of it was run.
type StaleError struct {
	// Moved says in a sentence each what is not what it was, sorted.
	Moved []string
}

func (e *StaleError) Error() string { return errors.Join(e.Unwrap()...).Error() }

// Unwrap gives what happened and what to do next, then each thing that moved, so that they are shown one by one.
func (e *StaleError) Unwrap() []error {
	all := []error{errors.New("the plan is refused and nothing was written, because what it was made of moved; look at what follows and make a new plan with dwsync diff --save")}
	for _, moved := range e.Moved {
		all = append(all, errors.New(moved))
	}
	return all
}

// Recheck holds a saved plan against the situation of now and gives the plan to run: the same actions, against the forms as they are now, without what
// stands in the workspace already because an earlier run of the same plan was cut short. Errors: *StaleError.
func (p Plan) Recheck(now Situation) (Plan, error) {
	moved := movedInputs(p.Origin.Inputs, now.Inputs)
	if p.Project != now.Project {
		moved = append(moved, fmt.Sprintf("the target's workspace is %s (%s), the plan is for %s (%s)", now.Project.Identifier, now.Project.ID, p.Project.Identifier, p.Project.ID))
	}
	byKey := make(map[model.Key]Comparison, len(now.Comparisons))
	for _, c := range now.Comparisons {
		byKey[c.Key] = c
	}
	inputsMoved := len(moved) > 0
	moved = append(moved, p.newConsumers(now)...)
	var left []Action
	parts := p.parts()
	inner, saving := newInnerCheck(p, now.Comparisons), map[model.Key]bool{}
	for _, a := range p.Actions {
		fresh, isDone, why := a.recheck(parts[a.Key], byKey[a.Key], now)
		if why == "" {
			why = inner.moved(a)
		}
		if saving[a.Key] && a.To > model.StageSaved {
			// A file inside it is still to be saved, and is released by the node.
			fresh.From, isDone = min(fresh.From, model.StageSaved), false
		}
		if a.Key.IsInner() && !isDone {
			saving[a.Key.Outermost()] = true
		}
		switch {
		case why == treeMoved && inputsMoved:
			// A file that was named already is why.
		case why != "":
			moved = append(moved, fmt.Sprintf("%s: %s", a.Key, why))
		case isDone && a.ID() == parts[a.Key][len(parts[a.Key])-1].ID():
			p.Same++
		case isDone:
		default:
			left = append(left, fresh)
		}
	}
	if len(moved) > 0 {
		slices.Sort(moved)
		return Plan{}, &StaleError{Moved: slices.Compact(moved)}
	}
	p.Actions = left
	return p, nil
}

const treeMoved = "the tree's form is another one"

// parts gives the actions of each object in their order.
func (p Plan) parts() map[model.Key][]Action {
	parts := map[model.Key][]Action{}
	for _, a := range p.Actions {
		parts[a.Key] = append(parts[a.Key], a)
	}
	return parts
}

// newConsumers names those who depend on what the plan takes away and whom it does not change: they were not there when it was made.
func (p Plan) newConsumers(now Situation) []string {
	o := Options{Project: now.Project, Release: now.Release, Consumers: now.Consumers}
	parts := p.parts()
	p.HalfDeleted = slices.DeleteFunc(slices.Clone(now.HalfDeleted), func(h HalfDeletion) bool {
		return slices.ContainsFunc(parts[h.Remote.Object.Key], func(a Action) bool { return a.Op == OpDelete })
	})
	_, err := deletionNeeds(&p, now.Comparisons, producersOf(now.Comparisons, now.Project.Identifier), resourcesOf(now.Comparisons), o)
	var found []string
	for _, err := range append(split(err), p.consumersOfLost(now.Comparisons, o)...) {
		found = append(found, err.Error())
	}
	return found
}

// split gives the errors that were joined.
func split(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return nil
}

// recheck gives the action as it is to be run now, or tells that it is done, or how what it was made of moved. parts are all actions of its object.
func (a Action) recheck(parts []Action, c Comparison, now Situation) (fresh Action, isDone bool, moved string) {
	last := a.Key.LastStage()
	switch {
	case a.Op == OpDelete && c.Tree != nil, a.Op != OpDelete && (c.Tree == nil || !boundFrom(parts[len(parts)-1].Want, *c.Tree)):
		return a, false, treeMoved
	case a.Op != OpDelete:
		last = lastStage(a.Want)
	}
	if a.Part != PartGiveUp && a.Part != PartStepAside && a.To != min(now.Release, last) {
		return a, false, fmt.Sprintf("the target releases to %s, the plan to %s", now.Release, a.To)
	}
	if a.Op == OpDelete {
		return a.recheckDeletion(c, now.HalfDeleted)
	}
	if len(parts) > 1 {
		fresh, isDone, moved = a.recheckPart(parts, c)
	} else {
		planned := a.Want
		a.Want = *c.Tree
		fresh, moved = a.against(c, planned)
		isDone = fresh.Op == OpRelease && (!a.Key.Kind.IsFile() || fresh.From >= fresh.To)
	}
	if reset := fresh.Undoes(now.Ignored); moved == "" && now.Project.Mode != model.ModeSimple && reset != a.Undoes(now.Ignored) && !reset.IsNone() {
		moved = "its node was changed in the operation centre: " + reset.String()
	}
	return fresh, isDone, moved
}

// recheckPart is recheck for one of several actions of a file: the workspace may hold what any of them leaves.
func (a Action) recheckPart(parts []Action, c Comparison) (fresh Action, isDone bool, moved string) {
	parts = slices.Clone(parts)
	for i := range parts {
		if parts[i].Part != PartGiveUp {
			// What the form refers to may be bound by now: the tree's is.
			outputs := parts[i].Want.Get(model.FieldOutputList)
			parts[i].Want = c.Tree.Clone()
			parts[i].Want.Set(model.FieldOutputList, outputs)
		}
	}
	place := slices.IndexFunc(parts, func(part Action) bool { return part.Part == a.Part })
	a.Want = parts[place].Want
	reached := -1
	for i, part := range parts {
		if c.Remote != nil && (c.Remote.Object.Matches(part.Want.Hash()) || i == len(parts)-1 && c.Verdict == Same) {
			reached = i
		}
	}
	switch {
	case c.Remote == nil:
		return a, false, "it is gone from the workspace"
	case c.Remote.FileID != a.Against.FileID || reached < 0 && !parts[0].isOf(*c.Remote):
		return a, false, "it changed in the workspace" + lastEdit(c.Remote)
	case place < reached:
		return a, true, ""
	case place == reached:
		a.Op, a.Fields, a.From, a.Against = OpRelease, nil, c.Remote.Stage, c.Remote
		return a, a.From >= a.To, ""
	case place == reached+1:
		a.Against = c.Remote
	}
	return a, false, ""
}

// recheckDeletion is recheck for a deletion, whose first step an earlier run may have done.
func (a Action) recheckDeletion(c Comparison, halves []HalfDeletion) (fresh Action, isDone bool, moved string) {
	if c.Remote != nil {
		if c.Verdict != DeletedHere || !a.isOf(*c.Remote) {
			return a, false, "it changed in the workspace" + lastEdit(c.Remote)
		}
		a.Against = c.Remote
		return a, false, ""
	}
	for _, h := range halves {
		if a.Key.Kind.IsFile() && a.isOf(h.Remote) && a.To >= model.StageDeployed {
			a.Against = &h.Remote
			return a, false, ""
		}
	}
	return a, true, ""
}

// isOf tells whether an object of the workspace is the one, in the form, that the action was planned against.
func (a Action) isOf(r model.Remote) bool {
	return sameForm(r.Object, a.Against.Object) && r.FileID == a.Against.FileID && r.BusinessID == a.Against.BusinessID && r.FolderID == a.Against.FolderID
}

// against gives the action against the object as the workspace has it now, or says how that moved. planned is the form that the plan wanted.
func (a Action) against(c Comparison, planned model.Object) (Action, string) {
	switch {
	case c.Remote == nil && a.Against != nil:
		return a, "it is gone from the workspace"
	case c.Remote == nil:
		return a, ""
	case a.Against != nil && a.isOf(*c.Remote):
		// Whether an output counts may depend on the base, which not every clone knows.
		if !slices.EqualFunc(c.Fields, a.Fields, func(x, y FieldChange) bool { return x.Field == y.Field }) {
			return a, "other fields differ than the plan shows"
		}
		a.Against, a.Fields = c.Remote, c.Fields
		if a.Op == OpRelease {
			a.From = c.Remote.Stage
		}
		return a, ""
	case c.Verdict == Same:
		// It is as the plan wants it; only its stages are left.
		a.Op, a.Fields, a.From, a.Against, a.OwnOutput = OpRelease, nil, c.Remote.Stage, c.Remote, false
		return a, ""
	case a.isUnfinished(c, planned):
		a.Op, a.Fields, a.Against = OpUpdate, c.Fields, c.Remote
		return a, ""
	case a.Against == nil:
		return a, "somebody created it in the workspace" + lastEdit(c.Remote)
	default:
		return a, "it changed in the workspace" + lastEdit(c.Remote)
	}
}

func lastEdit(r *model.Remote) string {
	text := ""
	if r.LastEditUser != "" {
		text += " by " + r.LastEditUser
	}
	if !r.LastEditTime.IsZero() {
		text += " at " + r.LastEditTime.UTC().Format(time.RFC3339)
	}
	if text == "" {
		return ""
	}
	return ", last saved" + text
}

// sameForm tells whether two forms are the same, apart from what the service parsed from the code.
func sameForm(a, b model.Object) bool { return a.Hash() == b.Hash() }

// movedInputs names the local files that differ.
func movedInputs(then, now map[string]string) []string {
	var moved []string
	for _, file := range slices.Sorted(maps.Keys(then)) {
		switch hash, there := now[file]; {
		case !there:
			moved = append(moved, file+": the file is gone")
		case hash != then[file]:
			moved = append(moved, file+": the file changed")
		}
	}
	for _, file := range slices.Sorted(maps.Keys(now)) {
		if _, known := then[file]; !known {
			moved = append(moved, file+": the file is new")
		}
	}
	return moved
}
