package diff

import (
	"cmp"
	"maps"
	"slices"

	"github.com/dwsync/dwsync/pkg/model"
)

// togetherInTen is how many of ten files of a container must have moved together, so that it is the container that was renamed.
const togetherInTen = 8

// move is a container in the workspace and in the tree.
type move struct{ remote, tree model.FolderPath }

// pairContainers pairs businesses and folders from the top down: what is in a renamed one is looked at under its new name.
func (r *Renames) pairContainers(in Pairing, files []pair) {
	depth := 0
	// What is half deleted counts if the tree has it still.
	paired := make(map[model.Key]bool, len(files))
	for _, file := range files {
		paired[file.remote] = true
	}
	for k := range in.Remote {
		depth = max(depth, len(k.Folder.Segments())+1)
	}
	trees := containersOf(in.Tree)
	for level := 2; level <= depth; level++ {
		remotes := map[model.FolderPath]bool{}
		sizes := map[model.FolderPath]int{}
		ids := map[move]bool{}
		count := func(k model.Key) {
			if inside := r.Inside(k); len(inside.Folder.Segments()) >= level {
				sizes[upTo(inside.Folder, level)]++
			}
		}
		for k := range in.Deleted {
			if _, stands := in.Tree[r.Inside(k)]; stands || paired[k] {
				count(k)
			}
		}
		for k, object := range in.Remote {
			inside := r.Inside(k)
			if !k.Kind.IsFile() {
				remotes[inside.Path()] = true
				if in.Remembered != nil {
					if was, known := in.Remembered(object); known && len(inside.Path().Segments()) == level && was.Kind == k.Kind {
						ids[move{inside.Path(), was.Path()}] = true
					}
				}
				continue
			}
			count(k)
		}
		votes := map[move]int{}
		for _, file := range files {
			if m, together := movedWith(file.tree, r.Inside(file.remote), level); together {
				votes[m]++
			}
		}
		r.elect(trees, remotes, sizes, votes, ids)
	}
}

// containersOf gives the paths of the businesses and folders of a side.
func containersOf(objects map[model.Key]model.Object) map[model.FolderPath]bool {
	paths := map[model.FolderPath]bool{}
	for k := range objects {
		if !k.Kind.IsFile() {
			paths[k.Path()] = true
		}
	}
	return paths
}

// upTo gives the first segments of a path.
func upTo(p model.FolderPath, segments int) model.FolderPath {
	for len(p.Segments()) > segments {
		p = p.Parent()
	}
	return p
}

// movedWith gives the container of the workspace at a level in which a file lies, and the tree's, where the one can be the other: UpdateFolder and
// UpdateBusiness rename; they move nothing into another folder. Folders further in may have been renamed too.
func movedWith(tree, remote model.Key, level int) (move, bool) {
	depth := len(remote.Folder.Segments())
	if depth < level || depth != len(tree.Folder.Segments()) || remote.Name != tree.Name {
		return move{}, false
	}
	m := move{upTo(remote.Folder, level), upTo(tree.Folder, level)}
	return m, m.remote != m.tree && m.remote.Parent() == m.tree.Parent()
}

// elect takes over the containers of one level that were renamed: only one side has each, and no two claim the same.
func (r *Renames) elect(trees, remotes map[model.FolderPath]bool, sizes map[model.FolderPath]int, votes map[move]int, ids map[move]bool) {
	candidates := maps.Clone(ids)
	most := map[model.FolderPath]int{}
	for m, n := range votes {
		most[m.tree] = max(most[m.tree], n)
	}
	for m, n := range votes {
		// A folder into which one file was moved is not the one that most files of the tree's came from.
		if n*10 >= sizes[m.remote]*togetherInTen && n == most[m.tree] {
			candidates[m] = true
		}
	}
	sorted := slices.SortedFunc(maps.Keys(candidates), func(a, b move) int {
		byID := func(m move) int {
			if ids[m] {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(byID(a), byID(b)), cmp.Compare(votes[b], votes[a]), cmp.Compare(a.remote, b.remote), cmp.Compare(a.tree, b.tree))
	})
	taken := map[model.FolderPath]bool{}
	for _, m := range sorted {
		free := remotes[m.remote] && !trees[m.remote] && trees[m.tree] && !remotes[m.tree] && !taken[m.remote] && !taken[m.tree]
		if !free || m.remote.Parent() != m.tree.Parent() || m.remote.IsBusiness() != m.tree.IsBusiness() || m.remote.IsImplied() {
			continue
		}
		taken[m.remote], taken[m.tree] = true, true
		r.containers[m.remote] = m.tree
		if m.remote.IsBusiness() {
			r.objects[model.BusinessKey(m.remote)] = model.BusinessKey(m.tree)
		} else {
			r.objects[model.FolderKey(m.remote)] = model.FolderKey(m.tree)
		}
	}
}
