package dataworks

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Call is one attempt of a call, for logs and progress. No key is in it.
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
	// Status is the HTTP status, 0 if no answer came.
	Status int
	// Parameters are the action's own, without the signature's. Of a code, and of whatever is long, there is only the number of its bytes.
	Parameters map[string]string
	Err        error
}

// longestParameter is how much of a parameter is logged, in bytes.
const longestParameter = 200

// isCode tells whether a parameter holds a file's content, which is nobody's business who looks at calls.
func isCode(name string) bool { return name == "Content" || name == "TaskContent" }

// loggedParameters gives the parameters of a request as they may be logged.
func (s *secrets) loggedParameters(r *request) map[string]string {
	logged := make(map[string]string, len(r.params)+len(r.form))
	for _, parameters := range []map[string]string{r.params, r.form} {
		for name, value := range parameters {
			if isCode(name) || len(value) > longestParameter {
				logged[name] = fmt.Sprintf("(%d bytes)", len(value))
			} else {
				logged[name] = s.clean(value)
			}
		}
	}
	return logged
}

// logger tells each attempt to a sink, which must be safe for concurrent use.
type logger struct {
	next    caller
	sink    func(Call)
	secrets *secrets
}

// call implements caller.
func (l *logger) call(ctx context.Context, r *request) (*answer, error) {
	start := time.Now()
	a, err := l.next.call(ctx, r)
	c := Call{Action: r.action.name, Object: r.object, Write: r.action.write, Attempt: r.attempt, Start: start, Duration: time.Since(start), Parameters: l.secrets.loggedParameters(r), Err: err}
	if a != nil {
		c.RequestID, c.Status = a.requestID, a.status
	}
	if e, ok := errors.AsType[*Error](err); ok {
		c.RequestID, c.Code, c.Status = e.RequestID, e.Code, e.HTTPStatus
	}
	if e, ok := errors.AsType[*AnswerError](err); ok {
		c.RequestID, c.Status = e.RequestID, e.HTTPStatus
	}
	l.sink(c)
	return a, err
}
