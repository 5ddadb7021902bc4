package cli

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/project"
	"github.com/dwsync/dwsync/pkg/report"
	"github.com/dwsync/dwsync/pkg/tree"
)

// reportFlags are the flags of every command whose result is a report.
func reportFlags() []cli.Flag {
	return []cli.Flag{formatFlag(), outFlag()}
}

func formatFlag() cli.Flag {
	names := make([]string, 0, len(report.Formats()))
	for _, f := range report.Formats() {
		names = append(names, string(f))
	}
	return &cli.StringFlag{Name: "format", Value: string(report.Text), Usage: "write the report as `FORMAT`: " + strings.Join(names, ", ")}
}

func outFlag() cli.Flag {
	return &cli.StringFlag{Name: "out", Usage: "write the report to `FILE` instead of stdout"}
}

// reporting runs a command whose result is a report. The report is written at the end and at once, to stdout or to the file of --out; where the command
// failed before it had one, the report is the failure, so that who reads reports never takes an old one, or none, for good news.
func reporting(run func(*cli.Context, Environment) error) func(*cli.Context, Environment) error {
	return func(c *cli.Context, env Environment) (err error) {
		s, err := style(c, env)
		if err != nil {
			return err
		}
		if err := checkDestinations(c, env); err != nil {
			return err
		}
		if env.log, err = openLogFile(c, env); err != nil {
			return err
		}
		defer func() { err = worse(err, env.log.close()) }()
		env.progress = newProgress(c, env)
		env.Stderr = env.progress
		out := c.String("out")
		if out == "" && s.Format == report.Text {
			return run(c, env)
		}
		var buffer bytes.Buffer
		inner := env
		inner.Stdout = &buffer
		if out != "" {
			inner.StdoutTerminal = false
		}
		defer func() {
			// A defect ends the run here, but not without a report: the one of an earlier run would pass for this one's.
			if cause := recover(); cause != nil {
				_ = writeFailure(c, env, s, []model.Problem{{Severity: model.SeverityError, Message: fmt.Sprintf("dwsync itself failed: %v", cause)}})
				panic(cause)
			}
		}()
		err = run(c, inner)
		if _, ended := errors.AsType[*Outcome](err); err != nil && !ended && buffer.Len() == 0 {
			s.Color = s.Color && out == ""
			if writeErr := report.WriteProblems(&buffer, s, problemsOf(err)); writeErr != nil {
				return errors.Join(err, writeErr)
			}
		}
		if out == "" {
			_, writeErr := env.Stdout.Write(buffer.Bytes())
			return worse(err, writeErr)
		}
		return worse(err, writeResult(c, env, "out", buffer.Bytes(), 0o644))
	}
}

// writeFailure writes problems as the report of a command that came to no other.
func writeFailure(c *cli.Context, env Environment, s report.Style, problems []model.Problem) error {
	var buffer bytes.Buffer
	s.Color = s.Color && c.String("out") == ""
	if err := report.WriteProblems(&buffer, s, problems); err != nil {
		return err
	}
	if c.String("out") == "" {
		_, err := env.Stdout.Write(buffer.Bytes())
		return err
	}
	return writeResult(c, env, "out", buffer.Bytes(), 0o644)
}

// worse gives the error of a command whose report could not be written: how it ended otherwise does not count then.
func worse(err, writeErr error) error {
	if _, ended := errors.AsType[*Outcome](err); ended && writeErr != nil {
		return writeErr
	}
	return errors.Join(err, writeErr)
}

// problemsOf shows an error as problems: those that it carries, those of each error that it joins, else itself.
func problemsOf(err error) []model.Problem {
	if join, ok := err.(interface{ Unwrap() []error }); ok && errors.Join(join.Unwrap()...).Error() == err.Error() {
		var all []model.Problem
		for _, e := range join.Unwrap() {
			all = append(all, problemsOf(e)...)
		}
		return all
	}
	if problems := model.ProblemsOf(err); len(problems) > 0 {
		return problems
	}
	return []model.Problem{{Severity: model.SeverityError, Message: err.Error()}}
}

// isForPerson tells whether the report is text on stdout, so that a question may follow what it says.
func isForPerson(c *cli.Context, s report.Style) bool {
	return c.String("out") == "" && (s.Format == report.Text || s.Format == "")
}

// inDir gives the place of a file that the command line names.
func inDir(c *cli.Context, env Environment, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(workDir(c, env), name)
}

// writeFile writes a file whole or not at all.
func writeFile(name string, data []byte, perm os.FileMode) (err error) {
	wrap := func(err error) error { return fmt.Errorf("write %s: %w", name, err) }
	dir, err := tree.OpenDir(filepath.Dir(name))
	if err != nil {
		return wrap(err)
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	base := filepath.Base(name)
	temporary := "." + base + "." + rand.Text()[:8] + ".tmp"
	if err := dir.WriteFile(temporary, data, perm); err != nil {
		_ = dir.Remove(temporary)
		return wrap(err)
	}
	if err := dir.Rename(temporary, base); err != nil {
		_ = dir.Remove(temporary)
		return wrap(err)
	}
	return nil
}

// places tells where the tree of a project holds a field, below the root of its repository.
func places(p *project.Project) func(model.Key, model.Field) report.Place {
	prefix := repositoryPrefix(p.Root)
	return func(k model.Key, f model.Field) report.Place {
		local, found := p.Tree.Objects[k]
		switch {
		case !found:
			return report.Place{}
		case f == model.FieldContent && local.Content != "":
			return report.Place{File: prefix + local.Content}
		default:
			line, _ := local.Position(f)
			return report.Place{File: prefix + local.Meta, Line: line}
		}
	}
}

// repositoryPrefix is the slash path of a project below the repository that holds it, with its last slash; "" if it is the root, or if there is none.
func repositoryPrefix(root string) string {
	var below []string
	for at := root; ; at = filepath.Dir(at) {
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			if len(below) == 0 {
				return ""
			}
			slices.Reverse(below)
			return strings.Join(below, "/") + "/"
		}
		if filepath.Dir(at) == at {
			return ""
		}
		below = append(below, filepath.Base(at))
	}
}
