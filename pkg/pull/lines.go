package pull

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// maxAtOnce bounds the lines of both sides that go-diff compares at once: it takes up to the square of the lines that differ.
const maxAtOnce = 6000

// maxCuts bounds how often a piece of a large comparison is cut again.
const maxCuts = 8

// splitLines splits text behind each line feed; only the last line can lack it.
func splitLines(s string) []string {
	lines := strings.SplitAfter(s, "\n")
	if last := len(lines) - 1; lines[last] == "" {
		lines = lines[:last]
	}
	return lines
}

// matchLines finds the lines of a base that stay in a side: pairs[i] is the line of the side that is line i of the base, or -1. Pairs ascend. A pair that
// is not found makes a merge show a conflict that need not be one; it never makes it lose a line. The result does not depend on how fast the machine is.
func matchLines(base, side []string) []int {
	m := matcher{pairs: make([]int, len(base))}
	for i := range m.pairs {
		m.pairs[i] = -1
	}
	m.match(base, side, 0, 0, maxCuts)
	return m.pairs
}

type matcher struct{ pairs []int }

// match pairs the lines of a and b, which begin at the lines a0 and b0 of their texts: first what both begin and end with, then the lines that both have at
// all. What is too large for one comparison is cut at lines that each side has exactly once.
func (m *matcher) match(a, b []string, a0, b0, cuts int) {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		m.pairs[a0] = b0
		a, b, a0, b0 = a[1:], b[1:], a0+1, b0+1
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
		m.pairs[a0+len(a)] = b0 + len(b)
	}
	keptA, keptB := linesAlsoIn(a, b), linesAlsoIn(b, a)
	switch {
	case len(keptA) == 0 || len(keptB) == 0:
	case len(keptA)+len(keptB) <= maxAtOnce:
		for _, p := range shortestEdit(a, b, keptA, keptB) {
			m.pairs[a0+p[0]] = b0 + p[1]
		}
	case cuts > 0:
		m.matchBetweenAnchors(a, b, a0, b0, cuts-1)
	}
}

// matchBetweenAnchors pairs the lines that each side has exactly once, as far as they come in the same order, and then what is between them.
func (m *matcher) matchBetweenAnchors(a, b []string, a0, b0, cuts int) {
	anchors := uniqueInOrder(a, b)
	if len(anchors) == 0 {
		return
	}
	i, j := 0, 0
	for _, anchor := range append(anchors, [2]int{len(a), len(b)}) {
		m.match(a[i:anchor[0]], b[j:anchor[1]], a0+i, b0+j, cuts)
		if anchor[0] < len(a) {
			m.pairs[a0+anchor[0]] = b0 + anchor[1]
		}
		i, j = anchor[0]+1, anchor[1]+1
	}
}

// linesAlsoIn gives the indices of the lines of a that b has too: no other line can stay.
func linesAlsoIn(a, b []string) []int {
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

// shortestEdit pairs the lines of a and b at the given indices so that as many as possible stay. go-diff compares characters; each distinct line stands for
// one, and there are too few of them to come near the surrogates, which are none.
func shortestEdit(a, b []string, keptA, keptB []int) [][2]int {
	characters := map[string]rune{}
	spell := func(lines []string, kept []int) []rune {
		text := make([]rune, len(kept))
		for i, at := range kept {
			c, known := characters[lines[at]]
			if !known {
				c = rune(len(characters) + 1)
				characters[lines[at]] = c
			}
			text[i] = c
		}
		return text
	}
	differ := diffmatchpatch.New()
	differ.DiffTimeout = 0
	var pairs [][2]int
	i, j := 0, 0
	for _, d := range differ.DiffMainRunes(spell(a, keptA), spell(b, keptB), false) {
		n := utf8.RuneCountInString(d.Text)
		switch d.Type {
		case diffmatchpatch.DiffDelete:
			i += n
		case diffmatchpatch.DiffInsert:
			j += n
		default:
			for range n {
				pairs = append(pairs, [2]int{keptA[i], keptB[j]})
				i, j = i+1, j+1
			}
		}
	}
	return pairs
}

// uniqueInOrder gives the longest ascending run of pairs of lines that each side holds exactly once.
func uniqueInOrder(a, b []string) [][2]int {
	inA, inB := placesOfUnique(a), placesOfUnique(b)
	var candidates [][2]int
	for i, l := range a {
		if j, found := inB[l]; found && j >= 0 && inA[l] >= 0 {
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

// placesOfUnique gives the place of each line that occurs once, and -1 for the others.
func placesOfUnique(lines []string) map[string]int {
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
