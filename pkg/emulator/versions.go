package emulator

import (
	"encoding/json"
	"slices"
)

func versionActions() []Action {
	return []Action{
		{Name: "ListFileVersions", Level: 1, Scope: byProject, handle: listFileVersions,
			Params: projectParams(append(pageParams(), long("FileId").required())...)},
		{Name: "GetFileVersion", Level: 1, Scope: byProject, handle: getFileVersion,
			Params: projectParams(long("FileId").required(), integer("FileVersion").required())},
	}
}

// listFileVersions lists the newest first.
func listFileVersions(c *call) (fields, *Error) {
	f, failure := c.file()
	if failure != nil {
		return nil, failure
	}
	vs := slices.Clone(c.state.versions[f.ID])
	slices.Reverse(vs)
	from, to, data, failure := c.page(len(vs))
	if failure != nil {
		return nil, failure
	}
	rows := list{}
	for _, v := range vs[from:to] {
		rows = append(rows, c.versionFields(f, v))
	}
	return succeeded(field{"Data", append(data, field{"FileVersions", rows})})
}

func getFileVersion(c *call) (fields, *Error) {
	f, failure := c.file()
	if failure != nil {
		return nil, failure
	}
	v := c.state.version(f.ID, c.number("FileVersion"))
	if v == nil {
		return nil, ruleFileVersion.refuse(c.text("FileVersion"))
	}
	return succeeded(field{"Data", c.versionFields(f, v)})
}

func (c *call) versionFields(f *file, v *version) fields {
	out := fields{
		{"FileVersion", number(v.Number)}, {"FileName", text(v.File.Name)}, {"FileContent", text(v.File.Content)}, {"ChangeType", text(v.ChangeType)},
		{"Status", text(c.versionStatus(v))}, {"IsCurrentProd", flag(f.ProdVersion == v.Number)}, {"Comment", text(v.Comment)},
		{"CommitTime", number(v.CommitTime)}, {"CommitUser", text(v.CommitUser)}, {"UseType", text(v.UseType)},
		{"FilePropertyContent", text(propertyContent(v))}, {"NodeContent", text(nodeContent(v))},
	}
	if f.NodeID != 0 {
		out = append(out, field{"NodeId", number(f.NodeID)})
	}
	return out
}

// versionStatus follows a version through the deployment that works on it.
func (c *call) versionStatus(v *version) string {
	if d := c.state.deployments[v.Deployment]; d != nil {
		switch {
		case d.Kind == deploySubmit || d.Kind == deployDelete:
			return versionCommitting
		case c.now < d.ExecuteTime:
			return versionPackaged
		default:
			return versionDeploying
		}
	}
	if d := c.state.deployments[v.Submit]; v.Status == versionCommitted && d != nil && d.Check != 0 && d.checking(c.now) == 0 {
		return versionCheckOK
	}
	return v.Status
}

// property is FilePropertyContent (reference 4.17).
type property struct {
	FileName        string `json:"fileName"`
	FileType        int64  `json:"fileType"`
	FileDescription string `json:"fileDescription"`
	Owner           string `json:"owner"`
	ConnectionName  string `json:"connectionName"`
	FolderPath      string `json:"folderPath"`
	AutoParsing     bool   `json:"autoParsing"`
	Advanced        string `json:"advancedSettings,omitempty"`
}

func propertyContent(v *version) string {
	f := &v.File
	return marshal(property{f.Name, f.Type, f.Description, f.Owner, f.ConnectionName, v.Path, f.AutoParsing, f.Advanced})
}

// nodeProperty is NodeContent, with the numbers that the service uses inside
// (service-behaviour 13).
type nodeProperty struct {
	CycleType       int      `json:"cycleType"`
	CronExpress     string   `json:"cronExpress"`
	RerunMode       int      `json:"rerunMode"`
	RerunTimes      int64    `json:"autoRerunTimes"`
	RerunInterval   int64    `json:"autoRerunIntervalMillis"`
	ParaValue       string   `json:"paraValue"`
	DependentType   int      `json:"dependentType"`
	DependentNodes  string   `json:"dependentNodeIdList,omitempty"`
	StartEffectDate int64    `json:"startEffectDate"`
	EndEffectDate   int64    `json:"endEffectDate"`
	SchedulerType   string   `json:"schedulerType"`
	Stop            bool     `json:"isStop"`
	ResourceGroupID int64    `json:"resourceGroupId"`
	Inputs          []string `json:"inputList"`
	Outputs         []string `json:"outputList"`
}

func nodeContent(v *version) string {
	s := &v.File.Schedule
	return marshal(nodeProperty{
		CycleType: max(0, slices.Index(cycleTypes, s.CycleType)), CronExpress: s.Cron,
		RerunMode: internalCodes[s.RerunMode], RerunTimes: s.RerunTimes, RerunInterval: s.RerunInterval, ParaValue: s.ParaValue,
		DependentType: internalCodes[s.DependentType], DependentNodes: s.DependentNodes, StartEffectDate: s.StartEffect, EndEffectDate: s.EndEffect,
		SchedulerType: s.SchedulerType, Stop: s.Stop, ResourceGroupID: s.ResourceGroupID, Inputs: outputsOf(s.Inputs), Outputs: outputsOf(s.Outputs),
	})
}

// internalCodes are the numbers behind enums (service-behaviour 13).
var internalCodes = map[string]int{
	"FAILURE_ALLOWED": 0, "ALL_ALLOWED": 1, "ALL_DENIED": 2,
	"NONE": 0, "USER_DEFINE": 1, "CHILD": 2, "SELF": 3, "USER_DEFINE_AND_SELF": 13, "CHILD_AND_SELF": 23,
}

// marshal writes a value of ours, which always has a JSON form.
func marshal[T property | nodeProperty | udfContent](v T) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
