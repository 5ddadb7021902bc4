package cli_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/dwsync/dwsync/internal/testsize"
)

// The matrix at full size: every request and every write to files of the push that does everything × everything that can go wrong with it × the same directory
// and a fresh clone. The switches are dealt: the six scenarios of a mode, which differ in stale reads and in the answer to an update that changes nothing, take
// turns, so that each request and each trouble meets all of them, and each scenario has its share.
//
// What kills is played alone, once for each memory; only kills before the first write, which leave nothing behind, are played some in a row before the run that
// ends. What heals within the run is played some at a time, at requests that are far apart and do not shift one another's count; then the push runs again in the
// same directory, and once more in a fresh clone.

// round is what is played in one go: a kill, some early ones, or some troubles that heal. Its fields are exported for encoding/json.
type round struct {
	Scenario int
	Points   []crashPoint
}

const (
	// readsTogether and writesTogether are how many calls of a run are disturbed where that heals, apart is how many calls lie between them at least.
	readsTogether, writesTogether = 10, 4
	apart                         = 20
	// killsTogether is how many runs are killed in a row before their first write.
	killsTogether = 10

	// roundsOfSample is how many rounds CI plays, of one of the scenarios.
	roundsOfSample = 10
	// leastPoints is how many points the matrix has at least at full size (the acceptance of its issue).
	leastPoints = 2000
)

func TestEverythingSurvivesTroubleAnywhere(t *testing.T) {
	isolate(t)
	if share := os.Getenv(shareVariable); share != "" {
		playShare(t, share)
		return
	}
	random := testsize.Random(t)
	if testsize.Full() {
		playMatrix(t, random)
		return
	}
	i := random.IntN(len(everythingScenarios()))
	stages := stagesOf(t, []int{i})
	rounds := deal(random, stages)
	playRounds(t, stages, testsize.Choose(random, rounds, roundsOfSample)).log(t)
}

// stagesOf makes the stages of some scenarios, by their number.
func stagesOf(t *testing.T, scenarios []int) map[int]*stage {
	all := everythingScenarios()
	stages := map[int]*stage{}
	for _, i := range scenarios {
		stages[i] = newStage(t, all[i], fmt.Sprintf("127.0.0.1:%d", 200+i))
	}
	return stages
}

// deal deals every point that one of the stages has to one of those of its mode, and gives the rounds of all.
func deal(random *rand.Rand, stages map[int]*stage) []round {
	type place struct {
		request request
		what    trouble
		write   int
		after   bool
	}
	var rounds []round
	for _, scenarios := range byMode(stages) {
		var places []place
		have := map[place][]int{}
		for _, i := range scenarios {
			for _, p := range stages[i].points() {
				at := place{p.Request, p.What, p.Write, p.After}
				if p.Then != kept {
					continue
				}
				if have[at] == nil {
					places = append(places, at)
				}
				have[at] = append(have[at], i)
			}
		}
		healing, early := map[int][]crashPoint{}, map[int][]crashPoint{}
		for _, at := range places {
			turn := at.request.Nth + slices.Index(troubles(), at.what) + 1 + at.write
			if at.after {
				turn += len(have[at]) / 2
			}
			i := have[at][turn%len(have[at])]
			point := crashPoint{Request: at.request, What: at.what, Write: at.write, After: at.after, Then: kept}
			if !point.kills() {
				healing[i] = append(healing[i], point)
				continue
			}
			if point.Write == 0 && stages[i].isEarly(point.Request) {
				early[i] = append(early[i], point)
				continue
			}
			for _, then := range []memory{kept, fresh} {
				point.Then = then
				rounds = append(rounds, round{i, []crashPoint{point}})
			}
		}
		for _, i := range scenarios {
			for _, together := range stages[i].together(random, healing[i]) {
				rounds = append(rounds, round{i, together})
			}
			for chain := range slices.Chunk(early[i], killsTogether) {
				rounds = append(rounds, round{i, thenWith(chain, kept)}, round{i, thenWith(chain, fresh)})
			}
		}
	}
	return rounds
}

// isEarly tells whether a call comes before the first write of the push.
func (s *stage) isEarly(r request) bool {
	firstWrite := slices.IndexFunc(s.requests, func(r request) bool { return !reads(r.Action) })
	return slices.Index(s.requests, r) < firstWrite
}

// thenWith gives the points with another memory of the next run.
func thenWith(points []crashPoint, then memory) []crashPoint {
	points = slices.Clone(points)
	for i := range points {
		points[i].Then = then
	}
	return points
}

// byMode gives the scenarios' numbers, sorted, those of each mode for themselves.
func byMode(stages map[int]*stage) [][]int {
	var modes [][]int
	for i := range everythingScenarios() {
		s, there := stages[i]
		if !there {
			continue
		}
		if last := len(modes) - 1; last >= 0 && stages[modes[last][0]].scenario.mode == s.scenario.mode {
			modes[last] = append(modes[last], i)
		} else {
			modes = append(modes, []int{i})
		}
	}
	return modes
}

// together groups points that heal. A read that was struck is asked again, which its count leaves out; a write may be sent again or not, and what is looked at
// before shifts the counts of reads: so reads and writes are not mixed, and the writes of a group are of different actions.
func (s *stage) together(random *rand.Rand, points []crashPoint) [][]crashPoint {
	position := map[request]int{}
	for i, r := range s.requests {
		position[r] = i
	}
	fits := func(group []crashPoint, p crashPoint) bool {
		isRead := reads(p.Request.Action)
		most := writesTogether
		if isRead {
			most = readsTogether
		}
		return len(group) < most && !slices.ContainsFunc(group, func(other crashPoint) bool {
			distance := position[p.Request] - position[other.Request]
			return reads(other.Request.Action) != isRead || max(distance, -distance) < apart || !isRead && p.Request.Action == other.Request.Action
		})
	}
	points = slices.Clone(points)
	random.Shuffle(len(points), func(a, b int) { points[a], points[b] = points[b], points[a] })
	var groups [][]crashPoint
	for _, p := range points {
		if i := slices.IndexFunc(groups, func(g []crashPoint) bool { return fits(g, p) }); i >= 0 {
			groups[i] = append(groups[i], p)
		} else {
			groups = append(groups, []crashPoint{p})
		}
	}
	return groups
}

// played is what came of a share of the rounds. Its fields are exported for encoding/json.
type played struct {
	// Points counts the points, each memory for itself.
	Points int
	// Missed are requests that a run did not make: how often it polls, for example, differs from run to run.
	Missed []string
}

func (p played) log(t *testing.T) {
	t.Helper()
	slices.Sort(p.Missed)
	t.Logf("%d points; besides, %d requests were not made by the runs that they were to disturb: %q", p.Points, len(p.Missed), p.Missed)
}

// playRounds plays rounds, each a test of its own.
func playRounds(t *testing.T, stages map[int]*stage, rounds []round) played {
	var all played
	failed := 0
	for _, r := range rounds {
		s := stages[r.Scenario]
		names := []string{s.scenario.name}
		for _, p := range r.Points {
			names = append(names, p.where())
		}
		passed := t.Run(strings.Join(names, "; "), func(t *testing.T) {
			if r.Points[0].kills() {
				s.playKills(t, r.Points)
				all.Points += len(r.Points)
				return
			}
			missed := s.playTogether(t, r.Points)
			all.Points += 2 * (len(r.Points) - len(missed))
			for _, p := range missed {
				// One of the others may have made it needless: alone it has another chance.
				if len(r.Points) > 1 && len(s.playTogether(t, []crashPoint{p})) == 0 {
					all.Points += 2
				} else {
					all.Missed = append(all.Missed, p.Request.String())
				}
			}
		})
		if !passed {
			failed++
		}
		if failed > mostFailures {
			t.Error("too many points fail, the rest is left out")
			return all
		}
	}
	return all
}

// playKills kills one push after the other, and runs it until it is done.
func (s *stage) playKills(t *testing.T, points []crashPoint) {
	synctest.Test(t, func(t *testing.T) {
		w := s.open(t)
		where, last := s.scenario.name, points[len(points)-1]
		var outputs []string
		for _, point := range points {
			where += ": " + point.String()
			_, output := w.start(disturbed(point), s.scenario.push()...)
			outputs = append(outputs, output)
			s.remember(t, w, point.Then)
		}
		w.push(where, s.scenario.arguments...)
		s.wantEnd(w, where, last.forgiveness())
		if t.Failed() {
			t.Logf("%s: the disturbed runs:\n%s", where, strings.Join(outputs, "\n"))
		}
	})
}

// playTogether disturbs a push at points that heal, runs it again in the same directory, and then in a fresh clone. It gives the points whose requests were not made.
func (s *stage) playTogether(t *testing.T, points []crashPoint) (missed []crashPoint) {
	synctest.Test(t, func(t *testing.T) {
		w, p := s.open(t), disturbed(points...)
		code, output := w.start(p, s.scenario.push()...)
		where := s.scenario.name
		for _, point := range points {
			where += ": " + point.where()
		}
		missed = slices.DeleteFunc(slices.Clone(points), func(point crashPoint) bool { return p.strikes[point.Request] == "" })
		if code != 0 {
			t.Errorf("%s: the run did not heal, it ends with %d:\n%s", where, code, output)
		}
		w.push(where+", then: "+string(kept), s.scenario.arguments...)
		w.wantDeeds(where+", then: "+string(kept), s.undisturbed)
		w.forget()
		w.push(where+", then: "+string(fresh), s.scenario.arguments...)
		s.wantEnd(w, where+", then: "+string(fresh), nothing)
		if t.Failed() {
			t.Logf("%s: the disturbed run:\n%s", where, output)
		}
	})
	return missed
}

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
	for i, s := range stages {
		t.Logf("%s: %d calls, %d writes to files", everythingScenarios()[i].name, len(s.requests), s.writes)
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
