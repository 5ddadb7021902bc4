package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/dwsync/dwsync/pkg/config"
	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/project"
)

// Code is a process exit code (design, section 11).
type Code int

const (
	CodeDone        Code = 0
	CodeError       Code = 1
	CodeWouldPush   Code = 2
	CodeRefused     Code = 3
	CodeIncomplete  Code = 4
	CodeInvalid     Code = 5
	CodeQuota       Code = 6
	CodeInterrupted Code = 130
)

// precedence: when several codes hold, the first of these is the process's.
var precedence = []Code{CodeInterrupted, CodeQuota, CodeError, CodeInvalid, CodeIncomplete, CodeRefused, CodeWouldPush}

// Outcome is how a command ended apart from errors: the codes that hold. It travels as an error because that is how commands return.
type Outcome struct{ Codes []Code }

func (o *Outcome) Error() string { return fmt.Sprintf("ended with exit code %d", o.code()) }

func (o *Outcome) code() Code {
	for _, candidate := range precedence {
		for _, c := range o.Codes {
			if c == candidate {
				return c
			}
		}
	}
	return CodeDone
}

// UsageError reports a command line that cannot be understood; usage is pointed to.
type UsageError struct{ Message string }

func (e *UsageError) Error() string { return e.Message }

// InterruptedError reports that the user asked for an early end.
type InterruptedError struct {
	// Unchanged tells that the end came before anything was written.
	Unchanged bool
}

func (e *InterruptedError) Error() string {
	if e.Unchanged {
		return "interrupted, nothing was changed"
	}
	return "interrupted; run the same command again and it goes on from here"
}

// exitCode maps an error to the process's exit code.
func exitCode(err error) Code {
	if err == nil {
		return CodeDone
	}
	if outcome, ok := errors.AsType[*Outcome](err); ok {
		return outcome.code()
	}
	if _, ok := errors.AsType[*InterruptedError](err); ok || errors.Is(err, context.Canceled) {
		return CodeInterrupted
	}
	if _, ok := errors.AsType[*QuotaError](err); ok || dataworks.IsQuota(err) {
		return CodeQuota
	}
	if _, ok := errors.AsType[*model.InvalidError](err); ok {
		return CodeInvalid
	}
	if _, ok := errors.AsType[*config.UnknownTargetError](err); ok {
		return CodeInvalid
	}
	if _, ok := errors.AsType[*project.NotFoundError](err); ok {
		return CodeInvalid
	}
	if _, ok := errors.AsType[*project.VersionError](err); ok {
		return CodeInvalid
	}
	if _, ok := errors.AsType[*project.TrackedError](err); ok {
		return CodeInvalid
	}
	if _, ok := errors.AsType[*diff.StaleError](err); ok {
		return CodeRefused
	}
	if _, ok := errors.AsType[*diff.OutputTakenError](err); ok {
		return CodeRefused
	}
	if _, ok := errors.AsType[*diff.OutputConsumerError](err); ok {
		return CodeRefused
	}
	if _, ok := errors.AsType[*diff.ConsumerError](err); ok {
		return CodeRefused
	}
	if _, ok := errors.AsType[*diff.CycleError](err); ok {
		return CodeInvalid
	}
	return CodeError
}
