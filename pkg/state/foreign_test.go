package state_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/dwsync/dwsync/pkg/state"
)

// A file of the same format that holds something else, an embedded workspace for example, is no damaged state that may be deleted.
func TestAForeignFileIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other.db")
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range []string{"files", "a\x1b[31m"} {
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
	for name, open := range map[string]func(string) (*state.State, error){"Open": state.Open, "OpenReadOnly": state.OpenReadOnly} {
		_, err := open(path)
		foreign, ok := errors.AsType[*state.ForeignError](err)
		if !ok || foreign.Path != path || !slices.Equal(foreign.Buckets, []string{"a?[31m", "files"}) || strings.Contains(err.Error(), "delete") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was changed: %v", err)
	}
}
