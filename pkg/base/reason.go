package base

// conclude gives the case's base after all rules were tried, and says why.
func (c *openCase) conclude(g *Git) Base {
	switch {
	case c.result != nil && c.result.Source == SourceTrailer:
		taken := c.withoutParsed(*c.result.Object)
		c.result.Object = &taken
		return *c.result
	case c.result != nil:
		return *c.result
	case c.fromState:
		reason := "the last run here left another form than the workspace holds now"
		if c.remote == nil {
			reason = "the last run here saw it in the workspace"
		}
		return Base{Object: &c.state.Object, Source: SourceState, Commit: c.state.Commit, Reason: reason + c.rolledBack()}
	case c.isFromDirtyMark():
		return c.afterDirtyPush()
	case c.atFloor != nil:
		id := c.atFloor.commit.String()
		return Base{Object: &c.atFloor.object, Source: SourceGit, Commit: id, Reason: "commit " + short(id) + " was pushed last, and the workspace holds no version since" + c.rolledBack()}
	case c.isRenamedTwice(g):
		id, former := c.elsewhere.commit.String(), c.tree.Moved(c.elsewhere.object.Key)
		return Base{Object: &former, Source: SourceGit, Commit: id, Reason: "they differ in nothing but the name, and in commit " + short(id) + " it had a third one: both sides renamed it"}
	case c.isRenamedThere(g):
		return Base{Object: c.tree, Source: SourceTree, Reason: "they differ in nothing but the name, and no commit has another one than the tree"}
	default:
		reason := c.unknown(g != nil && g.repo != nil)
		if g.Shallow() && c.remote != nil && !c.hasFloor {
			reason += "; this clone is shallow and may lack the commit: run `git fetch --unshallow`, in CI set fetch-depth: 0"
		}
		return Base{Source: SourceUnknown, Reason: reason}
	}
}

func (c *openCase) unknown(hasRepository bool) string {
	switch {
	case c.remote == nil && c.state == nil:
		return "the workspace does not have it, and no state says that it ever did"
	case c.movedInto && c.hasNoMemory():
		return "a commit made it for what was moved there, and the workspace has what was moved in another one"
	case c.hasFloor:
		return "commit " + short(c.floor.String()) + " was pushed last, but holds no valid version of it" + c.rolledBack()
	case c.noHead && !hasRepository:
		return "there is no git repository here" + c.unplaced()
	case c.noHead:
		return "the git repository has no commit yet" + c.unplaced()
	case c.mark != nil && c.mark.Commit == "":
		return "it was pushed last from outside of a git repository"
	case c.mark != nil:
		return "it was pushed last at commit " + short(c.mark.Commit) + ", which HEAD does not contain: another branch that is not merged, or rewritten history"
	case c.state != nil:
		return "the last run here was at commit " + short(c.state.Commit) + ", which HEAD does not contain: another branch, or rewritten history"
	default:
		return "neither a state nor a mark of a push names it, and no version in git is what the workspace holds"
	}
}

// unplaced says what is known although there is no commit to compare with.
func (c *openCase) unplaced() string {
	switch {
	case c.mark != nil && c.mark.Commit != "":
		return ", and it was pushed last from one, at commit " + short(c.mark.Commit)
	case c.mark != nil:
		return ", and it was pushed last from another place"
	default:
		return ", and no state remembers it"
	}
}

// rolledBack tells whether the workspace holds what an older push left.
func (c *openCase) rolledBack() string {
	if c.remote == nil {
		return ""
	}
	for _, mark := range c.older {
		if mark.counts() && c.looksMarked(mark.Hash) {
			return "; it holds what commit " + short(mark.Commit) + " pushed earlier: somebody rolled it back"
		}
	}
	return ""
}
