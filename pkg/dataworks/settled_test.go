package dataworks

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// callerFunc is a caller.
type callerFunc func(context.Context, *request) (*answer, error)

func (f callerFunc) call(ctx context.Context, r *request) (*answer, error) { return f(ctx, r) }

// Where the answer of a write is lost, the reads that tell whether it happened may show the past for a while: the effect not yet, or not even the thing that
// was written to.
func TestALostWriteIsLookedForUntilReadsAreSettled(t *testing.T) {
	lost := &UnreachableError{Action: "SubmitFile", Err: errors.New("reset")}
	gone := &Error{Action: "GetFile", Code: "1201111201", Message: "文件30704905不存在", HTTPStatus: http.StatusBadRequest}
	broken := errors.New("the network is gone")
	refusal := &Error{Action: "SubmitFile", Code: "1201111209", HTTPStatus: http.StatusBadRequest}
	type look struct {
		happened bool
		err      error
	}
	for name, c := range map[string]struct {
		writes []error
		looks  []look
		// want is nil where the write counts as done.
		want error
		// calls is how often it is sent.
		calls int
	}{
		"seen late":                    {[]error{lost}, []look{{false, nil}, {true, nil}}, nil, 1},
		"not there yet, then seen":     {[]error{lost}, []look{{false, gone}, {false, gone}, {true, nil}}, nil, 1},
		"not there to the end":         {[]error{lost}, []look{{false, gone}}, gone, 1},
		"the look fails":               {[]error{lost}, []look{{false, broken}}, broken, 1},
		"late, its repetition refused": {[]error{lost, refusal}, []look{{false, nil}}, refusal, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls, looks := 0, 0
				r := &request{action: actionSubmitFile, didHappen: func(context.Context) (bool, error) {
					now := c.looks[min(looks, len(c.looks)-1)]
					looks++
					return now.happened, now.err
				}}
				retry := &retrier{policy: DefaultRetry(), settle: 30 * time.Second, next: callerFunc(func(context.Context, *request) (*answer, error) {
					calls++
					return nil, c.writes[min(calls, len(c.writes))-1]
				})}
				a, err := retry.call(t.Context(), r)
				if done := err == nil && a.recovered; done != (c.want == nil) || c.want != nil && !errors.Is(err, c.want) || calls != c.calls {
					t.Errorf("done: %v, after %d calls: %v", done, calls, err)
				}
			})
		})
	}
	// The repetition of a late write is refused because it took effect: the first look after the refusal may still show the past.
	synctest.Test(t, func(t *testing.T) {
		began, calls := time.Now(), 0
		var refused time.Time
		r := &request{action: actionCreateFile, didHappen: func(context.Context) (bool, error) {
			return !refused.IsZero() && time.Since(refused) > 10*time.Second, nil
		}}
		retry := &retrier{policy: DefaultRetry(), settle: 30 * time.Second, next: callerFunc(func(context.Context, *request) (*answer, error) {
			if calls++; calls == 1 {
				return nil, lost
			}
			refused = time.Now()
			return nil, refusal
		})}
		if a, err := retry.call(t.Context(), r); err != nil || !a.recovered || calls != 2 {
			t.Errorf("after %s and %d calls: %v", time.Since(began), calls, err)
		}
	})
}

// Who gives up tells how each attempt ended.
func TestGivingUpTellsEachAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failed := &Error{Action: "GetFile", Code: "InternalError.System", HTTPStatus: http.StatusInternalServerError}
		reset := &UnreachableError{Action: "GetFile", Endpoint: "here", Err: errors.New("reset")}
		attempts := []error{failed, failed, reset, failed}
		retry := &retrier{policy: Retry{Attempts: len(attempts), First: time.Second, Longest: time.Second, Budget: time.Minute}, next: callerFunc(func(_ context.Context, r *request) (*answer, error) {
			return nil, attempts[r.attempt-1]
		})}
		_, err := retry.call(t.Context(), &request{action: actionGetFile})
		var given *RetriesError
		if !errors.As(err, &given) || len(given.Attempts) != len(attempts) {
			t.Fatalf("got %v", err)
		}
		if want := "(1-2: HTTP 500 InternalError.System; 3: reset; 4: HTTP 500 InternalError.System)"; !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got %q, want %q at its end", err.Error(), want)
		}
	})
}
