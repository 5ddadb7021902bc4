package report

import (
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/diff"
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
	a, b := diff.SplitLines(old), diff.SplitLines(new)
	d := &textDiff{CRLF: len(a)+len(b) > 0 && allCRLF(a) && allCRLF(b)}
	lines := walk(a, b, diff.MatchLines(a, b))
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

func countLines(s string) int { return len(diff.SplitLines(s)) }

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
