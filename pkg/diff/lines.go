package diff

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// SplitLines splits text behind each line feed; only the last line can lack it.
func SplitLines(s string) []string {
	lines := strings.SplitAfter(s, "\n")
	if last := len(lines) - 1; lines[last] == "" {
		lines = lines[:last]
	}
	return lines
}

// maxAtOnce bounds the lines of both sides that are compared at once: the comparison takes up to the square of the lines that differ. Lines that only one
// side has do not count.
const maxAtOnce = 6000

// maxCuts bounds how often a piece of a large comparison is cut again.
const maxCuts = 8

// MatchLines pairs the lines that stay: pairs[i] is the line of b that is the line i of a, or -1; pairs ascend.
func MatchLines(a, b []string) []int {
	pairs := make([]int, len(a))
	for i := range pairs {
		pairs[i] = -1
	}
	matchRange(a, b, 0, 0, maxCuts, pairs)
	return pairs
}

// matchRange pairs the lines of a and b, which begin at the lines a0 and b0 of their texts.
func matchRange(a, b []string, a0, b0, cuts int, pairs []int) {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		pairs[a0] = b0
		a, b, a0, b0 = a[1:], b[1:], a0+1, b0+1
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
		pairs[a0+len(a)] = b0 + len(b)
	}
	keptA, keptB := common(a, b), common(b, a)
	switch {
	case len(keptA) == 0 || len(keptB) == 0:
	case len(keptA)+len(keptB) <= maxAtOnce:
		for _, p := range matchByGoDiff(pick(a, keptA), pick(b, keptB)) {
			pairs[a0+keptA[p[0]]] = b0 + keptB[p[1]]
		}
	case cuts > 0:
		matchByAnchors(a, b, a0, b0, cuts-1, pairs)
	}
}

// common gives the indices of the lines of a that b has too. No other line can stay, so that only these need to be compared.
func common(a, b []string) []int {
	has := make(map[string]bool, len(b))
	for _, l := range b {
		has[l] = true
	}
	var kept []int
	for i, l := range a {
		if has[l] {
			kept = append(kept, i)
		}
	}
	return kept
}

func pick(lines []string, indices []int) []string {
	picked := make([]string, len(indices))
	for i, index := range indices {
		picked[i] = lines[index]
	}
	return picked
}

// matchByGoDiff gives the pairs of a shortest edit.
func matchByGoDiff(a, b []string) [][2]int {
	dmp := diffmatchpatch.New()
	// No time limit: what is found must not depend on how fast the machine is.
	dmp.DiffTimeout = 0
	x, y, _ := dmp.DiffLinesToRunes(strings.Join(a, ""), strings.Join(b, ""))
	var pairs [][2]int
	i, j := 0, 0
	for _, d := range dmp.DiffMainRunes(x, y, false) {
		n := utf8.RuneCountInString(d.Text)
		switch d.Type {
		case diffmatchpatch.DiffDelete:
			i += n
		case diffmatchpatch.DiffInsert:
			j += n
		default:
			for range n {
				pairs = append(pairs, [2]int{i, j})
				i, j = i+1, j+1
			}
		}
	}
	return pairs
}

// matchByAnchors cuts a large comparison at the lines that both sides hold exactly once, as far as they come in the same order, and compares what is
// between them. Between two anchors that are too far apart everything counts as changed.
func matchByAnchors(a, b []string, a0, b0, cuts int, pairs []int) {
	anchors := uniqueInOrder(a, b)
	if len(anchors) == 0 {
		return
	}
	i, j := 0, 0
	for _, anchor := range append(anchors, [2]int{len(a), len(b)}) {
		matchRange(a[i:anchor[0]], b[j:anchor[1]], a0+i, b0+j, cuts, pairs)
		if anchor[0] < len(a) {
			pairs[a0+anchor[0]] = b0 + anchor[1]
		}
		i, j = anchor[0]+1, anchor[1]+1
	}
}

// uniqueInOrder gives the longest ascending run of pairs of lines that each side holds exactly once.
func uniqueInOrder(a, b []string) [][2]int {
	once := func(lines []string) map[string]int {
		at := make(map[string]int, len(lines))
		for i, l := range lines {
			if _, seen := at[l]; seen {
				at[l] = -1
			} else {
				at[l] = i
			}
		}
		return at
	}
	inA, inB := once(a), once(b)
	var candidates [][2]int
	for i, l := range a {
		if j, ok := inB[l]; ok && j >= 0 && inA[l] >= 0 {
			candidates = append(candidates, [2]int{i, j})
		}
	}
	// ends[n] is the candidate with the smallest line of b that ends an ascending run of n+1; before links each candidate to the one before it.
	var ends []int
	before := make([]int, len(candidates))
	for c, pair := range candidates {
		n, _ := slices.BinarySearchFunc(ends, pair[1], func(end, j int) int { return candidates[end][1] - j })
		before[c] = -1
		if n > 0 {
			before[c] = ends[n-1]
		}
		if n == len(ends) {
			ends = append(ends, c)
		} else {
			ends[n] = c
		}
	}
	if len(ends) == 0 {
		return nil
	}
	run := make([][2]int, len(ends))
	for n, c := len(ends)-1, ends[len(ends)-1]; n >= 0; n, c = n-1, before[c] {
		run[n] = candidates[c]
	}
	return run
}
