package base

import (
	"context"
	"maps"
	"path"
	"slices"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// Left gives the files, as sorted slash paths below the project's directory, that a commit which HEAD reaches had, and HEAD has not; only those of which wanted
// says yes. Each commit is compared with the one through which it was found, and only where their directories differ. Without a repository nothing left it.
func (g *Git) Left(ctx context.Context, wanted func(file string) bool) ([]string, error) {
	h, err := g.loadHistory(ctx, time.Time{}, nil)
	if err != nil {
		return nil, err
	}
	left := map[string]bool{}
	roots := make([]plumbing.Hash, len(h.commits))
	for i, c := range h.commits {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if roots[i], err = g.projectTree(c.root); err != nil {
			return nil, err
		}
		if c.via < 0 {
			continue
		}
		err := g.onlyIn(roots[i], roots[c.via], "", func(file string) {
			if !left[file] && wanted(file) {
				left[file] = true
			}
		})
		if err != nil {
			return nil, err
		}
	}
	for file := range left {
		e, found, err := g.find(roots[0], file)
		if err != nil {
			return nil, err
		}
		if found && e.isFile() {
			delete(left, file)
		}
	}
	return slices.Sorted(maps.Keys(left)), nil
}

// onlyIn shows the files that directory a has and b has not; either may be absent (the zero hash). Both have the slash path dir.
func (g *Git) onlyIn(a, b plumbing.Hash, dir string, show func(file string)) error {
	if a == b {
		return nil
	}
	rawA, err := g.tree(a)
	if err != nil {
		return err
	}
	rawB, err := g.tree(b)
	if err != nil {
		return err
	}
	restB := string(rawB)
	for x, err := range rawA.entries() {
		if err != nil {
			return err
		}
		// Both are in git's order: what comes before x in b has no counterpart in a.
		y, afterY, hasY := nextEntry(restB)
		for hasY && y.before(x) {
			restB = afterY
			y, afterY, hasY = nextEntry(restB)
		}
		if restB != "" && !hasY {
			return errMalformed
		}
		counterpart := plumbing.ZeroHash
		if hasY && !x.before(y) {
			counterpart = y.hash
		}
		switch {
		case x.isDir():
			err = g.onlyIn(x.hash, counterpart, path.Join(dir, x.name), show)
		case counterpart.IsZero():
			show(path.Join(dir, x.name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
