package project

import (
	"context"
	"errors"
	"slices"

	"github.com/dwsync/dwsync/pkg/base"
	"github.com/dwsync/dwsync/pkg/config"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/state"
)

// bases finds the bases of the objects whose verdict depends on one.
func (s *Session) bases(ctx context.Context, open []model.Key, forms map[model.Key]model.Object) (map[model.Key]diff.Base, error) {
	remembered, err := s.remembered(s.placesOf(withNodes(open)))
	if err != nil {
		return nil, err
	}
	found, err := base.Resolve(ctx, base.Input{
		Keys: open, Tree: forms, Remote: s.withHalfDeleted(), State: s.basesOf(remembered, open, forms), Git: s.git, Versions: s.API, Former: s.former(), Inside: s.renames.Inside,
		Pair: pairCommits, Local: s.Tree.Objects,
		Target: s.Target.Name, Release: s.Target.Release, Ignored: s.Config.Ignored,
		Mapping: func(t config.Target) mapping.Mapping {
			return mapping.New(t, s.Remote.Project).WithResolver(s.resolver).Lenient()
		},
	})
	if err != nil {
		return nil, err
	}
	bases := make(map[model.Key]diff.Base, len(found))
	unknown := false
	for key, b := range found {
		bases[key] = diff.Base{Object: b.Object, Outdated: b.Outdated, Reason: b.Reason}
		unknown = unknown || b.Object == nil && s.Remote.Objects[key].FileID != ""
	}
	for key, why := range s.crossed {
		bases[key] = diff.Base{Reason: why}
	}
	if unknown && s.git.Shallow() {
		s.Notes = append(s.Notes, "this clone is shallow: older versions cannot be told from edits in the console; fetch the history (git fetch --unshallow; in CI fetch-depth: 0)")
	}
	return bases, nil
}

// pairCommits finds what was renamed between two commits as tree and workspace are paired.
func pairCommits(now, before map[model.Key]model.Object) base.Renames {
	older := make(map[model.Key]model.Remote, len(before))
	for k, form := range before {
		older[k] = model.Remote{Object: form}
	}
	return diff.Pair(diff.Pairing{Tree: now, Remote: older})
}

// withNodes adds the nodes that inner files lie in: their marks speak for the inner files too.
func withNodes(keys []model.Key) []model.Key {
	all := slices.Clone(keys)
	for _, k := range keys {
		if k.IsInner() {
			all = append(all, k.Outermost())
		}
	}
	slices.SortFunc(all, model.Key.Compare)
	return slices.Compact(all)
}

const noteLocked = "another dwsync holds the state of this target; bases come from marks and git history only"

// isLocked tells whether err says only that another process holds the state, which a command that only looks does without.
func isLocked(err error) bool {
	_, locked := errors.AsType[*state.LockedError](err)
	return locked
}

// remembered gives the bases that the state holds of some objects.
func (s *Session) remembered(keys []model.Key) (map[model.Key]state.Base, error) {
	if s.state == nil {
		return nil, nil
	}
	bases, err := s.state.Bases(keys)
	if isLocked(err) && !s.options.Write {
		s.Notes = append(s.Notes, noteLocked)
		return nil, nil
	}
	return bases, err
}
