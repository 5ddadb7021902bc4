package main_test

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	dataworks_public "github.com/aliyun/alibaba-cloud-sdk-go/services/dataworks-public"
	"github.com/rogpeppe/go-internal/testscript"
)

// emulate FILE [NAME=ID[:simple]]... starts the program `dwsync emulator` on a free port, its workspace kept in FILE, and sets ENDPOINT. It is killed when the
// script ends, or by the next emulate.
func emulate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: emulate FILE [NAME=ID]...")
	}
	if previous, ok := ts.Value(emulatorProcess{}).(*exec.Cmd); ok && previous.Process != nil {
		_ = previous.Process.Kill()
		_ = previous.Wait()
	}
	program := ""
	for dir := range strings.SplitSeq(ts.Getenv("PATH"), string(filepath.ListSeparator)) {
		if found, err := exec.LookPath(filepath.Join(dir, "dwsync")); err == nil {
			program = found
			break
		}
	}
	arguments := []string{"emulator", "--listen", "127.0.0.1:0", "--deployment-time", "20ms", "--data", ts.MkAbs(args[0])}
	for _, project := range args[1:] {
		arguments = append(arguments, "--project", project)
	}
	process := exec.Command(program, arguments...)
	stdout, err := process.StdoutPipe()
	ts.Check(err)
	ts.Check(process.Start())
	*ts.Value(emulatorProcess{}).(*exec.Cmd) = *process
	ts.Defer(func() {
		_ = process.Process.Kill()
		_ = process.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	ts.Check(err)
	address, found := strings.CutPrefix(strings.TrimSpace(line), "listening on http://")
	if !found {
		ts.Fatalf("the emulator's first line is %q", line)
	}
	ts.Setenv("ENDPOINT", address)
}

type emulatorProcess struct{}

// plainsdk is a program that knows the API by the vendor's SDK alone: it makes a business with a folder and a file, updates the file's content, submits and
// deploys it.
func plainsdk(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: plainsdk")
	}
	client, err := dataworks_public.NewClientWithOptions("cn-shanghai", sdk.NewConfig().WithScheme("HTTP"), credentials.NewAccessKeyCredential("dwsync", "dwsync"))
	ts.Check(err)
	endpoint, project := ts.Getenv("ENDPOINT"), requests.NewInteger(10000)

	business := dataworks_public.CreateCreateBusinessRequest()
	business.Domain, business.ProjectId, business.BusinessName, business.Description = endpoint, project, "sdk", "made by the SDK"
	_, err = client.CreateBusiness(business)
	ts.Check(err)

	folder := dataworks_public.CreateCreateFolderRequest()
	folder.Domain, folder.ProjectId, folder.FolderPath = endpoint, project, "业务流程/sdk/MaxCompute/ods"
	_, err = client.CreateFolder(folder)
	ts.Check(err)

	file := dataworks_public.CreateCreateFileRequest()
	file.Domain, file.ProjectId, file.FileFolderPath = endpoint, project, "业务流程/sdk/MaxCompute/ods"
	file.FileName, file.FileType, file.Content = "orders", requests.NewInteger(10), "SELECT 1;"
	file.CronExpress, file.CycleType, file.InputList = "00 30 00 * * ?", "DAY", "dw_project_root"
	created, err := client.CreateFile(file)
	ts.Check(err)

	update := dataworks_public.CreateUpdateFileRequest()
	update.Domain, update.ProjectId, update.FileId = endpoint, project, requests.NewInteger64(created.Data)
	update.Content = "SELECT 2;\n"
	_, err = client.UpdateFile(update)
	ts.Check(err)

	submit := dataworks_public.CreateSubmitFileRequest()
	submit.Domain, submit.ProjectId, submit.FileId = endpoint, project, requests.NewInteger64(created.Data)
	submitted, err := client.SubmitFile(submit)
	ts.Check(err)
	awaitDeployment(ts, client, endpoint, submitted.Data)

	deploy := dataworks_public.CreateDeployFileRequest()
	deploy.Domain, deploy.ProjectId, deploy.FileId = endpoint, project, requests.NewInteger64(created.Data)
	deployed, err := client.DeployFile(deploy)
	ts.Check(err)
	awaitDeployment(ts, client, endpoint, deployed.Data)
}

func awaitDeployment(ts *testscript.TestScript, client *dataworks_public.Client, endpoint string, id int64) {
	for range 500 {
		get := dataworks_public.CreateGetDeploymentRequest()
		get.Domain, get.ProjectId, get.DeploymentId = endpoint, requests.NewInteger(10000), requests.NewInteger64(id)
		deployment, err := client.GetDeployment(get)
		ts.Check(err)
		switch deployment.Data.Deployment.Status {
		case 1:
			return
		case 2:
			ts.Fatalf("deployment %d failed: %s", id, deployment.Data.Deployment.ErrorMessage)
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("deployment %d does not end", id)
}
