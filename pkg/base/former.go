package base

import (
	"context"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/tree"
)

// findFormer looks for the place that a file had at its floor, where the floor's commit has none in the places of today: both sides have taken a rename since,
// or its folder has another name, and nobody remembers the one before. A file that the commit has and the tree has not is the same if it is of the same type
// and has a common output. It reads the whole tree of such a commit, which is rare.
func (r *resolver) findFormer(ctx context.Context) error {
	byFloor := map[plumbing.Hash][]*openCase{}
	for _, c := range r.cases {
		if c.wantsFloorVersion() && c.atFloor == nil && c.key.Kind.IsFile() && !c.key.IsInner() {
			byFloor[c.floor] = append(byFloor[c.floor], c)
		}
	}
	var quests []quest
	for floor, cases := range byFloor {
		then, err := r.leftSince(floor)
		if err != nil {
			return err
		}
		for _, c := range cases {
			for _, v := range then {
				if v.object.Key.Type == c.key.Type && v.object.SharesOutput(c.remote.Object) {
					c.places = append(c.places, v.object.Key)
					if c.result != nil {
						continue
					}
					quests = append(quests, quest{key: v.object.Key, floor: floor, see: c.see})
				}
			}
			c.takeFloor(then)
		}
	}
	if len(quests) == 0 {
		return nil
	}
	return r.Git.walk(ctx, r.history, r.mapper, quests)
}

// leftSince gives the files that a commit has and neither side has in that place.
func (r *resolver) leftSince(commit plumbing.Hash) (map[model.Key]version, error) {
	left := map[model.Key]version{}
	i, reached := r.history.index[commit]
	if !reached {
		return left, nil
	}
	root, err := r.Git.projectTree(r.history.commits[i].root)
	if err != nil {
		return nil, err
	}
	at, err := r.mapper.at(root)
	if err != nil || at == nil {
		return left, err
	}
	v := &view{git: r.Git, root: root, opened: func(string) {}}
	read, err := tree.ReadValid(v)
	if v.err != nil {
		return nil, v.err
	}
	if err != nil {
		return nil, err
	}
	for k, local := range read.Objects {
		_, inTree := r.Tree[k]
		_, inWorkspace := r.Remote[k]
		if inTree || inWorkspace || !k.Kind.IsFile() {
			continue
		}
		if form, err := at.mapping.Forward(local.Object); err == nil {
			left[k] = version{commit: commit, time: r.history.commits[i].time, object: form, at: k}
		}
	}
	return left, nil
}
