package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/dwsync/dwsync/pkg/model"
)

// directory is a directory while edits are planned: what stands in it, and what will.
type directory struct {
	spelled string
	// onDisk are the names that stand there now, entries those that stand there after the edits so far.
	onDisk  map[string]bool
	entries map[string]bool
	// taken counts who has a folded name, which nothing new may have: what stands there now (also what will be removed: a stopped run leaves it), and what is
	// new.
	taken map[string]int
	// stems are the folded spellings of objects, without suffix and type; names are decoded names.
	stems map[string]bool
	names map[string]bool
	// nameless are empty directories that a stopped pull left, free to be used.
	nameless map[string]bool
	// fullName is set for a new directory whose name was cut.
	fullName string
}

// fold gives what is equal for names that some file system does not tell apart: by Unicode's folding, or by upper case (the dotless i).
func fold(name string) string {
	return norm.NFC.String(cases.Fold().String(strings.ToLower(strings.ToUpper(norm.NFD.String(name)))))
}

func (d *directory) take(name string) {
	if !d.entries[name] {
		d.taken[fold(name)]++
	}
	d.entries[name] = true
}

// free lets go of the files of an object that takes its own name in other letters: they are removed before.
func (d *directory) free(local Local) {
	for _, file := range []string{local.Meta, local.Content} {
		if name := path.Base(file); d.onDisk[name] {
			d.taken[fold(name)]--
		}
	}
	delete(d.names, local.Object.Key.Name)
	delete(d.stems, fold(withoutType(stemOf(local.Meta, local.Object.Key))))
}

// directory gives a directory: the one that stands, or a new one that is planned with those above it. k is who needs it.
func (p *planner) directory(at location, k model.Key) (*directory, error) {
	if d, found := p.directories[at]; found {
		return d, nil
	}
	d := &directory{onDisk: map[string]bool{}, entries: map[string]bool{}, taken: map[string]int{}, stems: map[string]bool{}, names: map[string]bool{}}
	l, err := p.reader.listLocation(at)
	node, isInner := at.node()
	switch {
	case err != nil:
		return nil, err
	case l != nil:
		d.spelled = l.spelled
		if err := p.load(d, l); err != nil {
			return nil, err
		}
	case !isInner && at.folder.Parent() == "":
		if !at.folder.Root().IsKnownRoot() {
			return nil, &UnknownRootError{Key: k}
		}
		d.spelled = string(at.folder)
	}
	if isInner || at.folder.Parent() != "" {
		above, err := p.directory(at.up(), k)
		if err != nil {
			return nil, err
		}
		switch {
		case l != nil:
		case isInner:
			name := innerDirectory(p.stem(node))
			above.take(name)
			d.spelled = path.Join(above.spelled, name)
		default:
			if err := above.spellFolder(d, at.folder); err != nil {
				return nil, err
			}
		}
	}
	p.directories[at] = d
	if d.fullName != "" && !at.folder.IsBusiness() {
		p.create(k, d, folderFile, []byte(keyName+": "+scalar(d.fullName, inBlock, anyStyle)+"\n"))
	}
	return d, nil
}

// stem is what the files of a node of the tree begin with, or will.
func (p *planner) stem(node model.Key) string {
	if stem, isNew := p.stems[node]; isNew {
		return stem
	}
	return stemOf(p.current.Objects[node].Meta, node)
}

// spellFolder spells the new directory d of a folder in its parent's.
func (d *directory) spellFolder(sub *directory, folder model.FolderPath) error {
	stem, cut, found := d.spell(folder.Base(), 0, func(stem string) []string {
		if d.nameless[stem] {
			return nil
		}
		return []string{stem}
	})
	if !found {
		return &NameError{Key: model.FolderKey(folder)}
	}
	d.take(stem)
	sub.spelled = path.Join(d.spelled, stem)
	if cut {
		sub.fullName = folder.Base()
	}
	return nil
}

// load fills in what stands in a directory.
func (p *planner) load(d *directory, l *listing) error {
	d.nameless = l.nameless
	entries, err := fs.ReadDir(p.fsys, l.spelled)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading the directory %s of the tree: %w", l.spelled, err)
	}
	for _, entry := range entries {
		d.onDisk[entry.Name()] = true
		d.take(entry.Name())
	}
	for _, meta := range l.metas {
		d.names[meta.name+cutKey(meta.cut)] = true
		d.stems[fold(withoutType(meta.stem))] = true
	}
	delete(d.names, "")
	for name, spelled := range l.folders {
		d.names[name] = true
		d.stems[fold(spelled)] = true
	}
	return nil
}

// cutKey is what stands in directory.names for a name of which only the hash is known.
func cutKey(hash string) string {
	if hash == "" {
		return ""
	}
	return cutMark + hash
}

func withoutType(stem string) string {
	if i := strings.LastIndex(stem, typeMark); i >= 0 {
		return stem[:i]
	}
	return stem
}

// suffixRoom is the room that the type and the ending of a file need behind the stem; a directory has neither.
const suffixRoom = len(".do-while-start") + len(typeMark+"1000126")

// spell finds a free spelling for a name. files gives the names of the files that a spelling would take. cut tells that the spelling does not hold the
// whole name. t is 0 for a directory.
func (d *directory) spell(name string, t model.FileType, files func(stem string) []string) (stem string, cut, found bool) {
	mark := ""
	limit := maxSpelling
	if t != 0 {
		mark = typeMark + strconv.Itoa(int(t))
		limit -= suffixRoom
	}
	base := encodeName(name)
	if len(base) > limit || base == "" {
		base, cut = cutName(name, limit), true
	}
	candidates := d.candidates(base, name, mark)
	// At the end what takes the least readable names: everything escaped, and the form for names that are too long.
	last := len(candidates)
	if escaped := hexOf(name); len(escaped) <= limit {
		candidates = append(candidates, escaped)
		last++
	}
	candidates = append(candidates, cutName(name, limit))
	for i, candidate := range candidates {
		free := true
		for _, file := range files(candidate) {
			free = free && d.taken[fold(file)] == 0
		}
		if free {
			d.names[name] = true
			d.stems[fold(withoutType(candidate))] = true
			return candidate, cut || i == last, true
		}
	}
	return "", false, false
}

// candidates gives spellings in the order in which they are tried: the plain one, unless a file of another type has the name; one with an escaped letter
// where only the case differs; one with the type.
func (d *directory) candidates(base, name, mark string) []string {
	var plain, typed []string
	plain = append(plain, base)
	for attempt := 0; ; attempt++ {
		escaped := escapeCase(base, attempt)
		if escaped == "" {
			break
		}
		plain = append(plain, escaped)
	}
	if mark == "" {
		return plain
	}
	for _, stem := range plain {
		typed = append(typed, stem+mark)
	}
	switch {
	case d.names[name], d.names[cutKey(hashOfName(name))]:
		return append(typed, plain...)
	case d.stems[fold(base)]:
		return append(plain, typed...)
	default:
		return append(append(plain[:1:1], typed...), plain[1:]...)
	}
}
