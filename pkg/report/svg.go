package report

import (
	"fmt"
	"strings"

	"github.com/dwsync/dwsync/pkg/model"
)

// picture is a part of the job graph to be drawn.
type picture struct {
	Jobs []pictured
	// Needs are the numbers of the jobs that each job needs.
	Needs [][]int
	// Notes say what is not drawn.
	Notes []string
}

// pictured is a job in a picture.
type pictured struct {
	Key model.Key
	// Verb says what happens to it, and Mark says the same in one character; both are empty if nothing does.
	Verb, Mark string
	// Anchor is the id of the part of the page that tells more; empty if there is none.
	Anchor markup
	// About are further lines that show where the mouse rests.
	About []string
}

// Widths of a box, in columns of letters, and of a column and of what is around the letters, in CSS pixels.
const (
	minLabel, maxLabel  = 8, 36
	labelColumn, around = 8, 22
)

// picture writes the jobs as SVG, from left to right as the data flows. What the picture shows stands as text in the page, too; the boxes are links to it.
func (h *page) picture(p picture) {
	widths := make([]int, len(p.Jobs))
	for i, j := range p.Jobs {
		widths[i] = around + labelColumn*max(minLabel, displayWidth(j.label()), displayWidth(j.kind()))
	}
	d := layered(p.Needs, widths)
	h.put("<div class=\"picture\" tabindex=\"0\" role=\"region\" aria-label=\"Job graph\">\n")
	h.shape(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="group" aria-label="Job graph">`+"\n", d.Width, d.Height, d.Width, d.Height)
	h.put(arrowHead)
	for _, w := range d.Wires {
		h.put("<path class=\"", wireClass(p, w), "\" d=\"", w.path(), "\" marker-end=\"url(#arrow)\"/>\n")
	}
	for i, j := range p.Jobs {
		h.job(j, d.Boxes[i])
	}
	h.put("</svg>\n</div>\n")
	for _, n := range p.Notes {
		h.put("<p class=\"dim\">", escaped(n), "</p>\n")
	}
}

const arrowHead markup = `<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>` + "\n"

// wireClass tells edges between jobs to which something happens from those around.
func wireClass(p picture, w wire) markup {
	class := markup("wire")
	if p.Jobs[w.From].Verb != "" && p.Jobs[w.To].Verb != "" {
		class += " near"
	}
	if w.Back {
		class += " back"
	}
	return class
}

// path is the way of a wire: level where it passes columns, curves between them.
func (w wire) path() markup {
	var b strings.Builder
	at := w.Points[0]
	fmt.Fprintf(&b, "M%d %d", at.X, at.Y)
	for i, p := range w.Points[1:] {
		if i%2 == 1 {
			fmt.Fprintf(&b, "H%d", p.X)
		} else {
			bend := max(columnGap/2, (at.X-p.X)/4)
			fmt.Fprintf(&b, "C%d %d %d %d %d %d", at.X+bend, at.Y, p.X-bend, p.Y, p.X, p.Y)
		}
		at = p
	}
	return markup(b.String())
}

// job writes a box.
func (h *page) job(j pictured, b box) {
	classes, end := markup("job"), markup("</g>\n")
	if j.Verb != "" {
		classes += " " + class(j.Verb)
	}
	if j.Anchor != "" {
		h.put("<a href=\"#", j.Anchor, "\">")
		end = "</g></a>\n"
	}
	h.put("<g class=\"", classes, "\"><title>", escaped(strings.Join(append([]string{j.Key.String() + " (" + typeName(j.Key) + ")"}, j.About...), "\u3000")), "</title>")
	h.shape(`<rect x="%d" y="%d" width="%d" height="%d" rx="%d"/>`, b.X, b.Y, b.Width, boxHeight, j.radius())
	h.shape(`<text x="%d" y="%d">`, b.X+around/2, b.Y+17)
	h.put(escaped(j.label()), "</text>")
	h.shape(`<text class="kind" x="%d" y="%d">`, b.X+around/2, b.Y+32)
	h.put(escaped(j.kind()), "</text>", end)
}

// radius rounds the boxes of what nodes use, which has no schedule of its own.
func (j pictured) radius() int {
	if j.Key.Kind == model.KindNode {
		return 4
	}
	return boxHeight / 2
}

// label is the name in the box.
func (j pictured) label() string {
	label := cutMiddle(string(visible(j.Key.Name)), maxLabel)
	if j.Mark != "" {
		label = j.Mark + " " + label
	}
	return label
}

// kind is the line below the name.
func (j pictured) kind() string {
	return strings.Join(nonEmpty(j.Verb, cutMiddle(typeName(j.Key), maxLabel)), ", ")
}

// cutMiddle shortens text to a number of columns; names that are alike tend to differ at their ends.
func cutMiddle(s string, columns int) string {
	if displayWidth(s) <= columns {
		return s
	}
	letters := []rune(s)
	head, width := 0, 0
	for ; width+runeWidth(letters[head]) <= columns/2; head++ {
		width += runeWidth(letters[head])
	}
	tail := len(letters)
	for ; width+runeWidth(letters[tail-1]) <= columns-1; tail-- {
		width += runeWidth(letters[tail-1])
	}
	return string(letters[:head]) + ellipsis + string(letters[tail:])
}

// shape puts constants with numbers in them.
func (h *page) shape(format string, numbers ...int) {
	parts := make([]any, len(numbers))
	for i, n := range numbers {
		parts[i] = n
	}
	fmt.Fprintf(&h.buffer, format, parts...)
}
