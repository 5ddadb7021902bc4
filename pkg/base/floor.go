package base

import (
	"slices"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/dwsync/dwsync/pkg/model"
)

// What sets a floor is a form: that of the state, or the one that a mark says was pushed. Where everything was committed it is the version that the floor's
// commit holds. Where somebody pushed, pulled or merged before committing, it is newer than that version: it replaced it in the workspace. Whoever finds the
// version there afterwards finds a roll back.

// points gives the commits that may set the floor.
func (c *openCase) points() []string {
	var commits []string
	if c.state != nil && c.state.Commit != "" {
		commits = append(commits, c.state.Commit)
	}
	if c.mark != nil && c.mark.Commit != "" {
		commits = append(commits, c.mark.Commit)
	}
	return commits
}

// setFloor finds the later of the state's and the newest mark's commit, each only if HEAD contains it. Of two that lie on different branches the mark's is
// taken: a fresh clone, which has no state, must come to the same end.
func (c *openCase) setFloor(h *history, hasHead bool) {
	if !hasHead {
		c.noHead = true
		c.hasFloor = c.state != nil && c.markAgreesWithState()
		c.fromState = c.hasFloor
		return
	}
	var stateAt, markAt plumbing.Hash
	if c.state != nil {
		stateAt = plumbing.NewHash(c.state.Commit)
	}
	if c.mark != nil {
		markAt = plumbing.NewHash(c.mark.Commit)
	}
	hasState, hasMark := h.reaches(stateAt), h.reaches(markAt)
	switch {
	case hasState && hasMark && stateAt == markAt:
		c.fromState, c.fromMark = c.laterAtOneCommit()
	case hasState && hasMark:
		c.fromState = h.atOrAfter(h.index[stateAt], markAt)
		c.fromMark = !c.fromState
	case hasState:
		c.fromState = true
	case hasMark:
		c.fromMark = true
	case c.state != nil && c.state.Commit == "" && c.markAgreesWithState():
		c.fromState, c.hasFloor = true, true
		return
	default:
		return
	}
	c.hasFloor = true
	c.floor = markAt
	if c.fromState {
		c.floor = stateAt
	}
}

// laterAtOneCommit tells which of a state and a mark of one commit was made later, and set the floor: both, if they are of one form.
func (c *openCase) laterAtOneCommit() (state, mark bool) {
	switch {
	case c.isMarkedState():
		return true, true
	case c.markVersion > c.state.Version:
		return false, true
	default:
		return true, false
	}
}

// markAgreesWithState tells, where commits cannot be compared, that no other machine pushed since the state was recorded.
func (c *openCase) markAgreesWithState() bool {
	if c.mark == nil || c.mark.Commit != "" && c.mark.Commit == c.state.Commit || c.markVersion <= c.state.Version {
		return true
	}
	return c.mark.counts() && c.isMarkedState()
}

// isFromDirtyMark tells whether the floor was set by a push of what no commit held.
func (c *openCase) isFromDirtyMark() bool { return c.fromMark && !c.fromState && c.mark.Dirty }

// mayReplace tells whether what set the floor may be newer than the version of its commit. A mark without a plus says that it was that version.
func (c *openCase) mayReplace() bool {
	if c.fromMark {
		return c.mark.Dirty && !c.isMarked(c.mark.Hash)
	}
	return c.fromState && !c.floor.IsZero()
}

// isReplaced tells whether the workspace holds what stood there before that which set the floor: the version of the floor's commit, if it is another form, or, where
// the floor was set by a push of what no commit held, a form that an older mark names.
func (c *openCase) isReplaced() bool {
	switch {
	case !c.mayReplace():
		return false
	case c.atFloor != nil && c.equals(c.atFloor.object) && !c.isFloorVersion():
		return true
	default:
		return c.isFromDirtyMark() && slices.ContainsFunc(c.older, func(m Mark) bool { return m.Hash != "" && c.looksMarked(m.Hash) })
	}
}

// isFloorVersion tells whether what set the floor is the version of its commit: of a dirty mark so, if only dwsync.yaml or another file of the group differed.
func (c *openCase) isFloorVersion() bool {
	if c.fromState {
		return len(model.Differences(c.atFloor.object, c.state.Object, nil)) == 0
	}
	return c.isPushed(*c.atFloor)
}

// isPushed tells whether a version is what the newest mark says was pushed.
func (c *openCase) isPushed(v version) bool { return v.object.Moved(v.at).Hash() == c.mark.Hash }

// settleCandidate settles the case by the version that the workspace's form equals, unless that was replaced.
func (c *openCase) settleCandidate() {
	if c.result == nil && c.candidate != nil && !c.isReplaced() {
		c.settleVersion(*c.candidate)
	}
}

// wantsFloorVersion tells whether the base is the git version at the floor, or is to be held against it. If the state set the floor, its form says better what
// the tree took.
func (c *openCase) wantsFloorVersion() bool {
	isOpen := c.result == nil || c.result.Source == SourceTrailer
	return isOpen && c.remote != nil && c.hasFloor && (!c.fromState || (c.candidate != nil || c.likely != nil) && c.mayReplace())
}

// afterDirtyPush gives the base where what was pushed last stood in no commit, and the workspace holds something that is not known. What was pushed may have
// been committed since, or be what the tree holds. Else nobody knows it: then the version of the floor's commit is only older than the base, unless the workspace
// still holds what was pushed, which was made from that version. Of a workspace that holds just that version nobody can tell what somebody rolled back.
func (c *openCase) afterDirtyPush() Base {
	commit := short(c.mark.Commit)
	found := ", and the workspace holds another form"
	if c.isReplaced() {
		found = ", and the workspace holds what stood there before: somebody rolled it back"
	}
	switch {
	case c.pushed != nil:
		id := c.pushed.commit.String()
		return Base{Object: &c.pushed.object, Source: SourceGit, Commit: id, Reason: "what was pushed last is the version of commit " + short(id) + found}
	case c.tree != nil && slices.ContainsFunc(c.places, func(place model.Key) bool { return c.tree.Moved(place).Hash() == c.mark.Hash }):
		return Base{Object: c.tree, Source: SourceMark, Commit: c.mark.Commit, Reason: "what was pushed last, not committed yet, is what the tree has" + found}
	case c.isReplaced() && (c.candidate != nil || c.likely != nil):
		return Base{Source: SourceUnknown, Reason: "what was pushed last, at commit " + commit + ", was not committed then, nor since" + found}
	case c.atFloor != nil:
		return Base{
			Object: &c.atFloor.object, Outdated: !c.isFloorVersion() && !c.looksMarked(c.mark.Hash), Source: SourceGit, Commit: c.mark.Commit,
			Reason: "what was pushed last, at commit " + commit + ", was not committed then, nor since; the workspace holds no version since that commit" + c.rolledBack(),
		}
	default:
		reason := "what was pushed last, at commit " + commit + ", was not committed then, and that commit holds no valid version of it"
		return Base{Source: SourceUnknown, Reason: reason + c.rolledBack()}
	}
}
