package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/dwsync/dwsync/internal/cli"
	"github.com/dwsync/dwsync/pkg/emulator"
)

// The crash matrix: a run is killed at one of its calls, before or after the call's effect, and from then on none of its calls gets through. Then the same
// command is run again, in the same directory or in a fresh clone without .dwsync, until it is done. The workspace must end as after an undisturbed run: every
// file once, each version submitted and deployed once.

// deadTransport carries calls to the emulator until it is killed.
type deadTransport struct {
	base http.RoundTripper
	kill context.CancelFunc
	// at is the call to die at, from 1; 0 never dies. after dies once the call took effect.
	at    int
	after bool

	mu    sync.Mutex
	calls int
}

var errKilled = errors.New("the process is dead")

func (d *deadTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	d.mu.Lock()
	d.calls++
	n := d.calls
	d.mu.Unlock()
	switch {
	case d.at == 0 || n < d.at:
		return d.base.RoundTrip(r)
	case n == d.at && d.after:
		if response, err := d.base.RoundTrip(r); err == nil {
			_, _ = io.Copy(io.Discard, response.Body)
			response.Body.Close()
		}
		d.kill()
		return nil, errKilled
	default:
		d.kill()
		return nil, errKilled
	}
}

// deeds counts what took effect in a workspace, by action and path.
type deeds struct {
	mu     sync.Mutex
	counts map[string]int
}

func (d *deeds) note(c emulator.Call) {
	if c.Code != "" || c.Status != http.StatusOK {
		return
	}
	switch c.Action {
	case "CreateBusiness", "CreateFolder", "CreateFile", "SubmitFile", "DeployFile":
		d.mu.Lock()
		defer d.mu.Unlock()
		d.counts[c.Action+" "+c.Path]++
	}
}

func (d *deeds) snapshot() map[string]int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.counts)
}

// crashWorld is a workspace and a project that is pushed to it, in virtual time.
type crashWorld struct {
	t      *testing.T
	server *emulator.Server
	deeds  *deeds
	dir    string
}

const crashConfig = `version: 1
targets:
  dev: {region: cn-shanghai, endpoint: "127.0.0.1:1", projectId: 10000}
`

func newCrashWorld(t *testing.T, template string, switches map[string]string, mode emulator.Mode) *crashWorld {
	d := &deeds{counts: map[string]int{}}
	w := &crashWorld{t: t, deeds: d, dir: filepath.Join(t.TempDir(), "project")}
	w.server = emulator.New(emulator.Options{
		Projects: []emulator.Project{{Name: "dw_project", ID: 10000, Mode: mode}}, Switches: switches, DeploymentTime: 3 * time.Second, Seed: 1, OnCall: d.note,
	})
	copyDir(t, template, w.dir, nil)
	time.Sleep(time.Minute)
	return w
}

// run runs a command; at and after say where it is killed. It gives the exit code, what was printed, and the number of calls.
func (w *crashWorld) run(at int, after bool, args ...string) (code int, output string, calls int) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	transport := &deadTransport{base: w.server.Transport(), kill: cancel, at: at, after: after}
	var out bytes.Buffer
	env := cli.Environment{
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, Dir: w.dir, Transport: transport,
		Getenv: func(name string) string {
			return map[string]string{"ALIBABA_CLOUD_ACCESS_KEY_ID": "dwsync", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "dwsync"}[name]
		},
		Interrupts: func() (<-chan os.Signal, func()) { return make(chan os.Signal), func() {} },
	}
	code = cli.Main(ctx, env, append([]string{"dwsync"}, args...))
	return code, out.String(), transport.calls
}

// finish runs push until it is done, at most three times, and wants a further one to find nothing.
func (w *crashWorld) finish(where string) {
	w.t.Helper()
	var output string
	for range 3 {
		var code int
		code, output, _ = w.run(0, false, "push", "--yes", "--quiet")
		time.Sleep(time.Minute)
		if code == 0 {
			if code, output, _ = w.run(0, false, "diff"); code != 0 {
				w.t.Errorf("%s: after the push a diff ends with %d:\n%s", where, code, output)
			}
			return
		}
	}
	w.t.Errorf("%s: not done after three more runs:\n%s", where, output)
}

func (w *crashWorld) wantDeeds(where string, want map[string]int) {
	w.t.Helper()
	got := w.deeds.snapshot()
	for _, deed := range slices.Sorted(maps.Keys(want)) {
		if got[deed] != want[deed] {
			w.t.Errorf("%s: %s took effect %d times, undisturbed %d times", where, deed, got[deed], want[deed])
		}
	}
	for _, deed := range slices.Sorted(maps.Keys(got)) {
		if want[deed] == 0 {
			w.t.Errorf("%s: %s took effect %d times, undisturbed never", where, deed, got[deed])
		}
	}
}

func TestPushSurvivesBeingKilledAnywhere(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	created, updated := scenarios(t)
	for _, scenario := range []struct {
		name string
		// before is pushed undisturbed first; "" for an empty workspace.
		before, after string
		switches      map[string]string
		mode          emulator.Mode
	}{
		{"create", "", created, nil, emulator.Standard},
		{"create in a simple workspace", "", created, nil, emulator.Simple},
		{"create, no automatic outputs, refused no-op updates", "", created, map[string]string{"auto-outputs": "none", "no-op-update": "each"}, emulator.Standard},
		{"create, stale reads", "", created, map[string]string{"stale-reads": "first"}, emulator.Standard},
		{"update", created, updated, nil, emulator.Standard},
		{"update, no-op updates refused field by field", created, updated, map[string]string{"no-op-update": "each", "submit-parses": "adds"}, emulator.Standard},
		{"update, stale reads", created, updated, map[string]string{"stale-reads": "first"}, emulator.Standard},
	} {
		t.Run(scenario.name, func(t *testing.T) {
			prepare := func(t *testing.T) *crashWorld {
				if scenario.before == "" {
					return newCrashWorld(t, scenario.after, scenario.switches, scenario.mode)
				}
				w := newCrashWorld(t, scenario.before, scenario.switches, scenario.mode)
				w.finish("before")
				w.deeds.counts = map[string]int{}
				memory := filepath.Join(t.TempDir(), "memory")
				copyDir(t, filepath.Join(w.dir, ".dwsync"), memory, nil)
				must(t, os.RemoveAll(w.dir))
				copyDir(t, scenario.after, w.dir, nil)
				copyDir(t, memory, filepath.Join(w.dir, ".dwsync"), nil)
				return w
			}
			var undisturbed map[string]int
			total := 0
			synctest.Test(t, func(t *testing.T) {
				w := prepare(t)
				code, output, calls := w.run(0, false, "push", "--yes", "--quiet")
				if code != 0 {
					t.Fatalf("the undisturbed run ends with %d:\n%s", code, output)
				}
				time.Sleep(time.Minute)
				undisturbed, total = w.deeds.snapshot(), calls
			})
			if t.Failed() || total == 0 {
				return
			}
			points := sample(t, total)
			for _, at := range points {
				for _, after := range []bool{false, true} {
					for _, fresh := range []bool{false, true} {
						where := fmt.Sprintf("killed at call %d of %d, after its effect: %v, fresh clone: %v", at, total, after, fresh)
						synctest.Test(t, func(t *testing.T) {
							w := prepare(t)
							w.run(at, after, "push", "--yes", "--quiet")
							if fresh {
								clone := w.dir + "-clone"
								copyDir(t, w.dir, clone, []string{".dwsync"})
								w.dir = clone
							}
							w.finish(where)
							w.wantDeeds(where, undisturbed)
						})
						if t.Failed() {
							t.FailNow()
						}
					}
				}
			}
			t.Logf("%d points", 4*len(points))
		})
	}
}

// sample gives the calls to die at: all of them at full size, a seeded sample otherwise.
func sample(t *testing.T, total int) []int {
	points := make([]int, total)
	for i := range points {
		points[i] = i + 1
	}
	if os.Getenv("DWSYNC_TEST_SIZE") == "full" {
		return points
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("sample of seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	random.Shuffle(len(points), func(i, j int) { points[i], points[j] = points[j], points[i] })
	points = points[:min(len(points), 6)]
	slices.Sort(points)
	return points
}

// scenarios makes two commits of one small project in a git repository, and gives a checkout of each.
func scenarios(t *testing.T) (created, updated string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "created")
	node := func(name, sql, cron string, inputs ...string) {
		var list strings.Builder
		for _, input := range inputs {
			fmt.Fprintf(&list, "    - ${project}%s\n", input)
		}
		base := filepath.Join(dir, "业务流程", "shop", "MaxCompute", "dwd", name)
		write(t, base+".sql", sql)
		write(t, base+".node.yaml", "fileType: ODPS_SQL\nautoParsing: false\nnodeConfiguration:\n  cronExpress: "+cron+"\n  inputList:\n"+list.String()+
			"  outputList:\n    - ${project}."+name+"\n    - ${project}.t_"+name+"\n")
	}
	write(t, filepath.Join(dir, "dwsync.yaml"), crashConfig)
	write(t, filepath.Join(dir, "业务流程", "shop", "business.yaml"), "description: a shop\n")
	node("a", "SELECT 1;\n", "00 30 00 * * ?", "_root")
	node("b", "SELECT 2;\n", "00 40 00 * * ?", ".a")
	node("c", "SELECT 3;\n", "00 50 00 * * ?", ".a", ".t_b")
	repo, err := gogit.PlainInit(dir, false)
	must(t, err)
	commit(t, repo, "the shop's first jobs")

	updated = filepath.Join(t.TempDir(), "updated")
	copyDir(t, dir, updated, nil)
	created, dir = dir, updated
	node("a", "SELECT 'one';\n", "00 35 00 * * ?", "_root")
	node("c", "SELECT 3;\n", "00 50 00 * * ?", ".a", ".t_b", ".d")
	node("d", "SELECT 4;\n", "00 45 00 * * ?", ".b")
	repo, err = gogit.PlainOpen(dir)
	must(t, err)
	commit(t, repo, "a new job, and a later start")
	return created, updated
}

func commit(t *testing.T, repo *gogit.Repository, message string) {
	t.Helper()
	tree, err := repo.Worktree()
	must(t, err)
	must(t, tree.AddGlob("."))
	// The bubble's clock begins in the year 2000: commits lie before all that is done in it.
	who := &object.Signature{Name: "小李", Email: "li@example.com", When: time.Date(1999, 12, 1, 0, 0, 0, 0, time.UTC)}
	_, err = tree.Commit(message, &gogit.CommitOptions{Author: who, Committer: who})
	must(t, err)
}

func write(t *testing.T, file, text string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(file), 0o755))
	must(t, os.WriteFile(file, []byte(text), 0o644))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func copyDir(t *testing.T, from, to string, without []string) {
	t.Helper()
	must(t, filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if slices.Contains(without, relative) {
			return filepath.SkipDir
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, relative), 0o755)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, relative), data, 0o644)
	}))
}
