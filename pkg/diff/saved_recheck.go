package diff

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dwsync/dwsync/pkg/model"
)

// Situation is what a saved plan is held against before it is run: what it was made of, as it is now.
type Situation struct {
	// Inputs are the hashes of the local files, as in Origin.
	Inputs  map[string]string
	Project model.Project
	// Release is the stage to which the target releases.
	Release model.Stage
	// Comparisons are those of the whole tree and workspace.
	Comparisons []Comparison
}

// StaleError reports a saved plan that no longer fits: nothing of it was run.
type StaleError struct {
	// Moved says in a sentence each what is not what it was, sorted.
	Moved []string
}

func (e *StaleError) Error() string {
	return "the plan is refused and nothing was written, because this moved since it was made:\n  " + strings.Join(e.Moved, "\n  ") + "\nmake a new plan with dwsync diff --save"
}

// Recheck holds a saved plan against the situation of now and gives the plan to run: the same actions, against the forms as they are now, without what
// stands in the workspace already because an earlier run of the same plan was cut short. Errors: *StaleError.
func (p Plan) Recheck(now Situation) (Plan, error) {
	moved := movedInputs(p.Origin.Inputs, now.Inputs)
	if p.Project != now.Project {
		moved = append(moved, fmt.Sprintf("the target's workspace is %s (%s), the plan is for %s (%s)", now.Project.Identifier, now.Project.ID, p.Project.Identifier, p.Project.ID))
	}
	byKey := make(map[model.Key]Comparison, len(now.Comparisons))
	for _, c := range now.Comparisons {
		byKey[c.Key] = c
	}
	inputsMoved := len(moved) > 0
	var left []Action
	for _, a := range p.Actions {
		c := byKey[a.Key]
		switch {
		case c.Tree == nil || !sameForm(*c.Tree, a.Want):
			// Most often a file that was named already is why.
			if !inputsMoved {
				moved = append(moved, fmt.Sprintf("%s: the tree's form is another one", a.Key))
			}
			continue
		case a.To != min(now.Release, a.Key.Kind.LastStage(a.Key.Folder.Root())):
			moved = append(moved, fmt.Sprintf("%s: the target releases to %s, the plan to %s", a.Key, now.Release, a.To))
			continue
		}
		fresh, why := a.against(c)
		switch {
		case why != "":
			moved = append(moved, fmt.Sprintf("%s: %s", a.Key, why))
		case fresh.Op == OpRelease && (!a.Key.Kind.IsFile() || fresh.From >= fresh.To):
			p.Same++
		default:
			left = append(left, fresh)
		}
	}
	if len(moved) > 0 {
		slices.Sort(moved)
		return Plan{}, &StaleError{Moved: slices.Compact(moved)}
	}
	p.Actions = left
	return p, nil
}

// against gives the action against the object as the workspace has it now, or says how that moved.
func (a Action) against(c Comparison) (Action, string) {
	switch {
	case c.Remote == nil && a.Against != nil:
		return a, "it is gone from the workspace"
	case c.Remote == nil:
		return a, ""
	case c.Verdict == Same:
		// It is as the plan wants it; only its stages are left.
		a.Op, a.Fields, a.From, a.Against = OpRelease, nil, c.Remote.Stage, c.Remote
		return a, ""
	case a.Against == nil && isUnfinishedCreate(c):
		a.Op, a.Fields, a.Against = OpUpdate, c.Fields, c.Remote
		return a, ""
	case a.Against == nil:
		return a, "somebody created it in the workspace" + lastEdit(c.Remote)
	case !sameForm(c.Remote.Object, a.Against.Object) || c.Remote.FileID != a.Against.FileID || c.Remote.BusinessID != a.Against.BusinessID:
		return a, "it changed in the workspace" + lastEdit(c.Remote)
	case !slices.EqualFunc(c.Fields, a.Fields, func(x, y FieldChange) bool { return x.Field == y.Field }):
		return a, "other fields differ than the plan shows"
	default:
		a.Against = c.Remote
		return a, ""
	}
}

// isUnfinishedCreate tells whether an object lacks only what a create call cannot carry.
func isUnfinishedCreate(c Comparison) bool {
	return !slices.ContainsFunc(c.Fields, func(f FieldChange) bool {
		spec, _ := model.FieldSpec(c.Key.Kind, f.Field)
		return !spec.AfterCreate
	})
}

func lastEdit(r *model.Remote) string {
	text := ""
	if r.LastEditUser != "" {
		text += " by " + r.LastEditUser
	}
	if !r.LastEditTime.IsZero() {
		text += " at " + r.LastEditTime.UTC().Format(time.RFC3339)
	}
	if text == "" {
		return ""
	}
	return ", last saved" + text
}

// sameForm tells whether two forms are the same, apart from what the service parsed from the code.
func sameForm(a, b model.Object) bool { return a.Hash() == b.Hash() }

// movedInputs names the local files that differ.
func movedInputs(then, now map[string]string) []string {
	var moved []string
	for _, file := range slices.Sorted(maps.Keys(then)) {
		switch hash, there := now[file]; {
		case !there:
			moved = append(moved, file+": the file is gone")
		case hash != then[file]:
			moved = append(moved, file+": the file changed")
		}
	}
	for _, file := range slices.Sorted(maps.Keys(now)) {
		if _, known := then[file]; !known {
			moved = append(moved, file+": the file is new")
		}
	}
	return moved
}
