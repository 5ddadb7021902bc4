package remote

import (
	"context"
	"fmt"
	"slices"

	"github.com/dwsync/dwsync/pkg/model"
)

// An inner file is submitted with the node that it lies in. Whether its own CommitStatus follows that, and whether an edit of it makes the node's
// CommitStatus 0, is not documented; both are taken as what they can mean at most. A node's saved form, its inner files included, is submitted if neither
// it nor an inner file was saved after its newest version was made.

// placeInner takes inner files out of the workspace whose node is not there: it was deleted meanwhile, or is in no list that was read.
func (r *read) placeInner() {
	for {
		lost := 0
		for _, key := range r.workspace.Keys() {
			parent, inner := key.Parent()
			if _, placed := r.workspace.Objects[parent]; inner && !placed {
				delete(r.workspace.Objects, key)
				r.workspace.NotCarried = append(r.workspace.NotCarried, key)
				lost++
			}
		}
		if lost == 0 {
			slices.SortFunc(r.workspace.NotCarried, model.Key.Compare)
			return
		}
	}
}

// innerStages brings the stages of inner files and of their nodes together.
func (r *read) innerStages(ctx context.Context) error {
	edited := map[model.Key][]model.Key{}
	for key, file := range r.workspace.Objects {
		if job := r.workspace.Objects[key.Outermost()]; key.IsInner() && file.Stage < model.StageSubmitted && job.Stage >= model.StageSubmitted {
			edited[key.Outermost()] = append(edited[key.Outermost()], key)
		}
	}
	var jobs []model.Key
	for job := range edited {
		jobs = append(jobs, job)
	}
	slices.SortFunc(jobs, model.Key.Compare)
	newest, err := group(ctx, r.Workers, jobs, func(ctx context.Context, job model.Key) (model.Version, error) {
		versions, err := r.reader.ListFileVersions(ctx, r.workspace.Objects[job].FileID)
		if err != nil {
			return model.Version{}, fmt.Errorf("read the versions of %s: %w", job, err)
		}
		return model.Newest(versions), nil
	})
	if err != nil {
		return err
	}
	for i, job := range jobs {
		for _, key := range edited[job] {
			file, node := r.workspace.Objects[key], r.workspace.Objects[job]
			switch {
			case file.SavedAfter(newest[i]):
				node.Stage = model.StageSaved
			case newest[i].Status == model.VersionCommitting:
				// The node's own status, and what production runs, still tell of the version before the one that takes the inner file along.
				node.Stage = model.StageSaved
			default:
				file.Stage = model.StageSubmitted
				if newest[i].Number > node.CurrentVersion {
					// The submit that took the inner file along has ended since the node was read.
					node.CurrentVersion, node.Stage = newest[i].Number, model.StageSubmitted
				}
			}
			r.workspace.Objects[key], r.workspace.Objects[job] = file, node
		}
	}
	return nil
}
