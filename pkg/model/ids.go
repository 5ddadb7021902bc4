package model

// The ids of a workspace are opaque: nothing may be computed from them, and they never enter the tree. Numbers exist only inside pkg/dataworks.
type (
	// ProjectID identifies a workspace (GetProject.ProjectId).
	ProjectID string
	// BusinessID identifies a business (CreateBusiness.BusinessId).
	BusinessID string
	// FolderID identifies a folder (CreateFolder.Data), a string at the service too.
	FolderID string
	// FileID identifies a file (CreateFile.Data).
	FileID string
	// NodeID identifies the scheduled task that a submitted file becomes (GetFile.NodeId).
	NodeID string
	// DeploymentID identifies a deployment (SubmitFile.Data, DeployFile.Data, DeleteFile.DeploymentId).
	DeploymentID string
)
