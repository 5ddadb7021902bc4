package emulator

import (
	"encoding/json"
	"slices"
	"strings"
)

// ParseType of an input (reference 4.18).
const (
	parseManual = "MANUAL"
	parseAuto   = "AUTO"
)

// Values of the enums of a NodeConfiguration (reference 4.1; the last two
// dependent types are newer).
var (
	rerunModes     = []string{"ALL_ALLOWED", "FAILURE_ALLOWED", "ALL_DENIED"}
	cycleTypes     = []string{cycleDay, cycleNotDay}
	dependentTypes = []string{"NONE", "SELF", "CHILD", "USER_DEFINE", "USER_DEFINE_AND_SELF", "CHILD_AND_SELF"}
	schedulerTypes = []string{"NORMAL", "MANUAL", "PAUSE", "SKIP"}
)

// scheduleParams are what CreateFile and UpdateFile have in common.
func scheduleParams() []Param {
	return []Param{
		str("FileDescription"), str("Content"), str("Owner"), str("ConnectionName"), boolean("AutoParsing"), str("AdvancedSettings"),
		integer("AutoRerunTimes").between(0, 10), integer("AutoRerunIntervalMillis").between(0, 1_800_000), str("RerunMode").oneOf(rerunModes...),
		boolean("Stop"), str("ParaValue"), long("StartEffectDate"), long("EndEffectDate"), str("CronExpress"), str("CycleType").oneOf(cycleTypes...),
		str("DependentType").oneOf(dependentTypes...), str("DependentNodeIdList"), str("InputList"), str("ResourceGroupIdentifier"),
		str("SchedulerType").oneOf(schedulerTypes...), boolean("StartImmediately"), str("InputParameters"), str("OutputParameters"),
		boolean("ApplyScheduleImmediately").since(newer), boolean("IgnoreParentSkipRunningProperty").since(newer), str("ImageId").since(newer), integer("Timeout").since(newer),
	}
}

// edit applies a call's parameters to a file and remembers which were sent and
// which of them changed something.
type edit struct {
	*call
	f             *file
	sent, changed []string
}

// text sets a string field; def is what an empty parameter stands for.
func (e *edit) text(name string, to *string, def string) {
	if !e.given(name) {
		return
	}
	v := e.params[name]
	if v == "" {
		v = def
	}
	e.note(name, *to != v)
	*to = v
}

func (e *edit) number(name string, to *int64) {
	if !e.given(name) {
		return
	}
	v := e.call.number(name)
	e.note(name, *to != v)
	*to = v
}

func (e *edit) flag(name string, to *bool) {
	if e.params[name] == "" {
		return
	}
	v := e.call.flag(name)
	e.note(name, *to != v)
	*to = v
}

func (e *edit) note(name string, changed bool) {
	e.sent = append(e.sent, name)
	if changed {
		e.changed = append(e.changed, name)
	}
}

func (e *edit) apply() *Error {
	f, s := e.f, &e.f.Schedule
	if path := e.params["FileFolderPath"]; path != "" {
		folder, failure := e.folderFor(path)
		if failure != nil {
			return failure
		}
		e.note("FileFolderPath", folder.ID != f.FolderID)
		f.FolderID = folder.ID
	}
	if name := e.params["FileName"]; name != "" {
		e.note("FileName", name != f.Name)
		f.Name = name
	}
	e.text("FileDescription", &f.Description, "")
	e.text("Content", &f.Content, "")
	e.text("Owner", &f.Owner, f.Owner)
	e.flag("AutoParsing", &f.AutoParsing)
	e.text("AdvancedSettings", &f.Advanced, "")
	e.number("AutoRerunTimes", &s.RerunTimes)
	e.number("AutoRerunIntervalMillis", &s.RerunInterval)
	e.text("RerunMode", &s.RerunMode, "ALL_ALLOWED")
	e.text("ParaValue", &s.ParaValue, "")
	e.number("StartEffectDate", &s.StartEffect)
	e.number("EndEffectDate", &s.EndEffect)
	e.text("DependentType", &s.DependentType, "NONE")
	e.flag("StartImmediately", &s.StartImmediately)
	e.text("ImageId", &s.ImageID, "")
	e.number("Timeout", &s.Timeout)
	e.textFlag("ApplyScheduleImmediately", &s.ApplyImmediately)
	e.textFlag("IgnoreParentSkipRunningProperty", &s.IgnoreParentSkip)
	e.schedulerType()
	for _, step := range []func() *Error{e.connection, e.resourceGroup, e.cron, e.dependentNodes, e.inputs, e.outputs, e.contextParameters} {
		if failure := step(); failure != nil {
			return failure
		}
	}
	return nil
}

// textFlag sets a boolean that GetFile shows as text.
func (e *edit) textFlag(name string, to *string) {
	if v := strings.ToLower(e.params[name]); v != "" {
		e.note(name, *to != v)
		*to = v
	}
}

// schedulerType sets SchedulerType and Stop, which the switch stop may link.
func (e *edit) schedulerType() {
	s := &e.f.Schedule
	before := s.Stop
	e.text("SchedulerType", &s.SchedulerType, "NORMAL")
	if e.is(swStop, "separate") {
		e.flag("Stop", &s.Stop)
		return
	}
	s.Stop = s.SchedulerType == "PAUSE"
	if e.params["Stop"] == "" {
		return
	}
	stop := e.call.flag("Stop")
	e.note("Stop", stop != before)
	switch {
	case stop:
		s.SchedulerType = "PAUSE"
	case s.SchedulerType == "PAUSE" && e.params["SchedulerType"] == "":
		s.SchedulerType = "NORMAL"
	}
	s.Stop = s.SchedulerType == "PAUSE"
}

func (e *edit) connection() *Error {
	e.text("ConnectionName", &e.f.ConnectionName, "")
	known := e.project.Connections
	if name := e.params["ConnectionName"]; name != "" && len(known) > 0 && name != "odps_first" && !slices.Contains(known, name) {
		return ruleConnection.refuse()
	}
	return nil
}

func (e *edit) resourceGroup() *Error {
	to := &e.f.Schedule.ResourceGroupID
	if e.given("ResourceGroupIdentifier") {
		id := int64(defaultResourceGroup)
		if name := e.params["ResourceGroupIdentifier"]; name != "" {
			i := slices.IndexFunc(resourceGroups, func(g resourceGroup) bool { return g.identifier == name })
			if i < 0 {
				return ruleResourceGroup.refuse(name)
			}
			id = resourceGroups[i].id
		}
		e.note("ResourceGroupIdentifier", id != *to)
		*to = id
		return nil
	}
	if e.action.Name == "CreateFile" && e.params["ResourceGroupId"] != "" {
		id := e.call.number("ResourceGroupId")
		if !slices.ContainsFunc(resourceGroups, func(g resourceGroup) bool { return g.id == id }) {
			return ruleResourceGroup.refuse(e.params["ResourceGroupId"])
		}
		*to = id
	}
	return nil
}

func (e *edit) cron() *Error {
	s := &e.f.Schedule
	cycle := s.CycleType
	if v := e.params["CronExpress"]; v != "" {
		var failure *Error
		if cycle, failure = checkCron(v); failure != nil {
			return failure
		}
	}
	before := s.Cron
	e.text("CronExpress", &s.Cron, "")
	if s.Cron != before {
		if s.Cron == "" {
			cycle = ""
		}
		s.CycleType = cycle
	}
	if v := e.params["CycleType"]; v != "" {
		// The expression decides; alone, the parameter is kept.
		if s.Cron != "" {
			v = s.CycleType
		}
		e.note("CycleType", v != s.CycleType)
		s.CycleType = v
	}
	return nil
}

// maxDependentNodes is the most ids in DependentNodeIdList.
const maxDependentNodes = 10

func (e *edit) dependentNodes() *Error {
	if ids := splitNames(e.params["DependentNodeIdList"]); len(ids) > maxDependentNodes {
		return ruleDependentNodes.refuse()
	}
	e.text("DependentNodeIdList", &e.f.Schedule.DependentNodes, "")
	return nil
}

// splitNames takes a comma separated list apart; empty and repeated names go.
func splitNames(s string) []string {
	var names []string
	seen := map[string]bool{}
	for name := range strings.SplitSeq(s, ",") {
		if name = strings.TrimSpace(name); name != "" && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}

// links makes a list of names; what the old list had keeps its parse type.
func links(names []string, old []link) []link {
	known := make(map[string]link, len(old))
	for _, l := range old {
		known[l.Name] = l
	}
	var ls []link
	for _, name := range names {
		l, there := known[name]
		if !there {
			l = link{Name: name, ParseType: parseManual}
		}
		ls = append(ls, l)
	}
	return ls
}

func (e *edit) inputs() *Error {
	if !e.given("InputList") {
		return nil
	}
	s := &e.f.Schedule
	next := links(splitNames(e.params["InputList"]), s.Inputs)
	e.note("InputList", joined(next) != joined(s.Inputs))
	s.Inputs = next
	return nil
}

func (e *edit) outputs() *Error {
	if !e.given("OutputList") || (e.action.Name == "CreateFile" && e.is(swCreateOutputs, "ignored")) {
		return nil
	}
	s := &e.f.Schedule
	names := splitNames(e.params["OutputList"])
	if auto := e.f.AutoOutput; auto != "" && !slices.Contains(names, auto) {
		names = append([]string{auto}, names...) // it cannot be deleted
	}
	next := links(names, s.Outputs)
	e.note("OutputList", !sameNames(next, s.Outputs))
	s.Outputs = next
	return nil
}

func sameNames(a, b []link) bool {
	x, y := outputsOf(a), outputsOf(b)
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// wireParameter is an entry of InputParameters and OutputParameters. Type comes
// as a number or as text.
type wireParameter struct {
	ParameterName string
	ValueSource   string
	Type          json.RawMessage
	Value         string
	Description   string
}

func (e *edit) contextParameters() *Error {
	for _, list := range []struct {
		name string
		to   *[]contextParameter
	}{{"InputParameters", &e.f.Schedule.InputParameters}, {"OutputParameters", &e.f.Schedule.OutputParameters}} {
		if !e.given(list.name) {
			continue
		}
		var next []contextParameter
		if v := e.params[list.name]; v != "" {
			var wire []wireParameter
			if err := json.Unmarshal([]byte(v), &wire); err != nil {
				return ruleParameters.refuse(list.name)
			}
			for _, w := range wire {
				kind := strings.Trim(string(w.Type), `"`)
				if list.name == "OutputParameters" && !slices.Contains([]string{"1", "2", "3"}, kind) {
					return ruleParameters.refuse(list.name)
				}
				if w.ParameterName == "" {
					return ruleParameters.refuse(list.name)
				}
				next = append(next, contextParameter{Name: w.ParameterName, Source: w.ValueSource, Type: kind, Value: w.Value, Description: w.Description})
			}
		}
		e.note(list.name, !slices.Equal(next, *list.to))
		*list.to = next
	}
	return nil
}

// fields are a NodeConfiguration as GetFile shows it.
func (s *schedule) fields() fields {
	inputs, outputs, in, out := list{}, list{}, list{}, list{}
	for _, l := range s.Inputs {
		inputs = append(inputs, fields{{"Input", text(l.Name)}, {"ParseType", text(l.ParseType)}})
	}
	for _, l := range s.Outputs {
		o := fields{{"Output", text(l.Name)}}
		if l.Table != "" {
			o = append(o, field{"RefTableName", text(l.Table)})
		}
		outputs = append(outputs, o)
	}
	for _, p := range s.InputParameters {
		in = append(in, fields{{"ParameterName", text(p.Name)}, {"ValueSource", text(p.Source)}})
	}
	for _, p := range s.OutputParameters {
		out = append(out, fields{{"ParameterName", text(p.Name)}, {"Type", text(p.Type)}, {"Value", text(p.Value)}, {"Description", text(p.Description)}})
	}
	return fields{
		{"RerunMode", text(s.RerunMode)}, {"AutoRerunTimes", number(s.RerunTimes)}, {"AutoRerunIntervalMillis", number(s.RerunInterval)},
		{"SchedulerType", text(s.SchedulerType)}, {"Stop", flag(s.Stop)}, {"ParaValue", text(s.ParaValue)},
		{"StartEffectDate", number(s.StartEffect)}, {"EndEffectDate", number(s.EndEffect)}, {"CronExpress", text(s.Cron)}, {"CycleType", text(s.CycleType)},
		{"DependentType", text(s.DependentType)}, {"DependentNodeIdList", text(s.DependentNodes)}, {"ResourceGroupId", number(s.ResourceGroupID)},
		{"StartImmediately", flag(s.StartImmediately)}, {"ApplyScheduleImmediately", text(s.ApplyImmediately)}, {"IgnoreParentSkipRunningProperty", text(s.IgnoreParentSkip)},
		{"ImageId", text(s.ImageID)}, {"Timeout", number(s.Timeout)},
		{"InputList", inputs}, {"OutputList", outputs}, {"InputParameters", in}, {"OutputParameters", out},
	}
}
