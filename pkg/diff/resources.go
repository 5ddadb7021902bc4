package diff

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/model"
)

// resources are the resources of tree and workspace by name, as functions and nodes refer to them. Where two folders have one of a name each, nobody can
// tell which is meant, and both are.
type resources map[string][]Comparison

func resourcesOf(comparisons []Comparison) resources {
	r := resources{}
	for _, c := range comparisons {
		if c.Key.Kind == model.KindResource {
			r[c.Key.Name] = append(r[c.Key.Name], c)
		}
	}
	return r
}

// of gives the resources that an object refers to and that tree or workspace have.
func (r resources) of(o model.Object) []Comparison {
	var found []Comparison
	for _, name := range content.References(o) {
		found = append(found, r[name]...)
	}
	return found
}

// usedBy gives the resources that must be there before the action: of an inner file those wait for the release of its node.
func (r resources) usedBy(a Action) []Comparison {
	if a.Key.IsInner() {
		return nil
	}
	found := r.of(a.Want)
	for _, inner := range a.Inner {
		found = append(found, r.of(inner.Want)...)
	}
	return found
}

// inputs gives the outputs that must be there before the action. Those of inner files are each other's, inside a node that is there already.
func (a Action) inputs() []string {
	if a.Key.IsInner() {
		return nil
	}
	return a.Want.Get(model.FieldInputList).Names()
}

// MissingResourceError reports a resource that a function or node needs, that the selection left out, and that the workspace does not have yet.
type MissingResourceError struct{ Needs, Resource model.Key }

func (e *MissingResourceError) Error() string {
	return fmt.Sprintf("%s needs the resource %s, which the workspace does not have yet and which is not selected; select it too", e.Needs, e.Resource)
}

// missingResource tells what is wrong with an action that needs a resource which the selection left out.
func missingResource(a Action, resource Comparison) []error {
	switch {
	case a.To <= model.StageSaved:
		return nil
	case resource.Remote == nil:
		return []error{&MissingResourceError{Needs: a.Key, Resource: resource.Key}}
	case resource.Remote.CurrentVersion == 0:
		return []error{&UnsubmittedParentError{Child: a.Key, Parent: resource.Key}}
	default:
		return nil
	}
}

// lastStage is the furthest stage to which a push takes an object of this form. What a resource that is no text holds cannot be read, and nothing is
// released that was not read.
func lastStage(o model.Object) model.Stage {
	if o.Key.Kind == model.KindResource && !o.HasText() {
		return model.StageSaved
	}
	return o.Key.LastStage()
}

// obstacle says why the API cannot save what the action wants, "" if it can.
func (a Action) obstacle() string {
	switch a.Op {
	case OpCreate:
		return model.CreateObstacle(a.Want)
	case OpUpdate:
		fields := make([]model.Field, len(a.Fields))
		for i, change := range a.Fields {
			fields[i] = change.Field
		}
		return model.UpdateObstacle(a.Want, fields)
	default:
		return ""
	}
}

// refuseUncarried takes the actions out of the plan that the API cannot do, and those that could not be submitted because they need one of them, or need
// what the plan leaves as it is since somebody has to decide on it: nothing of these is written. A resource that is no text and that nobody has submitted
// stands in the way too, and so does a node that is not released since a part of its group is in the way. stays are obstacles of renames.
func (p *Plan) refuseUncarried(comparisons []Comparison, producers map[string]Comparison, r resources, n nodes, all groups, o Options, stays map[model.Key]string) {
	var blocking []model.Key
	for _, c := range comparisons {
		if p.ReleaseOnly && c.Key.Kind.IsFile() && c.Tree != nil && c.Verdict != Same {
			blocking = append(blocking, c.Key)
		}
		if c.Key.Kind == model.KindResource && c.Remote != nil && !c.now().HasText() {
			blocking = append(blocking, c.Key)
		}
	}
	for _, s := range p.Skipped {
		blocking = append(blocking, s.Key)
	}
	halfDeleted := map[model.Key]bool{}
	for _, h := range p.HalfDeleted {
		halfDeleted[h.Key] = true
	}
	obstacles := map[model.Key]string{}
	dependants, referring := p.dependants(producers, r), map[model.Key][]Action{}
	index := p.index()
	for _, a := range p.Actions {
		obstacle := cmp.Or(a.obstacle(), stays[a.Key], p.unbringable(a, n, index, o.Selected))
		if a.Op == OpCreate && halfDeleted[a.Key] {
			// Only --force creates here: without it the object counts as deleted there.
			obstacle = "it was deleted in DataStudio, but production still runs its node, which holds its outputs; undeploy that in the operation centre, or restore the file from the recycle bin"
		}
		if obstacle != "" {
			obstacles[a.Key] = obstacle
			blocking = append(blocking, a.Key)
		}
		for _, reference := range n.symbolic(a.Want) {
			referring[reference.to.Key] = append(referring[reference.to.Key], a)
		}
	}
	blocking = append(blocking, p.refuseGroups(all, obstacles, o)...)
	for ; len(blocking) > 0; blocking = blocking[1:] {
		k := blocking[0]
		for _, a := range referring[k] {
			if obstacles[k] != "" && obstacles[a.Key] == "" {
				obstacles[a.Key] = fmt.Sprintf("it refers to %s, of which the workspace cannot tell yet what is referred to, and which this push cannot write", k)
				blocking = append(blocking, a.Key)
			}
		}
		for _, d := range dependants[k] {
			if obstacles[d.action.Key] != "" {
				continue
			}
			if why := d.missing(o); why != "" {
				obstacles[d.action.Key] = why
				blocking = append(blocking, d.action.Key)
			}
		}
	}
	if len(obstacles) == 0 {
		return
	}
	p.Actions = slices.DeleteFunc(p.Actions, func(a Action) bool { return obstacles[a.Key] != "" })
	for _, c := range comparisons {
		if obstacles[c.Key] != "" {
			p.Skipped = append(p.Skipped, Skipped{Comparison: c, Refused: true, Obstacle: obstacles[c.Key]})
		}
	}
	slices.SortStableFunc(p.Skipped, func(a, b Skipped) int { return a.Key.Compare(b.Key) })
}
