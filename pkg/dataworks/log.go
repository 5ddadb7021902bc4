package dataworks

import (
	"context"
	"errors"
	"time"
)

// Call is one attempt of a call, for logs and progress. It holds no parameters: they may be anybody's code.
type Call struct {
	Action string
	Object string
	// Write tells whether the action may change the workspace.
	Write bool
	// Attempt counts from 1.
	Attempt  int
	Start    time.Time
	Duration time.Duration
	// RequestID and Code are the service's, empty if no answer came; Code is empty on success.
	RequestID string
	Code      string
	Err       error
}

// logger tells each attempt to a sink, which must be safe for concurrent use.
type logger struct {
	next caller
	sink func(Call)
}

// call implements caller.
func (l *logger) call(ctx context.Context, r *request) (*answer, error) {
	start := time.Now()
	a, err := l.next.call(ctx, r)
	c := Call{Action: r.action.name, Object: r.object, Write: r.action.write, Attempt: r.attempt, Start: start, Duration: time.Since(start), Err: err}
	if a != nil {
		c.RequestID = a.requestID
	}
	if e, ok := errors.AsType[*Error](err); ok {
		c.RequestID, c.Code = e.RequestID, e.Code
	}
	l.sink(c)
	return a, err
}
