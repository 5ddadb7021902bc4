package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/urfave/cli/v2"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/graph"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/project"
	"github.com/dwsync/dwsync/pkg/tree"
)

// selectionUsage is how a command that selects takes its arguments.
const selectionUsage = "[PATH...]"

// selectionFlags are the flags of every command that selects. Paths may stand as arguments too.
func selectionFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "select", Usage: "only what `SELECTOR` names (repeatable): a path, a glob, type:, owner:, business:, +name (with all it needs), name+, 2+name"},
		&cli.StringSliceFlag{Name: "exclude", Usage: "not what `SELECTOR` names (repeatable)"},
	}
}

// sinceFlag narrows the commands that compare.
func sinceFlag() cli.Flag {
	return &cli.StringFlag{Name: "since", Usage: "only what changed in the tree since the commit `REV` (a branch, a tag, a hash, HEAD~3); of the workspace only that and what it refers to is read"}
}

// isSelective tells whether the command line names what it is for, as flags want that settle something for what is selected only.
func isSelective(c *cli.Context) bool { return c.Args().Present() || len(c.StringSlice("select")) > 0 }

// needsSelection refuses a flag that holds only for what is selected, where nothing is.
func needsSelection(c *cli.Context, flag string) error {
	if c.Bool(flag) && !isSelective(c) {
		return &UsageError{Message: "--" + flag + " holds for what is selected only: name it with --select or as paths"}
	}
	return nil
}

// selection gives what --select, --exclude and the paths of the command line choose of a session; nil if they choose nothing, which means all. With a new
// file come the business and the folders that only its side has.
func selection(c *cli.Context, env Environment, s *project.Session) (func(model.Key) bool, error) {
	chosen, err := choose(c, env, s.Project, s.Comparisons, s.Remote.Project.Identifier)
	if err != nil {
		return nil, err
	}
	if s.Since != nil {
		chosen = changedSince(s, chosen)
	}
	if chosen == nil {
		return nil, nil
	}
	chosen = diff.WithContainers(s.Comparisons, chosen, c.Bool("force"))
	return func(k model.Key) bool { return chosen[k] }, nil
}

// changedSince gives what changed since the commit of --since, of what is chosen; nil chooses everything.
func changedSince(s *project.Session, chosen map[model.Key]bool) map[model.Key]bool {
	changed := map[model.Key]bool{}
	for _, c := range s.Comparisons {
		if s.Since.Changed(c.Key) && (chosen == nil || chosen[c.Key]) {
			changed[c.Key] = true
		}
	}
	return changed
}

// choose gives the objects that the command line chooses; nil if it does not choose.
func choose(c *cli.Context, env Environment, p *project.Project, comparisons []diff.Comparison, identifier string) (map[model.Key]bool, error) {
	if !isSelective(c) && len(c.StringSlice("exclude")) == 0 {
		return nil, nil
	}
	dir, err := filepath.Abs(workDir(c, env))
	if err != nil {
		return nil, fmt.Errorf("find the working directory: %w", err)
	}
	// The project was found by going up from the directory, so that it lies in it.
	base, err := filepath.Rel(p.Root, dir)
	if err != nil {
		return nil, fmt.Errorf("find the working directory in the project: %w", err)
	}
	include, errInclude := parseAll(dir, c.StringSlice("select"), graph.ParseSelector)
	paths, errPaths := parseAll(dir, c.Args().Slice(), graph.ParsePath)
	exclude, errExclude := parseAll(dir, c.StringSlice("exclude"), graph.ParseSelector)
	if err := errors.Join(errInclude, errPaths, errExclude); err != nil {
		return nil, err
	}
	jobs, _ := diff.JobGraph(comparisons, identifier)
	return graph.Choose(subjects(p.Tree, comparisons), jobs, filepath.ToSlash(base), slices.Concat(include, paths), exclude)
}

// parseAll parses selectors; an absolute path becomes one that is relative to the working directory.
func parseAll(dir string, texts []string, parse func(string) (graph.Selector, error)) ([]graph.Selector, error) {
	var all []graph.Selector
	var failed []error
	for _, text := range texts {
		if filepath.IsAbs(text) {
			if relative, err := filepath.Rel(dir, text); err == nil {
				text = filepath.ToSlash(relative)
			}
		}
		s, err := parse(text)
		failed = append(failed, err)
		all = append(all, s)
	}
	return all, errors.Join(failed...)
}

// subjects gives all objects of both sides as selectors see them.
func subjects(t tree.Tree, comparisons []diff.Comparison) []graph.Subject[model.Key] {
	all := make([]graph.Subject[model.Key], 0, len(comparisons))
	for _, c := range comparisons {
		all = append(all, subject(t, c))
	}
	return all
}

func subject(t tree.Tree, c diff.Comparison) graph.Subject[model.Key] {
	k := c.Key
	s := graph.Subject[model.Key]{Node: k, Path: k.String(), Types: []string{string(k.Kind)}}
	local, inTree := t.Objects[k]
	switch {
	case inTree:
		s.Files = append(s.Files, local.Meta)
		if local.Content != "" {
			s.Files = append(s.Files, local.Content)
		}
		s.Owners = append(s.Owners, local.Object.Text(model.FieldOwner))
	case k.Kind.IsFile():
		// Its files are gone from the tree, or not there yet; who names them means it.
		s.Files = append(s.Files, s.Path+k.Type.Info().Extension, s.Path+"."+string(k.Kind)+".yaml")
	case k.Kind == model.KindBusiness:
		s.Files = append(s.Files, s.Path+"/business.yaml")
	}
	if k.Kind.IsFile() {
		s.Types = append(s.Types, k.Type.String(), strconv.Itoa(int(k.Type)))
	}
	if c.Tree != nil {
		s.Owners = append(s.Owners, c.Tree.Text(model.FieldOwner))
	}
	if c.Remote != nil {
		s.Owners = append(s.Owners, c.Remote.Object.Text(model.FieldOwner))
	}
	s.Owners = slices.DeleteFunc(s.Owners, func(owner string) bool { return owner == "" })
	if business := k.Path().Business(); business != "" {
		s.Businesses = []string{string(business), business.Base()}
	}
	return s
}
