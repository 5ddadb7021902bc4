package tree

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/model"
)

// journalEntry is an edit as the journal remembers it: enough to finish or undo it, without the data.
type journalEntry struct {
	Op       Op        `json:"op"`
	Path     string    `json:"path"`
	Before   Digest    `json:"before,omitempty"`
	After    Digest    `json:"after,omitempty"`
	Freed    Digest    `json:"freed,omitempty"`
	Key      model.Key `json:"key"`
	Moved    bool      `json:"moved,omitempty"`
	Together bool      `json:"together,omitempty"`
	// Waiting is the file that holds what a write of edits that are made together brings to Path; it is set once all of them are on the disk.
	Waiting string `json:"waiting,omitempty"`
}

func journalOf(edits []Edit) []journalEntry {
	entries := make([]journalEntry, len(edits))
	for i, e := range edits {
		entries[i] = journalEntry{Op: e.Op, Path: e.Path, Before: e.Before, Freed: e.Freed, Key: e.Key, Moved: e.Moved, Together: e.Together}
		if e.Op == OpWrite {
			entries[i].After = digest(e.Data)
		}
	}
	return entries
}

func writeJournal(dir Dir, entries []journalEntry) error {
	data, err := json.Marshal(entries)
	if err != nil {
		return err
	}
	if err := dir.MkdirAll(privateDir); err != nil {
		return err
	}
	const beside = privateDir + "/" + writing + "journal.tmp"
	if err := dir.WriteFile(beside, data, 0o600); err != nil {
		return err
	}
	return dir.Rename(beside, journalFile)
}

// Recover tidies up behind an Apply that was stopped: an object of which only the content was written is undone, one of which only the YAML was removed is
// finished, and so is what must be made together once a part of it can be made. Files that were changed since are left alone. It does nothing where no run
// was stopped.
//
// It must be called before the tree is read, by who holds the lock of the workspace. Errors: *InTheWayOfMoveError, or of the file system.
func Recover(dir Dir) error {
	data, err := dir.ReadFile(journalFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", journalFile, err)
	}
	var entries []journalEntry
	// A journal is moved into its place whole; one that cannot be read is not ours, and nothing rests on it.
	if err := json.Unmarshal(data, &entries); err == nil {
		if err := recoverEntries(dir, entries); err != nil {
			return err
		}
	}
	leftovers, err := dir.ReadDir(privateDir)
	if err != nil {
		return fmt.Errorf("reading %s: %w", privateDir, err)
	}
	for _, entry := range leftovers {
		if strings.HasPrefix(entry.Name(), writing) && !entry.IsDir() {
			if err := dir.Remove(path.Join(privateDir, entry.Name())); err != nil {
				return fmt.Errorf("removing what a stopped run left: %w", err)
			}
		}
	}
	if err := dir.Remove(journalFile); err != nil {
		return fmt.Errorf("removing %s: %w", journalFile, err)
	}
	return nil
}

func recoverEntries(dir Dir, entries []journalEntry) error {
	entries = slices.DeleteFunc(entries, func(e journalEntry) bool { return !fs.ValidPath(e.Path) })
	if err := finishTogether(dir, entries); err != nil {
		return err
	}
	byKey := map[model.Key][]journalEntry{}
	var keys []model.Key
	for _, e := range entries {
		if e.Together || e.Op == OpRemoveDir {
			continue
		}
		if len(byKey[e.Key]) == 0 {
			keys = append(keys, e.Key)
		}
		byKey[e.Key] = append(byKey[e.Key], e)
	}
	finishes, err := wroteMoved(dir, entries)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if err := recoverObject(dir, byKey[k], finishes); err != nil {
			return fmt.Errorf("tidying up %s after a stopped run: %w", k, err)
		}
	}
	for _, e := range entries {
		if e.Op == OpRemoveDir {
			if err := removeIfEmpty(dir, e.Path); err != nil {
				return err
			}
		}
	}
	return nil
}

// wroteMoved tells whether all that moves was written in its new place, and the folders that lose their last file were marked to be kept: until then nothing
// leaves its old place, since a business that leaves before what is in it is an invalid tree.
func wroteMoved(dir Dir, entries []journalEntry) (bool, error) {
	moves := map[model.Key]bool{}
	for _, e := range entries {
		if e.Moved {
			moves[e.Key] = true
		}
	}
	if len(moves) == 0 {
		return true, nil
	}
	for _, e := range entries {
		switch {
		case e.Op == OpWrite && e.Together && !isWaiting(e):
			return false, nil // none of these was made
		case e.Op != OpWrite || e.Together || !moves[e.Key] && path.Base(e.Path) != keepFile:
			continue
		}
		standing, err := standingDigest(dir, e.Path)
		if err != nil {
			return false, fmt.Errorf("reading %s after a stopped run: %w", e.Path, err)
		}
		if standing == "" {
			return false, nil
		}
	}
	return true, nil
}

// writes counts the files that an object's edits write.
func writes(entries []journalEntry) int {
	n := 0
	for _, e := range entries {
		if e.Op == OpWrite {
			n++
		}
	}
	return n
}

// recoverObject finishes or undoes what one object's edits did. finishes tells whether what moves leaves its old place, else it stays there.
func recoverObject(dir Dir, entries []journalEntry, finishes bool) error {
	standing := make([]Digest, len(entries))
	created, removed, written, moved := 0, 0, 0, false
	for i, e := range entries {
		moved = moved || e.Moved
		var err error
		if standing[i], err = standingDigest(dir, e.Path); err != nil {
			return err
		}
		switch {
		case e.Op == OpWrite && standing[i] == e.After:
			written++
		case e.Op == OpWrite && e.Before == "" && standing[i] == "":
			created++
		case e.Op == OpRemove && standing[i] == "":
			removed++
		}
	}
	isWritten := written > 0 && written == writes(entries)
	isUndone := created > 0 || moved && removed == 0 && !finishes
	for i, e := range entries {
		switch {
		case e.Op == OpWrite && e.Before == "" && (isUndone || !finishes && path.Base(e.Path) == keepFile) && standing[i] != "" && standing[i] == e.After:
			// Some file of the new object is still missing: take the others back, the next pull writes them all.
		case e.Op == OpRemove && !isUndone && (removed > 0 || isWritten) && standing[i] != "" && standing[i] == e.Before:
		default:
			continue
		}
		if err := dir.Remove(e.Path); err != nil {
			return err
		}
	}
	return nil
}
