package state

import (
	"fmt"
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
