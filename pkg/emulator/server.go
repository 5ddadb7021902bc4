package emulator

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Mode of a workspace.
type Mode string

const (
	Standard Mode = "standard" // development and production environment; the default
	Simple   Mode = "simple"   // production only: a submit goes live
)

// Project is a workspace that the emulator serves.
type Project struct {
	Name        string // identifier, e.g. dw_project; its root output is <Name>_root
	ID          int64
	Mode        Mode
	Members     []Member // empty: every credential is a member and may deploy
	Connections []string // data sources besides odps_first; empty: every name is accepted
}

// Member of a workspace.
type Member struct {
	UserID string
	Name   string
	Roles  []string // codes such as role_project_owner, role_project_pe (deploys), role_project_dev
}

// Options of a Server. The zero value serves dw_project=10000 to the credential
// dwsync:dwsync.
type Options struct {
	Projects    []Project
	Credentials []Credential
	Switches    map[string]string // by name; see Switches
	Faults      []Fault
	Limits      Limits
	// DeploymentTime is how long a deployment takes. 0 is one second; below 0
	// a deployment has ended when its id is answered.
	DeploymentTime time.Duration
	// Seed makes ids and faults repeatable. 0 picks one.
	Seed uint64
	// Control opens what changes something under /_emulator/.
	Control bool
	// OnCall is told of every call after its answer was decided. It may run
	// for several calls at once.
	OnCall func(Call)
	// Kill ends the client for a fault of kind FaultKill; nil: the process
	// that the fault names.
	Kill func()
}

// DefaultProject is the one that is served where Options name none.
func DefaultProject() Project { return Project{Name: "dw_project", ID: 10000, Mode: Standard} }

// DefaultCredential is the one that is accepted where Options name none.
func DefaultCredential() Credential {
	return Credential{AccessKeyID: "dwsync", AccessKeySecret: "dwsync", UserID: "1000000000001"}
}

// Server is the emulator: an http.Handler. Its methods are safe for use by
// several goroutines.
type Server struct {
	actions     map[string]*Action
	credentials map[string]Credential
	nonces      *nonceSet
	control     bool
	onCall      func(Call)
	kill        func()
	deployTime  atomic.Int64 // ns
	offset      atomic.Int64 // ns that the clock is ahead of time.Now
	requests    atomic.Uint64
	requestSeed uint64

	mu       sync.RWMutex // guards state, settings, db and past
	state    *state
	settings settings
	db       *store
	past     history

	faults  faultSet
	limiter limiter
	calls   callCounter
}

// New makes a server that keeps everything in memory. It panics where Open
// would answer an error: options are the program's own.
func New(o Options) *Server {
	s, err := newServer(o, nil)
	if err != nil {
		panic(err)
	}
	return s
}

// Open makes a server whose workspaces are kept in a file. A file that is there
// is taken as it is: Options then may add projects, and must agree on those
// that it has. A file that another process holds is a LockedError. Without a
// path everything is kept in memory.
func Open(path string, o Options) (*Server, error) {
	if path == "" {
		return newServer(o, nil)
	}
	db, err := openStore(path)
	if err != nil {
		return nil, err
	}
	s, err := newServer(o, db)
	if err != nil {
		if _, damaged := errors.AsType[*DamagedError](err); !damaged {
			err = fmt.Errorf("emulator: %s: %w", path, err)
		}
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

func newServer(o Options, db *store) (*Server, error) {
	settings, err := newSettings(o.Switches)
	if err != nil {
		return nil, err
	}
	s := &Server{
		actions:     actions(),
		credentials: map[string]Credential{},
		nonces:      newNonceSet(),
		control:     o.Control,
		onCall:      o.OnCall,
		kill:        o.Kill,
		state:       newState(),
		settings:    settings,
		db:          db,
		requestSeed: rand.Uint64(),
	}
	if o.Seed != 0 {
		s.requestSeed = o.Seed
	}
	s.SetDeploymentTime(o.DeploymentTime)
	if err := s.SetLimits(o.Limits); err != nil {
		return nil, err
	}
	if err := s.faults.set(o.Faults, s.requestSeed); err != nil {
		return nil, err
	}
	credentials := o.Credentials
	if len(credentials) == 0 {
		credentials = []Credential{DefaultCredential()}
	}
	for _, c := range credentials {
		if c.AccessKeyID == "" || c.AccessKeySecret == "" {
			return nil, errors.New("emulator: a credential wants an access key id and a secret")
		}
		if c.UserID == "" {
			c.UserID = userOf(c.AccessKeyID)
		}
		s.credentials[c.AccessKeyID] = c
	}
	if db != nil {
		if err := load(db, s.state); err != nil {
			return nil, err
		}
		if f := s.state.counters.Format; f > storeFormat {
			return nil, fmt.Errorf("the file has format %d, this program reads up to %d: use the newer dwsync that wrote it", f, storeFormat)
		}
	}
	return s, s.prepare(o)
}

// userOf derives an account number from a key, so that every key is somebody.
func userOf(key string) string {
	if key == DefaultCredential().AccessKeyID {
		return DefaultCredential().UserID
	}
	h := fnv.New64a()
	h.Write([]byte(key))
	return strconv.FormatUint(1_000_000_000_000_000+h.Sum64()%1_000_000_000_000_000, 10)
}

// prepare makes the counters and the projects that are not there yet.
func (s *Server) prepare(o Options) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.begin()
	if s.state.counters.Seed == 0 {
		seed := o.Seed
		if seed == 0 {
			seed = rand.Uint64() | 1
		}
		t.put(&counters{Format: storeFormat, Seed: seed, File: 30_704_892, Business: 34_372, Deployment: 981_079, Node: 1_000_382_211, Folder: 1, AutoName: 28_517_347})
	}
	projects := o.Projects
	if len(projects) == 0 && len(s.state.projects) == 0 {
		projects = []Project{DefaultProject()}
	}
	for _, p := range projects {
		if err := t.addProject(p, s.now()); err != nil {
			t.rollback()
			return err
		}
	}
	return t.commit(s.db)
}

func (t *tx) addProject(p Project, now int64) error {
	if p.Mode == "" {
		p.Mode = Standard
	}
	switch {
	case p.Name == "" || p.ID <= 0:
		return fmt.Errorf("emulator: project %q wants a name and an id above 0, not %d", p.Name, p.ID)
	case p.Mode != Standard && p.Mode != Simple:
		return fmt.Errorf("emulator: project %s: mode %q is neither %s nor %s", p.Name, p.Mode, Standard, Simple)
	}
	byID, byName := t.s.projects[p.ID], t.s.projectNames[p.Name]
	if byID != byName {
		return fmt.Errorf("emulator: project %s=%d: the name or the id belongs to another project", p.Name, p.ID)
	}
	if byID != nil && byID.Mode != p.Mode {
		return fmt.Errorf("emulator: project %s is there in %s mode, not %s", p.Name, byID.Mode, p.Mode)
	}
	next := &project{ID: p.ID, Name: p.Name, Mode: p.Mode, Owner: DefaultCredential().UserID, CreateTime: now, Members: p.Members, Connections: p.Connections}
	if byID != nil {
		next.Owner, next.CreateTime = byID.Owner, byID.CreateTime
	}
	t.put(next)
	for _, r := range roots {
		if t.s.rootFolder(p.ID, r) == nil {
			t.put(&folder{ID: t.folderID(), ProjectID: p.ID, Name: r.internal, Level: levelRoot})
		}
	}
	return nil
}

// Close ends the server's use of its file. Calls after it fail.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db == nil {
		return nil
	}
	return s.db.Close()
}

// SetDeploymentTime changes how long deployments take from now on; see Options.
func (s *Server) SetDeploymentTime(d time.Duration) {
	if d == 0 {
		d = time.Second
	}
	s.deployTime.Store(int64(max(d, 0)))
}

// SetSwitches changes some switches while the server runs.
func (s *Server) SetSwitches(values map[string]string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.settings.set(values); err != nil {
		return err
	}
	s.limiter.setWindow(s.settings[swRateWindow])
	return nil
}

// ShiftClock moves the server's clock; only times in answers, deployments and
// call limits see it, signatures do not.
func (s *Server) ShiftClock(d time.Duration) { s.offset.Add(int64(d)) }

// clock is the time that the emulator lives in.
func (s *Server) clock() time.Time { return time.Now().Add(time.Duration(s.offset.Load())) }

// now is clock in milliseconds.
func (s *Server) now() int64 { return s.clock().UnixMilli() }

// requestID makes the next RequestId: an upper-case UUID.
func (s *Server) requestID() string {
	r := rand.New(rand.NewPCG(s.requestSeed, s.requests.Add(1)))
	a, b := r.Uint64(), r.Uint64()
	return fmt.Sprintf("%08X-%04X-4%03X-%04X-%012X", a>>32, a>>16&0xffff, a&0xfff, 0x8000|b>>48&0x3fff, b&0xffffffffffff)
}

// ServeHTTP answers one call.
func (s *Server) ServeHTTP(w http.ResponseWriter, h *http.Request) {
	if s.serveControl(w, h) {
		return
	}
	s.serveCall(w, h)
}
