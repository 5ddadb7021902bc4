package diff

import (
	"slices"

	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
)

// isUnfinished tells whether the workspace holds what a cut short run of the action leaves: an object that lacks only what a create call cannot carry, or a
// node without those that it waits for and whose ids were to follow.
func (a Action) isUnfinished(c Comparison, planned model.Object) bool {
	first := mapping.WithoutUnbound(planned)
	return !slices.ContainsFunc(c.Fields, func(f FieldChange) bool {
		isLater := len(a.Closes) > 0 && c.Remote.Object.Get(f.Field).Equal(first.Get(f.Field))
		return !isLater && (a.Against != nil || !c.Key.FollowsCreate(f.Field))
	})
}

// boundFrom tells whether a form is the wanted one, in which symbolic references may be bound by now. What they are bound to the local files decide, which
// are held against the plan by their hashes, and the workspace.
func boundFrom(want, now model.Object) bool {
	if sameForm(want, now) {
		return true
	}
	for _, spec := range model.Fields(want.Key.Kind) {
		w, n := want.Get(spec.Field), now.Get(spec.Field)
		if !w.IsSymbolic() {
			if !w.Equal(n) {
				return false
			}
			continue
		}
		isBound := func(item model.Item) bool { return item.IsSymbolic() && !slices.Contains(n.Items, item) }
		isNew := func(item model.Item) bool { return !slices.Contains(w.Items, item) }
		if len(filter(n.Items, isNew)) > len(filter(w.Items, isBound)) || slices.ContainsFunc(filter(n.Items, isNew), model.Item.IsSymbolic) ||
			slices.ContainsFunc(w.Items, func(item model.Item) bool { return !item.IsSymbolic() && !slices.Contains(n.Items, item) }) {
			return false
		}
	}
	return true
}

func filter(items []model.Item, keep func(model.Item) bool) []model.Item {
	return slices.DeleteFunc(slices.Clone(items), func(item model.Item) bool { return !keep(item) })
}
