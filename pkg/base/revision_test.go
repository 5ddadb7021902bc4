package base

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

// A name that means no commit is refused with what to do; none is taken for another commit.
func TestRevisions(t *testing.T) {
	w, c := line(t)
	nothing := func(fs.FS) error { return nil }
	g := w.git(".")
	for revision, commit := range map[string]string{"HEAD": c[3], "HEAD~2": c[1], "HEAD^": c[2], "main": c[3], c[1][:8]: c[1]} {
		if got, err := g.At(revision, nothing); err != nil || got.Hash != commit {
			t.Errorf("%s: got %v, %v", revision, got, err)
		}
	}
	shallow := newWorld(t)
	first := shallow.commit(project(nil), "cut")
	if err := shallow.store.SetShallow([]plumbing.Hash{plumbing.NewHash(first)}); err != nil {
		t.Fatal(err)
	}
	for _, refused := range []struct {
		git      *Git
		revision string
		tooFar   bool
		says     string
	}{
		{g, "HEAD~3", true, "goes back to a parent"},
		{g, "HEAD^2", true, "git log --oneline"},
		{g, "nowhere", false, "git log --oneline"},
		{g, "HEAD@{1}", false, "reflog"},
		{shallow.git("."), "HEAD~1", true, "fetch-depth: 0"},
		{&Git{}, "HEAD", false, "no git repository"},
	} {
		_, err := refused.git.At(refused.revision, nothing)
		failed, ok := errorAs[*RevisionError](err)
		if !ok || failed.TooFar != refused.tooFar || !strings.Contains(err.Error(), refused.says) || !strings.Contains(err.Error(), refused.revision) {
			t.Errorf("%s: got %v", refused.revision, err)
		}
	}
}
