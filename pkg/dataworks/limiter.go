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
// rate; it comes back by addition, quickly up to just below where it was refused, then slowly, so that the limit is probed seldom.
type bucket struct {
	Bucket
	tokens *rate.Limiter

	mu sync.Mutex
	// current is the rate now, in calls per second; refused the rate at which the last refusal came.
	current, refused float64
	// adapted is when current was last computed, cut when it was last halved.
	adapted, cut time.Time
	spent        int
}

const (
	// lowest is the part of a bucket's rate below which it never goes, so that the way back is found.
	lowest = 1.0 / 32
	// near is the part of the refused rate up to which the rate comes back quickly.
	near = 0.9
	// quick and slow are what the rate gains in a second, as parts of the bucket's rate.
	quick, slow = 0.25, 0.0025
	// echo is how long further refusals belong to the one that halved the rate: calls that were already on their way.
	echo = time.Second
)

func newBucket(b Bucket) *bucket {
	n := &bucket{Bucket: b, current: b.PerSecond, refused: b.PerSecond}
	if b.PerSecond > 0 {
		n.tokens = rate.NewLimiter(rate.Limit(b.PerSecond), 1)
	}
	return n
}

// take waits for a token and counts the call.
func (b *bucket) take(ctx context.Context) error {
	if b.tokens != nil {
		b.adapt(time.Now())
		if err := b.tokens.Wait(ctx); err != nil {
			if cause := context.Cause(ctx); cause != nil {
				return cause
			}
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spent++
	return nil
}

// adapt adds to the rate what the time since the last call is worth.
func (b *bucket) adapt(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.current >= b.PerSecond {
		return
	}
	elapsed := now.Sub(b.adapted).Seconds()
	b.adapted = now
	if edge := near * b.refused; b.current < edge {
		quickly := min(elapsed, (edge-b.current)/(quick*b.PerSecond))
		b.current += quickly * quick * b.PerSecond
		elapsed -= quickly
	}
	b.current = min(b.current+elapsed*slow*b.PerSecond, b.PerSecond)
	b.tokens.SetLimitAt(now, rate.Limit(b.current))
}

// throttled halves the rate.
func (b *bucket) throttled() {
	if b.tokens == nil {
		return
	}
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Sub(b.cut) < echo {
		return
	}
	b.cut, b.adapted, b.refused = now, now, b.current
	b.current = max(b.current/2, lowest*b.PerSecond)
	b.tokens.SetLimitAt(now, rate.Limit(b.current))
}

// Spent is what was taken from a bucket since the client was opened.
type Spent struct {
	Bucket Bucket
	Calls  int
	// PerSecond is the rate at which the bucket gives now; below Bucket.PerSecond after refusals.
	PerSecond float64
}

func (l *limiter) spent() []Spent {
	all := make([]Spent, len(l.buckets))
	for i, b := range l.buckets {
		b.mu.Lock()
		all[i] = Spent{Bucket: b.Bucket, Calls: b.spent, PerSecond: b.current}
		b.mu.Unlock()
	}
	return all
}
