package pull

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

// generated draws a form of the test's node.
func generated(t *rapid.T, label string) *model.Object {
	if rapid.IntRange(0, 9).Draw(t, label+" is absent") == 0 {
		return nil
	}
	return node("", rapid.SampledFrom([]string{"", "B", "X", "Y"}).Draw(t, label+" cron"))
}

// The whole decision: after a pull that reports no conflict the changes of both sides are in the result, and a second pull finds nothing to do. Stopped between
// its files, or before its bases are recorded, it is completed by the next one.
func TestBothSidesChangesAreInTheResult(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, l, r := texts(t)
		forms := map[string]*model.Object{"base": generated(t, "base"), "tree": generated(t, "tree"), "workspace": generated(t, "workspace")}
		for side, content := range map[string]string{"base": b, "tree": l, "workspace": r} {
			if o := forms[side]; o != nil {
				o.Set(model.FieldContent, model.TextValue(content))
				o.Set(model.FieldAutoParsing, model.BoolValue(false))
			}
		}
		for _, side := range []string{"base", "tree", "workspace"} {
			if o := forms[side]; o != nil {
				setInputs(o, rapid.SliceOfN(rapid.SampledFrom([]string{"p.a", "p.b", "p.c"}), 0, 3).Draw(t, side+" inputs")...)
				value := rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, side+" parameter")
				o.Set(model.FieldInputParameters, model.SetValue(model.NewItem("day", value)))
			}
		}
		base, local, workspace := forms["base"], forms["tree"], forms["workspace"]
		if local == nil && workspace == nil {
			return
		}
		c := compare(local, workspace, base)
		item, out := planAlone(t, c, nil)
		if c.Verdict == diff.Same {
			return
		}
		result := applied(t, c, out)
		switch item.Deed {
		case Refused:
			if len(out.Changes)+len(out.Bases)+len(out.Gone) > 0 {
				t.Fatal("refused, and yet something is written")
			}
			return
		case Marked:
			nothingLost(t, b, l, r, result.Text(model.FieldContent))
		case Merged:
			wantLines(t, b, l, r, result.Text(model.FieldContent))
		}
		if base != nil && local != nil && workspace != nil {
			wantConfiguration(t, *base, *local, *workspace, *result)
		}
		wantCompleted(t, c, item, out, result)
		journal, _ := out.Journal() // a pull may be stopped before it forgets it
		newBase := base
		if len(out.Bases) > 0 {
			newBase = &out.Bases[0].Object
		}
		if len(out.Gone) > 0 || result == nil && workspace == nil {
			return
		}
		next := compare(result, workspace, newBase)
		again, outAgain := planAlone(t, next, journal)
		switch _, left := outAgain.Journal(); {
		case len(left) > 0 && len(out.Bases) > 0:
			t.Fatalf("after %s and one more pull (%s) the journal still holds %v", item.Deed, next.Verdict, left)
		case len(outAgain.Changes) > 0:
			t.Fatalf("after %s (%s) a second pull does something: %s (%s)", item.Deed, c.Verdict, again.Deed, next.Verdict)
		case item.Deed != Marked && outAgain.Refused():
			t.Fatalf("after %s (%s) a second pull is refused: %s", item.Deed, c.Verdict, again.Why)
		case item.Deed == Marked && again.Why != whyUnresolved:
			t.Fatalf("markers go unseen: %s, %s", again.Deed, again.Why)
		}
	})
}

func planAlone(t *rapid.T, c diff.Comparison, stopped Journal) (Item, Outcome) {
	other := compare(nodeNamed("other"), nodeNamed("other"), nil)
	out, err := Plan([]diff.Comparison{c, other}, standing(t, c), Options{Mapping: project, MaxDelete: -1, Work: committed, Stopped: stopped})
	if err != nil {
		t.Fatal(err)
	}
	out.Bases = slices.DeleteFunc(out.Bases, func(b Base) bool { return b.Key != testKey })
	if c.Verdict == diff.Same {
		return Item{Comparison: c}, out
	}
	return out.Items[0], out
}

// applied gives what the tree holds after the changes, in the target's form.
func applied(t *rapid.T, c diff.Comparison, out Outcome) *model.Object {
	if len(out.Changes) == 0 {
		return c.Tree
	}
	if out.Changes[0].Object == nil {
		return nil
	}
	form, err := project.Forward(*out.Changes[0].Object)
	if err != nil {
		t.Fatal(err)
	}
	return &form
}

// wantConfiguration wants each field to be the one that changed, and of each set what either side added and not what either removed.
func wantConfiguration(t *rapid.T, b, l, r, result model.Object) {
	want := func(f model.Field, equal bool) {
		if !equal {
			t.Fatalf("%s: base %v, tree %v, workspace %v, result %v", f, b.Get(f), l.Get(f), r.Get(f), result.Get(f))
		}
	}
	for _, f := range []model.Field{model.FieldCronExpress, model.FieldInputParameters} {
		if !l.Get(f).Equal(b.Get(f)) {
			want(f, result.Get(f).Equal(l.Get(f)))
		}
		if !r.Get(f).Equal(b.Get(f)) && (l.Get(f).Equal(b.Get(f)) || r.Get(f).Equal(l.Get(f))) {
			want(f, result.Get(f).Equal(r.Get(f)) || diff.ChangedHere == compare(&l, &r, &b).Verdict || diff.CutShort == compare(&l, &r, &b).Verdict)
		}
	}
	if compare(&l, &r, &b).Verdict != diff.Conflict {
		return
	}
	in := func(o model.Object, name string) bool {
		return slices.Contains(o.Get(model.FieldInputList).Names(), name)
	}
	for _, name := range []string{"p.a", "p.b", "p.c"} {
		should := in(l, name) || in(r, name)
		if in(b, name) {
			should = in(l, name) && in(r, name)
		}
		want(model.FieldInputList, in(result, name) == should)
	}
}

// wantCompleted stops the pull behind its content, and behind all of its files, and wants the next one to end where it would have.
func wantCompleted(t *rapid.T, c diff.Comparison, item Item, out Outcome, result *model.Object) {
	if item.Deed != Merged && item.Deed != Marked && item.Deed != Updated {
		return
	}
	before, _ := out.Journal()
	data, err := before.Encode()
	if err != nil {
		t.Fatal(err)
	}
	journal, err := DecodeJournal(data)
	if err != nil {
		t.Fatal(err)
	}
	half := c.Tree.Clone()
	half.Set(model.FieldContent, result.Get(model.FieldContent))
	for _, stopped := range []model.Object{half, *result} {
		comparison := compare(&stopped, &c.Remote.Object, c.Base)
		again, outAgain := planAlone(t, comparison, journal)
		if ended := applied(t, comparison, outAgain); !ended.Get(model.FieldContent).Equal(result.Get(model.FieldContent)) || len(model.Differences(*ended, *result, nil)) > 0 {
			t.Fatalf("stopped after %s, the next pull ends elsewhere (%s, %s): %v, not %v", item.Deed, again.Deed, again.Why, ended, result)
		}
		if (item.Deed == Marked) != outAgain.Refused() {
			t.Fatalf("stopped after %s, the next pull ends as %s: %s", item.Deed, again.Deed, again.Why)
		}
		if len(outAgain.Bases) != 1 && comparison.Verdict != diff.ChangedHere && comparison.Verdict != diff.CutShort {
			t.Fatalf("stopped after %s, the next pull (%s, %s) records no base", item.Deed, comparison.Verdict, again.Deed)
		}
	}
}
