package emulator_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dwsync/dwsync/pkg/emulator"
)

// effects are parameters of CreateFile and UpdateFile, each with what GetFile
// then shows.
var effects = map[string]struct{ value, path, want string }{
	"FileDescription":                 {"描述", "File.FileDescription", "描述"},
	"Content":                         {"a\r\n\tb\x01\u2028<&>\"'\\ 😀\n", "File.Content", "a\r\n\tb\x01\u2028<&>\"'\\ 😀\n"},
	"Owner":                           {"7", "File.Owner", "7"},
	"ConnectionName":                  {"odps_x", "File.ConnectionName", "odps_x"},
	"AutoParsing":                     {"False", "File.AutoParsing", "false"},
	"AdvancedSettings":                {`{"queue":"q"}`, "File.AdvancedSettings", `{"queue":"q"}`},
	"AutoRerunTimes":                  {"10", "NodeConfiguration.AutoRerunTimes", "10"},
	"AutoRerunIntervalMillis":         {"1800000", "NodeConfiguration.AutoRerunIntervalMillis", "1800000"},
	"RerunMode":                       {"ALL_DENIED", "NodeConfiguration.RerunMode", "ALL_DENIED"},
	"Stop":                            {"True", "NodeConfiguration.Stop", "true"},
	"ParaValue":                       {"a=x b=y", "NodeConfiguration.ParaValue", "a=x b=y"},
	"StartEffectDate":                 {"936923400000", "NodeConfiguration.StartEffectDate", "936923400000"},
	"EndEffectDate":                   {"4155787800000", "NodeConfiguration.EndEffectDate", "4155787800000"},
	"CronExpress":                     {"00 05 00 * * ?", "NodeConfiguration.CronExpress", "00 05 00 * * ?"},
	"CycleType":                       {"NOT_DAY", "NodeConfiguration.CycleType", "NOT_DAY"},
	"DependentType":                   {"SELF", "NodeConfiguration.DependentType", "SELF"},
	"DependentNodeIdList":             {"5,10", "NodeConfiguration.DependentNodeIdList", "5,10"},
	"InputList":                       {" p.a,p.b ,p.a", "NodeConfiguration.InputList", `[{"Input":"p.a","ParseType":"MANUAL"},{"Input":"p.b","ParseType":"MANUAL"}]`},
	"ResourceGroupIdentifier":         {"group_prod", "NodeConfiguration.ResourceGroupId", "375827434852441"},
	"SchedulerType":                   {"SKIP", "NodeConfiguration.SchedulerType", "SKIP"},
	"StartImmediately":                {"true", "NodeConfiguration.StartImmediately", "true"},
	"InputParameters":                 {`[{"ValueSource":"p.a:x","ParameterName":"i"}]`, "NodeConfiguration.InputParameters", `[{"ParameterName":"i","ValueSource":"p.a:x"}]`},
	"OutputParameters":                {`[{"Type":1,"Value":"v","ParameterName":"o"},{"Type":"3","Value":"","ParameterName":"p","Description":"d"}]`, "NodeConfiguration.OutputParameters", `[{"Description":"","ParameterName":"o","Type":"1","Value":"v"},{"Description":"d","ParameterName":"p","Type":"3","Value":""}]`},
	"ApplyScheduleImmediately":        {"true", "NodeConfiguration.ApplyScheduleImmediately", "true"},
	"IgnoreParentSkipRunningProperty": {"true", "NodeConfiguration.IgnoreParentSkipRunningProperty", "true"},
	"ImageId":                         {"m-1", "NodeConfiguration.ImageId", "m-1"},
	"Timeout":                         {"3", "NodeConfiguration.Timeout", "3"},
}

// Each parameter of CreateFile and of UpdateFile is read back, and UpdateFile
// changes nothing else.
func TestParametersTakeEffect(t *testing.T) {
	l := newLab(t, emulator.Options{})
	for name, e := range effects {
		created := l.file("created_"+name, name, e.value)
		if got := l.get(created, e.path); got != e.want {
			t.Errorf("CreateFile %s: got %q, want %q", name, got, e.want)
		}
		updated := l.file("updated_"+name, "FileDescription", "before", "Content", "before")
		plain := l.ok("GetFile", params{"FileId": updated})
		l.ok("UpdateFile", params{"FileId": updated, name: e.value})
		after := l.ok("GetFile", params{"FileId": updated})
		if got := after.text("Data." + e.path); got != e.want {
			t.Errorf("UpdateFile %s: got %q, want %q", name, got, e.want)
		}
		for other, o := range effects {
			linked := other == "Stop" || other == "SchedulerType" || other == "CycleType" || other == "CronExpress"
			if other != name && !linked && plain.text("Data."+o.path) != after.text("Data."+o.path) {
				t.Errorf("UpdateFile %s changed %s", name, other)
			}
		}
	}
	for _, a := range emulator.Actions() {
		if a.Name != "UpdateFile" {
			continue
		}
		for _, p := range a.Params {
			if _, there := effects[p.Name]; !there && !strings.Contains(" ProjectId ProjectIdentifier FileId FileName FileFolderPath OutputList ", " "+p.Name+" ") {
				t.Errorf("no effect is tested for %s", p.Name)
			}
		}
	}
}

// Each filter of ListFiles lets the right files through.
func TestListFilesFilters(t *testing.T) {
	l := newLab(t, emulator.Options{Credentials: []emulator.Credential{emulator.DefaultCredential(), {AccessKeyID: "other", AccessKeySecret: "s", UserID: "2"}}})
	a := l.file("ods_A", "Owner", "7")
	b := l.file("dwd_b", "FileFolderPath", mc+"/x", "FileType", "24")
	l.submit(a)
	node := l.get(a, "File.NodeId")
	query := l.file("q", "FileFolderPath", "临时查询/x", "InputList", "")
	l.key, l.secret = "other", "s"
	l.ok("UpdateFile", params{"FileId": b, "Content": "x"})
	for name, tc := range map[string]struct {
		p    params
		want string
	}{
		"all":     {params{}, a + b + query},
		"folder":  {params{"FileFolderPath": mc + "/x"}, b},
		"keyword": {params{"Keyword": "ODS"}, a},
		"exact":   {params{"ExactFileName": "dwd_b"}, b},
		"not":     {params{"ExactFileName": "dwd_"}, ""},
		"use":     {params{"UseType": "ADHOCQUERY"}, query},
		"types":   {params{"FileTypes": "24,6"}, b},
		"owner":   {params{"Owner": "7"}, a},
		"node":    {params{"NodeId": node}, a},
		"ids":     {params{"FileIdIn": b + "," + a}, a + b},
		"editor":  {params{"LastEditUser": "2"}, b},
		"commit":  {params{"CommitStatus": "1"}, a},
		"page":    {params{"PageSize": "1", "PageNumber": "2"}, b},
		"beyond":  {params{"PageSize": "2", "PageNumber": "99"}, ""},
		"several": {params{"FileTypes": "10", "Keyword": "o", "UseType": "NORMAL"}, a},
	} {
		got := ""
		for _, f := range l.ok("ListFiles", tc.p).list("Data.Files") {
			got += text(f.(map[string]any)["FileId"])
		}
		if got != tc.want {
			t.Errorf("%s: got %s, want %s", name, got, tc.want)
		}
	}
	l.refused("ListFiles", params{"FileIdIn": "x"}, "InvalidFileIdIn")
}

// A deployment passes through its states as the clock goes, and so do the
// version and the file.
func TestDeploymentStates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Options{DeploymentTime: 3 * time.Second})
		id := l.file("a", "Content", "1")
		look := func(d string) string {
			got := l.ok("GetDeployment", params{"DeploymentId": d})
			v := l.ok("ListFileVersions", params{"FileId": id})
			return got.text("Data.Deployment.Status") + " " + got.text("Data.DeployedItems.0.Status") + " " + v.text("Data.FileVersions.0.Status") + " " + v.text("Data.FileVersions.0.IsCurrentProd") + " " + l.get(id, "File.CommitStatus") + "/" + l.get(id, "File.CurrentVersion")
		}
		expect := func(d, want string) {
			t.Helper()
			if got := look(d); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		d := l.submit(id)
		expect(d, "0 0 COMMITTING false 0/")
		l.refused("DeployFile", params{"FileId": id}, "1201111279")
		time.Sleep(3 * time.Second)
		expect(d, "1 1 COMMITTED false 1/1")
		d = l.deploy(id)
		expect(d, "0 0 PACKAGED false 1/1")
		time.Sleep(time.Second)
		expect(d, "0 0 DEPLOYING false 1/1")
		time.Sleep(2 * time.Second)
		expect(d, "1 1 DEPLOYED true 1/1")

		// What is saved while a submit runs is not in it.
		l.ok("UpdateFile", params{"FileId": id, "Content": "2"})
		d = l.submit(id)
		l.ok("UpdateFile", params{"FileId": id, "Content": "3"})
		time.Sleep(3 * time.Second)
		expect(d, "1 1 COMMITTED false 0/2")
		if got := l.ok("GetFileVersion", params{"FileId": id, "FileVersion": "2"}).text("Data.FileContent"); got != "2" {
			t.Errorf("submitted %s", got)
		}
		// The clock can be shifted instead.
		d = l.deploy(id)
		l.server.ShiftClock(time.Hour)
		expect(d, "1 1 DEPLOYED true 0/2")
		node := l.get(id, "File.NodeId")
		if got := l.raw.ok("GetNodeCode", params{"NodeId": node, "ProjectEnv": "PROD"}).text("Data"); got != "2" {
			t.Errorf("production runs %s", got)
		}
		// Roll back, submit, deploy: a new version with the old content.
		if err := l.server.RollBack(number(t, id), 1); err != nil {
			t.Fatal(err)
		}
		l.submit(id)
		time.Sleep(3 * time.Second)
		if got := l.ok("GetFileVersion", params{"FileId": id, "FileVersion": "3"}).text("Data.FileContent"); got != "1" {
			t.Errorf("rolled back to %s", got)
		}
	})
}

func number(t *testing.T, s string) int64 {
	t.Helper()
	var n int64
	if _, err := fmt.Sscan(s, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// In a workspace of simple mode a submit goes live.
func TestSimpleMode(t *testing.T) {
	l := newLab(t, emulator.Options{}).in("dw_simple")
	id := l.file("a")
	l.submit(id)
	v := l.ok("ListFileVersions", params{"FileId": id})
	nodes := func(env string) string {
		return l.ok("ListNodes", params{"ProjectId": "30000", "ProjectEnv": env}).text("Data.TotalCount")
	}
	if v.text("Data.FileVersions.0.Status") != "DEPLOYED" || v.text("Data.FileVersions.0.IsCurrentProd") != "true" || nodes("PROD") != "1" || nodes("DEV") != "0" {
		t.Errorf("after the submit: %s", v.body)
	}
	l.ok("DeleteFile", params{"FileId": id})
	if nodes("PROD") != "0" {
		t.Error("the deletion left a node")
	}
}

// A deletion in standard mode: recycle bin and development at once, production
// by a second deployment; in between the workspace is half deleted.
func TestDeletionInTwoSteps(t *testing.T) {
	l := newLab(t, emulator.Options{})
	id := l.file("a")
	l.submit(id)
	l.deploy(id)
	node := l.get(id, "File.NodeId")
	l.ok("DeleteFile", params{"FileId": id})
	l.refused("DeleteFile", params{"FileId": id}, "1201111201")
	if got := l.ok("ListFiles", params{}).text("Data.TotalCount"); got != "0" {
		t.Errorf("%s files", got)
	}
	l.raw.refused("GetNode", params{"NodeId": node, "ProjectEnv": "DEV"}, "InvalidNodeId")
	l.raw.ok("GetNode", params{"NodeId": node, "ProjectEnv": "PROD"})
	if got := l.ok("GetDeployment", params{"DeploymentId": l.deploy(id)}); got.text("Data.Deployment.Status") != "1" || got.text("Data.DeployedItems.0.FileId") != id {
		t.Errorf("undeploy: %s", got.body)
	}
	l.raw.refused("GetNode", params{"NodeId": node, "ProjectEnv": "PROD"}, "InvalidNodeId")
	l.refused("DeployFile", params{"FileId": id}, "1201111279")
	if got := l.ok("ListFileVersions", params{"FileId": id}).text("Data.FileVersions.0.ChangeType"); got != "DELETE" {
		t.Errorf("change type %s", got)
	}
}

// The number of an automatic output stays for ever; the other output is a name
// like any other and stays as it is through a rename.
func TestAutomaticOutputs(t *testing.T) {
	l := newLab(t, emulator.Options{})
	id := l.file("a")
	first := l.get(id, "NodeConfiguration.OutputList.0.Output")
	l.ok("UpdateFile", params{"FileId": id, "FileName": "b"})
	if got := l.outputs(id); got != "# dw_project.a" {
		t.Errorf("after a rename: %s", got)
	}
	l.ok("UpdateFile", params{"FileId": id, "OutputList": "dw_project.z"})
	if got := l.outputs(id); got != "# dw_project.z" || l.get(id, "NodeConfiguration.OutputList.0.Output") != first {
		t.Errorf("after a change: %s", got)
	}
	if other := l.get(l.file("c"), "NodeConfiguration.OutputList.0.Output"); other == first {
		t.Error("two files have the same number")
	}
	if got := l.outputs(l.file("q.py", "FileType", "12")); got != "" {
		t.Errorf("a resource has outputs: %s", got)
	}
}

// Files inside a node are saved by themselves and submitted and deleted with it.
func TestInnerFiles(t *testing.T) {
	l := newLab(t, emulator.Options{})
	const general = "业务流程/b/通用"
	ids, err := l.server.Seed("dw_project",
		emulator.SeedFile{Folder: general, Name: "loop", Type: 1106, Params: params{"InputList": "dw_project_root"}},
		emulator.SeedFile{Folder: general, Name: "inner", Type: 6, Parent: general + "/loop"})
	if err != nil {
		t.Fatal(err)
	}
	loop, inner := fmt.Sprint(ids[0]), fmt.Sprint(ids[1])
	l.ok("UpdateFile", params{"FileId": inner, "Content": "echo"})
	l.refused("SubmitFile", params{"FileId": inner}, "1201111223")
	l.submit(loop)
	if got := l.get(inner, "File.CommitStatus") + l.get(inner, "File.ParentId"); got != "1"+loop {
		t.Errorf("inner file after the submit: %s", got)
	}
	l.ok("UpdateFile", params{"FileId": inner, "Content": "echo 2"})
	if got := l.get(inner, "File.CommitStatus"); got != "0" {
		t.Errorf("inner file after an edit: %s", got)
	}
	l.ok("DeleteFile", params{"FileId": loop})
	if got := l.ok("ListFiles", params{}).text("Data.TotalCount"); got != "0" {
		t.Errorf("%s files left", got)
	}
}

// Extensions: the checker's verdict, and the message's, end a check that waits.
func TestExtensionVerdicts(t *testing.T) {
	for verdict, want := range map[string]string{"OK": "ok", "WARN": "ok", "FAIL": "1201111226"} {
		for _, action := range []string{"CheckFileDeployment", "UpdateIDEEventResult"} {
			l := newLab(t, emulator.Options{Switches: map[string]string{"extension-check": "waits"}})
			id := l.file("a")
			l.submit(id)
			l.refused("DeployFile", params{"FileId": id}, "1201111226")
			event := l.server.Events()[0]
			p := params{"CheckerInstanceId": event.CheckerInstanceID, "Status": verdict}
			if action == "UpdateIDEEventResult" {
				p = params{"MessageId": event.MessageID, "CheckResult": verdict}
			}
			l.raw.ok(action, p)
			if got := code(l.do("DeployFile", params{"FileId": id})); got != want {
				t.Errorf("%s %s: %s, want %s", action, verdict, got, want)
			}
		}
	}
	// A submit that skips extensions can be deployed at once.
	l := newLab(t, emulator.Options{Switches: map[string]string{"extension-check": "waits"}})
	id := l.file("a")
	l.ok("SubmitFile", params{"FileId": id, "SkipAllDeployFileExtensions": "true"})
	l.deploy(id)
}

// A function is submitted after its resources.
func TestFunctionAfterResources(t *testing.T) {
	l := newLab(t, emulator.Options{})
	fn := l.function("r.py,s.py")
	r, s := l.file("r.py", "FileType", "12", "Content", "x"), l.ok("CreateResourceFile", params{"ProjectId": "10000", "FileName": "s.py", "FileFolderPath": mc, "FileType": "12", "OriginResourceName": "s.py", "RegisterToCalcEngine": "false", "Content": "y"}).text("Data")
	if l.get(s, "File.IsMaxCompute") != "false" || l.get(r, "File.IsMaxCompute") != "true" {
		t.Error("IsMaxCompute is not RegisterToCalcEngine")
	}
	l.submit(r)
	l.refused("SubmitFile", params{"FileId": fn}, "1201111234")
	l.submit(s)
	l.submit(fn)
	l.deploy(fn)
	if got := l.ok("ListFileVersions", params{"FileId": fn}).text("Data.FileVersions.0.IsCurrentProd"); got != "true" {
		t.Errorf("the function is not in production: %s", got)
	}
	if got := l.ok("ListNodes", params{"ProjectId": "10000", "ProjectEnv": "PROD"}).text("Data.TotalCount"); got != "0" {
		t.Errorf("%s nodes of resources and functions", got)
	}
}

// The presets of limits, each with its 429.
func TestLimitPresets(t *testing.T) {
	calls := map[string]struct {
		action string
		p      params
	}{
		"1": {"GetProject", params{}}, "2": {"UpdateFile", params{}}, "3": {"SubmitFile", params{}},
	}
	for preset, want := range map[string]map[string]int{
		"levels": {"1": 50, "2": 20, "3": 5}, "readWrite": {"1": 50, "2": 20, "3": 20}, "total": {"1": 5, "2": 5, "3": 5}, "basic": {"1": 5, "2": 5, "3": 5}, "none": {"1": 200, "2": 200, "3": 200},
	} {
		for level, most := range want {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, emulator.Options{})
				l.limit(emulator.Limits{Preset: preset})
				passed := 0
				for range 200 {
					if a := l.do(calls[level].action, calls[level].p); a.status != 429 {
						passed++
					} else if a.text("Code") != "Throttling.Api" {
						t.Errorf("%s", a.body)
					}
				}
				if passed != most {
					t.Errorf("%s level %s: %d calls passed, want %d", preset, level, passed, most)
				}
				if c := l.server.Calls(); c.Throttled != 200-most {
					t.Errorf("%s level %s: %d throttled", preset, level, c.Throttled)
				}
			})
		}
	}
	// The quota of a day, and the next day. A day is one of China.
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Options{})
		l.limit(emulator.Limits{Preset: "basic"})
		for range 20 {
			for range 5 {
				l.ok("GetProject", params{})
			}
			time.Sleep(time.Second)
		}
		l.refused("GetProject", params{}, "Throttling.Api.Risk")
		time.Sleep(15 * time.Hour) // a bubble starts at midnight UTC, 08:00 in China
		l.refused("GetProject", params{}, "Throttling.Api.Risk")
		time.Sleep(time.Hour)
		l.ok("GetProject", params{})
	})
	if err := emulator.New(emulator.Options{}).SetLimits(emulator.Limits{Preset: "x"}); err == nil {
		t.Error("an unknown preset was accepted")
	}
}
