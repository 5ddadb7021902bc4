package diff

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/model"
)

// Operators freeze nodes and give them away in the operation centre, where the file does not follow (design, section 6: production drift). Whether a
// deployment undoes that is not documented, so that it is asked for before one is made.

// ProductionDrift is what the operation centre has otherwise than the file whose newest version it runs.
type ProductionDrift struct {
	Key model.Key `json:"key"`
	// Frozen tells that the node does not run, although its file does not pause it.
	Frozen bool `json:"frozen,omitempty"`
	// Owner and FileOwner are the accounts of node and file; empty if they are one.
	Owner     string `json:"owner,omitempty"`
	FileOwner string `json:"fileOwner,omitempty"`
}

// IsNone tells that nothing is otherwise.
func (d ProductionDrift) IsNone() bool { return !d.Frozen && d.Owner == "" }

// String says in a few words what is otherwise: "frozen, owned by 1 (the file by 2)".
func (d ProductionDrift) String() string {
	var words []string
	if d.Frozen {
		words = append(words, "frozen")
	}
	if d.Owner != "" {
		words = append(words, fmt.Sprintf("owned by %s (the file by %s)", d.Owner, d.FileOwner))
	}
	return strings.Join(words, ", ")
}

// isFrozen tells whether production's node does not run although the form says that it should.
func isFrozen(r *model.Remote) bool {
	return r.Production != nil && r.Production.SchedulerType == model.SchedulerPaused && r.Object.Text(model.FieldSchedulerType) != model.SchedulerPaused
}

// productionDrift compares a file with its node in production. Only where production runs the newest version, and that is what is saved, is it known that
// the version does not say itself what the node has.
func productionDrift(r *model.Remote, ignored func(model.Key, model.Field) bool) ProductionDrift {
	if r == nil || r.Production == nil || r.Stage < model.StageDeployed {
		return ProductionDrift{}
	}
	counts := func(f model.Field) bool { return ignored == nil || !ignored(r.Object.Key, f) }
	d := ProductionDrift{Key: r.Object.Key, Frozen: isFrozen(r) && counts(model.FieldSchedulerType)}
	owner, node := r.Object.Text(model.FieldOwner), r.Production.Owner
	if node != "" && owner != "" && node != owner && counts(model.FieldOwner) {
		d.Owner, d.FileOwner = node, owner
	}
	return d
}

// without gives what of the drift a deployment of the wanted form would not bring about by itself.
func (d ProductionDrift) without(want model.Object) ProductionDrift {
	if want.Text(model.FieldSchedulerType) == model.SchedulerPaused {
		d.Frozen = false
	}
	if want.Text(model.FieldOwner) == d.Owner {
		d.Owner, d.FileOwner = "", ""
	}
	return d
}

// Undoes gives the drift of production that the action's deployment may undo.
func (a Action) Undoes(ignored func(model.Key, model.Field) bool) ProductionDrift {
	if a.Op == OpDelete || a.To < model.StageDeployed {
		return ProductionDrift{}
	}
	return productionDrift(a.Against, ignored).without(a.Want)
}

// MayUnfreeze tells that production's node is frozen while the form that the action brings there does not pause it, where nobody knows whether the version
// that runs there now pauses it.
func (a Action) MayUnfreeze() bool {
	return a.Op != OpDelete && a.To >= model.StageDeployed && a.Against != nil && a.Against.Stage < model.StageDeployed && isFrozen(a.Against) &&
		a.Want.Text(model.FieldSchedulerType) != model.SchedulerPaused
}

// refuseReset takes the actions out of the plan whose deployment may undo what was changed in the operation centre, unless they are forced.
func (p *Plan) refuseReset(comparisons []Comparison, o Options) {
	if o.Project.Mode == model.ModeSimple {
		return
	}
	undone := map[model.Key]ProductionDrift{}
	for _, a := range p.Actions {
		if d := a.Undoes(o.Ignored); !d.IsNone() && (o.Force == nil || !o.Force(a.Key)) {
			undone[a.Key] = d
		}
	}
	p.Actions = slices.DeleteFunc(p.Actions, func(a Action) bool { return !undone[a.Key].IsNone() })
	for _, c := range comparisons {
		d := productionDrift(c.Remote, o.Ignored)
		switch {
		case d.IsNone() || o.Selected != nil && !o.Selected(c.Key):
		case !undone[c.Key].IsNone():
			p.Skipped = append(p.Skipped, Skipped{Comparison: c, Refused: true, Production: undone[c.Key].String()})
		default:
			p.Production = append(p.Production, d)
		}
	}
}
