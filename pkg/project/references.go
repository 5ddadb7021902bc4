package project

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/tree"
)

// openMapping makes the mapping of the workspace that was read. The nodes of other workspaces that the tree names are asked for, together, if it names any.
func (s *Session) openMapping(ctx context.Context) error {
	plain := mapping.New(s.Target, s.Remote.Project)
	var planned []model.Key
	var outputs []string
	for key, local := range s.Tree.Objects {
		if s.Config.Scope.Includes(key) {
			planned = append(planned, key)
			outputs = append(outputs, plain.ForeignOutputs(local.Object)...)
		}
	}
	slices.SortFunc(planned, model.Key.Compare)
	s.resolver = mapping.ResolverOf(s.Remote, planned)
	if err := s.findNodesOf(ctx, outputs); err != nil {
		return err
	}
	for output, nodes := range s.nodesOf {
		s.resolver.KnowNodesOf(output, nodes)
	}
	s.Mapping = plain.WithResolver(s.resolver)
	return nil
}

// findNodesOf asks for the nodes of outputs that were not asked for before.
func (s *Session) findNodesOf(ctx context.Context, outputs []string) error {
	slices.Sort(outputs)
	outputs = slices.DeleteFunc(slices.Compact(outputs), func(output string) bool {
		_, asked := s.nodesOf[output]
		return asked
	})
	if len(outputs) == 0 {
		return nil
	}
	found, err := s.API.NodesOfOutputs(ctx, outputs)
	if err != nil {
		return fmt.Errorf("find the nodes of other workspaces that the tree names: %w", err)
	}
	if s.nodesOf == nil {
		s.nodesOf = map[string][]model.NodeID{}
	}
	for _, output := range outputs {
		s.nodesOf[output] = found[output]
	}
	return nil
}

// CheckReferences tells which objects of the tree that are to be sent hold a placeholder that names nothing. Errors: *model.InvalidError.
func (s *Session) CheckReferences(sent func(model.Key) bool) error {
	var problems []model.Problem
	for _, c := range s.Comparisons {
		if c.Tree == nil || !sent(c.Key) || len(mapping.Symbols(*c.Tree)) == 0 {
			continue
		}
		local := s.Tree.Objects[c.Key]
		if _, err := s.Mapping.Forward(local.Object); err != nil {
			problems = append(problems, problemsOf(local, err)...)
		}
	}
	return invalid(problems)
}

// problemsOf places what cannot be mapped in the file where it stands.
func problemsOf(local tree.Local, err error) []model.Problem {
	var problems []model.Problem
	for _, failed := range mapping.Errors(err) {
		line, column := local.ItemPosition(failed.Field, failed.Item)
		problems = append(problems, model.Problem{
			File: local.Meta, Line: line, Column: column, Severity: model.SeverityError, Message: fmt.Sprintf("%s: %q: %s", failed.Field, failed.Value, failed.Err),
		})
	}
	return problems
}

func invalid(problems []model.Problem) error {
	slices.SortFunc(problems, func(a, b model.Problem) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), strings.Compare(a.Message, b.Message))
	})
	return model.Invalid(problems)
}

// NameForeignNodes finds outputs for the nodes of other workspaces that a pull of the selected objects would write (nil selects all), so that it writes them by
// these. An id for which there is none stays as it is, and a note says so.
func (s *Session) NameForeignNodes(ctx context.Context, selected func(model.Key) bool) (notes []string, err error) {
	users := map[string]model.Key{}
	for _, c := range s.Comparisons {
		if c.Remote == nil || !mayBeTaken(c.Verdict) || selected != nil && !selected(c.Key) {
			continue
		}
		standing := map[string]bool{}
		if c.Tree != nil {
			for _, node := range c.Tree.Get(model.FieldDependentNodeIDList).Names() {
				standing[node] = true
			}
		}
		for _, node := range c.Remote.Object.Get(model.FieldDependentNodeIDList).Names() {
			if _, known := users[node]; !known && !standing[node] && !s.resolver.Knows(node) {
				users[node] = c.Key
			}
		}
	}
	for _, node := range slices.Sorted(maps.Keys(users)) {
		output, err := s.API.OutputOfNode(ctx, model.NodeID(node))
		if err != nil {
			return nil, fmt.Errorf("find out what the node %s makes, for which %s waits: %w", node, users[node], err)
		}
		if output == "" {
			notes = append(notes, fmt.Sprintf("%s waits for the node %s, which belongs to no file of this workspace and of which no output can be told; its id stays in the tree, and holds in this workspace only", users[node], node))
			continue
		}
		s.resolver.KnowOutputOf(model.NodeID(node), output)
	}
	return notes, nil
}

// mayBeTaken tells whether a pull may write what the workspace has.
func mayBeTaken(v diff.Verdict) bool {
	switch v {
	case diff.ChangedThere, diff.MadeThere, diff.Conflict, diff.Unrelated:
		return true
	default:
		return false
	}
}
