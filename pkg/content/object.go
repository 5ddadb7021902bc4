package content

import (
	"slices"

	"github.com/dwsync/dwsync/pkg/model"
)

// IsContentOf tells whether a stored content is that of the object: of a function if it says the same in its fields, of a node if it is the same code in
// the same envelope, and of every other file if it is the same text. JSON counts by its tokens. A file without text has nothing to compare.
func IsContentOf(o model.Object, stored string) bool {
	read := model.NewObject(o.Key)
	switch {
	case o.Key.Kind == model.KindFunction:
		ReadFunction(&read, stored)
	case !o.HasText():
		return true
	default:
		SetStored(&read, stored)
	}
	for _, spec := range model.Fields(o.Key.Kind) {
		if (spec.InContent || spec.Field == model.FieldContent) && !o.Key.SameValue(spec.Field, read.Get(spec.Field), o.Get(spec.Field)) {
			return false
		}
	}
	return true
}

// References gives the names of the resources that an object needs: those that the code of a node notes, those that its envelope names, and those that a
// function lists; sorted, each once.
func References(o model.Object) []string {
	var names []string
	switch o.Key.Kind {
	case model.KindFunction:
		names = o.Get(model.FieldResources).Names()
	case model.KindNode:
		names = envelopeResources(o)
		for _, r := range ResourceReferences(o.Text(model.FieldContent)) {
			names = append(names, r.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
