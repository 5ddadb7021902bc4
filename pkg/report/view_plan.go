package report

import (
	"fmt"
	"slices"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

// planView is a plan as it is shown: groups by what a reader has to do about them, each sorted by key.
type planView struct {
	Target  string
	Project model.Project
	// Changes are creates and updates, Releases save nothing.
	Changes, Releases []objectView
	// There are the objects that changed in the workspace only, Gone those that the tree no longer has, Refused those that somebody has to decide.
	There, Gone, Refused []objectView
	Counts               planCounts
}

// planCounts sums a plan up.
type planCounts struct {
	Create, Update, Release, Unchanged, There, Gone, Refused int
}

// Verbs of objects that a plan leaves alone.
const (
	verbChanged   = "changed"
	verbMade      = "made"
	verbDeleted   = "deleted"
	verbConflict  = "conflict"
	verbUnrelated = "unrelated"
	verbObstacle  = "cannot"
)

func viewPlan(p diff.Plan, full bool) planView {
	v := planView{Target: p.Target, Project: p.Project}
	v.Counts.Unchanged = p.Same
	for i, a := range p.Actions {
		o := viewAction(a, full)
		o.Order = i + 1
		switch a.Op {
		case diff.OpRelease:
			v.Counts.Release++
			v.Releases = append(v.Releases, o)
			continue
		case diff.OpCreate:
			v.Counts.Create++
		default:
			v.Counts.Update++
		}
		v.Changes = append(v.Changes, o)
	}
	for _, s := range p.Skipped {
		o := viewSkipped(s.Comparison, full)
		if s.Obstacle != "" {
			o = viewObstacle(s, full)
		}
		o.Refused = s.Refused
		switch {
		case s.Refused:
			v.Refused = append(v.Refused, o)
		case s.Verdict == diff.DeletedHere:
			v.Gone = append(v.Gone, o)
		default:
			v.There = append(v.There, o)
		}
	}
	v.Counts.There, v.Counts.Gone, v.Counts.Refused = len(v.There), len(v.Gone), len(v.Refused)
	for _, group := range [][]objectView{v.Changes, v.Releases, v.There, v.Gone, v.Refused} {
		slices.SortStableFunc(group, func(a, b objectView) int { return a.Key.Compare(b.Key) })
	}
	return v
}

func viewAction(a diff.Action, full bool) objectView {
	v := objectView{Key: a.Key, Verb: string(a.Op), Stages: stagesOf(a), InTree: true, Action: &a, Verdict: a.Verdict}
	v.setEdit(a.Against)
	switch a.Op {
	case diff.OpCreate:
		v.setWhole(a.Want, true, true, full)
	default:
		v.setFields(a.Fields, true)
	}
	switch a.Verdict {
	case diff.CutShort:
		v.Notes = append(v.Notes, "finishes a write that was cut short")
	case diff.ChangedThere:
		v.Notes = append(v.Notes, "forced: undoes a change made in the workspace"+after(" ", v.edit()))
	case diff.Conflict:
		v.Notes = append(v.Notes, "forced: both sides changed, the tree's form wins over that of the workspace"+after(" ", v.edit()))
	case diff.Unrelated:
		v.Notes = append(v.Notes, "forced: nobody can tell which side changed, the tree's form wins over that of the workspace"+after(" ", v.edit()))
	case diff.DeletedThere:
		v.Notes = append(v.Notes, "forced: creates again what was deleted in the workspace")
	}
	return v
}

// stagesOf says which way an action takes a file. Businesses and folders have no stages.
func stagesOf(a diff.Action) string {
	if !a.Key.Kind.IsFile() {
		return ""
	}
	from := max(a.From, model.StageSaved)
	if a.To <= from {
		return from.String()
	}
	return from.String() + " -> " + a.To.String()
}

// viewSkipped shows an object that differs and that a push leaves alone. Of drift the workspace's form is the new one; of what somebody has to decide
// the tree's is, as if it were pushed.
func viewSkipped(c diff.Comparison, full bool) objectView {
	v := objectView{Key: c.Key, InTree: c.Tree != nil, Verdict: c.Verdict, Reason: c.Reason}
	v.setEdit(c.Remote)
	switch c.Verdict {
	case diff.ChangedThere:
		v.Verb = verbChanged
		v.setFields(c.Fields, false)
	case diff.MadeThere:
		v.Verb = verbMade
		if c.Remote != nil {
			v.setWhole(c.Remote.Object, false, true, full)
		}
	case diff.DeletedThere, diff.DeletedHere:
		v.Verb = verbDeleted
	case diff.Unrelated:
		v.Verb = verbUnrelated
		v.Notes = append(v.Notes, "tree and workspace differ, and nothing tells which of them changed"+after(": ", c.Reason))
		v.setFields(c.Fields, true)
	default:
		v.Verb = verbConflict
		v.Notes = append(v.Notes, conflictNote(c)+after(": ", c.Reason))
		v.setFields(c.Fields, true)
	}
	return v
}

// viewObstacle shows an object that a push would save or release if the API could.
func viewObstacle(s diff.Skipped, full bool) objectView {
	v := objectView{Key: s.Key, Verb: verbObstacle, InTree: true, Verdict: s.Verdict, Notes: []string{s.Obstacle}}
	v.setEdit(s.Remote)
	if s.Remote == nil && s.Tree != nil {
		v.setWhole(*s.Tree, true, true, full)
	} else {
		v.setFields(s.Fields, true)
	}
	return v
}

func conflictNote(c diff.Comparison) string {
	switch {
	case c.Tree == nil:
		return "deleted here, changed in the workspace"
	case c.Remote == nil:
		return "changed here, deleted in the workspace"
	default:
		return "changed here and in the workspace"
	}
}

// after is text with what goes before it, or nothing.
func after(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}

// Headings and advice of a plan's groups, the same in all formats.
const (
	headReleases   = "Release only: tree and workspace are alike, the stage is behind."
	headThere      = "Changed in the workspace, not here: push leaves it alone (- is the tree, + the workspace)."
	adviceThere    = "Take it into the tree with `dwsync pull`."
	headGone       = "Deleted here, still in the workspace: push leaves it alone."
	adviceGone     = "Delete it in the console, or bring the files back from git."
	headRefused    = "Refused: somebody has to decide (- is the workspace, + the tree)."
	adviceRefused  = "Make both sides alike, in the files or in the console, then push again."
	nothingAtAll   = "Nothing to do: tree and workspace are alike"
	nothingToWrite = "Nothing to push"
)

// summary is the last line of a plan.
func (v planView) summary() string {
	c := v.Counts
	if c.Create+c.Update+c.Release == 0 {
		if rest := c.left(); rest != "" {
			return fmt.Sprintf("%s: %s, %d unchanged.", nothingToWrite, rest, c.Unchanged)
		}
		return fmt.Sprintf("%s (%d unchanged).", nothingAtAll, c.Unchanged)
	}
	line := fmt.Sprintf("Plan: %d to create, %d to update, %d to release, %d unchanged", c.Create, c.Update, c.Release, c.Unchanged)
	return line + after("; ", c.left()) + "."
}

// left says what a push leaves alone, if anything.
func (c planCounts) left() string {
	return counts([]counted{{c.There, "changed in the workspace"}, {c.Gone, "deleted here only"}, {c.Refused, "refused"}})
}
