package base

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/dwsync/dwsync/pkg/model"
)

func errorAs[E error](err error) (E, bool) { return errors.AsType[E](err) }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

type failing struct{}

var errFailing = errors.New("reset by peer")

func (failing) ListFileVersions(context.Context, model.FileID) ([]model.Version, error) {
	return nil, errFailing
}

// A failed read of versions is never "no mark".
func TestFailedVersionsAreAnError(t *testing.T) {
	w, c := line(t)
	s := newSide(w.git("."))
	s.remote("a", "v1", mark(c[1], form("a", "v1")))
	s.Keys, s.Versions = []model.Key{key("a")}, failing{}
	_, err := Resolve(t.Context(), s.Input)
	if failed, ok := errorAs[*VersionsError](err); !ok || failed.Path != key("a").String() || !errors.Is(err, errFailing) {
		t.Errorf("got %v", err)
	}
}
