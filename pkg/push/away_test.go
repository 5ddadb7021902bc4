package push_test

import (
	"errors"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/deploy"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/push"
)

// awayAfter is a network that is gone after a time.
type awayAfter struct {
	http.RoundTripper
	gone time.Time
}

func (n awayAfter) RoundTrip(r *http.Request) (*http.Response, error) {
	if time.Now().Before(n.gone) {
		return n.RoundTripper.RoundTrip(r)
	}
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

// Where the service cannot be reached any more, nothing new begins, and no object tries for itself; only what is deployed is asked for a while. The next run
// goes on.
func TestPushStopsWhereTheServiceIsAway(t *testing.T) {
	for _, after := range []time.Duration{0, 400 * time.Millisecond, 800 * time.Millisecond, 2 * time.Second, 6 * time.Second} {
		t.Run(after.String(), func(t *testing.T) {
			inWorld(t, example(t), emulator.Options{}, func(w *world) {
				plan, workspace := w.plan()
				began := time.Now()
				client, err := dataworks.Open(dataworks.Options{
					Endpoint: "127.0.0.1", Region: "cn-shanghai", Project: dataworks.ProjectRef{Identifier: "dw_project"},
					Credentials: dataworks.AccessKey("dwsync", "dwsync", ""), Settle: settle, Transport: awayAfter{w.server.Transport(), began.Add(after)},
				})
				if err != nil {
					w.t.Fatal(err)
				}
				result := push.Run(w.t.Context(), push.Options{
					API: client, Plan: plan, Folders: workspace.Folders, Schedule: deploy.DefaultSchedule(), Settle: settle,
					Comment: func(model.Object) string { return "test" },
				})
				longest := 30 * time.Second
				for _, item := range result.Items {
					if _, ok := errors.AsType[*deploy.AwayError](item.Err); ok {
						longest = 90 * time.Second
					}
				}
				if took := time.Since(began); took > longest {
					w.t.Errorf("it went on for %s", took)
				}
				if result.Count(push.Failed) == 0 || result.Count(push.NotAttempted) == 0 {
					w.t.Errorf("got %v", statuses(result))
				}
				time.Sleep(settle)
				w.wantDone(w.push())
			})
		})
	}
}
