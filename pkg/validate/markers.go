package validate

import (
	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/tree"
)

// markersOf looks for a conflict that is not decided, or only in part: pushed, its marker lines would be deployed as code.
func (c *checker) markersOf(l tree.Local) {
	if line := content.ConflictLine(l.Object.Text(model.FieldContent)); line > 0 && l.Content != "" {
		c.errorAt(l.Object.Key, at{l.Content, line, 1}, "edit the file, keep what is right, and take the marker lines out", "a conflict that pull wrote here is not decided yet")
	}
}
