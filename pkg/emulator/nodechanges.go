package emulator

func nodeChangeActions() []Action {
	return []Action{
		{Name: "ListNodesByOutput", Level: 1, Scope: byTenant, handle: listNodesByOutput, Params: []Param{str("Outputs").required(), envParam()}},
		{Name: "ListNodeInputOrOutput", Level: 1, Scope: byNode, handle: listNodeInputOrOutput, Params: nodeParams(str("IoType").required().oneOf("input", "output"))},
		{Name: "UpdateNodeRunMode", Level: 2, Write: true, Scope: byNode, handle: updateNodeRunMode, Params: nodeParams(integer("SchedulerType").required().oneOf("0", "2"))},
		{Name: "UpdateNodeOwner", Level: 2, Write: true, Scope: byNode, handle: updateNodeOwner, Params: nodeParams(str("UserId").required())},
	}
}

func listNodesByOutput(c *call) (fields, *Error) {
	rows := list{}
	for _, output := range splitNames(c.text("Outputs")) {
		nodes := list{}
		for _, n := range c.state.nodesOf(c.env(), c.state.nodeOutputs[envOutput{c.env(), output}]) {
			if p := c.state.projects[n.ProjectID]; !p.has(c.caller) {
				continue
			}
			t, _ := typeOf(n.File.Type)
			s := &n.File.Schedule
			nodes = append(nodes, fields{
				{"NodeId", number(n.ID)}, {"NodeName", text(n.File.Name)}, {"ProjectId", number(n.ProjectID)}, {"RelatedFlowId", number(n.BusinessID)}, {"FileType", text(t.name)}, {"ProgramType", text(t.name)},
				{"OwnerId", text(n.Owner)}, {"SchedulerType", text(n.Scheduler)}, {"CronExpress", text(s.Cron)}, {"ParamValues", text(s.ParaValue)}, {"Description", text(n.File.Description)},
				{"Connection", text(n.File.ConnectionName)}, {"RepeatInterval", number(s.RerunInterval)}, {"Repeatability", flag(n.repeatable())}, {"Priority", number(1)}, {"BaselineId", number(n.ProjectID)},
				{"ResGroupName", text(groupByID(s.ResourceGroupID).name)}, {"DqcType", number(0)}, {"DqcDescription", text("")},
			})
		}
		rows = append(rows, fields{{"Output", text(output)}, {"NodeList", nodes}})
	}
	return operated(field{"Data", rows})
}

// listNodeInputOrOutput lists the nodes right above (input) or below (output) a
// node, each with the output name that joins them.
func listNodeInputOrOutput(c *call) (fields, *Error) {
	n := c.node()
	rows := list{}
	row := func(name, table string, id int64) {
		rows = append(rows, fields{{"Data", text(name)}, {"NodeId", number(id)}, {"TableName", text(table)}})
	}
	if c.text("IoType") == "input" {
		for _, in := range n.File.Schedule.Inputs {
			for _, id := range sortedIDs(c.state.nodeOutputs[envOutput{n.Env, in.Name}]) {
				row(in.Name, in.Table, id)
			}
		}
		return operated(field{"Data", rows})
	}
	for _, out := range n.File.Schedule.Outputs {
		for _, id := range sortedIDs(c.state.nodeInputs[envOutput{n.Env, out.Name}]) {
			row(out.Name, out.Table, id)
		}
	}
	return operated(field{"Data", rows})
}

// updateNodeRunMode freezes (2) or unfreezes (0) a node in the operation centre.
func updateNodeRunMode(c *call) (fields, *Error) {
	n := *c.node()
	n.Scheduler, n.ModifyTime = n.File.Schedule.SchedulerType, c.now
	if c.text("SchedulerType") == "2" {
		n.Scheduler = "PAUSE"
	} else if n.Scheduler == "PAUSE" {
		n.Scheduler = "NORMAL"
	}
	c.tx.put(&n)
	c.follow(&n, func(f *file) {
		f.Schedule.SchedulerType = n.Scheduler
		f.Schedule.Stop = n.Scheduler == "PAUSE"
	})
	return fields{{"Success", flag(true)}}, nil
}

func updateNodeOwner(c *call) (fields, *Error) {
	n := *c.node()
	n.Owner, n.ModifyTime = c.text("UserId"), c.now
	c.tx.put(&n)
	c.follow(&n, func(f *file) { f.Owner = n.Owner })
	return fields{{"Success", flag(true)}}, nil
}

// follow lets a node's file take a change of the operation centre over, where
// the switch file-follows-node says so.
func (c *call) follow(n *schedulerNode, change func(*file)) {
	if old := c.state.files[n.FileID]; old != nil && c.is(swFileFollows, "yes") {
		f := *old
		change(&f)
		c.tx.put(&f)
	}
}
