package strictyaml_test

import (
	"strings"
	"testing"

	"github.com/dwsync/dwsync/pkg/config/strictyaml"
)

func TestDocument(t *testing.T) {
	for text, keys := range map[string]int{"": 0, "# a comment only\n": 0, "---\n": 0, "{}": 0, "\ufeffa: 1\r\nb: 2\r\n": 2, "---\na: 1\n...\n": 1, "%YAML 1.1\n---\na: 1\n": 1, "'a': [\n1,\n2]\n": 1} {
		r := strictyaml.Reader{File: "f"}
		top := r.Document([]byte(text))
		if top == nil || len(r.Problems) > 0 || len(r.AnyMapping(top, "f")) != keys {
			t.Errorf("%q: %v", text, r.Problems)
		}
	}
}

// Each text is refused with one problem at the place.
func TestRefusals(t *testing.T) {
	for text, place := range map[string]string{
		"- a\n":             "f:1:1:",
		"text\n":            "f:1:1:",
		"a: &x 1\n":         "f:1:4:",
		"a: &x 1\nb: *x\n":  "f:1:4:",
		"a: !!str 1\n":      "f:1:4:",
		"b: {<<: {a: 1}}\n": "f:1:5:",
		"a: 1\n---\nb: 1\n": "f:2:1:",
		"a:\n\t- 1\n":       "f:2:1:",
		"a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> topic\n": "f:2:1: a conflict in this file is not decided yet",
		"a: 文\tb\nc:\n  \td: 1\n e: [\n":                           "f:3:3:",
		"a: [1\n":                                                  "f:1:",
		"文: \"\xff\"\n":                                            "f:1:5:",
		"\xff\xfea\x00":                                            "f:1:1:",
		"a: \x01\n":                                                "f:1:",
		"# " + strings.Repeat("x", strictyaml.MaxSize):             "f:",
	} {
		r := strictyaml.Reader{File: "f"}
		r.Document([]byte(text))
		if len(r.Problems) == 0 || !strings.HasPrefix(r.Problems[0].String(), place) {
			t.Errorf("%.40q: %v is not at %s", text, r.Problems, place)
		}
	}
}

func TestScalars(t *testing.T) {
	r := strictyaml.Reader{File: "f"}
	top := r.Document([]byte("text: a\nquoted: \"1\"\nnumber: 1\nbig: 99999999999999999999\noctal: 010\nhex: 0x1\nfloat: 1.0\nbool: True\nyes: yes\nnull: ~\nempty:\ndate: 2020-01-01\n"))
	for _, e := range r.AnyMapping(top, "f") {
		_, isText := r.Text(e.Value, "x")
		_, isNumber := r.Number(e.Value, "x")
		_, isBool := r.Bool(e.Value, "x")
		want := map[string][3]bool{"text": {true}, "quoted": {true}, "number": {false, true}, "bool": {false, false, true}, "yes": {true}}[e.Name()]
		if got := [3]bool{isText, isNumber, isBool}; got != want {
			t.Errorf("%s: text, number, bool: %v", e.Name(), got)
		}
	}
}
