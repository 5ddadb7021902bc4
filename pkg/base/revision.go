package base

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// RevisionError reports a name that means no commit of the repository, or a project without a repository.
type RevisionError struct {
	Revision string
	// TooFar tells that the name goes back to a parent which a commit has not: behind the first one, or behind those that a shallow clone has.
	TooFar bool
	// Shallow tells that the clone was cut, so that the commit may only be missing here.
	Shallow bool
	Err     error
}

func (e *RevisionError) Error() string {
	if errors.Is(e.Err, errNoRepository) {
		return fmt.Sprintf("%s is no commit: %v", e.Revision, e.Err)
	}
	text := fmt.Sprintf("%s is no commit of this repository", e.Revision)
	switch {
	case e.TooFar:
		text += ": it goes back to a parent that a commit does not have, as HEAD~1 does on the first one"
	case e.Err != nil:
		text += ": " + e.Err.Error()
	}
	if e.Shallow {
		return text + "; this clone is shallow, fetch the history (git fetch --unshallow; in CI fetch-depth: 0)"
	}
	return text + "; name a branch, a tag, or a commit that `git log --oneline` lists"
}

var (
	errNoRepository = errors.New("the project is in no git repository")
	errReflog       = errors.New("names out of the reflog are not read, since every clone has another one")
)

// Unwrap gives what git said.
func (e *RevisionError) Unwrap() error { return e.Err }

// At shows the project's directory as a revision has it, for the time of read: a branch, a tag, a hash, HEAD~3, as `git rev-parse` takes them. A directory that
// the revision does not have is empty. What git itself cannot read is an error, whatever read makes of it. Errors: *RevisionError, *MissingObjectError,
// those of git, and those of read.
func (g *Git) At(revision string, read func(fs.FS) error) (Commit, error) {
	if g == nil || g.repo == nil {
		return Commit{}, &RevisionError{Revision: revision, Err: errNoRepository}
	}
	if strings.Contains(revision, "@{") {
		// go-git takes HEAD@{1} for HEAD.
		return Commit{}, &RevisionError{Revision: revision, Err: errReflog}
	}
	hash, err := g.repo.ResolveRevision(plumbing.Revision(revision))
	if err != nil {
		return Commit{}, &RevisionError{Revision: revision, TooFar: errors.Is(err, io.EOF), Shallow: g.Shallow(), Err: err}
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
