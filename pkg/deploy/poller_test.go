package deploy_test

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/deploy"
	"github.com/dwsync/dwsync/pkg/model"
)

// service answers polls, the n-th of them as it says; it takes ten seconds, as retries do.
type service func(n int) error

type reader struct {
	answer service
	n      int
}

func (r *reader) GetDeployment(_ context.Context, id model.DeploymentID) (model.Deployment, error) {
	time.Sleep(10 * time.Second)
	r.n++
	return model.Deployment{ID: id}, r.answer(r.n)
}

func unreachable(int) error {
	failed := &dataworks.UnreachableError{Action: "GetDeployment", Endpoint: "127.0.0.1:1", Err: syscall.ECONNREFUSED}
	return &dataworks.RetriesError{Attempts: []error{failed, failed}}
}

// wait waits for a deployment; the run ends after some time, never at 0.
func wait(t *testing.T, answer service, end time.Duration) (took time.Duration, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var stop chan struct{}
		if end > 0 {
			stop = make(chan struct{})
			time.AfterFunc(end, func() { close(stop) })
		}
		began := time.Now()
		_, err = deploy.NewPoller(&reader{answer: answer}, deploy.DefaultSchedule(), stop).Wait(t.Context(), "7001")
		took = time.Since(began)
	})
	return took, err
}

// A service that went away is said to be away, after about a minute, and not an approval that somebody has to give.
func TestWaitForAServiceThatIsAway(t *testing.T) {
	took, err := wait(t, unreachable, 0)
	away, ok := errors.AsType[*deploy.AwayError](err)
	if !ok || away.Deployment.ID != "7001" || took < time.Minute || took > 90*time.Second {
		t.Errorf("after %s: %v", took, err)
	}
	for _, want := range []string{"7001", "127.0.0.1:1", "goes on from there"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("it does not say %q: %v", want, err)
		}
	}
}

// A service that is away now and then, or that answers with failures, is asked on until the time is over; why the wait ended is said.
func TestWaitSaysWhyItEnded(t *testing.T) {
	refusal := &dataworks.Error{Action: "GetDeployment", Code: "InternalError.System", Message: "busy", HTTPStatus: 500}
	for name, test := range map[string]struct {
		answer    service
		end       time.Duration
		want, not string
	}{
		"its time was over": {func(int) error { return nil }, 0, "an approval", ""},
		"now and then": {func(n int) error {
			if n%3 == 0 {
				return nil
			}
			return unreachable(n)
		}, 0, "", "nobody"},
		"failures":          {func(int) error { return refusal }, 0, "busy", "approval"},
		"the run was ended": {func(int) error { return nil }, 20 * time.Second, "when the run was ended", "approval"},
	} {
		t.Run(name, func(t *testing.T) {
			took, err := wait(t, test.answer, test.end)
			if _, ok := errors.AsType[*deploy.WaitingError](err); !ok || test.end == 0 && took < deploy.DefaultSchedule().Timeout {
				t.Fatalf("after %s: %v", took, err)
			}
			if !strings.Contains(err.Error(), test.want) || test.not != "" && strings.Contains(err.Error(), test.not) {
				t.Errorf("it says %v", err)
			}
		})
	}
}
