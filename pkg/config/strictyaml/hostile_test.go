package strictyaml_test

import (
	"strings"
	"testing"
	"time"

	"github.com/dwsync/dwsync/pkg/config/strictyaml"
)

// A document of the largest size that is made to take long is refused, or read, in moderate time.
func TestHostileDocumentsTakeNoTime(t *testing.T) {
	for name, unit := range map[string]string{
		"brackets": "[", "braces": "{", "dashes": "- ", "questions": "? ", "keys": "a: 1\n", "unknown keys": "k%: 1\n", "anchors": "&a ", "quotes": "\"", "bars": "|\n", "long key": "k", "comments": "#\n", "blanks": " ", "colons": ": ",
		"items": "- a\n", "maps in a list": "- {a: 1}\n", "tabs": "\t", "line ends": "\r", "tags": "!a ", "documents": "---\n", "aliases": "*a ",
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Repeat(unit, (strictyaml.MaxSize-10)/len(unit))
			if name == "unknown keys" {
				var b strings.Builder
				for i := 0; b.Len() < strictyaml.MaxSize-20; i++ {
					b.WriteString("k" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676%26)) + ": 1\n")
				}
				text = b.String()
			}
			start := time.Now()
			r := strictyaml.Reader{File: "f"}
			if top := r.Document([]byte(text)); top != nil {
				r.Mapping(top, "this file", "fileType", "fileDescription", "owner", "connectionName", "autoParsing", "advancedSettings", "nodeConfiguration")
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("took %v", took)
			}
			if len(r.Problems) > 100 {
				t.Errorf("%d problems are told", len(r.Problems))
			}
		})
	}
}
