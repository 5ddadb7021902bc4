package tree

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Files that take each other's places (two that swap their names, a chain) overwrite each other, so that for a moment what one of them holds stands nowhere
// in the tree, and the code of one beside the YAML of another; and the files inside a node must not be left without it. Such edits are made *together*: what
// they write waits beside the tree, and the journal says so, before the first place is taken; a run that is stopped in between is finished by the next one that
// writes, and who only looks is told.

// UnfinishedMoveError reports a tree in which files take each other's places this moment, or began to before a run was stopped.
type UnfinishedMoveError struct{}

func (e *UnfinishedMoveError) Error() string {
	return "a pull that lets files of the tree take each other's places is at work, or was stopped: half of them stand in their new places, and nothing here can be relied on; run dwsync pull (or push), which finishes that first"
}

// InTheWayOfMoveError reports a file that somebody changed after a run was stopped that had still to write another one in its place.
type InTheWayOfMoveError struct {
	// Path is the file, Waiting the one that is to take its place.
	Path, Waiting string
}

func (e *InTheWayOfMoveError) Error() string {
	return fmt.Sprintf("%s was changed after a pull was stopped that lets files take each other's places; what belongs there waits in %s and is nowhere else. Move your file out of the tree and run the command again, then bring your change in", e.Path, e.Waiting)
}

// CheckWhole makes sure that no run was stopped while files took each other's places. Errors: *UnfinishedMoveError, or of the file system.
func CheckWhole(fsys fs.FS) error {
	// What is a link is none of dwsync's own, and refused elsewhere.
	for _, name := range []string{privateDir, journalFile} {
		if info, err := fs.Lstat(fsys, name); err != nil || info.Mode()&fs.ModeSymlink != 0 {
			return nil
		}
	}
	data, err := fs.ReadFile(fsys, journalFile)
	if err != nil {
		return fmt.Errorf("reading %s: %w", journalFile, err)
	}
	var entries []journalEntry
	if json.Unmarshal(data, &entries) != nil {
		return nil // it is not ours
	}
	left, err := leftTogether(func(name string) ([]byte, error) { return fs.ReadFile(fsys, name) }, entries)
	if _, inTheWay := errors.AsType[*InTheWayOfMoveError](err); inTheWay || len(left) > 0 {
		return &UnfinishedMoveError{}
	}
	return err
}

// isWaiting tells whether an entry says where that waits which it writes. A journal that somebody else wrote leads nowhere else.
func isWaiting(e journalEntry) bool {
	return e.Together && e.Op == OpWrite && fs.ValidPath(e.Waiting) && path.Dir(e.Waiting) == privateDir && strings.HasPrefix(path.Base(e.Waiting), writing)
}

// finishTogether makes what is left of edits that are made together, if the first of them could be made. It looks at all of them before it makes one.
func finishTogether(dir Dir, entries []journalEntry) error {
	left, err := leftTogether(dir.ReadFile, entries)
	if err != nil {
		return err
	}
	for _, e := range left {
		if e.Op == OpWrite {
			err = dir.Rename(e.Waiting, e.Path)
		} else {
			err = dir.Remove(e.Path)
		}
		if err != nil {
			return fmt.Errorf("finishing %s after a stopped run: %w", e.Path, err)
		}
	}
	return nil
}

// leftTogether gives those of the edits that are made together which are still to be made; none if not all of them were on the disk, so that none was made.
// Errors: *InTheWayOfMoveError, or of the file system.
func leftTogether(read func(name string) ([]byte, error), entries []journalEntry) ([]journalEntry, error) {
	entries = slices.DeleteFunc(slices.Clone(entries), func(e journalEntry) bool { return !e.Together })
	done := 0
	for i, e := range entries {
		if e.Op != OpWrite {
			continue
		}
		if !isWaiting(e) {
			return nil, nil
		}
		waiting, err := digestOf(read, e.Waiting)
		if err != nil {
			return nil, fmt.Errorf("reading %s after a stopped run: %w", e.Waiting, err)
		}
		if waiting != e.After {
			done = i + 1 // it was moved to its place, and they are made in order
		}
	}
	var left []journalEntry
	for _, e := range entries[done:] {
		standing, err := digestOf(read, e.Path)
		switch {
		case err != nil:
			return nil, fmt.Errorf("reading %s after a stopped run: %w", e.Path, err)
		case e.Op == OpWrite && standing != "" && standing != e.Before && standing != e.After && standing != e.Freed:
			return nil, &InTheWayOfMoveError{Path: e.Path, Waiting: e.Waiting}
		case e.Op == OpWrite, standing != "" && standing == e.Before:
			left = append(left, e)
		}
	}
	return left, nil
}
