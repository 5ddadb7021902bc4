package cli

import (
	"context"
	"fmt"
)

// interruptible gives a context and a stop channel for a command that writes: the first interrupt closes stop (running calls finish, nothing new
// begins), the second ends the context at once. release must be called when the command is over.
func interruptible(ctx context.Context, env Environment) (_ context.Context, stop <-chan struct{}, release func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stopping := make(chan struct{})
	done := make(chan struct{})
	signals, unregister := env.Interrupts()
	go func() {
		select {
		case <-signals:
			fmt.Fprintln(env.Stderr, "interrupted: the running calls are finished first; press Ctrl-C again to stop at once")
			close(stopping)
		case <-done:
			return
		}
		select {
		case <-signals:
			cancel(&InterruptedError{})
		case <-done:
		}
	}()
	return ctx, stopping, func() {
		unregister()
		close(done)
		cancel(nil)
	}
}

// untilStopped gives a context for what changes nothing (reading, asking): it ends with the first interrupt already. release must be called.
func untilStopped(ctx context.Context, stop <-chan struct{}) (_ context.Context, release func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-stop:
			cancel(&InterruptedError{Unchanged: true})
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}

// isStopped tells whether the first interrupt has come.
func isStopped(stop <-chan struct{}) bool {
	select {
	case <-stop:
		return true
	default:
		return false
	}
}
