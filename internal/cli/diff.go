package cli

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/project"
	"github.com/dwsync/dwsync/pkg/report"
)

func diffCommand(env Environment) *cli.Command {
	return &cli.Command{
		Name:  "diff",
		Usage: "show what a push would do",
		Description: "Compares the tree with the target's workspace and shows, for each file that a push would write or release, the fields and lines\n" +
			"that differ. It changes nothing. Exit code 2 tells that a push would write or release something, 3 that a conflict stands in its way.",
		Flags:  commonFlags(changedOnlyFlag(), &cli.BoolFlag{Name: "full", Usage: "show the whole content of new files"}),
		Action: func(c *cli.Context) error { return runDiff(c, env) },
	}
}

func changedOnlyFlag() cli.Flag {
	return &cli.BoolFlag{Name: "changed-only", Usage: "leave out files that are alike and only behind in their stage"}
}

func runDiff(c *cli.Context, env Environment) (err error) {
	if err := noArguments(c); err != nil {
		return err
	}
	s, err := style(c, env)
	if err != nil {
		return err
	}
	s.Full = c.Bool("full")
	p, err := openProject(c, env, false)
	if err != nil {
		return err
	}
	defer closing(&err, p)
	if err := checkTree(env, p); err != nil {
		return err
	}
	session, err := p.Load(c.Context)
	if err != nil {
		return err
	}
	printNotes(env, session)
	plan, err := diff.NewPlan(session.Comparisons, planOptions(c, session))
	if err != nil {
		return err
	}
	if err := report.WritePlan(env.Stdout, s, plan); err != nil {
		return err
	}
	return outcomeOfPlan(plan)
}

func planOptions(c *cli.Context, session *project.Session) diff.Options {
	return diff.Options{
		Target: session.Target.Name, Project: session.Remote.Project, Release: session.Target.Release, ChangedOnly: c.Bool("changed-only"),
	}
}

// outcomeOfPlan is how diff ends: 3 if something was refused, 2 if a push would do something.
func outcomeOfPlan(plan diff.Plan) error {
	var codes []Code
	if len(plan.Refused()) > 0 {
		codes = append(codes, CodeRefused)
	}
	if !plan.IsEmpty() {
		codes = append(codes, CodeWouldPush)
	}
	return outcome(codes)
}

func outcome(codes []Code) error {
	if len(codes) == 0 {
		return nil
	}
	return &Outcome{Codes: codes}
}

func printNotes(env Environment, session *project.Session) {
	for _, note := range session.Notes {
		fmt.Fprintln(env.Stderr, "note: "+report.Escape(note))
	}
}
