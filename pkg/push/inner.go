package push

import (
	"context"
	"fmt"
	"time"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/deploy"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

// Files inside a node are saved by actions of their own, and submitted, deployed and deleted with the node.

// savedInner tells whether this run saved a file inside the node, so that the node's stage needs no second look before the submit.
func (a *running) savedInner() bool {
	for _, need := range a.needs {
		if k := need.item.Action.Key; k.IsInner() && k.Outermost() == a.item.Action.Key && need.saved {
			return true
		}
	}
	return false
}

// innerFiles gives the files that are submitted with the node.
func (r *run) innerFiles(a *running) []deploy.InnerFile {
	files := make([]deploy.InnerFile, len(a.item.Action.Inner))
	for i, inner := range a.item.Action.Inner {
		want := inner.Want
		for _, need := range a.needs {
			if need.item.Action.Key == want.Key {
				want = need.want // with what it refers to, as far as that had to be made first
			}
		}
		files[i] = deploy.InnerFile{Key: inner.Want.Key, ID: inner.File, SameForm: func(now model.Remote) bool {
			return len(r.differing(want, now.Object, nil)) == 0
		}}
	}
	return files
}

// InnerLeftError reports a file inside a node that is still there although its node was deleted.
type InnerLeftError struct{ Key model.Key }

func (e *InnerLeftError) Error() string {
	return fmt.Sprintf("%s is still in the workspace, although the node that it lies in was deleted; delete it in DataStudio", e.Key)
}

// awaitGone waits until a file inside a deleted node is gone with it: no call of its own is known to delete it.
func (r *run) awaitGone(ctx context.Context, action diff.Action) error {
	deadline := time.Now().Add(r.Settle)
	for wait := r.Schedule.First; ; wait = min(2*wait, r.Schedule.Longest) {
		now, err := r.API.GetFile(ctx, action.Against.FileID)
		switch {
		case dataworks.IsNotFound(err), err == nil && now.Deleted:
			return nil
		case err != nil:
			return fmt.Errorf("read %s after its node was deleted: %w", action.Key, err)
		case !time.Now().Before(deadline):
			return &InnerLeftError{Key: action.Key}
		}
		if err := r.pause(ctx, wait); err != nil {
			return err
		}
	}
}
