package cli

import (
	"context"
	"fmt"
	"slices"

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
		ArgsUsage: selectionUsage,
		Flags: commonFlags(slices.Concat(selectionFlags(), reportFlags(), []cli.Flag{
			sinceFlag(),
			&cli.StringFlag{Name: "save", Usage: "write the plan to `FILE`, for dwsync push --plan FILE and dwsync show FILE"},
			changedOnlyFlag(), forceFlag(), failOnDriftFlag(), pruneFlag(), maxDeleteFlag(), &cli.BoolFlag{Name: "full", Usage: "show the whole content of new files"}, settleFlag(), logFileFlag(),
		})...),
		Action: func(c *cli.Context) error { return reporting(runDiff)(c, env) },
	}
}

func changedOnlyFlag() cli.Flag {
	return &cli.BoolFlag{Name: "changed-only", Usage: "leave out files that are alike and only behind in their stage"}
}

func forceFlag() cli.Flag {
	return &cli.BoolFlag{Name: "force", Usage: "let the tree win over changes, conflicts and deletions in the workspace; only for what --select or paths name"}
}

func failOnDriftFlag() cli.Flag {
	return &cli.BoolFlag{Name: "fail-on-drift", Usage: "end with exit code 3 if something changed in the workspace that the tree does not have"}
}

func runDiff(c *cli.Context, env Environment) (err error) {
	if err := needsSelection(c, "force"); err != nil {
		return err
	}
	s, err := style(c, env)
	if err != nil {
		return err
	}
	s.Full = c.Bool("full")
	ctx, stop, release := interruptible(c.Context, env)
	defer release()
	looking, looked := untilStopped(ctx, stop)
	defer looked()
	p, err := openProject(c, env, false)
	if err != nil {
		return err
	}
	defer closing(&err, p)
	read := env.progress.begin(reading, nil, nil)
	defer read()
	session, err := p.Load(looking)
	if err != nil {
		return err
	}
	printNotes(env, session)
	plan, err := newPlan(looking, c, env, session)
	if err != nil {
		return err
	}
	if err := checkSent(env, session, plan); err != nil {
		return err
	}
	read()
	if isStopped(stop) {
		return &InterruptedError{Unchanged: true}
	}
	if err := savePlan(c, env, session, plan); err != nil {
		return err
	}
	s.Place = places(p)
	warnOfQuota(env, session, plan)
	if err := report.WritePlan(env.Stdout, s, plan); err != nil {
		return err
	}
	return outcomeOfPlan(c, plan)
}

// newPlan plans a push of what the command line selects; more shape it further.
func newPlan(ctx context.Context, c *cli.Context, env Environment, session *project.Session, more ...func(*diff.Options)) (diff.Plan, error) {
	selected, err := selection(c, env, session)
	if err != nil {
		return diff.Plan{}, err
	}
	o := diff.Options{
		Target: session.Target.Name, Project: session.Remote.Project, Release: session.Target.Release, ChangedOnly: c.Bool("changed-only"), Selected: selected,
		Ignored: session.Config.Ignored, Protected: session.Config.Protected, Limits: session.API.Limits(),
	}
	if c.Bool("force") {
		o.Force = selected
	}
	addPrune(c, session, &o)
	for _, option := range more {
		option(&o)
	}
	plan, err := session.NewPlan(ctx, o)
	if err != nil {
		return diff.Plan{}, err
	}
	plan.NotCarried = session.Remote.NotCarried
	printNotSelected(env, plan.NotSelected)
	return plan, nil
}

// printNotSelected says in a line what the selection left out.
func printNotSelected(env Environment, n int) {
	if n > 0 {
		fmt.Fprintf(env.Stderr, "note: %d more that differ or wait for their release are not selected and left out\n", n)
	}
}

// outcomeOfPlan is how diff ends: 3 if something was refused, 2 if a push would do something.
func outcomeOfPlan(c *cli.Context, plan diff.Plan) error {
	var codes []Code
	if len(plan.Refused()) > 0 || c.Bool("fail-on-drift") && plan.HasDrift() {
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
	if s := session.Since; s != nil {
		fmt.Fprintf(env.Stderr, "note: %d files are not compared: they did not change in the tree since commit %s (%s)\n", s.NotCompared, report.Escape(s.Commit.Hash[:10]), report.Escape(s.Commit.Subject))
	}
}
