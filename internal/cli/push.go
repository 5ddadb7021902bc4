package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/dwsync/dwsync/pkg/config"
	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/deploy"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/project"
	"github.com/dwsync/dwsync/pkg/push"
	"github.com/dwsync/dwsync/pkg/report"
)

func pushCommand(env Environment) *cli.Command {
	return &cli.Command{
		Name:  "push",
		Usage: "bring the tree's changes into the workspace and release them",
		Description: "Creates and updates what changed in the tree, submits it, and deploys it, in the order of the dependencies. What changed in the\n" +
			"workspace is never overwritten: drift is reported, conflicts are refused (exit code 3). A push that was cut short is finished by\n" +
			"running it again, in the same directory or in a fresh clone.",
		ArgsUsage: selectionUsage,
		Flags: commonFlags(slices.Concat(selectionFlags(), reportFlags(), []cli.Flag{
			sinceFlag(),
			yesFlag(),
			&cli.StringFlag{Name: "plan", Usage: "run exactly the plan in `FILE`, which dwsync diff --save FILE wrote, or refuse if something moved since"},
			changedOnlyFlag(), forceFlag(), failOnDriftFlag(), pruneFlag(), maxDeleteFlag(), partialFlag(), verifyFlag(), deploymentTimeoutFlag(), settleFlag(), logFileFlag(),
		})...),
		Action: func(c *cli.Context) error { return reporting(runPush)(c, env) },
	}
}

func pruneFlag() cli.Flag {
	return &cli.BoolFlag{Name: "prune", Usage: "delete in the workspace, and in production, what was deleted in the tree"}
}

func maxDeleteFlag() cli.Flag {
	return &cli.IntFlag{Name: "max-delete", Value: -1, DefaultText: "10 % of the managed files, at least 1", Usage: "with --prune, refuse to delete more than `N` files of the workspace"}
}

// addPrune tells a plan's options what --prune wants, and what of the workspace is deleted in part.
func addPrune(c *cli.Context, session *project.Session, o *diff.Options) {
	o.HalfDeleted = session.HalfDeleted
	if c.Bool("prune") {
		o.Prune = &diff.Prune{MaxDelete: c.Int("max-delete"), Outside: session.Outside()}
	}
}

func runPush(c *cli.Context, env Environment) error {
	if err := needsSelection(c, "force"); err != nil {
		return err
	}
	saved, err := readSavedPlan(c, env)
	if err != nil {
		return err
	}
	return runPlan(c, env, func(ctx context.Context, session *project.Session) (diff.Plan, error) {
		return planToPush(ctx, c, env, session, saved)
	})
}

// runPlan carries out what push and deploy plan: it reads both sides, shows the plan, asks, executes, verifies, and reports.
func runPlan(c *cli.Context, env Environment, newPlan func(context.Context, *project.Session) (diff.Plan, error)) (err error) {
	style, err := style(c, env)
	if err != nil {
		return err
	}
	ctx, stop, release := interruptible(c.Context, env)
	defer release()
	looking, looked := untilStopped(ctx, stop)
	defer looked()
	p, err := openProject(c, env, true)
	if err != nil {
		return err
	}
	defer closing(&err, p)
	if err := checkVerify(c, p); err != nil {
		return err
	}
	read := env.progress.begin(reading, nil, nil)
	defer read()
	session, err := p.Load(looking)
	if err != nil {
		return err
	}
	printNotes(env, session)
	plan, err := newPlan(looking, session)
	if err != nil {
		return err
	}
	read()
	if err := checkSent(env, session, plan); err != nil {
		return err
	}
	style.Place = places(p)
	if !plan.IsEmpty() {
		if plan, err = withinQuota(c, session, plan); err != nil {
			return err
		}
		printUnfinished(env, plan)
		if err := preview(c, env, style, plan); err != nil {
			return err
		}
		if err := confirm(looking, c, env, plan); err != nil {
			return err
		}
		if isStopped(stop) {
			return &InterruptedError{Unchanged: true}
		}
	}
	result, recordErr := execute(ctx, c, env, session, plan, stop)
	printQuota(c, env, session)
	if err := report.WritePushResult(env.Stdout, style, plan, result); err != nil {
		return err
	}
	return errors.Join(recordErr, outcomeOfPush(c, plan, result, stop))
}

// preview shows what the push is about to do. A report that is no text on stdout is written once, at the end: then a person who is asked sees the plan
// on stderr.
func preview(c *cli.Context, env Environment, style report.Style, plan diff.Plan) error {
	switch {
	case isForPerson(c, style):
		return report.WritePlan(env.Stdout, style, plan)
	case !c.Bool("yes"):
		return report.WritePlan(env.Stderr, report.Style{Width: env.Width}, plan)
	default:
		return nil
	}
}

// execute runs the plan, which may have nothing to do, and verifies what production runs if that is asked for. What is known to stand in the workspace is
// recorded while it runs, so that a killed run loses nothing but calls; what is the same on both sides is recorded as base before, so that the next change
// is known as one.
func execute(ctx context.Context, c *cli.Context, env Environment, session *project.Session, plan diff.Plan, stop <-chan struct{}) (push.Result, error) {
	err := session.RecordSame()
	options := push.Options{
		API: session.API, Plan: plan, Folders: session.Remote.Folders, Ignored: session.Config.Ignored,
		Comment: session.Comment(),
		Saved: func(form model.Object, id model.FileID) {
			if recordErr := session.RecordSaved(form, id); recordErr != nil && err == nil {
				err = fmt.Errorf("remember what was pushed: %w", recordErr)
			}
		},
		Gone: func(key model.Key) {
			if recordErr := session.Record(nil, []model.Key{key}); recordErr != nil && err == nil {
				err = fmt.Errorf("remember what was deleted: %w", recordErr)
			}
		},
		Events: env.progress.event,
		Stop:   stop, Schedule: schedule(c, session.Target), Settle: session.Settle(),
	}
	pushed := env.progress.begin(executing(plan), session.API.Spent, stepsOf(plan))
	defer pushed()
	result := push.Run(ctx, options)
	pushed()
	if !c.Bool("verify") {
		return result, err
	}
	alike, selectErr := deployedAlike(c, env, session)
	if selectErr != nil {
		return result, errors.Join(err, selectErr)
	}
	defer env.progress.begin("verifying what production runs", session.API.Spent, nil)()
	return push.Verify(ctx, options, result, alike), err
}

// reading is what a command does first.
const reading = "reading the workspace"

// executing says what the execution of a plan does.
func executing(plan diff.Plan) string {
	if plan.ReleaseOnly {
		return "deploying"
	}
	return "pushing"
}

// schedule says how often deployments of a target are asked for, and for how long: those of the embedded workspace take moments.
func schedule(c *cli.Context, t config.Target) deploy.Schedule {
	s := deploy.DefaultSchedule()
	if t.IsEmulator() {
		s = deploy.Schedule{First: embeddedDeploymentTime, Longest: 10 * embeddedDeploymentTime, Timeout: time.Minute}
	}
	if c.IsSet(deploymentTimeout) {
		s.Timeout = c.Duration(deploymentTimeout)
	}
	return s
}

// confirm asks before the first write. Without a terminal it wants --yes.
func confirm(ctx context.Context, c *cli.Context, env Environment, plan diff.Plan) error {
	if c.Bool("yes") {
		return nil
	}
	if !env.StdinTerminal {
		return &UsageError{Message: fmt.Sprintf("%[1]s asks before it acts, and there is no terminal to ask on; look at the plan above and %[1]s with --yes", c.Command.Name)}
	}
	what := fmt.Sprintf("Push %d changes to", len(plan.Actions))
	if plan.ReleaseOnly {
		what = fmt.Sprintf("Deploy %d files of", len(plan.Actions))
	}
	fmt.Fprintf(env.Stderr, "%s target %s (workspace %s)? [y/N] ", what, plan.Target, report.Escape(plan.Project.Identifier))
	answer, err := readLine(ctx, env)
	if err != nil {
		return err
	}
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
		return &UsageError{Message: "not confirmed, nothing was changed"}
	}
	return nil
}

func readLine(ctx context.Context, env Environment) (string, error) {
	type line struct {
		text string
		err  error
	}
	read := make(chan line, 1)
	go func() {
		text, err := bufio.NewReader(env.Stdin).ReadString('\n')
		read <- line{text, err}
	}()
	select {
	case <-ctx.Done():
		return "", &InterruptedError{Unchanged: true}
	case l := <-read:
		if l.err != nil && l.text == "" {
			return "", &UsageError{Message: "no answer, nothing was changed"}
		}
		return l.text, nil
	}
}

// outcomeOfPush gives the codes that hold: 130 if it was stopped, 6 if the day's quota is used up or did not hold all of the plan, 4 if something failed or waits, 3 if something was refused.
func outcomeOfPush(c *cli.Context, plan diff.Plan, result push.Result, stop <-chan struct{}) error {
	var codes []Code
	if isStopped(stop) {
		codes = append(codes, CodeInterrupted)
	}
	if plan.Postponed > 0 {
		codes = append(codes, CodeQuota)
	}
	for _, item := range result.Items {
		if item.Err != nil && dataworks.IsQuota(item.Err) {
			codes = append(codes, CodeQuota)
		}
	}
	if result.Count(push.Failed)+result.Count(push.Waiting)+result.Count(push.NotAttempted) > 0 {
		codes = append(codes, CodeIncomplete)
	}
	if result.Count(push.Refused)+len(plan.Refused()) > 0 || c.Bool("fail-on-drift") && plan.HasDrift() {
		codes = append(codes, CodeRefused)
	}
	return outcome(codes)
}
