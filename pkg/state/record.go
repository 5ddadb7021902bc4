package state

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/model"
)

// record is how a base stands in the file: its JSON behind a checksum, since a bit that flips on a disk must not become a base.
type record struct {
	Object  model.Object `json:"object"`
	Commit  string       `json:"commit,omitempty"`
	Version int          `json:"version,omitempty"`
	ID      string       `json:"id,omitempty"`
}

const checksumLength = 4

func checksum(data []byte) []byte {
	return binary.BigEndian.AppendUint32(nil, crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)))
}

func recordID(k model.Key) []byte {
	id, _ := k.MarshalText() // it has no error to give
	return id
}

// encode gives the record of a change, and false if there is none: the change forgets, or the base would not come back as it is.
func encode(c Change) ([]byte, bool) {
	if c.Base == nil || c.Base.Object.Key != c.Key || len(recordID(c.Key)) > bbolt.MaxKeySize {
		return nil, false
	}
	data, err := json.Marshal(record(*c.Base))
	if err != nil {
		return nil, false
	}
	data = append(checksum(data), data...)
	back, err := decode(data)
	if err != nil || !same(back.Object, c.Base.Object) || back.Commit != c.Base.Commit {
		return nil, false
	}
	return data, true
}

func decode(data []byte) (Base, error) {
	if len(data) < checksumLength || !bytes.Equal(data[:checksumLength], checksum(data[checksumLength:])) {
		return Base{}, errors.New("the checksum of an entry is wrong")
	}
	var r record
	if err := json.Unmarshal(data[checksumLength:], &r); err != nil {
		return Base{}, err
	}
	base := Base(r)
	if base.Object.Key.Type.Info().Envelope {
		// An earlier version did not know the envelope.
		content.SetStored(&base.Object, content.Stored(base.Object))
	}
	return base, nil
}

// same tells whether two objects are the same in every byte.
func same(a, b model.Object) bool {
	if a.Key != b.Key || !slices.Equal(a.Present(), b.Present()) {
		return false
	}
	for _, f := range a.Present() {
		if !a.Get(f).Equal(b.Get(f)) {
			return false
		}
	}
	return true
}
