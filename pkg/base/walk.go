package base

import (
	"context"
	"reflect"
	"slices"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/dwsync/dwsync/pkg/config"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/tree"
)

// version is what one commit holds of an object, in the target's form.
type version struct {
	commit plumbing.Hash
	time   time.Time
	object model.Object
	// at is the place where the commit holds it; object may have been given another one since.
	at model.Key
}

// quest is one object whose versions are looked at, youngest first, until see says that it is settled.
type quest struct {
	key model.Key
	// floor is the commit from which on versions count, one of the history's points; the zero hash means that all count.
	floor plumbing.Hash
	see   func(version) (settled bool)
}

// mapper reads the dwsync.yaml of any commit; mappings that are equal are one pointer.
type mapper struct {
	git    *Git
	target string
	// build makes the mapping of a target as a dwsync.yaml has it.
	build  func(config.Target) mapping.Mapping
	byBlob map[plumbing.Hash]*targetMapping
	known  []*targetMapping
}

type targetMapping struct {
	target  config.Target
	mapping mapping.Mapping
}

// at gives how the project's directory maps to the target; nil if its dwsync.yaml is absent or invalid, or does not have the target.
func (m *mapper) at(root plumbing.Hash) (*targetMapping, error) {
	e, found, err := m.git.find(root, config.FileName)
	if err != nil || !found || !e.isFile() {
		return nil, err
	}
	if known, found := m.byBlob[e.hash]; found {
		return known, nil
	}
	data, err := m.git.blob(e.hash)
	if err != nil {
		return nil, err
	}
	read := m.read(data)
	m.byBlob[e.hash] = read
	return read, nil
}

func (m *mapper) read(data []byte) *targetMapping {
	c, err := config.Parse(config.FileName, data)
	if err != nil {
		return nil
	}
	t, err := c.Target(m.target)
	if err != nil {
		return nil
	}
	for _, k := range m.known {
		if reflect.DeepEqual(k.target, t) {
			return k
		}
	}
	read := &targetMapping{target: t, mapping: m.build(t)}
	m.known = append(m.known, read)
	return read
}

// walker goes through history once for all quests. Each commit is compared with the one through which it was found, only where a wanted object may be,
// and only objects that may differ are read.
type walker struct {
	git     *Git
	history *history
	mapper  *mapper
	quests  []quest
	wanted  wanted
	places  []*wanted
	settled []bool
	// byFile are the quests that opened a file by its path.
	byFile map[string][]int
	// open counts quests that are not settled by their floor's bit, openAll those without a floor; mask has the bits with open quests.
	open    []int
	mask    []uint64
	openAll int
	left    int
	// reads counts objects that were read.
	reads int
}

// walk shows each quest the versions at or after its floor, each at least once, youngest first; it stops when all quests are settled.
func (g *Git) walk(ctx context.Context, h *history, m *mapper, quests []quest) error {
	w := &walker{git: g, history: h, mapper: m, quests: quests, settled: make([]bool, len(quests)), byFile: map[string][]int{}}
	w.open, w.mask, w.left = make([]int, len(h.points)), make([]uint64, h.words), len(quests)
	return w.run(ctx)
}

func (w *walker) run(ctx context.Context) error {
	every := make([]int, len(w.quests))
	for i, q := range w.quests {
		every[i] = i
		w.places = append(w.places, w.wanted.add(i, q.key))
		if q.floor.IsZero() {
			w.openAll++
		} else {
			bit := w.history.points[q.floor]
			w.open[bit]++
			w.mask[bit/64] |= 1 << (bit % 64)
		}
	}
	roots := make([]plumbing.Hash, len(w.history.commits))
	mappings := make([]*targetMapping, len(w.history.commits))
	for i, c := range w.history.commits {
		if err := ctx.Err(); err != nil {
			return err
		}
		if w.left == 0 {
			return nil
		}
		if !w.matters(i) {
			continue
		}
		var err error
		if roots[i], err = w.git.projectTree(c.root); err != nil {
			return err
		}
		if mappings[i], err = w.mapper.at(roots[i]); err != nil {
			return err
		}
		changed := every
		if c.via >= 0 && mappings[i] == mappings[c.via] {
			if roots[i] == roots[c.via] {
				continue
			}
			d := differ{git: w.git, byFile: w.byFile, found: map[int]bool{}}
			if err := d.compare([]*wanted{&w.wanted}, "", roots[c.via], roots[i]); err != nil {
				return err
			}
			changed = d.sorted()
		}
		if mappings[i] == nil {
			continue
		}
		if err := w.look(i, roots[i], mappings[i], changed); err != nil {
			return err
		}
	}
	return nil
}

// matters tells whether the commit is at or after the floor of anything that is not settled. Then the commit through which it was found is, too.
func (w *walker) matters(commit int) bool {
	if w.openAll > 0 {
		return true
	}
	for i, word := range w.history.row(commit) {
		if word&w.mask[i] != 0 {
			return true
		}
	}
	return false
}

// look shows the versions of a commit to the quests that are not settled and whose floor is not after it.
func (w *walker) look(commit int, root plumbing.Hash, m *targetMapping, changed []int) error {
	var concerned []int
	var part wanted
	for _, i := range changed {
		if !w.settled[i] && (w.quests[i].floor.IsZero() || w.history.atOrAfter(commit, w.quests[i].floor)) {
			concerned = append(concerned, i)
			part.add(i, w.quests[i].key)
		}
	}
	if len(concerned) == 0 {
		return nil
	}
	current := 0
	v := &view{git: w.git, root: root, wanted: &part, opened: func(name string) {
		if !slices.Contains(w.byFile[name], current) {
			w.byFile[name] = append(w.byFile[name], current)
		}
	}}
	reader := tree.NewReader(v)
	c := w.history.commits[commit]
	for _, current = range concerned {
		w.reads++
		form, found, err := read(reader, v, m.mapping, w.quests[current].key)
		if err != nil {
			return err
		}
		if found && w.quests[current].see(version{commit: c.hash, time: c.time, object: form, at: form.Key}) {
			w.settle(current)
		}
	}
	return nil
}

// read gives an object's version. What does not parse or does not map is no version; what git cannot read is an error.
func read(reader *tree.Reader, v *view, m mapping.Mapping, k model.Key) (model.Object, bool, error) {
	local, found, err := reader.Object(k)
	if v.err != nil {
		return model.Object{}, false, v.err
	}
	if err != nil || !found {
		return model.Object{}, false, nil
	}
	form, err := m.Forward(local.Object)
	return form, err == nil, nil
}

func (w *walker) settle(i int) {
	w.settled[i] = true
	w.places[i].settle()
	w.left--
	floor := w.quests[i].floor
	if floor.IsZero() {
		w.openAll--
		return
	}
	bit := w.history.points[floor]
	if w.open[bit]--; w.open[bit] == 0 {
		w.mask[bit/64] &^= 1 << (bit % 64)
	}
}

// versionsAt gives what one commit holds of some keys.
func (g *Git) versionsAt(h *history, m *mapper, commit plumbing.Hash, keys []model.Key) (map[model.Key]version, error) {
	found := map[model.Key]version{}
	i, reached := h.index[commit]
	if !reached {
		return found, nil
	}
	root, err := g.projectTree(h.commits[i].root)
	if err != nil {
		return nil, err
	}
	at, err := m.at(root)
	if err != nil || at == nil {
		return found, err
	}
	var part wanted
	for i, k := range keys {
		part.add(i, k)
	}
	v := &view{git: g, root: root, wanted: &part, opened: func(string) {}}
	reader := tree.NewReader(v)
	for _, k := range keys {
		form, has, err := read(reader, v, at.mapping, k)
		if err != nil {
			return nil, err
		}
		if has {
			found[k] = version{commit: commit, time: h.commits[i].time, object: form, at: k}
		}
	}
	return found, nil
}
