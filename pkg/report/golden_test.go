package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/push"
)

var updateGoldens = flag.Bool("update", false, "write the goldens instead of comparing with them")

// golden is a report whose bytes are kept in testdata.
type golden struct {
	name  string
	style Style
	write func(*bytes.Buffer, Style) error
}

// extensions name the goldens of a format.
var extensions = map[Format]string{Text: ".txt", JSON: ".json", Markdown: ".md", HTML: ".html", GitHub: ".github"}

var graphExtensions = map[GraphFormat]string{GraphText: ".txt", GraphDOT: ".dot", GraphMermaid: ".mmd", GraphHTML: ".html"}

func place(k model.Key, f model.Field) Place {
	if f == model.FieldContent {
		return Place{File: k.String() + k.Type.Info().Extension}
	}
	return Place{File: k.String() + ".node.yaml", Line: 4}
}

func goldens(t testing.TB) []golden {
	writers := []struct {
		name  string
		write func(*bytes.Buffer, Style) error
	}{
		{"plan", func(b *bytes.Buffer, s Style) error { return WritePlan(b, s, samplePlan()) }},
		{"plan-nothing", func(b *bytes.Buffer, s Style) error { return WritePlan(b, s, nothingPlan()) }},
		{"push", func(b *bytes.Buffer, s Style) error {
			return WritePushResult(b, s, samplePlan(), sampleResult(samplePlan()))
		}},
		{"push-nothing", func(b *bytes.Buffer, s Style) error { return WritePushResult(b, s, nothingPlan(), push.Result{}) }},
		{"deploy", func(b *bytes.Buffer, s Style) error { return WritePushResult(b, s, deployPlan(), deployResult()) }},
		{"deploy-plan", func(b *bytes.Buffer, s Style) error { return WritePlan(b, s, deployPlan()) }},
		{"pull", func(b *bytes.Buffer, s Style) error { return WritePull(b, s, sampleOutcome()) }},
		{"problems", func(b *bytes.Buffer, s Style) error { return WriteProblems(b, s, sampleProblems()) }},
		{"hostile-plan", func(b *bytes.Buffer, s Style) error { return WritePlan(b, s, hostilePlan()) }},
		{"hostile-push", func(b *bytes.Buffer, s Style) error { return WritePushResult(b, s, hostilePlan(), hostileResult()) }},
		{"hostile-pull", func(b *bytes.Buffer, s Style) error { return WritePull(b, s, hostileOutcome()) }},
		{"hostile-problems", func(b *bytes.Buffer, s Style) error { return WriteProblems(b, s, hostileProblems()) }},
	}
	var all []golden
	for _, w := range writers {
		for _, f := range Formats() {
			all = append(all, golden{name: w.name + extensions[f], style: Style{Format: f, Place: place}, write: w.write})
		}
	}
	plan := writers[0].write
	for _, f := range GraphFormats() {
		for name, g := range map[string]Graph{"graph": NewGraph(sampleJobs()), "hostile-graph": NewGraph(hostilePlan().Jobs)} {
			style := Style{}
			if f == GraphHTML {
				style.Format = HTML
			}
			all = append(all, golden{name: name + graphExtensions[f], style: style, write: func(b *bytes.Buffer, _ Style) error { return g.Write(b, f) }})
		}
	}
	moves := func(b *bytes.Buffer, s Style) error { return WritePlan(b, s, movesPlan(t)) }
	return append(all,
		golden{name: "moves.txt", style: Style{}, write: moves},
		golden{name: "moves.json", style: Style{Format: JSON}, write: moves},
		golden{name: "moves.md", style: Style{Format: Markdown}, write: moves},
		golden{name: "moves-push.txt", style: Style{}, write: func(b *bytes.Buffer, s Style) error {
			return WritePushResult(b, s, movesPlan(t), movesResult(movesPlan(t)))
		}},
		golden{name: "plan-color.txt", style: Style{Color: true}, write: plan},
		golden{name: "plan-full.txt", style: Style{Full: true}, write: plan},
		golden{name: "plan-swap.json", style: Style{Format: JSON}, write: func(b *bytes.Buffer, s Style) error { return WritePlan(b, s, swapPlan()) }},
		golden{name: "plan-full.json", style: Style{Format: JSON, Full: true}, write: plan},
		golden{name: "plan-narrow.txt", style: Style{Width: 60}, write: plan},
		golden{name: "pull-full.txt", style: Style{Full: true}, write: writers[6].write},
		golden{name: "hostile-plan-color.txt", style: Style{Color: true, Full: true}, write: writers[8].write},
	)
}

func TestGoldens(t *testing.T) {
	for _, g := range goldens(t) {
		t.Run(g.name, func(t *testing.T) {
			var got bytes.Buffer
			if err := g.write(&got, g.style); err != nil {
				t.Fatal(err)
			}
			written := withoutSheet(t, g.style.Format, got.Bytes())
			file := filepath.Join("testdata", g.name)
			if *updateGoldens {
				if err := os.WriteFile(file, written, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(written, want) {
				at, old, new := firstDifference(string(want), string(written))
				t.Errorf("%s:%d is\n%q\nand would be\n%q\nif it shall be, run go test ./pkg/report -update and read the whole difference", file, at, old, new)
			}
		})
	}
}

// withoutSheet takes out of a page what is the same in all of them, the style sheet and its hash: page.css is its own golden.
func withoutSheet(t *testing.T, f Format, report []byte) []byte {
	if f != HTML {
		return report
	}
	t.Helper()
	for _, part := range []string{css, styleHash()} {
		if bytes.Count(report, []byte(part)) != 1 {
			t.Errorf("the page has not one style sheet and one hash of it")
		}
		report = bytes.ReplaceAll(report, []byte(part), []byte("[page.css]"))
	}
	return report
}

// Every golden has a report, so that none is left behind.
func TestNoStrayGoldens(t *testing.T) {
	known := map[string]bool{"fuzz": true, "inspect.js": true}
	for _, g := range goldens(t) {
		known[g.name] = true
	}
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !known[e.Name()] {
			t.Errorf("testdata/%s belongs to no report", e.Name())
		}
	}
}

func firstDifference(want, got string) (int, string, string) {
	a, b := append(strings.Split(want, "\n"), "end"), append(strings.Split(got, "\n"), "end")
	for i := 0; ; i++ {
		if a[i] != b[i] {
			return i + 1, a[i], b[i]
		}
	}
}
