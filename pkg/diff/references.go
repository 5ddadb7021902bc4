package diff

import (
	"fmt"
	"slices"

	"github.com/dwsync/dwsync/pkg/graph"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
)

// A symbolic reference names what the workspace does not have yet: a file's automatic output, which comes with its first save or is added to it, or a node,
// which comes with the first submit. A plan can keep such a reference only if it brings what is named.

// nodes finds the nodes of tree and workspace as references name them.
type nodes struct {
	byPath map[model.FolderPath][]Comparison
	byID   map[string]model.Key
}

func nodesOf(comparisons []Comparison) nodes {
	n := nodes{byPath: map[model.FolderPath][]Comparison{}, byID: map[string]model.Key{}}
	for _, c := range comparisons {
		if c.Key.Kind != model.KindNode {
			continue
		}
		n.byPath[c.Key.Path()] = append(n.byPath[c.Key.Path()], c)
		if c.Remote != nil && c.Remote.NodeID != "" {
			n.byID[string(c.Remote.NodeID)] = c.Key
		}
	}
	return n
}

// reference is a symbolic reference of a form, and the node that it names.
type reference struct {
	placeholder mapping.Placeholder
	to          Comparison
}

// symbolic gives the symbolic references of a form. Those that name no node, or several, are left out: they are errors of the tree.
func (n nodes) symbolic(form model.Object) []reference {
	var found []reference
	for _, p := range mapping.Symbols(form) {
		if named := n.byPath[p.Path()]; len(named) == 1 && p.Verb != mapping.VerbNodeOf {
			found = append(found, reference{p, named[0]})
		}
	}
	return found
}

// waitsFor gives the nodes that a form names in its dependentNodeIdList by ids that they have already.
func (n nodes) waitsFor(form model.Object) []model.Key {
	var keys []model.Key
	for _, id := range form.Get(model.FieldDependentNodeIDList).Names() {
		if key, known := n.byID[id]; known {
			keys = append(keys, key)
		}
	}
	return keys
}

// giveOwnOutputs lets the files whose automatic outputs the plan's actions refer to get one if they have none: those of the plan, and those that are alike on
// both sides, which for that come into the plan.
func (p *Plan) giveOwnOutputs(n nodes, o Options) {
	index := p.index()
	for _, a := range slices.Clone(p.Actions) {
		for _, r := range n.symbolic(a.Want) {
			if r.placeholder.Verb != mapping.VerbAuto {
				continue
			}
			i, planned := index[ActionID{Key: r.to.Key}]
			switch {
			case planned && p.Actions[i].Op == OpRelease:
				p.Actions[i].Op, p.Actions[i].From = OpUpdate, model.StageNone
				fallthrough
			case planned:
				p.Actions[i].OwnOutput = true
			case r.to.Verdict == Same && (o.Selected == nil || o.Selected(r.to.Key)):
				index[ActionID{Key: r.to.Key}] = len(p.Actions)
				p.Actions = append(p.Actions, Action{
					Op: OpUpdate, Key: r.to.Key, Verdict: Same, Want: *r.to.Tree, Against: r.to.Remote, OwnOutput: true,
					To: min(o.Release, lastStage(*r.to.Tree)),
				})
				p.Same--
			}
		}
	}
	slices.SortStableFunc(p.Actions, func(a, b Action) int { return a.Key.Compare(b.Key) })
}

// takeBackOwnOutputs takes the wish for an automatic output back from files to which, now that some actions are refused, none refers.
func (p *Plan) takeBackOwnOutputs(n nodes, changedOnly bool) {
	referred := map[model.Key]bool{}
	for _, a := range p.Actions {
		for _, r := range n.symbolic(a.Want) {
			referred[r.to.Key] = referred[r.to.Key] || r.placeholder.Verb == mapping.VerbAuto
		}
	}
	left := p.Actions[:0:0]
	for _, a := range p.Actions {
		if a.OwnOutput && !referred[a.Key] {
			a.OwnOutput = false
			if a.Verdict == Same {
				a.Op, a.From = OpRelease, a.Against.Stage
			}
			if a.Verdict == Same && (a.From >= a.To || changedOnly) {
				p.Same++
				continue
			}
		}
		left = append(left, a)
	}
	p.Actions = left
}

func (p *Plan) index() map[ActionID]int {
	index := make(map[ActionID]int, len(p.Actions))
	for i, a := range p.Actions {
		index[a.ID()] = i
	}
	return index
}

// unbringable says why an action cannot have what its symbolic references name, "" if it can. What the selection left out is reported elsewhere.
func (p *Plan) unbringable(a Action, n nodes, index map[ActionID]int, selected func(model.Key) bool) string {
	for _, r := range n.symbolic(a.Want) {
		i, planned := index[ActionID{Key: r.to.Key}]
		wanted := model.StageSaved
		if r.placeholder.Verb == mapping.VerbNode {
			wanted = model.StageSubmitted
		}
		switch {
		case planned && p.Actions[i].To >= wanted:
		case planned:
			return fmt.Sprintf("it refers to %s, a node that comes with the first submit, and this push does not submit that file", r.placeholder)
		case selected != nil && !selected(r.to.Key):
		case r.to.Tree == nil:
			return fmt.Sprintf("it refers to %s, which the workspace cannot tell yet, and which a push can bring only to a file of the tree; pull that file first", r.placeholder)
		default:
			return fmt.Sprintf("it refers to %s, which the workspace cannot tell yet, and this push leaves that file as it is (%s); settle that first", r.placeholder, r.to.Verdict)
		}
	}
	return ""
}

// missing tells which symbolic references of an action the selection took what they need from.
func (n nodes) missing(a Action, index map[ActionID]int, selected func(model.Key) bool) []error {
	var problems []error
	for _, r := range n.symbolic(a.Want) {
		if _, planned := index[ActionID{Key: r.to.Key}]; !planned && selected != nil && !selected(r.to.Key) {
			problems = append(problems, &MissingParentError{Child: a.Key, Parent: r.to.Key, Output: r.placeholder.String()})
		}
	}
	return problems
}

// wishes are the edges to the nodes that dependentNodeIdList names: they are submitted first, like parents, unless that closes a circle. First come those to
// nodes whose ids are still to come, since leaving one of these out costs a second submit.
func (p *Plan) wishes(n nodes, index map[ActionID]int) (awaited, known []graph.Edge[ActionID]) {
	for _, a := range p.Actions {
		for _, r := range n.symbolic(a.Want) {
			if _, planned := index[ActionID{Key: r.to.Key}]; planned && r.placeholder.Verb == mapping.VerbNode {
				awaited = append(awaited, graph.Edge[ActionID]{N: a.ID(), Upstream: ActionID{Key: r.to.Key}})
			}
		}
		for _, key := range n.waitsFor(a.Want) {
			if i, planned := index[ActionID{Key: key}]; planned && key != a.Key && p.Actions[i].Op != OpDelete {
				known = append(known, graph.Edge[ActionID]{N: a.ID(), Upstream: p.Actions[i].ID()})
			}
		}
	}
	return awaited, known
}

// wait sets the edges to the nodes that dependentNodeIdList names. Errors: *graph.CycleError.
func (p *Plan) wait(needed *graph.Graph[ActionID], n nodes, index map[ActionID]int) error {
	awaited, known := p.wishes(n, index)
	if len(awaited)+len(known) == 0 {
		return nil
	}
	closing, err := needed.Wish(slices.Concat(awaited, known))
	if err != nil {
		return err
	}
	closes := map[graph.Edge[ActionID]]bool{}
	for _, e := range closing {
		closes[e] = true
	}
	for i, e := range slices.Concat(awaited, known) {
		a, isAwaited := &p.Actions[index[e.N]], i < len(awaited)
		switch {
		case closes[e] && isAwaited:
			a.Closes = append(a.Closes, e.Upstream)
		case closes[e]:
		case isAwaited:
			a.Awaits = append(a.Awaits, e.Upstream)
			fallthrough
		default:
			a.Needs = append(a.Needs, e.Upstream)
		}
	}
	for _, e := range slices.Concat(awaited, known) {
		a := &p.Actions[index[e.N]]
		for _, keys := range []*[]ActionID{&a.Needs, &a.Awaits, &a.Closes} {
			slices.SortFunc(*keys, ActionID.Compare)
			*keys = slices.Compact(*keys)
		}
	}
	return nil
}
