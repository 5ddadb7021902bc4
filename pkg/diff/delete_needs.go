package diff

import (
	"errors"
	"slices"

	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/model"
)

// deletionNeeds gives the edges that deletions bring into a plan. A deletion needs those of all that depends on it, and the updates by which others stop
// depending on it; a folder's needs those of all in it. What takes a deleted file's path or an output of it needs its deletion.
// Errors: *ConsumerError (joined, if there are several).
func deletionNeeds(p *Plan, comparisons []Comparison, producers map[string]Comparison, r resources, o Options) (map[ActionID][]ActionID, error) {
	d := deletions{actions: map[model.Key]*Action{}, outputs: map[string]model.Key{}, resources: map[string]model.Key{}, paths: map[model.FolderPath]model.Key{}, needs: map[ActionID][]ActionID{}}
	for i := range p.Actions {
		a := &p.Actions[i]
		d.actions[a.Key] = a
		if a.Op != OpDelete {
			continue
		}
		if a.Key.Kind.IsFile() {
			d.paths[a.Key.Path()] = a.Key
		}
		for _, output := range outputsOf(*a.Against) {
			d.outputs[output] = a.Key
		}
		if a.Key.Kind == model.KindResource && len(r[a.Key.Name]) == 1 {
			d.resources[a.Key.Name] = a.Key
		}
	}
	if len(d.outputs) == 0 && len(d.paths) == 0 && !slices.ContainsFunc(p.Actions, func(a Action) bool { return a.Op == OpDelete }) {
		return nil, nil
	}
	for _, c := range comparisons {
		if c.Remote != nil {
			d.consumer(c.Key, c.Remote.Object)
		}
	}
	for i := range p.Actions {
		a := &p.Actions[i]
		switch {
		case a.Op != OpDelete:
			d.successor(a, producers)
			continue
		case a.Against.Deleted:
			d.consumer(a.Key, a.Against.Object)
		}
		if a.Key.IsInner() {
			d.need(a.Key, a.Key.Outermost())
		}
		for _, container := range containers(a.Key) {
			if held, planned := d.actions[container]; planned && held.Op == OpDelete {
				d.need(container, a.Key)
			}
		}
	}
	for _, h := range p.HalfDeleted {
		d.consumer(h.Remote.Object.Key, h.Remote.Object)
	}
	d.askEnvironments(p, o)
	return d.needs, errors.Join(d.problems...)
}

// outputsOf gives every output of a file that others may have among their inputs.
func outputsOf(r model.Remote) []string {
	return slices.Concat(r.Object.Get(model.FieldOutputList).Names(), r.AutoOutputs)
}

// deletions collects the edges that deletions bring into a plan.
type deletions struct {
	actions map[model.Key]*Action
	// outputs and paths are those of the files to delete.
	outputs map[string]model.Key
	// resources are the resources to delete by name, those that were the only ones of their name.
	resources map[string]model.Key
	paths     map[model.FolderPath]model.Key
	needs     map[ActionID][]ActionID
	problems  []error
}

// need says that the action of an object needs that of another one.
func (d *deletions) need(key, needed model.Key) {
	id := ActionID{Key: key}
	d.needs[id] = append(d.needs[id], ActionID{Key: needed})
}

// consumer looks at an object that the workspace holds, or that production still runs.
func (d *deletions) consumer(key model.Key, form model.Object) {
	for _, input := range form.Get(model.FieldInputList).Names() {
		if gone, found := d.outputs[input]; found {
			d.consumes(key, gone, input, func(want model.Object) bool { return slices.Contains(want.Get(model.FieldInputList).Names(), input) })
		}
	}
	for _, name := range content.References(form) {
		if gone, found := d.resources[name]; found {
			d.consumes(key, gone, "", func(want model.Object) bool { return slices.Contains(content.References(want), name) })
		}
	}
}

// askEnvironments looks at what the environments run beside the saved forms: a deletion waits for those whose next version no longer depends on it.
func (d *deletions) askEnvironments(p *Plan, o Options) {
	for _, gone := range p.Actions {
		if gone.Op != OpDelete {
			continue
		}
		refused := map[Dependant]bool{}
		for _, c := range o.Consumers[gone.Key] {
			a, planned := d.actions[c.Key]
			switch {
			case c.Key == gone.Key:
			case planned && (a.Op == OpDelete || !c.HalfDeleted && !dependsOn(a.Want, gone, c.Output)):
				d.need(gone.Key, c.Key)
			case !planned && c.Key != (model.Key{}) && !c.HalfDeleted && !o.releasesTo(c.Environment):
				// Its saved form does not depend on it, or that would have been refused; who deletes it there must release this too.
			default:
				who := Dependant{Key: c.Key, Node: c}
				if c.Key != (model.Key{}) {
					who = Dependant{Key: c.Key}
				}
				if !refused[who] {
					refused[who] = true
					d.problems = append(d.problems, &ConsumerError{Deleted: gone.Key, Consumer: c.Key, Output: c.Output, Node: c})
				}
			}
		}
	}
}

// dependsOn tells whether a form has an output of a deleted file among its inputs: the one that is named, or any.
func dependsOn(form model.Object, gone Action, output string) bool {
	return slices.ContainsFunc(form.Get(model.FieldInputList).Names(), func(input string) bool {
		return input == output || output == "" && slices.Contains(outputsOf(*gone.Against), input)
	})
}

// consumes notes that an object depends on a deleted one; still tells whether a wanted form of it would go on to.
func (d *deletions) consumes(key, gone model.Key, output string, still func(model.Object) bool) {
	a, planned := d.actions[key]
	switch {
	case gone.Outermost() == key.Outermost():
	case planned && (a.Op == OpDelete || !still(a.Want)):
		d.need(gone, key)
	default:
		d.problems = append(d.problems, &ConsumerError{Deleted: gone, Consumer: key, Output: output})
	}
}

// successor looks at an action that saves a form.
func (d *deletions) successor(a *Action, producers map[string]Comparison) {
	if gone, found := d.paths[a.Key.Path()]; found && a.Key.Kind.IsFile() {
		d.need(a.Key, gone)
	}
	for _, output := range a.Want.Get(model.FieldOutputList).Names() {
		if gone, found := d.outputs[output]; found && gone != a.Key {
			d.need(a.Key, gone)
		}
	}
	for _, name := range content.References(a.Want) {
		gone, found := d.resources[name]
		if found && (a.Against == nil || !slices.Contains(content.References(a.Against.Object), name)) {
			d.problems = append(d.problems, &ConsumerError{Deleted: gone, Consumer: a.Key})
		}
	}
	for _, input := range a.Want.Get(model.FieldInputList).Names() {
		gone, found := d.outputs[input]
		isConsumer := a.Against != nil && slices.Contains(a.Against.Object.Get(model.FieldInputList).Names(), input)
		if found && gone != a.Key && !isConsumer && producers[input].Tree == nil {
			d.problems = append(d.problems, &ConsumerError{Deleted: gone, Consumer: a.Key, Output: input})
		}
	}
}
