package dataworks

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// Retry bounds how calls are repeated.
type Retry struct {
	// Attempts is the most attempts of one call, not counting those that were throttled.
	Attempts int
	// First is the wait after the first failure; each further one is twice as long, up to Longest. Half of a wait is random, so that workers part.
	First, Longest time.Duration
	// Budget is the most time that one call waits in all.
	Budget time.Duration
}

// DefaultRetry rides out a throttled minute and a restart of the gateway.
func DefaultRetry() Retry {
	return Retry{Attempts: 6, First: 250 * time.Millisecond, Longest: 10 * time.Second, Budget: 2 * time.Minute}
}

// outcome is what a failed attempt tells about the effect of the call.
type outcome int

const (
	// refused: it did not happen, and would be refused again.
	refused outcome = iota
	// throttled: it did not happen, and may be repeated later.
	throttled
	// unsent: it did not happen, since it never reached the service.
	unsent
	// unknown: it may have happened.
	unknown
	// final: nobody shall try again (interrupted, quota, a fault of ours).
	final
)

func outcomeOf(err error) outcome {
	if e, ok := errors.AsType[*Error](err); ok {
		switch {
		case IsQuota(err):
			return final
		case IsThrottled(err):
			return throttled
		case !isFailure(e):
			return refused
		}
		return unknown
	}
	if e, ok := errors.AsType[*AnswerError](err); ok {
		switch {
		case e.HTTPStatus == http.StatusTooManyRequests:
			return throttled
		case e.HTTPStatus >= 300 && e.HTTPStatus < 500 && !e.Cut:
			return refused
		}
		return unknown
	}
	if e, ok := errors.AsType[*UnreachableError](err); ok {
		if e.NotSent {
			return unsent
		}
		return unknown
	}
	return final
}

// isFailure tells whether the service failed rather than refused. Some refusals come with a status of 500 (service-behaviour, section 9); their codes
// name what was wrong with the call.
func isFailure(e *Error) bool {
	for _, prefix := range []string{"InternalError", "ServiceUnavailable", "SystemError", "UnknownError"} {
		if strings.HasPrefix(e.Code, prefix) {
			return true
		}
	}
	for _, prefix := range []string{"Invalid", "Missing", "Forbidden", "NoPermission", "ResourceNotAuthorized"} {
		if strings.HasPrefix(e.Code, prefix) {
			return false
		}
	}
	return e.HTTPStatus >= 500 || e.HTTPStatus == http.StatusRequestTimeout
}

// retrier repeats calls that failed: reads freely, writes only if they surely did not happen.
type retrier struct {
	next   caller
	policy Retry
	// settle is the settle window.
	settle time.Duration
}

// call implements caller.
func (t *retrier) call(ctx context.Context, r *request) (*answer, error) {
	var failed []error
	var waited time.Duration
	began, tries, inDoubt := time.Now(), 0, false
	giveUp := func() error {
		if len(failed) == 1 {
			return failed[0]
		}
		return &RetriesError{Attempts: failed, Elapsed: time.Since(began)}
	}
	for {
		attempt := *r
		attempt.attempt = len(failed) + 1
		a, err := t.next.call(ctx, &attempt)
		if err == nil {
			return a, nil
		}
		failed = append(failed, err)
		what := outcomeOf(err)
		if what != throttled {
			tries++
		}
		switch {
		case what == final:
			return nil, giveUp()
		case what == refused:
			// A write that was late after all makes its repetition a refusal ("exists already").
			if inDoubt {
				if happened, readErr := t.settled(ctx, r); readErr == nil && happened {
					return &answer{recovered: true}, nil
				}
			}
			return nil, giveUp()
		case what == unknown && r.action.write:
			if r.didHappen == nil {
				return nil, giveUp()
			}
			inDoubt = true
			happened, readErr := t.settled(ctx, r)
			if readErr != nil {
				return nil, &OutcomeError{Action: r.action.name, Object: r.object, Err: giveUp(), ReadErr: readErr}
			}
			if happened {
				return &answer{recovered: true}, nil
			}
		}
		wait := t.wait(len(failed), err)
		if tries >= t.policy.Attempts || waited+wait > t.policy.Budget {
			return nil, giveUp()
		}
		waited += wait
		if err := sleep(ctx, wait); err != nil {
			failed = append(failed, err)
			return nil, giveUp()
		}
	}
}

// settled asks the workspace whether a write took effect: a read counts when it shows the effect, or still does not after the settle window. What the
// write was about may be so new that a read does not find it yet.
func (t *retrier) settled(ctx context.Context, r *request) (bool, error) {
	deadline := time.Now().Add(t.settle)
	for wait := max(t.policy.First, time.Millisecond); ; wait *= 2 {
		final := !time.Now().Before(deadline)
		happened, err := r.didHappen(ctx)
		if err != nil && !IsNotFound(err) || happened || final {
			return happened, err
		}
		if err := sleep(ctx, min(wait, time.Until(deadline))); err != nil {
			return false, err
		}
	}
}

// wait is how long to wait before the next attempt, when n have failed.
func (t *retrier) wait(n int, err error) time.Duration {
	d := t.policy.First << min(n-1, 20)
	if d <= 0 || d > t.policy.Longest {
		d = t.policy.Longest
	}
	d = d/2 + rand.N(d/2+1)
	if e, ok := errors.AsType[*Error](err); ok {
		d = max(d, e.RetryAfter)
	}
	return d
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
