package emulator

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/bmatcuk/doublestar/v4"
)

// FaultKind says what goes wrong.
type FaultKind string

const (
	FaultStatus     FaultKind = "status"     // Status and Code in the gateway's body; without effect unless After
	FaultReset      FaultKind = "reset"      // the connection is reset; without effect unless After
	FaultDelay      FaultKind = "delay"      // DelayMillis plus up to JitterMillis, then whatever else
	FaultTruncate   FaultKind = "truncate"   // the call takes effect, half of its answer arrives
	FaultHTML       FaultKind = "html"       // an HTML page with Status, as proxies send; without effect unless After
	FaultKill       FaultKind = "kill"       // the client's process is killed; without effect unless After
	FaultDeployment FaultKind = "deployment" // the deployment that the call starts ends with Outcome
)

// OutcomeHeld is the Outcome of a deployment that stays at 0, as one that waits
// for an approval.
const OutcomeHeld = -1

// Fault is a rule for something that goes wrong.
type Fault struct {
	Kind         FaultKind `json:"kind"`
	Action       string    `json:"action,omitempty"`       // empty: every action
	Path         string    `json:"path,omitempty"`         // glob over paths such as 业务流程/a/MaxCompute/b; empty: every call
	Call         int       `json:"call,omitempty"`         // only the n-th call that action and path fit, from 1; 0: each
	Probability  float64   `json:"probability,omitempty"`  // 0 is 1
	Times        int       `json:"times,omitempty"`        // at most so often; 0: no limit
	After        bool      `json:"after,omitempty"`        // after the effect
	Status       int       `json:"status,omitempty"`       // HTTP status; status: 500, html: 502 if 0
	Code         string    `json:"code,omitempty"`         // status: InternalError.System if empty
	Message      string    `json:"message,omitempty"`      // status, deployment
	DelayMillis  int       `json:"delayMillis,omitempty"`  // with any kind
	JitterMillis int       `json:"jitterMillis,omitempty"` // with any kind
	PID          int       `json:"pid,omitempty"`          // kill: the process, where Options.Kill is nil
	Outcome      int       `json:"outcome,omitempty"`      // deployment: 1, 2, 6 or OutcomeHeld
}

func (f Fault) check() error {
	switch f.Kind {
	case FaultStatus, FaultReset, FaultDelay, FaultTruncate, FaultHTML, FaultKill, FaultDeployment:
	default:
		return fmt.Errorf("emulator: fault of unknown kind %q", f.Kind)
	}
	if f.Path != "" && !doublestar.ValidatePattern(f.Path) {
		return fmt.Errorf("emulator: fault %s: %q is no glob", f.Kind, f.Path)
	}
	if f.Probability < 0 || f.Probability > 1 || f.Call < 0 || f.Times < 0 || f.DelayMillis < 0 || f.JitterMillis < 0 {
		return fmt.Errorf("emulator: fault %s: a number is out of its range", f.Kind)
	}
	if f.Kind == FaultDeployment && !slices.Contains([]int{deploymentSuccess, deploymentFailed, deploymentRejected, OutcomeHeld}, f.Outcome) {
		return fmt.Errorf("emulator: fault deployment: outcome %d is none of 1, 2, 6 and -1", f.Outcome)
	}
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		return fmt.Errorf("emulator: fault %s: %d is no HTTP status", f.Kind, f.Status)
	}
	return nil
}

// refusal is the answer of a status fault.
func (f *Fault) refusal() *Error {
	e := ruleInternal.gateway("")
	if f.Status != 0 {
		e.Status = f.Status
	}
	if f.Code != "" {
		e.Code, e.Message = f.Code, f.Code
		for _, r := range Rules() {
			if r.Code == f.Code {
				e.Message = r.Message
			}
		}
	}
	if f.Message != "" {
		e.Message = f.Message
	}
	return e
}

// faultSet are the rules that hold now, and how often each has matched.
type faultSet struct {
	mu     sync.Mutex
	rules  []Fault
	fits   []int
	fired  []int
	random *rand.Rand
}

// SetFaults replaces all faults and starts counting again.
func (s *Server) SetFaults(rules ...Fault) error { return s.faults.set(rules, s.requestSeed) }

func (fs *faultSet) set(rules []Fault, seed uint64) error {
	for _, r := range rules {
		if err := r.check(); err != nil {
			return err
		}
	}
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.rules, fs.fits, fs.fired = append([]Fault(nil), rules...), make([]int, len(rules)), make([]int, len(rules))
	fs.random = rand.New(rand.NewPCG(seed, 0))
	return nil
}

// match finds what goes wrong with a call: the first rule that fires, with the
// delays of all that do. It answers nil where nothing does.
func (fs *faultSet) match(c Call) *Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	var hit *Fault
	delay := 0
	for i, r := range fs.rules {
		if r.Action != "" && r.Action != c.Action {
			continue
		}
		if r.Path != "" && (c.Path == "" || !doublestar.MatchUnvalidated(r.Path, c.Path)) {
			continue
		}
		fs.fits[i]++
		if (r.Call != 0 && fs.fits[i] != r.Call) || (r.Times != 0 && fs.fired[i] >= r.Times) {
			continue
		}
		if r.Probability != 0 && fs.random.Float64() >= r.Probability {
			continue
		}
		if hit != nil && hit.Kind != FaultDelay && r.Kind != FaultDelay {
			continue
		}
		fs.fired[i]++
		delay += r.DelayMillis
		if r.JitterMillis > 0 {
			delay += fs.random.IntN(r.JitterMillis + 1)
		}
		if hit == nil || hit.Kind == FaultDelay {
			hit = &r
		}
	}
	if hit != nil {
		hit.DelayMillis = delay
	}
	return hit
}

// faultBefore does what a fault does before the effect. Where the call ends with
// it, it answers how.
func (s *Server) faultBefore(ctx context.Context, f *Fault) func(http.ResponseWriter) {
	if f == nil {
		return nil
	}
	if f.DelayMillis > 0 {
		timer := time.NewTimer(time.Duration(f.DelayMillis) * time.Millisecond)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return func(http.ResponseWriter) {} // nobody waits for an answer
		}
	}
	if f.After {
		return nil
	}
	switch f.Kind {
	case FaultHTML:
		return f.page
	case FaultReset:
		return resetConnection
	case FaultKill:
		return func(w http.ResponseWriter) { s.killClient(w, f) }
	}
	return nil
}

// faultAfter does what a fault does to an answer. It says whether the answer is
// dealt with.
func (s *Server) faultAfter(w http.ResponseWriter, status int, contentType string, body []byte, f *Fault) bool {
	if f == nil || (!f.After && f.Kind != FaultTruncate) {
		return false
	}
	switch f.Kind {
	case FaultTruncate:
		truncate(w, status, contentType, body)
	case FaultReset:
		resetConnection(w)
	case FaultKill:
		s.killClient(w, f)
	case FaultHTML:
		f.page(w)
	case FaultStatus:
		e := f.refusal()
		b := fields{{"Code", text(e.Code)}, {"Message", text(e.Message)}}.appendJSON(nil)
		s.write(w, e.Status, "application/json;charset=utf-8", b, nil)
	default:
		return false
	}
	return true
}

func (f *Fault) page(w http.ResponseWriter) {
	status := f.Status
	if status == 0 {
		status = http.StatusBadGateway
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	title := strconv.Itoa(status) + " " + http.StatusText(status)
	_, _ = fmt.Fprintf(w, "<html>\r\n<head><title>%s</title></head>\r\n<body><center><h1>%s</h1></center></body>\r\n</html>\r\n", title, title)
}

// resetConnection ends a connection without an answer: with a TCP reset where
// there is a socket.
func resetConnection(w http.ResponseWriter) {
	if m, ok := w.(*memoryWriter); ok {
		m.reset = true
		return
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	raw := conn
	if t, ok := conn.(interface{ NetConn() net.Conn }); ok {
		raw = t.NetConn()
	}
	if tcp, ok := raw.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // at worst the client sees an end instead of a reset
	}
	_ = conn.Close()
}

// truncate sends half of a body that was announced whole.
func truncate(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body[:len(body)/2])
	if m, ok := w.(*memoryWriter); ok {
		m.cut = true
		return
	}
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler) // net/http's way to end the connection here
}

func (s *Server) killClient(w http.ResponseWriter, f *Fault) {
	m, inProcess := w.(*memoryWriter)
	if inProcess {
		m.transport.dead.Store(true)
	}
	switch {
	case s.kill != nil:
		s.kill()
	case f.PID > 0:
		if p, err := os.FindProcess(f.PID); err == nil {
			if err := p.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				break
			}
		}
	}
	if !inProcess {
		resetConnection(w)
	}
}
