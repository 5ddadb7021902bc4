package base

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/dwsync/dwsync/pkg/model"
)

// LogEntry is a submitted version of a file with the commits that came into the workspace with it; or, without a version, the commits that none carries yet.
type LogEntry struct {
	// Version is nil for commits that were not submitted.
	Version *model.Version
	// Mark is what the version's comment says of its push; nil if it was not submitted by dwsync.
	Mark *Mark
	// Carried is the commit that the push stood on, nil if there is no mark or the clone does not have the commit.
	Carried *Commit
	// Commits are those that changed the file and came with this version, youngest first: at or before Carried, and with no older version.
	Commits []Commit
}

// Log lays the submitted versions of a file beside the commits of HEAD that changed one of its paths (slash paths below the project's directory), newest
// version first; what no version carries comes before all. A commit changed a path if the path differs there from each of the commit's parents. Marks count by
// their commit; a version without a mark, or whose commit HEAD does not reach, carries no commit.
func (g *Git) Log(ctx context.Context, versions []model.Version, paths []string) ([]LogEntry, error) {
	h, err := g.loadHistory(ctx, time.Time{}, nil)
	if err != nil {
		return nil, err
	}
	changed, err := g.changesOf(ctx, h, paths)
	if err != nil {
		return nil, err
	}
	oldestFirst := slices.Clone(versions)
	slices.SortStableFunc(oldestFirst, func(a, b model.Version) int { return a.Number - b.Number })
	told := make([]bool, len(h.commits))
	var entries []LogEntry
	for _, v := range oldestFirst {
		e := LogEntry{Version: &v}
		if mark, found := ParseComment(v.Comment); found {
			e.Mark = &mark
			if e.Carried, err = g.commit(mark.Commit); err != nil {
				return nil, err
			}
			if at, reached := h.index[plumbing.NewHash(mark.Commit)]; reached && mark.Commit != "" {
				if e.Commits, err = g.describeAll(h, h.untold(at, told), changed); err != nil {
					return nil, err
				}
			}
		}
		entries = append(entries, e)
	}
	if len(h.commits) > 0 {
		waiting, err := g.describeAll(h, h.untold(0, told), changed)
		if err != nil {
			return nil, err
		}
		if len(waiting) > 0 {
			entries = append(entries, LogEntry{Commits: waiting})
		}
	}
	slices.Reverse(entries)
	return entries, nil
}

// untold gives the commits at or before one that were not told yet, youngest first, and tells them.
func (h *history) untold(from int, told []bool) []int {
	var found []int
	for next := []int{from}; len(next) > 0; {
		i := next[len(next)-1]
		next = next[:len(next)-1]
		if told[i] {
			continue
		}
		told[i] = true
		found = append(found, i)
		next = append(next, h.commits[i].parents...)
	}
	slices.Sort(found) // a history is youngest first
	return found
}

// changesOf tells which commits changed one of the paths.
func (g *Git) changesOf(ctx context.Context, h *history, paths []string) ([]bool, error) {
	held, changed := make([]string, len(h.commits)), make([]bool, len(h.commits))
	for i, c := range h.commits {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		root, err := g.projectTree(c.root)
		if err != nil {
			return nil, err
		}
		if held[i], err = g.hashesOf(root, paths); err != nil {
			return nil, err
		}
	}
	nothing := strings.Repeat(plumbing.ZeroHash.String(), len(paths))
	for i, c := range h.commits {
		changed[i] = held[i] != nothing || len(c.parents) > 0
		for _, parent := range c.parents {
			changed[i] = changed[i] && held[parent] != held[i]
		}
	}
	return changed, nil
}

// hashesOf gives the hashes of what a directory holds at some paths, one behind the other; zeros where it holds nothing.
func (g *Git) hashesOf(root plumbing.Hash, paths []string) (string, error) {
	var all strings.Builder
	for _, name := range paths {
		hash := plumbing.ZeroHash
		if !root.IsZero() {
			e, found, err := g.find(root, name)
			if err != nil {
				return "", err
			}
			if found {
				hash = e.hash
			}
		}
		all.WriteString(hash.String())
	}
	return all.String(), nil
}

// describeAll gives those of the commits that changed the file.
func (g *Git) describeAll(h *history, commits []int, changed []bool) ([]Commit, error) {
	var all []Commit
	for _, i := range commits {
		if !changed[i] {
			continue
		}
		c, err := object.GetCommit(g.repo.Storer, h.commits[i].hash)
		if err != nil {
			return nil, missing(h.commits[i].hash, err)
		}
		all = append(all, describe(c))
	}
	return all, nil
}

// commit gives a commit that the clone has, on whatever branch; nil if it does not.
func (g *Git) commit(hash string) (*Commit, error) {
	if g == nil || g.repo == nil || hash == "" {
		return nil, nil
	}
	if _, there, err := g.commitTime(plumbing.NewHash(hash)); err != nil || !there {
		return nil, err
	}
	c, err := object.GetCommit(g.repo.Storer, plumbing.NewHash(hash))
	if err != nil {
		return nil, err
	}
	described := describe(c)
	return &described, nil
}
