package cli

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
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
	comparisons, identifier, err := p.CompareAlone()
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
