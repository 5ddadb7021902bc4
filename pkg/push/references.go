package push

import (
	"context"
	"fmt"

	"github.com/dwsync/dwsync/pkg/deploy"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
)

// A symbolic reference is bound just before the file that has it is written: the object that it names is saved or submitted by then, and GetFile tells what
// the reference stands for. Where two nodes wait for each other one of them is written twice: without the reference, so that it gets an id, then with it.

// nodesOf gives the main actions of nodes by path. Two nodes of a path are nothing that a reference can name.
func nodesOf(actions []*running) map[model.FolderPath]*running {
	nodes := map[model.FolderPath]*running{}
	for _, a := range actions {
		action := a.item.Action
		if action.Key.Kind == model.KindNode && action.Part == diff.PartMain && action.Op != diff.OpDelete {
			nodes[action.Key.Path()] = a
		}
	}
	return nodes
}

// awaited are the actions whose nodes the step needs the ids of.
func (s *step) awaited() []*running {
	switch {
	case s.completes:
		return s.action.closes
	case s.stage == model.StageSaved:
		return s.action.awaits
	default:
		return nil
	}
}

// UnboundError reports a reference whose object was written, and of which the workspace still does not tell what it stands for.
type UnboundError struct {
	Key         model.Key
	Placeholder mapping.Placeholder
}

func (e *UnboundError) Error() string {
	return fmt.Sprintf("%s refers to %s, and the workspace does not tell what that is although the file is there; run the push again", e.Key, e.Placeholder)
}

// bind puts into the wanted form what its symbolic references stand for, as far as it is there: references to nodes that are submitted only later stay
// symbolic.
func (r *run) bind(ctx context.Context, a *running) error {
	known := mapping.Texts{}
	for _, p := range mapping.Symbols(a.item.Action.Want) {
		named := r.nodes[p.Path()]
		if named == nil {
			return &UnboundError{a.want.Key, p}
		}
		text := named.ownOutput
		if p.Verb == mapping.VerbNode {
			if r.reached(named) < model.StageSubmitted {
				continue
			}
			node, err := r.nodeOf(ctx, named)
			if err != nil {
				return err
			}
			text = string(node)
		}
		if text == "" {
			return &UnboundError{a.want.Key, p}
		}
		known[p] = text
	}
	if len(known) > 0 {
		a.want = mapping.Bind(a.item.Action.Want, known)
	}
	return nil
}

func (r *run) reached(a *running) model.Stage {
	r.mu.Lock()
	defer r.mu.Unlock()
	return a.item.Reached
}

// nodeOf gives the node that a submitted file became. It is asked for once, by whoever comes first.
func (r *run) nodeOf(ctx context.Context, a *running) (model.NodeID, error) {
	r.mu.Lock()
	node := a.node
	r.mu.Unlock()
	if node != "" {
		return node, nil
	}
	now, err := r.readBack(ctx, a.want.Key, a.file, func(now model.Remote) bool { return now.NodeID != "" })
	if err != nil {
		return "", err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	a.node = now.NodeID
	return a.node, nil
}

// complete saves and submits a node once more, with the references that closed a circle.
func (r *run) complete(ctx context.Context, a *running) error {
	first := a.want
	if err := r.bind(ctx, a); err != nil {
		return err
	}
	if left := mapping.Symbols(a.want); len(left) > 0 {
		return &UnboundError{a.want.Key, left[0]}
	}
	isOurs := func(now model.Remote) bool {
		return len(r.differing(first, now.Object, nil)) == 0 || len(r.left(a, now.Object)) == 0
	}
	now, err := r.readBack(ctx, a.want.Key, a.file, isOurs)
	if err != nil {
		return err
	}
	if !isOurs(now) {
		return &deploy.MovedError{Key: a.want.Key, What: "somebody changed it since its first submit"}
	}
	a.saved = false
	if err := r.update(ctx, a, now); err != nil {
		return err
	}
	a.submitted, err = r.releaser.Submit(ctx, r.releaseFile(a), r.Comment(a.want))
	return err
}
