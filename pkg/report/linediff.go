package report

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// contextLines are shown before and after changed lines.
const contextLines = 3

// line is a line of a hunk. Op is ' ' (both sides), '-' (old) or '+' (new).
type line struct {
	Op byte
	// Text is the line without its line feed.
	Text string
	// Old and New are its numbers, from 1; 0 on the side that does not have it.
	Old, New int
	// NoEOL tells that the line ends its text without a line feed.
	NoEOL bool
	// Words splits Text of a changed line that has a counterpart into what is common and what differs; nil if nothing is to be marked.
	Words []word
}

type word struct {
	Text    string
	Changed bool
}

// hunk is a run of changed lines with their context.
type hunk struct {
	OldStart, OldLines, NewStart, NewLines int
	Lines                                  []line
}

// textDiff is how one text becomes another.
type textDiff struct {
	Hunks          []hunk
	Added, Removed int
	// CRLF tells that every line of both texts ends in CR LF; the CR is then left out of the lines.
	CRLF bool
	// Indented tells that the texts are JSON of one line and were indented to be compared; line numbers are those of the indented texts.
	Indented bool
}

// diffText compares two texts line by line.
func diffText(old, new string) *textDiff {
	a, b := splitLines(old), splitLines(new)
	d := &textDiff{CRLF: len(a)+len(b) > 0 && allCRLF(a) && allCRLF(b)}
	lines := walk(a, b, match(a, b))
	if d.CRLF {
		for i := range lines {
			lines[i].Text = strings.TrimSuffix(lines[i].Text, "\r")
		}
	}
	for _, l := range lines {
		switch l.Op {
		case '+':
			d.Added++
		case '-':
			d.Removed++
		}
	}
	d.Hunks = hunks(lines)
	for _, h := range d.Hunks {
		markWords(h.Lines)
	}
	return d
}

// splitLines splits text behind each line feed; only the last line can lack it.
func splitLines(s string) []string {
	lines := strings.SplitAfter(s, "\n")
	if last := len(lines) - 1; lines[last] == "" {
		lines = lines[:last]
	}
	return lines
}

func countLines(s string) int { return len(splitLines(s)) }

func allCRLF(lines []string) bool {
	for _, l := range lines {
		if !strings.HasSuffix(l, "\r\n") {
			return false
		}
	}
	return true
}

// walk lists the lines of both sides; pairs[i] is the line of b that is the line i of a, or -1. In each run of
// changes the old lines come first.
func walk(a, b []string, pairs []int) []line {
	lines := make([]line, 0, max(len(a), len(b)))
	j := 0
	addUpTo := func(end int) {
		for ; j < end; j++ {
			lines = append(lines, newLine('+', b[j], 0, j+1))
		}
	}
	for i, pair := range pairs {
		if pair < 0 {
			lines = append(lines, newLine('-', a[i], i+1, 0))
			continue
		}
		addUpTo(pair)
		lines = append(lines, newLine(' ', a[i], i+1, pair+1))
		j = pair + 1
	}
	addUpTo(len(b))
	return lines
}

func newLine(op byte, text string, old, new int) line {
	trimmed, ended := strings.CutSuffix(text, "\n")
	return line{Op: op, Text: trimmed, Old: old, New: new, NoEOL: !ended}
}

// hunks cuts lines into runs of changes with their context.
func hunks(lines []line) []hunk {
	var all []hunk
	old, new, counted := 0, 0, 0
	for i := 0; i < len(lines); {
		if lines[i].Op == ' ' {
			i++
			continue
		}
		from, to := max(0, i-contextLines), i
		for next := i; next < len(lines) && next <= to+2*contextLines+1; next++ {
			if lines[next].Op != ' ' {
				to = next
			}
		}
		i = to + 1
		for ; counted < from; counted++ {
			old, new = max(old, lines[counted].Old), max(new, lines[counted].New)
		}
		all = append(all, newHunk(lines, from, min(len(lines), to+1+contextLines), old, new))
	}
	return all
}

// newHunk makes the hunk of lines[from:to]; old and new are the last lines before it. It is numbered as diff does: a side without lines by the line
// before it.
func newHunk(lines []line, from, to, old, new int) hunk {
	h := hunk{OldStart: old, NewStart: new, Lines: slices.Clone(lines[from:to])} // a hunk must not keep the whole text in memory
	for _, l := range h.Lines {
		if l.Op != '+' {
			h.OldLines++
		}
		if l.Op != '-' {
			h.NewLines++
		}
	}
	if h.OldLines > 0 {
		h.OldStart++
	}
	if h.NewLines > 0 {
		h.NewStart++
	}
	return h
}

// maxAtOnce bounds the lines of both sides that are compared at once: the comparison takes up to the square of the lines that differ. Lines that only one
// side has do not count.
const maxAtOnce = 6000

// maxCuts bounds how often a piece of a large comparison is cut again.
const maxCuts = 8

// match pairs the lines that stay: pairs[i] is the line of b that is the line i of a, or -1; pairs ascend.
func match(a, b []string) []int {
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
	dmp := newDiffer()
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

// newDiffer makes a differ without a time limit: what a report says must not depend on how fast the machine is.
func newDiffer() *diffmatchpatch.DiffMatchPatch {
	dmp := diffmatchpatch.New()
	dmp.DiffTimeout = 0
	return dmp
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
