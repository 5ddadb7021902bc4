package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dwsync/dwsync/pkg/model"
)

// touched gives the paths that were written to, sorted, without their folder.
func (w *planWorld) touched() []string {
	var paths []string
	for _, c := range w.writes {
		paths = append(paths, strings.TrimPrefix(c.Path, dwd))
	}
	w.writes = nil
	slices.Sort(paths)
	return slices.Compact(paths)
}

func (w *planWorld) wantTouched(want ...string) {
	w.t.Helper()
	if got := w.touched(); !slices.Equal(got, want) {
		w.t.Errorf("touched were %v, want %v", got, want)
	}
}

func wantIn(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in:\n%s", part, text)
		}
	}
}

func wantNotIn(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Errorf("%q is in:\n%s", part, text)
		}
	}
}

// Only what is selected is shown and pushed, the rest is counted in a line; a flag may stand behind a path. Here a changed, c needs the new d now, and d is new.
func TestOnlyWhatIsSelectedIsPushed(t *testing.T) {
	isolate(t)
	inPlanWorld(t, func(t *testing.T, w *planWorld) {
		output := w.want(2, "diff", dwd+"a.sql", "--full")
		wantIn(t, output, "+SELECT 'one';", "1 to update", "note: 2 more")
		wantNotIn(t, output, "dwd/d", "dwd/c")
		if err := os.MkdirAll(w.path("docs"), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{
			{"diff", "-C", filepath.FromSlash(strings.TrimSuffix(dwd, "/")), "a.sql"},
			{"-C", filepath.FromSlash(dwd), "diff", "--select", "../dwd/a.node.yaml"},
			{"-C", "docs", "diff", "../" + dwd + "a"},
			{"diff", w.path(dwd + "a.sql")},
			{"diff", "--select", "*", "--exclude", "c", "--exclude", "d"},
			{"diff", "--select", "+b", "--exclude", "type:business"},
			{"diff", "a*"},
		} {
			output := w.want(2, args...)
			wantIn(t, output, "0 to create, 1 to update, 0 to release")
			wantNotIn(t, output, "dwd/d", "dwd/c")
		}
		wantIn(t, w.want(0, "diff", "b"), "Nothing to do", "note: 3 more")
		wantIn(t, w.want(2, "diff", "--select", "b+"), "dwd/d", "dwd/c", "1 to create, 1 to update", "note: 1 more")

		// An output that is not selected and not there yet is named, and nothing is written.
		wantIn(t, w.want(1, "push", "c", "--yes"), dwd+"c depends on the output dw_project.d of "+dwd+"d", "--select '+")
		wantIn(t, w.want(1, "push", "ordesr", "--yes"), `nothing in the tree or the workspace matches it`)
		wantIn(t, w.want(1, "push", "--select", "tpye:ODPS_SQL", "--yes"), `did you mean "type"?`)
		w.wantTouched()
		w.want(0, "push", "d", "--yes")
		w.wantTouched("d")
		time.Sleep(time.Minute)
		w.want(0, "push", "c", "--yes")
		w.wantTouched("c")
		time.Sleep(time.Minute)
		wantIn(t, w.want(2, "diff"), "0 to create, 1 to update", "dwd/a")
	})
}

// A new business comes with the first of its files that is selected.
func TestANewFileBringsItsBusiness(t *testing.T) {
	isolate(t)
	inPlanWorld(t, func(t *testing.T, w *planWorld) {
		write(t, w.path("业务流程/stock/business.yaml"), "")
		for _, name := range []string{"x", "y"} {
			write(t, w.path("业务流程/stock/MaxCompute/new/"+name+".sql"), "SELECT 1;\n")
			write(t, w.path("业务流程/stock/MaxCompute/new/"+name+".node.yaml"), "fileType: ODPS_SQL\nnodeConfiguration:\n  inputList: ['${project}_root']\n")
		}
		w.want(0, "push", "x", "--yes")
		for _, path := range w.touched() {
			if !slices.Contains([]string{"业务流程/stock", "业务流程/stock/MaxCompute", "业务流程/stock/MaxCompute/new", "业务流程/stock/MaxCompute/new/x", "stock"}, path) {
				t.Errorf("%s was written to", path)
			}
		}
		time.Sleep(time.Minute)
		wantIn(t, w.want(2, "diff", "--select", "business:stock"), "1 to create, 0 to update")
	})
}

// --force lets the tree win over drift and conflicts of what is named, and of nothing else.
func TestForceHoldsForWhatIsNamed(t *testing.T) {
	isolate(t)
	inPlanWorld(t, func(t *testing.T, w *planWorld) {
		w.console("a", "SELECT 'console';\n")
		w.console("b", "SELECT 'console';\n")
		w.touched()
		for _, args := range [][]string{{"push", "--force", "--yes"}, {"diff", "--force"}, {"push", "--force", "--exclude", "a", "--yes"}} {
			wantIn(t, w.want(1, args...), "--force holds for what is selected only")
		}
		output := w.want(3, "push", "a", "b", "--yes")
		wantIn(t, output, "conflict", "dwd/b")
		w.wantTouched()
		wantIn(t, w.want(2, "diff", "b", "--force"), "forced", "+SELECT 2;")
		w.want(0, "push", "b", "--force", "--yes")
		w.wantTouched("b")
		time.Sleep(time.Minute)
		wantIn(t, w.want(3, "diff", "a"), "conflict")

		// A forced plan can be saved and run.
		w.want(2, "diff", "--force", "a", "--save", "plan.json")
		w.want(0, "push", "--plan", "plan.json", "--yes")
		w.wantTouched("a")
		time.Sleep(time.Minute)
		w.want(0, "diff", "a", "b")

		// What was deleted there is created again, if it is named, and if nothing in production stands in its way.
		client := w.client()
		id, err := client.FindFile(t.Context(), model.FileKey(model.FolderPath(strings.TrimSuffix(dwd, "/")), "c", 10))
		must(t, err)
		_, err = client.DeleteFile(t.Context(), id)
		must(t, err)
		time.Sleep(time.Minute)
		w.touched()
		w.want(3, "push", "c", "--yes")
		wantIn(t, w.want(3, "push", "c", "d", "--force", "--yes"), "production still runs its node")
		w.wantTouched("d")
		_, err = client.DeployFile(t.Context(), id, 0, "")
		must(t, err)
		time.Sleep(time.Minute)
		w.touched()
		wantIn(t, w.want(2, "diff", "c", "--force"), "forced", "1 to create")
		w.want(0, "push", "c", "--force", "--yes")
		w.wantTouched("c")
		time.Sleep(time.Minute)
		w.want(0, "diff")
	})
}

func TestFailOnDrift(t *testing.T) {
	isolate(t)
	inPlanWorld(t, func(t *testing.T, w *planWorld) {
		w.want(2, "diff", "--fail-on-drift")
		w.console("b", "SELECT 'console';\n")
		w.touched()
		w.want(2, "diff")
		w.want(3, "diff", "--fail-on-drift")
		w.want(2, "diff", "a", "--fail-on-drift")
		w.want(3, "push", "--fail-on-drift", "--yes")
		w.wantTouched("a", "c", "d")
		time.Sleep(time.Minute)
		w.want(0, "diff")
		w.want(3, "diff", "--fail-on-drift")
		w.want(3, "push", "--fail-on-drift", "--yes")
		w.wantTouched()
	})
}

// A report is one document, in the format and at the place that were asked for, also if the command fails.
func TestReportsInEveryFormat(t *testing.T) {
	isolate(t)
	inPlanWorld(t, func(t *testing.T, w *planWorld) {
		kind := func(name string) string {
			t.Helper()
			data, err := os.ReadFile(w.path(name))
			must(t, err)
			var head struct{ Schema, Report string }
			if err := json.Unmarshal(data, &head); err != nil || head.Schema != "dwsync.report/1" {
				t.Fatalf("%s: %v: %s", name, err, data)
			}
			return head.Report
		}
		for format, want := range map[string]string{
			"text": "1 to create, 2 to update", "json": `"report": "plan"`, "markdown": "| ", "html": "<!doctype html>", "github": dwd + "a.sql",
		} {
			output := w.want(2, "diff", "--format", format)
			wantIn(t, strings.ToLower(output), strings.ToLower(want))
			if printed := w.want(2, "diff", "--format", format, "--out", "report"); printed != "" {
				t.Errorf("%s: with --out this was printed too: %s", format, printed)
			}
			data, err := os.ReadFile(w.path("report"))
			must(t, err)
			if string(data) != output {
				t.Errorf("%s: the file holds\n%s\nprinted was\n%s", format, data, output)
			}
			w.want(2, "diff", "--save", "plan.json", "--quiet")
			wantIn(t, strings.ToLower(w.want(0, "show", "plan.json", "--format", format)), strings.ToLower(strings.Split(want, dwd)[0]))
		}
		wantIn(t, w.want(1, "diff", "--format", "jsn"), `did you mean "json"?`)

		content, err := os.ReadFile(w.path(dwd + "a.node.yaml"))
		must(t, err)
		write(t, w.path(dwd+"a.node.yaml"), "nonsense: 1\n")
		for _, args := range [][]string{{"diff"}, {"push", "--yes"}, {"validate"}} {
			w.want(5, append(args, "--format", "json", "--out", "failed.json")...)
			if got := kind("failed.json"); got != "problems" {
				t.Errorf("%v of an invalid tree reports a %s", args, got)
			}
			must(t, os.Remove(w.path("failed.json")))
		}
		write(t, w.path(dwd+"a.node.yaml"), string(content))
		w.want(1, "diff", "nobody", "--format", "json", "--out", "failed.json")
		if got := kind("failed.json"); got != "problems" {
			t.Errorf("a failed diff reports a %s", got)
		}
		w.want(1, "diff", "--out", "missing/report")
		w.want(0, "push", "--yes", "--format", "json", "--out", "pushed.json")
		if got := kind("pushed.json"); got != "push" {
			t.Errorf("a push reports a %s", got)
		}
		time.Sleep(time.Minute)
		w.want(0, "pull", "--format", "json", "--out", "pulled.json")
		if got := kind("pulled.json"); got != "pull" {
			t.Errorf("a pull reports a %s", got)
		}
		left, err := filepath.Glob(w.path("*.tmp"))
		must(t, err)
		if hidden, _ := filepath.Glob(w.path(".*.tmp")); len(left)+len(hidden) > 0 {
			t.Errorf("left over: %v %v", left, hidden)
		}
	})
}
