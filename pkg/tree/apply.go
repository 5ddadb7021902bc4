package tree

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/dwsync/dwsync/pkg/model"
)

// Where dwsync keeps what must not be in the tree. Nothing there is ever needed to be right, only to finish a stopped run tidily.
const (
	privateDir  = ".dwsync"
	journalFile = privateDir + "/edits.journal"
	// writing begins the name of a file that is written before it is moved to its place.
	writing = "writing-"
)

// atOnce is how many files are written before they are moved to their places in order; waiting for the disk takes most of the time.
const atOnce = 32

// ChangedMeanwhileError reports a file that was saved by somebody else between the reading of the tree and its change. It was left as it is.
type ChangedMeanwhileError struct{ Path string }

func (e *ChangedMeanwhileError) Error() string {
	return fmt.Sprintf("%s was changed while dwsync was at work; nothing was overwritten, run the command again", e.Path)
}

// Apply makes the edits, each file in one step: a reader sees the old file or the new one. It may be stopped anywhere; Recover tidies up then.
//
// Errors: *ChangedMeanwhileError, or one of the file system that names the file. The edits before it are made, those behind it are not.
func Apply(dir Dir, edits []Edit) error {
	if len(edits) == 0 {
		return nil
	}
	if err := writeJournal(dir, edits); err != nil {
		return fmt.Errorf("writing %s: %w", journalFile, err)
	}
	made := map[string]bool{}
	for rest := edits; len(rest) > 0; {
		count := 0
		for count < min(len(rest), atOnce) && rest[count].Op == OpWrite {
			count++
		}
		if count > 0 {
			if err := applyWrites(dir, rest[:count], made); err != nil {
				return err
			}
			rest = rest[count:]
			continue
		}
		if err := applyRemoval(dir, rest[0]); err != nil {
			return err
		}
		rest = rest[1:]
	}
	if err := dir.Remove(journalFile); err != nil {
		return fmt.Errorf("removing %s: %w", journalFile, err)
	}
	return nil
}

func applyRemoval(dir Dir, e Edit) error {
	if e.Op == OpRemoveDir {
		return removeIfEmpty(dir, e.Path)
	}
	if err := checkBefore(dir, e); err != nil {
		return err
	}
	if err := dir.Remove(e.Path); err != nil {
		return fmt.Errorf("removing %s: %w", e.Path, err)
	}
	return nil
}

func checkBefore(dir Dir, e Edit) error {
	standing, err := standingDigest(dir, e.Path)
	if err != nil {
		return fmt.Errorf("reading %s before it is changed: %w", e.Path, err)
	}
	if standing != e.Before {
		return &ChangedMeanwhileError{Path: e.Path}
	}
	return nil
}

// applyWrites writes files beside the tree, several at once, and then moves them into their places one after the other, in order.
func applyWrites(dir Dir, edits []Edit, made map[string]bool) error {
	workers := atOnce
	if limited, ok := dir.(interface{ Writers() int }); ok {
		workers = limited.Writers()
	}
	perms := make([]fs.FileMode, len(edits))
	for i, e := range edits {
		var err error
		if perms[i], err = prepareWrite(dir, e, made); err != nil {
			return err
		}
	}
	var group errgroup.Group
	group.SetLimit(workers)
	for i, e := range edits {
		group.Go(func() error {
			if err := dir.WriteFile(writingFile(i), e.Data, perms[i]); err != nil {
				return fmt.Errorf("writing %s: %w", e.Path, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, e := range edits {
		if err := dir.Rename(writingFile(i), e.Path); err != nil {
			return fmt.Errorf("writing %s: %w", e.Path, err)
		}
	}
	return nil
}

func writingFile(i int) string { return fmt.Sprintf("%s/%s%d.tmp", privateDir, writing, i) }

// prepareWrite checks what stands at the place of a file, makes its directory, and gives the permissions that it shall have.
func prepareWrite(dir Dir, e Edit, made map[string]bool) (fs.FileMode, error) {
	if err := checkBefore(dir, e); err != nil {
		return 0, err
	}
	if parent := path.Dir(e.Path); !made[parent] {
		if err := dir.MkdirAll(parent); err != nil {
			return 0, fmt.Errorf("making the directory of %s: %w", e.Path, err)
		}
		made[parent] = true
	}
	if e.Before == "" {
		return 0o644, nil
	}
	perm, err := dir.Mode(e.Path)
	if err != nil {
		return 0, fmt.Errorf("reading the permissions of %s: %w", e.Path, err)
	}
	return perm, nil
}

// replaceFile writes a file beside the tree and moves it into its place.
func replaceFile(dir Dir, name string, data []byte, perm fs.FileMode) error {
	if err := dir.WriteFile(writingFile(0), data, perm); err != nil {
		return err
	}
	return dir.Rename(writingFile(0), name)
}

func standingDigest(dir Dir, name string) (Digest, error) {
	data, err := dir.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return digest(data), nil
}

// removeIfEmpty removes a directory unless somebody put something into it meanwhile.
func removeIfEmpty(dir Dir, name string) error {
	entries, err := dir.ReadDir(name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) > 0 {
		return nil
	}
	if err == nil {
		err = dir.Remove(name)
	}
	if err != nil {
		return fmt.Errorf("removing the empty directory %s: %w", name, err)
	}
	return nil
}

// journalEntry is an edit as the journal remembers it: enough to finish or undo it, without the data.
type journalEntry struct {
	Op     Op        `json:"op"`
	Path   string    `json:"path"`
	Before Digest    `json:"before,omitempty"`
	After  Digest    `json:"after,omitempty"`
	Key    model.Key `json:"key"`
	Moved  bool      `json:"moved,omitempty"`
}

func writeJournal(dir Dir, edits []Edit) error {
	entries := make([]journalEntry, len(edits))
	for i, e := range edits {
		entries[i] = journalEntry{Op: e.Op, Path: e.Path, Before: e.Before, Key: e.Key, Moved: e.Moved}
		if e.Op == OpWrite {
			entries[i].After = digest(e.Data)
		}
	}
	data, err := json.Marshal(entries)
	if err != nil {
		return err
	}
	if err := dir.MkdirAll(privateDir); err != nil {
		return err
	}
	return replaceFile(dir, journalFile, data, 0o600)
}

// Recover tidies up behind an Apply that was stopped: an object of which only the content was written is undone, one of which only the YAML was removed is
// finished. Files that were changed since are left alone. It does nothing where no run was stopped.
//
// It must be called before the tree is read, by who holds the lock of the workspace.
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
	byKey := map[model.Key][]journalEntry{}
	var keys []model.Key
	for _, e := range entries {
		if !fs.ValidPath(e.Path) {
			continue
		}
		if len(byKey[e.Key]) == 0 {
			keys = append(keys, e.Key)
		}
		byKey[e.Key] = append(byKey[e.Key], e)
	}
	for _, k := range keys {
		if err := recoverObject(dir, byKey[k]); err != nil {
			return fmt.Errorf("tidying up %s after a stopped run: %w", k, err)
		}
	}
	return nil
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

// recoverObject finishes or undoes what one object's edits did.
func recoverObject(dir Dir, entries []journalEntry) error {
	standing := make([]Digest, len(entries))
	created, removed, written := 0, 0, 0
	for i, e := range entries {
		if e.Op == OpRemoveDir {
			continue
		}
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
	for i, e := range entries {
		switch {
		case e.Op == OpWrite && e.Before == "" && created > 0 && standing[i] != "" && standing[i] == e.After:
			// Some file of the new object is still missing: take the others back, the next pull writes them all.
		case e.Op == OpRemove && (removed > 0 || e.Moved && written > 0 && written == writes(entries)) && standing[i] != "" && standing[i] == e.Before:
		default:
			continue
		}
		if err := dir.Remove(e.Path); err != nil {
			return err
		}
	}
	if removed == 0 {
		return nil
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
