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
	DeployFile(ctx context.Context, id model.FileID, version int, comment string) (model.DeploymentID, error)
	DeleteFile(context.Context, model.FileID) (model.DeploymentID, error)
	ListNodes(ctx context.Context, environment string) ([]model.NodeRow, error)
	ListFileVersions(context.Context, model.FileID) ([]model.Version, error)
	GetFileVersion(context.Context, model.FileID, int) (model.Version, error)
	GetNodeCode(ctx context.Context, id model.NodeID, environment string) (string, error)
	FindDeployment(ctx context.Context, file model.FileID, version int, production bool) (model.DeploymentID, error)
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

	// Found is told of unfinished work of an earlier run that is recognised on the way; nil if nobody listens.
	Found func(key model.Key, what string)

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
	// Inner are the files inside the node.
	Inner []InnerFile
}

// Submit makes the saved form the newest version in the development environment (in simple mode: in production), and checks that the version is what
// was pushed. A submit that is on its way is waited for instead of repeated.
// Errors: *FailedError, *WaitingError, *MovedError, errors of the port.
func (r *Releaser) Submit(ctx context.Context, f File, comment string) (Submitted, error) {
	if !f.Fresh {
		version, err := r.alreadySubmitted(ctx, f)
		if err != nil || version > 0 {
			return Submitted{Version: version}, err
		}
	}
	id, err := r.API.SubmitFile(ctx, f.ID, comment)
	if err != nil {
		return Submitted{}, fmt.Errorf("submit %s: %w", f.Key, err)
	}
	done, err := r.Poller.Wait(ctx, id)
	if err != nil {
		return Submitted{Now: true}, fmt.Errorf("submit %s: %w", f.Key, err)
	}
	version, err := r.checkSubmitted(ctx, f, done.VersionOf(f.ID))
	return Submitted{Now: true, Version: version}, err
}

// Submitted is what Submit came to.
type Submitted struct {
	// Version is the number of the version that was read and is what was pushed; nothing else may be deployed.
	Version int
	// Now tells that this call submitted it, and did not find it done.
	Now bool
}

// alreadySubmitted looks again at a file that this run did not save, a settle window after the plan's read, and waits for a submit on its way. It gives the
// submitted version, 0 if the form is not submitted.
func (r *Releaser) alreadySubmitted(ctx context.Context, f File) (version int, err error) {
	if err := Pause(ctx, r.Stop, r.Settle); err != nil {
		return 0, err
	}
	newest, err := r.settledVersion(ctx, f)
	if err != nil {
		return 0, err
	}
	now, err := r.API.GetFile(ctx, f.ID)
	if err != nil {
		return 0, fmt.Errorf("submit %s: %w", f.Key, err)
	}
	if !f.SameForm(now) {
		return 0, &MovedError{Key: f.Key, What: "somebody changed it since the plan was made"}
	}
	isBehind, err := r.checkInner(ctx, f, newest)
	if err != nil || isBehind || now.Stage < model.StageSubmitted {
		return 0, err
	}
	return r.checkSubmitted(ctx, f, newest.Number)
}

// checkSubmitted holds the submitted version against what was pushed: nothing is released that was not read. The service may show the new version a
// moment late, so that a look that does not find it, or finds one before that which is known to be there, is repeated within the settle window.
func (r *Releaser) checkSubmitted(ctx context.Context, f File, known int) (version int, err error) {
	deadline := time.Now().Add(r.Settle)
	for wait := r.Schedule.First; ; wait = r.Schedule.after(wait) {
		final := !time.Now().Before(deadline)
		if final {
			known = 0 // whatever numbers the deployment told, this is no read of the past
		}
		version, err := r.lookAtSubmitted(ctx, f, known)
		_, moved := errors.AsType[*MovedError](err)
		if err == nil || !moved && !dataworks.IsNotFound(err) || final {
			return version, err
		}
		if err := Pause(ctx, r.Stop, wait); err != nil {
			return 0, err
		}
	}
}

// lookAtSubmitted holds the file and its newest version against what was pushed, once, and gives the version's number, which is not below the known one.
func (r *Releaser) lookAtSubmitted(ctx context.Context, f File, known int) (version int, err error) {
	now, err := r.API.GetFile(ctx, f.ID)
	if err != nil {
		return 0, fmt.Errorf("check %s after its submit: %w", f.Key, err)
	}
	if !f.SameForm(now) || now.Stage < model.StageSubmitted {
		return 0, &MovedError{Key: f.Key, What: "after its submit the workspace holds another form than the tree"}
	}
	if now.CurrentVersion < known {
		return 0, &MovedError{Key: f.Key, What: fmt.Sprintf("after its submit the workspace shows version %d, and not version %d that was made", now.CurrentVersion, known)}
	}
	newest, err := r.API.GetFileVersion(ctx, f.ID, now.CurrentVersion)
	if err != nil {
		return 0, fmt.Errorf("check %s after its submit: %w", f.Key, err)
	}
	if !f.HasCode(newest.Content) {
		return 0, &MovedError{Key: f.Key, What: fmt.Sprintf("its submitted version %d holds other code than the tree", now.CurrentVersion)}
	}
	isBehind, err := r.checkInner(ctx, f, newest)
	if err != nil {
		return 0, err
	}
	if isBehind {
		// Nothing else tells a node of which only an inner file changed from what it was before the submit.
		return 0, &MovedError{Key: f.Key, What: fmt.Sprintf("a file inside it was saved after its submitted version %d was made", now.CurrentVersion)}
	}
	return now.CurrentVersion, nil
}

// Deploy brings the version that Submit found to production. A version that production has, or that is on its way there, is not deployed again.
// A version that this run submitted just now needs no such look, and a list of versions could still show the one before it. In simple mode there is
// nothing to do. Errors: *FailedError, *WaitingError, *MovedError, errors of the port.
func (r *Releaser) Deploy(ctx context.Context, f File, s Submitted, comment string) error {
	if r.Mode == model.ModeSimple {
		return nil
	}
	if !s.Now {
		newest, err := r.settledVersion(ctx, f)
		if err != nil {
			return err
		}
		if newest.IsCurrentProd && newest.Number >= s.Version {
			return nil
		}
	}
	version, err := r.checkStillNewest(ctx, f, s.Version)
	if err != nil {
		return err
	}
	id, err := r.API.DeployFile(ctx, f.ID, version, comment)
	if err != nil {
		return fmt.Errorf("deploy %s: %w", f.Key, err)
	}
	done, err := r.Poller.Wait(ctx, id)
	if err != nil {
		return fmt.Errorf("deploy %s: %w", f.Key, err)
	}
	return checkDeployed(f, version, done)
}

// checkStillNewest looks, just before a deployment, whether somebody has submitted another version since the one that was read: DeployFile takes no version
// and deploys the newest, and the parents' deployments may have taken long. It gives the newest version, which was read and is what was pushed.
func (r *Releaser) checkStillNewest(ctx context.Context, f File, version int) (newest int, err error) {
	now, err := r.API.GetFile(ctx, f.ID)
	if err != nil {
		return 0, fmt.Errorf("deploy %s: %w", f.Key, err)
	}
	// A read of the past shows an older version.
	if now.CurrentVersion <= version {
		return version, nil
	}
	newest, err = r.checkSubmitted(ctx, f, now.CurrentVersion)
	if _, moved := errors.AsType[*MovedError](err); moved {
		return 0, &MovedError{Key: f.Key, What: fmt.Sprintf("somebody submitted version %d since version %d was read", now.CurrentVersion, version)}
	}
	return newest, err
}

// checkDeployed tells if a deployment took another version than the one that was read: one that somebody submitted in the moment before it.
func checkDeployed(f File, version int, d model.Deployment) error {
	if took := d.VersionOf(f.ID); took > version {
		return &OvertakenError{Key: f.Key, Deployment: d.ID, Version: took, Read: version}
	}
	return nil
}

// settledVersion gives the newest version once no release of it is on its way; the zero Version if there is none.
func (r *Releaser) settledVersion(ctx context.Context, f File) (model.Version, error) {
	newest, _, err := r.settledVersions(ctx, f)
	return newest, err
}

// settledVersions gives all versions beside the newest one. A deployment to production that was on its way and did not arrive is a *FailedError: it is what
// the run that began it would have reported, and an approval that somebody refused is not asked for again unless a person runs the command again.
func (r *Releaser) settledVersions(ctx context.Context, f File) (newest model.Version, versions []model.Version, err error) {
	deadline, releasing, told := time.Now().Add(r.Schedule.Timeout), 0, false
	for wait := r.Schedule.First; ; wait = r.Schedule.after(wait) {
		versions, err = r.API.ListFileVersions(ctx, f.ID)
		if err != nil {
			return model.Version{}, nil, fmt.Errorf("read the versions of %s: %w", f.Key, err)
		}
		newest = model.Newest(versions)
		switch {
		case !newest.InFlight() && releasing > 0 && releasing == newest.Number && !newest.IsCurrentProd:
			return newest, versions, r.whyNotDeployed(ctx, f, newest)
		case !newest.InFlight():
			return newest, versions, nil
		case !told:
			told = true
			r.found(f.Key, fmt.Sprintf("version %d is on its way (%s), it is waited for", newest.Number, newest.Status))
		}
		if newest.Status != model.VersionCommitting {
			releasing = newest.Number
		}
		if !time.Now().Before(deadline) {
			return newest, versions, &WaitingError{Deployment: model.Deployment{ID: r.deploymentOf(ctx, f, newest)}}
		}
		if err := Pause(ctx, r.Stop, wait); err != nil {
			return newest, versions, err
		}
	}
}

// deploymentOf names the deployment that a version is on its way with; where the service does not show it, it says what is known.
func (r *Releaser) deploymentOf(ctx context.Context, f File, v model.Version) model.DeploymentID {
	id, err := r.API.FindDeployment(ctx, f.ID, v.Number, v.Status != model.VersionCommitting)
	if err != nil || id == "" {
		return model.DeploymentID(fmt.Sprintf("of version %d", v.Number))
	}
	return id
}

// whyNotDeployed gives how a deployment to production ended that was on its way and did not arrive; nil if the service does not show it.
func (r *Releaser) whyNotDeployed(ctx context.Context, f File, v model.Version) error {
	id, err := r.API.FindDeployment(ctx, f.ID, v.Number, true)
	if err != nil || id == "" {
		return nil
	}
	d, err := r.API.GetDeployment(ctx, id)
	if err != nil {
		return nil
	}
	if _, err := decide(d); err != nil {
		return fmt.Errorf("deploy %s: %w", f.Key, err)
	}
	return nil
}

// found tells of unfinished work that was recognised.
func (r *Releaser) found(key model.Key, what string) {
	if r.Found != nil {
		r.Found(key, what)
	}
}

// Verify compares the code that a node runs in production with what was pushed. node is empty if it is not known yet. A read of the past is looked at again
// until the settle window has passed. Errors: *CodeError, errors of the port.
func (r *Releaser) Verify(ctx context.Context, f File, node model.NodeID) error {
	deadline := time.Now().Add(r.Settle)
	for wait := r.Schedule.First; ; wait = r.Schedule.after(wait) {
		if node == "" {
			now, err := r.API.GetFile(ctx, f.ID)
			if err != nil {
				return fmt.Errorf("look for the node of %s: %w", f.Key, err)
			}
			node = now.NodeID
		}
		err := r.verify(ctx, f, node)
		if err == nil || !time.Now().Before(deadline) {
			return err
		}
		if _, differs := errors.AsType[*CodeError](err); !differs && !dataworks.IsNotFound(err) {
			return err
		}
		if err := Pause(ctx, r.Stop, wait); err != nil {
			return err
		}
	}
}

func (r *Releaser) verify(ctx context.Context, f File, node model.NodeID) error {
	if node == "" {
		return &CodeError{Key: f.Key}
	}
	code, err := r.API.GetNodeCode(ctx, node, model.EnvironmentProduction)
	if err != nil {
		return fmt.Errorf("read the code that %s runs in production: %w", f.Key, err)
	}
	if !f.HasCode(code) {
		return &CodeError{Key: f.Key, Node: node}
	}
	return nil
}
