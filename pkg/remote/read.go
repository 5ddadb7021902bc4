package remote

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/dwsync/dwsync/pkg/model"
)

// Reader is what reading a workspace needs of the port.
type Reader interface {
	Project(context.Context) (model.Project, error)
	ListBusinesses(context.Context) ([]model.Remote, error)
	ListFolders(context.Context, model.FolderPath) (map[model.FolderPath]model.FolderID, error)
	ListFiles(context.Context, model.UseType) ([]model.FileRow, error)
	GetFile(context.Context, model.FileID) (model.Remote, error)
	ListFileVersions(context.Context, model.FileID) ([]model.Version, error)
	ListNodes(ctx context.Context, environment string) ([]model.NodeRow, error)
}

// Options say what to read.
type Options struct {
	// Uses are the modules whose files are read; nil is AllUses.
	Uses []model.UseType
	// Include tells what is in scope; what is not is not read and is not part of the workspace. Nil includes everything.
	Include func(model.Key) bool
	// Production tells whether to ask what production runs. Without it the stages of a standard workspace end at submitted.
	Production bool
	// Workers is how many calls run at once; 0 is DefaultWorkers.
	Workers int
}

// DefaultWorkers keeps a limit of 50 calls per second busy at the usual latency.
const DefaultWorkers = 16

// AllUses are the modules that have files.
func AllUses() []model.UseType {
	return []model.UseType{model.UseNormal, model.UseManualBusiness, model.UseManual, model.UseSkip, model.UseAdHocQuery, model.UseComponent}
}

// DuplicateKeyError reports two objects of one kind, path and type: the tree could hold only one of them.
type DuplicateKeyError struct {
	Key model.Key
	// IDs are the ids of both, sorted.
	IDs [2]string
}

func (e *DuplicateKeyError) Error() string {
	return fmt.Sprintf("%s: the workspace has two objects of type %s with this path (ids %s and %s); rename or delete one of them in DataStudio", e.Key, typeName(e.Key), e.IDs[0], e.IDs[1])
}

func typeName(k model.Key) string {
	if k.Kind.IsFile() {
		return k.Type.String()
	}
	return string(k.Kind)
}

// read is a read of a workspace under way.
type read struct {
	Options
	reader    Reader
	workspace model.Workspace
}

// Read reads the workspace. Errors: *DuplicateKeyError, *TooDeepError, those of the port.
func Read(ctx context.Context, r Reader, o Options) (model.Workspace, error) {
	if o.Uses == nil {
		o.Uses = AllUses()
	}
	if o.Include == nil {
		o.Include = func(model.Key) bool { return true }
	}
	if o.Workers <= 0 {
		o.Workers = DefaultWorkers
	}
	watched := newWatcher(r)
	read := &read{Options: o, reader: watched, workspace: model.Workspace{Objects: map[model.Key]model.Remote{}, Folders: map[model.FolderPath]model.FolderID{}, OutsideFiles: map[model.FileID]model.Key{}}}
	for _, step := range []func(context.Context) error{read.project, read.businessesAndFolders, read.files, watched.leftOver(read)} {
		if err := step(ctx); err != nil {
			return model.Workspace{}, err
		}
	}
	return read.workspace, nil
}

func (r *read) project(ctx context.Context) (err error) {
	if r.workspace.Project, err = r.reader.Project(ctx); err != nil {
		return fmt.Errorf("read the workspace: %w", err)
	}
	return nil
}

// add puts an object into the workspace.
func (r *read) add(remote model.Remote) error {
	key := remote.Object.Key
	if other, twice := r.workspace.Objects[key]; twice {
		ids := [2]string{other.ID(), remote.ID()}
		slices.Sort(ids[:])
		return &DuplicateKeyError{Key: key, IDs: ids}
	}
	r.workspace.Objects[key] = remote
	return nil
}

// businessesAndFolders reads the businesses, and the folders below each of them.
func (r *read) businessesAndFolders(ctx context.Context) error {
	businesses, err := r.reader.ListBusinesses(ctx)
	if err != nil {
		return fmt.Errorf("list the businesses: %w", err)
	}
	var roots []model.FolderPath
	for _, b := range businesses {
		roots = append(roots, b.Object.Key.Path())
		if r.Include(b.Object.Key) {
			if err := r.add(b); err != nil {
				return err
			}
		}
	}
	return r.foldersBelow(ctx, roots)
}

// group runs work for each item, some at once, and gives the results in the order of the items.
func group[T, R any](ctx context.Context, workers int, items []T, work func(context.Context, T) (R, error)) ([]R, error) {
	results := make([]R, len(items))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(workers)
	for i, item := range items {
		g.Go(func() (err error) {
			if err := context.Cause(ctx); err != nil {
				return err
			}
			results[i], err = work(ctx, item)
			return err
		})
	}
	return results, g.Wait()
}

// deepest is the deepest folder that is followed; DataStudio's own dialogs end long before.
const deepest = 64

// TooDeepError reports folders that do not end.
type TooDeepError struct{ Path model.FolderPath }

func (e *TooDeepError) Error() string {
	return fmt.Sprintf("%s: folders more than %d levels deep", e.Path, deepest)
}

// foldersBelow reads the folders below the given ones, level by level. Whether a list holds the deeper ones too is not documented; each is asked once.
func (r *read) foldersBelow(ctx context.Context, parents []model.FolderPath) error {
	asked := map[model.FolderPath]bool{}
	for len(parents) > 0 {
		slices.Sort(parents)
		parents = slices.Compact(parents)
		lists, err := group(ctx, r.Workers, parents, func(ctx context.Context, p model.FolderPath) (map[model.FolderPath]model.FolderID, error) {
			folders, err := r.reader.ListFolders(ctx, p)
			if err != nil {
				err = fmt.Errorf("list the folders of %s: %w", p, err)
			}
			return folders, err
		})
		if err != nil {
			return err
		}
		for _, p := range parents {
			asked[p] = true
		}
		parents = nil
		for _, folders := range lists {
			for _, path := range slices.Sorted(maps.Keys(folders)) {
				if len(path.Segments()) > deepest {
					return &TooDeepError{path}
				}
				if err := r.addFolder(path, folders[path]); err != nil {
					return err
				}
				if !asked[path] {
					parents = append(parents, path)
				}
			}
		}
	}
	return nil
}

func (r *read) addFolder(path model.FolderPath, folder model.FolderID) error {
	if known, ok := r.workspace.Folders[path]; ok {
		if known == folder {
			return nil
		}
		ids := [2]string{string(known), string(folder)}
		slices.Sort(ids[:])
		return &DuplicateKeyError{Key: model.FolderKey(path), IDs: ids}
	}
	r.workspace.Folders[path] = folder
	key := model.FolderKey(path)
	if path.IsImplied() || path.IsBusiness() || !r.Include(key) {
		return nil
	}
	return r.add(model.Remote{Object: model.NewObject(key), FolderID: folder, Stage: model.StageSaved})
}
