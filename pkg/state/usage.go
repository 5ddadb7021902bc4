package state

import (
	"bytes"
	"encoding/json"

	"go.etcd.io/bbolt"
)

var keyUsage = []byte("usage")

// Usage is how many calls of a day were made, as far as runs with this file know: others of the account use the same quota. It belongs to where the calls
// went, not to a workspace.
type Usage struct {
	// Place is where the calls went: an endpoint or a region.
	Place string `json:"place"`
	// Day is the service's day.
	Day string `json:"day"`
	// Calls are counted by the name of what limits them.
	Calls map[string]int `json:"calls"`
}

// Usage gives what RecordUsage recorded last; the zero Usage if that cannot be told.
func (s *State) Usage() (u Usage, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		record := tx.Bucket(bucketMeta).Get(keyUsage)
		if len(record) < checksumLength || !bytes.Equal(record[:checksumLength], checksum(record[checksumLength:])) || json.Unmarshal(record[checksumLength:], &u) != nil {
			u = Usage{}
		}
		return nil
	})
	return u, err
}

// RecordUsage replaces the usage.
func (s *State) RecordUsage(u Usage) error {
	if s.db == nil {
		return &ReadOnlyError{Path: s.path}
	}
	data, err := json.Marshal(u)
	if err != nil {
		return err
	}
	return s.guard(func() error {
		return s.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bucketMeta).Put(keyUsage, append(checksum(data), data...)) })
	})
}
