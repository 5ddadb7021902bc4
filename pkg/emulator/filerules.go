package emulator

import (
	"slices"
	"strings"
)

// check holds what a save changes to the rules of files.
func (c *call) check(f, old *file) *Error {
	if !nameAllowed(f.Name) {
		return ruleName.refuse(f.Name)
	}
	if f.Name != old.Name || f.FolderID != old.FolderID {
		if c.nameTaken(f) {
			return ruleFileName.refuse(f.Name)
		}
		if c.deletionWaits(f) {
			return ruleDeletionWaits.refuse(f.Name)
		}
		if failure := c.checkEngine(f); failure != nil {
			return failure
		}
	}
	if c.is(swOutputCheck, "save") {
		if failure := c.checkOutputs(f, old); failure != nil {
			return failure
		}
	}
	return nil
}

func (c *call) checkEngine(f *file) *Error {
	t, known := typeOf(f.Type)
	if !known || c.is(swEngineCheck, "accepted") {
		return nil
	}
	for _, up := range c.state.lineage(f.FolderID) {
		if _, isEngine := findEngine(engines, up.Name); up.Level == levelEngine && isEngine && up.Name != t.engine {
			return ruleEngine.refuse(itoa(f.Type), c.state.spell(f.FolderID, "zh"))
		}
	}
	return nil
}

// nameTaken looks for another file of that name (switch name-scope).
func (c *call) nameTaken(f *file) bool {
	ids := c.state.fileNames[fileName{f.FolderID, f.Name}]
	if c.is(swNameScope, "workspace") {
		ids = c.state.workspaceNames[workspaceName{f.ProjectID, f.Name}]
	}
	for id := range ids {
		if id != f.ID && (!c.is(swNameScope, "type") || c.state.files[id].Type == f.Type) {
			return true
		}
	}
	return false
}

// deletionWaits looks for a deleted file that is still in production and keeps
// its name (switch deletion-name).
func (c *call) deletionWaits(f *file) bool {
	return c.is(swDeletionName, "blocked") && len(c.state.waitingNames[fileName{f.FolderID, f.Name}]) > 0
}

// outputOwner is another file or node that has an output, 0 for none.
func (c *call) outputOwner(output string, f *file) int64 {
	for id := range c.state.savedOutputs[output] {
		if id != f.ID && (c.is(swOutputScope, "account") || c.state.files[id].ProjectID == f.ProjectID) {
			return id
		}
	}
	for _, env := range []string{envDev, envProd} {
		for id := range c.state.nodeOutputs[envOutput{env, output}] {
			n := c.state.nodes[nodeKey{env, id}]
			if n.FileID != f.ID && c.state.stillHas(n, output) && (c.is(swOutputScope, "account") || n.ProjectID == f.ProjectID) {
				return n.FileID
			}
		}
	}
	if p, found := strings.CutSuffix(output, "_root"); found {
		if p := c.state.projectNames[p]; p != nil && (c.is(swOutputScope, "account") || p.ID == f.ProjectID) {
			return -1
		}
	}
	return 0
}

// stillHas says whether a node's output counts against others: it does not
// where the node's file has been saved without it, so that an output can move
// from one file to another.
func (s *state) stillHas(n *schedulerNode, output string) bool {
	f := s.files[n.FileID]
	if f == nil || f.Deleted != statusNormal {
		return true
	}
	return slices.Contains(outputsOf(f.Schedule.Outputs), output)
}

func (c *call) checkOutputs(f, old *file) *Error {
	before := outputsOf(old.Schedule.Outputs)
	for _, o := range outputsOf(f.Schedule.Outputs) {
		if !slices.Contains(before, o) && c.outputOwner(o, f) != 0 {
			return ruleOutputTaken.refuse(o)
		}
	}
	return nil
}
