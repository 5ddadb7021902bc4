package base

import (
	"errors"
	"io/fs"
	"iter"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// entry is one name in a directory of git.
type entry struct {
	name string
	mode uint32
	hash plumbing.Hash
}

const (
	modeType    = 0o170000
	modeDir     = 0o040000
	modeRegular = 0o100000
	modeSymlink = 0o120000
)

func (e entry) isDir() bool  { return e.mode&modeType == modeDir }
func (e entry) isFile() bool { return e.mode&modeType == modeRegular }

// fileMode is the entry's type as fs knows it; a submodule is something irregular.
func (e entry) fileMode() fs.FileMode {
	switch e.mode & modeType {
	case modeDir:
		return fs.ModeDir | 0o755
	case modeRegular:
		return 0o644
	case modeSymlink:
		return fs.ModeSymlink | 0o777
	default:
		return fs.ModeIrregular
	}
}

// before is git's order of the entries of a directory: by bytes, a directory's name as if it ended in a slash.
func (e entry) before(other entry) bool {
	n := min(len(e.name), len(other.name))
	if c := strings.Compare(e.name[:n], other.name[:n]); c != 0 {
		return c < 0
	}
	return e.next(n) < other.next(n)
}

func (e entry) next(i int) byte {
	switch {
	case i < len(e.name):
		return e.name[i]
	case e.isDir():
		return '/'
	default:
		return 0
	}
}

var errMalformed = errors.New("a directory in git is malformed")

// rawTree is a directory as git stores it. It is read without building a list: a directory may hold 10,000 files of which a walk wants two.
type rawTree string

// entries gives the entries in git's order, and then an error if the directory is malformed.
func (t rawTree) entries() iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		rest := string(t)
		for rest != "" {
			e, after, ok := nextEntry(rest)
			if !ok {
				yield(entry{}, errMalformed)
				return
			}
			if !yield(e, nil) {
				return
			}
			rest = after
		}
	}
}

func nextEntry(raw string) (e entry, rest string, ok bool) {
	space := strings.IndexByte(raw, ' ')
	if space < 1 || space > 7 {
		return e, "", false
	}
	for _, digit := range []byte(raw[:space]) {
		if digit < '0' || digit > '7' {
			return e, "", false
		}
		e.mode = e.mode<<3 | uint32(digit-'0')
	}
	raw = raw[space+1:]
	end := strings.IndexByte(raw, 0)
	if end < 1 || len(raw) < end+1+len(e.hash) {
		return e, "", false
	}
	e.name = raw[:end]
	copy(e.hash[:], raw[end+1:])
	return e, raw[end+1+len(e.hash):], true
}

// treeCache keeps the directories that were read last, up to a number of bytes.
type treeCache struct {
	trees map[plumbing.Hash]rawTree
	order []plumbing.Hash
	bytes int
	// lookups counts searches for a name; a directory that is searched often gets an index.
	lookups map[plumbing.Hash]int
	indexes map[plumbing.Hash]map[string]entry
	// reads counts directories that came from the repository.
	reads int
}

const (
	maxTreeCache = 8 << 20
	// maxLookups is how often a directory is searched from its start.
	maxLookups = 8
)

// tree reads a directory; the zero hash is an empty one.
func (g *Git) tree(hash plumbing.Hash) (rawTree, error) {
	if hash.IsZero() {
		return "", nil
	}
	c := &g.trees
	if t, found := c.trees[hash]; found {
		return t, nil
	}
	var b strings.Builder
	if err := g.object(plumbing.TreeObject, hash, &b); err != nil {
		return "", err
	}
	c.reads++
	t := rawTree(b.String())
	for len(c.order) > 0 && c.bytes+len(t) > maxTreeCache {
		oldest := c.order[0]
		c.order = c.order[1:]
		c.bytes -= len(c.trees[oldest])
		delete(c.trees, oldest)
		delete(c.lookups, oldest)
		delete(c.indexes, oldest)
	}
	if c.trees == nil {
		c.trees, c.lookups, c.indexes = map[plumbing.Hash]rawTree{}, map[plumbing.Hash]int{}, map[plumbing.Hash]map[string]entry{}
	}
	c.trees[hash] = t
	c.order = append(c.order, hash)
	c.bytes += len(t)
	return t, nil
}

// lookup finds one name in a directory.
func (g *Git) lookup(dir plumbing.Hash, name string) (entry, bool, error) {
	t, err := g.tree(dir)
	if err != nil || t == "" {
		return entry{}, false, err
	}
	c := &g.trees
	if index, found := c.indexes[dir]; found {
		e, found := index[name]
		return e, found, nil
	}
	if c.lookups[dir]++; c.lookups[dir] <= maxLookups {
		for e, err := range t.entries() {
			if err != nil || e.name == name {
				return e, err == nil, err
			}
		}
		return entry{}, false, nil
	}
	index := map[string]entry{}
	for e, err := range t.entries() {
		if err != nil {
			return entry{}, false, err
		}
		index[e.name] = e
	}
	c.indexes[dir] = index
	e, found := index[name]
	return e, found, nil
}

// find gives the entry of a slash path below a directory; "." is the directory itself.
func (g *Git) find(root plumbing.Hash, name string) (entry, bool, error) {
	e := entry{mode: modeDir, hash: root}
	if name == "." {
		return e, true, nil
	}
	for segment := range strings.SplitSeq(name, "/") {
		if !e.isDir() {
			return entry{}, false, nil
		}
		next, found, err := g.lookup(e.hash, segment)
		if err != nil || !found {
			return entry{}, false, err
		}
		e = next
	}
	return e, true, nil
}

// projectTree gives the project's directory in a commit's tree, or the zero hash if the commit does not have it.
func (g *Git) projectTree(root plumbing.Hash) (plumbing.Hash, error) {
	e, found, err := g.find(root, g.prefix)
	if err != nil || !found || !e.isDir() {
		return plumbing.ZeroHash, err
	}
	return e.hash, nil
}
