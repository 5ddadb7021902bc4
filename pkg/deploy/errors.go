package deploy

import (
	"errors"
	"fmt"

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
	return fmt.Sprintf("deployment %s is not decided yet (an approval or a check may hold it); run the same command again later", e.Deployment.ID)
}

func (e *WaitingError) Unwrap() error { return e.Cause }

// MovedError reports that the workspace no longer holds what the plan was computed against, or what was pushed: somebody else is at work.
type MovedError struct {
	Key model.Key
	// What says what was found.
	What string
}

func (e *MovedError) Error() string {
	return fmt.Sprintf("%s: %s; nothing of it was released, run dwsync diff to see it", e.Key, e.What)
}
