package cli_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
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

// Files that take each other's places while each holds work that is nowhere else: a pull writes one over the other, so that a kill in between must lose
// neither, and must never leave the code of the one under the configuration of the other without dwsync knowing of it.

// swaps are the renames that somebody made in the console, by the file's first place below dwd: two that swap, three that rotate, a chain, one letter's case,
// and two folders whose names were swapped.
var swaps = []struct{ from, to string }{
	{"a", "b"}, {"b", "a"},
	{"c", "d"}, {"d", "e"}, {"e", "c"},
	{"f", "g"}, {"g", "h"},
	{"k", "K"},
	{"x/p", "y/p"}, {"y/p", "x/p"}, {"x/q", "y/q"},
}

// outputOfSwap is the output of a file of swaps, which tells it apart wherever it is.
func outputOfSwap(from string) string { return "t_" + strings.ReplaceAll(from, "/", "_") }

// newSwapStage makes the tree, in which each file was edited and not committed, and the workspace, in which each has another place.
func newSwapStage(t *testing.T) *pullStage {
	s := &pullStage{dir: filepath.Join(t.TempDir(), "project")}
	write(t, filepath.Join(s.dir, "dwsync.yaml"), "version: 1\ntargets:\n  dev: {region: cn-shanghai, endpoint: \"127.0.0.1:1\", projectId: 10000}\n")
	write(t, filepath.Join(s.dir, ".gitignore"), ".dwsync/\n")
	write(t, filepath.Join(s.dir, "业务流程", "shop", "business.yaml"), "description: a shop\n")
	place := func(name string) string { return filepath.Join(s.dir, filepath.FromSlash(dwd+name)) }
	for _, swap := range swaps {
		write(t, place(swap.from)+".sql", "SELECT '"+outputOfSwap(swap.from)+"';\n")
		write(t, place(swap.from)+".node.yaml", "fileType: ODPS_SQL\nautoParsing: false\nnodeConfiguration:\n  cronExpress: 00 30 00 * * ?\n  paraValue: code="+outputOfSwap(swap.from)+
			"\n  inputList: [\"${project}_root\"]\n  outputList: [\"${project}."+outputOfSwap(swap.from)+"\"]\n")
	}
	repo, err := gogit.PlainInit(s.dir, false)
	must(t, err)
	commit(t, repo, "before anything moved")
	synctest.Test(t, func(t *testing.T) {
		w := newCrashWorld(t, s.dir, nil, emulator.Standard)
		w.finish("before")
		for _, swap := range swaps {
			for _, ending := range []string{".sql", ".node.yaml"} {
				text, err := os.ReadFile(place(swap.from) + ending)
				must(t, err)
				remark := "-- edited: " + outputOfSwap(swap.from) + "\n"
				if ending != ".sql" {
					remark = "# edited: " + outputOfSwap(swap.from) + "\n"
				}
				write(t, place(swap.from)+ending, string(text)+remark)
			}
		}
		s.before = allFiles(t, s.dir)
		w.moveInConsole()
		time.Sleep(time.Minute)
		s.snapshot, s.at = w.server.Snapshot(), time.Now()
	})
	synctest.Test(t, func(t *testing.T) {
		w, p := s.open(t), &process{}
		if code, output := w.start(p, "pull"); code != 0 {
			t.Fatalf("the undisturbed pull ends with %d:\n%s", code, output)
		}
		s.after, s.writes = allFiles(t, w.dir), p.writes
		for _, swap := range swaps {
			if text := s.after[dwd+swap.to+".sql"]; !strings.Contains(text, "edited: "+outputOfSwap(swap.from)+"\n") {
				t.Errorf("the undisturbed pull brings %s to %s, where %q stands", swap.from, swap.to, text)
			}
		}
		wantWhole(t, s.after)
	})
	return s
}

// moveInConsole gives each file its new place. A name that is taken is got by a name in between.
func (w *crashWorld) moveInConsole() {
	w.t.Helper()
	client, ctx := w.client(), w.t.Context()
	move := func(from, to string) {
		key := tableKey(dwd + from)
		id, err := client.FindFile(ctx, key)
		must(w.t, err)
		form := model.NewObject(tableKey(dwd + to))
		must(w.t, client.UpdateFile(ctx, id, form, model.PathParts(key, form.Key), nil))
		time.Sleep(time.Minute)
	}
	for _, swap := range swaps {
		if !strings.Contains(swap.from, "/") {
			move(swap.from, "between_"+swap.from)
		}
	}
	for _, swap := range swaps {
		if !strings.Contains(swap.from, "/") {
			move("between_"+swap.from, swap.to)
		}
	}
	w.renameFolder(client, "x", "z")
	w.renameFolder(client, "y", "x")
	w.renameFolder(client, "z", "y")
}

func (w *crashWorld) renameFolder(client *dataworks.Client, from, to string) {
	w.t.Helper()
	parent := model.FolderPath(strings.TrimSuffix(dwd, "/"))
	folders, err := client.ListFolders(w.t.Context(), parent)
	must(w.t, err)
	must(w.t, client.RenameFolder(w.t.Context(), folders[parent.Join(from)], parent.Join(from), parent.Join(to)))
	time.Sleep(time.Minute)
}

var outputOfMeta = regexp.MustCompile(`\$\{project\}\.(t_\w+)`)

// mixed gives the YAML files beside which another file's code stands.
func mixed(files map[string]string) []string {
	var found []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if stem, isMeta := strings.CutSuffix(name, ".node.yaml"); isMeta {
			output := outputOfMeta.FindStringSubmatch(files[name])
			if output == nil || !strings.HasPrefix(files[stem+".sql"], "SELECT '"+output[1]+"';") {
				found = append(found, name)
			}
		}
	}
	return found
}

func wantWhole(t *testing.T, files map[string]string) {
	t.Helper()
	for _, name := range mixed(files) {
		t.Errorf("beside %s stands the code of another file", name)
	}
}

// playSwap kills a pull at a write, lets somebody look, and perhaps push, and pulls again.
func (s *pullStage) playSwap(t *testing.T, at int, after, pushes bool) {
	synctest.Test(t, func(t *testing.T) {
		w := s.open(t)
		if code, output := w.start(&process{write: at, after: after}, "pull"); code == 0 {
			t.Fatalf("the pull was not killed:\n%s", output)
		}
		left := allFiles(t, w.dir)
		if code, output := w.run("diff"); len(mixed(left)) > 0 && (code != 1 || !strings.Contains(output, "dwsync pull")) {
			t.Errorf("the pull left %q, and a diff says of it, ending with %d:\n%s", mixed(left), code, output)
		}
		if pushes {
			if code, output := w.run("push", "--yes"); code != 0 && code != 3 {
				t.Errorf("a push in what the killed pull left ends with %d:\n%s", code, output)
			}
		}
		if code, output := w.run("pull"); code != 0 {
			t.Errorf("the second pull ends with %d:\n%s", code, output)
		}
		w.wantNoKeys("pull")
		wantFiles(t, allFiles(t, w.dir), s.after)
		if code, output := w.run("push", "--yes"); code != 0 {
			t.Errorf("the push after it ends with %d:\n%s", code, output)
		}
		w.wantSwapped()
	})
}

// wantSwapped holds the workspace to the edits of each file, in its new place.
func (w *crashWorld) wantSwapped() {
	w.t.Helper()
	client, ctx := w.client(), w.t.Context()
	for _, swap := range swaps {
		id, err := client.FindFile(ctx, tableKey(dwd+swap.to))
		must(w.t, err)
		if id == "" {
			w.t.Errorf("the workspace has no %s", swap.to)
			continue
		}
		file, err := client.GetFile(ctx, id)
		must(w.t, err)
		if text := file.Object.Text(model.FieldContent); !strings.Contains(text, "edited: "+outputOfSwap(swap.from)+"\n") || strings.Count(text, "edited") != 1 {
			w.t.Errorf("the workspace holds in %s, which was %s: %q", swap.to, swap.from, text)
		}
	}
}

func TestKilledPullOfSwapsLosesNothing(t *testing.T) {
	isolate(t)
	random := testsize.Random(t)
	s := newSwapStage(t)
	type point struct {
		write         int
		after, pushes bool
	}
	var points []point
	for at := 1; at <= s.writes; at++ {
		points = append(points, point{at, false, false}, point{at, true, false}, point{at, false, true}, point{at, true, true})
	}
	points = testsize.Sample(random, points, 6)
	for _, p := range points {
		t.Run(fmt.Sprintf("write %d of %d, after it: %v, then a push: %v", p.write, s.writes, p.after, p.pushes), func(t *testing.T) {
			s.playSwap(t, p.write, p.after, p.pushes)
		})
	}
	t.Logf("%d points", len(points))
}
