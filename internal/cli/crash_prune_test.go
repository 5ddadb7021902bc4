package cli_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
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

// Deletions in the crash matrix: a chain of consumers, one of them in another business that goes as a whole, a folder, and a consumer that stays and is
// changed so that it no longer needs what goes.

func pruneScenarios() []crashScenario {
	stale := map[string]string{"stale-reads": "first"}
	scenarios := []crashScenario{
		{name: "prune"},
		{name: "prune in a simple workspace", mode: emulator.Simple},
		{name: "prune, stale reads", switches: stale},
		{name: "prune in a simple workspace, stale reads", switches: stale, mode: emulator.Simple},
		{name: "prune, names wait for their deletion, folders go with all they hold",
			switches: map[string]string{"deletion-name": "blocked", "deleted-file": "unknown", "non-empty-delete": "cascades"}},
		{name: "prune, stale reads, folders go with all they hold, rows without versions",
			switches: map[string]string{"stale-reads": "first", "non-empty-delete": "cascades", "node-file-version": "absent", "business-refusals": "success-false"}},
	}
	for i := range scenarios {
		s := &scenarios[i]
		s.update, s.history, s.commits, s.arguments, s.check = true, committed, pruneCommits, pruneArguments(), (*crashWorld).wantPruned
	}
	return scenarios
}

func pruneArguments() []string { return []string{"--prune", "--max-delete", "9"} }

// pruneCommits makes the two commits, and gives a checkout of each.
func pruneCommits(t *testing.T, endpoint string) (before, after string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "before")
	node := func(path, inputs string) {
		base := filepath.Join(dir, "业务流程", filepath.FromSlash(path))
		write(t, base+".sql", "SELECT '"+path+"';\n")
		write(t, base+".node.yaml", "fileType: ODPS_SQL\nautoParsing: false\nnodeConfiguration:\n  cronExpress: 00 30 00 * * ?\n  inputList: ["+inputs+"]\n"+
			"  outputList: ['${project}."+filepath.Base(path)+"']\n")
	}
	write(t, filepath.Join(dir, "dwsync.yaml"), fmt.Sprintf("version: 1\ntargets:\n  dev: {region: cn-shanghai, endpoint: %q, projectId: 10000}\n", endpoint))
	write(t, filepath.Join(dir, "业务流程/shop/business.yaml"), "description: a shop\n")
	write(t, filepath.Join(dir, "业务流程/old/business.yaml"), "description: an old shop\n")
	node("shop/MaxCompute/a", "'${project}_root'")
	node("shop/MaxCompute/dwd/b", "'${project}.a'")
	node("shop/MaxCompute/dwd/c", "'${project}.b'")
	node("shop/MaxCompute/keep", "'${project}.a', '${project}.b'")
	node("old/MaxCompute/x", "'${project}.c'")
	repo, err := gogit.PlainInit(dir, false)
	must(t, err)
	commit(t, repo, "two shops")

	after = filepath.Join(t.TempDir(), "after")
	copyDir(t, dir, after, nil)
	before, dir = dir, after
	must(t, os.RemoveAll(filepath.Join(dir, "业务流程/old")))
	must(t, os.RemoveAll(filepath.Join(dir, "业务流程/shop/MaxCompute/dwd")))
	node("shop/MaxCompute/keep", "'${project}.a'")
	repo, err = gogit.PlainOpen(dir)
	must(t, err)
	commit(t, repo, "one shop is enough")
	return before, after
}

// wantPruned wants nothing to be left of what was deleted, in DataStudio or in an environment.
func (w *crashWorld) wantPruned(where string) {
	w.t.Helper()
	client := w.client()
	ctx := w.t.Context()
	for _, environment := range []string{"DEV", "PROD"} {
		if environment == "DEV" && w.isSimple(client) {
			continue
		}
		nodes, err := client.ListNodes(ctx, environment)
		must(w.t, err)
		var names []string
		for _, n := range nodes {
			file, err := client.GetFile(ctx, n.FileID)
			must(w.t, err)
			names = append(names, file.Object.Key.Name)
		}
		slices.Sort(names)
		if !slices.Equal(names, []string{"a", "keep"}) {
			w.t.Errorf("%s: in %s run %v", where, environment, names)
		}
	}
	businesses, err := client.ListBusinesses(ctx)
	must(w.t, err)
	folders, err := client.ListFolders(ctx, "业务流程/shop/MaxCompute")
	must(w.t, err)
	if len(businesses) != 1 || len(folders) != 0 {
		w.t.Errorf("%s: there are %d businesses and %d folders left", where, len(businesses), len(folders))
	}
}

func (w *crashWorld) isSimple(client *dataworks.Client) bool {
	project, err := client.Project(w.t.Context())
	must(w.t, err)
	return project.Mode != 0
}

func TestPruneSurvivesTroubleAnywhere(t *testing.T) {
	isolate(t)
	random := testsize.Random(t)
	for i, scenario := range pruneScenarios() {
		chance := rand.New(rand.NewPCG(random.Uint64(), 0))
		t.Run(scenario.name, func(t *testing.T) {
			s := newStage(t, scenario, fmt.Sprintf("127.0.0.1:%d", 100+i))
			points := testsize.Choose(chance, s.points(), testsize.Of(pointsOfSample, pointsOfFull))
			s.playAll(t, points)
			t.Logf("%d points", len(points))
		})
	}
}

// A deletion that somebody began in the console: where the tree has the file it is left, said, and not created again, in a fresh clone too; where the tree
// once had it, --prune finishes it; where it never had it, it is only said.
func TestHalfDeletionsOfTheConsole(t *testing.T) {
	isolate(t)
	before, after := pruneCommits(t, "127.0.0.1:99")
	synctest.Test(t, func(t *testing.T) {
		w := newCrashWorld(t, before, nil, emulator.Standard)
		w.finish("before")
		x := model.FileKey("业务流程/old/MaxCompute", "x", 10)
		theirs := model.NewObject(model.FileKey("业务流程/shop/MaxCompute", "theirs", 10))
		theirs.Set(model.FieldContent, model.TextValue("SELECT 1;\n"))
		theirs.Set(model.FieldInputList, model.SetValue(model.NewItem("dw_project_root")))
		c, ctx := w.client(), t.Context()
		await := func(id model.DeploymentID, err error) {
			t.Helper()
			must(t, err)
			time.Sleep(time.Minute)
		}
		id, err := c.CreateFile(ctx, theirs)
		must(t, err)
		await(c.SubmitFile(ctx, id, "theirs"))
		await(c.DeployFile(ctx, id, 0, "theirs"))
		await(c.DeleteFile(ctx, id))
		id, err = c.FindFile(ctx, x)
		must(t, err)
		await(c.DeleteFile(ctx, id))

		deeds := w.deeds.snapshot()
		wants := func(where string, wantCode int, wantLines []string, args ...string) {
			t.Helper()
			code, output := w.run(args...)
			for _, line := range wantLines {
				if !strings.Contains(output, line) {
					t.Errorf("%s does not say %q:\n%s", where, line, output)
				}
			}
			if code != wantCode {
				t.Errorf("%s ends with %d:\n%s", where, code, output)
			}
			time.Sleep(time.Minute)
		}
		prune := append([]string{"push", "--yes"}, pruneArguments()...)
		deletedThere, notOurs := "! deleted 业务流程/old/MaxCompute/x ", "this tree never had it"
		wants("a push with memory", 0, []string{deletedThere, notOurs}, prune...)
		w.forget()
		wants("a push of a fresh clone", 0, []string{deletedThere, notOurs}, prune...)
		if got := w.deeds.snapshot(); !maps.Equal(got, deeds) {
			t.Errorf("something was written: %v, before %v", got, deeds)
		}

		w.dir = after
		wants("a diff once the tree lost it", 0, []string{"this tree once had it", notOurs}, "diff", "--changed-only", "--select", "业务流程/shop/MaxCompute/a")
		wants("a push that prunes", 0, []string{"finishes a deletion that was cut short", notOurs}, prune...)
		wants("the next one", 0, []string{"Nothing to push: 1 half deleted"}, prune...)
	})
}
