package project

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/dwsync/dwsync/pkg/diff"
)

// For a while after a write the service may answer from the past. A run that follows another one closely could then take what that run changed for
// somebody's edit, and what it created for deleted. So whatever looks as if somebody else had done it is believed only if the state was recorded longer ago
// than a settle window; otherwise the rest of the window is waited for, and the workspace is read once more.

// looksLikeOthersWork tells whether a verdict says that somebody else changed the workspace.
func looksLikeOthersWork(v diff.Verdict) bool {
	switch v {
	case diff.ChangedThere, diff.DeletedThere, diff.Conflict, diff.Unrelated:
		return true
	default:
		return false
	}
}

// unsettled gives how long is to be waited before what others seem to have done can be believed; 0 if it can be at once.
func (s *Session) unsettled() time.Duration {
	if s.recorded.IsZero() {
		return 0
	}
	for _, c := range s.Comparisons {
		if looksLikeOthersWork(c.Verdict) {
			// A clock that was set back makes the record younger than it is, never older.
			return min(max(time.Until(s.recorded.Add(s.Settle())), 0), s.Settle())
		}
	}
	return 0
}

// recordedAt gives the time of the last change of a file of ours, zero if it is not there.
func recordedAt(file string) time.Time {
	info, err := os.Stat(file)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// wait waits, unless ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// EmptyWorkspaceError reports a workspace in which nothing is left of all that was pushed to it or pulled from it. That is a wrong workspace or a read that
// failed in silence far more often than somebody's deed.
type EmptyWorkspaceError struct {
	Target string
	// Known is the number of objects that the workspace held.
	Known int
	State string
}

func (e *EmptyWorkspaceError) Error() string {
	return fmt.Sprintf("the workspace of target %s is empty, but held %d objects of this tree before; this is not believed, nothing was changed: check project and projectId in dwsync.yaml; if it really is a new workspace, delete %s and run again",
		e.Target, e.Known, e.State)
}

// refuseEmpty refuses a workspace in which everything is gone.
func (s *Session) refuseEmpty() error {
	gone := 0
	for _, c := range s.Comparisons {
		if c.Remote != nil {
			return nil
		}
		if c.Base != nil {
			gone++
		}
	}
	if gone == 0 {
		return nil
	}
	return &EmptyWorkspaceError{Target: s.Target.Name, Known: gone, State: s.stateFile()}
}
