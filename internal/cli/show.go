package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"github.com/urfave/cli/v2"

	"github.com/dwsync/dwsync/pkg/config"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/project"
	"github.com/dwsync/dwsync/pkg/report"
)

func showCommand(env Environment) *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "print a plan that diff --save wrote",
		ArgsUsage: "FILE",
		Description: "Prints the saved plan as diff would, offline: it reads nothing but the file. With --exit-code it ends with 2 if the plan would write\n" +
			"or release something, and with 3 if a conflict stands in its way.",
		Flags: []cli.Flag{
			dirFlag(), colorFlag(),
			&cli.BoolFlag{Name: "exit-code", Usage: "end with the exit code that diff would"},
			&cli.BoolFlag{Name: "full", Usage: "show the whole content of new files"},
			formatFlag(), outFlag(),
		},
		Action: func(c *cli.Context) error { return reporting(runShow)(c, env) },
	}
}

func runShow(c *cli.Context, env Environment) error {
	s, err := style(c, env)
	if err != nil {
		return err
	}
	if c.Args().Len() != 1 {
		return &UsageError{Message: "show wants the one file that diff --save wrote"}
	}
	plan, err := readPlanFile(c, env, c.Args().First())
	if err != nil {
		return err
	}
	s.Full = c.Bool("full")
	if err := report.WritePlan(env.Stdout, s, plan); err != nil {
		return err
	}
	printNotSelected(env, plan.NotSelected)
	if !c.Bool("exit-code") {
		return nil
	}
	return outcomeOfPlan(c, plan)
}

// maxPlanSize bounds the file of a plan in bytes: 50,000 files with their contents on both sides are far below it.
const maxPlanSize = 1 << 30

func readPlanFile(c *cli.Context, env Environment, name string) (diff.Plan, error) {
	file, err := os.Open(inDir(c, env, name))
	if err != nil {
		return diff.Plan{}, fmt.Errorf("read the plan: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxPlanSize+1))
	switch {
	case err != nil:
		return diff.Plan{}, fmt.Errorf("read the plan: %w", err)
	case len(data) > maxPlanSize:
		return diff.Plan{}, fmt.Errorf("read the plan: %s is larger than any plan", name)
	}
	return diff.ReadPlan(name, data)
}

// savePlan writes the plan to the file of --save, if there is one. Contents may be nobody else's business: only the user may read it.
func savePlan(c *cli.Context, env Environment, session *project.Session, plan diff.Plan) error {
	if c.String("save") == "" {
		return nil
	}
	inputs, err := inputHashes(session.Project)
	if err != nil {
		return err
	}
	plan.Origin = diff.Origin{Tool: version(), Commit: session.Head.Hash, Inputs: inputs}
	data, err := plan.Save()
	if err != nil {
		return err
	}
	return writeResult(c, env, "save", data, 0o600)
}

// readSavedPlan reads the plan of --plan; nil if there is none. What shaped the plan cannot shape it again.
func readSavedPlan(c *cli.Context, env Environment) (*diff.Plan, error) {
	name := c.String("plan")
	if name == "" {
		return nil, nil
	}
	for _, flag := range []string{"select", "exclude", "since", "force", "changed-only", "prune", "max-delete"} {
		if c.IsSet(flag) {
			return nil, &UsageError{Message: "--plan runs exactly the plan; give --" + flag + " to dwsync diff --save"}
		}
	}
	if c.Bool("partial") {
		return nil, &UsageError{Message: "--plan runs exactly the plan, and --partial a part of one; select less with dwsync diff --save"}
	}
	if c.Args().Present() {
		return nil, &UsageError{Message: "--plan runs exactly the plan; give the paths to dwsync diff --save"}
	}
	plan, err := readPlanFile(c, env, name)
	if err != nil {
		return nil, err
	}
	if target := c.String("target"); target != "" && target != plan.Target {
		return nil, &UsageError{Message: fmt.Sprintf("%s is a plan for the target %s, not %s", name, report.Escape(plan.Target), target)}
	}
	if err := c.Set("target", plan.Target); err != nil {
		return nil, fmt.Errorf("take the target of the plan: %w", err)
	}
	return &plan, nil
}

// planToPush is the saved plan, if everything that it was made of is what it was; without one, the plan of now.
func planToPush(ctx context.Context, c *cli.Context, env Environment, session *project.Session, saved *diff.Plan) (diff.Plan, error) {
	if saved == nil {
		return newPlan(ctx, c, env, session)
	}
	inputs, err := inputHashes(session.Project)
	if err != nil {
		return diff.Plan{}, err
	}
	plan, err := session.Recheck(ctx, *saved, inputs)
	if err != nil {
		return diff.Plan{}, err
	}
	printNotSelected(env, plan.NotSelected)
	return plan, nil
}

// inputHashes gives the hashes of all local files that comparisons are made of.
func inputHashes(p *project.Project) (map[string]string, error) {
	root, err := os.OpenRoot(p.Root)
	if err != nil {
		return nil, fmt.Errorf("open the project: %w", err)
	}
	defer root.Close()
	names := []string{config.FileName}
	for _, local := range p.Tree.Objects {
		if local.Object.Key.Kind == model.KindFolder {
			// Its directory may hold a file with its name in full, and one that makes git keep it; what else is in there are objects of their own.
			names = append(names, path.Join(local.Meta, "folder.yaml"), path.Join(local.Meta, ".gitkeep"))
			continue
		}
		names = append(names, local.Meta)
		if local.Content != "" {
			names = append(names, local.Content)
		}
	}
	hashes := make(map[string]string, len(names))
	for _, name := range names {
		data, err := root.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("hash the files of the plan: %w", err)
		}
		sum := sha256.Sum256(data)
		hashes[name] = hex.EncodeToString(sum[:])
	}
	return hashes, nil
}
