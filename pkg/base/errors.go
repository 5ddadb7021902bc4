package base

import (
	"fmt"
	"strings"
)

// GitError reports a repository that is there but cannot be read.
type GitError struct {
	Dir string
	Err error
}

func (e *GitError) Error() string {
	return fmt.Sprintf("the git repository of %s cannot be read: %v", e.Dir, e.Err)
}

func (e *GitError) Unwrap() error { return e.Err }

// MissingObjectError reports an object that git's history names and the clone does not have: a partial clone, or a damaged one.
type MissingObjectError struct {
	Hash string
	Err  error
}

func (e *MissingObjectError) Error() string {
	return fmt.Sprintf("git object %s is missing in this clone; if it is a partial one run `git fetch --refetch --filter=blob:limit=1g`, or clone again without --filter", e.Hash)
}

func (e *MissingObjectError) Unwrap() error { return e.Err }

// VersionsError reports a file whose submitted versions could not be read, so that its marks are not known.
type VersionsError struct {
	Path string
	Err  error
}

func (e *VersionsError) Error() string {
	return fmt.Sprintf("%s: its versions could not be read: %v", e.Path, e.Err)
}

func (e *VersionsError) Unwrap() error { return e.Err }

// short cuts a commit's hash for people.
func short(commit string) string {
	if len(commit) > 10 {
		commit = commit[:10]
	}
	return strings.ToLower(commit)
}
