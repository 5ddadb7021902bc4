package pull

import (
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

// A file inside a node stands in the tree only beside its node: what is decided of the two must fit.

// withNode brings the decision on an object together with those on the node that it lies in, which comes before it, and on the files inside it.
func (p *planner) withNode(c diff.Comparison, d decision) (decision, error) {
	if node, inner := c.Key.Parent(); inner && c.Tree == nil {
		switch deed, isAbsent := p.absent[node]; {
		case !isAbsent:
		case deed == Draft:
			d = decision{deed: Draft}
		case d.form != nil:
			d = refuse("the node that it lies in is not in the tree")
		}
	}
	if d.deed == Deleted {
		for _, inner := range p.inside[c.Key] {
			theirs, err := p.decide(inner)
			if err != nil {
				return d, err
			}
			if inner.Tree != nil && theirs.deed != Deleted {
				d = refuse("it was deleted in the workspace, but " + inner.Key.String() + ", which lies in it, cannot be deleted here")
				break
			}
		}
	}
	if c.Tree == nil && d.form == nil {
		p.absent[c.Key] = d.deed
	}
	return d, nil
}

// insideOf gives, for each node, the files inside it at any depth.
func insideOf(comparisons []diff.Comparison) map[model.Key][]diff.Comparison {
	inside := map[model.Key][]diff.Comparison{}
	for _, c := range comparisons {
		for node, inner := c.Key.Parent(); inner; node, inner = node.Parent() {
			inside[node] = append(inside[node], c)
		}
	}
	return inside
}
