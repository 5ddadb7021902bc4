//go:build linux

package main_test

import (
	"fmt"
	"io/fs"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dwsync/dwsync/internal/testsize"
	"github.com/dwsync/dwsync/pkg/emulator"
)

// A first pull of a large workspace, by the real binary: how much memory it takes, how many calls, and that a second one writes nothing. The bound is the one
// that is promised for 10,000 files, which is the full size.
func TestLargePull(t *testing.T) {
	dwsync := build(t)
	const most = 300 << 20 // bytes of resident memory, at the peak
	count := testsize.Of(1500, 10_000)
	e := emulator.New(emulator.Options{Projects: []emulator.Project{{Name: "large", ID: 1}}})
	defer e.Close()
	_, err := e.Seed("large", manyFiles(count)...)
	check(t, err)
	server := httptest.NewServer(e)
	defer server.Close()
	m := &machine{t: t, dwsync: dwsync, home: t.TempDir()}
	dir := t.TempDir()
	m.write(dir, "dwsync.yaml", fmt.Sprintf("version: 1\ntargets:\n  dev:\n    region: cn-shanghai\n    endpoint: %q\n    projectId: 1\n    limits: [{actions: ['*'], perSecond: 100000}]\n",
		strings.TrimPrefix(server.URL, "http://")))
	pull := func() *os.ProcessState {
		t.Helper()
		p := exec.Command(dwsync, "pull", "--quiet")
		p.Dir, p.Env = dir, m.env()
		if output, err := p.CombinedOutput(); err != nil {
			t.Fatalf("pull: %v\n%s", err, output)
		}
		return p.ProcessState
	}
	peak := pull().SysUsage().(*syscall.Rusage).Maxrss << 10 // Linux counts in KiB
	t.Logf("%d files: %d MB at the peak, calls %v", count, peak>>20, e.Calls().ByAction)
	if peak > most {
		t.Errorf("a pull of %d files takes %d MB, more than %d", count, peak>>20, int64(most)>>20)
	}
	if gets := e.Calls().ByAction["GetFile"]; gets != count {
		t.Errorf("%d files were read with %d GetFile", count, gets)
	}
	before := modified(t, dir)
	if len(before) < count {
		t.Errorf("%d files became %d", count, len(before))
	}
	pull()
	if after := modified(t, dir); !maps.Equal(before, after) {
		t.Error("a second pull writes again")
	}
}

// manyFiles are those of a large workspace: files of mixed types and sizes in some hundred folders.
func manyFiles(count int) []emulator.SeedFile {
	folders := []string{"MaxCompute/d%d", "通用/d%d", "EMR/d%d", "数据集成/d%d"}
	types := [][]int64{{10, 12, 221, 225, 24}, {6, 99, 1100, 1322}, {227, 228, 257}, {23}}
	files := make([]emulator.SeedFile, count)
	for i := range files {
		kind := i % len(folders)
		f := emulator.SeedFile{
			Folder: "业务流程/店/" + fmt.Sprintf(folders[kind], i/len(folders)%60), Name: fmt.Sprintf("file_%d", i), Type: types[kind][i%len(types[kind])],
			Content: strings.Repeat(fmt.Sprintf("select %d from t where dt = '${bizdate}';\n", i), i%200), Stage: emulator.Deployed,
		}
		switch f.Type {
		case 12:
		case 23:
			f.Content = fmt.Sprintf(`{"type":"job","version":"2.0","steps":[{"stepType":"odps","parameter":{"where":"dt=%d","column":["%s"]}}]}`, i, strings.Repeat("c,", i%500))
			fallthrough
		default:
			f.Params = map[string]string{"InputList": "large_root", "OutputList": fmt.Sprintf("large.o%d", i), "CronExpress": "00 30 00 * * ?", "FileDescription": "第几个"}
		}
		files[i] = f
	}
	return files
}

// modified gives the times of the files of a project.
func modified(t *testing.T, dir string) map[string]time.Time {
	t.Helper()
	times := map[string]time.Time{}
	check(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && d.Name() == ".dwsync" {
				return fs.SkipDir
			}
			return err
		}
		info, err := d.Info()
		times[path] = info.ModTime()
		return err
	}))
	return times
}
