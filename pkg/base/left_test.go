package base

import (
	"slices"
	"strings"
	"testing"
)

// What a commit anywhere in the history had and HEAD has not left git, on a branch that was merged too; what is back, or only became another file, did not.
func TestLeft(t *testing.T) {
	w := newWorld(t)
	first := w.commit(files{"dw/x/a.py": "1", "dw/x/b.py": "1", "dw/x/c.py": "1", "dw/x/d.sql": "1", "dw/y/e.py": "1", "other/f.py": "1"}, "first")
	gone := w.commit(files{"dw/x/a.py": "2", "dw/x/c.py": "1"}, "b, d and all of y go", first)
	branch := w.commit(files{"dw/x/a.py": "1", "dw/x/b.py": "1", "dw/x/c.py": "1", "dw/x/branch.py": "1", "dw/y/e.py": "1"}, "a branch", first)
	merge := w.commit(files{"dw/x/a.py": "2", "dw/x/c.py/now.py": "a directory"}, "merged", gone, branch)
	head := w.commit(files{"dw/x/a.py": "2", "dw/x/b.py": "back", "dw/x/c.py/now.py": "a directory"}, "b is back", merge)
	w.checkout(head)
	isPython := func(file string) bool { return strings.HasSuffix(file, ".py") }
	got, err := w.git("dw").Left(t.Context(), isPython)
	if want := []string{"x/branch.py", "x/c.py", "y/e.py"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("left git: %q, %v; want %q", got, err, want)
	}
	var none *Git
	if got, err := none.Left(t.Context(), isPython); err != nil || got != nil {
		t.Errorf("without a repository: %q, %v", got, err)
	}
}
