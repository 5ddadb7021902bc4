package emulator

import (
	"slices"
	"strconv"
	"strings"
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
