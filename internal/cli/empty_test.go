package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/dwsync/dwsync/pkg/emulator"
)

// A workspace in which nothing is left of all that was pushed to it is not believed: nothing is deleted, nothing is pushed again.
func TestAnEmptyWorkspaceIsNotBelieved(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	created, _ := scenarios(t, "127.0.0.1:1")
	synctest.Test(t, func(t *testing.T) {
		w := newCrashWorld(t, created, nil, emulator.Standard)
		w.finish("before")
		w.server = newCrashWorld(t, created, nil, emulator.Standard).server
		for _, command := range [][]string{{"diff"}, {"pull", "--max-delete", "100"}, {"push", "--yes"}, {"push", "--yes", "--prune", "--max-delete", "100"}} {
			code, output := w.run(command...)
			if code != 1 || !strings.Contains(output, "is empty") {
				t.Errorf("%v ends with %d:\n%s", command, code, output)
			}
		}
		if calls := w.server.Calls().ByAction; calls["CreateBusiness"]+calls["CreateFile"] > 0 {
			t.Errorf("something was created: %v", calls)
		}
		if _, err := os.Stat(filepath.Join(w.dir, "业务流程", "shop", "MaxCompute", "dwd", "a.sql")); err != nil {
			t.Errorf("the tree lost a file: %v", err)
		}
	})
}
