package validate

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/graph"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/tree"
)

// mapped is a node with its inputs and outputs as the target would have them.
type mapped struct {
	local tree.Local
	// portable gives the item of the tree that became a mapped name.
	portable map[model.Field]map[string]string
	object   model.Object
}

// references checks what nodes say of each other.
func (c *checker) references(keys []model.Key) {
	makers := map[string]model.Key{}
	var nodes []mapped
	for _, k := range keys {
		local := c.tree.Objects[k]
		if k.Kind != model.KindNode {
			continue
		}
		m, ok := c.mapNode(local)
		if !ok {
			continue
		}
		nodes = append(nodes, m)
		for _, output := range m.object.Get(model.FieldOutputList).Items {
			name := output.Name()
			place := item(local, model.FieldOutputList, m.portable[model.FieldOutputList][name])
			other, found := makers[name]
			switch {
			case found && k.IsInner():
				// It is for its neighbours inside the node only.
				continue
			case found && !other.IsInner():
				c.errorAt(k, place, "", "the output %q is also one of %s; an output has one maker", m.portable[model.FieldOutputList][name], c.tree.Objects[other].Meta)
				continue
			}
			makers[name] = k
		}
	}
	g := graph.New(model.Key.Compare)
	for _, m := range nodes {
		if !m.local.Object.Key.IsInner() {
			c.parents(m, makers, g)
		}
		c.sources(m, makers)
		c.paths(m.local)
	}
	c.cycle(g, nodes, makers)
}

// mapNode maps a node; placeholders that are no legal ones are reported.
func (c *checker) mapNode(l tree.Local) (mapped, bool) {
	m := mapped{local: l, portable: map[model.Field]map[string]string{}}
	o, err := c.mapping.Forward(l.Object)
	if err != nil {
		c.mappingErrors(l, err)
		return m, false
	}
	m.object = o
	for _, f := range []model.Field{model.FieldInputList, model.FieldOutputList} {
		m.portable[f] = map[string]string{}
		one := model.NewObject(l.Object.Key)
		for _, item := range l.Object.Get(f).Items {
			one.Set(f, model.SetValue(item))
			if single, err := c.mapping.Forward(one); err == nil {
				m.portable[f][single.Get(f).Items[0].Name()] = item.Name()
			}
		}
	}
	return m, true
}

// mappingErrors reports what cannot be mapped, each at its item.
func (c *checker) mappingErrors(l tree.Local, err error) {
	for _, failed := range mapping.Errors(err) {
		c.errorAt(l.Object.Key, item(l, failed.Field, failed.Item), "", "%q: %s", failed.Value, failed.Err)
	}
}

// isOfWorkspace tells whether an output belongs to the target's own workspace.
func (c *checker) isOfWorkspace(output string) bool {
	return strings.HasPrefix(output, cmp.Or(c.target.Project, unknownIdentifier)+".")
}

// isOfNobody tells whether an output belongs to a workspace that is neither the target's own nor one of those that the target maps. A target that maps no
// workspace says nothing of which there are.
func (c *checker) isOfNobody(output string) bool {
	if len(c.target.Map.Project) == 0 || c.isOfWorkspace(output) || output == cmp.Or(c.target.Project, unknownIdentifier)+"_root" {
		return false
	}
	for from, to := range c.target.Map.Project {
		for _, known := range []string{from, to} {
			if strings.HasPrefix(output, known+".") || output == known+"_root" {
				return false
			}
		}
	}
	return true
}

// parents checks the inputs of a node and puts them into the graph.
func (c *checker) parents(m mapped, makers map[string]model.Key, g *graph.Graph[model.Key]) {
	k := m.local.Object.Key
	g.Add(k)
	for _, input := range m.object.Get(model.FieldInputList).Items {
		maker, found := makers[input.Name()]
		portable := m.portable[model.FieldInputList][input.Name()]
		switch {
		case found:
			g.Need(k, maker)
		case c.isOfWorkspace(input.Name()) && !input.IsAuto():
			c.warnAt(item(m.local, model.FieldInputList, portable), c.hint(portable, m),
				"no node of the tree makes the output %q; without it in the workspace the node cannot be submitted", portable)
		case !input.IsAuto() && c.isOfNobody(input.Name()):
			c.warnAt(item(m.local, model.FieldInputList, portable), "name it there, or correct it",
				"the output %q is one of a workspace that map.project of target %s does not name", portable, c.target.Name)
		}
	}
}

// hint names the output that was probably meant. Only names of the node's own business are searched, so that a large tree stays fast.
func (c *checker) hint(input string, m mapped) string {
	if len(c.problems) > maxHints {
		return ""
	}
	var known []string
	for k, local := range c.tree.Objects {
		if k.Kind == model.KindNode && k.Folder.Business() == m.local.Object.Key.Folder.Business() {
			known = append(known, local.Object.Get(model.FieldOutputList).Names()...)
		}
	}
	slices.Sort(known)
	best := model.Nearest(input, known)
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// maxHints bounds the searches for near names.
const maxHints = 50

// sources checks where input parameters come from: an output that the node depends on.
func (c *checker) sources(m mapped, makers map[string]model.Key) {
	inputs := map[string]bool{}
	for _, input := range m.object.Get(model.FieldInputList).Items {
		inputs[input.Name()] = true
	}
	portable := m.local.Object.Get(model.FieldInputParameters).Items
	for _, parameter := range m.object.Get(model.FieldInputParameters).Items {
		output, _, found := strings.Cut(parameter[1], ":")
		if _, made := makers[output]; !found || inputs[output] || !made {
			continue
		}
		for _, p := range portable {
			if p.Name() == parameter.Name() {
				c.warnAt(item(m.local, model.FieldInputParameters, p.Name()), "add it to inputList",
					"the parameter %s comes from %q, which the node does not depend on", p.Name(), p[1])
			}
		}
	}
}

// paths checks that the files which placeholders name are in the tree.
func (c *checker) paths(l tree.Local) {
	for _, p := range mapping.Placeholders(l.Object) {
		if p.Verb == mapping.VerbNodeOf {
			continue
		}
		found := false
		for _, info := range model.FileTypes() {
			if info.Kind == model.KindNode {
				_, standing := c.tree.Objects[model.FileKey(p.Path().Parent(), p.Path().Base(), info.Code)]
				found = found || standing
			}
		}
		if !found {
			c.warnAt(at{file: l.Meta}, "", "%s: the tree has no node of this path; it must be in the workspace", p)
		}
	}
}

// cycle reports a circle of dependencies at the first node on it.
func (c *checker) cycle(g *graph.Graph[model.Key], nodes []mapped, makers map[string]model.Key) {
	_, err := g.Waves()
	circle, ok := errors.AsType[*graph.CycleError[model.Key]](err)
	if !ok {
		return
	}
	names := make([]string, len(circle.Path))
	for i, k := range circle.Path {
		names[i] = k.String()
	}
	for _, m := range nodes {
		if m.local.Object.Key != circle.Path[0] {
			continue
		}
		place := at{file: m.local.Meta}
		for _, input := range m.object.Get(model.FieldInputList).Items {
			if makers[input.Name()] == circle.Path[1] {
				place = item(m.local, model.FieldInputList, m.portable[model.FieldInputList][input.Name()])
			}
		}
		c.errorAt(circle.Path[0], place, "take one of these inputs out", "nodes depend on each other in a circle: %s", strings.Join(names, " needs "))
	}
}
