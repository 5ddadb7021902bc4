package emulator

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// ControlHeader must come with every request that changes something under
// /_emulator/. No browser sends it by itself, so no page that one shows can
// change the emulator.
const ControlHeader = "X-Emulator-Control"

// serveControl answers what is not part of the API.
func (s *Server) serveControl(w http.ResponseWriter, h *http.Request) bool {
	what, ok := strings.CutPrefix(h.URL.Path, "/_emulator/")
	if !ok {
		return false
	}
	answer, err := s.controlAnswer(what, h)
	status := http.StatusOK
	var failure *controlError
	if errors.As(err, &failure) {
		status = failure.status
	} else if err != nil {
		status = http.StatusBadRequest
	}
	if err != nil {
		answer, _ = json.Marshal(map[string]string{"error": err.Error()})
	}
	s.write(w, status, "application/json;charset=utf-8", answer, nil)
	return true
}

type controlError struct {
	status int
	reason string
}

func (e *controlError) Error() string { return e.reason }

// clockShift is the body of PUT /_emulator/clock.
type clockShift struct {
	ShiftMillis int64 `json:"shiftMillis"`
}

func (s *Server) controlAnswer(what string, h *http.Request) ([]byte, error) {
	if what == "calls" && h.Method == http.MethodGet {
		return json.Marshal(s.Calls())
	}
	if !s.control {
		return nil, &controlError{http.StatusNotFound, "only /_emulator/calls is open; start the emulator with its control switched on"}
	}
	read := h.Method == http.MethodGet
	if !read && h.Method != http.MethodPut && h.Method != http.MethodPost {
		return nil, &controlError{http.StatusMethodNotAllowed, "GET shows, PUT changes"}
	}
	var body []byte
	if !read {
		if h.Header.Get(ControlHeader) == "" {
			return nil, &controlError{http.StatusForbidden, "the header " + ControlHeader + " is missing"}
		}
		var err error
		if body, err = io.ReadAll(http.MaxBytesReader(nil, h.Body, 1<<20)); err != nil {
			return nil, err
		}
	}
	switch what {
	case "faults":
		if !read {
			var rules []Fault
			if err := json.Unmarshal(body, &rules); err != nil {
				return nil, err
			}
			if err := s.SetFaults(rules...); err != nil {
				return nil, err
			}
		}
		return json.Marshal(s.Faults())
	case "switches":
		if !read {
			var values map[string]string
			if err := json.Unmarshal(body, &values); err != nil {
				return nil, err
			}
			if err := s.SetSwitches(values); err != nil {
				return nil, err
			}
		}
		return json.Marshal(s.SwitchValues())
	case "clock":
		if !read {
			var shift clockShift
			if err := json.Unmarshal(body, &shift); err != nil {
				return nil, err
			}
			s.ShiftClock(time.Duration(shift.ShiftMillis) * time.Millisecond)
		}
		return json.Marshal(map[string]string{"now": s.clock().UTC().Format(time.RFC3339Nano)})
	case "events":
		if read {
			return json.Marshal(s.Events())
		}
	}
	return nil, &controlError{http.StatusNotFound, "there are calls, events, faults, switches and clock"}
}

// Faults are the faults that hold now.
func (s *Server) Faults() []Fault {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	return append([]Fault{}, s.faults.rules...)
}

// SwitchValues are the values of all switches now.
func (s *Server) SwitchValues() map[string]string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	values := map[string]string{}
	for name, v := range s.settings {
		values[name] = v
	}
	return values
}
