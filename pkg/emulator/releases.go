package emulator

import (
	"slices"
	"strings"
)

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
	// Inner are the last edits (ms) of the files inside the node when it was
	// submitted, by FileId.
	Inner map[int64]int64 `json:",omitempty"`
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
	for _, o := range n.File.Schedule.Outputs {
		addTo(s.nodeOutputs, envOutput{n.Env, o.Name}, n.ID)
	}
	for _, i := range n.File.Schedule.Inputs {
		addTo(s.nodeInputs, envOutput{n.Env, i.Name}, n.ID)
	}
}

func (n *schedulerNode) leave(s *state) {
	delete(s.nodes, n.key())
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
