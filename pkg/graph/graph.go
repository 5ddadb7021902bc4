// Package graph orders things that need each other: which come first, which can go together, where a circle is, and who hangs on whom.
//
// A *node* of the graph is any comparable value. An edge says that one node *needs* another: the needed one is upstream, the needing one downstream. A
// *wave* is a set of nodes whose needs all lie in earlier waves, so that its nodes can go together. A *wish* is an edge that is left out where it would close
// a circle.
//
// The rule of this package: it is pure, knows nothing of what its nodes are, and every answer is in an order that does not depend on the order in which
// the graph was built. No operation takes longer than the number of nodes and edges (times a logarithm for sorting).
package graph

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Graph holds nodes and who needs whom. The zero value is not usable; make one with New.
type Graph[N comparable] struct {
	compare func(a, b N) int
	needs   map[N]map[N]bool
	needed  map[N]map[N]bool
}

// New makes an empty graph whose answers are sorted by compare.
func New[N comparable](compare func(a, b N) int) *Graph[N] {
	return &Graph[N]{compare: compare, needs: map[N]map[N]bool{}, needed: map[N]map[N]bool{}}
}

// Add puts nodes into the graph; those that are there already stay as they are.
func (g *Graph[N]) Add(nodes ...N) {
	for _, n := range nodes {
		if g.needs[n] == nil {
			g.needs[n], g.needed[n] = map[N]bool{}, map[N]bool{}
		}
	}
}

// Need says that n needs upstream. Both are added; a node that needs itself is a circle.
func (g *Graph[N]) Need(n, upstream N) {
	g.Add(n, upstream)
	g.needs[n][upstream] = true
	g.needed[upstream][n] = true
}

// Nodes gives all nodes, sorted.
func (g *Graph[N]) Nodes() []N { return slices.SortedFunc(maps.Keys(g.needs), g.compare) }

// Has tells whether the node is in the graph.
func (g *Graph[N]) Has(n N) bool { return g.needs[n] != nil }

// Needs gives what n needs directly, sorted.
func (g *Graph[N]) Needs(n N) []N { return slices.SortedFunc(maps.Keys(g.needs[n]), g.compare) }

// NeededBy gives who needs n directly, sorted.
func (g *Graph[N]) NeededBy(n N) []N { return slices.SortedFunc(maps.Keys(g.needed[n]), g.compare) }

// CycleError is a circle: each node of Path needs the next one, and the last is the first again.
type CycleError[N comparable] struct{ Path []N }

func (e *CycleError[N]) Error() string {
	names := make([]string, len(e.Path))
	for i, n := range e.Path {
		names[i] = fmt.Sprint(n)
	}
	return "a circle of dependencies: " + strings.Join(names, " needs ")
}

// Waves gives the nodes in waves, each sorted: what stands in a wave needs only what stands in earlier ones, and stands as early as possible. With a
// circle the error is a *CycleError.
func (g *Graph[N]) Waves() ([][]N, error) {
	open := make(map[N]int, len(g.needs))
	var wave []N
	for n, needs := range g.needs {
		if open[n] = len(needs); len(needs) == 0 {
			wave = append(wave, n)
		}
	}
	var waves [][]N
	done := 0
	for len(wave) > 0 {
		slices.SortFunc(wave, g.compare)
		waves = append(waves, wave)
		done += len(wave)
		var next []N
		for _, n := range wave {
			for downstream := range g.needed[n] {
				if open[downstream]--; open[downstream] == 0 {
					next = append(next, downstream)
				}
			}
		}
		wave = next
	}
	if done < len(g.needs) {
		return nil, &CycleError[N]{Path: g.circle(open)}
	}
	return waves, nil
}

// Order is Waves in one row.
func (g *Graph[N]) Order() ([]N, error) {
	waves, err := g.Waves()
	return slices.Concat(waves...), err
}

// circle finds a circle among the nodes that are still open. Each of them needs another open one, so that walking to the first such need comes round.
func (g *Graph[N]) circle(open map[N]int) []N {
	var start []N
	for n, count := range open {
		if count > 0 {
			start = append(start, n)
		}
	}
	at := slices.MinFunc(start, g.compare)
	seen := map[N]int{}
	var path []N
	for {
		if i, found := seen[at]; found {
			return g.fromLeast(path[i:])
		}
		seen[at] = len(path)
		path = append(path, at)
		for _, upstream := range g.Needs(at) {
			if open[upstream] > 0 {
				at = upstream
				break
			}
		}
	}
}

// fromLeast turns a circle so that it begins, and ends, with its least node.
func (g *Graph[N]) fromLeast(circle []N) []N {
	least := 0
	for i := range circle {
		if g.compare(circle[i], circle[least]) < 0 {
			least = i
		}
	}
	return slices.Concat(circle[least:], circle[:least], circle[least:least+1])
}

// Unlimited is the depth of Upstream and Downstream that goes to the end.
const Unlimited = -1

// Upstream gives what n needs, directly or through others, with the least number of steps to it; n itself is among it only if it lies on a circle. depth
// limits the steps.
func (g *Graph[N]) Upstream(n N, depth int) map[N]int { return reach(g.needs, n, depth) }

// Downstream gives who needs n, directly or through others, with the least number of steps. depth limits the steps.
func (g *Graph[N]) Downstream(n N, depth int) map[N]int { return reach(g.needed, n, depth) }

// DownstreamOfAll gives the nodes that are in the graph, and who needs any of them, directly or through others, with the least number of steps (0 for the
// nodes themselves).
func (g *Graph[N]) DownstreamOfAll(nodes []N) map[N]int {
	found := make(map[N]int, len(nodes))
	for _, n := range nodes {
		if g.Has(n) {
			found[n] = 0
		}
	}
	return reachFrom(g.needed, slices.Collect(maps.Keys(found)), Unlimited, found)
}

func reach[N comparable](edges map[N]map[N]bool, from N, depth int) map[N]int {
	return reachFrom(edges, []N{from}, depth, map[N]int{})
}

// reachFrom walks from a level to all that is not found yet, and adds it to what is found.
func reachFrom[N comparable](edges map[N]map[N]bool, level []N, depth int, found map[N]int) map[N]int {
	for steps := 1; len(level) > 0 && (depth == Unlimited || steps <= depth); steps++ {
		var next []N
		for _, n := range level {
			for other := range edges[n] {
				if _, seen := found[other]; !seen {
					found[other] = steps
					next = append(next, other)
				}
			}
		}
		level = next
	}
	return found
}
