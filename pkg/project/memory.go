package project

import (
	"cmp"
	"fmt"

	"github.com/dwsync/dwsync/pkg/state"
)

// workspaceName tells workspaces apart for the state: where the target's calls go, and the workspace there. It holds no path of this machine.
func (p *Project) workspaceName() string {
	t := p.Target
	if t.IsEmulator() {
		return "embedded " + t.Emulator + " " + t.Project
	}
	return cmp.Or(t.Endpoint, t.Region) + " " + cmp.Or(string(t.ProjectID), t.Project)
}

// remember takes the state into use, unless it is that of another workspace: a target can be pointed elsewhere, and what the former workspace held says
// nothing of the new one.
func (s *Session) remember(remembered *state.State) error {
	name := s.workspaceName()
	forgotten := false
	if s.options.Write {
		var err error
		if forgotten, err = remembered.Claim(name); err != nil {
			return err
		}
		s.state = remembered
	} else {
		theirs, err := remembered.Workspace()
		if err != nil {
			return err
		}
		if forgotten = theirs != "" && theirs != name; !forgotten {
			s.state = remembered
		}
	}
	if forgotten {
		s.Notes = append(s.Notes, fmt.Sprintf("target %s leads to another workspace than before; what dwsync remembered of the former one is left out", s.Target.Name))
	}
	return nil
}
