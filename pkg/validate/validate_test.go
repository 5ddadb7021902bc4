package validate_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/dwsync/dwsync/pkg/config"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/tree"
	"github.com/dwsync/dwsync/pkg/validate"
)

const engine = "业务流程/店/MaxCompute"

var target = config.Target{Name: "dev", Project: "shop", Release: model.StageDeployed}

// nodes makes a tree of ODPS_SQL nodes of their nodeConfiguration; a key with a slash is a file of its own.
func nodes(t *testing.T, configurations map[string]string) tree.Tree {
	t.Helper()
	m := fstest.MapFS{"业务流程/店/business.yaml": {Data: nil}}
	for name, text := range configurations {
		if strings.Contains(name, "/") {
			m[name] = &fstest.MapFile{Data: []byte(text)}
			continue
		}
		m[engine+"/"+name+".sql"] = &fstest.MapFile{Data: []byte("select 1")}
		m[engine+"/"+name+".node.yaml"] = &fstest.MapFile{Data: []byte("fileType: ODPS_SQL\nnodeConfiguration:\n  " + strings.ReplaceAll(text, "; ", "\n  ") + "\n")}
	}
	read, err := tree.Read(m)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

const root = "inputList: ['${project}_root']"

// Each mistake gives exactly one problem, of the named severity, at the named place and with the named words.
func TestRules(t *testing.T) {
	parent := root + "; outputList: ['${project}.parent']"
	for name, c := range map[string]struct {
		files    map[string]string
		severity model.Severity
		place    string
		words    string
	}{
		"fine":                       {map[string]string{"parent": parent, "n": "inputList: ['${project}.parent', other.x]; cronExpress: 00 30 00 * * ?"}, "", "", ""},
		"cron too short":             {map[string]string{"n": root + "; cronExpress: 00 00/3 * * * ?"}, model.SeverityError, "n.node.yaml:4:16", "5 minutes"},
		"cron too early":             {map[string]string{"n": root + "; cronExpress: 00 04 00 * * ?"}, model.SeverityError, "n.node.yaml:4:16", "00:05"},
		"cron without weekday":       {map[string]string{"n": root + "; cronExpress: 00 04 00 * *"}, model.SeverityError, "n.node.yaml:4:16", "six fields"},
		"no inputs":                  {map[string]string{"n": "paraValue: x"}, model.SeverityError, "n.node.yaml:1:11", "no inputs"},
		"two makers":                 {map[string]string{"parent": parent, "q": root + "; outputList: [shop.parent]"}, model.SeverityError, "q.node.yaml:4:16", "parent.node.yaml"},
		"no maker":                   {map[string]string{"parent": parent, "n": "inputList: ['${project}.parnt']"}, model.SeverityWarning, "n.node.yaml:3:15", `"${project}.parent"`},
		"no maker, literal":          {map[string]string{"n": "inputList: [shop.parnt]"}, model.SeverityWarning, "n.node.yaml:3:15", "no node"},
		"no maker, but parsed":       {map[string]string{"n": "inputList: ['${project}_root', {input: shop.x, parseType: AUTO}]"}, "", "", ""},
		"needs itself":               {map[string]string{"n": "inputList: [shop.n]; outputList: ['${project}.n']"}, model.SeverityError, "n.node.yaml:3:15", engine + "/n needs " + engine + "/n"},
		"circle":                     {map[string]string{"a": "inputList: ['${project}.b']; outputList: ['${project}.a']", "b": "inputList: ['${project}.a']; outputList: ['${project}.b']"}, model.SeverityError, "a.node.yaml:3:15", "a needs " + engine + "/b needs " + engine + "/a"},
		"placeholder":                {map[string]string{"n": "inputList: ['${projekt}.x']"}, model.SeverityError, "n.node.yaml:3:15", `"project"`},
		"too many nodes":             {map[string]string{"n": root + "; dependentType: USER_DEFINE; dependentNodeIdList: ['1','2','3','4','5','6','7','8','9','10','11']"}, model.SeverityError, "n.node.yaml:5:24", "at most 10"},
		"nodes without type":         {map[string]string{"n": root + "; dependentNodeIdList: ['1']"}, model.SeverityWarning, "n.node.yaml:4:24", "NONE"},
		"type without nodes":         {map[string]string{"n": root + "; dependentType: USER_DEFINE"}, model.SeverityError, "n.node.yaml:4:18", "dependentNodeIdList"},
		"node of no path":            {map[string]string{"n": root + "; dependentType: USER_DEFINE; dependentNodeIdList: ['${node:业务流程/店/MaxCompute/m}']"}, model.SeverityWarning, "n.node.yaml", "${node:"},
		"reruns that are denied":     {map[string]string{"n": root + "; rerunMode: ALL_DENIED; autoRerunTimes: 1"}, model.SeverityWarning, "n.node.yaml:5:19", "no effect"},
		"ends before it begins":      {map[string]string{"n": root + "; startEffectDate: 1700000000000; endEffectDate: 999999999999"}, model.SeverityError, "n.node.yaml:5:18", "before"},
		"placeholder in paraValue":   {map[string]string{"n": root + "; paraValue: p=${project}"}, model.SeverityWarning, "n.node.yaml:4:14", "no placeholder"},
		"placeholder in the owner":   {map[string]string{engine + "/e.sql": "select 1", engine + "/e.node.yaml": "fileType: ODPS_SQL\nowner: ${node:x}\nnodeConfiguration: {" + root + "}"}, model.SeverityWarning, "e.node.yaml:2:8", "${node:…}"},
		"placeholder in code":        {map[string]string{engine + "/e.sql": "select '${project}',\n '${auto:x}'", engine + "/e.node.yaml": "fileType: ODPS_SQL\nnodeConfiguration: {" + root + "}"}, model.SeverityWarning, "e.sql:2:3", "${auto:…}"},
		"parameter of a non-parent":  {map[string]string{"parent": parent, "n": root + "; inputParameters: [{parameterName: p, valueSource: '${project}.parent:outputs'}]"}, model.SeverityWarning, "n.node.yaml:4:21", "does not depend"},
		"wrong engine folder":        {map[string]string{engine + "/s.sh": "echo", engine + "/s.node.yaml": "fileType: DIDE_SHELL\nnodeConfiguration: {" + root + "}"}, model.SeverityWarning, "s.node.yaml:1:11", "通用"},
		"folder of an old workspace": {map[string]string{"业务流程/店/函数/s.sh": "echo", "业务流程/店/函数/s.node.yaml": "fileType: DIDE_SHELL\nnodeConfiguration: {" + root + "}"}, "", "", ""},
		"no engine folder":           {map[string]string{"业务流程/店/s.sh": "echo", "业务流程/店/s.node.yaml": "fileType: DIDE_SHELL\nnodeConfiguration: {" + root + "}"}, model.SeverityError, "s.node.yaml", "engine folder"},
		"empty content":              {map[string]string{engine + "/e.sql": " \n", engine + "/e.node.yaml": "fileType: ODPS_SQL\nnodeConfiguration: {" + root + "}"}, model.SeverityWarning, "e.sql", "empty"},
		"manual node without inputs": {map[string]string{"手动业务流程/m/business.yaml": "", "手动业务流程/m/通用/s.sh": "echo", "手动业务流程/m/通用/s.node.yaml": "fileType: DIDE_SHELL\n"}, "", "", ""},
		"no resource":                {map[string]string{engine + "/udf.py": "x", engine + "/udf.py.resource.yaml": "fileType: ODPS_PYTHON", engine + "/e.sql": "##@resource_reference{\"udf.py\"}\n##@resource_reference{\"nix.py\"}\nselect 1", engine + "/e.node.yaml": "fileType: ODPS_SQL\nnodeConfiguration: {" + root + "}"}, model.SeverityWarning, "e.sql:2:1", "nix.py"},
		"function":                   {map[string]string{engine + "/u.py": "x", engine + "/u.py.resource.yaml": "fileType: ODPS_PYTHON", engine + "/f.function.yaml": "fileType: ODPS_FUNCTION\nfunctionType: STRING\nclassName: u.F\nresources: [u.py]"}, "", "", ""},
		"function without class":     {map[string]string{engine + "/u.jar.resource.yaml": "fileType: ODPS_JAR", engine + "/f.function.yaml": "fileType: ODPS_FUNCTION\nfunctionType: STRING\nresources: [u.jar]"}, model.SeverityError, "f.function.yaml:1:11", "className"},
		"function of no type":        {map[string]string{engine + "/u.jar.resource.yaml": "fileType: ODPS_JAR", engine + "/f.function.yaml": "fileType: ODPS_FUNCTION\nfunctionType: STRNG\nclassName: u.F\nresources: [u.jar]"}, model.SeverityError, "f.function.yaml:2:15", `"STRING"`},
		"function without resources": {map[string]string{engine + "/f.function.yaml": "fileType: ODPS_FUNCTION\nfunctionType: STRING\nclassName: u.F"}, model.SeverityError, "f.function.yaml:1:11", "resources"},
		"function of two in one":     {map[string]string{engine + "/f.function.yaml": "fileType: ODPS_FUNCTION\nfunctionType: STRING\nclassName: u.F\nresources: ['a.jar,b.jar']"}, model.SeverityError, "f.function.yaml:4:13", "commas"},
		"function, no resource":      {map[string]string{engine + "/f.function.yaml": "fileType: ODPS_FUNCTION\nfunctionType: STRING\nclassName: u.F\nresources: [a.jar]"}, model.SeverityWarning, "f.function.yaml:4:13", "a.jar"},
		"function that is none":      {map[string]string{engine + "/f.function.yaml": "fileType: ODPS_FUNCTION\ncontent: odd"}, "", "", ""},
		"function of another engine": {map[string]string{"业务流程/店/EMR/f.function.yaml": "fileType: EMR_FUNCTION\ncontent: odd"}, "", "", ""},
		"foreign file":               {map[string]string{engine + "/README.md": "x"}, model.SeverityWarning, "README.md", "no YAML"},
		"secret":                     {map[string]string{engine + "/e.sql": "select 1;\n-- key LTAI0123456789abcdef", engine + "/e.node.yaml": "fileType: ODPS_SQL\nnodeConfiguration: {" + root + "}"}, model.SeverityWarning, "e.sql:2:8", "AccessKey"},
		"password":                   {map[string]string{engine + "/e.sql": "set password = 'hunter22x'", engine + "/e.node.yaml": "fileType: ODPS_SQL\nnodeConfiguration: {" + root + "}"}, model.SeverityWarning, "e.sql:1:5", "password"},
		"password from a parameter":  {map[string]string{engine + "/e.sql": "set password = '${password}'", engine + "/e.node.yaml": "fileType: ODPS_SQL\nnodeConfiguration: {" + root + "}"}, "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			problems := validate.Check(nodes(t, c.files), target)
			if c.severity == "" {
				if len(problems) > 0 {
					t.Errorf("no problem is expected, got %v", problems)
				}
				return
			}
			if len(problems) != 1 {
				t.Fatalf("one problem is expected, got %v", problems)
			}
			if p := problems[0]; p.Severity != c.severity || !strings.Contains(p.String(), c.place+":") || !strings.Contains(p.String(), c.words) {
				t.Errorf("got %v, want %s at %s with %q", p, c.severity, c.place, c.words)
			}
		})
	}
}

// Where a target maps other workspaces, an input of one that it does not map is most likely a slip of the pen.
func TestInputsOfNobody(t *testing.T) {
	mapped := target
	mapped.Map.Project = map[string]string{"dim_dev": "dim_prod"}
	read := nodes(t, map[string]string{"n": "inputList: ['${project}_root', dim_dev.a, dim_prod.b, dim_dev_root, shop_root, dmi_dev.c, {input: gone.d, parseType: AUTO}]"})
	problems := validate.Check(read, mapped)
	if len(problems) != 1 || problems[0].Severity != model.SeverityWarning || !strings.Contains(problems[0].Message, `"dmi_dev.c"`) || problems[0].Line != 3 {
		t.Errorf("got %v", problems)
	}
	if problems := validate.Check(read, target); len(problems) > 0 {
		t.Errorf("a target that maps no workspace: %v", problems)
	}
}

func TestWhatIsNotSentIsOnlyWarnedOf(t *testing.T) {
	read := nodes(t, map[string]string{"n": root + "; cronExpress: x"})
	problems := validate.CheckSent(read, target, func(model.Key) bool { return false })
	if len(problems) != 1 || model.Invalid(problems) != nil {
		t.Errorf("got %v", problems)
	}
	saved := target
	saved.Release = model.StageSaved
	if problems := validate.Check(nodes(t, map[string]string{"n": "paraValue: x"}), saved); len(problems) > 0 {
		t.Errorf("a target that submits nothing: %v", problems)
	}
}

func TestCron(t *testing.T) {
	for cron, wrong := range map[string]string{
		"00 30 00 * * ?": "", "00 05 00 * * 2,5": "", "00 10 00 1 1-12/3 ?": "", "00 00-59/5 1-23 * * ?": "", "0 0 */2 ? * MON-FRI 2026": "", "0 0 1 L * ?": "", "0 0 1 ? * 6#3": "", "0 0 1 15W * ?": "", "0 0 1 ? * FRI-MON": "",
		"0 0 1 L-3 * ?": "", "0 0 1 ? JAN,jul 2L": "", "0 0/5 * * * ?": "", "00 00 00/1 * * ?": "", "0 3,58 0-23 * * ?": "",
		"": "six fields", "a": "six fields", "0 0 1 ? * ?": "both", "* 0 1 * * ?": "times a minute", "0 60 1 * * ?": "between 0 and 59", "0 1,4 1 * * ?": "01:01 and 01:04", "0 0 24 * * ?": "hours", "0 0/0 1 * * ?": "step",
		"0 5-1 1 * * ?": "ends before", "0 0 1 32 * ?": "day of month", "0 0 1 ? * 6#6": "#", "0 0 1 ? * 8": "day of week", "0 0 1 1 13 ?": "month", "0 0 1 1 1 ? 1969": "year", "0 2 0,23 * * ?": "", "0 58,1 0-23/23 * * ?": "23:58 and again", "0 0 0 * * ?": "00:05",
		"0 0 1 ? * MOO": "MOO", "0 +5 1 * * ?": "+5",
	} {
		read := nodes(t, map[string]string{"n": fmt.Sprintf("%s; cronExpress: %q", root, cron)})
		problems := validate.Check(read, target)
		switch {
		case wrong == "" || cron == "":
			if len(problems) > 0 {
				t.Errorf("%q: %v", cron, problems)
			}
		case len(problems) != 1 || !strings.Contains(problems[0].Message, wrong):
			t.Errorf("%q: got %v, want %q", cron, problems, wrong)
		}
	}
}

func TestTheExampleProject(t *testing.T) {
	read, err := tree.Read(os.DirFS("../../examples/project"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("../../examples/project/dwsync.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("dwsync.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range c.Targets {
		if problems := validate.Check(read, target); len(problems) > 0 {
			t.Errorf("%s: %v", target.Name, problems)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	m := fstest.MapFS{"业务流程/店/business.yaml": {Data: nil}}
	for i := range 10000 {
		name := fmt.Sprintf("%s/d%d/n%d", engine, i/100, i)
		m[name+".sql"] = &fstest.MapFile{Data: []byte("select 1")}
		m[name+".node.yaml"] = &fstest.MapFile{Data: fmt.Appendf(nil, "fileType: ODPS_SQL\nnodeConfiguration: {inputList: ['${project}.n%d'], outputList: ['${project}.n%d']}", i/2-1, i)}
	}
	read, err := tree.Read(m)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		validate.Check(read, target)
	}
}

// A conflict that pull left in a file is found where it begins, and lines that only look like a part of one are content.
func TestUndecidedConflict(t *testing.T) {
	for text, line := range map[string]int{
		"a\n<<<<<<< tree\nL\n||||||| base\nB\n=======\nR\n>>>>>>> workspace\n": 2,
		"<<<<<<< tree\r\n=======\r\n>>>>>>> workspace\r\n":                     1,
		"a\n<<<<<<< HEAD\nL\n=======\nR\n>>>>>>> feature/x\n":                  2,
		"half decided\n>>>>>>> workspace\n":                                    2,
		"Title\n=======\n-- <<<<<<< tree\n":                                    0,
	} {
		fsys := fstest.MapFS{
			"业务流程/b/business.yaml":          {},
			"业务流程/b/MaxCompute/a.sql":       {Data: []byte(text)},
			"业务流程/b/MaxCompute/a.node.yaml": {Data: []byte("fileType: ODPS_SQL\nnodeConfiguration: {inputList: ['${project}_root']}\n")},
		}
		read, err := tree.Read(fsys)
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		for _, p := range validate.Check(read, config.Target{}) {
			if p.Severity == model.SeverityError && strings.HasSuffix(p.File, "a.sql") {
				got = p.Line
			}
		}
		if got != line {
			t.Errorf("%q: an error in line %d, want %d", text, got, line)
		}
	}
}
