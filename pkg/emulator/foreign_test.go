package emulator_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/dwsync/dwsync/pkg/emulator"
)

// A file of the same format that holds something else is named and left as it is.
func TestAForeignFileIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other.db")
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		// One bucket has a name of ours: that makes the file none of ours.
		for _, name := range []string{"meta", "files", "bases"} {
			if _, err := tx.CreateBucket([]byte(name)); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := emulator.Open(path, emulator.Options{})
	foreign, ok := errors.AsType[*emulator.ForeignError](err)
	if !ok || foreign.Path != path || !slices.Equal(foreign.Buckets, []string{"bases", "meta"}) {
		t.Errorf("got %v, %v", s, err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was changed: %v", err)
	}
	// Nothing holds it any more.
	if db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: 1}); err != nil {
		t.Error(err)
	} else if err := db.Close(); err != nil {
		t.Error(err)
	}
}
