package dataworks

import (
	"context"

	"github.com/dwsync/dwsync/pkg/model"
)

// Project reads the workspace itself (GetProject), once; later calls give the same answer.
func (c *Client) Project(ctx context.Context) (model.Project, error) {
	return c.project.get(ctx, c.readProject)
}

func (c *Client) readProject(ctx context.Context) (model.Project, error) {
	r := &request{action: actionGetProject, params: c.params(), object: c.ref.String()}
	var out struct {
		Data *struct {
			ProjectID         text `json:"ProjectId"`
			ProjectIdentifier text
			ProjectMode       integer
			EnvTypes          []text
		}
	}
	a, err := c.caller.call(ctx, r)
	if err != nil {
		return model.Project{}, err
	}
	if err := c.decode(r, a, &out); err != nil {
		return model.Project{}, err
	}
	if out.Data == nil || out.Data.ProjectIdentifier == "" {
		return model.Project{}, c.malformed(r, a, "a workspace without its ProjectIdentifier")
	}
	p := model.Project{ID: model.ProjectID(out.Data.ProjectID.id()), Identifier: string(out.Data.ProjectIdentifier), Mode: mode(int(out.Data.ProjectMode), out.Data.EnvTypes)}
	if p.ID == "" {
		p.ID = c.ref.ID
	}
	return p, nil
}

// mode tells how a workspace releases. ProjectMode is 2 for simple and 3 for standard workspaces; EnvTypes of a simple one hold production only, which
// private clouds spell PRD. Where the two disagree the environments count: there is no deploying into an environment that is not there.
func mode(number int, environments []text) model.Mode {
	if len(environments) == 1 && (environments[0] == "PROD" || environments[0] == "PRD") {
		return model.ModeSimple
	}
	if len(environments) == 0 && number == 2 {
		return model.ModeSimple
	}
	return model.ModeStandard
}
