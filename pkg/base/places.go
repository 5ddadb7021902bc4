package base

import (
	"slices"

	"github.com/dwsync/dwsync/pkg/model"
)

// A path's versions go on under the name that the object had before (design, section 6). What renamed it shows in two ways: the workspace has it in another
// place than the tree (Input.Former), or a commit took it away from one place and put it into another.

// agrees tells whether tree and workspace have the object in one place, so that the place of its base does not matter.
func (c *openCase) agrees() bool {
	return c.tree != nil && c.remote != nil && c.remote.Object.Key == c.key
}

// placed gives a version as it is compared: with the names of the containers around it as the tree has them now, in the one place of both sides if they agree
// on it, and where the workspace still has it, though the tree renamed a container around it: then the workspace's is not known for the same container.
func (c *openCase) placed(v version) version {
	place := v.now
	switch {
	case c.agrees():
		place = c.key
	case c.inside != nil:
		place = c.inside(place)
	}
	if was := v.at; c.tree != nil && c.remote != nil {
		if c.inside != nil {
			was = c.inside(was)
		}
		if was == c.remote.Object.Key {
			place = was
		}
	}
	v.object = v.object.Moved(place)
	return v
}

// workspacePlaces are the places in which a hash of the workspace's form may have been taken. Where the sides disagree on the place it is part of the form.
func (c *openCase) workspacePlaces() []model.Key {
	places := []model.Key{c.remote.Object.Key}
	for _, place := range c.places {
		// Any other place says by itself that somebody renamed it since.
		isWorkspaces := c.agrees() || c.inside != nil && c.inside(place) == c.remote.Object.Key
		if isWorkspaces && !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	return places
}

// isMarkedState tells whether the newest mark is of the form that the state has, in one of the places that the object had.
func (c *openCase) isMarkedState() bool {
	form := c.releasedState.Object
	return form.Matches(c.mark.Hash) || form.Key == c.state.Object.Key && slices.ContainsFunc(c.places, func(place model.Key) bool { return form.Moved(place).Matches(c.mark.Hash) })
}

// takeFloor takes the version at the floor. Where several of the object's places were in use then, it is the one that shares an output with the workspace's.
func (c *openCase) takeFloor(versions map[model.Key]version) {
	for _, place := range c.atFloorIn {
		v, found := versions[place]
		if !found || c.atFloor != nil && !v.object.SharesOutput(c.remote.Object) {
			continue
		}
		if c.atFloor != nil && c.atFloor.object.SharesOutput(c.remote.Object) {
			continue
		}
		v = c.placed(v)
		c.atFloor = &v
	}
}

// notePlace notes where a version stands: where the workspace has the object, where the tree has it, or elsewhere.
func (c *openCase) notePlace(v version) {
	switch {
	case v.object.Key.SamePlace(c.remote.Object.Key):
		c.sawPlace = true
	case c.tree == nil:
	case v.object.Key.SamePlace(c.tree.Key):
		c.sawTree = true
	case c.elsewhere == nil:
		c.elsewhere = &v
	}
}

// noteMove gives what notes that a commit moved something into the container that the object is, if it is asked of the place that the tree has.
func (c *openCase) noteMove(place model.Key) func() {
	if place != c.key || c.key.Kind.IsFile() {
		return nil
	}
	return func() { c.movedInto = true }
}

// differsInName tells whether the sides differ in nothing but the place, and neither state nor mark says who renamed.
func (c *openCase) differsInName(g *Git) bool {
	if c.tree == nil || c.remote == nil || c.agrees() || c.hasFloor || !c.hasNoMemory() || c.noHead || c.sawPlace || !c.wantsVersions() || g.Shallow() {
		return false
	}
	return c.equals(c.tree.Moved(c.remote.Object.Key))
}

// isRenamedTwice tells whether git's history has a third name for it, so that both sides renamed.
func (c *openCase) isRenamedTwice(g *Git) bool { return c.elsewhere != nil && c.differsInName(g) }

// isRenamedThere tells whether the tree's name is the only one that git's whole history has: then the other one was given in the workspace. Of a container that a
// commit made for what it moved there nobody knows.
func (c *openCase) isRenamedThere(g *Git) bool {
	return c.sawTree && !c.movedInto && c.elsewhere == nil && c.differsInName(g)
}
