package pull

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dwsync/dwsync/pkg/config"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/tree"
)

var project = mapping.New(config.Target{}, model.Project{Identifier: "p"})

// node makes a form of the test's node: its content, cron expression, parameters and inputs.
func node(content, cron string, inputs ...string) *model.Object {
	o := model.NewObject(testKey)
	o.Set(model.FieldContent, model.TextValue(content))
	o.Set(model.FieldCronExpress, model.TextValue(cron))
	setInputs(&o, inputs...)
	return &o
}

func setInputs(o *model.Object, inputs ...string) {
	var items []model.Item
	for _, input := range inputs {
		name, parsed := strings.CutSuffix(input, "/AUTO")
		if parsed {
			items = append(items, model.NewItem(name, model.ParseTypeAuto))
		} else {
			items = append(items, model.NewItem(name))
		}
	}
	o.Set(model.FieldInputList, model.SetValue(items...))
}

// standing gives the tree that holds the objects of comparisons, in portable form, and the businesses that they lie in.
func standing(t interface{ Fatal(...any) }, comparisons ...diff.Comparison) tree.Tree {
	objects := map[model.Key]tree.Local{}
	for _, c := range comparisons {
		if business := model.BusinessKey(c.Key.Folder.Business()); c.Key.Kind.IsFile() && business.Name != "" {
			objects[business] = tree.Local{Object: model.NewObject(business), Meta: business.String() + "/business.yaml"}
		}
	}
	for _, c := range comparisons {
		if c.Tree == nil {
			continue
		}
		portable, unmapped := project.Back(*c.Tree, nil)
		if len(unmapped) > 0 {
			t.Fatal(unmapped)
		}
		local := tree.Local{Object: portable, Meta: c.Key.String() + ".node.yaml", Content: c.Key.String() + ".sql"}
		if c.Key.Kind == model.KindBusiness {
			local.Meta, local.Content = c.Key.String()+"/business.yaml", ""
		}
		objects[c.Key] = local
	}
	return tree.Tree{Objects: objects}
}

// committed is the work of a tree that HEAD holds whole.
var committed = Work{Dirty: func(...string) ([]string, error) { return nil, nil }, Read: func(string) ([]byte, error) { return nil, nil }}

// uncommitted is the work of a tree in which every file differs from HEAD.
func uncommitted(yaml string) Work {
	return Work{Dirty: func(paths ...string) ([]string, error) { return paths, nil }, Read: func(string) ([]byte, error) { return []byte(yaml), nil }}
}

func planOne(t interface{ Fatal(...any) }, c diff.Comparison, o Options) (Item, Outcome) {
	o.Mapping = project
	out, err := Plan([]diff.Comparison{c}, standing(t, c), o)
	if err != nil {
		t.Fatal(err)
	}
	if c.Verdict == diff.Same {
		return Item{Comparison: c}, out
	}
	return out.Items[0], out
}

func all(model.Key) bool { return true }

// The pull column of the table, each row, and what settles its refusals.
func TestDeeds(t *testing.T) {
	const base, ours, theirs = "a\nb\nc\n", "L\nb\nc\n", "a\nb\nR\n"
	marked := "<<<<<<< tree\nL\n||||||| base\na\n=======\nR\n>>>>>>> workspace\n"
	cron := func(s string) *model.Object { return node(base, s) }
	for name, c := range map[string]struct {
		tree, workspace, base *model.Object
		options               Options
		want                  Deed
		acknowledged          bool
	}{
		"changed here":                        {node(ours, ""), node(base, ""), node(base, ""), Options{}, Kept, false},
		"changed there":                       {node(base, ""), node(theirs, ""), node(base, ""), Options{}, Updated, false},
		"made here":                           {node(ours, ""), nil, nil, Options{}, Kept, false},
		"made there":                          {nil, node(theirs, ""), nil, Options{}, Created, false},
		"deleted here":                        {nil, node(base, ""), node(base, ""), Options{}, Kept, false},
		"deleted there":                       {node(base, ""), nil, node(base, ""), Options{}, Deleted, false},
		"different lines":                     {node(ours, ""), node(theirs, ""), node(base, ""), Options{}, Merged, true},
		"different lines, told to keep":       {node(ours, ""), node(theirs, ""), node(base, ""), Options{Ours: all}, Merged, true},
		"the same line":                       {node(ours, ""), node("R\nb\nc\n", ""), node(base, ""), Options{}, Marked, true},
		"the same line, ours":                 {node(ours, ""), node("R\nb\nc\n", ""), node(base, ""), Options{Ours: all}, Kept, true},
		"the same line, theirs":               {node(ours, ""), node("R\nb\nc\n", ""), node(base, ""), Options{Theirs: all}, Updated, false},
		"the same field":                      {cron("L"), cron("R"), cron("B"), Options{}, Refused, false},
		"the same field, ours":                {cron("L"), cron("R"), cron("B"), Options{Ours: all}, Kept, true},
		"the same field, theirs":              {cron("L"), cron("R"), cron("B"), Options{Theirs: all}, Updated, false},
		"the same field and line":             {node(ours, "L"), node("R\nb\nc\n", "R"), node(base, "B"), Options{}, Refused, false},
		"content here, cron there":            {node(ours, "B"), node(base, "R"), node(base, "B"), Options{}, Merged, true},
		"both added inputs":                   {node("", "", "p.l"), node("", "", "p.r"), node("", ""), Options{}, Merged, true},
		"deleted here, changed there":         {nil, node(theirs, ""), node(base, ""), Options{}, Refused, false},
		"deleted here, changed there, ours":   {nil, node(theirs, ""), node(base, ""), Options{Ours: all}, Kept, true},
		"deleted here, changed there, theirs": {nil, node(theirs, ""), node(base, ""), Options{Theirs: all}, Created, false},
		"deleted there, protected":            {node(base, ""), nil, node(base, ""), Options{Protected: all}, Refused, false},
		"deleted there, protected, theirs":    {node(base, ""), nil, node(base, ""), Options{Protected: all, Theirs: all}, Refused, false},
		"changed here, deleted there":         {node(ours, ""), nil, node(base, ""), Options{}, Refused, false},
		"changed here, deleted there, ours":   {node(ours, ""), nil, node(base, ""), Options{Ours: all}, Kept, false},
		"changed here, deleted there, theirs": {node(ours, ""), nil, node(base, ""), Options{Theirs: all}, Deleted, false},
		"unrelated":                           {node(ours, ""), node(theirs, ""), nil, Options{}, Refused, false},
		"unrelated, ours":                     {node(ours, ""), node(theirs, ""), nil, Options{Ours: all}, Kept, true},
		"unrelated, theirs":                   {node(ours, ""), node(theirs, ""), nil, Options{Theirs: all}, Updated, false},
		"markers":                             {node(marked, ""), node(base, ""), node(base, ""), Options{}, Refused, false},
		"markers cannot be kept":              {node(marked, ""), node(base, ""), node(base, ""), Options{Ours: all}, Refused, false},
		"markers given up":                    {node(marked, ""), node(base, ""), node(base, ""), Options{Theirs: all}, Updated, false},
		"markers, and a new change there":     {node(marked, ""), node(theirs, ""), node(base, ""), Options{}, Refused, false},
		"markers, never pushed":               {node(marked, ""), nil, nil, Options{}, Refused, false},
		"markers that are content":            {node(marked, ""), node(marked+"x\n", ""), node(marked, ""), Options{}, Updated, false},
		"markers that are content, conflict":  {node(marked+"y\n", ""), node(marked+"x\n", ""), node(marked, ""), Options{}, Refused, false},
		"merged JSON that is none":            {node("[1,\n2\n]\n", ""), node("[1,\n2,\n3\n]\n", ""), node("[1\n]\n", ""), Options{}, Marked, true},
	} {
		t.Run(name, func(t *testing.T) {
			comparison := compare(c.tree, c.workspace, c.base)
			c.options.Work, c.options.MaxDelete = committed, 1
			if c.workspace == nil {
				c.options.MaxDelete = 1
			}
			other := compare(nodeNamed("other"), nodeNamed("other"), nil)
			c.options.Mapping = project
			out, err := Plan([]diff.Comparison{comparison, other}, standing(t, comparison), c.options)
			if err != nil {
				t.Fatal(err)
			}
			item := out.Items[0]
			if item.Deed != c.want || item.Acknowledged != c.acknowledged {
				t.Fatalf("%s: %s, acknowledged %v (%s); want %s, %v", comparison.Verdict, item.Deed, item.Acknowledged, item.Why, c.want, c.acknowledged)
			}
			if touched := c.want != Kept && c.want != Refused; touched != (len(out.Changes) == 1) {
				t.Errorf("%d changes", len(out.Changes))
			}
			if (item.Deed == Refused) != (item.Why != "") {
				t.Errorf("%s because %q", item.Deed, item.Why)
			}
			if out.Refused() != (c.want == Refused || c.want == Marked) {
				t.Errorf("refused: %v", out.Refused())
			}
			wantBase := c.acknowledged || c.want == Updated || c.want == Created
			if hasBase := slices.ContainsFunc(out.Bases, func(b Base) bool { return b.Key == testKey }); hasBase != wantBase {
				t.Errorf("base recorded: %v", hasBase)
			}
			if settled := c.options.Ours != nil || c.options.Theirs != nil || c.want == Deleted; len(out.Gone) > 0 != (c.workspace == nil && settled && c.want != Refused) {
				t.Errorf("gone: %v", out.Gone)
			}
			if item.Acknowledged && item.Trailer() != "Dwsync-Merged: "+string(c.workspace.Hash()) {
				t.Errorf("trailer %q", item.Trailer())
			}
		})
	}
}

func nodeNamed(name string) *model.Object {
	o := model.NewObject(model.FileKey(testKey.Folder, name, testKey.Type))
	return &o
}

// Drafts stay where they are with NoDrafts, whatever the row; what can never be submitted is none.
func TestNoDrafts(t *testing.T) {
	query := model.FileKey("临时查询", "q", 10)
	for name, c := range map[string]struct {
		key   model.Key
		stage model.Stage
		base  string
		want  Deed
	}{
		"draft":                  {testKey, model.StageSaved, "a", Draft},
		"draft in conflict":      {testKey, model.StageSaved, "b", Draft},
		"submitted":              {testKey, model.StageSubmitted, "a", Updated},
		"submitted and conflict": {testKey, model.StageSubmitted, "b", Marked},
		"query":                  {query, model.StageSaved, "a", Updated},
	} {
		t.Run(name, func(t *testing.T) {
			form := func(content string) *model.Object {
				o := model.NewObject(c.key)
				o.Set(model.FieldContent, model.TextValue(content))
				return &o
			}
			comparison := compare(form("a"), form("c"), form(c.base))
			comparison.Remote.Stage = c.stage
			item, out := planOne(t, comparison, Options{NoDrafts: true})
			if item.Deed != c.want || item.Deed == Draft && (len(out.Changes) > 0 || len(out.Bases) > 0 || out.Refused()) {
				t.Errorf("%s, %d changes", item.Deed, len(out.Changes))
			}
		})
	}
}

// A pull takes what is nowhere else only out of files that HEAD holds too.
func TestUncommittedWorkStays(t *testing.T) {
	const base, ours, theirs = "a\nb\n", "L\nb\n", "R\nb\n"
	for name, c := range map[string]struct {
		tree, workspace, base *model.Object
		yaml                  string
		want                  Deed
		named                 string
	}{
		"taken over the base":            {node(base, "B"), node(theirs, "R"), node(base, "B"), "# x\n", Updated, ""},
		"merged":                         {node(ours, "B"), node(base, "R"), node(base, "B"), "# x\n", Merged, ""},
		"content given up":               {node(ours, "B"), node(theirs, "B"), node(base, "B"), "", Refused, "a.sql"},
		"content given up, no base":      {node(ours, "B"), node(theirs, "B"), nil, "", Refused, "a.sql"},
		"cron given up":                  {node(base, "L"), node(base, "R"), node(base, "B"), "", Refused, "a.node.yaml"},
		"deleted":                        {node(base, "B"), nil, node(base, "B"), "cronExpress: B\n", Deleted, ""},
		"deleted with comments":          {node(base, "B"), nil, node(base, "B"), "cronExpress: B # why\n", Refused, "a.node.yaml"},
		"changed content, deleted there": {node(ours, "B"), nil, node(base, "B"), "", Refused, "a.sql"},
	} {
		t.Run(name, func(t *testing.T) {
			comparison := compare(c.tree, c.workspace, c.base)
			other := compare(nodeNamed("other"), nodeNamed("other"), nil)
			o := Options{Mapping: project, Theirs: all, MaxDelete: 1, Work: uncommitted(c.yaml)}
			out, err := Plan([]diff.Comparison{comparison, other}, standing(t, comparison), o)
			if err != nil {
				t.Fatal(err)
			}
			item := out.Items[0]
			if item.Deed != c.want || !strings.Contains(item.Why, c.named) {
				t.Errorf("%s: %s", item.Deed, item.Why)
			}
			if item.Deed == Refused && len(out.Changes)+len(out.Gone) > 0 {
				t.Error("and yet it is touched")
			}
			o.Work = committed
			out, err = Plan([]diff.Comparison{comparison, other}, standing(t, comparison), o)
			if err != nil || out.Items[0].Deed == Refused {
				t.Errorf("committed: %s, %v", out.Items[0].Deed, err)
			}
		})
	}
	failing := errors.New("no git")
	comparison := compare(node(ours, ""), node(theirs, ""), node(base, ""))
	_, err := Plan([]diff.Comparison{comparison}, standing(t, comparison), Options{Mapping: project, Theirs: all, Work: Work{Dirty: func(...string) ([]string, error) { return nil, failing }}})
	if !errors.Is(err, failing) {
		t.Errorf("what cannot be told counts as committed: %v", err)
	}
}

func TestMaxDelete(t *testing.T) {
	many := func(n, gone int, kind model.Kind) []diff.Comparison {
		var comparisons []diff.Comparison
		for i := range n {
			o := nodeNamed(fmt.Sprintf("n%03d", i))
			if kind == model.KindFolder && i < gone {
				folder := model.NewObject(model.FolderKey(testKey.Folder.Join(fmt.Sprintf("f%03d", i))))
				o = &folder
			}
			workspace := o
			if i < gone {
				workspace = nil
			}
			comparisons = append(comparisons, compare(o, workspace, o))
		}
		return comparisons
	}
	for name, c := range map[string]struct {
		comparisons []diff.Comparison
		max         int
		refused     bool
		empty       bool
	}{
		"one of few":                 {many(3, 1, ""), -1, false, false},
		"two of few":                 {many(3, 2, ""), -1, true, false},
		"a tenth":                    {many(50, 5, ""), -1, false, false},
		"more than a tenth":          {many(50, 6, ""), -1, true, false},
		"allowed":                    {many(50, 6, ""), 6, false, false},
		"none allowed":               {many(50, 1, ""), 0, true, false},
		"folders are no files":       {many(50, 20, model.KindFolder), -1, false, false},
		"nothing left":               {many(3, 3, ""), 100, true, true},
		"nothing left of one":        {many(1, 1, ""), -1, true, true},
		"nothing left, folders only": {many(3, 3, model.KindFolder), 100, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Plan(c.comparisons, standing(t, c.comparisons...), Options{Mapping: project, MaxDelete: c.max, Work: committed})
			refusal, refused := errors.AsType[*TooManyDeletesError](err)
			if refused != c.refused || refused && refusal.EmptyWorkspace != c.empty || !refused && err != nil {
				t.Errorf("got %v", err)
			}
		})
	}
	// What the selection leaves out is not deleted; what nobody ever saw in the workspace is not gone.
	comparisons := many(50, 20, "")
	out, err := Plan(comparisons, standing(t, comparisons...), Options{Mapping: project, MaxDelete: -1, Work: committed, Selected: func(k model.Key) bool { return k.Name == "n001" }})
	if err != nil || len(out.Changes) != 1 {
		t.Errorf("%d changes, %v", len(out.Changes), err)
	}
	fresh := compare(node("a", ""), nil, nil)
	if out, err := Plan([]diff.Comparison{fresh}, standing(t, fresh), Options{Mapping: project, MaxDelete: 100, Work: committed}); err != nil || len(out.Changes) > 0 {
		t.Errorf("%d changes, %v", len(out.Changes), err)
	}
}

// An ignored field is never compared, and stays in the tree as it is.
func TestIgnoredFieldsStay(t *testing.T) {
	owner := func(content, id string) *model.Object {
		o := node(content, "")
		o.Set(model.FieldOwner, model.TextValue(id))
		return o
	}
	in := diff.Input{
		Tree:    map[model.Key]model.Object{testKey: *owner("a", "1")},
		Remote:  map[model.Key]model.Remote{testKey: {Object: *owner("b", "2"), FileID: "1", Stage: model.StageDeployed}},
		Bases:   map[model.Key]diff.Base{testKey: {Object: owner("a", "3")}},
		Ignored: func(_ model.Key, f model.Field) bool { return f == model.FieldOwner },
	}
	item, out := planOne(t, diff.Compare(in)[0], Options{Ignored: in.Ignored})
	if item.Deed != Updated || out.Changes[0].Object.Text(model.FieldOwner) != "1" || out.Changes[0].Object.Text(model.FieldContent) != "b" {
		t.Errorf("%s: %v", item.Deed, out.Changes[0].Object)
	}
}

// A value that no map rule gives stays drift: neither does the tree take it, nor does the next push overwrite it.
func TestUnmappedValuesStayDrift(t *testing.T) {
	connection := func(name, content string) *model.Object {
		o := node(content, "")
		o.Set(model.FieldConnectionName, model.TextValue(name))
		return o
	}
	m := mapping.New(config.Target{Map: config.Map{ConnectionName: map[string]string{"dev": "prod"}}}, model.Project{Identifier: "p"})
	plan := func(c diff.Comparison) Outcome {
		out, err := Plan([]diff.Comparison{c}, tree.Tree{Objects: map[model.Key]tree.Local{testKey: {Object: *connection("dev", c.Tree.Text(model.FieldContent))}}}, Options{Mapping: m})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	there := connection("dev", "b") // the map makes prod of dev, so that no value of the tree becomes dev
	out := plan(compare(connection("prod", "a"), there, connection("prod", "a")))
	if len(out.Unmapped) != 1 || out.Changes[0].Object.Text(model.FieldConnectionName) != "dev" || out.Changes[0].Object.Text(model.FieldContent) != "b" {
		t.Fatalf("got %v, unmapped %v", out.Changes, out.Unmapped)
	}
	next := compare(connection("prod", "b"), there, &out.Bases[0].Object)
	if next.Verdict != diff.ChangedThere {
		t.Errorf("next it counts as %s", next.Verdict)
	}
	out = plan(compare(connection("prod", "L"), there, connection("prod", "a")))
	if out.Items[0].Deed != Refused || len(out.Changes)+len(out.Bases) > 0 {
		t.Errorf("a merge that drops a value: %s", out.Items[0].Deed)
	}
}
