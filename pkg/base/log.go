package base

import (
	"slices"

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
	Commits []LogCommit
}

// LogCommit is a commit that changed a file.
type LogCommit struct {
	Commit
	// Key is where the file stood then, if it has another place now; else it is zero.
	Key model.Key
}

// Log lays the submitted versions of the file beside the commits of HEAD that changed it, newest version first; what no version carries comes before all. Marks
// count by their commit; a version without a mark, or whose commit HEAD does not reach, carries no commit.
func (f *FileHistory) Log(versions []model.Version) ([]LogEntry, error) {
	g, h := f.git, f.history
	oldestFirst := slices.Clone(versions)
	slices.SortStableFunc(oldestFirst, func(a, b model.Version) int { return a.Number - b.Number })
	told := make([]bool, len(h.commits))
	var entries []LogEntry
	for _, v := range oldestFirst {
		e := LogEntry{Version: &v}
		if mark, found := ParseComment(v.Comment); found {
			e.Mark = &mark
			var err error
			if e.Carried, err = g.commit(mark.Commit); err != nil {
				return nil, err
			}
			if at, reached := h.index[plumbing.NewHash(mark.Commit)]; reached && mark.Commit != "" {
				if e.Commits, err = f.describeAll(h.untold(at, told)); err != nil {
					return nil, err
				}
			}
		}
		entries = append(entries, e)
	}
	if len(h.commits) > 0 {
		waiting, err := f.describeAll(h.untold(0, told))
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

// describeAll gives those of the commits that changed the file.
func (f *FileHistory) describeAll(commits []int) ([]LogCommit, error) {
	var all []LogCommit
	for _, i := range commits {
		if !f.changed[i] {
			continue
		}
		hash := f.history.commits[i].hash
		c, err := object.GetCommit(f.git.repo.Storer, hash)
		if err != nil {
			return nil, missing(hash, err)
		}
		described := LogCommit{Commit: describe(c)}
		if k := f.stood[i].key; !k.SamePlace(f.names[0]) {
			described.Key = k
		}
		all = append(all, described)
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
