package pull

import (
	"slices"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/tree"
)

// A rename in the workspace moves the object's files in the tree, where their comments and what is not pushed yet go along. A renamed business or folder
// takes all with it that the tree has in it, a renamed node the files inside it. Placeholders that name a moved file name its new place afterwards.

// moves are the renames that a pull takes.
type moves struct {
	// names gives the new name of a renamed container by the path that the tree has for it, nodes the new key of a renamed node by the tree's.
	names map[model.FolderPath]string
	nodes map[model.Key]model.Key
	// bases are those of objects that the pull does not take.
	bases map[model.Key]model.Object
	// protects are the folders that hold something protected; nil until it is asked for.
	protects map[model.FolderPath]bool
}

func newMoves() moves {
	return moves{names: map[model.FolderPath]string{}, nodes: map[model.Key]model.Key{}, bases: map[model.Key]model.Object{}}
}

// path gives where a path of the tree is after the pull.
func (m moves) path(p model.FolderPath) model.FolderPath { return p.Renamed(m.names) }

// key gives the key of what stands in containers, or lies in a node, that are renamed.
func (m moves) key(k model.Key) model.Key {
	if node, inner := k.Parent(); inner {
		if to, renamed := m.nodes[node]; renamed {
			node = to
		}
		return model.InnerKey(m.key(node), k.Name, k.Type)
	}
	return k.At(m.path(k.Folder), k.Name)
}

// noteMove remembers that a container, or a node that files lie in, is renamed.
func (p *planner) noteMove(c diff.Comparison, form model.Object) {
	switch {
	case c.Tree == nil || form.Key == c.Key:
	case !c.Key.Kind.IsFile():
		p.moves.names[c.Key.Path()] = form.Key.Name
	case len(p.inside[c.Key]) > 0:
		p.moves.nodes[c.Key] = form.Key
	}
}

// keepBase remembers the base of an object that the pull leaves as it is, and that may go along with its container all the same.
func (p *planner) keepBase(c diff.Comparison) {
	switch {
	case c.Base != nil:
		p.moves.bases[c.Key] = *c.Base
	case c.Verdict == diff.Same:
		p.moves.bases[c.Key] = model.Settled(*c.Tree, c.Remote.Object)
	}
}

// guardRename keeps what dwsync.yaml protects in its place.
func (p *planner) guardRename(c diff.Comparison, d decision) decision {
	if d.form == nil || c.Tree == nil || d.form.Key == c.Key || p.Protected == nil {
		return d
	}
	isProtected := p.Protected(c.Key) || p.Protected(d.form.Key) || p.carriesProtected(c.Key, d.form.Key)
	if !c.Key.Kind.IsFile() {
		isProtected = isProtected || p.holdsProtected(c.Key.Path())
	}
	if !isProtected {
		return d
	}
	return refuse("it was renamed in the workspace to "+d.form.Key.String()+", and dwsync.yaml protects it: push --force gives it its name back", model.FieldPath)
}

// carriesProtected tells whether a file inside a node is protected under the node's key of either side.
func (p *planner) carriesProtected(node, to model.Key) bool {
	return slices.ContainsFunc(p.inside[node], func(inner diff.Comparison) bool {
		return p.Protected(inner.Key) || p.Protected(inner.Key.Carried(node, to))
	})
}

func (p *planner) holdsProtected(container model.FolderPath) bool {
	if p.moves.protects == nil {
		p.moves.protects = map[model.FolderPath]bool{}
		for k := range p.standing.Objects {
			if p.Protected(k) {
				for path := k.Path(); path != ""; path = path.Parent() {
					p.moves.protects[path] = true
				}
			}
		}
	}
	return p.moves.protects[container]
}

// refuseTaken keeps an object where it is whose new place is another one's in the tree, and stays that. Who keeps its place may be in the way of the next.
func (p *planner) refuseTaken(all []decided) {
	leaving := map[model.Key]bool{}
	for _, each := range all {
		if each.moves() || each.deed == Deleted {
			leaving[each.Key] = true
		}
	}
	for again := true; again; {
		again = false
		for i, each := range all {
			if !each.moves() {
				continue
			}
			if _, stands := p.standing.Objects[each.form.Key]; !stands || leaving[each.form.Key] {
				continue
			}
			all[i].decision = refuse("it was renamed in the workspace to "+each.form.Key.String()+", where the tree has another file: rename that one, and pull again", model.FieldPath)
			delete(leaving, each.Key)
			again = true
		}
	}
}

// moves tells whether a file is to be moved in the tree.
func (d decided) moves() bool {
	return d.form != nil && d.Tree != nil && d.Key.Kind.IsFile() && d.form.Key != d.Key
}

// relocate brings the outcome to where everything is after the renames that it takes.
func (p *planner) relocate() {
	p.moveContents()
	p.moveBases()
	p.renamePlaceholders()
}

// moveContents moves what the tree has in renamed containers and nodes.
func (p *planner) moveContents() {
	if len(p.moves.names)+len(p.moves.nodes) == 0 {
		return
	}
	changed := make(map[model.Key]bool, len(p.out.Changes))
	for i, change := range p.out.Changes {
		changed[change.Key] = true
		if change.Object == nil {
			continue
		}
		to := p.moves.key(change.Object.Key)
		object := change.Object.Moved(to)
		if _, stands := p.standing.Objects[change.Key]; !stands {
			change.Key = to
		}
		change.Object = &object
		p.out.Changes[i] = change
		if form, noted := p.taken[change.Key]; noted {
			// Once it stands there, the workspace's form is compared under the new name of its container.
			workspace := form.Moved(p.moves.key(form.Key)).Hash()
			for _, entry := range p.out.before[change.Key] {
				if entry.Workspace == form.Hash() {
					p.out.before.add(to, Entry{Workspace: workspace, Content: entry.Content})
				}
			}
		}
	}
	for _, k := range p.standing.Keys() {
		if to := p.moves.key(k); to != k && !changed[k] {
			object := p.standing.Objects[k].Object.Moved(to)
			p.out.Changes = append(p.out.Changes, tree.Change{Key: k, Object: &object})
		}
	}
}

// moveBases gives the bases the keys that their objects have in the workspace, and forgets the former ones.
func (p *planner) moveBases() {
	kept := map[model.Key]bool{}
	for i, base := range p.out.Bases {
		p.out.Bases[i].Object = base.Moved(p.moves.key(base.Key))
		kept[p.out.Bases[i].Key] = true
	}
	for i, item := range p.out.Items {
		if item.Acknowledged {
			// Its hash goes into a commit's message.
			remote := *item.Remote
			remote.Object = remote.Object.Moved(p.moves.key(remote.Object.Key))
			p.out.Items[i].Remote = &remote
		}
	}
	for _, change := range p.out.Changes {
		if change.Object == nil || change.Object.Key == change.Key {
			continue
		}
		if !kept[change.Key] {
			p.out.Gone = append(p.out.Gone, change.Key)
		}
		// What goes along, and is not taken itself, keeps the base that it had.
		if base, known := p.moves.bases[change.Key]; known && !kept[change.Object.Key] {
			p.out.Bases = append(p.out.Bases, Base{base.Moved(p.moves.key(base.Key)), change.Key})
		}
	}
	p.moveBasesOfDeleted(kept)
	slices.SortFunc(p.out.Gone, model.Key.Compare)
	p.out.Gone = slices.Compact(p.out.Gone)
}

// moveBasesOfDeleted lets the bases of what the tree deleted go along with the containers around it: no file of the tree would take them there.
func (p *planner) moveBasesOfDeleted(kept map[model.Key]bool) {
	for _, item := range p.out.Items {
		to := p.moves.key(item.Key)
		base, known := p.moves.bases[item.Key]
		if item.Tree != nil || item.Remote == nil || to == item.Key || !known || kept[to] {
			continue
		}
		p.out.Gone = append(p.out.Gone, item.Key)
		p.out.Bases = append(p.out.Bases, Base{base.Moved(p.moves.key(base.Key)), item.Key})
	}
}

// renamePlaceholders lets placeholders name files where they are now.
func (p *planner) renamePlaceholders() {
	paths := map[model.FolderPath]model.FolderPath{}
	changes := make(map[model.Key]int, len(p.out.Changes))
	for i, change := range p.out.Changes {
		changes[change.Key] = i
		if change.Object != nil && change.Object.Key != change.Key && change.Key.Kind == model.KindNode {
			paths[change.Key.Path()] = change.Object.Key.Path()
		}
	}
	if len(paths) == 0 {
		return
	}
	to := func(path model.FolderPath) (model.FolderPath, bool) {
		now, moved := paths[path]
		return now, moved
	}
	for _, k := range p.standing.Keys() {
		if i, changed := changes[k]; changed {
			if object := p.out.Changes[i].Object; object != nil {
				now, _ := mapping.Renamed(*object, to)
				p.out.Changes[i].Object = &now
			}
			delete(changes, k)
			continue
		}
		if now, renamed := mapping.Renamed(p.standing.Objects[k].Object, to); renamed {
			p.out.Changes = append(p.out.Changes, tree.Change{Key: k, Object: &now})
		}
	}
	for _, i := range changes {
		if object := p.out.Changes[i].Object; object != nil {
			now, _ := mapping.Renamed(*object, to)
			p.out.Changes[i].Object = &now
		}
	}
}
