package dataworks

// action is an operation of the API and what the port must know of it.
type action struct {
	name string
	// level is the class of limits (1 to 3) in the reference's table of API limits.
	level int
	// write actions may change the workspace.
	write bool
	// query actions carry their parameters in the query, all others in the form body, as the vendor's SDKs do.
	query bool
	// task actions may refuse with Success=true and Data.Status=fail.
	task bool
}

var (
	actionGetProject         = action{name: "GetProject", level: 1, query: true}
	actionListResourceGroups = action{name: "ListResourceGroups", level: 1, query: true}

	actionListBusiness   = action{name: "ListBusiness", level: 1}
	actionCreateBusiness = action{name: "CreateBusiness", level: 2, write: true}
	actionUpdateBusiness = action{name: "UpdateBusiness", level: 2, write: true}
	actionDeleteBusiness = action{name: "DeleteBusiness", level: 3, write: true}

	actionListFolders  = action{name: "ListFolders", level: 1}
	actionGetFolder    = action{name: "GetFolder", level: 1}
	actionCreateFolder = action{name: "CreateFolder", level: 2, write: true}
	actionUpdateFolder = action{name: "UpdateFolder", level: 2, write: true}
	actionDeleteFolder = action{name: "DeleteFolder", level: 3, write: true}

	actionListFiles  = action{name: "ListFiles", level: 1}
	actionGetFile    = action{name: "GetFile", level: 1}
	actionCreateFile = action{name: "CreateFile", level: 3, write: true}
	actionUpdateFile = action{name: "UpdateFile", level: 2, write: true}
	actionCreateUdf  = action{name: "CreateUdfFile", level: 2, write: true}
	actionUpdateUdf  = action{name: "UpdateUdfFile", level: 2, write: true}
	actionDeleteFile = action{name: "DeleteFile", level: 3, write: true}

	actionCreateTask = action{name: "CreateDISyncTask", level: 3, write: true, query: true, task: true}
	actionUpdateTask = action{name: "UpdateDISyncTask", level: 3, write: true, query: true, task: true}

	actionSubmitFile       = action{name: "SubmitFile", level: 3, write: true}
	actionDeployFile       = action{name: "DeployFile", level: 3, write: true}
	actionGetDeployment    = action{name: "GetDeployment", level: 1}
	actionListDeployments  = action{name: "ListDeployments", level: 1}
	actionListFileVersions = action{name: "ListFileVersions", level: 1}
	actionGetFileVersion   = action{name: "GetFileVersion", level: 1}

	actionListNodes             = action{name: "ListNodes", level: 1}
	actionGetNode               = action{name: "GetNode", level: 1}
	actionGetNodeChildren       = action{name: "GetNodeChildren", level: 2}
	actionListNodesByOutput     = action{name: "ListNodesByOutput", level: 1}
	actionListNodeInputOrOutput = action{name: "ListNodeInputOrOutput", level: 1}
	actionGetNodeCode           = action{name: "GetNodeCode", level: 1}
)

// actions gives all actions that the port calls.
func actions() []action {
	return []action{
		actionGetProject, actionListResourceGroups,
		actionListBusiness, actionCreateBusiness, actionUpdateBusiness, actionDeleteBusiness,
		actionListFolders, actionGetFolder, actionCreateFolder, actionUpdateFolder, actionDeleteFolder,
		actionListFiles, actionGetFile, actionCreateFile, actionUpdateFile, actionCreateUdf, actionUpdateUdf, actionDeleteFile,
		actionCreateTask, actionUpdateTask,
		actionSubmitFile, actionDeployFile, actionGetDeployment, actionListDeployments, actionListFileVersions, actionGetFileVersion,
		actionListNodes, actionGetNode, actionGetNodeChildren, actionGetNodeCode, actionListNodeInputOrOutput, actionListNodesByOutput,
	}
}
