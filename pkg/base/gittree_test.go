package base

import (
	"slices"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// Every directory that go-git writes is read as it is, and nothing that is malformed is read as a shorter directory.
func FuzzRawTree(f *testing.F) {
	f.Add([]byte("100644 a\x0001234567890123456789"))
	f.Add([]byte("40000 业务流程\x0001234567890123456789120000 x\x0001234567890123456789"))
	f.Add([]byte("100644 a\x000123456789"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var names []string
		var failed error
		for e, err := range rawTree(data).entries() {
			if failed = err; err == nil {
				names = append(names, e.name)
			}
		}
		encoded := &plumbing.MemoryObject{}
		encoded.SetType(plumbing.TreeObject)
		if _, err := encoded.Write(data); err != nil {
			t.Fatal(err)
		}
		var other object.Tree
		if err := other.Decode(encoded); err != nil {
			return // go-git checks more than this
		}
		var want []string
		for _, e := range other.Entries {
			want = append(want, e.Name)
		}
		if failed == nil && !slices.Equal(names, want) {
			t.Fatalf("%q: got %q, want %q", data, names, want)
		}
	})
}

// The order of entries is git's: without it two directories could not be compared side by side.
func TestEntryOrder(t *testing.T) {
	sorted := []entry{
		{name: "a", mode: modeRegular}, {name: "a-b", mode: modeRegular}, {name: "a.sql", mode: modeRegular}, {name: "a", mode: modeDir},
		{name: "a0", mode: modeRegular}, {name: "ab", mode: modeDir}, {name: "业务", mode: modeRegular}, {name: "业务流程", mode: modeDir},
	}
	entries := make([]object.TreeEntry, len(sorted))
	for i, e := range sorted {
		entries[i] = object.TreeEntry{Name: e.name, Mode: filemode.FileMode(e.mode)}
		for j, other := range sorted {
			if e.before(other) != (i < j) {
				t.Errorf("%v before %v: %v", e, other, e.before(other))
			}
		}
	}
	if !slices.IsSortedFunc(entries, func(a, b object.TreeEntry) int {
		if sortName(a) < sortName(b) {
			return -1
		}
		return 1
	}) {
		t.Error("this is not git's order")
	}
}
