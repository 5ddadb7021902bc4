package dataworks

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/model"
)

// environments are those in which a node of another workspace is looked for: what runs in production first, since that is what others depend on. A node has
// one id in both.
var environments = []string{model.EnvironmentProduction, model.EnvironmentDevelopment}

// outputsAtOnce is how many outputs one call asks for; the reference names no limit.
const outputsAtOnce = 50

// NodesOfOutputs finds the nodes that make outputs, in any workspace that the account can see (ListNodesByOutput): in production, and those of outputs that
// nobody makes there in development. The nodes of an output are sorted; an output that nobody makes is not in the answer.
// Errors: *UnsupportedError for a name that the API cannot carry, those of a call.
func (c *Client) NodesOfOutputs(ctx context.Context, outputs []string) (map[string][]model.NodeID, error) {
	found := map[string][]model.NodeID{}
	for _, env := range environments {
		missing := slices.DeleteFunc(slices.Clone(outputs), func(output string) bool { return len(found[output]) > 0 })
		for some := range slices.Chunk(missing, outputsAtOnce) {
			if err := c.nodesByOutput(ctx, env, some, found); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// nodesByOutput adds the nodes of an environment that make some outputs to those found.
func (c *Client) nodesByOutput(ctx context.Context, env string, outputs []string, found map[string][]model.NodeID) error {
	r := &request{action: actionListNodesByOutput, object: strings.Join(outputs, ","), params: map[string]string{"ProjectEnv": env}}
	var err error
	if r.params["Outputs"], err = commaList(model.FieldOutputList, outputs); err != nil {
		return &UnsupportedError{r.action.name, r.object, err.Error()}
	}
	var out struct {
		Data []struct {
			Output   text
			NodeList []nodeRow
		}
	}
	a, err := c.caller.call(ctx, r)
	if err != nil {
		return err
	}
	if err := c.decode(r, a, &out); err != nil {
		return err
	}
	for _, row := range out.Data {
		output := string(row.Output)
		if !slices.Contains(outputs, output) {
			return c.malformed(r, a, fmt.Sprintf("nodes of the output %q, which was not asked for", output))
		}
		for _, node := range row.NodeList {
			if id := model.NodeID(node.NodeID.id()); id != "" {
				found[output] = append(found[output], id)
			}
		}
		if nodes := found[output]; len(nodes) > 0 {
			slices.Sort(nodes)
			found[output] = slices.Compact(nodes)
		}
	}
	return nil
}

// OutputOfNode finds an output by which a node can be found again, in whatever workspace it is: "" if none can be told.
//
// ListNodeInputOrOutput tells the outputs that others hang on; of a node on which nobody hangs, GetNode tells name and workspace, and the service gives each
// node the output `<workspace>.<name>` (service-behaviour, section 14). Either is believed only if NodesOfOutputs leads back to this node alone. Of several
// that do it is the first by name, those that a person chose before the service's numbers.
func (c *Client) OutputOfNode(ctx context.Context, id model.NodeID) (string, error) {
	candidates, err := c.outputsOfNode(ctx, id)
	if err == nil && len(candidates) == 0 {
		candidates, err = c.namedOutputOf(ctx, id)
	}
	if err != nil || len(candidates) == 0 {
		return "", err
	}
	makers, err := c.NodesOfOutputs(ctx, candidates)
	if err != nil {
		return "", err
	}
	best := ""
	for _, output := range candidates {
		if !slices.Equal(makers[output], []model.NodeID{id}) {
			continue
		}
		if best == "" || isNumbered(best) && !isNumbered(output) {
			best = output
		}
	}
	return best, nil
}

// isNumbered tells whether an output is one that the service numbered.
func isNumbered(output string) bool {
	project, _, _ := strings.Cut(output, ".")
	return isAutoOutput(project, output)
}

// outputsOfNode gives the outputs of a node that others hang on, sorted, of the first environment that knows any.
func (c *Client) outputsOfNode(ctx context.Context, id model.NodeID) ([]string, error) {
	for _, env := range environments {
		r := &request{action: actionListNodeInputOrOutput, object: string(id), params: map[string]string{"NodeId": string(id), "ProjectEnv": env, "IoType": "output"}}
		var out struct{ Data []struct{ Data text } }
		if _, err := c.do(ctx, r, &out); isNoNode(err) {
			continue
		} else if err != nil {
			return nil, err
		}
		var outputs []string
		for _, row := range out.Data {
			// One that holds a comma could not be asked for.
			if _, err := commaList(model.FieldOutputList, []string{string(row.Data)}); err == nil {
				outputs = append(outputs, string(row.Data))
			}
		}
		if len(outputs) > 0 {
			slices.Sort(outputs)
			return slices.Compact(outputs), nil
		}
	}
	return nil, nil
}

// namedOutputOf gives the output that the service calls by a node's workspace and name.
func (c *Client) namedOutputOf(ctx context.Context, id model.NodeID) ([]string, error) {
	for _, env := range environments {
		r := &request{action: actionGetNode, object: string(id), params: map[string]string{"NodeId": string(id), "ProjectEnv": env}}
		var out struct {
			Data struct {
				NodeName  text
				ProjectID text `json:"ProjectId"`
			}
		}
		if _, err := c.do(ctx, r, &out); isNoNode(err) {
			continue
		} else if err != nil {
			return nil, err
		}
		if out.Data.NodeName == "" || out.Data.ProjectID.id() == "" {
			continue
		}
		identifier, err := c.identifierOf(ctx, model.ProjectID(out.Data.ProjectID.id()))
		if err != nil || identifier == "" {
			return nil, err
		}
		output := identifier + "." + string(out.Data.NodeName)
		if _, err := commaList(model.FieldOutputList, []string{output}); err != nil {
			return nil, nil
		}
		return []string{output}, nil
	}
	return nil, nil
}

// identifierOf gives the identifier of any workspace, "" of one that the account may not see.
func (c *Client) identifierOf(ctx context.Context, id model.ProjectID) (string, error) {
	r := &request{action: actionGetProject, object: string(id), params: map[string]string{"ProjectId": string(id)}}
	var out struct {
		Data struct{ ProjectIdentifier text }
	}
	_, err := c.do(ctx, r, &out)
	if outcomeOf(err) == refused && err != nil && !IsAuthentication(err) {
		return "", nil
	}
	return string(out.Data.ProjectIdentifier), err
}
