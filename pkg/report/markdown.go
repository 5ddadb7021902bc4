package report

import (
	"bytes"
	"fmt"
	"html"
	"strings"
	"unicode/utf8"

	"github.com/dwsync/dwsync/pkg/model"
)

// Limits of a Markdown report, in characters. GitHub refuses a comment of more than 65,536.
const (
	markdownLimit = 60_000
	// tablesLimit leaves room for the details.
	tablesLimit = 30_000
	// noteRoom is kept for what closes the report.
	noteRoom = 600
	// leastDetail is the room below which a detail is left out rather than cut.
	leastDetail = 1_000
)

// markdownText is text that Markdown shows as it is meant. Only constants and the functions of this file make it.
type markdownText string

// markdown writes reports for comments. What comes from outside stands in code spans and fences only, so that it cannot mention people, link, or format.
type markdown struct {
	style  Style
	buffer bytes.Buffer
	used   int
	// rows and details count what was left out, cuts the details that were shortened.
	rows, details, cuts int
}

func (m *markdown) put(parts ...markdownText) {
	for _, p := range parts {
		m.buffer.WriteString(string(p))
		m.used += utf16Length(string(p))
	}
}

// utf16Length counts as those do who limit comments.
func utf16Length(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

// bytes ends the report with a note of what was cut.
func (m *markdown) bytes() []byte {
	var notes []string
	for _, part := range []struct {
		n    int
		what string
	}{{m.rows, "row"}, {m.details, "detail"}} {
		if part.n > 0 {
			notes = append(notes, count(part.n, part.what)+" left out")
		}
	}
	if m.cuts > 0 {
		notes = append(notes, count(m.cuts, "detail")+" shortened")
	}
	if len(notes) > 0 {
		m.put("\n> Cut to 60,000 characters: ", numbers(strings.Join(notes, ", ")), ". `dwsync diff` shows everything.\n")
	}
	return m.buffer.Bytes()
}

// numbers passes text that this package made of constants and numbers.
func numbers(s string) markdownText { return markdownText(s) }

// maxSpan bounds a code span, in characters.
const maxSpan = 1000

// span is the escaper of Markdown for one line of text: a code span, longer fenced than any run of backticks in it. A pipe would end a table's cell even
// inside a code span, so that text with one becomes an element whose punctuation is written in numbers.
func span(s string) markdownText {
	t := string(visible(cutEnd(s, maxSpan)))
	switch {
	case t == "":
		return "*empty*"
	case strings.Contains(t, "|"):
		return "<code>" + markdownText(numeric(t)) + "</code>"
	}
	fence := strings.Repeat("`", longestRun(t, '`')+1)
	if strings.HasPrefix(t, "`") || strings.HasSuffix(t, "`") || strings.HasPrefix(t, " ") || strings.HasSuffix(t, " ") {
		t = " " + t + " "
	}
	return markdownText(fence + t + fence)
}

// numeric writes ASCII punctuation as character references, which Markdown never takes for markup.
func numeric(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r > ' ' && r < utf8.RuneSelf && !(r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z') {
			fmt.Fprintf(&b, "&#%d;", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// element is text inside an HTML element of one line, where Markdown is not read.
func element(s string) markdownText {
	return markdownText(html.EscapeString(string(visible(cutEnd(s, maxSpan)))))
}

// fencedLine is text inside a fence; tabs stay.
func fencedLine(s string) string {
	pieces := strings.Split(s, "\t")
	for i, p := range pieces {
		pieces[i] = string(visible(p))
	}
	return strings.Join(pieces, "\t")
}

func longestRun(s string, c byte) int {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] != c {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// cutEnd shortens text to a number of characters.
func cutEnd(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i] + ellipsis
		}
		n--
	}
	return s
}

// title begins the report, with the summary, which no cut can take away.
func (m *markdown) title(title markdownText, summary string) {
	m.put("### ", title, "\n\n**", numbers(summary), "**\n")
}

// table writes rows as long as there is room for tables.
func (m *markdown) table(head []markdownText, rows [][]markdownText) {
	if len(rows) == 0 {
		return
	}
	m.put("\n| ", join(head, " | "), " |\n|", markdownText(strings.Repeat(" --- |", len(head))), "\n")
	for _, row := range rows {
		text := "| " + join(row, " | ") + " |\n"
		if m.used+utf16Length(string(text)) > tablesLimit {
			m.rows++
			continue
		}
		m.put(text)
	}
}

func join(parts []markdownText, separator string) markdownText {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = string(p)
	}
	return markdownText(strings.Join(texts, separator))
}

// heading begins a group that has rows.
func (m *markdown) heading(head, advice markdownText) {
	m.put("\n#### ", head, "\n")
	if advice != "" {
		m.put("\n", advice, "\n")
	}
}

// detail writes a collapsible block with the fields and lines of an object that differ, shortened to the room that is left.
func (m *markdown) detail(v objectView) {
	lines := fencedLines(v)
	if len(lines) == 0 && len(v.Notes) == 0 {
		return
	}
	fence := "```"
	for _, l := range lines {
		if run := longestRun(l, '`'); run >= len(fence) {
			fence = strings.Repeat("`", run+1)
		}
	}
	head := "\n<details><summary>" + element(v.Verb) + " <code>" + element(v.Key.String()) + "</code> " + element(typeName(v.Key)) + "</summary>\n"
	for _, n := range v.Notes {
		head += "\n" + span(n) + "\n"
	}
	const tail = "\n</details>\n"
	around := utf16Length(string(head)) + 2*len(fence) + len("\ndiff\n\n") + len(tail)
	room := markdownLimit - noteRoom - m.used - around - 100
	kept, size := 0, 0
	for kept < len(lines) && size+utf16Length(lines[kept])+1 <= room {
		size += utf16Length(lines[kept]) + 1
		kept++
	}
	if kept < len(lines) && room < leastDetail || room < 0 {
		m.details++
		return
	}
	m.put(head)
	if kept > 0 {
		m.put("\n", markdownText(fence), "diff\n", markdownText(strings.Join(lines[:kept], "\n")), "\n", markdownText(fence), "\n")
	}
	if kept < len(lines) {
		m.cuts++
		m.put("\n*Cut here: ", numbers(count(len(lines)-kept, "more line")), ".*\n")
	}
	m.put(tail)
}

// fencedLines are the fields that differ as lines of a diff.
func fencedLines(v objectView) []string {
	var lines []string
	add := func(op, text string) { lines = append(lines, op+fencedLine(text)) }
	for _, f := range v.Fields {
		name := string(f.Field)
		switch {
		case f.Text != nil:
			add(" ", name+": "+string(changedLines(f.Text)))
			for _, h := range f.Text.Hunks {
				lines = append(lines, string(hunkHead(h)))
				for i, l := range h.Lines {
					add(string(l.Op), l.Text)
					if l.NoEOL {
						lines = append(lines, string(noEOL))
					}
					if endsChange(h.Lines, i) && looksAlike(h.Lines, i) {
						lines = append(lines, string(alike))
					}
				}
			}
		case f.Shape == model.ShapeSet:
			for _, item := range f.Removed {
				add("-", name+": "+describeItem(item, f.Parts))
			}
			for _, item := range f.Added {
				add("+", name+": "+describeItem(item, f.Parts))
			}
		default:
			old, new := cutPair(f.Old, f.New, keepOfValue)
			add("-", name+": "+old)
			add("+", name+": "+new)
		}
	}
	return lines
}
