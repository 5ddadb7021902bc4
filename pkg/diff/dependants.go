package diff

import (
	"fmt"
	"slices"

	"github.com/dwsync/dwsync/pkg/model"
)

// dependency is an action that needs something of an object before it can be released: an output, or a resource as a whole.
type dependency struct {
	action Action
	on     Comparison
	// output is "" for a resource.
	output string
}

// dependants gives the dependencies of the plan's actions by what they depend on.
func (p *Plan) dependants(producers map[string]Comparison, r resources) map[model.Key][]dependency {
	dependants := map[model.Key][]dependency{}
	for _, a := range p.Actions {
		if a.To <= model.StageSaved {
			continue
		}
		for _, input := range a.inputs() {
			if parent, known := producers[input]; known && parent.Key != a.Key {
				dependants[parent.Key] = append(dependants[parent.Key], dependency{a, parent, input})
			}
		}
		for _, resource := range r.usedBy(a) {
			dependants[resource.Key] = append(dependants[resource.Key], dependency{a, resource, ""})
		}
	}
	return dependants
}

// missing says what the action would miss if the plan left as it is what it depends on; "" if the workspace has it already.
func (d dependency) missing(o Options) string {
	remote := d.on.Remote
	switch {
	case o.ReleaseOnly && (remote == nil || remote.CurrentVersion == 0):
		return fmt.Sprintf("it needs %s, which was never submitted and is not released either; push that first", d.on.Key)
	case remote == nil && d.on.Base != nil:
		return fmt.Sprintf("it needs %s, which was deleted in the workspace and which this push leaves so; settle that first", d.on.Key)
	case remote == nil || remote.CurrentVersion == 0:
		return fmt.Sprintf("it needs %s, which was never submitted and which this push cannot submit; settle that first, or submit it in DataStudio", d.on.Key)
	case d.output == "":
		return ""
	case d.on.isToMake(d.output):
		return fmt.Sprintf("it needs the output %s of %s, which the workspace does not have yet, and this push leaves that file as it is; settle that first", d.output, d.on.Key)
	case remote.Stage < d.action.To && d.on.hasNew(d.output):
		return fmt.Sprintf("it needs the output %s of %s, which is saved there and not released, and this push leaves that file as it is; settle that first", d.output, d.on.Key)
	default:
		return ""
	}
}

// hasNew tells whether the workspace got an output of the object after the base: what was pushed or pulled once is taken for released. Of what is the same
// on both sides nobody knows that.
func (c Comparison) hasNew(output string) bool {
	had := c.Verdict == Same || c.Base != nil && slices.Contains(c.Base.Get(model.FieldOutputList).Names(), output)
	return !had && slices.Contains(c.Remote.Object.Get(model.FieldOutputList).Names(), output)
}
