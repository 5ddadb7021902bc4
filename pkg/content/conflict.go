package content

import "strings"

// The lines that a merge of pull writes around the sides of a conflict, as git does, each with the name of its side.
const (
	ConflictTree      = "<<<<<<< tree"
	ConflictBase      = "||||||| base"
	ConflictBetween   = "======="
	ConflictWorkspace = ">>>>>>> workspace"
)

// What is said of a conflict that nobody decided yet, and what to do about it.
const (
	ConflictLeft = "a conflict in this file is not decided yet"
	ConflictNext = "edit the file, keep what is right, and take the marker lines out"
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

// GitConflictLine gives the number, from 1, of the first line of a conflict that git left in a text, whatever its sides are called; 0 if there is none. Its three
// lines must stand in their order, since each alone may be content.
func GitConflictLine(text string) int {
	if !strings.Contains(text, "<<<<<<< ") {
		return 0
	}
	first, stage, number := 0, 0, 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, "\r\n")
		switch {
		case stage == 0 && strings.HasPrefix(line, "<<<<<<< "):
			first, stage = number, 1
		case stage == 1 && line == ConflictBetween:
			stage = 2
		case stage == 2 && strings.HasPrefix(line, ">>>>>>> "):
			return first
		}
	}
	return 0
}
