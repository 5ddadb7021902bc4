package dataworks

import (
	"container/heap"
	"context"
	"sync"
)

type priorityKey struct{}

// WithPriority gives the calls of a context a place in the queues for the limits: a higher one goes first, equal ones in the order in which they came.
// Without it the priority is 0.
func WithPriority(ctx context.Context, priority int) context.Context {
	return context.WithValue(ctx, priorityKey{}, priority)
}

func priorityOf(ctx context.Context) int {
	priority, _ := ctx.Value(priorityKey{}).(int)
	return priority
}

// turns lets one at a time in, by priority. Who waits does so on a channel, so that virtual time in tests goes on.
type turns struct {
	mu      sync.Mutex
	taken   bool
	waiting waiters
	arrived int
}

type waiter struct {
	priority, arrival int
	// place is the index in the queue, -1 once the waiter has left it.
	place int
	turn  chan struct{}
}

// enter waits for its turn. Who entered must leave.
func (t *turns) enter(ctx context.Context) error {
	t.mu.Lock()
	if !t.taken {
		t.taken = true
		t.mu.Unlock()
		return nil
	}
	t.arrived++
	w := &waiter{priority: priorityOf(ctx), arrival: t.arrived, turn: make(chan struct{})}
	heap.Push(&t.waiting, w)
	t.mu.Unlock()
	select {
	case <-w.turn:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if w.place < 0 {
		t.pass()
	} else {
		heap.Remove(&t.waiting, w.place)
	}
	return context.Cause(ctx)
}

func (t *turns) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pass()
}

// pass gives the turn to the first in the queue.
func (t *turns) pass() {
	if len(t.waiting) == 0 {
		t.taken = false
		return
	}
	close(heap.Pop(&t.waiting).(*waiter).turn)
}

// waiters is a heap.Interface whose first is the next.
type waiters []*waiter

func (w waiters) Len() int { return len(w) }

func (w waiters) Less(i, j int) bool {
	if w[i].priority != w[j].priority {
		return w[i].priority > w[j].priority
	}
	return w[i].arrival < w[j].arrival
}

func (w waiters) Swap(i, j int) {
	w[i], w[j] = w[j], w[i]
	w[i].place, w[j].place = i, j
}

// Push implements heap.Interface.
func (w *waiters) Push(x any) {
	x.(*waiter).place = len(*w)
	*w = append(*w, x.(*waiter))
}

// Pop implements heap.Interface.
func (w *waiters) Pop() any {
	last := len(*w) - 1
	x := (*w)[last]
	(*w)[last], *w = nil, (*w)[:last]
	x.place = -1
	return x
}
