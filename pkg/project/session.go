package project

import (
	"context"
	"fmt"
	"slices"
	"time"

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
	// HalfDeleted are files that are deleted in DataStudio and that production still runs.
	HalfDeleted []diff.HalfDeletion
	// Head is the commit that the working tree stands on; its Hash is empty outside of a git repository.
	Head base.Commit
	// Since is what the session is narrowed to; nil is everything.
	Since *Since
	// Notes are what the reader should know of how the comparison was made: a shallow clone, no repository.
	Notes []string

	// renames are what tree and workspace have in different places.
	renames diff.Renames
	// namesInState gives the names that the last run here saw of containers that have other ones now, by their paths in the comparison.
	namesInState map[model.FolderPath]string
	// elsewhere gives, for each place of the workspace whose object the tree has in another place, that object's key in the comparison.
	elsewhere map[model.Key]model.Key
	// deletedAs gives the keys in the comparison of half deleted files, where renames were found.
	deletedAs map[model.FileID]model.Key
	// crossed are the files of which the workspace has a place out of the scope, with what that means.
	crossed map[model.Key]string
	// places gives where the state saw each object of the workspace.
	places map[objectID]model.Key
	// lasts gives what this run recorded last under a key.
	lasts map[model.Key]objectID

	state *state.State
	// resolver is that of Mapping. nodesOf are the nodes that outputs of other workspaces led to so far, so that each is asked for once.
	resolver *mapping.WorkspaceResolver
	nodesOf  map[string][]model.NodeID
	// recorded is when a run on this machine last recorded a base, zero if none did.
	recorded time.Time
	// usage is the day's usage as it was last recorded, usageKept when this run last recorded it.
	usage     dataworks.Usage
	usageKept time.Time
	// notesOfMemory counts the notes that opening the state made.
	notesOfMemory int
}

// Load connects to the target and compares its three sides. Errors: *TrackedError, *EmptyWorkspaceError and what the sides' packages have.
func (p *Project) Load(ctx context.Context) (*Session, error) {
	if err := p.checkOwnFiles(); err != nil {
		return nil, err
	}
	var since *Since
	if p.options.Since != "" {
		var err error
		if since, err = p.since(p.options.Since); err != nil {
			return nil, err
		}
	}
	client, err := p.connect(ctx)
	if err != nil {
		return nil, err
	}
	s := &Session{Project: p, API: client, Since: since}
	s.Head, _ = p.git.Head()
	if err := s.openMemory(); err != nil {
		return nil, err
	}
	if err := s.continueUsage(); err != nil {
		return nil, err
	}
	if err := s.compare(ctx); err != nil {
		return nil, err
	}
	if pause := s.unsettled(); pause > 0 {
		if err := wait(ctx, pause); err != nil {
			return nil, err
		}
		if err := s.compare(ctx); err != nil {
			return nil, err
		}
	}
	return s, s.refuseEmpty()
}

// compare reads the workspace and compares it with tree and base.
func (s *Session) compare(ctx context.Context) (err error) {
	s.Notes = s.Notes[:s.notesOfMemory]
	if s.Remote, err = s.readRemote(ctx); err != nil {
		return err
	}
	if s.places, err = s.rememberedPlaces(); err != nil {
		return err
	}
	if err := s.findRecycled(ctx); err != nil {
		return err
	}
	s.place()
	if err := s.cross(ctx); err != nil {
		return err
	}
	s.narrow()
	if err := s.openMapping(ctx); err != nil {
		return err
	}
	forms, err := s.forms()
	if err != nil {
		return err
	}
	s.countNotCompared()
	in := diff.Input{Tree: forms, Remote: s.Remote.Objects, Ignored: s.Config.Ignored}
	open := diff.Open(in)
	for _, file := range s.Remote.HalfDeleted {
		open = append(open, s.keyOfDeleted(file))
	}
	if in.Bases, err = s.bases(ctx, open, forms); err != nil {
		return err
	}
	s.noteHalfDeleted(in)
	s.Comparisons = diff.Compare(in)
	return nil
}

func (s *Session) readRemote(ctx context.Context) (model.Workspace, error) {
	return remote.Read(ctx, s.API, remote.Options{
		Uses: s.Config.Scope.Uses(), Include: s.reads, Production: s.Target.Release == model.StageDeployed,
	})
}

// looksAt tells whether an object is in the scope, and in what the session is narrowed to.
func (s *Session) looksAt(k model.Key) bool { return s.Config.Scope.Includes(k) && s.Since.looksAt(k) }

// reads tells whether an object of the workspace is read. A narrowed session reads beside what it looks at what the tree has in no such place: it may be what
// it looks at, under another name.
func (s *Session) reads(k model.Key) bool {
	if !s.Config.Scope.Includes(k) || s.Since.looksAt(k) {
		return s.looksAt(k)
	}
	_, inTree := s.Tree.Objects[k.Outermost()]
	return !inTree
}

// narrow leaves out what a narrowed session read and does not look at, now that its name in the tree is known.
func (s *Session) narrow() {
	if s.Since == nil {
		return
	}
	for k := range s.Remote.Objects {
		if !s.looksAt(k) {
			delete(s.Remote.Objects, k)
			s.Remote.Outside = append(s.Remote.Outside, k)
		}
	}
	slices.SortFunc(s.Remote.Outside, model.Key.Compare)
}

// countNotCompared counts what a narrowed session leaves out.
func (s *Session) countNotCompared() {
	if s.Since == nil {
		return
	}
	left := map[model.Key]bool{}
	for key := range s.Tree.Objects {
		left[key] = true
	}
	for _, key := range s.Remote.Outside {
		left[key] = true
	}
	s.Since.NotCompared = 0
	for key := range left {
		if s.Config.Scope.Includes(key) && !s.Since.looksAt(key) {
			s.Since.NotCompared++
		}
	}
}

// forms maps the tree's objects within the scope to the target's form. What names nothing stays symbolic: it differs from all that the workspace has.
func (s *Session) forms() (map[model.Key]model.Object, error) {
	// A pull that was stopped before it renamed a node has written what names it by its new name: that is no difference. What is sent is held to the tree's own
	// names (CheckReferences).
	mapping := s.Mapping.WithResolver(s.resolver.AlsoAt(s.placesOfNodes())).Lenient()
	forms := make(map[model.Key]model.Object, len(s.Tree.Objects))
	var problems []model.Problem
	for key, local := range s.Tree.Objects {
		if !s.looksAt(key) {
			continue
		}
		form, err := mapping.Forward(local.Object)
		if err != nil {
			problems = append(problems, problemsOf(local, err)...)
			continue
		}
		forms[key] = form
	}
	return forms, invalid(problems)
}

// openMemory opens the state. It is open for writing only if the command writes.
func (s *Session) openMemory() error {
	file := s.stateFile()
	s.recorded = recordedAt(file)
	open := state.OpenReadOnly
	if s.options.Write {
		if err := makePrivateDir(file); err != nil {
			return err
		}
		if err := removeUnfinished(file); err != nil {
			return err
		}
		open = state.Open
	}
	remembered, err := open(file)
	switch {
	case isLocked(err) && !s.options.Write:
		s.Notes = append(s.Notes, noteLocked)
	case err != nil:
		return fmt.Errorf("open what dwsync remembers of target %s: %w", s.Target.Name, err)
	default:
		s.onClose(remembered.Close)
		if err := s.remember(remembered); err != nil {
			return err
		}
	}
	s.notesOfMemory = len(s.Notes)
	return nil
}

// stateFile is where the target's state is kept.
func (s *Session) stateFile() string { return s.path(s.stateName()) }

// stateName is its slash path below the project.
func (p *Project) stateName() string { return privateDir + "/" + p.Target.Name + ".state.db" }
