package graph_test

import (
	"cmp"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/dwsync/dwsync/pkg/graph"
)

func build(edges ...[2]string) *graph.Graph[string] {
	g := graph.New(cmp.Compare[string])
	for _, e := range edges {
		g.Need(e[0], e[1])
	}
	return g
}

func TestWaves(t *testing.T) {
	g := build([2]string{"d", "b"}, [2]string{"d", "c"}, [2]string{"b", "a"}, [2]string{"c", "a"}, [2]string{"e", "a"}, [2]string{"e", "d"})
	g.Add("z")
	waves, err := g.Waves()
	if err != nil || !slices.EqualFunc(waves, [][]string{{"a", "z"}, {"b", "c"}, {"d"}, {"e"}}, slices.Equal) {
		t.Errorf("got %v, %v", waves, err)
	}
	if up := g.Upstream("e", 1); len(up) != 2 || up["a"] != 1 || up["d"] != 1 {
		t.Errorf("upstream of e, one step: %v", up)
	}
	if down := g.Downstream("a", graph.Unlimited); len(down) != 4 || down["d"] != 2 || down["e"] != 1 {
		t.Errorf("downstream of a: %v", down)
	}
	if needs := g.Needs("d"); !slices.Equal(needs, []string{"b", "c"}) {
		t.Errorf("d needs %v", needs)
	}
	if needed := g.NeededBy("a"); !slices.Equal(needed, []string{"b", "c", "e"}) {
		t.Errorf("a is needed by %v", needed)
	}
}

func TestCircleIsPrinted(t *testing.T) {
	g := build([2]string{"x", "c"}, [2]string{"c", "a"}, [2]string{"a", "b"}, [2]string{"b", "c"}, [2]string{"b", "root"})
	_, err := g.Waves()
	cycle, ok := errors.AsType[*graph.CycleError[string]](err)
	if !ok || !slices.Equal(cycle.Path, []string{"a", "b", "c", "a"}) || err.Error() != "a circle of dependencies: a needs b needs c needs a" {
		t.Errorf("got %v", err)
	}
	if _, err := build([2]string{"a", "a"}).Waves(); err == nil || err.Error() != "a circle of dependencies: a needs a" {
		t.Errorf("a node that needs itself: %v", err)
	}
}

// Waves hold each node once, behind all it needs; or there is a circle, and the error shows one.
func TestWavesProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := graph.New(cmp.Compare[int])
		edges := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) [2]int {
			return [2]int{rapid.IntRange(0, 12).Draw(t, "from"), rapid.IntRange(0, 12).Draw(t, "to")}
		}), 0, 20).Draw(t, "edges")
		for _, e := range edges {
			g.Need(e[0], e[1])
		}
		waves, err := g.Waves()
		if cycle, ok := errors.AsType[*graph.CycleError[int]](err); ok {
			path := cycle.Path
			if len(path) < 2 || path[0] != path[len(path)-1] {
				t.Fatalf("no circle: %v", path)
			}
			for i := range path[1:] {
				if !slices.Contains(g.Needs(path[i]), path[i+1]) {
					t.Fatalf("%v: %d does not need %d", path, path[i], path[i+1])
				}
			}
			return
		}
		at := map[int]int{}
		for i, wave := range waves {
			for _, n := range wave {
				if _, twice := at[n]; twice {
					t.Fatalf("%d stands twice", n)
				}
				at[n] = i
			}
		}
		if len(at) != len(g.Nodes()) {
			t.Fatalf("%d of %d nodes are placed", len(at), len(g.Nodes()))
		}
		for _, n := range g.Nodes() {
			wave := 0
			for _, need := range g.Needs(n) {
				wave = max(wave, at[need]+1)
			}
			if at[n] != wave {
				t.Fatalf("%d stands in wave %d, not in %d", n, at[n], wave)
			}
		}
	})
}
