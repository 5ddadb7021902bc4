package cli

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/report"
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
	p, err := openProject(c, env, false)
	if err != nil {
		return err
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
