package emulator

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

func extensionActions() []Action {
	results := []string{"OK", "WARN", "FAIL"}
	return []Action{
		{Name: "CheckFileDeployment", Level: 1, Write: true, Scope: byTenant, handle: checkFileDeployment,
			Params: []Param{str("CheckerInstanceId").required(), str("Status").required().oneOf(results...), str("CheckDetailUrl")}},
		{Name: "UpdateIDEEventResult", Level: 2, Write: true, Scope: byTenant, handle: updateIDEEventResult,
			Params: []Param{str("MessageId"), str("ExtensionCode"), str("CheckResult").oneOf(results...), str("CheckResultTip")}},
		{Name: "GetIDEEventDetail", Level: 1, Scope: byID, handle: getIDEEventDetail,
			Params: []Param{str("MessageId").required(), long("ProjectId").required()}},
	}
}

// Types of extension messages (reference 4.27).
const (
	EventFileSubmit  = "IDE_FILE_SUBMIT_BEFORE"
	EventFileDeploy  = "IDE_FILE_DEPLOY_BEFORE"
	EventFileDelete  = "IDE_FILE_DELETE_BEFORE"
	EventFileExecute = "IDE_FILE_EXECUTE_BEFORE"
	EventTableSubmit = "IDE_TABLE_SUBMIT_BEFORE"
	EventTableDeploy = "IDE_TABLE_DEPLOY_BEFORE"
)

// startCheck begins the check of a submitted file, where the switch
// extension-check has one.
func (c *call) startCheck(d *deployment, took int64) {
	if c.is(swExtension, "none") {
		return
	}
	d.Check, d.CheckUntil = checkRunning, d.Due+took
	d.Checker = fmt.Sprintf("66_%d_%d", d.FileID, d.Version)
	switch c.settings[swExtension] {
	case "fails":
		d.CheckEnd = checkFailed
	case "waits":
		d.CheckUntil = math.MaxInt64
	}
}

// endCheck is the verdict of a checker.
func (c *call) endCheck(id int64, passed bool) {
	d := *c.state.deployments[id]
	d.CheckUntil, d.CheckEnd = c.now, 0
	if !passed {
		d.CheckEnd = checkFailed
	}
	c.tx.put(&d)
}

func checkFileDeployment(c *call) (fields, *Error) {
	id, there := c.state.checkers[c.text("CheckerInstanceId")]
	if !there {
		return nil, ruleInvalid.gateway("CheckerInstanceId")
	}
	c.endCheck(id, c.text("Status") != "FAIL")
	return nil, nil
}

func updateIDEEventResult(c *call) (fields, *Error) {
	id := c.text("MessageId")
	if id == "" {
		return nil, nil
	}
	old := c.state.events[id]
	if old == nil {
		return nil, ruleInvalid.gateway("MessageId")
	}
	e := *old
	e.Result, e.Tip, e.Extension = c.text("CheckResult"), c.text("CheckResultTip"), c.text("ExtensionCode")
	c.tx.put(&e)
	if v := c.state.version(e.FileID, e.Version); v != nil && e.Type == EventFileSubmit {
		if d := c.state.deployments[v.Submit]; d != nil && d.checking(c.now) == checkRunning {
			c.endCheck(d.ID, e.Result != "FAIL")
		}
	}
	return nil, nil
}

// emit records the message that extensions would be sent.
func (c *call) emit(kind string, file, version int64, table string) *ideEvent {
	w := c.tx.word(32)
	e := &ideEvent{MessageID: strings.Join([]string{w[:8], w[8:12], w[12:16], w[16:20], w[20:]}, "-"), ProjectID: c.project.ID, Type: kind, FileID: file, Version: version, Table: table}
	c.tx.put(e)
	return e
}

// Event is a message that an extension would have been sent.
type Event struct {
	MessageID string `json:"messageId"`
	ProjectID int64  `json:"projectId"`
	Type      string `json:"type"`
	FileID    int64  `json:"fileId"`
	Version   int64  `json:"version"`
	// CheckerInstanceID is what CheckFileDeployment wants, where a check runs.
	CheckerInstanceID string `json:"checkerInstanceId,omitempty"`
	Result            string `json:"result,omitempty"` // OK, WARN or FAIL, once somebody has said so
}

// Events lists the messages so far, by MessageId.
func (s *Server) Events() []Event {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := []Event{}
	for _, id := range sortedKeys(s.state.events) {
		e := s.state.events[id]
		shown := Event{MessageID: e.MessageID, ProjectID: e.ProjectID, Type: e.Type, FileID: e.FileID, Version: e.Version, Result: e.Result}
		if v := s.state.version(e.FileID, e.Version); v != nil {
			if d := s.state.deployments[v.Submit]; d != nil {
				shown.CheckerInstanceID = d.Checker
			}
		}
		all = append(all, shown)
	}
	return all
}

// Emit records a message that no call of the API leads to: one of a file that
// is run, or of a table.
func (s *Server) Emit(project, kind string, fileID int64, tableName string) (messageID string, err error) {
	err = s.inConsole(func(c *call) error {
		if c.project = c.state.projectNames[project]; c.project == nil {
			return fmt.Errorf("emulator: emit: no project %s", project)
		}
		if !slices.Contains([]string{EventFileExecute, EventTableSubmit, EventTableDeploy}, kind) {
			return fmt.Errorf("emulator: emit: messages of type %s come from calls", kind)
		}
		messageID = c.emit(kind, fileID, 0, tableName).MessageID
		return nil
	})
	return messageID, err
}

func getIDEEventDetail(c *call) (fields, *Error) {
	e := c.state.events[c.text("MessageId")]
	if e == nil || e.ProjectID != c.project.ID {
		return nil, ruleInvalid.gateway("MessageId")
	}
	var detail fields
	f := c.state.files[e.FileID]
	v := c.state.version(e.FileID, e.Version)
	switch {
	case e.Table != "":
		detail = fields{{"TableModel", tableModel(e)}}
	case f == nil:
	case e.Type == EventFileExecute:
		detail = fields{{"FileExecutionCommand", fields{{"FileId", number(f.ID)}, {"FileType", number(f.Type)}, {"Content", text(f.Content)}, {"DataSourceName", text(f.ConnectionName)}}}}
	case e.Type == EventFileDelete:
		detail = fields{{"DeletedFile", append(c.eventFile(f), field{"Content", text(f.Content)}, field{"FileId", number(f.ID)}, field{"FileName", text(f.Name)},
			field{"FileType", number(f.Type)}, field{"NodeId", number(f.NodeID)}, field{"UseType", text(c.useType(f))})}}
	case v != nil:
		detail = fields{{"CommittedFile", fields{
			{"FileId", number(f.ID)}, {"FileName", text(v.File.Name)}, {"FileType", number(f.Type)}, {"Content", text(v.File.Content)}, {"ChangeType", text(v.ChangeType)},
			{"Comment", text(v.Comment)}, {"Committor", text(v.CommitUser)}, {"NodeId", number(f.NodeID)}, {"UseType", text(v.UseType)},
			{"FilePropertyContent", c.eventFile(&v.File)}, {"NodeConfiguration", v.File.Schedule.eventFields()},
		}}}
	}
	return fields{{"EventDetail", detail}}, nil
}

// eventFile are what DeletedFile and FilePropertyContent have in common.
func (c *call) eventFile(f *file) fields {
	biz := int64(0)
	if b := c.state.businessOf(f.FolderID); b != nil {
		biz = b.ID
	}
	return fields{{"BusinessId", number(biz)}, {"CurrentVersion", number(f.CurrentVersion)}, {"DataSourceName", text(f.ConnectionName)}, {"FolderId", text(f.FolderID)},
		{"Owner", text(f.Owner)}, {"ParentFileId", number(f.ParentID)}}
}

// eventFields are the fewer fields that a message's NodeConfiguration has.
func (s *schedule) eventFields() fields {
	return slices.DeleteFunc(s.fields(), func(f field) bool {
		return slices.Contains([]string{"Stop", "StartEffectDate", "EndEffectDate", "StartImmediately", "ApplyScheduleImmediately", "IgnoreParentSkipRunningProperty", "ImageId", "Timeout", "InputParameters", "OutputParameters"}, f.name)
	})
}

func tableModel(e *ideEvent) fields {
	env := envDev
	if e.Type == EventTableDeploy {
		env = envProd
	}
	return fields{{"TableName", text(e.Table)}, {"Env", text(env)}, {"DataSourceName", text("odps_first")}, {"LifeCycle", number(7)}, {"Location", text("")}, {"Comment", text(e.Table)},
		{"Columns", list{
			fields{{"ColumnName", text("id")}, {"ColumnType", text("BIGINT")}, {"Comment", text("id")}, {"IsPartitionColumn", flag(false)}},
			fields{{"ColumnName", text("dt")}, {"ColumnType", text("STRING")}, {"Comment", text("dt")}, {"IsPartitionColumn", flag(true)}},
		}}}
}
