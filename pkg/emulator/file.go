package emulator

import (
	"slices"
	"strings"
)

func fileActions() []Action {
	return []Action{
		{Name: "CreateFile", Level: 3, Write: true, Scope: byProject, handle: createFile,
			Params: projectParams(append(scheduleParams(),
				str("FileFolderPath"), str("FileName").required(), integer("FileType").required(), long("ResourceGroupId"),
				str("OutputList").since("PHP SDK of 2026"), boolean("CreateFolderIfNotExists").since(newer))...)},
		{Name: "UpdateFile", Level: 2, Write: true, Scope: byProject, handle: updateFile,
			Params: projectParams(append(scheduleParams(),
				long("FileId").required(), str("FileFolderPath"), str("FileName"), str("OutputList"))...)},
		{Name: "GetFile", Level: 1, Scope: byProject, handle: getFile,
			Params: projectParams(long("FileId"), long("NodeId"))},
		{Name: "ListFiles", Level: 1, Scope: byProject, handle: listFiles,
			Params: projectParams(append(pageParams(),
				str("FileFolderPath"), str("Keyword"), str("UseType").oneOf(useTypes...), str("FileTypes"), str("Owner"), long("NodeId"),
				str("ExactFileName").since(newer), str("FileIdIn").since(newer), str("LastEditUser").since(newer), boolean("NeedAbsoluteFolderPath").since(newer), boolean("NeedContent").since(newer),
				integer("CommitStatus").between(0, 1).since("Go SDK v1.63.107, gone from newer ones"))...)},
		{Name: "DeleteFile", Level: 3, Write: true, Scope: byProject, handle: deleteFile,
			Params: projectParams(long("FileId").required())},
	}
}

// defaultResourceGroup is the one a file gets that names none.
const defaultResourceGroup = 375827434852437

func (c *call) newFile(name string, kind int64, folder *folder) *file {
	f := &file{
		ID: c.tx.fileID(), ProjectID: c.project.ID, FolderID: folder.ID, Name: name, Type: kind, Owner: c.caller, AutoParsing: true,
		CreateTime: c.now, CreateUser: c.caller, EditTime: c.now, EditUser: c.caller, Deleted: statusNormal,
	}
	if t, _ := typeOf(kind); t.engine == "folderMaxCompute" {
		f.ConnectionName = "odps_first"
	}
	f.Schedule = schedule{RerunMode: "ALL_ALLOWED", DependentType: "NONE", SchedulerType: "NORMAL", ApplyImmediately: "false", IgnoreParentSkip: "false", ResourceGroupID: defaultResourceGroup}
	return f
}

func createFile(c *call) (fields, *Error) {
	kind := c.number("FileType")
	t, known := typeOf(kind)
	switch {
	case !known && c.is(swFileTypes, "known"):
		return nil, ruleFileType.refuse(c.text("FileType"))
	case t.category == function:
		return nil, ruleByFunctionCall.refuse(c.text("FileName"))
	case t.category == table:
		return nil, ruleTableFile.refuse(c.text("FileType"))
	case kind == integrationCode && c.is(swDICreate, "refused"):
		return nil, ruleFileType.refuse(c.text("FileType"))
	}
	return c.saveNew(kind)
}

// saveNew makes a file of the call's parameters.
func (c *call) saveNew(kind int64) (fields, *Error) {
	if c.text("FileFolderPath") == "" {
		return nil, ruleMissing.gateway("FileFolderPath")
	}
	folder, failure := c.folderFor(c.text("FileFolderPath"))
	if failure != nil {
		return nil, failure
	}
	f := c.newFile(c.text("FileName"), kind, folder)
	e := edit{call: c, f: f}
	if failure := e.apply(); failure != nil {
		return nil, failure
	}
	if c.scheduled(f) {
		if kind == integrationCode && f.Schedule.ParaValue == "" && c.is(swDIParameters, "filled") {
			f.Schedule.ParaValue = "bizdate=$bizdate"
		}
		c.fillSchedule(f)
		c.addAutoOutputs(f)
	} else {
		f.Schedule.Inputs, f.Schedule.Outputs = nil, nil
	}
	if t, _ := typeOf(kind); t.category == resource {
		c.asResource(f)
	}
	if failure := c.check(f, &file{}); failure != nil {
		return nil, failure
	}
	c.tx.put(f)
	return succeeded(field{"Data", number(f.ID)})
}

// scheduled says whether a file becomes a node of the scheduler.
func (c *call) scheduled(f *file) bool {
	t, _ := typeOf(f.Type)
	use := c.state.rootOf(f.FolderID).useType
	return t.category == node && use != "ADHOCQUERY" && use != "COMPONENT"
}

// fillSchedule fills what the call left open, where the switch says so.
func (c *call) fillSchedule(f *file) {
	s := &f.Schedule
	if !c.is(swDefaultCron, "filled") || s.Cron != "" {
		return
	}
	s.Cron, s.CycleType = "00 05 00 * * ?", cycleDay
	if s.EndEffect == 0 {
		s.EndEffect = 253370736000000 // 9998-12-31, the console's "for ever"
	}
}

// addAutoOutputs gives a new node its outputs. One whose name is taken stays
// away.
func (c *call) addAutoOutputs(f *file) {
	given := f.Schedule.Outputs
	var auto []link
	if !c.is(swAutoOutputs, "none") {
		f.AutoOutput = c.project.Name + "." + itoa(c.tx.autoNumber()) + "_out"
		auto = append(auto, link{Name: f.AutoOutput, ParseType: parseAuto})
	}
	if c.is(swAutoOutputs, "both") {
		name := c.project.Name + "." + f.Name
		listed := slices.ContainsFunc(given, func(l link) bool { return l.Name == name })
		if !listed && c.outputOwner(name, f) == 0 {
			auto = append(auto, link{Name: name, ParseType: parseManual})
		}
	}
	f.Schedule.Outputs = append(auto, given...)
}

func (c *call) file() (*file, *Error) {
	f := c.state.files[c.number("FileId")]
	if f == nil || f.ProjectID != c.project.ID {
		return nil, ruleFile.refuse(c.text("FileId"))
	}
	return f, nil
}

// liveFile is file for calls that want one that is not deleted.
func (c *call) liveFile() (*file, *Error) {
	f, failure := c.file()
	if failure == nil && f.Deleted != statusNormal {
		return nil, ruleFile.refuse(c.text("FileId"))
	}
	return f, failure
}

func updateFile(c *call) (fields, *Error) {
	old, failure := c.liveFile()
	if failure != nil {
		return nil, failure
	}
	f := *old
	e := edit{call: c, f: &f}
	if failure := e.apply(); failure != nil {
		return nil, failure
	}
	if old.Type == functionCode && f.Content != old.Content {
		return nil, ruleByFunctionCall.refuse(f.Name)
	}
	switch {
	case len(e.sent) == 0:
		return succeeded() // seen to be accepted: service-behaviour 4
	case c.is(swNoOpUpdate, "refused") && len(e.changed) == 0,
		c.is(swNoOpUpdate, "each") && len(e.changed) < len(e.sent):
		i := slices.IndexFunc(e.sent, func(name string) bool { return !slices.Contains(e.changed, name) })
		return nil, ruleNoChange.refuse(e.sent[i])
	case len(e.changed) == 0:
		return succeeded()
	}
	if failure := c.check(&f, old); failure != nil {
		return nil, failure
	}
	f.EditTime, f.EditUser, f.Committed = max(c.now, old.EditTime+1), c.caller, false
	c.tx.put(&f)
	c.editedInner(&f)
	return succeeded()
}

// folderFacts are what the rows of a list want to know of their folders; many
// rows share one.
type folderFacts struct {
	useType  string
	business int64
	path     string // as answers spell it
}

// factsOf may only be asked while a call changes nothing.
func (c *call) factsOf(folder string) folderFacts {
	if f, known := c.facts[folder]; known {
		return f
	}
	f := folderFacts{useType: c.state.rootOf(folder).useType, path: c.shownPath(folder)}
	if b := c.state.businessOf(folder); b != nil {
		f.business = b.ID
	}
	if c.facts == nil {
		c.facts = map[string]folderFacts{}
	}
	c.facts[folder] = f
	return f
}

func (c *call) useType(f *file) string { return c.useTypeIn(f, c.state.rootOf(f.FolderID).useType) }

// useTypeIn is the UseType of a file in a folder whose own is use.
func (c *call) useTypeIn(f *file, use string) string {
	if use == "NORMAL" && f.Schedule.SchedulerType == "SKIP" && c.is(swSkipFiles, "skip") {
		return "SKIP"
	}
	return use
}

// fileFields are what GetFile and a row of ListFiles have in common.
func (c *call) fileFields(f *file) fields {
	committed := int64(0)
	if f.Committed && (f.ParentID == 0 || !c.is(swInnerStatus, "none")) {
		committed = 1
	}
	folder := c.factsOf(f.FolderID)
	out := fields{
		{"FileId", number(f.ID)}, {"FileName", text(f.Name)}, {"FileType", number(f.Type)}, {"FileDescription", text(f.Description)},
		{"FileFolderId", text(f.FolderID)}, {"CommitStatus", number(committed)}, {"AutoParsing", flag(f.AutoParsing)}, {"Owner", text(f.Owner)},
		{"ConnectionName", text(f.ConnectionName)}, {"UseType", text(c.useTypeIn(f, folder.useType))}, {"BusinessId", number(folder.business)}, {"BizId", number(folder.business)},
		{"CreateTime", number(f.CreateTime)}, {"CreateUser", text(f.CreateUser)}, {"LastEditTime", number(f.EditTime)}, {"LastEditUser", text(f.EditUser)},
	}
	unset := c.is(swUnsetFields, "zero")
	if f.CurrentVersion != 0 || unset {
		out = append(out, field{"CurrentVersion", number(f.CurrentVersion)})
	}
	if f.NodeID != 0 || unset {
		out = append(out, field{"NodeId", number(f.NodeID)})
	}
	if f.ParentID != 0 {
		out = append(out, field{"ParentId", number(f.ParentID)})
	} else {
		out = append(out, field{"ParentId", number(-1)})
	}
	if f.Upload != nil {
		out = append(out, field{"IsMaxCompute", flag(f.Upload.Register)})
	}
	return out
}

func getFile(c *call) (fields, *Error) {
	var f *file
	switch {
	case c.text("FileId") != "":
		f = c.state.files[c.number("FileId")]
	case c.text("NodeId") != "":
		f = c.state.files[c.state.nodeFile[c.number("NodeId")]]
	default:
		return nil, ruleMissing.gateway("FileId")
	}
	if f == nil || f.ProjectID != c.project.ID || (f.Deleted == statusDeleted && c.is(swDeletedFile, "unknown")) {
		return nil, ruleFile.refuse(c.text("FileId") + c.text("NodeId"))
	}
	shown := append(c.fileFields(f), field{"Content", text(f.Content)}, field{"AdvancedSettings", text(f.Advanced)}, field{"DeletedStatus", text(f.Deleted)})
	data := fields{{"File", shown}, {"NodeConfiguration", f.Schedule.fields()}}
	if f.Upload != nil && f.Upload.ResourceFile != "" {
		data = append(data, field{"ResourceDownloadLink", fields{{"downloadLink", text(f.Upload.ResourceFile)}}})
	}
	return succeeded(field{"Data", data})
}

func deleteFile(c *call) (fields, *Error) {
	f, failure := c.liveFile()
	if failure != nil {
		return nil, failure
	}
	id, failure := c.deleteOne(f)
	if failure != nil {
		return nil, failure
	}
	if id == 0 {
		return succeeded()
	}
	return succeeded(field{"DeploymentId", number(id)})
}

// deleteOne takes a file out of DataStudio. One that was never submitted is
// gone; any other goes to the recycle bin, and a deployment, whose id it
// answers, takes its node away.
func (c *call) deleteOne(old *file) (int64, *Error) {
	if children := c.dependants(old); len(children) > 0 {
		return 0, ruleHasChildren.refuse(strings.Join(children, ","))
	}
	for _, f := range c.state.inside(old.ID) {
		inner := *f
		inner.Deleted = statusDeleted
		c.tx.put(&inner)
	}
	f := *old
	f.EditTime, f.EditUser = max(c.now, old.EditTime+1), c.caller
	if f.CurrentVersion == 0 && len(c.state.versions[f.ID]) == 0 {
		f.Deleted = statusDeleted
		c.tx.put(&f)
		return 0, nil
	}
	f.Deleted, f.Committed = statusRecycleBin, false
	c.tx.put(&f)
	v := c.newVersion(&f, "DELETE", "")
	c.emit(EventFileDelete, f.ID, v.Number, "")
	d := c.newDeployment(&f, v, deployDelete, "")
	return d.ID, nil
}

// dependants are the names of nodes, in either environment, that need an output
// of a file's nodes.
func (c *call) dependants(f *file) []string {
	var names []string
	for _, env := range []string{envDev, envProd} {
		n := c.state.nodes[nodeKey{env, f.NodeID}]
		if n == nil {
			continue
		}
		for _, child := range c.state.childrenOf(n) {
			if child.ID != n.ID && !slices.Contains(names, child.File.Name) {
				names = append(names, child.File.Name)
			}
		}
	}
	return names
}
