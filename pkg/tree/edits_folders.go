package tree

import (
	"cmp"
	"maps"
	"path"
	"slices"

	"github.com/dwsync/dwsync/pkg/model"
)

// keepFolders writes .gitkeep into the folders that are objects and hold nothing else after the changes.
func (p *planner) keepFolders(writes []Change, deletes []model.Key) error {
	touched := map[model.FolderPath]bool{}
	for _, change := range writes {
		if change.Key.Kind == model.KindFolder {
			touched[change.to().Path()] = true
		}
	}
	for _, k := range deletes {
		for folder := k.Folder; folder != ""; folder = folder.Parent() {
			touched[folder] = true
		}
	}
	folders := make([]model.FolderPath, 0, len(touched))
	for folder := range touched {
		folders = append(folders, folder)
	}
	slices.Sort(folders)
	for _, folder := range folders {
		k := model.FolderKey(folder)
		if !p.final[k] || p.inside[folder] > 0 {
			continue
		}
		d, err := p.directory(folderLocation(folder), k)
		if err != nil {
			return err
		}
		if !d.entries[keepFile] && !d.entries[folderFile] {
			p.create(k, d, keepFile, nil)
		}
	}
	return nil
}

// removeDirectories removes what became empty, deepest first.
func (p *planner) removeDirectories(deletes []model.Key) error {
	owner := map[location]model.Key{}
	for _, k := range deletes {
		for at := home(k); at.folder != ""; at = at.up() {
			if _, found := owner[at]; !found {
				owner[at] = k
			}
		}
	}
	places := slices.SortedFunc(maps.Keys(owner), func(a, b location) int {
		return cmp.Or(cmp.Compare(b.depth(), a.depth()), cmp.Compare(a.folder, b.folder), cmp.Compare(a.inside, b.inside))
	})
	for _, at := range places {
		d, err := p.directory(at, owner[at])
		if err != nil {
			return err
		}
		if len(d.entries) > 0 {
			continue
		}
		p.add(Edit{Op: OpRemoveDir, Path: d.spelled, Key: owner[at]})
		if above := p.directories[at.up()]; above != nil {
			delete(above.entries, path.Base(d.spelled))
		}
	}
	return nil
}
