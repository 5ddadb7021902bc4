package dataworks

import (
	"context"
	"errors"

	"github.com/dwsync/dwsync/pkg/model"
)

type nodeRow struct {
	NodeID        text `json:"NodeId"`
	FileID        text `json:"FileId"`
	FileVersion   integer
	SchedulerType text
	OwnerID       text `json:"OwnerId"`
	ResourceGroup text `json:"ResGroupIdentifier"`
}

// mostNodes is how many nodes ListNodes can page through: PageNumber is at most 100.
const mostNodes = 100 * pageSize

var errTooManyNodes = errors.New("more nodes than pages can hold")

// ListNodes reads the scheduled nodes of an environment, DEV or PROD. Above 10,000 nodes, where the pages end, it reads business by business; a node
// that this does not reach is an error (*MovedError), never left out.
func (c *Client) ListNodes(ctx context.Context, env string) ([]model.NodeRow, error) {
	nodes, total, err := c.listNodes(ctx, env, "")
	if !errors.Is(err, errTooManyNodes) {
		return nodes, err
	}
	businesses, err := c.ListBusinesses(ctx)
	if err != nil {
		return nil, err
	}
	seen := map[model.NodeID]bool{}
	for _, b := range businesses {
		some, _, err := c.listNodes(ctx, env, b.Object.Key.Name)
		if err != nil {
			return nil, err
		}
		for _, n := range some {
			if !seen[n.NodeID] {
				seen[n.NodeID] = true
				nodes = append(nodes, n)
			}
		}
	}
	if len(nodes) != total {
		return nil, &MovedError{Action: actionListNodes.name, Object: env, Attempts: 1, Got: len(nodes), Want: total}
	}
	return nodes, nil
}

// GetNodeCode reads the code that a node runs in an environment, DEV or PROD.
func (c *Client) GetNodeCode(ctx context.Context, id model.NodeID, env string) (string, error) {
	// This action knows no workspace: a node's id is enough.
	r := &request{action: actionGetNodeCode, object: string(id), params: map[string]string{"NodeId": string(id), "ProjectEnv": env}}
	var out struct{ Data *text }
	a, err := c.caller.call(ctx, r)
	if err != nil {
		return "", err
	}
	if err := c.decode(r, a, &out); err != nil {
		return "", err
	}
	if out.Data == nil {
		// A node without code has an empty text; none at all must not read as one.
		return "", c.malformed(r, a, "no code")
	}
	return string(*out.Data), nil
}

func (c *Client) listNodes(ctx context.Context, env, business string) (nodes []model.NodeRow, total int, err error) {
	// This action knows workspaces by their id only.
	id := c.ref.ID
	if id == "" {
		project, err := c.Project(ctx)
		if err != nil {
			return nil, 0, err
		}
		id = project.ID
	}
	r := &request{action: actionListNodes, object: env, params: map[string]string{"ProjectId": string(id), "ProjectEnv": env}}
	if business != "" {
		r.object += " " + business
		r.params["BizName"] = business
	}
	rows, err := list(ctx, c, r, func(n nodeRow) string { return n.NodeID.id() }, func(a *answer) (page[nodeRow], error) {
		var out struct {
			Data struct {
				Nodes      []nodeRow
				TotalCount *integer
			}
		}
		err := c.decode(r, a, &out)
		if err == nil && out.Data.TotalCount != nil && *out.Data.TotalCount > mostNodes {
			total, err = int(*out.Data.TotalCount), errTooManyNodes
		}
		return page[nodeRow]{out.Data.Nodes, out.Data.TotalCount}, err
	})
	if err != nil {
		return nil, total, err
	}
	for _, row := range rows {
		nodes = append(nodes, model.NodeRow{
			NodeID: model.NodeID(row.NodeID), FileID: model.FileID(row.FileID.id()), FileVersion: int(row.FileVersion),
			SchedulerType: string(row.SchedulerType), OwnerID: string(row.OwnerID), ResourceGroup: string(row.ResourceGroup),
		})
	}
	return nodes, len(nodes), nil
}
