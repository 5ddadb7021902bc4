package mapping

import (
	"fmt"
	"slices"

	"github.com/dwsync/dwsync/pkg/model"
)

// Resolver finds what placeholders name in the target, and the placeholder for what the target has.
type Resolver interface {
	// Resolve gives the text that stands for the placeholder in the object k. Not found is an error that says so.
	Resolve(k model.Key, p Placeholder) (string, error)
	// Name gives the placeholder for a value of the target in the field f; false if there is none, so that the value stays literal.
	Name(f model.Field, value string) (Placeholder, bool)
}

// UnresolvedError is a placeholder that names nothing, or more than one thing.
type UnresolvedError struct {
	Placeholder Placeholder
	Why         string
}

func (e *UnresolvedError) Error() string { return fmt.Sprintf("%s: %s", e.Placeholder, e.Why) }

// WorkspaceResolver resolves placeholders from a workspace that was read. What only the tree has stays symbolic: the plan creates it first, and its value
// is bound after its first save.
type WorkspaceResolver struct {
	files    map[model.FolderPath][]model.Remote
	planned  map[model.FolderPath]bool
	byOutput map[string]model.FolderPath
	byNode   map[string]model.FolderPath
}

// ResolverOf makes the resolver of a workspace. planned are the nodes of the tree: those that the workspace lacks are going to be made.
func ResolverOf(w model.Workspace, planned []model.Key) *WorkspaceResolver {
	r := &WorkspaceResolver{
		files: map[model.FolderPath][]model.Remote{}, planned: map[model.FolderPath]bool{},
		byOutput: map[string]model.FolderPath{}, byNode: map[string]model.FolderPath{},
	}
	for _, k := range w.Keys() {
		if k.Kind != model.KindNode {
			continue
		}
		remote := w.Objects[k]
		r.files[k.Path()] = append(r.files[k.Path()], remote)
		if outputs := slices.Sorted(slices.Values(remote.AutoOutputs)); len(outputs) > 0 {
			r.byOutput[outputs[0]] = k.Path()
		}
		if remote.NodeID != "" {
			r.byNode[string(remote.NodeID)] = k.Path()
		}
	}
	for _, k := range planned {
		if k.Kind == model.KindNode {
			r.planned[k.Path()] = true
		}
	}
	return r
}

// Resolve implements Resolver.
func (r *WorkspaceResolver) Resolve(_ model.Key, p Placeholder) (string, error) {
	if p.Verb == VerbNodeOf {
		return "", &UnresolvedError{p, "nodes of other workspaces cannot be looked up yet; write the node's id"}
	}
	files := r.files[p.Path()]
	switch {
	case len(files) == 0 && r.planned[p.Path()]:
		return p.String(), nil
	case len(files) == 0:
		return "", &UnresolvedError{p, "neither the tree nor the workspace has a node of this path"}
	case len(files) > 1:
		return "", &UnresolvedError{p, "several nodes of different types have this path"}
	}
	file := files[0]
	switch p.Verb {
	case VerbAuto:
		// Without an automatic output the plan adds one first.
		if len(file.AutoOutputs) == 0 {
			return p.String(), nil
		}
		return slices.Min(file.AutoOutputs), nil
	default:
		// The node comes with the first submit.
		if file.NodeID == "" {
			return p.String(), nil
		}
		return string(file.NodeID), nil
	}
}

// Name implements Resolver.
func (r *WorkspaceResolver) Name(f model.Field, value string) (Placeholder, bool) {
	verb, paths := VerbAuto, r.byOutput
	switch f {
	case model.FieldDependentNodeIDList:
		verb, paths = VerbNode, r.byNode
	case model.FieldOutputList:
		// A node's own outputs are what they are called.
		return Placeholder{}, false
	}
	path, found := paths[value]
	if !found || len(r.files[path]) != 1 {
		return Placeholder{}, false
	}
	return Placeholder{Verb: verb, Argument: string(path)}, true
}
