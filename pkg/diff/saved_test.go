package diff_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

// shopPlan creates one, updates one, releases one, and leaves a conflict and a drift alone.
func shopPlan(t testing.TB) (diff.Plan, []diff.Comparison) {
	t.Helper()
	with := func(o model.Object, content string) model.Object {
		c := o.Clone()
		c.Set(model.FieldContent, model.TextValue(content))
		return c
	}
	at := func(o model.Object, id model.FileID, stage model.Stage) model.Remote {
		return model.Remote{Object: o, FileID: id, NodeID: "9" + model.NodeID(id), Stage: stage, CurrentVersion: 3, LastEditUser: "小李", LastEditTime: time.UnixMilli(1700000000123)}
	}
	created, updated, released := node("created", []string{"p.created"}, "p.updated"), node("updated", []string{"p.updated"}, "p.released"), node("released", []string{"p.released"}, "p_root")
	conflict, drift := node("conflict", nil, "p_root"), node("drift", nil, "p_root")
	in := diff.Input{
		Tree: map[model.Key]model.Object{
			created.Key: with(created, "SELECT '<new>';\n"), updated.Key: with(updated, "SELECT 2;\n\x00\u2028"), released.Key: released,
			conflict.Key: with(conflict, "tree"), drift.Key: drift,
		},
		Remote: map[model.Key]model.Remote{
			updated.Key: at(with(updated, "SELECT 1;\n"), "1", model.StageDeployed), released.Key: at(released, "2", model.StageSubmitted),
			conflict.Key: at(with(conflict, "workspace"), "3", model.StageSaved), drift.Key: at(with(drift, "workspace"), "4", model.StageSaved),
		},
		Bases: map[model.Key]diff.Base{},
	}
	for _, o := range []model.Object{with(updated, "SELECT 1;\n"), conflict, drift} {
		in.Bases[o.Key] = diff.Base{Object: &o, Reason: "the state"}
	}
	comparisons := diff.Compare(in)
	plan, err := diff.NewPlan(comparisons, diff.Options{Target: "dev", Project: model.Project{ID: "10000", Identifier: "p"}, Release: model.StageDeployed})
	if err != nil {
		t.Fatal(err)
	}
	plan.Origin = diff.Origin{Tool: "v1", Commit: strings.Repeat("a", 40), Inputs: map[string]string{"dwsync.yaml": strings.Repeat("0", 64)}}
	if len(plan.Actions) != 3 || len(plan.Skipped) != 2 {
		t.Fatalf("the plan is not what it should be: %+v", plan)
	}
	return plan, comparisons
}

func saved(t testing.TB, p diff.Plan) []byte {
	t.Helper()
	data, err := p.Save()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestSavedPlanReadsBack(t *testing.T) {
	plan, comparisons := shopPlan(t)
	data := saved(t, plan)
	read, err := diff.ReadPlan("plan.json", data)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(saved(t, read), data) {
		t.Error("a plan that was read is saved otherwise")
	}
	for i, a := range read.Actions {
		was := plan.Actions[i]
		if a.Key != was.Key || a.Op != was.Op || a.Verdict != was.Verdict || a.From != was.From || a.To != was.To || !slices.Equal(a.Needs, was.Needs) ||
			a.Want.Text(model.FieldContent) != was.Want.Text(model.FieldContent) {
			t.Errorf("got %+v, want %+v", a, was)
		}
	}
	again, err := read.Recheck(diff.Situation{Inputs: plan.Origin.Inputs, Project: plan.Project, Release: model.StageDeployed, Comparisons: comparisons})
	if err != nil || len(again.Actions) != 3 {
		t.Errorf("nothing moved, but: %v, %d actions", err, len(again.Actions))
	}
}

// A file that is no plan, that was edited, or that contradicts itself is refused, whatever it is.
func TestHostilePlansAreRefused(t *testing.T) {
	plan, _ := shopPlan(t)
	data := string(saved(t, plan))
	replace := func(old, new string) string {
		t.Helper()
		changed := strings.Replace(data, old, new, 1)
		if changed == data {
			t.Fatalf("the plan does not hold %s", old)
		}
		return changed
	}
	for name, text := range map[string]string{
		"empty":              "",
		"no JSON":            "version: 1",
		"another JSON":       `{"schema":"dwsync.report/1"}`,
		"a list":             `[]`,
		"null":               `null`,
		"version 0":          replace("dwsync.plan/1", "dwsync.plan/0"),
		"cut":                data[:len(data)/2],
		"followed by more":   data + "{}",
		"CRLF":               strings.ReplaceAll(data, "\n", "\r\n"),
		"an unknown key":     replace(`"target": "dev"`, `"target": "dev", "more": 1`),
		"a key twice":        replace(`"target": "dev"`, `"target": "dev", "target": "prod"`),
		"another content":    replace(`"text": "SELECT 2;`, `"text": "DROP 2;`),
		"a hidden field":     replace(`"nodeConfiguration.outputList": {`, `"nodeConfiguration.outputLst": {`),
		"no target":          replace(`"target": "dev"`, `"target": ""`),
		"an unknown stage":   replace(`"to": "deployed"`, `"to": "gone"`),
		"an unknown op":      replace(`"op": "update"`, `"op": "delete"`),
		"a create over it":   replace(`"op": "update"`, `"op": "create"`),
		"a release of it":    replace(`"op": "update"`, `"op": "release"`),
		"no such verdict":    replace(`"verdict": "changed here"`, `"verdict": "fine"`),
		"another object":     replace(`dwd\u001fupdated`, `dwd\u001fother`),
		"no canonical path":  strings.ReplaceAll(data, "业务流程", "Business Flow"),
		"an input elsewhere": replace(`"dwsync.yaml": "0`, `"../dwsync.yaml": "0`),
		"no hash":            replace(`"dwsync.yaml": "0`, `"dwsync.yaml": "x`),
		"a mode":             replace(`"Mode": 0`, `"Mode": 7`),
		"deep":               `{"schema":"dwsync.plan/1","actions":` + strings.Repeat("[", 100000),
	} {
		_, err := diff.ReadPlan("plan.json", []byte(text))
		refused, ok := errors.AsType[*diff.PlanFileError](err)
		if !ok || !strings.HasPrefix(err.Error(), "plan.json: this is no plan of dwsync") && !strings.HasPrefix(err.Error(), "plan.json: this plan is not as dwsync wrote it") {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		if refused.File != "plan.json" || !strings.Contains(err.Error(), "diff --save") {
			t.Errorf("%s: it does not say what to do: %v", name, err)
		}
	}
	_, err := diff.ReadPlan("plan.json", []byte(`{"schema":"dwsync.plan/2","origin":{"tool":"v9"},"news":[]}`))
	if newer, ok := errors.AsType[*diff.NewerPlanError](err); !ok || newer.Version != 2 || newer.Tool != "v9" {
		t.Errorf("a newer plan: %v", err)
	}
}

// What a plan shows is what it would write, also if somebody made it by hand in the form in which dwsync writes.
func TestPlansThatSayOneThingAndDoAnother(t *testing.T) {
	for name, change := range map[string]func(*diff.Plan){
		"shows another value":  func(p *diff.Plan) { p.Actions[1].Fields[0].Tree = model.TextValue("harmless") },
		"hides a field":        func(p *diff.Plan) { p.Actions[1].Fields = nil },
		"wants another object": func(p *diff.Plan) { p.Actions[1].Want = p.Actions[0].Want },
		"over another object":  func(p *diff.Plan) { p.Actions[1].Against.Object = p.Actions[0].Want },
		"twice":                func(p *diff.Plan) { p.Actions = append(p.Actions, p.Actions[0]) },
		"also left alone":      func(p *diff.Plan) { p.Skipped[0].Comparison.Key = p.Actions[0].Key },
		"against its edges":    func(p *diff.Plan) { slices.Reverse(p.Actions) },
		"needs what is not in": func(p *diff.Plan) {
			p.Actions[2].Needs = append(p.Actions[2].Needs, diff.ActionID{Key: p.Skipped[0].Key})
		},
		"needs it twice":    func(p *diff.Plan) { p.Actions[2].Needs = append(p.Actions[2].Needs, p.Actions[2].Needs[0]) },
		"a conflict let go": func(p *diff.Plan) { p.Skipped[0].Refused = !p.Skipped[0].Refused },
		"a negative count":  func(p *diff.Plan) { p.Same = -1 },
		"no workspace":      func(p *diff.Plan) { p.Project.Identifier = "" },
		"a name of another key": func(p *diff.Plan) {
			p.Actions[0].Key.Kind = model.KindResource
			p.Actions[0].Want.Key = p.Actions[0].Key
		},
	} {
		plan, _ := shopPlan(t)
		change(&plan)
		if _, err := plan.Save(); err == nil {
			t.Errorf("%s: such a plan can be written, and so it is read", name)
		} else if _, ok := errors.AsType[*diff.PlanFileError](err); !ok {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// Recheck names each thing that moved, and only those.
func TestRecheckNamesWhatMoved(t *testing.T) {
	key := func(name string) model.Key { return node(name, nil).Key }
	for name, c := range map[string]struct {
		change func(s *diff.Situation, byKey map[model.Key]*diff.Comparison)
		want   []string
	}{
		"another workspace": {
			func(s *diff.Situation, _ map[model.Key]*diff.Comparison) { s.Project.ID = "2" }, []string{"the target's workspace is p (2)"},
		},
		"another release": {
			func(s *diff.Situation, _ map[model.Key]*diff.Comparison) { s.Release = model.StageSaved }, []string{"created: the target releases to saved", "updated: ", "released: "},
		},
		"inputs": {
			func(s *diff.Situation, _ map[model.Key]*diff.Comparison) { s.Inputs = map[string]string{"x": "y"} },
			[]string{"dwsync.yaml: the file is gone", "x: the file is new"},
		},
		"the tree's form": {
			func(_ *diff.Situation, byKey map[model.Key]*diff.Comparison) {
				o := byKey[key("created")].Tree.Clone()
				o.Set(model.FieldParaValue, model.TextValue("x"))
				byKey[key("created")].Tree = &o
			},
			[]string{"created: the tree's form is another one"},
		},
		"not in the tree": {
			func(_ *diff.Situation, byKey map[model.Key]*diff.Comparison) { byKey[key("created")].Tree = nil }, []string{"created: the tree's form is another one"},
		},
		"gone there": {
			func(_ *diff.Situation, byKey map[model.Key]*diff.Comparison) { byKey[key("updated")].Remote = nil },
			[]string{"updated: it is gone from the workspace"},
		},
		"another file of the same form": {
			func(_ *diff.Situation, byKey map[model.Key]*diff.Comparison) {
				byKey[key("updated")].Remote.FileID = "77"
			},
			[]string{"updated: it changed in the workspace, last saved by 小李 at 2023-11-14T22:13:20Z"},
		},
		"more fields": {
			func(_ *diff.Situation, byKey map[model.Key]*diff.Comparison) {
				byKey[key("updated")].Fields = append(byKey[key("updated")].Fields, diff.FieldChange{Field: model.FieldOwner})
			},
			[]string{"updated: other fields differ than the plan shows"},
		},
		"fewer fields": {
			func(_ *diff.Situation, byKey map[model.Key]*diff.Comparison) {
				c := byKey[key("updated")]
				c.Verdict, c.Fields = diff.Same, nil
			},
			[]string{"updated: other fields differ than the plan shows"},
		},
		"what the plan leaves alone": {
			func(_ *diff.Situation, byKey map[model.Key]*diff.Comparison) { byKey[key("drift")].Remote = nil }, nil,
		},
		"another stage of the same form": {
			func(_ *diff.Situation, byKey map[model.Key]*diff.Comparison) {
				byKey[key("updated")].Remote.Stage = model.StageSaved
			}, nil,
		},
	} {
		plan, comparisons := shopPlan(t)
		s := diff.Situation{Inputs: map[string]string{"dwsync.yaml": strings.Repeat("0", 64)}, Project: plan.Project, Release: model.StageDeployed, Comparisons: comparisons}
		read, err := diff.ReadPlan("plan.json", saved(t, plan))
		if err != nil {
			t.Fatal(err)
		}
		byKey := map[model.Key]*diff.Comparison{}
		for i := range comparisons {
			byKey[comparisons[i].Key] = &comparisons[i]
		}
		c.change(&s, byKey)
		_, err = read.Recheck(s)
		stale, isStale := errors.AsType[*diff.StaleError](err)
		if isStale != (c.want != nil) || isStale && len(stale.Moved) != len(c.want) {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q is not in: %v", name, want, err)
			}
		}
	}
}

// What an earlier run of the plan did is not done again: an object that is as wanted has only its stages left, or nothing.
func TestRecheckGoesOn(t *testing.T) {
	plan, comparisons := shopPlan(t)
	for i, c := range comparisons {
		switch c.Key.Name {
		case "updated":
			comparisons[i] = diff.Comparison{Key: c.Key, Verdict: diff.Same, Tree: c.Tree, Remote: &model.Remote{Object: *c.Tree, FileID: "1", Stage: model.StageSaved}}
		case "released":
			remote := *c.Remote
			remote.Stage = model.StageDeployed
			comparisons[i].Remote = &remote
		case "created":
			half := c.Tree.Clone()
			half.Set(model.FieldOutputList, model.Value{})
			compared := diff.Compare(diff.Input{Tree: map[model.Key]model.Object{c.Key: *c.Tree}, Remote: map[model.Key]model.Remote{c.Key: {Object: half, FileID: "5", Stage: model.StageSaved}}})
			comparisons[i] = compared[0]
		}
	}
	again, err := plan.Recheck(diff.Situation{Inputs: plan.Origin.Inputs, Project: plan.Project, Release: model.StageDeployed, Comparisons: comparisons})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range again.Actions {
		got = append(got, string(a.Op)+" "+a.Key.Name)
	}
	if want := []string{"release updated", "update created"}; !slices.Equal(got, want) || again.Same != plan.Same+1 {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Whatever a file holds, reading it ends; what is read is what was written.
func FuzzReadPlan(f *testing.F) {
	plan, _ := shopPlan(f)
	data := saved(f, plan)
	f.Add(data)
	for _, cut := range []int{10, 100, 500, len(data) - 2} {
		f.Add(data[:cut])
	}
	f.Add([]byte(`{"schema":"dwsync.plan/1"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		plan, err := diff.ReadPlan("plan.json", data)
		if err != nil {
			_, refused := errors.AsType[*diff.PlanFileError](err)
			_, newer := errors.AsType[*diff.NewerPlanError](err)
			if !refused && !newer {
				t.Fatal(err)
			}
			return
		}
		if again := saved(t, plan); !bytes.Equal(again, data) {
			t.Fatalf("read and saved again it is %q", again)
		}
	})
}
