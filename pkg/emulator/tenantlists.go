package emulator

import (
	"slices"
	"strings"
	"time"
)

func tenantListActions() []Action {
	paged := func(more ...Param) []Param {
		return append([]Param{integer("PageNumber").between(1, 1<<31-1).inTheQuery(), integer("PageSize").between(1, 1<<31-1).inTheQuery()}, more...)
	}
	sources := func(kind string) []Param {
		return paged(long("ProjectId").required().inTheQuery(), str("Name").inTheQuery(), str(kind).inTheQuery(), str("SubType").inTheQuery(),
			str("Status").oneOf("ENABLED", "DISABLED", "1", "2").inTheQuery(), integer("EnvType").between(0, 1).inTheQuery())
	}
	return []Action{
		{Name: "ListProjects", Level: 1, Scope: byTenant, handle: listProjects,
			Params: paged(str("ResourceManagerResourceGroupId").inTheQuery().since(newer), array("Tags").inTheQuery().since(newer))},
		{Name: "ListProjectMembers", Level: 1, Scope: byID, handle: listProjectMembers, Params: paged(long("ProjectId").required().inTheQuery())},
		{Name: "ListDataSources", Level: 3, Scope: byID, handle: listDataSources, Params: sources("DataSourceType")},
		{Name: "ListConnections", Level: 3, Scope: byID, handle: listConnections, Params: sources("ConnectionType")},
	}
}

func listProjects(c *call) (fields, *Error) {
	var all []*project
	for _, name := range sortedKeys(c.state.projectNames) {
		if p := c.state.projectNames[name]; p.has(c.caller) {
			all = append(all, p)
		}
	}
	from, to, data, failure := c.page(len(all))
	if failure != nil {
		return nil, failure
	}
	rows := list{}
	for _, p := range all[from:to] {
		rows = append(rows, fields{
			{"ProjectId", number(p.ID)}, {"ProjectIdentifier", text(p.Name)}, {"ProjectName", text(p.Name)}, {"ProjectDescription", text("")}, {"ProjectOwnerBaseId", text(p.Owner)},
			{"ProjectStatus", number(0)}, {"ProjectStatusCode", text("AVAILABLE")}, {"IsDefault", number(0)}, {"DisableDevelopment", flag(false)}, {"TablePrivacyMode", number(0)},
			{"UseProxyOdpsAccount", flag(false)}, {"ResourceManagerResourceGroupId", text(resourceManagerGroup)}, {"Tags", tags()},
		})
	}
	return fields{{"PageResult", append(data, field{"ProjectList", rows})}}, nil
}

type role struct {
	code, name string
	id         int64
}

// roles of a workspace by code, with the numbers and names that
// ListProjectMembers shows.
var roles = []role{
	{"role_project_owner", "项目所有者", 1}, {"role_project_admin", "项目管理员", 2}, {"role_project_dev", "开发", 3}, {"role_project_pe", "运维", 4}, {"role_project_deploy", "部署", 5}, {"role_project_guest", "访客", 6},
}

func listProjectMembers(c *call) (fields, *Error) {
	members := slices.Clone(c.project.Members)
	if len(members) == 0 {
		for _, key := range sortedKeys(c.credentials) {
			members = append(members, Member{UserID: c.credentials[key].UserID, Name: key, Roles: []string{"role_project_admin"}})
		}
	}
	from, to, data, failure := c.page(len(members))
	if failure != nil {
		return nil, failure
	}
	rows := list{}
	for _, m := range members[from:to] {
		held := list{}
		for _, code := range m.Roles {
			shown := role{code: code, name: code}
			kind := "2" // one that users have made
			if i := slices.IndexFunc(roles, func(r role) bool { return r.code == code }); i >= 0 {
				shown, kind = roles[i], "0"
			}
			held = append(held, fields{{"ProjectRoleCode", text(code)}, {"ProjectRoleName", text(shown.name)}, {"ProjectRoleId", number(shown.id)}, {"ProjectRoleType", text(kind)}})
		}
		rows = append(rows, fields{{"ProjectMemberId", text(m.UserID)}, {"ProjectMemberName", text(m.Name)}, {"Nick", text(m.Name)}, {"ProjectMemberType", text("1")}, {"Status", text("0")}, {"ProjectRoleList", held}})
	}
	return fields{{"Data", append(data, field{"ProjectMemberList", rows})}}, nil
}

// dataSource is one row of ListDataSources.
type dataSource struct {
	name string
	env  int64 // 0 development, 1 production
}

// dataSources are odps_first and the ones that the project names, in each of
// its environments. All are MaxCompute's; none has a secret.
func (c *call) dataSources(kind string) []dataSource {
	envs := []int64{0, 1}
	if !c.project.standard() {
		envs = []int64{1}
	}
	var all []dataSource
	for _, name := range append([]string{"odps_first"}, c.project.Connections...) {
		for _, env := range envs {
			switch {
			case c.text("EnvType") != "" && env != c.number("EnvType"),
				!strings.Contains(name, c.text("Name")),
				c.text(kind) != "" && c.text(kind) != "odps",
				c.text("SubType") != "",
				c.text("Status") == "DISABLED" || c.text("Status") == "2":
				continue
			}
			all = append(all, dataSource{name, env})
		}
	}
	return all
}

func listDataSources(c *call) (fields, *Error) {
	return c.sourceList("DataSourceType", "DataSources")
}

func listConnections(c *call) (fields, *Error) { return c.sourceList("ConnectionType", "Connections") }

func (c *call) sourceList(kind, name string) (fields, *Error) {
	all := c.dataSources(kind)
	from, to, data, failure := c.page(len(all))
	if failure != nil {
		return nil, failure
	}
	made := text(time.UnixMilli(c.project.CreateTime).UTC().Format(tenantTime))
	rows := list{}
	for i, d := range all[from:to] {
		content := text(`{"project":"` + c.project.Name + `","endpoint":"http://service.cn.maxcompute.aliyun.com/api","authType":"2","region":"cn-shanghai"}`)
		rows = append(rows, fields{
			{"Id", number(from + i + 1)}, {"Name", text(d.name)}, {kind, text("odps")}, {"SubType", text("")}, {"EnvType", number(d.env)}, {"Status", number(1)}, {"ConnectStatus", number(1)},
			{"Content", content}, {"Description", text("")}, {"DefaultEngine", flag(d.name == "odps_first")}, {"Shared", flag(false)}, {"Sequence", number(300)}, {"BindingCalcEngineId", number(123)},
			{"Operator", text(c.project.Owner)}, {"ProjectId", number(c.project.ID)}, {"TenantId", number(tenantID)}, {"GmtCreate", made}, {"GmtModified", made},
		})
	}
	return fields{{"HttpStatusCode", number(200)}, {"Success", flag(true)}, {"Data", append(data, field{name, rows})}}, nil
}

// resourceManagerGroup is the resource group of the account's resource manager
// that everything belongs to.
const resourceManagerGroup = "rg-acfmzbn7pti3zfa"

func tags() list { return list{fields{{"Key", text("Env")}, {"Value", text("Test")}}} }
