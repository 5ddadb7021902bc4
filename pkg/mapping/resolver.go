package mapping

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/dwsync/dwsync/pkg/model"
)

// Resolver finds what placeholders name in the target, and the placeholder for what the target has.
type Resolver interface {
	// Resolve gives the text that stands for the placeholder in the object k. What is not known yet is ErrSymbolic; what names nothing is an
	// *UnresolvedError.
	Resolve(k model.Key, p Placeholder) (string, error)
	// Name gives the placeholder for a value of the target in the field f; false if there is none, so that the value stays literal.
	Name(f model.Field, value string) (Placeholder, bool)
}

// ErrSymbolic tells that a placeholder names what the target does not have yet.
var ErrSymbolic = errors.New("this placeholder names what is not there yet")

// UnresolvedError is a placeholder that names nothing, or more than one thing.
type UnresolvedError struct {
	Placeholder Placeholder
	Why         string
}

func (e *UnresolvedError) Error() string { return fmt.Sprintf("%s: %s", e.Placeholder, e.Why) }

// Unknowing is the resolver of who has no workspace at hand: every placeholder stays symbolic.
type Unknowing struct{}

// Resolve implements Resolver.
func (Unknowing) Resolve(model.Key, Placeholder) (string, error) { return "", ErrSymbolic }

// Name implements Resolver.
func (Unknowing) Name(model.Field, string) (Placeholder, bool) { return Placeholder{}, false }

// WorkspaceResolver resolves placeholders from a workspace that was read. What only the tree has stays symbolic: a push makes it first.
type WorkspaceResolver struct {
	// nodes are those of workspace and tree by path, remotes those of the workspace.
	nodes   map[model.FolderPath][]model.Key
	remotes map[model.Key]model.Remote
	// byOutput and byID find nodes of the workspace by their automatic output and by their id.
	byOutput, byID map[string]model.Key
	foreign        map[string][]model.NodeID
	outputs        map[string]string
}

// ResolverOf makes the resolver of a workspace. planned are the nodes of the tree: those that the workspace lacks are going to be made.
func ResolverOf(w model.Workspace, planned []model.Key) *WorkspaceResolver {
	r := &WorkspaceResolver{
		nodes: map[model.FolderPath][]model.Key{}, remotes: w.Objects, byOutput: map[string]model.Key{}, byID: map[string]model.Key{},
		foreign: map[string][]model.NodeID{}, outputs: map[string]string{},
	}
	for _, k := range w.Keys() {
		if k.Kind != model.KindNode {
			continue
		}
		r.nodes[k.Path()] = append(r.nodes[k.Path()], k)
		remote := w.Objects[k]
		if output := OwnOutput(remote); output != "" {
			r.byOutput[output] = k
		}
		if remote.NodeID != "" {
			r.byID[string(remote.NodeID)] = k
		}
	}
	for _, k := range planned {
		if _, there := w.Objects[k]; k.Kind == model.KindNode && !there {
			r.nodes[k.Path()] = append(r.nodes[k.Path()], k)
		}
	}
	return r
}

// AlsoAt gives a resolver that finds nodes under further paths too, where nothing else has that path.
func (r *WorkspaceResolver) AlsoAt(places map[model.FolderPath]model.Key) *WorkspaceResolver {
	if len(places) == 0 {
		return r
	}
	also := *r
	also.nodes = maps.Clone(r.nodes)
	for path, k := range places {
		if len(also.nodes[path]) == 0 {
			also.nodes[path] = []model.Key{k}
		}
	}
	return &also
}

// OwnOutput gives the automatic output by which others refer to a file: the first, should it have several; "" if GetFile shows none.
func OwnOutput(r model.Remote) string {
	if len(r.AutoOutputs) == 0 {
		return ""
	}
	return slices.Min(r.AutoOutputs)
}

// KnowNodesOf tells the resolver which nodes of other workspaces make an output: none, if nobody makes it.
func (r *WorkspaceResolver) KnowNodesOf(output string, nodes []model.NodeID) {
	r.foreign[output] = nodes
}

// KnowOutputOf tells the resolver an output of a node that belongs to no file of the workspace.
func (r *WorkspaceResolver) KnowOutputOf(node model.NodeID, output string) {
	r.outputs[string(node)] = output
	r.foreign[output] = []model.NodeID{node}
}

// Knows tells whether a node id needs no look at other workspaces: it belongs to a file of this one, or its output is known.
func (r *WorkspaceResolver) Knows(node string) bool {
	_, isOwn := r.byID[node]
	_, isForeign := r.outputs[node]
	return isOwn || isForeign
}

// Resolve implements Resolver.
func (r *WorkspaceResolver) Resolve(k model.Key, p Placeholder) (string, error) {
	if p.Verb == VerbNodeOf {
		return r.resolveForeign(p)
	}
	nodes := r.nodes[p.Path()]
	switch {
	case len(nodes) == 0:
		return "", &UnresolvedError{p, "neither the tree nor the workspace has a node of this path"}
	case len(nodes) > 1:
		return "", &UnresolvedError{p, "several nodes of different types have this path"}
	case p.Verb == VerbAuto && nodes[0] == k:
		return "", &UnresolvedError{p, "a node cannot depend on its own output"}
	}
	remote := r.remotes[nodes[0]]
	text := string(remote.NodeID)
	if p.Verb == VerbAuto {
		text = OwnOutput(remote)
	}
	if text == "" {
		return "", ErrSymbolic
	}
	return text, nil
}

func (r *WorkspaceResolver) resolveForeign(p Placeholder) (string, error) {
	switch nodes := r.foreign[p.Argument]; len(nodes) {
	case 0:
		return "", &UnresolvedError{p, "no node that this account can see makes this output"}
	case 1:
		return string(nodes[0]), nil
	default:
		return "", &UnresolvedError{p, "several nodes make this output; write the id of the one that is meant"}
	}
}

// Name implements Resolver.
func (r *WorkspaceResolver) Name(f model.Field, value string) (Placeholder, bool) {
	verb, keys := VerbAuto, r.byOutput
	switch f {
	case model.FieldDependentNodeIDList:
		verb, keys = VerbNode, r.byID
		if output, isForeign := r.outputs[value]; isForeign {
			return Placeholder{Verb: VerbNodeOf, Argument: output}, true
		}
	case model.FieldOutputList:
		// A node's own outputs are what they are called.
		return Placeholder{}, false
	}
	key, found := keys[value]
	if !found || len(r.nodes[key.Path()]) != 1 {
		return Placeholder{}, false
	}
	return Placeholder{Verb: verb, Argument: string(key.Path())}, true
}
