package base

import (
	"slices"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/state"
)

// openCase is one key whose base is looked for: what is known of it, and the rules of the design's section 6 over that.
type openCase struct {
	key    model.Key
	tree   *model.Object
	remote *model.Remote
	// released is what is submitted with the object: of an inner file the outermost node that it lies in, else the object itself. nil if the workspace
	// does not have it.
	released *model.Remote
	state    *state.Base
	// releasedState is what the state knows of released.
	releasedState *state.Base
	// places are where versions of the object may be found: its key, and where the workspace has it. inside names containers as the tree does now.
	places []model.Key
	inside func(model.Key) model.Key
	// quests are those of the walk that look for its versions, by place; atFloorIn are the places that it had in the floor's commit.
	quests    []int
	atFloorIn []model.Key
	// sawPlace tells that some version was where the workspace has the object, sawTree that one was where the tree has it; elsewhere is the youngest one that
	// was in another place. movedInto tells that a commit made the container and moved something into it.
	sawPlace, sawTree bool
	elsewhere         *version
	movedInto         bool
	// releasesSaved tells that the target never submits, so that no mark can be expected.
	releasesSaved bool
	ignored       func(model.Key, model.Field) bool

	// versions are the submitted versions, newest first; versionsRead tells that they were asked for.
	versions     []model.Version
	versionsRead bool
	// mark is the newest mark, markVersion the version that carries it, older are the marks before it.
	mark        *Mark
	markVersion int
	older       []Mark

	// hasFloor tells that something set a floor. The floor is the zero hash if the state that set it was recorded before the first commit, or where
	// there is no repository.
	hasFloor  bool
	floor     plumbing.Hash
	fromState bool
	fromMark  bool
	// noHead tells that there is no commit to compare with.
	noHead bool

	// laterSubmitted tells that a submitted version holds the code of a git version later than the ones that are still to come.
	laterSubmitted bool
	result         *Base
	atFloor        *version
	// candidate is the youngest version that the workspace's form equals, where it has to be held against the version at the floor; pushed is the youngest
	// one of what the newest mark, a dirty one, says was pushed.
	candidate, pushed *version
	// likely is the youngest version that the workspace's form equals but for outputs that only the workspace has: with autoParsing these are the service's,
	// unless the form at the floor lists them.
	likely *version
}

func newCase(in Input, k model.Key) *openCase {
	c := &openCase{key: k, places: append([]model.Key{k}, in.Former[k]...), inside: in.Inside, releasesSaved: in.Release == model.StageSaved, ignored: in.Ignored}
	if o, found := in.Tree[k]; found {
		c.tree = &o
	}
	if r, found := in.Remote[k]; found {
		c.remote, c.released = &r, &r
	}
	if job := k.Outermost(); job != k {
		c.released = nil
		if r, found := in.Remote[job]; found && c.remote != nil {
			c.released = &r
		}
	}
	if b, found := in.State[k]; found {
		c.state, c.releasedState = &b, &b
	}
	if b, found := in.State[k.Outermost()]; found && k.IsInner() {
		c.releasedState = &b
	}
	return c
}

// setVersions finds the marks in the comments of the submitted versions.
func (c *openCase) setVersions(versions []model.Version) {
	c.versionsRead = true
	c.versions = slices.Clone(versions)
	slices.SortStableFunc(c.versions, func(a, b model.Version) int { return b.Number - a.Number })
	for _, v := range c.versions {
		mark, found := ParseComment(v.Comment)
		switch {
		case !found:
		case c.mark == nil:
			c.mark, c.markVersion = &mark, v.Number
		default:
			c.older = append(c.older, mark)
		}
	}
}

// reach tells how far back versions matter if no floor can be found: to a time, or to the first commit.
func (c *openCase) reach() (oldest time.Time, all bool) {
	switch {
	case c.remote == nil:
		return time.Time{}, false
	case c.hasNoMemory() && (c.releasesSaved || c.hasNothingToRollBack() || c.tree != nil && !c.agrees()), c.state != nil && c.state.Commit == "":
		return time.Time{}, true
	default:
		return c.remote.LastEditTime, false
	}
}

// hasNoMemory tells that neither state nor mark ever named the object.
func (c *openCase) hasNoMemory() bool { return c.state == nil && c.mark == nil }

// hasNothingToRollBack tells that the workspace keeps no older version of the object: it was never submitted, or cannot be.
func (c *openCase) hasNothingToRollBack() bool {
	return !c.mayHaveVersions() || c.versionsRead && len(c.versions) == 0
}

// counts tells whether the mark's hash is that of a form that its commit holds.
func (m Mark) counts() bool { return !m.Dirty && m.Hash != "" }

// equals tells whether the workspace's form is that form.
func (c *openCase) equals(form model.Object) bool {
	for _, d := range model.Differences(form, c.remote.Object, nil) {
		if c.ignored == nil || !c.ignored(c.key, d.Field) {
			return false
		}
	}
	return true
}

// known applies the rules that need no version: the forms of state and mark (rule 1) and the tree's own form (rule 3).
func (c *openCase) known() bool {
	switch {
	case c.remote == nil:
	case c.fromState && c.equals(c.state.Object):
		c.settle(c.state.Object, SourceState, c.state.Commit, "the workspace still holds what the last run here left")
	case c.fromMark && c.mark.counts() && c.isMarked(c.mark.Hash):
		c.settle(c.remote.Object, SourceMark, c.mark.Commit, "the workspace still holds what commit "+short(c.mark.Commit)+" pushed")
	case c.tree != nil && c.hasNoMemory() && c.hasNothingToRollBack():
		if started, is := c.unfinished(*c.tree); is {
			c.settle(started, SourceTree, "", "the workspace holds the beginning of what the tree has: a create that was cut short")
		}
	}
	return c.result != nil
}

// unfinished gives the form as an unfinished create leaves it, and whether the workspace holds that: fields that the create call leaves to a later one may
// be missing, in whole or in part, but hold nothing else than what the service puts there by itself; and so may nodes that it waits for, of which no id was
// known yet.
func (c *openCase) unfinished(form model.Object) (model.Object, bool) {
	form = mapping.WithoutUnbound(form).Clone()
	for _, spec := range model.Fields(c.key.Kind) {
		if !c.key.FollowsCreate(spec.Field) {
			continue
		}
		there := c.remote.Object.Get(spec.Field)
		if spec.Shape != model.ShapeSet {
			switch {
			case !c.remote.Object.Has(spec.Field):
				form.Set(spec.Field, model.Value{})
			case c.key.GivenByCreate(spec.Field, there):
				form.Set(spec.Field, there)
			}
			continue
		}
		names, wanted := there.Names(), form.Get(spec.Field).Names()
		kept := slices.DeleteFunc(slices.Clone(form.Get(spec.Field).Items), func(item model.Item) bool { return !slices.Contains(names, item.Name()) })
		for _, item := range there.Items {
			if spec.Field == model.FieldOutputList && c.key.IsNamedAfter(item.Name()) && !slices.Contains(wanted, item.Name()) {
				kept = append(kept, item)
			}
		}
		form.Set(spec.Field, model.SetValue(kept...))
	}
	return form, c.equals(form)
}

// merged applies rule 2: a trailer of a commit after the floor names the form. What the floor's own commit merged was overwritten by what set the floor.
// Without a floor every commit counts, if no mark says that somebody pushed since.
func (c *openCase) merged(h *history) bool {
	if c.remote == nil || len(h.merged) == 0 || !c.hasFloor && c.mark != nil {
		return false
	}
	for _, hash := range c.possibleHashes() {
		for _, commit := range h.merged[hash] {
			if c.floor.IsZero() || h.atOrAfter(commit, c.floor) && h.commits[commit].hash != c.floor {
				id := h.commits[commit].hash.String()
				c.settle(c.remote.Object, SourceTrailer, id, "commit "+short(id)+" says that it merged what the workspace holds")
				return true
			}
		}
	}
	return false
}

// isMarked tells whether the workspace's form is the one with the hash, which was taken of it where it stood then.
func (c *openCase) isMarked(h model.Hash) bool {
	return slices.ContainsFunc(c.workspacePlaces(), func(place model.Key) bool { return c.remote.Object.Moved(place).Matches(h) })
}

// looksMarked tells the same apart from outputs that the service gives by itself with autoParsing: one that is named after the file, and those that it parsed from
// the code, which the tree does not list.
func (c *openCase) looksMarked(h model.Hash) bool {
	if c.isMarked(h) {
		return true
	}
	if c.remote.Object.Text(model.FieldAutoParsing) != "true" {
		return false
	}
	var listed []string
	if c.tree != nil {
		listed = c.tree.Get(model.FieldOutputList).Names()
	}
	for _, isService := range []func(output string) bool{
		c.remote.Object.Key.IsNamedAfter,
		func(output string) bool { return !slices.Contains(listed, output) },
	} {
		without := c.remote.Object.Clone()
		without.Set(model.FieldOutputList, model.SetValue(slices.DeleteFunc(slices.Clone(without.Get(model.FieldOutputList).Items), func(item model.Item) bool {
			return isService(item.Name())
		})...))
		if slices.ContainsFunc(c.workspacePlaces(), func(place model.Key) bool { return without.Moved(place).Matches(h) }) {
			return true
		}
	}
	return false
}

func (c *openCase) possibleHashes() []model.Hash {
	var hashes []model.Hash
	for _, place := range c.workspacePlaces() {
		hashes = append(hashes, possibleHashes(c.remote.Object.Moved(place))...)
	}
	return hashes
}

// possibleHashes gives the hashes that a form with fields that the service filled may have been given, where a tree left some of them unmanaged.
func possibleHashes(o model.Object) []model.Hash {
	forms := []model.Object{o}
	for _, spec := range model.Fields(o.Key.Kind) {
		if !spec.ServiceFilled || !o.Has(spec.Field) {
			continue
		}
		for _, form := range slices.Clone(forms) {
			without := form.Clone()
			without.Set(spec.Field, model.Value{})
			forms = append(forms, without)
		}
	}
	hashes := make([]model.Hash, len(forms))
	for i, form := range forms {
		hashes[i] = form.Hash()
	}
	return hashes
}

// wantsVersions tells whether a git version could settle the case.
func (c *openCase) wantsVersions() bool {
	switch {
	case c.remote == nil || c.noHead:
		return false
	case c.hasFloor:
		return true
	default:
		return !c.remote.LastEditTime.IsZero() || c.hasNoMemory() && (c.releasesSaved || c.hasNothingToRollBack())
	}
}

// see takes a git version: one at or after the floor (rule 1), or without a floor any one (rule 3), youngest first.
func (c *openCase) see(v version) bool {
	v = c.placed(v)
	if c.pushed == nil && c.isFromDirtyMark() && c.isPushed(v) {
		c.pushed = &v
	}
	c.notePlace(v)
	exact := c.equals(v.object)
	id := v.commit.String()
	switch {
	case exact && c.hasFloor && len(c.moreOutputs(v.object)) > 0:
		if c.likely == nil {
			c.likely = &v
		}
	case exact && c.hasFloor && c.mayReplace():
		if c.candidate == nil {
			c.candidate = &v
		}
	case exact && c.hasFloor:
		c.settleVersion(v)
	case c.hasFloor:
	case exact && !c.remote.LastEditTime.IsZero() && !v.time.Before(c.remote.LastEditTime):
		c.settle(v.object, SourceGit, id, "commit "+short(id)+" holds what the workspace holds, and nobody edited it there since")
	case !c.hasNoMemory():
	case c.hasNothingToRollBack():
		if started, is := c.unfinished(v.object); is {
			c.settle(started, SourceGit, id, "the workspace holds the version of commit "+short(id)+", and was never released")
		}
	case c.releasesSaved && exact && !c.laterSubmitted:
		c.settle(v.object, SourceGit, id, "the workspace holds the version of commit "+short(id)+", and no later one was ever submitted")
	case c.releasesSaved && !exact:
		c.laterSubmitted = c.laterSubmitted || c.wasSubmitted(v.object)
	}
	return c.result != nil
}

// moreOutputs gives the outputs that the workspace's form has and another form has not.
func (c *openCase) moreOutputs(form model.Object) []string {
	listed := form.Get(model.FieldOutputList).Names()
	return slices.DeleteFunc(c.remote.Object.Get(model.FieldOutputList).Names(), func(output string) bool { return slices.Contains(listed, output) })
}

// settleLikely settles the case by its likely version, if the outputs that only the workspace has are none that the form at the floor lists: those a later version
// gave up, and a push that was cut short left them.
func (c *openCase) settleLikely() {
	if c.result != nil || c.likely == nil || c.isReplaced() {
		return
	}
	floor := c.likely.object
	switch {
	case c.fromState:
		floor = c.state.Object
	case c.atFloor != nil:
		floor = c.atFloor.object
	}
	listed := floor.Get(model.FieldOutputList).Names()
	if !slices.ContainsFunc(c.moreOutputs(c.likely.object), func(output string) bool { return slices.Contains(listed, output) }) {
		c.settleVersion(*c.likely)
	}
}

// wasSubmitted tells whether a submitted version may hold the code of the form. What the versions of a node hold of its inner files cannot be read.
func (c *openCase) wasSubmitted(form model.Object) bool {
	return c.key.IsInner() && len(c.versions) > 0 || slices.ContainsFunc(c.versions, func(v model.Version) bool { return content.IsContentOf(form, v.Content) })
}

// settleVersion makes a version that the workspace's form equals the base.
func (c *openCase) settleVersion(v version) {
	id := v.commit.String()
	c.settle(v.object, SourceGit, id, "the workspace holds the version of commit "+short(id))
}

func (c *openCase) settle(o model.Object, source Source, commit, reason string) {
	c.result = &Base{Object: &o, Known: true, Source: source, Commit: commit, Reason: reason}
}

// withoutParsed gives a form that a trailer names as the tree took it: outputs that the service parsed or gave by itself carry no sign of that, and what
// neither the tree nor the version before lists was never the tree's, so that leaving it out takes nothing away.
func (c *openCase) withoutParsed(o model.Object) model.Object {
	if c.tree == nil || c.tree.Text(model.FieldAutoParsing) != "true" {
		return o
	}
	listed := c.tree.Get(model.FieldOutputList).Names()
	switch {
	case c.atFloor != nil:
		listed = append(listed, c.atFloor.object.Get(model.FieldOutputList).Names()...)
	case c.state != nil:
		listed = append(listed, c.state.Object.Get(model.FieldOutputList).Names()...)
	}
	taken := o.Clone()
	taken.Set(model.FieldOutputList, model.SetValue(slices.DeleteFunc(slices.Clone(o.Get(model.FieldOutputList).Items), func(item model.Item) bool {
		return !slices.Contains(listed, item.Name())
	})...))
	return taken
}
