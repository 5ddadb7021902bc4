package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
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

func hostileGraph() Graph {
	in := diff.Input{Tree: map[model.Key]model.Object{}}
	before := "p_root"
	for _, name := range hostileNames() {
		o := model.NewObject(model.FileKey("业务流程/shop/MaxCompute", name, 10))
		o.Set(model.FieldInputList, model.SetValue(model.NewItem(before), model.NewItem("outside."+name)))
		before = "p." + name
		o.Set(model.FieldOutputList, model.SetValue(model.NewItem(before)))
		in.Tree[o.Key] = o
	}
	return NewGraph(diff.Jobs(diff.Compare(in), "p", func(model.Key) bool { return true }))
}

// No name can be anything but a name: the lines of each format are those of the graph, and nothing invisible gets through.
func TestHostileNamesInGraphs(t *testing.T) {
	g := hostileGraph()
	n := len(hostileNames())
	if len(g.byKey) != n || len(g.waves) != n || len(g.allOutside()) != n {
		t.Fatalf("%d nodes in %d waves, %d inputs from outside", len(g.byKey), len(g.waves), len(g.allOutside()))
	}
	edges := n - 1 + n
	for format, c := range map[GraphFormat]struct {
		// lines is how many lines the format has, and forbidden what none of them may hold.
		lines     int
		forbidden []string
	}{
		GraphText:    {n + edges + 2, []string{"\x1b", "\u202e", "\x00", "\xff"}},
		GraphDOT:     {4 + n + n + edges, []string{"\x1b", "\u202e", "\x00", "\xff"}},
		GraphMermaid: {1 + n + n + edges, []string{"\x1b", "\u202e", "\x00", "\xff", "<", "`"}},
		GraphHTML:    {-1, []string{"\x1b", "\u202e", "\x00", "\xff", "<script"}},
	} {
		var b bytes.Buffer
		if err := g.Write(&b, format); err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(b.String(), "\n"); c.lines >= 0 && lines != c.lines {
			t.Errorf("%s has %d lines, want %d:\n%s", format, lines, c.lines, b.String())
		}
		for _, forbidden := range c.forbidden {
			if strings.Contains(b.String(), forbidden) {
				t.Errorf("%s holds %q", format, forbidden)
			}
		}
	}
	for _, line := range quoted(t, g, GraphDOT) {
		rest := strings.ReplaceAll(strings.ReplaceAll(line, `\\`, ""), `\"`, "")
		if strings.Count(rest, `"`)%2 != 0 || strings.Count(rest, `"`) > 4 {
			t.Errorf("a quote ends early: %s", line)
		}
	}
	for _, line := range quoted(t, g, GraphMermaid) {
		if strings.Count(line, `"`) != 2 || strings.HasSuffix(line, `\"`) {
			t.Errorf("a quote ends early: %s", line)
		}
	}
}

// quoted gives the lines that hold names.
func quoted(t *testing.T, g Graph, f GraphFormat) []string {
	t.Helper()
	var b bytes.Buffer
	if err := g.Write(&b, f); err != nil {
		t.Fatal(err)
	}
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

// The picture is well formed XML: it has a box and a title for each node, and a path for each edge beside the head of the arrows.
func TestPictureOfTheGraph(t *testing.T) {
	g := hostileGraph()
	var b bytes.Buffer
	if err := g.Write(&b, GraphHTML); err != nil {
		t.Fatal(err)
	}
	checkHTML(t, b.String())
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
	if counts["rect"] != n || counts["title"] != n || counts["path"] != n-1+1 {
		t.Errorf("the picture has %v", counts)
	}
}

// A graph that no browser could draw is cut, and the page says so.
func TestLargeGraphsAreCut(t *testing.T) {
	var jobs []diff.Job
	for i := range maxBoxes + 5 {
		j := diff.Job{Key: model.FileKey("业务流程/shop/MaxCompute", fmt.Sprintf("n%05d", i), 10)}
		for before := max(0, i-10); before < i; before++ {
			j.Needs = append(j.Needs, jobs[before].Key)
		}
		jobs = append(jobs, j)
	}
	var b bytes.Buffer
	if err := NewGraph(jobs).Write(&b, GraphHTML); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "<rect"); n != maxBoxes {
		t.Errorf("%d boxes", n)
	}
	for _, note := range []string{"Not drawn: the last 5 nodes.", "Not drawn: 9945 edges."} {
		if !strings.Contains(b.String(), note) {
			t.Errorf("the page does not say %q", note)
		}
	}
}
