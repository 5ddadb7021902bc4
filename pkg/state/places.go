package state

import (
	"go.etcd.io/bbolt"

	"github.com/dwsync/dwsync/pkg/model"
)

// bucketPlaces is an index of the bases: the id of the object that each key had. It is small beside the bases, whose contents nobody wants to read in order
// to find out what was renamed. A state of an older dwsync has none.
var bucketPlaces = []byte("places")

// Places gives the id that the workspace's object had under each key that has a base, where it was known.
func (s *State) Places() (map[model.Key]string, error) {
	places := map[model.Key]string{}
	err := s.view(func(tx *bbolt.Tx) error {
		bucket := tx.Bucket(bucketPlaces)
		if bucket == nil {
			return nil
		}
		return bucket.ForEach(func(text, id []byte) error {
			var k model.Key
			if err := k.UnmarshalText(text); err != nil {
				return &DamagedError{Path: s.path, Err: err}
			}
			places[k] = string(id)
			return nil
		})
	})
	return places, err
}

// recordPlace keeps the index; it goes with a base that is recorded, or forgotten.
func recordPlace(tx *bbolt.Tx, key []byte, id string) error {
	bucket, err := tx.CreateBucketIfNotExists(bucketPlaces)
	if err != nil {
		return err
	}
	if id == "" {
		return bucket.Delete(key)
	}
	return bucket.Put(key, []byte(id))
}
