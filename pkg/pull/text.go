package pull

import (
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/diff"
)

// mergeText merges two changed versions of a text line by line (diff3). Lines of the base that stay in both versions cut all three texts into pieces; of
// each piece between them the version is taken that changed it, or either if both changed it to the same. A piece that both changed in different ways is a
// conflict, written between markers with all three versions. conflicts counts them.
//
// Where every line of each text ends in the same way, LF or CR LF, the line ends are merged as one change and not line by line: who only converted a file
// changed none of its lines.
func mergeText(base, tree, workspace string) (merged string, conflicts int) {
	switch {
	case tree == workspace, workspace == base:
		return tree, 0
	case tree == base:
		return workspace, 0
	}
	if end, uniform := mergeLineEnds(base, tree, workspace); uniform {
		merged, conflicts = mergeLines(toLF(base), toLF(tree), toLF(workspace))
		return strings.ReplaceAll(merged, "\n", end), conflicts
	}
	return mergeLines(base, tree, workspace)
}

func toLF(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// mergeLineEnds gives the line end of the merged text; false if a text has both, or if the texts do not say which one it is.
func mergeLineEnds(base, tree, workspace string) (end string, uniform bool) {
	var ends [3]string
	for i, s := range []string{base, tree, workspace} {
		lf, crlf := strings.Count(s, "\n"), strings.Count(s, "\r\n")
		switch {
		case lf == 0:
		case crlf == 0:
			ends[i] = "\n"
		case crlf == lf:
			ends[i] = "\r\n"
		default:
			return "", false
		}
	}
	b, l, r := ends[0], ends[1], ends[2]
	switch {
	case l == r || r == "":
		end = l
	case l == "" || l == b:
		end = r
	case r == b:
		end = l
	default: // the base has one line or none, and the sides chose differently
		return "", false
	}
	if end == "" {
		end = b
	}
	return end, end != ""
}

func mergeLines(base, tree, workspace string) (merged string, conflicts int) {
	b, l, r := diff.SplitLines(base), diff.SplitLines(tree), diff.SplitLines(workspace)
	inTree, inWorkspace := diff.MatchLines(b, l), diff.MatchLines(b, r)
	var out strings.Builder
	write := func(lines []string) {
		for _, line := range lines {
			out.WriteString(line)
		}
	}
	for i, j, k := 0, 0, 0; i < len(b) || j < len(l) || k < len(r); {
		if i < len(b) && inTree[i] == j && inWorkspace[i] == k {
			out.WriteString(b[i])
			i, j, k = i+1, j+1, k+1
			continue
		}
		next, nextTree, nextWorkspace := i, len(l), len(r)
		for next < len(b) && (inTree[next] < 0 || inWorkspace[next] < 0) {
			next++
		}
		if next < len(b) {
			nextTree, nextWorkspace = inTree[next], inWorkspace[next]
		}
		ours, common, theirs := l[j:nextTree], b[i:next], r[k:nextWorkspace]
		switch {
		case slices.Equal(theirs, common), slices.Equal(ours, theirs):
			write(ours)
		case slices.Equal(ours, common):
			write(theirs)
		default:
			conflicts++
			for _, part := range []struct {
				marker string
				lines  []string
			}{{content.ConflictTree, ours}, {content.ConflictBase, common}, {content.ConflictBetween, theirs}, {content.ConflictWorkspace, nil}} {
				out.WriteString(part.marker + "\n")
				write(part.lines)
				if n := len(part.lines); n > 0 && !strings.HasSuffix(part.lines[n-1], "\n") {
					out.WriteString("\n")
				}
			}
		}
		i, j, k = next, nextTree, nextWorkspace
	}
	return out.String(), conflicts
}

// hasConflict tells whether a text holds a conflict that nobody decided yet.
func hasConflict(text string) bool { return content.ConflictLine(text) > 0 }
