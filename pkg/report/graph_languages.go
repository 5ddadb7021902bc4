package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/model"
)

// dotString is the escaper of DOT. Names stand in quotes, in which only quotes and backslashes mean something once nothing invisible is left.
func dotString(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(string(visible(s))) + `"`
}

// mermaidString is the escaper of Mermaid. In its quoted labels characters that could end a label or begin markup stand as entities.
func mermaidString(s string) string {
	var b strings.Builder
	for _, r := range string(visible(s)) {
		if strings.ContainsRune("\"#;&<>`\\", r) {
			fmt.Fprintf(&b, "#%d;", r)
		} else {
			b.WriteRune(r)
		}
	}
	return `"` + b.String() + `"`
}

func (g Graph) dot(b *bytes.Buffer) {
	ids := g.ids()
	fmt.Fprintln(b, "digraph jobs {")
	fmt.Fprintln(b, "  rankdir=LR;")
	fmt.Fprintln(b, "  node [shape=box];")
	for _, j := range g.jobs() {
		fmt.Fprintf(b, "  %s [label=%s, tooltip=%s];\n", ids[j.Key], dotString(j.Key.Name), dotString(j.Key.String()+" ("+typeName(j.Key)+")"))
	}
	for i, input := range g.allOutside() {
		fmt.Fprintf(b, "  i%d [label=%s, style=dashed];\n", i, dotString(input))
	}
	g.edges(ids, func(from, to string, _ bool) { fmt.Fprintf(b, "  %s -> %s;\n", from, to) })
	fmt.Fprintln(b, "}")
}

func (g Graph) mermaid(b *bytes.Buffer) {
	ids := g.ids()
	fmt.Fprintln(b, "flowchart LR")
	for _, j := range g.jobs() {
		fmt.Fprintf(b, "  %s[%s]\n", ids[j.Key], mermaidString(j.Key.Name))
	}
	for i, input := range g.allOutside() {
		fmt.Fprintf(b, "  i%d(%s)\n", i, mermaidString(input))
	}
	g.edges(ids, func(from, to string, outside bool) {
		arrow := "-->"
		if outside {
			arrow = "-.->"
		}
		fmt.Fprintf(b, "  %s %s %s\n", from, arrow, to)
	})
}

// ids gives each job a short name that means nothing in any language.
func (g Graph) ids() map[model.Key]string {
	ids := make(map[model.Key]string, len(g.byKey))
	for i, j := range g.jobs() {
		ids[j.Key] = fmt.Sprintf("n%d", i)
	}
	return ids
}

// edges gives every edge, from what is needed to what needs it: the way the data flows.
func (g Graph) edges(ids map[model.Key]string, edge func(from, to string, outside bool)) {
	all := g.allOutside()
	for _, j := range g.jobs() {
		for _, need := range j.Needs {
			edge(ids[need], ids[j.Key], false)
		}
		for _, input := range j.Outside {
			i, _ := slices.BinarySearch(all, input)
			edge(fmt.Sprintf("i%d", i), ids[j.Key], true)
		}
	}
}
