package emulator

import (
	"net/http"
	"strconv"
	"time"
)

// serveCall takes one call through all its steps: read, authenticate, count,
// limit, fault, check, run, fault, answer.
func (s *Server) serveCall(w http.ResponseWriter, h *http.Request) {
	id := s.requestID()
	r, failure := readRequest(h, s.setting(swURLLimit) == "32k")
	action := s.actions[r.action]
	log := Call{Time: s.clock(), RequestID: id, Action: r.action}
	var caller Credential
	if failure == nil {
		caller, failure = s.authenticate(r)
	}
	if failure == nil {
		switch {
		case r.version != "" && r.version != "2020-05-18":
			failure = ruleVersion.gateway("")
		case r.action == "":
			failure = ruleMissing.gateway("Action")
		case r.version == "":
			failure = ruleMissing.gateway("Version")
		case action == nil:
			failure = ruleUnknownAction.gateway("")
		}
	}
	if action == nil || failure != nil {
		s.finish(w, r, id, log, nil, failure, nil)
		return
	}
	params := action.declared(r.params)
	log.Level, log.Params = action.Level, params
	log.Path = s.pathOf(params)
	if failure = s.limiter.admit(action, s.clock()); failure != nil {
		log.Throttled = true
		s.finish(w, r, id, log, nil, failure, nil)
		return
	}
	fault := s.faults.match(log)
	if end := s.faultBefore(h.Context(), fault); end != nil {
		log.Fault = fault.Kind
		s.record(log) // before the client can know
		end(w)
		return
	}
	if fault != nil && fault.Kind == FaultStatus && !fault.After {
		log.Fault = fault.Kind
		s.finish(w, r, id, log, nil, fault.refusal(), nil)
		return
	}
	answer, failure := s.run(action, params, caller.UserID, fault)
	s.finish(w, r, id, log, answer, failure, fault)
}

// run checks and performs one call under the lock that it needs.
func (s *Server) run(a *Action, params map[string]string, caller string, fault *Fault) (fields, *Error) {
	c := &call{Server: s, action: a, params: params, caller: caller, now: s.now(), fault: fault}
	if failure := a.validate(params); failure != nil {
		return nil, failure
	}
	if a.Write {
		return c.write()
	}
	return c.read()
}

func (c *call) read() (fields, *Error) {
	c.mu.RLock()
	if len(c.state.open) == 0 || c.state.open[0].Due > c.now {
		if c.is(swStaleReads, "none") {
			defer c.mu.RUnlock()
			return c.perform()
		}
	}
	c.mu.RUnlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if failure := c.settle(); failure != nil {
		return nil, failure
	}
	if back := c.past.stale(c); back != nil {
		back.undo(c.state)
		defer back.redo(c.state)
	}
	return c.perform()
}

func (c *call) write() (fields, *Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if failure := c.settle(); failure != nil {
		return nil, failure
	}
	c.tx = c.begin()
	committed := false
	defer func() {
		if !committed {
			c.tx.rollback() // refused, or a panic is on its way
		}
	}()
	answer, failure := c.perform()
	if failure != nil {
		return nil, failure
	}
	if err := c.tx.commit(c.db); err != nil {
		return nil, ruleInternal.gateway("")
	}
	committed = true
	return answer, nil
}

// perform finds the workspace and runs the handler.
func (c *call) perform() (fields, *Error) {
	if failure := c.findProject(); failure != nil {
		return nil, failure
	}
	return c.action.handle(c)
}

func (c *call) findProject() *Error {
	switch c.action.Scope {
	case byProject, byID:
		id, name := c.number("ProjectId"), c.text("ProjectIdentifier")
		if c.action.Scope == byID {
			name = ""
		}
		switch {
		case c.params["ProjectId"] != "":
			c.project = c.state.projects[id]
			if c.project != nil && name != "" && c.project.Name != name {
				c.project = nil
			}
		case name != "":
			c.project = c.state.projectNames[name]
		default:
			return ruleMissing.gateway("ProjectId")
		}
	case byNode:
		n := c.node()
		if n == nil {
			return ruleNode.refuse()
		}
		c.project = c.state.projects[n.ProjectID]
	default:
		return nil
	}
	if c.project == nil {
		return ruleProject.refuse()
	}
	if !c.project.has(c.caller) {
		return ruleNotInProject.refuse()
	}
	return nil
}

func (p *project) has(user string) bool {
	for _, m := range p.Members {
		if m.UserID == user {
			return true
		}
	}
	return len(p.Members) == 0
}

// finish decides the body, records the call and writes the answer.
func (s *Server) finish(w http.ResponseWriter, r *request, id string, log Call, answer fields, failure *Error, fault *Fault) {
	status := http.StatusOK
	name := r.action + "Response"
	var body fields
	switch {
	case failure == nil:
		body = append(fields{{"RequestId", text(id)}}, answer...)
	case failure.Business && s.setting(swRefusals) == "success-false":
		body = fields{{"RequestId", text(id)}, {"HttpStatusCode", number(failure.Status)}, {"Success", flag(false)}, {"ErrorCode", text(failure.Code)}, {"ErrorMessage", text(failure.Message)}}
	default:
		status, name = failure.Status, "Error"
		body = fields{{"RequestId", text(id)}, {"HostId", text(r.host)}, {"Code", text(failure.Code)}, {"Message", text(failure.Message)},
			{"Recommend", text("https://api.aliyun.com/troubleshoot?q=" + failure.Code + "&product=dataworks-public&requestId=" + id)}}
	}
	if failure != nil {
		log.Code, log.Message = failure.Code, failure.Message
	}
	log.Status = status
	if fault != nil {
		log.Fault = fault.Kind
	}
	log.Took = s.clock().Sub(log.Time)
	s.record(log)
	var b []byte
	contentType := "application/json;charset=utf-8"
	if r.xml {
		contentType = "text/xml;charset=utf-8"
		b = body.appendXML([]byte("<?xml version='1.0' encoding='UTF-8'?>"), name)
	} else {
		b = body.appendJSON(nil)
	}
	s.write(w, status, contentType, b, fault)
}

func (s *Server) write(w http.ResponseWriter, status int, contentType string, body []byte, fault *Fault) {
	if s.faultAfter(w, status, contentType, body, fault) {
		return
	}
	header := w.Header()
	header.Set("Content-Type", contentType)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may be gone; there is nobody to tell
}

// succeeded are the fields of chapter 4's answers to a call that worked.
func succeeded(more ...field) (fields, *Error) {
	return append(fields{{"HttpStatusCode", number(http.StatusOK)}, {"Success", flag(true)}}, more...), nil
}

// operated are those of the operation centre, which fill the error fields too.
func operated(more ...field) (fields, *Error) {
	return append(fields{{"HttpStatusCode", number(http.StatusOK)}, {"Success", flag(true)}, {"ErrorCode", text("")}, {"ErrorMessage", text("")}}, more...), nil
}

func (s *Server) setting(name string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.settings[name]
}
