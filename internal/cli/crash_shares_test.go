package cli_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

// shareVariable names a file of rounds to a process that plays a part of the matrix; what came of it goes into a file beside it. The parts are processes,
// since the flags of the command line library are shared within one.
const shareVariable = "DWSYNC_TEST_CRASH_SHARE"

// playMatrix plays all rounds, on all processors.
func playMatrix(t *testing.T, random *rand.Rand) {
	settleDown(t)
	all := make([]int, len(everythingScenarios()))
	for i := range all {
		all[i] = i
	}
	stages := stagesOf(t, all)
	for _, i := range all {
		s := stages[i]
		t.Logf("%s: %d calls, %d writes to files", s.scenario.name, len(s.requests), s.writes)
	}
	rounds := deal(random, stages)
	t.Logf("%d rounds", len(rounds))
	shares := sharesOf(random, rounds, runtime.NumCPU())
	results := make([]played, len(shares))
	finish := make([]func(), len(shares))
	for i, share := range shares[1:] {
		finish[i+1] = startShare(t, share, &results[i+1])
	}
	results[0] = playRounds(t, stages, shares[0])
	var total played
	for i := range shares {
		if finish[i] != nil {
			finish[i]()
		}
		total.Points += results[i].Points
		total.Missed = append(total.Missed, results[i].Missed...)
	}
	total.log(t)
	if total.Points < leastPoints || len(total.Missed) > total.Points/50 {
		t.Errorf("only %d points, and %d that were missed", total.Points, len(total.Missed))
	}
}

// settleDown lets files lie in memory where the machine has such a directory, since what is synced there costs nothing, and the process on one processor.
func settleDown(t *testing.T) {
	const dir = "/dev/shm"
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		t.Setenv("TMPDIR", dir)
	}
	// Each process has a processor to itself.
	collect, processors := debug.SetGCPercent(400), runtime.GOMAXPROCS(1)
	t.Cleanup(func() {
		debug.SetGCPercent(collect)
		runtime.GOMAXPROCS(processors)
	})
}

// sharesOf splits rounds into shares that take about as long; all of a scenario are in one share, so that each process plays few of them undisturbed first.
func sharesOf(random *rand.Rand, rounds []round, n int) [][]round {
	byScenario := map[int][]round{}
	for _, r := range rounds {
		byScenario[r.Scenario] = append(byScenario[r.Scenario], r)
	}
	shares := make([][]round, min(n, len(byScenario)))
	largestFirst := make([]int, 0, len(byScenario))
	for i := range byScenario {
		largestFirst = append(largestFirst, i)
	}
	slices.SortFunc(largestFirst, func(a, b int) int { return len(byScenario[b]) - len(byScenario[a]) })
	for _, i := range largestFirst {
		slices.SortFunc(shares, func(a, b []round) int { return len(a) - len(b) })
		shares[0] = append(shares[0], byScenario[i]...)
	}
	for _, share := range shares {
		random.Shuffle(len(share), func(a, b int) { share[a], share[b] = share[b], share[a] })
	}
	return shares
}

// startShare starts a process that plays a share; finish waits for it.
func startShare(t *testing.T, share []round, result *played) (finish func()) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rounds.json")
	data, err := json.Marshal(share)
	must(t, err)
	must(t, os.WriteFile(file, data, 0o600))
	program, err := os.Executable()
	must(t, err)
	run := exec.CommandContext(t.Context(), program, "-test.run=^"+t.Name()+"$", "-test.timeout=0")
	run.Env = append(os.Environ(), shareVariable+"="+file)
	var output strings.Builder
	run.Stdout, run.Stderr = &output, &output
	must(t, run.Start())
	return func() {
		if err := run.Wait(); err != nil {
			t.Errorf("a share of the points: %v\n%s", err, output.String())
		}
		data, err := os.ReadFile(file + ".played")
		must(t, err)
		must(t, json.Unmarshal(data, result))
	}
}

// playShare is what such a process does.
func playShare(t *testing.T, file string) {
	settleDown(t)
	data, err := os.ReadFile(file)
	must(t, err)
	var rounds []round
	must(t, json.Unmarshal(data, &rounds))
	var scenarios []int
	for _, r := range rounds {
		scenarios = append(scenarios, r.Scenario)
	}
	slices.Sort(scenarios)
	result := playRounds(t, stagesOf(t, slices.Compact(scenarios)), rounds)
	data, err = json.Marshal(result)
	must(t, err)
	must(t, os.WriteFile(file+".played", data, 0o600))
}
