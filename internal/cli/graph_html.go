package cli

import (
	"bytes"
	"cmp"
	"fmt"
	"html"
	"slices"

	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/report"
)

// Sizes of the picture, in CSS pixels: a wave is a column, a node a box in it.
const (
	boxWidth, boxHeight = 220, 34
	columnGap, rowGap   = 90, 14
	margin              = 20
	// longestLabel is how many characters of a name fit into its box; the whole name shows when the mouse rests on it.
	longestLabel = 28
)

const graphHead = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>dwsync: job graph</title>
<style>
:root { color-scheme: light dark; --line: #8a8f98; --box: #eef2f7; --text: #1a1d21; --page: #fff; }
@media (prefers-color-scheme: dark) { :root { --line: #7d838c; --box: #262b33; --text: #e4e7eb; --page: #14171b; } }
body { margin: 0; background: var(--page); color: var(--text); font: 14px sans-serif; }
p { margin: 16px 20px 0; }
rect { fill: var(--box); stroke: var(--line); }
text { fill: var(--text); font: 13px monospace; }
path { fill: none; stroke: var(--line); }
</style>
</head>
<body>
`

// html writes a page that needs no other file: the waves from left to right, as a picture.
func (d drawing) html(w *bytes.Buffer) {
	show := func(s string) string { return html.EscapeString(report.Escape(s)) }
	w.WriteString(graphHead)
	edges := 0
	for _, needs := range d.needs {
		edges += len(needs)
	}
	fmt.Fprintf(w, "<p>Nodes: %d, edges: %d, waves: %d. Data flows from left to right.</p>\n", len(d.needs), edges, len(d.waves))
	at, tallest := d.layout()
	fmt.Fprintf(w, "<svg role=\"img\" aria-label=\"job graph\" width=\"%d\" height=\"%d\" xmlns=\"http://www.w3.org/2000/svg\">\n",
		2*margin+len(d.waves)*(boxWidth+columnGap), 2*margin+tallest*(boxHeight+rowGap))
	for _, n := range d.nodes() {
		for _, need := range d.needs[n] {
			from, to := at[need], at[n]
			x, y, tx, ty := from.x+boxWidth, from.y+boxHeight/2, to.x, to.y+boxHeight/2
			fmt.Fprintf(w, "<path d=\"M%d %d C%d %d %d %d %d %d\"/>\n", x, y, x+columnGap/2, y, tx-columnGap/2, ty, tx, ty)
		}
	}
	for _, n := range d.nodes() {
		title := n.String() + " (" + n.Type.String() + ")"
		for _, input := range d.outside[n] {
			title += "\u2003needs " + input + " (outside)"
		}
		p := at[n]
		fmt.Fprintf(w, "<g><title>%s</title><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\"/><text x=\"%d\" y=\"%d\">%s</text></g>\n",
			show(title), p.x, p.y, boxWidth, boxHeight, p.x+8, p.y+boxHeight/2+5, show(cutLabel(n.Name)))
	}
	w.WriteString("</svg>\n</body>\n</html>\n")
}

// point is where a box begins.
type point struct{ x, y int }

// layout places the boxes: each wave is a column, ordered by where the needed nodes stand, so that fewer edges cross. tallest is the longest column.
func (d drawing) layout() (at map[model.Key]point, tallest int) {
	at = map[model.Key]point{}
	for column, wave := range d.waves {
		middle := make(map[model.Key]int, len(wave))
		for _, n := range wave {
			sum, placed := 0, 0
			for _, need := range d.needs[n] {
				if p, found := at[need]; found {
					sum += p.y
					placed++
				}
			}
			if placed > 0 {
				middle[n] = sum / placed
			}
		}
		ordered := slices.SortedStableFunc(slices.Values(wave), func(a, b model.Key) int { return cmp.Compare(middle[a], middle[b]) })
		for row, n := range ordered {
			at[n] = point{x: margin + column*(boxWidth+columnGap), y: margin + row*(boxHeight+rowGap)}
		}
		tallest = max(tallest, len(wave))
	}
	return at, tallest
}

// cutLabel shortens a name to what fits into a box; wide characters take the room of two.
func cutLabel(name string) string {
	width := 0
	for i, r := range name {
		if width++; r >= 0x1100 {
			width++
		}
		if width > longestLabel {
			return name[:i] + "…"
		}
	}
	return name
}
