package project

import (
	"maps"
	"slices"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/state"
)

// place pairs what tree and workspace have in different places, and gives the workspace as the tree knows it: each object under the key of the tree's, and
// all that lies in a renamed container in the container that the tree has.
func (s *Session) place() {
	s.lasts = map[model.Key]objectID{}
	in := diff.Pairing{Tree: s.placeable(), Remote: s.Remote.Objects, Deleted: map[model.Key]model.Remote{}}
	for _, file := range s.Remote.HalfDeleted {
		in.Deleted[file.Object.Key] = file
	}
	in.Remembered = s.rememberedPlace()
	renames := diff.Pair(in)
	s.renames = renames
	defer s.findNamesInState()
	s.elsewhere, s.deletedAs = map[model.Key]model.Key{}, map[model.FileID]model.Key{}
	if renames.IsEmpty() {
		return
	}
	w := s.Remote
	w.Objects = renames.Apply(w.Objects)
	for k := range s.Remote.Objects {
		if identity := renames.Identity(k); identity != k {
			s.elsewhere[k] = identity
		}
	}
	w.Folders = make(map[model.FolderPath]model.FolderID, len(s.Remote.Folders))
	for path, id := range s.Remote.Folders {
		w.Folders[renames.Folder(path)] = id
	}
	w.Outside = make([]model.Key, len(s.Remote.Outside))
	for i, k := range s.Remote.Outside {
		w.Outside[i] = renames.Inside(k)
	}
	w.HalfDeleted = make([]model.Remote, len(s.Remote.HalfDeleted))
	for i, file := range s.Remote.HalfDeleted {
		if identity := renames.Identity(file.Object.Key); identity != file.Object.Key {
			s.elsewhere[file.Object.Key] = identity
		}
		s.deletedAs[file.FileID] = renames.Identity(file.Object.Key)
		file.Object = file.Object.Moved(renames.Inside(file.Object.Key))
		w.HalfDeleted[i] = file
	}
	s.Remote = w
}

// rememberedPlace gives where the last run here saw an object; nil if there was none.
func (s *Session) rememberedPlace() func(model.Remote) (model.Key, bool) {
	if len(s.places) == 0 {
		return nil
	}
	return func(r model.Remote) (model.Key, bool) {
		k, known := s.places[objectID{r.Object.Key.Kind, r.ID()}]
		return k, known
	}
}

// placeable gives the forms of the tree that may be in another place of the workspace. What a narrowed session saw in its place and did not read is not.
func (s *Session) placeable() map[model.Key]model.Object {
	forms := s.unresolved()
	if s.Since != nil {
		for _, k := range s.Remote.Outside {
			delete(forms, k)
		}
	}
	return forms
}

// unresolved maps the tree's objects within the scope to the target's form without looking at other objects.
func (s *Session) unresolved() map[model.Key]model.Object {
	return s.plainForms(s.Config.Scope.Includes)
}

// plainForms maps some of the tree's objects to the target's form without looking at other objects. What cannot be mapped is reported later.
func (s *Session) plainForms(wanted func(model.Key) bool) map[model.Key]model.Object {
	plain := mapping.New(s.Target, s.Remote.Project).WithResolver(mapping.Unknowing{}).Lenient()
	forms := map[model.Key]model.Object{}
	for k, local := range s.Tree.Objects {
		if !wanted(k) {
			continue
		}
		form, err := plain.Forward(local.Object)
		if err != nil {
			form = model.NewObject(k)
		}
		forms[k] = form
	}
	return forms
}

// former gives the places that objects had, or have in the workspace, beside the one that the tree has: the workspace's, and that in which the last run here
// saw them, which differs from both where a pull was stopped after it moved the files.
func (s *Session) former() map[model.Key][]model.Key {
	former := make(map[model.Key][]model.Key, len(s.elsewhere))
	for place, identity := range s.elsewhere {
		former[identity] = append(former[identity], place)
	}
	for k, r := range s.Remote.Objects {
		was, known := s.places[objectID{k.Kind, r.ID()}]
		if known && was != k && !slices.Contains(former[k], was) {
			former[k] = append(former[k], was)
		}
	}
	return former
}

// placesOfNodes gives the paths in which the workspace has nodes that the tree has in another place.
func (s *Session) placesOfNodes() map[model.FolderPath]model.Key {
	places := map[model.FolderPath]model.Key{}
	for place, identity := range s.elsewhere {
		if place.Kind == model.KindNode {
			places[place.Path()] = identity
		}
	}
	return places
}

// objectID tells the objects of a workspace apart, wherever they are.
type objectID struct {
	kind model.Kind
	id   string
}

// rememberedPlaces gives where the state saw each object of the workspace. Of two places of one id nobody knows which is the last.
func (s *Session) rememberedPlaces() (map[objectID]model.Key, error) {
	if s.state == nil {
		return map[objectID]model.Key{}, nil
	}
	remembered, err := s.state.Places()
	switch {
	case isLocked(err) && !s.options.Write:
		return map[objectID]model.Key{}, nil // who asks for the bases says so
	case err != nil:
		return nil, err
	}
	places := make(map[objectID]model.Key, len(remembered))
	twice := map[objectID]bool{}
	for k, id := range remembered {
		object := objectID{k.Kind, id}
		if _, known := places[object]; known {
			twice[object] = true
		}
		places[object] = k
	}
	for object := range twice {
		delete(places, object)
	}
	return places, nil
}

// placesOf gives the keys under which the state may know objects.
func (s *Session) placesOf(open []model.Key) []model.Key {
	keys := slices.Clone(open)
	places, objects := s.former(), s.withHalfDeleted()
	for _, k := range open {
		keys = slices.Concat(keys, s.inFormerContainers(k), places[k])
		if r, inWorkspace := objects[k]; inWorkspace {
			if was, known := s.places[objectID{k.Kind, r.ID()}]; known {
				keys = append(keys, was)
			}
		}
	}
	slices.SortFunc(keys, model.Key.Compare)
	return slices.Compact(keys)
}

// inFormerContainers gives the keys under which the state may know what has the key now, where tree or workspace renamed containers around it: with the
// workspace's names, and with those that the last run here saw.
func (s *Session) inFormerContainers(k model.Key) []model.Key {
	var keys []model.Key
	for _, was := range []model.Key{s.renames.Outside(k), k.At(k.Folder.Renamed(s.namesInState), k.Name)} {
		if was != k && !slices.Contains(keys, was) {
			keys = append(keys, was)
		}
	}
	return keys
}

// findNamesInState sets namesInState.
func (s *Session) findNamesInState() {
	s.namesInState = map[model.FolderPath]string{}
	for k, r := range s.Remote.Objects {
		if k.Kind.IsFile() {
			continue
		}
		if was, known := s.places[objectID{k.Kind, r.ID()}]; known && was.Name != k.Name {
			s.namesInState[k.Path()] = was.Name
		}
	}
}

// basesOf gives the state's bases by the keys of the comparison. What was renamed since stands in the state under its former name; where both sides agree on
// the new one, or a container around it was renamed, its base has that name too: then it says nothing of who changed the rest.
func (s *Session) basesOf(remembered map[model.Key]state.Base, open []model.Key, forms map[model.Key]model.Object) map[model.Key]state.Base {
	bases := maps.Clone(remembered)
	if bases == nil {
		bases = map[model.Key]state.Base{}
	}
	former, objects := s.former(), s.withHalfDeleted()
	for _, k := range open {
		r, inWorkspace := objects[k]
		b, known := remembered[k]
		if !inWorkspace {
			for _, was := range s.inFormerContainers(k) {
				if b, found := remembered[was]; found && !known {
					b.Object = b.Object.Moved(k)
					bases[k] = b
				}
			}
			continue
		}
		if !known || b.ID != "" && b.ID != r.ID() {
			// Another object may have stood there.
			if was, found := s.places[objectID{k.Kind, r.ID()}]; found {
				b, known = remembered[was]
			}
			for _, was := range former[k] {
				if !known {
					b, known = remembered[was]
				}
			}
		}
		if !known {
			continue
		}
		b.Object = b.Object.Moved(s.renames.Inside(b.Object.Key))
		if _, inTree := forms[k]; (inTree || k.IsInner()) && r.Object.Key == k {
			b.Object = b.Object.Moved(k)
		}
		bases[k] = b
	}
	return bases
}
