package cli_test

import (
	"fmt"
	"math/rand/v2"
	"os"
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
