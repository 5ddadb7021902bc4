package diff

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/model"
)

// Leaver is a file of a plan that outputs leave, all of them if it is deleted, and that has a node: other nodes may depend on them that no saved form shows,
// since they belong to another workspace, or run an older version.
type Leaver struct {
	Key  model.Key
	Node model.NodeID
	// Outputs are those that leave, Others those that stay, both sorted.
	Outputs, Others []string
}

// Leavers gives the files of the plan whose consumers must be asked for, in the plan's order.
func (p Plan) Leavers() []Leaver {
	wanted := map[string]bool{}
	for _, a := range p.Actions {
		if a.Part != PartGiveUp && (a.Op == OpUpdate || a.Op == OpCreate) {
			for _, output := range a.Want.Get(model.FieldOutputList).Names() {
				wanted[output] = true
			}
		}
	}
	for _, a := range p.Actions {
		if a.Part == PartLeave {
			// The main action kept them.
			for _, output := range a.loses() {
				delete(wanted, output)
			}
		}
	}
	var leavers []Leaver
	place := map[model.Key]int{}
	for _, a := range p.Actions {
		if a.Against == nil || a.Against.NodeID == "" {
			continue
		}
		l := Leaver{Key: a.Key, Node: a.Against.NodeID}
		switch {
		case a.Op == OpDelete && a.Key.Kind == model.KindNode:
			l.Outputs = outputsOf(*a.Against)
		case a.Op == OpUpdate:
			l.Outputs = slices.DeleteFunc(a.loses(), func(output string) bool { return wanted[output] })
			l.Others = slices.Concat(a.Want.Get(model.FieldOutputList).Names(), a.Against.AutoOutputs)
		}
		if len(l.Outputs) == 0 && a.Op != OpDelete || a.Op == OpDelete && a.Key.Kind != model.KindNode {
			continue
		}
		if i, known := place[a.Key]; known {
			leavers[i].Outputs, leavers[i].Others = slices.Concat(leavers[i].Outputs, l.Outputs), l.Others
			continue
		}
		place[a.Key] = len(leavers)
		leavers = append(leavers, l)
	}
	for _, l := range leavers {
		slices.Sort(l.Outputs)
		slices.Sort(l.Others)
	}
	return leavers
}

// Consumer is a node that an environment runs and that depends on an output of another file's node.
type Consumer struct {
	// Environment is DEV or PROD.
	Environment string
	Node        model.NodeID
	Name        string
	Project     model.ProjectID
	// Key is that of its file, if that is an object here; HalfDeleted tells that the file is only half deleted.
	Key         model.Key
	HalfDeleted bool
	// Output is the one that it depends on; "" if the service does not tell.
	Output string
}

// Compare orders consumers by environment, node and output.
func (c Consumer) Compare(other Consumer) int {
	return cmp.Or(strings.Compare(c.Environment, other.Environment), strings.Compare(string(c.Node), string(other.Node)), strings.Compare(c.Output, other.Output))
}

// Dependant is what stands in the way of an output that shall leave: a file, or a node that is known from an environment.
type Dependant struct {
	Key model.Key
	// Node is set if an environment showed it.
	Node Consumer
}

func (d Dependant) String() string {
	switch {
	case d.Node == Consumer{}:
		return d.Key.String()
	case d.Key == model.Key{}:
		return fmt.Sprintf("the node %s (%s) of the workspace %s in %s", d.Node.Name, d.Node.Node, d.Node.Project, d.Node.Environment)
	default:
		return fmt.Sprintf("the version of %s that %s runs", d.Key, d.Node.Environment)
	}
}

// remedy says what to do about it; change is what a file of the tree needs.
func (d Dependant) remedy(change string) string {
	switch {
	case d.Node == Consumer{}:
		return change
	case d.Key == model.Key{}:
		return "change that node where it belongs, and release it"
	default:
		return "release what is saved of it"
	}
}

// releasesTo tells whether a push of the target reaches an environment.
func (o Options) releasesTo(environment string) bool {
	if environment == model.EnvironmentDevelopment || o.Project.Mode == model.ModeSimple {
		return o.Release >= model.StageSubmitted
	}
	return o.Release >= model.StageDeployed
}
