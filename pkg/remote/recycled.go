package remote

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/model"
)

// A resource or function has no node, so that nothing of production shows that its deletion is half done. Who looks for it must know the file: from what a run
// on this machine remembers, or from the deployments, whose items name the files that the newest of them brought somewhere.

// DeploymentReader is what looking for files in deployments needs of the port.
type DeploymentReader interface {
	Reader
	RecentDeployments(context.Context) ([]model.DeploymentID, error)
	GetDeployment(context.Context, model.DeploymentID) (model.Deployment, error)
}

// Deployed gives the files of the newest deployments that are not listed, sorted, each once. It costs a call for each deployment (at most 50).
func Deployed(ctx context.Context, r DeploymentReader, listed map[model.FileID]bool, workers int) ([]model.FileID, error) {
	ids, err := r.RecentDeployments(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the recent deployments: %w", err)
	}
	deployments, err := group(ctx, cmp.Or(workers, DefaultWorkers), ids, r.GetDeployment)
	if err != nil {
		return nil, fmt.Errorf("read the recent deployments: %w", err)
	}
	var files []model.FileID
	for _, d := range deployments {
		for _, item := range d.Items {
			if item.File != "" && !listed[item.File] {
				files = append(files, item.File)
			}
		}
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

// Recycled gives, of some files that no list shows, the resources and functions in scope that are half deleted: deleted in DataStudio, and production still has
// a version of them. They are sorted by key and id. A file, or its versions, that the service does not know any more is none: nobody can tell what it was.
func Recycled(ctx context.Context, r Reader, o Options, ids []model.FileID) ([]model.Remote, error) {
	found, err := group(ctx, cmp.Or(o.Workers, DefaultWorkers), ids, func(ctx context.Context, id model.FileID) (*model.Remote, error) {
		file, err := look(ctx, r, id)
		if err != nil || file == nil || !file.Deleted || !file.Object.Key.Kind.IsNodeless() || !o.Include(file.Object.Key) {
			return nil, err
		}
		versions, err := r.ListFileVersions(ctx, id)
		switch {
		case dataworks.IsNotFound(err):
			return nil, nil
		case err != nil:
			return nil, fmt.Errorf("list the versions of %s, which was deleted: %w", file.Object.Key, err)
		case !slices.ContainsFunc(versions, func(v model.Version) bool { return v.IsCurrentProd }):
			return nil, nil
		}
		file.Stage = model.StageDeployed
		return file, nil
	})
	if err != nil {
		return nil, err
	}
	var files []model.Remote
	for _, file := range found {
		if file != nil {
			files = append(files, *file)
		}
	}
	slices.SortFunc(files, byKeyAndID)
	return files, nil
}

func byKeyAndID(a, b model.Remote) int {
	return cmp.Or(a.Object.Key.Compare(b.Object.Key), cmp.Compare(a.FileID, b.FileID))
}
