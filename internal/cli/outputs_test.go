package cli_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	gogit "github.com/go-git/go-git/v5"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
)

// Outputs that move: one that is renamed while two jobs depend on it, one that is only taken away, and two that two jobs swap while a third depends on one of them.

// outputScenarios are their part of the crash matrix.
func outputScenarios() []crashScenario {
	all := []crashScenario{
		{name: "outputs move", history: committed},
		{name: "outputs move, not committed", history: uncommitted},
		{name: "outputs move in a simple workspace, stale reads", mode: emulator.Simple, history: committed, switches: map[string]string{"stale-reads": "first"}},
		{name: "outputs move, taken ones are refused at submit, stale reads", history: committed, switches: map[string]string{
			"output-check": "submit", "output-scope": "account", "auto-outputs": "none", "stale-reads": "first", "no-op-update": "each",
		}},
	}
	for i := range all {
		all[i].update, all[i].commits = true, outputCommits
	}
	return all
}

// outputCommits makes the two commits, and gives a checkout of each.
func outputCommits(t *testing.T, endpoint string) (before, after string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "before")
	node := func(name, outputs, inputs string) {
		base := filepath.Join(dir, filepath.FromSlash(dwd+name))
		write(t, base+".sql", "SELECT '"+name+"';\n")
		write(t, base+".node.yaml", "fileType: ODPS_SQL\nnodeConfiguration:\n  cronExpress: 00 30 00 * * ?\n  inputList: ["+inputs+"]\n  outputList: ["+outputs+"]\n")
	}
	write(t, filepath.Join(dir, "dwsync.yaml"), fmt.Sprintf("version: 1\ntargets:\n  dev: {region: cn-shanghai, endpoint: %q, projectId: 10000}\n", endpoint))
	write(t, filepath.Join(dir, "业务流程/shop/business.yaml"), "description: a shop\n")
	node("a", "'${project}.old', '${project}.more'", "'${project}_root'")
	node("b", "'${project}.b', '${project}.t_b'", "'${project}.old'")
	node("c", "'${project}.c'", "'${project}.old', '${project}.t_b'")
	node("e", "'${project}.x'", "'${project}_root'")
	node("f", "'${project}.y'", "'${project}_root'")
	node("g", "'${project}.g'", "'${project}.x'")
	repo, err := gogit.PlainInit(dir, false)
	must(t, err)
	commit(t, repo, "the shop's first jobs")

	after = filepath.Join(t.TempDir(), "after")
	copyDir(t, dir, after, nil)
	before, dir = dir, after
	node("a", "'${project}.new', '${project}.more'", "'${project}_root'")
	node("b", "'${project}.b'", "'${project}.new'")
	node("c", "'${project}.c'", "'${project}.new', '${project}.b'")
	node("e", "'${project}.y'", "'${project}_root'")
	node("f", "'${project}.x'", "'${project}_root'")
	repo, err = gogit.PlainOpen(dir)
	must(t, err)
	commit(t, repo, "better names")
	return before, after
}

// inOutputWorld runs a test in virtual time in a workspace that holds the first commit, in a checkout of the second, with the memory of the first one's push.
func inOutputWorld(t *testing.T, o emulator.Options, test func(*testing.T, *planWorld)) {
	t.Helper()
	before, after := outputCommits(t, "127.0.0.1:1")
	synctest.Test(t, func(t *testing.T) {
		w := &planWorld{crashWorld: &crashWorld{t: t, dir: before}}
		o.DeploymentTime, o.Seed, o.OnCall = 3*time.Second, 1, w.note
		o.Credentials = []emulator.Credential{{AccessKeyID: markedID, AccessKeySecret: markedSecret, SecurityToken: markedToken}}
		if o.Projects == nil {
			o.Projects = []emulator.Project{{Name: "dw_project", ID: 10000}}
		}
		w.server = emulator.New(o)
		time.Sleep(time.Minute)
		w.want(0, "push", "--yes", "--quiet")
		time.Sleep(time.Minute)
		w.dir = after
		copyDir(t, filepath.Join(before, ".dwsync"), filepath.Join(after, ".dwsync"), nil)
		w.writes = nil
		test(t, w)
	})
}

// callsOf are the calls of an action. What goes first in a swap is only saved.
func callsOf(a diff.Action, mode model.Mode) []string {
	switch {
	case a.Part == diff.PartGiveUp:
		return []string{"UpdateFile"}
	case mode == model.ModeSimple:
		return []string{"UpdateFile", "SubmitFile"}
	default:
		return []string{"UpdateFile", "SubmitFile", "DeployFile"}
	}
}

// Wherever and whenever the service checks outputs: each file gets the calls that the plan has for it, in the order of its actions and no others, and an
// output leaves only after the last step of those who depended on it.
func TestOutputsMoveAsPlanned(t *testing.T) {
	isolate(t)
	for name, o := range map[string]emulator.Options{
		"defaults":              {},
		"checked at submit":     {Switches: map[string]string{"output-check": "submit"}},
		"unique in the account": {Switches: map[string]string{"output-scope": "account"}},
		"both":                  {Switches: map[string]string{"output-check": "submit", "output-scope": "account"}},
		"one automatic output":  {Switches: map[string]string{"auto-outputs": "number", "no-op-update": "each"}},
		"no automatic outputs":  {Switches: map[string]string{"auto-outputs": "none", "deploy-parents": "unchecked"}},
		"the code is parsed":    {Switches: map[string]string{"submit-parses": "adds"}},
		"rows without versions": {Switches: map[string]string{"node-file-version": "absent", "business-refusals": "success-false"}},
		"simple":                {Projects: []emulator.Project{{Name: "dw_project", ID: 10000, Mode: emulator.Simple}}},
		"simple, checked at submit": {
			Projects: []emulator.Project{{Name: "dw_project", ID: 10000, Mode: emulator.Simple}}, Switches: map[string]string{"output-check": "submit", "auto-outputs": "none"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			inOutputWorld(t, o, func(t *testing.T, w *planWorld) {
				w.want(2, "diff", "--save", "plan.json")
				data, err := os.ReadFile(w.path("plan.json"))
				must(t, err)
				plan, err := diff.ReadPlan("plan.json", data)
				must(t, err)
				w.want(0, "push", "--plan", "plan.json", "--yes")

				// When the n-th call of an action for a file came.
				place := map[string]int{}
				calls := map[string][]string{}
				for i, c := range w.writes {
					calls[c.Path] = append(calls[c.Path], c.Action)
					place[fmt.Sprint(c.Action, " ", c.Path, " ", len(slices.DeleteFunc(slices.Clone(calls[c.Path]), func(a string) bool { return a != c.Action })))] = i
				}
				want := map[string][]string{}
				steps := map[diff.ActionID][]int{}
				for _, a := range plan.Actions {
					path := a.Key.String()
					for _, action := range callsOf(a, plan.Project.Mode) {
						want[path] = append(want[path], action)
						n := len(slices.DeleteFunc(slices.Clone(want[path]), func(a string) bool { return a != action }))
						steps[a.ID()] = append(steps[a.ID()], place[fmt.Sprint(action, " ", path, " ", n)])
					}
				}
				if !maps.EqualFunc(calls, want, slices.Equal) {
					t.Fatalf("got the calls\n%v\nthe plan has\n%v", calls, want)
				}
				for _, a := range plan.Actions {
					for _, need := range a.Needs {
						for stage, at := range steps[a.ID()] {
							before := steps[need][min(stage, len(steps[need])-1)]
							if a.Part == diff.PartLeave || need.Key == a.Key {
								before = steps[need][len(steps[need])-1]
							}
							if before >= at {
								t.Errorf("step %d of %s came before that of %s, which it needs", stage, a.ID(), need)
							}
						}
					}
				}
				time.Sleep(time.Minute)
				w.writes = nil
				w.want(0, "push", "--plan", "plan.json", "--yes")
				w.want(0, "push", "--yes")
				w.forget()
				w.want(0, "push", "--yes")
				if len(w.writes) > 0 {
					t.Errorf("a second run wrote %v", actionsOf(w.writes))
				}
				w.want(0, "diff")
			})
		})
	}
}

// A job of another workspace depends on what is to leave: nobody here can change that, so that nothing is written. The environments are asked only where an output leaves.
func TestConsumersOfOtherWorkspacesAreSeen(t *testing.T) {
	isolate(t)
	o := emulator.Options{Projects: []emulator.Project{{Name: "dw_project", ID: 10000}, {Name: "reports", ID: 20000}}}
	for _, output := range []string{"old", "more"} {
		t.Run(output, func(t *testing.T) {
			inOutputWorld(t, o, func(t *testing.T, w *planWorld) {
				w.foreignJob("report", "dw_project."+output)
				w.writes = nil
				if output == "more" {
					// That one stays.
					w.want(0, "push", "--yes")
					return
				}
				for _, args := range [][]string{{"diff"}, {"push", "--yes"}} {
					said := w.want(3, args...)
					wantIn(t, said, dwd+"a is to lose the output dw_project.old, but the node report (")
					wantIn(t, said, ") of the workspace 20000 in DEV depends on it")
				}
				if len(w.writes) > 0 {
					t.Errorf("something was written: %v", actionsOf(w.writes))
				}
			})
		})
	}
}

// The environments are asked where an output leaves that nobody takes over, and nowhere else.
func TestEnvironmentsAreAskedWhereOutputsLeave(t *testing.T) {
	isolate(t)
	inOutputWorld(t, emulator.Options{}, func(t *testing.T, w *planWorld) {
		asked := func() (int, int) {
			calls := w.server.Calls().ByAction
			return calls["GetNodeChildren"], calls["ListNodeInputOrOutput"]
		}
		w.want(2, "diff")
		// Two files lose outputs, in two environments; what their consumers have saved is what runs.
		if children, inputs := asked(); children != 4 || inputs != 0 {
			t.Errorf("asked for the children of nodes %d times and for their inputs %d times", children, inputs)
		}
		w.want(2, "diff", "e", "f")
		if children, _ := asked(); children != 4 {
			t.Errorf("asked %d times more, although outputs only move", children-4)
		}
		w.want(0, "push", "--yes")
		before, _ := asked()
		w.want(0, "diff")
		if after, _ := asked(); after != before {
			t.Error("asked although nothing is planned")
		}
	})
}

// foreignJob makes and releases a job of another workspace.
func (w *planWorld) foreignJob(name, input string) {
	w.t.Helper()
	client, err := dataworks.Open(dataworks.Options{
		Endpoint: "127.0.0.1:1", Region: "cn-shanghai", Project: dataworks.ProjectRef{ID: "20000"},
		Credentials: dataworks.AccessKey(markedID, markedSecret, markedToken), Transport: w.server.Transport(),
	})
	must(w.t, err)
	ctx := w.t.Context()
	_, err = client.CreateBusiness(ctx, model.NewObject(model.BusinessKey("业务流程/reports")))
	must(w.t, err)
	_, err = client.CreateFolder(ctx, "业务流程/reports/MaxCompute")
	must(w.t, err)
	job := model.NewObject(model.FileKey("业务流程/reports/MaxCompute", name, 10))
	job.Set(model.FieldContent, model.TextValue("SELECT 1;\n"))
	job.Set(model.FieldCronExpress, model.TextValue("00 30 00 * * ?"))
	job.Set(model.FieldInputList, model.SetValue(model.NewItem(input)))
	job.Set(model.FieldOutputList, model.SetValue(model.NewItem("reports."+name)))
	id, err := client.CreateFile(ctx, job)
	must(w.t, err)
	now, err := client.GetFile(ctx, id)
	must(w.t, err)
	must(w.t, client.UpdateFile(ctx, id, job, []model.Field{model.FieldOutputList}, now.AutoOutputs))
	_, err = client.SubmitFile(ctx, id, "")
	must(w.t, err)
	time.Sleep(time.Minute)
	_, err = client.DeployFile(ctx, id, 0, "")
	must(w.t, err)
	time.Sleep(time.Minute)
}
