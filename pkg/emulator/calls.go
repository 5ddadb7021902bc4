package emulator

import (
	"maps"
	"strconv"
	"sync"
	"time"
)

// Call is one answered call.
type Call struct {
	Time      time.Time // of the emulator's clock
	RequestID string
	Action    string
	Level     int
	Path      string            // of the file, folder or business that it names, where it does
	Params    map[string]string // of the action; never keys, tokens or signatures
	Status    int
	Code      string // of the error, empty on success
	Message   string
	Throttled bool
	Fault     FaultKind // what went wrong by a fault
	Took      time.Duration
}

// Calls counts what the server was asked since it started.
type Calls struct {
	Total     int            `json:"total"`
	ByAction  map[string]int `json:"byAction"`
	ByLevel   map[string]int `json:"byLevel"`
	Throttled int            `json:"throttled"`
}

type callCounter struct {
	mu    sync.Mutex
	calls Calls
}

// Calls answers the counts so far. A call whose action does not exist counts
// under the name that it gave, and in no level.
func (s *Server) Calls() Calls {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	c := s.calls.calls
	c.ByAction, c.ByLevel = maps.Clone(c.ByAction), maps.Clone(c.ByLevel)
	if c.ByAction == nil {
		c.ByAction, c.ByLevel = map[string]int{}, map[string]int{}
	}
	return c
}

// record counts a call and tells it to OnCall.
func (s *Server) record(log Call) {
	s.calls.mu.Lock()
	c := &s.calls.calls
	if c.ByAction == nil {
		c.ByAction, c.ByLevel = map[string]int{}, map[string]int{}
	}
	c.Total++
	if len(c.ByAction) < 1000 || c.ByAction[log.Action] > 0 {
		c.ByAction[log.Action]++
	}
	if log.Level > 0 {
		c.ByLevel[strconv.Itoa(log.Level)]++
	}
	if log.Throttled {
		c.Throttled++
	}
	s.calls.mu.Unlock()
	if s.onCall != nil {
		s.onCall(log)
	}
}
