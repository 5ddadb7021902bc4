package deploy

import (
	"context"
	"time"
)

type restKey struct{}

// WithRest lets rest stand around every wait of a context that is no work: for a deployment, for a settle window. rest runs the wait and gives its error.
func WithRest(ctx context.Context, rest func(wait func() error) error) context.Context {
	return context.WithValue(ctx, restKey{}, rest)
}

// Pause waits for d, or until ctx ends or stop is closed (ErrStopped).
func Pause(ctx context.Context, stop <-chan struct{}, d time.Duration) error {
	if d <= 0 {
		// No timer: the race detector breaks down over one that is due before anybody waits for it, in a bubble of synctest.
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-stop:
			return ErrStopped
		default:
			return nil
		}
	}
	wait := func() error {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-stop:
			return ErrStopped
		case <-timer.C:
			return nil
		}
	}
	if rest, ok := ctx.Value(restKey{}).(func(func() error) error); ok {
		return rest(wait)
	}
	return wait()
}
