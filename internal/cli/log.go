package cli

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/project"
	"github.com/dwsync/dwsync/pkg/report"
)

func logCommand(env Environment) *cli.Command {
	return &cli.Command{
		Name:      "log",
		Usage:     "show the versions that the workspace has of a file, beside the commits that came with them",
		ArgsUsage: "PATH",
		Description: "Lists the submitted versions of one file, newest first: who submitted each, whether it runs in production, and which commits came\n" +
			"into the workspace with it, under the names that the file had. Commits that no version carries yet come first. It reads that one\n" +
			"file only, and changes nothing.",
		Flags: commonFlags(
			&cli.StringFlag{Name: "format", Value: string(report.Text), Usage: "write the log as `FORMAT`: text or json"}, outFlag(),
		),
		Action: func(c *cli.Context) error { return runLog(c, env) },
	}
}

func runLog(c *cli.Context, env Environment) (err error) {
	s, err := style(c, env)
	if err != nil {
		return err
	}
	if s.Format != report.Text && s.Format != report.JSON {
		return &UsageError{Message: fmt.Sprintf("--format of a log is text or json, not %s", s.Format)}
	}
	if c.NArg() != 1 {
		return &UsageError{Message: "log wants the path of one file; dwsync log --help shows how"}
	}
	ctx, stop, release := interruptible(c.Context, env)
	defer release()
	looking, looked := untilStopped(ctx, stop)
	defer looked()
	p, err := openProject(c, env, false)
	if err != nil {
		return err
	}
	defer closing(&err, p)
	key, err := oneFile(c, env, p)
	if err != nil {
		return err
	}
	history, err := p.Log(looking, key)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := report.WriteLog(&out, s, history); err != nil {
		return err
	}
	if c.String("out") != "" {
		return writeResult(c, env, "out", out.Bytes(), 0o644)
	}
	_, err = env.Stdout.Write(out.Bytes())
	return err
}

// oneFile gives the one file of the tree that the command line names.
func oneFile(c *cli.Context, env Environment, p *project.Project) (model.Key, error) {
	comparisons, identifier, err := p.CompareAlone()
	if err != nil {
		return model.Key{}, err
	}
	chosen, err := choose(c, env, p, comparisons, identifier)
	if err != nil {
		return model.Key{}, err
	}
	var files []model.Key
	for key := range chosen {
		if key.Kind.IsFile() {
			files = append(files, key)
		}
	}
	slices.SortFunc(files, model.Key.Compare)
	if len(files) == 1 {
		return files[0], nil
	}
	var names []string
	for _, key := range files[:min(len(files), 5)] {
		names = append(names, fmt.Sprintf("%s (%s)", key, key.Type))
	}
	what := "no file of the tree"
	if len(files) > 0 {
		what = fmt.Sprintf("%d files: %s", len(files), strings.Join(names, ", "))
		if rest := len(files) - len(names); rest > 0 {
			what += fmt.Sprintf(" and %d more", rest)
		}
	}
	return model.Key{}, &UsageError{Message: fmt.Sprintf("log shows one file, and %s is %s; name a file by its own path", c.Args().First(), what)}
}
