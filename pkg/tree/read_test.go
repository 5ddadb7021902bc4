package tree_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/tree"
)

const (
	business = "业务流程/店"
	engine   = business + "/MaxCompute"
)

// files makes a tree of texts; the business is there already.
func files(texts map[string]string) fstest.MapFS {
	m := fstest.MapFS{business + "/business.yaml": {Data: []byte("description: 店铺\n")}}
	for name, text := range texts {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

func read(t *testing.T, fsys fs.FS) tree.Tree {
	t.Helper()
	read, err := tree.Read(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

const wholeNode = `# made by hand
fileType: ODPS_SQL
fileDescription: 订单增量，每日
owner: "1000000000001"
nodeConfiguration:
  cycleType: DAY
  cronExpress: 00 30 00 * * ?
  autoRerunTimes: 3
  schedulerType: NORMAL   # the default, spelled out
  paraValue: bizdate=$bizdate
  inputList:
    - ${project}_root
    - {input: "${project}.a", parseType: AUTO}
    - {input: "${project}.b", parseType: MANUAL}
  outputList: ["${project}.n"]
  inputParameters:
    - {parameterName: p, valueSource: "${project}.a:outputs"}
  outputParameters:
    - parameterName: q
      type: 1
      value: "5"
      description: 五
`

func TestReadANode(t *testing.T) {
	fsys := files(map[string]string{
		engine + "/ods/n.sql":       "select 1;\r\n",
		engine + "/ods/n.node.yaml": wholeNode,
		"README.md":                 "not ours",
		"docs/x.node.yaml":          "not: ours",
	})
	got := read(t, fsys)
	if len(got.Objects) != 3 || len(got.Warnings) != 0 {
		t.Fatalf("a business, a folder and a node are expected: %v, warnings %v", got.Keys(), got.Warnings)
	}
	k := model.FileKey(engine+"/ods", "n", 10)
	local := got.Objects[k]
	o := local.Object
	for f, want := range map[model.Field]model.Value{
		model.FieldContent:         model.TextValue("select 1;\r\n"),
		model.FieldOwner:           model.TextValue("1000000000001"),
		model.FieldAutoRerunTimes:  model.TextValue("3"),
		model.FieldCronExpress:     model.TextValue("00 30 00 * * ?"),
		model.FieldInputList:       model.SetValue(model.NewItem("${project}_root"), model.NewItem("${project}.a", "AUTO"), model.NewItem("${project}.b")),
		model.FieldOutputList:      model.SetValue(model.NewItem("${project}.n")),
		model.FieldInputParameters: model.SetValue(model.NewItem("p", "${project}.a:outputs")),
		model.FieldOutputParameters: model.SetValue(
			model.NewItem("q", "1", "5", "五")),
	} {
		if !o.Get(f).Equal(want) {
			t.Errorf("%s: got %v, want %v", f, o.Get(f), want)
		}
	}
	if o.Has(model.FieldSchedulerType) {
		t.Error("a default that is spelled out is present in the form")
	}
	if line, column := local.Position(model.FieldCronExpress); line != 7 || column != 16 {
		t.Errorf("cronExpress stands at %d:%d", line, column)
	}
	if line, _ := local.ItemPosition(model.FieldInputList, "${project}.a"); line != 13 {
		t.Errorf("the second input stands in line %d", line)
	}
	if local.Meta != engine+"/ods/n.node.yaml" || local.Content != engine+"/ods/n.sql" {
		t.Errorf("paths: %s, %s", local.Meta, local.Content)
	}
}

func TestKindsAndFolders(t *testing.T) {
	fsys := files(map[string]string{
		engine + "/udf.py":                    "class X: pass",
		engine + "/udf.py.resource.yaml":      "fileType: ODPS_PYTHON\n",
		engine + "/big.jar.resource.yaml":     "fileType: ODPS_JAR\n",
		engine + "/f.function.yaml":           "fileType: ODPS_FUNCTION\ncontent: '{}'\n",
		engine + "/x.json":                    "{}",
		engine + "/x.node.yaml":               "fileType: 224\n",
		engine + "/u.txt":                     "",
		engine + "/u.node.yaml":               "fileType: 4242",
		engine + "/empty/.gitkeep":            "",
		engine + "/a/b/c/.gitkeep":            "",
		engine + "/docs/README.md":            "a foreign file in a folder that nothing needs",
		"临时查询/q.sql":                          "select 1",
		"临时查询/q.node.yaml":                    "fileType: ODPS_SQL\n",
		business + "/MaxCompute/.DS_Store":    "x",
		"组件/.gitkeep":                         "",
		"components/main.js":                  "a directory that only looks like a root",
		engine + "/with%2Fslash.sql":          "",
		engine + "/with%2Fslash.node.yaml":    "fileType: ODPS_SQL\nname: with/slash\n",
		engine + "/two.sql":                   "",
		engine + "/two%t10.node.yaml":         "fileType: ODPS_SQL\n",
		engine + "/two%t10.sql":               "ten",
		engine + "/two.sh":                    "",
		engine + "/two.node.yaml":             "fileType: DIDE_SHELL\n",
		engine + "/empty/sub dir/q.sql":       "",
		engine + "/empty/sub dir/q.node.yaml": "fileType: ODPS_SQL\n",
	})
	got := read(t, fsys)
	want := []model.Key{
		model.BusinessKey(business),
		model.FileKey(engine, "udf.py", 12), model.FileKey(engine, "big.jar", 13), model.FileKey(engine, "f", 17), model.FileKey(engine, "x", 224),
		model.FileKey(engine, "u", 4242), model.FileKey("临时查询", "q", 10), model.FileKey(engine, "with/slash", 10), model.FileKey(engine, "two", 10),
		model.FileKey(engine, "two", 6), model.FolderKey(engine + "/empty"), model.FolderKey(engine + "/a"), model.FolderKey(engine + "/a/b"),
		model.FolderKey(engine + "/a/b/c"), model.FolderKey(engine + "/empty/sub dir"), model.FileKey(engine+"/empty/sub dir", "q", 10),
	}
	for _, k := range want {
		local, found := got.Objects[k]
		if !found {
			t.Errorf("%v (%s) is missing", k, k.Type)
			continue
		}
		alone, found, err := tree.ReadObject(fsys, k)
		if err != nil || !found || alone.Meta != local.Meta || alone.Content != local.Content || alone.Object.Hash() != local.Object.Hash() {
			t.Errorf("%v read alone: %+v, %v, %v", k, alone, found, err)
		}
	}
	if len(got.Objects) != len(want) {
		t.Errorf("got %v", got.Keys())
	}
	if got.Objects[model.FileKey(engine, "two", 10)].Object.Text(model.FieldContent) != "ten" {
		t.Error("the content of the file with a type in its name")
	}
	if len(got.Warnings) != 2 || !strings.Contains(got.Warnings[0].File+got.Warnings[1].File, "README.md") {
		t.Errorf("warnings for docs/README.md and two.sql are expected: %v", got.Warnings)
	}
	for _, k := range []model.Key{model.FileKey(engine, "two", 99), model.FolderKey(engine), model.FolderKey(engine + "/docs"), model.BusinessKey("业务流程/nix"), model.FileKey("x/y", "z", 10)} {
		if _, found, err := tree.ReadObject(fsys, k); found || err != nil {
			t.Errorf("%v: found %v, %v", k, found, err)
		}
	}
}

// Each mistake gives exactly one problem, at the named place and with the named words, and no tree.
func TestMistakesOfATree(t *testing.T) {
	node := "fileType: ODPS_SQL\n"
	conf := node + "nodeConfiguration:\n  "
	for name, c := range map[string]struct {
		file, text string
		place      string
		words      []string
	}{
		"unknown key":            {"n.node.yaml", node + "fileDescripton: x\n", ":2:1:", []string{`"fileDescription"`}},
		"key of another level":   {"n.node.yaml", node + "cronExpress: x\n", ":2:1:", []string{"nodeConfiguration"}},
		"stop":                   {"n.node.yaml", conf + "stop: true\n", ":3:3:", []string{"PAUSE"}},
		"key twice":              {"n.node.yaml", conf + "paraValue: a\n  paraValue: b\n", ":4:3:", []string{"twice"}},
		"type missing":           {"n.node.yaml", "fileDescription: x\n", ":1:1:", []string{"fileType"}},
		"unknown type":           {"n.node.yaml", "fileType: ODPS_SQ\n", ":1:11:", []string{"ODPS_SQL"}},
		"type of a resource":     {"n.node.yaml", "fileType: ODPS_PYTHON\n", ":1:11:", []string{".resource.yaml"}},
		"table":                  {"n.node.yaml", "fileType: ODPS_TABLE\n", ":1:11:", []string{"table"}},
		"wrong enum":             {"n.node.yaml", conf + "rerunMode: ALL_ALOWED\n", ":3:14:", []string{`"ALL_ALLOWED"`}},
		"number out of bounds":   {"n.node.yaml", conf + "autoRerunTimes: 11\n", ":3:19:", []string{"10"}},
		"number in quotes":       {"n.node.yaml", conf + "autoRerunTimes: \"3\"\n", ":3:19:", []string{"without quotes"}},
		"owner without quotes":   {"n.node.yaml", node + "owner: 1000000000001\n", ":2:8:", []string{`"1000000000001"`}},
		"date as text":           {"n.node.yaml", conf + "paraValue: 2020-01-01\n", ":3:14:", []string{"quotes"}},
		"bool as text":           {"n.node.yaml", node + "autoParsing: \"yes\"\n", ":2:14:", []string{"true or false"}},
		"no value":               {"n.node.yaml", conf + "paraValue:\n", ":3:13:", []string{"no value"}},
		"empty owner":            {"n.node.yaml", node + "owner: \"\"\n", ":2:8:", []string{"leave the key out"}},
		"contradicting cycle":    {"n.node.yaml", conf + "cronExpress: 00 00 * * * ?\n  cycleType: DAY\n", ":4:14:", []string{"NOT_DAY"}},
		"text as list":           {"n.node.yaml", conf + "inputList: a\n", ":3:14:", []string{"list"}},
		"number in a list":       {"n.node.yaml", conf + "dependentNodeIdList: [17]\n", ":3:25:", []string{`"17"`}},
		"unknown part":           {"n.node.yaml", conf + "inputList: [{output: a}]\n", ":3:16:", []string{`"input"`}},
		"unknown parse type":     {"n.node.yaml", conf + "inputList: [{input: a, parseType: AUT}]\n", ":3:37:", []string{"AUTO"}},
		"parameter type":         {"n.node.yaml", conf + "outputParameters: [{parameterName: a, type: 4}]\n", ":3:47:", []string{"1, 2 or 3"}},
		"parameter without name": {"n.node.yaml", conf + "inputParameters: [{valueSource: a}]\n", ":3:21:", []string{"parameterName"}},
		"input twice, otherwise": {"n.node.yaml", conf + "inputList: [a, {input: a, parseType: AUTO}]\n", ":3:18:", []string{"already"}},
		"tab":                    {"n.node.yaml", node + "nodeConfiguration:\n\tparaValue: x\n", ":3:1:", []string{"tab"}},
		"anchor":                 {"n.node.yaml", node + "fileDescription: &x y\n", ":2:18:", []string{"anchor"}},
		"two documents":          {"n.node.yaml", node + "---\n" + node, ":2:1:", []string{"more than one"}},
		"name of another":        {"n.node.yaml", node + "name: m\n", ":", []string{`"m"`, `"n"`}},
		"too large":              {"n.node.yaml", node + "# " + strings.Repeat("x", 1<<20), ":", []string{"bytes"}},
		"not UTF-8":              {"n.sql", "a\nb\xff", ":2:2:", []string{"UTF-8"}},
		"bad escape":             {"a%zz.node.yaml", node, ":", []string{"%25"}},
		"unknown business key":   {"../business.yaml", "descripton: x\n", ":1:1:", []string{`"description"`}},
		"spelling of an engine":  {"../folderMaxCompute/.gitkeep", "", ":", []string{"MaxCompute"}},
		"inner without node":     {"x%.inner/a.node.yaml", node, ":", []string{"x.node.yaml", "missing"}},
		"inner in a resource":    {"x.py%.inner/a.node.yaml", node, ":", []string{"x.py.node.yaml"}},
		"folder in a node":       {"n%.inner/f/.gitkeep", "", ":", []string{"no folders"}},
		"inner, type unknown":    {"n%.inner/a.node.yaml", "fileType: NO_SUCH\n", ":1:11:", []string{"NO_SUCH"}},
		"two names, one file":    {"%6E.node.yaml", node, ":", []string{"both"}},
		"type against the name":  {"n%t6.node.yaml", node, ":", []string{"type 6"}},
		"content missing":        {"m.node.yaml", node, ":", []string{"m.sql"}},
		"business without YAML":  {"../../b/通用/x/.gitkeep", "", ":", []string{"business.yaml"}},
		"spelling of a root":     {"../../../Business Flow/b/business.yaml", "", ":", []string{"业务流程"}},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := files(map[string]string{engine + "/n.sql": "x", engine + "/n.node.yaml": node, engine + "/%6E.sql": "", engine + "/n%t6.sh": ""})
			file := engine + "/" + c.file
			for strings.Contains(file, "/../") {
				i := strings.Index(file, "/../")
				file = file[:max(strings.LastIndex(file[:i], "/"), -1)+1] + file[i+4:]
			}
			fsys[file] = &fstest.MapFile{Data: []byte(c.text)}
			got, err := tree.Read(fsys)
			problems := model.ProblemsOf(err)
			if len(problems) != 1 {
				t.Fatalf("one problem is expected, got %v", err)
			}
			if len(got.Objects) > 0 {
				t.Error("a part of an invalid tree was returned")
			}
			message := problems[0].String()
			if !strings.Contains(message, c.place) {
				t.Errorf("%s does not stand at %s", message, c.place)
			}
			for _, word := range c.words {
				if !strings.Contains(message, word) {
					t.Errorf("%s does not say %q", message, word)
				}
			}
		})
	}
}

func TestSymbolicLinksAreNotFollowed(t *testing.T) {
	dir := t.TempDir()
	outside := t.TempDir()
	if err := os.CopyFS(dir, files(map[string]string{engine + "/n.sql": "x", engine + "/n.node.yaml": "fileType: ODPS_SQL\n"})); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(outside+"/secret.sql", []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(dir + "/" + engine + "/n.sql"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside+"/secret.sql", dir+"/"+engine+"/n.sql"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, dir+"/"+engine+"/folder"); err != nil {
		t.Fatal(err)
	}
	_, err := tree.Read(os.DirFS(dir))
	if problems := model.ProblemsOf(err); len(problems) != 2 || !strings.Contains(problems[0].Message, "symbolic link") || !strings.Contains(problems[1].Message, "symbolic link") {
		t.Errorf("got %v", err)
	}
	_, found, err := tree.ReadObject(os.DirFS(dir), model.FileKey(engine, "n", 10))
	if found || err == nil {
		t.Errorf("read alone: %v, %v", found, err)
	}
}

func TestTheExampleProject(t *testing.T) {
	got, err := tree.Read(os.DirFS("../../examples/project"))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Warnings) > 0 {
		t.Error(got.Warnings)
	}
	nodes := 0
	for _, k := range got.Keys() {
		if k.Kind == model.KindNode {
			nodes++
		}
	}
	if nodes < 30 {
		t.Errorf("the example has %d nodes", nodes)
	}
}
