package diff

import (
	"errors"
	"fmt"
	"slices"

	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/model"
)

// OpDelete takes an object out of the workspace, and a file out of production too where the target releases to deployed.
const OpDelete Op = "delete"

// Prune tells that what the tree deleted shall be deleted in the workspace.
type Prune struct {
	// MaxDelete is how many files may be deleted; negative means the default of 10 % of the managed files, at least 1.
	MaxDelete int
	// Protected tells what must never be deleted (dwsync.yaml, protect); nil protects nothing.
	Protected func(model.Key) bool
	// Outside are the paths of what the workspace holds beside the compared objects: a folder that holds one of them is left.
	Outside []model.FolderPath
}

// HalfDeletion is a file that is deleted in DataStudio while production still runs its node: a deletion that was cut short, or that somebody began in the
// console.
type HalfDeletion struct {
	// Remote is the file as the recycle bin shows it.
	Remote model.Remote `json:"remote"`
	// InTree tells that the tree has the path, or that the workspace has another file there: then the deletion is not ours to finish.
	InTree bool `json:"inTree,omitempty"`
	// Known tells that the state or git's history held the path: the tree once managed it.
	Known bool `json:"known,omitempty"`
}

// TooManyDeletesError reports a plan that would delete more files of the workspace than --max-delete allows.
type TooManyDeletesError struct{ Deletes, Allowed int }

func (e *TooManyDeletesError) Error() string {
	return fmt.Sprintf("this push would delete %d files in the workspace, more than the %d that are allowed; nothing was written. Look at dwsync diff --prune, then allow it with --max-delete %d",
		e.Deletes, e.Allowed, e.Deletes)
}

// ConsumerError reports an object that the plan would delete although another one, which stays, depends on it.
type ConsumerError struct {
	Deleted, Consumer model.Key
	// Output is the output of the deleted file that the consumer has among its inputs; "" if the consumer refers to a resource by its name, or if only
	// Node is known to depend on the file.
	Output string
	// Node is set if an environment showed the consumer, and the saved form does not.
	Node Consumer
}

func (e *ConsumerError) Error() string {
	if who := (Dependant{Key: e.Consumer, Node: e.Node}); e.Node != (Consumer{}) {
		return fmt.Sprintf("%s cannot be deleted, since %s depends on it and this push leaves that as it is; %s, or bring the deleted file back", e.Deleted, who, who.remedy("change that"))
	}
	if e.Output == "" {
		return fmt.Sprintf("%s cannot be deleted, since %s still refers to it and this push leaves that as it is; delete or change it too, or bring the deleted file back", e.Deleted, e.Consumer)
	}
	return fmt.Sprintf("%s cannot be deleted, since %s still depends on its output %s and this push leaves that as it is; delete or change it too, or bring the deleted file back",
		e.Deleted, e.Consumer, e.Output)
}

// prune turns what the tree deleted, and half deletions that are ours to finish, into actions. What has to stay keeps its place among the skipped, with the
// reason. Errors: *TooManyDeletesError.
func (p *Plan) prune(comparisons []Comparison, all groups, o Options) error {
	wanted := map[model.Key]bool{}
	for i, s := range p.Skipped {
		switch {
		case s.Verdict != DeletedHere:
		case o.Prune.Protected != nil && o.Prune.Protected(s.Key):
			p.Skipped[i].Kept = "dwsync.yaml protects it"
		default:
			wanted[s.Key] = true
		}
	}
	keptInner := keepInner(all, wanted)
	p.finishHalfDeletions(o)
	holders := p.holders(comparisons, o, wanted)
	deletes, managed := 0, 0
	for _, c := range comparisons {
		if c.Key.Kind.IsFile() && (c.Base != nil || c.Verdict == Same) {
			managed++
		}
		if c.Key.Kind.IsFile() && wanted[c.Key] {
			deletes++
		}
	}
	allowed := o.Prune.MaxDelete
	if allowed < 0 {
		allowed = max(1, managed/10)
	}
	if deletes > allowed {
		return &TooManyDeletesError{Deletes: deletes, Allowed: allowed}
	}
	left := p.Skipped[:0:0]
	for _, s := range p.Skipped {
		holder, isHeld := holders[s.Key.Path()]
		switch {
		case keptInner[s.Key] != "":
			s.Kept = keptInner[s.Key]
		case !wanted[s.Key]:
		case !s.Key.Kind.IsFile() && isHeld:
			s.Kept = "it still holds " + string(holder)
		default:
			p.Actions = append(p.Actions, deletion(*s.Remote, s.Verdict, o))
			continue
		}
		left = append(left, s)
	}
	p.Skipped = left
	p.addDeletedInner(all)
	return nil
}

func deletion(r model.Remote, v Verdict, o Options) Action {
	key := r.Object.Key
	return Action{
		Op: OpDelete, Key: key, Verdict: v, Want: model.NewObject(key), Against: &r, From: r.Stage,
		To: min(o.Release, key.LastStage()),
	}
}

// finishHalfDeletions plans the second step of the half deletions that are ours to finish. Of two at one path the next run takes the second.
func (p *Plan) finishHalfDeletions(o Options) {
	planned := map[model.Key]bool{}
	left := p.HalfDeleted[:0:0]
	for _, h := range p.HalfDeleted {
		key := h.Remote.Object.Key
		isProtected := o.Prune.Protected != nil && o.Prune.Protected(key)
		isSelected := o.Selected == nil || o.Selected(key)
		if h.InTree || !h.Known || isProtected || !isSelected || planned[key] || o.Release < model.StageDeployed {
			left = append(left, h)
			continue
		}
		planned[key] = true
		p.Actions = append(p.Actions, deletion(h.Remote, DeletedHere, o))
	}
	p.HalfDeleted = left
}

// holders gives, for each folder in which something stays, one of those things.
func (p *Plan) holders(comparisons []Comparison, o Options, wanted map[model.Key]bool) map[model.FolderPath]model.FolderPath {
	holders := map[model.FolderPath]model.FolderPath{}
	hold := func(folder, path model.FolderPath) {
		for ; folder != ""; folder = folder.Parent() {
			if _, known := holders[folder]; known {
				return
			}
			holders[folder] = path
		}
	}
	planned := make(map[model.Key]bool, len(p.Actions))
	for _, a := range p.Actions {
		planned[a.Key] = true
	}
	for _, c := range comparisons {
		if !wanted[c.Key] && (c.Remote != nil || c.Tree != nil) {
			hold(c.Key.Folder, c.Key.Path())
			if from, renamed := c.RenamedFrom(); renamed && !planned[c.Key] {
				hold(from.Folder, from.Path())
			}
		}
	}
	for _, path := range o.Prune.Outside {
		hold(path.Parent(), path)
	}
	// Nobody could tell any more where a file in the recycle bin was, once its folder is gone.
	for _, h := range p.HalfDeleted {
		hold(h.Remote.Object.Key.Folder, h.Remote.Object.Key.Path())
	}
	return holders
}

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
