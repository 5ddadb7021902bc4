package cli

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

// hostileNames are names that a workspace may hold and that mean something in one of the formats.
func hostileNames() []string {
	return []string{
		`a"]; click n0 "javascript:alert(1)"`, `b\`, "c\n}\ndigraph x {", "d<script>alert(1)</script>", "e\x1b[31m", "f\u202eg", "`**h**`", "i#34;j", "k --> l", "m%%{init}%%", "n\x00", "\xff", "]]>",
		strings.Repeat("很长的名字", 30),
	}
}

func hostileDrawing() drawing {
	in := diff.Input{Tree: map[model.Key]model.Object{}}
	before := "p_root"
	for _, name := range hostileNames() {
		o := model.NewObject(model.FileKey("业务流程/shop/MaxCompute", name, 10))
		o.Set(model.FieldInputList, model.SetValue(model.NewItem(before), model.NewItem("outside."+name)))
		before = "p." + name
		o.Set(model.FieldOutputList, model.SetValue(model.NewItem(before)))
		in.Tree[o.Key] = o
	}
	return newDrawing(diff.Compare(in), "p", nil)
}

// No name can be anything but a name: the lines of each format are those of the graph, and nothing invisible gets through.
func TestHostileNamesInGraphs(t *testing.T) {
	d := hostileDrawing()
	n := len(hostileNames())
	if len(d.needs) != n || len(d.waves) != n || len(d.allOutside()) != n {
		t.Fatalf("%d nodes in %d waves, %d inputs from outside", len(d.needs), len(d.waves), len(d.allOutside()))
	}
	edges := n - 1 + n
	for format, c := range map[string]struct {
		write func(*bytes.Buffer)
		// lines is how many lines the format has, and forbidden what none of them may hold.
		lines     int
		forbidden []string
	}{
		"text":    {d.text, n + edges + 2, []string{"\x1b", "\u202e", "\x00", "\xff"}},
		"dot":     {d.dot, 4 + n + n + edges, []string{"\x1b", "\u202e", "\x00", "\xff"}},
		"mermaid": {d.mermaid, 1 + n + n + edges, []string{"\x1b", "\u202e", "\x00", "\xff", "<", "`"}},
		"html":    {d.html, -1, []string{"\x1b", "\u202e", "\x00", "\xff", "<script"}},
	} {
		var b bytes.Buffer
		c.write(&b)
		if lines := strings.Count(b.String(), "\n"); c.lines >= 0 && lines != c.lines {
			t.Errorf("%s has %d lines, want %d:\n%s", format, lines, c.lines, b.String())
		}
		for _, forbidden := range c.forbidden {
			if strings.Contains(b.String(), forbidden) {
				t.Errorf("%s holds %q", format, forbidden)
			}
		}
	}
	for _, line := range quoted(t, d.dot) {
		rest := strings.ReplaceAll(strings.ReplaceAll(line, `\\`, ""), `\"`, "")
		if strings.Count(rest, `"`)%2 != 0 || strings.Count(rest, `"`) > 4 {
			t.Errorf("a quote ends early: %s", line)
		}
	}
	for _, line := range quoted(t, d.mermaid) {
		if strings.Count(line, `"`) != 2 || strings.HasSuffix(line, `\"`) {
			t.Errorf("a quote ends early: %s", line)
		}
	}
}

// quoted gives the lines that hold names.
func quoted(t *testing.T, write func(*bytes.Buffer)) []string {
	t.Helper()
	var b bytes.Buffer
	write(&b)
	var lines []string
	for line := range strings.Lines(b.String()) {
		if strings.Contains(line, `"`) {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	if len(lines) < len(hostileNames()) {
		t.Fatalf("only %d lines hold names", len(lines))
	}
	return lines
}

// The picture is well formed, has a box for each node, no two of which overlap, and edges that go from left to right.
func TestPictureOfTheGraph(t *testing.T) {
	d := hostileDrawing()
	var b bytes.Buffer
	d.html(&b)
	start := strings.Index(b.String(), "<svg")
	decoder := xml.NewDecoder(strings.NewReader(b.String()[start : strings.Index(b.String(), "</svg>")+len("</svg>")]))
	counts := map[string]int{}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok {
			counts[e.Name.Local]++
		}
	}
	n := len(hostileNames())
	if counts["rect"] != n || counts["title"] != n || counts["path"] != n-1 || len(counts) != 6 {
		t.Errorf("the picture has %v", counts)
	}
	at, tallest := d.layout()
	seen := map[point]bool{}
	for _, node := range d.nodes() {
		if seen[at[node]] {
			t.Errorf("two boxes at %v", at[node])
		}
		seen[at[node]] = true
		for _, need := range d.needs[node] {
			if at[need].x+boxWidth > at[node].x {
				t.Errorf("%s stands right of %s", need, node)
			}
		}
	}
	if tallest != 1 {
		t.Errorf("the longest column has %d", tallest)
	}
}
