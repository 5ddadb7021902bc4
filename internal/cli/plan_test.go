package cli_test

import (
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dwsync/dwsync/internal/testsize"
	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
)

// planWorld is a workspace that holds the first jobs of a shop, and a project that holds the next ones. It keeps the calls that write.
type planWorld struct {
	*crashWorld
	mu     sync.Mutex
	writes []emulator.Call
}

// inPlanWorld runs a test in virtual time.
func inPlanWorld(t *testing.T, test func(*testing.T, *planWorld)) {
	t.Helper()
	created, updated := scenarios(t, "127.0.0.1:1")
	synctest.Test(t, func(t *testing.T) {
		w := &planWorld{crashWorld: &crashWorld{t: t, dir: created}}
		w.server = emulator.New(emulator.Options{
			Projects: []emulator.Project{{Name: "dw_project", ID: 10000}}, DeploymentTime: 3 * time.Second, Seed: 1, OnCall: w.note,
			Credentials: []emulator.Credential{{AccessKeyID: markedID, AccessKeySecret: markedSecret, SecurityToken: markedToken}},
		})
		time.Sleep(time.Minute)
		w.want(0, "push", "--yes", "--quiet")
		time.Sleep(time.Minute)
		w.dir = updated
		copyDir(t, filepath.Join(created, ".dwsync"), filepath.Join(updated, ".dwsync"), nil)
		w.writes = nil
		test(t, w)
		w.wantNoKeys("at the end")
	})
}

// note keeps the calls that write, whatever their end.
func (w *planWorld) note(c emulator.Call) {
	for _, verb := range []string{"Create", "Update", "Delete", "Submit", "Deploy"} {
		if strings.HasPrefix(c.Action, verb) {
			w.mu.Lock()
			w.writes = append(w.writes, c)
			w.mu.Unlock()
		}
	}
}

// want runs a command, wants its exit code, and gives what it printed.
func (w *planWorld) want(code int, args ...string) string {
	w.t.Helper()
	got, output := w.run(args...)
	if got != code {
		w.t.Fatalf("dwsync %s ends with %d, want %d:\n%s", strings.Join(args, " "), got, code, output)
	}
	return output
}

func (w *planWorld) path(name string) string { return filepath.Join(w.dir, filepath.FromSlash(name)) }

// dwd is the folder of the shop's jobs.
const dwd = "业务流程/shop/MaxCompute/dwd/"

func (w *planWorld) client() *dataworks.Client {
	client, err := dataworks.Open(dataworks.Options{
		Endpoint: "127.0.0.1:1", Region: "cn-shanghai", Project: dataworks.ProjectRef{ID: "10000"},
		Credentials: dataworks.AccessKey(markedID, markedSecret, markedToken), Transport: w.server.Transport(),
	})
	must(w.t, err)
	return client
}

// console changes the content of a file as somebody in the console would.
func (w *planWorld) console(name, content string) {
	w.t.Helper()
	client, ctx := w.client(), w.t.Context()
	id, err := client.FindFile(ctx, model.FileKey(model.FolderPath(strings.TrimSuffix(dwd, "/")), name, 10))
	must(w.t, err)
	file, err := client.GetFile(ctx, id)
	must(w.t, err)
	file.Object.Set(model.FieldContent, model.TextValue(content))
	must(w.t, client.UpdateFile(ctx, id, file.Object, []model.Field{model.FieldContent}, file.AutoOutputs))
	time.Sleep(time.Minute)
}

// A saved plan runs exactly: each file gets the calls that the plan has for it and no others, with the fields that the plan shows, and nothing is submitted
// or deployed before what it needs.
func TestSavedPlanRunsExactly(t *testing.T) {
	isolate(t)
	inPlanWorld(t, func(t *testing.T, w *planWorld) {
		shown := w.want(2, "diff", "--save", "plan.json")
		info, err := os.Stat(w.path("plan.json"))
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("the plan's mode is %o", info.Mode().Perm())
		}
		data, err := os.ReadFile(w.path("plan.json"))
		must(t, err)
		plan, err := diff.ReadPlan("plan.json", data)
		must(t, err)
		if plan.Origin.Commit == "" || plan.Origin.Tool == "" || plan.Target != "dev" || len(plan.Actions) != 3 || len(plan.Origin.Inputs) != 10 {
			t.Errorf("the plan was made of %+v", plan.Origin)
		}
		if offline := w.want(2, "show", "--exit-code", "plan.json"); offline != shown {
			t.Errorf("show prints\n%s\ndiff printed\n%s", offline, shown)
		}
		if len(w.writes) > 0 {
			t.Fatalf("something was written: %v", w.writes)
		}
		// What is left alone may go on: b is no part of the plan.
		w.console("b", "SELECT 'console';\n")
		w.writes = nil
		w.want(0, "push", "--plan", "plan.json", "--yes")

		calls := map[string][]emulator.Call{}
		place := map[string]int{}
		for i, c := range w.writes {
			calls[c.Path] = append(calls[c.Path], c)
			place[c.Action+" "+c.Path] = i
			if c.Code != "" || c.Status != http.StatusOK {
				t.Errorf("%s of %s was refused: %s", c.Action, c.Path, c.Code)
			}
		}
		for _, a := range plan.Actions {
			got := actionsOf(calls[a.Key.String()])
			delete(calls, a.Key.String())
			want := []string{"UpdateFile", "SubmitFile", "DeployFile"}
			if a.Op == diff.OpCreate {
				want[0] = "CreateFile"
				got = slices.DeleteFunc(got, func(action string) bool { return action == "UpdateFile" && len(got) == 4 })
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s %s: got the calls %v, want %v", a.Op, a.Key, got, want)
			}
			for _, need := range a.Needs {
				for _, action := range want[1:] {
					if place[action+" "+need.Key.String()] >= place[action+" "+a.Key.String()] {
						t.Errorf("%s of %s came before that of %s, which it needs", action, a.Key, need)
					}
				}
			}
		}
		for path, rest := range calls {
			t.Errorf("the plan has nothing for %s, but there were %v", path, actionsOf(rest))
		}
		for _, c := range w.writes {
			if c.Action == "UpdateFile" && strings.HasSuffix(c.Path, "/a") {
				for _, parameter := range []string{"Content", "CronExpress"} {
					if c.Params[parameter] == "" {
						t.Errorf("the update does not send %s", parameter)
					}
				}
				for _, parameter := range []string{"InputList", "OutputList", "FileDescription", "ParaValue"} {
					if _, sent := c.Params[parameter]; sent {
						t.Errorf("the update sends %s, which the plan does not show", parameter)
					}
				}
			}
		}
		// The plan is done: running it again writes nothing.
		w.writes = nil
		time.Sleep(time.Minute)
		w.want(0, "push", "--plan", "plan.json", "--yes")
		if len(w.writes) > 0 {
			t.Errorf("the second run wrote %v", actionsOf(w.writes))
		}
	})
}

func actionsOf(calls []emulator.Call) []string {
	var actions []string
	for _, c := range calls {
		actions = append(actions, c.Action)
	}
	return actions
}

// After a change of anything that the plan was made of, on either side, it is refused: by name, and before its first write.
func TestStalePlanIsRefused(t *testing.T) {
	isolate(t)
	for name, c := range map[string]struct {
		change func(w *planWorld)
		named  []string
	}{
		"a content changed": {func(w *planWorld) { write(w.t, w.path(dwd+"a.sql"), "SELECT 'later';\n") }, []string{dwd + "a.sql: the file changed"}},
		"an untouched file changed": {
			func(w *planWorld) { write(w.t, w.path(dwd+"b.sql"), "SELECT 'later';\n") }, []string{dwd + "b.sql: the file changed"},
		},
		"a file is gone, another is new": {
			func(w *planWorld) {
				must(w.t, os.Rename(w.path(dwd+"d.sql"), w.path(dwd+"e.sql")))
				must(w.t, os.Rename(w.path(dwd+"d.node.yaml"), w.path(dwd+"e.node.yaml")))
				text, err := os.ReadFile(w.path(dwd + "e.node.yaml"))
				must(w.t, err)
				write(w.t, w.path(dwd+"e.node.yaml"), strings.ReplaceAll(string(text), "${project}.d", "${project}.e"))
				text, err = os.ReadFile(w.path(dwd + "c.node.yaml"))
				must(w.t, err)
				write(w.t, w.path(dwd+"c.node.yaml"), strings.ReplaceAll(string(text), "${project}.d", "${project}.e"))
			},
			[]string{dwd + "d.sql: the file is gone", dwd + "e.node.yaml: the file is new", dwd + "c.node.yaml: the file changed"},
		},
		"dwsync.yaml changed": {
			func(w *planWorld) {
				text, err := os.ReadFile(w.path("dwsync.yaml"))
				must(w.t, err)
				write(w.t, w.path("dwsync.yaml"), string(text)+"protect: ['x/**']\n")
			}, []string{"dwsync.yaml: the file changed"},
		},
		"the workspace changed": {func(w *planWorld) { w.console("a", "SELECT 'console';\n") }, []string{dwd + "a: it changed in the workspace, last saved"}},
		"both changed": {
			func(w *planWorld) {
				w.console("c", "SELECT 'console';\n")
				write(w.t, w.path(dwd+"a.sql"), "SELECT 'later';\n")
			},
			[]string{dwd + "a.sql: the file changed", dwd + "c: it changed in the workspace"},
		},
		"somebody created it": {
			func(w *planWorld) {
				want := model.NewObject(model.FileKey(model.FolderPath(strings.TrimSuffix(dwd, "/")), "d", 10))
				want.Set(model.FieldContent, model.TextValue("SELECT 'console';\n"))
				_, err := w.client().CreateFile(w.t.Context(), want)
				must(w.t, err)
			},
			[]string{dwd + "d: somebody created it in the workspace"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			inPlanWorld(t, func(t *testing.T, w *planWorld) {
				w.want(2, "diff", "--save", "plan.json", "--quiet")
				c.change(w)
				time.Sleep(time.Minute)
				w.writes = nil
				said := w.want(3, "push", "--plan", "plan.json", "--yes")
				for _, named := range c.named {
					if !strings.Contains(said, named) {
						t.Errorf("%q is not named in:\n%s", named, said)
					}
				}
				if len(w.writes) > 0 {
					t.Errorf("something was written: %v", actionsOf(w.writes))
				}
			})
		})
	}
}

// deleteC takes the job c, on which nothing depends, out of the tree.
func (w *planWorld) deleteC() {
	w.t.Helper()
	must(w.t, os.Remove(w.path(dwd+"c.sql")))
	must(w.t, os.Remove(w.path(dwd+"c.node.yaml")))
}

// A saved plan deletes what it shows as deleted, and only if that is what it was.
func TestSavedPlanDeletes(t *testing.T) {
	isolate(t)
	inPlanWorld(t, func(t *testing.T, w *planWorld) {
		w.deleteC()
		w.want(2, "diff", "--prune", "--save", "plan.json")
		wantIn(t, w.want(1, "push", "--plan", "plan.json", "--prune", "--yes"), "give --prune to dwsync diff --save")
		w.console("c", "SELECT 'console';\n")
		w.touched()
		wantIn(t, w.want(3, "push", "--plan", "plan.json", "--yes"), dwd+"c: it changed in the workspace")
		w.wantTouched()
		w.console("c", "SELECT 3;\n")
		w.touched()
		w.want(0, "push", "--plan", "plan.json", "--yes")
		w.wantTouched("a", "c", "d")
		time.Sleep(time.Minute)
		w.want(0, "push", "--plan", "plan.json", "--yes")
		w.wantTouched()
	})
}

// A push of a saved plan that is killed anywhere is finished by running it again.
func TestSavedPlanSurvivesBeingKilled(t *testing.T) {
	isolate(t)
	effects := func(w *planWorld) map[string]int {
		counts := map[string]int{}
		for _, c := range w.writes {
			if c.Code == "" && c.Status == http.StatusOK {
				counts[c.Action+" "+c.Path]++
			}
		}
		return counts
	}
	push := []string{"push", "--plan", "plan.json", "--yes"}
	for name, prepare := range map[string]func(w *planWorld){
		"changes": func(w *planWorld) { w.want(2, "diff", "--save", "plan.json") },
		"a deletion": func(w *planWorld) {
			w.deleteC()
			w.want(2, "diff", "--prune", "--save", "plan.json")
		},
	} {
		var points []crashPoint
		var undisturbed map[string]int
		inPlanWorld(t, func(t *testing.T, w *planWorld) {
			prepare(w)
			p := &process{}
			if code, output := w.start(p, push...); code != 0 {
				t.Fatalf("%s: the undisturbed run ends with %d:\n%s", name, code, output)
			}
			undisturbed = effects(w)
			for _, r := range p.requests {
				points = append(points, crashPoint{Request: r, What: killBefore}, crashPoint{Request: r, What: killAfter})
			}
			for write := range p.writes {
				points = append(points, crashPoint{Write: write + 1}, crashPoint{Write: write + 1, After: true})
			}
		})
		for _, point := range testsize.Sample(testsize.Random(t), points, 12) {
			t.Run(name+", "+point.String(), func(t *testing.T) {
				inPlanWorld(t, func(t *testing.T, w *planWorld) {
					prepare(w)
					w.start(disturbed(point), push...)
					code, output := -1, ""
					for range 3 {
						time.Sleep(time.Minute)
						if code, output = w.run(push...); code == 0 {
							break
						}
					}
					if code != 0 {
						t.Fatalf("not done after three more runs: %d\n%s", code, output)
					}
					if got := effects(w); !maps.Equal(got, undisturbed) {
						t.Errorf("these took effect: %v, undisturbed: %v", got, undisturbed)
					}
					time.Sleep(time.Minute)
					w.want(0, "diff")
				})
			})
		}
	}
}
