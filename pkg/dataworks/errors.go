package dataworks

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Error is a refusal by the service, in either of its shapes: a status other than 2xx with a code and a message, or HTTP 200 with Success=false.
type Error struct {
	Action string
	// Object is what the call was about, for a person: a path, or an id where the path is not known. It may be empty.
	Object string
	// Code is the service's; codes of business refusals are not documented and may be numbers.
	Code    string
	Message string
	// RequestID finds the call in the service's logs; support asks for it.
	RequestID string
	// Recommend is a link or sentence that the gateway adds.
	Recommend  string
	HTTPStatus int
	// RetryAfter is how long the service asks to wait, 0 if it does not say.
	RetryAfter time.Duration
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Action)
	if e.Object != "" {
		b.WriteString(" " + e.Object)
	}
	b.WriteString(": ")
	switch {
	case e.Message != "" && e.Code != "":
		fmt.Fprintf(&b, "%s (%s)", e.Message, e.Code)
	case e.Message != "" || e.Code != "":
		b.WriteString(e.Message + e.Code)
	default:
		fmt.Fprintf(&b, "the service answered HTTP %d without a reason", e.HTTPStatus)
	}
	if e.RequestID != "" {
		b.WriteString(", RequestId " + e.RequestID)
	}
	if advice := e.Advice(); advice != "" {
		b.WriteString("; " + advice)
	} else if e.Recommend != "" {
		b.WriteString("; see " + e.Recommend)
	}
	return b.String()
}

// UnreachableError reports that no answer came: no connection, a connection that broke, or no answer in time.
type UnreachableError struct {
	Action   string
	Object   string
	Endpoint string
	// NotSent tells that the request surely did not reach the service.
	NotSent bool
	Err     error
}

func (e *UnreachableError) Error() string {
	what := "cannot be reached"
	switch {
	case errors.Is(e.Err, context.DeadlineExceeded):
		what = "gave no answer in time"
	case !e.NotSent:
		what = "broke the connection"
	}
	return fmt.Sprintf("%s: %s %s: %v; check the network, a proxy, and region or endpoint in dwsync.yaml", join(e.Action, e.Object), e.Endpoint, what, e.Err)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// AnswerError reports an answer that is none of the API: a page of a proxy, a body that was cut, a value that the reference does not allow.
type AnswerError struct {
	Action     string
	Object     string
	Endpoint   string
	HTTPStatus int
	RequestID  string
	// Problem says what is wrong with it.
	Problem string
	// Cut tells that the connection broke before all of it had come, so that nobody knows what it would have said.
	Cut bool
}

func (e *AnswerError) Error() string {
	msg := fmt.Sprintf("%s: %s answered (HTTP %d) with %s", join(e.Action, e.Object), e.Endpoint, e.HTTPStatus, e.Problem)
	if e.RequestID != "" {
		msg += ", RequestId " + e.RequestID
	}
	return msg
}

// MovedError reports a list that changed on every attempt to read it whole.
type MovedError struct {
	Action string
	Object string
	// Attempts is how often it was read.
	Attempts int
	// Got and Want are the rows that came and the rows that the service counted, the last time.
	Got, Want int
}

func (e *MovedError) Error() string {
	return fmt.Sprintf("%s: the list changed while it was read, %d times in a row (%d rows came, %d were counted); run the command again when the workspace is quieter",
		join(e.Action, e.Object), e.Attempts, e.Got, e.Want)
}

// RetriesError reports that a call failed on each attempt. It unwraps to the last attempt's error.
type RetriesError struct {
	// Attempts are the errors of all attempts, in order.
	Attempts []error
	// Elapsed is the time from the first attempt to the last.
	Elapsed time.Duration
}

func (e *RetriesError) Error() string {
	last := len(e.Attempts) - 1
	return fmt.Sprintf("%v; given up after %d attempts in %s (%s)", e.Attempts[last], len(e.Attempts), e.Elapsed.Round(100*time.Millisecond), e.each())
}

// each tells how each attempt ended, equal ones in a row together: "1-3: HTTP 500 InternalError; 4: connection reset".
func (e *RetriesError) each() string {
	var told []string
	for from := 0; from < len(e.Attempts); {
		what, to := short(e.Attempts[from]), from+1
		for to < len(e.Attempts) && short(e.Attempts[to]) == what {
			to++
		}
		attempts := strconv.Itoa(from + 1)
		if to > from+1 {
			attempts += "-" + strconv.Itoa(to)
		}
		told = append(told, attempts+": "+what)
		from = to
	}
	return strings.Join(told, "; ")
}

func (e *RetriesError) Unwrap() error { return e.Attempts[len(e.Attempts)-1] }

// short is an error without what is the same in all attempts of a call.
func short(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return strings.TrimSpace(fmt.Sprintf("HTTP %d %s", e.HTTPStatus, e.Code))
	}
	if e, ok := errors.AsType[*UnreachableError](err); ok {
		return e.Err.Error()
	}
	if e, ok := errors.AsType[*AnswerError](err); ok {
		return fmt.Sprintf("HTTP %d with %s", e.HTTPStatus, e.Problem)
	}
	return err.Error()
}

// OutcomeError reports a write of which nobody knows whether it happened: its answer was lost, and what would tell could not be read.
type OutcomeError struct {
	Action string
	Object string
	// Err is what happened to the write.
	Err error
	// ReadErr is why the workspace could not be asked.
	ReadErr error
}

func (e *OutcomeError) Error() string {
	return fmt.Sprintf("%s: nobody knows yet whether it happened: %v, and then %v; run the same command again, it looks first", join(e.Action, e.Object), e.Err, e.ReadErr)
}

func (e *OutcomeError) Unwrap() []error { return []error{e.Err, e.ReadErr} }

// LostDeploymentError reports that a release was started but that the answer with its deployment's id was lost, and no recent deployment names the file.
type LostDeploymentError struct {
	Action string
	Object string
}

func (e *LostDeploymentError) Error() string {
	return join(e.Action, e.Object) + ": the service began it, but the answer that names the deployment was lost; run the same command again, it goes on from there"
}

// UnsupportedError reports something that cannot be said to the API.
type UnsupportedError struct {
	Action string
	Object string
	// Problem says what, and what to do instead.
	Problem string
}

func (e *UnsupportedError) Error() string { return join(e.Action, e.Object) + ": " + e.Problem }

func join(action, object string) string {
	if object == "" {
		return action
	}
	return action + " " + object
}

// IsNotFound tells whether a read was refused because what it asked for does not exist. The codes of such refusals are not documented, so that the
// service's words count too; the refusal of a write says nothing (its subject may exist and something that it needs may not).
func IsNotFound(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok || !strings.HasPrefix(e.Action, "Get") && !strings.HasPrefix(e.Action, "List") || e.HTTPStatus >= 500 {
		return false
	}
	if IsAuthentication(err) || e.Code == "Invalid.Tenant.ProjectNotExists" || e.Code == "InvalidAction.NotFound" {
		return false
	}
	if e.HTTPStatus == http.StatusNotFound || e.Code == codeNotFound {
		return true
	}
	for _, s := range []string{e.Code, e.Message} {
		for _, word := range []string{"NotExist", "NotFound", "not exist", "not found", "不存在", "已删除", "已被删除"} {
			if strings.Contains(s, word) {
				return true
			}
		}
	}
	return false
}

// codeNotFound is ours: the service answers some reads of unknown things with success and nothing in it.
const codeNotFound = "NotFound"

// IsThrottled tells whether the service refused because of too many calls, before it acted.
func IsThrottled(err error) bool {
	if page, ok := errors.AsType[*AnswerError](err); ok {
		return page.HTTPStatus == http.StatusTooManyRequests
	}
	e, ok := errors.AsType[*Error](err)
	return ok && (e.HTTPStatus == http.StatusTooManyRequests || strings.HasPrefix(e.Code, "Throttling"))
}

// IsQuota tells whether the day's quota is used up (Throttling.Api.Risk): nothing goes on today.
func IsQuota(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Code == "Throttling.Api.Risk"
}

// IsAuthentication tells whether the service does not accept the keys.
func IsAuthentication(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return false
	}
	for _, prefix := range []string{"SignatureDoesNotMatch", "IncompleteSignature", "InvalidAccessKey", "InvalidSecurityToken", "MissingSecurityToken"} {
		if strings.HasPrefix(e.Code, prefix) {
			return true
		}
	}
	return false
}

// IsForbidden tells whether the keys are good but must not do it.
func IsForbidden(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (e.HTTPStatus == http.StatusForbidden || strings.HasPrefix(e.Code, "Forbidden") || strings.HasPrefix(e.Code, "ResourceNotAuthorized") || strings.Contains(e.Code, "UserNotInProject"))
}
