package diff

import (
	"fmt"
	"slices"

	"github.com/dwsync/dwsync/pkg/model"
)

// A node and the files inside it are a *group*: they are saved one by one, and submitted and deployed as one, by the node. So a change of an inner file
// makes the plan release the node, and nothing of a group is released while a part of it is not what the tree has.

// InnerForm is an inner file as the release, or the deletion, of its node must find it.
type InnerForm struct {
	Want model.Object `json:"want"`
	File model.FileID `json:"file"`
}

// group is a node with the files inside it, at any depth, sorted by key.
type group struct {
	node  Comparison
	inner []Comparison
}

// groups are the nodes that hold inner files.
type groups []*group

func groupsOf(comparisons []Comparison) groups {
	byNode := map[model.Key]*group{}
	for _, c := range comparisons {
		if node := c.Key.Outermost(); c.Key.IsInner() {
			if byNode[node] == nil {
				byNode[node] = &group{}
			}
			byNode[node].inner = append(byNode[node].inner, c)
		}
	}
	var all groups
	for _, c := range comparisons {
		if g := byNode[c.Key]; g != nil {
			g.node = c
			all = append(all, g)
		}
	}
	return all
}

// members are the node and its inner files.
func (g *group) members() []Comparison { return append([]Comparison{g.node}, g.inner...) }

// actionsByKey gives the main actions.
func (p *Plan) actionsByKey() map[model.Key]*Action {
	actions := make(map[model.Key]*Action, len(p.Actions))
	for i := range p.Actions {
		if a := &p.Actions[i]; a.Part == PartMain {
			actions[a.Key] = a
		}
	}
	return actions
}

// isActing tells whether an action saves one of the inner files.
func (g *group) isActing(actions map[model.Key]*Action) bool {
	return slices.ContainsFunc(g.inner, func(c Comparison) bool { return actions[c.Key] != nil })
}

// releaseNodes plans the release of the nodes whose inner files the plan saves: what is in production is what was submitted with the node.
func (p *Plan) releaseNodes(all groups, o Options) {
	actions := p.actionsByKey()
	var added []Action
	for _, g := range all {
		if !g.isActing(actions) {
			continue
		}
		if a := actions[g.node.Key]; a != nil {
			// Whatever stage the node has come to, it comes to it once more.
			a.From = min(a.From, model.StageSaved)
			continue
		}
		if a, _ := act(g.node, o); g.node.Verdict == Same && a.To > model.StageSaved {
			a.From = model.StageSaved
			added = append(added, a)
			p.Same--
		}
	}
	p.Actions = append(p.Actions, added...)
}

// refuseGroups adds the obstacles of groups of which a part cannot be brought to the tree's form. It takes the release of a node out of the plan of which
// nothing else was to be done: then the part itself is what is reported. It gives the nodes that are not released.
func (p *Plan) refuseGroups(all groups, obstacles map[model.Key]string, o Options) (held []model.Key) {
	actions := p.actionsByKey()
	dropped := map[model.Key]bool{}
	for _, g := range all {
		a := actions[g.node.Key]
		isReleased := a != nil && a.To > model.StageSaved || g.isActing(actions) && min(o.Release, g.node.Key.LastStage()) > model.StageSaved
		part, why := g.obstacle(actions, obstacles)
		if isReleased && a == nil && why == "" {
			part, why = g.node.Key, "which this push does not release"
		}
		if !isReleased || why == "" {
			continue
		}
		held = append(held, g.node.Key)
		for _, c := range g.members() {
			switch a := actions[c.Key]; {
			case a == nil || obstacles[c.Key] != "":
			case a.Op == OpRelease:
				dropped[c.Key] = true
				p.Same++
			default:
				obstacles[c.Key] = fmt.Sprintf("it is submitted together with %s, %s", part, why)
			}
		}
	}
	p.Actions = slices.DeleteFunc(p.Actions, func(a Action) bool { return dropped[a.Key] })
	return held
}

// obstacle names the first part of the group that the plan does not bring to the tree's form, and says why; "" if there is none.
func (g *group) obstacle(actions map[model.Key]*Action, obstacles map[model.Key]string) (part model.Key, why string) {
	for _, c := range g.members() {
		switch {
		case obstacles[c.Key] != "":
			return c.Key, "which this push cannot bring there: " + obstacles[c.Key]
		case actions[c.Key] != nil || c.Verdict == Same:
		case c.Verdict == ChangedThere:
			return c.Key, "which was changed in the workspace; pull that first"
		case c.Verdict == MadeThere:
			return c.Key, "which was made in the workspace; pull that first"
		case c.Verdict == DeletedThere:
			return c.Key, "which was deleted in the workspace; pull that first"
		case c.Verdict == DeletedHere:
			return c.Key, "which the tree deleted and the workspace still holds; delete it in DataStudio"
		case c.Verdict == Conflict, c.Verdict == Unrelated:
			return c.Key, "of which tree and workspace hold different forms; settle that first"
		default:
			return c.Key, "which is not selected"
		}
	}
	return model.Key{}, ""
}

// addInner tells the releases of nodes what they must find inside.
func (p *Plan) addInner(all groups) {
	forms := map[model.Key][]InnerForm{}
	for _, g := range all {
		for _, c := range g.inner {
			if c.Tree != nil && c.Remote != nil {
				forms[g.node.Key] = append(forms[g.node.Key], InnerForm{Want: *c.Tree, File: c.Remote.FileID})
			}
		}
	}
	for i := range p.Actions {
		if a := &p.Actions[i]; a.Op != OpDelete && a.To > model.StageSaved {
			a.Inner = forms[a.Key]
		}
	}
}

// addDeletedInner tells the deletions of nodes what goes with them.
func (p *Plan) addDeletedInner(all groups) {
	actions := p.actionsByKey()
	for _, g := range all {
		a := actions[g.node.Key]
		if a == nil || a.Op != OpDelete {
			continue
		}
		for _, c := range g.inner {
			if c.Remote != nil {
				a.Inner = append(a.Inner, InnerForm{Want: c.Remote.Object, File: c.Remote.FileID})
			}
		}
	}
}

// keepInner takes out of what a prune wants to delete what it cannot: an inner file goes with its node only, and a node in which something stays stays too.
// It gives the reasons.
func keepInner(all groups, wanted map[model.Key]bool) map[model.Key]string {
	kept := map[model.Key]string{}
	for _, g := range all {
		for _, c := range g.inner {
			if c.Remote != nil && !wanted[c.Key] && wanted[g.node.Key] {
				delete(wanted, g.node.Key)
				kept[g.node.Key] = "it still holds " + c.Key.String()
			}
		}
		for _, c := range g.inner {
			if wanted[c.Key] && !wanted[g.node.Key] {
				delete(wanted, c.Key)
				kept[c.Key] = "the API is not known to take a file out of a node; delete it in DataStudio"
			}
		}
	}
	return kept
}

// innerCheck holds the inner files that the releases of a saved plan must find against what they are now.
type innerCheck struct {
	planned map[model.Key]bool
	inside  map[model.Key][]Comparison
}

func newInnerCheck(p Plan, now []Comparison) innerCheck {
	check := innerCheck{planned: map[model.Key]bool{}, inside: map[model.Key][]Comparison{}}
	for _, a := range p.Actions {
		check.planned[a.Key] = true
	}
	for _, c := range now {
		if c.Key.IsInner() {
			check.inside[c.Key.Outermost()] = append(check.inside[c.Key.Outermost()], c)
		}
	}
	return check
}

// moved says what is not as the release wants it; what the plan itself saves is held against its own action.
func (check innerCheck) moved(a Action) string {
	if a.Key.IsInner() || a.To <= model.StageSaved || a.Op == OpDelete {
		return ""
	}
	forms := map[model.Key]InnerForm{}
	for _, inner := range a.Inner {
		forms[inner.Want.Key] = inner
	}
	for _, c := range check.inside[a.Key] {
		inner, known := forms[c.Key]
		delete(forms, c.Key)
		isSame := known && c.Verdict == Same && c.Remote.FileID == inner.File && sameForm(*c.Tree, inner.Want)
		if !isSame && !(known && check.planned[c.Key]) {
			return "its inner file " + c.Key.String() + " is not as it was"
		}
	}
	if len(forms) > 0 {
		return "an inner file of it is gone"
	}
	return ""
}
