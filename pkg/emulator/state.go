package emulator

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// bucket names a kind of record in the store.
type bucket string

const (
	bucketCounters    bucket = "counters"
	bucketProjects    bucket = "projects"
	bucketBusinesses  bucket = "businesses"
	bucketFolders     bucket = "folders"
	bucketFiles       bucket = "files"
	bucketVersions    bucket = "versions"
	bucketDeployments bucket = "deployments"
	bucketNodes       bucket = "nodes"
	bucketEvents      bucket = "events"
)

// buckets are all of them, in the order in which they are loaded.
var buckets = []bucket{bucketCounters, bucketProjects, bucketFolders, bucketBusinesses, bucketFiles, bucketVersions, bucketDeployments, bucketNodes, bucketEvents}

type recordID struct {
	bucket bucket
	key    string
}

// A record is one stored object. Records are never changed once they are in the
// state: whoever changes one puts a changed copy, so that snapshots, undoing
// and stale reads are pointers kept, not objects copied.
type record interface {
	id() recordID
	enter(*state) // into the maps and indexes; the ordered lists are relist's
	leave(*state) // out of them
}

func intKey(n int64) string { return string(binary.BigEndian.AppendUint64(nil, uint64(n))) }

// state is everything the emulator knows, with its indexes. It is guarded by
// Server.mu.
type state struct {
	records map[recordID]record

	counters     *counters
	projects     map[int64]*project
	projectNames map[string]*project
	businesses   map[int64]*business
	folders      map[string]*folder
	files        map[int64]*file
	versions     map[int64][]*version // by file, ascending
	deployments  map[int64]*deployment
	nodes        map[nodeKey]*schedulerNode

	folderBusiness map[string]int64             // folder -> the business it stands for
	children       map[string]map[string]string // folder (or root key) -> name -> folder
	folderFiles    map[string]map[int64]bool    // folder -> files that are not deleted
	fileNames      map[fileName]map[int64]bool  // files that are not deleted
	projectFiles   map[int64][]*file            // files that are not deleted, ascending
	projectBiz     map[int64][]int64            // ascending
	projectDeploys map[int64][]int64            // ascending
	envNodes       map[envProject][]int64       // nodes, ascending
	nodeFile       map[int64]int64              // node -> file
	savedOutputs   map[string]map[int64]bool    // output -> files, deleted ones not
	nodeOutputs    map[envOutput]map[int64]bool // output -> nodes
	nodeInputs     map[envOutput]map[int64]bool // input -> nodes
	open           []*deployment                // not settled, by due time
	events         map[string]*ideEvent         // extension messages, by message id
	checkers       map[string]int64             // checker instance -> deployment
	clientTokens   map[string]int64
	innerFiles     map[int64]map[int64]bool    // node -> files inside it
	waitingNames   map[fileName]map[int64]bool // deleted, still in production
	workspaceNames map[workspaceName]map[int64]bool
}

type fileName struct {
	folder string
	name   string
}

type envProject struct {
	env     string
	project int64
}

type envOutput struct {
	env    string
	output string
}

func newState() *state {
	return &state{
		records:        map[recordID]record{},
		counters:       &counters{},
		projects:       map[int64]*project{},
		projectNames:   map[string]*project{},
		businesses:     map[int64]*business{},
		folders:        map[string]*folder{},
		files:          map[int64]*file{},
		versions:       map[int64][]*version{},
		deployments:    map[int64]*deployment{},
		nodes:          map[nodeKey]*schedulerNode{},
		folderBusiness: map[string]int64{},
		children:       map[string]map[string]string{},
		folderFiles:    map[string]map[int64]bool{},
		fileNames:      map[fileName]map[int64]bool{},
		projectFiles:   map[int64][]*file{},
		projectBiz:     map[int64][]int64{},
		projectDeploys: map[int64][]int64{},
		envNodes:       map[envProject][]int64{},
		nodeFile:       map[int64]int64{},
		savedOutputs:   map[string]map[int64]bool{},
		nodeOutputs:    map[envOutput]map[int64]bool{},
		nodeInputs:     map[envOutput]map[int64]bool{},
		events:         map[string]*ideEvent{},
		checkers:       map[string]int64{},
		clientTokens:   map[string]int64{},
		innerFiles:     map[int64]map[int64]bool{},
		waitingNames:   map[fileName]map[int64]bool{},
		workspaceNames: map[workspaceName]map[int64]bool{},
	}
}

// replace puts next in the place of the record with that id; nil removes it.
// It answers what was there.
func (s *state) replace(id recordID, next record) record {
	old := s.records[id]
	if old != nil {
		old.leave(s)
		delete(s.records, id)
	}
	if next != nil {
		s.records[id] = next
		next.enter(s)
	}
	s.relist(old, next)
	return old
}

// relist keeps the ordered lists. They are long, so a record that only changes
// keeps its place: moving the rest twice would make many changes quadratic.
func (s *state) relist(old, next record) {
	was, is := listed(old), listed(next)
	switch {
	case was && is:
		if f, isFile := next.(*file); isFile {
			files := s.projectFiles[f.ProjectID]
			if i, found := slices.BinarySearchFunc(files, f.ID, byFileID); found {
				files[i] = f
			}
		}
	case was:
		s.enlist(old, removeID, removeFile)
	case is:
		s.enlist(next, insertID, insertFile)
	}
}

// listed says whether a record stands in an ordered list; deleted files do not.
func listed(r record) bool {
	f, isFile := r.(*file)
	return r != nil && (!isFile || f.Deleted == statusNormal)
}

// enlist changes the list that a record belongs to.
func (s *state) enlist(r record, ids func([]int64, int64) []int64, files func([]*file, *file) []*file) {
	switch r := r.(type) {
	case *file:
		s.projectFiles[r.ProjectID] = files(s.projectFiles[r.ProjectID], r)
	case *business:
		s.projectBiz[r.ProjectID] = ids(s.projectBiz[r.ProjectID], r.ID)
	case *deployment:
		s.projectDeploys[r.ProjectID] = ids(s.projectDeploys[r.ProjectID], r.ID)
	case *schedulerNode:
		k := envProject{r.Env, r.ProjectID}
		s.envNodes[k] = ids(s.envNodes[k], r.ID)
	}
}

// insertID and removeID keep an ascending slice of ids.
func insertID(ids []int64, id int64) []int64 {
	if n := len(ids); n == 0 || ids[n-1] < id {
		return append(ids, id)
	}
	i, found := slices.BinarySearch(ids, id)
	if found {
		return ids
	}
	return slices.Insert(ids, i, id)
}

func removeID(ids []int64, id int64) []int64 {
	if i, found := slices.BinarySearch(ids, id); found {
		return slices.Delete(ids, i, i+1)
	}
	return ids
}

func byFileID(f *file, id int64) int { return cmp.Compare(f.ID, id) }

// insertFile and removeFile are the same for files themselves: lists walk over
// them without looking each up.
func insertFile(files []*file, f *file) []*file {
	if n := len(files); n == 0 || files[n-1].ID < f.ID {
		return append(files, f)
	}
	i, _ := slices.BinarySearchFunc(files, f.ID, byFileID)
	return slices.Insert(files, i, f)
}

func removeFile(files []*file, f *file) []*file {
	if i, found := slices.BinarySearchFunc(files, f.ID, byFileID); found {
		return slices.Delete(files, i, i+1)
	}
	return files
}

func addTo[K, V comparable](m map[K]map[V]bool, k K, v V) {
	set := m[k]
	if set == nil {
		set = map[V]bool{}
		m[k] = set
	}
	set[v] = true
}

func removeFrom[K, V comparable](m map[K]map[V]bool, k K, v V) {
	set := m[k]
	delete(set, v)
	if len(set) == 0 {
		delete(m, k)
	}
}

func sortedIDs(set map[int64]bool) []int64 {
	ids := make([]int64, 0, len(set))
	for id := range set {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

type workspaceName struct {
	project int64
	name    string
}
