package pull

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/diff"
)

func TestMergeText(t *testing.T) {
	for name, c := range map[string]struct{ base, tree, workspace, want string }{
		"different lines":               {"a\nb\nc\nd\ne\n", "A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\n", "A\nb\nc\nd\nE\n"},
		"the same change":               {"a\nb\nc\n", "a\nX\nc\n", "a\nX\nc\n", "a\nX\nc\n"},
		"one the same, one more":        {"a\nb\nc\nd\ne\n", "a\nX\nc\nd\ne\n", "a\nX\nc\nd\nE\n", "a\nX\nc\nd\nE\n"},
		"deleted and added":             {"a\nb\nc\nd\n", "a\nc\nd\n", "a\nb\nc\nd\nnew\n", "a\nc\nd\nnew\n"},
		"both empty it":                 {"a\n", "", "", ""},
		"begun by one":                  {"", "a\n", "", "a\n"},
		"no line feed at the end":       {"a\nb\nc", "A\nb\nc", "a\nb\nc\nd", "A\nb\nc\nd"},
		"a line feed added at the end":  {"a\nb\nc", "a\nb\nc\n", "A\nb\nc", "A\nb\nc\n"},
		"CR LF everywhere":              {"a\r\nb\r\nc\r\n", "A\r\nb\r\nc\r\n", "a\r\nb\r\nC\r\n", "A\r\nb\r\nC\r\n"},
		"the tree was converted":        {"a\nb\nc\n", "a\r\nb\r\nc\r\n", "a\nb\nC\n", "a\r\nb\r\nC\r\n"},
		"the workspace converted":       {"a\nb\nc\n", "A\nb\nc\n", "a\r\nb\r\nc\r\n", "A\r\nb\r\nc\r\n"},
		"one line against many":         {"a", "a\r\nb", "a", "a\r\nb"},
		"mixed line ends stay":          {"a\r\nb\nc\n", "A\r\nb\nc\n", "a\r\nb\nC\n", "A\r\nb\nC\n"},
		"the same line in conflict":     {"a\nb\nc\n", "a\nL\nc\n", "a\nR\nc\n", "a\n<<<<<<< tree\nL\n||||||| base\nb\n=======\nR\n>>>>>>> workspace\nc\n"},
		"a conflict without line feeds": {"a", "L", "R", "<<<<<<< tree\nL\n||||||| base\na\n=======\nR\n>>>>>>> workspace\n"},
		"a conflict with CR LF":         {"a\r\nb\r\n", "a\r\nL\r\n", "a\r\nR\r\n", "a\r\n<<<<<<< tree\r\nL\r\n||||||| base\r\nb\r\n=======\r\nR\r\n>>>>>>> workspace\r\n"},
		"deleted against changed":       {"a\nb\nc\n", "a\nc\n", "a\nR\nc\n", "a\n<<<<<<< tree\n||||||| base\nb\n=======\nR\n>>>>>>> workspace\nc\n"},
		"both begin an empty file":      {"", "L\n", "R\n", "<<<<<<< tree\nL\n||||||| base\n=======\nR\n>>>>>>> workspace\n"},
		"different ends of one line":    {"a", "a\nb\n", "a\r\nc\r\n", "<<<<<<< tree\na\nb\n||||||| base\na\n=======\na\r\nc\r\n>>>>>>> workspace\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got, conflicts := mergeText(c.base, c.tree, c.workspace)
			if got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
			if wantConflict := strings.Contains(c.want, content.ConflictTree); wantConflict != (conflicts > 0) {
				t.Errorf("%d conflicts", conflicts)
			}
		})
	}
}

// texts draws a base and two versions of it, made by edits of lines. Lines of the base may be alike; a line that a version adds is its own.
func texts(t *rapid.T) (base, tree, workspace string) {
	end := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "end")
	lines := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "", "}", "1", "2", "3", "4", "5"}), 0, 12).Draw(t, "base")
	join := func(lines []string, closed bool) string {
		text := strings.Join(lines, end)
		if closed && len(lines) > 0 {
			text += end
		}
		return text
	}
	version := func(side string) string {
		edited := slices.Clone(lines)
		for n := range rapid.IntRange(0, 4).Draw(t, side+" edits") {
			at := rapid.IntRange(0, len(edited)).Draw(t, "at")
			own := fmt.Sprintf("%s%d", side, n)
			switch rapid.IntRange(0, 3).Draw(t, "edit") {
			case 0:
				edited = slices.Insert(edited, at, own)
			case 1:
				if at < len(edited) {
					edited[at] = own
				}
			case 2:
				if at < len(edited) {
					edited = slices.Delete(edited, at, at+1)
				}
			default:
				edited = slices.Insert(edited, at, "both")
			}
		}
		return join(edited, rapid.Bool().Draw(t, side+" is closed"))
	}
	return join(lines, rapid.Bool().Draw(t, "base is closed")), version("L"), version("R")
}

func TestMergeTextProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, l, r := texts(t)
		for _, c := range []struct{ tree, workspace, want string }{{b, r, r}, {l, b, l}, {l, l, l}} {
			if got, conflicts := mergeText(b, c.tree, c.workspace); got != c.want || conflicts > 0 {
				t.Fatalf("merge(%q, %q, %q) = %q, %d conflicts", b, c.tree, c.workspace, got, conflicts)
			}
		}
		merged, conflicts := mergeText(b, l, r)
		mirrored, mirroredConflicts := mergeText(b, r, l)
		if conflicts != mirroredConflicts || conflicts == 0 && merged != mirrored {
			t.Fatalf("not symmetric: %q with %d conflicts, %q with %d", merged, conflicts, mirrored, mirroredConflicts)
		}
		if hasConflict(merged) != (conflicts > 0) {
			t.Fatalf("%d conflicts in %q", conflicts, merged)
		}
		if conflicts > 0 {
			nothingLost(t, b, l, r, merged)
			return
		}
		wantLines(t, b, l, r, merged)
	})
}

// nothingLost wants each version's own lines to stand in a merge with conflicts.
func nothingLost(t *rapid.T, b, l, r, merged string) {
	for _, line := range plainLines(l + "\n" + r) {
		if (strings.HasPrefix(line, "L") || strings.HasPrefix(line, "R")) && !slices.Contains(plainLines(merged), line) {
			t.Fatalf("%q of a side is lost in %q", line, merged)
		}
	}
}

// wantLines counts lines: a clean merge holds each line as often as the base, plus what either side added, less what either removed; where both made the
// same change it counts once.
func wantLines(t *rapid.T, b, l, r, merged string) {
	count := func(text string) map[string]int {
		counts := map[string]int{}
		for _, line := range plainLines(text) {
			counts[line]++
		}
		return counts
	}
	inBase, inTree, inWorkspace, inMerged := count(b), count(l), count(r), count(merged)
	all := plainLines(b + "\n" + l + "\n" + r + "\n" + merged)
	for _, line := range all {
		base, tree, workspace, got := inBase[line], inTree[line], inWorkspace[line], inMerged[line]
		both := base + (tree - base) + (workspace - base)
		lo, hi := min(both, tree, workspace), max(both, tree, workspace)
		if got < lo || got > hi {
			t.Fatalf("merge(%q, %q, %q) = %q has the line %q %d times", b, l, r, merged, line, got)
		}
		if own := strings.HasPrefix(line, "L") || strings.HasPrefix(line, "R"); own && got != tree+workspace {
			t.Fatalf("merge(%q, %q, %q) = %q lost %q", b, l, r, merged, line)
		}
	}
}

func plainLines(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimRight(line, "\r\n"))
	}
	return lines
}

func TestConflictMarkers(t *testing.T) {
	for text, want := range map[string]bool{
		"":                                     false,
		"a\n<<<<<<< tree\n":                    true,
		"a\n>>>>>>> workspace\r\n":             true,
		"||||||| base":                         true,
		"title\n=======\ntext\n":               false,
		"-- <<<<<<< tree\n":                    false,
		"<<<<<<< HEAD\n=======\n>>>>>>> x\n":   false,
		"select '>>>>>>> workspace' as x;\n\n": false,
	} {
		if got := hasConflict(text); got != want {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

// What one side alone changed costs a comparison of the changed lines, and what both rewrote is cut at lines that are unique. Nothing takes the square.
func TestMergeOfLargeTexts(t *testing.T) {
	const n = 100_000
	random := rand.New(rand.NewPCG(1, 2))
	lines := func(line func(i int) string) []string {
		all := make([]string, n)
		for i := range all {
			all[i] = line(i)
		}
		return all
	}
	distinct := lines(func(i int) string { return fmt.Sprintf("line %d", i) })
	shuffled := slices.Clone(distinct)
	random.Shuffle(n, func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	reversed := slices.Clone(distinct)
	slices.Reverse(reversed)
	edit := func(base []string, every, offset int, tag string) []string {
		edited := slices.Clone(base)
		for i := offset; i < n; i += every {
			edited[i] = fmt.Sprintf("%s %d", tag, i)
		}
		return edited
	}
	few := lines(func(int) string { return []string{"a", "b"}[random.IntN(2)] })
	for name, c := range map[string]struct {
		base, tree, workspace []string
		clean                 bool
	}{
		"every tenth line of both": {distinct, edit(distinct, 10, 0, "L"), edit(distinct, 10, 5, "R"), true},
		"nothing in common":        {distinct, edit(distinct, 1, 0, "L"), edit(distinct, 1, 0, "R"), false},
		"shuffled and reversed":    {distinct, shuffled, reversed, false},
		"two different lines only": {few, edit(few, 10, 0, "L"), edit(few, 10, 5, "R"), false},
		"one line over and over":   {slices.Repeat([]string{"x"}, n), edit(slices.Repeat([]string{"x"}, n), 1000, 3, "L"), edit(slices.Repeat([]string{"x"}, n), 1000, 500, "R"), false},
	} {
		t.Run(name, func(t *testing.T) {
			join := func(lines []string) string { return strings.Join(lines, "\n") + "\n" }
			b, l, r := join(c.base), join(c.tree), join(c.workspace)
			start := time.Now()
			merged, conflicts := mergeText(b, l, r)
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %s", took)
			}
			if (conflicts == 0) != c.clean {
				t.Errorf("%d conflicts", conflicts)
			}
			if c.clean {
				for i, line := range diff.SplitLines(merged) {
					want := c.base[i]
					if c.tree[i] != want {
						want = c.tree[i]
					} else if c.workspace[i] != want {
						want = c.workspace[i]
					}
					if line != want+"\n" {
						t.Fatalf("line %d is %q, want %q", i, line, want)
					}
				}
			}
		})
	}
}

func FuzzMergeText(f *testing.F) {
	f.Add("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC")
	f.Add("a\r\nb", "a\r\nb\r\n", "\xff\x00\r")
	f.Add("", "<<<<<<< tree\n", "=======\n")
	f.Fuzz(func(t *testing.T, b, l, r string) {
		merged, conflicts := mergeText(b, l, r)
		mirrored, mirroredConflicts := mergeText(b, r, l)
		switch {
		case conflicts != mirroredConflicts, conflicts == 0 && merged != mirrored:
			t.Errorf("not symmetric: %q and %q", merged, mirrored)
		case conflicts > 0 && !hasConflict(merged):
			t.Errorf("%d conflicts without a marker: %q", conflicts, merged)
		}
		for _, line := range plainLines(merged) {
			if text := b + "\n" + l + "\n" + r; !slices.Contains(plainLines(text), line) && line != content.ConflictBetween && !hasConflict(line) {
				t.Errorf("%q is nobody's line", line)
			}
		}
	})
}
