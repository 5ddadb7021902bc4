package emulator

import "slices"

// Files inside a node (ParentId): the console makes them, and no call of the
// API does. They are saved by themselves, and submitted, deployed and deleted
// with their node.

// inside are the files inside a node, those inside them included, by id.
func (s *state) inside(id int64) []*file {
	var all []*file
	for _, inner := range sortedIDs(s.innerFiles[id]) {
		all = append(all, s.files[inner])
		all = append(all, s.inside(inner)...)
	}
	return all
}

// hasEditedInner says whether a file inside a node was saved since the node's
// last submit.
func (c *call) hasEditedInner(f *file) bool {
	return slices.ContainsFunc(c.state.inside(f.ID), func(inner *file) bool { return inner.Deleted == statusNormal && !inner.Committed })
}

// innerEdits are the times of the last edits of the files inside a node, by id;
// nil if there are none.
func (s *state) innerEdits(id int64) map[int64]int64 {
	var edits map[int64]int64
	for _, f := range s.inside(id) {
		if edits == nil {
			edits = map[int64]int64{}
		}
		edits[f.ID] = f.EditTime
	}
	return edits
}

// commitInner takes the files inside a node along with its submit, unless they
// were saved after it began.
func (c *call) commitInner(node *file, v *version) {
	for _, f := range c.state.inside(node.ID) {
		if f.Deleted == statusNormal {
			inner := *f
			inner.CurrentVersion, inner.Committed = v.Number, f.EditTime == v.Inner[f.ID]
			c.tx.put(&inner)
			if !inner.Committed {
				c.editedInner(&inner)
			}
		}
	}
}

// editedInner notes at a node that a file inside it was saved, where the switch
// says that its CommitStatus tells.
func (c *call) editedInner(f *file) {
	if !c.is(swInnerStatus, "node") {
		return
	}
	for parent := c.state.files[f.ParentID]; parent != nil; parent = c.state.files[parent.ParentID] {
		node := *parent
		node.Committed = false
		c.tx.put(&node)
	}
}
