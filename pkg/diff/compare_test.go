package diff_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

var key = model.FileKey("业务流程/shop/MaxCompute", "a", 10)

func form(content string, inputs ...string) *model.Object {
	o := model.NewObject(key)
	o.Set(model.FieldContent, model.TextValue(content))
	items := make([]model.Item, len(inputs))
	for i, input := range inputs {
		items[i] = model.NewItem(input)
	}
	o.Set(model.FieldInputList, model.SetValue(items...))
	return &o
}

func compare(tree, remote, base *model.Object) diff.Comparison {
	in := diff.Input{Tree: map[model.Key]model.Object{}, Remote: map[model.Key]model.Remote{}, Bases: map[model.Key]diff.Base{}}
	if tree != nil {
		in.Tree[key] = *tree
	}
	if remote != nil {
		in.Remote[key] = model.Remote{Object: *remote, FileID: "1", Stage: model.StageSaved}
	}
	in.Bases[key] = diff.Base{Object: base}
	return diff.Compare(in)[0]
}

// The table of the design's section 6, each row.
func TestVerdicts(t *testing.T) {
	for name, c := range map[string]struct {
		tree, remote, base *model.Object
		want               diff.Verdict
	}{
		"L = R":                                {form("1"), form("1"), nil, diff.Same},
		"L = R, whatever B":                    {form("1"), form("1"), form("0"), diff.Same},
		"R = B, L differs":                     {form("1"), form("0"), form("0"), diff.ChangedHere},
		"L = B, R differs":                     {form("0"), form("1"), form("0"), diff.ChangedThere},
		"all differ":                           {form("1"), form("2"), form("0"), diff.Conflict},
		"all differ, each field is L's or B's": {form("1", "p.new"), form("1", "p.old"), form("0", "p.old"), diff.CutShort},
		"each element of a set is L's or B's":  {form("1", "p.a", "p.b"), form("0", "p.a", "p.c"), form("0", "p.c"), diff.CutShort},
		"an element is nobody's":               {form("1", "p.a"), form("0", "p.x"), form("0", "p.c"), diff.Conflict},
		"an element of both is gone":           {form("1", "p.a", "p.b", "p.c"), form("0", "p.b", "p.x"), form("0", "p.a", "p.x"), diff.Conflict},
		"B known, L gone, R = B":               {nil, form("0"), form("0"), diff.DeletedHere},
		"B known, L gone, R differs":           {nil, form("1"), form("0"), diff.Conflict},
		"B known, R gone, L = B":               {form("0"), nil, form("0"), diff.DeletedThere},
		"B known, R gone, L differs":           {form("1"), nil, form("0"), diff.Conflict},
		"B unknown, only R":                    {nil, form("1"), nil, diff.MadeThere},
		"B unknown, only L":                    {form("1"), nil, nil, diff.MadeHere},
		"B unknown, both differ":               {form("1"), form("2"), nil, diff.Unrelated},
	} {
		t.Run(name, func(t *testing.T) {
			if got := compare(c.tree, c.remote, c.base).Verdict; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A push never loses the workspace's edit: what a plan writes was R = B, or cut short by us, or was not there.
func TestPlanOverwritesNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.Custom(func(t *rapid.T) *model.Object {
			if rapid.Bool().Draw(t, "absent") {
				return nil
			}
			return form(rapid.SampledFrom([]string{"0", "1", "2"}).Draw(t, "content"), rapid.SliceOfN(rapid.SampledFrom([]string{"p.a", "p.b"}), 0, 2).Draw(t, "inputs")...)
		})
		tree, remote, base := some.Draw(t, "tree"), some.Draw(t, "remote"), some.Draw(t, "base")
		if tree == nil && remote == nil {
			return
		}
		c := compare(tree, remote, base)
		plan, err := diff.NewPlan([]diff.Comparison{c}, diff.Options{Release: model.StageDeployed})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range plan.Actions {
			if a.Op == diff.OpRelease {
				if len(a.Fields) > 0 {
					t.Fatalf("a release that would write: %v", a)
				}
				continue
			}
			if remote == nil {
				continue
			}
			if base == nil {
				t.Fatalf("%s over a form of unknown origin", a.Op)
			}
			for _, f := range []model.Field{model.FieldContent} {
				r := remote.Get(f)
				if !r.Equal(base.Get(f)) && !r.Equal(tree.Get(f)) {
					t.Fatalf("%s loses the workspace's %s", a.Op, f)
				}
			}
			if len(a.Fields) == 0 {
				t.Fatal("an update that names no field")
			}
		}
	})
}

func node(name string, outputs []string, inputs ...string) model.Object {
	o := model.NewObject(model.FileKey("业务流程/shop/MaxCompute/dwd", name, 10))
	set := func(f model.Field, names []string) {
		var items []model.Item
		for _, n := range names {
			items = append(items, model.NewItem(n))
		}
		o.Set(f, model.SetValue(items...))
	}
	set(model.FieldOutputList, outputs)
	set(model.FieldInputList, inputs)
	return o
}

func comparisonsOf(objects ...model.Object) []diff.Comparison {
	in := diff.Input{Tree: map[model.Key]model.Object{}}
	for _, o := range objects {
		in.Tree[o.Key] = o
	}
	return diff.Compare(in)
}

func TestPlanPutsWhatIsNeededFirst(t *testing.T) {
	plan, err := diff.NewPlan(comparisonsOf(
		node("a", []string{"p.a"}, "p.z"), node("z", []string{"p.z"}, "p_root"), node("m", []string{"p.m"}, "p.a", "p.z"),
		model.NewObject(model.BusinessKey("业务流程/shop")), model.NewObject(model.FolderKey("业务流程/shop/MaxCompute/dwd")),
	), diff.Options{Release: model.StageDeployed})
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	place := map[diff.ActionID]int{}
	for i, a := range plan.Actions {
		order = append(order, a.Key.Name)
		place[a.ID()] = i
		for _, need := range a.Needs {
			if at, ok := place[need]; !ok || at >= i {
				t.Errorf("%s comes before %s, which it needs", a.Key, need)
			}
		}
	}
	if want := []string{"shop", "dwd", "z", "a", "m"}; !slices.Equal(order, want) {
		t.Errorf("got %v, want %v", order, want)
	}
}

// With autoParsing an output that only the workspace has is the service's own, unless the base has it: then the tree gave it up.
func TestAnOutputThatTheTreeGaveUp(t *testing.T) {
	tree, there := node("a", []string{"p.a"}), node("a", []string{"p.a", "p.old"})
	tree.Set(model.FieldAutoParsing, model.BoolValue(true))
	there.Set(model.FieldAutoParsing, model.BoolValue(true))
	in := diff.Input{Tree: map[model.Key]model.Object{tree.Key: tree}, Remote: map[model.Key]model.Remote{tree.Key: {Object: there}}}
	if open := diff.Open(in); len(open) != 1 {
		t.Fatal("no base is asked for")
	}
	for want, base := range map[diff.Verdict]*model.Object{diff.Same: &tree, diff.ChangedHere: &there} {
		in.Bases = map[model.Key]diff.Base{tree.Key: {Object: base}}
		if got := diff.Compare(in)[0].Verdict; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	in.Bases = nil
	if got := diff.Compare(in)[0].Verdict; got != diff.Same {
		t.Errorf("without a base it is the service's own, but: %s", got)
	}
}

// A node that declares no output still gets `<project>.<name>` from the service; who needs that waits for it.
func TestPlanKnowsTheOutputThatANodeGetsByItself(t *testing.T) {
	plan, err := diff.NewPlan(comparisonsOf(node("a", nil, "p.z"), node("z", nil, "p_root")), diff.Options{Release: model.StageDeployed, Project: model.Project{Identifier: "p"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Actions) != 2 || plan.Actions[0].Key.Name != "z" || !slices.Contains(plan.Actions[1].Needs, plan.Actions[0].ID()) {
		t.Errorf("got %v", plan.Actions)
	}
}

func TestPlanPrintsTheCycle(t *testing.T) {
	_, err := diff.NewPlan(comparisonsOf(node("a", []string{"p.a"}, "p.b"), node("b", []string{"p.b"}, "p.a")), diff.Options{Release: model.StageDeployed})
	cycle, ok := err.(*diff.CycleError)
	if !ok || len(cycle.Path) != 3 || cycle.Path[0] != cycle.Path[2] {
		t.Fatalf("got %v", err)
	}
}

func TestPlanNamesAnUnsubmittedParent(t *testing.T) {
	parent, child := node("parent", []string{"p.parent"}, "p_root"), node("child", []string{"p.child"}, "p.parent")
	in := diff.Input{
		Tree:   map[model.Key]model.Object{child.Key: child},
		Remote: map[model.Key]model.Remote{parent.Key: {Object: parent, FileID: "1", Stage: model.StageSaved}},
	}
	onlyChild := func(k model.Key) bool { return k == child.Key }
	_, err := diff.NewPlan(diff.Compare(in), diff.Options{Release: model.StageDeployed, Selected: onlyChild})
	if unsubmitted, ok := errors.AsType[*diff.UnsubmittedParentError](err); !ok || unsubmitted.Parent != parent.Key {
		t.Fatalf("a plan whose submit must be refused: %v", err)
	}
	if _, err := diff.NewPlan(diff.Compare(in), diff.Options{Release: model.StageSaved, Selected: onlyChild}); err != nil {
		t.Errorf("saving needs no submitted parent: %v", err)
	}
}

// A parent that the plan leaves as it is holds up those that need what the workspace does not have of it, by name, and nothing else.
func TestPlanRefusesWhatAParentHoldsUp(t *testing.T) {
	parent, renamed := node("parent", []string{"p.parent"}, "p_root"), node("parent", []string{"p.other"}, "p_root")
	child, grandchild, alone := node("child", []string{"p.child"}, "p.parent"), node("grandchild", []string{"p.grandchild"}, "p.child"), node("alone", []string{"p.alone"}, "p_root")
	takesOther := node("child", []string{"p.child"}, "p.other")
	text := func(o model.Object, text string) model.Object {
		o = o.Clone()
		o.Set(model.FieldContent, model.TextValue(text))
		return o
	}
	tree := func(objects ...model.Object) []model.Object { return append(objects, alone) }
	for name, c := range map[string]struct {
		sides
		stage   model.Stage
		refused string
	}{
		"a draft that somebody made": {sides{tree: tree(child, grandchild), remote: map[int][]model.Object{0: {parent}}}, model.StageSaved, "child grandchild"},
		"a draft in conflict": {
			sides{tree: tree(text(parent, "mine"), child), base: []model.Object{parent}, remote: map[int][]model.Object{0: {text(parent, "theirs")}}}, model.StageSaved, "child parent"},
		"a draft, and nobody knows whose": {sides{tree: tree(text(parent, "mine"), child), remote: map[int][]model.Object{0: {parent}}}, model.StageSaved, "child parent"},
		"deleted there":                   {sides{tree: tree(parent, child), base: []model.Object{parent}}, model.StageSaved, "child"},
		"a conflict, of which what is needed is there": {
			sides{tree: tree(text(parent, "mine"), child), base: []model.Object{parent}, remote: map[int][]model.Object{1: {text(parent, "theirs")}}}, model.StageDeployed, "parent"},
		"the same, and somebody edits it": {
			sides{tree: tree(text(parent, "mine"), child), base: []model.Object{parent}, remote: map[int][]model.Object{1: {text(parent, "theirs")}}}, model.StageSaved, "parent"},
		"a conflict that keeps an output away": {
			sides{tree: tree(text(renamed, "mine"), takesOther), base: []model.Object{parent}, remote: map[int][]model.Object{1: {text(parent, "theirs")}}}, model.StageDeployed, "child parent"},
		"an output that is saved there only": {
			sides{tree: tree(parent, takesOther), base: []model.Object{parent}, remote: map[int][]model.Object{1: {renamed}}}, model.StageSaved, "child"},
		"an output that came there": {
			sides{tree: tree(parent, takesOther), base: []model.Object{parent}, remote: map[int][]model.Object{1: {renamed}}}, model.StageDeployed, ""},
	} {
		t.Run(name, func(t *testing.T) {
			comparisons := c.compare()
			for i := range comparisons {
				if comparisons[i].Remote != nil {
					comparisons[i].Remote.Stage = c.stage
				}
			}
			plan, err := diff.NewPlan(comparisons, diff.Options{Release: model.StageDeployed, Project: model.Project{Identifier: "p"}})
			if err != nil {
				t.Fatal(err)
			}
			var refused []string
			for _, s := range plan.Refused() {
				refused = append(refused, s.Key.Name)
			}
			if got := strings.Join(refused, " "); got != c.refused {
				t.Errorf("refuses %q, want %q", got, c.refused)
			}
			if !slices.ContainsFunc(plan.Actions, func(a diff.Action) bool { return a.Key == alone.Key }) {
				t.Errorf("the rest is not done: %v", plan.Actions)
			}
		})
	}
}

// Two files with one output are refused before the first write: the service would refuse the second save when half of the push is done.
func TestPlanRefusesAnOutputThatAnotherFileHas(t *testing.T) {
	old, renamed := node("old", []string{"p.out"}, "p_root"), node("new", []string{"p.out"}, "p_root")
	in := diff.Input{
		Tree:   map[model.Key]model.Object{renamed.Key: renamed},
		Remote: map[model.Key]model.Remote{old.Key: {Object: old, FileID: "1", Stage: model.StageDeployed, CurrentVersion: 1}},
		Bases:  map[model.Key]diff.Base{old.Key: {Object: &old}},
	}
	_, err := diff.NewPlan(diff.Compare(in), diff.Options{Release: model.StageDeployed})
	taken, ok := errors.AsType[*diff.OutputTakenError](err)
	if !ok || taken.Owner != old.Key || taken.Wants != renamed.Key {
		t.Fatalf("got %v", err)
	}
	if _, err := diff.NewPlan(diff.Compare(in), diff.Options{Release: model.StageDeployed, Prune: &diff.Prune{MaxDelete: 1}}); err != nil {
		t.Errorf("with the old one deleted: %v", err)
	}
}

// Where something newer than the base was in the workspace that nobody knows, drift is drift, but nothing is merged and no write of ours was cut short.
func TestOutdatedBase(t *testing.T) {
	form := func(cron, para string) model.Object {
		o := model.NewObject(model.FileKey(mc, "a", sql))
		o.Set(model.FieldCronExpress, model.TextValue(cron))
		o.Set(model.FieldParaValue, model.TextValue(para))
		return o
	}
	old := form("old", "old")
	for _, c := range []struct {
		tree, remote model.Object
		outdated     bool
		want         diff.Verdict
	}{
		{form("mine", "mine"), form("mine", "old"), false, diff.CutShort},
		{form("mine", "mine"), form("mine", "old"), true, diff.Unrelated},
		{form("mine", "old"), form("old", "theirs"), false, diff.Conflict},
		{form("mine", "old"), form("old", "theirs"), true, diff.Unrelated},
		{old, form("old", "theirs"), true, diff.ChangedThere},
	} {
		k := old.Key
		in := diff.Input{Tree: map[model.Key]model.Object{k: c.tree}, Remote: map[model.Key]model.Remote{k: {Object: c.remote}}, Bases: map[model.Key]diff.Base{k: {Object: &old, Outdated: c.outdated}}}
		if got := diff.Compare(in)[0]; got.Verdict != c.want || c.want == diff.Unrelated && got.Fields[0].Base != nil {
			t.Errorf("outdated %v: got %s, want %s", c.outdated, got.Verdict, c.want)
		}
	}
}

// A push that was killed while two files swapped their names may leave one under its name of in between, also after a later run gave it the last one: that is
// no rename of anybody, and the next push gives the name back. Who edited it meanwhile did.
func TestANameOfInBetweenIsNobodysRename(t *testing.T) {
	text, err := key.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	place := key.At(key.Folder, "dwsync_aside_"+hex.EncodeToString(sum[:8]))
	aside := func(o *model.Object, at model.Key) *model.Object {
		moved := o.Moved(at)
		return &moved
	}
	for name, c := range map[string]struct {
		remote *model.Object
		want   diff.Verdict
	}{
		"nothing else":          {aside(form("0"), place), diff.CutShort},
		"edited there too":      {aside(form("1"), place), diff.Conflict},
		"another file's place":  {aside(form("0"), key.At(key.Folder, "dwsync_aside_0123456789abcdef")), diff.ChangedThere},
		"a name somebody chose": {aside(form("0"), key.At(key.Folder, "b")), diff.ChangedThere},
	} {
		if got := compare(form("0"), c.remote, form("0")); got.Verdict != c.want {
			t.Errorf("%s: %q, not %q", name, got.Verdict, c.want)
		}
	}
}
