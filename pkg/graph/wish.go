package graph

import (
	"maps"
	"slices"
)

// Edge says that N needs Upstream.
type Edge[N comparable] struct{ N, Upstream N }

// Wish adds edges that may be left out, one after the other, apart from those that would close a circle with what is there by then: these it gives back, in
// their order. With a circle among the edges that were there before the error is a *CycleError, and nothing is added.
//
// The order of the nodes is kept up to date edge by edge (Pearce and Kelly, 2006): an edge that fits the order costs nothing, another one a walk through the
// nodes between its two ends.
func (g *Graph[N]) Wish(edges []Edge[N]) (closing []Edge[N], err error) {
	sorted, err := g.Order()
	if err != nil {
		return nil, err
	}
	at := make(map[N]int, len(sorted))
	for i, n := range sorted {
		at[n] = i
	}
	for _, e := range edges {
		for _, n := range []N{e.Upstream, e.N} {
			if !g.Has(n) {
				g.Add(n)
				at[n] = len(at)
			}
		}
		if e.N == e.Upstream || !g.reorder(at, e) {
			closing = append(closing, e)
			continue
		}
		g.Need(e.N, e.Upstream)
	}
	return closing, nil
}

// reorder moves nodes in the order at so that the upstream end of the edge comes before the other; false if the one needs the other already.
func (g *Graph[N]) reorder(at map[N]int, e Edge[N]) bool {
	first, last := at[e.N], at[e.Upstream]
	if last < first {
		return true
	}
	after := between(g.needed, e.N, func(n N) bool { return at[n] <= last })
	if after[e.Upstream] {
		return false
	}
	before := between(g.needs, e.Upstream, func(n N) bool { return at[n] >= first })
	byPlace := func(nodes map[N]bool) []N {
		return slices.SortedFunc(maps.Keys(nodes), func(a, b N) int { return at[a] - at[b] })
	}
	moved := slices.Concat(byPlace(before), byPlace(after))
	places := make([]int, len(moved))
	for i, n := range moved {
		places[i] = at[n]
	}
	slices.Sort(places)
	for i, n := range moved {
		at[n] = places[i]
	}
	return true
}

// between gives the nodes that are reached along the edges without leaving what is within.
func between[N comparable](edges map[N]map[N]bool, from N, within func(N) bool) map[N]bool {
	found := map[N]bool{from: true}
	open := []N{from}
	for len(open) > 0 {
		n := open[len(open)-1]
		open = open[:len(open)-1]
		for next := range edges[n] {
			if !found[next] && within(next) {
				found[next] = true
				open = append(open, next)
			}
		}
	}
	return found
}
