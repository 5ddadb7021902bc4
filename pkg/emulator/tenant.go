package emulator

import (
	"slices"
	"strings"
	"time"
)

func tenantActions() []Action {
	return []Action{
		{Name: "GetProject", Level: 1, Scope: byProject, handle: getProject,
			Params: []Param{long("ProjectId").inTheQuery(), str("ProjectIdentifier").inTheQuery().since(newer)}},
		{Name: "ListResourceGroups", Level: 1, Scope: byTenant, handle: listResourceGroups,
			Params: []Param{integer("ResourceGroupType").oneOf("0", "1", "2", "3", "4", "7", "9").inTheQuery(), str("Keyword").inTheQuery(), str("BizExtKey").oneOf("default", "single").inTheQuery(),
				str("ResourceManagerResourceGroupId").inTheQuery().since(newer), array("Tags").inTheQuery().since(newer), str("TypeNames").inTheQuery().since("Go SDK v1.63.107, gone from newer ones")}},
		{Name: "ListFileType", Level: 1, Scope: byProject, handle: listFileType,
			Params: projectParams(integer("PageNumber").required().between(1, 1<<31-1), integer("PageSize").required().between(1, 1<<31-1), str("Keyword"), str("Locale"))},
	}
}

// tenantID is the one tenant that the emulator serves.
const tenantID = 280749521950784

// resourceGroup is a group of machines that nodes run on.
type resourceGroup struct {
	id         int64
	identifier string
	name       string
	kind       int64  // ResourceGroupType: 1 scheduling, 4 data integration, 7 general
	bizExtKey  string // default: public; single: exclusive
}

// resourceGroups are the tenant's, some of each kind that ListResourceGroups
// tells apart (service-behaviour 14).
var resourceGroups = []resourceGroup{
	{defaultResourceGroup, "group_375827434852437", "公共调度资源组", 1, "default"},
	{375827434852438, "default_group", "默认资源组", 1, "default"},
	{375827434852440, "group_dev", "开发资源组", 1, "default"},
	{375827434852441, "group_prod", "生产资源组", 1, "default"},
	{375827434852501, "S_res_group_280749521950784_1700000000001", "独享调度资源组", 1, "single"},
	{375827434852601, "group_280749521950784", "公共数据集成资源组", 4, "default"},
	{375827434852602, "S_res_group_280749521950784_1700000000002", "独享数据集成资源组", 4, "single"},
	{375827434852701, "Serverless_res_group_280749521950784_1700000000003", "通用资源组", 7, "single"},
}

func groupByID(id int64) resourceGroup {
	if i := slices.IndexFunc(resourceGroups, func(g resourceGroup) bool { return g.id == id }); i >= 0 {
		return resourceGroups[i]
	}
	return resourceGroup{}
}

// Times of the tenant part of the API come as text.
const tenantTime = "Jan 2, 2006 3:04:05 PM"

func getProject(c *call) (fields, *Error) {
	p := c.project
	envs, mode := list{text(envDev), text(c.settings[swEnvTypes])}, int64(3)
	if !p.standard() {
		envs, mode = envs[1:], 2
	}
	created := text(time.UnixMilli(p.CreateTime).UTC().Format(tenantTime))
	return fields{{"HttpStatusCode", number(200)}, {"Success", flag(true)}, {"Data", fields{
		{"ProjectId", number(p.ID)}, {"ProjectIdentifier", text(p.Name)}, {"ProjectName", text(p.Name)}, {"ProjectDescription", text("")},
		{"ProjectMode", number(mode)}, {"EnvTypes", envs}, {"ProjectOwnerBaseId", text(p.Owner)}, {"TenantId", number(tenantID)},
		{"GmtCreate", created}, {"GmtModified", created}, {"Status", number(0)}, {"IsDefault", number(0)}, {"BaseProject", flag(false)}, {"Appkey", text("")},
		{"DefaultDiResourceGroupIdentifier", text("group_280749521950784")}, {"Destination", number(1)}, {"DevStorageQuota", text("")}, {"ProdStorageQuota", text("")},
		{"DevelopmentType", number(4)}, {"DisableDevelopment", flag(false)}, {"IsAllowDownload", number(1)}, {"MaxFlowNode", number(100000)},
		{"ProtectedMode", number(0)}, {"ResidentArea", text("private")}, {"ResourceManagerResourceGroupId", text(resourceManagerGroup)},
		{"SchedulerMaxRetryTimes", number(3)}, {"SchedulerRetryInterval", number(120000)}, {"TablePrivacyMode", number(0)}, {"UseProxyOdpsAccount", flag(false)},
		{"Tags", tags()},
	}}}, nil
}

// listResourceGroups answers public groups of type 1 where nothing else is
// asked for.
func listResourceGroups(c *call) (fields, *Error) {
	kind, biz := int64(1), "default"
	if c.text("ResourceGroupType") != "" {
		kind = c.number("ResourceGroupType")
	}
	if c.text("BizExtKey") != "" {
		biz = c.text("BizExtKey")
	}
	rows := list{}
	for _, g := range resourceGroups {
		if g.kind != kind || g.bizExtKey != biz || !strings.Contains(g.name, c.text("Keyword")) {
			continue
		}
		mode := "SHARE"
		if g.bizExtKey == "single" {
			mode = "ISOLATE"
		}
		rows = append(rows, fields{
			{"Id", number(g.id)}, {"Identifier", text(g.identifier)}, {"Name", text(g.name)}, {"ResourceGroupType", text(itoa(g.kind))}, {"BizExtKey", text(g.bizExtKey)},
			{"Cluster", text("AY18G")}, {"EnableKp", flag(false)}, {"IsDefault", flag(g.id == defaultResourceGroup)}, {"Mode", text(mode)}, {"Sequence", number(300)},
			{"Status", number(0)}, {"TenantId", number(tenantID)}, {"CreateTime", text("Jul 9, 2018 2:43:37 PM")}, {"UpdateTime", text("Jul 9, 2018 2:43:37 PM")},
			{"ResourceManagerResourceGroupId", text(resourceManagerGroup)}, {"Specs", fields{}}, {"Tags", tags()},
		})
	}
	return fields{{"HttpStatusCode", number(200)}, {"Success", flag(true)}, {"Data", rows}}, nil
}

func listFileType(c *call) (fields, *Error) {
	word := strings.ToLower(c.text("Keyword"))
	all := slices.DeleteFunc(slices.Clone(fileTypes), func(t fileType) bool { return !strings.Contains(strings.ToLower(t.title), word) })
	from, to, head, failure := c.page(len(all))
	if failure != nil {
		return nil, failure
	}
	rows := list{}
	for _, t := range all[from:to] {
		rows = append(rows, fields{{"NodeType", number(t.code)}, {"NodeTypeName", text(t.title)}})
	}
	return fields{{"NodeTypeInfoList", append(head, field{"NodeTypeInfo", rows})}}, nil
}
