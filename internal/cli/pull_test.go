package cli_test

import (
	"context"
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

const pullFolder = "业务流程/shop/MaxCompute/dwd"

// pullSide writes one side's version of the project that a pull is stopped in.
func pullSide(t *testing.T, dir, release string, content map[string]string, inputs map[string]string) {
	t.Helper()
	write(t, filepath.Join(dir, "dwsync.yaml"), fmt.Sprintf("version: 1\ntargets:\n  dev: {region: cn-shanghai, endpoint: \"127.0.0.1:99\", projectId: 10000, release: %s}\n", release))
	write(t, filepath.Join(dir, "业务流程/shop/business.yaml"), "description: a shop\n")
	for name, text := range content {
		base := filepath.Join(dir, filepath.FromSlash(pullFolder), name)
		write(t, base+".sql", text)
		write(t, base+".node.yaml", "fileType: ODPS_SQL\nautoParsing: false\nnodeConfiguration:\n  cronExpress: 00 30 00 * * ?\n  inputList: ["+inputs[name]+"]\n  outputList: [\"${project}."+name+"\"]\n")
	}
}

// TestPullSurvivesBeingKilledAtAnyWrite stops a pull at each of its writes, in a tree that nobody committed. The next pull must end with the files, the exit code
// and the plan of a push that an undisturbed one ends with.
func TestPullSurvivesBeingKilledAtAnyWrite(t *testing.T) {
	isolate(t)
	random := testsize.Random(t)
	const root = `"${project}_root"`
	names := []string{"merged", "marked", "shrunk", "taken", "kept", "gone"}
	content, inputs := map[string]string{}, map[string]string{}
	for _, name := range names {
		content[name], inputs[name] = "x\nx\nx\n", root+`, "${project}.other"`
	}
	edited := func(of map[string]string, changes ...string) map[string]string {
		of = maps.Clone(of)
		for i := 0; i < len(changes); i += 2 {
			of[changes[i]] = changes[i+1]
		}
		return of
	}
	project, console := filepath.Join(t.TempDir(), "project"), filepath.Join(t.TempDir(), "console")
	pullSide(t, project, "deployed", edited(content, "other", "SELECT 1;\n"), edited(inputs, "other", root))
	repo, err := gogit.PlainInit(project, false)
	must(t, err)
	commit(t, repo, "the shop's first jobs")
	synctest.Test(t, func(t *testing.T) {
		w := newCrashWorld(t, project, nil, emulator.Standard)
		w.finish("before")

		// The console saves its edits; the second text pairs its lines another way when it is merged again.
		pullSide(t, console, "saved",
			edited(content, "merged", "x\nx\nx", "marked", "R\nx\nx\nx", "shrunk", "R\n", "taken", "R\n", "made", "R\n", "other", "SELECT 1;\n"),
			edited(inputs, "shrunk", root, "marked", root, "made", root, "other", root))
		w.dir = console
		if code, output := w.run("push", "--yes", "--force", "业务流程/**"); code != 0 {
			t.Fatalf("the console's edits: %d\n%s", code, output)
		}
		deleteFile(t, w, "gone")
		time.Sleep(time.Minute)
		w.dir = project
		pullSide(t, project, "deployed", edited(content, "merged", "L0\nL1\nx\nx\n", "marked", "L\nL\nx\nx\n", "kept", "L\n", "other", "SELECT 1;\n"), edited(inputs, "other", root))
		start := filepath.Join(t.TempDir(), "start")
		copyDir(t, project, start, nil)

		pull := func(p *process) (map[string]string, int, string) {
			code, output := w.start(p, "pull", "--max-delete", "5")
			return files(t, w.dir), code, output
		}
		undisturbed := &process{}
		want, wantCode, output := pull(undisturbed)
		_, wantPlan := w.run("diff")
		if marked := want[pullFolder+"/marked.sql"]; wantCode != 3 || !strings.Contains(marked, "<<<<<<< tree\nL\n") || want[pullFolder+"/merged.sql"] != "L0\nL1\nx\nx" ||
			strings.Contains(want[pullFolder+"/shrunk.node.yaml"], "other") || want[pullFolder+"/made.sql"] != "R\n" || want[pullFolder+"/gone.sql"] != "" {
			t.Fatalf("the undisturbed pull ends with %d:\n%s\n%q", wantCode, output, want)
		}
		if undisturbed.writes < 20 {
			t.Fatalf("only %d writes", undisturbed.writes)
		}
		var points []crashPoint
		for n := 1; n <= undisturbed.writes; n++ {
			points = append(points, crashPoint{Write: n}, crashPoint{Write: n, After: true})
		}
		for _, point := range testsize.Sample(random, points, pointsOfSample) {
			w.dir = filepath.Join(t.TempDir(), "project")
			copyDir(t, start, w.dir, nil)
			_, _, stopped := pull(disturbed(point))
			got, code, output := pull(&process{})
			if code != wantCode || !maps.Equal(got, want) {
				t.Errorf("%s: the next pull ends with %d and %v\n%s\nthe killed run:\n%s", point, code, different(got, want), output, stopped)
			}
			if _, plan := w.run("diff"); plan != wantPlan {
				t.Errorf("%s: a push would then do\n%s\ninstead of\n%s", point, plan, wantPlan)
			}
			if left, _ := filepath.Glob(filepath.Join(w.dir, ".dwsync", "*journal*")); len(left) > 0 {
				t.Errorf("%s: %v is left", point, left)
			}
		}
	})
}

// deleteFile deletes a node in the workspace, as somebody in the console would.
func deleteFile(t *testing.T, w *crashWorld, name string) {
	t.Helper()
	client, err := dataworks.Open(dataworks.Options{
		Endpoint: "127.0.0.1:99", Region: "cn-shanghai", Project: dataworks.ProjectRef{ID: "10000"}, Transport: w.server.Transport(),
		Credentials: dataworks.AccessKey(markedID, markedSecret, markedToken),
	})
	must(t, err)
	id, err := client.FindFile(context.Background(), model.FileKey(pullFolder, name, 10))
	must(t, err)
	_, err = client.DeleteFile(context.Background(), id)
	must(t, err)
}

// files gives what a clone would have of a tree, by path.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Name() == ".git" || d.Name() == ".dwsync" {
			return fs.SkipDir
		}
		if d.IsDir() {
			return nil
		}
		data, err := os.ReadFile(path)
		relative, _ := filepath.Rel(dir, path)
		found[filepath.ToSlash(relative)] = string(data)
		return err
	}))
	return found
}

// different names the files in which two trees differ.
func different(a, b map[string]string) []string {
	var names []string
	for name, text := range a {
		if other, found := b[name]; !found || other != text {
			names = append(names, fmt.Sprintf("%s: %q, not %q", name, text, other))
		}
	}
	for name := range b {
		if _, found := a[name]; !found {
			names = append(names, name+" is missing")
		}
	}
	slices.Sort(names)
	return names
}
