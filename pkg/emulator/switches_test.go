package emulator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dwsync/dwsync/pkg/emulator"
)

// lab is a server with one business b and shorthands for what tests do to it.
type lab struct {
	*raw
	server  *emulator.Server
	project string
}

const mc = "业务流程/b/MaxCompute"

func newLab(t testing.TB, o emulator.Options) *lab {
	t.Helper()
	if len(o.Projects) == 0 {
		o.Projects = []emulator.Project{{Name: "dw_project", ID: 10000}, {Name: "dw_other", ID: 20000}, {Name: "dw_simple", ID: 30000, Mode: emulator.Simple}}
	}
	if o.DeploymentTime == 0 {
		o.DeploymentTime = -1
	}
	s := emulator.New(o)
	l := &lab{raw: inProcess(t, s), server: s, project: "dw_project"}
	for _, p := range o.Projects {
		l.in(p.Name).ok("CreateBusiness", params{"BusinessName": "b"})
	}
	return l
}

// in is the lab in another workspace.
func (l *lab) in(project string) *lab {
	other := *l
	other.project = project
	return &other
}

func (l *lab) with(p params) params {
	all := params{}
	if p["ProjectId"] == "" {
		all["ProjectIdentifier"] = l.project
	}
	for k, v := range p {
		all[k] = v
	}
	return all
}

func (l *lab) do(action string, p params) *answer { l.t.Helper(); return l.raw.do(action, l.with(p)) }
func (l *lab) ok(action string, p params) *answer { l.t.Helper(); return l.raw.ok(action, l.with(p)) }

func (l *lab) refused(action string, p params, code string) *answer {
	l.t.Helper()
	return l.raw.refused(action, l.with(p), code)
}

// file makes a MaxCompute SQL file below the workspace's root and answers its id.
func (l *lab) file(name string, more ...string) string {
	l.t.Helper()
	p := params{"FileFolderPath": mc, "FileName": name, "FileType": "10", "InputList": l.project + "_root", "CreateFolderIfNotExists": "true"}
	for i := 0; i < len(more); i += 2 {
		p[more[i]] = more[i+1]
	}
	return l.ok("CreateFile", p).text("Data")
}

func (l *lab) submit(id string) string {
	l.t.Helper()
	return l.ok("SubmitFile", params{"FileId": id}).text("Data")
}

func (l *lab) deploy(id string) string {
	l.t.Helper()
	return l.ok("DeployFile", params{"FileId": id}).text("Data")
}

// get is one field of GetFile.
func (l *lab) get(id, path string) string {
	l.t.Helper()
	return l.ok("GetFile", params{"FileId": id}).text("Data." + path)
}

func (l *lab) outputs(id string) string {
	l.t.Helper()
	var names []string
	for _, o := range l.ok("GetFile", params{"FileId": id}).list("Data.NodeConfiguration.OutputList") {
		name := o.(map[string]any)["Output"].(string)
		if strings.HasSuffix(name, "_out") {
			name = "#"
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

// code is the refusal of a call, or ok.
func code(a *answer) string {
	switch {
	case a.text("Success") == "false":
		return "200 " + a.text("ErrorCode")
	case a.text("Code") != "":
		return a.text("Code")
	case a.text("Data.Status") == "fail":
		return "fail"
	}
	return "ok"
}

// switchCase shows what a switch changes: want has what observe sees for each
// of its values.
type switchCase struct {
	observe func(l *lab) string
	want    map[string]string
}

// switchCases are by the switch's name.
var switchCases = map[string]switchCase{
	"auto-outputs": {func(l *lab) string { return l.outputs(l.file("a")) }, map[string]string{"both": "# dw_project.a", "number": "#", "none": ""}},
	"name-scope": {func(l *lab) string {
		l.file("a")
		in := func(folder, kind string) string {
			return code(l.do("CreateFile", params{"FileFolderPath": mc + folder, "FileName": "a", "FileType": kind, "CreateFolderIfNotExists": "true"}))
		}
		return in("", "10") + " " + in("", "24") + " " + in("/x", "10")
	}, map[string]string{"folder": "1201111209 1201111209 ok", "type": "1201111209 ok ok", "workspace": "1201111209 1201111209 1201111209"}},
	"output-scope": {func(l *lab) string {
		l.file("a")
		other := l.in("dw_other")
		return code(other.do("UpdateFile", params{"FileId": other.file("x"), "OutputList": "dw_project.a"}))
	}, map[string]string{"workspace": "ok", "account": "1201111219"}},
	"output-check": {func(l *lab) string {
		l.file("a")
		id := l.file("x")
		saved := code(l.do("UpdateFile", params{"FileId": id, "OutputList": "dw_project.a"}))
		return saved + " " + code(l.do("SubmitFile", params{"FileId": id}))
	}, map[string]string{"save": "1201111219 ok", "submit": "ok 1201111219"}},
	"no-op-update": {func(l *lab) string {
		id := l.file("a", "Content", "x")
		return code(l.do("UpdateFile", params{"FileId": id, "Content": "x"})) + " " + code(l.do("UpdateFile", params{"FileId": id, "Content": "x", "ParaValue": "a=b"})) + " " + code(l.do("UpdateFile", params{"FileId": id}))
	}, map[string]string{"refused": "1201111217 ok ok", "each": "1201111217 1201111217 ok", "accepted": "ok ok ok"}},
	"empty-parameter": {func(l *lab) string {
		id := l.file("a", "ParaValue", "a=b", "InputList", "dw_project_root")
		l.ok("UpdateFile", params{"FileId": id, "ParaValue": "", "InputList": "", "Content": "y"})
		return l.get(id, "NodeConfiguration.ParaValue") + fmt.Sprint(len(l.ok("GetFile", params{"FileId": id}).list("Data.NodeConfiguration.InputList")))
	}, map[string]string{"clears": "0", "ignored": "a=b1"}},
	"create-output-list": {func(l *lab) string { return l.outputs(l.file("a", "OutputList", "dw_project.z")) },
		map[string]string{"ignored": "# dw_project.a", "accepted": "# dw_project.a dw_project.z"}},
	"submit-parses": {func(l *lab) string {
		l.submit(l.file("src"))
		id := l.file("a", "Content", "-- from nothing\nINSERT OVERWRITE TABLE dst SELECT 'from x' FROM src", "InputList", "dw_project_root")
		l.submit(id)
		var ins []string
		for _, i := range l.ok("GetFile", params{"FileId": id}).list("Data.NodeConfiguration.InputList") {
			ins = append(ins, text(i))
		}
		return strings.Join(ins, "") + l.outputs(id)
	}, map[string]string{
		"no":       `{"Input":"dw_project_root","ParseType":"MANUAL"}# dw_project.a`,
		"adds":     `{"Input":"dw_project_root","ParseType":"MANUAL"}{"Input":"dw_project.src","ParseType":"AUTO"}# dw_project.a dw_project.dst`,
		"replaces": `{"Input":"dw_project.src","ParseType":"AUTO"}# dw_project.a dw_project.dst`,
	}},
	"missing-folders": {func(l *lab) string {
		return code(l.do("CreateFile", params{"FileFolderPath": mc + "/x", "FileName": "a", "FileType": "10"}))
	}, map[string]string{"refused": "1201111202", "created": "ok"}},
	"non-empty-delete": {func(l *lab) string {
		id := l.file("a", "FileFolderPath", mc+"/x/y")
		folder := l.ok("GetFolder", params{"FolderPath": mc + "/x"}).text("Data.FolderId")
		return code(l.do("DeleteFolder", params{"FolderId": folder})) + " " + l.get(id, "File.DeletedStatus")
	}, map[string]string{"refused": "1201111228 NORMAL", "cascades": "ok DELETED"}},
	"stale-reads": {func(l *lab) string {
		id := l.file("a", "Content", "1")
		time.Sleep(11 * time.Second)
		l.ok("UpdateFile", params{"FileId": id, "Content": "2"})
		seen := l.get(id, "File.Content") + l.get(id, "File.Content")
		l.ok("UpdateFile", params{"FileId": id, "Content": "3"})
		time.Sleep(11 * time.Second)
		return seen + l.get(id, "File.Content")
	}, map[string]string{"none": "223", "first": "123"}},
	"path-language": {func(l *lab) string {
		l.file("a")
		return l.ok("ListFiles", params{"NeedAbsoluteFolderPath": "true"}).text("Data.Files.0.AbsoluteFolderPath") + " " + l.ok("GetFolder", params{"FolderPath": "bizroot/b/General"}).text("Data.FolderPath")
	}, map[string]string{"zh": "业务流程/b/MaxCompute 业务流程/b/通用", "en": "Business Flow/b/MaxCompute Business Flow/b/General", "internal": "bizroot/b/folderMaxCompute bizroot/b/folderGeneral"}},
	"list-folders-path": {func(l *lab) string {
		l.ok("CreateFolder", params{"FolderPath": mc + "/x"})
		return l.ok("ListFolders", params{"ParentFolderPath": mc, "PageNumber": "1", "PageSize": "10"}).text("Data.Folders.0.FolderPath")
	}, map[string]string{"exact": "业务流程/b/MaxCompute/x", "doubled": "业务流程//b/x"}},
	"deploy-resets-node": {func(l *lab) string {
		node := params{"NodeId": "", "ProjectEnv": "PROD"}
		id := l.file("a")
		l.submit(id)
		l.deploy(id)
		node["NodeId"] = l.get(id, "File.NodeId")
		l.raw.ok("UpdateNodeRunMode", params{"NodeId": node["NodeId"], "ProjectEnv": "PROD", "SchedulerType": "2"})
		l.raw.ok("UpdateNodeOwner", params{"NodeId": node["NodeId"], "ProjectEnv": "PROD", "UserId": "9"})
		l.submit(id)
		l.deploy(id)
		got := l.raw.ok("GetNode", node)
		return got.text("Data.SchedulerType") + " " + got.text("Data.OwnerId")
	}, map[string]string{"no": "PAUSE 9", "yes": "NORMAL 1000000000001"}},
	"file-follows-node": {func(l *lab) string {
		id := l.file("a")
		l.submit(id)
		l.raw.ok("UpdateNodeRunMode", params{"NodeId": l.get(id, "File.NodeId"), "ProjectEnv": "DEV", "SchedulerType": "2"})
		return l.get(id, "NodeConfiguration.SchedulerType")
	}, map[string]string{"no": "NORMAL", "yes": "PAUSE"}},
	"node-file-version": {func(l *lab) string {
		l.submit(l.file("a"))
		return l.ok("ListNodes", params{"ProjectId": "10000", "ProjectEnv": "DEV"}).text("Data.Nodes.0.FileVersion")
	}, map[string]string{"shown": "1", "absent": ""}},
	"rate-window": {func(l *lab) string {
		if err := l.server.SetLimits(emulator.Limits{Buckets: []emulator.Bucket{{PerSecond: 2}}}); err != nil {
			l.t.Fatal(err)
		}
		// Two calls at the end of a second, then one each 300 ms.
		time.Sleep(time.Second - time.Duration(time.Now().Nanosecond()) - 100*time.Millisecond)
		var seen []string
		for range 6 {
			seen = append(seen, code(l.do("GetProject", params{})))
			if len(seen) >= 2 {
				time.Sleep(300 * time.Millisecond)
			}
		}
		return strings.ReplaceAll(strings.ReplaceAll(strings.Join(seen, ""), "ok", "."), "Throttling.Api", "x")
	}, map[string]string{"fixed": "....x.", "sliding": "..xxx.", "bucket": "..x.x."}},
	"business-refusals": {func(l *lab) string { return code(l.do("GetFile", params{"FileId": "1"})) },
		map[string]string{"http-400": "1201111201", "success-false": "200 1201111201"}},
	"list-content": {func(l *lab) string {
		l.file("a", "Content", "x")
		return l.ok("ListFiles", params{}).text("Data.Files.0.Content") + l.ok("ListFiles", params{"NeedContent": "true"}).text("Data.Files.0.Content")
	}, map[string]string{"need": "x", "always": "xx"}},
	"list-folder-filter": {func(l *lab) string {
		l.file("a", "FileFolderPath", mc+"/x")
		l.file("b")
		return l.ok("ListFiles", params{"FileFolderPath": mc}).text("Data.TotalCount")
	}, map[string]string{"exact": "1", "recursive": "2"}},
	"list-order": {func(l *lab) string {
		b := l.file("a")
		l.file("b")
		time.Sleep(time.Second)
		l.file("c")
		time.Sleep(time.Second)
		l.ok("UpdateFile", params{"FileId": b, "FileName": "z"})
		var names string
		for _, page := range []string{"1", "2", "3"} {
			names += l.ok("ListFiles", params{"PageSize": "1", "PageNumber": page}).text("Data.Files.0.FileName")
		}
		return names
	}, map[string]string{"id": "zbc", "edited": "zcb"}},
	"skip-files": {func(l *lab) string {
		l.file("a", "SchedulerType", "SKIP")
		return l.ok("ListFiles", params{"UseType": "NORMAL"}).text("Data.TotalCount") + l.ok("ListFiles", params{"UseType": "SKIP"}).text("Data.TotalCount")
	}, map[string]string{"normal": "10", "skip": "01"}},
	"stop": {func(l *lab) string {
		a, b := l.file("a", "Stop", "true"), l.file("b", "SchedulerType", "PAUSE")
		l.ok("UpdateFile", params{"FileId": b, "Stop": "true", "SchedulerType": "NORMAL", "Content": "x"})
		return l.get(a, "NodeConfiguration.SchedulerType") + " " + l.get(a, "NodeConfiguration.Stop") + " " + l.get(b, "NodeConfiguration.SchedulerType")
	}, map[string]string{"linked": "PAUSE true PAUSE", "separate": "NORMAL true NORMAL"}},
	"default-schedule": {func(l *lab) string { return l.get(l.file("a"), "NodeConfiguration.CronExpress") },
		map[string]string{"empty": "", "filled": "00 05 00 * * ?"}},
	"di-parameters": {func(l *lab) string {
		return l.get(l.file("a", "FileType", "23", "FileFolderPath", "业务流程/b/数据集成"), "NodeConfiguration.ParaValue")
	}, map[string]string{"filled": "bizdate=$bizdate", "empty": ""}},
	"resubmit": {func(l *lab) string {
		id := l.file("a")
		l.submit(id)
		return code(l.do("SubmitFile", params{"FileId": id}))
	}, map[string]string{"accepted": "ok", "refused": "1201111224"}},
	"redeploy": {func(l *lab) string {
		id := l.file("a")
		l.submit(id)
		l.deploy(id)
		l.get(id, "")
		return code(l.do("DeployFile", params{"FileId": id}))
	}, map[string]string{"refused": "1201111279", "accepted": "ok"}},
	"deploy-parents": {func(l *lab) string {
		l.submit(l.file("a"))
		id := l.file("b", "InputList", "dw_project.a")
		l.submit(id)
		return l.ok("GetDeployment", params{"DeploymentId": l.deploy(id)}).text("Data.Deployment.Status")
	}, map[string]string{"checked": "2", "unchecked": "1"}},
	"simple-deploy": {func(l *lab) string {
		simple := l.in("dw_simple")
		return code(simple.do("DeployFile", params{"FileId": simple.file("a")})) + simple.ok("ListNodes", params{"ProjectId": "30000", "ProjectEnv": "PROD"}).text("Data.TotalCount")
	}, map[string]string{"submits": "ok1", "refused": "12011112790"}},
	"inner-status": {func(l *lab) string {
		ids, err := l.server.Seed("dw_project",
			emulator.SeedFile{Folder: "业务流程/b/通用", Name: "loop", Type: 1106, Params: params{"InputList": "dw_project_root"}},
			emulator.SeedFile{Folder: "业务流程/b/通用", Name: "inner", Type: 6, Parent: "业务流程/b/通用/loop"})
		if err != nil {
			return err.Error()
		}
		loop, inner := fmt.Sprint(ids[0]), fmt.Sprint(ids[1])
		statuses := func() string { return l.get(loop, "File.CommitStatus") + l.get(inner, "File.CommitStatus") }
		l.submit(loop)
		submitted := statuses()
		l.ok("UpdateFile", params{"FileId": inner, "Content": "echo"})
		edited := statuses()
		l.submit(loop)
		return submitted + " " + edited + " " + statuses()
	}, map[string]string{"own": "11 10 11", "node": "11 00 11", "none": "10 10 10"}},
	"deleted-file": {func(l *lab) string {
		id := l.file("a")
		l.ok("DeleteFile", params{"FileId": id})
		return code(l.do("GetFile", params{"FileId": id}))
	}, map[string]string{"shown": "ok", "unknown": "1201111201"}},
	"deletion-name": {func(l *lab) string {
		id := l.file("a")
		l.submit(id)
		l.deploy(id)
		l.ok("DeleteFile", params{"FileId": id})
		again := params{"FileFolderPath": mc, "FileName": "a", "FileType": "10"}
		before := code(l.do("CreateFile", again))
		if before == "ok" {
			return before
		}
		l.deploy(id)
		return before + " " + code(l.do("CreateFile", again))
	}, map[string]string{"free": "ok", "blocked": "1201111229 ok"}},
	"deploy-deletion": {func(l *lab) string {
		id := l.file("a")
		l.submit(id)
		l.ok("DeleteFile", params{"FileId": id})
		first := code(l.do("DeployFile", params{"FileId": id}))
		return first + " " + code(l.do("DeployFile", params{"FileId": id}))
	}, map[string]string{"accepted": "ok 1201111279", "refused": "1201111279 1201111279"}},
	"dependent-nodes": {func(l *lab) string {
		id := l.file("a", "DependentType", "USER_DEFINE", "DependentNodeIdList", "5")
		return code(l.do("SubmitFile", params{"FileId": id}))
	}, map[string]string{"unchecked": "ok", "known": "1201111235"}},
	"two-segment-folder": {func(l *lab) string { return code(l.do("CreateFolder", params{"FolderPath": "业务流程/new"})) },
		map[string]string{"folder": "ok", "refused": "1201111207"}},
	"v2-folders": {func(l *lab) string {
		return code(l.do("CreateFolder", params{"FolderPath": "业务流程/b/函数/字符串处理函数"}))
	}, map[string]string{"refused": "1201111207", "accepted": "ok"}},
	"engine-check": {func(l *lab) string {
		return code(l.do("CreateFile", params{"FileFolderPath": mc, "FileName": "a", "FileType": "6"}))
	}, map[string]string{"refused": "1201111208", "accepted": "ok"}},
	"file-types": {func(l *lab) string {
		return code(l.do("CreateFile", params{"FileFolderPath": mc, "FileName": "a", "FileType": "7777"}))
	}, map[string]string{"known": "1201111206", "any": "ok"}},
	"extension-check": {func(l *lab) string {
		l.server.SetDeploymentTime(time.Second)
		id := l.file("a")
		d := l.submit(id)
		var seen []string
		look := func() {
			got := l.ok("GetDeployment", params{"DeploymentId": d})
			seen = append(seen, got.text("Data.Deployment.Status")+"/"+got.text("Data.Deployment.CheckingStatus"))
		}
		look()
		time.Sleep(1500 * time.Millisecond)
		look()
		time.Sleep(time.Second)
		look()
		return strings.Join(seen, " ") + " " + l.ok("ListFileVersions", params{"FileId": id}).text("Data.FileVersions.0.Status") + " " + code(l.do("DeployFile", params{"FileId": id}))
	}, map[string]string{"none": "0/ 1/ 1/ COMMITTED ok", "passes": "0/ 1/8 1/ CHECK_OK ok", "fails": "0/ 1/8 1/7 COMMITTED 1201111226", "waits": "0/ 1/8 1/8 COMMITTED 1201111226"}},
	"approval": {func(l *lab) string {
		id := l.file("a")
		l.submit(id)
		d := l.deploy(id)
		time.Sleep(time.Hour)
		return l.ok("GetDeployment", params{"DeploymentId": d}).text("Data.Deployment.Status") + " " + l.ok("ListFileVersions", params{"FileId": id}).text("Data.FileVersions.0.Status")
	}, map[string]string{"none": "1 DEPLOYED", "held": "0 PACKAGED", "rejected": "6 CANCELLED"}},
	"gone-business": {func(l *lab) string { return code(l.do("GetBusiness", params{"BusinessId": "1"})) },
		map[string]string{"empty": "ok", "refused": "1201111203"}},
	"gone-folder": {func(l *lab) string { return code(l.do("GetFolder", params{"FolderPath": mc + "/none"})) },
		map[string]string{"empty": "ok", "refused": "1201111202"}},
	"env-types": {func(l *lab) string { return l.ok("GetProject", params{}).text("Data.EnvTypes") },
		map[string]string{"PROD": `["DEV","PROD"]`, "PRD": `["DEV","PRD"]`}},
	"url-limit": {func(l *lab) string {
		l.inQuery = true
		return code(l.do("CreateFile", params{"FileFolderPath": mc, "FileName": "a", "FileType": "10", "Content": strings.Repeat("x", 40_000)}))
	}, map[string]string{"32k": "RequestURITooLong", "none": "ok"}},
	"di-create-file": {func(l *lab) string {
		return code(l.do("CreateFile", params{"FileFolderPath": "业务流程/b/数据集成", "FileName": "a", "FileType": "23"}))
	}, map[string]string{"accepted": "ok", "refused": "1201111206"}},
	"di-failure": {func(l *lab) string {
		return code(l.raw.do("CreateDISyncTask", params{"ProjectId": "10000", "TaskType": "DI_OFFLINE", "TaskName": "a", "TaskContent": "{}", "TaskParam": `{"FileFolderPath":"业务流程/none/数据集成"}`}))
	}, map[string]string{"status-fail": "fail", "http-400": "Invalid.DI.Parameter"}},
	"unset-fields": {func(l *lab) string { return l.get(l.file("a"), "File.NodeId") },
		map[string]string{"absent": "", "zero": "0"}},
	"page-size": {func(l *lab) string {
		a := l.do("ListFiles", params{"PageSize": "101"})
		return code(a) + a.text("Data.PageSize")
	}, map[string]string{"refused": "InvalidPageSize", "capped": "ok100"}},
	"udf-update": {func(l *lab) string {
		u := params{"FileFolderPath": mc, "FileName": "fn", "FunctionType": "MATH", "ClassName": "c", "Resources": "r.py", "UdfDescription": "d"}
		id := l.ok("CreateUdfFile", u).text("Data")
		l.ok("UpdateUdfFile", params{"FileId": id, "FunctionType": "DATE", "ClassName": "c", "Resources": "r.py"})
		return fmt.Sprint(strings.Contains(l.get(id, "File.Content"), `"description":"d"`))
	}, map[string]string{"keeps": "true", "clears": "false"}},
}

// Each switch shows each of its sides.
func TestSwitches(t *testing.T) {
	for _, sw := range emulator.Switches() {
		c, there := switchCases[sw.Name]
		if !there {
			t.Errorf("no case for %s", sw.Name)
			continue
		}
		if got, want := sorted(c.want), slices.Sorted(slices.Values(sw.Values)); !slices.Equal(got, want) {
			t.Errorf("%s: cases for %v, values %v", sw.Name, got, want)
		}
		seen := map[string]string{}
		for _, v := range sw.Values {
			t.Run(sw.Name+"="+v, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					got := c.observe(newLab(t, emulator.Options{Switches: map[string]string{sw.Name: v}}))
					if got != c.want[v] {
						t.Errorf("got %q, want %q", got, c.want[v])
					}
					if other := seen[got]; other != "" {
						t.Errorf("%s and %s look the same: %q", other, v, got)
					}
					seen[got] = v
				})
			})
		}
	}
	if _, err := emulator.Open(t.TempDir()+"/x", emulator.Options{Switches: map[string]string{"no-such": "x"}}); err == nil {
		t.Error("an unknown switch was accepted")
	}
	if err := emulator.New(emulator.Options{}).SetSwitches(map[string]string{"stop": "x"}); err == nil {
		t.Error("an unknown value was accepted")
	}
}
