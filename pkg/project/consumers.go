package project

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

// NewPlan plans a push. Where the plan takes outputs away, it asks both environments for who depends on them: one call for each such file and environment, and one for
// each of its children there whose saved form does not tell. Errors: those of diff.NewPlan and of the port.
func (s *Session) NewPlan(ctx context.Context, o diff.Options) (diff.Plan, error) {
	plan, err := diff.NewPlan(s.Comparisons, o)
	if err != nil {
		return diff.Plan{}, err
	}
	if o.Consumers, err = s.consumers(ctx, plan.Leavers()); err != nil || len(o.Consumers) == 0 {
		return plan, err
	}
	return diff.NewPlan(s.Comparisons, o)
}

// Recheck holds a saved plan, made of local files with these hashes, against the situation of now. Errors: those of diff.Plan.Recheck and of the port.
func (s *Session) Recheck(ctx context.Context, plan diff.Plan, inputs map[string]string) (diff.Plan, error) {
	consumers, err := s.consumers(ctx, plan.Leavers())
	if err != nil {
		return diff.Plan{}, err
	}
	return plan.Recheck(diff.Situation{
		Inputs: inputs, Project: s.Remote.Project, Release: s.Target.Release, Comparisons: s.Comparisons, HalfDeleted: s.HalfDeleted, Consumers: consumers, Ignored: s.Config.Ignored,
	})
}

// askedAtOnce is how many files' consumers are asked for side by side; the port holds the calls to the limits.
const askedAtOnce = 8

// consumers asks the environments for the nodes that depend on outputs which leave and that the saved forms do not tell of: those of other workspaces, and those of
// which an environment runs another version than is saved.
func (s *Session) consumers(ctx context.Context, leavers []diff.Leaver) (map[model.Key][]diff.Consumer, error) {
	if len(leavers) == 0 {
		return nil, nil
	}
	environments := []string{model.EnvironmentDevelopment, model.EnvironmentProduction}
	if s.Remote.Project.Mode == model.ModeSimple {
		environments = environments[1:]
	}
	files := s.byNode()
	found := make([][]diff.Consumer, len(leavers)*len(environments))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(askedAtOnce)
	for i, leaver := range leavers {
		for j, environment := range environments {
			g.Go(func() (err error) {
				found[i*len(environments)+j], err = s.consumersIn(ctx, environment, leaver, files)
				return err
			})
		}
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	consumers := map[model.Key][]diff.Consumer{}
	for i, some := range found {
		if key := leavers[i/len(environments)].Key; len(some) > 0 {
			consumers[key] = append(consumers[key], some...)
		}
	}
	return consumers, nil
}

// byNode gives the files of the workspace, those that are half deleted too, by their nodes.
func (s *Session) byNode() map[model.NodeID]model.Remote {
	files := make(map[model.NodeID]model.Remote, len(s.Remote.Objects))
	for _, file := range s.Remote.Objects {
		if file.NodeID != "" {
			files[file.NodeID] = file
		}
	}
	for _, file := range s.Remote.HalfDeleted {
		if file.NodeID != "" {
			files[file.NodeID] = file
		}
	}
	return files
}

// consumersIn is consumers for one file in one environment.
func (s *Session) consumersIn(ctx context.Context, environment string, leaver diff.Leaver, files map[model.NodeID]model.Remote) ([]diff.Consumer, error) {
	children, err := s.API.NodeChildren(ctx, leaver.Node, environment)
	if err != nil {
		return nil, fmt.Errorf("ask for the nodes that depend on %s in %s: %w", leaver.Key, environment, err)
	}
	var consumers []diff.Consumer
	for _, child := range children {
		file, isHere := files[child.NodeID]
		if isHere && !file.Deleted && runsSaved(file, environment) {
			continue
		}
		outputs, err := s.outputsOf(ctx, environment, leaver, child)
		if err != nil {
			return nil, err
		}
		for _, output := range outputs {
			c := diff.Consumer{Environment: environment, Node: child.NodeID, Name: child.Name, Project: child.ProjectID, Output: output}
			if isHere {
				c.Key, c.HalfDeleted = file.Object.Key, file.Deleted
			}
			consumers = append(consumers, c)
		}
	}
	slices.SortFunc(consumers, diff.Consumer.Compare)
	return consumers, nil
}

// runsSaved tells whether an environment runs the form that is saved.
func runsSaved(file model.Remote, environment string) bool {
	if environment == model.EnvironmentDevelopment {
		return file.Stage >= model.StageSubmitted
	}
	return file.Stage >= model.StageDeployed
}

// outputsOf gives those of the leaving outputs that a child depends on; "" if the service does not tell. Where it names none of the file's outputs at all, it tells
// nothing: what stands in Data of ListNodeInputOrOutput is documented by an example only.
func (s *Session) outputsOf(ctx context.Context, environment string, leaver diff.Leaver, child model.NodeChild) ([]string, error) {
	inputs, err := s.API.NodeInputs(ctx, child.NodeID, environment)
	if refusal, ok := errors.AsType[*dataworks.Error](err); ok && !dataworks.IsQuota(refusal) && !dataworks.IsThrottled(refusal) && !dataworks.IsAuthentication(refusal) {
		// Another workspace's nodes may be nobody else's business.
		return []string{""}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("ask what the node %s depends on in %s: %w", child.NodeID, environment, err)
	}
	var leaving []string
	known := false
	for _, input := range inputs {
		known = known || slices.Contains(leaver.Others, input)
		if slices.Contains(leaver.Outputs, input) {
			leaving = append(leaving, input)
		}
	}
	if len(leaving) == 0 && !known {
		return []string{""}, nil
	}
	return leaving, nil
}
