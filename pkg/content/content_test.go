package content_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dwsync/dwsync/pkg/content"
)

func TestShownJSON(t *testing.T) {
	for stored, shown := range map[string]string{
		`{"a":[1,2.50,"\u00e9<"],"b":{}}`: "{\n  \"a\": [\n    1,\n    2.50,\n    \"\\u00e9<\"\n  ],\n  \"b\": {}\n}\n",
		`{"a": 1}`:                        `{"a": 1}`,
		`{"a":1}` + "\n":                  `{"a":1}` + "\n",
		`{"a":1`:                          `{"a":1`,
		"select 1":                        "select 1",
		"":                                "",
		"12":                              "12",
		"{}":                              "{}\n",
		"{}\n":                            "{}\n\n",
		"{\n  \"a\": 1\n}\n":              "{\n  \"a\": 1\n}\n\n",
		"{\n  \"a\": 1\n}":                "{\n  \"a\": 1\n}",
		"{\n    \"a\": 1\n}\n":            "{\n    \"a\": 1\n}\n",
		strings.Repeat("[", 9999) + strings.Repeat("]", 9999): strings.Repeat("[", 9999) + strings.Repeat("]", 9999),
	} {
		if got := content.ShownJSON(stored); got != shown {
			t.Errorf("%.80q is shown as %.80q, not %.80q", stored, got, shown)
		}
		if got := content.StoredJSON(shown); got != stored {
			t.Errorf("%.80q is stored as %.80q, not %.80q", shown, got, stored)
		}
	}
}

// sameTokens tells whether two JSON texts differ in blanks only.
func sameTokens(a, b string) bool {
	var x, y bytes.Buffer
	return json.Compact(&x, []byte(a)) == nil && json.Compact(&y, []byte(b)) == nil && x.String() == y.String()
}

func checkExact(t interface{ Fatalf(string, ...any) }, stored string) {
	shown := content.ShownJSON(stored)
	if back := content.StoredJSON(shown); back != stored {
		t.Fatalf("%q is shown as %q and stored as %q", stored, shown, back)
	}
	// What a person leaves untouched is stored as it was; and what is stored is shown again as the same text, or as the indented one.
	if again := content.ShownJSON(content.StoredJSON(stored)); again != stored && !sameTokens(again, stored) {
		t.Fatalf("the text %q comes back as %q", stored, again)
	}
}

func TestShownJSONProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var value any = rapid.MapOf(rapid.String(), rapid.SliceOf(rapid.OneOf(rapid.Map(rapid.String(), func(s string) any { return s }), rapid.Map(rapid.Float64Range(-1e9, 1e9), func(f float64) any { return f })))).Draw(t, "value")
		data, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		stored := string(data)
		for range rapid.IntRange(0, 3).Draw(t, "times shown") {
			stored = content.ShownJSON(stored)
		}
		stored += rapid.SampledFrom([]string{"", "\n", "\n\n", " ", "\r\n", "x"}).Draw(t, "end")
		checkExact(t, stored)
	})
}

func FuzzShownJSON(f *testing.F) {
	for _, seed := range []string{`{"a":1}`, "{}\n\n", "[\n]", `["\"]"]`, " {}", "\ufeff{}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, stored string) { checkExact(t, stored) })
}

func TestResourceReferences(t *testing.T) {
	code := "##@resource_reference{\"udf.py\"}\r\n--@resource_reference{ \"a \\\"b\\\".jar\" }\nselect 1; -- ##@resource_reference{\"no\"}\n##@resource_reference{no}\n##@resource_reference\n##@resource_reference{\"\"}\n"
	want := []content.ResourceReference{{Name: "udf.py", Line: 1}, {Name: `a "b".jar`, Line: 2}}
	if got := content.ResourceReferences(code); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}
