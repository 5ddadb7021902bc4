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
// in the tree, and the code of one beside the YAML of another. Such edits are made *together*: what they write waits beside the tree, and the journal says so,
// before the first place is taken; a run that is stopped in between is finished by the next one that writes, and who only looks is told.

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
	data, err := fs.ReadFile(fsys, journalFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", journalFile, err)
	}
	var entries []journalEntry
	if json.Unmarshal(data, &entries) != nil {
		return nil // it is not ours
	}
	for _, e := range entries {
		if !isWaiting(e) {
			continue
		}
		if _, err := fs.Lstat(fsys, e.Waiting); err == nil {
			return &UnfinishedMoveError{}
		} else if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("reading %s: %w", e.Waiting, err)
		}
	}
	return nil
}

// isWaiting tells whether an entry says where that waits which it writes. A journal that somebody else wrote leads nowhere else.
func isWaiting(e journalEntry) bool {
	return e.Together && e.Op == OpWrite && fs.ValidPath(e.Waiting) && path.Dir(e.Waiting) == privateDir && strings.HasPrefix(path.Base(e.Waiting), writing)
}

// finishTogether makes what is left of edits that are made together, if the first of them could be made. It looks at all of them before it makes one.
func finishTogether(dir Dir, entries []journalEntry) error {
	entries = slices.DeleteFunc(slices.Clone(entries), func(e journalEntry) bool { return !e.Together })
	done := 0
	for i, e := range entries {
		if e.Op != OpWrite {
			continue
		}
		if !isWaiting(e) {
			return nil // not all of them were on the disk: none was made
		}
		waiting, err := standingDigest(dir, e.Waiting)
		if err != nil {
			return fmt.Errorf("reading %s after a stopped run: %w", e.Waiting, err)
		}
		if waiting != e.After {
			done = i + 1 // it was moved to its place, and they are made in order
		}
	}
	entries = entries[done:]
	left := make([]bool, len(entries))
	for i, e := range entries {
		var err error
		if left[i], err = isLeft(dir, e); err != nil {
			return err
		}
	}
	for i, e := range entries {
		var err error
		switch {
		case !left[i]:
		case e.Op == OpWrite:
			err = dir.Rename(e.Waiting, e.Path)
		default:
			err = dir.Remove(e.Path)
		}
		if err != nil {
			return fmt.Errorf("finishing %s after a stopped run: %w", e.Path, err)
		}
	}
	return nil
}

// isLeft tells whether an edit behind the last that was made is to be made: a removal of what somebody changed is not. Errors: *InTheWayOfMoveError.
func isLeft(dir Dir, e journalEntry) (bool, error) {
	standing, err := standingDigest(dir, e.Path)
	switch {
	case err != nil:
		return false, fmt.Errorf("reading %s after a stopped run: %w", e.Path, err)
	case e.Op != OpWrite:
		return standing != "" && standing == e.Before, nil
	case standing != "" && standing != e.Before && standing != e.After && standing != e.Freed:
		return false, &InTheWayOfMoveError{Path: e.Path, Waiting: e.Waiting}
	default:
		return true, nil
	}
}
