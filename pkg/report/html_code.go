package report

import (
	"html"
	"strconv"
)

// code writes the hunks of a field side by side, in the colours of a language; nil has none.
func (h *page) code(f fieldView, l *language) {
	d := f.Text
	old, new := f.OldValue.Text, f.NewValue.Text
	if d.Indented {
		old, _ = indented(old)
		new, _ = indented(new)
	}
	left, right := newColouring(old, l), newColouring(new, l)
	h.put("<table class=\"code\">\n<colgroup><col class=\"n\"><col><col class=\"n\"><col></colgroup>\n")
	for _, hunk := range d.Hunks {
		h.put("<tr><td class=\"hunk\" colspan=\"4\">", escaped(string(hunkHead(hunk))), "</td></tr>\n")
		for _, row := range sideBySide(hunk.Lines) {
			h.put("<tr>")
			if row.old == nil {
				h.noCell()
			} else {
				h.cell(*row.old, row.old.Old, "old", left)
			}
			if row.new == nil {
				h.noCell()
			} else {
				h.cell(*row.new, row.new.New, "new", right)
			}
			h.put("</tr>\n")
			if row.alike {
				h.put("<tr><td class=\"hunk\" colspan=\"4\">", escaped(string(alike)), "</td></tr>\n")
			}
		}
	}
	h.put("</table>\n")
}

// codeRow is a row of a side-by-side table; a side without a line is nil.
type codeRow struct {
	old, new *line
	// alike tells that the run of changes that ends here looks the same on both sides.
	alike bool
}

func sideBySide(lines []line) []codeRow {
	var rows []codeRow
	for i := 0; i < len(lines); {
		if lines[i].Op == ' ' {
			rows = append(rows, codeRow{old: &lines[i], new: &lines[i]})
			i++
			continue
		}
		middle := i
		for middle < len(lines) && lines[middle].Op == '-' {
			middle++
		}
		end := middle
		for end < len(lines) && lines[end].Op == '+' {
			end++
		}
		for n := range max(middle-i, end-middle) {
			var row codeRow
			if i+n < middle {
				row.old = &lines[i+n]
			}
			if middle+n < end {
				row.new = &lines[middle+n]
			}
			rows = append(rows, row)
		}
		rows[len(rows)-1].alike = looksAlike(lines, end-1)
		i = end
	}
	return rows
}

func (h *page) noCell() { h.put("<td class=\"n none\"></td><td class=\"none\"></td>") }

// cell writes a line of one side, with its number there.
func (h *page) cell(l line, number int, kind markup, c colouring) {
	if l.Op == ' ' {
		kind = "same"
	}
	h.put("<td class=\"n\">", markup(strconv.Itoa(number)), "</td><td class=\"", kind, "\">")
	marked := false
	for _, p := range codePieces(l, c.line(number, len(l.Text))) {
		if p.changed != marked {
			h.put(map[bool]markup{true: "<mark>", false: "</mark>"}[p.changed])
			marked = p.changed
		}
		text := markup(html.EscapeString(string(p.text)))
		if p.kind != plainCode {
			text = "<span class=\"" + markup(p.kind) + "\">" + text + "</span>"
		}
		h.put(text)
	}
	if marked {
		h.put("</mark>")
	}
	if l.NoEOL {
		h.put("<br><span class=\"dim\">", escaped(string(noEOL)), "</span>")
	}
	h.put("</td>")
}

// codePiece is a piece of a line that is one thing and changed as a whole or not at all.
type codePiece struct {
	shownWord
	kind syntax
}

// codePieces cuts a line where its words and its stretches end. A line that must be shown otherwise than its pieces one by one has no colours.
func codePieces(l line, stretches []stretch) []codePiece {
	markTabs := l.Op != ' '
	whole := visibleCode(l.Text, markTabs)
	words := l.Words
	if len(words) == 0 {
		words = []word{{Text: l.Text}}
	}
	var pieces []codePiece
	joined, column, at := shown(""), 0, 0
	add := func(text string, changed bool, kind syntax) {
		if text == "" {
			return
		}
		s := visibleCodeAt(text, markTabs, &column)
		pieces = append(pieces, codePiece{shownWord{s, changed}, kind})
		joined += s
	}
	for _, w := range words {
		end := at + len(w.Text)
		for at < end {
			for len(stretches) > 0 && stretches[0].to <= at {
				stretches = stretches[1:]
			}
			kind, to := plainCode, end
			if len(stretches) > 0 {
				if s := stretches[0]; s.from > at {
					to = min(end, s.from)
				} else {
					kind, to = s.kind, min(end, s.to)
				}
			}
			add(l.Text[at:to], w.Changed, kind)
			at = to
		}
	}
	if joined == whole {
		return pieces
	}
	pieces = nil
	if !markTabs {
		return []codePiece{{shownWord: shownWord{text: whole}}}
	}
	for _, w := range shownWords(l) {
		pieces = append(pieces, codePiece{shownWord: w})
	}
	return pieces
}
