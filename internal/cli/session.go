package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/dwsync/dwsync/pkg/config"
	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/project"
	"github.com/dwsync/dwsync/pkg/report"
	"github.com/dwsync/dwsync/pkg/validate"
)

// embeddedDeploymentTime is how long a deployment takes in an embedded workspace: long enough to pass through its states, short enough for a tour.
const embeddedDeploymentTime = 30 * time.Millisecond

// openProject opens the project of a command; write tells that the command changes something.
func openProject(c *cli.Context, env Environment, write bool) (*project.Project, error) {
	p, err := project.Open(projectOptions(c, env, write))
	if err != nil {
		return nil, err
	}
	for _, warning := range p.Tree.Warnings {
		fmt.Fprintln(env.Stderr, report.Escape(warning.String()))
	}
	return p, nil
}

func projectOptions(c *cli.Context, env Environment, write bool) project.Options {
	return project.Options{
		Dir: workDir(c, env), Target: c.String("target"), Getenv: env.Getenv, Version: version(), Write: write, Transport: env.Transport, Settle: settle(c), Since: c.String("since"),
		Prune: c.Bool("prune") || c.String("plan") != "", Log: callLog(c, env), Disk: env.Disk,
		OpenEmbedded: func(file string, t config.Target) (project.Embedded, error) {
			return emulator.Open(file, emulator.Options{
				Projects:       []emulator.Project{embeddedProject(t)},
				DeploymentTime: embeddedDeploymentTime,
			})
		},
	}
}

// embeddedProject is the workspace that an embedded target names.
func embeddedProject(t config.Target) emulator.Project {
	p := emulator.Project{Name: t.Project, ID: 10000, Mode: emulator.Standard}
	if p.Name == "" {
		p.Name = "dw_project"
	}
	return p
}

// checkSent holds what a plan would save against the offline rules: nothing of it is sent if it is invalid. What the workspace has already, and lives with,
// is worth a warning only.
func checkSent(env Environment, s *project.Session, plan diff.Plan) error {
	sent := map[model.Key]bool{}
	for _, a := range plan.Actions {
		sent[a.Key] = a.Op == diff.OpCreate || a.Op == diff.OpUpdate
	}
	isSent := func(k model.Key) bool { return sent[k] }
	if err := s.CheckReferences(isSent); err != nil {
		return err
	}
	local := s.Tree
	local.Warnings = nil // they were printed when it was read
	problems := validate.CheckSent(local, s.Target, isSent)
	if err := model.Invalid(problems); err != nil {
		return err
	}
	for _, warning := range problems {
		fmt.Fprintln(env.Stderr, report.Escape(warning.String()))
	}
	return nil
}

// callLog is told each attempt of a call: it is counted, printed with --verbose, and kept with --log-file.
func callLog(c *cli.Context, env Environment) func(dataworks.Call) {
	verbose := c.Bool("verbose")
	return func(call dataworks.Call) {
		if env.progress != nil {
			env.progress.call()
		}
		if env.log != nil {
			env.log.call(call)
		}
		if verbose {
			fmt.Fprintln(env.Stderr, report.Escape(callLine(call)))
		}
	}
}

// callLine is one line of --verbose.
func callLine(call dataworks.Call) string {
	line := fmt.Sprintf("%s %s %s", call.Action, call.Object, call.Duration.Round(time.Millisecond))
	if call.Attempt > 1 {
		line += fmt.Sprintf(" (attempt %d)", call.Attempt)
	}
	if call.RequestID != "" {
		line += " " + call.RequestID
	}
	if call.Err != nil {
		line += " failed: " + call.Err.Error()
	}
	return line
}

// closing joins the error of closing to that of the work.
func closing(err *error, closer interface{ Close() error }) {
	*err = errors.Join(*err, closer.Close())
}
