package diff

import (
	"maps"

	"github.com/dwsync/dwsync/pkg/graph"
	"github.com/dwsync/dwsync/pkg/model"
)

// JobGraph says which node needs which, through inputs and the outputs that make them, and which nodes and functions need which resources. The tree's
// word counts where it has the object, else the workspace's. project is the workspace's identifier. outside are the inputs of each node that no object
// here makes, sorted.
func JobGraph(comparisons []Comparison, project string) (jobs *graph.Graph[model.Key], outside map[model.Key][]string) {
	jobs, outside = graph.New(model.Key.Compare), map[model.Key][]string{}
	producers, resources := producersOf(comparisons, project), resourcesOf(comparisons)
	for _, c := range comparisons {
		if !c.Key.Kind.IsFile() {
			continue
		}
		jobs.Add(c.Key)
		if c.Key.IsInner() {
			// What it needs beside the resources lies in its node.
			jobs.Need(c.Key.Outermost(), c.Key)
		}
		for _, resource := range resources.of(c.now()) {
			jobs.Need(c.Key, resource.Key)
		}
		for _, input := range (Action{Key: c.Key, Want: c.now()}).inputs() {
			switch parent, known := producers[input]; {
			case !known:
				outside[c.Key] = append(outside[c.Key], input)
			case parent.Key != c.Key:
				jobs.Need(c.Key, parent.Key)
			}
		}
	}
	return jobs, outside
}

// now is the object as the tree has it, or else the workspace.
func (c Comparison) now() model.Object {
	switch {
	case c.Tree != nil:
		return *c.Tree
	case c.Remote != nil:
		return c.Remote.Object
	default:
		return model.Object{}
	}
}

func isSame(c Comparison) bool { return c.Verdict == Same }

// WithContainers adds to a selection the businesses and folders that its objects need and that only the side has which gives: without them a new file
// would have no place. A renamed container goes along with what changed in it. force tells that the selection is forced, so that a business which was deleted in the workspace is made again for its files.
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
			if known && (isNewHere || isNewThere || isForced || isRenamed && !isSame(c)) {
				all[container] = true
			}
		}
	}
	return all
}
