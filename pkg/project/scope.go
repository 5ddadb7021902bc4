package project

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

// What one side moved out of the scope, or into it, is not gone on that side, and not new on the other (design, section 5: what is excluded is never "gone").
// Where the tree left the file out, it is left alone, and named; where the workspace has it elsewhere than the tree wants it, somebody has to decide.

// cross finds the files of which one side has a place in the scope, and the other one out of it.
func (s *Session) cross(ctx context.Context) error {
	s.crossed = map[model.Key]string{}
	s.leaveOut()
	return s.findOutside(ctx)
}

// leaveOut takes out of the comparison what the workspace has in scope, and the tree out of it.
func (s *Session) leaveOut() {
	outside := map[model.Key]model.Object{}
	for k, form := range s.plainForms(func(k model.Key) bool { return k.Kind.IsFile() && !s.Config.Scope.Includes(k) }) {
		outside[k] = form
	}
	if len(outside) == 0 {
		return
	}
	only := map[model.Key]model.Remote{}
	for k, r := range s.Remote.Objects {
		if !hasKey(s.Tree.Objects, k) && k.Kind.IsFile() {
			only[k] = r
		}
	}
	renames := diff.Pair(diff.Pairing{Tree: outside, Remote: only, Remembered: s.rememberedPlace()})
	var left []model.Key
	for k := range only {
		// A file inside a node goes with it.
		if identity := renames.Identity(k); identity != k && hasKey(outside, identity) {
			left = append(left, k)
		}
	}
	slices.SortFunc(left, model.Key.Compare)
	s.Remote.Objects = maps.Clone(s.Remote.Objects)
	for _, k := range left {
		delete(s.Remote.Objects, k)
		s.elsewhere[k] = renames.Identity(k)
		s.Remote.Outside = append(s.Remote.Outside, k)
	}
	slices.SortFunc(s.Remote.Outside, model.Key.Compare)
	if len(left) > 0 {
		note := fmt.Sprintf("%s is left alone: the tree has it as %s, which scope leaves out", left[0], renames.Identity(left[0]))
		if more := len(left) - 1; more > 0 {
			note += fmt.Sprintf("; and so are %d more files", more)
		}
		s.Notes = append(s.Notes, note)
	}
}

// findOutside brings into the comparison what the tree has in scope, and the workspace out of it, so that it is refused by name. What is out of scope was listed
// and not read: read is what has the id that the last run here saw in the tree's place, or the same name and type.
func (s *Session) findOutside(ctx context.Context) error {
	type named struct {
		name string
		t    model.FileType
	}
	byName := map[named][]model.FileID{}
	byPlace := map[model.Key][]model.FileID{}
	for id, k := range s.Remote.OutsideFiles {
		switch was, known := s.places[objectID{k.Kind, string(id)}]; {
		case s.Config.Scope.Includes(k):
		case known && was != k:
			byPlace[was] = append(byPlace[was], id)
		case !hasKey(s.Tree.Objects, k): // else the tree has it there too
			byName[named{k.Name, k.Type}] = append(byName[named{k.Name, k.Type}], id)
		}
	}
	if len(byName)+len(byPlace) == 0 {
		return nil
	}
	forms := s.plainForms(func(k model.Key) bool {
		return k.Kind.IsFile() && !k.IsInner() && s.looksAt(k) && !hasKey(s.Remote.Objects, k)
	})
	for _, k := range slices.SortedFunc(maps.Keys(forms), model.Key.Compare) {
		suspects := slices.Concat(byPlace[k], byName[named{k.Name, k.Type}])
		slices.SortFunc(suspects, func(a, b model.FileID) int { return cmp.Compare(a, b) })
		for _, id := range suspects {
			file, err := s.API.GetFile(ctx, id)
			if dataworks.IsNotFound(err) {
				continue
			}
			if err != nil {
				return fmt.Errorf("read %s, which scope leaves out and which may be %s: %w", s.Remote.OutsideFiles[id], k, err)
			}
			isIt := slices.Contains(byPlace[k], id) || diff.IsOne(forms[k], file.Object)
			if file.Deleted || !isIt || s.Config.Scope.Includes(file.Object.Key) {
				continue
			}
			s.Remote.Objects[k] = file
			s.elsewhere[file.Object.Key] = k
			s.crossed[k] = fmt.Sprintf("the workspace has it as %s, which scope leaves out", file.Object.Key)
			break
		}
	}
	return nil
}
