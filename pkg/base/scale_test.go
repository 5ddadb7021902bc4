package base

import (
	"fmt"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/dwsync/dwsync/pkg/model"
)

// large is a history of many commits, each of which changes one of many nodes; the newest changes come from the nodes with the lowest numbers.
type large struct {
	*world
	folders, perFolder, commits int
	first                       string
}

func (l *large) key(i int) model.Key {
	return model.FileKey(l.folder(i%l.folders), fmt.Sprintf("n%05d", i), 10)
}

func (l *large) folder(f int) model.FolderPath {
	return model.FolderPath(fmt.Sprintf("业务流程/shop/MaxCompute/f%03d", f))
}

func newLarge(t failer, folders, perFolder, commits int) *large {
	l := &large{world: newWorld(t), folders: folders, perFolder: perFolder, commits: commits}
	meta, config, business := l.blob("fileType: ODPS_SQL\n"), l.blob(projectYAML), l.blob("")
	entries := make([][]object.TreeEntry, folders)
	for f := range folders {
		for i := range perFolder {
			name := l.key(i*folders + f).Name
			entries[f] = append(entries[f],
				object.TreeEntry{Name: name + ".node.yaml", Mode: filemode.Regular, Hash: meta},
				object.TreeEntry{Name: name + ".sql", Mode: filemode.Regular, Hash: l.blob(l.content(i*folders+f, 0))})
		}
	}
	dirs := make([]object.TreeEntry, folders)
	for f := range folders {
		dirs[f] = object.TreeEntry{Name: l.folder(f).Base(), Mode: filemode.Dir, Hash: l.write(&object.Tree{Entries: entries[f]})}
	}
	parent := plumbing.ZeroHash
	for n := range commits {
		node := (commits - 1 - n) % (folders * perFolder)
		f := node % folders
		if n > 0 {
			entries[f][node/folders*2+1].Hash = l.blob(l.content(node, n))
			dirs[f].Hash = l.write(&object.Tree{Entries: entries[f]})
		}
		inside := l.write(&object.Tree{Entries: dirs})
		shop := l.write(&object.Tree{Entries: []object.TreeEntry{{Name: "MaxCompute", Mode: filemode.Dir, Hash: inside}, {Name: "business.yaml", Mode: filemode.Regular, Hash: business}}})
		root := l.write(&object.Tree{Entries: []object.TreeEntry{{Name: "shop", Mode: filemode.Dir, Hash: shop}}})
		top := l.write(&object.Tree{Entries: []object.TreeEntry{{Name: "dwsync.yaml", Mode: filemode.Regular, Hash: config}, {Name: "业务流程", Mode: filemode.Dir, Hash: root}}})
		l.now = l.now.Add(time.Minute)
		c := object.Commit{Author: object.Signature{When: l.now}, Committer: object.Signature{When: l.now}, Message: "one change", TreeHash: top}
		if n > 0 {
			c.ParentHashes = []plumbing.Hash{parent}
		}
		parent = l.write(&c)
		if n == 0 {
			l.first = parent.String()
		}
	}
	l.checkout(parent.String())
	return l
}

func (l *large) content(node, commit int) string {
	return fmt.Sprintf("select %d, %d;\n", node, commit)
}

// drifted is a workspace that holds of some nodes what the first commit held, or what no commit held.
func (l *large) drifted(nodes int, known bool) *side {
	s := newSide(l.git("."))
	for i := range nodes {
		o := model.NewObject(l.key(i))
		o.Set(model.FieldContent, model.TextValue(l.content(i, 0)))
		if !known {
			o.Set(model.FieldContent, model.TextValue("console"))
		}
		s.add(o, dirtyMark(l.first, o))
		s.Keys = append(s.Keys, o.Key)
	}
	return s
}

// Each directory is read once, and only those on the way to what is looked for; a node is read where it changes, at HEAD and at the floor.
func TestWalkReadsLittle(t *testing.T) {
	const commits, inAll = 300, 2000
	for name, folders := range map[string]int{"folders of 20": inAll / 20, "one folder": 1} {
		l := newLarge(t, folders, inAll/folders, commits)
		for nodes, most := range map[int]int{20: 5*commits + 100, inAll: 5*commits + 100} {
			if folders > 1 && nodes == 20 {
				// Four directories on the way of each commit, and the folder only where one of the twenty may have changed.
				most = 4*commits + 100
			}
			s := l.drifted(nodes, false)
			bases, err := Resolve(t.Context(), s.Input)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range s.Keys {
				if bases[k].Known || bases[k].Object == nil {
					t.Fatalf("%s: got %v", k, bases[k])
				}
			}
			if reads := s.Git.trees.reads; reads > most {
				t.Errorf("%s, %d nodes: %d directories were read, want at most %d", name, nodes, reads, most)
			}
		}
	}
}

// The walk ends where all is settled: what was changed in the last commits is found without a look at the rest.
func TestWalkStops(t *testing.T) {
	l := newLarge(t, 10, 20, 300)
	s := newSide(l.git("."))
	for i := range 3 {
		o := model.NewObject(l.key(i))
		o.Set(model.FieldContent, model.TextValue(l.content(i, 99-i)))
		s.add(o, dirtyMark(l.first, o))
		s.Keys = append(s.Keys, o.Key)
	}
	bases, err := Resolve(t.Context(), s.Input)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range s.Keys {
		if !bases[k].Known {
			t.Errorf("%s: got %v", k, bases[k])
		}
	}
	if reads := s.Git.trees.reads; reads > 5*205 {
		t.Errorf("%d directories were read of 300 commits, though the 200 last ones settle all", reads)
	}
}

func BenchmarkResolve(b *testing.B) {
	for _, c := range []struct{ folders, nodes int }{{50, 20}, {1, 20}, {50, 10000}, {1, 10000}} {
		l := newLarge(b, c.folders, 10000/c.folders, 1000)
		b.Run(fmt.Sprintf("folders=%d/nodes=%d", c.folders, c.nodes), func(b *testing.B) {
			for b.Loop() {
				s := l.drifted(c.nodes, false)
				if _, err := Resolve(b.Context(), s.Input); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(s.Git.trees.reads), "trees")
			}
		})
	}
}
