package deploy

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/model"
)

// DeploymentReader reads deployments.
type DeploymentReader interface {
	GetDeployment(context.Context, model.DeploymentID) (model.Deployment, error)
}

// Schedule says how often and how long deployments are asked for.
type Schedule struct {
	// First is the wait before the first poll; each further one is half as long again, up to Longest.
	First, Longest time.Duration
	// Timeout ends the wait for one deployment: a deployment that is still not decided then is waiting, not failed.
	Timeout time.Duration
}

// DefaultSchedule fits a service whose deployments take seconds.
func DefaultSchedule() Schedule {
	return Schedule{First: 500 * time.Millisecond, Longest: 10 * time.Second, Timeout: 10 * time.Minute}
}

func (s Schedule) after(wait time.Duration) time.Duration {
	return min(wait+wait/2+time.Millisecond, s.Longest)
}

// pollsAtOnce bounds the poller's share of the connections: polls are cheap for the quota (level 1), releases must not starve behind them.
const pollsAtOnce = 4

// longestAway is how long a service may be out of reach, poll after poll, before a wait ends: longer than a gateway takes to restart.
const longestAway = time.Minute

// Poller watches all deployments of a run. It is safe for concurrent use.
type Poller struct {
	reader   DeploymentReader
	schedule Schedule
	stop     <-chan struct{}
	slots    *semaphore.Weighted
}

// NewPoller makes a poller. Once stop is closed every wait ends as not decided; a nil stop never ends one.
func NewPoller(reader DeploymentReader, schedule Schedule, stop <-chan struct{}) *Poller {
	return &Poller{reader: reader, schedule: schedule, stop: stop, slots: semaphore.NewWeighted(pollsAtOnce)}
}

// Wait follows a deployment until it is decided: succeeded (and no check holds it), failed or rejected. A poll that fails is no verdict on the
// deployment: the port has retried it already, so that the wait just goes on until the timeout, or until the service was away for a minute.
// Errors: *FailedError, *WaitingError (timeout, or ctx or stop ended the wait), *AwayError.
func (p *Poller) Wait(ctx context.Context, id model.DeploymentID) (model.Deployment, error) {
	deadline := time.Now().Add(p.schedule.Timeout)
	last := model.Deployment{ID: id}
	var pollErr error
	var away time.Time // since when no poll has reached the service, zero if the last one did
	for wait := p.schedule.First; ; wait = p.schedule.after(wait) {
		if err := Pause(ctx, p.stop, wait); err != nil {
			return last, &WaitingError{Deployment: last, Cause: err}
		}
		asked := time.Now()
		d, err := p.poll(ctx, id)
		pollErr = err
		if err == nil {
			last = d
			if decided, err := decide(d); decided {
				return d, err
			}
		}
		if _, unreached := errors.AsType[*dataworks.UnreachableError](err); !unreached {
			away = time.Time{}
		} else if away.IsZero() {
			away = asked
		} else if gone := time.Since(away); gone >= longestAway {
			return last, &AwayError{Deployment: last, For: gone, Err: err}
		}
		if !time.Now().Before(deadline) {
			return last, &WaitingError{Deployment: last, Cause: pollErr}
		}
	}
}

func (p *Poller) poll(ctx context.Context, id model.DeploymentID) (model.Deployment, error) {
	if err := p.slots.Acquire(ctx, 1); err != nil {
		return model.Deployment{}, err
	}
	defer p.slots.Release(1)
	select {
	case <-p.stop: // the run was ended while others polled
		return model.Deployment{}, ErrStopped
	default:
	}
	return p.reader.GetDeployment(ctx, id)
}

// decide reads a deployment as GetDeployment documents it: deployable on only if Status is 1 and CheckingStatus is empty.
func decide(d model.Deployment) (bool, error) {
	switch {
	case d.Status == model.DeploymentFailed, d.Status == model.DeploymentRejected, d.Checking == model.CheckingFailed:
		return true, &FailedError{Deployment: d}
	case d.Status == model.DeploymentSucceeded && d.Checking == model.CheckingNone:
		return true, nil
	default:
		return false, nil
	}
}
