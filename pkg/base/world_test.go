package base

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-billy/v5/memfs"
	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/memory"

	"github.com/dwsync/dwsync/pkg/config"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/state"
)

const (
	projectYAML = "version: 1\ntargets:\n  dev:\n    region: cn-shanghai\n    projectId: 10000\n"
	folder      = "业务流程/shop/MaxCompute/ods"
)

// failer is what a test, a benchmark and a property have in common.
type failer interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Context() context.Context
}

// files is a working tree: content by slash path.
type files map[string]string

// world is a repository in memory, whose commits are a minute apart.
type world struct {
	t     failer
	store *memory.Storage
	repo  *gogit.Repository
	now   time.Time
}

func newWorld(t failer) *world {
	t.Helper()
	store := memory.NewStorage()
	repo, err := gogit.Init(store, memfs.New())
	if err != nil {
		t.Fatal(err)
	}
	return &world{t: t, store: store, repo: repo, now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
}

// git opens the repository at its HEAD, as the project in the directory prefix.
func (w *world) git(prefix string) *Git {
	w.t.Helper()
	g, err := newGit(w.repo, prefix)
	if err != nil {
		w.t.Fatal(err)
	}
	return g
}

// commit makes a commit with the message and the parents (none: the first), and lets HEAD stand on it.
func (w *world) commit(fs files, message string, parents ...string) string {
	w.t.Helper()
	w.now = w.now.Add(time.Minute)
	who := object.Signature{Name: "李雷", Email: "li@example.com", When: w.now}
	c := object.Commit{Author: who, Committer: who, Message: message, TreeHash: w.tree(fs)}
	for _, p := range parents {
		c.ParentHashes = append(c.ParentHashes, plumbing.NewHash(p))
	}
	hash := w.write(&c)
	w.checkout(hash.String())
	return hash.String()
}

func (w *world) checkout(commit string) {
	w.t.Helper()
	for _, r := range []*plumbing.Reference{
		plumbing.NewHashReference("refs/heads/main", plumbing.NewHash(commit)),
		plumbing.NewSymbolicReference(plumbing.HEAD, "refs/heads/main"),
	} {
		if err := w.store.SetReference(r); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) write(o interface {
	Encode(plumbing.EncodedObject) error
}) plumbing.Hash {
	w.t.Helper()
	encoded := w.store.NewEncodedObject()
	if err := o.Encode(encoded); err != nil {
		w.t.Fatal(err)
	}
	return w.keep(encoded)
}

func (w *world) keep(encoded plumbing.EncodedObject) plumbing.Hash {
	w.t.Helper()
	hash, err := w.store.SetEncodedObject(encoded)
	if err != nil {
		w.t.Fatal(err)
	}
	return hash
}

func (w *world) blob(content string) plumbing.Hash {
	encoded := w.store.NewEncodedObject()
	encoded.SetType(plumbing.BlobObject)
	writer, err := encoded.Writer()
	if err == nil {
		_, err = writer.Write([]byte(content))
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return w.keep(encoded)
}

func (w *world) tree(fs files) plumbing.Hash {
	w.t.Helper()
	below := map[string]files{}
	var t object.Tree
	for _, name := range slices.Sorted(maps.Keys(fs)) {
		if dir, rest, deeper := strings.Cut(name, "/"); deeper {
			if below[dir] == nil {
				below[dir] = files{}
			}
			below[dir][rest] = fs[name]
		} else {
			t.Entries = append(t.Entries, object.TreeEntry{Name: name, Mode: filemode.Regular, Hash: w.blob(fs[name])})
		}
	}
	for dir, fs := range below {
		t.Entries = append(t.Entries, object.TreeEntry{Name: dir, Mode: filemode.Dir, Hash: w.tree(fs)})
	}
	slices.SortFunc(t.Entries, func(a, b object.TreeEntry) int { return strings.Compare(sortName(a), sortName(b)) })
	return w.write(&t)
}

func sortName(e object.TreeEntry) string {
	if e.Mode == filemode.Dir {
		return e.Name + "/"
	}
	return e.Name
}

// project is a working tree with the SQL nodes of the folder; a content of "" leaves the node out.
func project(nodes map[string]string) files {
	fs := files{"dwsync.yaml": projectYAML, "业务流程/shop/business.yaml": "", "README.md": "no object"}
	for name, content := range nodes {
		if content != "" {
			fs[path.Join(folder, name+".sql")] = content
			fs[path.Join(folder, name+".node.yaml")] = "fileType: ODPS_SQL\n"
		}
	}
	return fs
}

func key(name string) model.Key { return model.FileKey(folder, name, 10) }

// form is the form of a node in the folder.
func form(name, content string) model.Object {
	o := model.NewObject(key(name))
	o.Set(model.FieldContent, model.TextValue(content))
	return o
}

// remote is a node as a workspace holds it: the service filled the owner, and it was submitted with the comments (the oldest first).
func (s *side) remote(name, content string, comments ...string) {
	o := form(name, content)
	o.Set(model.FieldOwner, model.TextValue("1000"))
	s.add(o, comments...)
}

func (s *side) add(o model.Object, comments ...string) {
	id := model.FileID(fmt.Sprint(len(s.Remote) + 1))
	r := model.Remote{Object: o, FileID: id, Stage: model.StageSaved, CurrentVersion: len(comments)}
	for i, comment := range comments {
		s.versions[id] = append(s.versions[id], model.Version{Number: i + 1, Comment: comment})
	}
	s.Remote[o.Key] = r
}

// side is an Input with a workspace's versions.
type side struct {
	Input
	versions map[model.FileID][]model.Version
	asked    []model.FileID
}

func newSide(g *Git) *side {
	s := &side{versions: map[model.FileID][]model.Version{}}
	s.Input = Input{
		Tree: map[model.Key]model.Object{}, Remote: map[model.Key]model.Remote{}, State: map[model.Key]state.Base{},
		Git: g, Versions: s, Workers: 1, Pair: pairLikeSides, Target: "dev", Release: model.StageDeployed,
		Mapping: func(t config.Target) mapping.Mapping { return mapping.New(t, model.Project{Identifier: "shop_dev"}) },
	}
	return s
}

// pairLikeSides pairs two commits as tree and workspace are paired.
func pairLikeSides(now, before map[model.Key]model.Object) Renames {
	older := map[model.Key]model.Remote{}
	for k, o := range before {
		older[k] = model.Remote{Object: o}
	}
	return diff.Pair(diff.Pairing{Tree: now, Remote: older})
}

func (s *side) ListFileVersions(_ context.Context, id model.FileID) ([]model.Version, error) {
	s.asked = append(s.asked, id)
	return s.versions[id], nil
}

// resolve gives the base of one node, whose tree form is tree ("" if the tree does not have it).
func (s *side) resolve(t failer, name, tree string) Base {
	t.Helper()
	k := key(name)
	if tree != "" {
		s.Tree[k] = form(name, tree)
	}
	return s.resolveKey(t, k)
}

func (s *side) resolveKey(t failer, k model.Key) Base {
	t.Helper()
	s.Keys = []model.Key{k}
	bases, err := Resolve(t.Context(), s.Input)
	if err != nil {
		t.Fatal(err)
	}
	if len(bases) != 1 || bases[k].Reason == "" {
		t.Fatalf("got %v", bases)
	}
	return bases[k]
}

func mark(commit string, o model.Object) string {
	return FormatComment(Mark{Commit: commit, Hash: o.Hash()}, "subject", "author")
}

func dirtyMark(commit string, o model.Object) string {
	return FormatComment(Mark{Commit: commit, Dirty: true, Hash: o.Hash()}, "subject", "author")
}

// want checks a base: its content ("" is unknown), whether it is what the workspace holds, and where it comes from.
func want(t failer, b Base, content string, known bool, source Source) {
	t.Helper()
	got := ""
	if b.Object != nil {
		got = b.Object.Text(model.FieldContent)
	}
	if got != content || b.Known != known || b.Source != source {
		t.Errorf("got %q, known %v, from %s (%s); want %q, %v, from %s", got, b.Known, b.Source, b.Reason, content, known, source)
	}
}
