package emulator_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/dwsync/dwsync/pkg/emulator"
)

// world is a workspace in which every action has something to do.
type world struct {
	*raw
	server   *emulator.Server
	snapshot emulator.Snapshot
	ids      map[string]string // file name -> FileId
	nodes    map[string]string // file name -> NodeId
	business string
	folder   string
	empty    string
	checker  string
	message  map[string]string // type -> MessageId
	deploy   string
}

const (
	taskContent = `{"type":"job","version":"2.0","steps":[]}`
	taskConfig  = `{"FileFolderPath":"业务流程/b/数据集成","ResourceGroup":"S_res_group_280749521950784_1700000000002"}`
)

func newWorld(t testing.TB, o emulator.Options) *world {
	t.Helper()
	o.Projects = append(o.Projects, emulator.Project{Name: "dw_project", ID: 10000, Connections: []string{"odps_other"}})
	o.DeploymentTime, o.Seed = -1, 1
	switches := map[string]string{"extension-check": "waits"}
	maps.Copy(switches, o.Switches)
	o.Switches = switches
	s := emulator.New(o)
	w := &world{raw: inProcess(t, s), server: s, ids: map[string]string{}, nodes: map[string]string{}, message: map[string]string{}}
	const mc = "业务流程/b/MaxCompute/ods"
	files := []emulator.SeedFile{
		{Folder: mc, Name: "parent", Type: 10, Content: "SELECT 1", AutoOutputs: []string{"dw_project.parent_table"}, Params: params{"InputList": "dw_project_root", "CronExpress": "00 30 00 * * ?", "ParaValue": "a=b", "FileDescription": "d"}, Stage: emulator.Deployed},
		{Folder: mc, Name: "child", Type: 10, Content: "SELECT 2", AutoOutputs: []string{"dw_project.child_table"},
			Params: params{"InputList": "dw_project.parent", "InputParameters": `[{"ParameterName":"in","ValueSource":"dw_project.parent:out"}]`, "OutputParameters": `[{"ParameterName":"out","Type":1,"Value":"${bizdate}","Description":"x"}]`}, Stage: emulator.Deployed},
		{Folder: mc, Name: "leaf", Type: 10, Params: params{"InputList": "dw_project.child"}, Stage: emulator.Deployed},
		{Folder: mc, Name: "single", Type: 10, Params: params{"InputList": "dw_project_root"}, Stage: emulator.Deployed},
		{Folder: mc, Name: "udf.py", Type: 12, Content: "x", Resource: "http://example.com/udf.py", Stage: emulator.Submitted},
		{Folder: mc, Name: "fn", Type: 17, Content: `{"name":"fn","resources":"udf.py"}`},
		{Folder: "业务流程/b/数据集成", Name: "sync", Type: 23, Content: taskContent, Params: params{"InputList": "dw_project_root"}},
		{Folder: "业务流程/b/通用", Name: "group", Type: 98, Params: params{"InputList": "dw_project_root"}},
		{Folder: "业务流程/b/通用", Name: "inner", Type: 6, Parent: "业务流程/b/通用/group", Params: params{"InputList": "dw_project_root"}},
		{Folder: "业务流程/b/MaxCompute/empty", Name: "gone", Type: 10},
		{Folder: "业务流程/empty/MaxCompute", Name: "gone", Type: 10},
	}
	ids, err := s.Seed("dw_project", files...)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range files {
		if f.Name == "gone" {
			w.ok("DeleteFile", params{"ProjectId": "10000", "FileId": fmt.Sprint(ids[i])})
			continue
		}
		w.ids[f.Name] = fmt.Sprint(ids[i])
		w.nodes[f.Name] = w.ok("GetFile", params{"ProjectId": "10000", "FileId": fmt.Sprint(ids[i])}).text("Data.File.NodeId")
	}
	for i, b := range w.ok("ListBusiness", params{"ProjectId": "10000", "PageNumber": "1", "PageSize": "10"}).list("Data.Business") {
		if i == 0 {
			w.business = text(b.(map[string]any)["BusinessId"])
		} else {
			w.empty = text(b.(map[string]any)["BusinessId"])
		}
	}
	w.folder = unquoted(w.ok("GetFolder", params{"ProjectId": "10000", "FolderPath": "业务流程/b/MaxCompute/empty"}).text("Data.FolderId"))
	// A submit whose check waits, a deploy and a delete leave messages.
	w.deploy = w.ok("SubmitFile", params{"ProjectId": "10000", "FileId": w.ids["parent"], "Comment": "again"}).text("Data")
	w.ok("DeleteFile", params{"ProjectId": "10000", "FileId": w.ids["leaf"]})
	w.ok("DeployFile", params{"ProjectId": "10000", "FileId": w.ids["udf.py"]})
	for _, kind := range []string{emulator.EventFileExecute, emulator.EventTableSubmit} {
		var file int64
		if kind == emulator.EventFileExecute {
			file = ids[0]
		}
		table := "tb"
		if file != 0 {
			table = ""
		}
		if _, err := s.Emit("dw_project", kind, file, table); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range s.Events() {
		w.message[e.Type] = e.MessageID
		if e.CheckerInstanceID != "" && e.Type == emulator.EventFileSubmit {
			w.checker = e.CheckerInstanceID
		}
	}
	w.snapshot = s.Snapshot()
	return w
}

func unquoted(s string) string { return strings.Trim(s, `"`) }

// back goes back to the world's beginning.
func (w *world) back() {
	w.t.Helper()
	if err := w.server.Restore(w.snapshot); err != nil {
		w.t.Fatal(err)
	}
}

// samples are calls of an action that succeed. The first has every parameter of
// the contract that can stand beside the others.
func (w *world) samples(action string) []params {
	const mc = "业务流程/b/MaxCompute/ods"
	p := func(kv ...string) params {
		out := params{"ProjectId": "10000", "ProjectIdentifier": "dw_project"}
		for i := 0; i < len(kv); i += 2 {
			out[kv[i]] = kv[i+1]
		}
		return out
	}
	only := func(kv ...string) params {
		out := p(kv...)
		delete(out, "ProjectIdentifier")
		return out
	}
	none := func(kv ...string) params {
		out := only(kv...)
		delete(out, "ProjectId")
		return out
	}
	schedule := []string{"FileDescription", "d2", "Content", "SELECT 3", "Owner", "1000000000007", "ConnectionName", "odps_other", "AutoParsing", "false", "AdvancedSettings", `{"queue":"q"}`,
		"AutoRerunTimes", "3", "AutoRerunIntervalMillis", "120000", "RerunMode", "FAILURE_ALLOWED", "Stop", "true", "ParaValue", "a=x b=y", "StartEffectDate", "936923400000", "EndEffectDate", "4155787800000",
		"CronExpress", "00 00-59/5 1-23 * * ?", "CycleType", "NOT_DAY", "DependentType", "USER_DEFINE", "DependentNodeIdList", "5,10,15,20", "InputList", "dw_project_root,dw_project.child", "OutputList", "dw_project.all_1,dw_project.all_2",
		"ResourceGroupIdentifier", "group_prod", "SchedulerType", "PAUSE", "StartImmediately", "true", "InputParameters", `[{"ValueSource":"dw_project.child:out","ParameterName":"in1"}]`, "OutputParameters", `[{"Type":2,"Value":"${bizdate}","ParameterName":"out1","Description":"y"}]`,
		"ApplyScheduleImmediately", "true", "IgnoreParentSkipRunningProperty", "true", "ImageId", "m-1", "Timeout", "2"}
	udf := []string{"FunctionType", "STRING", "ClassName", "udf.Concat", "Resources", "udf.py", "UdfDescription", "1", "CmdDescription", "2", "ParameterDescription", "3", "ReturnValue", "4", "Example", "5", "FileFolderPath", mc}
	paged := []string{"PageNumber", "1", "PageSize", "100"}
	with := func(more []string, kv ...string) []string { return append(slices.Clone(more), kv...) }
	switch action {
	case "CreateFile":
		return []params{p(with(schedule, "FileFolderPath", mc+"/new", "FileName", "new", "FileType", "10", "ResourceGroupId", "375827434852437", "CreateFolderIfNotExists", "true")...)}
	case "UpdateFile":
		return []params{p(with(schedule, "FileId", w.ids["child"], "FileName", "renamed", "FileFolderPath", "业务流程/b/MaxCompute/empty")...)}
	case "CreateUdfFile":
		return []params{p(with(udf, "FileName", "fn2", "CreateFolderIfNotExists", "true")...)}
	case "UpdateUdfFile":
		return []params{p(with(udf, "FileId", w.ids["fn"])...)}
	case "CreateResourceFile":
		return []params{only("FileName", "r.py", "FileFolderPath", mc, "FileType", "12", "OriginResourceName", "r.py", "RegisterToCalcEngine", "true", "Content", "x", "FileDescription", "d", "Owner", "1", "ResourceFile", "http://example.com/r", "StorageURL", "oss://b/r", "UploadMode", "true")}
	case "GetFile":
		return []params{p("FileId", w.ids["child"], "NodeId", w.nodes["child"]), p("NodeId", w.nodes["child"]), p("FileId", w.ids["udf.py"]), p("FileId", w.ids["inner"])}
	case "ListFiles":
		return []params{p(with(paged, "FileFolderPath", mc, "Keyword", "CHI", "UseType", "NORMAL", "FileTypes", "10,23", "Owner", "1000000000001", "NodeId", w.nodes["child"], "ExactFileName", "child", "FileIdIn", w.ids["child"]+","+w.ids["parent"],
			"LastEditUser", "1000000000001", "NeedAbsoluteFolderPath", "true", "NeedContent", "true", "CommitStatus", "1")...), p(), p("FileTypes", "12")}
	case "DeleteFile":
		return []params{p("FileId", w.ids["single"]), p("FileId", w.ids["sync"])}
	case "SubmitFile":
		return []params{p("FileId", w.ids["child"], "Comment", "c", "SkipAllDeployFileExtensions", "true")}
	case "DeployFile":
		return []params{p("FileId", w.ids["leaf"], "NodeId", w.nodes["leaf"], "Comment", "c"), p("NodeId", w.nodes["leaf"])}
	case "CreateBusiness":
		return []params{p("BusinessName", "n", "Description", "d", "Owner", "1", "UseType", "MANUAL_BIZ")}
	case "UpdateBusiness":
		return []params{p("BusinessId", w.business, "BusinessName", "n", "Description", "d2", "Owner", "2")}
	case "GetBusiness":
		return []params{p("BusinessId", w.business)}
	case "DeleteBusiness":
		return []params{p("BusinessId", w.empty)}
	case "EstablishRelationTableToBusiness":
		return []params{p("BusinessId", w.business, "FolderId", w.folder, "TableGuid", "odps.dw_project.tb1")}
	case "ListBusiness":
		return []params{p(with(paged, "Keyword", "b")...)}
	case "CreateFolder":
		return []params{p("FolderPath", mc+"/x/y")}
	case "UpdateFolder":
		return []params{p("FolderId", w.folder, "FolderName", "n")}
	case "GetFolder":
		return []params{p("FolderId", w.folder, "FolderPath", "业务流程/b/MaxCompute/empty"), p("FolderPath", mc)}
	case "ListFolders":
		return []params{p(with(paged, "ParentFolderPath", "业务流程/b/MaxCompute")...)}
	case "DeleteFolder":
		return []params{p("FolderId", w.folder)}
	case "GetDeployment":
		return []params{p("DeploymentId", w.deploy)}
	case "ListDeployments":
		return []params{p(with(paged, "Creator", "1000000000001", "Executor", "1000000000001", "EndCreateTime", "9999999999999", "EndExecuteTime", "9999999999999", "Status", "1", "Keyword", "PARENT")...)}
	case "ListFileVersions":
		return []params{p(with(paged, "FileId", w.ids["parent"])...)}
	case "GetFileVersion":
		return []params{p("FileId", w.ids["parent"], "FileVersion", "1")}
	case "CheckFileDeployment":
		return []params{none("CheckerInstanceId", w.checker, "Status", "OK", "CheckDetailUrl", "https://example.com")}
	case "UpdateIDEEventResult":
		return []params{none("MessageId", w.message[emulator.EventFileSubmit], "ExtensionCode", "e", "CheckResult", "WARN", "CheckResultTip", "t")}
	case "GetIDEEventDetail":
		var all []params
		for _, kind := range sorted(w.message) {
			all = append(all, only("MessageId", w.message[kind]))
		}
		return all
	case "GetProject":
		return []params{p()}
	case "ListProjects":
		return []params{none(with(paged, "ResourceManagerResourceGroupId", "rg", "Tags", `[{"Key":"Env","Value":"Test"}]`)...)}
	case "ListProjectMembers":
		return []params{only(paged...)}
	case "ListResourceGroups":
		return []params{none("ResourceGroupType", "1", "Keyword", "资源组", "BizExtKey", "default", "ResourceManagerResourceGroupId", "rg", "Tags", `[{"Key":"Env","Value":"Test"}]`, "TypeNames", "t")}
	case "ListDataSources":
		return []params{only(with(paged, "Name", "odps", "DataSourceType", "odps", "Status", "ENABLED", "EnvType", "1")...), only("SubType", "mysql")}
	case "ListConnections":
		return []params{only(with(paged, "Name", "odps", "ConnectionType", "odps", "Status", "1", "EnvType", "1")...), only("SubType", "mysql")}
	case "ListFileType":
		return []params{p(with(paged, "Keyword", "SQL", "Locale", "zh-CN")...)}
	case "ListNodes":
		return []params{only(with(paged, "ProjectEnv", "PROD", "Owner", "1000000000001", "BizName", "b", "NodeName", "chi", "ProgramType", "ODPS_SQL", "SchedulerType", "NORMAL")...)}
	case "GetNode", "GetNodeCode":
		return []params{none("NodeId", w.nodes["child"], "ProjectEnv", "PROD")}
	case "GetNodeChildren":
		return []params{none("NodeId", w.nodes["parent"], "ProjectEnv", "PROD")}
	case "GetNodeParents":
		return []params{none("NodeId", w.nodes["child"], "ProjectEnv", "DEV")}
	case "ListNodesByOutput":
		return []params{none("Outputs", "dw_project.child,dw_project.none", "ProjectEnv", "PROD")}
	case "ListNodeInputOrOutput":
		return []params{none("NodeId", w.nodes["child"], "ProjectEnv", "PROD", "IoType", "input"), none("NodeId", w.nodes["child"], "ProjectEnv", "PRD", "IoType", "output")}
	case "UpdateNodeRunMode":
		return []params{none("NodeId", w.nodes["child"], "ProjectEnv", "PROD", "SchedulerType", "2")}
	case "UpdateNodeOwner":
		return []params{none("NodeId", w.nodes["child"], "ProjectEnv", "PROD", "UserId", "9")}
	case "CreateDISyncTask":
		return []params{only("TaskType", "DI_OFFLINE", "TaskContent", taskContent, "TaskParam", taskConfig, "TaskName", "new_di", "ClientToken", "t1")}
	case "UpdateDISyncTask":
		return []params{only("FileId", w.ids["sync"], "TaskType", "DI_OFFLINE", "TaskContent", taskContent, "TaskParam", taskConfig)}
	}
	w.t.Fatalf("no sample of %s", action)
	return nil
}
