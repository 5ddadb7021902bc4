package diff_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

// twoSides are a tree and a workspace to be paired.
type twoSides struct {
	tree   map[model.Key]model.Object
	remote map[model.Key]model.Remote
}

func newTwoSides() twoSides {
	return twoSides{map[model.Key]model.Object{}, map[model.Key]model.Remote{}}
}

func fileForm(path model.FolderPath, t model.FileType, content string, outputs ...string) model.Object {
	o := model.NewObject(model.FileKey(path.Parent(), path.Base(), t))
	o.Set(model.FieldContent, model.TextValue(content))
	var items []model.Item
	for _, output := range outputs {
		items = append(items, model.NewItem(output))
	}
	o.Set(model.FieldOutputList, model.SetValue(items...))
	return o
}

func (s twoSides) inTree(o model.Object) { s.tree[o.Key] = o }
func (s twoSides) there(o model.Object) {
	s.remote[o.Key] = model.Remote{Object: o, FileID: model.FileID(o.Key.String()), Stage: model.StageSaved}
}

func (s twoSides) containers(paths ...model.FolderPath) {
	for _, p := range paths {
		k := model.FolderKey(p)
		if p.IsBusiness() {
			k = model.BusinessKey(p)
		}
		s.tree[k] = model.NewObject(k)
	}

}

func (s twoSides) containersThere(paths ...model.FolderPath) {
	for _, p := range paths {
		k := model.FolderKey(p)
		if p.IsBusiness() {
			k = model.BusinessKey(p)
		}
		s.remote[k] = model.Remote{Object: model.NewObject(k)}
	}
}

func (s twoSides) pair() diff.Renames { return diff.Pair(diff.Pairing{Tree: s.tree, Remote: s.remote}) }

const mc = model.FolderPath("业务流程/shop/MaxCompute")

const virtual, sql = model.FileType(99), model.FileType(10)

// Fifty empty virtual nodes and near-equal template nodes are never taken for one another (issue 5).
func TestNodesWithoutEvidenceAreNotPaired(t *testing.T) {
	s := newTwoSides()
	template := func(i int) string {
		return fmt.Sprintf("-- a job of the template that all of these were made of\nINSERT OVERWRITE TABLE dwd_%02d SELECT * FROM ods_orders WHERE ds = '${bizdate}';\n", i)
	}
	for i := range 50 {
		s.inTree(fileForm(mc.Join(fmt.Sprintf("new_%02d", i)), virtual, ""))
		s.there(fileForm(mc.Join(fmt.Sprintf("old_%02d", i)), virtual, ""))
		s.inTree(fileForm(mc.Join(fmt.Sprintf("job_%02d", i)), sql, template(i)))
		s.there(fileForm(mc.Join(fmt.Sprintf("work_%02d", i)), sql, template(i+50)))
		// Alike on one side only, or under the length that counts.
		s.inTree(fileForm(mc.Join(fmt.Sprintf("copy_%02d", i)), sql, template(7)+strings.Repeat("-", 100)))
		s.inTree(fileForm(mc.Join(fmt.Sprintf("short_%02d", i)), sql, "SELECT 1;\n"))
	}
	s.there(fileForm(mc.Join("original"), sql, template(7)+strings.Repeat("-", 100)))
	s.there(fileForm(mc.Join("brief"), sql, "SELECT 1;\n"))
	if renames := s.pair(); !renames.IsEmpty() {
		t.Errorf("got %+v", renames)
	}
}

func TestPairsByOutputAndByContent(t *testing.T) {
	long := strings.Repeat("SELECT 1;\n", 20)
	s := newTwoSides()
	s.inTree(fileForm(mc.Join("ods").Join("b"), sql, "SELECT 2;", "p.a"))
	s.there(fileForm(mc.Join("a"), sql, "SELECT 1;", "p.a"))
	s.inTree(fileForm(mc.Join("d"), sql, long))
	s.there(fileForm(mc.Join("c"), sql, long))
	s.inTree(fileForm(mc.Join("f"), virtual, "", "p.e")) // another type
	s.there(fileForm(mc.Join("e"), sql, "", "p.e"))
	renames := s.pair()
	for from, want := range map[string]string{"a": "ods/b", "c": "d", "e": "e"} {
		key := model.FileKey(mc, from, sql)
		if got := renames.Identity(key).String(); got != string(mc)+"/"+want {
			t.Errorf("%s is compared as %s, want %s", from, got, want)
		}
	}
}

// Whatever was permuted, every file is found again by its output, and nothing stands in the place of two.
func TestPermutedNamesAreFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 12).Draw(t, "files")
		names := make([]string, n+3)
		for i := range names {
			names[i] = fmt.Sprintf("n%02d", i)
		}
		after := rapid.Permutation(names).Draw(t, "names")
		s := newTwoSides()
		for i := range n {
			s.there(fileForm(mc.Join(names[i]), sql, fmt.Sprintf("SELECT %d;", i), fmt.Sprintf("p.t%d", i)))
			s.inTree(fileForm(mc.Join(after[i]), sql, fmt.Sprintf("SELECT %d;", i), fmt.Sprintf("p.t%d", i)))
		}
		renames := s.pair()
		for i := range n {
			key := model.FileKey(mc, names[i], sql)
			if got := renames.Identity(key).Name; got != after[i] {
				t.Errorf("%s is compared as %s, want %s", names[i], got, after[i])
			}
		}
		if applied := renames.Apply(s.remote); len(applied) != n {
			t.Errorf("%d objects became %d", n, len(applied))
		}
		comparisons := diff.Compare(diff.Input{Tree: s.tree, Remote: renames.Apply(s.remote), Bases: workspaceAsBase(s, renames)})
		plan, err := diff.NewPlan(comparisons, diff.Options{Target: "dev", Project: model.Project{Identifier: "p"}, Release: model.StageSaved})
		if err != nil {
			t.Fatal(err)
		}
		// Played in the plan's order no two files ever have one name.
		taken := map[model.FolderPath]model.FileID{}
		for _, r := range s.remote {
			taken[r.Object.Key.Path()] = r.FileID
		}
		for _, a := range plan.Actions {
			if a.Op != diff.OpUpdate {
				t.Errorf("%s %s", a.Op, a.Key)
				continue
			}
			from, to := a.Against.Object.Key.Path(), a.Want.Key.Path()
			if taken[from] != a.Against.FileID || taken[to] != "" {
				t.Errorf("%s cannot become %s: %v", from, to, taken)
			}
			delete(taken, from)
			taken[to] = a.Against.FileID
		}
		for i := range n {
			if got := taken[mc.Join(after[i])]; string(got) != string(mc.Join(names[i])) {
				t.Errorf("in the end %s is %s", after[i], got)
			}
		}
	})
}

// workspaceAsBase makes the workspace's forms the bases: the tree renamed.
func workspaceAsBase(s twoSides, renames diff.Renames) map[model.Key]diff.Base {
	bases := map[model.Key]diff.Base{}
	for k, r := range renames.Apply(s.remote) {
		bases[k] = diff.Base{Object: &r.Object}
	}
	return bases
}

// A container was renamed if at least 80 % of its files moved together; then what has no evidence of its own goes along.
func TestContainersArePairedByWhatIsInThem(t *testing.T) {
	for _, c := range []struct {
		together, others int
		renamed          bool
	}{{4, 1, true}, {50, 0, true}, {3, 2, false}, {0, 5, false}} {
		s := newTwoSides()
		s.containers("业务流程/store", "业务流程/store/MaxCompute/raw")
		s.containersThere("业务流程/shop", "业务流程/shop/MaxCompute/ods")
		for i := range c.together + c.others {
			var outputs []string
			if i < c.together {
				outputs = []string{fmt.Sprintf("p.t%d", i)}
			}
			name := fmt.Sprintf("f%02d", i)
			s.inTree(fileForm(model.FolderPath("业务流程/store/MaxCompute/raw").Join(name), virtual, "", outputs...))
			s.there(fileForm(model.FolderPath("业务流程/shop/MaxCompute/ods").Join(name), virtual, "", outputs...))
		}
		renames := s.pair()
		last := model.FileKey("业务流程/shop/MaxCompute/ods", fmt.Sprintf("f%02d", c.together+c.others-1), virtual)
		if got := renames.Inside(last).Folder; (got == "业务流程/store/MaxCompute/raw") != c.renamed {
			t.Errorf("%d of %d moved together: the last one is compared in %s", c.together, c.together+c.others, got)
		}
	}
}

// A half deleted file is found where the tree has it now, after the files that the workspace has, and counts for the container that it was in.
func TestHalfDeletedFilesArePaired(t *testing.T) {
	s := newTwoSides()
	s.containers("业务流程/shop", "业务流程/shop/MaxCompute/ods")
	s.containersThere("业务流程/shop", "业务流程/shop/MaxCompute/raw")
	deleted := map[model.Key]model.Remote{}
	discard := func(o model.Object) {
		deleted[o.Key] = model.Remote{Object: o, FileID: model.FileID(o.Key.String()), Deleted: true}
	}
	const ods, raw model.FolderPath = "业务流程/shop/MaxCompute/ods", "业务流程/shop/MaxCompute/raw"
	for i := range 3 {
		s.inTree(fileForm(ods.Join(fmt.Sprintf("f%d", i)), virtual, "", fmt.Sprintf("p.t%d", i)))
		discard(fileForm(raw.Join(fmt.Sprintf("f%d", i)), virtual, "", fmt.Sprintf("p.t%d", i)))
	}
	s.inTree(fileForm("业务流程/shop/通用/moved", virtual, "", "p.moved"))
	discard(fileForm(raw.Join("left"), virtual, "", "p.moved"))
	// The file that took an output over from a deleted one is the one that has it.
	s.inTree(fileForm("业务流程/shop/通用/here", virtual, "", "p.taken"))
	s.there(fileForm("业务流程/shop/通用/there", virtual, "", "p.taken"))
	discard(fileForm("业务流程/shop/通用/before", virtual, "", "p.taken"))
	// A deleted file of a path that is in use stays what it is.
	discard(fileForm("业务流程/shop/通用/there", virtual, "", "p.f9"))
	s.inTree(fileForm("业务流程/shop/通用/f9", virtual, "", "p.f9"))

	renames := diff.Pair(diff.Pairing{Tree: s.tree, Remote: s.remote, Deleted: deleted})
	for was, now := range map[model.FolderPath]model.FolderPath{
		raw.Join("f1"): ods.Join("f1"), raw.Join("left"): "业务流程/shop/通用/moved", "业务流程/shop/通用/there": "业务流程/shop/通用/here", "业务流程/shop/通用/before": "业务流程/shop/通用/before",
	} {
		if got := renames.Identity(model.FileKey(was.Parent(), was.Base(), virtual)); got != model.FileKey(now.Parent(), now.Base(), virtual) {
			t.Errorf("%s is compared as %s, not as %s", was, got, now)
		}
	}
	if got := renames.Folder(raw); got != raw {
		t.Errorf("three of four files moved together, and the folder is %s", got)
	}
	s.inTree(fileForm(ods.Join("f3"), virtual, "", "p.t3"))
	discard(fileForm(raw.Join("f3"), virtual, "", "p.t3"))
	if got := diff.Pair(diff.Pairing{Tree: s.tree, Remote: s.remote, Deleted: deleted}).Folder(raw); got != ods {
		t.Errorf("four of five files moved together, and the folder is %s", got)
	}
}

// The folder to which one file of a renamed one was moved is not taken for the renamed one.
func TestAFolderForOneFileIsNotTheRenamedOne(t *testing.T) {
	s := newTwoSides()
	const ods, raw, other model.FolderPath = "业务流程/shop/MaxCompute/ods", "业务流程/shop/MaxCompute/raw", "业务流程/shop/MaxCompute/other"
	s.containers("业务流程/shop", raw)
	s.containersThere("业务流程/shop", ods, other)
	for i := range 3 {
		s.inTree(fileForm(raw.Join(fmt.Sprintf("f%d", i)), virtual, "", fmt.Sprintf("p.t%d", i)))
	}
	s.there(fileForm(other.Join("f0"), virtual, "", "p.t0"))
	s.there(fileForm(ods.Join("f1"), virtual, "", "p.t1"))
	s.there(fileForm(ods.Join("f2"), virtual, "", "p.t2"))
	deleted := map[model.Key]model.Remote{}
	gone := fileForm(ods.Join("gone"), virtual, "", "p.gone")
	deleted[gone.Key] = model.Remote{Object: gone, FileID: "9", Deleted: true}
	if renames := diff.Pair(diff.Pairing{Tree: s.tree, Remote: s.remote, Deleted: deleted}); renames.Folder(ods) != raw || renames.Folder(other) != other {
		t.Errorf("the folders are %s and %s; what is deleted on both sides counts for nothing", renames.Folder(ods), renames.Folder(other))
	}
	for i := range 2 {
		s.there(fileForm(ods.Join(fmt.Sprintf("g%d", i)), virtual, "", fmt.Sprintf("p.g%d", i)))
	}
	if renames := s.pair(); renames.Folder(ods) != ods || renames.Folder(other) != other {
		t.Errorf("two of four files moved together, and the folders are %s and %s", renames.Folder(ods), renames.Folder(other))
	}
}
