package base

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/tree"
)

// FileHistory is where one file of the tree stood in each commit that HEAD reaches, under the names that it had.
type FileHistory struct {
	git     *Git
	history *history
	// stood is where it stood in each commit, or before it went; changed tells which commits changed it, or gave it its place.
	stood   []standing
	changed []bool
	names   []model.Key
}

// standing is where a file stands in a commit. held are the hashes of its paths there, "" if it is not there; ended tells that from there on back the name was
// another file's.
type standing struct {
	key   model.Key
	paths []string
	held  string
	ended bool
}

// Follow looks for a file of the working tree in all commits of HEAD. A commit changed it if its paths, or what they hold, differ there from each of the commit's
// parents. pair finds what a commit renamed; what the working tree holds in another place than HEAD was renamed since.
func (g *Git) Follow(ctx context.Context, k model.Key, now map[model.Key]tree.Local, pair Pair) (*FileHistory, error) {
	h, err := g.loadHistory(ctx, time.Time{}, nil)
	if err != nil {
		return nil, err
	}
	f := &FileHistory{git: g, history: h, stood: make([]standing, len(h.commits)), changed: make([]bool, len(h.commits)), names: []model.Key{k}}
	roots := make([]plumbing.Hash, len(h.commits))
	for i, c := range h.commits {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if roots[i], err = g.projectTree(c.root); err != nil {
			return nil, err
		}
		younger := standing{key: k, paths: pathsOf(now[k]), held: "in the working tree"}
		renames := func() (*renaming, error) {
			return g.renamesSince(roots[i], workingTree{
				local:   now,
				form:    func(k model.Key) (model.Object, bool) { return now[k].Object, true },
				forward: func(local model.Object) (model.Object, bool) { return local, true },
			}, pair)
		}
		if c.via >= 0 {
			younger = f.stood[c.via]
			renames = func() (*renaming, error) { return g.renamesBetween(roots[i], roots[c.via], pair) }
		}
		if f.stood[i], err = g.stoodBefore(younger, roots[i], renames); err != nil {
			return nil, err
		}
		if stood := f.stood[i]; !slices.Contains(f.names, stood.key) {
			f.names = append(f.names, stood.key)
		}
	}
	for i, c := range h.commits {
		f.changed[i] = f.stood[i].held != "" || len(c.parents) > 0
		for _, parent := range c.parents {
			f.changed[i] = f.changed[i] && !f.stood[parent].isAs(f.stood[i])
		}
	}
	return f, nil
}

func pathsOf(local tree.Local) []string {
	if local.Content == "" {
		return []string{local.Meta}
	}
	return []string{local.Meta, local.Content}
}

// isAs tells whether a file is the same, in the same place, in two commits.
func (s standing) isAs(other standing) bool {
	return s.held == other.held && (s.held == "" || slices.Equal(s.paths, other.paths))
}

// stoodBefore gives where a file stands in an older commit: where it stands in the younger one, or where that took it from.
func (g *Git) stoodBefore(younger standing, root plumbing.Hash, renames func() (*renaming, error)) (standing, error) {
	older := younger
	if older.ended {
		return older, nil
	}
	var err error
	if older.held, err = g.hashesOf(root, older.paths); err != nil || (older.held == "") == (younger.held == "") {
		return older, err
	}
	r, err := renames()
	if err != nil {
		return older, err
	}
	if former, renamed := r.former[older.key]; renamed {
		older.key, older.paths = former.key, former.paths
		older.held, err = g.hashesOf(root, older.paths)
	} else if r.left[older.key] {
		older.held, older.ended = "", true
	}
	return older, err
}

// hashesOf gives the hashes of what a directory holds at some paths, one behind the other; "" if it holds nothing there.
func (g *Git) hashesOf(root plumbing.Hash, paths []string) (string, error) {
	var all strings.Builder
	nothing := true
	for _, name := range paths {
		hash := plumbing.ZeroHash
		if !root.IsZero() {
			e, found, err := g.find(root, name)
			if err != nil {
				return "", err
			}
			if found {
				hash, nothing = e.hash, false
			}
		}
		all.WriteString(hash.String())
	}
	if nothing {
		return "", nil
	}
	return all.String(), nil
}

// Names gives the places that the file had, the youngest first; the first is the one that it has.
func (f *FileHistory) Names() []model.Key { return slices.Clone(f.names) }
