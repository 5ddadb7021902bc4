package model

import "time"

// Environments of the scheduler, as ProjectEnv and ProjectEnvironment spell them.
const (
	EnvironmentDevelopment = "DEV"
	EnvironmentProduction  = "PROD"
)

// VersionStatus is the state of a submitted version (ListFileVersions.Status).
type VersionStatus string

const (
	VersionCommitting VersionStatus = "COMMITTING"
	VersionCommitted  VersionStatus = "COMMITTED"
	VersionCheckOK    VersionStatus = "CHECK_OK"
	VersionPackaged   VersionStatus = "PACKAGED"
	VersionDeploying  VersionStatus = "DEPLOYING"
	VersionDeployed   VersionStatus = "DEPLOYED"
	VersionCancelled  VersionStatus = "CANCELLED"
)

// Version is a submitted version of a file (ListFileVersions, GetFileVersion).
type Version struct {
	Number        int
	Status        VersionStatus
	Comment       string
	Content       string
	ChangeType    string
	CommitTime    time.Time
	CommitUser    string
	IsCurrentProd bool
}

// Newest is the version with the highest number, the zero Version if there is none.
func Newest(versions []Version) Version {
	var newest Version
	for _, v := range versions {
		if v.Number > newest.Number {
			newest = v
		}
	}
	return newest
}

// InFlight tells whether a release of the version is on its way, so that it must not be released again.
func (v Version) InFlight() bool {
	return v.Status == VersionCommitting || v.Status == VersionPackaged || v.Status == VersionDeploying
}

// DeploymentStatus is where a deployment stands (GetDeployment.Status, ListDeployments.Status).
type DeploymentStatus int

const (
	DeploymentReady     DeploymentStatus = 0
	DeploymentSucceeded DeploymentStatus = 1
	DeploymentFailed    DeploymentStatus = 2
	DeploymentRejected  DeploymentStatus = 6
)

// Checking is the state of the checks that run after a submit (GetDeployment.CheckingStatus); absent at the service means that none holds it.
type Checking int

const (
	CheckingNone    Checking = 0
	CheckingFailed  Checking = 7
	CheckingRunning Checking = 8
)

// Deployment is a deployment as GetDeployment shows it.
type Deployment struct {
	ID       DeploymentID
	Status   DeploymentStatus
	Checking Checking
	Message  string
	Created  time.Time
	// Items are what it brings, where GetDeployment lists it (DeployedItems).
	Items []DeployedItem
}

// VersionOf gives the version of a file that the deployment brings, 0 where it does not say.
func (d Deployment) VersionOf(file FileID) int {
	for _, item := range d.Items {
		if item.File == file {
			return item.Version
		}
	}
	return 0
}

// DeployedItem is a version of a file that a deployment brings.
type DeployedItem struct {
	File FileID
	// Version is 0 where the service does not say it.
	Version int
}

// FileRow is what ListFiles says of a file: enough to know whether GetFile would tell something new.
type FileRow struct {
	Key            Key
	FileID         FileID
	NodeID         NodeID
	FolderID       FolderID
	Parent         FileID
	CommitStatus   int
	CurrentVersion int
	LastEditTime   time.Time
	LastEditUser   string
}

// NodeChild is a node that has an output of another one among its inputs, as GetNodeChildren shows it: it may belong to another workspace.
type NodeChild struct {
	NodeID    NodeID
	ProjectID ProjectID
	Name      string
}

// NodeRow is what ListNodes says of a scheduled node in one environment.
type NodeRow struct {
	NodeID NodeID
	FileID FileID
	// FileVersion is 0 where the service's rows do not carry it.
	FileVersion   int
	SchedulerType string
	OwnerID       string
	// ResourceGroup is the identifier (ResGroupIdentifier), empty where rows do not carry it.
	ResourceGroup string
}
