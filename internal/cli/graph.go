package cli

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/project"
	"github.com/dwsync/dwsync/pkg/report"
)

func graphCommand(env Environment) *cli.Command {
	var formats []string
	for _, f := range report.GraphFormats() {
		formats = append(formats, string(f))
	}
	return &cli.Command{
		Name:      "graph",
		Usage:     "print the tree's job graph",
		ArgsUsage: selectionUsage,
		Description: "Prints which node needs which, from the tree alone; it calls nobody. Nodes stand in waves: each needs only what stands before it.\n" +
			"Inputs that no node of the tree makes are outside.",
		Flags: append(slices.Concat([]cli.Flag{dirFlag(), targetFlag()}, selectionFlags()),
			&cli.StringFlag{Name: "format", Value: string(report.GraphText), Usage: "write the graph as `FORMAT`: " + strings.Join(formats, ", ")}, outFlag()),
		Action: func(c *cli.Context) error { return runGraph(c, env) },
	}
}

func runGraph(c *cli.Context, env Environment) (err error) {
	format, err := report.ParseGraphFormat(c.String("format"))
	if err != nil {
		return &UsageError{Message: "--format: " + err.Error()}
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
	jobs := report.NewGraph(diff.Jobs(comparisons, identifier, func(k model.Key) bool { return k.Kind == model.KindNode && (chosen == nil || chosen[k]) }))
	if cycle := jobs.Cycle(); cycle != nil {
		fmt.Fprintln(env.Stderr, "note: "+report.Escape(cycle.Error())+"; the order of the nodes is that of their paths")
	}
	var out bytes.Buffer
	if err := jobs.Write(&out, format); err != nil {
		return err
	}
	if c.String("out") != "" {
		return writeResult(c, env, "out", out.Bytes(), 0o644)
	}
	_, err = env.Stdout.Write(out.Bytes())
	return err
}

// treeAlone compares the tree with nothing, so that what is known of both sides can be asked of the tree alone. A file's automatic output goes by its
// placeholder.
func treeAlone(p *project.Project) (_ []diff.Comparison, identifier string, _ error) {
	identifier = cmp.Or(p.Target.Project, mapping.Placeholder{Verb: mapping.VerbProject}.String())
	m := mapping.New(p.Target, model.Project{Identifier: identifier}).WithResolver(mapping.Unknowing{})
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
