package dataworks

import (
	"context"
	"errors"

	"github.com/dwsync/dwsync/pkg/model"
)

// codeNoNode is the code with which the operation centre refuses a node that the environment does not have (service-behaviour, section 9).
const codeNoNode = "InvalidNodeId"

// isNoNode tells whether a read was refused because the environment does not have the node.
func isNoNode(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Code == codeNoNode || IsNotFound(err)
}

// NodeChildren gives the nodes of an environment, DEV or PROD, that have an output of a node among their inputs, those of other workspaces too
// (GetNodeChildren). A node that the environment does not have has none.
func (c *Client) NodeChildren(ctx context.Context, id model.NodeID, env string) ([]model.NodeChild, error) {
	r := &request{action: actionGetNodeChildren, object: env + " " + string(id), params: map[string]string{"NodeId": string(id), "ProjectEnv": env}}
	a, err := c.caller.call(ctx, r)
	if isNoNode(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out struct {
		Data struct {
			Nodes []struct {
				NodeID    text `json:"NodeId"`
				ProjectID text `json:"ProjectId"`
				NodeName  text
			}
		}
	}
	if err := c.decode(r, a, &out); err != nil {
		return nil, err
	}
	var children []model.NodeChild
	for _, row := range out.Data.Nodes {
		if row.NodeID.id() == "" {
			return nil, c.malformed(r, a, "a node without an id")
		}
		children = append(children, model.NodeChild{NodeID: model.NodeID(row.NodeID.id()), ProjectID: model.ProjectID(row.ProjectID.id()), Name: string(row.NodeName)})
	}
	return children, nil
}

// NodeInputs gives the names of the outputs that a node of an environment has among its inputs (ListNodeInputOrOutput, IoType input).
func (c *Client) NodeInputs(ctx context.Context, id model.NodeID, env string) ([]string, error) {
	r := &request{
		action: actionListNodeInputOrOutput, object: env + " " + string(id), params: map[string]string{"NodeId": string(id), "ProjectEnv": env, "IoType": "input"},
	}
	a, err := c.caller.call(ctx, r)
	if err != nil {
		return nil, err
	}
	var out struct {
		Data []struct{ Data text }
	}
	if err := c.decode(r, a, &out); err != nil {
		return nil, err
	}
	var inputs []string
	for _, row := range out.Data {
		inputs = append(inputs, string(row.Data))
	}
	return inputs, nil
}
