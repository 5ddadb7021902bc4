package state_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/state"
)

const head = "0123456789abcdef0123456789abcdef01234567"

func node(name, content string) model.Object {
	o := model.NewObject(model.FileKey("业务流程/电商数仓/MaxCompute", name, 10))
	o.Set(model.FieldContent, model.TextValue(content))
	o.Set(model.FieldOutputList, model.SetValue(model.NewItem("p."+name), model.NewItem("p.x", model.ParseTypeAuto)))
	return o
}

func change(o model.Object, commit string) state.Change {
	return state.Change{Key: o.Key, Base: &state.Base{Object: o, Commit: commit}}
}

func open(t testing.TB, path string) *state.State {
	t.Helper()
	s, err := state.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func record(t testing.TB, s *state.State, changes ...state.Change) {
	t.Helper()
	if err := s.Record(changes...); err != nil {
		t.Fatal(err)
	}
}

// all gives every base of a state.
func all(s *state.State) (map[model.Key]state.Base, error) {
	keys, err := s.Keys()
	if err != nil {
		return nil, err
	}
	return s.Bases(keys)
}

// read gives the bases of a file that nobody holds.
func read(t testing.TB, path string) map[model.Key]state.Base {
	t.Helper()
	s, err := state.OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	bases, err := all(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return bases
}

func same(a, b state.Base) bool {
	return a.Commit == b.Commit && fmt.Sprint(a.Object) == fmt.Sprint(b.Object)
}

func TestAnAbsentFileIsAnEmptyState(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".dwsync", "dev.state.db")
	if bases := read(t, path); len(bases) != 0 {
		t.Errorf("got %v", bases)
	}
	if _, err := os.Stat(filepath.Dir(path)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("reading made something: %v", err)
	}
}

// What is recorded comes back, whatever was recorded before; the model is a map.
func TestRecordIsAMap(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		path := filepath.Join(dir, fmt.Sprint(n), "x.state.db")
		want := map[model.Key]state.Base{}
		for range rapid.IntRange(0, 3).Draw(t, "runs") {
			s, err := state.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			var changes []state.Change
			for range rapid.IntRange(0, 8).Draw(t, "changes") {
				o := node(rapid.SampledFrom([]string{"a", "b", "c", "d e/f", "\n", "名"}).Draw(t, "name"), rapid.String().Draw(t, "content"))
				c := change(o, rapid.SampledFrom([]string{"", head}).Draw(t, "commit"))
				want[o.Key] = *c.Base
				if rapid.Bool().Draw(t, "forget") {
					c.Base = nil
					delete(want, o.Key)
				}
				changes = append(changes, c)
			}
			if err := errors.Join(s.Record(changes...), s.Close()); err != nil {
				t.Fatal(err)
			}
		}
		s, err := state.OpenReadOnly(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := all(s)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) {
			t.Fatalf("got %d bases, want %d", len(got), len(want))
		}
		for k, b := range want {
			if !same(got[k], b) {
				t.Fatalf("%v: got %v, want %v", k, got[k], b)
			}
		}
	})
}

// A base that the file would change is worse than none: it must be forgotten, also where an older one stands.
func TestWhatWouldNotSurviveIsForgotten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.state.db")
	s := open(t, path)
	bad := node("a", "x")
	record(t, s, change(bad, head))
	bad.Set(model.FieldContent, model.TextValue("GBK \xd6\xd0"))
	record(t, s, change(bad, head))
	odd := node("n", "x")
	odd.Key.Folder = "业务流程/a\x1fb" // the separator of written keys, in a folder: it is escaped, and survives
	long := node(strings.Repeat("n", 40000), "x")
	good := node("good", "x")
	record(t, s, change(odd, head), change(long, head), change(good, head))
	bases, err := all(s)
	if err != nil {
		t.Fatal(err)
	}
	if len(bases) != 2 || !same(bases[good.Key], state.Base{Object: good, Commit: head}) || !same(bases[odd.Key], state.Base{Object: odd, Commit: head}) {
		t.Errorf("got %v", bases)
	}
}

func TestASecondProcessIsToldWhoHoldsIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.state.db")
	synctest.Test(t, func(t *testing.T) {
		s, err := state.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		for name, try := range map[string]func(string) (*state.State, error){"write": state.Open, "read": state.OpenReadOnly} {
			_, err = try(path)
			locked, ok := errors.AsType[*state.LockedError](err)
			if !ok {
				t.Fatalf("%s: got %v", name, err)
			}
			if holder := fmt.Sprintf("process %d", os.Getpid()); !strings.Contains(locked.Error(), holder) {
				t.Errorf("%s: %v does not name %s", name, err, holder)
			}
		}
		if waited := time.Since(start); waited < 8*time.Second || waited > 11*time.Second {
			t.Errorf("waited %v", waited)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path + ".holder"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the holder's name is still there: %v", err)
		}
		s, err = state.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// A hostile or stale text beside the state is shown as one short printable line.
func TestHolderTextIsHarmless(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.state.db")
	synctest.Test(t, func(t *testing.T) {
		s, err := state.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		text := "\x1b[31mroot\u202e" + strings.Repeat("x", 1000) + "\n::error::y"
		if err := os.WriteFile(path+".holder", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err = state.Open(path)
		if _, ok := errors.AsType[*state.LockedError](err); !ok {
			t.Fatalf("got %v", err)
		}
		if strings.ContainsAny(err.Error(), "\x1b\u202e\n") || len(err.Error()) > 600 {
			t.Errorf("got %q", err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestReadingDoesNotHoldTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.state.db")
	writer := open(t, path)
	record(t, writer, change(node("a", "1"), head))
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	reader, err := state.OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	writer = open(t, path)
	record(t, writer, change(node("b", "2"), head))
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if bases, err := all(reader); err != nil || len(bases) != 2 {
		t.Errorf("got %v, %v", bases, err)
	}
	if _, ok := errors.AsType[*state.ReadOnlyError](reader.Record(change(node("c", "3"), head))); !ok {
		t.Error("a reader could record")
	}
}

func TestNewerSchemaIsRefusedWithTheVersionThatReadsIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.state.db")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	meta(t, path, map[string]string{"schema": "2", "readBy": "9.9.0"})
	for _, try := range []func(string) (*state.State, error){state.Open, state.OpenReadOnly} {
		_, err := try(path)
		newer, ok := errors.AsType[*state.NewerError](err)
		if !ok || newer.Schema != 2 || !strings.Contains(err.Error(), "9.9.0") {
			t.Errorf("got %v", err)
		}
	}
	for _, schema := range []string{"", "0", "-1", "x"} {
		meta(t, path, map[string]string{"schema": schema})
		if _, err := state.Open(path); !isDamaged(err) {
			t.Errorf("schema %q: got %v", schema, err)
		}
	}
}

func meta(t *testing.T, path string, values map[string]string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for k, v := range values {
			if err := tx.Bucket([]byte("meta")).Put([]byte(k), []byte(v)); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

func isDamaged(err error) bool {
	damaged, ok := errors.AsType[*state.DamagedError](err)
	return ok && strings.Contains(damaged.Error(), "delete it")
}

// A file that was cut or in which bytes changed gives an error that says what to do, or the truth; never another base, never a crash.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.state.db")
	truth := map[model.Key]state.Base{}
	s := open(t, whole)
	for i := range 60 {
		c := change(node(fmt.Sprint("n", i), strings.Repeat("select 1;\n", i)), head)
		truth[c.Key] = *c.Base
		record(t, s, c)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	damaged := 0
	try := func(name string, data []byte) {
		path := filepath.Join(dir, "damaged.state.db")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := state.OpenReadOnly(path)
		var bases map[model.Key]state.Base
		if err == nil {
			bases, err = all(s)
		}
		if err != nil && !isDamaged(err) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil {
			damaged++
		}
		for k, b := range bases {
			if !same(truth[k], b) {
				t.Errorf("%s: %v became %v", name, k, b)
			}
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	for _, size := range []int{1, 100, 4096, 8192, 12288, 16384, len(data) / 2, len(data) - 4096} {
		try(fmt.Sprint("cut at ", size), data[:size])
	}
	try("text", []byte(strings.Repeat("this is no database\n", 1000)))
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 300 {
		changed := append([]byte(nil), data...)
		at := random.IntN(len(changed))
		changed[at] ^= byte(1 << random.IntN(8))
		try(fmt.Sprintf("flip %d at %d", i, at), changed)
	}
	if damaged < 20 {
		t.Errorf("only %d of the damages were seen", damaged)
	}
}

// A run that was killed after it made the file, before anything was in it, must not need a hand.
func TestAnEmptyFileIsNoDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.state.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if bases := read(t, path); len(bases) != 0 {
		t.Errorf("got %v", bases)
	}
	s := open(t, path)
	record(t, s, change(node("a", "1"), head))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if bases := read(t, path); len(bases) != 1 {
		t.Errorf("got %v", bases)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}
