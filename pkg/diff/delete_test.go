package diff_test

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

// deleted compares a workspace that holds objects, all of them known, with a tree that holds some of them.
func deleted(objects []model.Object, kept func(model.Key) bool) []diff.Comparison {
	in := diff.Input{Tree: map[model.Key]model.Object{}, Remote: map[model.Key]model.Remote{}, Bases: map[model.Key]diff.Base{}}
	for _, o := range objects {
		in.Remote[o.Key] = model.Remote{Object: o, FileID: model.FileID(o.Key.Name), Stage: model.StageDeployed, CurrentVersion: 1}
		in.Bases[o.Key] = diff.Base{Object: &o}
		if kept(o.Key) {
			in.Tree[o.Key] = o
		}
	}
	return diff.Compare(in)
}

func named(names ...string) func(model.Key) bool {
	return func(k model.Key) bool { return slices.Contains(names, k.Name) }
}

func prune(max int) diff.Options {
	return diff.Options{Release: model.StageDeployed, Prune: &diff.Prune{MaxDelete: max}}
}

func deletes(p diff.Plan) []string {
	var names []string
	for _, a := range p.Actions {
		if a.Op == diff.OpDelete {
			names = append(names, a.Key.Name)
		}
	}
	return names
}

func chain() []model.Object {
	return []model.Object{
		model.NewObject(model.BusinessKey("业务流程/shop")), model.NewObject(model.FolderKey("业务流程/shop/MaxCompute/dwd")),
		node("a", []string{"p.a"}, "p_root"), node("b", []string{"p.b"}, "p.a"), node("c", []string{"p.c"}, "p.b", "p.a"),
	}
}

func TestDeletionsGoUpTheGraph(t *testing.T) {
	plan, err := diff.NewPlan(deleted(chain(), named()), prune(3))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := deletes(plan), []string{"c", "b", "a", "dwd", "shop"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestWithoutPruneNothingIsDeleted(t *testing.T) {
	plan, err := diff.NewPlan(deleted(chain(), named()), diff.Options{Release: model.StageDeployed, ChangedOnly: true})
	if err != nil || len(plan.Actions) > 0 || len(plan.Skipped) != 5 {
		t.Errorf("got %v, %v", plan, err)
	}
}

func TestTooManyDeletionsAreRefused(t *testing.T) {
	for _, max := range []int{-1, 0, 2} {
		_, err := diff.NewPlan(deleted(chain(), named()), prune(max))
		if many, ok := errors.AsType[*diff.TooManyDeletesError](err); !ok || many.Deletes != 3 || many.Allowed != []int{1, 0, 0, 2}[max+1] && many.Allowed != max {
			t.Errorf("--max-delete %d: got %v", max, err)
		}
	}
	if _, err := diff.NewPlan(deleted(chain(), named("a", "b", "dwd", "shop")), prune(-1)); err != nil {
		t.Errorf("one is always allowed: %v", err)
	}
}

func TestAConsumerThatStaysIsARefusal(t *testing.T) {
	for name, o := range map[string]diff.Options{
		"kept in the tree": prune(9),
		"protected":        {Release: model.StageDeployed, Prune: &diff.Prune{MaxDelete: 9}, Protected: named("c")},
		"not selected":     {Release: model.StageDeployed, Prune: &diff.Prune{MaxDelete: 9}, Selected: named("b")},
	} {
		kept := named("a", "dwd", "shop")
		if name == "kept in the tree" {
			kept = named("a", "c", "dwd", "shop")
		}
		_, err := diff.NewPlan(deleted(chain(), kept), o)
		if consumer, ok := errors.AsType[*diff.ConsumerError](err); !ok || consumer.Deleted.Name != "b" || consumer.Consumer.Name != "c" || consumer.Output != "p.b" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestADeletionWaitsForTheUpdateThatDropsIt(t *testing.T) {
	comparisons := deleted(chain(), named("a", "c", "dwd", "shop"))
	for i, c := range comparisons {
		if c.Key.Name == "c" {
			tree := node("c", []string{"p.c"}, "p.a")
			comparisons[i].Tree, comparisons[i].Verdict = &tree, diff.ChangedHere
			comparisons[i].Fields = []diff.FieldChange{{Field: model.FieldInputList, Tree: tree.Get(model.FieldInputList), Remote: c.Remote.Object.Get(model.FieldInputList)}}
		}
	}
	plan, err := diff.NewPlan(comparisons, prune(9))
	if err != nil {
		t.Fatal(err)
	}
	last := plan.Actions[len(plan.Actions)-1]
	if last.Op != diff.OpDelete || last.Key.Name != "b" || len(last.Needs) != 1 || last.Needs[0].Key.Name != "c" {
		t.Errorf("got %v", plan.Actions)
	}
}

func TestWhatTakesADeletedPathWaits(t *testing.T) {
	old := node("x", []string{"p.x"}, "p_root")
	comparisons := deleted([]model.Object{old}, named())
	shell := model.NewObject(model.FileKey(old.Key.Folder, "x", 6))
	heir := node("heir", []string{"p.x"}, "p_root")
	comparisons = append(comparisons, comparisonsOf(shell, heir)...)
	plan, err := diff.NewPlan(comparisons, prune(9))
	if err != nil {
		t.Fatal(err)
	}
	if plan.Actions[0].Op != diff.OpDelete || len(plan.Actions) != 3 || len(plan.Actions[1].Needs) != 1 || len(plan.Actions[2].Needs) != 1 {
		t.Errorf("got %v", plan.Actions)
	}
}

func TestAFolderThatHoldsSomethingStays(t *testing.T) {
	outside := prune(9)
	outside.Prune.Outside = []model.FolderPath{"业务流程/shop/MaxCompute/dwd/tmp"}
	half := prune(9)
	half.HalfDeleted = []diff.HalfDeletion{{Key: node("old", nil).Key, Remote: model.Remote{Object: node("old", nil), FileID: "9", Deleted: true}}}
	guarded := prune(9)
	guarded.Protected = named("a")
	for name, o := range map[string]diff.Options{"out of scope": outside, "half deleted": half, "protected": guarded} {
		plan, err := diff.NewPlan(deleted(chain(), named()), o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		kept := 0
		for _, s := range plan.Skipped {
			if s.Kept == "" {
				t.Errorf("%s: nothing says why %s stays", name, s.Key)
			}
			if !s.Key.Kind.IsFile() {
				kept++
			}
		}
		if kept != 2 {
			t.Errorf("%s: %v would be deleted", name, deletes(plan))
		}
	}
}

func TestHalfDeletions(t *testing.T) {
	old := model.Remote{Object: node("old", []string{"p.old"}, "p.a"), FileID: "9", Stage: model.StageDeployed, Deleted: true}
	for name, c := range map[string]struct {
		half     diff.HalfDeletion
		release  model.Stage
		prune    bool
		finishes bool
	}{
		"ours":               {diff.HalfDeletion{Known: true}, model.StageDeployed, true, true},
		"without --prune":    {diff.HalfDeletion{Known: true}, model.StageDeployed, false, false},
		"not ours":           {diff.HalfDeletion{}, model.StageDeployed, true, false},
		"in the tree again":  {diff.HalfDeletion{Known: true, InTree: true}, model.StageDeployed, true, false},
		"not released to it": {diff.HalfDeletion{Known: true}, model.StageSubmitted, true, false},
	} {
		c.half.Remote, c.half.Key = old, old.Object.Key
		o := diff.Options{Release: c.release, HalfDeleted: []diff.HalfDeletion{c.half}}
		if c.prune {
			o.Prune = &diff.Prune{MaxDelete: 0}
		}
		plan, err := diff.NewPlan(nil, o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if finishes := len(plan.Actions) == 1 && plan.Actions[0].Against.Deleted; finishes != c.finishes || len(plan.HalfDeleted) == len(plan.Actions) {
			t.Errorf("%s: got %v and %v", name, plan.Actions, plan.HalfDeleted)
		}
	}
}

// Whatever the tree lacks, a plan deletes nothing that something which stays depends on or lies in, and what needs something goes before it.
func TestDeletionsLeaveNothingHanging(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"a", "b", "c", "d", "e", "f"}
		objects := []model.Object{model.NewObject(model.BusinessKey("业务流程/shop")), model.NewObject(model.FolderKey("业务流程/shop/MaxCompute/dwd"))}
		inputs := map[string][]string{}
		for i, name := range names {
			for _, parent := range names[:i] {
				if rapid.Bool().Draw(t, parent+" to "+name) {
					inputs[name] = append(inputs[name], parent)
				}
			}
			var list []string
			for _, parent := range inputs[name] {
				list = append(list, "p."+parent)
			}
			objects = append(objects, node(name, []string{"p." + name}, list...))
		}
		kept := map[string]bool{}
		for _, o := range objects {
			kept[o.Key.Name] = rapid.Bool().Draw(t, "keep "+o.Key.Name)
		}
		plan, err := diff.NewPlan(deleted(objects, func(k model.Key) bool { return kept[k.Name] }), prune(9))
		isHeld := false
		for _, name := range names {
			for _, parent := range inputs[name] {
				isHeld = isHeld || kept[name] && !kept[parent]
			}
		}
		if _, isRefusal := errors.AsType[*diff.ConsumerError](err); isRefusal != isHeld {
			t.Fatalf("somebody who stays depends on what goes: %v; got %v", isHeld, err)
		}
		if isHeld {
			return
		}
		gone := map[string]bool{}
		for _, name := range deletes(plan) {
			if kept[name] {
				t.Fatalf("%s is in the tree", name)
			}
			for _, child := range names {
				if slices.Contains(inputs[child], name) && !gone[child] {
					t.Fatalf("%s goes before %s, which needs it", name, child)
				}
			}
			for _, file := range names {
				if name == "dwd" && !gone[file] || name == "shop" && !gone["dwd"] {
					t.Fatalf("%s goes and still holds something", name)
				}
			}
			gone[name] = true
		}
		for _, name := range names {
			if !kept[name] && !gone[name] {
				t.Fatalf("%s stays", name)
			}
		}
	})
}
