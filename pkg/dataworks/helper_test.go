package dataworks_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
)

// marked is a secret that no output may hold.
const marked = "MARKEDsecret/+=value0123456789"

const markedID = "LTAIMARKEDaccesskey01"

var projectRef = dataworks.ProjectRef{ID: "10000", Identifier: "dw_project"}

// open makes a client of an in-process emulator.
func open(t testing.TB, s *emulator.Server, change ...func(*dataworks.Options)) *dataworks.Client {
	t.Helper()
	o := dataworks.Options{Project: projectRef, Credentials: dataworks.AccessKey("dwsync", "dwsync", ""), Transport: s.Transport()}
	return openWith(t, o, change...)
}

func openWith(t testing.TB, o dataworks.Options, change ...func(*dataworks.Options)) *dataworks.Client {
	t.Helper()
	for _, f := range change {
		f(&o)
	}
	c, err := dataworks.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// roundTripper is a service made of a function.
type roundTripper func(action string, r *http.Request, params url.Values) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	params, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	for name, values := range r.URL.Query() {
		params[name] = append(params[name], values...)
	}
	return f(params.Get("Action"), r, params)
}

func respond(status int, body string) (*http.Response, error) {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader([]byte(body)))}, nil
}

// service makes a client of a service made of a function.
func service(t testing.TB, f roundTripper, change ...func(*dataworks.Options)) *dataworks.Client {
	t.Helper()
	o := dataworks.Options{
		Region: "cn-shanghai", Project: projectRef, Credentials: dataworks.AccessKey(markedID, marked, "TOKEN"+marked), Transport: f,
		Retry: dataworks.Retry{Attempts: 3, First: time.Millisecond, Longest: time.Millisecond, Budget: 20 * time.Millisecond}, Settle: time.Millisecond,
	}
	return openWith(t, o, change...)
}

// calls records the attempts of a client.
type calls struct {
	mu  sync.Mutex
	all []dataworks.Call
}

func (c *calls) log(call dataworks.Call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, call)
}

func (c *calls) count(action string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, call := range c.all {
		if call.Action == action {
			n++
		}
	}
	return n
}

const engineFolder model.FolderPath = "业务流程/电商数仓/MaxCompute"

// business makes a business and gives its id.
func business(t testing.TB, c *dataworks.Client) model.BusinessID {
	t.Helper()
	o := model.NewObject(model.BusinessKey("业务流程/电商数仓"))
	o.Set(model.FieldDescription, model.TextValue("订单"))
	id, err := c.CreateBusiness(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// node is a node's form that can be submitted.
func node(name string) model.Object {
	o := model.NewObject(model.FileKey(engineFolder, name, 10))
	o.Set(model.FieldContent, model.TextValue("select 1;\n"))
	o.Set(model.FieldCronExpress, model.TextValue("00 30 00 * * ?"))
	o.Set(model.FieldInputList, model.SetValue(model.NewItem("dw_project_root")))
	o.Set(model.FieldOutputList, model.SetValue(model.NewItem("dw_project."+name)))
	return o
}

// full is a node's form in which no field has its default.
func full(name string) model.Object {
	o := node(name)
	for f, v := range map[model.Field]model.Value{
		model.FieldContent:                         model.TextValue("\ufeffselect '" + `\u0000&<>"+%20 ~*` + "';\r\n-- 中文 😀\r\n\t"),
		model.FieldFileDescription:                 model.TextValue("每日, 增量 & 全量"),
		model.FieldOwner:                           model.TextValue("1000000000001"),
		model.FieldConnectionName:                  model.TextValue("odps_first"),
		model.FieldAutoParsing:                     model.BoolValue(false),
		model.FieldAdvancedSettings:                model.TextValue(`{"queue":"default"}`),
		model.FieldAutoRerunTimes:                  model.NumberValue(3),
		model.FieldAutoRerunIntervalMillis:         model.NumberValue(120000),
		model.FieldRerunMode:                       model.TextValue("FAILURE_ALLOWED"),
		model.FieldParaValue:                       model.TextValue("bizdate=$bizdate h=$[hh24-1/24]"),
		model.FieldStartEffectDate:                 model.NumberValue(936923400000),
		model.FieldEndEffectDate:                   model.NumberValue(4155787800000),
		model.FieldCronExpress:                     model.TextValue("00 */10 * * * ?"),
		model.FieldDependentType:                   model.TextValue("USER_DEFINE"),
		model.FieldDependentNodeIDList:             model.SetValue(model.NewItem("5"), model.NewItem("10")),
		model.FieldSchedulerType:                   model.TextValue("PAUSE"),
		model.FieldStartImmediately:                model.BoolValue(true),
		model.FieldApplyScheduleImmediately:        model.BoolValue(true),
		model.FieldIgnoreParentSkipRunningProperty: model.BoolValue(true),
		model.FieldTimeout:                         model.NumberValue(7),
		model.FieldImageID:                         model.TextValue("m-bp1h4b5a8ogkbll2f3tr"),
		model.FieldInputParameters:                 model.SetValue(model.NewItem("in<1>", "dw_project.a:outputs")),
		model.FieldOutputParameters:                model.SetValue(model.NewItem("out", "1", "a&b", "常量"), model.NewItem("x", "2", "${bizdate}", "")),
	} {
		o.Set(f, v)
	}
	return o
}

// create makes a file with the whole form, as push does: CreateFile, then UpdateFile with what the create call does not take.
func create(t testing.TB, c *dataworks.Client, o model.Object) model.FileID {
	t.Helper()
	id, err := c.CreateFile(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	now, err := c.GetFile(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var fields []model.Field
	for _, d := range model.Differences(o, now.Object, nil) {
		fields = append(fields, d.Field)
	}
	if len(fields) > 0 {
		if err := c.UpdateFile(t.Context(), id, o, fields, now.AutoOutputs); err != nil {
			t.Fatal(err)
		}
	}
	return id
}
