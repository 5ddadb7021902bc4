package push

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/deploy"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

// OpVerify stands for the action of an item that the plan left alone and whose node runs other code than the tree has.
const OpVerify diff.Op = "verify"

// verifiers is how many nodes are read at once.
const verifiers = 16

// Verify compares the code that production runs with the tree: of the nodes that the run brought there, and of alike, which the plan left alone because
// production is said to have them. What differs is a failed item of the result that it gives; resources and functions have no node and are not looked at.
// An early end leaves the rest unverified, which is an item, too.
func Verify(ctx context.Context, o Options, result Result, alike []diff.Comparison) Result {
	releaser := &deploy.Releaser{API: o.API, Settle: o.Settle, Schedule: o.Schedule, Stop: o.Stop}
	var work []*Item
	last := map[model.Key]int{} // an object may have two actions, of which the later tells what production shall run
	for i, item := range result.Items {
		last[item.Action.Key] = i
	}
	for i := range result.Items {
		item := &result.Items[i]
		if last[item.Action.Key] == i && item.Status == Done && item.Action.Op != diff.OpDelete && item.Reached == model.StageDeployed && item.Action.Key.Kind == model.KindNode {
			work = append(work, item)
		}
	}
	for _, c := range alike {
		if c.Key.Kind == model.KindNode {
			work = append(work, &Item{Action: diff.Action{Op: OpVerify, Key: c.Key, Want: *c.Tree, Against: c.Remote, To: model.StageDeployed}, Status: Done, Reached: model.StageDeployed})
		}
	}
	var group errgroup.Group
	group.SetLimit(verifiers)
	for _, item := range work {
		group.Go(func() error {
			if err := verify(ctx, releaser, item); err != nil {
				item.Status, item.Err = statusOf(err), err
			}
			return nil
		})
	}
	_ = group.Wait() // each item has its own error
	for _, item := range work {
		switch {
		case item.Status == Done:
			result.Verified++
		case item.Action.Op == OpVerify:
			result.Items = append(result.Items, *item)
		}
	}
	return result
}

func verify(ctx context.Context, r *deploy.Releaser, item *Item) error {
	select {
	case <-r.Stop:
		return deploy.ErrStopped
	case <-ctx.Done():
		return context.Cause(ctx)
	default:
	}
	file := deploy.File{
		Key: item.Action.Key, ID: item.file,
		HasCode: func(stored string) bool { return content.IsContentOf(item.Action.Want, stored) },
	}
	var node model.NodeID
	if against := item.Action.Against; against != nil {
		file.ID, node = against.FileID, against.NodeID
	}
	return r.Verify(ctx, file, node)
}
