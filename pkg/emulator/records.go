package emulator

import "fmt"

// counters hold what makes the next id.
type counters struct {
	Format                                             int // of the file
	Seed                                               uint64
	File, Business, Deployment, Node, Folder, AutoName int64
	Sequence                                           int64
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

// standard says whether a workspace has a development environment.
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
}
func (b *business) leave(s *state) {
	delete(s.businesses, b.ID)
	delete(s.folderBusiness, b.FolderID)
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
	if f.ParentID != 0 {
		addTo(s.innerFiles, f.ParentID, f.ID)
	}
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
	for _, o := range f.Schedule.Outputs {
		addTo(s.savedOutputs, o.Name, f.ID)
	}
}

func (f *file) leave(s *state) {
	delete(s.files, f.ID)
	delete(s.clientTokens, f.ClientToken)
	removeFrom(s.innerFiles, f.ParentID, f.ID)
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
	for _, o := range f.Schedule.Outputs {
		removeFrom(s.savedOutputs, o.Name, f.ID)
	}
}
