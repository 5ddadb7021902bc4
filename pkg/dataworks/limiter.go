package dataworks

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limiter makes calls wait for a token of each bucket that they are in. It is shared by all workers.
type limiter struct {
	next    caller
	buckets []*bucket
}

func newLimiter(next caller, limits Limits) *limiter {
	l := &limiter{next: next}
	for _, b := range limits {
		l.buckets = append(l.buckets, newBucket(b))
	}
	return l
}

// call implements caller. A refusal for too many calls slows down the buckets that the call was taken from.
func (l *limiter) call(ctx context.Context, r *request) (*answer, error) {
	var taken []*bucket
	for _, b := range l.buckets {
		if !b.has(r.action) {
			continue
		}
		if err := b.take(ctx); err != nil {
			return nil, fmt.Errorf("%s: interrupted: %w", join(r.action.name, r.object), err)
		}
		taken = append(taken, b)
	}
	a, err := l.next.call(ctx, r)
	if err != nil && IsThrottled(err) && !IsQuota(err) {
		for _, b := range taken {
			b.throttled()
		}
	}
	return a, err
}

// bucket is a token bucket without a burst, whose rate adapts: the quota is one of the whole account, and other people use it too. A refusal halves the
// rate; it comes back by addition, quickly to just below where it was refused, then in growing steps, so that the limit is probed seldom, and a quota that
// is free again is soon used.
type bucket struct {
	Bucket
	tokens *rate.Limiter
	// turn lets one call at a time wait for a token: a reservation keeps the rate at which it was made, so that a queue of them would not slow down.
	turn chan struct{}

	mu sync.Mutex
	// cut is when the rate was last halved, refused the rate before it and floor the one after it, in calls per second.
	cut            time.Time
	refused, floor float64
	spent          int
}

const (
	// lowest is the part of a bucket's rate below which it never goes, so that the way back is found.
	lowest = 1.0 / 32
	// near is the part of the refused rate up to which the rate comes back quickly.
	near = 0.95
	// quick is what the rate gains in a second on the way to near, probe what it gains beyond in the square of the seconds; parts of the bucket's rate.
	quick, probe = 0.5, 2e-5
	// echo is how long further refusals belong to the one that halved the rate: calls that were already on their way.
	echo = time.Second
)

func newBucket(b Bucket) *bucket {
	n := &bucket{Bucket: b, turn: make(chan struct{}, 1)}
	if b.PerSecond > 0 {
		n.tokens = rate.NewLimiter(rate.Limit(b.PerSecond), 1)
	}
	return n
}

// take waits for a token and counts the call.
func (b *bucket) take(ctx context.Context) error {
	if b.tokens != nil {
		if err := b.wait(ctx); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spent++
	return nil
}

func (b *bucket) wait(ctx context.Context) error {
	select {
	case b.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-b.turn }()
	now := time.Now()
	b.mu.Lock()
	b.tokens.SetLimitAt(now, rate.Limit(b.rate(now)))
	b.mu.Unlock()
	// Not tokens.Wait, which gives up at once when the deadline comes first, with an error that is not the context's.
	return sleep(ctx, b.tokens.ReserveN(now, 1).DelayFrom(now))
}

// rate is the rate at a moment.
func (b *bucket) rate(now time.Time) float64 {
	if b.cut.IsZero() {
		return b.PerSecond
	}
	since, edge := now.Sub(b.cut).Seconds(), max(near*b.refused, b.floor)
	reached := (edge - b.floor) / (quick * b.PerSecond)
	if since < reached {
		return b.floor + since*quick*b.PerSecond
	}
	return min(edge+probe*b.PerSecond*(since-reached)*(since-reached), b.PerSecond)
}

// throttled halves the rate.
func (b *bucket) throttled() {
	if b.tokens == nil {
		return
	}
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.cut.IsZero() && now.Sub(b.cut) < echo {
		return
	}
	b.refused = b.rate(now)
	b.cut, b.floor = now, max(b.refused/2, lowest*b.PerSecond)
}

// Spent is what was taken from a bucket since the client was opened.
type Spent struct {
	Bucket Bucket
	Calls  int
	// PerSecond is the rate at which the bucket gives now; below Bucket.PerSecond after refusals.
	PerSecond float64
}

func (l *limiter) spent() []Spent {
	now := time.Now()
	all := make([]Spent, len(l.buckets))
	for i, b := range l.buckets {
		b.mu.Lock()
		all[i] = Spent{Bucket: b.Bucket, Calls: b.spent, PerSecond: b.rate(now)}
		b.mu.Unlock()
	}
	return all
}
