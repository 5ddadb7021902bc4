package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// LockedError says that another process has the emulator's file open.
type LockedError struct {
	Path   string
	Holder string // process id and name, where the system tells; else empty
}

func (e *LockedError) Error() string {
	holder := e.Holder
	if holder == "" {
		holder = "another process"
	}
	return fmt.Sprintf("emulator: %s is in use by %s; end it, or serve the file with one emulator and let both be its clients", e.Path, holder)
}

// DamagedError says that the emulator's file is none, or was cut or overwritten.
type DamagedError struct {
	Path string
	Err  error
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("emulator: %s is damaged (%v); put a copy of it back, or delete it: then the workspace in it is lost and begins empty", e.Path, e.Err)
}

func (e *DamagedError) Unwrap() error { return e.Err }

// ForeignError says that the file is a database of something else. It was left as it is.
type ForeignError struct {
	Path string
	// Buckets are those that no workspace has, sorted.
	Buckets []string
}

func (e *ForeignError) Error() string {
	return fmt.Sprintf("emulator: %s holds %s: it belongs to something else and is no embedded workspace; name another file, nothing in this one was changed", e.Path, quoted(e.Buckets))
}

// quoted lists the first few of the names.
func quoted(names []string) string {
	const most = 4
	var shown []string
	for _, name := range names[:min(len(names), most)] {
		shown = append(shown, fmt.Sprintf("%.40q", name))
	}
	if more := len(names) - most; more > 0 {
		shown = append(shown, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(shown, ", ")
}

// storeFormat is the version of the records in a file.
const storeFormat = 1

// lockTimeout is how long Open waits for another process to let the file go.
const lockTimeout = 2 * time.Second

// store is an opened file.
type store struct {
	db   *bbolt.DB
	path string
	// broken tells that a damaged page was met: bbolt may have kept its locks, so that its Close would wait for ever.
	broken atomic.Bool
}

// openStore opens the file. Errors: *LockedError, *DamagedError, *ForeignError, and those of the file system.
func openStore(path string) (*store, error) {
	s := &store{path: path}
	err := s.guard(func() (err error) {
		s.db, err = bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockTimeout, FreelistType: bbolt.FreelistMapType})
		return err
	})
	switch _, damaged := errors.AsType[*DamagedError](err); {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, &LockedError{Path: path, Holder: lockHolder(path)}
	case damaged:
		return nil, err
	case isSystem(err):
		return nil, fmt.Errorf("emulator: open %s: %w", path, err)
	case err != nil: // what else bbolt says of a file that it opens is about its bytes
		return nil, &DamagedError{Path: path, Err: err}
	}
	if err := s.Update(s.prepare); err != nil {
		_, damaged := errors.AsType[*DamagedError](err)
		if _, foreign := errors.AsType[*ForeignError](err); !damaged && !foreign {
			err = fmt.Errorf("emulator: prepare %s: %w", path, err)
		}
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// prepare makes the buckets that are not there yet, in a file that is as long as it says.
func (s *store) prepare(t *bbolt.Tx) error {
	info, err := os.Stat(s.path)
	if err != nil {
		return err
	}
	if info.Size() < t.Size() {
		return &DamagedError{Path: s.path, Err: fmt.Errorf("it has %d bytes of %d", info.Size(), t.Size())}
	}
	if err := s.refuseForeign(t); err != nil {
		return err
	}
	for _, b := range buckets {
		if _, err := t.CreateBucketIfNotExists([]byte(b)); err != nil {
			return err
		}
	}
	return nil
}

// refuseForeign refuses a file with buckets that no workspace has.
func (s *store) refuseForeign(t *bbolt.Tx) error {
	var foreign []string
	err := t.ForEach(func(name []byte, _ *bbolt.Bucket) error {
		if !slices.Contains(buckets, bucket(name)) {
			foreign = append(foreign, string(name))
		}
		return nil
	})
	if err != nil || len(foreign) == 0 {
		return err
	}
	return &ForeignError{Path: s.path, Buckets: foreign}
}

// isSystem tells whether an error is the operating system's.
func isSystem(err error) bool {
	_, isPath := errors.AsType[*fs.PathError](err)
	_, isCall := errors.AsType[*os.SyscallError](err)
	_, isNumber := errors.AsType[syscall.Errno](err)
	return isPath || isCall || isNumber
}

// guard runs what reads pages of the file. bbolt reads them through a memory map and trusts them: on a damaged or cut file it panics or faults, which is
// a *DamagedError here.
func (s *store) guard(work func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if cause := recover(); cause != nil {
			s.broken.Store(true)
			err = &DamagedError{Path: s.path, Err: fmt.Errorf("%v", cause)}
		}
	}()
	return work()
}

// View runs a read of the file.
func (s *store) View(read func(*bbolt.Tx) error) error {
	return s.guard(func() error { return s.db.View(read) })
}

// Update runs a write of the file: after an error nothing of it is in the file.
func (s *store) Update(write func(*bbolt.Tx) error) error {
	if s.broken.Load() {
		return &DamagedError{Path: s.path, Err: errors.New("a page of it could not be read before")}
	}
	return s.guard(func() error { return s.db.Update(write) })
}

// Close lets go of the file.
func (s *store) Close() error {
	if s.broken.Load() {
		return nil
	}
	return s.guard(s.db.Close)
}

func newRecord(b bucket) record {
	switch b {
	case bucketCounters:
		return &counters{}
	case bucketProjects:
		return &project{}
	case bucketBusinesses:
		return &business{}
	case bucketFolders:
		return &folder{}
	case bucketFiles:
		return &file{}
	case bucketVersions:
		return &version{}
	case bucketDeployments:
		return &deployment{}
	case bucketNodes:
		return &schedulerNode{}
	default:
		return &ideEvent{}
	}
}

// load reads a file's records into an empty state.
func load(db *store, s *state) error {
	return db.View(func(t *bbolt.Tx) error {
		for _, b := range buckets {
			err := t.Bucket([]byte(b)).ForEach(func(k, v []byte) error {
				r := newRecord(b)
				if err := json.Unmarshal(v, r); err != nil {
					return &DamagedError{Path: db.path, Err: fmt.Errorf("record %x in %s: %w", k, b, err)}
				}
				s.replace(r.id(), r)
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// tx is the changes of one call: made in memory at once, so that the call sees
// them, and stored together or taken back.
type tx struct {
	s       *state
	past    *history // nil where no read is stale
	at      time.Time
	changes changes
}

type change struct {
	id       recordID
	old, new record
}

type changes []change

func (s *Server) begin() *tx {
	t := &tx{s: s.state, at: s.clock()}
	if s.settings[swStaleReads] != "none" {
		t.past = &s.past
	}
	return t
}

func (t *tx) put(r record) {
	t.changes = append(t.changes, change{r.id(), t.s.replace(r.id(), r), r})
}

func (t *tx) remove(r record) {
	t.changes = append(t.changes, change{r.id(), t.s.replace(r.id(), nil), nil})
}

func (cs changes) undo(s *state) {
	for i := len(cs) - 1; i >= 0; i-- {
		s.replace(cs[i].id, cs[i].old)
	}
}

func (cs changes) redo(s *state) {
	for _, c := range cs {
		s.replace(c.id, c.new)
	}
}

// rollback takes the changes back; a second time it does nothing.
func (t *tx) rollback() {
	t.changes.undo(t.s)
	t.changes = nil
}

// commit stores the changes, durably, before the call is answered. If it
// cannot, nothing has changed.
func (t *tx) commit(db *store) error {
	if len(t.changes) == 0 {
		return nil
	}
	if db != nil {
		if err := db.Update(t.changes.store); err != nil {
			t.rollback()
			return fmt.Errorf("emulator: store: %w", err)
		}
	}
	if t.past != nil {
		t.past.add(t.at, t.changes)
	}
	return nil
}

func (cs changes) store(t *bbolt.Tx) error {
	last := map[recordID]int{}
	for i, c := range cs {
		last[c.id] = i
	}
	for i, c := range cs {
		if last[c.id] != i {
			continue
		}
		b := t.Bucket([]byte(c.id.bucket))
		if c.new == nil {
			if err := b.Delete([]byte(c.id.key)); err != nil {
				return err
			}
			continue
		}
		v, err := json.Marshal(c.new)
		if err != nil {
			return err
		}
		if err := b.Put([]byte(c.id.key), v); err != nil {
			return err
		}
	}
	return nil
}

// history holds the changes of the last seconds, for reads that lag behind
// (switch stale-reads).
type history struct {
	entries []entry
	seen    map[string]uint64 // read -> number of the newest entry it has missed once
	last    uint64
}

type entry struct {
	number  uint64
	at      time.Time
	changes changes
}

// staleFor is how long after a write a read may still miss it.
const staleFor = 10 * time.Second

func (h *history) add(at time.Time, cs changes) {
	h.last++
	for len(h.entries) > 0 && at.Sub(h.entries[0].at) > staleFor {
		h.entries = h.entries[1:]
	}
	h.entries = append(h.entries, entry{h.last, at, cs})
}

// stale answers the changes that the call's first look at an object misses, or
// nil: all of the last seconds that this read, of this object, has not missed
// once before.
func (h *history) stale(c *call) changes {
	if c.settings[swStaleReads] != "first" || !lagging[c.action.Name] || len(h.entries) == 0 {
		return nil
	}
	key := c.action.Name
	for _, name := range []string{"ProjectId", "ProjectIdentifier", "FileId", "NodeId", "BusinessId", "FolderId", "FolderPath", "FileVersion", "ProjectEnv"} {
		key += "\x00" + c.params[name]
	}
	missed := h.seen[key]
	if h.seen == nil || len(h.seen) > 100_000 {
		h.seen = map[string]uint64{}
	}
	h.seen[key] = h.last
	var all changes
	for _, e := range h.entries {
		if e.number > missed && c.clock().Sub(e.at) <= staleFor {
			all = append(all, e.changes...)
		}
	}
	return all
}

// lagging are the reads that may be answered by a replica.
var lagging = map[string]bool{
	"GetFile": true, "ListFiles": true, "GetFolder": true, "ListFolders": true, "GetBusiness": true, "ListBusiness": true,
	"ListFileVersions": true, "GetFileVersion": true, "ListNodes": true, "GetNode": true, "GetNodeCode": true,
}
