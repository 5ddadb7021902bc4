package dataworks

import (
	"math"
	"math/rand/v2"
	"time"
)

// pace says when a bucket's next call may go. It knows the documented limit and what the service refuses, and neither how the service measures a second
// nor who else of the account uses the quota, so that it finds the free part of the quota by trying:
//
//   - A refusal moves the next call by a random part of the distance between calls. Where the service counts whole seconds of its clock, whether calls at
//     exactly the limit pass depends on where in the second they fall, and no lower rate is called for.
//   - A refusal long after the one before lowers a rate below the limit by a little: the rate was about right. Refusals in close succession lower it more
//     with each one: the rate is wrong.
//   - Time without refusals raises it, by addition, so that two who share a quota come to equal parts; slowly at first, since the rate is about right, then
//     ever faster, since a quota that is free again should be used.
//
// The numbers were found by simulation, under each of the ways in which a service may measure a second, alone and beside others; TestPushAtTheLimit holds
// what they reach.
type pace struct {
	// limit and rate are in calls per second; rate was right at the time at.
	limit, rate float64
	at          time.Time
	// refused is when the last refusal came, streak how many before it came in close succession.
	refused time.Time
	streak  int
	// next is when the next call may go.
	next time.Time
}

const (
	// lowest is the part of the limit below which the rate never goes, so that the way back is found.
	lowest = 1.0 / 32
	// growth is what the rate gains in the first second after a refusal, as a part of the limit; after patience it gains twice as much, and so on with
	// the square of the time.
	growth   = 0.00015
	patience = 30 * time.Second
	// closeBy is the time within which refusals are one's consequence of the other: a second of the service's, and a step aside.
	closeBy = 1500 * time.Millisecond
	// correction is what a single refusal leaves of the rate; each further one in close succession takes another step, down to steepest.
	correction = 0.993
	step       = 0.05
	steepest   = 0.8
)

func newPace(limit float64) *pace { return &pace{limit: limit, rate: limit} }

// wait is how long the next call has to wait at a time; 0 lets it go and counts it.
func (p *pace) wait(now time.Time) time.Duration {
	if d := p.next.Sub(now); d > 0 {
		return d
	}
	p.next = now.Add(p.distance(now))
	return 0
}

// distance is the time between two calls.
func (p *pace) distance(now time.Time) time.Duration {
	return time.Duration(float64(time.Second) / p.now(now))
}

// now is the rate at a time.
func (p *pace) now(now time.Time) float64 {
	if p.rate >= p.limit {
		return p.limit
	}
	gained := func(since time.Duration) float64 {
		t, long := since.Seconds(), patience.Seconds()
		return t + math.Pow(t, 3)/(3*long*long)
	}
	p.rate = min(p.rate+growth*p.limit*(gained(now.Sub(p.refused))-gained(p.at.Sub(p.refused))), p.limit)
	p.at = now
	return p.rate
}

// refuse takes note of a refusal of a call that was sent at a time. Of calls that were under way when another was refused, the rate before is to blame.
func (p *pace) refuse(now, sent time.Time) {
	if sent.Before(p.refused) {
		return
	}
	rate := p.now(now)
	if now.Sub(p.refused) < closeBy {
		p.streak++
		rate *= max(1-step*float64(p.streak), steepest)
	} else {
		p.streak = 0
		if rate < p.limit {
			rate *= correction
		}
	}
	p.rate, p.at, p.refused = max(rate, lowest*p.limit), now, now
	p.next = p.next.Add(rand.N(p.distance(now)))
}
