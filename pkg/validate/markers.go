package validate

import (
	"cmp"

	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/tree"
)

// markersOf looks for a conflict, of a pull or of git, that is not decided, or only in part: pushed, its marker lines would be deployed as code.
func (c *checker) markersOf(l tree.Local) {
	if l.Content == "" {
		return
	}
	text := l.Object.Text(model.FieldContent)
	line := cmp.Or(content.ConflictLine(text), content.GitConflictLine(text))
	if line > 0 {
		c.errorAt(l.Object.Key, at{l.Content, line, 1}, content.ConflictNext, content.ConflictLeft)
	}
}
