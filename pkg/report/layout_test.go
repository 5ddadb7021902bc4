package report

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawnNeeds are random edges among so many nodes; circles may be among them.
func drawnNeeds(t *rapid.T) [][]int {
	n := rapid.IntRange(0, 40).Draw(t, "nodes")
	needs := make([][]int, n)
	for i := range needs {
		all := rapid.SliceOfN(rapid.IntRange(0, n-1), 0, 4).Draw(t, "needs")
		slices.Sort(all)
		needs[i] = slices.Compact(all)
	}
	return needs
}

// Whatever the graph: no two boxes overlap, all are inside of the picture, each edge is drawn once from box to box, and runs to the right unless it closes
// a circle; passing edges do not cross boxes.
func TestLayout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		needs := drawnNeeds(t)
		widths := make([]int, len(needs))
		for i := range widths {
			widths[i] = rapid.IntRange(80, 300).Draw(t, "width")
		}
		d := layered(needs, widths)
		for i, a := range d.Boxes {
			if a.X < 0 || a.Y < 0 || a.X+a.Width > d.Width || a.Y+boxHeight > d.Height || a.Width < widths[i] {
				t.Fatalf("box %d %+v is not inside of %d x %d", i, a, d.Width, d.Height)
			}
			for j, b := range d.Boxes[:i] {
				if a.X < b.X+b.Width && b.X < a.X+a.Width && a.Y < b.Y+boxHeight && b.Y < a.Y+boxHeight {
					t.Fatalf("boxes %d and %d overlap: %+v %+v", i, j, a, b)
				}
			}
		}
		edges := map[[2]int]int{}
		for n, all := range needs {
			for _, need := range all {
				edges[[2]int{need, n}]++
			}
		}
		for _, w := range d.Wires {
			edges[[2]int{w.From, w.To}]--
			from, to := d.Boxes[w.From], d.Boxes[w.To]
			if first, last := w.Points[0], w.Points[len(w.Points)-1]; first.X != from.X+from.Width || last.X != to.X || abs(first.Y-from.Y-boxHeight/2) > 1 || abs(last.Y-to.Y-boxHeight/2) > 1 {
				t.Fatalf("the edge %+v does not go from %+v to %+v", w, from, to)
			}
			if !w.Back && from.X+from.Width >= to.X {
				t.Fatalf("the edge %+v does not run to the right", w)
			}
			for i := 1; i+1 < len(w.Points); i += 2 {
				for _, b := range d.Boxes {
					if b.X == w.Points[i].X && b.Y <= w.Points[i].Y && w.Points[i].Y <= b.Y+boxHeight {
						t.Fatalf("the edge %+v crosses the box %+v", w, b)
					}
				}
			}
		}
		for edge, n := range edges {
			if n != 0 {
				t.Fatalf("the edge %v is not drawn once", edge)
			}
		}
	})
}

func abs(n int) int { return max(n, -n) }

// A chain and what branches off it stand level, and an edge that passes a column has a place of its own.
func TestLayoutOfAChain(t *testing.T) {
	d := layered([][]int{nil, {0}, {0, 1}}, []int{100, 100, 100})
	if d.Boxes[0].X >= d.Boxes[1].X || d.Boxes[1].X >= d.Boxes[2].X || len(d.Wires) != 3 || len(d.Wires[1].Points) != 4 {
		t.Errorf("%+v", d)
	}
}

// Circles are broken so that what is left has none, and only circles are.
func TestBackEdges(t *testing.T) {
	if back := backEdges([][]int{{2}, {0}, {1}, {2}}); len(back) != 1 {
		t.Errorf("%v", back)
	}
	if back := backEdges([][]int{nil, {0}, {0, 1}}); len(back) != 0 {
		t.Errorf("%v", back)
	}
	deep := make([][]int, 200_000)
	for i := range deep[1:] {
		deep[i+1] = []int{i}
	}
	if back := backEdges(deep); len(back) != 0 {
		t.Errorf("%d", len(back))
	}
}
