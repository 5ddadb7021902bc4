package cli

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/dwsync/dwsync/pkg/pull"
	"github.com/dwsync/dwsync/pkg/report"
)

func pullCommand(env Environment) *cli.Command {
	return &cli.Command{
		Name:  "pull",
		Usage: "write the workspace's changes into the tree",
		Description: "Writes what changed in the workspace into the tree and leaves alone what changed in the tree. Where both changed, the file is\n" +
			"refused and left as it is (exit code 3).",
		Flags: commonFlags(
			&cli.BoolFlag{Name: "dry-run", Usage: "show what would be written, write nothing"},
			&cli.BoolFlag{Name: "no-drafts", Usage: "leave alone what is saved in the workspace and not submitted"},
			&cli.IntFlag{Name: "max-delete", Value: -1, DefaultText: "10 % of the managed files, at least 1", Usage: "refuse to delete more than `N` files of the tree"},
		),
		Action: func(c *cli.Context) error { return runPull(c, env) },
	}
}

func runPull(c *cli.Context, env Environment) (err error) {
	if err := noArguments(c); err != nil {
		return err
	}
	style, err := style(c, env)
	if err != nil {
		return err
	}
	ctx, _, release := interruptible(c.Context, env)
	defer release()
	p, err := openProject(c, env, !c.Bool("dry-run"))
	if err != nil {
		return err
	}
	defer closing(&err, p)
	session, err := p.Load(ctx)
	if err != nil {
		return err
	}
	printNotes(env, session)
	out, err := pull.Plan(session.Comparisons, session.Tree, pull.Options{
		Mapping: session.Mapping, NoDrafts: c.Bool("no-drafts"), MaxDelete: c.Int("max-delete"),
	})
	if err != nil {
		return err
	}
	out.NotCarried = session.Remote.NotCarried
	if !c.Bool("dry-run") {
		if err := session.Write(out.Changes); err != nil {
			return fmt.Errorf("write the tree: %w", err)
		}
		if err := session.Record(out.Bases, out.Gone); err != nil {
			return err
		}
	}
	if err := report.WritePull(env.Stdout, style, out); err != nil {
		return err
	}
	if out.Refused() {
		return outcome([]Code{CodeRefused})
	}
	return nil
}
