package remote

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/model"
)

// A submitted file is deleted in two steps: DeleteFile takes it out of DataStudio and of the development environment, a deployment takes its node out of
// production. Between the two it is *half deleted*: no list shows it, and production still runs its node.

// watcher is a Reader that remembers what a read of the workspace asks for anyway, so that looking for half deletions asks for nothing twice.
type watcher struct {
	Reader

	mu         sync.Mutex
	asked      map[model.UseType]bool
	rows       map[model.FileID]model.FileRow
	deleted    map[model.FileID]model.Remote
	production []model.NodeRow
}

func newWatcher(r Reader) *watcher {
	return &watcher{Reader: r, asked: map[model.UseType]bool{}, rows: map[model.FileID]model.FileRow{}, deleted: map[model.FileID]model.Remote{}}
}

func (w *watcher) ListFiles(ctx context.Context, use model.UseType) ([]model.FileRow, error) {
	rows, err := w.Reader.ListFiles(ctx, use)
	if err != nil {
		return rows, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked[use] = true
	for _, row := range rows {
		w.rows[row.FileID] = row
	}
	return rows, nil
}

func (w *watcher) GetFile(ctx context.Context, id model.FileID) (model.Remote, error) {
	file, err := w.Reader.GetFile(ctx, id)
	if err == nil && file.Deleted {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.deleted[id] = file
	}
	return file, err
}

func (w *watcher) ListNodes(ctx context.Context, environment string) ([]model.NodeRow, error) {
	nodes, err := w.Reader.ListNodes(ctx, environment)
	if err == nil && environment == model.EnvironmentProduction {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.production = nodes
	}
	return nodes, err
}

// leftOver is the last step of a read: what it listed and is no object of it, and what production runs and nothing lists.
func (w *watcher) leftOver(r *read) func(context.Context) error {
	return func(ctx context.Context) error {
		// By id: a file can have been renamed since it was listed.
		read := make(map[model.FileID]bool, len(r.workspace.Objects))
		for _, object := range r.workspace.Objects {
			read[object.FileID] = true
		}
		for id, row := range w.rows {
			if _, isDeleted := w.deleted[id]; row.Parent == "" && !isDeleted && !read[id] {
				r.workspace.Outside = append(r.workspace.Outside, row.Key)
				r.workspace.OutsideFiles[id] = row.Key
			}
		}
		slices.SortFunc(r.workspace.Outside, model.Key.Compare)
		r.workspace.Outside = slices.Compact(r.workspace.Outside)
		return w.halfDeleted(ctx, r)
	}
}

// halfDeleted finds the half deletions in scope.
func (w *watcher) halfDeleted(ctx context.Context, r *read) error {
	unlisted := w.unlisted()
	if len(unlisted) == 0 {
		return nil
	}
	// The lists of the other modules are far cheaper than a look at each of their files.
	var others []model.UseType
	for _, use := range AllUses() {
		if !w.asked[use] {
			others = append(others, use)
		}
	}
	if _, err := group(ctx, r.Workers, others, w.ListFiles); err != nil {
		return fmt.Errorf("list the files of the modules out of scope: %w", err)
	}
	files, err := group(ctx, r.Workers, w.unlisted(), func(ctx context.Context, id model.FileID) (*model.Remote, error) { return look(ctx, w, id) })
	if err != nil {
		return err
	}
	for _, file := range files {
		switch {
		case file == nil:
			r.workspace.Unplaced++
		case file.Deleted && file.Parent == "" && r.Include(file.Object.Key):
			file.Stage = model.StageDeployed
			r.workspace.HalfDeleted = append(r.workspace.HalfDeleted, *file)
		}
	}
	slices.SortFunc(r.workspace.HalfDeleted, byKeyAndID)
	return nil
}

// unlisted gives the files whose nodes production runs and that no list shows, or that were deleted since they were listed; sorted, each once.
func (w *watcher) unlisted() []model.FileID {
	var ids []model.FileID
	for _, node := range w.production {
		_, isListed := w.rows[node.FileID]
		_, isDeleted := w.deleted[node.FileID]
		if node.FileID != "" && (!isListed || isDeleted) {
			ids = append(ids, node.FileID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// look reads a file that no list shows; nil if the service does not know it, or its folder, any more. A file that seems not to be deleted is looked at
// twice, since the first read after a write may show the past; if it still is not, the list was of the past, or the service lists such files nowhere.
func look(ctx context.Context, r Reader, id model.FileID) (*model.Remote, error) {
	var file model.Remote
	for range 2 {
		var err error
		file, err = r.GetFile(ctx, id)
		switch {
		case dataworks.IsNotFound(err):
			return nil, nil
		case err != nil:
			return nil, fmt.Errorf("read the file %s, which no list shows: %w", id, err)
		case file.Deleted:
			return &file, nil
		}
	}
	return &file, nil
}
