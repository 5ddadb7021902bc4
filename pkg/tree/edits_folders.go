package tree

import (
	"cmp"
	"path"
	"slices"

	"github.com/dwsync/dwsync/pkg/model"
)

// keepFolders writes .gitkeep into the folders that are objects and hold nothing else after the changes.
func (p *planner) keepFolders(writes []Change, deletes []model.Key) error {
	touched := map[model.FolderPath]bool{}
	for _, change := range writes {
		if change.Key.Kind == model.KindFolder {
			touched[change.Key.Path()] = true
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
		d, err := p.directory(folder, k)
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
	owner := map[model.FolderPath]model.Key{}
	for _, k := range deletes {
		folder := k.Folder
		if !k.Kind.IsFile() {
			folder = k.Path()
		}
		for ; folder != ""; folder = folder.Parent() {
			if _, found := owner[folder]; !found {
				owner[folder] = k
			}
		}
	}
	folders := make([]model.FolderPath, 0, len(owner))
	for folder := range owner {
		folders = append(folders, folder)
	}
	slices.SortFunc(folders, func(a, b model.FolderPath) int {
		return cmp.Or(cmp.Compare(len(b.Segments()), len(a.Segments())), cmp.Compare(a, b))
	})
	for _, folder := range folders {
		d, err := p.directory(folder, owner[folder])
		if err != nil {
			return err
		}
		if len(d.entries) > 0 {
			continue
		}
		p.add(Edit{Op: OpRemoveDir, Path: d.spelled, Key: owner[folder]})
		if parent := p.directories[folder.Parent()]; parent != nil {
			delete(parent.entries, path.Base(d.spelled))
		}
	}
	return nil
}
