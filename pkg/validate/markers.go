package validate

import (
	"strings"

	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/tree"
)

// conflictLines are what a merge of pull writes around the two sides of a conflict, in their order.
var conflictLines = []string{"<<<<<<< tree", "=======", ">>>>>>> workspace"}

// markersOf looks for an undecided conflict: whole lines in their order. Pushed, they would be deployed as code.
func (c *checker) markersOf(l tree.Local) {
	if l.Content == "" {
		return
	}
	first, found := 0, 0
	number := 0
	for line := range strings.Lines(l.Object.Text(model.FieldContent)) {
		number++
		if found < len(conflictLines) && strings.TrimRight(line, "\r\n") == conflictLines[found] {
			if found == 0 {
				first = number
			}
			found++
		}
	}
	if found == len(conflictLines) {
		c.errorAt(l.Object.Key, at{l.Content, first, 1}, "edit the file, keep what is right, and take the marker lines out", "a conflict that pull wrote here is not decided yet")
	}
}
