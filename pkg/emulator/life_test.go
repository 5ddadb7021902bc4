package emulator_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	dataworks "github.com/aliyun/alibaba-cloud-sdk-go/services/dataworks-public"
	"github.com/dwsync/dwsync/pkg/emulator"
)

const biz = "业务流程/电商数仓"

// life runs one whole life of a business with whatever client call stands for:
// create, fill, submit, deploy, version, rename, move, delete.
func life(t *testing.T, project string, mode emulator.Mode, call func(action string, p params) *answer) {
	t.Helper()
	do := func(action string, p params) *answer {
		t.Helper()
		p["ProjectIdentifier"] = project
		a := call(action, p)
		if a.status != 200 {
			t.Fatalf("%s %v: %d %s", action, p, a.status, a.body)
		}
		return a
	}
	release := func(id string) {
		t.Helper()
		for _, action := range []string{"SubmitFile", "DeployFile"} {
			if action == "DeployFile" && mode == emulator.Simple {
				break
			}
			d := do(action, params{"FileId": id, "Comment": "发布 " + action}).text("Data")
			if got := do("GetDeployment", params{"DeploymentId": d}); got.text("Data.Deployment.Status") != "1" {
				t.Fatalf("%s: %s", action, got.body)
			}
		}
	}
	business := do("CreateBusiness", params{"BusinessName": "电商数仓", "Description": "描述"}).text("BusinessId")
	folder := do("CreateFolder", params{"FolderPath": biz + "/MaxCompute/ods"}).text("Data")
	parent := do("CreateFile", params{"FileFolderPath": biz + "/MaxCompute/ods", "FileName": "ods_order_di", "FileType": "10", "Content": "SELECT 1;\n", "InputList": project + "_root", "CronExpress": "00 30 00 * * ?"}).text("Data")
	release(parent)
	file := do("CreateFile", params{"FileFolderPath": biz + "/MaxCompute/ods", "FileName": "dwd_order_di", "FileType": "10", "Content": "-- 你好 +*~ %20 =&\r\nSELECT 2", "InputList": project + ".ods_order_di"}).text("Data")
	do("UpdateFile", params{"FileId": file, "Content": "SELECT 3", "OutputList": project + ".dwd_order_di," + project + ".extra"})
	release(file)

	got := do("GetFile", params{"FileId": file})
	for path, want := range map[string]string{
		"Data.File.Content": "SELECT 3", "Data.File.CommitStatus": "1", "Data.File.CurrentVersion": "1", "Data.File.ConnectionName": "odps_first",
		"Data.File.BusinessId": business, "Data.File.FileFolderId": folder, "Data.NodeConfiguration.InputList.0.Input": project + ".ods_order_di",
		"Data.NodeConfiguration.CycleType": "", "Data.NodeConfiguration.ResourceGroupId": "375827434852437",
	} {
		if got.text(path) != want {
			t.Errorf("GetFile %s: got %q, want %q", path, got.text(path), want)
		}
	}
	if n := len(got.list("Data.NodeConfiguration.OutputList")); n != 3 {
		t.Errorf("want the automatic output and two others, got %d", n)
	}
	version := do("GetFileVersion", params{"FileId": file, "FileVersion": "1"})
	if version.text("Data.IsCurrentProd") != "true" || version.text("Data.FileContent") != "SELECT 3" || version.text("Data.Status") != "DEPLOYED" {
		t.Errorf("version: %s", version.body)
	}
	numeric := do("GetProject", params{}).text("Data.ProjectId")
	nodes := do("ListNodes", params{"ProjectId": numeric, "ProjectEnv": "PROD"})
	if nodes.text("Data.TotalCount") != "2" {
		t.Errorf("nodes in production: %s", nodes.body)
	}
	// Rename, move, release again.
	do("UpdateFile", params{"FileId": file, "FileName": "dwd_order_df"})
	do("CreateFolder", params{"FolderPath": biz + "/MaxCompute/dwd"})
	do("UpdateFile", params{"FileId": file, "FileFolderPath": biz + "/folderMaxCompute/dwd"})
	do("UpdateFolder", params{"FolderId": folder, "FolderName": "ods层"})
	do("UpdateBusiness", params{"BusinessId": business, "BusinessName": "电商"})
	rows := do("ListFiles", params{"PageSize": "100", "NeedAbsoluteFolderPath": "true", "UseType": "NORMAL"})
	if rows.text("Data.Files.0.AbsoluteFolderPath") != "业务流程/电商/MaxCompute/ods层" || rows.text("Data.Files.1.FileName") != "dwd_order_df" {
		t.Errorf("after the renames: %s", rows.body)
	}
	release(file)
	if vs := do("ListFileVersions", params{"FileId": file}); vs.text("Data.TotalCount") != "2" || vs.text("Data.FileVersions.0.IsCurrentProd") != "true" || vs.text("Data.FileVersions.1.IsCurrentProd") != "false" {
		t.Errorf("versions: %s", vs.body)
	}
	// Delete, children first.
	for _, id := range []string{file, parent} {
		d := do("DeleteFile", params{"FileId": id}).text("DeploymentId")
		if got := do("GetDeployment", params{"DeploymentId": d}); got.text("Data.Deployment.Status") != "1" {
			t.Errorf("deletion: %s", got.body)
		}
		if got := do("GetFile", params{"FileId": id}); got.text("Data.File.DeletedStatus") != "RECYCLE_BIN" {
			t.Errorf("deleted file: %s", got.body)
		}
		if mode == emulator.Standard {
			do("DeployFile", params{"FileId": id})
		}
	}
	if nodes := do("ListNodes", params{"ProjectId": numeric, "ProjectEnv": "PROD"}); nodes.text("Data.TotalCount") != "0" {
		t.Errorf("nodes left in production: %s", nodes.body)
	}
	folders := do("ListFolders", params{"ParentFolderPath": "业务流程/电商/MaxCompute", "PageNumber": "1", "PageSize": "10"})
	for i := range folders.list("Data.Folders") {
		do("DeleteFolder", params{"FolderId": folders.text(fmt.Sprint("Data.Folders.", i, ".FolderId"))})
	}
	do("DeleteBusiness", params{"BusinessId": business})
	if left := do("ListBusiness", params{"PageNumber": "1", "PageSize": "10"}); left.text("Data.TotalCount") != "0" {
		t.Errorf("businesses left: %s", left.body)
	}
}

func TestLife(t *testing.T) {
	projects := []emulator.Project{{Name: "dw_project", ID: 10000}, {Name: "dw_simple", ID: 20000, Mode: emulator.Simple}}
	clients := map[string]raw{
		"v1 POST form":       {},
		"v1 POST query":      {inQuery: true},
		"v1 POST mixed":      {mixed: true},
		"v1 POST all inForm": {inForm: true},
		"v1 GET query":       {method: "GET", inQuery: true},
		"v1 GET form":        {method: "GET"},
		"v3 POST form":       {v3: true},
		"v3 POST mixed":      {v3: true, mixed: true},
		"v3 GET query":       {v3: true, method: "GET", inQuery: true},
		"v3 STS":             {v3: true, key: "STS.key", secret: "s", token: "token/+="},
		"v1 STS":             {key: "STS.key", secret: "s", token: "token/+="},
	}
	for name, c := range clients {
		for _, p := range projects {
			t.Run(name+" "+p.Name, func(t *testing.T) {
				_, h := serve(t, emulator.Options{Projects: projects, Credentials: []emulator.Credential{emulator.DefaultCredential(), {AccessKeyID: "STS.key", AccessKeySecret: "s", SecurityToken: "token/+="}}})
				c.t, c.base, c.http = t, h.URL, h.Client()
				if c.key == "" {
					c.key, c.secret = "dwsync", "dwsync"
				}
				life(t, p.Name, cmpMode(p.Mode), c.do)
			})
		}
	}
}

func cmpMode(m emulator.Mode) emulator.Mode {
	if m == "" {
		return emulator.Standard
	}
	return m
}

// The CommonRequest client of the SDK, which knows no types.
func TestLifeCommonRequest(t *testing.T) {
	for _, mode := range []emulator.Mode{emulator.Standard, emulator.Simple} {
		t.Run(string(mode), func(t *testing.T) {
			_, h := serve(t, emulator.Options{Projects: []emulator.Project{{Name: "dw_project", ID: 10000, Mode: mode}}})
			client := sdkClient(t, h, "dwsync", "dwsync")
			life(t, "dw_project", mode, func(action string, p params) *answer {
				r := requests.NewCommonRequest()
				r.Method, r.Scheme, r.Domain, r.Version, r.ApiName = "POST", "http", strings.TrimPrefix(h.URL, "http://"), "2020-05-18", action
				for k, v := range p {
					r.FormParams[k] = v
				}
				resp, err := client.ProcessCommonRequest(r)
				if err != nil {
					t.Fatalf("%s: %v", action, err)
				}
				return decode(t, resp.GetHttpStatus(), resp.GetHttpContentString())
			})
		})
	}
}

// The typed client of the SDK, each request through its own type and method.
func TestLifeTypedClient(t *testing.T) {
	for _, mode := range []emulator.Mode{emulator.Standard, emulator.Simple} {
		t.Run(string(mode), func(t *testing.T) {
			_, h := serve(t, emulator.Options{Projects: []emulator.Project{{Name: "dw_project", ID: 10000, Mode: mode}}})
			client := sdkClient(t, h, "dwsync", "dwsync")
			life(t, "dw_project", mode, func(action string, p params) *answer {
				t.Helper()
				out := typedCall(t, client, action, p)
				return decode(t, out.GetHttpStatus(), out.GetHttpContentString())
			})
		})
	}
}

// The typed client of the SDK decodes what it is answered.
func TestTypedAnswers(t *testing.T) {
	s, h := serve(t, emulator.Options{})
	client := sdkClient(t, h, "dwsync", "dwsync")
	project := requests.NewInteger(10000)

	business := dataworks.CreateCreateBusinessRequest()
	business.ProjectId, business.BusinessName = project, "电商数仓"
	b, err := client.CreateBusiness(business)
	must(t, err, b.Success)
	folder := dataworks.CreateCreateFolderRequest()
	folder.ProjectId, folder.FolderPath = project, biz+"/MaxCompute/ods"
	fo, err := client.CreateFolder(folder)
	must(t, err, fo.Success && len(fo.Data) == 24)
	file := dataworks.CreateCreateFileRequest()
	file.ProjectId, file.FileFolderPath, file.FileName, file.FileType = project, biz+"/MaxCompute/ods", "ods_order_di", requests.NewInteger(10)
	file.Content, file.InputList, file.CronExpress, file.AutoRerunTimes = "SELECT 1", "dw_project_root", "00 30 00 * * ?", requests.NewInteger(3)
	file.OutputParameters = `[{"Type":1,"Value":"${bizdate}","ParameterName":"bizdate_param","Description":"d"}]`
	f, err := client.CreateFile(file)
	must(t, err, f.Success && f.Data > 30_000_000)
	id := requests.NewInteger64(f.Data)
	update := dataworks.CreateUpdateFileRequest()
	update.ProjectId, update.FileId, update.Content = project, id, "SELECT 2"
	u, err := client.UpdateFile(update)
	must(t, err, u.Success)

	submit := dataworks.CreateSubmitFileRequest()
	submit.ProjectId, submit.FileId, submit.Comment = project, id, "first"
	sub, err := client.SubmitFile(submit)
	must(t, err, sub.Success)
	deployment := dataworks.CreateGetDeploymentRequest()
	deployment.ProjectId, deployment.DeploymentId = project, requests.NewInteger64(sub.Data)
	d, err := client.GetDeployment(deployment)
	must(t, err, d.Data.Deployment.Status == 1 && d.Data.Deployment.ToEnvironment == 1 && len(d.Data.DeployedItems) == 1)
	deploy := dataworks.CreateDeployFileRequest()
	deploy.ProjectId, deploy.FileId = project, id
	dep, err := client.DeployFile(deploy)
	must(t, err, dep.Success)

	get := dataworks.CreateGetFileRequest()
	get.ProjectId, get.FileId = project, id
	g, err := client.GetFile(get)
	must(t, err, g.Success)
	if g.Data.File.Content != "SELECT 2" || g.Data.NodeConfiguration.CycleType != "DAY" || g.Data.File.CurrentVersion != 1 || g.Data.File.NodeId == 0 ||
		len(g.Data.NodeConfiguration.OutputList) != 2 || g.Data.NodeConfiguration.InputList[0].ParseType != "MANUAL" || g.Data.NodeConfiguration.OutputParameters[0].Type != "1" {
		t.Errorf("GetFile: %+v", g.Data)
	}
	versions := dataworks.CreateListFileVersionsRequest()
	versions.ProjectId, versions.FileId = project, id
	vs, err := client.ListFileVersions(versions)
	must(t, err, len(vs.Data.FileVersions) == 1 && vs.Data.FileVersions[0].IsCurrentProd)
	files := dataworks.CreateListFilesRequest()
	files.ProjectId = project
	fl, err := client.ListFiles(files)
	must(t, err, len(fl.Data.Files) == 1 && fl.Data.Files[0].FileName == "ods_order_di")
	folders := dataworks.CreateListFoldersRequest()
	folders.ProjectId, folders.ParentFolderPath, folders.PageNumber, folders.PageSize = project, "业务流程/", "1", "10"
	fs, err := client.ListFolders(folders)
	must(t, err, len(fs.Data.Folders) == 1 && fs.Data.Folders[0].FolderPath == biz)
	nodes := dataworks.CreateListNodesRequest()
	nodes.ProjectId, nodes.ProjectEnv = project, "PROD"
	ns, err := client.ListNodes(nodes)
	must(t, err, len(ns.Data.Nodes) == 1 && ns.Data.Nodes[0].FileId == f.Data && ns.Data.Nodes[0].FileVersion == 1)
	types := dataworks.CreateListFileTypeRequest()
	types.ProjectId, types.PageNumber, types.PageSize = project, "1", "50"
	ts, err := client.ListFileType(types)
	must(t, err, len(ts.NodeTypeInfoList.NodeTypeInfo) == 50)
	proj := dataworks.CreateGetProjectRequest()
	proj.ProjectId = project
	pr, err := client.GetProject(proj)
	must(t, err, pr.Data.ProjectIdentifier == "dw_project" && len(pr.Data.EnvTypes) == 2)
	groups := dataworks.CreateListResourceGroupsRequest()
	gr, err := client.ListResourceGroups(groups)
	must(t, err, len(gr.Data) > 0 && gr.Data[0].Identifier == "group_375827434852437")
	packages := dataworks.CreateListDeploymentsRequest()
	packages.ProjectId = project
	ps, err := client.ListDeployments(packages)
	must(t, err, len(ps.Data.Deployments) == 2)
	if calls := s.Calls(); calls.Total != 16 || calls.ByLevel["3"] != 3 || calls.ByAction["GetFile"] != 1 {
		t.Errorf("calls: %+v", calls)
	}
}

func must(t *testing.T, err error, ok bool) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		t.Error("the answer is not what was expected")
	}
}
