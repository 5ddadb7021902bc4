package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/dwsync/dwsync/pkg/config"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/project"
	"github.com/dwsync/dwsync/pkg/report"
	"github.com/dwsync/dwsync/pkg/tree"
	"github.com/dwsync/dwsync/pkg/validate"
)

func validateCommand(env Environment) *cli.Command {
	return &cli.Command{
		Name:        "validate",
		Usage:       "check the tree offline",
		Description: "Reads dwsync.yaml and the tree and reports everything that is wrong with them at once; it calls nobody. Exit code 5 tells of an error.",
		Flags:       commonFlags(reportFlags()...),
		Action:      func(c *cli.Context) error { return reporting(runValidate)(c, env) },
	}
}

func runValidate(c *cli.Context, env Environment) (err error) {
	if err := noArguments(c); err != nil {
		return err
	}
	style, err := style(c, env)
	if err != nil {
		return err
	}
	p, err := project.Open(projectOptions(c, env, false))
	if err != nil {
		return unreadable(c, env, style, err)
	}
	defer closing(&err, p)
	problems := validate.Check(p.Tree, p.Target)
	if err := report.WriteProblems(env.Stdout, style, problems); err != nil {
		return err
	}
	if model.Invalid(problems) != nil {
		return outcome([]Code{CodeInvalid})
	}
	_, err = fmt.Fprintf(env.Stdout, "The tree is valid: %d objects.\n", len(p.Tree.Objects))
	return err
}

// unreadable reports a project that could not be read: what is wrong with dwsync.yaml and with the tree, at once. Rules need the whole tree and the target,
// so that they were not checked.
func unreadable(c *cli.Context, env Environment, style report.Style, err error) error {
	_, noTarget := errors.AsType[*config.UnknownTargetError](err)
	problems := model.ProblemsOf(err)
	if noTarget {
		problems = []model.Problem{{File: config.FileName, Severity: model.SeverityError, Message: err.Error()}}
	}
	if len(problems) == 0 {
		return err
	}
	ofConfig := slices.ContainsFunc(problems, func(p model.Problem) bool { return p.File == config.FileName })
	if ofConfig {
		inTree, treeErr := problemsOfTree(c, env)
		if treeErr != nil {
			return errors.Join(err, treeErr)
		}
		problems = slices.Concat(problems, inTree)
	}
	problems = append(slices.Clip(problems), model.Problem{
		Severity: model.SeverityWarning, Message: "the rules for names, schedules and references were not checked, because not everything could be read", Next: "put the errors right, then validate again",
	})
	if writeErr := report.WriteProblems(env.Stdout, style, problems); writeErr != nil {
		return errors.Join(err, writeErr)
	}
	if ofConfig {
		return err // nothing works without dwsync.yaml: that is an error of the command too
	}
	return outcome([]Code{CodeInvalid})
}

// problemsOfTree gives what cannot be read of the tree where dwsync.yaml is wrong already.
func problemsOfTree(c *cli.Context, env Environment) (_ []model.Problem, err error) {
	dir, err := project.Find(workDir(c, env))
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the project: %w", err)
	}
	defer closing(&err, root)
	_, err = tree.Read(root.FS())
	if problems := model.ProblemsOf(err); len(problems) > 0 {
		return problems, nil
	}
	return nil, err
}
