package push

import (
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

// Unfinished tells, in the plan's order, which of its actions go on with work that somebody began and did not end (design, section 8), as events that say
// it in words. What is on its way in the workspace is found when its turn comes.
func Unfinished(p diff.Plan) []Event {
	var events []Event
	found := func(key model.Key, op diff.Op, what string) {
		events = append(events, Event{Key: key, Op: op, Found: what})
	}
	for _, a := range p.Actions {
		switch {
		case a.Op == diff.OpDelete && a.Against != nil && a.Against.Deleted:
			found(a.Key, a.Op, "deleted in DataStudio, still in production")
		case a.Op == diff.OpUpdate && a.CompletesCreate():
			found(a.Key, a.Op, "created, not completed")
		case a.Verdict == diff.CutShort:
			found(a.Key, a.Op, "an update that was cut short")
		case p.ReleaseOnly:
			// To release is what was asked for.
		case a.Op == diff.OpRelease && a.From < model.StageSubmitted:
			found(a.Key, a.Op, "saved, not submitted")
		case a.Op == diff.OpRelease:
			found(a.Key, a.Op, "submitted, not deployed")
		}
	}
	for _, h := range p.HalfDeleted {
		found(h.Remote.Object.Key, diff.OpDelete, "deleted in DataStudio, still in production; left alone")
	}
	return events
}
