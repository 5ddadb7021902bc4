package emulator

import (
	"math"
	"slices"
	"strings"
)

func deploymentActions() []Action {
	return []Action{
		{Name: "GetDeployment", Level: 1, Scope: byProject, handle: getDeployment,
			Params: projectParams(long("DeploymentId").required())},
		{Name: "ListDeployments", Level: 1, Scope: byProject, handle: listDeployments,
			Params: projectParams(append(pageParams(), str("Creator"), str("Executor"), long("EndCreateTime"), long("EndExecuteTime"), integer("Status").oneOf("0", "1", "2", "6"), str("Keyword"))...)},
	}
}

func getDeployment(c *call) (fields, *Error) {
	d := c.state.deployments[c.number("DeploymentId")]
	if d == nil || d.ProjectID != c.project.ID {
		return nil, ruleDeployment.refuse(c.text("DeploymentId"))
	}
	shown := fields{
		{"Name", text(d.Name)}, {"Status", number(d.Status)}, {"ErrorMessage", text(d.Message)}, {"CreatorId", text(d.Creator)}, {"HandlerId", text(d.Handler)},
		{"CreateTime", number(d.CreateTime)}, {"FromEnvironment", number(d.From)}, {"ToEnvironment", number(d.To)},
	}
	if at := d.executed(c.now); at != 0 {
		shown = append(shown, field{"ExecuteTime", number(at)})
	}
	if check := d.checking(c.now); check != 0 && d.Status == deploymentSuccess {
		shown = append(shown, field{"CheckingStatus", number(check)})
	}
	items := list{fields{{"FileId", number(d.FileID)}, {"FileVersion", number(d.Version)}, {"Status", number(d.Status)}}}
	return succeeded(field{"Data", fields{{"Deployment", shown}, {"DeployedItems", items}}})
}

// executed is when the deployment began to run, 0 if it has not yet.
func (d *deployment) executed(now int64) int64 {
	if d.ExecuteTime == math.MaxInt64 || d.ExecuteTime > now {
		return 0
	}
	return d.ExecuteTime
}

// listDeployments lists the newest first.
func listDeployments(c *call) (fields, *Error) {
	var all []*deployment
	word := strings.ToLower(c.text("Keyword"))
	for _, id := range slices.Backward(c.state.projectDeploys[c.project.ID]) {
		d := c.state.deployments[id]
		if c.wants(d) && strings.Contains(strings.ToLower(d.Name), word) {
			all = append(all, d)
		}
	}
	from, to, data, failure := c.page(len(all))
	if failure != nil {
		return nil, failure
	}
	rows := list{}
	for _, d := range all[from:to] {
		row := fields{{"Id", number(d.ID)}, {"Name", text(d.Name)}, {"Status", number(d.Status)}, {"ErrorMessage", text(d.Message)},
			{"Creator", text(d.Creator)}, {"Executor", text(d.Handler)}, {"CreateTime", number(d.CreateTime)}}
		if at := d.executed(c.now); at != 0 {
			row = append(row, field{"ExecuteTime", number(at)})
		}
		rows = append(rows, row)
	}
	return fields{{"Data", append(data, field{"Deployments", rows})}}, nil
}

func (c *call) wants(d *deployment) bool {
	switch {
	case c.text("Creator") != "" && d.Creator != c.text("Creator"),
		c.text("Executor") != "" && d.Handler != c.text("Executor"),
		c.text("Status") != "" && d.Status != c.number("Status"),
		c.text("EndCreateTime") != "" && d.CreateTime > c.number("EndCreateTime"),
		c.text("EndExecuteTime") != "" && (d.executed(c.now) == 0 || d.ExecuteTime > c.number("EndExecuteTime")):
		return false
	}
	return true
}
