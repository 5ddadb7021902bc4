package state

import (
	"errors"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

var keyWorkspace = []byte("workspace")

// Workspace gives the name under which Claim recorded whose bases the file holds; "" if nobody claimed it yet.
func (s *State) Workspace() (name string, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		name = string(tx.Bucket(bucketMeta).Get(keyWorkspace))
		return nil
	})
	return name, err
}

// Claim makes the file hold the bases of one workspace. A target can be pointed to another one; the bases of the former say nothing of it and would let a
// pull delete, and a push prune, what was never there. So they are forgotten, which Claim tells.
func (s *State) Claim(workspace string) (forgotten bool, err error) {
	if s.db == nil {
		return false, &ReadOnlyError{Path: s.path}
	}
	err = s.guard(func() error {
		return s.db.Update(func(tx *bbolt.Tx) error {
			meta := tx.Bucket(bucketMeta)
			if string(meta.Get(keyWorkspace)) == workspace {
				return nil
			}
			first, _ := tx.Bucket(bucketBases).Cursor().First()
			forgotten = first != nil
			if err := tx.DeleteBucket(bucketBases); err != nil {
				return err
			}
			if err := tx.DeleteBucket(bucketPlaces); err != nil && !errors.Is(err, bolterrors.ErrBucketNotFound) {
				return err
			}
			if _, err := tx.CreateBucket(bucketBases); err != nil {
				return err
			}
			return meta.Put(keyWorkspace, []byte(workspace))
		})
	})
	return forgotten, err
}
