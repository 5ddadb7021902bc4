package remote

import (
	"context"
	"fmt"

	"github.com/dwsync/dwsync/pkg/model"
)

// production is what the production environment runs, as far as ListNodes tells: the node of each file.
type production map[model.FileID]model.NodeRow

// readProduction asks what production runs. In simple mode there is nothing to ask: submitted is released.
func (r *read) readProduction(ctx context.Context) (production, error) {
	if !r.Production || r.workspace.Project.Mode == model.ModeSimple {
		return nil, nil
	}
	nodes, err := r.reader.ListNodes(ctx, model.EnvironmentProduction)
	if err != nil {
		return nil, fmt.Errorf("list the nodes in production: %w", err)
	}
	running := production{}
	for _, n := range nodes {
		if n.FileID != "" {
			running[n.FileID] = n
		}
	}
	return running, nil
}

// node is what the operation centre says of a file's node, nil if production has none.
func (p production) node(file model.FileID) *model.ProductionNode {
	row, ok := p[file]
	if !ok {
		return nil
	}
	return &model.ProductionNode{SchedulerType: row.SchedulerType, Owner: row.OwnerID}
}

// stage tells how far the saved form of a file has come: deployed if production runs the newest version, which ListNodes says where its rows carry the
// version, else the list of versions. Of an inner file it tells only whether it was submitted; innerStages takes it from there.
func (r *read) stage(ctx context.Context, p production, file model.Remote) (model.Stage, error) {
	key := file.Object.Key
	last := key.LastStage()
	stage := file.Stage
	switch {
	case key.IsInner():
		return stage, nil
	case stage < model.StageSubmitted || last < model.StageSubmitted:
	case r.workspace.Project.Mode == model.ModeSimple:
		stage = model.StageDeployed
	case !r.Production:
	case p[file.FileID].FileVersion > 0:
		if p[file.FileID].FileVersion == file.CurrentVersion {
			stage = model.StageDeployed
		}
	default:
		versions, err := r.reader.ListFileVersions(ctx, file.FileID)
		if err != nil {
			return stage, fmt.Errorf("read the versions of %s: %w", key, err)
		}
		for _, v := range versions {
			if v.IsCurrentProd && v.Number == file.CurrentVersion {
				stage = model.StageDeployed
			}
		}
	}
	return min(stage, last), nil
}
