package content

import "strings"

// The lines that a merge of pull writes around the sides of a conflict, as git does, each with the name of its side.
const (
	ConflictTree      = "<<<<<<< tree"
	ConflictBase      = "||||||| base"
	ConflictBetween   = "======="
	ConflictWorkspace = ">>>>>>> workspace"
)

// ConflictLine gives the number, from 1, of the first line that a merge wrote around a conflict and that nobody took away yet; 0 if there is none.
// ConflictBetween is no sign: people underline with it.
func ConflictLine(text string) int {
	if !strings.Contains(text, ConflictTree) && !strings.Contains(text, ConflictBase) && !strings.Contains(text, ConflictWorkspace) {
		return 0
	}
	number := 0
	for line := range strings.Lines(text) {
		number++
		switch strings.TrimRight(line, "\r\n") {
		case ConflictTree, ConflictBase, ConflictWorkspace:
			return number
		}
	}
	return 0
}
