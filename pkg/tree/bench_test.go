package tree

import (
	"fmt"
	"os"
	"runtime"
	"testing"

	"github.com/dwsync/dwsync/internal/testsize"
	"github.com/dwsync/dwsync/pkg/model"
)

// manyChanges are those of a first pull of a large workspace: files of mixed types, some hundred in each folder, one folder with 2,000.
func manyChanges(count int) []Change {
	business := model.NewObject(model.BusinessKey("业务流程/店"))
	changes := []Change{{business.Key, &business}}
	types := []model.FileType{10, 6, 1221, 99, 1100, 12}
	for i := range count {
		folder := model.FolderPath(fmt.Sprintf("业务流程/店/MaxCompute/d%d", max(i/100, 20)))
		o := model.NewObject(model.FileKey(folder, fmt.Sprintf("node_%d", i), types[i%len(types)]))
		o.Set(model.FieldContent, model.TextValue("select 1;\n"))
		o.Set(model.FieldInputList, model.SetValue(model.NewItem("${project}_root")))
		o.Set(model.FieldCronExpress, model.TextValue("00 30 00 * * ?"))
		changes = append(changes, Change{o.Key, &o})
	}
	return changes
}

// A first pull of a large workspace writes each file once; the second one nothing. (The times for 10,000 files are BenchmarkEdits and BenchmarkRead.)
func TestLargeWorkspace(t *testing.T) {
	dir, err := OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	counting := &countingDir{Dir: dir, renames: map[string]int{}}
	count := testsize.Of(1500, 10_000)
	changes := manyChanges(count)
	edits, err := Edits(Tree{}, dir.FS(), changes)
	if err != nil {
		t.Fatal(err)
	}
	if err := Apply(counting, edits); err != nil {
		t.Fatal(err)
	}
	edits = nil
	got, err := Read(dir.FS())
	if err != nil {
		t.Fatal(err)
	}
	for name, count := range counting.renames {
		if count != 1 {
			t.Errorf("%s was written %d times", name, count)
		}
	}
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	if len(got.Objects) != len(changes)+1 {
		t.Errorf("%d objects", len(got.Objects))
	}
	if memory.HeapInuse > uint64(count)*40<<10 {
		t.Errorf("%d MB in use", memory.HeapInuse>>20)
	}
	edits, err = Edits(got, dir.FS(), changes)
	if err != nil || len(edits) > 0 {
		t.Errorf("a second pull makes %d edits (%v)", len(edits), err)
	}
}

// countingDir counts how often each file is written.
type countingDir struct {
	Dir
	renames map[string]int
}

func (d *countingDir) Rename(oldName, newName string) error {
	d.renames[newName]++
	return d.Dir.Rename(oldName, newName)
}

func BenchmarkRead(b *testing.B) {
	dir := b.TempDir()
	d, err := OpenDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	edits, err := Edits(Tree{}, d.FS(), manyChanges(10000))
	if err != nil {
		b.Fatal(err)
	}
	if err := Apply(d, edits); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Read(os.DirFS(dir)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEdits(b *testing.B) {
	changes := manyChanges(10000)
	fsys := os.DirFS(b.TempDir())
	for b.Loop() {
		if _, err := Edits(Tree{}, fsys, changes); err != nil {
			b.Fatal(err)
		}
	}
}
