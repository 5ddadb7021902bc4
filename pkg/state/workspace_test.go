package state

import (
	"path/filepath"
	"testing"

	"github.com/dwsync/dwsync/pkg/model"
)

// The bases of one workspace are never taken for those of another.
func TestClaimForgetsAnotherWorkspace(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "a.state.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	claim := func(name string, wantForgotten bool, wantBases int) {
		t.Helper()
		forgotten, err := s.Claim(name)
		if err != nil {
			t.Fatal(err)
		}
		bases, err := s.Keys()
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := s.Workspace(); forgotten != wantForgotten || len(bases) != wantBases || got != name {
			t.Errorf("claimed for %s: forgotten %v, %d bases, claimed by %q", name, forgotten, len(bases), got)
		}
	}
	claim("one", false, 0)
	key := model.FileKey("业务流程/shop/MaxCompute", "a", 10)
	if err := s.Record(Change{Key: key, Base: &Base{Object: model.NewObject(key)}}); err != nil {
		t.Fatal(err)
	}
	claim("one", false, 1)
	claim("two", true, 0)
	claim("one", false, 0)
}
