//go:build linux

package main_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dwsync/dwsync/internal/testsize"
	"github.com/dwsync/dwsync/pkg/emulator"
)

// A business of thousands of files that one clone renames costs one UpdateBusiness, and a folder in it one UpdateFolder, whatever they hold; another clone pulls both
// by moving its files. Each of the commands reads each file once.
func TestLargeRename(t *testing.T) {
	dwsync := build(t)
	count := testsize.Of(300, 10_000)
	e := emulator.New(emulator.Options{Projects: []emulator.Project{{Name: "large", ID: 1}}})
	defer e.Close()
	_, err := e.Seed("large", manyFiles(count)...)
	check(t, err)
	server := httptest.NewServer(e)
	defer server.Close()
	m := &machine{t: t, dwsync: dwsync, home: t.TempDir()}
	here, there := t.TempDir(), t.TempDir()
	for _, dir := range []string{here, there} {
		m.write(dir, "dwsync.yaml", fmt.Sprintf("version: 1\ntargets:\n  dev:\n    region: cn-shanghai\n    endpoint: %q\n    projectId: 1\n    limits: [{actions: ['*'], perSecond: 100000}]\n",
			strings.TrimPrefix(server.URL, "http://")))
	}
	// run gives the calls that a command made, without those that look at something else than files.
	run := func(dir string, arguments ...string) map[string]int64 {
		t.Helper()
		before := e.Calls().ByAction
		p := exec.Command(dwsync, append(arguments, "--quiet", "--settle", "1ms")...)
		p.Dir, p.Env = dir, m.env()
		if output, err := p.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", arguments, err, output)
		}
		calls := map[string]int64{}
		for action, n := range e.Calls().ByAction {
			if n -= before[action]; n > 0 && (action == "GetFile" || !strings.HasPrefix(action, "Get") && !strings.HasPrefix(action, "List")) {
				calls[action] = int64(n)
			}
		}
		return calls
	}
	want := func(what string, got map[string]int64, writes ...string) {
		t.Helper()
		for _, action := range writes {
			if got[action] != 1 {
				t.Errorf("%s takes %d %s", what, got[action], action)
			}
		}
		if len(got) != len(writes)+1 || got["GetFile"] != int64(count) {
			t.Errorf("%s, of %d files, takes %v", what, count, got)
		}
	}
	run(here, "pull")
	run(there, "pull")
	check(t, os.Rename(filepath.Join(here, "业务流程", "店"), filepath.Join(here, "业务流程", "铺")))
	check(t, os.Rename(filepath.Join(here, "业务流程", "铺", "MaxCompute", "d3"), filepath.Join(here, "业务流程", "铺", "MaxCompute", "第三")))
	want("a push", run(here, "push", "--yes", "--changed-only"), "UpdateBusiness", "UpdateFolder")
	want("a second push", run(here, "push", "--yes", "--changed-only"))
	want("a pull", run(there, "pull", "--max-delete", "0"))
	ours, theirs := modified(t, here), modified(t, there)
	for path := range ours {
		name, err := filepath.Rel(here, path)
		check(t, err)
		delete(theirs, filepath.Join(there, name))
	}
	if len(ours) < count || len(theirs) > 0 {
		t.Errorf("the clone that pushed has %d files; of these the other one lacks none, but has besides: %v", len(ours), theirs)
	}
}
