package project

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/dwsync/dwsync/pkg/base"
	"github.com/dwsync/dwsync/pkg/config"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/tree"
)

// Since narrows a session to what changed in the tree since a commit: the files whose form in the target, or whose path, differs from that commit's, each
// side with its own dwsync.yaml. Of the workspace only these, what they refer to, and what the tree does not have under
// the workspace's name is read (it may be one of these, renamed there); businesses and folders always are.
type Since struct {
	Commit base.Commit
	// changed holds the objects that differ, read those and what they refer to.
	changed, read map[model.Key]bool
	// NotCompared counts the files of either side that were left out.
	NotCompared int
}

// Changed tells whether an object differs from what it was; everything does if since is nil.
func (s *Since) Changed(k model.Key) bool { return s == nil || s.changed[k] }

// looksAt tells whether an object is compared at all; a node and the files inside it are compared together.
func (s *Since) looksAt(k model.Key) bool {
	return s == nil || !k.Kind.IsFile() || s.read[k.Outermost()]
}

// change notes what changed. With a file inside a node the node is released.
func (s *Since) change(k model.Key) { s.changed[k], s.changed[k.Outermost()] = true, true }

// since finds what changed since a revision. Errors: *base.RevisionError, *model.InvalidError of the tree as it is now.
func (p *Project) since(revision string) (*Since, error) {
	comparisons, identifier, err := p.CompareAlone()
	if err != nil {
		return nil, err
	}
	then := map[model.Key]model.Object{}
	commit, err := p.git.At(revision, func(fsys fs.FS) error {
		then, err = p.formsThen(fsys)
		return err
	})
	if err != nil {
		return nil, err
	}
	s := &Since{Commit: commit, changed: map[model.Key]bool{}, read: map[model.Key]bool{}}
	for _, c := range comparisons {
		before, found := then[c.Key]
		if !found || len(model.Differences(*c.Tree, before, nil)) > 0 || len(model.Differences(before, *c.Tree, nil)) > 0 {
			s.change(c.Key)
		}
		delete(then, c.Key)
	}
	for gone := range then {
		if p.Config.Scope.Includes(gone) {
			s.change(gone)
		}
	}
	jobs, _ := diff.JobGraph(comparisons, identifier)
	byPath := map[string][]model.Key{}
	for k := range p.Tree.Objects {
		byPath[k.String()] = append(byPath[k.String()], k)
	}
	for k := range s.changed {
		s.read[k.Outermost()] = true
		if !jobs.Has(k) {
			continue
		}
		for _, needed := range jobs.Needs(k) {
			s.read[needed.Outermost()] = true
		}
		for _, placeholder := range mapping.Placeholders(p.Tree.Objects[k].Object) {
			for _, named := range byPath[placeholder.Argument] {
				s.read[named.Outermost()] = true
			}
		}
	}
	return s, nil
}

// formsThen gives the forms that the project had at some commit. Where it had no dwsync.yaml that names the target there were none, and what could not be
// read then has changed since.
func (p *Project) formsThen(fsys fs.FS) (map[model.Key]model.Object, error) {
	data, err := fs.ReadFile(fsys, config.FileName)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s of that commit: %w", config.FileName, err)
	}
	c, err := config.Parse(config.FileName, data)
	if err != nil {
		return nil, nil
	}
	target, err := c.Target(p.Target.Name)
	if err != nil {
		return nil, nil
	}
	read, err := tree.ReadValid(fsys)
	if err != nil {
		return nil, fmt.Errorf("read the tree of that commit: %w", err)
	}
	forms, _ := formsAlone(read, target)
	return forms, nil
}
