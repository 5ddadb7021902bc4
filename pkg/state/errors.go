package state

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// DamagedError reports a file that is no state any more. Deleting it costs calls, never correctness.
type DamagedError struct {
	Path string
	Err  error
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("%s is damaged (%v); delete it: dwsync reads the workspace and git again, nothing is lost", e.Path, e.Err)
}

func (e *DamagedError) Unwrap() error { return e.Err }

// ForeignError reports a database that is no state and never was one, such as an embedded workspace. It was left as it is.
type ForeignError struct {
	Path string
	// Buckets are what it holds, sorted, in a form that can be shown.
	Buckets []string
}

func (e *ForeignError) Error() string {
	const most = 4
	var shown []string
	for _, name := range e.Buckets[:min(len(e.Buckets), most)] {
		shown = append(shown, strconv.Quote(name))
	}
	if more := len(e.Buckets) - most; more > 0 {
		shown = append(shown, fmt.Sprintf("and %d more", more))
	}
	return fmt.Sprintf("%s holds %s: it is an embedded workspace or another program's, not what dwsync remembers of a target; move it to another place, nothing in it was changed",
		e.Path, strings.Join(shown, ", "))
}

// NewerError reports a state that a newer dwsync wrote.
type NewerError struct {
	Path   string
	Schema int
	// ReadBy is the first version of dwsync that reads the schema, as the file itself says.
	ReadBy string
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("%s has schema %d, this dwsync reads up to %d; use dwsync %s or newer, or delete the file: that costs calls, nothing else",
		e.Path, e.Schema, schema, e.ReadBy)
}

// LockedError reports a state that somebody else has open.
type LockedError struct {
	Path string
	// Holder says who has it open and since when, empty if that could not be found out.
	Holder string
	Waited time.Duration
}

func (e *LockedError) Error() string {
	holder := e.Holder
	if holder == "" {
		holder = "another process (a dwsync that reads it, or a backup)"
	}
	return fmt.Sprintf("%s is in use by %s; waited %v for it; wait for that run to end and try again", e.Path, holder, e.Waited)
}

// ReadOnlyError reports a Record on a state that was opened for reading.
type ReadOnlyError struct{ Path string }

func (e *ReadOnlyError) Error() string {
	return e.Path + " was opened for reading, nothing can be recorded in it"
}
