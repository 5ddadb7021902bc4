package report

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/deploy"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/push"
)

// pushView is how a push ended: the items that did not come to their end first, by how they ended, then those that are done; each sorted by key. Plan
// is the view of the plan, for what the push left alone.
type pushView struct {
	Plan   planView
	Items  []itemView
	Counts map[push.Status]int
	// Verified counts the nodes whose code in production was found to be the tree's.
	Verified int
}

type itemView struct {
	Key    model.Key
	Op     diff.Op
	Part   diff.Part
	Status push.Status
	// To is the stage that the plan wanted, empty for what has no stages.
	To string
	// Reached is the stage at which the object stands, empty for what has no stages or is nowhere.
	Reached string
	// Failure is nil unless an error ended the item.
	Failure *failure
	// Because says what kept the item from being attempted.
	Because string
}

// typeName is the object's type, and which of several actions of a file the item is.
func (v itemView) typeName() string { return typeName(v.Key) + after(", ", partWords(v.Part)) }

// statuses in the order in which a report lists them: what needs somebody first.
var statuses = [...]push.Status{push.Failed, push.Refused, push.Waiting, push.NotAttempted, push.Done}

func viewPush(p diff.Plan, r push.Result, full bool) pushView {
	v := pushView{Plan: viewPlan(p, full), Counts: map[push.Status]int{}, Verified: r.Verified}
	for _, item := range r.Items {
		v.Counts[item.Status]++
		v.Items = append(v.Items, viewItem(item))
	}
	slices.SortStableFunc(v.Items, func(a, b itemView) int {
		if a.Status != b.Status {
			return slices.Index(statuses[:], a.Status) - slices.Index(statuses[:], b.Status)
		}
		return a.Key.Compare(b.Key)
	})
	return v
}

func viewItem(item push.Item) itemView {
	v := itemView{Key: item.Action.Key, Op: item.Action.Op, Part: item.Action.Part, Status: item.Status}
	if v.Key.Kind.IsFile() {
		v.To = max(item.Action.To, model.StageSaved).String()
		if v.Op == diff.OpDelete {
			v.To = model.StageNone.String()
		}
		if item.Reached > model.StageNone {
			v.Reached = item.Reached.String()
		}
	}
	switch {
	case item.Status == push.Done:
	case item.Err != nil && !errors.Is(item.Err, deploy.ErrStopped):
		f := viewFailure(item.Err)
		v.Failure = &f
	case item.Because != (diff.ActionID{}):
		v.Because = "it needs " + item.Because.Key.String()
		if words := partWords(item.Because.Part); words != "" {
			v.Because += " (" + words + ")"
		}
		v.Because += ", which did not come far enough"
	default:
		v.Because = "the run was ended before its turn; run the same command again"
	}
	return v
}

// summary is the last line of a push.
func (v pushView) summary() string {
	verified := ""
	if v.Verified > 0 {
		verified = fmt.Sprintf(" Production runs the tree's code of %s.", count(v.Verified, "node"))
	}
	if len(v.Items) == 0 {
		return v.Plan.summary() + verified
	}
	var words []string
	for _, s := range slices.Backward(statuses[:]) {
		if n := v.Counts[s]; n > 0 || s == push.Done {
			words = append(words, fmt.Sprintf("%d %s", n, s))
		}
	}
	line := map[bool]string{false: "Push", true: "Deploy"}[v.Plan.ReleaseOnly] + ": " + strings.Join(words, ", ") + fmt.Sprintf(", %d unchanged", v.Plan.Counts.Unchanged)
	return line + after("; left alone: ", v.Plan.Counts.left()) + "." + verified
}
