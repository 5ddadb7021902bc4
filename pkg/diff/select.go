package diff

import (
	"maps"
	"slices"

	"github.com/dwsync/dwsync/pkg/model"
)

// WithGroups extends a selection: who selects a node or a file inside it selects the node with all its inner files, since they are released as one. nil
// selects everything.
func WithGroups(comparisons []Comparison, selected func(model.Key) bool) func(model.Key) bool {
	if selected == nil {
		return nil
	}
	nodes := map[model.Key]bool{}
	for _, g := range groupsOf(comparisons) {
		nodes[g.node.Key] = slices.ContainsFunc(g.members(), func(c Comparison) bool { return selected(c.Key) })
	}
	return func(k model.Key) bool { return selected(k) || nodes[k.Outermost()] }
}

// WithContainers adds to a selection the businesses and folders that its objects need and that only the side has which gives: without them a new file
// would have no place. A renamed container goes along with what changed in it. force tells that the selection is forced, so that a business which was
// deleted in the workspace is made again for its files.
func WithContainers(comparisons []Comparison, selected map[model.Key]bool, force bool) map[model.Key]bool {
	all := maps.Clone(selected)
	byKey := make(map[model.Key]Comparison, len(comparisons))
	for _, c := range comparisons {
		byKey[c.Key] = c
	}
	for key := range selected {
		c := byKey[key]
		for _, container := range containers(key) {
			held, known := byKey[container]
			isNewHere := held.Verdict == MadeHere && c.Remote == nil
			isNewThere := held.Verdict == MadeThere && c.Tree == nil
			_, isRenamed := held.RenamedFrom()
			isForced := force && held.Tree != nil && held.Remote == nil && c.Remote == nil
			if known && (isNewHere || isNewThere || isForced || isRenamed && c.Verdict != Same) {
				all[container] = true
			}
		}
	}
	return all
}
