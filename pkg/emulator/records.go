package emulator

import (
	"fmt"
	"slices"
	"strings"
)

// counters hold what makes the next id.
type counters struct {
	Seed                                               uint64
	File, Business, Deployment, Node, Folder, AutoName int64
	Event, Sequence                                    int64
}

func (c *counters) id() recordID   { return recordID{bucketCounters, "counters"} }
func (c *counters) enter(s *state) { s.counters = c }
func (c *counters) leave(s *state) {}

// project is a workspace.
type project struct {
	ID          int64
	Name        string
	Mode        Mode
	Owner       string
	CreateTime  int64 // ms
	Members     []Member
	Connections []string // known data sources besides odps_first; none listed: any name goes
}

func (p *project) id() recordID { return recordID{bucketProjects, intKey(p.ID)} }
func (p *project) enter(s *state) {
	s.projects[p.ID], s.projectNames[p.Name] = p, p
}
func (p *project) leave(s *state) {
	delete(s.projects, p.ID)
	delete(s.projectNames, p.Name)
}

// rootOutput is the output that every workspace has from the start.
func (p *project) rootOutput() string { return p.Name + "_root" }

// prod is the environment in which the submitted version runs for real.
func (p *project) standard() bool { return p.Mode != Simple }

// business is a business process; its folder stands right under a root.
type business struct {
	ID          int64
	ProjectID   int64
	FolderID    string
	Name        string
	Description string
	Owner       string
	UseType     string
	Tables      []string // imported tables, by GUID
}

func (b *business) id() recordID { return recordID{bucketBusinesses, intKey(b.ID)} }
func (b *business) enter(s *state) {
	s.businesses[b.ID] = b
	s.folderBusiness[b.FolderID] = b.ID
	s.projectBiz[b.ProjectID] = insertID(s.projectBiz[b.ProjectID], b.ID)
}
func (b *business) leave(s *state) {
	delete(s.businesses, b.ID)
	delete(s.folderBusiness, b.FolderID)
	s.projectBiz[b.ProjectID] = removeID(s.projectBiz[b.ProjectID], b.ID)
}

// folder is one level of a path. A root has no parent; its name, and that of an
// engine folder, is the internal one (bizroot, folderMaxCompute).
type folder struct {
	ID        string
	ProjectID int64
	ParentID  string
	Name      string
	Level     level
}

func (f *folder) id() recordID { return recordID{bucketFolders, f.ID} }

func (f *folder) parentKey() string {
	if f.ParentID == "" {
		return rootKey(f.ProjectID)
	}
	return f.ParentID
}

func rootKey(project int64) string { return fmt.Sprint("project/", project) }

func (f *folder) enter(s *state) {
	s.folders[f.ID] = f
	names := s.children[f.parentKey()]
	if names == nil {
		names = map[string]string{}
		s.children[f.parentKey()] = names
	}
	names[f.Name] = f.ID
}

func (f *folder) leave(s *state) {
	delete(s.folders, f.ID)
	names := s.children[f.parentKey()]
	delete(names, f.Name)
	if len(names) == 0 {
		delete(s.children, f.parentKey())
	}
}

// DeletedStatus of GetFile (reference 4.18).
const (
	statusNormal     = "NORMAL"
	statusRecycleBin = "RECYCLE_BIN"
	statusDeleted    = "DELETED"
)

// file is a file as it is saved in DataStudio.
type file struct {
	ID             int64
	ProjectID      int64
	FolderID       string
	Name           string
	Type           int64
	Description    string
	Owner          string
	Content        string
	ConnectionName string
	AutoParsing    bool
	Advanced       string
	CreateTime     int64 // ms
	CreateUser     string
	EditTime       int64 // ms
	EditUser       string
	CurrentVersion int64 // newest version whose submit has succeeded
	Committed      bool  // nothing was saved since that submit
	NodeID         int64
	ParentID       int64
	Deleted        string // DeletedStatus
	ProdVersion    int64  // version in production, 0 for none
	AutoOutput     string // <project>.<random number>_out, never changes
	Schedule       schedule
	Upload         *upload
	ClientToken    string // of CreateDISyncTask
	TaskGroup      string // data integration resource group; no answer shows it
}

// upload is what only resources have.
type upload struct {
	OriginName   string
	ResourceFile string
	StorageURL   string
	Register     bool
	UploadMode   bool
}

// schedule is a NodeConfiguration.
type schedule struct {
	RerunMode        string
	RerunTimes       int64
	RerunInterval    int64 // ms
	Stop             bool
	ParaValue        string
	StartEffect      int64 // ms
	EndEffect        int64 // ms
	Cron             string
	CycleType        string
	DependentType    string
	DependentNodes   string
	Inputs           []link
	Outputs          []link
	ResourceGroupID  int64
	SchedulerType    string
	StartImmediately bool
	ApplyImmediately string
	IgnoreParentSkip string
	ImageID          string
	Timeout          int64
	InputParameters  []contextParameter
	OutputParameters []contextParameter
}

// link is one entry of InputList or OutputList.
type link struct {
	Name      string
	ParseType string // MANUAL or AUTO
	Table     string // RefTableName
}

// contextParameter is one entry of InputParameters or OutputParameters.
type contextParameter struct {
	Name, Source, Type, Value, Description string
}

func (f *file) id() recordID { return recordID{bucketFiles, intKey(f.ID)} }

func (f *file) enter(s *state) {
	s.files[f.ID] = f
	if f.ClientToken != "" {
		s.clientTokens[f.ClientToken] = f.ID
	}
	if f.NodeID != 0 {
		s.nodeFile[f.NodeID] = f.ID
	}
	if f.Deleted != statusNormal {
		if f.ProdVersion != 0 {
			addTo(s.waitingNames, fileName{f.FolderID, f.Name}, f.ID)
		}
		return
	}
	addTo(s.folderFiles, f.FolderID, f.ID)
	addTo(s.fileNames, fileName{f.FolderID, f.Name}, f.ID)
	addTo(s.workspaceNames, workspaceName{f.ProjectID, f.Name}, f.ID)
	s.projectFiles[f.ProjectID] = insertFile(s.projectFiles[f.ProjectID], f)
	for _, o := range f.Schedule.Outputs {
		addTo(s.savedOutputs, o.Name, f.ID)
	}
}

func (f *file) leave(s *state) {
	delete(s.files, f.ID)
	delete(s.clientTokens, f.ClientToken)
	if f.NodeID != 0 {
		delete(s.nodeFile, f.NodeID)
	}
	if f.Deleted != statusNormal {
		removeFrom(s.waitingNames, fileName{f.FolderID, f.Name}, f.ID)
		return
	}
	removeFrom(s.folderFiles, f.FolderID, f.ID)
	removeFrom(s.fileNames, fileName{f.FolderID, f.Name}, f.ID)
	removeFrom(s.workspaceNames, workspaceName{f.ProjectID, f.Name}, f.ID)
	s.projectFiles[f.ProjectID] = removeFile(s.projectFiles[f.ProjectID], f.ID)
	for _, o := range f.Schedule.Outputs {
		removeFrom(s.savedOutputs, o.Name, f.ID)
	}
}

// Statuses of a version (reference 4.17).
const (
	versionCommitting = "COMMITTING"
	versionCommitted  = "COMMITTED"
	versionCheckOK    = "CHECK_OK"
	versionPackaged   = "PACKAGED"
	versionDeploying  = "DEPLOYING"
	versionDeployed   = "DEPLOYED"
	versionCancelled  = "CANCELLED"
)

// version is one submitted state of a file.
type version struct {
	FileID     int64
	Number     int64
	File       file // as it was submitted
	Path       string
	UseType    string
	Comment    string
	CommitTime int64 // ms
	CommitUser string
	ChangeType string
	Status     string
	Deployment int64 // the one that works on it now, 0 for none
	Submit     int64 // the one that made it
}

func (v *version) id() recordID {
	return recordID{bucketVersions, intKey(v.FileID) + intKey(v.Number)}
}

func (v *version) enter(s *state) {
	vs := s.versions[v.FileID]
	i, _ := slices.BinarySearchFunc(vs, v.Number, byNumber)
	s.versions[v.FileID] = slices.Insert(slices.Clip(vs), i, v)
}

func (v *version) leave(s *state) {
	vs := s.versions[v.FileID]
	if i, found := slices.BinarySearchFunc(vs, v.Number, byNumber); found {
		vs = slices.Delete(slices.Clone(vs), i, i+1)
	}
	if len(vs) == 0 {
		delete(s.versions, v.FileID)
		return
	}
	s.versions[v.FileID] = vs
}

func byNumber(v *version, number int64) int { return int(v.Number - number) }

// nodeKey names a node in one environment.
type nodeKey struct {
	env string
	id  int64
}

// Environments of the operation centre.
const (
	envDev  = "DEV"
	envProd = "PROD"
)

// schedulerNode is a node of the scheduler: what became of a submitted or
// deployed version.
type schedulerNode struct {
	Env        string
	ID         int64
	ProjectID  int64
	BusinessID int64
	FileID     int64
	Version    int64
	File       file // as it was submitted, without its content
	Owner      string
	Scheduler  string // NORMAL, PAUSE, SKIP, MANUAL
	CreateTime int64  // ms
	ModifyTime int64  // ms
	DeployTime int64  // ms
}

func (n *schedulerNode) key() nodeKey { return nodeKey{n.Env, n.ID} }

func (n *schedulerNode) id() recordID { return recordID{bucketNodes, n.Env + "/" + intKey(n.ID)} }

func (n *schedulerNode) enter(s *state) {
	s.nodes[n.key()] = n
	k := envProject{n.Env, n.ProjectID}
	s.envNodes[k] = insertID(s.envNodes[k], n.ID)
	for _, o := range n.File.Schedule.Outputs {
		addTo(s.nodeOutputs, envOutput{n.Env, o.Name}, n.ID)
	}
	for _, i := range n.File.Schedule.Inputs {
		addTo(s.nodeInputs, envOutput{n.Env, i.Name}, n.ID)
	}
}

func (n *schedulerNode) leave(s *state) {
	delete(s.nodes, n.key())
	k := envProject{n.Env, n.ProjectID}
	s.envNodes[k] = removeID(s.envNodes[k], n.ID)
	for _, o := range n.File.Schedule.Outputs {
		removeFrom(s.nodeOutputs, envOutput{n.Env, o.Name}, n.ID)
	}
	for _, i := range n.File.Schedule.Inputs {
		removeFrom(s.nodeInputs, envOutput{n.Env, i.Name}, n.ID)
	}
}

// What a deployment does when it succeeds.
const (
	deploySubmit   = "submit"   // saved -> development (production in simple mode)
	deployRelease  = "release"  // development -> production
	deployDelete   = "delete"   // out of development
	deployUndeploy = "undeploy" // out of production
)

// Statuses of a deployment (reference 4.14, 4.25).
const (
	deploymentReady    = 0
	deploymentSuccess  = 1
	deploymentFailed   = 2
	deploymentRejected = 6

	checkFailed  = 7
	checkRunning = 8
)

// deployment is a package that brings one version to one environment.
type deployment struct {
	ID          int64
	ProjectID   int64
	Name        string
	Kind        string
	FileID      int64
	Version     int64
	Creator     string
	Handler     string
	From, To    int64
	CreateTime  int64 // ms
	ExecuteTime int64 // ms
	Due         int64 // ms; when it ends
	Outcome     int64 // what it will end as
	Failure     string
	Status      int64 // 0 until it has ended
	Message     string
	Comment     string
	// Check is the CheckingStatus that holds until CheckUntil (ms), CheckEnd
	// the one after it; Checker is the instance that CheckFileDeployment names.
	Check, CheckUntil, CheckEnd int64
	Checker                     string
}

func (d *deployment) id() recordID { return recordID{bucketDeployments, intKey(d.ID)} }

func (d *deployment) enter(s *state) {
	s.deployments[d.ID] = d
	s.projectDeploys[d.ProjectID] = insertID(s.projectDeploys[d.ProjectID], d.ID)
	if d.Checker != "" {
		s.checkers[d.Checker] = d.ID
	}
	if d.Status == deploymentReady {
		i, _ := slices.BinarySearchFunc(s.open, d, byDue)
		s.open = slices.Insert(s.open, i, d)
	}
}

func (d *deployment) leave(s *state) {
	delete(s.deployments, d.ID)
	s.projectDeploys[d.ProjectID] = removeID(s.projectDeploys[d.ProjectID], d.ID)
	delete(s.checkers, d.Checker)
	if d.Status == deploymentReady {
		if i, found := slices.BinarySearchFunc(s.open, d, byDue); found {
			s.open = slices.Delete(s.open, i, i+1)
		}
	}
}

func byDue(a, b *deployment) int {
	if a.Due != b.Due {
		if a.Due < b.Due {
			return -1
		}
		return 1
	}
	return int(a.ID - b.ID)
}

// checking is the CheckingStatus at the time now (ms), 0 for none.
func (d *deployment) checking(now int64) int64 {
	if d.Check != 0 && now < d.CheckUntil {
		return d.Check
	}
	return d.CheckEnd
}

// ideEvent is a message that extensions were sent (reference 4.26, 4.27).
type ideEvent struct {
	MessageID string
	ProjectID int64
	Type      string
	FileID    int64
	Version   int64
	Result    string
	Tip       string
	Extension string
	Table     string // name of the table, for messages of tables
}

func (e *ideEvent) id() recordID   { return recordID{bucketEvents, e.MessageID} }
func (e *ideEvent) enter(s *state) { s.events[e.MessageID] = e }
func (e *ideEvent) leave(s *state) { delete(s.events, e.MessageID) }

// outputsOf are the names in a list.
func outputsOf(links []link) []string {
	names := make([]string, len(links))
	for i, l := range links {
		names[i] = l.Name
	}
	return names
}

func joined(links []link) string { return strings.Join(outputsOf(links), ",") }
