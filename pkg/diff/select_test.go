package diff_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/graph"
	"github.com/dwsync/dwsync/pkg/model"
)

func names(keys []model.Key) string {
	var all []string
	for _, k := range keys {
		all = append(all, k.Name)
	}
	return strings.Join(all, " ")
}

// The graph goes through inputs, of the tree where it has the node; what nobody here makes is outside; who refers to a resource needs it.
func TestJobGraph(t *testing.T) {
	user := node("user", nil, "p.a", "other.x")
	user.Set(model.FieldContent, model.TextValue("##@resource_reference{\"udf.py\"}\nSELECT 1;\n"))
	resource := model.NewObject(model.FileKey("业务流程/shop/MaxCompute/resource", "udf.py", 12))
	moved, was := node("moved", []string{"p.moved"}, "p.a"), node("moved", []string{"p.moved"}, "p.user")
	there := node("there", nil, "p.moved")
	in := diff.Input{
		Tree: map[model.Key]model.Object{user.Key: user, resource.Key: resource, moved.Key: moved, node("a", nil).Key: node("a", nil, "p_root")},
		Remote: map[model.Key]model.Remote{
			moved.Key: {Object: was, FileID: "1"}, there.Key: {Object: there, FileID: "2"},
		},
	}
	jobs, outside := diff.JobGraph(diff.Compare(in), "p")
	for name, want := range map[string]string{"user": "a udf.py", "moved": "a", "there": "moved", "a": ""} {
		if got := names(jobs.Needs(node(name, nil).Key)); got != want {
			t.Errorf("%s needs %q, want %q", name, got, want)
		}
	}
	if got := outside[user.Key]; !slices.Equal(got, []string{"other.x"}) {
		t.Errorf("outside of the user is %v", got)
	}
	if down := jobs.Downstream(resource.Key, graph.Unlimited); len(down) != 1 {
		t.Errorf("downstream of the resource is %v", down)
	}
}

// A selected file brings the business and folders that only its side has; with force also those that were deleted there. Nothing else comes.
func TestWithContainers(t *testing.T) {
	business, folder, file, other := model.BusinessKey("业务流程/shop"), model.FolderKey("业务流程/shop/MaxCompute/dwd"), node("a", nil).Key, node("b", nil).Key
	all := func(tree, remote, base bool) []diff.Comparison {
		in := diff.Input{Tree: map[model.Key]model.Object{}, Remote: map[model.Key]model.Remote{}, Bases: map[model.Key]diff.Base{}}
		for _, k := range []model.Key{business, folder, file, other} {
			o := model.NewObject(k)
			if tree {
				in.Tree[k] = o
			}
			if remote {
				in.Remote[k] = model.Remote{Object: o, FileID: "1", BusinessID: "1", FolderID: "1"}
			}
			if base {
				in.Bases[k] = diff.Base{Object: &o}
			}
		}
		return diff.Compare(in)
	}
	for name, c := range map[string]struct {
		comparisons []diff.Comparison
		force, want bool
	}{
		"made here":             {all(true, false, false), false, true},
		"made there":            {all(false, true, false), false, true},
		"on both sides":         {all(true, true, false), true, false},
		"deleted there":         {all(true, false, true), false, false},
		"deleted there, forced": {all(true, false, true), true, true},
		"deleted here":          {all(false, true, true), true, false},
	} {
		selected := map[model.Key]bool{file: true}
		want := map[model.Key]bool{file: true}
		if c.want {
			want[business], want[folder] = true, true
		}
		if got := diff.WithContainers(c.comparisons, selected, c.force); !maps.Equal(got, want) {
			t.Errorf("%s: got %v", name, got)
		}
		if len(selected) != 1 {
			t.Errorf("%s: the selection itself grew", name)
		}
	}
}

// What is left out is counted if a push would do something with it or report it; it is neither acted on nor skipped.
func TestNotSelectedIsCounted(t *testing.T) {
	_, comparisons := shopPlan(t)
	only := func(name string) func(model.Key) bool { return func(k model.Key) bool { return k.Name == name } }
	plan, err := diff.NewPlan(comparisons, diff.Options{Project: model.Project{Identifier: "p"}, Release: model.StageDeployed, Selected: only("updated")})
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Actions) != 1 || len(plan.Skipped) != 0 || plan.NotSelected != 4 || plan.HasDrift() {
		t.Errorf("got %d actions, %d skipped, %d not selected", len(plan.Actions), len(plan.Skipped), plan.NotSelected)
	}
	forced, err := diff.NewPlan(comparisons, diff.Options{
		Project: model.Project{Identifier: "p"}, Release: model.StageDeployed, Selected: only("conflict"), Force: only("conflict"),
	})
	if err != nil || len(forced.Actions) != 1 || forced.Actions[0].Op != diff.OpUpdate || forced.Actions[0].Verdict != diff.Conflict {
		t.Errorf("forced: %v, %+v", err, forced.Actions)
	}
	all, err := diff.NewPlan(comparisons, diff.Options{Project: model.Project{Identifier: "p"}, Release: model.StageDeployed})
	if err != nil || all.NotSelected != 0 || !all.HasDrift() {
		t.Errorf("all: %v, %d not selected", err, all.NotSelected)
	}
}

// A plan carries the part of the job graph that it reaches: what it changes, everything downstream, what the changed files need; nothing else.
func TestPlanCarriesTheJobsAround(t *testing.T) {
	chain := map[string][]string{"above": {"p_root"}, "before": {"p.above"}, "changed": {"p.before", "elsewhere.x"}, "after": {"p.changed"}, "last": {"p.after"}, "aside": {"p.before"}}
	in := diff.Input{Tree: map[model.Key]model.Object{}, Remote: map[model.Key]model.Remote{}, Bases: map[model.Key]diff.Base{}}
	for name, inputs := range chain {
		o := node(name, []string{"p." + name}, inputs...)
		in.Tree[o.Key] = o
		in.Remote[o.Key] = model.Remote{Object: o, FileID: "1", Stage: model.StageDeployed, CurrentVersion: 1}
		in.Bases[o.Key] = diff.Base{Object: &o}
	}
	changed := in.Tree[node("changed", nil).Key].Clone()
	changed.Set(model.FieldContent, model.TextValue("SELECT 2;\n"))
	in.Tree[changed.Key] = changed
	p, err := diff.NewPlan(diff.Compare(in), diff.Options{Target: "dev", Project: model.Project{ID: "1", Identifier: "p", Mode: model.ModeSimple}, Release: model.StageDeployed})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, j := range p.Jobs {
		got = append(got, j.Key.Name+": "+names(j.Needs)+strings.Join(j.Outside, " "))
	}
	want := []string{"after: changed", "before: ", "changed: beforeelsewhere.x", "last: after"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if _, err := p.Save(); err != nil {
		t.Error(err)
	}
}
