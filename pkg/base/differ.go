package base

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// differ finds the quests whose objects may differ between two directories, going down only where they are and where the hashes differ.
type differ struct {
	git    *Git
	byFile map[string][]int
	found  map[int]bool
}

func (d *differ) sorted() []int { return slices.Sorted(maps.Keys(d.found)) }

func (d *differ) add(i int) { d.found[i] = true }

// compare compares two directories, of which one may be absent (the zero hash). Both have the slash path dir and may be any of folders.
func (d *differ) compare(folders []*wanted, dir string, a, b plumbing.Hash) error {
	rawA, err := d.git.tree(a)
	if err != nil {
		return err
	}
	rawB, err := d.git.tree(b)
	if err != nil {
		return err
	}
	restA, restB := string(rawA), string(rawB)
	for restA != "" || restB != "" {
		x, afterX, hasX := nextEntry(restA)
		y, afterY, hasY := nextEntry(restB)
		if restA != "" && !hasX || restB != "" && !hasY {
			return errMalformed
		}
		switch {
		case hasX && hasY && x == y:
			restA, restB = afterX, afterY
			continue
		case !hasY || hasX && x.before(y):
			restA, err = afterX, d.oneSided(folders, dir, x, x.hash, plumbing.ZeroHash)
		case !hasX || y.before(x):
			restB, err = afterY, d.oneSided(folders, dir, y, plumbing.ZeroHash, y.hash)
		default:
			restA, restB, err = afterX, afterY, d.bothSides(folders, dir, x, y)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// oneSided takes an entry that only one of the directories has.
func (d *differ) oneSided(folders []*wanted, dir string, e entry, a, b plumbing.Hash) error {
	for _, w := range folders {
		for _, i := range w.own {
			d.add(i)
		}
	}
	if e.isDir() {
		if subs := subfolders(folders, e.name); len(subs) > 0 {
			return d.compare(subs, path.Join(dir, e.name), a, b)
		}
		return nil
	}
	for _, w := range folders {
		w.mayBe(e.name, d.add)
		if speaksForDirectory(e.name) && strings.Contains(dir, "%") {
			// It may say the name of its directory, which was too long to be spelled.
			w.all(d.add)
		}
	}
	return nil
}

// bothSides takes a name that both directories have, and that differs.
func (d *differ) bothSides(folders []*wanted, dir string, x, y entry) error {
	if x.isDir() && y.isDir() {
		if subs := subfolders(folders, x.name); len(subs) > 0 {
			return d.compare(subs, path.Join(dir, x.name), x.hash, y.hash)
		}
		return nil
	}
	if x.isFile() && y.isFile() {
		for _, i := range d.byFile[path.Join(dir, x.name)] {
			d.add(i)
		}
		return nil
	}
	for _, w := range folders {
		w.mayBe(x.name, d.add)
		w.all(d.add)
	}
	return nil
}
