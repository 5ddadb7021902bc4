package cli_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gogit "github.com/go-git/go-git/v5"

	"github.com/dwsync/dwsync/internal/testsize"
	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
)

// The crash matrix of files: a pull is killed at each of its writes to tree and state, before or after it, or in the middle of a file. A push in the tree that
// it leaves changes nothing in the workspace, and the next pull ends where an undisturbed one ends: the same files, what is not dwsync's as it was, nothing
// half written left anywhere.

// foreignFiles stand in the tree and are none of dwsync's business.
var foreignFiles = map[string]string{
	"README.md": "# our jobs\n",
	"业务流程/shop/MaxCompute/dwd/说明.txt":   "a note beside the nodes\n",
	"业务流程/shop/MaxCompute/gone/keep.me": "a note where the workspace has deleted everything\n",
	".dwsync/mine.tmp":                  "not dwsync's\n",
}

// client is somebody else's way to the workspace: the console.
func (w *crashWorld) client() *dataworks.Client {
	w.t.Helper()
	client, err := dataworks.Open(dataworks.Options{
		Endpoint: "127.0.0.1:1", Region: "cn-shanghai", Project: dataworks.ProjectRef{ID: "10000"}, Transport: w.server.Transport(),
		Credentials: dataworks.AccessKey(markedID, markedSecret, markedToken),
	})
	must(w.t, err)
	return client
}

// allFiles gives every file below a directory but git's, by slash path.
func allFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Name() == ".git" {
			return fs.SkipDir
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		found[filepath.ToSlash(name)] = string(data)
		return err
	}))
	return found
}

// pullStage is a tree, and a workspace that has moved on.
type pullStage struct {
	dir string
	// before are the files that stand in the directory before the pull.
	before   map[string]string
	snapshot emulator.Snapshot
	at       time.Time
	after    map[string]string
	writes   int
}

// newPullStage makes the workspace that the tree is pulled from: somebody changed a node, made another, and deleted a third. known tells that the tree was
// pushed before; else it holds nothing but dwsync.yaml.
func newPullStage(t *testing.T, known bool) *pullStage {
	created, _ := scenarios(t, "127.0.0.1:1")
	gone := filepath.Join(created, "业务流程", "shop", "MaxCompute", "gone", "old")
	write(t, gone+".sql", "SELECT 'old';\n")
	write(t, gone+".node.yaml", "fileType: ODPS_SQL\nautoParsing: false\nnodeConfiguration:\n  inputList:\n    - ${project}_root\n  outputList:\n    - ${project}.old\n")
	repo, err := gogit.PlainOpen(created)
	must(t, err)
	commit(t, repo, "a job that will go")
	s := &pullStage{dir: created}
	if !known {
		s.dir = filepath.Join(t.TempDir(), "new")
	}
	synctest.Test(t, func(t *testing.T) {
		w := newCrashWorld(t, created, nil, emulator.Standard)
		w.finish("before")
		s.before = allFiles(t, created)
		if !known {
			s.before = map[string]string{"dwsync.yaml": s.before["dwsync.yaml"]}
		}
		maps.Copy(s.before, foreignFiles)
		client, ctx := w.client(), t.Context()
		find := func(name string, folder model.FolderPath) (model.FileID, model.Object) {
			id, err := client.FindFile(ctx, model.FileKey(folder, name, 10))
			must(t, err)
			file, err := client.GetFile(ctx, id)
			must(t, err)
			return id, file.Object
		}
		const dwd = "业务流程/shop/MaxCompute/dwd"
		for _, name := range []string{"a", "b"} {
			id, changed := find(name, dwd)
			changed.Set(model.FieldContent, model.TextValue("SELECT 'console';\n"))
			changed.Set(model.FieldCronExpress, model.TextValue("00 15 01 * * ?"))
			must(t, client.UpdateFile(ctx, id, changed, []model.Field{model.FieldContent, model.FieldCronExpress}, nil))
		}
		_, made := find("c", dwd)
		made.Key.Name = "made"
		_, err := client.CreateFile(ctx, made)
		must(t, err)
		id, _ := find("old", "业务流程/shop/MaxCompute/gone")
		_, err = client.DeleteFile(ctx, id)
		must(t, err)
		time.Sleep(time.Minute)
		s.snapshot, s.at = w.server.Snapshot(), time.Now()
	})
	synctest.Test(t, func(t *testing.T) {
		w, p := s.open(t), &process{}
		if code, output := w.start(p, "pull", "--max-delete", "5"); code != 0 {
			t.Fatalf("the undisturbed pull ends with %d:\n%s", code, output)
		}
		s.after, s.writes = allFiles(t, w.dir), p.writes
		_, made := s.after["业务流程/shop/MaxCompute/dwd/made.sql"]
		if _, old := s.after["业务流程/shop/MaxCompute/gone/old.sql"]; !made || old {
			t.Fatalf("the undisturbed pull leaves %q", slices.Sorted(maps.Keys(s.after)))
		}
	})
	return s
}

// open makes a directory and the workspace as they are before the pull.
func (s *pullStage) open(t *testing.T) *crashWorld {
	entries, err := os.ReadDir(s.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Name() != ".git" {
			must(t, os.RemoveAll(filepath.Join(s.dir, entry.Name())))
		}
	}
	for name, text := range s.before {
		write(t, filepath.Join(s.dir, filepath.FromSlash(name)), text)
	}
	w := newCrashWorld(t, s.dir, nil, emulator.Standard)
	must(t, w.server.Restore(s.snapshot))
	time.Sleep(time.Until(s.at))
	return w
}

// play kills a pull at a write, looks at what is left, and pulls again.
func (s *pullStage) play(t *testing.T, at int, after bool) {
	synctest.Test(t, func(t *testing.T) {
		w := s.open(t)
		if code, output := w.start(&process{write: at, after: after}, "pull", "--max-delete", "5"); code == 0 {
			t.Fatalf("the pull was not killed:\n%s", output)
		}
		w.wantForeign()
		// A file of which one half was pulled is nobody's form: it may be refused.
		if code, output := w.run("push", "--yes", "--changed-only"); code != 0 && code != 3 || len(w.deeds.snapshot()) > 0 {
			t.Errorf("a push in what the killed pull left ends with %d and does %v:\n%s", code, w.deeds.snapshot(), output)
		}
		if code, output := w.run("pull", "--max-delete", "5"); code != 0 {
			t.Errorf("the second pull ends with %d:\n%s", code, output)
		}
		w.wantForeign()
		w.wantNoKeys("pull")
		wantFiles(t, allFiles(t, w.dir), s.after)
		if code, output := w.run("diff", "--changed-only"); code != 0 {
			t.Errorf("after the second pull a diff ends with %d:\n%s", code, output)
		}
	})
}

func (w *crashWorld) wantForeign() {
	w.t.Helper()
	now := allFiles(w.t, w.dir)
	for name, text := range foreignFiles {
		if now[name] != text {
			w.t.Errorf("%s, which is not dwsync's, became %q", name, now[name])
		}
	}
}

// wantFiles compares two directories; of a state only that it is there.
func wantFiles(t *testing.T, got, want map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		text, stands := got[name]
		if !stands || text != want[name] && !strings.HasPrefix(name, ".dwsync/dev.state.db") {
			t.Errorf("%s is there: %v, and holds\n%s\nwhere an undisturbed pull leaves\n%s", name, stands, text, want[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, expected := want[name]; !expected {
			t.Errorf("%s is left, which an undisturbed pull does not leave", name)
		}
	}
}

// What a killed process left of a state that it was making goes away with the next run.
func TestHalfMadeStatesGoAway(t *testing.T) {
	isolate(t)
	created, _ := scenarios(t, "127.0.0.1:1")
	synctest.Test(t, func(t *testing.T) {
		w := newCrashWorld(t, created, nil, emulator.Standard)
		half, others := filepath.Join(created, stateFile+".new-1234567"), filepath.Join(created, ".dwsync", "prod.state.db.new-1234567")
		write(t, half, "half")
		write(t, others, "another target's")
		w.finish("push")
		left := slices.Sorted(maps.Keys(allFiles(t, filepath.Join(created, ".dwsync"))))
		if !slices.Equal(left, []string{"dev.state.db", "prod.state.db.new-1234567"}) {
			t.Errorf("left in .dwsync: %q", left)
		}
	})
}

func TestKilledPullHarmsNothing(t *testing.T) {
	isolate(t)
	random := testsize.Random(t)
	type point struct {
		write int
		after bool
	}
	for name, known := range map[string]bool{"into a tree that was pushed": true, "into an empty tree": false} {
		t.Run(name, func(t *testing.T) {
			s := newPullStage(t, known)
			var points []point
			for at := 1; at <= s.writes; at++ {
				points = append(points, point{at, false}, point{at, true})
			}
			points = testsize.Sample(random, points, 12)
			for _, p := range points {
				t.Run(fmt.Sprintf("write %d of %d, after it: %v", p.write, s.writes, p.after), func(t *testing.T) { s.play(t, p.write, p.after) })
			}
			t.Logf("%d points", len(points))
		})
	}
}
