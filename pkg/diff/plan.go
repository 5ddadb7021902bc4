package diff

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/graph"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
)

// Op is what an action does first; the stages follow it.
type Op string

const (
	OpCreate Op = "create"
	OpUpdate Op = "update"
	// OpRelease saves nothing: tree and workspace are alike, only the stage is behind.
	OpRelease Op = "release"
)

// Action is one step of a plan: an object, what is done to it, and the stage to which it is then taken.
type Action struct {
	Op      Op        `json:"op"`
	Key     model.Key `json:"key"`
	Part    Part      `json:"part,omitempty"`
	Verdict Verdict   `json:"verdict"`
	// Want is the form that the action leaves: what a create or update writes, and what a release must find. It is the tree's, but for outputs that
	// another part of the object's actions brings or takes away.
	Want model.Object `json:"want"`
	// Against is the form and the ids that the action finds: those that the plan was computed against, or what an earlier part leaves; nil for a create.
	Against *model.Remote `json:"against,omitempty"`
	Fields  []FieldChange `json:"fields,omitempty"`
	// From is the stage that the wanted form has now, To the stage that it shall reach.
	From model.Stage `json:"from"`
	To   model.Stage `json:"to"`
	// Needs are the actions of this plan that must come to the same stage first.
	Needs []ActionID `json:"needs,omitempty"`
	// Awaits are those of Needs that must be submitted before this one is saved: it refers to their nodes, which have no id before.
	Awaits []ActionID `json:"awaits,omitempty"`
	// Closes are actions whose nodes this one refers to too, and which in turn need it, or itself. It is saved and submitted without these references; once
	// the nodes are there it is saved and submitted with them, and then deployed.
	Closes []ActionID `json:"closes,omitempty"`
	// OwnOutput tells that others refer to the file's automatic output: if GetFile shows none, the save adds one.
	OwnOutput bool `json:"ownOutput,omitempty"`
	// Inner are the files inside a node that is submitted or deleted: that happens to them with it, and they must be found so.
	Inner []InnerForm `json:"inner,omitempty"`
	// Cost is what the action is expected to take of the target's limits; empty without limits.
	Cost []BucketCost `json:"cost,omitempty"`
}

// ID names the action within its plan.
func (a Action) ID() ActionID { return ActionID{a.Key, a.Part} }

// CompletesCreate tells whether the action only adds what a create call cannot carry to a file that was never submitted: its create was cut short.
func (a Action) CompletesCreate() bool {
	return a.Op == OpUpdate && a.Verdict != ChangedThere && a.Against != nil && a.Against.CurrentVersion == 0 && a.Key.Kind.IsFile() &&
		!slices.ContainsFunc(a.Fields, func(f FieldChange) bool { return !a.Key.FollowsCreate(f.Field) })
}

// Skipped is an object that differs and that the plan leaves alone, with the reason.
type Skipped struct {
	Comparison
	// Refused tells that somebody has to decide (a conflict, forms whose relation is unknown, or an obstacle): push ends with exit code 3.
	Refused bool
	// Obstacle says why the API cannot do what a push would do; empty unless that is the reason.
	Obstacle string `json:",omitempty"`
	// Production says what was changed in the operation centre only and what a deployment might undo; empty unless that is the reason.
	Production string `json:",omitempty"`
	// Kept says why a deletion that was asked for is not done; empty unless it was.
	Kept string `json:",omitempty"`
}

// Plan is what a push would do: a graph of actions, listed in an order that respects its edges. It is a value; making it wrote nothing.
type Plan struct {
	Target  string        `json:"target"`
	Project model.Project `json:"project"`
	Actions []Action      `json:"actions"`
	Skipped []Skipped     `json:"skipped,omitempty"`
	// ReleaseOnly tells that the plan saves nothing: what differs is left alone, whoever changed it.
	ReleaseOnly bool `json:"releaseOnly,omitempty"`
	// Production is what was changed in the operation centre only and what no action of the plan is refused for, sorted by key.
	Production []ProductionDrift `json:"production,omitempty"`
	// HalfDeleted are deletions that wait for their second step and that the plan does not finish.
	HalfDeleted []HalfDeletion `json:"halfDeleted,omitempty"`
	// Same counts the objects that need nothing.
	Same int `json:"same"`
	// NotSelected counts the objects that differ, or that a push would release, and that the selection left out.
	NotSelected int `json:"notSelected,omitempty"`
	// NotCarried are the things that DataStudio lists and that files do not hold (tables), for the summary.
	NotCarried []model.Key `json:"notCarried,omitempty"`
	// Jobs is the part of the job graph that the plan reaches, for reports: the files of its actions and refusals, all that is downstream of them, and what
	// they need directly; sorted by key.
	Jobs []Job `json:"jobs,omitempty"`
	// Cost is what all actions are expected to take of the target's limits.
	Cost Cost `json:"cost,omitzero"`
	// Postponed counts the actions that were left out because the rest of the day's quota does not hold them.
	Postponed int `json:"postponed,omitempty"`
	// Origin says what the plan was made of, once it is known: a plan that is saved needs it.
	Origin Origin `json:"origin"`
}

// IsEmpty tells whether a push would write or release nothing.
func (p Plan) IsEmpty() bool { return len(p.Actions) == 0 }

// Refused gives the skipped objects that somebody has to decide.
func (p Plan) Refused() []Skipped {
	return slices.DeleteFunc(slices.Clone(p.Skipped), func(s Skipped) bool { return !s.Refused })
}

// HasDrift tells whether something changed in the workspace that the plan leaves alone.
func (p Plan) HasDrift() bool {
	return len(p.Production) > 0 || slices.ContainsFunc(p.Skipped, func(s Skipped) bool { return !s.Refused && s.Verdict != DeletedHere && !s.Verdict.IsOurs() })
}

// Options shape a plan.
type Options struct {
	Target  string
	Project model.Project
	// Release is the stage to which the target releases (dwsync.yaml, release).
	Release model.Stage
	// Limits are those of the target, by which the plan is priced.
	Limits dataworks.Limits
	// ChangedOnly leaves out release actions: objects that are alike and only behind in their stage.
	ChangedOnly bool
	// ReleaseOnly plans no saves: releases of what is alike, and nothing else.
	ReleaseOnly bool
	// Ignored tells whether a field is never compared (dwsync.yaml, ignore); nil is never.
	Ignored func(model.Key, model.Field) bool
	// Prune deletes in the workspace what the tree deleted; nil only reports it.
	Prune *Prune
	// HalfDeleted are all half deletions of the workspace.
	HalfDeleted []HalfDeletion
	// Consumers are the nodes, by the file they depend on, that depend on outputs which leave (Plan.Leavers), as far as the saved forms do not tell.
	Consumers map[model.Key][]Consumer
	// Protected tells what must never be renamed or deleted (dwsync.yaml, protect); nil protects nothing.
	Protected func(model.Key) bool
	// Selected limits the plan after it is made, so that references still resolve; nil selects everything. Force applies the tree over drift, conflicts and forms of unknown
	// relation, and creates again what was deleted there, for the objects it holds for. Who selects a node or a file inside it selects the whole of them.
	Selected, Force func(model.Key) bool
}

// UnsubmittedParentError reports a parent that the plan does not submit and that nobody has submitted: its children could not be submitted.
type UnsubmittedParentError struct{ Child, Parent model.Key }

func (e *UnsubmittedParentError) Error() string {
	return fmt.Sprintf("%s depends on %s, which is not submitted and not part of this push; push it too, or submit it first", e.Child, e.Parent)
}

// MissingParentError reports an output that a child needs, that the selection left out, and that the workspace does not have yet.
type MissingParentError struct {
	Child, Parent model.Key
	Output        string
}

func (e *MissingParentError) Error() string {
	return fmt.Sprintf("%s depends on the output %s of %s, which the workspace does not have yet and which is not selected; select it too (--select '+%s' selects all that a file needs)",
		e.Child, e.Output, e.Parent, e.Child)
}

// CycleError reports objects that need each other.
type CycleError struct{ Path []model.Key }

func (e *CycleError) Error() string {
	names := make([]string, len(e.Path))
	for i, k := range e.Path {
		names[i] = k.String()
	}
	return "these files depend on each other in a cycle: " + strings.Join(names, " -> ")
}

// NewPlan plans a push from the comparisons of a whole tree and workspace.
// Errors: *CycleError, *TooManyDeletesError, *OutputTakenError, *OutputConsumerError, *ConsumerError, *UnsubmittedParentError, *MissingParentError
// (joined, if there are several of one kind, or of the last two).
func NewPlan(comparisons []Comparison, o Options) (Plan, error) {
	plan := Plan{Target: o.Target, Project: o.Project, HalfDeleted: o.HalfDeleted, ReleaseOnly: o.ReleaseOnly}
	o.Selected = WithGroups(comparisons, o.Selected)
	for _, c := range comparisons {
		action, acts := act(c, o)
		acts = acts && (action.Op == OpRelease || !o.ReleaseOnly)
		switch {
		case o.Selected != nil && !o.Selected(c.Key):
			if acts || c.Verdict != Same {
				plan.NotSelected++
			}
		case acts:
			plan.Actions = append(plan.Actions, action)
		case c.Verdict == Same:
			plan.Same++
		default:
			plan.Skipped = append(plan.Skipped, Skipped{Comparison: c, Refused: c.Verdict == Conflict || c.Verdict == Unrelated})
		}
	}
	producers, resources, nodes := producersOf(comparisons, o.Project.Identifier), resourcesOf(comparisons), nodesOf(comparisons)
	groups := groupsOf(comparisons)
	plan.releaseNodes(groups, o)
	plan.refuseReset(comparisons, o)
	plan.giveOwnOutputs(nodes, o)
	plan.addInner(groups)
	for planned := len(plan.Actions) + 1; len(plan.Actions) < planned; {
		// What is refused may have been to make room for others.
		planned = len(plan.Actions)
		plan.refuseUncarried(comparisons, producers, resources, nodes, groups, o, placingOf(&plan, comparisons, o).obstacles(&plan))
	}
	plan.takeBackOwnOutputs(nodes, o.ChangedOnly)
	// A node that needs no save any more is released all the same if a file inside it is saved.
	plan.releaseNodes(groups, o)
	plan.addInner(groups)
	if o.Prune != nil {
		if err := plan.prune(comparisons, groups, o); err != nil {
			return Plan{}, err
		}
	}
	deletions, err := deletionNeeds(&plan, comparisons, producers, resources, o)
	if err != nil {
		return Plan{}, err
	}
	moves, err := moveOutputs(&plan, comparisons, o)
	if err != nil {
		return Plan{}, err
	}
	for id, needs := range deletions {
		moves.needs[id] = append(moves.needs[id], needs...)
	}
	if err := moves.order(producers, resources, nodes, o.Selected, placingOf(&plan, comparisons, o)); err != nil {
		return Plan{}, err
	}
	plan.Jobs = jobsAround(plan, comparisons, o.Project.Identifier)
	return plan.Priced(o.Limits), nil
}

// act is the push column of the table.
func act(c Comparison, o Options) (Action, bool) {
	forced := o.Force != nil && o.Force(c.Key)
	a := Action{Key: c.Key, Verdict: c.Verdict, Against: c.Remote, Fields: c.Fields, To: min(o.Release, c.Key.LastStage())}
	if c.Tree != nil {
		a.Want = *c.Tree
		a.To = min(a.To, lastStage(a.Want))
	}
	switch {
	case c.Verdict == Same:
		a.Op, a.From = OpRelease, c.Remote.Stage
		return a, c.Key.Kind.IsFile() && a.From < a.To && !o.ChangedOnly
	case c.Verdict == MadeHere, forced && c.Tree != nil && c.Remote == nil:
		a.Op = OpCreate
		return a, true
	case c.Verdict == ChangedHere, c.Verdict == CutShort, forced && c.Tree != nil:
		a.Op, a.From = OpUpdate, model.StageNone
		return a, true
	default:
		return a, false
	}
}

// order sets the edges of the plan's actions and sorts them so that what is needed comes first; ties go by key. more are edges that do not follow
// from references, inputs, resources and folders. The error is a *graph.CycleError if there is a cycle.
func order(plan *Plan, producers map[string]Comparison, resources resources, nodes nodes, more map[ActionID][]ActionID, selected func(model.Key) bool) error {
	index := plan.index()
	needed := graph.New(ActionID.Compare)
	var problems []error
	for i := range plan.Actions {
		a := &plan.Actions[i]
		needs := slices.Clone(more[a.ID()])
		if a.Part != PartMain {
			setNeeds(a, needs, index, needed)
			continue
		}
		need := func(k model.Key) { needs = append(needs, ActionID{Key: k}) }
		if a.Op != OpDelete {
			for _, container := range containers(a.Key) {
				need(container)
			}
			for _, inner := range a.Inner {
				need(inner.Want.Key)
			}
		}
		for _, input := range a.inputs() {
			parent, known := producers[input]
			if !known || parent.Key == a.Key {
				continue
			}
			need(parent.Key)
			_, planned := index[ActionID{Key: parent.Key}]
			switch {
			case planned || a.To <= model.StageSaved:
			case selected != nil && !selected(parent.Key) && parent.isToMake(input):
				problems = append(problems, &MissingParentError{Child: a.Key, Parent: parent.Key, Output: input})
			case parent.Remote != nil && parent.Remote.CurrentVersion == 0:
				problems = append(problems, &UnsubmittedParentError{Child: a.Key, Parent: parent.Key})
			}
		}
		for _, r := range nodes.symbolic(a.Want) {
			if r.placeholder.Verb == mapping.VerbAuto {
				need(r.to.Key)
			}
		}
		problems = append(problems, nodes.missing(*a, index, selected)...)
		for _, resource := range resources.usedBy(*a) {
			need(resource.Key)
			if _, planned := index[ActionID{Key: resource.Key}]; !planned && selected != nil && !selected(resource.Key) {
				problems = append(problems, missingResource(*a, resource)...)
			}
		}
		setNeeds(a, needs, index, needed)
	}
	if err := plan.wait(needed, nodes, index); err != nil {
		return err
	}
	sorted, err := needed.Order()
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return errors.Join(problems...)
	}
	actions := make([]Action, len(sorted))
	for i, id := range sorted {
		actions[i] = plan.Actions[index[id]]
	}
	plan.Actions = actions
	return nil
}

// setNeeds gives an action its edges: those of its needs that are planned.
func setNeeds(a *Action, needs []ActionID, index map[ActionID]int, needed *graph.Graph[ActionID]) {
	a.Needs = nil
	needed.Add(a.ID())
	slices.SortFunc(needs, ActionID.Compare)
	for _, id := range slices.Compact(needs) {
		if _, planned := index[id]; planned {
			a.Needs = append(a.Needs, id)
			needed.Need(a.ID(), id)
		}
	}
}

// isToMake tells whether the workspace gets the output only by a push of the object.
func (c Comparison) isToMake(output string) bool {
	if c.Remote == nil {
		return true
	}
	return c.Tree != nil && slices.Contains(c.Tree.Get(model.FieldOutputList).Names(), output) &&
		!slices.Contains(c.Remote.Object.Get(model.FieldOutputList).Names(), output) && !slices.Contains(c.Remote.AutoOutputs, output)
}

// producersOf tells which object makes an output. The tree's word counts before the workspace's, since it is what will be. Last comes a guess: the
// service gives a node the output `<project>.<name>` by itself (service-behaviour, section 14), so that who names it most likely means that node. The
// outputs of inner files are for their neighbours inside the node.
func producersOf(comparisons []Comparison, project string) map[string]Comparison {
	producers := map[string]Comparison{}
	comparisons = slices.DeleteFunc(slices.Clone(comparisons), func(c Comparison) bool { return c.Key.IsInner() })
	for _, c := range comparisons {
		if c.Tree != nil && c.Key.Kind == model.KindNode {
			producers[project+"."+c.Key.Name] = c
		}
	}
	for _, c := range comparisons {
		if c.Remote != nil {
			for _, output := range slices.Concat(c.Remote.Object.Get(model.FieldOutputList).Names(), c.Remote.AutoOutputs) {
				producers[output] = c
			}
		}
	}
	for _, c := range comparisons {
		if c.Tree != nil {
			for _, output := range c.Tree.Get(model.FieldOutputList).Names() {
				producers[output] = c
			}
		}
	}
	return producers
}

// containers gives the business and the folders that hold an object, outermost first.
func containers(k model.Key) []model.Key {
	var keys []model.Key
	for p := k.Folder; p != ""; p = p.Parent() {
		switch {
		case p.IsBusiness():
			keys = append(keys, model.BusinessKey(p))
		case !p.IsImplied():
			keys = append(keys, model.FolderKey(p))
		}
	}
	return keys
}
