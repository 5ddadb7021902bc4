package diff_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

// io is a node's name, outputs and inputs: "a p.a,p.t < p_root".
func io(text string) model.Object {
	left, inputs, _ := strings.Cut(text, " < ")
	name, outputs, _ := strings.Cut(left, " ")
	list := func(s string) []string {
		return slices.DeleteFunc(strings.Split(s, ","), func(name string) bool { return name == "" })
	}
	return node(name, list(outputs), list(inputs)...)
}

// moved compares a workspace, deployed and known, with a tree, both given as ios.
func moved(workspace, tree []string) []diff.Comparison {
	in := diff.Input{Tree: map[model.Key]model.Object{}, Remote: map[model.Key]model.Remote{}, Bases: map[model.Key]diff.Base{}}
	for _, text := range workspace {
		o := io(text)
		in.Remote[o.Key] = model.Remote{Object: o, FileID: model.FileID("f" + o.Key.Name), NodeID: model.NodeID("n" + o.Key.Name), Stage: model.StageDeployed, CurrentVersion: 1}
		in.Bases[o.Key] = diff.Base{Object: &o}
	}
	for _, text := range tree {
		o := io(text)
		in.Tree[o.Key] = o
	}
	return diff.Compare(in)
}

var deployed = diff.Options{Target: "dev", Project: model.Project{ID: "1", Identifier: "p"}, Release: model.StageDeployed}

// steps are a plan's actions, each with its part, its outputs and what it needs: "a:leave [p.new] after b".
func steps(p diff.Plan) []string {
	var all []string
	name := func(id diff.ActionID) string {
		return strings.TrimSuffix(id.Key.Name+":"+string(id.Part), ":")
	}
	for _, a := range p.Actions {
		text := fmt.Sprintf("%s %s [%s]", a.Op, name(a.ID()), strings.Join(a.Want.Get(model.FieldOutputList).Names(), ","))
		for i, need := range a.Needs {
			text += []string{" after ", ","}[min(i, 1)] + name(need)
		}
		all = append(all, text)
	}
	return all
}

// Each case is what stands in the workspace, what the tree wants, and the plan, or words of its refusal.
func TestOutputsMove(t *testing.T) {
	for name, test := range map[string]struct {
		workspace, tree, want []string
		refusal               string
	}{
		"an output that nobody needs leaves at once": {
			[]string{"a p.a,p.old < p_root"}, []string{"a p.a < p_root"}, []string{"update a [p.a]"}, "",
		},
		"a renamed output leaves after its consumers": {
			[]string{"a p.old < p_root", "b p.b < p.old", "c p.c < p.old"}, []string{"a p.new < p_root", "b p.b < p.new", "c p.c < p.new"},
			[]string{"update a [p.new,p.old]", "update b [p.b] after a", "update c [p.c] after a", "update a:leave [p.new] after a,b,c"}, "",
		},
		"what is only taken away is one action, after its consumers": {
			[]string{"a p.a,p.old < p_root", "b p.b < p.old"}, []string{"a p.a < p_root", "b p.b < p.a"},
			[]string{"update b [p.b]", "update a:leave [p.a] after b"}, "",
		},
		"outputs along a chain": {
			[]string{"a p.a < p_root", "b p.b < p.a", "c p.c < p.b"}, []string{"a p.a2 < p_root", "b p.b2 < p.a2", "c p.c < p.b2"},
			[]string{"update a [p.a,p.a2]", "update b [p.b,p.b2] after a", "update a:leave [p.a2] after a,b", "update c [p.c] after b", "update b:leave [p.b2] after b,c"}, "",
		},
		"a consumer that stays": {
			[]string{"a p.old < p_root", "b p.b < p.old"}, []string{"a p.new < p_root", "b p.b < p.old"}, nil, "a is to lose the output p.old, but 业务流程/shop/MaxCompute/dwd/b depends on it",
		},
		"a consumer that the workspace alone has": {
			[]string{"a p.old < p_root", "b p.b < p.old"}, []string{"a p.new < p_root"}, nil, "b depends on it",
		},
		"a new consumer of what leaves": {
			[]string{"a p.old < p_root"}, []string{"a p.new < p_root", "b p.b < p.old"}, nil, "b depends on it",
		},
		"an output moves": {
			[]string{"a p.a,p.x < p_root", "b p.b < p_root", "c p.c < p.x"}, []string{"a p.a < p_root", "b p.b,p.x < p_root", "c p.c < p.x"},
			[]string{"update a [p.a]", "update b [p.b,p.x] after a"}, "",
		},
		"a new file takes an output over": {
			[]string{"a p.x < p_root", "c p.c < p.x"}, []string{"a p.a < p_root", "b p.x < p.a", "c p.c < p.x"},
			[]string{"update a [p.a]", "create b [p.x] after a"}, "",
		},
		"two files swap": {
			[]string{"a p.x < p_root", "b p.y < p_root"}, []string{"a p.y < p_root", "b p.x < p_root"},
			[]string{"update b:give up []", "update a [p.y] after b:give up", "update b [p.x] after a,b:give up"}, "",
		},
		"three files pass outputs round": {
			[]string{"a p.a < p_root", "b p.b < p_root", "c p.c < p_root"}, []string{"a p.b < p_root", "b p.c < p_root", "c p.a < p_root"},
			[]string{"update b:give up []", "update a [p.b] after b:give up", "update c [p.a] after a", "update b [p.c] after b:give up,c"}, "",
		},
		"the file that takes over comes to stand upstream": {
			[]string{"a p.x < p_root"}, []string{"a p.a < p.x", "b p.x < p_root"},
			[]string{"update a:give up []", "create b [p.x] after a:give up", "update a [p.a] after a:give up,b"}, "",
		},
		"a swap, and an output that leaves last": {
			[]string{"a p.x,p.old < p_root", "b p.y < p_root", "c p.c < p.old"}, []string{"a p.y < p_root", "b p.x < p_root", "c p.c < p.y"},
			[]string{
				"update b:give up []", "update a [p.old,p.y] after b:give up", "update b [p.x] after a,b:give up", "update c [p.c] after a", "update a:leave [p.y] after a,c",
			}, "",
		},
		"a cycle stays one": {
			[]string{"a p.x < p_root", "b p.b < p_root"}, []string{"a p.a < p.b", "b p.x,p.b < p.a"}, nil, "depend on each other in a cycle: 业务流程/shop/MaxCompute/dwd/a -> 业务流程/shop/MaxCompute/dwd/b -> 业务流程/shop/MaxCompute/dwd/a",
		},
		"who takes over depends on a consumer": {
			[]string{"a p.x < p_root", "c p.c < p.x"}, []string{"a p.a < p_root", "b p.x < p.c", "c p.c < p.x,p_root"}, nil, "cycle",
		},
		"both list it": {
			[]string{"a p.x < p_root"}, []string{"a p.x < p_root", "b p.x < p_root"}, nil, "b is to have the output p.x, but in the workspace .*a has it.*the tree lists it in both",
		},
	} {
		t.Run(name, func(t *testing.T) {
			comparisons := moved(test.workspace, test.tree)
			plan, err := diff.NewPlan(comparisons, deployed)
			if test.refusal != "" {
				for _, words := range strings.Split(test.refusal, ".*") {
					if err == nil || !strings.Contains(err.Error(), words) {
						t.Fatalf("got %v, %v; want a refusal with %q", steps(plan), err, words)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := steps(plan); !slices.Equal(got, test.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
			read, err := diff.ReadPlan("plan.json", saved(t, plan))
			if err != nil {
				t.Fatal(err)
			}
			again, err := read.Recheck(diff.Situation{Project: plan.Project, Release: model.StageDeployed, Comparisons: comparisons})
			if got := steps(again); err != nil || !slices.Equal(got, test.want) {
				t.Errorf("read back: %v\n%s", err, strings.Join(got, "\n"))
			}
		})
	}
}

// After each action of a plan, done or only saved, the plan of what is left and the saved plan say the same, and together they end where the whole plan does.
func TestOutputsMoveOnAfterACut(t *testing.T) {
	workspace := []string{"a p.x,p.old < p_root", "b p.y < p_root", "c p.c < p.old", "d p.d < p.y"}
	tree := []string{"a p.y < p_root", "b p.x < p_root", "c p.c < p.y", "d p.d < p.y"}
	whole, err := diff.NewPlan(moved(workspace, tree), deployed)
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole.Actions {
		for _, stage := range []model.Stage{model.StageSaved, model.StageSubmitted, model.StageDeployed} {
			in := diff.Input{Tree: map[model.Key]model.Object{}, Remote: map[model.Key]model.Remote{}, Bases: map[model.Key]diff.Base{}}
			for _, c := range moved(workspace, tree) {
				in.Tree[c.Key], in.Remote[c.Key], in.Bases[c.Key] = *c.Tree, *c.Remote, diff.Base{Object: c.Base}
			}
			for i, a := range whole.Actions[:n+1] {
				r := in.Remote[a.Key]
				r.Object, r.Stage = a.Want, a.To
				if i == n {
					r.Stage = min(stage, a.To)
				}
				in.Remote[a.Key] = r
			}
			comparisons := diff.Compare(in)
			left, err := diff.NewPlan(comparisons, deployed)
			if err != nil {
				t.Fatalf("after %s, %s: %v", whole.Actions[n].ID(), stage, err)
			}
			again, err := whole.Recheck(diff.Situation{Project: whole.Project, Release: model.StageDeployed, Comparisons: comparisons})
			if err != nil {
				t.Fatalf("after %s, %s: %v", whole.Actions[n].ID(), stage, err)
			}
			for _, p := range []diff.Plan{left, again} {
				now := map[model.Key][]string{}
				for _, c := range comparisons {
					now[c.Key] = c.Remote.Object.Get(model.FieldOutputList).Names()
				}
				for _, a := range p.Actions {
					if a.Against != nil && !slices.Equal(a.Against.Object.Get(model.FieldOutputList).Names(), now[a.Key]) {
						t.Errorf("after %s, %s: %s is planned against other outputs than %v", whole.Actions[n].ID(), stage, a.ID(), now[a.Key])
					}
					now[a.Key] = a.Want.Get(model.FieldOutputList).Names()
				}
				for _, c := range comparisons {
					if want := c.Tree.Get(model.FieldOutputList).Names(); !slices.Equal(now[c.Key], want) {
						t.Errorf("after %s, %s: %s ends with %v, want %v", whole.Actions[n].ID(), stage, c.Key, now[c.Key], want)
					}
				}
			}
			// What stands there already is not saved again.
			for _, a := range slices.Concat(left.Actions, again.Actions) {
				if a.ID() == whole.Actions[n].ID() && a.Op != diff.OpRelease {
					t.Errorf("after %s, %s: it is to %s again", whole.Actions[n].ID(), stage, a.Op)
				}
			}
		}
	}
}

func TestWhereNothingIsReleasedOutputsLeaveAtOnce(t *testing.T) {
	o := deployed
	o.Release = model.StageSaved
	plan, err := diff.NewPlan(moved([]string{"a p.old < p_root", "b p.b < p.old"}, []string{"a p.new < p_root", "b p.b < p.new"}), o)
	if want := []string{"update a [p.new]", "update b [p.b] after a"}; err != nil || !slices.Equal(steps(plan), want) {
		t.Errorf("got %v, %v", steps(plan), err)
	}
	if _, err := diff.NewPlan(moved([]string{"a p.old < p_root", "b p.b < p.old"}, []string{"a p.new < p_root", "b p.b < p.old"}), o); err == nil {
		t.Error("a consumer that stays is no refusal")
	}
}

func TestEnvironmentsShowConsumers(t *testing.T) {
	workspace := []string{"a p.old < p_root", "b p.b < p_root", "c p.c < p_root"}
	comparisons := moved(workspace, []string{"a p.new < p_root", "b p.b < p_root", "c p.c < p_root"})
	file := func(name string) model.Key { return io(name).Key }
	plan, err := diff.NewPlan(comparisons, deployed)
	if err != nil {
		t.Fatal(err)
	}
	leavers := plan.Leavers()
	if len(leavers) != 1 || leavers[0].Node != "na" || !slices.Equal(leavers[0].Outputs, []string{"p.old"}) || !slices.Equal(leavers[0].Others, []string{"p.new"}) {
		t.Fatalf("got %+v", leavers)
	}
	foreign := diff.Consumer{Environment: "PROD", Node: "77", Name: "report", Project: "20000", Output: "p.old"}
	older := diff.Consumer{Environment: "PROD", Node: "nb", Name: "b", Project: "1", Key: file("b"), Output: "p.old"}
	untold := foreign
	untold.Output = ""
	with := func(release model.Stage, c ...diff.Consumer) diff.Options {
		o := deployed
		o.Release, o.Consumers = release, map[model.Key][]diff.Consumer{file("a"): c}
		return o
	}
	for name, test := range map[string]struct {
		o       diff.Options
		refusal string
	}{
		"another workspace's":             {with(model.StageDeployed, foreign), "but the node report (77) of the workspace 20000 in PROD depends on it"},
		"another workspace's, untold":     {with(model.StageDeployed, untold), "but the node report (77) of the workspace 20000 in PROD depends on it"},
		"another workspace's, saved only": {with(model.StageSaved, foreign), "report"},
		"an older version":                {with(model.StageDeployed, older), "but the version of 业务流程/shop/MaxCompute/dwd/b that PROD runs depends on it"},
		"an older version, out of reach":  {with(model.StageSubmitted, older), ""},
		"an older version in a simple mode": {func() diff.Options {
			o := with(model.StageSubmitted, older)
			o.Project.Mode = model.ModeSimple
			return o
		}(), "PROD runs"},
	} {
		_, err := diff.NewPlan(comparisons, test.o)
		if refused, ok := errors.AsType[*diff.OutputConsumerError](err); (test.refusal != "") != ok || ok && !strings.Contains(refused.Error(), test.refusal) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	// An older version that this plan replaces is what the output waits for.
	for i, c := range comparisons {
		if c.Key == file("b") {
			behind := *c.Remote
			behind.Stage = model.StageSubmitted
			comparisons[i].Remote = &behind
		}
	}
	plan, err = diff.NewPlan(comparisons, with(model.StageDeployed, older))
	if want := []string{"update a [p.new,p.old]", "release b [p.b]", "update a:leave [p.new] after a,b"}; err != nil || !slices.Equal(steps(plan), want) {
		t.Errorf("got %v, %v", steps(plan), err)
	}
	// A saved plan that did not know of a consumer is refused.
	lone, err := diff.NewPlan(comparisons, deployed)
	if err != nil {
		t.Fatal(err)
	}
	_, err = lone.Recheck(diff.Situation{Project: lone.Project, Release: model.StageDeployed, Comparisons: comparisons, Consumers: map[model.Key][]diff.Consumer{file("a"): {foreign}}})
	if stale, ok := errors.AsType[*diff.StaleError](err); !ok || !strings.Contains(stale.Error(), "report") {
		t.Errorf("got %v", err)
	}
}

func TestEnvironmentsShowConsumersOfDeletedFiles(t *testing.T) {
	comparisons := moved([]string{"a p.a < p_root", "b p.b < p_root"}, []string{"b p.b < p_root"})
	o := deployed
	o.Prune = &diff.Prune{MaxDelete: 9}
	plan, err := diff.NewPlan(comparisons, o)
	if err != nil || len(plan.Leavers()) != 1 || plan.Leavers()[0].Node != "na" {
		t.Fatalf("got %+v, %v", plan.Leavers(), err)
	}
	for _, c := range []diff.Consumer{
		{Environment: "PROD", Node: "77", Name: "report", Project: "20000", Output: "p.a"}, {Environment: "DEV", Node: "77", Name: "report", Project: "20000"},
		{Environment: "PROD", Node: "nb", Name: "b", Project: "1", Key: io("b").Key, Output: "p.a"},
	} {
		o.Consumers = map[model.Key][]diff.Consumer{io("a").Key: {c}}
		_, err := diff.NewPlan(comparisons, o)
		if refused, ok := errors.AsType[*diff.ConsumerError](err); !ok || refused.Deleted != io("a").Key || refused.Node != c {
			t.Errorf("%+v: got %v", c, err)
		}
	}
}

// However outputs move between files, playing the plan in any order that its edges allow never gives an output to two files, never takes one away that a file of the
// tree or the workspace depends on at that moment, unless it moves, and ends with the tree.
func TestOutputsMoveSafely(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"a", "b", "c", "d", "e"}
		draw := func(label string) map[string][]string {
			outputs := map[string][]string{}
			for i := range 6 {
				owner := rapid.SampledFrom(names).Draw(t, label)
				outputs[owner] = append(outputs[owner], fmt.Sprintf("p.%d", i))
			}
			return outputs
		}
		describe := func(outputs map[string][]string, label string) []string {
			var all []string
			for i, name := range names {
				inputs := []string{"p_root"}
				for _, upstream := range names[:i] {
					for _, output := range outputs[upstream] {
						if rapid.IntRange(0, 3).Draw(t, label) == 0 {
							inputs = append(inputs, output)
						}
					}
				}
				all = append(all, fmt.Sprintf("%s %s < %s", name, strings.Join(outputs[name], ","), strings.Join(inputs, ",")))
			}
			return all
		}
		workspace, tree := draw("workspace"), draw("tree")
		comparisons := moved(describe(workspace, "input"), describe(tree, "wanted input"))
		plan, err := diff.NewPlan(comparisons, deployed)
		if err != nil {
			t.Fatal(err)
		}
		now := map[model.Key]model.Object{}
		for _, c := range comparisons {
			now[c.Key] = c.Remote.Object
		}
		done := map[diff.ActionID]bool{}
		for len(done) < len(plan.Actions) {
			ready := slices.DeleteFunc(slices.Clone(plan.Actions), func(a diff.Action) bool {
				return done[a.ID()] || slices.ContainsFunc(a.Needs, func(need diff.ActionID) bool { return !done[need] })
			})
			a := rapid.SampledFrom(ready).Draw(t, "next")
			done[a.ID()], now[a.Key] = true, a.Want
			owners := map[string]model.Key{}
			for key, form := range now {
				for _, output := range form.Get(model.FieldOutputList).Names() {
					if other, taken := owners[output]; taken {
						t.Fatalf("after %s both %s and %s have %s", a.ID(), other, key, output)
					}
					owners[output] = key
				}
			}
			if a.Part != diff.PartLeave {
				continue
			}
			for key, form := range now {
				for _, input := range form.Get(model.FieldInputList).Names() {
					if _, made := owners[input]; !made && slices.Contains(a.Against.Object.Get(model.FieldOutputList).Names(), input) {
						t.Fatalf("%s takes %s from %s", a.ID(), input, key)
					}
				}
			}
		}
		for _, c := range comparisons {
			if got, want := now[c.Key].Get(model.FieldOutputList), c.Tree.Get(model.FieldOutputList); !got.Equal(want) {
				t.Fatalf("%s ends with %v, want %v", c.Key, got, want)
			}
		}
	})
}
