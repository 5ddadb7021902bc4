package project

import (
	"context"
	"slices"

	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/remote"
	"github.com/dwsync/dwsync/pkg/tree"
)

// A resource or function whose deletion was cut short before its deployment stands in no list, and no node tells that production still has it. The state
// remembers its id, which costs one look. A fresh clone knows from git that it once had something like it: then the files of recent deployments are looked at, but
// only for a command that prunes, since that costs a call for each of them on every run.

// findRecycled adds the half deleted resources and functions to those that production's nodes told.
func (s *Session) findRecycled(ctx context.Context) error {
	if s.Target.Release < model.StageDeployed || s.Remote.Project.Mode == model.ModeSimple {
		return nil // there a deletion has no second step
	}
	listed := make(map[model.FileID]bool, len(s.Remote.Objects))
	for _, r := range s.Remote.Objects {
		listed[r.FileID] = true
	}
	ids := s.rememberedFiles(listed)
	if s.options.Prune {
		left, err := s.hasLeft(ctx)
		if err != nil {
			return err
		}
		if left {
			deployed, err := remote.Deployed(ctx, s.API, listed, 0)
			if err != nil {
				return err
			}
			ids = append(ids, deployed...)
			slices.Sort(ids)
			ids = slices.Compact(ids)
		}
	}
	recycled, err := remote.Recycled(ctx, s.API, remote.Options{Include: s.looksAt}, ids)
	if err != nil {
		return err
	}
	s.Remote.HalfDeleted = append(s.Remote.HalfDeleted, recycled...)
	slices.SortStableFunc(s.Remote.HalfDeleted, func(a, b model.Remote) int { return a.Object.Key.Compare(b.Object.Key) })
	return nil
}

// rememberedFiles gives the ids of the resources and functions that the state remembers, and that neither the tree has nor a list shows; sorted.
func (s *Session) rememberedFiles(listed map[model.FileID]bool) []model.FileID {
	var ids []model.FileID
	for object, key := range s.places {
		id := model.FileID(object.id)
		_, inTree := s.Tree.Objects[key]
		if key.Kind.IsNodeless() && !inTree && !listed[id] && s.looksAt(key) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// hasLeft tells whether a resource or function that neither the tree nor the workspace has left git. One whose name the path does not tell may be such a one.
func (s *Session) hasLeft(ctx context.Context) (bool, error) {
	files, err := s.git.Left(ctx, func(file string) bool {
		kind, _, ok := tree.PlaceOf(file)
		return ok && kind.IsNodeless()
	})
	if err != nil || len(files) == 0 {
		return false, err
	}
	type place struct {
		kind model.Kind
		path model.FolderPath
	}
	stands := map[place]bool{}
	for k := range s.Tree.Objects {
		stands[place{k.Kind, k.Path()}] = true
	}
	for k := range s.Remote.Objects {
		stands[place{k.Kind, k.Path()}] = true
	}
	for _, k := range s.Remote.Outside {
		stands[place{k.Kind, k.Path()}] = true
	}
	return slices.ContainsFunc(files, func(file string) bool {
		kind, path, _ := tree.PlaceOf(file)
		return !stands[place{kind, path}]
	}), nil
}
