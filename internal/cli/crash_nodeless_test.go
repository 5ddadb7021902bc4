package cli_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gogit "github.com/go-git/go-git/v5"

	"github.com/dwsync/dwsync/internal/testsize"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
)

// Resources and functions have no node: nothing that runs in production shows that their deletion is half done.

// nodelessCommits make a function with its resource, and a commit that has neither any more.
func nodelessCommits(t *testing.T, endpoint string) (before, after string) {
	t.Helper()
	e := everything{t, filepath.Join(t.TempDir(), "before")}
	e.file("dwsync.yaml", fmt.Sprintf("version: 1\ntargets:\n  dev: {region: cn-shanghai, endpoint: %q, projectId: 10000}\n", endpoint))
	e.file("业务流程/shop/business.yaml", "description: a shop\n")
	e.sql("shop/MaxCompute/orders", "SELECT 'orders';\n", "'${project}_root'", "'${project}.orders'", "")
	e.resource("old.py", "def old(a):\n    return a\n")
	e.function("Old", "old.Old", "old.py")
	repo, err := gogit.PlainInit(e.dir, false)
	must(t, err)
	commit(t, repo, "a function")
	before, after = e.dir, filepath.Join(t.TempDir(), "after")
	copyDir(t, before, after, nil)
	e.dir = after
	for _, name := range []string{"Old.function.yaml", "old.py", "old.py.resource.yaml"} {
		e.remove("shop/MaxCompute/" + name)
	}
	repo, err = gogit.PlainOpen(after)
	must(t, err)
	commit(t, repo, "no function")
	return before, after
}

// A push that is killed around a deletion or its deployment is finished by the next one, whatever that remembers.
func TestDeletionOfWhatHasNoNodeIsFinished(t *testing.T) {
	isolate(t)
	random := testsize.Random(t)
	for i, stale := range []string{"none", "first"} {
		scenario := crashScenario{
			name: "stale reads " + stale, update: true, history: committed, commits: nodelessCommits, arguments: []string{"--prune", "--max-delete", "2"},
			switches: map[string]string{"stale-reads": stale}, check: (*crashWorld).wantNothingRecycled,
		}
		t.Run(scenario.name, func(t *testing.T) {
			s := newStage(t, scenario, fmt.Sprintf("127.0.0.1:%d", 300+i))
			points := slices.DeleteFunc(s.points(), func(p crashPoint) bool {
				return !p.What.kills() || !slices.Contains([]string{"DeleteFile", "DeployFile"}, p.Request.Action)
			})
			// Two deletions and their deployments, three ways to be killed, three memories.
			if len(points) != 4*3*3 {
				t.Fatalf("%d points", len(points))
			}
			s.playAll(t, testsize.Sample(random, points, 6))
		})
	}
}

// wantNothingRecycled wants production to have nothing of what was deleted.
func (w *crashWorld) wantNothingRecycled(where string) {
	w.t.Helper()
	client, ctx := w.client(), w.t.Context()
	ids, err := client.RecentDeployments(ctx)
	must(w.t, err)
	for _, id := range ids {
		d, err := client.GetDeployment(ctx, id)
		must(w.t, err)
		for _, item := range d.Items {
			file, err := client.GetFile(ctx, item.File)
			must(w.t, err)
			versions, err := client.ListFileVersions(ctx, item.File)
			must(w.t, err)
			if file.Deleted && slices.ContainsFunc(versions, func(v model.Version) bool { return v.IsCurrentProd }) {
				w.t.Errorf("%s: %s is deleted, and production still has it", where, file.Object.Key)
			}
		}
	}
}

// Without --prune such a deletion is left, and said where the memory of this machine knows of it; a file that stands in the tree again is not taken for one.
func TestHalfDeletionOfAFunctionIsSaid(t *testing.T) {
	isolate(t)
	before, after := nodelessCommits(t, "127.0.0.1:310")
	synctest.Test(t, func(t *testing.T) {
		w := newCrashWorld(t, before, nil, emulator.Standard)
		w.finish("before")
		id, err := w.client().FindFile(t.Context(), model.FileKey("业务流程/shop/MaxCompute", "Old", 17))
		must(t, err)
		_, err = w.client().DeleteFile(t.Context(), id)
		must(t, err)
		time.Sleep(time.Minute)
		deeds := len(w.deeds.snapshot())
		if code, output := w.run("diff", "--prune"); code != 0 || !strings.Contains(output, "! deleted 业务流程/shop/MaxCompute/Old") {
			t.Errorf("where the tree has it, a diff ends with %d:\n%s", code, output)
		}
		copyDir(t, filepath.Join(before, ".dwsync"), filepath.Join(after, ".dwsync"), nil)
		w.dir = after
		for range 2 { // the first does not forget it
			if code, output := w.run("push", "--yes"); code != 0 || !strings.Contains(output, "this tree once had it: `dwsync push --prune` finishes the deletion") {
				t.Errorf("a push that does not prune ends with %d:\n%s", code, output)
			}
		}
		if got := len(w.deeds.snapshot()); got != deeds {
			t.Errorf("something was written: %v", w.deeds.snapshot())
		}
		w.forget()
		if code, output := w.run("push", "--yes", "--prune", "--max-delete", "2"); code != 0 || !strings.Contains(output, "finishes a deletion that was cut short") {
			t.Errorf("a push that prunes ends with %d:\n%s", code, output)
		}
		time.Sleep(time.Minute)
		w.wantNothingRecycled("after all")
	})
}
