package state

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// pageError is a panic or a fault of what reads the file's pages.
type pageError struct{ cause string }

func (e *pageError) Error() string { return e.cause }

// guard runs what reads pages of the file. bbolt reads through a memory map and trusts its pages: on a damaged or cut file it panics or faults.
// Both become a *DamagedError here.
func guard(path string, work func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if cause := recover(); cause != nil {
			err = &DamagedError{Path: path, Err: &pageError{fmt.Sprint(cause)}}
		}
	}()
	return work()
}

// guard is like the function, and remembers a panic: bbolt's locks may still be held then, so that its Close would wait for ever.
func (s *State) guard(work func() error) error {
	err := guard(s.path, work)
	if _, ok := errors.AsType[*pageError](err); ok {
		s.broken = true
	}
	return err
}
