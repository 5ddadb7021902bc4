package base

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"golang.org/x/sync/errgroup"

	"github.com/dwsync/dwsync/pkg/config"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/state"
	"github.com/dwsync/dwsync/pkg/tree"
)

// Reader reads the submitted versions of a file. It is asked only for files that need a base and were ever submitted.
type Reader interface {
	ListFileVersions(ctx context.Context, id model.FileID) ([]model.Version, error)
}

// Input is what Resolve works on.
type Input struct {
	// Keys are the objects in question: those that tree and workspace hold differently, or that only one of them holds.
	Keys []model.Key
	// Tree holds L, in the target's form; Remote holds R.
	Tree   map[model.Key]model.Object
	Remote map[model.Key]model.Remote
	// State holds what is remembered of the keys, and of the nodes in which the inner files among them lie.
	State map[model.Key]state.Base
	// Former gives the places that the workspace has for objects which the tree has elsewhere, since one side renamed them or a folder around them; nil if
	// there are none. Inside gives a key with the names that the tree has now for the containers around it; nil changes nothing.
	Former map[model.Key][]model.Key
	Inside func(model.Key) model.Key
	// Pair finds what a commit renamed; nil follows no renames. Local is where the tree's objects stand, by which those are found that are renamed since HEAD.
	Pair  Pair
	Local map[model.Key]tree.Local
	// Git may be nil.
	Git *Git
	// Versions reads the marks; nil if no file was ever submitted.
	Versions Reader
	// Workers is how many files' versions are read at once, 8 if it is 0.
	Workers int
	// Target is the name of the target, Release the last stage to which it is pushed.
	Target  string
	Release model.Stage
	// Ignored tells of fields that are never compared; nil ignores none.
	Ignored func(model.Key, model.Field) bool
	// Mapping makes the mapping of the target as the dwsync.yaml of some commit has it.
	Mapping func(config.Target) mapping.Mapping
}

// Source says where a base comes from.
type Source string

const (
	SourceUnknown Source = "unknown"
	// SourceState: the form that the state remembers.
	SourceState Source = "state"
	// SourceMark: the form whose hash stands in the newest mark.
	SourceMark Source = "mark"
	// SourceGit: a git version.
	SourceGit Source = "git"
	// SourceTrailer: a form whose hash stands in a Dwsync-Merged trailer.
	SourceTrailer Source = "trailer"
	// SourceTree: the tree's own form, of which the workspace holds an unfinished create.
	SourceTree Source = "tree"
)

// Base is the base of one object.
type Base struct {
	// Object is nil if the base is unknown. It equals the workspace's form exactly if that form is known: nobody changed it there.
	Object *model.Object
	// Known tells that the workspace's form is known, so that Object equals it.
	Known bool
	// Outdated tells that something was pushed after Object which nobody knows any more, and that the workspace holds something else since. It tells drift only: what
	// the workspace has of Object may be a roll back, and what it has of the tree need not be a write of ours that was cut short.
	Outdated bool
	Source   Source
	// Commit is the commit that the base comes from, empty if none does.
	Commit string
	// Reason says for a person where the base comes from, or why there is none.
	Reason string
}

// Resolve finds the base of each key. It reads the versions of the files that need them and walks through git's history once; what cannot be read is an
// error, what cannot be known is a Base that says why.
func Resolve(ctx context.Context, in Input) (map[model.Key]Base, error) {
	r := &resolver{Input: in, bases: make(map[model.Key]Base, len(in.Keys))}
	if err := r.run(ctx); err != nil {
		return nil, err
	}
	return r.bases, nil
}

func (r *resolver) run(ctx context.Context) error {
	if err := r.readMarks(ctx); err != nil {
		return err
	}
	if err := r.loadHistory(ctx); err != nil {
		return err
	}
	r.mapper = &mapper{git: r.Git, target: r.Target, build: r.Mapping, byBlob: map[plumbing.Hash]*targetMapping{}}
	if err := r.searchHistory(ctx); err != nil {
		return err
	}
	return r.fallBack(ctx)
}

type resolver struct {
	Input
	cases   []*openCase
	bases   map[model.Key]Base
	history *history
	mapper  *mapper
	// walked is the walk for the git versions, nil if none was needed.
	walked *walker
}

// readMarks makes the cases and reads the versions that they need.
func (r *resolver) readMarks(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(cmp.Or(max(r.Workers, 0), 8))
	seen := make(map[model.Key]bool, len(r.Keys))
	_, hasHead := r.Git.Head()
	// The inner files of a node share its versions.
	byFile := map[model.FileID][]*openCase{}
	var files []model.FileID
	for _, k := range r.Keys {
		if seen[k] {
			continue
		}
		seen[k] = true
		c := newCase(r.Input, k)
		r.cases = append(r.cases, c)
		if r.Versions == nil || !c.mayHaveVersions() {
			continue
		}
		if !hasHead && c.tree == nil && c.state == nil {
			// Nobody here ever had it, and no commit can be meant by a mark: a first pull saves a call for each file.
			continue
		}
		id := c.released.FileID
		if byFile[id] == nil {
			files = append(files, id)
		}
		byFile[id] = append(byFile[id], c)
	}
	for _, id := range files {
		group.Go(func() error {
			versions, err := r.Versions.ListFileVersions(ctx, id)
			if err != nil {
				return &VersionsError{Path: byFile[id][0].key.String(), Err: err}
			}
			for _, c := range byFile[id] {
				c.setVersions(versions)
			}
			return nil
		})
	}
	return group.Wait()
}

// mayHaveVersions tells whether the file, or the node that it lies in, may ever have been submitted.
func (c *openCase) mayHaveVersions() bool {
	if c.released == nil {
		return false
	}
	r := *c.released
	k := r.Object.Key
	return k.Kind.IsFile() && k.LastStage() > model.StageSaved && (r.CurrentVersion > 0 || r.NodeID != "" || r.Stage > model.StageSaved)
}

// loadHistory reads the commit graph as far back as a case needs it, and sets each case's floor.
func (r *resolver) loadHistory(ctx context.Context) error {
	git, hasHead := r.Git, false
	if _, hasHead = git.Head(); !hasHead {
		git = nil
	}
	points := map[string]time.Time{}
	oldest, everything := time.Time{}, false
	need := func(t time.Time) {
		if oldest.IsZero() || t.Before(oldest) {
			oldest = t
		}
	}
	for _, c := range r.cases {
		placed := false
		for _, commit := range c.points() {
			if git == nil {
				break
			}
			if _, known := points[commit]; !known {
				t, _, err := git.commitTime(plumbing.NewHash(commit))
				if err != nil {
					return err
				}
				points[commit] = t
			}
			if t := points[commit]; !t.IsZero() {
				placed = true
				need(t)
			}
		}
		if oldest, all := c.reach(); !placed && all {
			everything = true
		} else if !placed && !oldest.IsZero() {
			need(oldest)
		}
	}
	if everything {
		oldest = time.Time{}
	} else if !oldest.IsZero() {
		oldest = oldest.Add(-clockSlop)
	} else if git != nil {
		oldest = git.head.Committer.When
	}
	hashes := make([]plumbing.Hash, 0, len(points))
	for commit, t := range points {
		if !t.IsZero() {
			hashes = append(hashes, plumbing.NewHash(commit))
		}
	}
	var err error
	if r.history, err = git.loadHistory(ctx, oldest, hashes); err != nil {
		return err
	}
	for _, c := range r.cases {
		c.setFloor(r.history, hasHead)
	}
	return nil
}

// searchHistory settles what needs no version, then walks for the rest.
func (r *resolver) searchHistory(ctx context.Context) error {
	var quests []quest
	for _, c := range r.cases {
		if c.known() || c.merged(r.history) || !c.wantsVersions() {
			continue
		}
		for _, place := range c.places {
			c.quests = append(c.quests, len(quests))
			quests = append(quests, quest{key: place, floor: c.floor, see: c.see, movedInto: c.noteMove(place)})
		}
	}
	if len(quests) == 0 || len(r.history.commits) == 0 {
		return nil
	}
	var err error
	r.walked, err = r.walk(ctx, quests)
	return err
}

// fallBack gives what is still open the form at its floor, and writes the reasons.
func (r *resolver) fallBack(ctx context.Context) error {
	byFloor := map[plumbing.Hash][]*openCase{}
	for _, c := range r.cases {
		if c.wantsFloorVersion() {
			byFloor[c.floor] = append(byFloor[c.floor], c)
		}
	}
	for floor, cases := range byFloor {
		if err := ctx.Err(); err != nil {
			return err
		}
		commit, reached := r.history.index[floor]
		if !reached {
			continue
		}
		var keys []model.Key
		for _, c := range cases {
			c.atFloorIn = r.placesIn(commit, c)
			keys = append(keys, c.atFloorIn...)
		}
		versions, err := r.Git.versionsAt(r.history, r.mapper, commit, keys)
		if err != nil {
			return err
		}
		for k, v := range versions {
			if r.walked != nil {
				v.now = r.walked.trail.now(commit, k)
			}
			versions[k] = v
		}
		for _, c := range cases {
			c.takeFloor(versions)
		}
	}
	for _, c := range r.cases {
		c.settleCandidate()
		c.settleLikely()
		r.bases[c.key] = c.conclude(r.Git)
	}
	return nil
}

// placesIn gives the places that a case's object had in a commit.
func (r *resolver) placesIn(commit int, c *openCase) []model.Key {
	if len(c.quests) == 0 || r.walked == nil {
		return c.places
	}
	var places []model.Key
	for _, i := range c.quests {
		if stood := r.walked.trail.at(commit, i, r.walked.quests[i].key); !stood.gone && !slices.Contains(places, stood.key) {
			places = append(places, stood.key)
		}
	}
	return places
}
