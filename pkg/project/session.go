package project

import (
	"context"
	"fmt"

	"github.com/dwsync/dwsync/pkg/base"
	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/remote"
	"github.com/dwsync/dwsync/pkg/state"
)

// Session is a project whose three sides are loaded: tree and base in the target's form, and the workspace.
type Session struct {
	*Project
	API         *dataworks.Client
	Remote      model.Workspace
	Mapping     mapping.Mapping
	Comparisons []diff.Comparison
	// Head is the commit that the working tree stands on; its Hash is empty outside of a git repository.
	Head base.Commit
	// Notes are what the reader should know of how the comparison was made: a shallow clone, no repository.
	Notes []string

	state *state.State
	git   *base.Git
}

// Load connects to the target and compares its three sides, each read once.
func (p *Project) Load(ctx context.Context) (*Session, error) {
	client, err := p.connect(ctx)
	if err != nil {
		return nil, err
	}
	s := &Session{Project: p, API: client}
	if err := s.openMemory(); err != nil {
		return nil, err
	}
	if s.Remote, err = s.readRemote(ctx); err != nil {
		return nil, err
	}
	s.Mapping = mapping.New(p.Target, s.Remote.Project)
	forms, err := s.forms()
	if err != nil {
		return nil, err
	}
	in := diff.Input{Tree: forms, Remote: s.Remote.Objects, Ignored: p.Config.Ignored}
	if in.Bases, err = s.bases(ctx, diff.Open(in), forms); err != nil {
		return nil, err
	}
	s.Comparisons = diff.Compare(in)
	return s, nil
}

func (s *Session) readRemote(ctx context.Context) (model.Workspace, error) {
	return remote.Read(ctx, s.API, remote.Options{
		Uses: s.Config.Scope.Uses(), Include: s.Config.Scope.Includes, Production: s.Target.Release == model.StageDeployed,
	})
}

// forms maps the tree's objects within the scope to the target's form.
func (s *Session) forms() (map[model.Key]model.Object, error) {
	forms := make(map[model.Key]model.Object, len(s.Tree.Objects))
	var problems []model.Problem
	for key, local := range s.Tree.Objects {
		if !s.Config.Scope.Includes(key) {
			continue
		}
		form, err := s.Mapping.Forward(local.Object)
		if err != nil {
			problems = append(problems, model.Problem{File: local.Meta, Severity: model.SeverityError, Message: err.Error()})
			continue
		}
		forms[key] = form
	}
	return forms, model.Invalid(problems)
}

// openMemory opens the state and git. The state is open for writing only if the command writes.
func (s *Session) openMemory() error {
	file := s.path(".dwsync/" + s.Target.Name + ".state.db")
	open := state.OpenReadOnly
	if s.options.Write {
		if err := makePrivateDir(file); err != nil {
			return err
		}
		open = state.Open
	}
	var err error
	if s.state, err = open(file); err != nil {
		return fmt.Errorf("open what dwsync remembers of target %s: %w", s.Target.Name, err)
	}
	s.onClose(s.state.Close)
	if s.git, err = base.OpenGit(s.Root); err != nil {
		return err
	}
	s.Head, _ = s.git.Head()
	return nil
}
