package base

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// Commit is what people want to know of a commit.
type Commit struct {
	// Hash is 40 hex digits.
	Hash    string
	Subject string
	Author  string
	// Time is when it was committed.
	Time time.Time
}

// Git is the repository of a project, at the HEAD of the moment when it was opened. Without a repository it works, and knows no commit and no version.
// It is not safe for concurrent use.
type Git struct {
	repo *gogit.Repository
	// prefix is the slash path of the project below the root of the working tree, "." for the root itself.
	prefix  string
	head    *object.Commit
	shallow map[plumbing.Hash]bool
	trees   treeCache
}

// objectCache is how much of the objects that were read last go-git keeps: a directory of 10,000 files takes 1 MB.
const objectCache = 24 * cache.MiByte

// OpenGit opens the repository that holds the project's directory dir: there or in a directory above it. Without a repository, or in a bare one, it gives
// a Git that knows nothing. Errors are *GitError.
func OpenGit(dir string) (*Git, error) {
	dir, err := realPath(dir)
	if err != nil {
		return nil, &GitError{Dir: dir, Err: err}
	}
	repo, err := gogit.PlainOpenWithOptions(dir, &gogit.PlainOpenOptions{DetectDotGit: true, EnableDotGitCommonDir: true})
	if errors.Is(err, gogit.ErrRepositoryNotExists) {
		return &Git{}, nil
	}
	if err != nil {
		return nil, &GitError{Dir: dir, Err: err}
	}
	work, err := repo.Worktree()
	if errors.Is(err, gogit.ErrIsBareRepository) {
		return &Git{}, nil
	}
	if err != nil {
		return nil, &GitError{Dir: dir, Err: err}
	}
	prefix, err := below(work.Filesystem.Root(), dir)
	if err != nil {
		return nil, &GitError{Dir: dir, Err: err}
	}
	if storage, ok := repo.Storer.(*filesystem.Storage); ok {
		// Opened plainly, a repository opens its packs again for each object that is read.
		kept := filesystem.NewStorageWithOptions(storage.Filesystem(), cache.NewObjectLRU(objectCache), filesystem.Options{KeepDescriptors: true, LargeObjectThreshold: maxBlob})
		if repo, err = gogit.Open(kept, work.Filesystem); err != nil {
			return nil, &GitError{Dir: dir, Err: err}
		}
	}
	g, err := newGit(repo, prefix)
	if err != nil {
		return nil, errors.Join(&GitError{Dir: dir, Err: err}, (&Git{repo: repo}).Close())
	}
	return g, nil
}

// Close lets go of the repository's files. It may be called twice, and on a Git without a repository.
func (g *Git) Close() error {
	if g == nil || g.repo == nil {
		return nil
	}
	if storage, ok := g.repo.Storer.(*filesystem.Storage); ok {
		return storage.Close()
	}
	return nil
}

// below gives the slash path of dir below root.
func below(root, dir string) (string, error) {
	root, err := realPath(root)
	if err != nil {
		return "", err
	}
	relative, err := filepath.Rel(root, dir)
	return filepath.ToSlash(relative), err
}

// realPath gives the absolute path without symbolic links: as git does, what lies above a directory is looked for where the directory is.
func realPath(dir string) (string, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return dir, err
	}
	return filepath.EvalSymlinks(absolute)
}

func newGit(repo *gogit.Repository, prefix string) (*Git, error) {
	g := &Git{repo: repo, prefix: path.Clean(prefix), shallow: map[plumbing.Hash]bool{}}
	cut, err := repo.Storer.Shallow()
	if err != nil {
		return nil, err
	}
	for _, hash := range cut {
		g.shallow[hash] = true
	}
	head, err := repo.Head()
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return g, nil
	}
	if err != nil {
		return nil, err
	}
	if g.head, err = object.GetCommit(repo.Storer, head.Hash()); err != nil {
		return nil, missing(head.Hash(), err)
	}
	return g, nil
}

// Head gives the commit that the working tree stands on; false without a repository, or before its first commit.
func (g *Git) Head() (Commit, bool) {
	if g == nil || g.head == nil {
		return Commit{}, false
	}
	return describe(g.head), true
}

// Shallow tells whether the clone was cut (`git clone --depth`), so that versions and marks of older commits cannot be found in it. The remedy is
// `git fetch --unshallow`, in CI `fetch-depth: 0`.
func (g *Git) Shallow() bool { return g != nil && len(g.shallow) > 0 }

func describe(c *object.Commit) Commit {
	subject, _, _ := strings.Cut(strings.TrimSpace(c.Message), "\n")
	return Commit{Hash: c.Hash.String(), Subject: oneLine(subject), Author: oneLine(c.Author.Name), Time: c.Committer.When}
}

// Dirty gives those of the slash paths below the project's directory that differ from HEAD, byte for byte; fsys is that directory. Only these paths are
// looked at, never the whole working tree. A path that neither side has does not differ. Without a commit every path that is there differs.
func (g *Git) Dirty(fsys fs.FS, paths ...string) ([]string, error) {
	var root plumbing.Hash
	if g != nil && g.head != nil {
		var err error
		if root, err = g.projectTree(g.head.TreeHash); err != nil {
			return nil, err
		}
	}
	var dirty []string
	for _, name := range paths {
		same, err := g.sameAsTree(fsys, root, name)
		if err != nil {
			return nil, err
		}
		if !same {
			dirty = append(dirty, name)
		}
	}
	return dirty, nil
}

func (g *Git) sameAsTree(fsys fs.FS, root plumbing.Hash, name string) (bool, error) {
	var committed entry
	var found bool
	if !root.IsZero() {
		var err error
		if committed, found, err = g.find(root, name); err != nil {
			return false, err
		}
	}
	info, err := fs.Stat(fsys, name)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return !found, nil
	case err != nil:
		return false, err
	case !found:
		return false, nil
	case info.IsDir() || committed.isDir():
		return info.IsDir() && committed.isDir(), nil
	}
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return false, err
	}
	return committed.isFile() && plumbing.ComputeHash(plumbing.BlobObject, data) == committed.hash, nil
}

// Tracks gives the files that HEAD holds in dir, a slash path below the project's directory, in git's order.
func (g *Git) Tracks(dir string) ([]string, error) {
	if g == nil || g.head == nil {
		return nil, nil
	}
	root, err := g.projectTree(g.head.TreeHash)
	if err != nil || root.IsZero() {
		return nil, err
	}
	e, found, err := g.find(root, dir)
	if err != nil || !found {
		return nil, err
	}
	return g.filesBelow(e, dir, nil)
}

func (g *Git) filesBelow(e entry, name string, files []string) ([]string, error) {
	if !e.isDir() {
		return append(files, name), nil
	}
	t, err := g.tree(e.hash)
	if err != nil {
		return nil, err
	}
	for sub, err := range t.entries() {
		if err != nil {
			return nil, err
		}
		if files, err = g.filesBelow(sub, path.Join(name, sub.name), files); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// maxBlob is how much of a file is read out of git: more than tree and config accept, so that a file that is too large is still seen to be.
const maxBlob = 32 << 20

// blob reads a file's content out of git.
func (g *Git) blob(hash plumbing.Hash) ([]byte, error) {
	var b bytes.Buffer
	err := g.object(plumbing.BlobObject, hash, &b)
	return b.Bytes(), err
}

// object reads an object into a buffer of its size.
func (g *Git) object(t plumbing.ObjectType, hash plumbing.Hash, into interface {
	io.Writer
	Grow(n int)
}) error {
	encoded, err := g.repo.Storer.EncodedObject(t, hash)
	if err != nil {
		return missing(hash, err)
	}
	r, err := encoded.Reader()
	if err != nil {
		return err
	}
	var from io.Reader = r
	if t == plumbing.BlobObject {
		from = io.LimitReader(r, maxBlob)
	}
	into.Grow(int(min(encoded.Size(), maxBlob)))
	_, err = io.Copy(into, from)
	return errors.Join(err, r.Close())
}

// missing names the object that a clone lacks.
func missing(hash plumbing.Hash, err error) error {
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return &MissingObjectError{Hash: hash.String(), Err: err}
	}
	return err
}
