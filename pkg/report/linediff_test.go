package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dwsync/dwsync/pkg/diff"
)

// texts draws texts of a few different lines, so that lines repeat, with and without a line feed at the end.
func texts() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		lines := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "", " a", "d\r", "\xff"}), 0, 14).Draw(t, "lines")
		s := strings.Join(lines, "\n")
		if rapid.Bool().Draw(t, "ended") {
			s += "\n"
		}
		return s
	})
}

// apply makes the new text of the old one and hunks, and fails where a hunk does not fit.
func apply(t interface{ Fatalf(string, ...any) }, old string, d *textDiff) string {
	lines := diff.SplitLines(old)
	var b strings.Builder
	at := 0
	text := func(l line) string {
		s := l.Text
		if d.CRLF {
			s += "\r"
		}
		if !l.NoEOL {
			s += "\n"
		}
		return s
	}
	for _, h := range d.Hunks {
		start := h.OldStart
		if h.OldLines > 0 {
			start--
		}
		b.WriteString(strings.Join(lines[at:start], ""))
		at = start
		if got := strings.Count(b.String(), "\n"); h.NewLines > 0 && got != h.NewStart-1 {
			t.Fatalf("hunk begins at new line %d, %d lines come before it", h.NewStart, got)
		}
		oldLines, newLines := 0, 0
		for _, l := range h.Lines {
			if l.Op != '+' {
				if lines[at] != text(l) || l.Old != at+1 {
					t.Fatalf("line %d is %q, the hunk has %q as line %d", at+1, lines[at], text(l), l.Old)
				}
				at++
				oldLines++
			}
			if l.Op != '-' {
				b.WriteString(text(l))
				newLines++
			}
		}
		if oldLines != h.OldLines || newLines != h.NewLines {
			t.Fatalf("hunk says %d and %d lines and has %d and %d", h.OldLines, h.NewLines, oldLines, newLines)
		}
	}
	b.WriteString(strings.Join(lines[at:], ""))
	return b.String()
}

func TestHunksMakeTheNewTextOfTheOld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old, new := texts().Draw(t, "old"), texts().Draw(t, "new")
		d := diffText(old, new)
		if got := apply(t, old, d); got != new {
			t.Fatalf("%q becomes %q instead of %q", old, got, new)
		}
		if (len(d.Hunks) == 0) != (old == new) {
			t.Fatalf("%d hunks between %q and %q", len(d.Hunks), old, new)
		}
	})
}

func TestDiffIsShortest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old, new := texts().Draw(t, "old"), texts().Draw(t, "new")
		a, b := diff.SplitLines(old), diff.SplitLines(new)
		d := diffText(old, new)
		if want := len(a) + len(b) - 2*longestCommon(a, b); d.Added+d.Removed != want {
			t.Fatalf("%d lines differ between %q and %q, %d would do", d.Added+d.Removed, old, new, want)
		}
	})
}

// longestCommon is the textbook length of the longest common subsequence.
func longestCommon(a, b []string) int {
	table := make([][]int, len(a)+1)
	for i := range table {
		table[i] = make([]int, len(b)+1)
	}
	for i := range a {
		for j := range b {
			if a[i] == b[j] {
				table[i+1][j+1] = table[i][j] + 1
			} else {
				table[i+1][j+1] = max(table[i][j+1], table[i+1][j])
			}
		}
	}
	return table[len(a)][len(b)]
}

func TestChangeOfOneLineShowsThatLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", ""}), 1, 40).Draw(t, "lines")
		at := rapid.IntRange(0, len(lines)-1).Draw(t, "at")
		changed := slices.Clone(lines)
		changed[at] = "new"
		d := diffText(strings.Join(lines, "\n")+"\n", strings.Join(changed, "\n")+"\n")
		if len(d.Hunks) != 1 || d.Added != 1 || d.Removed != 1 {
			t.Fatalf("%+v", d)
		}
		for _, l := range d.Hunks[0].Lines {
			switch {
			case l.Op == '-' && (l.Text != lines[at] || l.Old != at+1), l.Op == '+' && (l.Text != "new" || l.New != at+1):
				t.Fatalf("%+v", l)
			}
		}
	})
}

// numbered are lines that are all different.
func numbered(n int) []string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf("line %d\n", i)
	}
	return lines
}

func TestLargeTexts(t *testing.T) {
	const n = 30_000
	old := numbered(n)
	edited := slices.Clone(old)
	edited[0], edited[n/2], edited[n-1] = "first\n", "middle\n", "last\n"
	edited = slices.Insert(edited, n/3, "inserted\n")
	swapped := slices.Concat(old[n/2:], old[:n/2])
	repeated := make([]string, n)
	turned := make([]string, n)
	for i := range repeated {
		repeated[i] = []string{"a\n", "b\n", "c\n"}[i*i%7%3]
		turned[i] = []string{"b\n", "a\n", "c\n"}[i*i%11%3]
	}
	for _, test := range []struct {
		name           string
		old, new       []string
		added, removed int // -1: whatever
	}{
		{"four edits", old, edited, 4, 3},
		{"halves swapped", old, swapped, n / 2, n / 2},
		{"nothing common", old, numbered(n + 1)[n:], 1, n},
		{"few lines, repeated", repeated, turned, -1, -1},
		{"more lines than 16 bits count", numbered(70_000), append(numbered(70_000), "end\n"), 1, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := diffText(strings.Join(test.old, ""), strings.Join(test.new, ""))
			if got := apply(t, strings.Join(test.old, ""), d); got != strings.Join(test.new, "") {
				t.Error("the hunks do not make the new text of the old")
			}
			if test.added >= 0 && (d.Added != test.added || d.Removed != test.removed) {
				t.Errorf("+%d -%d, want +%d -%d", d.Added, d.Removed, test.added, test.removed)
			}
		})
	}
}

func TestMissingLineFeed(t *testing.T) {
	for _, test := range []struct {
		old, new string
		want     string
	}{
		{"a", "a\n", "-a\\ +a "},
		{"a\n", "a", "-a +a\\ "},
		{"a", "b", "-a\\ +b\\ "},
		{"a\nb", "c\nb", "-a +c  b\\ "},
		{"", "a", "+a\\ "},
		{"a", "", "-a\\ "},
		{"", "\n", "+ "},
	} {
		got := ""
		for _, h := range diffText(test.old, test.new).Hunks {
			for _, l := range h.Lines {
				got += string(l.Op) + l.Text
				if l.NoEOL {
					got += `\`
				}
				got += " "
			}
		}
		if got != test.want {
			t.Errorf("%q to %q: %q, want %q", test.old, test.new, got, test.want)
		}
	}
}

func TestCarriageReturns(t *testing.T) {
	if d := diffText("a\r\nb\r\n", "a\r\nc\r\n"); !d.CRLF || d.Hunks[0].Lines[1].Text != "b" {
		t.Errorf("uniform CRLF: %+v", d)
	}
	d := diffText("a\r\n", "a\n")
	if d.CRLF || d.Hunks[0].Lines[0].Text != "a\r" || looksAlike(d.Hunks[0].Lines, 1) {
		t.Errorf("a line end that changes must show: %+v", d)
	}
}

func TestHunksHaveThreeLinesOfContext(t *testing.T) {
	old := numbered(40)
	for _, test := range []struct{ gap, hunks int }{{1, 1}, {6, 1}, {7, 2}, {20, 2}} {
		edited := slices.Clone(old)
		edited[10], edited[11+test.gap] = "x\n", "y\n"
		d := diffText(strings.Join(old, ""), strings.Join(edited, ""))
		if len(d.Hunks) != test.hunks {
			t.Errorf("%d lines between two changes: %d hunks, want %d", test.gap, len(d.Hunks), test.hunks)
		}
		if first := d.Hunks[0]; first.OldStart != 8 || first.Lines[3].Op != '-' {
			t.Errorf("hunk begins at %d", first.OldStart)
		}
	}
}

func TestWordsMakeTheLine(t *testing.T) {
	pieces := rapid.SliceOfN(rapid.SampledFrom([]string{"foo", "bar", " ", "  ", ",", "订单", "\t", "_x1", "\xff", "é"}), 0, 12)
	rapid.Check(t, func(t *rapid.T) {
		old, new := strings.Join(pieces.Draw(t, "old"), ""), strings.Join(pieces.Draw(t, "new"), "")
		left, right := compareWords(old, new)
		if left == nil && right == nil {
			return
		}
		for _, side := range []struct {
			text  string
			words []word
		}{{old, left}, {new, right}} {
			got := ""
			for _, w := range side.words {
				got += w.Text
			}
			if got != side.text {
				t.Fatalf("words of %q make %q", side.text, got)
			}
		}
		same := func(words []word) (s string) {
			for _, w := range words {
				if !w.Changed {
					s += w.Text
				}
			}
			return s
		}
		if same(left) != same(right) {
			t.Fatalf("common words differ: %q and %q", same(left), same(right))
		}
	})
}

func TestWordMarks(t *testing.T) {
	left, right := compareWords("WHERE dt = '${bizdate}' -- 昨天", "WHERE ds = '${bizdate}' -- 今天")
	if got := fmt.Sprint(left, right); got != "[{WHERE  false} {dt true} { = '${bizdate}' --  false} {昨 true} {天 false}] [{WHERE  false} {ds true} { = '${bizdate}' --  false} {今 true} {天 false}]" {
		t.Error(got)
	}
	if left, _ := compareWords("SELECT a", "完全 不同"); left != nil {
		t.Errorf("nothing common, marked all the same: %v", left)
	}
}

func TestJSONOfOneLineIsShownInLines(t *testing.T) {
	d := diffContent(`{"type":"job","steps":[{"name":"a"},{"name":"b","n":1.0}]}`, `{"type":"job","steps":[{"name":"a"},{"name":"b","n":1.50}]}`)
	if !d.Indented || d.Added != 1 || d.Removed != 1 || len(d.Hunks) != 1 {
		t.Fatalf("%+v", d)
	}
	for _, l := range d.Hunks[0].Lines {
		if l.Op == '+' && strings.TrimSpace(l.Text) != `"n": 1.50` {
			t.Errorf("a token is not shown as it stands: %q", l.Text)
		}
	}
	for _, pair := range [][2]string{
		{`{"a":1}`, `{ "a":1}`},    // differs in nothing but spaces: they must show
		{`{"a":1}`, `{"a":}`},      // no JSON
		{"{\n\"a\":1}", `{"a":1}`}, // is in lines already
		{"[1, 2]", "SELECT 1"},
	} {
		d := diffContent(pair[0], pair[1])
		if d.Indented || apply(t, pair[0], d) != pair[1] {
			t.Errorf("%q to %q: %+v", pair[0], pair[1], d)
		}
	}
}
