// Package cli is the command line of dwsync: one file per command, each of which turns flags into options, makes one call, and reports. It puts the
// program together: the embedded emulator is opened here and nowhere else.
//
// The result goes to stdout, everything else to stderr. Exit codes are in exit.go.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/dwsync/dwsync/pkg/report"
)

// Main runs the command line and gives the process's exit code, of a panic too.
func Main(ctx context.Context, env Environment, args []string) (code int) {
	env = oneAtATime(env)
	defer recovered(env, &code)
	app := newApp(env)
	err := app.RunContext(ctx, flagsFirst(app, args))
	if _, isOutcome := errors.AsType[*Outcome](err); err != nil && !isOutcome {
		if early, ok := errors.AsType[*InterruptedError](err); ok && early.Unchanged {
			err = early // which call it ended is of no interest
		}
		printError(env, err)
	}
	ended := exitCode(err)
	if _, told := errors.AsType[*QuotaError](err); ended == CodeQuota && !told {
		printGoingOn(env)
	}
	return int(ended)
}

func newApp(env Environment) *cli.App {
	app := &cli.App{
		Name:  "dwsync",
		Usage: "keep an Alibaba Cloud DataWorks DataStudio workspace in git",
		Description: "pull writes the workspace as a tree of YAML and code files, diff compares the two, and push replays the difference\n" +
			"and releases it: saved, submitted, deployed.\n\n" +
			"Exit codes: 0 done, 1 error, 2 a push would write or release something (diff, show --exit-code), 3 somebody has to decide (a conflict,\n" +
			"a stale plan, an edit made meanwhile, production drift; other drift with --fail-on-drift), 4 some changes failed or wait,\n" +
			"5 invalid tree or configuration, 6 the day's quota is used up, 130 interrupted.",
		Version:              version(),
		HideVersion:          true,
		Flags:                []cli.Flag{dirFlag(), &cli.BoolFlag{Name: "version", Usage: "print the version"}},
		EnableBashCompletion: true,
		Reader:               env.Stdin,
		Writer:               env.Stdout,
		ErrWriter:            env.Stderr,
		ExitErrHandler:       func(*cli.Context, error) {},
		OnUsageError:         usageError,
		Suggest:              true,
		// Paths and globs hold commas.
		DisableSliceFlagSeparator: true,
		Commands: []*cli.Command{
			pullCommand(env), diffCommand(env), pushCommand(env), deployCommand(env), showCommand(env), logCommand(env), validateCommand(env), graphCommand(env), emulatorCommand(env), versionCommand(env),
		},
		CommandNotFound: nil,
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return &UsageError{Message: fmt.Sprintf("unknown command %q; dwsync --help lists the commands", c.Args().First())}
			}
			if c.Bool("version") {
				return printVersion(env)
			}
			return cli.ShowAppHelp(c)
		},
	}
	for _, command := range app.Commands {
		command.OnUsageError = usageError
		command.HideHelpCommand = true
		command.Before = checkValues
	}
	return app
}

func usageError(c *cli.Context, err error, _ bool) error {
	name := "dwsync"
	if c.Command != nil && c.Command.Name != "" && c.Command.Name != "dwsync" {
		name += " " + c.Command.Name
	}
	return &UsageError{Message: fmt.Sprintf("%v; %s --help shows the flags", err, name)}
}

func printError(env Environment, err error) {
	io.WriteString(env.Stderr, report.ErrorText(err))
}
