package diff_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/dwsync/dwsync/pkg/config"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
)

const referencesFolder = model.FolderPath("业务流程/店/MaxCompute")

// referring makes a node of the tree; what it refers to is symbolic.
func referring(t *testing.T, name string, field model.Field, verb mapping.Verb, others ...string) model.Object {
	t.Helper()
	o := model.NewObject(model.FileKey(referencesFolder, name, 10))
	var items []model.Item
	for _, other := range others {
		items = append(items, model.NewItem(mapping.Placeholder{Verb: verb, Argument: string(referencesFolder.Join(other))}.String()))
	}
	o.Set(field, model.SetValue(items...))
	form, err := mapping.New(config.Target{}, model.Project{Identifier: "shop"}).WithResolver(mapping.Unknowing{}).Forward(o)
	if err != nil {
		t.Fatal(err)
	}
	return form
}

func made(o model.Object) diff.Comparison {
	return diff.Comparison{Key: o.Key, Verdict: diff.MadeHere, Tree: &o}
}

// standing is a file that both sides hold alike, of which GetFile shows no automatic output.
func standing(name string, verdict diff.Verdict, stage model.Stage) diff.Comparison {
	o := model.NewObject(model.FileKey(referencesFolder, name, 10))
	return diff.Comparison{Key: o.Key, Verdict: verdict, Tree: &o, Remote: &model.Remote{Object: o, FileID: "7", Stage: stage, CurrentVersion: 1}}
}

func planOf(t *testing.T, release model.Stage, selected func(model.Key) bool, comparisons ...diff.Comparison) (diff.Plan, error) {
	t.Helper()
	slices.SortFunc(comparisons, func(a, b diff.Comparison) int { return a.Key.Compare(b.Key) })
	return diff.NewPlan(comparisons, diff.Options{Target: "dev", Project: model.Project{Identifier: "shop"}, Release: release, Selected: selected})
}

func idNames(ids []diff.ActionID) string {
	var names []string
	for _, id := range ids {
		names = append(names, id.Key.Name)
	}
	return strings.Join(names, " ")
}

// A file whose automatic output is referred to comes before who refers to it, and into the plan if it has none.
func TestAutomaticOutputsAreEdges(t *testing.T) {
	user := referring(t, "a", model.FieldInputList, mapping.VerbAuto, "source")
	plan, err := planOf(t, model.StageDeployed, nil, made(user), standing("source", diff.Same, model.StageDeployed))
	if err != nil || len(plan.Actions) != 2 {
		t.Fatalf("%v (%v)", plan.Actions, err)
	}
	source, a := plan.Actions[0], plan.Actions[1]
	if source.Key.Name != "source" || source.Op != diff.OpUpdate || !source.OwnOutput || source.To != model.StageDeployed || len(source.Fields) > 0 || idNames(a.Needs) != "source" || len(a.Awaits) > 0 {
		t.Errorf("first %+v, then %+v", source, a)
	}
	for _, c := range []struct {
		verdict diff.Verdict
		why     string
	}{{diff.ChangedThere, "changed there"}, {diff.Conflict, "conflict"}} {
		plan, err := planOf(t, model.StageDeployed, nil, made(user), standing("source", c.verdict, model.StageDeployed))
		if err != nil || len(plan.Actions) > 0 || len(plan.Refused()) == 0 || !strings.Contains(plan.Refused()[0].Obstacle, c.why) {
			t.Errorf("%s: %+v, refused are %+v (%v)", c.verdict, plan.Actions, plan.Refused(), err)
		}
	}
	left := standing("source", diff.MadeThere, model.StageDeployed)
	left.Tree = nil
	if plan, err := planOf(t, model.StageDeployed, nil, made(user), left); err != nil || len(plan.Actions) > 0 || !strings.Contains(plan.Refused()[0].Obstacle, "pull that file first") {
		t.Errorf("not in the tree: %+v (%v)", plan, err)
	}
	_, err = planOf(t, model.StageDeployed, func(k model.Key) bool { return k.Name == "a" }, made(user), standing("source", diff.Same, model.StageDeployed))
	if _, ok := errors.AsType[*diff.MissingParentError](err); !ok {
		t.Errorf("not selected: %v", err)
	}
}

// What refers to a file that cannot be written is not written either, and no file gets an output that then nobody refers to.
func TestRefusalsReachWhoRefers(t *testing.T) {
	cannot := model.NewObject(model.FileKey(referencesFolder, "cannot", 10))
	cannot.Set(model.FieldResourceGroup, model.TextValue("#17"))
	user := referring(t, "user", model.FieldInputList, mapping.VerbAuto, "cannot", "source")
	plan, err := planOf(t, model.StageDeployed, nil, made(cannot), made(user), standing("source", diff.Same, model.StageDeployed))
	if err != nil || len(plan.Actions) > 0 || plan.Same != 1 || len(plan.Refused()) != 2 || !strings.Contains(plan.Refused()[0].Obstacle, "known by its number only") {
		t.Errorf("%+v (%v)", plan, err)
	}
}

// Nodes that are waited for are submitted first; where that closes a circle one of them is submitted twice.
func TestNodesAreAwaited(t *testing.T) {
	wait := func(name string, others ...string) diff.Comparison {
		return made(referring(t, name, model.FieldDependentNodeIDList, mapping.VerbNode, others...))
	}
	for name, c := range map[string]struct {
		comparisons []diff.Comparison
		want        string
	}{
		"a chain":         {[]diff.Comparison{wait("a", "b"), wait("b", "c"), wait("c")}, "c; b awaits c; a awaits b"},
		"a pair":          {[]diff.Comparison{wait("a", "b"), wait("b", "a")}, "b closes a; a awaits b"},
		"itself":          {[]diff.Comparison{wait("a", "a")}, "a closes a"},
		"three in a ring": {[]diff.Comparison{wait("a", "b"), wait("b", "c"), wait("c", "a")}, "c closes a; b awaits c; a awaits b"},
		"beside a ring":   {[]diff.Comparison{wait("a", "b"), wait("b", "c"), wait("c", "b")}, "c closes b; b awaits c; a awaits b"},
	} {
		plan, err := planOf(t, model.StageDeployed, nil, c.comparisons...)
		var got []string
		for _, a := range plan.Actions {
			text := a.Key.Name
			if len(a.Awaits) > 0 {
				text += " awaits " + idNames(a.Awaits)
			}
			if len(a.Closes) > 0 {
				text += " closes " + idNames(a.Closes)
			}
			got = append(got, text)
		}
		if err != nil || strings.Join(got, "; ") != c.want {
			t.Errorf("%s: %s (%v)", name, strings.Join(got, "; "), err)
		}
	}
	plan, err := planOf(t, model.StageSaved, nil, wait("a", "b"), wait("b"))
	if err != nil || len(plan.Actions) != 1 || !strings.Contains(plan.Refused()[0].Obstacle, "does not submit") {
		t.Errorf("a target that only saves: %+v (%v)", plan, err)
	}
}
