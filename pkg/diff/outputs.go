package diff

import (
	"errors"
	"fmt"
	"slices"

	"github.com/dwsync/dwsync/pkg/graph"
	"github.com/dwsync/dwsync/pkg/model"
)

// An output that an update takes away from a file either moves to another file of the plan, or leaves.
//
// One that moves goes back to back: the file that takes it over needs the action that takes it away, stage by stage. Where that closes a circle (two files
// swap outputs), the giving file gives up first, in an action of its own.
//
// One that leaves must not be missed: each file that depends on it must be changed by the same plan, or the plan is refused. Where there are such files,
// the main action keeps the output, and a last action takes it away once they are released.

// OutputTakenError reports an output that the tree gives to one file while another file of the workspace has it and keeps it: the service would refuse the
// save when half of the push is done.
type OutputTakenError struct {
	Output       string
	Wants, Owner model.Key
	// OwnerInTree tells that the tree has the owner too, OwnerLists that it has the output there.
	OwnerInTree, OwnerLists bool
}

func (e *OutputTakenError) Error() string {
	next := "delete that file in the workspace first (it is not in the tree; push --prune deletes what the tree deleted), or give the new one another output"
	switch {
	case e.OwnerLists:
		next = "the tree lists it in both, and only one can have it"
	case e.OwnerInTree:
		next = "the tree takes it away there, but that is no part of this push (it is not selected, or refused); push both together"
	}
	return fmt.Sprintf("%s is to have the output %s, but in the workspace %s has it; nothing was written: %s", e.Wants, e.Output, e.Owner, next)
}

// OutputConsumerError reports an output that the plan would take away although something, which stays as it is, depends on it.
type OutputConsumerError struct {
	File     model.Key
	Output   string
	Consumer Dependant
}

func (e *OutputConsumerError) Error() string {
	return fmt.Sprintf("%s is to lose the output %s, but %s depends on it and this push leaves that as it is; nothing was written: %s, or keep the output",
		e.File, e.Output, e.Consumer, e.Consumer.remedy("change that to depend on something else"))
}

// outputMoves are what a plan's updates do with outputs, beside adding them.
type outputMoves struct {
	plan *Plan
	// main gives the place of an object's main action in the plan.
	main map[model.Key]int
	// lost are the outputs that updates take away and that no other file of the plan takes over, with the file.
	lost map[string]model.Key
	// givers are the files from which each file takes over outputs.
	givers map[model.Key][]model.Key
	// consumers are the actions that repoint those who depend on a lost output, by the output.
	consumers map[string][]ActionID
	// needs are the edges that all this brings.
	needs    map[ActionID][]ActionID
	refused  map[OutputConsumerError]bool
	problems []error
}

func newOutputMoves(p *Plan) *outputMoves {
	m := &outputMoves{
		plan: p, main: map[model.Key]int{}, lost: map[string]model.Key{}, givers: map[model.Key][]model.Key{},
		consumers: map[string][]ActionID{}, needs: map[ActionID][]ActionID{}, refused: map[OutputConsumerError]bool{},
	}
	for i, a := range p.Actions {
		if _, known := m.main[a.Key]; !known || a.Part == PartMain {
			m.main[a.Key] = i
		}
		for _, output := range a.loses() {
			m.lost[output] = a.Key
		}
	}
	return m
}

// moveOutputs splits the actions of files whose outputs leave last, and gives the edges. Errors: *OutputTakenError, *OutputConsumerError (joined, if there are several).
func moveOutputs(p *Plan, comparisons []Comparison, o Options) (*outputMoves, error) {
	m := newOutputMoves(p)
	m.takeOver(comparisons)
	if len(m.lost) > 0 {
		m.askForms(comparisons)
		m.askEnvironments(comparisons, o)
	}
	if len(m.problems) > 0 {
		return nil, errors.Join(m.problems...)
	}
	m.leaveLast()
	return m, nil
}

// consumersOfLost gives an *OutputConsumerError for each consumer of an output that the plan takes away and that the plan does not repoint.
func (p Plan) consumersOfLost(comparisons []Comparison, o Options) []error {
	m := newOutputMoves(&p)
	for _, a := range p.Actions {
		for _, output := range a.Want.Get(model.FieldOutputList).Names() {
			if giver, isLost := m.lost[output]; isLost && giver != a.Key && (a.Op == OpCreate || a.Op == OpUpdate) {
				delete(m.lost, output)
			}
		}
	}
	if len(m.lost) > 0 {
		m.askForms(comparisons)
		m.askEnvironments(comparisons, o)
	}
	return m.problems
}

// loses gives the outputs that an update takes away, sorted.
func (a Action) loses() []string {
	if a.Op != OpUpdate || !slices.ContainsFunc(a.Fields, func(f FieldChange) bool { return f.Field == model.FieldOutputList }) {
		return nil
	}
	kept := a.Want.Get(model.FieldOutputList).Names()
	return slices.DeleteFunc(a.Against.Object.Get(model.FieldOutputList).Names(), func(output string) bool { return slices.Contains(kept, output) })
}

// takeOver finds the outputs that actions give to a file although another file has them: the other one must lose it in this plan, or be deleted by it.
func (m *outputMoves) takeOver(comparisons []Comparison) {
	owners := map[string]Comparison{}
	for _, c := range comparisons {
		if c.Remote != nil {
			for _, output := range c.Remote.Object.Get(model.FieldOutputList).Names() {
				owners[output] = c
			}
		}
	}
	var taken []string
	for _, a := range m.plan.Actions {
		if a.Op != OpCreate && a.Op != OpUpdate {
			continue
		}
		for _, output := range a.Want.Get(model.FieldOutputList).Names() {
			owner, found := owners[output]
			if !found || owner.Key == a.Key {
				continue
			}
			i, planned := m.main[owner.Key]
			switch {
			case planned && m.plan.Actions[i].Op == OpDelete:
			case m.lost[output] == owner.Key:
				taken = append(taken, output)
				m.givers[a.Key] = append(m.givers[a.Key], owner.Key)
				m.need(ActionID{Key: a.Key}, ActionID{Key: owner.Key})
			default:
				lists := owner.Tree != nil && slices.Contains(owner.Tree.Get(model.FieldOutputList).Names(), output)
				m.problems = append(m.problems, &OutputTakenError{Output: output, Wants: a.Key, Owner: owner.Key, OwnerInTree: owner.Tree != nil, OwnerLists: lists})
			}
		}
	}
	for _, output := range taken {
		delete(m.lost, output)
	}
}

func (m *outputMoves) need(id, needed ActionID) { m.needs[id] = append(m.needs[id], needed) }

// askForms looks for those who depend on lost outputs among the saved forms, half deleted files, and what the plan itself would save.
func (m *outputMoves) askForms(comparisons []Comparison) {
	for _, c := range comparisons {
		if c.Remote == nil {
			continue
		}
		for _, output := range m.lostInputs(c.Remote.Object) {
			m.consumer(output, Dependant{Key: c.Key})
		}
	}
	for _, h := range m.plan.HalfDeleted {
		for _, output := range m.lostInputs(h.Remote.Object) {
			m.refuse(output, Dependant{Key: h.Remote.Object.Key})
		}
	}
	for _, a := range m.plan.Actions {
		form := a.Want
		if a.Op == OpDelete {
			if !a.Against.Deleted {
				continue
			}
			form = a.Against.Object
		}
		for _, output := range m.lostInputs(form) {
			m.consumer(output, Dependant{Key: a.Key})
		}
	}
}

// lostInputs gives the inputs of a form that are lost outputs.
func (m *outputMoves) lostInputs(form model.Object) []string {
	return slices.DeleteFunc(form.Get(model.FieldInputList).Names(), func(input string) bool { return m.lost[input] == model.Key{} })
}

// askEnvironments looks at what the environments run beside the saved forms.
func (m *outputMoves) askEnvironments(comparisons []Comparison, o Options) {
	if len(o.Consumers) == 0 {
		return
	}
	forms := make(map[model.Key]*model.Remote, len(comparisons))
	for _, c := range comparisons {
		forms[c.Key] = c.Remote
	}
	for _, a := range m.plan.Actions {
		for _, output := range a.loses() {
			if m.lost[output] != a.Key {
				continue
			}
			for _, c := range o.Consumers[a.Key] {
				if c.Output != "" && c.Output != output {
					continue
				}
				form := forms[c.Key]
				_, planned := m.main[c.Key]
				if !planned && !o.releasesTo(c.Environment) && form != nil && !slices.Contains(form.Object.Get(model.FieldInputList).Names(), output) {
					// It was repointed already. Who releases the output's leaving there must release this too.
					continue
				}
				m.consumer(output, Dependant{Key: c.Key, Node: c})
			}
		}
	}
}

// consumer notes that something depends on a lost output: the plan must change that.
func (m *outputMoves) consumer(output string, who Dependant) {
	if who.Key == m.lost[output] {
		return
	}
	i, planned := m.main[who.Key]
	if !planned {
		m.refuse(output, who)
		return
	}
	a := m.plan.Actions[i]
	isDeletion := a.Op == OpDelete
	if who.Node.HalfDeleted && !isDeletion || !isDeletion && slices.Contains(a.Want.Get(model.FieldInputList).Names(), output) {
		m.refuse(output, who)
		return
	}
	m.consumers[output] = append(m.consumers[output], a.ID())
}

// refuse notes a consumer that the plan leaves as it is, once.
func (m *outputMoves) refuse(output string, who Dependant) {
	e := OutputConsumerError{File: m.lost[output], Output: output, Consumer: who}
	seen := e
	if who.Key != (model.Key{}) {
		// However it was found.
		seen.Consumer = Dependant{Key: who.Key}
	}
	if !m.refused[seen] {
		m.refused[seen] = true
		m.problems = append(m.problems, &e)
	}
}

// leaveLast splits the actions of files whose lost outputs somebody depends on. Where nothing is released there is nothing to split: what is saved
// reaches nobody.
func (m *outputMoves) leaveLast() {
	var leaves []Action
	empty := map[int]bool{}
	for i := range m.plan.Actions {
		main := &m.plan.Actions[i]
		keeps := slices.DeleteFunc(main.loses(), func(output string) bool { return m.lost[output] != main.Key || len(m.consumers[output]) == 0 })
		if len(keeps) == 0 || main.To <= model.StageSaved {
			continue
		}
		leave := main.leaveLast(keeps)
		for _, output := range keeps {
			m.needs[leave.ID()] = append(m.needs[leave.ID()], m.consumers[output]...)
		}
		m.need(leave.ID(), main.ID())
		leaves = append(leaves, leave)
		if main.Op == OpRelease && main.From >= main.To {
			empty[i] = true
		}
	}
	left := make([]Action, 0, len(m.plan.Actions)+len(leaves))
	for i, a := range m.plan.Actions {
		if !empty[i] {
			left = append(left, a)
		}
	}
	m.plan.Actions = append(left, leaves...)
	for i, a := range m.plan.Actions {
		if a.Part == PartMain {
			m.main[a.Key] = i
		}
	}
}

// leaveLast makes the action keep outputs, and gives the one that takes them away after it. What is left of an update that only took these away is a release.
func (a *Action) leaveLast(keeps []string) Action {
	leave := Action{Op: OpUpdate, Key: a.Key, Part: PartLeave, Verdict: a.Verdict, Want: a.Want, To: a.To, Inner: a.Inner}
	items := slices.Clone(a.Want.Get(model.FieldOutputList).Items)
	for _, item := range a.Against.Object.Get(model.FieldOutputList).Items {
		if slices.Contains(keeps, item.Name()) {
			items = append(items, item)
		}
	}
	a.Want = a.Want.Clone()
	a.Want.Set(model.FieldOutputList, model.SetValue(items...))
	left := *a.Against
	left.Object = model.Settled(a.Want, a.Against.Object)
	a.refreshOutputs(nil)
	leave.Against = &left
	kept := a.Want.Get(model.FieldOutputList)
	leave.Fields = []FieldChange{{Field: model.FieldOutputList, Base: &kept, Tree: leave.Want.Get(model.FieldOutputList), Remote: kept}}
	return leave
}

// refreshOutputs sets the change of the outputs anew, after the forms on both sides of it changed. base is the new base, nil if it stays. An update of which nothing
// is left becomes a release.
func (a *Action) refreshOutputs(base *model.Value) {
	wanted, found := a.Want.Get(model.FieldOutputList), a.Against.Object.Get(model.FieldOutputList)
	fields := a.Fields[:0:0]
	for _, f := range a.Fields {
		if f.Field == model.FieldOutputList {
			if wanted.Equal(found) {
				continue
			}
			f.Tree, f.Remote = wanted, found
			if base != nil {
				f.Base = base
			}
		}
		fields = append(fields, f)
	}
	a.Fields = fields
	if len(fields) == 0 && !a.OwnOutput {
		a.Op, a.From, a.Fields = OpRelease, a.Against.Stage, nil
	}
}

// order orders the plan; a circle of files that give outputs or names to each other is broken where one of them can give up first, or step aside. Errors: *CycleError, and those of order.
func (m *outputMoves) order(producers map[string]Comparison, r resources, n nodes, selected func(model.Key) bool, places *placing) error {
	places.addNeeds(m.plan, m.needs)
	for {
		err := order(m.plan, producers, r, n, m.needs, selected)
		cycle, isCycle := errors.AsType[*graph.CycleError[ActionID]](err)
		switch {
		case !isCycle:
			return err
		case !m.breakCycle(cycle.Path) && !places.breakCycle(m.plan, m.needs, cycle.Path):
			return &CycleError{Path: keysOf(cycle.Path)}
		}
	}
}

// breakCycle lets a file of the cycle that has to give an output to another file of it give up first. It tells whether there is one.
func (m *outputMoves) breakCycle(cycle []ActionID) bool {
	for i := range len(cycle) - 1 {
		taker, giver := cycle[i], cycle[i+1]
		isTakeover := slices.Contains(m.givers[taker.Key], giver.Key) && slices.Contains(m.needs[taker], giver)
		if isTakeover && taker.Part == PartMain && giver.Part == PartMain {
			m.giveUp(giver.Key)
			return true
		}
	}
	return false
}

// giveUp adds an action before a file's main one that takes away what other files take over, and nothing else.
func (m *outputMoves) giveUp(giver model.Key) {
	first := ActionID{Key: giver, Part: PartGiveUp}
	var taken []string
	for _, a := range m.plan.Actions {
		if slices.Contains(m.givers[a.Key], giver) && a.Part == PartMain {
			taken = append(taken, a.Want.Get(model.FieldOutputList).Names()...)
			for i, needed := range m.needs[a.ID()] {
				if needed == (ActionID{Key: giver}) {
					m.needs[a.ID()][i] = first
				}
			}
		}
	}
	main := &m.plan.Actions[m.main[giver]]
	before := main.Against.Object.Get(model.FieldOutputList)
	items := slices.DeleteFunc(slices.Clone(before.Items), func(i model.Item) bool { return slices.Contains(taken, i.Name()) })
	want := main.Against.Object.Clone()
	want.Set(model.FieldOutputList, model.SetValue(items...))
	after := want.Get(model.FieldOutputList)
	giveUp := Action{
		Op: OpUpdate, Key: giver, Part: PartGiveUp, Verdict: main.Verdict, Want: want, Against: main.Against, To: model.StageSaved,
		Fields: []FieldChange{{Field: model.FieldOutputList, Base: &before, Tree: after, Remote: before}},
	}
	left := *main.Against
	left.Object, left.Stage = want, model.StageSaved
	main.Against = &left
	main.refreshOutputs(&after)
	m.need(main.ID(), first)
	m.plan.Actions = append(m.plan.Actions, giveUp)
}
