package mapping

import (
	"slices"

	"github.com/dwsync/dwsync/pkg/model"
)

// Symbols gives the placeholders that are still symbolic in a form of the target, in order of their fields.
func Symbols(form model.Object) []Placeholder {
	return placeholders(form, model.Item.IsSymbolic)
}

// Texts are what placeholders stand for, once it is known. They are a Resolver to which every other placeholder stays symbolic.
type Texts map[Placeholder]string

// Resolve implements Resolver.
func (t Texts) Resolve(_ model.Key, p Placeholder) (string, error) {
	if text, known := t[p]; known {
		return text, nil
	}
	return "", ErrSymbolic
}

// Name implements Resolver.
func (Texts) Name(model.Field, string) (Placeholder, bool) { return Placeholder{}, false }

// Bind gives a form of the target in which the symbolic items whose placeholders are known by now hold what these stand for.
func Bind(form model.Object, known Texts) model.Object {
	bound := form.Clone()
	m := Mapping{resolver: known}
	for f := range referenceParts {
		v := form.Get(f)
		if !v.IsSymbolic() {
			continue
		}
		items := slices.Clone(v.Items)
		for i, item := range items {
			if !item.IsSymbolic() {
				continue
			}
			// What was symbolic was parsed before.
			if plain, err := m.forwardItem(form.Key, f, unmarked(item)); err == nil {
				items[i] = plain
			}
		}
		bound.Set(f, model.SetValue(items...))
	}
	return bound
}

func unmarked(item model.Item) model.Item {
	return model.NewItem(item[:len(item)-1]...)
}

// WithoutUnbound gives the form in which a node is saved and submitted first when its own id is needed before the ids of the nodes that it waits for are
// known: without these. A DependentType that needs such nodes goes with the last of them (reference 4.1: USER_DEFINE wants DependentNodeIdList).
func WithoutUnbound(form model.Object) model.Object {
	nodes := form.Get(model.FieldDependentNodeIDList)
	if !nodes.IsSymbolic() {
		return form
	}
	first := form.Clone()
	left := slices.DeleteFunc(slices.Clone(nodes.Items), model.Item.IsSymbolic)
	first.Set(model.FieldDependentNodeIDList, model.SetValue(left...))
	if without, needs := typeWithout[form.Text(model.FieldDependentType)]; needs && len(left) == 0 {
		first.Set(model.FieldDependentType, model.TextValue(without))
	}
	return first
}

// typeWithout are the values of DependentType that need nodes, each with what is left of it without them.
var typeWithout = map[string]string{"USER_DEFINE": "NONE", "USER_DEFINE_AND_SELF": "SELF"}
