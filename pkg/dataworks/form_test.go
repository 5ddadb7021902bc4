package dataworks_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/model"
)

// reading makes a client whose GetFile answers with a file and a node configuration.
func reading(t *testing.T, file, configuration string, more ...func(action string, params url.Values) string) *dataworks.Client {
	t.Helper()
	return service(t, func(action string, _ *http.Request, params url.Values) (*http.Response, error) {
		for _, f := range more {
			if body := f(action, params); body != "" {
				return respond(200, body)
			}
		}
		switch action {
		case "GetFile":
			return respond(200, fmt.Sprintf(`{"Success":true,"Data":{"File":{"FileId":1,"FileName":"a","FileType":10,"AbsoluteFolderPath":"业务流程/a/MaxCompute"%s},"NodeConfiguration":{%s}}}`, file, configuration))
		case "GetProject":
			return respond(200, `{"Success":true,"Data":{"ProjectId":10000,"ProjectIdentifier":"dw_project","ProjectMode":3,"EnvTypes":["DEV","PROD"]}}`)
		}
		return respond(404, `{"Code":"InvalidAction.NotFound"}`)
	})
}

func TestSpellingsOfFields(t *testing.T) {
	items := func(items ...model.Item) model.Value { return model.SetValue(items...) }
	for _, c := range []struct {
		file, configuration string
		field               model.Field
		want                model.Value
	}{
		{``, `"StartEffectDate":-28800000`, model.FieldStartEffectDate, model.TextValue("0")},
		{``, `"StartEffectDate":0`, model.FieldStartEffectDate, model.TextValue("0")},
		{``, `"StartEffectDate":86400000`, model.FieldStartEffectDate, model.TextValue("0")},
		{``, `"StartEffectDate":"936923400000"`, model.FieldStartEffectDate, model.TextValue("936923400000")},
		{``, `"EndEffectDate":253370736000000`, model.FieldEndEffectDate, model.TextValue("0")},
		{``, `"EndEffectDate":253402300799000`, model.FieldEndEffectDate, model.TextValue("0")},
		{``, `"EndEffectDate":4155787800000`, model.FieldEndEffectDate, model.TextValue("4155787800000")},
		{``, `"Stop":true,"SchedulerType":"NORMAL"`, model.FieldSchedulerType, model.TextValue("PAUSE")},
		{``, `"Stop":false,"SchedulerType":"PAUSE"`, model.FieldSchedulerType, model.TextValue("PAUSE")},
		{``, `"Stop":"true"`, model.FieldSchedulerType, model.TextValue("PAUSE")},
		{``, `"SchedulerType":"SKIP"`, model.FieldSchedulerType, model.TextValue("SKIP")},
		{``, ``, model.FieldSchedulerType, model.TextValue("NORMAL")},
		{``, `"RerunMode":null`, model.FieldRerunMode, model.TextValue("ALL_ALLOWED")},
		{``, `"RerunMode":"SOMETHING_NEW"`, model.FieldRerunMode, model.TextValue("SOMETHING_NEW")},
		{``, `"AutoRerunTimes":"3"`, model.FieldAutoRerunTimes, model.TextValue("3")},
		{``, `"Timeout":null`, model.FieldTimeout, model.TextValue("0")},
		{``, `"IgnoreParentSkipRunningProperty":"true"`, model.FieldIgnoreParentSkipRunningProperty, model.TextValue("true")},
		{``, `"IgnoreParentSkipRunningProperty":""`, model.FieldIgnoreParentSkipRunningProperty, model.TextValue("false")},
		{``, ``, model.FieldAutoParsing, model.TextValue("true")},
		{`,"AutoParsing":false`, ``, model.FieldAutoParsing, model.TextValue("false")},
		{`,"AutoParsing":null`, ``, model.FieldAutoParsing, model.TextValue("true")},
		{`,"Owner":1000000000001`, ``, model.FieldOwner, model.TextValue("1000000000001")},
		{``, `"DependentNodeIdList":"10, 5,,10"`, model.FieldDependentNodeIDList, items(model.NewItem("10"), model.NewItem("5"))},
		{``, `"InputList":null`, model.FieldInputList, items()},
		{``, `"InputList":[{"Input":"b","ParseType":"AUTO"},{"Input":"a","ParseType":"MANUAL"},{"Input":"c"},{"Input":"d","ParseType":"SYSTEM"}]`, model.FieldInputList,
			items(model.NewItem("a"), model.NewItem("b", "AUTO"), model.NewItem("c"), model.NewItem("d"))},
		{``, `"OutputList":[{"Output":"dw_project.28517347_out"},{"Output":"dw_project.a"},{"Output":"other.1_out"},{"Output":"dw_project.x1_out"},{"Output":"dw_project._out"}]`, model.FieldOutputList,
			items(model.NewItem("dw_project._out"), model.NewItem("dw_project.a"), model.NewItem("dw_project.x1_out"), model.NewItem("other.1_out"))},
		{``, `"OutputParameters":[{"ParameterName":"a","Type":1,"Value":"v"},{"ParameterName":"b","Type":"2","Value":null}]`, model.FieldOutputParameters,
			items(model.NewItem("a", "1", "v"), model.NewItem("b", "2"))},
	} {
		file, err := reading(t, c.file, c.configuration).GetFile(t.Context(), "1")
		if err != nil {
			t.Errorf("%s%s: %v", c.file, c.configuration, err)
			continue
		}
		if got := file.Object.Get(c.field); !got.Equal(c.want) {
			t.Errorf("%s%s: got %v, want %v", c.file, c.configuration, got, c.want)
		}
	}
}

func TestAutoOutputsComeApart(t *testing.T) {
	file, err := reading(t, ``, `"OutputList":[{"Output":"dw_project.28517347_out"},{"Output":"dw_project.a"}]`).GetFile(t.Context(), "1")
	if err != nil || !slices.Equal(file.AutoOutputs, []string{"dw_project.28517347_out"}) {
		t.Errorf("%v, %v", file.AutoOutputs, err)
	}
}

func TestWhatOnlyTheWorkspaceKnows(t *testing.T) {
	file, err := reading(t, `,"CommitStatus":1,"CurrentVersion":3,"NodeId":300001,"ParentId":-1,"BusinessId":"7","LastEditTime":1593879116000,"LastEditUser":42,"DeletedStatus":"RECYCLE_BIN"`, ``).GetFile(t.Context(), "1")
	if err != nil || file.Stage != model.StageSubmitted || file.CurrentVersion != 3 || file.NodeID != "300001" || file.Parent != "" || file.BusinessID != "7" || file.LastEditUser != "42" ||
		file.LastEditTime.UnixMilli() != 1593879116000 || !file.Deleted {
		t.Errorf("%+v, %v", file, err)
	}
	if file, err = reading(t, `,"NodeId":null,"CurrentVersion":0,"ParentId":0,"DeletedStatus":"NORMAL"`, ``).GetFile(t.Context(), "1"); err != nil || file.Stage != model.StageSaved || file.NodeID != "" || file.Parent != "" || file.Deleted {
		t.Errorf("%+v, %v", file, err)
	}
}

// The identifier of a resource group comes from the lists of groups, else from the node's row, else it is "#<number>".
func TestResourceGroupNames(t *testing.T) {
	group := func(action string, params url.Values) string {
		switch {
		case action != "ListResourceGroups":
			return ""
		case params.Get("ResourceGroupType") == "7" && params.Get("BizExtKey") == "single":
			return `{"Success":true,"Data":[{"Id":42,"Identifier":"group_42"}]}`
		case params.Get("ResourceGroupType") == "4":
			return `{"Success":false,"ErrorCode":"InvalidResourceGroupType"}`
		}
		return `{"Success":true,"Data":null}`
	}
	nodes := func(action string, _ url.Values) string {
		if action == "ListNodes" {
			return `{"Success":true,"Data":{"Nodes":[{"NodeId":5,"ResGroupIdentifier":"group_of_node"}],"TotalCount":1}}`
		}
		return ""
	}
	for _, c := range []struct{ file, number, want string }{
		{``, `42`, "group_42"}, {``, `"42"`, "group_42"}, {`,"NodeId":5`, `43`, "group_of_node"}, {`,"NodeId":6`, `43`, "#43"}, {``, `43`, "#43"}, {``, `0`, ""}, {``, `null`, ""},
	} {
		file, err := reading(t, c.file, `"ResourceGroupId":`+c.number, group, nodes).GetFile(t.Context(), "1")
		if got := file.Object.Text(model.FieldResourceGroup); err != nil || got != c.want {
			t.Errorf("%s %s: got %q, %v; want %q", c.file, c.number, got, err, c.want)
		}
	}
	// A list that cannot be read leaves nothing unknown: the file is not read.
	if _, err := reading(t, ``, `"ResourceGroupId":42`).GetFile(t.Context(), "1"); err == nil {
		t.Error("the groups could not be read, and the file was")
	}
}

func TestModes(t *testing.T) {
	for answer, want := range map[string]model.Mode{
		`"ProjectMode":3,"EnvTypes":["DEV","PROD"]`: model.ModeStandard,
		`"ProjectMode":2,"EnvTypes":["PROD"]`:       model.ModeSimple,
		`"ProjectMode":2,"EnvTypes":["PRD"]`:        model.ModeSimple,
		`"ProjectMode":2`:                           model.ModeSimple,
		`"ProjectMode":3`:                           model.ModeStandard,
	} {
		c := service(t, func(string, *http.Request, url.Values) (*http.Response, error) {
			return respond(200, `{"Success":true,"Data":{"ProjectId":1,"ProjectIdentifier":"p",`+answer+`}}`)
		})
		if p, err := c.Project(t.Context()); err != nil || p.Mode != want {
			t.Errorf("%s: %+v, %v", answer, p, err)
		}
	}
}

// sent gives the parameters that an update of fields sends.
func sent(t *testing.T, o model.Object, fields []model.Field, own ...string) (url.Values, error) {
	t.Helper()
	var params url.Values
	c := service(t, func(_ string, r *http.Request, p url.Values) (*http.Response, error) {
		params = maps.Clone(p)
		for name := range r.URL.Query() {
			delete(params, name)
		}
		return respond(200, `{"Success":true}`)
	})
	err := c.UpdateFile(t.Context(), "1", o, fields, own)
	return params, err
}

func TestAnUpdateSendsExactlyTheNamedFields(t *testing.T) {
	o := full("a")
	plain := model.NewObject(o.Key)
	for _, c := range []struct {
		o     model.Object
		field model.Field
		want  map[string]string
	}{
		{o, model.FieldSchedulerType, map[string]string{"SchedulerType": "PAUSE", "Stop": "true"}},
		{plain, model.FieldSchedulerType, map[string]string{"SchedulerType": "NORMAL", "Stop": "false"}},
		{o, model.FieldCronExpress, map[string]string{"CronExpress": "00 */10 * * * ?", "CycleType": "NOT_DAY"}},
		{node("a"), model.FieldCronExpress, map[string]string{"CronExpress": "00 30 00 * * ?", "CycleType": "DAY"}},
		{plain, model.FieldCronExpress, map[string]string{"CronExpress": ""}},
		{plain, model.FieldContent, map[string]string{"Content": ""}},
		{plain, model.FieldInputList, map[string]string{"InputList": ""}},
		{plain, model.FieldInputParameters, map[string]string{"InputParameters": "[]"}},
		{plain, model.FieldEndEffectDate, map[string]string{"EndEffectDate": "253370736000000"}},
		{plain, model.FieldStartEffectDate, map[string]string{"StartEffectDate": "0"}},
		{o, model.FieldOutputList, map[string]string{"OutputList": "dw_project.1_out,dw_project.a"}},
		{o, model.FieldInputParameters, map[string]string{"InputParameters": `[{"ParameterName":"in<1>","ValueSource":"dw_project.a:outputs"}]`}},
		{o, model.FieldDependentNodeIDList, map[string]string{"DependentNodeIdList": "10,5"}},
	} {
		params, err := sent(t, c.o, []model.Field{c.field}, "dw_project.1_out")
		if err != nil {
			t.Errorf("%s: %v", c.field, err)
		}
		want := url.Values{"ProjectId": {"10000"}, "FileId": {"1"}}
		for name, value := range c.want {
			want.Set(name, value)
		}
		if fmt.Sprint(params) != fmt.Sprint(want) {
			t.Errorf("%s: sent %v, want %v", c.field, params, want)
		}
	}
}

func TestWhatTheAPICannotSay(t *testing.T) {
	for field, item := range map[model.Field]string{model.FieldInputList: "a,b", model.FieldOutputList: "a,b", model.FieldDependentNodeIDList: " 1"} {
		o := node("a")
		o.Set(field, model.SetValue(model.NewItem(item)))
		_, err := sent(t, o, []model.Field{field})
		if _, ok := errors.AsType[*dataworks.UnsupportedError](err); !ok || !strings.Contains(err.Error(), string(field)) {
			t.Errorf("%s: %v", field, err)
		}
	}
	odd := function("f")
	odd.Set(model.FieldContent, model.TextValue(`{"new":1}`))
	uploaded := model.NewObject(model.FileKey(engineFolder, "a.py", 12))
	uploaded.Set(model.FieldUploaded, model.BoolValue(true))
	for _, o := range []model.Object{odd, uploaded, model.NewObject(model.FileKey(engineFolder, "f", 262)), model.NewObject(model.FileKey(engineFolder, "a.jar", 13))} {
		c := service(t, func(action string, _ *http.Request, _ url.Values) (*http.Response, error) {
			t.Errorf("%s was called", action)
			return respond(200, `{"Success":true,"Data":1}`)
		})
		_, err := c.CreateFile(t.Context(), o)
		if _, ok := errors.AsType[*dataworks.UnsupportedError](err); !ok {
			t.Errorf("%v: %v", o.Key, err)
		}
		if err := c.UpdateFile(t.Context(), "1", o, []model.Field{model.FieldContent, model.FieldClassName, model.FieldUploaded}, nil); err == nil {
			t.Errorf("%v: an update was sent", o.Key)
		}
	}
}
