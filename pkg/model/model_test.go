package model_test

import (
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/dwsync/dwsync/pkg/model"
)

var key = model.FileKey("业务流程/电商数仓/MaxCompute", "ods_order_di", 10)

func TestDefaultsAreAbsent(t *testing.T) {
	for _, kind := range []model.Kind{model.KindBusiness, model.KindNode, model.KindResource, model.KindFunction} {
		o := model.NewObject(model.Key{Kind: kind})
		for _, spec := range model.Fields(kind) {
			o.Set(spec.Field, model.TextValue(spec.Default))
			if err := spec.CheckText(spec.Default); err != nil && spec.Default != "" {
				t.Errorf("%s %s: the default is no legal value: %v", kind, spec.Field, err)
			}
		}
		if present := o.Present(); len(present) > 0 {
			t.Errorf("%s: defaults are present: %v", kind, present)
		}
	}
}

func TestDifferencesIgnoreWhatTheServiceFills(t *testing.T) {
	tree, remote := model.NewObject(key), model.NewObject(key)
	remote.Set(model.FieldOwner, model.TextValue("1"))
	remote.Set(model.FieldConnectionName, model.TextValue("odps_first"))
	if d := model.Differences(tree, remote, nil); len(d) != 0 {
		t.Errorf("not managed in the tree, yet different: %v", d)
	}
	if !remote.Matches(tree.Hash()) {
		t.Error("the workspace's form does not match the hash of the tree's form that left owner and connectionName unmanaged")
	}
	tree.Set(model.FieldOwner, model.TextValue("2"))
	if d := model.Differences(tree, remote, nil); len(d) != 1 || d[0].Field != model.FieldOwner {
		t.Errorf("a managed owner that differs: got %v", d)
	}
}

func TestDifferencesOfParsedInputsAndOutputs(t *testing.T) {
	set := func(items ...model.Item) model.Value { return model.SetValue(items...) }
	manual, auto := model.NewItem("p.a"), model.NewItem("p.b", model.ParseTypeAuto)
	for name, c := range map[string]struct {
		autoParsing   bool
		field         model.Field
		tree, remote  model.Value
		wantDifferent bool
	}{
		"parsed input only there":           {true, model.FieldInputList, set(manual), set(manual, auto), false},
		"parsed there, manual here":         {true, model.FieldInputList, set(manual, model.NewItem("p.b")), set(manual, auto), false},
		"manual input only there":           {true, model.FieldInputList, set(), set(manual), true},
		"output only there":                 {true, model.FieldOutputList, set(), set(manual), false},
		"output only here":                  {true, model.FieldOutputList, set(manual), set(), true},
		"without parsing, output there":     {false, model.FieldOutputList, set(), set(manual), true},
		"without parsing, AUTO counts, too": {false, model.FieldInputList, set(), set(auto), true},
	} {
		t.Run(name, func(t *testing.T) {
			tree, remote := model.NewObject(key), model.NewObject(key)
			for _, o := range []*model.Object{&tree, &remote} {
				o.Set(model.FieldAutoParsing, model.BoolValue(c.autoParsing))
			}
			tree.Set(c.field, c.tree)
			remote.Set(c.field, c.remote)
			if d := model.Differences(tree, remote, nil); (len(d) > 0) != c.wantDifferent {
				t.Errorf("got %v", d)
			}
		})
	}
}

func TestCanonicalFolder(t *testing.T) {
	for raw, want := range map[string]model.FolderPath{
		"/Business Flow/shop/folderMaxCompute//ods/": "业务流程/shop/MaxCompute/ods",
		"业务流程/shop/Data Integration":                 "业务流程/shop/数据集成",
		"业务流程/shop/函数/x":                             "业务流程/shop/函数/x",
		"queryroot":                                  "临时查询",
		"":                                           "",
	} {
		if got := model.CanonicalFolder(raw); got != want {
			t.Errorf("%q: got %q, want %q", raw, got, want)
		}
		if twice := model.CanonicalFolder(string(want)); twice != want {
			t.Errorf("%q is not stable: %q", want, twice)
		}
	}
}

func TestObjectsSurviveJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := anyNode(t)
		data, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		var back model.Object
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		if back.Key != o.Key || back.Hash() != o.Hash() || !slices.Equal(back.Present(), o.Present()) {
			t.Fatalf("%s became %v", data, back)
		}
		for _, f := range o.Present() {
			if !back.Get(f).Equal(o.Get(f)) {
				t.Fatalf("%s: %v became %v", f, o.Get(f), back.Get(f))
			}
		}
	})
}

// A form equals another exactly if no field differs and the hashes are equal: diff and marks must agree on what a change is.
func TestHashAgreesWithDifferences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyNode(t), anyNode(t)
		b.Key = a.Key
		for _, o := range []*model.Object{&a, &b} {
			o.Set(model.FieldAutoParsing, model.BoolValue(false))
		}
		same := len(model.Differences(a, b, nil)) == 0 && len(model.Differences(b, a, nil)) == 0
		if same != (a.Hash() == b.Hash()) {
			t.Fatalf("differences and hashes disagree: %v, %v", a, b)
		}
	})
}

func anyNode(t *rapid.T) model.Object {
	o := model.NewObject(model.FileKey(model.FolderPath(rapid.String().Draw(t, "folder")), rapid.String().Draw(t, "name"), 10))
	text := rapid.SampledFrom([]string{"", "0", "1", "x", "文", "a\nb"})
	for _, spec := range model.Fields(model.KindNode) {
		switch spec.Shape {
		case model.ShapeSet:
			items := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) model.Item { return model.NewItem(text.Draw(t, "part")) }), 0, 3).Draw(t, "items")
			o.Set(spec.Field, model.SetValue(items...))
		case model.ShapeBool:
			o.Set(spec.Field, model.BoolValue(rapid.Bool().Draw(t, "bool")))
		default:
			o.Set(spec.Field, model.TextValue(text.Draw(t, "text")))
		}
	}
	return o
}

// No two keys share a text, whatever their names hold.
func TestKeysSurviveText(t *testing.T) {
	parts := rapid.StringOf(rapid.SampledFrom([]rune{'a', '\\', 's', '\x1f', '/', '文'}))
	rapid.Check(t, func(t *rapid.T) {
		k := model.FileKey(model.FolderPath(parts.Draw(t, "folder")), parts.Draw(t, "name"), 10)
		for range rapid.IntRange(0, 3).Draw(t, "depth") {
			node := k
			k = model.InnerKey(node, parts.Draw(t, "inner"), model.FileType(rapid.IntRange(1, 2000).Draw(t, "type")))
			if parent, inner := k.Parent(); !inner || parent != node || k.Outermost() != node.Outermost() || k.LastStage() != model.StageSaved {
				t.Fatalf("%q lies in %q, not in %q", k, parent, node)
			}
		}
		text, err := k.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back model.Key
		if err := back.UnmarshalText(text); err != nil || back != k {
			t.Fatalf("%q became %q: %v", k, back, err)
		}
	})
}

// A text that no key gives is none: a state or a plan that somebody else wrote.
func TestTextsThatAreNoKey(t *testing.T) {
	const file = "node\x1f10\x1ff\x1fname"
	var k model.Key
	if err := k.UnmarshalText([]byte(file)); err != nil || k != model.FileKey("f", "name", 10) {
		t.Errorf("a key of before there were inner files: %+v, %v", k, err)
	}
	for _, text := range []string{"", "node", "node\x1fx\x1ff\x1fname", file + "\x1f98", file + "\x1fx\x1floop", file + "\x1f-1\x1floop", file + "\x1f098\x1floop", file + "\x1f98\x1f\\x"} {
		if err := k.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for %+v", text, k)
		}
	}
}

// JSON contents are compared by token: blanks mean nothing, the spelling of a number or a text does.
func TestJSONContentsAreComparedByToken(t *testing.T) {
	for name, c := range map[string]struct {
		fileType model.FileType
		a, b     string
		same     bool
	}{
		"blanks":            {model.TypeIntegration, `{"a":[1,"x y"]}`, "{\n  \"a\": [ 1, \"x y\" ]\n}\n", true},
		"a blank in a text": {model.TypeIntegration, `{"a":"x y"}`, `{"a":"x  y"}`, false},
		"a big number":      {model.TypeIntegration, `{"a":12345678901234567890}`, `{"a":12345678901234567891}`, false},
		"an escape":         {model.TypeIntegration, `{"a":"\u0041"}`, `{"a":"A"}`, false},
		"the order":         {model.TypeIntegration, `{"a":1,"b":2}`, `{"b":2,"a":1}`, false},
		"no JSON":           {model.TypeIntegration, `{"a":1`, `{"a": 1`, false},
		"SQL":               {10, `[1]`, `[ 1 ]`, false},
		"an unknown type":   {4242, `{"a":1}`, `{"a": 1}`, false},
	} {
		k := model.FileKey("业务流程/店/数据集成", "n", c.fileType)
		x, y := model.NewObject(k), model.NewObject(k)
		x.Set(model.FieldContent, model.TextValue(c.a))
		y.Set(model.FieldContent, model.TextValue(c.b))
		if got := len(model.Differences(x, y, nil)) == 0; got != c.same {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// An envelope has no place where the type has none, so that no form can hold one by mistake.
func TestOnlySomeTypesHaveAnEnvelope(t *testing.T) {
	for _, info := range model.FileTypes() {
		if info.Kind != model.KindNode {
			continue
		}
		o := model.NewObject(model.FileKey("业务流程/店/通用", "n", info.Code))
		o.Set(model.FieldEnvelope, model.TextValue("{}"))
		if o.Has(model.FieldEnvelope) != info.Envelope {
			t.Errorf("%s", info.Name)
		}
	}
}
