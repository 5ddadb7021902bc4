package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

// planView is a plan as it is shown: groups by what a reader has to do about them, each sorted by key.
type planView struct {
	Target  string
	Project model.Project
	// Changes are creates, updates and deletions, Releases save nothing.
	Changes, Releases []objectView
	// There are the objects that changed in the workspace only, Gone those that the tree no longer has, Refused those that somebody has to decide.
	There, Gone, Refused []objectView
	// NotPushed are the objects that only the tree changed and that a plan of releases alone does not save.
	NotPushed []objectView
	// Production are the nodes that were changed in the operation centre only.
	Production []objectView
	// Half are the half deletions that the plan leaves alone.
	Half   []objectView
	Counts planCounts
	// Jobs is the part of the job graph that the plan reaches.
	Jobs *jobGraph
	// ReleaseOnly tells that the plan saves nothing.
	ReleaseOnly bool
	NotCarried  notCarried
	// Cost is what the plan takes of the target's limits.
	Cost diff.Cost
}

// planCounts sums a plan up.
type planCounts struct {
	Create, Update, Delete, Release, Unchanged, There, Gone, NotPushed, Production, Half, Refused, Postponed int
}

// Verbs of objects that a plan leaves alone.
const (
	verbChanged   = "changed"
	verbMade      = "made"
	verbDeleted   = "deleted"
	verbConflict  = "conflict"
	verbUnrelated = "unrelated"
	verbObstacle  = "cannot"
	verbReset     = "production"
)

func viewPlan(p diff.Plan, full bool) planView {
	v := planView{Target: p.Target, Project: p.Project, Jobs: newJobGraph(p.Jobs), ReleaseOnly: p.ReleaseOnly}
	v.Counts.Unchanged, v.Counts.Postponed, v.Cost = p.Same, p.Postponed, p.Cost
	moves := p.OutputMoves()
	for i, a := range p.Actions {
		o := viewAction(a, full)
		o.Takes = moves[a.ID()].Takes
		o.Notes = append(o.Notes, moveNotes(moves[a.ID()], a.Part)...)
		o.Order = i + 1
		switch a.Op {
		case diff.OpRelease:
			v.Counts.Release++
			v.Releases = append(v.Releases, o)
			continue
		case diff.OpCreate:
			v.Counts.Create++
		case diff.OpDelete:
			v.Counts.Delete++
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
		if s.Production != "" {
			o = viewReset(s)
		}
		o.Refused = s.Refused
		if o.Trailer = trailer(s.Comparison); o.Trailer != "" {
			o.Notes = append(o.Notes, "whoever merges by hand writes this line into the commit's message: "+o.Trailer)
		}
		switch {
		case s.Refused:
			v.Refused = append(v.Refused, o)
		case s.Verdict.IsOurs():
			v.NotPushed = append(v.NotPushed, o)
		case s.Verdict == diff.DeletedHere:
			if s.Kept != "" {
				o.Notes = append(o.Notes, "kept, although deletions were asked for: "+s.Kept)
			}
			v.Gone = append(v.Gone, o)
		default:
			v.There = append(v.There, o)
		}
	}
	v.NotCarried = countTypes(p.NotCarried)
	for _, h := range p.HalfDeleted {
		v.Half = append(v.Half, viewHalf(h))
	}
	for _, d := range p.Production {
		v.Production = append(v.Production, objectView{Key: d.Key, Verb: verbReset, InTree: true, Verdict: productionDrift, Notes: []string{d.String()}})
	}
	v.Counts.There, v.Counts.Gone, v.Counts.Half, v.Counts.Refused = len(v.There), len(v.Gone), len(v.Half), len(v.Refused)
	said := map[model.Key]bool{}
	for _, group := range [][]objectView{v.Changes, v.Releases, v.Refused} {
		for i := range group {
			// Of several actions of a file the first says it for all.
			if key := group[i].Key; !said[key] {
				said[key] = true
				group[i].Downstream = v.Jobs.downstreamOf(key)
			}
		}
	}
	v.Counts.NotPushed, v.Counts.Production = len(v.NotPushed), len(v.Production)
	for _, group := range [][]objectView{v.Changes, v.Releases, v.There, v.Gone, v.NotPushed, v.Production, v.Half, v.Refused} {
		slices.SortStableFunc(group, func(a, b objectView) int { return a.Key.Compare(b.Key) })
	}
	return v
}

func viewAction(a diff.Action, full bool) objectView {
	v := objectView{Key: a.Key, Verb: string(a.Op), Stages: stagesOf(a), InTree: a.Op != diff.OpDelete, Action: &a, Verdict: a.Verdict, Extension: content.Extension(a.Want)}
	v.setEdit(a.Against)
	switch a.Op {
	case diff.OpCreate:
		v.setWhole(a.Want, true, true, full)
	case diff.OpDelete:
		if a.Against != nil && a.Against.Deleted {
			v.Notes = append(v.Notes, "finishes a deletion that was cut short: "+stillRuns)
		}
	default:
		v.setFields(a.Fields, true)
	}
	if a.Part == diff.PartStepAside {
		v.Notes = []string{"steps aside for the name that another file has until then"}
		return v
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
	if reset := a.Undoes(nil); !reset.IsNone() {
		v.Notes = append(v.Notes, "the deployment may undo what was changed in the operation centre: "+reset.String())
	}
	if a.MayUnfreeze() {
		v.Notes = append(v.Notes, "its node is frozen in production; the deployment may set it going")
	}
	return v
}

// moveNotes say what an action does with outputs that others depend on, or that move.
func moveNotes(m diff.OutputMove, part diff.Part) []string {
	var notes []string
	outputs := func(all []string) string {
		return plural(len(all), "the output ", "the outputs ") + strings.Join(all, ", ")
	}
	if len(m.Keeps) > 0 {
		notes = append(notes, "keeps "+outputs(m.Keeps)+" until what depends on "+plural(len(m.Keeps), "it", "them")+" is released; a later action takes "+plural(len(m.Keeps), "it", "them")+" away")
	}
	if len(m.Leaves) > 0 {
		notes = append(notes, outputs(m.Leaves)+plural(len(m.Leaves), " leaves", " leave")+" last, after "+joinKeys(m.After)+plural(len(m.After), ", which depends", ", which depend")+" on "+plural(len(m.Leaves), "it", "them")+" now")
	}
	for _, t := range m.Gives {
		if part == diff.PartGiveUp {
			notes = append(notes, fmt.Sprintf("first gives up the output %s, so that %s can take it over: neither could go first as a whole; this is saved, not released", t.Output, t.File))
		} else {
			notes = append(notes, fmt.Sprintf("the output %s moves to %s", t.Output, t.File))
		}
	}
	for _, t := range m.Takes {
		notes = append(notes, fmt.Sprintf("takes over the output %s from %s, right after it left there; in between nothing makes it", t.Output, t.File))
	}
	return notes
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func joinKeys(keys []model.Key) string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.String()
	}
	return strings.Join(names, ", ")
}

// partWords say which of several actions of a file one is; "" where it is the main one.
func partWords(p diff.Part) string {
	switch p {
	case diff.PartGiveUp:
		return "gives up outputs"
	case diff.PartStepAside:
		return "steps aside"
	case diff.PartLeave:
		return "old outputs leave"
	default:
		return ""
	}
}

// stagesOf says which way an action takes a file. Businesses and folders have no stages.
func stagesOf(a diff.Action) string {
	if !a.Key.Kind.IsFile() {
		return ""
	}
	from := max(a.From, model.StageSaved)
	if a.Op == diff.OpDelete {
		return from.String() + " -> " + model.StageNone.String()
	}
	if a.To <= from {
		return from.String()
	}
	return from.String() + " -> " + a.To.String()
}

// viewSkipped shows an object that differs and that a push leaves alone. Of drift the workspace's form is the new one; of what somebody has to decide
// the tree's is, as if it were pushed.
func viewSkipped(c diff.Comparison, full bool) objectView {
	v := objectView{Key: c.Key, InTree: c.Tree != nil, Verdict: c.Verdict, Reason: c.Reason, Extension: extensionOf(c)}
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
	case diff.ChangedHere, diff.CutShort:
		v.Verb = verbChanged
		v.setFields(c.Fields, true)
	case diff.MadeHere:
		v.Verb = verbMade
		if c.Tree != nil {
			v.setWhole(*c.Tree, true, true, full)
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

// trailer is the line by which a commit says that it answers what the workspace has of an object on which somebody has to decide.
func trailer(c diff.Comparison) string {
	if c.Verdict != diff.Conflict && c.Verdict != diff.Unrelated {
		return ""
	}
	return c.Trailer()
}

const stillRuns = "it is deleted in DataStudio, and production still runs it"

// viewHalf shows a half deletion that a push leaves alone.
func viewHalf(h diff.HalfDeletion) objectView {
	v := objectView{Key: h.Remote.Object.Key, Verb: verbDeleted, InTree: h.InTree, Verdict: halfDeleted}
	v.setEdit(&h.Remote)
	switch {
	case h.Key != h.Remote.Object.Key:
		v.Notes = append(v.Notes, "the tree has it as "+h.Key.String()+": undeploy the old node in the operation centre, or restore the file from the recycle bin")
	case h.InTree:
		v.Notes = append(v.Notes, "the path is in use again: undeploy the old node in the operation centre, or restore its file from the recycle bin")
	case h.Known:
		v.Notes = append(v.Notes, "this tree once had it: `dwsync push --prune` finishes the deletion on a target that releases to deployed")
	default:
		v.Notes = append(v.Notes, "this tree never had it: deploy its deletion in the console, or restore it from the recycle bin")
	}
	return v
}

// These stand where the three-way table has no row.
const (
	halfDeleted     diff.Verdict = "half deleted"
	productionDrift diff.Verdict = "changed in production"
)

// viewReset shows an object whose deployment might undo what was changed in the operation centre.
func viewReset(s diff.Skipped) objectView {
	v := objectView{
		Key: s.Key, Verb: verbReset, InTree: s.Tree != nil, Verdict: s.Verdict, Extension: extensionOf(s.Comparison),
		Notes: []string{"changed in the operation centre only: " + s.Production + "; a deployment may undo that. Undo it there, or take it into the tree, or push this file with --force"},
	}
	v.setEdit(s.Remote)
	v.setFields(s.Fields, true)
	return v
}

// viewObstacle shows an object that a push would save or release if the API could.
func viewObstacle(s diff.Skipped, full bool) objectView {
	v := objectView{Key: s.Key, Verb: verbObstacle, InTree: true, Verdict: s.Verdict, Notes: []string{s.Obstacle}, Extension: extensionOf(s.Comparison)}
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
	headReleases     = "Release only: tree and workspace are alike, the stage is behind."
	headThere        = "Changed in the workspace, not here: push leaves it alone (- is the tree, + the workspace)."
	adviceThere      = "Take it into the tree with `dwsync pull`."
	headGone         = "Deleted here, still in the workspace: push leaves it alone."
	adviceGone       = "Delete it with `dwsync push --prune`, or bring the files back from git."
	headNotPushed    = "Differs from the workspace, and is not released (- is the workspace, + the tree)."
	adviceNotPushed  = "Bring it over with `dwsync push`."
	headProduction   = "Changed in the operation centre only: a deployment may undo it."
	headHalf         = "Deleted in DataStudio, still running in production: push leaves it alone."
	headRefused      = "Refused: somebody has to decide (- is the workspace, + the tree)."
	adviceRefused    = "Merge what both sides changed with `dwsync pull`, or make both sides alike, in the files or in the console; then push again."
	nothingAtAll     = "Nothing to do: tree and workspace are alike"
	nothingToWrite   = "Nothing to push"
	nothingToRelease = "Nothing to deploy"
)

// word is the command that the plan is one of.
func (v planView) word() string {
	if v.ReleaseOnly {
		return "deploy"
	}
	return "push"
}

// summary is the last line of a plan.
func (v planView) summary() string {
	c := v.Counts
	if c.Create+c.Update+c.Delete+c.Release == 0 {
		if rest := c.left(); rest != "" {
			nothing := nothingToWrite
			if v.ReleaseOnly {
				nothing = nothingToRelease
			}
			return fmt.Sprintf("%s: %s, %d unchanged.", nothing, rest, c.Unchanged)
		}
		return fmt.Sprintf("%s (%d unchanged).", nothingAtAll, c.Unchanged)
	}
	if v.ReleaseOnly {
		return fmt.Sprintf("Plan: %d to release, %d unchanged", c.Release, c.Unchanged) + after("; ", c.left()) + "."
	}
	deletes := ""
	if c.Delete > 0 {
		deletes = fmt.Sprintf("%d to delete, ", c.Delete)
	}
	line := fmt.Sprintf("Plan: %d to create, %d to update, %s%d to release, %d unchanged", c.Create, c.Update, deletes, c.Release, c.Unchanged)
	return line + after("; ", c.left()) + "."
}

// left says what a push leaves alone, if anything.
func (c planCounts) left() string {
	return counts([]counted{{c.There, "changed in the workspace"}, {c.Gone, "deleted here only"}, {c.NotPushed, "not pushed"}, {c.Production, "changed in production only"}, {c.Half, "half deleted"}, {c.Refused, "refused"}, {c.Postponed, "for another day's quota"}})
}
