package report

import (
	"cmp"
	"slices"
)

// A layered layout (Sugiyama): each box stands in a column right of all that it needs, edges that pass a column get a place of their own in it, columns are
// sorted so that few edges cross, and boxes are moved up and down so that edges run level. All lengths are in CSS pixels.

const (
	boxHeight = 40
	// rowGap is between two boxes, laneGap between edges that pass a column, columnGap between columns: edges turn there.
	rowGap, laneGap, columnGap = 14, 10, 56
	margin                     = 16
	// sweeps is how often columns are sorted from left to right and back.
	sweeps = 6
	// maxLanes bounds the places of passing edges. If there were more, edges run behind the boxes that they pass.
	maxLanes = 20_000
)

// box is where a node stands: its upper left corner, and its width.
type box struct{ X, Y, Width int }

// point is a place in the picture.
type point struct{ X, Y int }

// wire is the way of an edge, from the right side of what is needed to the left side of what needs it. The points between are the passed columns, two for
// each.
type wire struct {
	From, To int
	Points   []point
	// Back tells that the edge closes a circle; it runs from right to left.
	Back bool
}

// layout is a picture's geometry.
type layout struct {
	Width, Height int
	Boxes         []box
	Wires         []wire
}

// slot is a place in a column: a box, or a lane of an edge that passes.
type slot struct {
	node, height int
	// left and right are the slots of the columns beside it to which it has edges.
	left, right []int
	column      int
	// middle is the height of its middle.
	middle float64
}

// layered places boxes. needs[i] are the nodes that node i needs, widths[i] is how wide its box is.
func layered(needs [][]int, widths []int) layout {
	back := backEdges(needs)
	l := layering{slots: make([]slot, len(needs)), lanes: map[[2]int][]int{}}
	columns := columnsOf(needs, back)
	for i, column := range columns {
		l.slots[i] = slot{node: i, height: boxHeight, column: column}
	}
	l.connect(needs, back)
	l.fill()
	for range sweeps {
		l.sortColumns()
	}
	l.place()
	return l.draw(needs, back, widths)
}

// backEdges gives the edges that have to be left out for the rest to have no circle, as pairs of the node that needs and the one that is needed.
func backEdges(needs [][]int) map[[2]int]bool {
	const (
		fresh = iota
		open
		done
	)
	back := map[[2]int]bool{}
	state, next := make([]int, len(needs)), make([]int, len(needs))
	for start := range needs {
		if state[start] != fresh {
			continue
		}
		path := []int{start} // by hand: a chain may be longer than a stack should be
		state[start] = open
		for len(path) > 0 {
			at := path[len(path)-1]
			if next[at] == len(needs[at]) {
				state[at] = done
				path = path[:len(path)-1]
				continue
			}
			need := needs[at][next[at]]
			next[at]++
			switch state[need] {
			case open:
				back[[2]int{at, need}] = true
			case fresh:
				state[need] = open
				path = append(path, need)
			}
		}
	}
	return back
}

// columnsOf gives each node the first column right of all that it needs; what needs nothing stands directly left of what first needs it.
func columnsOf(needs [][]int, back map[[2]int]bool) []int {
	open, neededBy := make([]int, len(needs)), make([][]int, len(needs))
	for n, all := range needs {
		for _, need := range all {
			if !back[[2]int{n, need}] {
				open[n]++
				neededBy[need] = append(neededBy[need], n)
			}
		}
	}
	columns, queue := make([]int, len(needs)), []int{}
	for n := range needs {
		if open[n] == 0 {
			queue = append(queue, n)
		}
	}
	starts := len(queue)
	for i := 0; i < len(queue); i++ {
		for _, n := range neededBy[queue[i]] {
			columns[n] = max(columns[n], columns[queue[i]]+1)
			if open[n]--; open[n] == 0 {
				queue = append(queue, n)
			}
		}
	}
	for _, n := range queue[:starts] {
		for i, user := range neededBy[n] {
			if i == 0 || columns[user]-1 < columns[n] {
				columns[n] = columns[user] - 1
			}
		}
	}
	return columns
}

// layering is a layout under way.
type layering struct {
	slots   []slot
	columns [][]int
	// lanes are the slots through which an edge passes the columns between its ends, by the ends: the node that needs, the one that is needed.
	lanes map[[2]int][]int
}

// connect joins slots of neighbouring columns, over lanes where an edge passes columns.
func (l *layering) connect(needs [][]int, back map[[2]int]bool) {
	lanes := 0
	for n, all := range needs {
		for _, need := range all {
			lanes += max(0, l.slots[n].column-l.slots[need].column-1)
		}
	}
	for n, all := range needs {
		for _, need := range all {
			edge, at := [2]int{n, need}, need
			if back[edge] {
				continue
			}
			for column := l.slots[need].column + 1; column < l.slots[n].column && lanes <= maxLanes; column++ {
				l.slots = append(l.slots, slot{node: -1, column: column})
				lane := len(l.slots) - 1
				l.lanes[edge] = append(l.lanes[edge], lane)
				l.join(at, lane)
				at = lane
			}
			if l.slots[at].column == l.slots[n].column-1 {
				l.join(at, n)
			}
		}
	}
}

func (l *layering) join(left, right int) {
	l.slots[left].right = append(l.slots[left].right, right)
	l.slots[right].left = append(l.slots[right].left, left)
}

// fill puts the slots into their columns, in the order of their numbers, and gives each a first height.
func (l *layering) fill() {
	for i := range l.slots {
		for l.slots[i].column >= len(l.columns) {
			l.columns = append(l.columns, nil)
		}
		l.columns[l.slots[i].column] = append(l.columns[l.slots[i].column], i)
	}
	for _, column := range l.columns {
		l.stack(column)
	}
}

// stack puts the slots of a column right below each other.
func (l *layering) stack(column []int) {
	at := 0.0
	for i, s := range column {
		if i > 0 {
			at += l.distance(column[i-1], s)
		}
		l.slots[s].middle = at
	}
}

// distance is how far the middles of two slots below each other have to be apart.
func (l *layering) distance(above, below int) float64 {
	a, b := l.slots[above].height, l.slots[below].height
	gap := rowGap
	if a == 0 || b == 0 {
		gap = laneGap
	}
	return float64(a+b)/2 + float64(gap)
}

// sortColumns sorts each column by where its neighbours stand, from left to right and back.
func (l *layering) sortColumns() {
	for _, column := range l.columns {
		l.sortColumn(column, func(s slot) []int { return s.left })
	}
	for _, column := range slices.Backward(l.columns) {
		l.sortColumn(column, func(s slot) []int { return s.right })
	}
}

func (l *layering) sortColumn(column []int, neighbours func(slot) []int) {
	wanted := make(map[int]float64, len(column))
	for _, s := range column {
		wanted[s] = l.wanted(s, neighbours(l.slots[s]))
	}
	slices.SortStableFunc(column, func(a, b int) int { return cmp.Compare(wanted[a], wanted[b]) })
	l.stack(column)
}

// wanted is the height at which the edges of a slot to some of its neighbours would run level.
func (l *layering) wanted(s int, neighbours []int) float64 {
	if len(neighbours) == 0 {
		return l.slots[s].middle
	}
	sum := 0.0
	for _, n := range neighbours {
		sum += l.slots[n].middle
	}
	return sum / float64(len(neighbours))
}

// place moves the slots of each column, in their order, as near as they can be to where their edges run level.
func (l *layering) place() {
	both := func(s slot) []int { return slices.Concat(s.left, s.right) }
	for i := range sweeps {
		columns := slices.Clone(l.columns)
		if i%2 == 1 {
			slices.Reverse(columns)
		}
		for _, column := range columns {
			l.placeColumn(column, both)
		}
	}
}

// placeColumn finds the heights that are nearest to the wanted ones (least squares) and keep order and distance: where slots want the same room they are
// pooled, and the pool stands at the mean of what they want.
func (l *layering) placeColumn(column []int, neighbours func(slot) []int) {
	type pool struct {
		sum   float64
		count int
	}
	offsets := make([]float64, len(column))
	var pools []pool
	for i, s := range column {
		if i > 0 {
			offsets[i] = offsets[i-1] + l.distance(column[i-1], s)
		}
		pools = append(pools, pool{l.wanted(s, neighbours(l.slots[s])) - offsets[i], 1})
		for len(pools) > 1 {
			a, b := pools[len(pools)-2], pools[len(pools)-1]
			if a.sum/float64(a.count) <= b.sum/float64(b.count) {
				break
			}
			pools = append(pools[:len(pools)-2], pool{a.sum + b.sum, a.count + b.count})
		}
	}
	i := 0
	for _, p := range pools {
		for range p.count {
			l.slots[column[i]].middle = p.sum/float64(p.count) + offsets[i]
			i++
		}
	}
}

// draw turns slots into boxes and wires.
func (l *layering) draw(needs [][]int, back map[[2]int]bool, widths []int) layout {
	d := layout{Boxes: make([]box, len(needs))}
	if len(needs) == 0 {
		return d
	}
	top, bottom := l.slots[0].middle, l.slots[0].middle
	for _, s := range l.slots {
		top, bottom = min(top, s.middle-float64(s.height)/2), max(bottom, s.middle+float64(s.height)/2)
	}
	lefts, wides := make([]int, len(l.columns)), make([]int, len(l.columns))
	x := margin
	for c, column := range l.columns {
		for _, s := range column {
			if n := l.slots[s].node; n >= 0 {
				wides[c] = max(wides[c], widths[n])
			}
		}
		lefts[c] = x
		x += wides[c] + columnGap
	}
	d.Width, d.Height = x-columnGap+margin, int(bottom-top)+2*margin
	level := func(s int) int { return int(l.slots[s].middle-top) + margin }
	for n := range needs {
		c := l.slots[n].column
		d.Boxes[n] = box{X: lefts[c], Y: level(n) - boxHeight/2, Width: wides[c]}
	}
	for n, all := range needs {
		for _, need := range all {
			from, to := l.slots[need].column, l.slots[n].column
			w := wire{From: need, To: n, Back: back[[2]int{n, need}], Points: []point{{lefts[from] + wides[from], level(need)}}}
			for _, lane := range l.lanes[[2]int{n, need}] {
				c := l.slots[lane].column
				w.Points = append(w.Points, point{lefts[c], level(lane)}, point{lefts[c] + wides[c], level(lane)})
			}
			w.Points = append(w.Points, point{lefts[to], level(n)})
			d.Wires = append(d.Wires, w)
		}
	}
	return d
}
