package emulator

import (
	"math"
	"time"
)

// newDeployment starts a deployment of a version. Nothing runs: what it has come
// to follows from the clock whenever somebody looks.
func (c *call) newDeployment(f *file, v *version, kind, comment string) *deployment {
	took := c.deployTime.Load() / int64(time.Millisecond)
	day := time.UnixMilli(c.now).UTC().Format("2006-01-02")
	d := &deployment{
		ID: c.tx.deploymentID(), ProjectID: f.ProjectID, Name: f.Name + "-" + day + "_" + c.caller, Kind: kind, FileID: f.ID, Version: v.Number,
		Creator: c.caller, Handler: c.caller, From: 0, To: 1, CreateTime: c.now, ExecuteTime: c.now + took/3, Due: c.now + took, Outcome: deploymentSuccess, Comment: comment,
	}
	if kind == deployRelease || kind == deployUndeploy {
		d.From, d.To = 1, 2
		c.approve(d)
	}
	if kind == deploySubmit && !c.flag("SkipAllDeployFileExtensions") {
		c.startCheck(d, took)
	}
	if c.fault != nil && c.fault.Kind == FaultDeployment {
		d.end(int64(c.fault.Outcome), c.fault.Message)
	}
	c.tx.put(d)
	next := *v
	next.Deployment = d.ID
	if kind == deploySubmit || kind == deployDelete {
		next.Submit = d.ID
	}
	c.tx.put(&next)
	return d
}

// approve lets the switch approval decide about a deployment to production.
func (c *call) approve(d *deployment) {
	switch c.settings[swApproval] {
	case "held":
		d.end(OutcomeHeld, "")
	case "rejected":
		d.end(deploymentRejected, "发布包被驳回")
	}
}

// end settles what a deployment will end as.
func (d *deployment) end(outcome int64, message string) {
	d.Outcome, d.Failure = outcome, message
	if outcome == OutcomeHeld {
		d.Due, d.ExecuteTime = math.MaxInt64, math.MaxInt64
	}
}

// settle ends the deployments that are due, in the order of their ends.
func (c *call) settle() *Error {
	if len(c.state.open) == 0 || c.state.open[0].Due > c.now {
		return nil
	}
	c.tx = c.begin()
	for len(c.state.open) > 0 && c.state.open[0].Due <= c.now {
		// It ended when it was due, not when somebody looked: reads lag behind that.
		c.tx.at = time.UnixMilli(c.state.open[0].Due)
		c.finishDeployment(c.state.open[0])
	}
	if err := c.tx.commit(c.db); err != nil {
		return ruleInternal.gateway("")
	}
	c.tx = nil
	return nil
}

// finishDeployment gives a deployment its end and its effect.
func (c *call) finishDeployment(d *deployment) {
	done := *d
	done.Status, done.Message = d.Outcome, d.Failure
	f, v := c.state.files[d.FileID], c.state.version(d.FileID, d.Version)
	if done.Status == deploymentSuccess && d.Kind == deployRelease {
		if missing := c.missingParent(v); missing != "" {
			done.Status, done.Message = deploymentFailed, "父节点输出名:"+missing+" 在生产环境不存在"
		}
	}
	next := *v
	next.Deployment = 0
	switch {
	case done.Status != deploymentSuccess:
		if done.Message == "" {
			done.Message = "发布包执行失败"
		}
		c.undone(&done, f, &next)
	default:
		done.Message = "成功"
		c.done(&done, f, &next)
	}
	c.tx.put(&done)
}

// done is the effect of a deployment that has succeeded.
func (c *call) done(d *deployment, old *file, v *version) {
	f := *old
	simple := !c.state.projects[f.ProjectID].standard()
	switch d.Kind {
	case deploySubmit:
		f.CurrentVersion = v.Number
		f.Committed = f.EditTime == v.File.EditTime
		if t, _ := typeOf(f.Type); f.NodeID == 0 && t.category == node {
			f.NodeID = c.tx.nodeID()
		}
		v.File.NodeID = f.NodeID
		if !simple {
			c.putNode(envDev, &f, v, d)
			break
		}
		v.Status, f.ProdVersion = versionDeployed, v.Number
		c.putNode(envProd, &f, v, d)
	case deployRelease:
		v.Status, f.ProdVersion = versionDeployed, v.Number
		c.putNode(envProd, &f, v, d)
	case deployDelete:
		f.CurrentVersion = v.Number
		c.removeNode(envDev, f.NodeID)
		if simple {
			v.Status, f.ProdVersion = versionDeployed, 0
			c.removeNode(envProd, f.NodeID)
		}
	case deployUndeploy:
		v.Status, f.ProdVersion = versionDeployed, 0
		c.removeNode(envProd, f.NodeID)
	}
	c.tx.put(v)
	c.tx.put(&f)
	if d.Kind == deploySubmit {
		c.commitInner(&f, v)
	}
}

// undone is what is left of a deployment that has not succeeded.
func (c *call) undone(d *deployment, f *file, v *version) {
	switch d.Kind {
	case deploySubmit:
		c.tx.remove(v)
	case deployRelease, deployUndeploy:
		if d.Status == deploymentRejected {
			v.Status = versionCancelled
		}
		c.tx.put(v)
	case deployDelete:
		c.tx.remove(v)
		back := *f
		back.Deleted = statusNormal
		if !c.nameTaken(&back) && c.state.folders[f.FolderID] != nil {
			c.tx.put(&back)
		}
	}
}

// missingParent is an input of a version that no node in production has.
func (c *call) missingParent(v *version) string {
	if c.is(swDeployParents, "unchecked") {
		return ""
	}
	for _, input := range outputsOf(v.File.Schedule.Inputs) {
		if !c.state.isRootOutput(input) && len(c.state.nodeOutputs[envOutput{envProd, input}]) == 0 {
			return input
		}
	}
	return ""
}

func (c *call) putNode(env string, f *file, v *version, d *deployment) {
	if f.NodeID == 0 {
		return
	}
	n := &schedulerNode{Env: env, ID: f.NodeID, ProjectID: f.ProjectID, FileID: f.ID, Version: v.Number, File: v.File, Owner: v.File.Owner, Scheduler: v.File.Schedule.SchedulerType,
		CreateTime: d.Due, ModifyTime: d.Due, DeployTime: d.Due}
	n.File.Content = ""
	if b := c.state.businessOf(f.FolderID); b != nil {
		n.BusinessID = b.ID
	}
	if old := c.state.nodes[n.key()]; old != nil {
		n.CreateTime = old.CreateTime
		if c.is(swDeployResets, "no") {
			// What was changed in the operation centre stays changed.
			if old.Owner != old.File.Owner {
				n.Owner = old.Owner
			}
			if old.Scheduler != old.File.Schedule.SchedulerType {
				n.Scheduler = old.Scheduler
			}
		}
	}
	c.tx.put(n)
}

func (c *call) removeNode(env string, id int64) {
	if n := c.state.nodes[nodeKey{env, id}]; n != nil {
		c.tx.remove(n)
	}
}
