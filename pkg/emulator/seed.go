package emulator

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.etcd.io/bbolt"
)

// Stage of a seeded file.
type Stage int

const (
	Saved     Stage = iota
	Submitted       // in the development environment
	Deployed        // in production; in simple mode the same as Submitted
)

// SeedFile is a file that is simply there, as if it had been made in the
// console: no rule of names, types or outputs is asked.
type SeedFile struct {
	Folder  string // path in any spelling; businesses and folders on it are made
	Name    string
	Type    int64
	Content string
	Params  map[string]string // further parameters of UpdateFile, such as InputList
	// AutoInputs and AutoOutputs are entries that the service parsed out of the
	// code (ParseType AUTO).
	AutoInputs, AutoOutputs []string
	Parent                  string // folder and name of the node that it is an inner file of, seeded before it
	Resource                string // download link of a resource; its Register is then true
	Stage                   Stage
	Edited                  bool // saved once more, without a change, after it reached its stage
}

// Seed fills a workspace without calls: one store transaction, whatever the
// number of files. It answers the FileIds in the order of the files.
func (s *Server) Seed(project string, files ...SeedFile) ([]int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.state.projectNames[project]
	if p == nil {
		return nil, fmt.Errorf("emulator: seed: no project %s", project)
	}
	c := &call{Server: s, tx: s.begin(), project: p, caller: DefaultCredential().UserID, now: s.now()}
	ids := make([]int64, len(files))
	byPath := map[string]int64{}
	for i, sf := range files {
		f, err := c.seedFile(sf, byPath)
		if err != nil {
			c.tx.rollback()
			return nil, fmt.Errorf("emulator: seed: %s/%s: %w", sf.Folder, sf.Name, err)
		}
		ids[i] = f.ID
		byPath[sf.Folder+"/"+sf.Name] = f.ID
	}
	for i, sf := range files {
		c.seedStage(ids[i], sf)
	}
	return ids, c.tx.commit(s.db)
}

func (c *call) seedFile(sf SeedFile, byPath map[string]int64) (*file, error) {
	folder, err := c.seedFolder(sf.Folder)
	if err != nil {
		return nil, err
	}
	c.params = maps.Clone(sf.Params)
	c.action = c.actions["UpdateFile"]
	f := c.newFile(sf.Name, sf.Type, folder)
	f.Content = strings.ToValidUTF8(sf.Content, "\ufffd")
	if failure := c.action.validate(withID(sf.Params)); failure != nil {
		return nil, failure
	}
	e := edit{call: c, f: f}
	if failure := e.apply(); failure != nil {
		return nil, failure
	}
	if c.scheduled(f) {
		c.addAutoOutputs(f)
		for _, name := range sf.AutoInputs {
			f.Schedule.Inputs = append(f.Schedule.Inputs, link{Name: name, ParseType: parseAuto})
		}
		for _, name := range sf.AutoOutputs {
			_, t, _ := strings.Cut(name, ".")
			f.Schedule.Outputs = append(f.Schedule.Outputs, link{Name: name, ParseType: parseAuto, Table: t})
		}
	}
	if t, _ := typeOf(sf.Type); t.category == resource {
		f.Upload = &upload{OriginName: sf.Name, ResourceFile: sf.Resource, Register: true}
	}
	if sf.Parent != "" {
		if f.ParentID = byPath[sf.Parent]; f.ParentID == 0 {
			return nil, fmt.Errorf("no file %s before it", sf.Parent)
		}
	}
	c.tx.put(f)
	return f, nil
}

// withID gives parameters the id that UpdateFile wants.
func withID(params map[string]string) map[string]string {
	all := maps.Clone(params)
	if all == nil {
		all = map[string]string{}
	}
	all["FileId"] = "1"
	return all
}

// seedFolder finds a folder or makes it, with the business that it is in.
func (c *call) seedFolder(raw string) (*folder, error) {
	p, failure := c.parsePath(raw)
	if failure != nil {
		return nil, failure
	}
	if p.root.business && len(p.names) > 0 && c.businessNamed(p.names[0]) == nil {
		c.params = map[string]string{"BusinessName": p.names[0]}
		if p.root.useType == "MANUAL_BIZ" {
			c.params["UseType"] = p.root.useType
		}
		if _, failure := createBusiness(c); failure != nil {
			return nil, failure
		}
	}
	at, depth := c.state.find(c.project.ID, p)
	return c.makeFolders(at, depth, p), nil
}

func (c *call) seedStage(id int64, sf SeedFile) {
	if sf.Stage == Saved {
		return
	}
	c.params = map[string]string{"SkipAllDeployFileExtensions": "true"}
	kinds := []string{deploySubmit}
	if sf.Stage == Deployed && c.project.standard() {
		kinds = append(kinds, deployRelease)
	}
	for _, kind := range kinds {
		f := c.state.files[id]
		v := c.state.version(id, f.CurrentVersion)
		if kind == deploySubmit {
			v = c.newVersion(f, "CREATE", "")
		}
		d := *c.newDeployment(f, v, kind, "")
		d.Status, d.Message, d.Due, d.ExecuteTime = deploymentSuccess, "成功", c.now, c.now
		next := *c.state.version(id, v.Number)
		next.Deployment = 0
		c.tx.put(&d)
		c.done(&d, f, &next)
	}
	if sf.Edited {
		f := *c.state.files[id]
		f.Committed, f.EditTime = false, f.EditTime+1
		c.tx.put(&f)
	}
}

// Snapshot is a server's state at one moment. It costs a pointer per object:
// nothing is copied.
type Snapshot struct{ records map[recordID]record }

// Snapshot takes one. Deployments in it go on where they were.
func (s *Server) Snapshot() Snapshot {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return Snapshot{maps.Clone(s.state.records)}
}

// Restore goes back to a snapshot, of this server or of another one, durably.
// Counts, faults, switches and the clock stay.
func (s *Server) Restore(snapshot Snapshot) error {
	if len(snapshot.records) == 0 {
		return errors.New("emulator: restore: the snapshot is empty; Snapshot makes one")
	}
	// In the order of their ids, which the indexes are built fastest in.
	ids := slices.SortedFunc(maps.Keys(snapshot.records), func(a, b recordID) int {
		return cmp.Or(strings.Compare(string(a.bucket), string(b.bucket)), strings.Compare(a.key, b.key))
	})
	next := newState()
	all := make(changes, 0, len(ids))
	for _, id := range ids {
		next.replace(id, snapshot.records[id])
		all = append(all, change{id: id, new: snapshot.records[id]})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db != nil {
		if err := s.db.Update(all.storeOnly); err != nil {
			return fmt.Errorf("emulator: restore: %w", err)
		}
	}
	s.state, s.past = next, history{}
	return nil
}

// storeOnly makes the store hold these records and no others.
func (cs changes) storeOnly(t *bbolt.Tx) error {
	for _, b := range buckets {
		if err := t.DeleteBucket([]byte(b)); err != nil {
			return err
		}
		if _, err := t.CreateBucket([]byte(b)); err != nil {
			return err
		}
	}
	return cs.store(t)
}

// What people do in the console, for which the API has no call.

// RollBack makes an older version of a file its saved form again.
func (s *Server) RollBack(fileID, number int64) error {
	return s.inConsole(func(c *call) error {
		f, v := c.state.files[fileID], c.state.version(fileID, number)
		if f == nil || v == nil || f.Deleted != statusNormal {
			return fmt.Errorf("emulator: roll back: file %d has no version %d", fileID, number)
		}
		back := v.File
		back.FolderID, back.Name, back.NodeID, back.CurrentVersion, back.ProdVersion, back.AutoOutput = f.FolderID, f.Name, f.NodeID, f.CurrentVersion, f.ProdVersion, f.AutoOutput
		back.Committed, back.EditTime, back.EditUser = false, max(c.now, f.EditTime+1), c.caller
		c.tx.put(&back)
		return nil
	})
}

// EndDeployment ends a deployment that is still at 0, as an approval (1) or a
// rejection (6) does.
func (s *Server) EndDeployment(id int64, outcome int, message string) error {
	return s.inConsole(func(c *call) error {
		old := c.state.deployments[id]
		if old == nil || old.Status != deploymentReady {
			return fmt.Errorf("emulator: deployment %d is not there or has ended", id)
		}
		if outcome != deploymentSuccess && outcome != deploymentFailed && outcome != deploymentRejected {
			return fmt.Errorf("emulator: deployment %d cannot end with %d", id, outcome)
		}
		d := *old
		d.Outcome, d.Failure, d.Due, d.ExecuteTime = int64(outcome), message, c.now, c.now
		c.tx.put(&d)
		c.finishDeployment(&d)
		return nil
	})
}

func (s *Server) inConsole(do func(*call) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &call{Server: s, caller: DefaultCredential().UserID, now: s.now()}
	if failure := c.settle(); failure != nil {
		return failure
	}
	c.tx = s.begin()
	if err := do(c); err != nil {
		c.tx.rollback()
		return err
	}
	return c.tx.commit(s.db)
}
