package base

import (
	"container/heap"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/dwsync/dwsync/pkg/model"
)

// clockSlop is how far commits' clocks may be apart. A clock that is wrong by more may hide versions between a floor and HEAD, so that
// what the workspace holds looks edited there, and a person is asked.
const clockSlop = 24 * time.Hour

// history holds the commits that HEAD reaches, youngest first, as far back as was asked for.
type history struct {
	commits []historyCommit
	index   map[plumbing.Hash]int
	// points are the commits that objects' floors may be; holds gives for each commit which of them come before it, as one bit each.
	points map[plumbing.Hash]int
	words  int
	holds  []uint64
	// merged are the hashes in Dwsync-Merged trailers, with the commits that carry them.
	merged map[model.Hash][]int
	// order numbers the commits so that those which were found through one follow it, as many as found says, itself included.
	order, found []int
}

type historyCommit struct {
	hash plumbing.Hash
	root plumbing.Hash
	// time is when it was written, as far as that is known: a rebase makes an old commit anew, but leaves it the time of its author.
	time    time.Time
	parents []int
	// via is the commit through which this one was found, -1 for HEAD. Each commit is compared with that one alone.
	via int
}

// loadHistory reads commits from HEAD until all points are found and all commits that are younger than oldest are read; the zero time reads all. points
// that HEAD does not reach stay out.
func (g *Git) loadHistory(ctx context.Context, oldest time.Time, points []plumbing.Hash) (*history, error) {
	h := &history{index: map[plumbing.Hash]int{}, points: map[plumbing.Hash]int{}, merged: map[model.Hash][]int{}}
	if g == nil || g.head == nil {
		return h, nil
	}
	queue := &commitQueue{{commit: g.head, via: -1}}
	queued := map[plumbing.Hash]bool{g.head.Hash: true}
	missed := make(map[plumbing.Hash]bool, len(points))
	for _, p := range points {
		missed[p] = true
	}
	var parents [][]plumbing.Hash
	for queue.Len() > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		next := heap.Pop(queue).(queuedCommit)
		c := next.commit
		if len(missed) == 0 && c.Committer.When.Before(oldest) {
			break
		}
		i := len(h.commits)
		h.index[c.Hash] = i
		delete(missed, c.Hash)
		h.commits = append(h.commits, historyCommit{hash: c.Hash, root: c.TreeHash, time: written(c), via: next.via})
		for _, hash := range trailers(c.Message) {
			h.merged[hash] = append(h.merged[hash], i)
		}
		if g.shallow[c.Hash] {
			parents = append(parents, nil)
			continue
		}
		parents = append(parents, c.ParentHashes)
		for _, hash := range c.ParentHashes {
			if queued[hash] {
				continue
			}
			queued[hash] = true
			parent, err := object.GetCommit(g.repo.Storer, hash)
			if err != nil {
				return nil, missing(hash, err)
			}
			heap.Push(queue, queuedCommit{commit: parent, via: i})
		}
	}
	for i, hashes := range parents {
		for _, hash := range hashes {
			if p, found := h.index[hash]; found {
				h.commits[i].parents = append(h.commits[i].parents, p)
			}
		}
	}
	h.mark(points)
	h.number()
	return h, nil
}

func written(c *object.Commit) time.Time {
	if c.Author.When.Before(c.Committer.When) {
		return c.Author.When
	}
	return c.Committer.When
}

// number fills order and found. A commit comes after the one through which it was found.
func (h *history) number() {
	h.order, h.found = make([]int, len(h.commits)), make([]int, len(h.commits))
	for i := len(h.commits) - 1; i >= 0; i-- {
		h.found[i]++
		if via := h.commits[i].via; via >= 0 {
			h.found[via] += h.found[i]
		}
	}
	next := make([]int, len(h.commits))
	for i, c := range h.commits {
		if c.via >= 0 {
			h.order[i] = next[c.via]
			next[c.via] += h.found[i]
		}
		next[i] = h.order[i] + 1
	}
}

// foundThrough tells whether a commit was found through another one, or is it.
func (h *history) foundThrough(commit, other int) bool {
	return h.order[commit] >= h.order[other] && h.order[commit] < h.order[other]+h.found[other]
}

// mark computes which points come before each commit, parents before children.
func (h *history) mark(points []plumbing.Hash) {
	for _, p := range points {
		if _, reached := h.index[p]; reached {
			if _, known := h.points[p]; !known {
				h.points[p] = len(h.points)
			}
		}
	}
	h.words = (len(h.points) + 63) / 64
	h.holds = make([]uint64, h.words*len(h.commits))
	children := make([][]int, len(h.commits))
	waits := make([]int, len(h.commits))
	var ready []int
	for i, c := range h.commits {
		waits[i] = len(c.parents)
		for _, p := range c.parents {
			children[p] = append(children[p], i)
		}
		if waits[i] == 0 {
			ready = append(ready, i)
		}
	}
	for len(ready) > 0 {
		i := ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		row := h.row(i)
		if bit, is := h.points[h.commits[i].hash]; is {
			row[bit/64] |= 1 << (bit % 64)
		}
		for _, p := range h.commits[i].parents {
			for w, word := range h.row(p) {
				row[w] |= word
			}
		}
		for _, child := range children[i] {
			if waits[child]--; waits[child] == 0 {
				ready = append(ready, child)
			}
		}
	}
}

func (h *history) row(commit int) []uint64 { return h.holds[commit*h.words : (commit+1)*h.words] }

// reaches tells whether the point is HEAD or comes before it.
func (h *history) reaches(point plumbing.Hash) bool {
	_, found := h.points[point]
	return found
}

// atOrAfter tells whether a commit is the point or comes after it.
func (h *history) atOrAfter(commit int, point plumbing.Hash) bool {
	bit, found := h.points[point]
	return found && h.row(commit)[bit/64]&(1<<(bit%64)) != 0
}

const mergedTrailer = "dwsync-merged:"

// trailers gives the hashes of the Dwsync-Merged lines of a message. A squash may have put them anywhere in it.
func trailers(message string) []model.Hash {
	var hashes []model.Hash
	for line := range strings.Lines(message) {
		line = strings.TrimSpace(line)
		if len(line) < len(mergedTrailer) || !strings.EqualFold(line[:len(mergedTrailer)], mergedTrailer) {
			continue
		}
		value, _, _ := strings.Cut(strings.TrimSpace(line[len(mergedTrailer):]), " ")
		if isHex(value, hashLength) {
			hashes = append(hashes, model.Hash(strings.ToLower(value)))
		}
	}
	return hashes
}

// commitTime gives the time of a commit that the clone has.
func (g *Git) commitTime(hash plumbing.Hash) (time.Time, bool, error) {
	c, err := object.GetCommit(g.repo.Storer, hash)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, err
	}
	return c.Committer.When, true, nil
}

type queuedCommit struct {
	commit *object.Commit
	via    int
}

// commitQueue gives the youngest commit first, by hash where two are of one second.
type commitQueue []queuedCommit

func (q commitQueue) Len() int { return len(q) }
func (q commitQueue) Less(i, j int) bool {
	a, b := q[i].commit, q[j].commit
	if !a.Committer.When.Equal(b.Committer.When) {
		return a.Committer.When.After(b.Committer.When)
	}
	return a.Hash.String() < b.Hash.String()
}
func (q commitQueue) Swap(i, j int)  { q[i], q[j] = q[j], q[i] }
func (q *commitQueue) Push(item any) { *q = append(*q, item.(queuedCommit)) }
func (q *commitQueue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
