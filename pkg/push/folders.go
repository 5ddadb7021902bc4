package push

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sync/singleflight"

	"github.com/dwsync/dwsync/pkg/model"
)

// folders remembers which folders exist, and makes each missing one at most once, whoever asks first.
type folders struct {
	flight singleflight.Group
	mu     sync.Mutex
	known  map[model.FolderPath]model.FolderID
}

func newFolders(existing map[model.FolderPath]model.FolderID) *folders {
	f := &folders{known: maps.Clone(existing)}
	if f.known == nil {
		f.known = map[model.FolderPath]model.FolderID{}
	}
	return f
}

func (f *folders) has(p model.FolderPath) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, ok := f.known[p]
	return ok
}

func (f *folders) add(p model.FolderPath, id model.FolderID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.known[p] = id
}

// all gives the folders that are known to exist, sorted.
func (f *folders) all() []model.FolderPath {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Sorted(maps.Keys(f.known))
}

// ensureFolder creates the folder unless it exists. Roots exist always, and the folder of a business comes with it; a business makes its engine folders
// too, but which ones is not documented, so that they are looked for before one is created.
func (r *run) ensureFolder(ctx context.Context, p model.FolderPath) error {
	if len(p.Segments()) <= 1 || p.IsBusiness() || r.folders.has(p) {
		return nil
	}
	_, err, _ := r.folders.flight.Do(string(p), func() (any, error) {
		if r.folders.has(p) {
			return nil, nil
		}
		id, err := r.findImplied(ctx, p)
		if err == nil && id == "" {
			id, err = r.createFolder(ctx, p)
		}
		if err == nil {
			r.folders.add(p, id)
		}
		return nil, err
	})
	return err
}

func (r *run) findImplied(ctx context.Context, p model.FolderPath) (model.FolderID, error) {
	if !p.IsImplied() {
		return "", nil
	}
	id, err := r.API.FindFolder(ctx, p)
	if err != nil {
		return "", fmt.Errorf("look for folder %s: %w", p, err)
	}
	return id, nil
}
