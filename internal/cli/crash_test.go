package cli_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
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

	"github.com/dwsync/dwsync/internal/testsize"
	"github.com/dwsync/dwsync/pkg/emulator"
)

// The crash matrix: something goes wrong with one of a push's calls, or the process is killed there, and from then on none of its calls gets through and
// none of its writes reaches the disk. Then the same command is run again, in the same directory or in a fresh clone without .dwsync, until it is done. The
// workspace must end as after an undisturbed run: every file once, each version submitted and deployed once, nothing left over. What is no kill must heal
// within the run. No key may show anywhere.

// crashScenario is something to push.
type crashScenario struct {
	name string
	// update pushes the second commit to a workspace that has the first; else the first is pushed to an empty workspace.
	update   bool
	switches map[string]string
	mode     emulator.Mode
	history  history
	// commits makes the two commits and gives a checkout of each; nil are those of scenarios.
	commits func(t *testing.T, endpoint string) (before, after string)
	// seed stands in the workspace before the first push: what the API cannot make.
	seed []emulator.SeedFile
	// arguments are those of push and diff.
	arguments []string
	// check looks, besides, at a workspace to which the push is done; nil is nothing.
	check func(w *crashWorld, where string)
}

// history is what git knows of the project.
type history string

const (
	committed   history = "committed"
	uncommitted history = "uncommitted" // the second commit's files stand in the tree, HEAD is the first commit
	noHistory   history = "no repository"
)

func crashScenarios() []crashScenario {
	stale := map[string]string{"stale-reads": "first"}
	picky := map[string]string{"no-op-update": "each", "submit-parses": "adds"}
	bare := map[string]string{"no-op-update": "accepted", "auto-outputs": "none", "business-refusals": "success-false"}
	staleAndPicky := map[string]string{"stale-reads": "first", "no-op-update": "each", "auto-outputs": "number"}
	// Nothing keeps a client from releasing twice, or from releasing too early.
	lax := map[string]string{"redeploy": "accepted", "deploy-parents": "unchecked", "extension-check": "passes", "node-file-version": "absent", "stale-reads": "first"}
	return append([]crashScenario{
		{name: "create", history: committed},
		{name: "create in a simple workspace", mode: emulator.Simple, history: committed},
		{name: "create, no repository", history: noHistory},
		{name: "create, a part that differs is not enough for an update", switches: picky, history: committed},
		{name: "create, no automatic outputs, refusals as successes", switches: bare, history: committed},
		{name: "create, stale reads", switches: stale, history: committed},
		{name: "create, nothing is checked, stale reads", switches: lax, history: committed},
		{name: "update", update: true, history: committed},
		{name: "update, not committed", update: true, history: uncommitted},
		{name: "update, no repository", update: true, history: noHistory},
		{name: "update in a simple workspace, stale reads", update: true, switches: stale, mode: emulator.Simple, history: committed},
		{name: "update, a part that differs is not enough for an update", update: true, switches: picky, history: committed},
		{name: "update, no automatic outputs, refusals as successes", update: true, switches: bare, history: committed},
		{name: "update, stale reads", update: true, switches: stale, history: committed},
		{name: "update, not committed, stale reads, a part that differs is not enough", update: true, switches: staleAndPicky, history: uncommitted},
		{name: "update, nothing is checked, stale reads", update: true, switches: lax, history: committed},
	}, outputScenarios()...)
}

// stage is where a scenario is played: a checkout, and what stood in workspace and memory before.
type stage struct {
	scenario crashScenario
	dir      string
	// snapshot is the workspace before the push, at a moment of the bubble's time; nil is an empty one. memory is the state that belongs to it.
	snapshot *emulator.Snapshot
	at       time.Time
	memory   []byte
	// undisturbed are the deeds of a push that nothing happens to, holds is what the workspace holds after it, requests are its calls, writes is the number of its
	// writes to files.
	undisturbed map[string]int
	holds       []string
	requests    []request
	writes      int
}

const stateFile = ".dwsync/dev.state.db"

// newStage plays a scenario undisturbed.
func newStage(t *testing.T, scenario crashScenario, endpoint string) *stage {
	commits := scenario.commits
	if commits == nil {
		commits = scenarios
	}
	created, updated := commits(t, endpoint)
	if scenario.history == noHistory {
		must(t, os.RemoveAll(filepath.Join(created, ".git")))
	}
	s := &stage{scenario: scenario, dir: created}
	if scenario.update {
		synctest.Test(t, func(t *testing.T) {
			w := newCrashWorld(t, created, scenario.switches, scenario.mode)
			scenario.plant(w)
			w.finish("before")
			time.Sleep(time.Minute)
			snapshot := w.server.Snapshot()
			memory, err := os.ReadFile(filepath.Join(created, stateFile))
			must(t, err)
			s.snapshot, s.at, s.memory, s.dir = &snapshot, time.Now(), memory, updated
		})
	}
	if scenario.update && scenario.history != committed {
		must(t, os.RemoveAll(filepath.Join(updated, ".git")))
		if scenario.history == uncommitted {
			copyDir(t, filepath.Join(created, ".git"), filepath.Join(updated, ".git"), nil)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		w, p := s.open(t), &process{}
		if code, output := w.start(p, s.scenario.push()...); code != 0 {
			t.Fatalf("the undisturbed run ends with %d:\n%s", code, output)
		}
		time.Sleep(time.Minute)
		s.undisturbed, s.requests, s.writes, s.holds = w.deeds.snapshot(), p.requests, p.writes, w.holdings()
		s.finish(w, "undisturbed", nothing)
	})
	return s
}

// plant puts into a workspace what stands there before the first push, a minute before it.
func (s crashScenario) plant(w *crashWorld) {
	if len(s.seed) == 0 {
		return
	}
	_, err := w.server.Seed("dw_project", s.seed...)
	must(w.t, err)
	time.Sleep(time.Minute)
}

// push are the arguments of the push.
func (s crashScenario) push() []string {
	return append([]string{"push", "--yes", "--verbose"}, s.arguments...)
}

// forgiveness is what a late effect may bring with it.
type forgiveness int

const (
	nothing forgiveness = iota
	// updatesTwice: nobody can tell an update that has not come yet from one that will not come, and sending it twice changes nothing.
	updatesTwice
	// releasesTwice: an update that comes after the next run's submit makes the file a saved one again, as if somebody had saved it there, so that another
	// version is submitted and deployed.
	releasesTwice
)

// finish runs the push until it is done, wants a diff to find nothing then, and the workspace to be as after an undisturbed push.
func (s *stage) finish(w *crashWorld, where string, forgive forgiveness) {
	w.t.Helper()
	w.finish(where, s.scenario.arguments...)
	s.wantEnd(w, where, forgive)
}

// wantEnd wants the deeds of an undisturbed push, and the workspace to hold what it holds after one, but for what is forgiven.
func (s *stage) wantEnd(w *crashWorld, where string, forgive forgiveness) {
	w.t.Helper()
	deeds, now, then := s.undisturbed, w.holdings(), s.holds
	if forgive >= updatesTwice {
		deeds = w.forgive(deeds, "Update")
	}
	if forgive >= releasesTwice {
		deeds = w.forgive(w.forgive(deeds, "SubmitFile "), "DeployFile ")
		now, then = withoutVersions(now), withoutVersions(then)
	}
	w.wantDeeds(where, deeds)
	wantHoldings(w.t, where, now, then)
	w.wantNoKeys(where)
	if s.scenario.check != nil {
		s.scenario.check(w, where)
	}
}

// open makes the world as it is before the push.
func (s *stage) open(t *testing.T) *crashWorld {
	w := newCrashWorld(t, s.dir, s.scenario.switches, s.scenario.mode)
	w.forget()
	if s.snapshot == nil {
		s.scenario.plant(w)
	} else {
		must(t, w.server.Restore(*s.snapshot))
		time.Sleep(time.Until(s.at))
		write(t, filepath.Join(s.dir, stateFile), string(s.memory))
	}
	return w
}

// pointsOfSample is how many points of each narrow scenario CI plays, pointsOfFull how many are played at full size, where most points are those of the scenario
// that does everything: all of it within 15 minutes on 2 cores. (Scenarios are not played side by side: the flags of the command line library are shared within a
// process.)
const (
	pointsOfSample = 3
	pointsOfFull   = 20
)

func TestPushSurvivesTroubleAnywhere(t *testing.T) {
	isolate(t)
	random := testsize.Random(t)
	played := make([]int, len(crashScenarios()))
	t.Run("scenarios", func(t *testing.T) {
		for i, scenario := range crashScenarios() {
			chance := rand.New(rand.NewPCG(random.Uint64(), 0))
			t.Run(scenario.name, func(t *testing.T) {
				s := newStage(t, scenario, fmt.Sprintf("127.0.0.1:%d", i+1))
				points := s.points()
				points = testsize.Choose(chance, points, testsize.Of(pointsOfSample, pointsOfFull))
				s.playAll(t, points)
				played[i] = len(points)
			})
		}
	})
	total := 0
	for _, n := range played {
		total += n
	}
	t.Logf("%d points", total)
}

// On a bad day things go wrong all the time: calls with a chance of one in eight, and runs are killed in the middle, one after the other.
func TestPushSurvivesABadDay(t *testing.T) {
	isolate(t)
	random := testsize.Random(t)
	days := testsize.Of(1, 4)
	t.Run("scenarios", func(t *testing.T) {
		for i, scenario := range crashScenarios() {
			seed := random.Uint64()
			t.Run(scenario.name, func(t *testing.T) {
				s := newStage(t, scenario, fmt.Sprintf("127.0.0.1:%d", i+1))
				for day := range days {
					t.Run(fmt.Sprint(day+1), func(t *testing.T) { s.playBadDay(t, rand.New(rand.NewPCG(seed, uint64(day)))) })
				}
			})
		}
	})
}

// playBadDay runs pushes that are in trouble until one is done, at most six, and finishes what is left.
func (s *stage) playBadDay(t *testing.T, random *rand.Rand) {
	synctest.Test(t, func(t *testing.T) {
		w := s.open(t)
		var mu sync.Mutex
		chance := func() trouble {
			mu.Lock()
			defer mu.Unlock()
			if random.IntN(8) > 0 {
				return ""
			}
			what := troubles()[random.IntN(len(troubles()))]
			if what.kills() && random.IntN(2) > 0 {
				return ""
			}
			return what
		}
		var told []string
		for code, output := -1, ""; code != 0 && len(told) < 6; {
			code, output = w.start(&process{chance: chance}, s.scenario.push()...)
			then := s.scenario.memories()[random.IntN(len(s.scenario.memories()))]
			told = append(told, fmt.Sprintf("ends with %d, then: %s\n%s", code, then, output))
			s.remember(t, w, then)
		}
		s.finish(w, "a bad day", releasesTwice)
		if t.Failed() {
			t.Log(strings.Join(told, "\n"))
		}
	})
}

// isolate gives the test a home and a cache of its own, where the locks are.
func isolate(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
}

// scenarios makes two commits of one small project in a git repository, and gives a checkout of each. Projects of different endpoints have locks of their
// own, so that their runs do not wait for one another.
func scenarios(t *testing.T, endpoint string) (created, updated string) {
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
	write(t, filepath.Join(dir, "dwsync.yaml"), fmt.Sprintf("version: 1\ntargets:\n  dev: {region: cn-shanghai, endpoint: %q, projectId: 10000}\n", endpoint))
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

// commit commits all that there is. The bubble's clock begins in the year 2000: commits lie before all that is done in it.
func commit(t *testing.T, repo *gogit.Repository, message string) {
	t.Helper()
	commitAt(t, repo, time.Date(1999, 12, 1, 0, 0, 0, 0, time.UTC), message)
}

func commitAt(t *testing.T, repo *gogit.Repository, when time.Time, message string) {
	t.Helper()
	tree, err := repo.Worktree()
	must(t, err)
	must(t, tree.AddWithOptions(&gogit.AddOptions{All: true}))
	who := &object.Signature{Name: "小李", Email: "li@example.com", When: when}
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
