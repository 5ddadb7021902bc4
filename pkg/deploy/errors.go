package deploy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/model"
)

// ErrStopped ends waits after the user asked for an early end.
var ErrStopped = errors.New("stopped")

// FailedError reports a deployment that the service refused or failed.
type FailedError struct{ Deployment model.Deployment }

func (e *FailedError) Error() string {
	what := "failed"
	switch {
	case e.Deployment.Checking == model.CheckingFailed:
		what = "was held back by a pre-deploy check"
	case e.Deployment.Status == model.DeploymentRejected:
		what = "was rejected"
	}
	message := e.Deployment.Message
	if e.Deployment.Status == model.DeploymentSucceeded {
		// The message is that of the deployment itself, which went well.
		message = ""
	}
	if message == "" {
		message = "the service gives no reason"
	}
	return fmt.Sprintf("deployment %s %s: %s", e.Deployment.ID, what, message)
}

// WaitingError reports a deployment that is not decided: an approval, or a wait that was cut short. It is no failure; the next run goes on from there.
type WaitingError struct {
	Deployment model.Deployment
	// Cause is why the wait ended, nil if its time was over.
	Cause error
}

func (e *WaitingError) Error() string {
	switch {
	case e.Cause == nil:
		return fmt.Sprintf("deployment %s is not decided yet (an approval or a check may hold it); run the same command again later", e.Deployment.ID)
	case errors.Is(e.Cause, ErrStopped) || errors.Is(e.Cause, context.Canceled):
		return fmt.Sprintf("deployment %s was not decided yet when the run was ended; run the same command again, it goes on from there", e.Deployment.ID)
	default:
		return fmt.Sprintf("nobody knows yet whether deployment %s is decided: %v; run the same command again later", e.Deployment.ID, e.Cause)
	}
}

func (e *WaitingError) Unwrap() error { return e.Cause }

// AwayError reports that the service could not be reached any more while a deployment was waited for. The deployment may end well all the same.
type AwayError struct {
	Deployment model.Deployment
	// For is how long nothing came.
	For time.Duration
	Err error
}

func (e *AwayError) Error() string {
	return fmt.Sprintf("deployment %s was begun, but the service could not be reached for %s, so that nobody knows how it ended: %v; run the same command again, it goes on from there",
		e.Deployment.ID, e.For.Round(time.Second), e.Err)
}

func (e *AwayError) Unwrap() error { return e.Err }

// IsAway tells whether a call found, at each of its last attempts, no connection to the service at all: other calls would find the same.
func IsAway(err error) bool {
	if _, ok := errors.AsType[*AwayError](err); ok {
		return true
	}
	if e, ok := errors.AsType[*dataworks.OutcomeError](err); ok {
		return IsAway(e.ReadErr)
	}
	e, ok := errors.AsType[*dataworks.RetriesError](err)
	if !ok {
		return false
	}
	last, ok := errors.AsType[*dataworks.UnreachableError](e.Unwrap())
	return ok && last.NotSent
}

// CodeError reports a node that runs other code in production than the tree has.
type CodeError struct {
	Key  model.Key
	Node model.NodeID
}

func (e *CodeError) Error() string {
	if e.Node == "" {
		return fmt.Sprintf("%s: it has no node, so that nobody can tell what production runs", e.Key)
	}
	return fmt.Sprintf("%s: its node %s runs other code in production than the tree has; compare them in the operation centre, then submit and deploy the file once more", e.Key, e.Node)
}

// OvertakenError reports a deployment that took a version which somebody submitted in the moment between the last look and the deployment: DeployFile takes
// no version.
type OvertakenError struct {
	Key        model.Key
	Deployment model.DeploymentID
	// Version is what was deployed, Read what was read and meant.
	Version, Read int
}

func (e *OvertakenError) Error() string {
	return fmt.Sprintf("%s: deployment %s took version %d, which somebody submitted at that moment, and not version %d, which was read; look at what production runs now, in the console",
		e.Key, e.Deployment, e.Version, e.Read)
}

// MovedError reports that the workspace no longer holds what the plan was computed against, or what was pushed: somebody else is at work.
type MovedError struct {
	Key model.Key
	// What says what was found.
	What string
}

func (e *MovedError) Error() string {
	return fmt.Sprintf("%s: %s; nothing of it was released, run dwsync diff to see it", e.Key, e.What)
}
