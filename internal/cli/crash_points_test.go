package cli_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
)

// memory is what the run after a disturbed one has in .dwsync.
type memory string

const (
	kept  memory = "same directory"
	fresh memory = "fresh clone"
	old   memory = "state of the run before" // as a cache of CI restores it
)

// memories are those with which the next run can know what it needs to know.
func (s crashScenario) memories() []memory {
	switch {
	case !s.update:
		return []memory{kept, fresh}
	case s.history == noHistory:
		return []memory{kept, old}
	default:
		return []memory{kept, fresh, old}
	}
}

// crashPoint is where and how a push is disturbed: with a call, or by a kill at a write to files. Its fields are exported for encoding/json.
type crashPoint struct {
	Request request
	What    trouble
	// Write is a write to files, from 1; 0 where it is a call. After kills once the write is on the disk.
	Write int
	After bool
	Then  memory
}

func (p crashPoint) String() string { return p.where() + ", then: " + string(p.Then) }

// where leaves out what comes then.
func (p crashPoint) where() string {
	if p.Write > 0 {
		return fmt.Sprintf("killed at write %d, after it: %v", p.Write, p.After)
	}
	return fmt.Sprintf("%s: %s", p.Request, p.What)
}

func (p crashPoint) kills() bool { return p.Write > 0 || p.What.kills() }

// disturbed is a process that is disturbed at points: several that heal, or one.
func disturbed(points ...crashPoint) *process {
	p := &process{strikes: map[request]trouble{}}
	for _, point := range points {
		if point.Write > 0 {
			p.write, p.after = point.Write, point.After
		} else {
			p.strikes[point.Request] = point.What
		}
	}
	return p
}

// points are all places at which the push can be disturbed, in the order of an undisturbed one, each with every memory that the next run can have where it
// matters. What can go wrong after a call's effect is nothing new for a call that has none.
func (s *stage) points() []crashPoint {
	var points []crashPoint
	for _, r := range s.requests {
		for _, what := range troubles() {
			if what.onlyWrites() && reads(r.Action) {
				continue
			}
			memories := s.scenario.memories()
			if !what.kills() {
				memories = memories[:1]
			}
			for _, then := range memories {
				points = append(points, crashPoint{Request: r, What: what, Then: then})
			}
		}
	}
	for write := 1; write <= s.writes; write++ {
		for _, after := range []bool{false, true} {
			for _, then := range s.scenario.memories() {
				points = append(points, crashPoint{Write: write, After: after, Then: then})
			}
		}
	}
	return points
}

// playAll plays points, each a test of its own.
func (s *stage) playAll(t *testing.T, points []crashPoint) {
	failed := 0
	for _, point := range points {
		if !t.Run(point.String(), func(t *testing.T) { s.play(t, point) }) {
			failed++
		}
		if failed > mostFailures {
			t.Fatal("too many points fail, the rest is left out")
		}
	}
}

// mostFailures is how many points may fail before the rest is left out.
const mostFailures = 20

// play disturbs a push at a point and finishes it.
func (s *stage) play(t *testing.T, point crashPoint) {
	synctest.Test(t, func(t *testing.T) {
		w, p := s.open(t), disturbed(point)
		code, output := w.start(p, s.scenario.push()...)
		where := fmt.Sprintf("%s: %s", s.scenario.name, point)
		if code != 0 && !point.kills() {
			t.Errorf("%s: the run did not heal, it ends with %d:\n%s", where, code, output)
		}
		w.wantNoKeys(where)
		s.remember(t, w, point.Then)
		s.finish(w, where, point.forgiveness())
		if t.Failed() {
			t.Logf("%s: the disturbed run:\n%s", where, output)
		}
	})
}

// forgiveness is what the end may have more than an undisturbed one.
func (p crashPoint) forgiveness() forgiveness {
	switch {
	case p.What != killLate:
		return nothing
	case strings.HasPrefix(p.Request.Action, "Update"):
		return releasesTwice
	default:
		return updatesTwice
	}
}

// remember gives the next run its memory.
func (s *stage) remember(t *testing.T, w *crashWorld, then memory) {
	switch then {
	case fresh:
		w.forget()
	case old:
		write(t, filepath.Join(s.dir, stateFile), string(s.memory))
	}
}
