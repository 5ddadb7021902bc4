package remote

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/dwsync/dwsync/pkg/model"
)

// files reads the files in scope with their forms and stages.
func (r *read) files(ctx context.Context) error {
	rows, err := r.listFiles(ctx)
	if err != nil {
		return err
	}
	var inner, others []model.FileRow
	for _, row := range rows {
		switch {
		case !r.Include(row.Key):
		case row.Parent != "" && !row.Key.IsInner(), row.Key.Kind == model.KindTable:
			r.workspace.NotCarried = append(r.workspace.NotCarried, row.Key)
		case row.Key.IsInner():
			inner = append(inner, row)
		default:
			others = append(others, row)
		}
	}
	production, err := r.readProduction(ctx)
	if err != nil {
		return err
	}
	var files []model.Remote
	// First what lies in nodes: a submit that ends meanwhile must show in the node, if it shows in what went along with it.
	for _, wanted := range [][]model.FileRow{inner, others} {
		read, err := group(ctx, r.Workers, wanted, func(ctx context.Context, row model.FileRow) (model.Remote, error) {
			file, err := r.reader.GetFile(ctx, row.FileID)
			if err != nil {
				return file, fmt.Errorf("read %s: %w", row.Key, err)
			}
			file.Production = production.node(file.FileID)
			file.Stage, err = r.stage(ctx, production, file)
			return file, err
		})
		if err != nil {
			return err
		}
		files = append(files, read...)
	}
	for _, file := range files {
		// A file can have been deleted or moved since it was listed.
		if file.Deleted || !r.Include(file.Object.Key) {
			continue
		}
		if err := r.add(file); err != nil {
			return err
		}
	}
	r.placeInner()
	if err := r.innerStages(ctx); err != nil {
		return err
	}
	return r.foldersBelow(ctx, otherRoots(files))
}

// listFiles lists the files of all modules, each once (whether dry-run files are among the normal ones is not documented), sorted.
func (r *read) listFiles(ctx context.Context) ([]model.FileRow, error) {
	lists, err := group(ctx, r.Workers, r.Uses, func(ctx context.Context, use model.UseType) ([]model.FileRow, error) {
		rows, err := r.reader.ListFiles(ctx, use)
		if err != nil {
			err = fmt.Errorf("list the %s files: %w", use, err)
		}
		return rows, err
	})
	if err != nil {
		return nil, err
	}
	rows := slices.Concat(lists...)
	byID := func(a, b model.FileRow) int { return cmp.Compare(a.FileID, b.FileID) }
	slices.SortStableFunc(rows, byID)
	rows = slices.CompactFunc(rows, func(a, b model.FileRow) bool { return a.FileID == b.FileID })
	slices.SortStableFunc(rows, func(a, b model.FileRow) int { return a.Key.Compare(b.Key) })
	return rows, nil
}

// otherRoots are the roots without businesses in which files were found. Only for those it is known that the workspace has them.
func otherRoots(files []model.Remote) []model.FolderPath {
	found := map[model.FolderPath]bool{}
	for _, file := range files {
		root := file.Object.Key.Folder.Root()
		if root != "" && !root.HasBusinesses() && root.IsKnownRoot() {
			found[model.FolderPath(root)] = true
		}
	}
	var roots []model.FolderPath
	for _, root := range model.Roots() {
		if found[model.FolderPath(root)] {
			roots = append(roots, model.FolderPath(root))
		}
	}
	return roots
}
