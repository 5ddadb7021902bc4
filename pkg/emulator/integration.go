package emulator

import (
	"encoding/json"
	"slices"
)

// integrationCode is the file type of an offline data integration task.
const integrationCode = 23

func integrationActions() []Action {
	types := []string{"DI_OFFLINE", "DI_REALTIME", "DI_SOLUTION"}
	return []Action{
		{Name: "CreateDISyncTask", Level: 3, Write: true, Scope: byID, handle: createDISyncTask,
			Params: []Param{long("ProjectId").required().inTheQuery(), str("TaskType").required().oneOf(types...).inTheQuery(), str("TaskContent").required(),
				str("TaskParam").inTheQuery(), str("TaskName").inTheQuery(), str("ClientToken").inTheQuery()}},
		{Name: "UpdateDISyncTask", Level: 3, Write: true, Scope: byID, handle: updateDISyncTask,
			Params: []Param{long("ProjectId").required().inTheQuery(), long("FileId").required().inTheQuery(), str("TaskType").required().oneOf(types...).inTheQuery(),
				str("TaskContent").inTheQuery(), str("TaskParam").inTheQuery()}},
	}
}

// taskParam is TaskParam (reference 5.1, 5.3; Cu is newer).
type taskParam struct {
	FileFolderPath string
	ResourceGroup  string
	Cu             string
}

// taskFailed is a refusal of data integration, which comes as a success with
// Data.Status=fail, or as a 400 where the switch di-failure says so.
func (c *call) taskFailed(message string) (fields, *Error) {
	if c.is(swDIFailure, "http-400") {
		e := ruleDIParameter.refuse()
		e.Message = message
		return nil, e
	}
	return fields{{"Success", flag(true)}, {"Data", fields{{"Status", text("fail")}, {"Message", text(message)}}}}, nil
}

// taskParams reads TaskParam; a message says what is wrong with it.
func (c *call) taskParams() (taskParam, string) {
	var p taskParam
	if raw := c.text("TaskParam"); raw != "" {
		if err := json.Unmarshal([]byte(raw), &p); err != nil {
			return p, "TaskParam is invalid."
		}
	}
	if p.ResourceGroup != "" && !slices.ContainsFunc(resourceGroups, func(g resourceGroup) bool { return g.identifier == p.ResourceGroup }) {
		return p, "ResourceGroup:[" + p.ResourceGroup + "] is invalid."
	}
	return p, ""
}

// mayIntegrate: a member who may do more than look.
func (c *call) mayIntegrate() bool {
	for _, m := range c.project.Members {
		if m.UserID == c.caller {
			return slices.ContainsFunc(m.Roles, func(r string) bool { return r != "role_project_guest" })
		}
	}
	return true
}

func createDISyncTask(c *call) (fields, *Error) {
	if !c.mayIntegrate() {
		return nil, ruleDIPrivilege.refuse()
	}
	if token := c.text("ClientToken"); token != "" {
		if id := c.state.clientTokens[token]; id != 0 {
			return taskSaved(id)
		}
	}
	p, wrong := c.taskParams()
	switch {
	case wrong != "":
		return c.taskFailed(wrong)
	case c.text("TaskType") != "DI_OFFLINE":
		return c.taskFailed("TaskType:[" + c.text("TaskType") + "] is invalid.")
	case !json.Valid([]byte(c.text("TaskContent"))):
		return nil, ruleDIParameter.refuse()
	case !nameAllowed(c.text("TaskName")):
		return c.taskFailed("TaskName is invalid.")
	}
	folder, failure := c.folderFor(p.FileFolderPath)
	if failure != nil {
		return c.taskFailed(failure.Message)
	}
	f := c.newFile(c.text("TaskName"), integrationCode, folder)
	f.Content, f.ClientToken, f.TaskGroup = c.text("TaskContent"), c.text("ClientToken"), p.ResourceGroup
	if c.nameTaken(f) {
		return nil, ruleDIExisted.refuse()
	}
	if failure := c.checkEngine(f); failure != nil {
		return c.taskFailed("不合法的目录路径：" + p.FileFolderPath)
	}
	if c.is(swDIParameters, "filled") {
		f.Schedule.ParaValue = "bizdate=$bizdate"
	}
	c.fillSchedule(f)
	c.addAutoOutputs(f)
	c.tx.put(f)
	return taskSaved(f.ID)
}

func taskSaved(id int64) (fields, *Error) {
	return fields{{"Success", flag(true)}, {"Data", fields{{"Status", text("success")}, {"Message", text("")}, {"FileId", number(id)}}}}, nil
}

func updateDISyncTask(c *call) (fields, *Error) {
	if !c.mayIntegrate() {
		return nil, ruleDIPrivilege.refuse()
	}
	old, failure := c.liveFile()
	if failure != nil {
		return nil, failure
	}
	p, wrong := c.taskParams()
	switch {
	case wrong != "":
		return c.taskFailed(wrong)
	case c.text("TaskType") != "DI_OFFLINE":
		return c.taskFailed("TaskType:[" + c.text("TaskType") + "] is invalid.")
	case old.Type != integrationCode:
		return c.taskFailed("FileId:[" + c.text("FileId") + "] is invalid.")
	}
	f := *old
	if content := c.text("TaskContent"); content != "" {
		if !json.Valid([]byte(content)) {
			return nil, ruleDIParameter.refuse()
		}
		f.Content = content
	}
	if p.ResourceGroup != "" {
		f.TaskGroup = p.ResourceGroup
	}
	f.EditTime, f.EditUser, f.Committed = max(c.now, old.EditTime+1), c.caller, false
	c.tx.put(&f)
	return fields{{"Success", flag(true)}, {"Data", fields{{"Status", text("success")}, {"Message", text("")}}}}, nil
}
