package deploy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/model"
)

// A submitted file is deleted in two steps: Delete takes it out of DataStudio and out of the development environment (in simple mode: out of production),
// Undeploy takes it out of production. What a killed run left between the two is finished by Undeploy alone.

// Deletion says what Delete found or did.
type Deletion int

const (
	// DeletedBefore: somebody else, or an earlier run, deleted the file.
	DeletedBefore Deletion = iota
	// DeletedNow: this call deleted it, in DataStudio and in the development environment.
	DeletedNow
	// DeletedWhole: this call deleted it, and it was never submitted, so that nothing else had it.
	DeletedWhole
)

// Delete deletes a file that still holds the planned form, and follows the deletion's deployment.
// Errors: *MovedError, *FailedError, *WaitingError, errors of the port.
func (r *Releaser) Delete(ctx context.Context, f File) (Deletion, error) {
	isGone, err := r.mayDelete(ctx, f)
	if isGone || err != nil {
		return DeletedBefore, err
	}
	id, err := r.API.DeleteFile(ctx, f.ID)
	if refusal, ok := errors.AsType[*dataworks.Error](err); ok && !isFinal(refusal) {
		// What the service refused over, a consumer most often, may be of the past: its deletion ended a moment ago.
		if err := Pause(ctx, r.Stop, r.Settle); err != nil {
			return DeletedBefore, err
		}
		if isGone, err := r.mayDelete(ctx, f); isGone || err != nil {
			return DeletedBefore, err
		}
		id, err = r.API.DeleteFile(ctx, f.ID)
	}
	if _, isLost := errors.AsType[*dataworks.LostDeploymentError](err); isLost {
		// It is on its way; Undeploy waits for what it does not know.
		return DeletedBefore, nil
	}
	if err != nil {
		return DeletedBefore, fmt.Errorf("delete %s: %w", f.Key, err)
	}
	if id == "" {
		return DeletedWhole, nil
	}
	if _, err := r.Poller.Wait(ctx, id); err != nil {
		return DeletedNow, fmt.Errorf("delete %s: %w", f.Key, err)
	}
	return DeletedNow, nil
}

// isFinal tells whether a refusal is about who asks or how often, and not about the file.
func isFinal(refusal *dataworks.Error) bool {
	return dataworks.IsAuthentication(refusal) || dataworks.IsForbidden(refusal) || dataworks.IsQuota(refusal) || dataworks.IsThrottled(refusal)
}

// mayDelete looks at a file just before it is deleted, and tells whether it is gone already.
func (r *Releaser) mayDelete(ctx context.Context, f File) (isGone bool, err error) {
	now, err := r.API.GetFile(ctx, f.ID)
	switch {
	case isUnknownFile(err):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("read %s before its deletion: %w", f.Key, err)
	case now.Deleted:
		return true, nil
	case !f.SameForm(now):
		return false, &MovedError{Key: f.Key, What: "somebody changed it since the plan was made, so that it was not deleted"}
	default:
		if _, err := r.checkInner(ctx, f, model.Version{}); err != nil {
			return false, err
		}
		return false, nil
	}
}

// isUnknownFile tells whether GetFile was answered that there is no such file; an unknown folder on the way to the file's path is something else.
func isUnknownFile(err error) bool {
	refusal, ok := errors.AsType[*dataworks.Error](err)
	return ok && refusal.Action == "GetFile" && dataworks.IsNotFound(err)
}

// Undeploy takes a deleted file out of production. Where this run did not delete it just now, its stage is believed only a settle window later, and the
// deletion must have come through in the development environment. A deletion that is on its way is waited for, and never deployed twice; a file that
// production does not run needs nothing. Errors: *MovedError, *FailedError, *WaitingError, errors of the port.
func (r *Releaser) Undeploy(ctx context.Context, f File, deletion Deletion, comment string) error {
	if deletion == DeletedBefore {
		if err := Pause(ctx, r.Stop, r.Settle); err != nil {
			return err
		}
	}
	isRunning, newest, err := r.runsInProduction(ctx, f)
	if err != nil {
		return err
	}
	if deletion == DeletedBefore {
		if err := r.checkDeleted(ctx, f); err != nil {
			return err
		}
	}
	if r.Mode == model.ModeSimple || !isRunning {
		return nil
	}
	id, err := r.API.DeployFile(ctx, f.ID, newest, comment)
	if err != nil {
		return fmt.Errorf("deploy the deletion of %s: %w", f.Key, err)
	}
	if _, err := r.Poller.Wait(ctx, id); err != nil {
		return fmt.Errorf("deploy the deletion of %s: %w", f.Key, err)
	}
	return nil
}

// runsInProduction tells whether production runs a version of the file, once no deployment of it is on its way, and gives the number of the newest version.
// Whether the versions of a deleted file can be read is not documented; the nodes tell it too, and then the number is 0.
func (r *Releaser) runsInProduction(ctx context.Context, f File) (runs bool, newest int, err error) {
	v, versions, err := r.settledVersions(ctx, f)
	switch {
	case err == nil && len(versions) > 0:
		return slices.ContainsFunc(versions, func(v model.Version) bool { return v.IsCurrentProd }), v.Number, nil
	case err != nil && !dataworks.IsNotFound(err):
		return false, 0, err
	}
	if r.Mode == model.ModeSimple {
		return false, 0, nil
	}
	runs, err = r.hasNode(ctx, f, model.EnvironmentProduction)
	return runs, 0, err
}

func (r *Releaser) hasNode(ctx context.Context, f File, environment string) (bool, error) {
	nodes, err, _ := r.nodes.Do(environment, func() (any, error) { return r.API.ListNodes(ctx, environment) })
	if err != nil {
		return false, fmt.Errorf("look for the node of %s in the environment %s: %w", f.Key, environment, err)
	}
	return slices.ContainsFunc(nodes.([]model.NodeRow), func(n model.NodeRow) bool { return n.FileID == f.ID }), nil
}

// checkDeleted waits until the development environment no longer has the node of a file that somebody else, or an earlier run, deleted.
func (r *Releaser) checkDeleted(ctx context.Context, f File) error {
	now, err := r.API.GetFile(ctx, f.ID)
	switch {
	case isUnknownFile(err):
		return nil
	case err != nil:
		return fmt.Errorf("read %s, which was deleted: %w", f.Key, err)
	case !now.Deleted:
		return &MovedError{Key: f.Key, What: "it is back in DataStudio: its deletion failed, or somebody restored it"}
	case r.Mode == model.ModeSimple:
		return nil
	}
	deadline := time.Now().Add(r.Schedule.Timeout)
	for wait := r.Schedule.First; ; wait = r.Schedule.after(wait) {
		isThere, err := r.hasNode(ctx, f, model.EnvironmentDevelopment)
		if err != nil || !isThere {
			return err
		}
		if !time.Now().Before(deadline) {
			return &WaitingError{Deployment: model.Deployment{ID: model.DeploymentID("of the deletion of " + f.Key.String())}}
		}
		if err := Pause(ctx, r.Stop, wait); err != nil {
			return err
		}
	}
}
