package tree

import (
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/model"
)

// world is a workspace's objects in portable form.
type world map[model.Key]model.Object

// drawWorld makes a workspace of hostile names: a few businesses with folders and files of all kinds.
func drawWorld(t *rapid.T, label string) world {
	w := world{}
	names := rapid.Custom(func(t *rapid.T) string {
		name := rapid.SampledFrom(hostileNames).Draw(t, "name")
		if rapid.IntRange(0, 3).Draw(t, "longer") == 0 {
			name += rapid.SampledFrom(hostileNames).Draw(t, "more")
		}
		// A name that the service can hold is UTF-8.
		return strings.ToValidUTF8(name, "?")
	})
	folderName := names.Filter(func(s string) bool { return !strings.Contains(s, "/") && s != "" })
	var folders []model.FolderPath
	for range rapid.IntRange(1, 2).Draw(t, label+" businesses") {
		root := rapid.SampledFrom([]model.Root{model.RootBusiness, model.RootManualBusiness}).Draw(t, "root")
		business := model.FolderPath(root).Join(folderName.Draw(t, "business"))
		o := model.NewObject(model.BusinessKey(business))
		o.Set(model.FieldDescription, model.TextValue(drawText(t, "description")))
		w[o.Key] = o
		folders = append(folders, business.Join(rapid.SampledFrom([]string{"MaxCompute", "通用", "函数"}).Draw(t, "engine")))
	}
	folders = append(folders, "临时查询", "组件")
	for range rapid.IntRange(0, 5).Draw(t, label+" folders") {
		folder := rapid.SampledFrom(folders).Draw(t, "parent").Join(folderName.Draw(t, "folder"))
		if model.CanonicalFolder(string(folder)) != folder {
			continue
		}
		k := model.FolderKey(folder)
		w[k] = model.NewObject(k)
		folders = append(folders, folder)
	}
	types := []model.FileType{10, 6, 1221, 99, 1100, 1103, 1105, 225, 229, 23, 12, 15, 13, 17, 4242}
	var nodes []model.Key
	for range rapid.IntRange(0, 10).Draw(t, label+" files") {
		k := model.FileKey(rapid.SampledFrom(folders).Draw(t, "folder"), names.Draw(t, "name"), rapid.SampledFrom(types).Draw(t, "type"))
		if len(nodes) > 0 && rapid.IntRange(0, 2).Draw(t, "inner") == 0 {
			k = model.InnerKey(rapid.SampledFrom(nodes).Draw(t, "node"), k.Name, k.Type)
		}
		if k.Kind == model.KindNode {
			nodes = append(nodes, k)
		}
		o := model.NewObject(k)
		for _, spec := range model.Fields(k.Kind) {
			if rapid.IntRange(0, 2).Draw(t, "has") == 0 {
				o.Set(spec.Field, drawValue(t, "value", spec))
			}
		}
		if (k.Type.Info().IsJSON() || k.Kind == model.KindFunction) && rapid.Bool().Draw(t, "json") {
			o.Set(model.FieldContent, model.TextValue(rapid.SampledFrom([]string{`{"language":"odps","content":"select 1"}`, "{\n  \"a\": 1\n}\n", "{}", "[1, 2]"}).Draw(t, "content")))
		}
		if k.Kind == model.KindResource && !o.HasText() {
			o.Set(model.FieldContent, model.Value{})
		}
		if k.Type.Info().Envelope {
			content.SetStored(&o, drawEnveloped(t, k.Type, o.Text(model.FieldContent)))
		}
		w[k] = o
	}
	return w
}

// drawEnveloped draws a content of a type that has an envelope: what the type promises, or something else.
func drawEnveloped(t *rapid.T, fileType model.FileType, code string) string {
	var draw func(depth int) content.JSON
	draw = func(depth int) content.JSON {
		value := content.JSON{Kind: content.JSONKind(rapid.IntRange(0, 3).Draw(t, "kind"))}
		switch {
		case value.Kind == content.JSONWord:
			value.Text = rapid.SampledFrom([]string{"null", "true", "false", "0", "-1.50", "1e400", "123456789012345678901234567890"}).Draw(t, "word")
		case value.Kind == content.JSONText:
			value.Text = drawText(t, "text")
		case depth == 0:
		default:
			for _, key := range rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) string { return drawText(t, "key") }), 0, 3, rapid.ID).Draw(t, "keys") {
				value.Values = append(value.Values, draw(depth-1))
				if value.Kind == content.JSONObject {
					value.Keys = append(value.Keys, key)
				}
			}
		}
		return value
	}
	object := func(pairs ...any) content.JSON {
		value := content.JSON{Kind: content.JSONObject}
		for i := 0; i < len(pairs); i += 2 {
			value.Keys, value.Values = append(value.Keys, pairs[i].(string)), append(value.Values, pairs[i+1].(content.JSON))
		}
		return value
	}
	text := content.JSON{Kind: content.JSONText, Text: code}
	language := content.JSON{Kind: content.JSONText, Text: rapid.SampledFrom([]string{"odps", "shell", "python", "perl"}).Draw(t, "language")}
	var value content.JSON
	before := ""
	switch fileType {
	case 1100, 1105:
		value = object("more", draw(2), "language", language, "content", text)
	case 225:
		value = object("args", draw(2), "mainJar", draw(0))
		before = rapid.SampledFrom([]string{"", "\n", "##@resource_reference{\"a.jar\"}\n", "x"}).Draw(t, "before")
	default:
		value = object("type", draw(0), "launcher", draw(2), "properties", object("arguments", content.JSON{Kind: content.JSONArray, Values: []content.JSON{text}}, "tags", draw(1)))
	}
	return before + rapid.SampledFrom([]string{value.String(), value.String(), value.Indented(), value.String() + "\n", code}).Draw(t, "stored")
}

// changesTo gives what a pull would ask for.
func changesTo(from, to world) []Change {
	var changes []Change
	for _, k := range slices.SortedFunc(maps.Keys(from), model.Key.Compare) {
		if _, stays := to[k]; !stays {
			changes = append(changes, Change{Key: k})
		}
	}
	for k, o := range to {
		changes = append(changes, Change{Key: k, Object: &o})
	}
	return changes
}

func (w world) check(t *rapid.T, got Tree) {
	for k, o := range w {
		local, found := got.Objects[k]
		if !found {
			t.Fatalf("%q (%s, %s) is not in the tree: %v", k, k.Kind, k.Type, got.Keys())
		}
		for _, f := range union(o.Present(), local.Object.Present()) {
			if spec, _ := model.FieldSpec(k.Kind, f); !k.SameValue(f, local.Object.Get(f), o.Get(f)) && !spec.ServiceFilled {
				t.Fatalf("%q: %s is %v, not %v", k, f, local.Object.Get(f), o.Get(f))
			}
		}
	}
	for k := range got.Objects {
		if _, found := w[k]; !found {
			t.Fatalf("%q (%s, %s) is too much in the tree", k, k.Kind, k.Type)
		}
	}
	if len(got.Warnings) > 0 {
		t.Fatalf("warnings: %v", got.Warnings)
	}
}

func union(a, b []model.Field) []model.Field {
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}

func pull(t *rapid.T, d *memDir, changes []Change) error {
	if err := Recover(d); err != nil {
		return err
	}
	current, err := Read(d.FS())
	if err != nil {
		t.Fatalf("the tree is not valid any more: %v", err)
	}
	// A pull that was stopped has less left to do.
	changes = slices.DeleteFunc(slices.Clone(changes), func(c Change) bool {
		_, stands := current.Objects[c.Key]
		return c.Object == nil && !stands
	})
	edits, err := Edits(current, d.FS(), changes)
	if err != nil {
		t.Fatalf("no edits: %v", err)
	}
	return Apply(d, edits)
}

// A pull into an empty tree, and then of another state, gives just those objects, on any kind of file system, and writes nothing the second time. Stopped
// anywhere it leaves a valid tree, and run again it ends with the same files.
func TestPullsProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first, second := drawWorld(t, "first"), drawWorld(t, "second")
		for _, k := range slices.SortedFunc(maps.Keys(first), model.Key.Compare) {
			o := first[k]
			if _, taken := second[k]; !taken && rapid.Bool().Draw(t, "stays") {
				second[k] = o
				if business := k.Folder.Business(); business != "" {
					second[model.BusinessKey(business)] = first[model.BusinessKey(business)]
				}
				for node, inner := k.Parent(); inner; node, inner = node.Parent() {
					second[node] = first[node]
				}
			}
		}
		first.closeFolders()
		second.closeFolders()
		d := newMemDir(rapid.Bool().Draw(t, "folding"))
		d.files["README.md"] = &memFile{"README.md", []byte("foreign")}
		if err := pull(t, d, changesTo(world{}, first)); err != nil {
			t.Fatal(err)
		}
		got, err := Read(d.FS())
		if err != nil {
			t.Fatal(err)
		}
		first.check(t, got)
		changes := changesTo(first, second)
		undisturbed := d.clone()
		if err := pull(t, undisturbed, changes); err != nil {
			t.Fatal(err)
		}
		if got, err = Read(undisturbed.FS()); err != nil {
			t.Fatal(err)
		}
		second.check(t, got)
		steps := undisturbed.steps
		if err := pull(t, undisturbed, changesTo(second, second)); err != nil || undisturbed.steps != steps {
			t.Fatalf("a second pull writes: %v, %d steps", err, undisturbed.steps-steps)
		}
		if steps == 0 {
			return
		}
		stopped := d.clone()
		stopped.stop = rapid.IntRange(1, steps).Draw(t, "stop")
		if err := pull(t, stopped, changes); !errors.Is(err, errStopped) {
			t.Fatalf("stopped at step %d of %d: %v", stopped.stop, steps, err)
		}
		if _, err := Read(stopped.FS()); err != nil {
			t.Fatalf("stopped at step %d, the tree is not valid: %v", stopped.stop, err)
		}
		again := stopped.clone()
		if err := pull(t, again, changes); err != nil {
			t.Fatal(err)
		}
		if a, b := undisturbed.tree(), again.tree(); !maps.Equal(a, b) {
			t.Fatalf("stopped at step %d and run again, the files are other ones:\n%q\n%q", stopped.stop, slices.Sorted(maps.Keys(a)), slices.Sorted(maps.Keys(b)))
		}
		for name := range again.files {
			if strings.HasPrefix(name, privateDir+"/") {
				t.Fatalf("%s is left", name)
			}
		}
	})
}

// closeFolders adds the folders in which objects lie: in a workspace nothing hangs in the air.
func (w world) closeFolders() {
	for k := range w {
		for folder := k.Folder; folder != ""; folder = folder.Parent() {
			if folderKey := model.FolderKey(folder); !folder.IsImplied() && !folder.IsBusiness() {
				w[folderKey] = model.NewObject(folderKey)
			}
		}
	}
}

func TestJSONIsShownIndented(t *testing.T) {
	d := newMemDir(false)
	k := model.FileKey("临时查询", "a", 1100)
	write := func(stored string) string {
		t.Helper()
		current, err := Read(d.FS())
		if err != nil {
			t.Fatal(err)
		}
		o := model.NewObject(k)
		content.SetStored(&o, stored)
		edits, err := Edits(current, d.FS(), []Change{{k, &o}})
		if err != nil {
			t.Fatal(err)
		}
		if err := Apply(d, edits); err != nil {
			t.Fatal(err)
		}
		if current, err = Read(d.FS()); err != nil || current.Objects[k].Object.Text(model.FieldContent) != stored {
			t.Fatalf("%q is read back as %q (%v)", stored, current.Objects[k].Object.Text(model.FieldContent), err)
		}
		return d.tree()["临时查询/a.assign.json"]
	}
	if got := write(`{"a":1}`); got != "{\n  \"a\": 1\n}\n" {
		t.Errorf("a new file holds %q", got)
	}
	if got := write(`{"a":2}`); got != "{\n  \"a\": 2\n}\n" {
		t.Errorf("the indented file becomes %q", got)
	}
	d.files["临时查询/a.assign.json"].data = []byte(`{"a":3}`)
	if got := write(`{"a":4}`); got != `{"a":4}` {
		t.Errorf("the compact file becomes %q", got)
	}
}

func TestAFunctionIsOneFile(t *testing.T) {
	o := model.NewObject(model.FileKey("业务流程/店/MaxCompute", "f", 17))
	o.Set(model.FieldContent, model.TextValue(`{"className":"a.B","resources":"b.jar"}`))
	text := string(newMeta(o, ""))
	want := "fileType: ODPS_FUNCTION\ncontent: |\n  {\n    \"className\": \"a.B\",\n    \"resources\": \"b.jar\"\n  }\n"
	if text != want {
		t.Errorf("got\n%s", text)
	}
	if failed := checkMeta("f.function.yaml", []byte(text), o); failed != nil {
		t.Error(failed)
	}
	o.Set(model.FieldContent, model.TextValue(`{"className":"a.C","resources":"b.jar"}`))
	if edited, err := editMeta("f.function.yaml", []byte(text), o); err != nil || string(edited) != strings.Replace(want, "a.B", "a.C", 1) {
		t.Errorf("got %s, %v", edited, err)
	}
}

// A resource whose content nobody can read as a text is its YAML alone; what it was before goes, and what it becomes comes.
func TestAResourceThatIsNoText(t *testing.T) {
	const dir = "业务流程/店/MaxCompute/"
	d := newMemDir(false)
	business := model.NewObject(model.BusinessKey("业务流程/店"))
	text := model.NewObject(model.FileKey("业务流程/店/MaxCompute", "words.txt", 15))
	text.Set(model.FieldContent, model.TextValue("a\nb"))
	uploaded := model.NewObject(text.Key)
	uploaded.Set(model.FieldUploaded, model.BoolValue(true))
	jar := model.NewObject(model.FileKey("业务流程/店/MaxCompute", "udf.jar", 13))
	jar.Set(model.FieldFileDescription, model.TextValue("1.0"))
	write := func(o model.Object) error {
		current, err := Read(d.FS())
		if err != nil {
			t.Fatal(err)
		}
		edits, err := Edits(current, d.FS(), []Change{{Key: business.Key, Object: &business}, {Key: o.Key, Object: &o}})
		if err != nil {
			return err
		}
		return Apply(d, edits)
	}
	for i, step := range []struct {
		object model.Object
		want   []string
	}{
		{jar, []string{"udf.jar.resource.yaml"}},
		{text, []string{"udf.jar.resource.yaml", "words.txt", "words.txt.resource.yaml"}},
		{uploaded, []string{"udf.jar.resource.yaml", "words.txt.resource.yaml"}},
		{text, []string{"udf.jar.resource.yaml", "words.txt", "words.txt.resource.yaml"}},
		{uploaded, []string{"udf.jar.resource.yaml", "words.txt.resource.yaml"}},
	} {
		if err := write(step.object); err != nil {
			t.Fatal(err)
		}
		var got []string
		for name := range d.tree() {
			if base, found := strings.CutPrefix(name, dir); found {
				got = append(got, base)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, step.want) {
			t.Errorf("step %d: the directory holds %q, want %q", i, got, step.want)
		}
	}
	// Half a text, half an upload: neither is thrown away.
	mixed := uploaded.Clone()
	mixed.Set(model.FieldContent, model.TextValue("mine"))
	if _, ok := errors.AsType[*EditError](write(mixed)); !ok {
		t.Error("a text was thrown away")
	}
	// What stands in the way belongs to somebody.
	if err := d.WriteFile(dir+"words.txt", []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, ok := errors.AsType[*EditError](write(text)); !ok {
		t.Error("a foreign file was overwritten")
	}
}

func TestOSDir(t *testing.T) {
	path := t.TempDir()
	dir, err := OpenDir(path)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	business, key := model.BusinessKey("业务流程/店"), model.FileKey("业务流程/店/通用/a", "s", 6)
	node := model.NewObject(key)
	node.Set(model.FieldContent, model.TextValue("echo 1\r\n"))
	owner := model.NewObject(business)
	apply := func(changes ...Change) {
		t.Helper()
		current, err := Read(dir.FS())
		if err != nil {
			t.Fatal(err)
		}
		edits, err := Edits(current, dir.FS(), changes)
		if err != nil {
			t.Fatal(err)
		}
		if err := Apply(dir, edits); err != nil {
			t.Fatal(err)
		}
	}
	apply(Change{business, &owner}, Change{key, &node})
	file := path + "/业务流程/店/通用/a/s.sh"
	if err := os.Chmod(file, 0o755); err != nil {
		t.Fatal(err)
	}
	node.Set(model.FieldContent, model.TextValue("echo 2\n"))
	apply(Change{key, &node})
	info, err := os.Stat(file)
	if data, _ := os.ReadFile(file); err != nil || info.Mode().Perm() != 0o755 || string(data) != "echo 2\n" {
		t.Errorf("content %q, mode %v, %v", data, info.Mode(), err)
	}
	apply(Change{Key: key}, Change{Key: model.FolderKey("业务流程/店/通用/a")}, Change{Key: business})
	if entries, _ := os.ReadDir(path); len(entries) != 1 || entries[0].Name() != privateDir {
		t.Errorf("left: %v", entries)
	}
}

func TestNothingLeavesTheDirectory(t *testing.T) {
	path, outside := t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, path+"/业务流程"); err != nil {
		t.Fatal(err)
	}
	dir, err := OpenDir(path)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if err := Apply(dir, []Edit{{Op: OpWrite, Path: "业务流程/x", Data: []byte("x")}}); err == nil {
		t.Error("written through a symbolic link")
	}
	if err := Apply(dir, []Edit{{Op: OpWrite, Path: "../x", Data: []byte("x")}}); err == nil {
		t.Error("written beside the directory")
	}
	if entries, _ := os.ReadDir(outside); len(entries) > 0 {
		t.Errorf("outside: %v", entries)
	}
	for _, folder := range []model.FolderPath{".git/hooks", "..", "/etc", ""} {
		o := model.NewObject(model.FileKey(folder, "pre-commit", 6))
		_, err := Edits(Tree{}, os.DirFS(t.TempDir()), []Change{{o.Key, &o}})
		if _, ok := errors.AsType[*UnknownRootError](err); !ok {
			t.Errorf("%q: %v", folder, err)
		}
	}
}

func TestAFileSavedMeanwhileIsNotOverwritten(t *testing.T) {
	d := newMemDir(false)
	d.files["a"] = &memFile{"a", []byte("saved by an editor")}
	for _, e := range []Edit{
		{Op: OpWrite, Path: "a", Data: []byte("x"), Before: digest([]byte("read before"))},
		{Op: OpWrite, Path: "a", Data: []byte("x")},
		{Op: OpRemove, Path: "a", Before: digest([]byte("read before"))},
	} {
		err := Apply(d, []Edit{e})
		if changed, ok := errors.AsType[*ChangedMeanwhileError](err); !ok || changed.Path != "a" || d.tree()["a"] != "saved by an editor" {
			t.Errorf("%v: %v", e.Op, err)
		}
	}
}

func TestABusinessStaysWithWhatIsInIt(t *testing.T) {
	d := newMemDir(false)
	business, node := model.NewObject(model.BusinessKey("业务流程/店")), model.NewObject(model.FileKey("业务流程/店/通用/a", "s", 6))
	plan := func(changes ...Change) ([]Edit, error) {
		t.Helper()
		current, err := Read(d.FS())
		if err != nil {
			t.Fatal(err)
		}
		return Edits(current, d.FS(), changes)
	}
	_, err := plan(Change{node.Key, &node})
	if missing, ok := errors.AsType[*MissingBusinessError](err); !ok || missing.Business != business.Key {
		t.Errorf("a file without its business: %v", err)
	}
	edits, err := plan(Change{node.Key, &node}, Change{business.Key, &business})
	if err != nil {
		t.Fatal(err)
	}
	if err := Apply(d, edits); err != nil {
		t.Fatal(err)
	}
	if edits, err := plan(Change{Key: business.Key}); err != nil || len(edits) > 0 {
		t.Errorf("a business that is not empty is deleted: %v, %v", edits, err)
	}
	edits, err = plan(Change{Key: node.Key})
	if err != nil {
		t.Fatal(err)
	}
	if err := Apply(d, edits); err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(d.tree())); !slices.Equal(got, []string{"业务流程/店/business.yaml", "业务流程/店/通用/a/.gitkeep"}) {
		t.Errorf("after its last file went, the folder is kept: %q", got)
	}
}

// What an editor or another tool left beside our files is neither touched nor in the way.
func TestForeignFilesAreLeftAlone(t *testing.T) {
	d := newMemDir(true)
	for _, name := range []string{"临时查询/A.SQL", "临时查询/b.sql", "临时查询/notes.md", "临时查询/.idea"} {
		d.dirs["临时查询"] = "临时查询"
		d.files[d.key(name)] = &memFile{name, []byte("foreign")}
	}
	before := d.tree()
	var changes []Change
	for _, name := range []string{"a", "b", "c"} {
		o := model.NewObject(model.FileKey("临时查询", name, 10))
		o.Set(model.FieldContent, model.TextValue("ours"))
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
	for name, text := range before {
		if d.tree()[name] != text {
			t.Errorf("%s became %q", name, d.tree()[name])
		}
	}
	if current, err = Read(d.FS()); err != nil || len(current.Objects) != 3 {
		t.Errorf("%v, %v", current.Keys(), err)
	}
}
