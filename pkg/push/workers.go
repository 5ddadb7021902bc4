package push

import (
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"runtime/debug"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/deploy"
	"github.com/dwsync/dwsync/pkg/model"
)

// places is how many steps to each stage are at work at once: enough to keep every limit busy over a slow network, few enough for ten thousand steps to be no
// burden. Each stage has places of its own, so that saves, whose limit is the widest, never keep releases from theirs. A step that only waits, for a deployment
// or a settle window, has no place: what nobody decides holds nothing up.
const places = 64

// workers runs the steps of a push, each in a goroutine of its own once what it waits for has ended and its stage has a place. What is ready goes in the order
// of the longest chains, here for the places and in the port for the limits.
type workers struct {
	do     func(context.Context, *step)
	events chan event
	stages map[model.Stage]*workplace
	// begun counts the steps that have begun and not ended.
	begun    int
	panicked *PanicError
}

// workplace is where the steps to a stage are done.
type workplace struct {
	ready readySteps
	// atWork counts the steps at work by their chain, and in all.
	atWork map[int]int
	total  int
}

// event is what a step's goroutine tells: that it began to wait, that it goes on, or that it ended, with its panic if that was the reason.
type event struct {
	step     *step
	what     eventKind
	panicked *PanicError
}

type eventKind int

const (
	stepRests eventKind = iota
	stepGoesOn
	stepEnded
)

// runSteps runs all steps, and returns when they have ended. Every step is given to do, which gives up by itself where the step's turn does not come. A panic
// of a step is the caller's, as a *PanicError, once the steps under way have ended; no other step begins.
func runSteps(ctx context.Context, steps []*step, do func(context.Context, *step)) {
	w := &workers{do: do, events: make(chan event), stages: map[model.Stage]*workplace{}}
	for _, s := range steps {
		if w.stages[s.stage] == nil {
			w.stages[s.stage] = &workplace{atWork: map[int]int{}}
		}
		w.release(s, 0)
	}
	w.fill(ctx)
	for w.begun > 0 {
		w.handle(<-w.events)
		w.fill(ctx)
	}
	if w.panicked != nil {
		panic(w.panicked)
	}
}

// release takes note that some of what a step waits for have ended.
func (w *workers) release(s *step, ended int) {
	if s.waits -= ended; s.waits == 0 {
		heap.Push(&w.stages[s.stage].ready, s)
	}
}

func (w *workers) handle(e event) {
	place := w.stages[e.step.stage]
	switch e.what {
	case stepRests:
		place.count(e.step, -1)
	case stepGoesOn:
		// Who has begun goes on, even if that is one too many: there are few, and others may wait for them.
		place.count(e.step, 1)
	case stepEnded:
		place.count(e.step, -1)
		w.begun--
		w.panicked = cmp.Or(w.panicked, e.panicked)
		for _, next := range e.step.next {
			w.release(next, 1)
		}
	}
}

func (p *workplace) count(s *step, n int) {
	p.total += n
	if p.atWork[s.chain] += n; p.atWork[s.chain] == 0 {
		delete(p.atWork, s.chain)
	}
}

// takes tells whether a step may begin: there is a place, or its chain is longer than that of all who have one, most of whom wait for a limit.
func (p *workplace) takes(s *step) bool {
	if p.total < places {
		return true
	}
	for chain := range p.atWork {
		if chain >= s.chain {
			return false
		}
	}
	return true
}

// fill begins what may begin.
func (w *workers) fill(ctx context.Context) {
	if w.panicked != nil {
		return
	}
	for _, place := range w.stages {
		for len(place.ready) > 0 && place.takes(place.ready[0]) {
			s := heap.Pop(&place.ready).(*step)
			w.begun++
			place.count(s, 1)
			go w.run(ctx, s)
		}
	}
}

func (w *workers) run(ctx context.Context, s *step) {
	e := event{step: s, what: stepEnded}
	defer func() {
		if cause := recover(); cause != nil {
			e.panicked = &PanicError{Cause: fmt.Sprint(cause), Stack: debug.Stack()}
		}
		w.events <- e
	}()
	ctx = dataworks.WithPriority(ctx, s.chain)
	ctx = deploy.WithRest(ctx, func(wait func() error) error {
		w.events <- event{step: s, what: stepRests}
		defer func() { w.events <- event{step: s, what: stepGoesOn} }()
		return wait()
	})
	w.do(ctx, s)
}

// readySteps is a heap.Interface whose first is the step to go next: the one of the longest chain, among equals the first in the plan's order.
type readySteps []*step

func (r readySteps) Len() int      { return len(r) }
func (r readySteps) Swap(i, j int) { r[i], r[j] = r[j], r[i] }

func (r readySteps) Less(i, j int) bool {
	if r[i].chain != r[j].chain {
		return r[i].chain > r[j].chain
	}
	return r[i].place < r[j].place
}

// Push implements heap.Interface.
func (r *readySteps) Push(x any) { *r = append(*r, x.(*step)) }

// Pop implements heap.Interface.
func (r *readySteps) Pop() any {
	last := len(*r) - 1
	x := (*r)[last]
	(*r)[last], *r = nil, (*r)[:last]
	return x
}

// PanicError is the panic of a step, brought into the goroutine of Run, which panics with it.
type PanicError struct {
	Cause string
	// Stack is the one of the step's goroutine.
	Stack []byte
}

func (e *PanicError) Error() string { return e.Cause }
