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
	m := mapping.New(target, model.Project{Identifier: "shop"}).WithResolver(mapping.ResolverOf(w, []model.Key{model.FileKey(folder, "new", 10)}))
	auto := func(name string) string { return "${auto:" + string(folder) + "/" + name + "}" }
	node := func(name string) string { return "${node:" + string(folder) + "/" + name + "}" }
	for _, c := range []struct {
		field            model.Field
		portable, target string
	}{
		{model.FieldInputList, auto("a"), "shop.8_out"},
		{model.FieldInputList, auto("b"), auto("b")},
		{model.FieldInputList, auto("new"), auto("new")},
		{model.FieldDependentNodeIDList, node("a"), "17"},
		{model.FieldDependentNodeIDList, node("b"), node("b")},
		{model.FieldInputParameters, auto("a") + ":outputs", "shop.8_out:outputs"},
	} {
		item := model.NewItem(c.portable)
		if c.field == model.FieldInputParameters {
			item = model.NewItem("p", c.portable)
		}
		o := model.NewObject(key)
		o.Set(c.field, model.SetValue(item))
		got, err := m.Forward(o)
		if err != nil || !slices.Contains(got.Get(c.field).Items[0][:], c.target) {
			t.Errorf("%s becomes %v (%v)", c.portable, got.Get(c.field), err)
			continue
		}
		if c.target == c.portable {
			continue
		}
		if back, unmapped := m.Back(got, nil); len(unmapped) > 0 || !back.Get(c.field).Equal(o.Get(c.field)) {
			t.Errorf("%s comes back as %v (%v)", c.target, back.Get(c.field), unmapped)
		}
	}
	for _, p := range []string{auto("nowhere"), node("two"), "${nodeOf:other.x}"} {
		o := model.NewObject(key)
		o.Set(model.FieldDependentNodeIDList, model.SetValue(model.NewItem(p)))
		_, err := m.Forward(o)
		if _, ok := errors.AsType[*mapping.UnresolvedError](err); !ok {
			t.Errorf("%s: %v", p, err)
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

func FuzzPlaceholder(f *testing.F) {
	for _, seed := range []string{"${project}.x", "$${", "${auto:a%7Db}", "${", "$$${node:x}"} {
		f.Add(seed)
	}
	m := mapping.New(target, model.Project{Identifier: "shop"})
	f.Fuzz(func(t *testing.T, value string) {
		remote := node(nil, map[model.Field][]model.Item{model.FieldInputList: {model.NewItem(value)}})
		portable, unmapped := m.Back(remote, nil)
		back, err := m.Forward(portable)
		if err != nil || len(unmapped) == 0 && !back.Get(model.FieldInputList).Equal(remote.Get(model.FieldInputList)) {
			t.Fatalf("%q became %v, and then %v (%v)", value, portable.Get(model.FieldInputList), back.Get(model.FieldInputList), err)
		}
		// As a value of the tree it may be refused, but never with a panic.
		_, _ = m.Forward(remote)
	})
}
