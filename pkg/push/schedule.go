package push

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/dwsync/dwsync/pkg/model"
)

// step is a node of the schedule: one stage of one action.
type step struct {
	// action is nil for a step that only waits.
	action *running
	stage  model.Stage
	// waits counts the steps that must end first; next are the steps that wait for this one.
	waits int
	next  []*step
}

// running is an action on its way.
type running struct {
	item *Item
	// needs are the actions of the plan that must come to the same stage first.
	needs []*running
	file  model.FileID
	// saved and submitted tell what this run did itself.
	saved, submitted bool
}

// buildSteps makes the steps of all actions: for each stage from saved to the action's last, in the plan's order.
func buildSteps(actions []*running) []*step {
	steps := map[*running]map[model.Stage]*step{}
	var all []*step
	for _, a := range actions {
		steps[a] = map[model.Stage]*step{}
		last := a.lastStep()
		for stage := model.StageSaved; stage <= last; stage++ {
			s := &step{action: a, stage: stage}
			steps[a][stage] = s
			all = append(all, s)
			if before := steps[a][stage-1]; before != nil {
				s.after(before)
			}
			for _, need := range a.needs {
				// An action that ends at an earlier stage (a folder, an ad hoc query) is waited for at its end.
				reached := min(stage, need.lastStep())
				if a.isDeletion() {
					reached = need.lastStep()
				}
				if before := steps[need][reached]; before != nil {
					s.after(before)
				}
			}
		}
	}
	return append(all, holdDeletions(actions, steps)...)
}

func (s *step) after(before *step) {
	before.next = append(before.next, s)
	s.waits++
}

// runSteps runs every step as soon as what it waits for has ended, each in a goroutine of its own: steps spend their time waiting for deployments, and
// the port bounds how many calls are under way. It returns when all steps have ended. Every step is given to do, which gives up by itself where the
// step's turn does not come. A panic of a step is the caller's, as a *PanicError, once the steps under way have ended; no other step begins.
func runSteps(ctx context.Context, steps []*step, do func(context.Context, *step)) {
	type end struct {
		step     *step
		panicked *PanicError
	}
	ended := make(chan end)
	inFlight := 0
	start := func(s *step) {
		inFlight++
		go func() {
			e := end{step: s}
			defer func() {
				if cause := recover(); cause != nil {
					e.panicked = &PanicError{Cause: fmt.Sprint(cause), Stack: debug.Stack()}
				}
				ended <- e
			}()
			do(ctx, s)
		}()
	}
	for _, s := range steps {
		if s.waits == 0 {
			start(s)
		}
	}
	var panicked *PanicError
	for inFlight > 0 {
		e := <-ended
		inFlight--
		if e.panicked != nil {
			panicked = e.panicked
		}
		if panicked != nil {
			continue
		}
		for _, next := range e.step.next {
			if next.waits--; next.waits == 0 {
				start(next)
			}
		}
	}
	if panicked != nil {
		panic(panicked)
	}
}

// PanicError is the panic of a step, brought into the goroutine of Run, which panics with it.
type PanicError struct {
	Cause string
	// Stack is the one of the step's goroutine.
	Stack []byte
}

func (e *PanicError) Error() string { return e.Cause }
