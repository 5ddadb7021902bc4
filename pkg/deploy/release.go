package deploy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/model"
)

// API is what a release needs of the workspace.
type API interface {
	DeploymentReader
	GetFile(context.Context, model.FileID) (model.Remote, error)
	SubmitFile(context.Context, model.FileID, string) (model.DeploymentID, error)
	DeployFile(context.Context, model.FileID, string) (model.DeploymentID, error)
	DeleteFile(context.Context, model.FileID) (model.DeploymentID, error)
	ListNodes(ctx context.Context, environment string) ([]model.NodeRow, error)
	ListFileVersions(context.Context, model.FileID) ([]model.Version, error)
	GetFileVersion(context.Context, model.FileID, int) (model.Version, error)
}

// Releaser releases files of one workspace. It is safe for concurrent use.
type Releaser struct {
	API    API
	Poller *Poller
	// Mode is the workspace's: in simple mode submitting is releasing.
	Mode model.Mode
	// Settle is how long a read may still show the past after a write. The stage of what this run did not write itself is believed only from two
	// reads a settle window apart.
	Settle   time.Duration
	Schedule Schedule
	// Stop ends every wait early; nil never does.
	Stop <-chan struct{}

	// nodes shares a list of nodes between those who ask for it at once.
	nodes singleflight.Group
}

// File is the file to release.
type File struct {
	Key model.Key
	ID  model.FileID
	// HasCode tells whether a stored content, which the submitted version holds, is the code that was pushed.
	HasCode func(stored string) bool
	// SameForm tells whether the file as read still holds the form that shall be released.
	SameForm func(model.Remote) bool
	// Fresh tells that this run saved the file, so that its stage needs no second look before the submit.
	Fresh bool
}

// Submit makes the saved form the newest version in the development environment (in simple mode: in production), and checks that the version is what
// was pushed. A submit that is on its way is waited for instead of repeated.
// It tells whether it submitted something, or found it done.
// Errors: *FailedError, *WaitingError, *MovedError, errors of the port.
func (r *Releaser) Submit(ctx context.Context, f File, comment string) (submittedNow bool, err error) {
	if !f.Fresh {
		submitted, err := r.alreadySubmitted(ctx, f)
		if err != nil || submitted {
			return false, err
		}
	}
	id, err := r.API.SubmitFile(ctx, f.ID, comment)
	if err != nil {
		return false, fmt.Errorf("submit %s: %w", f.Key, err)
	}
	if _, err := r.Poller.Wait(ctx, id); err != nil {
		return true, fmt.Errorf("submit %s: %w", f.Key, err)
	}
	return true, r.checkSubmitted(ctx, f)
}

// alreadySubmitted looks again at a file that this run did not save, a settle window after the plan's read, and waits for a submit on its way.
func (r *Releaser) alreadySubmitted(ctx context.Context, f File) (bool, error) {
	if err := Pause(ctx, r.Stop, r.Settle); err != nil {
		return false, err
	}
	if _, err := r.settledVersion(ctx, f); err != nil {
		return false, err
	}
	now, err := r.API.GetFile(ctx, f.ID)
	if err != nil {
		return false, fmt.Errorf("submit %s: %w", f.Key, err)
	}
	if !f.SameForm(now) {
		return false, &MovedError{Key: f.Key, What: "somebody changed it since the plan was made"}
	}
	if now.Stage < model.StageSubmitted {
		return false, nil
	}
	return true, r.checkSubmitted(ctx, f)
}

// checkSubmitted holds the submitted version against what was pushed: nothing is released that was not read. The service may show the new version a
// moment late, so that a look that does not find it is repeated within the settle window.
func (r *Releaser) checkSubmitted(ctx context.Context, f File) error {
	deadline := time.Now().Add(r.Settle)
	for wait := r.Schedule.First; ; wait = r.Schedule.after(wait) {
		err := r.lookAtSubmitted(ctx, f)
		_, moved := errors.AsType[*MovedError](err)
		if err == nil || !moved && !dataworks.IsNotFound(err) || !time.Now().Before(deadline) {
			return err
		}
		if err := Pause(ctx, r.Stop, wait); err != nil {
			return err
		}
	}
}

// lookAtSubmitted holds the file and its newest version against what was pushed, once.
func (r *Releaser) lookAtSubmitted(ctx context.Context, f File) error {
	now, err := r.API.GetFile(ctx, f.ID)
	if err != nil {
		return fmt.Errorf("check %s after its submit: %w", f.Key, err)
	}
	if !f.SameForm(now) || now.Stage < model.StageSubmitted {
		return &MovedError{Key: f.Key, What: "after its submit the workspace holds another form than the tree"}
	}
	version, err := r.API.GetFileVersion(ctx, f.ID, now.CurrentVersion)
	if err != nil {
		return fmt.Errorf("check %s after its submit: %w", f.Key, err)
	}
	if !f.HasCode(version.Content) {
		return &MovedError{Key: f.Key, What: fmt.Sprintf("its submitted version %d holds other code than the tree", now.CurrentVersion)}
	}
	return nil
}

// Deploy brings the newest submitted version to production. A version that production has, or that is on its way there, is not deployed again.
// A version that this run submitted just now needs no such look, and a list of versions could still show the one before it. In simple mode there is
// nothing to do. Errors: *FailedError, *WaitingError, errors of the port.
func (r *Releaser) Deploy(ctx context.Context, f File, submittedNow bool, comment string) error {
	if r.Mode == model.ModeSimple {
		return nil
	}
	if !submittedNow {
		newest, err := r.settledVersion(ctx, f)
		if err != nil {
			return err
		}
		if newest.IsCurrentProd {
			return nil
		}
	}
	id, err := r.API.DeployFile(ctx, f.ID, comment)
	if err != nil {
		return fmt.Errorf("deploy %s: %w", f.Key, err)
	}
	if _, err := r.Poller.Wait(ctx, id); err != nil {
		return fmt.Errorf("deploy %s: %w", f.Key, err)
	}
	return nil
}

// settledVersion gives the newest version once no release of it is on its way; the zero Version if there is none.
func (r *Releaser) settledVersion(ctx context.Context, f File) (model.Version, error) {
	newest, _, err := r.settledVersions(ctx, f)
	return newest, err
}

// settledVersions gives all versions beside the newest one.
func (r *Releaser) settledVersions(ctx context.Context, f File) (newest model.Version, versions []model.Version, err error) {
	deadline := time.Now().Add(r.Schedule.Timeout)
	for wait := r.Schedule.First; ; wait = r.Schedule.after(wait) {
		versions, err = r.API.ListFileVersions(ctx, f.ID)
		if err != nil {
			return model.Version{}, nil, fmt.Errorf("read the versions of %s: %w", f.Key, err)
		}
		newest = model.Version{}
		for _, v := range versions {
			if v.Number > newest.Number {
				newest = v
			}
		}
		if !newest.InFlight() {
			return newest, versions, nil
		}
		if !time.Now().Before(deadline) {
			return newest, versions, &WaitingError{Deployment: model.Deployment{ID: model.DeploymentID(fmt.Sprintf("of version %d", newest.Number))}}
		}
		if err := Pause(ctx, r.Stop, wait); err != nil {
			return newest, versions, err
		}
	}
}
