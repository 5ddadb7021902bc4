package base

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/dwsync/dwsync/pkg/model"
)

const commit40 = "0123456789abcdef0123456789abcdef01234567"

func anyMark(t *rapid.T) Mark {
	m := Mark{
		Commit: rapid.SampledFrom([]string{"", commit40, strings.Repeat("f", 40)}).Draw(t, "commit"),
		Dirty:  rapid.Bool().Draw(t, "dirty"),
	}
	if rapid.Bool().Draw(t, "hash") {
		m.Hash = form(rapid.String().Draw(t, "name"), "x").Hash()
	}
	return m
}

// What is formatted is parsed, whatever subject and author are, also where spaces or text were added behind it.
func TestMarksSurvive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMark(t)
		comment := FormatComment(m, rapid.String().Draw(t, "subject"), rapid.String().Draw(t, "author"))
		if n := utf8.RuneCountInString(comment); n > maxComment || strings.ContainsAny(comment, "\n\r\x00") {
			t.Fatalf("%d characters: %q", n, comment)
		}
		edited := rapid.SampledFrom([]string{"", " ", "\n", "\ufeff"}).Draw(t, "before") + comment + rapid.SampledFrom([]string{"", " x", "\n"}).Draw(t, "after")
		if got, found := ParseComment(edited); !found || got != m {
			t.Fatalf("%q: got %v, %v, want %v", edited, got, found, m)
		}
	})
}

// A comment that was cut gives the mark, the mark without its hash, or none; never another commit or hash.
func TestCutMarks(t *testing.T) {
	whole := Mark{Commit: commit40, Dirty: false, Hash: form("a", "x").Hash()}
	for _, m := range []Mark{whole, {Commit: commit40, Dirty: true, Hash: whole.Hash}} {
		comment := FormatComment(m, "改了口径", "李雷")
		for i := range len(comment) {
			got, found := ParseComment(comment[:i])
			if !found {
				continue
			}
			if got.Commit != m.Commit || got.Hash != "" && (got.Hash != m.Hash || got.Dirty != m.Dirty) {
				t.Errorf("%q: got %v", comment[:i], got)
			}
		}
	}
}

func TestParseComment(t *testing.T) {
	hash := strings.Repeat("ab", 16)
	for comment, want := range map[string]*Mark{
		"":                                    nil,
		"第一次提交":                               nil,
		"dwsync:":                             nil,
		"dwsync::":                            nil,
		"dwsync:+:" + hash:                    nil,
		"dwsync:0123:" + hash:                 nil,
		"dwsync:" + commit40 + "a:" + hash:    nil,
		"see dwsync:" + commit40 + ":" + hash: nil,
		"dwsync:" + strings.Repeat("g", 40) + ":":                                    nil,
		"dwsync:" + commit40:                                                         {Commit: commit40},
		"dwsync:" + commit40 + "++:" + hash:                                          nil,
		"dwsync:" + commit40 + ":" + hash + ":x":                                     {Commit: commit40},
		"dwsync:" + commit40 + ":" + hash + "ab text":                                {Commit: commit40},
		"dwsync:" + strings.ToUpper(commit40) + "+:" + strings.ToUpper(hash) + "\nx": {Commit: commit40, Dirty: true, Hash: model.Hash(hash)},
		"dwsync:-:" + hash:                                                           {Hash: model.Hash(hash)},
	} {
		got, found := ParseComment(comment)
		if found != (want != nil) || found && got != *want {
			t.Errorf("%q: got %v, %v", comment, got, found)
		}
	}
}

func FuzzParseComment(f *testing.F) {
	f.Add("dwsync:" + commit40 + "+:" + strings.Repeat("0", 32) + " subject (author)")
	f.Add("dwsync:-::")
	f.Fuzz(func(t *testing.T, comment string) {
		m, found := ParseComment(comment)
		if !found {
			return
		}
		if m.Commit != "" && !isHex(m.Commit, 40) || m.Hash != "" && !isHex(string(m.Hash), 32) {
			t.Fatalf("%q: got %v", comment, m)
		}
		if again, found := ParseComment(FormatComment(m, "x", "y")); !found || again != m {
			t.Fatalf("%q: %v became %v", comment, m, again)
		}
	})
}
