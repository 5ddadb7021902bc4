package dataworks

import "context"

// lazy is a value that is read at its first use, once; a failed read is tried again at the next use. Whoever waits for the read waits on a channel, so
// that its context counts and virtual time in tests goes on.
type lazy[T any] struct {
	turn  chan struct{}
	value T
	done  bool
}

func newLazy[T any]() *lazy[T] { return &lazy[T]{turn: make(chan struct{}, 1)} }

func (l *lazy[T]) get(ctx context.Context, read func(context.Context) (T, error)) (T, error) {
	var none T
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return none, context.Cause(ctx)
	}
	defer func() { <-l.turn }()
	if l.done {
		return l.value, nil
	}
	v, err := read(ctx)
	if err != nil {
		return none, err
	}
	l.value, l.done = v, true
	return v, nil
}
