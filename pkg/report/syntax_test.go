package report

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/dwsync/dwsync/pkg/model"
)

// coloured writes code with its stretches in brackets: [keyword:SELECT] a.
func coloured(text string, l *language) string {
	var b strings.Builder
	at := 0
	for _, s := range scan(text, l) {
		b.WriteString(text[at:s.from] + "[" + string(s.kind) + ":" + text[s.from:s.to] + "]")
		at = s.to
	}
	return b.String() + text[at:]
}

func languageNamed(name string) *language {
	return languageOf(model.FileKey(odsFolder, "x", 10), "."+name)
}

func TestSyntax(t *testing.T) {
	for _, c := range []struct{ language, code, want string }{
		{"sql", "select a1, 1.5e3 -- 注释 'x\nFROM t", "[keyword:select] a1, [number:1.5e3] [comment:-- 注释 'x]\n[keyword:FROM] t"},
		{"sql", "dt='${bizdate}' /* a\n b */ `from`", "dt=[string:'][parameter:${bizdate}][string:'] [comment:/* a\n b */] `from`"},
		{"sql", `'it''s \' x' "订单`, `[string:'it'][string:'s \' x'] [string:"订单]`},
		{"sql", "selected 表_from 2024年 ${", "selected 表_from [number:2024年] ${"},
		{"py", "def f(x): # c\n  '''a\n\"b''' + \"c\\\"d\" + 'open\nNone", "[keyword:def] f(x): [comment:# c]\n  [string:'''a\n\"b'''] + [string:\"c\\\"d\"] + [string:'open]\n[keyword:None]"},
		{"sh", "if [ $1 = a#b ]; then # c\necho \"x $HOME ${y}\" '\\'", "[keyword:if] [ [parameter:$1] = a#b ]; [keyword:then] [comment:# c]\necho [string:\"x ][parameter:$HOME][string: ][parameter:${y}][string:\"] [string:'\\']"},
		{"json", `{"a": "b:", "n": -1.5, "t": true}`, `{[key:"a"]: [string:"b:"], [key:"n"]: -[number:1.5], [key:"t"]: [keyword:true]}`},
		{"yaml", "a.b-c: x # c\n- d: 'e' \"f: g\"\nurl: http://h", "[key:a.b-c]: x [comment:# c]\n- [key:d]: [string:'e'] [string:\"f: g\"]\n[key:url]: http://h"},
	} {
		if got := coloured(c.code, languageNamed(c.language)); got != c.want {
			t.Errorf("%s\n%s\nwant\n%s", c.language, got, c.want)
		}
	}
}

func TestLanguages(t *testing.T) {
	for _, c := range []struct {
		name string
		t    model.FileType
		want bool
	}{{"a", 10, true}, {"a.py", 12, true}, {"a", 2, true}, {"a", 23, true}, {"a.yaml", 15, true}, {"a.csv", 15, false}, {"a", 99, false}, {"", 15, false}, {"a.", 15, false}, {"sql", 15, true}} {
		if got := languageOf(model.FileKey(odsFolder, c.name, c.t), c.t.Info().Extension) != nil; got != c.want {
			t.Errorf("%q of type %s is in a known language: %v", c.name, c.t, got)
		}
	}
}

// Whatever the code: stretches ascend, never overlap, never cut a character, and a line that is shown in colours shows the same characters.
func TestSyntaxOfAnything(t *testing.T) {
	letters := []rune("aE_1 \t\n\r'\"`\\$${}#-/*:,;.订é\u202e\x00::##[x]")
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.StringOf(rapid.SampledFrom(letters)).Draw(t, "code") + rapid.SampledFrom([]string{"", "\xff", "'''"}).Draw(t, "end")
		other := rapid.StringOf(rapid.SampledFrom(letters)).Draw(t, "other")
		for _, name := range []string{"sql", "py", "sh", "json", "yaml"} {
			at := 0
			for _, s := range scan(code, languageNamed(name)) {
				if s.from < at || s.to <= s.from || s.to > len(code) || !utf8.RuneStart(code[s.from]) || s.to < len(code) && utf8.ValidString(code) && !utf8.RuneStart(code[s.to]) {
					t.Fatalf("%s: %+v after %d in %q", name, s, at, code)
				}
				at = s.to
			}
			colours := newColouring(code, languageNamed(name))
			for _, h := range diffText(other, code).Hunks {
				for _, l := range h.Lines {
					if l.New == 0 {
						continue
					}
					joined := shown("")
					for _, p := range codePieces(l, colours.line(l.New, len(l.Text))) {
						joined += p.text
					}
					if want := visibleCode(l.Text, l.Op != ' '); joined != want {
						t.Fatalf("%s: %q is shown as %q", name, want, joined)
					}
				}
			}
		}
	})
}

// No content takes long: each byte is looked at a few times at most.
func TestSyntaxTakesOnePass(t *testing.T) {
	const size = 1 << 19
	for _, unit := range []string{"'", `"`, "\\", "/*", "${", "$", "$a", "#", "--", ": ", "'''", "\n ", "a", "1.", "\"\" ", "`", "- ", "订"} {
		code := strings.Repeat(unit, size/len(unit))
		for _, name := range []string{"sql", "py", "sh", "json", "yaml"} {
			begun := time.Now()
			scan(code, languageNamed(name))
			if took := time.Since(begun); took > 5*time.Second {
				t.Errorf("%s: %d bytes of %q took %s", name, size, unit, took)
			}
		}
	}
}
