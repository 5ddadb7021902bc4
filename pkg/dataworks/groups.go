package dataworks

import (
	"context"
	"errors"
	"maps"
	"strings"

	"github.com/dwsync/dwsync/pkg/model"
)

// resourceGroup gives the identifier of the resource group with the number that GetFile tells: from the lists of groups, else from the node's row in
// ListNodes, else "#<number>".
func (c *Client) resourceGroup(ctx context.Context, number string, node model.NodeID) (string, error) {
	groups, err := c.groups.get(ctx, c.listResourceGroups)
	if err != nil {
		return "", err
	}
	if identifier, ok := groups[number]; ok {
		return identifier, nil
	}
	if node != "" {
		byNode, err := c.nodeGroups.get(ctx, c.listNodeGroups)
		if err != nil {
			return "", err
		}
		if identifier := byNode[node]; identifier != "" {
			return identifier, nil
		}
	}
	return model.NumberedGroup + number, nil
}

// groupLists are the lists that can hold a node's group, as ResourceGroupType and BizExtKey: what comes by default (scheduling, public), then
// scheduling (1), data integration (4) and general groups (7, newer than the reference); exclusive ones come only with BizExtKey=single.
var groupLists = [][2]string{{"", ""}, {"1", "single"}, {"4", ""}, {"4", "single"}, {"7", ""}, {"7", "single"}}

func (c *Client) listResourceGroups(ctx context.Context) (map[string]string, error) {
	groups := map[string]string{}
	for _, l := range groupLists {
		some, err := c.listResourceGroupsOf(ctx, l[0], l[1])
		if l[0] != "" && isUnknownParameter(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		maps.Copy(groups, some)
	}
	return groups, nil
}

// isUnknownParameter tells whether the service does not know a value that is newer than itself.
func isUnknownParameter(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && outcomeOf(err) == refused && (strings.HasPrefix(e.Code, "InvalidResourceGroupType") || strings.HasPrefix(e.Code, "InvalidBizExtKey") || strings.HasPrefix(e.Code, "InvalidParameter"))
}

func (c *Client) listResourceGroupsOf(ctx context.Context, groupType, ext string) (map[string]string, error) {
	// The action has no workspace among its parameters: it lists the groups of the account.
	r := &request{action: actionListResourceGroups, params: map[string]string{}}
	if groupType != "" {
		r.params["ResourceGroupType"] = groupType
	}
	if ext != "" {
		r.params["BizExtKey"] = ext
	}
	var out struct {
		Data []struct {
			ID         text `json:"Id"`
			Identifier text
		}
	}
	if _, err := c.do(ctx, r, &out); err != nil {
		return nil, err
	}
	groups := map[string]string{}
	for _, row := range out.Data {
		if id := row.ID.id(); id != "" && row.Identifier != "" {
			groups[id] = string(row.Identifier)
		}
	}
	return groups, nil
}

// listNodeGroups reads the groups of all scheduled nodes; what production says of a node counts before development.
func (c *Client) listNodeGroups(ctx context.Context) (map[model.NodeID]string, error) {
	groups := map[model.NodeID]string{}
	for _, env := range []string{model.EnvironmentDevelopment, model.EnvironmentProduction} {
		nodes, err := c.ListNodes(ctx, env)
		if err != nil {
			return nil, err
		}
		for _, n := range nodes {
			if n.ResourceGroup != "" {
				groups[n.NodeID] = n.ResourceGroup
			}
		}
	}
	return groups, nil
}
