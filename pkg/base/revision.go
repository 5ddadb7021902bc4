package base

import (
	"fmt"
	"io/fs"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// RevisionError reports a name that means no commit of the repository, or a project without a repository.
type RevisionError struct {
	Revision string
	// Shallow tells that the clone was cut, so that the commit may only be missing here.
	Shallow bool
	Err     error
}

func (e *RevisionError) Error() string {
	text := fmt.Sprintf("%s is no commit of this repository", e.Revision)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	if e.Shallow {
		text += "; this clone is shallow, fetch the history (git fetch --unshallow; in CI fetch-depth: 0)"
	}
	return text
}

// Unwrap gives what git said.
func (e *RevisionError) Unwrap() error { return e.Err }

// At shows the project's directory as a revision has it, for the time of read: a branch, a tag, a hash, HEAD~3, as `git rev-parse` takes them. A directory that
// the revision does not have is empty. What git itself cannot read is an error, whatever read makes of it. Errors: *RevisionError, *MissingObjectError,
// those of git, and those of read.
func (g *Git) At(revision string, read func(fs.FS) error) (Commit, error) {
	if g == nil || g.repo == nil {
		return Commit{}, &RevisionError{Revision: revision, Err: fmt.Errorf("the project is in no git repository")}
	}
	hash, err := g.repo.ResolveRevision(plumbing.Revision(revision))
	if err != nil {
		return Commit{}, &RevisionError{Revision: revision, Shallow: g.Shallow(), Err: err}
	}
	commit, err := object.GetCommit(g.repo.Storer, *hash)
	if err != nil {
		return Commit{}, &RevisionError{Revision: revision, Shallow: g.Shallow(), Err: err}
	}
	root, err := g.projectTree(commit.TreeHash)
	if err != nil {
		return Commit{}, err
	}
	v := &view{git: g, root: root, opened: func(string) {}}
	err = read(v)
	if v.err != nil {
		return Commit{}, v.err
	}
	return describe(commit), err
}
