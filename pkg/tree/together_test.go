package tree

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dwsync/dwsync/pkg/model"
)

const tradingBusiness = model.FolderPath("业务流程/店")

// trade is where each of some nodes, known by a word in its files, is to be, and the business around them.
type trade struct {
	nodes    map[string]model.Key
	business model.FolderPath
}

// drawTrade gives each node another place than any other, of names that differ in one letter's case, too.
func drawTrade(t *rapid.T, label string, nodes int, business model.FolderPath) trade {
	names := rapid.Permutation([]string{"a", "A", "b", "B", "c", "d.x", "other/a"}).Draw(t, label)
	places := trade{map[string]model.Key{}, business}
	for i := range nodes {
		folder := business.Join("MaxCompute")
		name, isElsewhere := strings.CutPrefix(names[i], "other/")
		if isElsewhere {
			folder = folder.Join("other")
		}
		places.nodes[fmt.Sprintf("node-%d.", i)] = model.FileKey(folder, name, 10)
	}
	return places
}

// changes gives what brings a tree's nodes to their places.
func (places trade) changes(current Tree) []Change {
	var changes []Change
	for _, k := range current.Keys() {
		object := current.Objects[k].Object
		to := k
		switch {
		case k.Kind == model.KindBusiness:
			to = model.BusinessKey(places.business)
		case !k.Kind.IsFile():
			to = model.FolderKey(places.business + k.Path()[len(k.Path().Business()):])
		}
		for word, place := range places.nodes {
			switch {
			case !strings.Contains(object.Text(model.FieldContent), word):
			case k.IsInner():
				to = model.InnerKey(place, k.Name, k.Type)
			default:
				to = place
			}
		}
		moved := object.Moved(to)
		changes = append(changes, Change{Key: k, Object: &moved})
	}
	return changes
}

// mixed gives a file beside which stands another node's, "" if there is none.
func mixed(files map[string]string) string {
	for name, text := range files {
		stem, isMeta := strings.CutSuffix(name, metaNode)
		if !isMeta {
			continue
		}
		_, word, _ := strings.Cut(text, "# mine: ")
		word, _, _ = strings.Cut(word, "\n")
		if code, found := files[stem+".sql"]; !found || !strings.Contains(code, word) {
			return name
		}
		for other, code := range files {
			if strings.HasPrefix(other, stem+innerMark+"/") && !strings.Contains(code, word) {
				return other
			}
		}
	}
	return ""
}

// texts gives the bytes of each object's files. How a name is spelled in a directory where it met another one is nobody's concern.
func (d *memDir) texts(t *rapid.T) map[model.Key]string {
	read, err := Read(d.FS())
	if err != nil {
		t.Fatal(err)
	}
	texts, files := map[model.Key]string{}, d.tree()
	for k, local := range read.Objects {
		texts[k] = files[local.Meta] + files[local.Content]
		delete(files, local.Meta)
		delete(files, local.Content)
		delete(files, local.Meta+"/"+keepFile) // of a folder
	}
	if len(files) > 0 {
		t.Fatalf("left over: %q", files)
	}
	return texts
}

// Nodes take each other's places, in rings and chains, in their own place under another case of a letter, and in places that are free, some with files inside
// them, with their business or without, on file systems of both kinds. Stopped anywhere, no bytes are gone, no code stands beside another node's YAML without being told of, and the next run ends as an undisturbed one.
func TestTradedPlacesProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes := rapid.IntRange(2, 4).Draw(t, "nodes")
		before, after := drawTrade(t, "before", nodes, tradingBusiness), drawTrade(t, "after", nodes, rapid.SampledFrom([]model.FolderPath{tradingBusiness, "业务流程/铺"}).Draw(t, "business"))
		d := newMemDir(rapid.Bool().Draw(t, "folding"))
		business := model.NewObject(model.BusinessKey(tradingBusiness))
		changes := []Change{{Key: business.Key, Object: &business}}
		words := slices.Sorted(maps.Keys(before.nodes))
		for _, word := range words {
			keys := []model.Key{before.nodes[word]}
			if rapid.Bool().Draw(t, "inner") {
				keys = append(keys, model.InnerKey(keys[0], rapid.SampledFrom([]string{"in", "IN"}).Draw(t, "name"), 10))
			}
			for _, k := range keys {
				o := model.NewObject(k)
				o.Set(model.FieldContent, model.TextValue("select '"+word+"'\n"))
				changes = append(changes, Change{Key: k, Object: &o})
			}
		}
		move := func(d *memDir) error {
			if err := Recover(d); err != nil {
				return err
			}
			current, err := Read(d.FS())
			if err != nil {
				return err
			}
			edits, err := Edits(current, d.FS(), after.changes(current))
			if err != nil {
				return err
			}
			return Apply(d, edits)
		}
		if err := pull(t, d, changes); err != nil {
			t.Fatal(err)
		}
		current, err := Read(d.FS())
		if err != nil {
			t.Fatal(err)
		}
		for k, local := range current.Objects {
			for _, word := range words {
				if meta := d.files[d.key(local.Meta)]; k.Kind == model.KindNode && strings.Contains(local.Object.Text(model.FieldContent), word) {
					meta.data = append(meta.data, "# mine: "+word+"\n"...)
				}
			}
		}
		undisturbed := d.clone()
		undisturbed.steps = 0
		if err := move(undisturbed); err != nil {
			t.Fatal(err)
		}
		want := undisturbed.texts(t)
		for word, k := range after.nodes {
			if !strings.Contains(want[k], word) || !strings.Contains(want[k], "# mine: "+word) {
				t.Fatalf("%s is %q, not what %s was", k, want[k], word)
			}
		}
		for stop := rapid.IntRange(1, 5).Draw(t, "stop"); stop <= undisturbed.steps; stop += 5 {
			stopped := d.clone()
			stopped.stop = stop
			if err := move(stopped); !errors.Is(err, errStopped) {
				t.Fatalf("stopped at step %d of %d: %v", stop, undisturbed.steps, err)
			}
			stopped.stop = 0
			_, isTold := errors.AsType[*UnfinishedMoveError](CheckWhole(stopped.FS()))
			if name := mixed(stopped.tree()); name != "" && !isTold {
				t.Fatalf("stopped at step %d, beside %s stands another node's code", stop, name)
			}
			if _, err := Read(stopped.FS()); err != nil && !isTold {
				t.Fatalf("stopped at step %d, the tree is not valid: %v", stop, err)
			}
			if err := move(stopped); err != nil {
				t.Fatalf("stopped at step %d, and run again: %v", stop, err)
			}
			if texts := stopped.texts(t); !maps.Equal(texts, want) {
				t.Fatalf("stopped at step %d and run again, the tree has %q, not %q", stop, texts, want)
			}
			for name := range stopped.files {
				if strings.HasPrefix(name, privateDir+"/") {
					t.Fatalf("stopped at step %d, %s is left", stop, name)
				}
			}
		}
	})
}

// What somebody changed between a stopped run and the next one is not overwritten: it is named, with where that waits which belongs there.
func TestAFileInTheWayOfAStoppedTrade(t *testing.T) {
	d := newMemDir(false)
	d.dirs["x"] = "x"
	d.files["x/a"], d.files["x/b"] = &memFile{"x/a", []byte("A")}, &memFile{"x/b", []byte("B")}
	edits := []Edit{
		{Op: OpWrite, Path: "x/a", Data: []byte("B"), Before: digest([]byte("A")), Together: true},
		{Op: OpWrite, Path: "x/b", Data: []byte("A"), Before: digest([]byte("B")), Together: true},
	}
	undisturbed := d.clone()
	if err := Apply(undisturbed, edits); err != nil {
		t.Fatal(err)
	}
	d.stop = undisturbed.steps - 1 // the second file is not in its place
	if err := Apply(d, edits); !errors.Is(err, errStopped) || d.tree()["x/a"] != "B" || d.tree()["x/b"] != "B" {
		t.Fatalf("%v, %v", err, d.tree())
	}
	d.stop = 0
	d.files["x/b"].data = []byte("B, and mine")
	err := Recover(d)
	inTheWay, isNamed := errors.AsType[*InTheWayOfMoveError](err)
	if !isNamed || inTheWay.Path != "x/b" || d.tree()["x/b"] != "B, and mine" {
		t.Fatalf("%v, %v", err, d.tree())
	}
	if waiting, err := d.ReadFile(inTheWay.Waiting); err != nil || string(waiting) != "A" {
		t.Errorf("%s holds %q, %v", inTheWay.Waiting, waiting, err)
	}
	delete(d.files, "x/b")
	if err := Recover(d); err != nil || d.tree()["x/b"] != "A" || len(d.files) != 2 {
		t.Errorf("after it was moved away: %v, %v", err, d.files)
	}
}

func TestAPlaceThatIsTaken(t *testing.T) {
	d := newMemDir(false)
	var changes []Change
	for _, name := range []string{"a", "b"} {
		o := model.NewObject(model.FileKey("临时查询", name, 10))
		o.Set(model.FieldContent, model.TextValue(name))
		changes = append(changes, Change{o.Key, &o})
	}
	current, err := Read(d.FS())
	if err != nil {
		t.Fatal(err)
	}
	edits, err := Edits(current, d.FS(), changes)
	if err != nil {
		t.Fatal(err)
	}
	if err := Apply(d, edits); err != nil {
		t.Fatal(err)
	}
	if current, err = Read(d.FS()); err != nil {
		t.Fatal(err)
	}
	moved := changes[0].Object.Moved(changes[1].Key)
	_, err = Edits(current, d.FS(), []Change{{changes[0].Key, &moved}})
	if taken, ok := errors.AsType[*PlaceTakenError](err); !ok || taken.Place != changes[1].Key {
		t.Errorf("a file is moved over another one: %v", err)
	}
}
