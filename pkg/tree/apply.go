package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"golang.org/x/sync/errgroup"
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
	entries := journalOf(edits)
	if err := writeJournal(dir, entries); err != nil {
		return fmt.Errorf("writing %s: %w", journalFile, err)
	}
	made := map[string]bool{}
	for done := 0; done < len(edits); {
		rest, count := edits[done:], 1
		var err error
		switch {
		case rest[0].Together:
			count = run(rest, len(rest), func(e Edit) bool { return e.Together })
			err = applyTogether(dir, rest[:count], entries, done, made)
		case rest[0].Op == OpWrite:
			count = run(rest, atOnce, func(e Edit) bool { return e.Op == OpWrite && !e.Together })
			err = applyWrites(dir, rest[:count], made)
		default:
			err = applyRemoval(dir, rest[0])
		}
		if err != nil {
			return err
		}
		done += count
	}
	if err := dir.Remove(journalFile); err != nil {
		return fmt.Errorf("removing %s: %w", journalFile, err)
	}
	return nil
}

// run gives the number of edits, from the first and at most limit, for which something holds.
func run(edits []Edit, limit int, holds func(Edit) bool) int {
	count := 0
	for count < min(len(edits), limit) && holds(edits[count]) {
		count++
	}
	return count
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
	if standing != e.Before && (e.Freed == "" || standing != e.Freed) {
		return &ChangedMeanwhileError{Path: e.Path}
	}
	return nil
}

// applyWrites writes files beside the tree, several at once, and then moves them into their places one after the other, in order.
func applyWrites(dir Dir, edits []Edit, made map[string]bool) error {
	if err := writeBeside(dir, edits, made); err != nil {
		return err
	}
	for i, e := range edits {
		if err := dir.Rename(writingFile(i), e.Path); err != nil {
			return fmt.Errorf("writing %s: %w", e.Path, err)
		}
	}
	return nil
}

// writeBeside writes what edits write, the i-th into writingFile(i), several at once. Their places are as the edits want them, and have a directory.
func writeBeside(dir Dir, edits []Edit, made map[string]bool) error {
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
	return group.Wait()
}

// applyTogether makes edits of which each overwrites or removes what another one writes in its new place. They are made all or not at all: what they write is
// on the disk, and the journal says where, before the first of them is made. entries are all of the journal, those of the edits from first.
func applyTogether(dir Dir, edits []Edit, entries []journalEntry, first int, made map[string]bool) error {
	var written []Edit
	for i, e := range edits {
		if e.Op == OpWrite {
			entries[first+i].Waiting = writingFile(len(written))
			written = append(written, e)
			continue
		}
		if err := checkBefore(dir, e); err != nil {
			return err
		}
	}
	if err := writeBeside(dir, written, made); err != nil {
		return err
	}
	if err := writeJournal(dir, entries); err != nil {
		return fmt.Errorf("writing %s: %w", journalFile, err)
	}
	for i, e := range edits {
		if e.Op != OpWrite {
			if err := applyRemoval(dir, e); err != nil {
				return err
			}
			continue
		}
		if err := dir.Rename(entries[first+i].Waiting, e.Path); err != nil {
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

func standingDigest(dir Dir, name string) (Digest, error) { return digestOf(dir.ReadFile, name) }

// digestOf gives the digest of a file, "" if it is not there.
func digestOf(read func(name string) ([]byte, error), name string) (Digest, error) {
	data, err := read(name)
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
