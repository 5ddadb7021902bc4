package base

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/gitignore"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// Ignores tells whether git leaves a file alone that lies below the project's directory, at the slash path name: it is not tracked at HEAD, and a .gitignore
// on the way to it, or .git/info/exclude, names it. Without a repository nothing is tracked, so that it is true. Patterns of the user's own configuration
// are not read: what they name counts as not ignored. Errors are *GitError, and those of files that cannot be read.
func (g *Git) Ignores(name string) (bool, error) {
	if g == nil || g.repo == nil {
		return true, nil
	}
	if tracked, err := g.Tracks(name); err != nil || len(tracked) > 0 {
		return false, err
	}
	work, err := g.repo.Worktree()
	if err != nil {
		return false, &GitError{Dir: g.prefix, Err: err}
	}
	var patterns []gitignore.Pattern
	read := func(domain []string, open func() (io.ReadCloser, error)) error {
		file, err := open()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read what git ignores: %w", err)
		}
		defer file.Close()
		lines := bufio.NewScanner(file)
		for lines.Scan() {
			if line := lines.Text(); strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#") {
				patterns = append(patterns, gitignore.ParsePattern(line, domain))
			}
		}
		return lines.Err()
	}
	if storage, ok := g.repo.Storer.(*filesystem.Storage); ok {
		if err := read(nil, func() (io.ReadCloser, error) { return storage.Filesystem().Open("info/exclude") }); err != nil {
			return false, err
		}
	}
	// Those nearer to the file count more, so that they come later.
	segments := strings.Split(path.Join(g.prefix, name), "/")
	for depth := range segments {
		domain := segments[:depth]
		if err := read(domain, func() (io.ReadCloser, error) {
			return work.Filesystem.Open(path.Join(path.Join(domain...), ".gitignore"))
		}); err != nil {
			return false, err
		}
	}
	return gitignore.NewMatcher(patterns).Match(segments, false), nil
}
