package emulator

import "strings"

func nodeActions() []Action {
	return []Action{
		{Name: "ListNodes", Level: 1, Scope: byID, handle: listNodes,
			Params: []Param{long("ProjectId").required(), envParam(), integer("PageNumber").between(1, 100), integer("PageSize").between(1, 1<<31-1), str("Owner"), str("BizName"), str("NodeName"), str("ProgramType"), str("SchedulerType").since(newer)}},
		{Name: "GetNode", Level: 1, Scope: byNode, handle: getNode, Params: nodeParams()},
		{Name: "GetNodeCode", Level: 1, Scope: byNode, handle: getNodeCode, Params: nodeParams()},
		{Name: "GetNodeChildren", Level: 2, Scope: byNode, handle: getNodeChildren, Params: nodeParams()},
		{Name: "GetNodeParents", Level: 2, Scope: byNode, handle: getNodeParents, Params: nodeParams()},
	}
}

// envParam is ProjectEnv; the reference calls production PROD and, in places,
// PRD.
func envParam() Param { return str("ProjectEnv").required().oneOf(envDev, envProd, "PRD") }

func nodeParams(more ...Param) []Param {
	return append([]Param{long("NodeId").required(), envParam()}, more...)
}

func (c *call) env() string {
	if c.text("ProjectEnv") == "PRD" {
		return envProd
	}
	return c.text("ProjectEnv")
}

func (c *call) node() *schedulerNode {
	return c.state.nodes[nodeKey{c.env(), c.number("NodeId")}] // findProject has seen it
}

func listNodes(c *call) (fields, *Error) {
	env := c.env()
	var all []*schedulerNode
	for _, id := range c.state.envNodes[envProject{env, c.project.ID}] {
		n := c.state.nodes[nodeKey{env, id}]
		t, _ := typeOf(n.File.Type)
		biz := ""
		if b := c.state.businesses[n.BusinessID]; b != nil {
			biz = b.Name
		}
		switch {
		case c.text("Owner") != "" && n.Owner != c.text("Owner"),
			c.text("BizName") != "" && biz != c.text("BizName"),
			c.text("NodeName") != "" && !strings.Contains(n.File.Name, c.text("NodeName")),
			c.text("ProgramType") != "" && t.name != c.text("ProgramType"),
			c.text("SchedulerType") != "" && n.Scheduler != c.text("SchedulerType"):
			continue
		}
		all = append(all, n)
	}
	from, to, data, failure := c.page(len(all))
	if failure != nil {
		return nil, failure
	}
	rows := list{}
	for _, n := range all[from:to] {
		rows = append(rows, append(c.nodeFields(n), field{"Repeatability", flag(n.repeatable())}))
	}
	return operated(field{"Data", append(data, field{"Nodes", rows})})
}

func (n *schedulerNode) repeatable() bool { return n.File.Schedule.RerunMode != "ALL_DENIED" }

// nodeFields are what ListNodes and GetNode have in common.
func (c *call) nodeFields(n *schedulerNode) fields {
	s := &n.File.Schedule
	t, _ := typeOf(n.File.Type)
	group := groupByID(s.ResourceGroupID)
	out := fields{
		{"NodeId", number(n.ID)}, {"NodeName", text(n.File.Name)}, {"ProjectId", number(n.ProjectID)}, {"BusinessId", number(n.BusinessID)}, {"RelatedFlowId", number(n.BusinessID)},
		{"FileId", number(n.FileID)}, {"FileType", number(n.File.Type)}, {"ProgramType", text(t.name)}, {"OwnerId", text(n.Owner)}, {"SchedulerType", text(n.Scheduler)},
		{"CronExpress", text(s.Cron)}, {"ParamValues", text(s.ParaValue)}, {"Description", text(n.File.Description)}, {"Connection", text(n.File.ConnectionName)},
		{"RepeatInterval", number(s.RerunInterval)}, {"RepeatMode", number(internalCodes[s.RerunMode])}, {"Priority", number(1)}, {"BaselineId", number(n.ProjectID)},
		{"ResGroupIdentifier", text(group.identifier)}, {"ResGroupName", text(group.name)}, {"DqcType", number(0)}, {"DqcDescription", text("")},
		{"CreateTime", number(n.CreateTime)}, {"ModifyTime", number(n.ModifyTime)}, {"DeployDate", number(n.DeployTime)},
	}
	if c.is(swNodeVersion, "shown") {
		out = append(out, field{"FileVersion", number(n.Version)})
	}
	return out
}

func getNode(c *call) (fields, *Error) {
	n := c.node()
	repeatable := "false"
	if n.repeatable() {
		repeatable = "true"
	}
	return operated(field{"Data", append(c.nodeFields(n), field{"Repeatability", text(repeatable)})})
}

func getNodeCode(c *call) (fields, *Error) {
	n := c.node()
	code := ""
	if v := c.state.version(n.FileID, n.Version); v != nil {
		code = v.File.Content
	}
	return operated(field{"Data", text(code)})
}

// childrenOf are the nodes of an environment that need an output of n.
func (s *state) childrenOf(n *schedulerNode) []*schedulerNode {
	found := map[int64]bool{}
	for _, o := range n.File.Schedule.Outputs {
		for id := range s.nodeInputs[envOutput{n.Env, o.Name}] {
			found[id] = true
		}
	}
	return s.nodesOf(n.Env, found)
}

func (s *state) parentsOf(n *schedulerNode) []*schedulerNode {
	found := map[int64]bool{}
	for _, i := range n.File.Schedule.Inputs {
		for id := range s.nodeOutputs[envOutput{n.Env, i.Name}] {
			found[id] = true
		}
	}
	return s.nodesOf(n.Env, found)
}

func (s *state) nodesOf(env string, ids map[int64]bool) []*schedulerNode {
	var ns []*schedulerNode
	for _, id := range sortedIDs(ids) {
		ns = append(ns, s.nodes[nodeKey{env, id}])
	}
	return ns
}

func getNodeChildren(c *call) (fields, *Error) { return relatives(c.state.childrenOf(c.node())) }

func getNodeParents(c *call) (fields, *Error) { return relatives(c.state.parentsOf(c.node())) }

func relatives(ns []*schedulerNode) (fields, *Error) {
	rows := list{}
	for _, n := range ns {
		t, _ := typeOf(n.File.Type)
		rows = append(rows, fields{
			{"NodeId", number(n.ID)}, {"NodeName", text(n.File.Name)}, {"ProjectId", number(n.ProjectID)}, {"OwnerId", text(n.Owner)}, {"CronExpress", text(n.File.Schedule.Cron)},
			{"ProgramType", text(t.name)}, {"SchedulerType", text(n.Scheduler)}, {"Repeatability", flag(n.repeatable())}, {"Priority", number(1)}, {"BaselineId", number(n.ProjectID)}, {"StepType", text("0")},
		})
	}
	return operated(field{"Data", fields{{"Nodes", rows}}})
}
