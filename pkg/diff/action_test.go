package diff_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

// No two actions share a text, whatever the object is called, and the main action's is that of its key.
func TestActionIDText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(rapid.String(), rapid.Just("a\x1fleave"), rapid.Just(`\`), rapid.Just("leave"))
		draw := func(label string) diff.ActionID {
			key := model.FileKey(model.FolderPath(name.Draw(t, label+" folder")), name.Draw(t, label+" name"), 10)
			for range rapid.IntRange(0, 2).Draw(t, label+" depth") {
				key = model.InnerKey(key, name.Draw(t, label+" inner"), 10)
			}
			return diff.ActionID{
				Key:  key,
				Part: rapid.SampledFrom([]diff.Part{diff.PartGiveUp, diff.PartMain, diff.PartLeave}).Draw(t, label+" part"),
			}
		}
		a, b := draw("a"), draw("b")
		text, err := a.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var read diff.ActionID
		if err := read.UnmarshalText(text); err != nil || read != a {
			t.Errorf("%q reads back as %+v, %v; it was %+v", text, read, err, a)
		}
		other, _ := b.MarshalText()
		if a != b && string(text) == string(other) {
			t.Errorf("%+v and %+v share the text %q", a, b, text)
		}
		if key, _ := a.Key.MarshalText(); a.Part == diff.PartMain && string(key) != string(text) {
			t.Errorf("the main action's text is %q, the key's %q", text, key)
		}
	})
}

func TestPartsComeInTheirOrder(t *testing.T) {
	key := node("a", nil).Key
	ids := []diff.ActionID{{Key: key, Part: diff.PartLeave}, {Key: key}, {Key: key, Part: diff.PartGiveUp}}
	slices.SortFunc(ids, diff.ActionID.Compare)
	if ids[0].Part != diff.PartGiveUp || ids[1].Part != diff.PartMain || ids[2].Part != diff.PartLeave {
		t.Errorf("got %v", ids)
	}
}
