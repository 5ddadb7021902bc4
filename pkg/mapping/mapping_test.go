package mapping_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dwsync/dwsync/pkg/config"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
)

var key = model.FileKey("业务流程/店/MaxCompute", "n", 10)

var target = config.Target{Name: "prod", Map: config.Map{
	ConnectionName: map[string]string{"odps_first": "odps_prod"},
	ResourceGroup:  map[string]string{"group_dev": "group_prod", "group_test": "group_prod"},
	Owner:          map[string]string{config.Any: "2", "7": "3"},
	Project:        map[string]string{"dim_dev": "dim_prod", "a": "b", "b": "a"},
	Content:        []config.ContentRule{{Find: "dim_dev.", Replace: "dim_prod."}},
}}

func node(texts map[model.Field]string, sets map[model.Field][]model.Item) model.Object {
	o := model.NewObject(key)
	for f, text := range texts {
		o.Set(f, model.TextValue(text))
	}
	for f, items := range sets {
		o.Set(f, model.SetValue(items...))
	}
	return o
}

func TestForward(t *testing.T) {
	m := mapping.New(target, model.Project{Identifier: "shop"})
	for _, c := range []struct{ in, want string }{
		{"${project}_root", "shop_root"}, {"${project}.x", "shop.x"}, {"$${project}.x", "${project}.x"}, {"dim_dev.x", "dim_prod.x"}, {"dim_dev_root", "dim_prod_root"},
		{"a.x", "b.x"}, {"b.x", "a.x"}, {"x.dim_dev.y", "x.dim_dev.y"}, {"dim_devel.x", "dim_devel.x"}, {"plain", "plain"}, {"$${", "${"}, {"$$${x", "$${x"}, {"cost$", "cost$"},
	} {
		got, err := m.Forward(node(nil, map[model.Field][]model.Item{model.FieldInputList: {model.NewItem(c.in)}}))
		if err != nil || got.Get(model.FieldInputList).Items[0].Name() != c.want {
			t.Errorf("%s: got %v, %v", c.in, got.Get(model.FieldInputList), err)
		}
	}
	got, err := m.Forward(node(
		map[model.Field]string{model.FieldOwner: "1", model.FieldConnectionName: "odps_first", model.FieldResourceGroup: "other", model.FieldContent: "select * from dim_dev.t", model.FieldParaValue: "bizdate=${bizdate}"},
		map[model.Field][]model.Item{model.FieldInputParameters: {model.NewItem("p", "${project}.x:outputs")}, model.FieldOutputParameters: {model.NewItem("q", "2", "${bizdate}")}}))
	if err != nil {
		t.Fatal(err)
	}
	for f, want := range map[model.Field]string{model.FieldOwner: "2", model.FieldConnectionName: "odps_prod", model.FieldResourceGroup: "other", model.FieldContent: "select * from dim_prod.t", model.FieldParaValue: "bizdate=${bizdate}"} {
		if got.Text(f) != want {
			t.Errorf("%s: got %q, want %q", f, got.Text(f), want)
		}
	}
	if p := got.Get(model.FieldInputParameters).Items[0]; p != model.NewItem("p", "shop.x:outputs") {
		t.Errorf("input parameter: %v", p)
	}
	if p := got.Get(model.FieldOutputParameters).Items[0]; p != model.NewItem("q", "2", "${bizdate}") {
		t.Errorf("output parameter: %v", p)
	}
}

func TestForwardNamesWhatItCannotResolve(t *testing.T) {
	m := mapping.New(target, model.Project{Identifier: "shop"})
	for in, want := range map[string]string{
		"${projekt}.x": `"project"`, "x.${project}.y": "beginning", "${project}": "first segment", "${project}x": "first segment", "${project": "closed", "${auto:}": "path", "${auto:a/b}": "cannot be resolved",
		"${project:x}.y": "colon", "${bizdate}": "placeholder",
	} {
		_, err := m.Forward(node(nil, map[model.Field][]model.Item{model.FieldInputList: {model.NewItem(in)}}))
		failed, ok := errors.AsType[*mapping.Error](err)
		if !ok || failed.Field != model.FieldInputList || failed.Value != in || failed.Key != key || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", in, err)
		}
	}
	_, err := mapping.New(config.Target{}, model.Project{}).Forward(node(nil, map[model.Field][]model.Item{model.FieldInputList: {model.NewItem("${project}.x")}}))
	if !errors.Is(err, mapping.ErrNoIdentifier) {
		t.Errorf("no identifier: %v", err)
	}
}

type fixed map[mapping.Placeholder]string

func (f fixed) Resolve(_ model.Key, p mapping.Placeholder) (string, error) {
	if text, found := f[p]; found {
		return text, nil
	}
	return "", errors.New("no such file")
}

func TestResolver(t *testing.T) {
	path := "业务流程/店/通用/a}b%"
	p := mapping.Placeholder{Verb: mapping.VerbNode, Argument: path}
	m := mapping.New(target, model.Project{Identifier: "shop"}).WithResolver(fixed{p: "17"})
	o := node(nil, map[model.Field][]model.Item{model.FieldDependentNodeIDList: {model.NewItem(p.String())}})
	got, err := m.Forward(o)
	if err != nil || got.Get(model.FieldDependentNodeIDList).Items[0].Name() != "17" {
		t.Errorf("%s: %v, %v", p, got, err)
	}
	if found := mapping.Placeholders(o); len(found) != 1 || found[0] != p {
		t.Errorf("placeholders: %v", found)
	}
	if kept, unmapped := m.Back(got, &o); len(unmapped) > 0 || !kept.Get(model.FieldDependentNodeIDList).Equal(o.Get(model.FieldDependentNodeIDList)) {
		t.Errorf("the standing placeholder is not kept: %v", kept)
	}
}

func (f fixed) Name(_ model.Field, value string) (mapping.Placeholder, bool) {
	for p, text := range f {
		if text == value {
			return p, true
		}
	}
	return mapping.Placeholder{}, false
}

func TestWorkspaceResolver(t *testing.T) {
	folder := model.FolderPath("业务流程/店/通用")
	remote := func(name string, t model.FileType, node model.NodeID, outputs ...string) model.Remote {
		return model.Remote{Object: model.NewObject(model.FileKey(folder, name, t)), NodeID: node, AutoOutputs: outputs}
	}
	w := model.Workspace{Objects: map[model.Key]model.Remote{}}
	for _, r := range []model.Remote{remote("a", 10, "17", "shop.9_out", "shop.8_out"), remote("b", 10, ""), remote("two", 10, "5", "shop.5_out"), remote("two", 6, "6")} {
		w.Objects[r.Object.Key] = r
	}
	r := mapping.ResolverOf(w, []model.Key{key, model.FileKey(folder, "new", 10)})
	r.KnowNodesOf("dim_prod.x", []model.NodeID{"71"})
	r.KnowNodesOf("other.twice", []model.NodeID{"72", "73"})
	r.KnowOutputOf("74", "dim_prod.y")
	r.KnowOutputOf("75", "other.z")
	m := mapping.New(target, model.Project{Identifier: "shop"}).WithResolver(r)
	auto := func(name string) string { return "${auto:" + string(folder) + "/" + name + "}" }
	node := func(name string) string { return "${node:" + string(folder) + "/" + name + "}" }
	for _, c := range []struct {
		field            model.Field
		portable, target string
		symbolic         bool
	}{
		{model.FieldInputList, auto("a"), "shop.8_out", false},
		{model.FieldInputList, auto("b"), auto("b"), true},
		{model.FieldInputList, auto("new"), auto("new"), true},
		{model.FieldDependentNodeIDList, node("a"), "17", false},
		{model.FieldDependentNodeIDList, node("b"), node("b"), true},
		{model.FieldDependentNodeIDList, "${node:" + key.String() + "}", "${node:" + key.String() + "}", true},
		{model.FieldDependentNodeIDList, "${nodeOf:dim_dev.x}", "71", false},
		{model.FieldDependentNodeIDList, "${nodeOf:dim_dev.y}", "74", false},
		{model.FieldDependentNodeIDList, "${nodeOf:other.z}", "75", false},
		{model.FieldInputParameters, auto("a") + ":outputs", "shop.8_out:outputs", false},
		{model.FieldInputParameters, auto("b") + ":$${x", auto("b") + ":$${x", true},
	} {
		item := model.NewItem(c.portable)
		if c.field == model.FieldInputParameters {
			item = model.NewItem("p", c.portable)
		}
		o := model.NewObject(key)
		o.Set(c.field, model.SetValue(item))
		got, err := m.Forward(o)
		if err != nil || !slices.Contains(got.Get(c.field).Items[0][:], c.target) || got.Get(c.field).IsSymbolic() != c.symbolic {
			t.Errorf("%s becomes %v (%v)", c.portable, got.Get(c.field), err)
			continue
		}
		if c.symbolic || c.portable == "${nodeOf:dim_dev.x}" {
			continue
		}
		if back, unmapped := m.Back(got, nil); len(unmapped) > 0 || !back.Get(c.field).Equal(o.Get(c.field)) {
			t.Errorf("%s comes back as %v (%v)", c.target, back.Get(c.field), unmapped)
		}
	}
	for f, portable := range map[model.Field][]string{
		model.FieldDependentNodeIDList: {node("nowhere"), node("two"), "${nodeOf:nobody.x}", "${nodeOf:other.twice}"},
		model.FieldInputList:           {auto("nowhere"), auto("two"), "${auto:" + key.String() + "}"},
	} {
		for _, p := range portable {
			o := model.NewObject(key)
			o.Set(f, model.SetValue(model.NewItem(p)))
			_, err := m.Forward(o)
			if _, ok := errors.AsType[*mapping.UnresolvedError](err); !ok {
				t.Errorf("%s: %v", p, err)
			}
			form, err := m.Lenient().Forward(o)
			if err != nil || !form.Get(f).IsSymbolic() {
				t.Errorf("%s, leniently: %v, %v", p, form, err)
			}
			// Merged with what the workspace has it stays as it stands.
			form.Set(f, model.SetValue(append(form.Get(f).Items, model.NewItem("7"))...))
			if back, _ := m.Back(form, &o); back.Get(f).IsSymbolic() || !slices.Contains(back.Get(f).Items, model.NewItem(p)) {
				t.Errorf("%s comes back as %v", p, back.Get(f))
			}
		}
	}
	for f, portable := range map[model.Field]string{
		model.FieldDependentNodeIDList: auto("a"), model.FieldInputList: node("a"), model.FieldOutputList: auto("a"), model.FieldInputParameters: "${nodeOf:dim_dev.x}",
	} {
		o := model.NewObject(key)
		o.Set(f, model.SetValue(model.NewItem("p", portable)))
		if f != model.FieldInputParameters {
			o.Set(f, model.SetValue(model.NewItem(portable)))
		}
		_, err := m.Lenient().Forward(o)
		if _, ok := errors.AsType[*mapping.MisplacedError](err); !ok {
			t.Errorf("%s in %s: %v", portable, f, err)
		}
	}
	o := model.NewObject(key)
	o.Set(model.FieldInputList, model.SetValue(model.NewItem("shop.9_out"), model.NewItem("shop.5_out")))
	if back, unmapped := m.Back(o, nil); len(unmapped) > 0 || !back.Get(model.FieldInputList).Equal(model.SetValue(model.NewItem("${project}.9_out"), model.NewItem("${project}.5_out"))) {
		t.Errorf("what no placeholder names exactly stays: %v", back.Get(model.FieldInputList))
	}
}

func TestBackKeepsWhatStands(t *testing.T) {
	m := mapping.New(target, model.Project{Identifier: "shop"})
	remote := node(map[model.Field]string{model.FieldOwner: "2", model.FieldResourceGroup: "group_prod", model.FieldConnectionName: "odps_first", model.FieldContent: "dim_dev.x"},
		map[model.Field][]model.Item{model.FieldInputList: {model.NewItem("shop.x"), model.NewItem("dim_prod.y"), model.NewItem("dim_dev.z")}})
	fresh, unmapped := m.Back(remote, nil)
	if fresh.Text(model.FieldResourceGroup) != "group_dev" || fresh.Text(model.FieldOwner) != "2" || len(unmapped) != 3 {
		t.Errorf("fresh: %v, %v", fresh, unmapped)
	}
	standing := node(map[model.Field]string{model.FieldOwner: "1", model.FieldResourceGroup: "group_test", model.FieldContent: "mine"}, map[model.Field][]model.Item{model.FieldInputList: {model.NewItem("${project}.q")}})
	kept, unmapped := m.Back(remote, &standing)
	if len(unmapped) != 2 {
		t.Errorf("content and inputs are unmapped, connectionName is not managed: %v", unmapped)
	}
	for f, want := range map[model.Field]string{model.FieldOwner: "1", model.FieldResourceGroup: "group_test", model.FieldContent: "mine", model.FieldConnectionName: ""} {
		if kept.Text(f) != want {
			t.Errorf("%s: got %q, want %q", f, kept.Text(f), want)
		}
	}
	if !kept.Get(model.FieldInputList).Equal(standing.Get(model.FieldInputList)) {
		t.Errorf("unmapped inputs are not left alone: %v", kept.Get(model.FieldInputList))
	}
}

// Forward(Back(x)) is x, whatever stands in the tree, in every field that is not reported as unmapped.
func TestForwardUndoesBack(t *testing.T) {
	words := []string{"shop", "shop_root", "shop.x", "dim_dev.x", "dim_prod.y", "dim_prod_root", "${project}.x", "$${x", "${", "}", "$", "a.x", "b.x", "c", "", "a_root:outputs", "shop.x:outputs", "x.shop.y", ".", "文.x"}
	text := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 3).Draw(t, "words"), "")
	})
	object := func(t *rapid.T, label string) model.Object {
		o := model.NewObject(key)
		for _, f := range []model.Field{model.FieldOwner, model.FieldConnectionName, model.FieldResourceGroup, model.FieldContent, model.FieldParaValue} {
			o.Set(f, model.TextValue(rapid.OneOf(text, rapid.SampledFrom([]string{"", "1", "2", "3", "7", "odps_first", "odps_prod", "group_dev", "group_prod"})).Draw(t, label)))
		}
		for _, f := range []model.Field{model.FieldInputList, model.FieldOutputList, model.FieldInputParameters, model.FieldOutputParameters, model.FieldDependentNodeIDList} {
			var items []model.Item
			for _, part := range rapid.SliceOfN(text, 0, 3).Draw(t, label) {
				items = append(items, model.NewItem(part, text.Draw(t, label)))
			}
			o.Set(f, model.SetValue(items...))
		}
		return o
	}
	m := mapping.New(target, model.Project{Identifier: "shop"})
	rapid.Check(t, func(t *rapid.T) {
		remote := object(t, "remote")
		var standing *model.Object
		if rapid.Bool().Draw(t, "stands") {
			o := object(t, "standing")
			standing = &o
		}
		portable, unmapped := m.Back(remote, standing)
		skip := map[model.Field]bool{}
		for _, u := range unmapped {
			skip[u.Field] = true
			if standing != nil && !portable.Get(u.Field).Equal(standing.Get(u.Field)) {
				t.Fatalf("%s is unmapped and was not left alone", u.Field)
			}
			if standing != nil {
				portable.Set(u.Field, model.Value{})
			}
		}
		forward, err := m.Forward(portable)
		if err != nil {
			t.Fatalf("what Back made cannot be mapped: %v", err)
		}
		for _, spec := range model.Fields(key.Kind) {
			f := spec.Field
			if skip[f] || spec.ServiceFilled && standing != nil && !standing.Has(f) {
				continue
			}
			if !forward.Get(f).Equal(remote.Get(f)) {
				t.Fatalf("%s: %v became %v, and then %v", f, remote.Get(f), portable.Get(f), forward.Get(f))
			}
		}
	})
}

// What is symbolic, bound later, is what it would have been at once; and until then it differs from all that a workspace can hold.
func TestBindComesToTheSame(t *testing.T) {
	a := mapping.Placeholder{Verb: mapping.VerbAuto, Argument: "业务流程/店/MaxCompute/a}%$"}
	b := mapping.Placeholder{Verb: mapping.VerbAuto, Argument: "业务流程/店/MaxCompute/b"}
	n := mapping.Placeholder{Verb: mapping.VerbNode, Argument: "业务流程/店/MaxCompute/a}%$"}
	all := mapping.Texts{a: "shop.1_out", b: "shop.${2}_out", n: "17"}
	words := []string{"shop.x", "dim_dev.x", "${project}.x", "$${x", ":", "$${auto:a}", a.String(), b.String(), "文"}
	rapid.Check(t, func(t *rapid.T) {
		portable := model.NewObject(key)
		var inputs, parameters []model.Item
		text := rapid.Map(rapid.SliceOfN(rapid.SampledFrom(words), 1, 3), func(words []string) string { return strings.Join(words, "") })
		for _, value := range rapid.SliceOfN(text, 0, 4).Draw(t, "values") {
			if i := strings.LastIndex(value, "${project}"); i > 0 {
				value = strings.ReplaceAll(value[:i], "${project}", "p") + "q"
			}
			inputs, parameters = append(inputs, model.NewItem(value)), append(parameters, model.NewItem("p", value))
		}
		portable.Set(model.FieldInputList, model.SetValue(inputs...))
		portable.Set(model.FieldInputParameters, model.SetValue(parameters...))
		portable.Set(model.FieldDependentNodeIDList, model.SetValue(model.NewItem(n.String()), model.NewItem("18")))
		known := mapping.Texts{}
		for p, text := range all {
			if rapid.Bool().Draw(t, p.String()) {
				known[p] = text
			}
		}
		m := mapping.New(target, model.Project{Identifier: "shop"})
		want, err := m.WithResolver(all).Forward(portable)
		if err != nil {
			t.Skip("no value of a tree")
		}
		partly, err := m.WithResolver(known).Forward(portable)
		if err != nil {
			t.Fatal(err)
		}
		symbols := mapping.Symbols(partly)
		if got := mapping.Bind(partly, all); !got.Get(model.FieldInputList).Equal(want.Get(model.FieldInputList)) || got.Hash() != want.Hash() || len(mapping.Symbols(got)) > 0 {
			t.Fatalf("bound: %v, at once: %v", got, want)
		}
		if len(symbols) == 0 != (partly.Hash() == want.Hash()) {
			t.Fatalf("%v are symbolic, and the form is %v of %v", symbols, partly, want)
		}
		for _, s := range symbols {
			if _, isKnown := known[s]; isKnown {
				t.Fatalf("%s is known and symbolic", s)
			}
		}
	})
}

// A node that is saved before the ids of those that it waits for are known waits for nobody, as far as it goes.
func TestWithoutUnbound(t *testing.T) {
	known := mapping.Texts{{Verb: mapping.VerbNode, Argument: "a"}: "17"}
	for _, c := range []struct {
		nodes            []model.Item
		dependent, first string
		left             int
	}{
		{[]model.Item{model.NewItem("${node:a}"), model.NewItem("${node:b}")}, "USER_DEFINE", "USER_DEFINE", 1},
		{[]model.Item{model.NewItem("${node:b}")}, "USER_DEFINE", "NONE", 0},
		{[]model.Item{model.NewItem("${node:b}")}, "USER_DEFINE_AND_SELF", "SELF", 0},
		{[]model.Item{model.NewItem("${node:b}")}, "CHILD", "CHILD", 0},
		{[]model.Item{model.NewItem("${node:a}")}, "USER_DEFINE", "USER_DEFINE", 1},
	} {
		form, err := mapping.New(target, model.Project{Identifier: "shop"}).WithResolver(known).Forward(
			node(map[model.Field]string{model.FieldDependentType: c.dependent}, map[model.Field][]model.Item{model.FieldDependentNodeIDList: c.nodes}))
		if err != nil {
			t.Fatal(err)
		}
		first := mapping.WithoutUnbound(form)
		if first.Text(model.FieldDependentType) != c.first || len(first.Get(model.FieldDependentNodeIDList).Items) != c.left || len(mapping.Symbols(first)) > 0 {
			t.Errorf("%v of type %s: first %v of type %s", c.nodes, c.dependent, first.Get(model.FieldDependentNodeIDList), first.Text(model.FieldDependentType))
		}
	}
}

func FuzzPlaceholder(f *testing.F) {
	for _, seed := range []string{
		"${project}.x", "$${", "${auto:a%7Db}", "${", "$$${node:x}", "${node:业务流程/a}", "${nodeOf:dim_dev.x}", "$${auto:x}${auto:y}", "${auto:%25%7D}:outputs", "17", "${project}_root:x", "${nodeOf:${project}.x}",
	} {
		f.Add(seed)
	}
	fields := map[model.Field]func(string) model.Item{
		model.FieldInputList: func(s string) model.Item { return model.NewItem(s) }, model.FieldOutputList: func(s string) model.Item { return model.NewItem(s) },
		model.FieldDependentNodeIDList: func(s string) model.Item { return model.NewItem(s) },
		model.FieldInputParameters:     func(s string) model.Item { return model.NewItem("p", s) },
	}
	f.Fuzz(func(t *testing.T, value string) {
		at := model.FileKey("f", strings.ReplaceAll(value, "/", "_"), 10)
		w := model.Workspace{Objects: map[model.Key]model.Remote{at: {Object: model.NewObject(at), NodeID: "17", AutoOutputs: []string{"shop.1_out"}}}}
		r := mapping.ResolverOf(w, nil)
		r.KnowOutputOf("18", value)
		known := mapping.New(target, model.Project{Identifier: "shop"}).WithResolver(r)
		blank := mapping.New(target, model.Project{Identifier: "shop"})
		for field, item := range fields {
			// Whatever a workspace holds comes back, named by a placeholder or not.
			for _, m := range []mapping.Mapping{known, blank} {
				for _, held := range []string{value, "17", "18", "shop.1_out", "shop.1_out:" + value} {
					remote := node(nil, map[model.Field][]model.Item{field: {item(held)}})
					portable, unmapped := m.Back(remote, nil)
					back, err := m.Forward(portable)
					if err != nil || len(unmapped) == 0 && !back.Get(field).Equal(remote.Get(field)) {
						t.Fatalf("%s: %q became %v, and then %v (%v)", field, held, portable.Get(field), back.Get(field), err)
					}
				}
			}
			// As a value of the tree it may be refused, but never with a panic; what is symbolic names all that is to be found, and is bound to what it says.
			tree := node(nil, map[model.Field][]model.Item{field: {item(value)}})
			form, err := blank.WithResolver(mapping.Unknowing{}).Forward(tree)
			if err != nil {
				continue
			}
			texts := mapping.Texts{}
			for _, p := range mapping.Symbols(form) {
				texts[p] = "x"
			}
			if form.Get(field).IsSymbolic() != (len(texts) > 0) {
				t.Fatalf("%s: %q is symbolic, and names %v", field, value, texts)
			}
			if bound := mapping.Bind(form, texts); len(mapping.Symbols(bound)) > 0 || bound.Get(field).IsSymbolic() {
				t.Fatalf("%s: %q is bound to %v", field, value, bound.Get(field))
			}
		}
		for _, verb := range []mapping.Verb{mapping.VerbAuto, mapping.VerbNode, mapping.VerbNodeOf} {
			p := mapping.Placeholder{Verb: verb, Argument: value}
			for field, item := range fields {
				found := mapping.Placeholders(node(nil, map[model.Field][]model.Item{field: {item(p.String())}}))
				if value != "" && (len(found) != 1 || found[0] != p) {
					t.Fatalf("%s is read as %v", p, found)
				}
			}
		}
	})
}
