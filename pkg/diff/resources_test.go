package diff_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

const engine = "业务流程/shop/MaxCompute"

func resource(name string, t model.FileType) model.Object {
	return model.NewObject(model.FileKey(engine, name, t))
}

func function(name string, resources ...string) model.Object {
	o := model.NewObject(model.FileKey(engine, name, model.TypeFunction))
	o.Set(model.FieldClassName, model.TextValue("a.B"))
	var items []model.Item
	for _, r := range resources {
		items = append(items, model.NewItem(r))
	}
	o.Set(model.FieldResources, model.SetValue(items...))
	return o
}

// refers is a node whose code notes resources.
func refers(name string, resources ...string) model.Object {
	o := node(name, []string{"p." + name}, "p_root")
	code := "select 1"
	for _, r := range resources {
		code = fmt.Sprintf("##@resource_reference{%q}\n", r) + code
	}
	o.Set(model.FieldContent, model.TextValue(code))
	return o
}

// sides is a comparison's input: what the tree has, what the workspace has at a version, and what both had.
type sides struct {
	tree, base []model.Object
	remote     map[int][]model.Object
}

func (s sides) compare() []diff.Comparison {
	in := diff.Input{Tree: map[model.Key]model.Object{}, Remote: map[model.Key]model.Remote{}, Bases: map[model.Key]diff.Base{}}
	for _, o := range s.tree {
		in.Tree[o.Key] = o
	}
	for _, o := range s.base {
		in.Bases[o.Key] = diff.Base{Object: &o}
	}
	for version, objects := range s.remote {
		for _, o := range objects {
			in.Remote[o.Key] = model.Remote{Object: o, FileID: model.FileID(o.Key.Name), CurrentVersion: version, Stage: model.StageSaved}
		}
	}
	return diff.Compare(in)
}

func TestResourcesComeFirst(t *testing.T) {
	s := sides{tree: []model.Object{function("A", "z.py"), refers("b", "z.py", "elsewhere.py"), resource("z.py", 12)}}
	plan, err := diff.NewPlan(s.compare(), diff.Options{Release: model.StageDeployed})
	if err != nil || len(plan.Actions) != 3 || plan.Actions[0].Key.Name != "z.py" {
		t.Fatalf("got %v, %v", plan.Actions, err)
	}
	for _, a := range plan.Actions[1:] {
		if !slices.Contains(a.Needs, plan.Actions[0].ID()) {
			t.Errorf("%s does not need %s", a.Key, plan.Actions[0].Key)
		}
	}
}

// What the API cannot carry is left out of the plan by name, with what could not be released without it; the rest stays.
func TestWhatTheAPICannotCarry(t *testing.T) {
	jar, odd := resource("a.jar", 13), function("odd", "b.py")
	odd.Set(model.FieldContent, model.TextValue(`{"new":1}`))
	text, uploaded := resource("w.txt", 15), resource("w.txt", 15)
	text.Set(model.FieldContent, model.TextValue("x"))
	uploaded.Set(model.FieldUploaded, model.BoolValue(true))
	described := resource("a.jar", 13)
	described.Set(model.FieldFileDescription, model.TextValue("1.1"))
	child := node("child", []string{"p.child"}, "p.n")
	for name, c := range map[string]struct {
		sides
		release model.Stage
		acts    string
		refused string
	}{
		"made here":                       {sides{tree: []model.Object{jar, resource("b.py", 12), function("F", "a.jar"), function("G", "b.py"), odd}}, model.StageDeployed, "G b.py", "F a.jar odd"},
		"and what needs it, and its own":  {sides{tree: []model.Object{jar, refers("n", "a.jar"), child, refers("m")}}, model.StageDeployed, "m", "a.jar child n"},
		"saved only":                      {sides{tree: []model.Object{jar, function("F", "a.jar")}}, model.StageSaved, "F", "a.jar"},
		"there, but never submitted":      {sides{tree: []model.Object{jar, function("F", "a.jar")}, remote: map[int][]model.Object{0: {jar}}}, model.StageDeployed, "", "F"},
		"there":                           {sides{tree: []model.Object{jar, function("F", "a.jar")}, remote: map[int][]model.Object{1: {jar}}}, model.StageDeployed, "F", ""},
		"its description":                 {sides{tree: []model.Object{described}, base: []model.Object{jar}, remote: map[int][]model.Object{1: {jar}}}, model.StageDeployed, "a.jar", ""},
		"a text that was uploaded":        {sides{tree: []model.Object{text, function("F", "w.txt")}, base: []model.Object{uploaded}, remote: map[int][]model.Object{1: {uploaded}}}, model.StageDeployed, "F", "w.txt"},
		"what a function's content holds": {sides{tree: []model.Object{odd}, base: []model.Object{function("odd", "b.py")}, remote: map[int][]model.Object{1: {function("odd", "b.py")}}}, model.StageDeployed, "", "odd"},
	} {
		t.Run(name, func(t *testing.T) {
			plan, err := diff.NewPlan(c.compare(), diff.Options{Release: c.release, Project: model.Project{Identifier: "p"}})
			if err != nil {
				t.Fatal(err)
			}
			var acts, refused []string
			for _, a := range plan.Actions {
				acts = append(acts, a.Key.Name)
				if a.Key.Type == 13 && a.To > model.StageSaved {
					t.Errorf("%s would be released, and nobody read it", a.Key)
				}
			}
			for _, s := range plan.Refused() {
				refused = append(refused, s.Key.Name)
				if s.Obstacle == "" {
					t.Errorf("%s is refused, and nobody says why", s.Key)
				}
			}
			slices.Sort(acts)
			if strings.Join(acts, " ") != c.acts || strings.Join(refused, " ") != c.refused {
				t.Errorf("acts on %q, refuses %q", acts, refused)
			}
		})
	}
}

func TestAResourceThatTheSelectionLeftOut(t *testing.T) {
	script := resource("b.py", 12)
	onlyF := func(k model.Key) bool { return k.Name == "F" }
	_, err := diff.NewPlan(sides{tree: []model.Object{script, function("F", "b.py")}}.compare(), diff.Options{Release: model.StageDeployed, Selected: onlyF})
	if missing, ok := errors.AsType[*diff.MissingResourceError](err); !ok || missing.Resource != script.Key {
		t.Errorf("got %v", err)
	}
	there := sides{tree: []model.Object{script, function("F", "b.py")}, remote: map[int][]model.Object{0: {script}}}
	_, err = diff.NewPlan(there.compare(), diff.Options{Release: model.StageDeployed, Selected: onlyF})
	if missing, ok := errors.AsType[*diff.UnsubmittedParentError](err); !ok || missing.Parent != script.Key {
		t.Errorf("got %v", err)
	}
}

// A resource is deleted after all that refers to it, and not while something does.
func TestDeletedResources(t *testing.T) {
	script, uses, stops := resource("b.py", 12), function("F", "b.py"), function("F", "c.py")
	prune := diff.Options{Release: model.StageDeployed, Prune: &diff.Prune{MaxDelete: 10}}
	both := sides{base: []model.Object{script, uses}, remote: map[int][]model.Object{1: {script, uses}}}
	for name, tree := range map[string][]model.Object{"both go": nil, "the function goes on without it": {stops}} {
		both.tree = tree
		plan, err := diff.NewPlan(both.compare(), prune)
		if err != nil || len(plan.Actions) != 2 || plan.Actions[1].Key != script.Key || plan.Actions[1].Op != diff.OpDelete {
			t.Errorf("%s: got %v, %v", name, plan.Actions, err)
		}
	}
	for name, tree := range map[string][]model.Object{"the function stays": {uses}, "a new one refers to it": {stops, function("G", "b.py")}} {
		both.tree = tree
		_, err := diff.NewPlan(both.compare(), prune)
		if consumer, ok := errors.AsType[*diff.ConsumerError](err); !ok || consumer.Deleted != script.Key || !strings.Contains(err.Error(), "refers to it") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
