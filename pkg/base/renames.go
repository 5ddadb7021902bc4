package base

import (
	"maps"
	"path"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/tree"
)

// A commit renames an object by taking it away from one place and putting it into another (design, section 6). Where a path ends on the way back through history,
// what the older commit has and the younger one has not is paired with what the younger one has and the older one has not, by the rule by which tree and
// workspace are paired. Only the files of which one of the commits has none are read, so that a commit costs what it moved.

// Renames says what became of the objects of an older side on a younger one.
type Renames interface {
	// Identity gives the place that an object has now.
	Identity(before model.Key) model.Key
	// Inside gives the place that an object would have now if only the containers around it had been renamed.
	Inside(before model.Key) model.Key
}

// Pair finds the renames between two sides, of which each has none of the other's keys.
type Pair func(now, before map[model.Key]model.Object) Renames

// renaming is what changed its place between two neighbours of history.
type renaming struct {
	renames Renames
	// former gives where the older one has an object by the key that the younger one has; only a container around it may be another.
	former map[model.Key]formerPlace
	// left are the keys of the older one that these objects have given up.
	left map[model.Key]bool
	// hasContainers tells that businesses or folders are among them.
	hasContainers bool
}

// formerPlace is where an older neighbour has an object, and its slash paths.
type formerPlace struct {
	key   model.Key
	paths []string
}

// none is the renaming of neighbours of which the older one has nothing that the younger one has not.
var none = &renaming{}

// inside gives an older key with the names that the younger neighbour has for the containers around it.
func (r *renaming) inside(k model.Key) model.Key {
	if r.renames == nil {
		return k
	}
	return r.renames.Inside(k)
}

// movedInto tells whether something was moved into a container from another one: then nobody knows whether the container is a new one, or had another name.
func (r *renaming) movedInto(container model.Key) bool {
	for now, before := range r.former {
		if now.Kind.IsFile() && container.Path().Contains(now.Folder) && r.inside(before.key).Folder != now.Folder {
			return true
		}
	}
	return false
}

// renamesBetween pairs what two directories of the project do not have in common, by their hashes.
func (g *Git) renamesBetween(before, now plumbing.Hash, pair Pair) (*renaming, error) {
	gone, err := g.only(before, now)
	if err != nil || len(gone) == 0 {
		return none, err
	}
	come, err := g.only(now, before)
	if err != nil || len(come) == 0 {
		return none, err
	}
	stands := func(root plumbing.Hash) func(string) (bool, error) {
		return func(file string) (bool, error) {
			_, found, err := g.find(root, file)
			return found, err
		}
	}
	then, err := g.readOnly(before, gone, stands(now))
	if err != nil {
		return nil, err
	}
	since, err := g.readOnly(now, come, stands(before))
	if err != nil {
		return nil, err
	}
	return renamingOf(then, formsOf(since), pair), nil
}

// workingTree is what the working tree holds, committed or not: where its objects stand, and their forms, which an object may lack. forward gives an object of a
// commit in such a form, if it has one.
type workingTree struct {
	local   map[model.Key]tree.Local
	form    func(model.Key) (model.Object, bool)
	forward func(model.Object) (model.Object, bool)
}

// renamesSince pairs what a directory of the project has with what the working tree has in other places, of which no commit need know.
func (g *Git) renamesSince(root plumbing.Hash, now workingTree, pair Pair) (*renaming, error) {
	stands := make(map[string]bool, 2*len(now.local))
	for _, local := range now.local {
		stands[local.Meta], stands[local.Content] = true, true
	}
	gone := map[string]bool{}
	if err := g.onlyIn(root, plumbing.ZeroHash, "", func(file string) {
		if !stands[file] {
			gone[file] = true
		}
	}); err != nil || len(gone) == 0 {
		return none, err
	}
	then, err := g.readOnly(root, gone, func(file string) (bool, error) { return stands[file], nil })
	if err != nil {
		return nil, err
	}
	for k, local := range then {
		var has bool
		if local.Object, has = now.forward(local.Object); has {
			then[k] = local
		} else {
			delete(then, k)
		}
	}
	since := map[model.Key]model.Object{}
	for k, local := range now.local {
		_, committed, err := g.find(root, local.Meta)
		if err != nil {
			return nil, err
		}
		if form, has := now.form(k); has && !committed {
			since[k] = form
		}
	}
	return renamingOf(then, since, pair), nil
}

func formsOf(locals map[model.Key]tree.Local) map[model.Key]model.Object {
	forms := make(map[model.Key]model.Object, len(locals))
	for k, local := range locals {
		forms[k] = local.Object
	}
	return forms
}

// renamingOf pairs what only the older side has with what only the younger one has.
func renamingOf(before map[model.Key]tree.Local, now map[model.Key]model.Object, pair Pair) *renaming {
	older := formsOf(before)
	for k := range before {
		if _, both := now[k]; both {
			delete(older, k)
		}
	}
	younger := maps.Clone(now)
	for k := range now {
		if _, both := before[k]; both {
			delete(younger, k)
		}
	}
	if len(older) == 0 || len(younger) == 0 {
		return none
	}
	r := &renaming{renames: pair(younger, older), former: map[model.Key]formerPlace{}, left: map[model.Key]bool{}}
	for k := range older {
		if is := r.renames.Identity(k); is != k {
			if _, found := younger[is]; found {
				r.former[is], r.left[k] = formerPlace{k, pathsOf(before[k])}, true
				r.hasContainers = r.hasContainers || !k.Kind.IsFile()
			}
		}
	}
	return r
}

// only gives the files, as slash paths below the project's directory, that one directory has and another has not.
func (g *Git) only(a, b plumbing.Hash) (map[string]bool, error) {
	files := map[string]bool{}
	err := g.onlyIn(a, b, "", func(file string) { files[file] = true })
	return files, err
}

// readOnly reads the objects that the given files of a directory make, and the containers that stand there only.
func (g *Git) readOnly(root plumbing.Hash, files map[string]bool, elsewhere func(file string) (bool, error)) (map[model.Key]tree.Local, error) {
	v := &view{git: g, root: root, only: withDirectories(files), opened: func(string) {}}
	read, err := tree.ReadValid(v)
	if v.err != nil {
		return nil, v.err
	}
	if err != nil {
		return nil, err
	}
	for k, local := range read.Objects {
		if k.Kind.IsFile() {
			continue
		}
		if both, err := elsewhere(local.Meta); err != nil {
			return nil, err
		} else if both {
			delete(read.Objects, k)
		}
	}
	return read.Objects, nil
}

// withDirectories adds the directories on the way to files.
func withDirectories(files map[string]bool) map[string]bool {
	all := maps.Clone(files)
	for file := range files {
		for dir := path.Dir(file); dir != "." && !all[dir]; dir = path.Dir(dir) {
			all[dir] = true
		}
	}
	return all
}

// trail is where the objects of a walk's quests stand in each commit: where they stand in the youngest, but for what commits on the way changed.
type trail struct {
	history *history
	// turns are the changes of each quest's place, in the order in which they were found: nothing comes before a commit through which it was found.
	turns map[int][]turn
	// renamings are those of containers.
	renamings []renamedIn
}

// renamedIn is a renaming by the older neighbour.
type renamedIn struct {
	commit int
	*renaming
}

// turn is a change of an object's place: in a commit and in what was found through it, it stands at key, or nowhere; ended tells that from there on back the key
// was another object's.
type turn struct {
	commit      int
	key         model.Key
	gone, ended bool
}

// at gives where an object stands in a commit, or stood before it went.
func (t *trail) at(commit, quest int, k model.Key) turn {
	for _, turned := range slices.Backward(t.turns[quest]) {
		if t.history.foundThrough(commit, turned.commit) {
			return turned
		}
	}
	return turn{commit: commit, key: k}
}

func (t *trail) turn(quest int, to turn) {
	if t.turns == nil {
		t.turns = map[int][]turn{}
	}
	t.turns[quest] = append(t.turns[quest], to)
}

// rename notes what changed its place between a commit and its younger neighbour, if containers did.
func (t *trail) rename(commit int, r *renaming) {
	if !r.hasContainers || slices.ContainsFunc(t.renamings, func(known renamedIn) bool { return known.commit == commit && known.renaming == r }) {
		return
	}
	t.renamings = append(t.renamings, renamedIn{commit, r})
}

// now gives a commit's key with the names that the containers around it have now.
func (t *trail) now(commit int, k model.Key) model.Key {
	for _, r := range slices.Backward(t.renamings) {
		if t.history.foundThrough(commit, r.commit) {
			k = r.inside(k)
		}
	}
	return k
}

// former gives the name that an object had in a commit, which has none of the younger one's name.
func (w *walker) former(commit, quest int, k model.Key) (model.Key, bool, error) {
	if _, inTree := w.tree[k]; w.younger(commit) < 0 && !inTree {
		return model.Key{}, false, nil
	}
	r, err := w.renaming(commit)
	if err != nil {
		return model.Key{}, false, err
	}
	former, found := r.former[k]
	if told := w.quests[quest].movedInto; !found && told != nil && r.movedInto(k) {
		told()
	}
	return former.key, found, nil
}

// younger gives the neighbour of a commit on the way from HEAD; -1 is the working tree.
func (w *walker) younger(commit int) int {
	for younger := w.history.commits[commit].via; ; younger = w.history.commits[younger].via {
		if younger < 0 || w.mappings[younger] != nil {
			return younger
		}
	}
}

// renaming gives what changed its place between a commit and its younger neighbour.
func (w *walker) renaming(commit int) (*renaming, error) {
	younger := w.younger(commit)
	neighbours := [2]plumbing.Hash{w.roots[commit]}
	if younger >= 0 {
		neighbours[1] = w.roots[younger]
	}
	r, known := w.known[neighbours]
	if !known {
		var err error
		if younger >= 0 {
			r, err = w.git.renamesBetween(w.roots[commit], w.roots[younger], w.pair)
		} else {
			r, err = w.git.renamesSince(w.roots[commit], workingTree{
				local: w.local,
				form: func(k model.Key) (model.Object, bool) {
					form, has := w.tree[k]
					return form, has
				},
				forward: func(local model.Object) (model.Object, bool) {
					form, err := w.mappings[commit].mapping.Forward(local)
					return form, err == nil
				},
			}, w.pair)
		}
		if err != nil {
			return nil, err
		}
		w.known[neighbours] = r
	}
	w.trail.rename(commit, r)
	return r, nil
}
