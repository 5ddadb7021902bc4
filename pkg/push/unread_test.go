package push_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dwsync/dwsync/pkg/deploy"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/push"
)

// meddler lets somebody else act just before the first call of an action.
type meddler struct {
	base   http.RoundTripper
	before string
	act    func()
}

// RoundTrip implements http.RoundTripper.
func (m *meddler) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, _ := url.ParseQuery(string(body))
	if action := r.URL.Query().Get("Action") + form.Get("Action"); action == m.before && m.act != nil {
		act := m.act
		m.act = nil
		act()
	}
	return m.base.RoundTrip(r)
}

// Whatever moment of a push somebody in the console edits a file, and submits it too: what nobody read is not released. In the moment between two calls,
// where no look is possible, it is at least told.
func TestNothingUnreadIsReleased(t *testing.T) {
	const (
		console = "SELECT 'console';\n"
		mine    = "SELECT 'tree';\n"
		before  = "" // production keeps what it had
	)
	for name, c := range map[string]struct {
		before string
		// description tells that the console changes a field that the push does not send, else it changes the code.
		description, submit bool
		want                push.Status
		// production is the code that runs there in the end.
		production string
	}{
		"between plan and first read":                     {"GetFile", false, false, push.Refused, before},
		"between plan and first read, another field":      {"GetFile", true, false, push.Refused, before},
		"between plan and first read, submitted":          {"GetFile", false, true, push.Refused, before},
		"between read and update":                         {"UpdateFile", true, false, push.Refused, before},
		"between read and update, submitted":              {"UpdateFile", true, true, push.Refused, before},
		"between update and submit":                       {"SubmitFile", false, false, push.Refused, before},
		"between update and submit, another field":        {"SubmitFile", true, false, push.Refused, before},
		"while the submit runs":                           {"GetDeployment", false, false, push.Refused, before},
		"before the submitted version is read":            {"GetFileVersion", false, true, push.Refused, before},
		"between the last look and the deployment, saved": {"DeployFile", false, false, push.Done, mine},
		"between the last look and the deployment":        {"DeployFile", false, true, push.Failed, console},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, upstreamOf(example(t), "ods_order_di"), emulator.Options{}, func(w *world) {
				w.wantDone(w.push())
				key := model.FileKey("业务流程/电商数仓/MaxCompute/ods", "ods_order_di", 10)
				changed := w.forms[key].Clone()
				changed.Set(model.FieldContent, model.TextValue(mine))
				old := w.forms[key].Text(model.FieldContent)
				w.forms[key] = changed
				plan, workspace := w.plan()
				id := workspace.Objects[key].FileID
				edit := func() {
					meddling := w.transport
					w.transport = nil
					other := w.client()
					w.transport = meddling
					now, err := other.GetFile(w.t.Context(), id)
					fatal(t, err)
					field, value := model.FieldContent, console
					if c.description {
						field, value = model.FieldFileDescription, "edited in the console"
					}
					now.Object.Set(field, model.TextValue(value))
					fatal(t, other.UpdateFile(w.t.Context(), id, now.Object, []model.Field{field}, now.AutoOutputs))
					if c.submit {
						_, err := other.SubmitFile(w.t.Context(), id, "by somebody in the console")
						fatal(t, err)
						time.Sleep(4 * time.Second)
					}
				}
				w.transport = &meddler{base: w.server.Transport(), before: c.before, act: edit}
				result := w.run(plan, workspace, nil)
				w.transport = nil
				if len(result.Items) != 1 || result.Items[0].Status != c.want {
					t.Fatalf("got %v, want it %s: %v", statuses(result), c.want, result.Items[0].Err)
				}
				want := c.production
				if want == before {
					want = old
				}
				if got := w.inProduction(id); got != want {
					t.Errorf("production runs\n%s\nwant\n%s", got, want)
				}
				if c.want == push.Failed {
					if overtaken, ok := errors.AsType[*deploy.OvertakenError](result.Items[0].Err); !ok || overtaken.Version <= overtaken.Read {
						t.Errorf("it says %v", result.Items[0].Err)
					}
				}
				now, err := w.client().GetFile(w.t.Context(), id)
				fatal(t, err)
				if got := now.Object.Text(model.FieldFileDescription); c.description && got != "edited in the console" {
					t.Errorf("the console's edit became %q", got)
				}
				if got := now.Object.Text(model.FieldContent); !c.description && got != console {
					t.Errorf("the console's edit became %q", got)
				}
			})
		})
	}
}

// inProduction gives the code of the version that production runs.
func (w *world) inProduction(id model.FileID) string {
	w.t.Helper()
	versions, err := w.client().ListFileVersions(w.t.Context(), id)
	fatal(w.t, err)
	for _, v := range versions {
		if v.IsCurrentProd {
			full, err := w.client().GetFileVersion(w.t.Context(), id, v.Number)
			fatal(w.t, err)
			return full.Content
		}
	}
	return ""
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// liar answers every GetNodeCode with other code.
type liar struct{ base http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (l liar) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if !strings.Contains(string(body)+r.URL.RawQuery, "GetNodeCode") {
		return l.base.RoundTrip(r)
	}
	return &http.Response{
		StatusCode: 200, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(`{"RequestId":"0A","Success":true,"Data":"SELECT 'other';"}`)), Request: r,
	}, nil
}

// A node that runs other code in production than the tree has fails by name, whether this run deployed it or an earlier one; one that runs it is counted.
func TestVerify(t *testing.T) {
	inWorld(t, upstreamOf(example(t), "ods_order_di"), emulator.Options{}, func(w *world) {
		plan, workspace := w.plan()
		options := func() push.Options {
			return push.Options{API: w.client(), Plan: plan, Schedule: deploy.DefaultSchedule(), Settle: settle}
		}
		result := w.run(plan, workspace, nil)
		nodes := 0
		for key := range w.forms {
			if key.Kind == model.KindNode {
				nodes++
			}
		}
		if verified := push.Verify(w.t.Context(), options(), result, nil); nodes == 0 || verified.Verified != nodes || verified.Count(push.Failed) > 0 {
			t.Errorf("%d nodes of %d are verified: %v", verified.Verified, nodes, statuses(verified))
		}
		w.transport = liar{w.server.Transport()}
		verified := push.Verify(w.t.Context(), options(), result, nil)
		if verified.Verified > 0 || verified.Count(push.Failed) != nodes {
			t.Errorf("%d nodes are verified although production lies: %v", verified.Verified, statuses(verified))
		}
		for _, item := range verified.Items {
			if wrong, ok := errors.AsType[*deploy.CodeError](item.Err); item.Status == push.Failed && (!ok || wrong.Key != item.Action.Key || !strings.Contains(wrong.Error(), item.Action.Key.Name)) {
				t.Errorf("%s: %v", item.Action.Key, item.Err)
			}
		}
	})
}

// A deployment that waits for an approval is waiting, with its id, and so is what needs it; the next run waits for the same one instead of asking again, and
// reports how it was decided.
func TestApprovals(t *testing.T) {
	inWorld(t, upstreamOf(example(t), "ods_order_di"), emulator.Options{Switches: map[string]string{"approval": "held"}}, func(w *world) {
		first := w.push()
		if first.Count(push.Waiting) == 0 || first.Count(push.Failed)+first.Count(push.Refused) > 0 {
			t.Fatalf("got %v", statuses(first))
		}
		deployed := w.server.Calls().ByAction["DeployFile"]
		ids := map[model.Key]model.DeploymentID{}
		for _, item := range first.Items {
			if waiting, ok := errors.AsType[*deploy.WaitingError](item.Err); ok {
				ids[item.Action.Key] = waiting.Deployment.ID
			}
		}
		time.Sleep(2 * time.Hour)
		again := w.push()
		for _, item := range again.Items {
			waiting, ok := errors.AsType[*deploy.WaitingError](item.Err)
			if id := ids[item.Action.Key]; id != "" && (!ok || waiting.Deployment.ID != id) {
				t.Errorf("%s: waits for %s, the next run says %s: %v", item.Action.Key, id, item.Status, item.Err)
			}
		}
		if n := w.server.Calls().ByAction["DeployFile"]; n != deployed || again.Count(push.Waiting) != first.Count(push.Waiting) {
			t.Errorf("the next run deploys %d times, and ends with %v", n-deployed, statuses(again))
		}

		// The approvers decide while a run waits.
		fatal(t, w.server.SetSwitches(map[string]string{"approval": "none"}))
		time.AfterFunc(2*time.Minute, func() {
			for _, id := range ids {
				var number int64
				for _, digit := range string(id) {
					number = 10*number + int64(digit-'0')
				}
				fatal(t, w.server.EndDeployment(number, 6, "not today"))
			}
		})
		rejected := w.push()
		for _, item := range rejected.Items {
			failed, ok := errors.AsType[*deploy.FailedError](item.Err)
			if id := ids[item.Action.Key]; id != "" && (!ok || failed.Deployment.ID != id || failed.Deployment.Message != "not today") {
				t.Errorf("%s: deployment %s was rejected, the run says %s: %v", item.Action.Key, id, item.Status, item.Err)
			}
		}
		w.wantDone(w.push())
	})
}

// transportOf gives the transport of a client: somebody's who meddles, else the workspace's own.
func (w *world) transportOf() http.RoundTripper {
	if w.transport != nil {
		return w.transport
	}
	return w.server.Transport()
}
