package emulator

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

func releaseActions() []Action {
	return []Action{
		{Name: "SubmitFile", Level: 3, Write: true, Scope: byProject, handle: submitFile,
			Params: projectParams(long("FileId").required(), str("Comment"), boolean("SkipAllDeployFileExtensions").since(newer))},
		{Name: "DeployFile", Level: 3, Write: true, Scope: byProject, handle: deployFile,
			Params: projectParams(long("FileId"), long("NodeId"), str("Comment"))},
	}
}

func submitFile(c *call) (fields, *Error) {
	f, failure := c.liveFile()
	if failure != nil {
		return nil, failure
	}
	d, failure := c.submit(f)
	if failure != nil {
		return nil, failure
	}
	return succeeded(field{"Data", number(d.ID)})
}

// submit makes the next version of a file and starts the deployment that brings
// it to the development environment.
func (c *call) submit(f *file) (*deployment, *Error) {
	use := c.state.rootOf(f.FolderID).useType
	if use == "ADHOCQUERY" || use == "COMPONENT" || f.ParentID != 0 { // inner files go with their node
		return nil, ruleNotSubmittable.refuse(f.Name)
	}
	for _, v := range c.state.versions[f.ID] {
		if v.Deployment != 0 && v.Deployment == v.Submit {
			return nil, ruleSubmitting.refuse(f.Name)
		}
	}
	if f.Committed && !c.hasEditedInner(f) && c.is(swResubmit, "refused") {
		return nil, ruleNothingToSubmit.refuse(f.Name)
	}
	f = c.parseCode(f)
	if failure := c.checkSubmit(f, use); failure != nil {
		return nil, failure
	}
	change := "UPDATE"
	if len(c.state.versions[f.ID]) == 0 {
		change = "CREATE"
	}
	v := c.newVersion(f, change, c.text("Comment"))
	c.emit(EventFileSubmit, f.ID, v.Number, "")
	return c.newDeployment(f, v, deploySubmit, c.text("Comment")), nil
}

// checkDependentNodes wants the nodes that a file waits for to be there, where the switch dependent-nodes says so.
func (c *call) checkDependentNodes(f *file) *Error {
	ids := splitNames(f.Schedule.DependentNodes)
	if c.is(swDependentNodes, "unchecked") || !strings.HasPrefix(f.Schedule.DependentType, "USER_DEFINE") {
		return nil
	}
	if len(ids) == 0 {
		return ruleDependentNode.refuse("")
	}
	for _, text := range ids {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || c.state.nodes[nodeKey{envDev, id}] == nil && c.state.nodes[nodeKey{envProd, id}] == nil {
			return ruleDependentNode.refuse(text)
		}
	}
	return nil
}

func (c *call) checkSubmit(f *file, use string) *Error {
	if c.is(swOutputCheck, "submit") {
		if failure := c.checkOutputs(f, &file{}); failure != nil {
			return failure
		}
	}
	if t, _ := typeOf(f.Type); t.category == function {
		return c.checkResources(f)
	}
	if !c.scheduled(f) || use == "MANUAL_BIZ" {
		return nil
	}
	if len(f.Schedule.Inputs) == 0 || len(f.Schedule.Outputs) == 0 {
		return ruleNoInputOutput.refuse()
	}
	if failure := c.checkDependentNodes(f); failure != nil {
		return failure
	}
	for _, input := range outputsOf(f.Schedule.Inputs) {
		if !c.state.submitted(input, c.project) {
			return ruleParentMissing.refuse(input)
		}
	}
	return nil
}

// submitted says whether a node of the environment that a submit goes to has an
// output: the development environment, and that of workspaces without one.
func (s *state) submitted(output string, p *project) bool {
	if s.isRootOutput(output) {
		return true
	}
	if len(s.nodeOutputs[envOutput{envDev, output}]) > 0 {
		return true
	}
	for id := range s.nodeOutputs[envOutput{envProd, output}] {
		if !p.standard() || !s.projects[s.nodes[nodeKey{envProd, id}].ProjectID].standard() {
			return true
		}
	}
	return false
}

func (s *state) isRootOutput(output string) bool {
	const suffix = "_root"
	n := len(output) - len(suffix)
	return n > 0 && output[n:] == suffix && s.projectNames[output[:n]] != nil
}

func deployFile(c *call) (fields, *Error) {
	var f *file
	switch {
	case c.text("FileId") != "":
		f = c.state.files[c.number("FileId")]
	case c.text("NodeId") != "":
		f = c.state.files[c.state.nodeFile[c.number("NodeId")]]
	default:
		return nil, ruleMissing.gateway("FileId")
	}
	if f == nil || f.ProjectID != c.project.ID || f.Deleted == statusDeleted {
		return nil, ruleFile.refuse(c.text("FileId") + c.text("NodeId"))
	}
	if !c.mayDeploy() {
		return nil, ruleRole.refuse()
	}
	d, failure := c.release(f)
	if failure != nil {
		return nil, failure
	}
	return succeeded(field{"Data", number(d.ID)})
}

// deployRoles may deploy to production (service-behaviour 14).
var deployRoles = []string{"role_project_owner", "role_project_admin", "role_project_pe"}

func (c *call) mayDeploy() bool {
	for _, m := range c.project.Members {
		if m.UserID == c.caller {
			return slices.ContainsFunc(m.Roles, func(r string) bool { return slices.Contains(deployRoles, r) })
		}
	}
	return true // no members: everybody may do everything
}

// release starts the deployment of a file's newest version to production.
func (c *call) release(f *file) (*deployment, *Error) {
	if !c.project.standard() {
		if c.is(swSimpleDeploy, "refused") || f.Committed || f.Deleted != statusNormal {
			return nil, ruleNotDeployable.refuse(f.Name)
		}
		return c.submit(f)
	}
	v := c.state.version(f.ID, f.CurrentVersion)
	kind := deployRelease
	if f.Deleted != statusNormal {
		kind, v = deployUndeploy, nil
		if vs := c.state.versions[f.ID]; len(vs) > 0 {
			v = vs[len(vs)-1]
		}
	}
	switch {
	case v == nil:
		return nil, ruleNotDeployable.refuse(f.Name)
	case v.Deployment != 0:
		return nil, ruleDeploying.refuse(f.Name)
	case kind == deployUndeploy && (v.Status == versionDeployed || f.ProdVersion == 0 && c.is(swDeployDeletion, "refused")):
		return nil, ruleNotDeployable.refuse(f.Name)
	case kind == deployRelease && f.ProdVersion == v.Number && c.is(swRedeploy, "refused"):
		return nil, ruleNotDeployable.refuse(f.Name)
	}
	if d := c.state.deployments[v.Submit]; d != nil && d.checking(c.now) != 0 {
		return nil, ruleChecking.refuse(f.Name)
	}
	if kind == deployRelease {
		c.emit(EventFileDeploy, f.ID, v.Number, "")
	}
	return c.newDeployment(f, v, kind, c.text("Comment")), nil
}

func (s *state) version(file, number int64) *version {
	vs := s.versions[file]
	i, found := slices.BinarySearchFunc(vs, number, byNumber)
	if !found {
		return nil
	}
	return vs[i]
}

func (c *call) newVersion(f *file, change, comment string) *version {
	number := int64(1)
	if vs := c.state.versions[f.ID]; len(vs) > 0 {
		number = vs[len(vs)-1].Number + 1
	}
	v := &version{FileID: f.ID, Number: number, File: *f, Path: c.state.spell(f.FolderID, "zh"), UseType: c.useType(f), Comment: comment,
		CommitTime: c.now, CommitUser: c.caller, ChangeType: change, Status: versionCommitted, Inner: c.state.innerEdits(f.ID)}
	c.tx.put(v)
	return v
}

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
