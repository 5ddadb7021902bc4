package config_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dwsync/dwsync/pkg/config"
	"github.com/dwsync/dwsync/pkg/model"
)

const full = `version: 1
targets:
  sandbox:
    emulator: .dwsync/sandbox.db
    project: dw_project
  dev:
    default: true
    region: cn-shanghai
    projectId: 10000
    release: submitted
  prod:
    region: cn-shanghai
    projectId: 20000
    endpoint: dataworks-vpc.cn-shanghai.aliyuncs.com
    profile: prod
    limits: levels
    map:
      connectionName: {odps_first: odps_prod}
      resourceGroup: {group_dev: group_prod}
      owner: {"*": "2000000000002"}
      project: {dim_dev: dim_prod}
      content:
        - {find: "dim_dev.", replace: "dim_prod.", fileTypes: [ODPS_SQL], paths: ["业务流程/电商数仓/**"]}
scope: {include: ["业务流程/**"], exclude: ["**/tmp_*"]}
ignore: [{paths: ["**"], fields: [owner]}]
protect: ["业务流程/财务/**"]
requires: ">=0.1"
`

func parse(t *testing.T, text string) config.Config {
	t.Helper()
	c, err := config.Parse("dwsync.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestParseTheExampleOfTheDesign(t *testing.T) {
	c := parse(t, full)
	dev, err := c.Target("")
	if err != nil || dev.Name != "dev" || dev.ProjectID != "10000" || dev.Release != model.StageSubmitted || dev.IsEmulator() {
		t.Errorf("the default target: %+v, %v", dev, err)
	}
	prod, err := c.Target("prod")
	if err != nil || prod.Release != model.StageDeployed || prod.Profile != "prod" || prod.Limits.Preset != "levels" ||
		prod.Map.Owner[config.Any] != "2000000000002" || prod.Map.Project["dim_dev"] != "dim_prod" || len(prod.Map.Content) != 1 {
		t.Errorf("prod: %+v, %v", prod, err)
	}
	rule := prod.Map.Content[0]
	for key, want := range map[model.Key]bool{
		model.FileKey("业务流程/电商数仓/MaxCompute", "a", 10): true,
		model.FileKey("业务流程/电商数仓/通用", "a", 6):          false,
		model.FileKey("业务流程/其他/MaxCompute", "a", 10):   false,
	} {
		if rule.Applies(key) != want {
			t.Errorf("the content rule for %v: want %v", key, want)
		}
	}
	sandbox, err := c.Target("sandbox")
	if err != nil || !sandbox.IsEmulator() || sandbox.Project != "dw_project" || !sandbox.Limits.IsZero() {
		t.Errorf("sandbox: %+v, %v", sandbox, err)
	}
	if !c.Requires.Allows("v0.1.0") || c.Requires.Allows("0.0.9") || !c.Requires.Allows("(devel)") {
		t.Error("requires >=0.1")
	}
}

func TestUnknownTargetNamesTheKnown(t *testing.T) {
	c := parse(t, full)
	_, err := c.Target("pord")
	unknown, ok := errors.AsType[*config.UnknownTargetError](err)
	if !ok || !slices.Equal(unknown.Known, []string{"dev", "prod", "sandbox"}) || !strings.Contains(err.Error(), `"prod"`) {
		t.Errorf("got %v", err)
	}
	c = parse(t, strings.Replace(full, "    default: true\n", "", 1))
	if _, err := c.Target(""); err == nil || !strings.Contains(err.Error(), "--target") {
		t.Errorf("three targets and no default: %v", err)
	}
	only := parse(t, "version: 1\ntargets: {one: {emulator: x.db, project: p}}\n")
	if target, err := only.Target(""); err != nil || target.Name != "one" {
		t.Errorf("the only target is the default: %+v %v", target, err)
	}
}

func TestScope(t *testing.T) {
	c := parse(t, full)
	for path, want := range map[model.FolderPath]bool{
		"业务流程/电商数仓":                        true,
		"业务流程/电商数仓/MaxCompute/ods":         true,
		"业务流程/电商数仓/MaxCompute/tmp_x":       false,
		"业务流程/电商数仓/MaxCompute/tmp_dir/sub": false,
		"手动业务流程/x":                         false,
	} {
		if got := c.Scope.Includes(model.FolderKey(path)); got != want {
			t.Errorf("%s: got %v", path, got)
		}
	}
	var everything config.Scope
	for path, want := range map[model.FolderPath]bool{"业务流程/a": true, "手动业务流程/a": true, "临时查询/a": false, "组件/a": false} {
		if got := everything.Includes(model.FolderKey(path)); got != want {
			t.Errorf("default scope, %s: got %v", path, got)
		}
	}
	if uses := c.Scope.Uses(); !slices.Equal(uses, []model.UseType{model.UseNormal, model.UseSkip}) {
		t.Errorf("uses of 业务流程/**: %v", uses)
	}
	queries := config.Scope{Include: config.Globs{"**"}}
	if uses := queries.Uses(); len(uses) != 6 {
		t.Errorf("uses of **: %v", uses)
	}
	key := model.FileKey("业务流程/财务/通用", "a", 6)
	if !c.Ignored(key, model.FieldOwner) || c.Ignored(key, model.FieldCronExpress) || !c.Protected(key) || c.Protected(model.FileKey("业务流程/b/通用", "a", 6)) {
		t.Error("ignore or protect")
	}
}

// Each mistake gives exactly one problem at the named place, with the named words.
func TestMistakesNameThePlace(t *testing.T) {
	head := "version: 1\ntargets:\n  dev: {region: cn-shanghai, projectId: 1}\n"
	for name, c := range map[string]struct {
		text         string
		line, column int
		words        []string
	}{
		"unknown key":           {head + "scopes: {}\n", 4, 1, []string{"scopes", `"scope"`}},
		"key twice":             {head + "version: 1\n", 4, 1, []string{"twice"}},
		"wrong enum":            {"version: 1\ntargets:\n  dev: {region: a, projectId: 1, release: submited}\n", 3, 43, []string{`"submitted"`}},
		"tab":                   {"version: 1\ntargets:\n\tdev: {}\n", 3, 1, []string{"tab"}},
		"broken":                {"version: 1\ntargets: {\n", 3, 0, []string{"YAML"}},
		"anchor":                {head + "protect: &a []\n", 4, 10, []string{"anchor"}},
		"alias":                 {head + "protect: *a\n", 4, 10, []string{"alias"}},
		"tag":                   {head + "requires: !x \">=1\"\n", 4, 11, []string{"tag"}},
		"two documents":         {head + "---\nversion: 1\n", 4, 1, []string{"more than one"}},
		"no version":            {"targets:\n  dev: {region: a, projectId: 1}\n", 1, 1, []string{"version"}},
		"newer version":         {"version: 2\ntargets:\n  dev: {region: a, projectId: 1}\n", 1, 10, []string{"newer"}},
		"quoted number":         {"version: 1\ntargets:\n  dev: {region: a, projectId: \"1\"}\n", 3, 31, []string{"without quotes"}},
		"number as text":        {"version: 1\ntargets:\n  dev: {region: a, projectId: 1, profile: 7}\n", 3, 43, []string{"in quotes"}},
		"owner without quotes":  {"version: 1\ntargets:\n  dev: {region: a, projectId: 1, map: {owner: {\"*\": 2}}}\n", 3, 53, []string{`"2"`}},
		"secret":                {"version: 1\ntargets:\n  dev: {region: a, projectId: 1, default: true}\nrequires: \">=x\"\n", 4, 11, []string{"requirement"}},
		"path name":             {"version: 1\ntargets:\n  ../dev: {region: a, projectId: 1}\n", 3, 3, []string{"file name"}},
		"two defaults":          {"version: 1\ntargets:\n  a: {region: a, projectId: 1, default: true}\n  b: {region: a, projectId: 1, default: true}\n", 4, 3, []string{"default"}},
		"same but for the case": {"version: 1\ntargets:\n  a: {region: a, projectId: 1}\n  A: {region: a, projectId: 1}\n", 4, 3, []string{"case"}},
		"emulator outside":      {"version: 1\ntargets:\n  a: {emulator: ../x.db, project: p}\n", 3, 17, []string{"inside"}},
		"emulator and region":   {"version: 1\ntargets:\n  a: {emulator: x.db, project: p, region: a}\n", 3, 35, []string{"embedded"}},
		"endpoint with scheme":  {"version: 1\ntargets:\n  a: {endpoint: \"https://x\", projectId: 1}\n", 3, 17, []string{"https"}},
		"bad pattern":           {head + "protect: [\"a[\"]\n", 4, 11, []string{"pattern"}},
		"short field":           {head + "ignore: [{fields: [cronExpress]}]\n", 4, 20, []string{"nodeConfiguration.cronExpress"}},
		"unknown field":         {head + "ignore: [{fields: [ownr]}]\n", 4, 20, []string{`"owner"`}},
		"part of a content":     {head + "ignore: [{fields: [envelope]}]\n", 4, 20, []string{"content"}},
		"empty value":           {head + "requires:\n", 4, 10, []string{"no value"}},
		"list as mapping":       {head + "scope: []\n", 4, 8, []string{"a list"}},
		"unknown type":          {"version: 1\ntargets:\n  a: {region: a, projectId: 1, map: {content: [{find: a, replace: b, fileTypes: [ODPS_SQ]}]}}\n", 3, 82, []string{"ODPS_SQL"}},
		"bad limit":             {"version: 1\ntargets:\n  a: {region: a, projectId: 1, limits: [{actions: [\"*\"], perSecond: 0}]}\n", 3, 69, []string{"greater"}},
		"not UTF-8":             {head + "requires: \"\xff\"\n", 4, 12, []string{"UTF-8"}},
		"empty":                 {"", 1, 1, []string{"version"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Parse("x/dwsync.yaml", []byte(c.text))
			problems := model.ProblemsOf(err)
			if len(problems) == 0 {
				t.Fatalf("no problem found: %v", err)
			}
			p := problems[0]
			if p.File != "x/dwsync.yaml" || c.column > 0 && (p.Line != c.line || p.Column != c.column) {
				t.Errorf("got %s, want %d:%d", p, c.line, c.column)
			}
			for _, word := range c.words {
				if !strings.Contains(p.String(), word) {
					t.Errorf("%s does not say %q", p, word)
				}
			}
			if !slices.Contains([]string{"empty", "no version"}, name) && len(problems) > 1 {
				t.Errorf("more than one problem: %v", err)
			}
		})
	}
}

func TestSecretsAreRefused(t *testing.T) {
	_, err := config.Parse("dwsync.yaml", []byte("version: 1\ntargets:\n  dev: {region: a, projectId: 1, access_key_id: LTAI}\n"))
	if err == nil || !strings.Contains(err.Error(), "never holds secrets") || strings.Contains(err.Error(), "LTAI") {
		t.Errorf("got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte("\ufeffversion: 1\r\ntargets: {a: {endpoint: 127.0.0.1:80, project: p}}"))
	f.Add([]byte("- &a [*a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := config.Parse("dwsync.yaml", data)
		if err != nil {
			if len(model.ProblemsOf(err)) == 0 {
				t.Fatalf("an error without a place: %v", err)
			}
			return
		}
		for _, target := range c.Targets {
			if target.Project == "" && target.ProjectID == "" || target.Release == model.StageNone {
				t.Fatalf("an unusable target was accepted: %+v", target)
			}
		}
	})
}

func TestTheExampleProject(t *testing.T) {
	data, err := os.ReadFile("../../examples/project/dwsync.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c := parse(t, string(data))
	for _, name := range []string{"", "sandbox", "dev", "prod"} {
		if _, err := c.Target(name); err != nil {
			t.Error(err)
		}
	}
}
