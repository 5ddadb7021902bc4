package model

import (
	"slices"
	"time"
)

// Mode is how a workspace releases (GetProject.ProjectMode and EnvTypes).
type Mode int

const (
	// ModeStandard has a development and a production environment: submit, then deploy.
	ModeStandard Mode = iota
	// ModeSimple has production only: submit is release.
	ModeSimple
)

// Project is what GetProject says of a workspace.
type Project struct {
	ID ProjectID
	// Identifier is the workspace's name in output names: `<identifier>_root`.
	Identifier string
	Mode       Mode
}

// Remote is an object as a workspace holds it: its form, and what only the workspace knows. Which ids are set follows from the kind.
type Remote struct {
	Object     Object
	BusinessID BusinessID
	FolderID   FolderID
	FileID     FileID
	// NodeID is empty until the file's first submit.
	NodeID NodeID
	// Stage is how far the *saved* form has come.
	Stage Stage
	// CurrentVersion is the newest submitted version, 0 if there is none.
	CurrentVersion int
	// AutoOutputs are the outputs that the service gave the file by itself and that nobody can change (`<project>.<random number>_out`).
	AutoOutputs []string
	// Parent is the node that this inner file lies in (ParentId).
	Parent       FileID
	LastEditTime time.Time
	LastEditUser string
	Deleted      bool
	// Production is the file's node as the operation centre has it; nil if production was not asked, or has none.
	Production *ProductionNode `json:",omitempty"`
}

// ProductionNode is what the operation centre says of a scheduled node in production (ListNodes), where it can be changed without the file.
type ProductionNode struct {
	// SchedulerType is PAUSE of a frozen node; empty where rows do not carry it.
	SchedulerType string `json:",omitempty"`
	// Owner is the account that is answerable for the node; empty where rows do not carry it.
	Owner string `json:",omitempty"`
}

// SavedAfter tells whether an inner file was saved after the version of its node was made, so that the version does not hold what it is now. Where the
// file's CommitStatus says that it was submitted, that is believed.
func (r Remote) SavedAfter(v Version) bool {
	return r.Stage < StageSubmitted && (v.CommitTime.IsZero() || r.LastEditTime.After(v.CommitTime))
}

// ID is the id of the object among those of its kind: of a file, a folder or a business.
func (r Remote) ID() string {
	switch r.Object.Key.Kind {
	case KindBusiness:
		return string(r.BusinessID)
	case KindFolder:
		return string(r.FolderID)
	default:
		return string(r.FileID)
	}
}

// Workspace is a complete read of a workspace, within a scope.
type Workspace struct {
	Project Project
	// Objects holds businesses, folders that are not implied, and files.
	Objects map[Key]Remote
	// Folders are all folders that exist, the implied ones among them, by path.
	Folders map[FolderPath]FolderID
	// NotCarried are things that DataStudio lists and that files do not hold (tables, inner files whose node is not there), sorted, for the summary.
	NotCarried []Key
	// HalfDeleted are files that are deleted in DataStudio while production still runs their nodes, sorted by key and id. They are known only if production
	// was asked.
	HalfDeleted []Remote
	// Unplaced counts the nodes in production whose file cannot be read any more, so that nobody can say where it was.
	Unplaced int
	// Outside are the listed files that are no objects here, since they are out of scope or not carried; inner files, which go with their node, are not
	// among them. Sorted, each once.
	Outside []Key
	// OutsideFiles gives the keys of these by their ids.
	OutsideFiles map[FileID]Key
}

// Keys gives the keys of the workspace's objects, sorted.
func (w Workspace) Keys() []Key {
	keys := make([]Key, 0, len(w.Objects))
	for k := range w.Objects {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, Key.Compare)
	return keys
}
