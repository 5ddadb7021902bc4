package dataworks

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// limiter makes calls wait for a token of each bucket that they are in, those of a higher priority first. It is shared by all workers.
type limiter struct {
	next    caller
	buckets []*bucket
}

func newLimiter(next caller, limits Limits) *limiter {
	l := &limiter{next: next}
	for _, b := range limits {
		n := &bucket{Bucket: b}
		if b.PerSecond > 0 {
			n.pace = newPace(b.PerSecond)
		}
		l.buckets = append(l.buckets, n)
	}
	return l
}

// add counts what earlier runs took today.
func (l *limiter) add(earlier Usage) {
	now := time.Now()
	if earlier.Day != DayOf(now) {
		return
	}
	for _, b := range l.buckets {
		b.mu.Lock()
		b.turnDay(now)
		b.today += max(earlier.Calls[b.Name], 0)
		b.mu.Unlock()
	}
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
	sent := time.Now()
	a, err := l.next.call(ctx, r)
	if err != nil && IsThrottled(err) && !IsQuota(err) {
		for _, b := range taken {
			b.throttled(sent)
		}
	}
	return a, err
}

// bucket is a bucket of the limits with what was taken from it. It has no burst: calls keep their distance.
type bucket struct {
	Bucket
	queue turns

	mu sync.Mutex
	// pace is nil if there is no limit for the second.
	pace *pace
	// calls and refusals count since Open.
	calls, refusals int
	// today are the calls of the day, those of earlier runs among them.
	day   Day
	today int
}

// take waits for a token and counts the call. A call that is refused, or never answered, counts too: the vendor's texts of 2024 and 2025 say so.
func (b *bucket) take(ctx context.Context) error {
	if b.pace != nil {
		if err := b.queue.enter(ctx); err != nil {
			return err
		}
		defer b.queue.leave()
	}
	for {
		d := b.try(time.Now())
		if d == 0 {
			return nil
		}
		if err := sleep(ctx, d); err != nil {
			return err
		}
	}
}

// try takes a token, or gives the time until there may be one.
func (b *bucket) try(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pace != nil {
		if d := b.pace.wait(now); d > 0 {
			return d
		}
	}
	b.turnDay(now)
	b.calls++
	b.today++
	return 0
}

// turnDay begins to count anew with a new day.
func (b *bucket) turnDay(now time.Time) {
	if day := DayOf(now); day != b.day {
		b.day, b.today = day, 0
	}
}

// throttled takes note that a call which was sent at a time was refused.
func (b *bucket) throttled(sent time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refusals++
	if b.pace != nil {
		b.pace.refuse(time.Now(), sent)
	}
}

// Spent is a bucket and what was taken from it, at one moment.
type Spent struct {
	Bucket Bucket
	// Calls were made since the client was opened, Throttled of them were refused because of too many calls.
	Calls, Throttled int
	// Today are the calls of the service's day, those of earlier runs as far as they are known among them.
	Today int
	// PerSecond is the rate at which the bucket gives now; below Bucket.PerSecond after refusals, 0 without a limit.
	PerSecond float64
}

// Left is what is left of the day's quota, never below 0; false without one.
func (s Spent) Left() (int, bool) { return max(s.Bucket.PerDay-s.Today, 0), s.Bucket.PerDay > 0 }

func (l *limiter) spent() []Spent {
	now := time.Now()
	all := make([]Spent, len(l.buckets))
	for i, b := range l.buckets {
		b.mu.Lock()
		b.turnDay(now)
		all[i] = Spent{Bucket: b.Bucket, Calls: b.calls, Throttled: b.refusals, Today: b.today}
		if b.pace != nil {
			all[i].PerSecond = b.pace.now(now)
		}
		b.mu.Unlock()
	}
	return all
}
