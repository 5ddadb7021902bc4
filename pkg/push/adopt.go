package push

import (
	"context"
	"fmt"
	"time"

	"github.com/dwsync/dwsync/pkg/deploy"
	"github.com/dwsync/dwsync/pkg/model"
)

// A create that the service refuses may have been refused because the object is there already: the plan was made from a read of the past (an earlier
// run created it moments ago), or somebody was faster. The codes of such refusals are not documented, so that the workspace is asked. What is found
// counts as created if it is what the create would have made; anything else is somebody's work.

// lookTwice asks whether an object is there, at once and, if it is not, once more after the settle window.
func (r *run) lookTwice(ctx context.Context, find func(context.Context) (bool, error)) bool {
	for _, wait := range []time.Duration{0, r.Settle} {
		if r.pause(ctx, wait) != nil {
			return false
		}
		// A failed look tells nothing; the refusal of the create is what is reported then.
		found, err := find(ctx)
		if err == nil && found {
			return true
		}
		if deploy.IsAway(err) {
			return false
		}
	}
	return false
}

// pause waits, unless the run is to end.
func (r *run) pause(ctx context.Context, d time.Duration) error { return deploy.Pause(ctx, r.Stop, d) }

// createFile creates the wanted file, or adopts one that is what the create would have made: alike but for fields that follow a create.
func (r *run) createFile(ctx context.Context, want model.Object) (id model.FileID, adopted bool, err error) {
	id, refusal := r.API.CreateFile(ctx, want)
	if refusal == nil {
		return id, false, nil
	}
	refusal = fmt.Errorf("create %s: %w", want.Key, refusal)
	if !r.lookTwice(ctx, func(ctx context.Context) (bool, error) {
		found, err := r.API.FindFile(ctx, want.Key)
		id = found
		return found != "", err
	}) {
		return "", false, refusal
	}
	now, err := r.API.GetFile(ctx, id)
	if err != nil {
		return "", false, refusal
	}
	for _, f := range r.differing(want, now.Object, nil) {
		if !want.Key.FollowsCreate(f) {
			return "", false, &deploy.MovedError{Key: want.Key, What: "somebody created it since the plan was made"}
		}
	}
	return id, true, nil
}

// createBusiness creates the wanted business, or adopts one that is alike.
func (r *run) createBusiness(ctx context.Context, want model.Object) error {
	_, refusal := r.API.CreateBusiness(ctx, want)
	if refusal == nil {
		return nil
	}
	var there model.Object
	if !r.lookTwice(ctx, func(ctx context.Context) (bool, error) {
		businesses, err := r.API.ListBusinesses(ctx)
		for _, b := range businesses {
			if b.Object.Key == want.Key {
				there = b.Object
				return true, nil
			}
		}
		return false, err
	}) {
		return fmt.Errorf("create business %s: %w", want.Key, refusal)
	}
	if len(r.differing(want, there, nil)) > 0 {
		return &deploy.MovedError{Key: want.Key, What: "somebody created it since the plan was made"}
	}
	return nil
}

// createFolder creates a folder, or finds that it is there.
func (r *run) createFolder(ctx context.Context, p model.FolderPath) (model.FolderID, error) {
	id, refusal := r.API.CreateFolder(ctx, p)
	if refusal == nil {
		return id, nil
	}
	if !r.lookTwice(ctx, func(ctx context.Context) (bool, error) {
		found, err := r.API.FindFolder(ctx, p)
		id = found
		return found != "", err
	}) {
		return "", fmt.Errorf("create folder %s: %w", p, refusal)
	}
	return id, nil
}
