package main_test

import (
	"context"
	"strings"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
)

// switches NAME=VALUE... sets switches of the served emulator.
func switches(ts *testscript.TestScript, neg bool, args []string) {
	values := map[string]string{}
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		values[name] = value
	}
	ts.Check((*ts.Value(served{}).(**emulator.Server)).SetSwitches(values))
}

// operate freeze|unfreeze PATH, operate give PATH OWNER: what an operator does with a node in production, in the operation centre; operate submit PATH
// submits what is saved, as somebody in the console does.
func operate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: operate freeze|unfreeze|submit PATH, operate give PATH OWNER")
	}
	client, err := dataworks.Open(dataworks.Options{
		Endpoint: ts.Getenv("ENDPOINT"), Region: "cn-shanghai", Project: dataworks.ProjectRef{ID: "10000"}, Credentials: dataworks.AccessKey("dwsync", "dwsync", ""),
	})
	ts.Check(err)
	ctx, path := context.Background(), model.FolderPath(args[1])
	id, err := client.FindFile(ctx, model.FileKey(path.Parent(), path.Base(), 10))
	ts.Check(err)
	if args[0] == "submit" {
		_, err := client.SubmitFile(ctx, id, "by somebody in the console")
		ts.Check(err)
		return
	}
	file, err := client.GetFile(ctx, id)
	ts.Check(err)
	r := requests.NewCommonRequest()
	r.Product, r.Version, r.Domain, r.Scheme, r.Method = "dataworks-public", "2020-05-18", ts.Getenv("ENDPOINT"), "http", requests.POST
	r.FormParams["ProjectEnv"], r.FormParams["NodeId"] = "PROD", string(file.NodeID)
	switch args[0] {
	case "freeze":
		r.ApiName, r.FormParams["SchedulerType"] = "UpdateNodeRunMode", "2"
	case "unfreeze":
		r.ApiName, r.FormParams["SchedulerType"] = "UpdateNodeRunMode", "0"
	case "give":
		r.ApiName, r.FormParams["UserId"] = "UpdateNodeOwner", args[2]
	}
	raw, err := sdk.NewClientWithOptions("cn-shanghai", sdk.NewConfig().WithScheme("HTTP"), credentials.NewAccessKeyCredential("dwsync", "dwsync"))
	ts.Check(err)
	_, err = raw.ProcessCommonRequest(r)
	ts.Check(err)
}
