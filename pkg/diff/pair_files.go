package diff

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/model"
)

// minSharedContent is the shortest content, in bytes, that tells files apart by itself.
const minSharedContent = 100

// pair is a file that tree and workspace have in different places.
type pair struct{ tree, remote model.Key }

// filePairing pairs files.
type filePairing struct {
	Pairing
	outputs  owners[ownedOutput]
	contents owners[ownedContent]
	// toTree and toRemote are the pairs so far, both ways.
	toTree, toRemote map[model.Key]model.Key
	// moved are keys that both sides have, of which at least one is another object than the other.
	moved map[model.Key]bool
}

type ownedOutput struct {
	t    model.FileType
	name string
}

type ownedContent struct {
	t    model.FileType
	text string
}

// owners are the files of both sides that have something.
type owners[K comparable] map[K]*struct{ tree, remote []model.Key }

func (o owners[K]) add(what K, k model.Key, isTree bool) {
	owned := o[what]
	if owned == nil {
		owned = &struct{ tree, remote []model.Key }{}
		o[what] = owned
	}
	// Who has what two others have is no evidence, however many there are.
	switch {
	case isTree && len(owned.tree) < 2:
		owned.tree = append(owned.tree, k)
	case !isTree && len(owned.remote) < 2:
		owned.remote = append(owned.remote, k)
	}
}

// pairs gives the files of the two sides that have something which no other file has.
func (o owners[K]) pairs() []pair {
	var pairs []pair
	for _, owned := range o {
		if len(owned.tree) == 1 && len(owned.remote) == 1 {
			pairs = append(pairs, pair{owned.tree[0], owned.remote[0]})
		}
	}
	return pairs
}

// pairFiles gives the pairs of files, sorted.
func pairFiles(in Pairing) []pair {
	p := filePairing{
		Pairing: in, outputs: owners[ownedOutput]{}, contents: owners[ownedContent]{},
		toTree: map[model.Key]model.Key{}, toRemote: map[model.Key]model.Key{}, moved: map[model.Key]bool{},
	}
	if !p.mayHavePairs() {
		return nil
	}
	for k, o := range in.Tree {
		p.index(k, o, true)
	}
	for k, r := range in.Remote {
		p.index(k, r.Object, false)
	}
	p.findMoved()
	for _, evidence := range []func() []pair{p.byAside, p.byID, p.outputs.pairs, p.contents.pairs} {
		p.match(evidence())
	}
	p.restore()
	pairs := make([]pair, 0, len(p.toTree))
	for remote, tree := range p.toTree {
		pairs = append(pairs, pair{tree, remote})
	}
	slices.SortFunc(pairs, comparePairs)
	return pairs
}

func comparePairs(a, b pair) int { return cmp.Or(a.tree.Compare(b.tree), a.remote.Compare(b.remote)) }

// mayHavePairs tells whether anything could be paired, so that most comparisons cost one look at their keys.
func (p *filePairing) mayHavePairs() bool {
	for k, r := range p.Remote {
		o, inTree := p.Tree[k]
		if k.Kind.IsFile() && (!inTree || isOther(o, r.Object) || p.remembersElsewhere(k, r)) {
			return true
		}
	}
	return false
}

func (p *filePairing) remembersElsewhere(k model.Key, r model.Remote) bool {
	if p.Remembered == nil {
		return false
	}
	was, known := p.Remembered(r)
	return known && was != k
}

// isOther tells whether two forms of one path may be of two objects: each has outputs, and none of them is the other's.
func isOther(tree, remote model.Object) bool {
	hasOutputs := func(o model.Object) bool { return len(o.Get(model.FieldOutputList).Items) > 0 }
	return hasOutputs(tree) && hasOutputs(remote) && !tree.SharesOutput(remote)
}

func (p *filePairing) index(k model.Key, o model.Object, isTree bool) {
	if !k.Kind.IsFile() || k.IsInner() {
		return // the files inside a node go where it goes
	}
	for _, output := range o.Get(model.FieldOutputList).Names() {
		p.outputs.add(ownedOutput{k.Type, output}, k, isTree)
	}
	if text := ownText(o); len(text) >= minSharedContent {
		p.contents.add(ownedContent{k.Type, text}, k, isTree)
	}
}

// IsOne tells whether two forms of one type, of which nothing else is known, are of one object: they share an output, or a content that tells files apart.
func IsOne(tree, remote model.Object) bool {
	text := ownText(tree)
	return tree.SharesOutput(remote) || len(text) >= minSharedContent && text == ownText(remote)
}

// ownText is what a file says by itself: its content, and of a function what the service keeps there.
func ownText(o model.Object) string {
	text := o.Text(model.FieldContent)
	if o.Key.Kind != model.KindFunction {
		return text
	}
	for _, spec := range model.Fields(o.Key.Kind) {
		if spec.InContent {
			for _, name := range o.Get(spec.Field).Names() {
				text += name + "\x00"
			}
			text += o.Text(spec.Field) + "\x00"
		}
	}
	return text
}

// findMoved finds the paths that both sides have and whose two files are not one: files that swapped their names, or a file in the former place of another.
// That takes more than an output, since outputs are handed over between files that stay: a file that moved as it was, or an id.
func (p *filePairing) findMoved() {
	note := func(found pair) {
		if found.tree == found.remote {
			return
		}
		for _, k := range []model.Key{found.tree, found.remote} {
			o, inTree := p.Tree[k]
			r, inRemote := p.Remote[k]
			if inTree && inRemote && !o.SharesOutput(r.Object) {
				p.moved[k] = true
			}
		}
	}
	for _, found := range p.byID() {
		note(found)
	}
	for _, found := range p.outputs.pairs() {
		if ownText(p.Tree[found.tree]) == ownText(p.Remote[found.remote].Object) {
			note(found)
		}
	}
}

// byID pairs what the last run saw in the tree's place with what has the same id now.
func (p *filePairing) byID() []pair {
	if p.Remembered == nil {
		return nil
	}
	var pairs []pair
	for k, r := range p.Remote {
		was, known := p.Remembered(r)
		if _, inTree := p.Tree[was]; known && inTree && was != k && k.Kind.IsFile() && was.Type == k.Type {
			pairs = append(pairs, pair{was, k})
		}
	}
	return pairs
}

// byAside pairs what a push that was stopped let step aside with what it was to become.
func (p *filePairing) byAside() []pair {
	waiting := map[string][]model.Key{}
	for k := range p.Remote {
		if strings.HasPrefix(k.Name, asideMark) {
			waiting[k.Name] = append(waiting[k.Name], k)
		}
	}
	var pairs []pair
	if len(waiting) == 0 {
		return nil
	}
	for k := range p.Tree {
		for _, place := range waiting[aside(k, k).Name] {
			if place.Type == k.Type && k.Kind.IsFile() {
				pairs = append(pairs, pair{k, place})
			}
		}
	}
	return pairs
}

// match takes pairs over, each file once. Where one file has evidence for two others, it is of those with the same content, else of that with the same
// name, if that is one; else of none.
func (p *filePairing) match(pairs []pair) {
	slices.SortFunc(pairs, comparePairs)
	pairs = slices.Compact(pairs)
	pairs = slices.DeleteFunc(pairs, func(c pair) bool { return !p.isFree(c) })
	for _, better := range []func(pair) bool{
		func(c pair) bool { return ownText(p.Tree[c.tree]) == ownText(p.Remote[c.remote].Object) },
		func(c pair) bool { return c.tree.Name == c.remote.Name },
		func(pair) bool { return true },
	} {
		trees, remotes := map[model.Key]int{}, map[model.Key]int{}
		for _, c := range pairs {
			if better(c) {
				trees[c.tree]++
				remotes[c.remote]++
			}
		}
		for _, c := range pairs {
			if better(c) && trees[c.tree] == 1 && remotes[c.remote] == 1 && p.isFree(c) {
				p.toTree[c.remote], p.toRemote[c.tree] = c.tree, c.remote
			}
		}
		pairs = slices.DeleteFunc(pairs, func(c pair) bool { return !p.isFree(c) })
	}
}

// isFree tells whether neither file of a pair is paired, with another or by having one path on both sides.
func (p *filePairing) isFree(c pair) bool {
	_, treePaired := p.toRemote[c.tree]
	_, remotePaired := p.toTree[c.remote]
	_, stays := p.Remote[c.tree]
	_, stood := p.Tree[c.remote]
	if c.tree.IsInner() || c.remote.IsInner() {
		return false
	}
	return c.tree != c.remote && !treePaired && !remotePaired && (!stays || p.moved[c.tree]) && (!stood || p.moved[c.remote])
}

// restore takes back what would leave two objects at one path: the workspace's file of a path that the tree has too must be paired elsewhere, or it is the
// tree's file of that path after all.
func (p *filePairing) restore() {
	var open []model.Key
	for k := range p.moved {
		open = append(open, k)
	}
	slices.SortFunc(open, model.Key.Compare)
	for len(open) > 0 {
		k := open[0]
		open = open[1:]
		if _, paired := p.toTree[k]; paired || !p.moved[k] {
			continue
		}
		delete(p.moved, k)
		if other, paired := p.toRemote[k]; paired {
			delete(p.toRemote, k)
			delete(p.toTree, other)
			open = append(open, other)
		}
	}
}
