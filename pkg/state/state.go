package state

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/dwsync/dwsync/pkg/model"
)

const (
	// schema is the version of the file's layout that this dwsync writes. It changes only if an older dwsync would misread the file.
	schema = 1
	// readBy is the first dwsync that reads it; it stands in the file so that an older dwsync can name it.
	readBy = "0.1.0"
	// lockTimeout is how long Open waits for another process to let go of the file.
	lockTimeout = 5 * time.Second
)

var (
	bucketMeta  = []byte("meta")
	bucketBases = []byte("bases")
	keySchema   = []byte("schema")
	keyReadBy   = []byte("readBy")
)

// Base is what the state remembers of one object.
type Base struct {
	// Object is the base in the target's form; nothing in it is mapped again.
	Object model.Object
	// Commit is HEAD when the base was recorded, as 40 hex digits, or empty outside of a git repository.
	Commit string
	// Version is the newest submitted version that the workspace had then, 0 if there was none. Outside of a git repository it tells whether somebody
	// submitted since.
	Version int
	// ID is the object's id in the workspace, "" if it was not known: by it an object that somebody renamed there is found again.
	ID string
}

// Change sets the base of one key, or forgets it if Base is nil.
type Change struct {
	Key  model.Key
	Base *Base
}

// State is one target's file. It may be used by several goroutines.
type State struct {
	path string
	// db is nil if the state was opened for reading: then the file is open only while it is read, so that a long look never stops a push.
	db     *bbolt.DB
	broken bool
}

// Open opens the file for reading and writing, and makes it if it is absent. Only one process at a time can have it open: after 5 s of waiting the
// error is a *LockedError. Other errors are *DamagedError, *ForeignError, *NewerError, or of the file system.
func Open(path string) (*State, error) {
	if err := create(path); err != nil {
		return nil, err
	}
	db, err := openFile(path, false)
	if err != nil {
		return nil, err
	}
	s := &State{path: path, db: db}
	if err := s.guard(func() error { return db.View(func(tx *bbolt.Tx) error { return check(path, tx) }) }); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	writeHolder(path)
	return s, nil
}

// OpenReadOnly opens the file for reading; an absent file is an empty state. Errors are those of Open. The file is locked only while it is read.
func OpenReadOnly(path string) (*State, error) {
	s := &State{path: path}
	return s, s.view(func(*bbolt.Tx) error { return nil })
}

// Close lets go of the file. It may be called twice.
func (s *State) Close() error {
	if s.db == nil || s.broken {
		return nil
	}
	removeHolder(s.path)
	return s.guard(s.db.Close)
}

// Bases gives the bases of some keys, those that have one: a base holds a whole content, so that nobody should ask for more than is needed. Entries that
// this dwsync cannot read are a *DamagedError.
func (s *State) Bases(keys []model.Key) (map[model.Key]Base, error) {
	bases := map[model.Key]Base{}
	err := s.view(func(tx *bbolt.Tx) error {
		for _, k := range keys {
			record := tx.Bucket(bucketBases).Get(recordID(k))
			if record == nil {
				continue
			}
			base, err := decode(record)
			if err == nil && base.Object.Key != k {
				err = fmt.Errorf("the entry of %s holds %s", k, base.Object.Key)
			}
			if err != nil {
				return &DamagedError{Path: s.path, Err: err}
			}
			bases[k] = base
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return bases, nil
}

// Keys gives the keys that have a base, sorted. A key that this dwsync cannot read is a *DamagedError.
func (s *State) Keys() ([]model.Key, error) {
	var keys []model.Key
	err := s.view(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketBases).ForEach(func(id, _ []byte) error {
			var k model.Key
			if err := k.UnmarshalText(id); err != nil {
				return &DamagedError{Path: s.path, Err: err}
			}
			keys = append(keys, k)
			return nil
		})
	})
	slices.SortFunc(keys, model.Key.Compare)
	return keys, err
}

// Record sets and forgets bases in one transaction: after an error, or a kill, either all of the changes are in the file or none. A base that would
// not come back exactly as it is (text that is not UTF-8, a key that cannot be written) is forgotten instead. What the file holds already is not written
// again. bbolt keeps the whole transaction in memory: many large bases are better recorded in several.
func (s *State) Record(changes ...Change) error {
	if len(changes) == 0 {
		return nil
	}
	if s.db == nil {
		return &ReadOnlyError{Path: s.path}
	}
	return s.guard(func() error {
		err := s.db.Update(func(tx *bbolt.Tx) error {
			bases, changed := tx.Bucket(bucketBases), false
			for _, c := range changes {
				id := recordID(c.Key)
				record, ok := encode(c)
				if bytes.Equal(bases.Get(id), record) {
					continue // also where neither is there
				}
				changed = true
				var err error
				objectID := ""
				if ok {
					err, objectID = bases.Put(id, record), c.Base.ID
				} else {
					err = bases.Delete(id)
				}
				if err := errors.Join(err, recordPlace(tx, id, objectID)); err != nil {
					return err
				}
			}
			if !changed {
				return errUnchanged
			}
			return nil
		})
		if errors.Is(err, errUnchanged) {
			return nil
		}
		return err
	})
}

// errUnchanged rolls a transaction back that would write the file as it is.
var errUnchanged = errors.New("nothing changed")

// view runs read on the file; it does not run on an absent file.
func (s *State) view(read func(*bbolt.Tx) error) error {
	if s.db != nil {
		return s.guard(func() error { return s.db.View(read) })
	}
	if info, err := os.Stat(s.path); errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil
	}
	db, err := openFile(s.path, true)
	if err != nil {
		return err
	}
	once := &State{path: s.path, db: db}
	err = once.guard(func() error {
		return db.View(func(tx *bbolt.Tx) error {
			if err := check(s.path, tx); err != nil {
				return err
			}
			return read(tx)
		})
	})
	if once.broken {
		return err
	}
	return errors.Join(err, once.guard(db.Close))
}

// check reads the schema, and that the file is as long as it says.
func check(path string, tx *bbolt.Tx) error {
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		return foreignOrDamaged(path, tx)
	}
	version, err := strconv.Atoi(string(meta.Get(keySchema)))
	switch {
	case err != nil || version < 1:
		return &DamagedError{Path: path, Err: fmt.Errorf("its schema is %q", meta.Get(keySchema))}
	case version > schema:
		return &NewerError{Path: path, Schema: version, ReadBy: readable(meta.Get(keyReadBy))}
	case tx.Bucket(bucketBases) == nil:
		return &DamagedError{Path: path, Err: errors.New("it has no bases")}
	}
	return nil
}

// foreignOrDamaged says what a file without a schema is: somebody else's if it holds anything that a state does not have.
func foreignOrDamaged(path string, tx *bbolt.Tx) error {
	var names []string
	foreign := false
	err := tx.ForEach(func(name []byte, _ *bbolt.Bucket) error {
		names = append(names, readable(name))
		foreign = foreign || !bytes.Equal(name, bucketBases)
		return nil
	})
	switch {
	case err != nil:
		return err
	case foreign:
		return &ForeignError{Path: path, Buckets: names}
	default:
		return &DamagedError{Path: path, Err: errors.New("it says no schema")}
	}
}

// create makes the file beside its place and moves it there, so that a kill never leaves half a state.
func create(path string) error {
	if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		return nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return err
	}
	fresh := file.Name()
	defer os.Remove(fresh)
	if err := file.Close(); err != nil {
		return err
	}
	db, err := bbolt.Open(fresh, 0o600, &bbolt.Options{Timeout: lockTimeout})
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		meta, err := tx.CreateBucket(bucketMeta)
		if err != nil {
			return err
		}
		_, err = tx.CreateBucket(bucketBases)
		return errors.Join(err, meta.Put(keySchema, []byte(strconv.Itoa(schema))), meta.Put(keyReadBy, []byte(readBy)))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	// Link does not replace a state that another process made in the meantime; where the file system has no links a rename must do.
	if err := os.Link(fresh, path); err == nil || errors.Is(err, fs.ErrExist) {
		if info, err := os.Stat(path); err != nil || info.Size() > 0 {
			return err
		}
	}
	return os.Rename(fresh, path)
}

func openFile(path string, readOnly bool) (*bbolt.DB, error) {
	start := time.Now()
	var db *bbolt.DB
	err := guard(path, func() error {
		var err error
		db, err = bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockTimeout, ReadOnly: readOnly})
		return err
	})
	switch _, damaged := errors.AsType[*DamagedError](err); {
	case err == nil:
		return db, nil
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, &LockedError{Path: path, Holder: readHolder(path), Waited: time.Since(start).Round(time.Second)}
	case damaged:
		return nil, err
	case isSystem(err):
		return nil, fmt.Errorf("open the state %s: %w", path, err)
	default:
		return nil, &DamagedError{Path: path, Err: err}
	}
}

// isSystem tells whether an error is the operating system's; what else bbolt says of a file that it opens is about its bytes.
func isSystem(err error) bool {
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return true
	}
	_, ok := errors.AsType[syscall.Errno](err)
	return ok
}
