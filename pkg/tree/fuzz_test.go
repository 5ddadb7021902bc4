package tree

import (
	"maps"
	"slices"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/model"
)

// Whatever stands in a YAML: it is refused with a place inside the file, or it can be written anew and says the same; and read alone it is the same.
func FuzzReadMeta(f *testing.F) {
	f.Add([]byte("fileType: ODPS_SQL\nnodeConfiguration: {inputList: [a, {input: b, parseType: AUTO}], autoRerunTimes: 3}\n"), []byte("select 1"))
	f.Add([]byte("\ufefffileType: 4242\r\nowner: \"1\"\r\nname: n\r\n"), []byte(""))
	f.Add([]byte("fileType: CONTROLLER_ASSIGNMENT\nfileDescription: |\n  a\n  b\n"), []byte(`{"language":"odps"}`))
	f.Add([]byte("fileType: EMR_HIVE\nenvelope:\n  properties:\n    arguments:\n      - <code>\n  a: [1e400, null, {b: \"1\"}]\nenvelopeLayout: indented\n"), []byte("select 1"))
	f.Add([]byte("envelope: {language: python, content: <code>, a: |\n    x\n  }\nfileType: 1100\n"), []byte("print(1)"))
	f.Fuzz(func(t *testing.T, meta, content []byte) {
		fsys := fstest.MapFS{"临时查询/n.node.yaml": {Data: meta}}
		for _, name := range []string{"n.sql", "n.txt", "n.sh", "n.py", "n.assign.json", "n.json"} {
			fsys["临时查询/"+name] = &fstest.MapFile{Data: content}
		}
		got, err := Read(fsys)
		if err != nil {
			for _, p := range model.ProblemsOf(err) {
				if p.File == "" || p.Message == "" || p.Line < 0 || p.Line > len(meta)+len(content)+1 {
					t.Fatalf("a problem without a place: %+v", p)
				}
			}
			if len(model.ProblemsOf(err)) == 0 {
				t.Fatalf("an error without a place: %v", err)
			}
			return
		}
		for k, local := range got.Objects {
			if failed := checkMeta("n", newMeta(local.Object, ""), withoutContent(local.Object)); failed != nil {
				t.Fatal(failed)
			}
			alone, found, err := ReadObject(fsys, k)
			if err != nil || !found || alone.Object.Hash() != local.Object.Hash() {
				t.Fatalf("read alone: %v, %v", found, err)
			}
		}
	})
}

// Whatever two contents of a node are, and whatever its type: written into the tree, one after the other, each is read back byte for byte, and leaves the
// YAML and one content file.
func FuzzEnvelopesInTheTree(f *testing.F) {
	types := []model.FileType{225, 227, 257, 1010, 1100, 1105, 23, 10}
	for i, seed := range []string{
		"##@resource_reference{\"a.jar\"}\n{\"mainJar\":\"a.jar\",\"configs\":[\"a: b #c\",\"<code>\"]}", `{"properties":{"arguments":["select 1",""],"envs":{"yes":"no","<<":"~","1":null}}}`,
		"{\n  \"properties\": {\n    \"arguments\": [\n      \"x\"\n    ]\n  }\n}", `{"code":"","config":{"a":[[],[[1]],{},"a\\nb\\n"," x "]}}`, `{"language":"python","content":"print(1)\r\n"}`, `{"content":"ls","language":"shell"}`,
		`{"a":[1,2]}`, "select 1",
	} {
		f.Add(uint8(i), seed, `{"content":"x","language":"odps","more":{"k":"a\nb"}}`)
	}
	f.Fuzz(func(t *testing.T, which uint8, first, second string) {
		if !utf8.ValidString(first) || !utf8.ValidString(second) || len(first)+len(second) > MaxContent {
			// The service holds nothing else.
			return
		}
		k := model.FileKey("临时查询", "n", types[int(which)%len(types)])
		d := newMemDir(false)
		for _, stored := range []string{first, second, first} {
			o := model.NewObject(k)
			content.SetStored(&o, stored)
			current, err := Read(d.FS())
			if err != nil {
				t.Fatal(err)
			}
			edits, err := Edits(current, d.FS(), []Change{{k, &o}})
			if err != nil {
				t.Fatal(err)
			}
			if err := Apply(d, edits); err != nil {
				t.Fatal(err)
			}
			if current, err = Read(d.FS()); err != nil {
				t.Fatal(err)
			}
			// Between JSON contents that differ in blanks only nothing is written.
			if got := content.Stored(current.Objects[k].Object); got != stored && !k.SameContent(got, stored) {
				t.Fatalf("%q is read back as %q", stored, got)
			}
			if files := d.tree(); len(files) != 2 {
				t.Fatalf("the files are %q", slices.Sorted(maps.Keys(files)))
			}
		}
	})
}
