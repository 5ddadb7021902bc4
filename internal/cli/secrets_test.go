package cli_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/dwsync/dwsync/internal/testsize"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/report"
)

// No key may be in anything that dwsync writes, whatever the service answers: each action that a push calls fails, at every call and in every way, so that
// retries end and reports tell of it; what is printed, in each format and with every call, and each file of the project is searched for marked keys.
func TestNoKeyIsEverWritten(t *testing.T) {
	isolate(t)
	created, _ := scenarios(t, "127.0.0.1:1")
	var actions []string
	synctest.Test(t, func(t *testing.T) {
		w, p := newCrashWorld(t, created, nil, emulator.Standard), &process{}
		if code, output := w.start(p, "push", "--yes"); code != 0 {
			t.Fatalf("the undisturbed push ends with %d:\n%s", code, output)
		}
		actions = slices.Compact(slices.Sorted(slices.Values(p.actions)))
	})
	type point struct {
		action  string
		what    trouble
		command []string
	}
	var points []point
	for i, action := range actions {
		for j, what := range slices.Concat(troubles(), []trouble{misspelled, unsigned, expired}) {
			format := string(report.Formats()[(i+j)%len(report.Formats())])
			for _, command := range [][]string{{"push", "--yes", "--verbose"}, {"push", "--yes", "--format", format, "--out", "report"}, {"pull", "--format", format}, {"diff", "--save", "plan", "--format", format}} {
				points = append(points, point{action, what, command})
			}
		}
	}
	for _, p := range testsize.Sample(testsize.Random(t), points, 80) {
		t.Run(fmt.Sprintf("%s: %s, %q", p.action, p.what, p.command), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "project")
				copyDir(t, created, dir, []string{".dwsync", ".git"})
				w := newCrashWorld(t, dir, nil, emulator.Standard)
				_, output := w.start(&process{every: p.action, what: p.what}, p.command...)
				if output == "" {
					t.Error("nothing was printed")
				}
				w.wantNoKeys(fmt.Sprintf("%s with %q", p.what, p.action))
			})
		})
	}
	t.Logf("%d points", min(len(points), testsize.Of(80, len(points))))
}
