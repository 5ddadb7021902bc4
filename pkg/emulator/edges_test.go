package emulator_test

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dwsync/dwsync/pkg/emulator"
)

// Options that cannot be right are refused, with what is wrong.
func TestOptions(t *testing.T) {
	for want, o := range map[string]emulator.Options{
		"name and an id":   {Projects: []emulator.Project{{Name: "p"}}},
		"neither":          {Projects: []emulator.Project{{Name: "p", ID: 1, Mode: "x"}}},
		"another project":  {Projects: []emulator.Project{{Name: "p", ID: 1}, {Name: "p", ID: 2}}},
		"another  project": {Projects: []emulator.Project{{Name: "p", ID: 1}, {Name: "q", ID: 1}}},
		"mode, not":        {Projects: []emulator.Project{{Name: "p", ID: 1}, {Name: "p", ID: 1, Mode: emulator.Simple}}},
		"a secret":         {Credentials: []emulator.Credential{{AccessKeyID: "k"}}},
		"no limits":        {Limits: emulator.Limits{Preset: "x"}},
		"below 0":          {Limits: emulator.Limits{Buckets: []emulator.Bucket{{PerDay: -1}}}},
		"unknown kind":     {Faults: []emulator.Fault{{Kind: "x"}}},
		"no switch":        {Switches: map[string]string{"x": "y"}},
	} {
		_, err := emulator.Open(filepath.Join(t.TempDir(), "e.db"), o)
		if err == nil || !strings.Contains(err.Error(), strings.ReplaceAll(want, "  ", " ")) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
	if _, err := emulator.Open(t.TempDir(), emulator.Options{}); err == nil {
		t.Error("a directory was opened")
	}
	defer func() {
		if recover() == nil {
			t.Error("New takes what Open refuses")
		}
	}()
	emulator.New(emulator.Options{Switches: map[string]string{"x": "y"}})
}

// The format follows the Format parameter, then the Accept header, then the
// signature.
func TestFormats(t *testing.T) {
	s := emulator.New(emulator.Options{})
	for _, tc := range []struct {
		v3             bool
		format, accept string
		want           string
	}{
		{false, "", "", "text/xml"}, {false, "", "application/json", "application/json"}, {false, "xml", "application/json", "text/xml"}, {false, "json", "text/xml", "application/json"},
		{true, "", "", "application/json"}, {true, "", "application/xml", "text/xml"},
	} {
		c := inProcess(t, s)
		c.v3, c.xml = tc.v3, true
		if tc.format != "" {
			c.tamper = map[string]string{"Format": tc.format}
		}
		r := c.request("GetProject", params{"ProjectId": "10000"})
		r.Header.Set("Accept", tc.accept)
		if got := c.send(r).header.Get("Content-Type"); !strings.HasPrefix(got, tc.want) {
			t.Errorf("%+v: %s", tc, got)
		}
	}
}

// A v3 client may send its parameters as one JSON object.
func TestJSONBody(t *testing.T) {
	l := newLab(t, emulator.Options{})
	l.v3 = true
	send := func(body string) *answer {
		l.json = body
		defer func() { l.json = "" }()
		return l.send(l.request("CreateBusiness", params{}))
	}
	a := send(`{"ProjectId":10000,"BusinessName":"描述 \"x\"","Description":null}`)
	if a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if got := l.ok("GetBusiness", params{"BusinessId": a.text("BusinessId")}).text("Data.BusinessName"); got != `描述 "x"` {
		t.Errorf("name %q", got)
	}
	if a := send(`{"ProjectId":`); a.text("Code") != "InvalidParameter" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// What cannot be stored is not answered as done, and not done.
func TestStoreFailure(t *testing.T) {
	s, err := emulator.Open(filepath.Join(t.TempDir(), "e.db"), emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := inProcess(t, s)
	c.ok("CreateBusiness", params{"ProjectId": "10000", "BusinessName": "a"})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if a := c.do("CreateBusiness", params{"ProjectId": "10000", "BusinessName": "b"}); a.status != 500 || a.text("Code") != "InternalError.System" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if got := c.ok("ListBusiness", params{"ProjectId": "10000", "PageNumber": "1", "PageSize": "9"}).text("Data.TotalCount"); got != "1" {
		t.Errorf("%s businesses", got)
	}
	if err := s.Restore(s.Snapshot()); err == nil {
		t.Error("a closed store took a snapshot")
	}
	if err := s.Restore(emulator.Snapshot{}); err == nil {
		t.Error("an empty snapshot was restored")
	}
	if _, err := s.Seed("none"); err == nil {
		t.Error("a project that is not there was seeded")
	}
	if _, err := s.Seed("dw_project", emulator.SeedFile{Folder: mc, Name: "a", Type: 10, Params: params{"CronExpress": "x"}}); err == nil || !strings.Contains(err.Error(), "a:") {
		t.Errorf("a file with a wrong cron was seeded: %v", err)
	}
}

// Data integration tasks: what is wrong with them comes as Data.Status=fail.
func TestIntegrationTasks(t *testing.T) {
	l := newLab(t, emulator.Options{})
	task := func(kv ...string) params {
		p := params{"ProjectId": "10000", "TaskType": "DI_OFFLINE", "TaskName": "sync", "TaskContent": taskContent, "TaskParam": taskConfig}
		for i := 0; i < len(kv); i += 2 {
			p[kv[i]] = kv[i+1]
		}
		return p
	}
	made := l.ok("CreateDISyncTask", task("ClientToken", "once"))
	id := made.text("Data.FileId")
	if again := l.ok("CreateDISyncTask", task("ClientToken", "once")).text("Data.FileId"); again != id {
		t.Errorf("the same token made %s and %s", id, again)
	}
	if got := l.get(id, "File.FileType") + l.get(id, "File.Content") + l.get(id, "NodeConfiguration.ParaValue"); got != "23"+taskContent+"bizdate=$bizdate" {
		t.Errorf("the task: %s", got)
	}
	for message, p := range map[string]params{
		"不合法的目录路径":              task("TaskName", "x", "TaskParam", `{"FileFolderPath":"业务流程/b/x"}`),
		"不合法的目录路径：业务流程/b/通用":    task("TaskName", "x", "TaskParam", `{"FileFolderPath":"业务流程/b/通用"}`),
		"ResourceGroup:[no] is": task("TaskName", "x", "TaskParam", `{"ResourceGroup":"no"}`),
		"TaskParam is invalid":  task("TaskName", "x", "TaskParam", `{`),
		"TaskType:[DI_SOLUTION": task("TaskName", "x", "TaskType", "DI_SOLUTION"),
		"TaskName is invalid":   task("TaskName", ""),
	} {
		if a := l.ok("CreateDISyncTask", p); a.text("Data.Status") != "fail" || !strings.HasPrefix(a.text("Data.Message"), message) {
			t.Errorf("want %s, got %s", message, a.body)
		}
	}
	update := func(kv ...string) *answer {
		p := params{"ProjectId": "10000", "FileId": id, "TaskType": "DI_OFFLINE"}
		for i := 0; i < len(kv); i += 2 {
			p[kv[i]] = kv[i+1]
		}
		return l.do("UpdateDISyncTask", p)
	}
	if a := update("TaskContent", `{"steps":[1]}`); a.text("Data.Status") != "success" || l.get(id, "File.Content") != `{"steps":[1]}` {
		t.Errorf("update: %s", a.body)
	}
	if a := update("TaskParam", `{"ResourceGroup":"no"}`); a.text("Data.Status") != "fail" {
		t.Errorf("update: %s", a.body)
	}
	if a := update("TaskType", "DI_REALTIME"); a.text("Data.Status") != "fail" {
		t.Errorf("update: %s", a.body)
	}
	if a := update("FileId", l.file("sql")); a.text("Data.Status") != "fail" {
		t.Errorf("update of another type: %s", a.body)
	}
	if a := update("TaskContent", "{"); a.text("Code") != "Invalid.DI.Parameter" {
		t.Errorf("update: %s", a.body)
	}
}

// Each filter of ListDeployments lets the right packages through.
func TestListDeployments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Options{DeploymentTime: time.Second, Credentials: []emulator.Credential{emulator.DefaultCredential(), {AccessKeyID: "other", AccessKeySecret: "s", UserID: "2"}}})
		first := l.submit(l.file("ods_a"))
		time.Sleep(time.Minute)
		l.key, l.secret = "other", "s"
		second := l.submit(l.file("dwd_b"))
		at := fmt.Sprint(time.Now().Add(-30 * time.Second).UnixMilli())
		for name, tc := range map[string]struct {
			p    params
			want string
		}{
			"all, newest first": {params{}, second + first}, "creator": {params{"Creator": "2"}, second}, "executor": {params{"Executor": "1000000000001"}, first},
			"status": {params{"Status": "0"}, second}, "ended": {params{"Status": "1"}, first}, "keyword": {params{"Keyword": "ODS"}, first},
			"created until": {params{"EndCreateTime": at}, first}, "executed until": {params{"EndExecuteTime": at}, first}, "page": {params{"PageSize": "1", "PageNumber": "2"}, first},
		} {
			got := ""
			for _, d := range l.ok("ListDeployments", tc.p).list("Data.Deployments") {
				got += text(d.(map[string]any)["Id"])
			}
			if got != tc.want {
				t.Errorf("%s: got %s, want %s", name, got, tc.want)
			}
		}
	})
}

// A transport ends with its client's context, and passes the body on to be
// closed.
func TestTransport(t *testing.T) {
	s := emulator.New(emulator.Options{})
	c := inProcess(t, s)
	closed := false
	r := c.request("GetProject", params{"ProjectId": "10000"})
	r.Body = closer{r.Body, &closed}
	if a := c.send(r); a.status != 200 || !closed {
		t.Errorf("%d, closed %v", a.status, closed)
	}
	resp, err := s.Transport().RoundTrip(c.request("GetProject", params{"ProjectId": "10000"}))
	if err != nil || resp.Status != "200 OK" || resp.Request == nil || resp.ContentLength <= 0 {
		t.Errorf("%+v %v", resp, err)
	}
	var e error = &emulator.Error{Status: 400, Code: "C", Message: "m"}
	if got := e.Error(); got != "400 C: m" || errors.Is(e, io.EOF) {
		t.Error(got)
	}
}

type closer struct {
	io.Reader
	closed *bool
}

func (c closer) Close() error { *c.closed = true; return nil }
