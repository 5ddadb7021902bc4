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

func place(k model.Key, f model.Field) Place {
	if f == model.FieldContent {
		return Place{File: k.String() + k.Type.Info().Extension}
	}
	return Place{File: k.String() + ".node.yaml", Line: 4}
}

func goldens() []golden {
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
	return append(all,
		golden{name: "plan-color.txt", style: Style{Color: true}, write: plan},
		golden{name: "plan-full.txt", style: Style{Full: true}, write: plan},
		golden{name: "plan-full.json", style: Style{Format: JSON, Full: true}, write: plan},
		golden{name: "plan-narrow.txt", style: Style{Width: 60}, write: plan},
		golden{name: "pull-full.txt", style: Style{Full: true}, write: writers[4].write},
		golden{name: "hostile-plan-color.txt", style: Style{Color: true, Full: true}, write: writers[6].write},
	)
}

func TestGoldens(t *testing.T) {
	for _, g := range goldens() {
		t.Run(g.name, func(t *testing.T) {
			var got bytes.Buffer
			if err := g.write(&got, g.style); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", g.name)
			if *updateGoldens {
				if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want) {
				at, old, new := firstDifference(string(want), got.String())
				t.Errorf("%s:%d is\n%q\nand would be\n%q\nif it shall be, run go test ./pkg/report -update and read the whole difference", file, at, old, new)
			}
		})
	}
}

// Every golden has a report, so that none is left behind.
func TestNoStrayGoldens(t *testing.T) {
	known := map[string]bool{"fuzz": true}
	for _, g := range goldens() {
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
