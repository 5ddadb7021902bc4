package diff

import (
	"errors"
	"fmt"

	"github.com/dwsync/dwsync/pkg/model"
)

// OutputTakenError reports an output that the tree gives to one file while another file of the workspace has it and keeps it: the service would refuse the
// save when half of the push is done. A file that was renamed in the tree is the usual case.
type OutputTakenError struct {
	Output       string
	Wants, Owner model.Key
	// OwnerInTree tells that the tree has the owner too, so that the tree itself moves the output from one file to the other.
	OwnerInTree bool
}

func (e *OutputTakenError) Error() string {
	next := "delete that file in the workspace first (it is not in the tree; push --prune deletes what the tree deleted), or give the new one another output"
	if e.OwnerInTree {
		next = "moving an output between files needs two pushes: first take it away there, with nobody depending on it, then add it here"
	}
	return fmt.Sprintf("%s is to have the output %s, but in the workspace %s has it; nothing was written: %s", e.Wants, e.Output, e.Owner, next)
}

// takenOutputs finds the outputs that actions of the plan would give to a file although another file has them and is not deleted by the plan.
func takenOutputs(plan Plan, comparisons []Comparison) error {
	owners := map[string]Comparison{}
	for _, c := range comparisons {
		if c.Remote != nil {
			for _, output := range c.Remote.Object.Get(model.FieldOutputList).Names() {
				owners[output] = c
			}
		}
	}
	deleted := map[model.Key]bool{}
	for _, a := range plan.Actions {
		deleted[a.Key] = a.Op == OpDelete
	}
	var taken []error
	for _, a := range plan.Actions {
		if a.Op != OpCreate && a.Op != OpUpdate {
			continue
		}
		for _, output := range a.Want.Get(model.FieldOutputList).Names() {
			if owner, found := owners[output]; found && owner.Key != a.Key && !deleted[owner.Key] {
				taken = append(taken, &OutputTakenError{Output: output, Wants: a.Key, Owner: owner.Key, OwnerInTree: owner.Tree != nil})
			}
		}
	}
	return errors.Join(taken...)
}
