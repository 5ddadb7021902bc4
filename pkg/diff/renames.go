package diff

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/model"
)

// RenamedFrom gives the place that the workspace has for an object which the tree has in another one.
func (c Comparison) RenamedFrom() (model.Key, bool) {
	if c.Tree == nil || c.Remote == nil || c.Tree.Key.SamePlace(c.Remote.Object.Key) {
		return model.Key{}, false
	}
	return c.Remote.Object.Key, true
}

// RenamedFrom gives the place from which an update takes its object.
func (a Action) RenamedFrom() (model.Key, bool) {
	if a.Op != OpUpdate || a.Against == nil || a.Against.Object.Key.SamePlace(a.Want.Key) {
		return model.Key{}, false
	}
	return a.Against.Object.Key, true
}

// restoresName tells whether an update only undoes a rename that was made in the workspace.
func (a Action) restoresName() bool {
	return slices.ContainsFunc(a.Fields, func(f FieldChange) bool { return f.Field == model.FieldPath && f.Base != nil && f.Base.Equal(f.Tree) })
}

// placing are the renames of a plan, and what has to make room for them.
type placing struct {
	options Options
	// actions are the plan's by key, renamed those that rename.
	actions map[model.Key]Action
	index   map[ActionID]int
	renamed []Action
	// leaving gives what the workspace has in a place that it leaves, by that place.
	leaving map[model.FolderPath]model.Key
	// containers are the businesses and folders that the workspace has under another name.
	containers map[model.Key]model.Key
	// protects are the folders that hold something protected, themselves included; inside are the files inside each node.
	protects map[model.FolderPath]bool
	inside   map[model.Key][]model.Key
	// waitsFor gives who has the name that an action needs, aside who gives it by stepping aside.
	waitsFor map[model.Key]model.Key
	aside    map[model.Key]bool
	// waiting gives who waits for the name of an object.
	waiting map[model.Key][]ActionID
}

func placingOf(p *Plan, comparisons []Comparison, o Options) *placing {
	m := &placing{options: o, actions: map[model.Key]Action{}, index: map[ActionID]int{}, leaving: map[model.FolderPath]model.Key{}, containers: map[model.Key]model.Key{}, inside: map[model.Key][]model.Key{},
		waitsFor: map[model.Key]model.Key{}, aside: map[model.Key]bool{}, waiting: map[model.Key][]ActionID{}}
	for _, c := range comparisons {
		if c.Key.IsInner() && o.Protected != nil {
			m.inside[c.Key.Outermost()] = append(m.inside[c.Key.Outermost()], c.Key)
		}
		from, renamed := c.RenamedFrom()
		switch {
		case !renamed:
		case c.Key.Kind.IsFile():
			m.leaving[from.Path()] = c.Key
		default:
			m.containers[c.Key] = from
		}
	}
	for i, a := range p.Actions {
		m.index[a.ID()] = i
		if a.Part != PartMain {
			continue
		}
		m.actions[a.Key] = a
		if _, renames := a.RenamedFrom(); renames {
			m.renamed = append(m.renamed, a)
		}
		if holder, isTaken := m.holder(a); isTaken {
			m.waitsFor[a.Key] = holder
			m.waiting[holder] = append(m.waiting[holder], a.ID())
		}
	}
	if len(m.containers) > 0 && o.Protected != nil {
		m.protects = map[model.FolderPath]bool{}
		for _, c := range comparisons {
			if c.Remote == nil || !o.Protected(c.Key) && !o.Protected(c.Remote.Object.Key) && !m.protectedBefore(c.Key) {
				continue
			}
			for path := c.Key.Path(); path != "" && !m.protects[path]; path = path.Parent() {
				m.protects[path] = true
			}
		}
	}
	return m
}

// protectedBefore tells whether an object is protected under the name that the workspace still has for a container around it.
func (m *placing) protectedBefore(k model.Key) bool {
	for path := k.Folder; path != ""; path = path.Parent() {
		for _, container := range []model.Key{model.BusinessKey(path), model.FolderKey(path)} {
			if from, renamed := m.containers[container]; renamed {
				before := from.Path() + k.Folder[len(path):]
				if m.options.Protected(k.At(before, k.Name)) {
					return true
				}
			}
		}
	}
	return false
}

// obstacles says which actions cannot be done since something that is renamed stays where it is, or must. It is empty in most plans.
func (m *placing) obstacles(p *Plan) map[model.Key]string {
	found := map[model.Key]string{}
	if len(m.leaving)+len(m.containers) == 0 {
		return found
	}
	for _, a := range m.renamed {
		from, _ := a.RenamedFrom()
		isProtected := m.options.Protected != nil && (m.options.Protected(a.Key) || m.options.Protected(from) || m.carriesProtected(a.Key, from)) && !a.restoresName()
		if isProtected || !a.Key.Kind.IsFile() && m.protects[a.Key.Path()] {
			found[a.Key] = fmt.Sprintf("dwsync.yaml protects it, so that it is never renamed; give it its name %s back", from)
		}
	}
	// What stands in a container goes with it, and what wants a name waits for who has it: one obstacle is many.
	for again := true; again; {
		again = false
		for _, a := range p.Actions {
			if found[a.Key] != "" {
				continue
			}
			if why := m.obstacle(a, found); why != "" {
				found[a.Key], again = why, true
			}
		}
	}
	return found
}

// carriesProtected tells whether a file inside a node is protected under the node's key of either side.
func (m *placing) carriesProtected(node, from model.Key) bool {
	return slices.ContainsFunc(m.inside[node], func(inner model.Key) bool {
		return m.options.Protected(inner) || m.options.Protected(inner.Carried(node, from))
	})
}

func (m *placing) obstacle(a Action, found map[model.Key]string) string {
	if a.Op == OpDelete {
		return ""
	}
	does := func(k model.Key) bool {
		_, planned := m.actions[k]
		return planned && found[k] == ""
	}
	for _, container := range containers(a.Key) {
		if from, renamed := m.containers[container]; renamed && !does(container) {
			return fmt.Sprintf("it stands in %s, which the workspace has as %s, and this push does not rename that", container, from)
		}
	}
	if holder, isTaken := m.waitsFor[a.Key]; isTaken && !does(holder) {
		return fmt.Sprintf("in the workspace %s still has this name, and this push does not rename that", holder)
	}
	return ""
}

// holder gives the object that has to leave the place which an action needs.
func (m *placing) holder(a Action) (model.Key, bool) {
	_, renames := a.RenamedFrom()
	if !a.Key.Kind.IsFile() || a.Op != OpCreate && !renames {
		return model.Key{}, false
	}
	holder, found := m.leaving[a.Key.Path()]
	return holder, found && holder != a.Key
}

// asideMark begins the names of files that stepped aside.
const asideMark = "dwsync_aside_"

// aside is the place in which an object waits for the one that it is to have. Whoever finds it there can tell: no memory of it is needed.
func aside(want, from model.Key) model.Key {
	text, _ := want.MarshalText() // it has no error to give
	sum := sha256.Sum256(text)
	return from.At(from.Folder, asideMark+hex.EncodeToString(sum[:8]))
}

// IsAside tells whether a path is one in which an object waits for another.
func IsAside(path string) bool { return strings.HasPrefix(model.FolderPath(path).Base(), asideMark) }

// isAside tells whether a place is that in which an object waits for the place that it is to have.
func isAside(place, want model.Key) bool {
	return strings.HasPrefix(place.Name, asideMark) && aside(want, place) == place
}

// addNeeds adds the edges that renames bring into a plan: who wants a name waits for who has it. What is left in a folder that is deleted has to leave it
// first, and what is deleted in a renamed one waits for its name. Where names are wanted in a ring, one of it steps aside.
func (m *placing) addNeeds(plan *Plan, needs map[ActionID][]ActionID) {
	need := func(id, needed ActionID) { needs[id] = append(needs[id], needed) }
	for _, a := range plan.Actions {
		if a.Part != PartMain {
			continue
		}
		if holder, isTaken := m.waitsFor[a.Key]; isTaken {
			need(a.ID(), ActionID{Key: holder})
		}
		if a.Op == OpDelete {
			for _, container := range containers(a.Key) {
				if _, renamed := m.containers[container]; renamed {
					need(a.ID(), ActionID{Key: container})
				}
			}
		}
		if from, renames := a.RenamedFrom(); renames {
			for _, container := range containers(from) {
				if held, planned := m.actions[container]; planned && held.Op == OpDelete {
					need(held.ID(), a.ID())
				}
			}
		}
	}
	m.breakRings(plan, needs)
}

// breakRings lets one object of each ring step aside, in which each waits for the name of the next.
func (m *placing) breakRings(plan *Plan, needs map[ActionID][]ActionID) {
	const unseen, open, done = 0, 1, 2
	seen := make(map[model.Key]int, len(m.waitsFor))
	for _, start := range slices.SortedFunc(maps.Keys(m.waitsFor), model.Key.Compare) {
		var way []model.Key
		k, waits := start, true
		for waits && seen[k] == unseen {
			seen[k] = open
			way = append(way, k)
			k, waits = m.waitsFor[k]
		}
		if at := slices.Index(way, k); waits && at >= 0 {
			m.letStepAside(plan, needs, slices.MinFunc(way[at:], model.Key.Compare))
		}
		for _, k := range way {
			seen[k] = done
		}
	}
}

// breakCycle lets an object of a cycle step aside for whose name another one of it waits. It tells whether there is one.
func (m *placing) breakCycle(plan *Plan, needs map[ActionID][]ActionID, cycle []ActionID) bool {
	for i := range len(cycle) - 1 {
		who, holder := cycle[i], cycle[i+1]
		if m.waitsFor[who.Key] == holder.Key && who.Part == PartMain && holder.Part == PartMain && m.letStepAside(plan, needs, holder.Key) {
			return true
		}
	}
	return false
}

// letStepAside parts the action of an object, so that who waits for its name waits for the first part only. It tells whether that can be done: an object
// that does something else before has no use for it.
func (m *placing) letStepAside(plan *Plan, needs map[ActionID][]ActionID, k model.Key) bool {
	i, planned := m.index[ActionID{Key: k}]
	if !planned || m.aside[k] || slices.Contains(needs[ActionID{Key: k}], ActionID{k, PartGiveUp}) {
		return false
	}
	m.aside[k] = true
	first := stepAside(&plan.Actions[i])
	plan.Actions = append(plan.Actions, first)
	needs[ActionID{Key: k}] = append(needs[ActionID{Key: k}], first.ID())
	for _, container := range containers(first.Want.Key) {
		needs[first.ID()] = append(needs[first.ID()], ActionID{Key: container})
	}
	for _, who := range m.waiting[k] {
		for i, needed := range needs[who] {
			if needed == (ActionID{Key: k}) {
				needs[who][i] = first.ID()
			}
		}
	}
	return true
}

// stepAside parts an action: what it gives goes first, the action then goes on from there.
func stepAside(a *Action) Action {
	place := aside(a.Key, a.Against.Object.Key)
	first := *a
	first.Part, first.Want, first.To, first.Needs = PartStepAside, a.Against.Object.Moved(place), model.StageSaved, nil
	first.Fields = []FieldChange{{Field: model.FieldPath, Tree: first.Want.Get(model.FieldPath), Remote: a.Against.Object.Get(model.FieldPath)}}
	there := *a.Against
	there.Object = first.Want
	a.Against = &there
	for i, f := range a.Fields {
		if f.Field == model.FieldPath {
			a.Fields[i].Remote = first.Want.Get(model.FieldPath)
		}
	}
	return first
}
