package report

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/deploy"
	"github.com/dwsync/dwsync/pkg/model"
)

// failure is an error taken apart for a person: what happened, how to find it in the service's logs, and what to do.
type failure struct {
	Message string
	// Action, Code and RequestID are the service's; empty if the error is not the service's.
	Action, Code, RequestID string
	// Deployment is the id of the deployment that failed or waits.
	Deployment string
	// Next says what to do, where the message does not.
	Next string
}

func viewFailure(err error) failure {
	f := failure{Message: err.Error()}
	if e, ok := errors.AsType[*deploy.WaitingError](err); ok {
		f.Deployment = string(e.Deployment.ID)
		return f
	}
	if e, ok := errors.AsType[*deploy.FailedError](err); ok {
		f.Deployment = string(e.Deployment.ID)
		f.Next = "look at the deployment in DataWorks, remove the cause, and run the same command again"
		return f
	}
	if e, ok := errors.AsType[*dataworks.Error](err); ok {
		f.Action, f.Code, f.RequestID = e.Action, e.Code, e.RequestID
		f.Message = cmp.Or(e.Message, fmt.Sprintf("the service answered HTTP %d without a reason", e.HTTPStatus))
		f.Next = cmp.Or(e.Advice(), after("see ", e.Recommend))
		if retries, ok := errors.AsType[*dataworks.RetriesError](err); ok {
			f.Message += fmt.Sprintf(" (given up after %s)", count(len(retries.Attempts), "attempt"))
		}
		return f
	}
	if e, ok := errors.AsType[*dataworks.AnswerError](err); ok {
		f.Action, f.RequestID = e.Action, e.RequestID
	}
	return f
}

// facts are what identifies the failure at the service: "action X, code Y, RequestId Z". Messages name
// deployments already.
func (f failure) facts() string {
	var words []string
	for _, fact := range [][2]string{{"action", f.Action}, {"code", f.Code}, {"RequestId", f.RequestID}} {
		if fact[1] != "" {
			words = append(words, fact[0]+" "+fact[1])
		}
	}
	return strings.Join(words, ", ")
}

// Escape makes a string safe to show in one line of text: what is not printable is shown by its number.
func Escape(s string) string { return string(visible(s)) }

// ErrorText is what a command prints on stderr when it ends with an error: a line for each error of a join and for each problem of an invalid input.
func ErrorText(err error) string {
	t := &text{}
	t.error(err)
	return t.buffer.String()
}

func (t *text) error(err error) {
	if all := joined(err); len(all) > 0 {
		for _, e := range all {
			t.error(e)
		}
		return
	}
	if problems := model.ProblemsOf(err); len(problems) > 0 {
		for _, p := range problems {
			t.problem(p)
		}
		return
	}
	t.line("error: ", visible(err.Error()))
}

// joined gives the errors of a join that says no more than they do: errors.Join makes such, while an error of several causes has words of its own.
func joined(err error) []error {
	join, ok := err.(interface{ Unwrap() []error }) // the error itself, not one that it wraps
	if !ok {
		return nil
	}
	var messages []string
	for _, e := range join.Unwrap() {
		messages = append(messages, e.Error())
	}
	if strings.Join(messages, "\n") != err.Error() {
		return nil
	}
	return join.Unwrap()
}
