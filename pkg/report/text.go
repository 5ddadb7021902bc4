package report

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/dwsync/dwsync/pkg/model"
)

// color is an ANSI attribute; the empty color changes nothing.
type color string

const (
	plain   color = ""
	bold    color = "1"
	dim     color = "2"
	red     color = "31"
	green   color = "32"
	yellow  color = "33"
	cyan    color = "36"
	boldRed color = "1;31"
)

// text writes reports for terminals and logs. It takes only shown strings; the ANSI codes are its own.
type text struct {
	buffer bytes.Buffer
	style  Style
}

func (t *text) paint(c color, s shown) {
	if !t.style.Color || c == plain || s == "" {
		t.buffer.WriteString(string(s))
		return
	}
	t.buffer.WriteString("\x1b[" + string(c) + "m" + string(s) + "\x1b[0m")
}

func (t *text) put(parts ...shown) {
	for _, p := range parts {
		t.buffer.WriteString(string(p))
	}
}

func (t *text) line(parts ...shown) {
	t.put(parts...)
	t.end()
}

func (t *text) end() { t.buffer.WriteByte('\n') }

// blank separates blocks by one empty line.
func (t *text) blank() {
	if t.buffer.Len() > 0 && !bytes.HasSuffix(t.buffer.Bytes(), []byte("\n\n")) {
		t.end()
	}
}

// Indents: nothing that comes from outside stands further left.
const (
	indent     shown = "    "
	indentItem shown = "      "
)

// heading begins a group.
func (t *text) heading(s shown) {
	t.blank()
	t.paint(bold, s)
	t.end()
}

// object writes the line that heads an object.
func (t *text) object(mark shown, c color, v objectView, details ...string) {
	t.paint(c, mark+" "+visible(v.Verb))
	t.put(" ")
	t.paint(bold, visible(v.Key.String()))
	t.put("  ", visible(typeName(v.Key)))
	for _, d := range details {
		if d != "" {
			t.put(", ", visible(d))
		}
	}
	t.end()
}

func (t *text) notes(v objectView) {
	for _, n := range v.Notes {
		t.put(indent)
		t.paint(yellow, visible(n))
		t.end()
	}
}

// advice writes a line that says what to do next.
func (t *text) advice(s shown) {
	t.paint(cyan, indent+s)
	t.end()
}

// fields writes the fields that differ.
func (t *text) fields(v objectView) {
	for _, f := range v.Fields {
		switch {
		case f.Text != nil:
			t.textField(f)
		case f.Shape == model.ShapeSet:
			t.line(indent, visible(string(f.Field)), ":")
			for _, item := range f.Removed {
				t.side('-', describeItem(item, f.Parts))
			}
			for _, item := range f.Added {
				t.side('+', describeItem(item, f.Parts))
			}
		default:
			t.valueField(f)
		}
	}
}

// keepOfValue is how many characters of a long value are kept at either side of what differs.
const keepOfValue = 120

// valueField writes "field: old -> new", or the two below each other if they do not fit.
func (t *text) valueField(f fieldView) {
	old, new := f.Old, f.New
	if !t.style.Full {
		old, new = cutPair(old, new, keepOfValue)
	}
	name, a, b := visible(string(f.Field)), visible(old), visible(new)
	t.put(indent, name, ":")
	if displayWidth(string(indent+name+a+b))+len(":  -> ") > t.style.width() {
		t.end()
		t.side('-', old)
		t.side('+', new)
		return
	}
	t.put(" ")
	t.paint(red, a)
	t.put(" -> ")
	t.paint(green, b)
	t.end()
}

// side writes what one side has.
func (t *text) side(op byte, s string) {
	t.put(indentItem)
	if op == '-' {
		t.paint(red, "- "+visible(s))
	} else {
		t.paint(green, "+ "+visible(s))
	}
	t.end()
}

func (t *text) textField(f fieldView) {
	d := f.Text
	t.line(indent, visible(string(f.Field)), ": ", changedLines(d))
	for _, h := range d.Hunks {
		t.put(indent)
		t.paint(cyan, hunkHead(h))
		t.end()
		for i, l := range h.Lines {
			t.code(l)
			if endsChange(h.Lines, i) && looksAlike(h.Lines, i) {
				t.line(indent, alike)
			}
		}
	}
}

// changedLines says how many lines differ, and what is particular about them.
func changedLines(d *textDiff) shown {
	var words []string
	if d.Added > 0 {
		words = append(words, count(d.Added, "line")+" added")
	}
	if d.Removed > 0 {
		words = append(words, count(d.Removed, "line")+" removed")
	}
	if d.CRLF {
		words = append(words, "CRLF line ends")
	}
	if d.Indented {
		words = append(words, "JSON shown indented")
	}
	return visible(strings.Join(words, ", "))
}

// hunkHead is a hunk's place in the form that diff made known.
func hunkHead(h hunk) shown {
	side := func(start, n int) string {
		if n == 1 {
			return fmt.Sprint(start)
		}
		return fmt.Sprintf("%d,%d", start, n)
	}
	return visible("@@ -" + side(h.OldStart, h.OldLines) + " +" + side(h.NewStart, h.NewLines) + " @@")
}

const (
	noEOL shown = `\ No newline at end of file`
	alike shown = `\ These lines differ in characters that look alike or do not show, such as spaces at the end.`
)

// code writes a line of a hunk.
func (t *text) code(l line) {
	t.put(indent)
	switch l.Op {
	case '-':
		t.codeLine("-", red, "31;7", l)
	case '+':
		t.codeLine("+", green, "32;7", l)
	default:
		t.line(" ", visibleCode(l.Text, false))
	}
	if l.NoEOL {
		t.put(indent)
		t.paint(dim, noEOL)
		t.end()
	}
}

func (t *text) codeLine(sign shown, c, marked color, l line) {
	if !t.style.Color {
		t.line(sign, visibleCode(l.Text, true))
		return
	}
	t.paint(c, sign)
	for _, w := range shownWords(l) {
		if w.changed {
			t.paint(marked, w.text)
		} else {
			t.paint(c, w.text)
		}
	}
	t.end()
}

// shownWord is a word that is safe to show.
type shownWord struct {
	text    shown
	changed bool
}

// shownWords gives a changed line in words; in one piece if nothing is to be marked, or if the line must be shown otherwise than its words one by one.
func shownWords(l line) []shownWord {
	whole := visibleCode(l.Text, true)
	var words []shownWord
	joined, column := shown(""), 0
	for _, w := range l.Words {
		s := visibleCodeAt(w.Text, true, &column)
		words = append(words, shownWord{s, w.Changed})
		joined += s
	}
	if joined != whole {
		return []shownWord{{text: whole}}
	}
	return words
}

// endsChange tells whether the line i ends a run of changed lines.
func endsChange(lines []line, i int) bool {
	return lines[i].Op != ' ' && (i+1 == len(lines) || lines[i+1].Op == ' ')
}

// looksAlike tells whether the old and the new lines of the run that ends with line i are shown alike, although they differ.
func looksAlike(lines []line, end int) bool {
	var old, new []string
	for i := end; i >= 0 && lines[i].Op != ' '; i-- {
		s := fmt.Sprint(lines[i].NoEOL) + strings.TrimRight(string(visibleCode(lines[i].Text, true)), " \u3000")
		if lines[i].Op == '-' {
			old = append(old, s)
		} else {
			new = append(new, s)
		}
	}
	return len(old) == len(new) && strings.Join(old, "\n") == strings.Join(new, "\n")
}

// list writes a line for each of many objects, cut to maxListed unless the style is full.
func (t *text) list(views []objectView, write func(objectView)) {
	for i, v := range views {
		if i == maxListed && !t.style.Full {
			t.line("  ", ellipsis, visible(" and "+count(len(views)-i, "more object")))
			return
		}
		write(v)
	}
}

// maxListed bounds lists of objects of one line each.
const maxListed = 100
