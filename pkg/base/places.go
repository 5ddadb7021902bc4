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

// placed gives a version as it is compared: with the names of the containers around it as the tree has them now, and in the one place of both sides if they
// agree on it.
func (c *openCase) placed(o model.Object) model.Object {
	switch {
	case c.agrees():
		return o.Moved(c.key)
	case c.inside != nil:
		return o.Moved(c.inside(o.Key))
	default:
		return o
	}
}

// workspacePlaces are the places in which a hash of the workspace's form may have been taken. Where the sides disagree on the place it is part of the form.
func (c *openCase) workspacePlaces() []model.Key {
	places := []model.Key{c.remote.Object.Key}
	for _, place := range c.places {
		isWorkspaces := place != c.key || c.agrees()
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
	for _, place := range c.places {
		v, found := versions[place]
		if !found || c.atFloor != nil && !v.object.SharesOutput(c.remote.Object) {
			continue
		}
		if c.atFloor != nil && c.atFloor.object.SharesOutput(c.remote.Object) {
			continue
		}
		v.object = c.placed(v.object)
		c.atFloor = &v
	}
}

// isRenamedThere tells whether nothing but the name differs, where no memory says who renamed, and git's whole history never had the workspace's name: then
// it was given there.
func (c *openCase) isRenamedThere(g *Git) bool {
	if c.tree == nil || c.remote == nil || c.agrees() || c.hasFloor || !c.hasNoMemory() || c.noHead || c.sawPlace || !c.wantsVersions() || g.Shallow() {
		return false
	}
	return c.equals(c.tree.Moved(c.remote.Object.Key))
}
