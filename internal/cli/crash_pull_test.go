package cli_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dwsync/dwsync/internal/testsize"
	"github.com/dwsync/dwsync/pkg/emulator"
)

// The matrix of a pull: the workspace moves on by the push that does everything, from another clone (files of each kind are made, changed, renamed, moved and
// deleted, businesses and folders with them), while this tree was edited too and nobody committed it: so that configuration and content are merged, in place and
// under new names. The pull is killed at each of its writes to tree and state; the next one must end with the files, the exit code and the plan of a push that an
// undisturbed one ends with.

// editBefore makes edits in the first tree of everythingCommits that go together with what the second tree changes.
func editBefore(t *testing.T, dir string) {
	t.Helper()
	edit := func(path, old, now string) {
		t.Helper()
		file := filepath.Join(dir, filepath.FromSlash("业务流程/"+path))
		data, err := os.ReadFile(file)
		must(t, err)
		if !strings.Contains(string(data), old) {
			t.Fatalf("%s has no %q", path, old)
		}
		must(t, os.WriteFile(file, []byte(strings.Replace(string(data), old, now, 1)), 0o644))
	}
	edit("shop/MaxCompute/words.py", "def words", "# counts words\ndef words")                // content, line by line
	edit("shop/MaxCompute/Words.function.yaml", "functionType: STRING", "functionType: MATH") // fields of a function
	edit("shop/MaxCompute/orders.sql", "'orders'", "'all orders'")                            // content here, outputs there
	edit("shop/MaxCompute/dwd/clean.node.yaml", "00 30", "00 40")                             // in a folder that is renamed there
	edit("shop/MaxCompute/dwd/join.sql", "'join'", "'joined'")                                // the same, changed here only
	edit("shop/MaxCompute/top.node.yaml", "00 30", "00 50")                                   // a file that is renamed there
	edit("sales/MaxCompute/figures.sql", "'figures'", "'all figures'")                        // in a business that is renamed there
	edit("shop/通用/notify.sh", "echo done", "echo all done")                                   // here only
}

func TestKilledPullOfEverything(t *testing.T) {
	isolate(t)
	random := testsize.Random(t)
	before, after := everythingCommits(t, "127.0.0.1:330")
	synctest.Test(t, func(t *testing.T) {
		w := newCrashWorld(t, before, nil, emulator.Standard)
		crashScenario{seed: innerFiles()}.plant(w)
		w.finish("before")
		// A push of nothing remembers what the first one made.
		w.finish("once more")
		w.dir = after
		w.finish("the other clone", pruneArguments()...)
		time.Sleep(time.Minute)
		editBefore(t, before)

		pull := func(p *process) (map[string]string, int, string) {
			code, output := w.start(p, "pull", "--max-delete", "9")
			return files(t, w.dir), code, output
		}
		start := func() {
			w.dir = filepath.Join(t.TempDir(), "project")
			copyDir(t, before, w.dir, nil)
		}
		start()
		undisturbed := &process{}
		want, wantCode, output := pull(undisturbed)
		_, wantPlan := w.run("diff")
		for path, text := range map[string]string{
			"shop/MaxCompute/words.py": "# counts words\ndef words(a):\n    return a + a\n", "shop/MaxCompute/orders.sql": "'all orders'", "shop/MaxCompute/orders.node.yaml": "t_new",
			"shop/MaxCompute/Words.function.yaml": "words.More", "shop/MaxCompute/detail/clean.node.yaml": "00 40", "shop/MaxCompute/detail/clean.sql": "cleaner",
			"shop/MaxCompute/detail/join.sql": "joined", "shop/MaxCompute/first.node.yaml": "00 50", "reports/MaxCompute/figures.sql": "'all figures'",
			"shop/通用/last_day.sh": "date", "loops/通用/loop%.inner/step.sql": "SELECT 11", "shop/数据集成/sync_users.json": "users", "new/business.yaml": "a new shop",
		} {
			if !strings.Contains(want["业务流程/"+path], text) {
				t.Errorf("after the undisturbed pull %s holds %q, want %q", path, want["业务流程/"+path], text)
			}
		}
		for path := range want {
			for _, gone := range []string{"业务流程/old/", "业务流程/sales/", "MaxCompute/dwd/", "MaxCompute/gone/", "MaxCompute/top.", "MaxCompute/Old."} {
				if strings.Contains(path, gone) {
					t.Errorf("after the undisturbed pull there is %s", path)
				}
			}
		}
		if wantCode != 0 || undisturbed.writes < 50 || t.Failed() {
			t.Fatalf("the undisturbed pull ends with %d after %d writes:\n%s", wantCode, undisturbed.writes, output)
		}
		var points []crashPoint
		for n := 1; n <= undisturbed.writes; n++ {
			points = append(points, crashPoint{Write: n}, crashPoint{Write: n, After: true})
		}
		points = testsize.Sample(random, points, pointsOfSample)
		for _, point := range points {
			start()
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
			must(t, os.RemoveAll(w.dir))
		}
		t.Logf("%d points of %d writes", len(points), undisturbed.writes)
	})
}
