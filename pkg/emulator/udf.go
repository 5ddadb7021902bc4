package emulator

import (
	"encoding/json"
	"slices"
)

// functionTypes are the values of FunctionType (reference 4.2).
var functionTypes = []string{"MATH", "AGGREGATE", "STRING", "DATE", "ANALYTIC", "OTHER"}

// functionCode is the file type of a MaxCompute function.
const functionCode = 17

func udfActions() []Action {
	common := []Param{str("FunctionType").required().oneOf(functionTypes...), str("ClassName").required(), str("Resources").required(), str("UdfDescription"), str("CmdDescription"),
		str("ParameterDescription"), str("ReturnValue"), str("Example"), str("FileFolderPath")}
	return []Action{
		{Name: "CreateUdfFile", Level: 2, Write: true, Scope: byProject, handle: createUdfFile,
			Params: projectParams(append(slices.Clone(common), str("FileName").required(), boolean("CreateFolderIfNotExists").since(newer))...)},
		{Name: "UpdateUdfFile", Level: 2, Write: true, Scope: byProject, handle: updateUdfFile,
			Params: projectParams(append(slices.Clone(common), str("FileId").required())...)},
	}
}

// udfContent is the content of a function's file (service-behaviour 7).
type udfContent struct {
	Name         string `json:"name"`
	FunctionType string `json:"functionType"`
	ClassName    string `json:"className"`
	Resources    string `json:"resources"`
	Description  string `json:"description"`
	CmdDesc      string `json:"cmdDesc"`
	ParamDesc    string `json:"paramDesc"`
	ReturnValue  string `json:"returnValue"`
	Example      string `json:"example"`
}

// set takes a call's parameters over; what it does not send stays, or goes where
// the switch udf-update says so.
func (u *udfContent) set(c *call) {
	for name, to := range map[string]*string{
		"FunctionType": &u.FunctionType, "ClassName": &u.ClassName, "Resources": &u.Resources, "UdfDescription": &u.Description,
		"CmdDescription": &u.CmdDesc, "ParameterDescription": &u.ParamDesc, "ReturnValue": &u.ReturnValue, "Example": &u.Example,
	} {
		if c.given(name) || c.is(swUdfUpdate, "clears") {
			*to = c.text(name)
		}
	}
}

func createUdfFile(c *call) (fields, *Error) {
	if c.text("FileFolderPath") == "" {
		return nil, ruleMissing.gateway("FileFolderPath")
	}
	folder, failure := c.folderFor(c.text("FileFolderPath"))
	if failure != nil {
		return nil, failure
	}
	f := c.newFile(c.text("FileName"), functionCode, folder)
	u := udfContent{Name: f.Name}
	u.set(c)
	f.Content = marshal(u)
	if failure := c.check(f, &file{}); failure != nil {
		return nil, failure
	}
	c.tx.put(f)
	return succeeded(field{"Data", number(f.ID)})
}

func updateUdfFile(c *call) (fields, *Error) {
	old, failure := c.liveFile()
	if failure != nil {
		return nil, failure
	}
	if old.Type != functionCode {
		return nil, ruleFile.refuse(c.text("FileId"))
	}
	f := *old
	if path := c.text("FileFolderPath"); path != "" {
		folder, failure := c.folderFor(path)
		if failure != nil {
			return nil, failure
		}
		f.FolderID = folder.ID
	}
	var u udfContent
	if err := json.Unmarshal([]byte(f.Content), &u); err != nil {
		u = udfContent{} // whatever it was, it is sent whole
	}
	u.Name = f.Name
	u.set(c)
	f.Content = marshal(u)
	if failure := c.check(&f, old); failure != nil {
		return nil, failure
	}
	f.EditTime, f.EditUser, f.Committed = max(c.now, old.EditTime+1), c.caller, false
	c.tx.put(&f)
	return succeeded()
}

// checkResources: a function can be submitted after its resources only.
func (c *call) checkResources(f *file) *Error {
	var u udfContent
	if err := json.Unmarshal([]byte(f.Content), &u); err != nil {
		return ruleResource.refuse(f.Name)
	}
	for _, name := range splitNames(u.Resources) {
		there := false
		for id := range c.state.workspaceNames[workspaceName{f.ProjectID, name}] {
			r := c.state.files[id]
			if t, _ := typeOf(r.Type); t.category == resource && r.CurrentVersion > 0 {
				there = true
			}
		}
		if !there {
			return ruleResource.refuse(name)
		}
	}
	return nil
}
