package push_test

import (
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dwsync/dwsync/pkg/config"
	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/deploy"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/push"
	"github.com/dwsync/dwsync/pkg/remote"
	"github.com/dwsync/dwsync/pkg/tree"
)

const settle = 30 * time.Second

// world is a workspace, a client of it, and the example project as what shall stand in it. Its time is virtual.
type world struct {
	t      *testing.T
	server *emulator.Server
	forms  map[model.Key]model.Object
	mu     sync.Mutex // of bases while pushes run
	bases  map[model.Key]diff.Base
	// transport is the one of clients that are made, nil for the workspace's own.
	transport http.RoundTripper
}

func example(t *testing.T) tree.Tree {
	t.Helper()
	example, err := tree.Read(os.DirFS("../../examples/project"))
	if err != nil {
		t.Fatal(err)
	}
	return example
}

// upstreamOf gives the part of the tree that a node needs, with the folders and businesses around it.
func upstreamOf(whole tree.Tree, name string) tree.Tree {
	makers := map[string]model.Key{}
	part := tree.Tree{Objects: map[model.Key]tree.Local{}}
	var open []model.Key
	for key, local := range whole.Objects {
		if !key.Kind.IsFile() {
			part.Objects[key] = local
		}
		if key.Name == name {
			open = append(open, key)
		}
		for _, output := range local.Object.Get(model.FieldOutputList).Names() {
			makers[output] = key
		}
	}
	for len(open) > 0 {
		key := open[len(open)-1]
		open = open[:len(open)-1]
		if _, seen := part.Objects[key]; seen {
			continue
		}
		part.Objects[key] = whole.Objects[key]
		for _, input := range whole.Objects[key].Object.Get(model.FieldInputList).Names() {
			if maker, found := makers[input]; found {
				open = append(open, maker)
			}
		}
	}
	return part
}

// inWorld runs a test in a world of its own, inside a bubble of virtual time. What was set up lies longer ago than any read may show the past.
func inWorld(t *testing.T, example tree.Tree, o emulator.Options, test func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o.DeploymentTime = 3 * time.Second
		w := &world{t: t, server: emulator.New(o), forms: map[model.Key]model.Object{}, bases: map[model.Key]diff.Base{}}
		time.Sleep(settle)
		project, err := w.client().Project(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		m := mapping.New(config.Target{}, project)
		for key, local := range example.Objects {
			if w.forms[key], err = m.Forward(local.Object); err != nil {
				t.Fatal(err)
			}
		}
		test(w)
	})
}

func (w *world) client() *dataworks.Client {
	client, err := dataworks.Open(dataworks.Options{
		Endpoint: "127.0.0.1", Region: "cn-shanghai", Project: dataworks.ProjectRef{Identifier: "dw_project"},
		Credentials: dataworks.AccessKey("dwsync", "dwsync", ""), Transport: w.transportOf(), Settle: settle,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return client
}

// plan compares and plans as a command would; between says what somebody else does before the plan is run.
func (w *world) plan() (diff.Plan, model.Workspace) {
	w.t.Helper()
	workspace, err := remote.Read(w.t.Context(), w.client(), remote.Options{Production: true})
	if err != nil {
		w.t.Fatal(err)
	}
	comparisons := diff.Compare(diff.Input{Tree: w.forms, Remote: workspace.Objects, Bases: w.bases})
	plan, err := diff.NewPlan(comparisons, diff.Options{Project: workspace.Project, Release: model.StageDeployed})
	if err != nil {
		w.t.Fatal(err)
	}
	return plan, workspace
}

func (w *world) run(plan diff.Plan, workspace model.Workspace, stop <-chan struct{}) push.Result {
	return push.Run(w.t.Context(), push.Options{
		API: w.client(), Plan: plan, Folders: workspace.Folders, Schedule: deploy.DefaultSchedule(), Settle: settle, Stop: stop,
		Comment: func(model.Object) string { return "test" },
		Saved:   w.saved,
	})
}

// saved keeps a base, for one push or several at once.
func (w *world) saved(form model.Object, _ model.FileID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bases[form.Key] = diff.Base{Object: &form}
}

func (w *world) push() push.Result {
	w.t.Helper()
	plan, workspace := w.plan()
	return w.run(plan, workspace, nil)
}

func statuses(r push.Result) map[push.Status]int {
	counts := map[push.Status]int{}
	for _, item := range r.Items {
		counts[item.Status]++
	}
	return counts
}

// wantDone wants everything to be deployed, and a further push to find nothing to do.
func (w *world) wantDone(r push.Result) {
	w.t.Helper()
	for _, item := range r.Items {
		if item.Status != push.Done {
			w.t.Errorf("%s %s: %s: %v", item.Action.Op, item.Action.Key, item.Status, item.Err)
		}
	}
	time.Sleep(settle)
	if plan, _ := w.plan(); len(plan.Actions) > 0 || len(plan.Skipped) > 0 {
		w.t.Errorf("a further push would still do %d things and skip %d, first %v", len(plan.Actions), len(plan.Skipped), slices.Concat(keysOf(plan.Actions), []model.Key{{}})[0])
	}
}

func keysOf(actions []diff.Action) []model.Key {
	keys := make([]model.Key, len(actions))
	for i, a := range actions {
		keys[i] = a.Key
	}
	return keys
}

// Under every reading of what the reference leaves open a push ends in the same state; where the switch says that the workspace holds releases back, it
// says so and releases nothing twice.
func TestPushUnderEverySwitch(t *testing.T) {
	example := example(t)
	if os.Getenv("DWSYNC_TEST_SIZE") != "full" {
		example = upstreamOf(example, "dws_trade_sku_1d")
	}
	held := map[string]push.Status{
		"approval=held": push.Waiting, "approval=rejected": push.Failed, "extension-check=fails": push.Failed, "extension-check=waits": push.Waiting,
		// The service drops declared inputs that the code does not name: found after the submit, and not deployed.
		"submit-parses=replaces": push.Refused,
	}
	for _, s := range emulator.Switches() {
		for _, value := range s.Values {
			name := s.Name + "=" + value
			t.Run(name, func(t *testing.T) {
				inWorld(t, example, emulator.Options{Switches: map[string]string{s.Name: value}}, func(w *world) {
					result := w.push()
					if status, holds := held[name]; holds && result.Count(push.Done) < len(result.Items) {
						if result.Count(status) == 0 {
							t.Errorf("nothing is %s: %v", status, statuses(result))
						}
						return
					}
					w.wantDone(result)
				})
			})
		}
	}
}

// Each file costs one create, one submit and one deploy, and no update where the service fills in what the tree says.
func TestPushMakesNoNeedlessWrites(t *testing.T) {
	inWorld(t, example(t), emulator.Options{}, func(w *world) {
		w.wantDone(w.push())
		calls := w.server.Calls().ByAction
		files := 0
		for key := range w.forms {
			if key.Kind.IsFile() {
				files++
			}
		}
		for action, want := range map[string]int{"CreateFile": files, "SubmitFile": files, "DeployFile": files, "UpdateFile": 0} {
			if calls[action] != want {
				t.Errorf("%d calls of %s, want %d", calls[action], action, want)
			}
		}
	})
}

// What a failure makes impossible is not attempted, everything else is done, and the next run does only what is left.
func TestPushGoesOnAroundAFailure(t *testing.T) {
	const broken = "业务流程/电商数仓/MaxCompute/ods/ods_order_di"
	fault := emulator.Fault{Kind: emulator.FaultDeployment, Action: "SubmitFile", Path: broken, Outcome: 2, Message: "编译失败", Times: 1}
	inWorld(t, example(t), emulator.Options{Faults: []emulator.Fault{fault}}, func(w *world) {
		result := w.push()
		for _, item := range result.Items {
			switch {
			case item.Action.Key.String() == broken && item.Status != push.Failed:
				t.Errorf("%s is %s", broken, item.Status)
			case item.Status == push.NotAttempted && item.Because == (diff.ActionID{}):
				t.Errorf("%s was not attempted, and nobody says why", item.Action.Key)
			}
		}
		if n := result.Count(push.NotAttempted); n == 0 || result.Count(push.Failed) != 1 || result.Count(push.Done) == 0 {
			t.Errorf("got %v", statuses(result))
		}
		left := len(result.Items) - result.Count(push.Done)
		again := w.push()
		if len(again.Items) != left {
			t.Errorf("the next run did %d things, %d were left", len(again.Items), left)
		}
		w.wantDone(again)
	})
}

// An edit in the console between plan and push is refused and survives, as saved form and in production.
func TestPushRefusesWhatMoved(t *testing.T) {
	inWorld(t, example(t), emulator.Options{}, func(w *world) {
		w.wantDone(w.push())
		key := model.FileKey("业务流程/电商数仓/MaxCompute/ods", "ods_order_di", 10)
		changed := w.forms[key].Clone()
		changed.Set(model.FieldContent, model.TextValue("SELECT 'tree';\n"))
		w.forms[key] = changed
		plan, workspace := w.plan()

		console := w.forms[key].Clone()
		console.Set(model.FieldContent, model.TextValue("SELECT 'console';\n"))
		id := workspace.Objects[key].FileID
		if err := w.client().UpdateFile(w.t.Context(), id, console, []model.Field{model.FieldContent}, nil); err != nil {
			t.Fatal(err)
		}
		result := w.run(plan, workspace, nil)
		if result.Count(push.Refused) != 1 || len(result.Items) != 1 {
			t.Fatalf("got %v", statuses(result))
		}
		now, err := w.client().GetFile(w.t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if got := now.Object.Text(model.FieldContent); got != "SELECT 'console';\n" {
			t.Errorf("the console's edit became %q", got)
		}
		if now.CurrentVersion != workspace.Objects[key].CurrentVersion {
			t.Error("something was submitted")
		}
	})
}

// After an early end nothing new begins, and the next run goes on from there.
func TestPushStopsAndGoesOn(t *testing.T) {
	inWorld(t, example(t), emulator.Options{}, func(w *world) {
		plan, workspace := w.plan()
		stop := make(chan struct{})
		time.AfterFunc(10*time.Second, func() { close(stop) })
		before := time.Now()
		result := w.run(plan, workspace, stop)
		if took := time.Since(before); took > 15*time.Second {
			t.Errorf("it went on for %s", took)
		}
		if result.Count(push.NotAttempted) == 0 || result.Count(push.Done) == 0 || result.Count(push.Failed) > 0 {
			t.Errorf("got %v", statuses(result))
		}
		time.Sleep(settle)
		w.wantDone(w.push())
		for action, want := range map[string]int{"CreateFile": 44, "SubmitFile": 44, "DeployFile": 44} {
			if got := w.server.Calls().ByAction[action]; got != want {
				t.Errorf("%d calls of %s over both runs, want %d", got, action, want)
			}
		}
	})
}

// Once the day's quota is used up nothing more is tried today; the next day's run does what is left.
func TestPushStopsAtTheDaysQuota(t *testing.T) {
	fault := emulator.Fault{Kind: emulator.FaultStatus, Action: "SubmitFile", Status: 429, Code: "Throttling.Api.Risk", Times: 3}
	inWorld(t, example(t), emulator.Options{Faults: []emulator.Fault{fault}}, func(w *world) {
		result := w.push()
		quota := 0
		for _, item := range result.Items {
			if dataworks.IsQuota(item.Err) {
				quota++
			}
		}
		if quota == 0 || quota > 3 || result.Count(push.NotAttempted) == 0 {
			t.Errorf("%d refused for the quota, %v", quota, statuses(result))
		}
		if calls := w.server.Calls().ByAction["SubmitFile"]; calls > quota {
			t.Errorf("%d submits after the quota was used up", calls-quota)
		}
		time.Sleep(settle)
		if err := w.server.SetFaults(); err != nil {
			t.Fatal(err)
		}
		w.wantDone(w.push())
	})
}
