package deploy

import (
	"context"
	"fmt"

	"github.com/dwsync/dwsync/pkg/model"
)

// InnerFile is a file inside a node: it is submitted and deployed with it.
type InnerFile struct {
	Key model.Key
	ID  model.FileID
	// SameForm tells whether the file as read still holds the form that shall be released.
	SameForm func(model.Remote) bool
}

// checkInner makes sure that the files inside a node still hold what is to be released with it. It tells whether one of them was saved after the newest
// version of the node was made. Errors: *MovedError, errors of the port.
func (r *Releaser) checkInner(ctx context.Context, f File, newest model.Version) (isBehind bool, err error) {
	for _, inner := range f.Inner {
		now, err := r.API.GetFile(ctx, inner.ID)
		isGone := isUnknownFile(err)
		if err != nil && !isGone {
			return false, fmt.Errorf("read %s, which goes with %s: %w", inner.Key, f.Key, err)
		}
		if isGone || now.Deleted || !inner.SameForm(now) {
			return false, &MovedError{Key: f.Key, What: fmt.Sprintf("somebody changed %s, which goes with it, since the plan was made", inner.Key)}
		}
		isBehind = isBehind || now.SavedAfter(newest)
	}
	return isBehind, nil
}
