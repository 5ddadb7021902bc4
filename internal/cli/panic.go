package cli

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/dwsync/dwsync/pkg/push"
	"github.com/dwsync/dwsync/pkg/report"
)

// printPanic tells of a panic, which is a defect of dwsync: the runtime's own exit code would mean that a push would write something. The cause may hold
// what a file or the service says; the stack is what a report of the defect needs.
func printPanic(env Environment, cause error, stack []byte) {
	if inStep, ok := errors.AsType[*push.PanicError](cause); ok {
		stack = inStep.Stack
	}
	fmt.Fprintf(env.Stderr, "error: dwsync itself failed: %s\n"+
		"    This is a defect of dwsync %s; please report it with the lines below. What was under way was ended, nothing more was written.\n"+
		"    Whatever was begun is finished by running the same command again.\n\n", report.Escape(cause.Error()), version())
	env.Stderr.Write(stack)
}

// recovered makes a panic an exit code. It is deferred.
func recovered(env Environment, code *int) {
	switch cause := recover().(type) {
	case nil:
	case error:
		printPanic(env, cause, debug.Stack())
		*code = int(CodeError)
	default:
		printPanic(env, fmt.Errorf("%v", cause), debug.Stack())
		*code = int(CodeError)
	}
}
