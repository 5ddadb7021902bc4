package content_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/model"
)

var functionKey = model.FileKey("业务流程/店/MaxCompute", "f", model.TypeFunction)

func TestReadFunction(t *testing.T) {
	o := model.NewObject(functionKey)
	content.ReadFunction(&o, `{"name":"f","functionType":"STRING","className":"concat.Concat","resources":" b.jar,a.py,,a.py","description":"d","cmdDesc":"c","paramDesc":"p","returnValue":"r","example":"e","z":1.50,"a":null}`)
	for field, want := range map[model.Field]string{
		model.FieldFunctionType: "STRING", model.FieldClassName: "concat.Concat", model.FieldUdfDescription: "d", model.FieldCmdDescription: "c",
		model.FieldParameterDescription: "p", model.FieldReturnValue: "r", model.FieldExample: "e", model.FieldContent: `{"a":null,"z":1.50}`,
	} {
		if got := o.Text(field); got != want {
			t.Errorf("%s: got %q, want %q", field, got, want)
		}
	}
	if names := content.References(o); !slices.Equal(names, []string{"a.py", "b.jar"}) {
		t.Errorf("needs %q", names)
	}
}

func TestReferencesOfContents(t *testing.T) {
	o := model.NewObject(model.FileKey("业务流程/店/MaxCompute", "n", 10))
	o.Set(model.FieldContent, model.TextValue("##@resource_reference{\"b.py\"}\n--@resource_reference{\"a.py\"}\n##@resource_reference{\"b.py\"}\nselect 1"))
	if names := content.References(o); !slices.Equal(names, []string{"a.py", "b.py"}) {
		t.Errorf("needs %q", names)
	}
}

func TestIsContentOf(t *testing.T) {
	o := model.NewObject(functionKey)
	content.ReadFunction(&o, `{"className":"a.B","resources":"x,y"}`)
	for stored, want := range map[string]bool{
		`{"resources":"y, x","name":"other","className":"a.B","example":""}`: true, `{"className":"a.B","resources":"x"}`: false,
		`{"className":"a.B","resources":"x,y","new":1}`: false, ``: false,
	} {
		if content.IsContentOf(o, stored) != want {
			t.Errorf("%q: want %v", stored, want)
		}
	}
	script := model.NewObject(model.FileKey("业务流程/店/MaxCompute", "x.py", 12))
	jar := model.NewObject(model.FileKey("业务流程/店/MaxCompute", "x.jar", 13))
	if content.IsContentOf(script, "pass") || !content.IsContentOf(script, "") || !content.IsContentOf(jar, "PK") {
		t.Error("a text is compared, bytes that nobody can read are not")
	}
}

// Whatever a function's content is, reading it loses nothing: what has no field stays in content, token by token.
func FuzzReadFunction(f *testing.F) {
	for _, seed := range []string{``, `{}`, `{"className":"a","new":{"x":[1e3," "]}}`, `{"className":1}`, `[1]`, `{"a":1,"a":2}`, `{"className":"\ud800"}`, ` { "example" : "x" } `, `{"":null}`, `{"<":1}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, stored string) {
		o := model.NewObject(functionKey)
		content.ReadFunction(&o, stored)
		if !content.IsContentOf(o, stored) {
			t.Fatalf("%q is not the content of what was read from it", stored)
		}
		rest := o.Text(model.FieldContent)
		again := model.NewObject(functionKey)
		content.ReadFunction(&again, rest)
		if rest != stored && again.Text(model.FieldContent) != rest {
			t.Fatalf("%q left %q, and that leaves %q", stored, rest, again.Text(model.FieldContent))
		}
		var before, after map[string]json.RawMessage
		if rest == stored || json.Unmarshal([]byte(stored), &before) != nil {
			return
		}
		if rest != "" {
			if err := json.Unmarshal([]byte(rest), &after); err != nil {
				t.Fatalf("%q left %q: %v", stored, rest, err)
			}
		}
		for key, raw := range before {
			var text *string
			if _, kept := after[key]; !kept && (json.Unmarshal(raw, &text) != nil || !isFunctionKey(key)) {
				t.Fatalf("%q lost %q", stored, key)
			}
		}
	})
}

func isFunctionKey(key string) bool {
	return slices.Contains(strings.Fields("name functionType className resources description cmdDesc paramDesc returnValue example"), key)
}
