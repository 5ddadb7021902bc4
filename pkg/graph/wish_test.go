package graph_test

import (
	"cmp"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/dwsync/dwsync/pkg/graph"
)

// Edges that are only wished for come in one by one, unless one closes a circle: then the graph would have one with it.
func TestWish(t *testing.T) {
	type edge = graph.Edge[int]
	rapid.Check(t, func(t *rapid.T) {
		node := rapid.IntRange(0, 7)
		draw := rapid.Custom(func(t *rapid.T) edge { return edge{N: node.Draw(t, "n"), Upstream: node.Draw(t, "upstream")} })
		firm := slices.DeleteFunc(rapid.SliceOfN(draw, 0, 8).Draw(t, "firm"), func(e edge) bool { return e.N <= e.Upstream })
		wishes := rapid.SliceOfN(draw, 0, 12).Draw(t, "wishes")
		build := func(edges []edge) *graph.Graph[int] {
			g := graph.New(cmp.Compare[int])
			for _, e := range edges {
				g.Need(e.N, e.Upstream)
			}
			return g
		}
		var want []edge
		kept := slices.Clone(firm)
		for _, e := range wishes {
			if _, err := build(append(slices.Clone(kept), e)).Order(); err != nil {
				want = append(want, e)
			} else {
				kept = append(kept, e)
			}
		}
		g := build(firm)
		closing, err := g.Wish(wishes)
		if err != nil || !slices.Equal(closing, want) {
			t.Fatalf("%v with %v: left out are %v, want %v (%v)", firm, wishes, closing, want, err)
		}
		for _, e := range kept {
			if !slices.Contains(g.Needs(e.N), e.Upstream) {
				t.Fatalf("%v with %v: %v is missing", firm, wishes, e)
			}
		}
		if _, err := g.Order(); err != nil {
			t.Fatalf("%v with %v: %v", firm, wishes, err)
		}
	})
}

func TestWishWithACircle(t *testing.T) {
	g := graph.New(cmp.Compare[int])
	g.Need(1, 2)
	g.Need(2, 1)
	_, err := g.Wish([]graph.Edge[int]{{N: 3, Upstream: 1}})
	if _, ok := errors.AsType[*graph.CycleError[int]](err); !ok || g.Has(3) {
		t.Errorf("got %v", err)
	}
}

// Ten thousand nodes in a chain, each of which also wishes for the one that needs it: every wish closes a circle, and none costs a walk through the chain.
func TestWishInALongChain(t *testing.T) {
	const n = 10_000
	g := graph.New(cmp.Compare[int])
	var wishes []graph.Edge[int]
	for i := range n {
		g.Need(i+1, i)
		wishes = append(wishes, graph.Edge[int]{N: i, Upstream: i + 1})
	}
	closing, err := g.Wish(wishes)
	if err != nil || len(closing) != n {
		t.Errorf("left out are %d (%v)", len(closing), err)
	}
}
