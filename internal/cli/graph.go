package cli

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/graph"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/project"
	"github.com/dwsync/dwsync/pkg/report"
)

// graphFormats are the ways in which the job graph is written.
var graphFormats = []string{"text", "dot", "mermaid", "html"}

func graphCommand(env Environment) *cli.Command {
	return &cli.Command{
		Name:      "graph",
		Usage:     "print the tree's job graph",
		ArgsUsage: selectionUsage,
		Description: "Prints which node needs which, from the tree alone; it calls nobody. Nodes stand in waves: each needs only what stands before it.\n" +
			"Inputs that no node of the tree makes are outside.",
		Flags: append(slices.Concat([]cli.Flag{dirFlag(), targetFlag()}, selectionFlags()),
			&cli.StringFlag{Name: "format", Value: graphFormats[0], Usage: "write the graph as `FORMAT`: " + strings.Join(graphFormats, ", ")}, outFlag()),
		Action: func(c *cli.Context) error { return runGraph(c, env) },
	}
}

func runGraph(c *cli.Context, env Environment) (err error) {
	format := c.String("format")
	if !slices.Contains(graphFormats, format) {
		return &UsageError{Message: "--format: " + (&model.UnknownNameError{What: "format", Name: format, Known: graphFormats}).Error()}
	}
	p, err := openProject(c, env, false)
	if err != nil {
		return err
	}
	defer closing(&err, p)
	comparisons, identifier, err := treeAlone(p)
	if err != nil {
		return err
	}
	chosen, err := choose(c, env, p, comparisons, identifier)
	if err != nil {
		return err
	}
	drawing := newDrawing(comparisons, identifier, chosen)
	if drawing.circle != nil {
		fmt.Fprintln(env.Stderr, "note: "+report.Escape(drawing.circle.Error())+"; the order of the nodes is that of their paths")
	}
	var out bytes.Buffer
	switch format {
	case "dot":
		drawing.dot(&out)
	case "mermaid":
		drawing.mermaid(&out)
	case "html":
		drawing.html(&out)
	default:
		drawing.text(&out)
	}
	if c.String("out") != "" {
		return writeResult(c, env, "out", out.Bytes(), 0o644)
	}
	_, err = env.Stdout.Write(out.Bytes())
	return err
}

// offline leaves placeholders that name files as they are: without the workspace they are the names of what they mean.
type offline struct{}

func (offline) Resolve(_ model.Key, p mapping.Placeholder) (string, error) { return p.String(), nil }

func (offline) Name(model.Field, string) (mapping.Placeholder, bool) {
	return mapping.Placeholder{}, false
}

// treeAlone compares the tree with nothing, so that what is known of both sides can be asked of the tree alone. A file's automatic output goes by its
// placeholder.
func treeAlone(p *project.Project) (_ []diff.Comparison, identifier string, _ error) {
	identifier = cmp.Or(p.Target.Project, mapping.Placeholder{Verb: mapping.VerbProject}.String())
	m := mapping.New(p.Target, model.Project{Identifier: identifier}).WithResolver(offline{})
	forms := map[model.Key]model.Object{}
	var problems []model.Problem
	for _, key := range p.Tree.Keys() {
		if !p.Config.Scope.Includes(key) {
			continue
		}
		form, err := m.Forward(p.Tree.Objects[key].Object)
		if err != nil {
			problems = append(problems, model.Problem{File: p.Tree.Objects[key].Meta, Severity: model.SeverityError, Message: err.Error()})
			continue
		}
		if key.Kind == model.KindNode {
			own := model.NewItem(mapping.Placeholder{Verb: mapping.VerbAuto, Argument: key.String()}.String())
			form.Set(model.FieldOutputList, model.SetValue(append(slices.Clone(form.Get(model.FieldOutputList).Items), own)...))
		}
		forms[key] = form
	}
	return diff.Compare(diff.Input{Tree: forms}), identifier, model.Invalid(problems)
}

// drawing is a job graph to be written.
type drawing struct {
	// waves are the nodes, in waves; one wave of all nodes if there is a circle.
	waves [][]model.Key
	// needs are the nodes of the drawing that a node needs, outside its inputs that nobody in the tree makes; both sorted.
	needs   map[model.Key][]model.Key
	outside map[model.Key][]string
	circle  *graph.CycleError[model.Key]
}

// newDrawing draws the nodes that are chosen; nil chooses all. Resources and functions have no schedule and are left out, and so is the workspace's root:
// every job hangs on it at last.
func newDrawing(comparisons []diff.Comparison, identifier string, chosen map[model.Key]bool) drawing {
	jobs, outside := diff.JobGraph(comparisons, identifier)
	part := graph.New(model.Key.Compare)
	d := drawing{needs: map[model.Key][]model.Key{}, outside: map[model.Key][]string{}}
	isDrawn := func(k model.Key) bool { return k.Kind == model.KindNode && (chosen == nil || chosen[k]) }
	for _, n := range jobs.Nodes() {
		if !isDrawn(n) {
			continue
		}
		part.Add(n)
		for _, need := range jobs.Needs(n) {
			if isDrawn(need) {
				part.Need(n, need)
			}
		}
		d.needs[n] = part.Needs(n)
		d.outside[n] = slices.DeleteFunc(outside[n], func(input string) bool { return input == identifier+"_root" })
	}
	waves, err := part.Waves()
	if circle, ok := errors.AsType[*graph.CycleError[model.Key]](err); ok {
		d.circle, waves = circle, [][]model.Key{part.Nodes()}
	}
	d.waves = waves
	return d
}

func (d drawing) nodes() []model.Key { return slices.Concat(d.waves...) }

// allOutside gives every input from outside once, sorted.
func (d drawing) allOutside() []string {
	var all []string
	for _, inputs := range d.outside {
		all = append(all, inputs...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (d drawing) text(w *bytes.Buffer) {
	edges := 0
	for _, n := range d.nodes() {
		fmt.Fprintf(w, "%s  %s\n", report.Escape(n.String()), n.Type)
		for _, need := range d.needs[n] {
			edges++
			fmt.Fprintf(w, "    needs %s\n", report.Escape(need.String()))
		}
		for _, input := range d.outside[n] {
			fmt.Fprintf(w, "    needs %s (outside)\n", report.Escape(input))
		}
	}
	if len(d.needs) > 0 {
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "Nodes: %d, edges: %d, waves: %d.\n", len(d.needs), edges, len(d.waves))
}

// dot writes the language of Graphviz. Names stand in quotes, in which only quotes and backslashes mean something once nothing invisible is left.
func (d drawing) dot(w *bytes.Buffer) {
	quote := func(s string) string {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(report.Escape(s)) + `"`
	}
	ids := d.ids()
	fmt.Fprintln(w, "digraph jobs {")
	fmt.Fprintln(w, "  rankdir=LR;")
	fmt.Fprintln(w, "  node [shape=box];")
	for _, n := range d.nodes() {
		fmt.Fprintf(w, "  %s [label=%s, tooltip=%s];\n", ids[n], quote(n.Name), quote(n.String()+" ("+n.Type.String()+")"))
	}
	for i, input := range d.allOutside() {
		fmt.Fprintf(w, "  i%d [label=%s, style=dashed];\n", i, quote(input))
	}
	d.edges(ids, func(from, to string, _ bool) { fmt.Fprintf(w, "  %s -> %s;\n", from, to) })
	fmt.Fprintln(w, "}")
}

// mermaid writes a flowchart. In its quoted labels characters that could end a label or begin markup stand as entities.
func (d drawing) mermaid(w *bytes.Buffer) {
	quote := func(s string) string {
		var b strings.Builder
		for _, r := range report.Escape(s) {
			if strings.ContainsRune("\"#;&<>`\\", r) {
				fmt.Fprintf(&b, "#%d;", r)
			} else {
				b.WriteRune(r)
			}
		}
		return `"` + b.String() + `"`
	}
	ids := d.ids()
	fmt.Fprintln(w, "flowchart LR")
	for _, n := range d.nodes() {
		fmt.Fprintf(w, "  %s[%s]\n", ids[n], quote(n.Name))
	}
	for i, input := range d.allOutside() {
		fmt.Fprintf(w, "  i%d(%s)\n", i, quote(input))
	}
	d.edges(ids, func(from, to string, outside bool) {
		arrow := "-->"
		if outside {
			arrow = "-.->"
		}
		fmt.Fprintf(w, "  %s %s %s\n", from, arrow, to)
	})
}

// ids gives each node a short name that means nothing in any language.
func (d drawing) ids() map[model.Key]string {
	ids := make(map[model.Key]string, len(d.needs))
	for i, n := range d.nodes() {
		ids[n] = fmt.Sprintf("n%d", i)
	}
	return ids
}

// edges gives every edge, from what is needed to what needs it: the way the data flows.
func (d drawing) edges(ids map[model.Key]string, edge func(from, to string, outside bool)) {
	all := d.allOutside()
	for _, n := range d.nodes() {
		for _, need := range d.needs[n] {
			edge(ids[need], ids[n], false)
		}
		for _, input := range d.outside[n] {
			i, _ := slices.BinarySearch(all, input)
			edge(fmt.Sprintf("i%d", i), ids[n], true)
		}
	}
}
