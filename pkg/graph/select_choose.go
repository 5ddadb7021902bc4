package graph

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/dwsync/dwsync/pkg/model"
)

// Subject is a node as selectors see it.
type Subject[N comparable] struct {
	Node N
	// Path is its path as people see it; Files are the slash paths of the files of the tree that hold it.
	Path  string
	Files []string
	// Types, Owners and Businesses are the words that type:, owner: and business: take for it.
	Types, Owners, Businesses []string
}

// NoMatchError reports a selector that nothing matches.
type NoMatchError struct {
	Selector string
	// Near is what was perhaps meant, "" if nothing comes near.
	Near string
	// Hint says what else may help, "" if nothing does.
	Hint string
}

func (e *NoMatchError) Error() string {
	message := fmt.Sprintf("selector %q: nothing in the tree or the workspace matches it", e.Selector)
	if e.Near != "" {
		message += fmt.Sprintf(", did you mean %q?", e.Near)
	}
	if e.Hint != "" {
		message += " (" + e.Hint + ")"
	}
	return message
}

// Choose gives the nodes that one of the selectors include names (all, if there are none) and none of exclude. g says what is upstream and downstream of
// a node. Paths and globs with a slash are looked for below the directory base first, "" being the root, and then below the root.
// Errors: *NoMatchError, joined if several selectors match nothing.
func Choose[N comparable](subjects []Subject[N], g *Graph[N], base string, include, exclude []Selector) (map[N]bool, error) {
	c := newChooser(subjects, g, base)
	chosen := map[N]bool{}
	if len(include) == 0 {
		for _, s := range subjects {
			chosen[s.Node] = true
		}
	}
	var failed []error
	each := func(selectors []Selector, do func(N)) {
		for _, s := range selectors {
			found, err := c.find(s)
			if err != nil {
				failed = append(failed, err)
			}
			for n := range found {
				do(n)
			}
		}
	}
	each(include, func(n N) { chosen[n] = true })
	each(exclude, func(n N) { delete(chosen, n) })
	if len(failed) > 0 {
		return nil, errors.Join(failed...)
	}
	return chosen, nil
}

// place is a path or a file of a subject.
type place struct {
	path    string
	subject int
}

// chooser finds subjects by selectors.
type chooser[N comparable] struct {
	subjects []Subject[N]
	graph    *Graph[N]
	base     string
	// places are all paths and files, sorted, so that what lies in a folder stands together; names holds them by their last segments.
	places []place
	names  map[string][]place
	// folders are all directories of places, sorted; made by the first glob.
	folders []string
	// misses counts the selectors that matched nothing.
	misses int
}

func newChooser[N comparable](subjects []Subject[N], g *Graph[N], base string) *chooser[N] {
	c := &chooser[N]{subjects: subjects, graph: g, base: path.Clean(base), names: map[string][]place{}}
	for i, s := range subjects {
		for _, p := range append([]string{s.Path}, s.Files...) {
			c.places = append(c.places, place{p, i})
			c.names[path.Base(p)] = append(c.names[path.Base(p)], place{p, i})
		}
	}
	slices.SortFunc(c.places, func(a, b place) int {
		return cmp.Or(strings.Compare(a.path, b.path), cmp.Compare(a.subject, b.subject))
	})
	return c
}

// find gives what a selector means.
func (c *chooser[N]) find(s Selector) (map[N]bool, error) {
	direct := map[N]bool{}
	var err error
	switch s.method {
	case byType:
		c.findWord(s.value, direct, func(s Subject[N]) []string { return s.Types }, strings.EqualFold)
	case byOwner:
		c.findWord(s.value, direct, func(s Subject[N]) []string { return s.Owners }, func(a, b string) bool { return a == b })
	case byBusiness:
		c.findWord(s.value, direct, func(s Subject[N]) []string { return s.Businesses }, func(a, b string) bool { return a == b })
	default:
		err = c.findPath(s, direct)
	}
	if err == nil && len(direct) == 0 {
		err = c.noMatch(s)
	}
	if err != nil {
		return nil, err
	}
	up, down := c.reach(direct, s.up, c.graph.needs), c.reach(direct, s.down, c.graph.needed)
	for _, more := range []map[N]bool{up, down} {
		for n := range more {
			direct[n] = true
		}
	}
	return direct, nil
}

func (c *chooser[N]) findWord(word string, found map[N]bool, words func(Subject[N]) []string, same func(a, b string) bool) {
	for _, s := range c.subjects {
		if slices.ContainsFunc(words(s), func(w string) bool { return same(w, word) }) {
			found[s.Node] = true
		}
	}
}

// findPath tries a path as it stands, then as a glob, below the base and below the root; last comes a name that may lie anywhere.
func (c *chooser[N]) findPath(s Selector, found map[N]bool) error {
	prefixes := []string{c.base}
	if c.base != "." {
		prefixes = append(prefixes, ".")
	}
	outside := 0
	for _, prefix := range prefixes {
		p := path.Join(prefix, s.value)
		if p == ".." || strings.HasPrefix(p, "../") {
			outside++
			continue
		}
		for _, spelled := range []string{p, string(model.CanonicalFolder(p))} {
			if c.take(spelled, found); len(found) > 0 {
				return nil
			}
		}
		if !s.literal && isGlob(s.value) && strings.Contains(s.value, "/") {
			if c.takeGlob(path.Join(escapeGlob(prefix), s.value), found); len(found) > 0 {
				return nil
			}
		}
	}
	if outside == len(prefixes) {
		return &SelectorError{Selector: s.text, Err: errOutside}
	}
	if strings.Contains(s.value, "/") {
		return nil
	}
	for _, at := range c.names[s.value] {
		c.take(at.path, found)
	}
	if len(found) == 0 && !s.literal && isGlob(s.value) {
		c.takeNames(s.value, found)
	}
	return nil
}

// take takes the subjects at a path, and all that lie below it. "." is everything.
func (c *chooser[N]) take(p string, found map[N]bool) {
	if p == "." {
		for _, s := range c.subjects {
			found[s.Node] = true
		}
		return
	}
	for _, prefix := range []string{p, p + "/"} {
		from, _ := slices.BinarySearchFunc(c.places, prefix, func(a place, p string) int { return strings.Compare(a.path, p) })
		for _, at := range c.places[from:] {
			if at.path != prefix && (prefix == p || !strings.HasPrefix(at.path, prefix)) {
				break
			}
			found[c.subjects[at.subject].Node] = true
		}
	}
}

// takeGlob takes what a glob matches, and all that lies in the folders that it matches.
func (c *chooser[N]) takeGlob(pattern string, found map[N]bool) {
	if c.folders == nil {
		c.folders = foldersOf(c.places)
	}
	matches := func(p string) bool {
		matched, err := doublestar.Match(pattern, p)
		return err == nil && matched
	}
	for _, folder := range c.folders {
		if matches(folder) {
			c.take(folder, found)
		}
	}
	for _, at := range c.places {
		if matches(at.path) {
			found[c.subjects[at.subject].Node] = true
		}
	}
}

// takeNames takes what has a name that a glob matches, wherever it lies.
func (c *chooser[N]) takeNames(pattern string, found map[N]bool) {
	for name, places := range c.names {
		if matched, err := doublestar.Match(pattern, name); err != nil || !matched {
			continue
		}
		for _, at := range places {
			c.take(at.path, found)
		}
	}
}

func foldersOf(places []place) []string {
	seen := map[string]bool{}
	for _, at := range places {
		for dir := path.Dir(at.path); dir != "." && !seen[dir]; dir = path.Dir(dir) {
			seen[dir] = true
		}
	}
	folders := make([]string, 0, len(seen))
	for dir := range seen {
		folders = append(folders, dir)
	}
	slices.Sort(folders)
	return folders
}

// escapeGlob makes a pattern that matches only the path itself.
func escapeGlob(p string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`, `{`, `\{`, `}`, `\}`).Replace(p)
}

// reach walks from all nodes at once.
func (c *chooser[N]) reach(from map[N]bool, depth int, edges map[N]map[N]bool) map[N]bool {
	found := map[N]bool{}
	level := make([]N, 0, len(from))
	for n := range from {
		level = append(level, n)
	}
	for step := 0; len(level) > 0 && (depth == Unlimited || step < depth); step++ {
		var next []N
		for _, n := range level {
			for other := range edges[n] {
				if !found[other] && !from[other] {
					found[other] = true
					next = append(next, other)
				}
			}
		}
		level = next
	}
	return found
}

// noMatch says that nothing matches, and what was perhaps meant.
func (c *chooser[N]) noMatch(s Selector) *NoMatchError {
	e := &NoMatchError{Selector: s.text}
	if c.misses++; c.misses > maxNear {
		return e
	}
	switch {
	case len(s.value) > longestNear: // What is much longer than names are was not mistyped.
	case s.method == byPath && strings.Contains(s.value, "/"):
		e.Near = c.nearPath(path.Join(c.base, s.value))
		if e.Near == "" {
			e.Near = c.nearPath(s.value)
		}
	default:
		e.Near = model.Nearest(s.value, c.words(s.method))
	}
	if meant, err := ParseSelector(s.text); s.argument && err == nil && (meant.method != byPath || meant.up != 0 || meant.down != 0) {
		e.Hint = "an argument is a path; a selector is given with --select"
		return e
	}
	literal := map[N]bool{}
	if c.take(s.text, literal); len(literal) > 0 || len(c.names[s.text]) > 0 {
		e.Hint = "a name that really looks so is written path:" + s.text
	}
	return e
}

// words gives all that a method can be followed by, sorted; for paths the names.
func (c *chooser[N]) words(m method) []string {
	var known []string
	for _, subject := range c.subjects {
		switch m {
		case byType:
			known = append(known, subject.Types...)
		case byOwner:
			known = append(known, subject.Owners...)
		case byBusiness:
			known = append(known, subject.Businesses...)
		}
	}
	if m == byPath {
		for name := range c.names {
			known = append(known, name)
		}
	}
	slices.Sort(known)
	return slices.Compact(known)
}

// nearPath gives the path that comes nearest to one that is not there: the first segment that is wrong is looked for beside its place.
func (c *chooser[N]) nearPath(p string) string {
	folder, name := path.Dir(p), path.Base(p)
	for folder != "." && folder != "/" && len(c.below(folder)) == 0 {
		folder, name = path.Dir(folder), path.Base(folder)
	}
	var known []string
	for _, at := range c.below(folder) {
		rest := at.path
		if folder != "." {
			rest = strings.TrimPrefix(rest, folder+"/")
		}
		segment, _, _ := strings.Cut(rest, "/")
		if len(known) == 0 || known[len(known)-1] != segment {
			known = append(known, segment)
		}
	}
	near := model.Nearest(name, known)
	if near == "" {
		return ""
	}
	return path.Join(folder, near)
}

// below gives the places in a folder, at any depth.
func (c *chooser[N]) below(folder string) []place {
	if folder == "." {
		return c.places
	}
	compare := func(a place, p string) int { return strings.Compare(a.path, p) }
	from, _ := slices.BinarySearchFunc(c.places, folder+"/", compare)
	// No path holds a byte between a slash and the next one.
	to, _ := slices.BinarySearchFunc(c.places, folder+string(rune('/'+1)), compare)
	return c.places[from:to]
}

// longestNear bounds how long a text may be, in bytes, for which a near one is looked for, maxNear for how many of a command line.
const (
	longestNear = 200
	maxNear     = 20
)
