package diff

import (
	"slices"

	"github.com/dwsync/dwsync/pkg/model"
)

// Verdict is the row of the three-way table that holds for an object.
type Verdict string

const (
	// Same: L = R. Push releases it if its stage is behind.
	Same Verdict = "same"
	// ChangedHere: R = B, L differs. Push applies it, pull keeps it.
	ChangedHere Verdict = "changed here"
	// ChangedThere: L = B, R differs (drift). Pull takes it, push leaves and reports it.
	ChangedThere Verdict = "changed there"
	// CutShort: all three differ, but each field of R (each element of a set) is L's or B's: a write of ours that was cut short. Push applies it.
	CutShort Verdict = "cut short"
	// Conflict: all three differ. Push refuses, pull merges or refuses.
	Conflict Verdict = "conflict"
	// MadeHere: B unknown, only L. Push creates it.
	MadeHere Verdict = "made here"
	// MadeThere: B unknown, only R. Pull takes it.
	MadeThere Verdict = "made there"
	// DeletedHere: B known, L gone, R = B. Push deletes it only with --prune.
	DeletedHere Verdict = "deleted here"
	// DeletedThere: B known, R gone, L = B. Pull deletes it.
	DeletedThere Verdict = "deleted there"
	// Unrelated: B unknown or outdated, L and R differ. Nobody can tell who changed; both directions refuse.
	Unrelated Verdict = "unrelated"
)

// IsOurs tells whether only the tree changed the object, so that a push would write it.
func (v Verdict) IsOurs() bool { return v == ChangedHere || v == CutShort || v == MadeHere }

// Base is what is known of an object's base; a nil Object is "unknown".
type Base struct {
	Object *model.Object
	// Outdated tells that the workspace held something newer than Object that nobody knows any more: it tells drift, but where all three differ nobody can tell which
	// side changed what.
	Outdated bool
	// Reason says for a person where the base comes from, or why there is none.
	Reason string
}

// FieldChange is a field in which tree and workspace differ. Base is nil if the base is unknown.
type FieldChange struct {
	Field  model.Field  `json:"field"`
	Base   *model.Value `json:"base,omitempty"`
	Tree   model.Value  `json:"tree"`
	Remote model.Value  `json:"remote"`
}

// Comparison is what Compare says of one object.
type Comparison struct {
	Key     model.Key
	Verdict Verdict
	// Tree, Remote and Base are nil where the side does not have the object.
	Tree   *model.Object
	Remote *model.Remote
	Base   *model.Object
	// Reason says where the base comes from.
	Reason string
	// Fields are those in which tree and workspace differ, sorted by field; empty unless both sides have the object.
	Fields []FieldChange
}

// now is the object as the tree has it, or else the workspace.
func (c Comparison) now() model.Object {
	switch {
	case c.Tree != nil:
		return *c.Tree
	case c.Remote != nil:
		return c.Remote.Object
	default:
		return model.Object{}
	}
}

// Trailer is the line for a commit's message that tells every clone that the commit's tree answers the workspace's form (pkg/base reads it); "" for an
// object that the workspace does not have.
func (c Comparison) Trailer() string {
	if c.Remote == nil {
		return ""
	}
	return "Dwsync-Merged: " + string(c.Remote.Object.Hash())
}

// Input is what Compare looks at. Every object is in the target's form and within scope; Remote was read completely within the scope.
type Input struct {
	Tree   map[model.Key]model.Object
	Remote map[model.Key]model.Remote
	// Bases needs an entry only for objects that Open names.
	Bases map[model.Key]Base
	// Ignored tells whether a field of an object is never compared and never sent (dwsync.yaml, ignore).
	Ignored func(model.Key, model.Field) bool
}

// Open gives the keys whose verdict depends on a base: all but those that both sides hold alike, whatever the base is. With autoParsing an output that only the
// workspace has is the service's own, unless the base tells that the tree gave it up.
func Open(in Input) []model.Key {
	var open []model.Key
	for _, k := range in.keys() {
		l, inTree := in.Tree[k]
		r, inRemote := in.Remote[k]
		if !inTree || !inRemote || len(in.differences(l, r.Object, &r.Object)) > 0 {
			open = append(open, k)
		}
	}
	return open
}

// Compare gives the verdict of every object of either side, sorted by key.
func Compare(in Input) []Comparison {
	keys := in.keys()
	comparisons := make([]Comparison, 0, len(keys))
	for _, k := range keys {
		comparisons = append(comparisons, in.compare(k))
	}
	return comparisons
}

func (in Input) compare(k model.Key) Comparison {
	c := Comparison{Key: k, Base: in.Bases[k].Object, Reason: in.Bases[k].Reason}
	if l, ok := in.Tree[k]; ok {
		c.Tree = &l
	}
	if r, ok := in.Remote[k]; ok {
		c.Remote = &r
	}
	switch {
	case c.Tree != nil && c.Remote != nil:
		c.Verdict, c.Fields = in.compareBoth(c)
	case c.Tree != nil && c.Base == nil:
		c.Verdict = MadeHere
	case c.Tree != nil && in.same(*c.Tree, *c.Base):
		c.Verdict = DeletedThere
	case c.Remote != nil && c.Base == nil:
		c.Verdict = MadeThere
	case c.Remote != nil && in.same(*c.Base, c.Remote.Object):
		c.Verdict = DeletedHere
	default:
		c.Verdict = Conflict
	}
	return c
}

func (in Input) compareBoth(c Comparison) (Verdict, []FieldChange) {
	differences := in.differences(*c.Tree, c.Remote.Object, c.Base)
	if len(differences) == 0 {
		return Same, nil
	}
	fields := make([]FieldChange, len(differences))
	for i, d := range differences {
		fields[i] = FieldChange{Field: d.Field, Tree: d.Tree, Remote: d.Other}
		if c.Base != nil {
			b := c.Base.Get(d.Field)
			fields[i].Base = &b
		}
	}
	switch {
	case c.Base == nil:
		return Unrelated, fields
	case in.same(*c.Base, c.Remote.Object):
		return ChangedHere, fields
	case in.same(*c.Tree, *c.Base) && !isAside(c.Remote.Object.Key, c.Tree.Key):
		return ChangedThere, fields
	case in.Bases[c.Key].Outdated:
		for i := range fields {
			fields[i].Base = nil
		}
		return Unrelated, fields
	case in.isCutShort(*c.Tree, *c.Base, c.Remote.Object):
		return CutShort, fields
	default:
		return Conflict, fields
	}
}

// isCutShort tells whether the workspace's form can be what a write of ours left that was cut short: every field of it is the tree's or the base's, and so is
// every element of its sets, none of those missing that tree and base both have: such an element somebody else took away.
func (in Input) isCutShort(tree, base, remote model.Object) bool {
	place := remote.Key
	if !place.SamePlace(tree.Key) && !place.SamePlace(base.Key) && !isAside(place, tree.Key) {
		return false
	}
	for _, spec := range model.Fields(tree.Key.Kind) {
		l, b, r := tree.Get(spec.Field), base.Get(spec.Field), remote.Get(spec.Field)
		ignored := in.Ignored != nil && in.Ignored(tree.Key, spec.Field)
		if ignored || spec.ServiceFilled && !tree.Has(spec.Field) || tree.Key.SameValue(spec.Field, r, l) || tree.Key.SameValue(spec.Field, r, b) {
			continue
		}
		if spec.Shape != model.ShapeSet {
			return false
		}
		for _, item := range r.Items {
			if !slices.Contains(l.Items, item) && !slices.Contains(b.Items, item) {
				return false
			}
		}
		for _, item := range l.Items {
			if slices.Contains(b.Items, item) && !slices.Contains(r.Items, item) {
				return false
			}
		}
	}
	return true
}

func (in Input) same(a, b model.Object) bool { return len(in.differences(a, b, nil)) == 0 }

func (in Input) differences(a, b model.Object, base *model.Object) []model.Difference {
	differences := model.Differences(a, b, base)
	if in.Ignored == nil {
		return differences
	}
	return slices.DeleteFunc(differences, func(d model.Difference) bool { return in.Ignored(a.Key, d.Field) })
}

func (in Input) keys() []model.Key {
	keys := make([]model.Key, 0, len(in.Tree)+len(in.Remote))
	for k := range in.Tree {
		keys = append(keys, k)
	}
	for k := range in.Remote {
		if _, ok := in.Tree[k]; !ok {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, model.Key.Compare)
	return keys
}
