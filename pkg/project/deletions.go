package project

import (
	"fmt"
	"maps"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

// keyOfDeleted gives the key of a half deleted file in the comparison: the tree's, where the tree has the file in another place.
func (s *Session) keyOfDeleted(file model.Remote) model.Key {
	if key, known := s.deletedAs[file.FileID]; known {
		return key
	}
	return file.Object.Key
}

// withHalfDeleted gives the workspace's objects, and where it has none the files that are only half deleted.
func (s *Session) withHalfDeleted() map[model.Key]model.Remote {
	if len(s.Remote.HalfDeleted) == 0 {
		return s.Remote.Objects
	}
	objects := maps.Clone(s.Remote.Objects)
	for _, file := range s.Remote.HalfDeleted {
		if key := s.keyOfDeleted(file); !hasKey(objects, key) {
			objects[key] = file
		}
	}
	return objects
}

// noteHalfDeleted tells what is known of the half deletions. Where the tree has the path, the file counts as deleted in the workspace: its base is what the
// workspace last had, if none is known, so that it is not created again as if it had never been there.
func (s *Session) noteHalfDeleted(in diff.Input) {
	s.HalfDeleted = nil
	for _, file := range s.Remote.HalfDeleted {
		key := s.keyOfDeleted(file)
		inTree, inWorkspace := hasKey(in.Tree, key), hasKey(in.Remote, key)
		known := in.Bases[key].Object != nil && !inWorkspace
		s.HalfDeleted = append(s.HalfDeleted, diff.HalfDeletion{Remote: file, Key: key, InTree: inTree || inWorkspace, Known: known})
		if inTree && !inWorkspace && !known {
			// Nobody knows who renamed it, if somebody did.
			last := file.Object.Moved(key)
			in.Bases[key] = diff.Base{Object: &last, Reason: "it was deleted in DataStudio, and production still runs it"}
		}
	}
	if n := s.Remote.Unplaced; n > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("production runs %d nodes whose files cannot be read any more; undeploy them in the operation centre if nobody needs them", n))
	}
}

func hasKey[V any](objects map[model.Key]V, k model.Key) bool {
	_, has := objects[k]
	return has
}

// Outside gives the paths of what the workspace holds beside the compared objects.
func (s *Session) Outside() []model.FolderPath {
	var paths []model.FolderPath
	for _, key := range s.Remote.Outside {
		paths = append(paths, key.Path())
	}
	for folder := range s.Remote.Folders {
		if _, compared := s.Remote.Objects[model.FolderKey(folder)]; !compared && !folder.IsImplied() && !folder.IsBusiness() {
			paths = append(paths, folder)
		}
	}
	return paths
}

// forgotten gives what the state remembers and neither side has any more: something new at the same path must not be held against it.
func (s *Session) forgotten() ([]model.Key, error) {
	if s.state == nil {
		return nil, nil
	}
	remembered, err := s.state.Keys()
	if err != nil {
		return nil, err
	}
	alive := make(map[model.Key]bool, len(s.Comparisons))
	for _, c := range s.Comparisons {
		alive[c.Key] = true
		for _, was := range s.inFormerContainers(c.Key) {
			alive[was] = true
		}
		if c.Base != nil {
			// A renamed object stands in the state under the name that it had.
			alive[c.Base.Key] = true
		}
	}
	for key := range s.elsewhere {
		alive[key] = true
	}
	for _, h := range s.HalfDeleted {
		alive[h.Remote.Object.Key] = true
	}
	var keys []model.Key
	for _, key := range remembered {
		if !alive[key] && s.looksAt(key) {
			keys = append(keys, key)
		}
	}
	return keys, nil
}
