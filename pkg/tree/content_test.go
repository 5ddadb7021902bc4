package tree

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/dwsync/dwsync/pkg/model"
)

// A content that goes under another name, since its language changed, leaves nothing under the old one: stopped anywhere, the next run takes that away.
func TestContentUnderAnotherName(t *testing.T) {
	form := func(language, code string) model.Object {
		o := model.NewObject(model.FileKey("临时查询", "last_day", 1100))
		o.Set(model.FieldContent, model.TextValue(code))
		o.Set(model.FieldEnvelope, model.TextValue(`{"language":"`+language+`","content":"<code>"}`))
		return o
	}
	apply := func(d *memDir, o model.Object) error {
		if err := Recover(d); err != nil {
			return err
		}
		current, err := Read(d.FS())
		if err != nil {
			return err
		}
		edits, err := Edits(current, d.FS(), []Change{{Key: o.Key, Object: &o}})
		if err != nil {
			return err
		}
		return Apply(d, edits)
	}
	before, after := form("odps", "SELECT 1;"), form("shell", "date")
	d := newMemDir(false)
	if err := apply(d, before); err != nil {
		t.Fatal(err)
	}
	undisturbed := d.clone()
	undisturbed.steps = 0
	if err := apply(undisturbed, after); err != nil {
		t.Fatal(err)
	}
	want := undisturbed.tree()
	if _, moved := want["临时查询/last_day.sh"]; !moved || len(want) != 2 {
		t.Fatalf("the undisturbed run leaves %q", slices.Sorted(maps.Keys(want)))
	}
	for stop := 1; stop <= undisturbed.steps; stop++ {
		stopped := d.clone()
		stopped.steps, stopped.stop = 0, stop
		if err := apply(stopped, after); !errors.Is(err, errStopped) {
			t.Fatalf("stopped at step %d: %v", stop, err)
		}
		again := stopped.clone()
		if err := apply(again, after); err != nil {
			t.Fatal(err)
		}
		if got := again.tree(); !maps.Equal(got, want) {
			t.Errorf("stopped at step %d and run again, the files are %q", stop, slices.Sorted(maps.Keys(got)))
		}
	}
}
