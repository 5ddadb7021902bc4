package tree

import (
	"testing"
	"testing/fstest"

	"github.com/dwsync/dwsync/pkg/model"
)

// Whatever stands in a YAML: it is refused with a place inside the file, or it can be written anew and says the same; and read alone it is the same.
func FuzzReadMeta(f *testing.F) {
	f.Add([]byte("fileType: ODPS_SQL\nnodeConfiguration: {inputList: [a, {input: b, parseType: AUTO}], autoRerunTimes: 3}\n"), []byte("select 1"))
	f.Add([]byte("\ufefffileType: 4242\r\nowner: \"1\"\r\nname: n\r\n"), []byte(""))
	f.Add([]byte("fileType: CONTROLLER_ASSIGNMENT\nfileDescription: |\n  a\n  b\n"), []byte(`{"language":"odps"}`))
	f.Fuzz(func(t *testing.T, meta, content []byte) {
		fsys := fstest.MapFS{"临时查询/n.node.yaml": {Data: meta}}
		for _, name := range []string{"n.sql", "n.txt", "n.sh", "n.assign.json", "n.json"} {
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
