package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/project"
)

func deployCommand(env Environment) *cli.Command {
	return &cli.Command{
		Name:  "deploy",
		Usage: "release what is alike in tree and workspace",
		Description: "Submits and deploys files whose saved form is the tree's and whose stage is behind, up to the stage to which the target releases.\n" +
			"It saves nothing: what differs is listed and never released, whoever changed it. Deployments that wait for an approval are no failure;\n" +
			"run the same command again when they are decided.",
		ArgsUsage: selectionUsage,
		Flags: commonFlags(slices.Concat(selectionFlags(), reportFlags(), []cli.Flag{
			sinceFlag(),
			yesFlag(),
			&cli.BoolFlag{Name: "force", Usage: "deploy although that may undo what was changed in the operation centre; only what --select or paths name"},
			failOnDriftFlag(), partialFlag(), verifyFlag(), deploymentTimeoutFlag(), settleFlag(), logFileFlag(),
		})...),
		Action: func(c *cli.Context) error { return reporting(runDeploy)(c, env) },
	}
}

func runDeploy(c *cli.Context, env Environment) error {
	if err := needsSelection(c, "force"); err != nil {
		return err
	}
	return runPlan(c, env, func(ctx context.Context, session *project.Session) (diff.Plan, error) {
		return newPlan(ctx, c, env, session, func(o *diff.Options) { o.ReleaseOnly = true })
	})
}

func yesFlag() cli.Flag {
	return &cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "do not ask before acting"}
}

func verifyFlag() cli.Flag {
	return &cli.BoolFlag{Name: "verify", Usage: "in the end, compare the code that production runs with the tree, node by node; a node that runs other code fails (exit code 4)"}
}

// deploymentTimeout is the flag that bounds the wait for one deployment.
const deploymentTimeout = "deployment-timeout"

func deploymentTimeoutFlag() cli.Flag {
	return &cli.DurationFlag{
		Name: deploymentTimeout, DefaultText: "10m",
		Usage: "wait at most `TIME` for each deployment; one that is not decided by then (an approval) is waiting, and the next run goes on from there",
	}
}

// checkVerify refuses to compare production with the tree where nothing is brought there.
func checkVerify(c *cli.Context, p *project.Project) error {
	if c.Bool("verify") && p.Target.Release < model.StageDeployed {
		return &UsageError{Message: fmt.Sprintf("--verify looks at what production runs, and the target %s releases to %s only", p.Target.Name, p.Target.Release)}
	}
	return nil
}

// deployedAlike gives what the command line selects, tree and workspace have alike, and production is said to run.
func deployedAlike(c *cli.Context, env Environment, session *project.Session) ([]diff.Comparison, error) {
	selected, err := selection(c, env, session)
	if err != nil {
		return nil, err
	}
	var alike []diff.Comparison
	for _, comparison := range session.Comparisons {
		isDeployed := comparison.Verdict == diff.Same && comparison.Remote.Stage >= model.StageDeployed
		if isDeployed && (selected == nil || selected(comparison.Key)) {
			alike = append(alike, comparison)
		}
	}
	return alike, nil
}
