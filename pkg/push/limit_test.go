package push_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/dwsync/dwsync/internal/testsize"
	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/deploy"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/push"
	"github.com/dwsync/dwsync/pkg/tree"
)

// jitter is a network whose way to the service takes 50 ± 50 ms.
type jitter struct {
	next http.RoundTripper
	mu   sync.Mutex
	rand *rand.Rand
}

func (j *jitter) RoundTrip(r *http.Request) (*http.Response, error) {
	j.mu.Lock()
	delay := time.Duration(j.rand.IntN(100_000)) * time.Microsecond
	j.mu.Unlock()
	time.Sleep(delay)
	return j.next.RoundTrip(r)
}

const layeredFolder model.FolderPath = "业务流程/电商数仓/MaxCompute"

// layered gives new nodes in ten layers, each node with one to three parents in the layer before, and the business around them.
func layered(n int, random *rand.Rand) map[model.Key]model.Object {
	return layersOf("n", n, random)
}

// layersOf is layered with nodes whose names begin with letters of their own.
func layersOf(prefix string, n int, random *rand.Rand) map[model.Key]model.Object {
	const layers = 10
	width := n / layers
	business := model.NewObject(model.BusinessKey("业务流程/电商数仓"))
	forms := map[model.Key]model.Object{business.Key: business}
	output := func(i int) string { return fmt.Sprintf("dw_project.%s_out_%04d", prefix, i) }
	for i := range width * layers {
		inputs := []model.Item{model.NewItem("dw_project_root")}
		if layer := i / width; layer > 0 {
			inputs = nil
			for _, parent := range random.Perm(width)[:1+random.IntN(min(3, width))] {
				inputs = append(inputs, model.NewItem(output((layer-1)*width+parent)))
			}
		}
		o := newNode(fmt.Sprintf("%s%04d", prefix, i), inputs...)
		o.Set(model.FieldOutputList, model.SetValue(model.NewItem(output(i))))
		forms[o.Key] = o
	}
	return forms
}

func newNode(name string, inputs ...model.Item) model.Object {
	o := model.NewObject(model.FileKey(layeredFolder, name, 10))
	o.Set(model.FieldContent, model.TextValue("select 1;\n"))
	o.Set(model.FieldCronExpress, model.TextValue("00 30 00 * * ?"))
	o.Set(model.FieldInputList, model.SetValue(inputs...))
	o.Set(model.FieldOutputList, model.SetValue(model.NewItem("dw_project."+name)))
	return o
}

// limited is a client with the limits of the reference's levels, behind a network with jitter.
func (w *world) limited(random *rand.Rand, change ...func(*dataworks.Options)) *dataworks.Client {
	limits, err := dataworks.PresetLimits("levels")
	if err != nil {
		w.t.Fatal(err)
	}
	o := dataworks.Options{
		Endpoint: "127.0.0.1", Region: "cn-shanghai", Project: dataworks.ProjectRef{Identifier: "dw_project"},
		Credentials: dataworks.AccessKey("dwsync", "dwsync", ""), Settle: settle, Limits: limits,
		Transport: &jitter{next: w.server.Transport(), rand: rand.New(rand.NewPCG(random.Uint64(), 0))},
	}
	for _, c := range change {
		c(&o)
	}
	client, err := dataworks.Open(o)
	if err != nil {
		w.t.Fatal(err)
	}
	return client
}

// successes counts the calls of a client that succeeded, by action and what they were about.
type successes struct {
	mu        sync.Mutex
	counts    map[string]map[string]int
	calls     int
	throttled int
}

func (s *successes) log(c dataworks.Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if c.Err != nil {
		if dataworks.IsThrottled(c.Err) {
			s.throttled++
		}
		return
	}
	if s.counts[c.Action] == nil {
		s.counts[c.Action] = map[string]int{}
	}
	s.counts[c.Action][c.Object]++
}

// takeHalf is somebody else of the account who takes half of level 3's quota, call by call, whatever becomes of them, until the context ends.
func (w *world) takeHalf(ctx context.Context, random *rand.Rand) {
	other := w.limited(random, func(o *dataworks.Options) {
		o.Limits, o.Retry = nil, dataworks.Retry{Attempts: 1, First: time.Millisecond, Longest: time.Millisecond, Budget: time.Nanosecond}
	})
	var calls sync.WaitGroup
	defer calls.Wait()
	for ctx.Err() == nil {
		calls.Go(func() { _, _ = other.DeleteFile(ctx, "404") })
		time.Sleep(400 * time.Millisecond)
	}
}

// The limit is the machine: a push of new nodes takes the time that its calls of level 3 need, hardly more, however the service measures a second, alone and
// beside somebody who takes half of the quota and never gives way. What a sliding second of five calls costs beside such a one is no fault of ours: they make
// three calls in half of all seconds, so that a third of ours in any second is as likely refused as not, unless we knew when theirs arrive; and to have never
// three in a second of a service whose answers take 50 ± 50 ms leaves 1.9 calls a second, 1.31 times the time. Beside one that gives way, as another push
// does, the time holds there too: TestTwoPushesAtTheLimit.
func TestPushAtTheLimit(t *testing.T) {
	random := testsize.Random(t)
	n, seeds := testsize.Of(120, 1000), testsize.Of(1, 5)
	// The time from the last call of level 3 to the end of its deployment, and what the layers need before the queue is full.
	const ends = 15 * time.Second
	// To find out that half of the quota is taken costs refusals, which weigh more in a short push.
	beside := testsize.Of(0.03, 0.01)
	for _, c := range []struct {
		window       string
		shared       bool
		most, refuse float64
	}{
		{"fixed", false, 1.05, 0.01}, {"bucket", false, 1.05, 0.01}, {"sliding", false, 1.15, 0.01},
		{"fixed", true, 1.2, beside}, {"bucket", true, 1.2, beside}, {"sliding", true, 1.45, 1.25 * beside},
	} {
		for range seeds {
			seed := random.Uint64()
			t.Run(fmt.Sprintf("%s, shared %v, %d", c.window, c.shared, seed), func(t *testing.T) {
				o := emulator.Options{Switches: map[string]string{"rate-window": c.window}, Limits: emulator.Limits{Preset: "levels"}}
				inWorld(t, tree.Tree{}, o, func(w *world) {
					random := rand.New(rand.NewPCG(seed, 1))
					w.forms = layered(n, random)
					plan, workspace := w.plan()
					time.Sleep(time.Duration(random.IntN(1000)) * time.Millisecond) // where in the service's second we begin
					done := &successes{counts: map[string]map[string]int{}}
					client := w.limited(random, func(o *dataworks.Options) { o.Log = done.log })
					ctx, stop := context.WithCancel(w.t.Context())
					var other sync.WaitGroup
					if c.shared {
						other.Go(func() { w.takeHalf(ctx, rand.New(rand.NewPCG(seed, 2))) })
					}
					began := time.Now()
					result := w.runWith(client, plan, workspace.Folders, deploy.DefaultSchedule())
					took, ideal := time.Since(began), time.Duration(3*n)*time.Second/5
					stop()
					other.Wait()
					if c.shared {
						ideal *= 2
					}
					share := float64(done.throttled) / float64(done.calls)
					t.Logf("%s of %s: %.3f; %.2f %% of %d calls throttled", took, ideal, float64(took)/float64(ideal), 100*share, done.calls)
					if most := time.Duration(c.most*float64(ideal)) + testsize.Of(ends, 0); took > most {
						t.Errorf("took %s, more than %s", took, most)
					}
					if share > c.refuse {
						t.Errorf("%d of %d calls were throttled", done.throttled, done.calls)
					}
					w.wantDone(result)
					for _, action := range []string{"CreateFile", "SubmitFile", "DeployFile"} {
						for object, times := range done.counts[action] {
							if times != 1 {
								t.Errorf("%d times %s of %s", times, action, object)
							}
						}
						if len(done.counts[action]) != n {
							t.Errorf("%s of %d files", action, len(done.counts[action]))
						}
					}
				})
			})
		}
	}
}

// Two pushes share the quota of one account and see nothing of each other but refusals: together they take hardly longer than their calls need, however the
// service measures a second.
func TestTwoPushesAtTheLimit(t *testing.T) {
	random := testsize.Random(t)
	n, seeds := testsize.Of(120, 1000), testsize.Of(1, 5)
	// That the other one has ended is found out in minutes, which are most of a short push.
	most, refuse := testsize.Of(2.5, 1.2), testsize.Of(0.03, 0.01)
	for _, window := range testsize.Sample(random, []string{"fixed", "bucket", "sliding"}, 1) {
		for range seeds {
			seed := random.Uint64()
			t.Run(fmt.Sprintf("%s, %d", window, seed), func(t *testing.T) {
				o := emulator.Options{Switches: map[string]string{"rate-window": window}, Limits: emulator.Limits{Preset: "levels"}}
				inWorld(t, tree.Tree{}, o, func(w *world) {
					random := rand.New(rand.NewPCG(seed, 1))
					w.forms = layered(0, nil)
					w.wantDone(w.push())
					all := map[model.Key]model.Object{}
					plans := map[string]diff.Plan{}
					var folders map[model.FolderPath]model.FolderID
					for _, prefix := range []string{"a", "b"} {
						w.forms = layersOf(prefix, n, random)
						maps.Copy(all, w.forms)
						plan, workspace := w.plan()
						plans[prefix], folders = plan, workspace.Folders
					}
					time.Sleep(time.Duration(random.IntN(1000)) * time.Millisecond) // where in the service's second we begin
					var pushes sync.WaitGroup
					began := time.Now()
					for prefix, plan := range plans {
						done := &successes{counts: map[string]map[string]int{}}
						client := w.limited(random, func(o *dataworks.Options) { o.Log = done.log })
						pushes.Go(func() {
							result := w.runWith(client, plan, folders, deploy.DefaultSchedule())
							t.Logf("%s took %s; %d of %d calls throttled", prefix, time.Since(began), done.throttled, done.calls)
							if share := float64(done.throttled) / float64(done.calls); share > refuse {
								t.Errorf("%s: %d of %d calls were throttled", prefix, done.throttled, done.calls)
							}
							if len(result.Items) == 0 || result.Count(push.Done) != len(result.Items) {
								t.Errorf("%s: %v", prefix, statuses(result))
							}
							for _, action := range []string{"CreateFile", "SubmitFile", "DeployFile"} {
								if len(done.counts[action]) != n {
									t.Errorf("%s: %s of %d files", prefix, action, len(done.counts[action]))
								}
							}
						})
					}
					pushes.Wait()
					took, ideal := time.Since(began), time.Duration(2*3*n)*time.Second/5
					t.Logf("%s of %s: %.3f", took, ideal, float64(took)/float64(ideal))
					if took.Seconds() > most*ideal.Seconds() {
						t.Errorf("took %s, more than %.1f times the %s that the calls need", took, most, ideal)
					}
					w.forms = all
					time.Sleep(settle)
					if plan, _ := w.plan(); len(plan.Actions) > 0 {
						t.Errorf("a further push would still do %d things", len(plan.Actions))
					}
				})
			})
		}
	}
}

func (w *world) runWith(api push.API, plan diff.Plan, folders map[model.FolderPath]model.FolderID, schedule deploy.Schedule) push.Result {
	return push.Run(w.t.Context(), push.Options{
		API: api, Plan: plan, Folders: folders, Schedule: schedule, Settle: settle,
		Comment: func(model.Object) string { return "test" },
		Saved:   w.saved,
	})
}

// A long chain beside a wide layer decides when the push ends, so that its steps go first and the layer fills the gaps: together they take hardly longer than
// the longer of the two alone.
func TestTheLongestChainGoesFirst(t *testing.T) {
	const length, width = 20, 140
	run := func(length, width int) (took time.Duration) {
		inWorld(t, tree.Tree{}, emulator.Options{Limits: emulator.Limits{Preset: "levels"}, Switches: map[string]string{"rate-window": "bucket"}}, func(w *world) {
			w.forms = layered(0, nil)
			// By name the chain comes last.
			parent := "dw_project_root"
			for i := range length {
				o := newNode(fmt.Sprintf("z%02d", i), model.NewItem(parent))
				w.forms[o.Key], parent = o, "dw_project."+o.Key.Name
			}
			for i := range width {
				o := newNode(fmt.Sprintf("a%03d", i), model.NewItem("dw_project_root"))
				w.forms[o.Key] = o
			}
			plan, workspace := w.plan()
			began := time.Now()
			result := w.runWith(w.limited(rand.New(rand.NewPCG(1, 2))), plan, workspace.Folders, deploy.DefaultSchedule())
			took = time.Since(began)
			w.wantDone(result)
		})
		return took
	}
	chain, layer, both := run(length, 0), run(0, width), run(length, width)
	calls := (length + width) * 3 * time.Second / 5
	t.Logf("the chain takes %s alone, the layer %s, both %s; their calls need %s", chain, layer, both, calls)
	if most := 1.15 * float64(max(chain, calls)); float64(both) > most {
		t.Errorf("chain and layer take %s, more than %s", both, time.Duration(most))
	}
}

// Deployments that nobody decides, for want of an approval, take no place from what can still be done.
func TestWaitingDeploymentsHoldNothingUp(t *testing.T) {
	inWorld(t, tree.Tree{}, emulator.Options{Switches: map[string]string{"approval": "held"}}, func(w *world) {
		w.forms = layered(0, nil)
		const n = 150
		for i := range n {
			o := newNode(fmt.Sprintf("a%03d", i), model.NewItem("dw_project_root"))
			w.forms[o.Key] = o
		}
		plan, workspace := w.plan()
		schedule := deploy.DefaultSchedule()
		schedule.Timeout = time.Minute
		began := time.Now()
		result := w.runWith(w.client(), plan, workspace.Folders, schedule)
		if got := result.Count(push.Waiting); got != n {
			t.Errorf("%d wait: %v", got, statuses(result))
		}
		if took := time.Since(began); took > schedule.Timeout+30*time.Second {
			t.Errorf("took %s", took)
		}
	})
}

// What a plan says that it costs is what its push calls: exactly in what is scarce, about in what is plenty.
func TestThePlanCostsWhatItSays(t *testing.T) {
	inWorld(t, example(t), emulator.Options{}, func(w *world) {
		plan, workspace := w.plan()
		before := w.server.Calls().ByAction
		w.run(plan, workspace, nil)
		// Lookups that a client makes once are nobody's cost.
		once := []string{"GetProject", "ListResourceGroups", "GetFolder", "ListFolders"}
		compare := func(when string, updates bool) {
			t.Helper()
			after := w.server.Calls().ByAction
			for action, n := range plan.Cost.Calls {
				made := after[action] - before[action]
				most, least := n, n
				switch {
				case action == "GetFile", action == "GetDeployment":
					most, least = n+n/2, n/3
				case action == "UpdateFile" && !updates:
					// The service fills in by itself what the updates after the creates would send.
					least = 0
				}
				if made > most || made < least {
					t.Errorf("%s: %d calls of %s, %d were announced", when, made, action, n)
				}
			}
			for action, n := range after {
				if n > before[action] && plan.Cost.Calls[action] == 0 && !slices.Contains(once, action) {
					t.Errorf("%s: %d calls of %s, which nobody announced", when, n-before[action], action)
				}
			}
		}
		compare("new", false)
		for key, form := range w.forms {
			if key.Kind.IsFile() {
				form.Set(model.FieldOwner, model.TextValue("1000000000002"))
				w.forms[key] = form
			}
		}
		time.Sleep(settle)
		plan, workspace = w.plan()
		before = w.server.Calls().ByAction
		w.run(plan, workspace, nil)
		compare("changed", true)
	})
}
