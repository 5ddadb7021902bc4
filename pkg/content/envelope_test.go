package content_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/model"
)

// Types as the type table names them.
const (
	typeSQL        = 10
	typeSpark      = 225
	typeHive       = 227
	typeShell      = 257
	typeComponent  = 1010
	typeAssignment = 1100
	typeLoopEnd    = 1105
)

func enveloped(t model.FileType, stored string) model.Object {
	o := model.NewObject(model.FileKey("业务流程/店/通用", "n", t))
	content.SetStored(&o, stored)
	return o
}

func TestEnvelopes(t *testing.T) {
	const indented = "{\n  \"type\": \"TRINO_SQL\",\n  \"launcher\": {\n    \"allocationSpec\": {}\n  },\n  \"properties\": {\n    \"arguments\": [\n      \"select\\n'a=b'\"\n    ],\n    \"tags\": []\n  }\n}"
	for name, c := range map[string]struct {
		fileType                            model.FileType
		stored                              string
		code, envelope, layout, contentFile string
	}{
		"an EMR job": {
			typeHive, `{"type":"HIVE_SQL","launcher":{"allocationSpec":{"vcores":2}},"properties":{"arguments":["select 1;\n"],"tags":[]},"description":""}`,
			"select 1;\n", `{"type":"HIVE_SQL","launcher":{"allocationSpec":{"vcores":2}},"properties":{"arguments":["<code>"],"tags":[]},"description":""}`, model.LayoutCompact, ".sql",
		},
		"an EMR job in lines": {
			typeHive, indented, "select\n'a=b'", `{"type":"TRINO_SQL","launcher":{"allocationSpec":{}},"properties":{"arguments":["<code>"],"tags":[]}}`, model.LayoutIndented, ".sql",
		},
		"arguments behind the code": {typeShell, `{"properties":{"arguments":["ls","-l"]}}`, "ls", `{"properties":{"arguments":["<code>","-l"]}}`, model.LayoutCompact, ".sh"},
		"an assignment in SQL":      {typeAssignment, `{"language":"odps","content":"select '中\u0001😀';"}`, "select '中\x01😀';", `{"language":"odps","content":"<code>"}`, model.LayoutCompact, ".sql"},
		"an assignment in Python":   {typeAssignment, `{"content":"print(1)","language":"python"}`, "print(1)", `{"content":"<code>","language":"python"}`, model.LayoutCompact, ".py"},
		"the end of a loop":         {typeLoopEnd, `{"language":"shell","content":""}`, "", `{"language":"shell","content":"<code>"}`, model.LayoutCompact, ".sh"},
		"a component":               {typeComponent, `{"code":"select @@{a}","config":{"input":[1.50]},"component":{"id":30407036}}`, "select @@{a}", `{"code":"<code>","config":{"input":[1.50]},"component":{"id":30407036}}`, model.LayoutCompact, ".sql"},
		"a Spark job": {
			typeSpark, "##@resource_reference{\"a.jar\"}\n" + `{"version":"2.x","mainJar":"a.jar"}`, "##@resource_reference{\"a.jar\"}\n", `{"version":"2.x","mainJar":"a.jar"}`, model.LayoutCompact, ".txt",
		},
		"a Spark job without resources": {typeSpark, "\n" + `{"args":"<code>"}`, "\n", `{"args":"<code>"}`, model.LayoutCompact, ".txt"},
		"the word for code as code":     {typeAssignment, `{"language":"odps","content":"<code>"}`, "<code>", `{"language":"odps","content":"<code>"}`, model.LayoutCompact, ".sql"},

		"a type without envelopes":  {typeSQL, `{"language":"odps","content":"x"}`, "", "", "", ".sql"},
		"code alone":                {typeHive, "select 1", "", "", "", ".sql"},
		"empty":                     {typeAssignment, "", "", "", "", ".assign.json"},
		"a JSON of another shape":   {typeHive, `{"language":"odps","content":"x"}`, "", "", "", ".sql"},
		"code that is no text":      {typeAssignment, `{"language":"odps","content":{"a":1}}`, "", "", "", ".assign.json"},
		"an unknown language":       {typeAssignment, `{"language":"perl","content":"x"}`, "", "", "", ".assign.json"},
		"no language":               {typeLoopEnd, `{"content":"x"}`, "", "", "", ".do-while-end"},
		"a list":                    {typeHive, `["x"]`, "", "", "", ".sql"},
		"no argument":               {typeHive, `{"properties":{"arguments":[]}}`, "", "", "", ".sql"},
		"a key twice":               {typeAssignment, `{"language":"odps","content":"x","content":"y"}`, "", "", "", ".assign.json"},
		"another layout":            {typeAssignment, `{"language": "odps","content":"x"}`, "", "", "", ".assign.json"},
		"a line end behind":         {typeAssignment, `{"language":"odps","content":"x"}` + "\n", "", "", "", ".assign.json"},
		"more escaped than needed":  {typeAssignment, `{"language":"odps","content":"a\u003db"}`, "", "", "", ".assign.json"},
		"half of a character":       {typeAssignment, `{"language":"odps","content":"\ud83d"}`, "", "", "", ".assign.json"},
		"a slash that is escaped":   {typeAssignment, `{"language":"odps","content":"\/"}`, "", "", "", ".assign.json"},
		"no UTF-8":                  {typeAssignment, "{\"language\":\"odps\",\"content\":\"\xff\"}", "", "", "", ".assign.json"},
		"a key that YAML cannot do": {typeAssignment, `{"language":"odps","content":"x","` + strings.Repeat("k", 201) + `":1}`, "", "", "", ".assign.json"},
		"nested too deep":           {typeAssignment, `{"language":"odps","content":"x","a":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}`, "", "", "", ".assign.json"},
		"too large":                 {typeAssignment, `{"language":"odps","content":"x","a":"` + strings.Repeat("a", 1<<18) + `"}`, "", "", "", ".assign.json"},
		"JSON and more":             {typeSpark, "x\n{}\n", "", "", "", ".json"},
	} {
		t.Run(name, func(t *testing.T) {
			o := enveloped(c.fileType, c.stored)
			if c.envelope == "" {
				c.code = c.stored
			}
			if o.Text(model.FieldContent) != c.code || o.Text(model.FieldEnvelope) != c.envelope || c.envelope != "" && o.Text(model.FieldEnvelopeLayout) != c.layout {
				t.Errorf("got %.200q in %.200q, %s", o.Text(model.FieldContent), o.Text(model.FieldEnvelope), o.Text(model.FieldEnvelopeLayout))
			}
			if content.Extension(o) != c.contentFile {
				t.Errorf("its file ends in %s, not %s", content.Extension(o), c.contentFile)
			}
			if back := content.Stored(o); back != c.stored {
				t.Errorf("stored as %.200q, not %.200q", back, c.stored)
			}
		})
	}
}

// Whatever a content is, and whatever its type, taking it apart and putting it together gives it back; and what was taken apart is a form that comes apart
// in the same way again, also with other code.
func FuzzEnvelopes(f *testing.F) {
	types := []model.FileType{typeSQL, typeSpark, typeHive, typeShell, typeComponent, typeAssignment, typeLoopEnd, 229, 230, 264, 3010, 23}
	for i, seed := range []string{
		"select 1", `{"language":"odps","content":"select 1"}`, `{"content":"a\tb\u0000","language":"shell","x":[1e400,-0,null]}`, `{"properties":{"arguments":["hive -e","x"],"envs":{}},"launcher":{"allocationSpec":{"a":"1"}}}`,
		"{\n  \"properties\": {\n    \"arguments\": [\n      \"x\"\n    ]\n  }\n}", "##@resource_reference{\"a.jar\"}\n{\"mainJar\":\"a.jar\",\"configs\":[\"a=b\"]}", "\n{}", "{}\n{}", `{"code":"@@{a}","config":null}`,
		`{"content":"\ud800","language":"odps"}`, `{"content":"x","language":"odps","content":"y"}`, `{"content":"\u003c","language":"odps"}`, "{\"content\":\"\xff\",\"language\":\"odps\"}", `{"":{"":[]},"language":"python","content":""}`,
	} {
		f.Add(uint8(i), seed, "echo 1\n")
	}
	f.Fuzz(func(t *testing.T, which uint8, stored, code string) {
		fileType := types[int(which)%len(types)]
		o := enveloped(fileType, stored)
		if back := content.Stored(o); back != stored {
			t.Fatalf("%q comes back as %q", stored, back)
		}
		if !content.IsContentOf(o, stored) {
			t.Fatalf("%q is not the content of what it was taken apart to", stored)
		}
		if as := content.AsStored(o); as.Text(model.FieldContent) != stored || as.Has(model.FieldEnvelope) {
			t.Fatalf("%q is kept as %q", stored, as.Text(model.FieldContent))
		}
		if !o.Has(model.FieldEnvelope) {
			if o.Text(model.FieldContent) != stored {
				t.Fatalf("%q became %q without an envelope", stored, o.Text(model.FieldContent))
			}
			return
		}
		value, layout, ok := content.ParseJSON(o.Text(model.FieldEnvelope))
		if !ok || layout != model.LayoutCompact && value.String() != value.Indented() {
			t.Fatalf("the envelope %q is no compact JSON", o.Text(model.FieldEnvelope))
		}
		if err := content.CheckEnvelope(fileType, value); err != nil {
			t.Fatalf("the envelope %q: %v", o.Text(model.FieldEnvelope), err)
		}
		if same := content.MapEnvelope(fileType, o.Text(model.FieldEnvelope), func(s string) string { return s }); same != o.Text(model.FieldEnvelope) {
			t.Fatalf("the envelope %q is mapped to %q", o.Text(model.FieldEnvelope), same)
		}
		if fileType == typeSpark && strings.Contains("\n"+code, "\n{") || fileType == typeSpark && code != "" && !strings.HasSuffix(code, "\n") || !utf8.ValidString(code) {
			return
		}
		changed := o.Clone()
		changed.Set(model.FieldContent, model.TextValue(code))
		again := enveloped(fileType, content.Stored(changed))
		if fields := model.Differences(changed, again, nil); len(fields) > 0 || !again.Has(model.FieldEnvelope) {
			t.Fatalf("with the code %q: %v", code, fields)
		}
	})
}

func TestCheckEnvelope(t *testing.T) {
	parse := func(text string) content.JSON {
		value, _, ok := content.ParseJSON(text)
		if !ok {
			t.Fatalf("no JSON: %s", text)
		}
		return value
	}
	for name, c := range map[string]struct {
		fileType model.FileType
		envelope string
		path     []string
		text     string
	}{
		"the type has none":  {typeSQL, `{}`, nil, "ODPS_SQL"},
		"no object":          {typeHive, `[]`, nil, "keys"},
		"no place for code":  {typeHive, `{"properties":{"arguments":[]}}`, []string{"properties", "arguments", "0"}, "<code>"},
		"code in its place":  {typeComponent, `{"code":"select 1"}`, []string{"code"}, "<code>"},
		"an unknown word":    {typeAssignment, `{"language":"odp","content":"<code>"}`, []string{"language"}, `"odps"`},
		"no language at all": {typeAssignment, `{"content":"<code>"}`, []string{"language"}, "python"},
	} {
		var failed *content.EnvelopeError
		err := content.CheckEnvelope(c.fileType, parse(c.envelope))
		if !errors.As(err, &failed) || !slices.Equal(failed.Path, c.path) || !strings.Contains(failed.Error()+failed.Next, c.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := content.CheckEnvelope(typeSpark, parse(`{"args":"x"}`)); err != nil {
		t.Error(err)
	}
}

func TestMergeEnvelopes(t *testing.T) {
	const base = `{"a":1,"b":{"c":"x","d":[1]},"e":2}`
	for name, c := range map[string]struct {
		tree, workspace, want string
		clean                 bool
	}{
		"one side":             {base, `{"a":1,"b":{"c":"y","d":[1]},"e":2}`, `{"a":1,"b":{"c":"y","d":[1]},"e":2}`, true},
		"two keys":             {`{"a":3,"b":{"c":"x","d":[1]},"e":2}`, `{"a":1,"b":{"c":"y","d":[1]},"e":2}`, `{"a":3,"b":{"c":"y","d":[1]},"e":2}`, true},
		"the same":             {`{"a":3,"b":{"c":"x","d":[1]},"e":2}`, `{"a":3,"b":{"c":"x","d":[1]},"e":4}`, `{"a":3,"b":{"c":"x","d":[1]},"e":4}`, true},
		"one key":              {`{"a":3,"b":{"c":"x","d":[1]},"e":2}`, `{"a":4,"b":{"c":"x","d":[1]},"e":2}`, "", false},
		"one list":             {`{"a":1,"b":{"c":"x","d":[1,2]},"e":2}`, `{"a":1,"b":{"c":"x","d":[1,3]},"e":2}`, "", false},
		"added on both":        {`{"a":1,"b":{"c":"x","d":[1]},"e":2,"f":1}`, `{"g":2,"a":1,"b":{"c":"x","d":[1]},"e":2}`, `{"a":1,"b":{"c":"x","d":[1]},"e":2,"f":1,"g":2}`, true},
		"removed and left":     {`{"b":{"c":"x","d":[1]},"e":2}`, `{"a":1,"b":{"c":"x","d":[1]},"e":5}`, `{"b":{"c":"x","d":[1]},"e":5}`, true},
		"removed on both":      {`{"b":{"c":"x","d":[1]},"e":2}`, `{"b":{"c":"x","d":[1]},"e":5}`, `{"b":{"c":"x","d":[1]},"e":5}`, true},
		"removed and changed":  {`{"b":{"c":"x","d":[1]},"e":2}`, `{"a":7,"b":{"c":"x","d":[1]},"e":2}`, "", false},
		"one side has none":    {`{"a":3,"b":{"c":"x","d":[1]},"e":2}`, ``, "", false},
		"added in two ways":    {`{"a":1,"b":{"c":"x","d":[1]},"e":2,"f":1}`, `{"a":1,"b":{"c":"x","d":[1]},"e":2,"f":2}`, "", false},
		"a number spelled new": {`{"a":1.0,"b":{"c":"x","d":[1]},"e":2}`, `{"a":1,"b":{"c":"x","d":[1]},"e":3}`, `{"a":1.0,"b":{"c":"x","d":[1]},"e":3}`, true},
	} {
		got, clean := content.MergeEnvelopes(base, c.tree, c.workspace)
		if clean != c.clean || clean && got != c.want {
			t.Errorf("%s: got %s, %v", name, got, clean)
		}
	}
}

func TestReferencesOfEnvelopes(t *testing.T) {
	for stored, want := range map[string][]string{
		"##@resource_reference{\"a.jar\"}\n" + `{"mainJar":"a.jar","mainPy":"","assistFiles":["c.txt","b.txt"],"args":"x.jar"}`: {"a.jar", "b.txt", "c.txt"},
		`{"mainPy":"m.py"}`: {"m.py"},
		`no envelope`:       nil,
	} {
		if got := content.References(enveloped(typeSpark, stored)); !slices.Equal(got, want) {
			t.Errorf("%q needs %q", stored, got)
		}
	}
	if got := content.References(enveloped(typeHive, `{"properties":{"arguments":["--@resource_reference{\"u.jar\"}\nselect 1"]},"mainJar":"no"}`)); !slices.Equal(got, []string{"u.jar"}) {
		t.Errorf("needs %q", got)
	}
}

func TestIsContentOfNodes(t *testing.T) {
	for name, c := range map[string]struct {
		fileType model.FileType
		a, b     string
		same     bool
	}{
		"the same envelope":    {typeAssignment, `{"language":"odps","content":"x"}`, `{"language":"odps","content":"x"}`, true},
		"another layout":       {typeAssignment, `{"language":"odps","content":"x"}`, "{\n  \"language\": \"odps\",\n  \"content\": \"x\"\n}", true},
		"another language":     {typeAssignment, `{"language":"odps","content":"x"}`, `{"language":"shell","content":"x"}`, false},
		"other code":           {typeAssignment, `{"language":"odps","content":"x"}`, `{"language":"odps","content":"y"}`, false},
		"JSON, other blanks":   {23, `{"a":[1,2]}`, "{ \"a\": [1,\t2] }\n", true},
		"JSON, other spelling": {23, `{"a":1}`, `{"a":1.0}`, false},
		"a key twice":          {23, `{"a":1,"a":2}`, `{"a":1}`, false},
		"broken JSON":          {23, `{"a":1`, `{"a": 1`, false},
		"SQL is no JSON":       {typeSQL, `[1]`, `[ 1 ]`, false},
	} {
		if got := content.IsContentOf(enveloped(c.fileType, c.a), c.b); got != c.same {
			t.Errorf("%s: %v", name, got)
		}
	}
}
