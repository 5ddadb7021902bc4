package model

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// Difference is a field in which two forms differ.
type Difference struct {
	Field Field
	Tree  Value
	Other Value
}

// Differences gives the fields in which the tree's form differs from another form of the same object (the workspace's, or a base), sorted by
// field. base is the last common form, or nil. The place of an object is one of the fields (FieldPath).
//
// Four rules of the design's section 4 make a difference none: a service-filled field that the tree does not name is not managed; with autoParsing
// an input or output that is AUTO on either side is the service's own; with autoParsing an output that only the workspace has, and that neither
// tree nor base lists, was parsed too, though the service's outputs carry no ParseType; and JSON contents are compared by token, so that neither the
// blanks between them nor the layout of an envelope count.
func Differences(tree, other Object, base *Object) []Difference {
	var differences []Difference
	for _, f := range union(tree.Present(), other.Present()) {
		spec, _ := FieldSpec(tree.Key.Kind, f)
		if spec.ServiceFilled && !tree.Has(f) {
			continue
		}
		a, b := tree.Get(f), other.Get(f)
		if (f == FieldInputList || f == FieldOutputList) && tree.Text(FieldAutoParsing) == "true" {
			if sameByAutoParsing(f, a, b, base) {
				continue
			}
		}
		if !tree.Key.SameValue(f, a, b) {
			differences = append(differences, Difference{Field: f, Tree: a, Other: b})
		}
	}
	if !tree.Key.SamePlace(other.Key) {
		differences = append(differences, Difference{Field: FieldPath, Tree: tree.Get(FieldPath), Other: other.Get(FieldPath)})
		slices.SortFunc(differences, func(a, b Difference) int { return strings.Compare(string(a.Field), string(b.Field)) })
	}
	return differences
}

// SameValue tells whether two values of a field of the file mean the same to the service.
func (k Key) SameValue(f Field, a, b Value) bool {
	switch f {
	case FieldEnvelopeLayout:
		return true
	case FieldContent:
		return k.SameContent(a.Text, b.Text)
	default:
		return a.Equal(b)
	}
}

// SameContent tells whether two contents of a file mean the same to the service: the same text, or, where the type's content is JSON, the same tokens.
// Numbers and escapes count as they are spelled.
func (k Key) SameContent(a, b string) bool {
	if a == b || !k.Type.Info().IsJSON() {
		return a == b
	}
	var left, right bytes.Buffer
	return json.Compact(&left, []byte(a)) == nil && json.Compact(&right, []byte(b)) == nil && bytes.Equal(left.Bytes(), right.Bytes())
}

// Settled gives the form to remember of an object that tree and workspace hold alike: the tree's, with the service-filled fields that it leaves to the
// service as the service has them. Outputs that the service parsed, and that the tree does not name, are not part of it, so that it still matches the hash of
// the tree's form.
func Settled(tree, remote Object) Object {
	settled := tree.Clone()
	for _, spec := range Fields(tree.Key.Kind) {
		if spec.ServiceFilled && !tree.Has(spec.Field) {
			settled.Set(spec.Field, remote.Get(spec.Field))
		}
	}
	return settled
}

func sameByAutoParsing(f Field, tree, other Value, base *Object) bool {
	auto := map[string]bool{}
	for _, item := range slices.Concat(tree.Items, other.Items) {
		if item.IsAuto() {
			auto[item.Name()] = true
		}
	}
	known := map[string]bool{}
	for _, item := range tree.Items {
		known[item.Name()] = true
	}
	if base != nil {
		for _, item := range base.Get(f).Items {
			known[item.Name()] = true
		}
	}
	isServices := func(item Item) bool { return auto[item.Name()] }
	parsed := func(item Item) bool {
		return isServices(item) || f == FieldOutputList && !known[item.Name()]
	}
	left := slices.DeleteFunc(slices.Clone(tree.Items), isServices)
	right := slices.DeleteFunc(slices.Clone(other.Items), parsed)
	return slices.Equal(left, right)
}

func union(a, b []Field) []Field {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// SharesOutput tells whether two forms list one output, by its name: that is evidence that they are of one object.
func (o Object) SharesOutput(other Object) bool {
	theirs := other.Get(FieldOutputList).Items
	return slices.ContainsFunc(o.Get(FieldOutputList).Items, func(a Item) bool {
		return slices.ContainsFunc(theirs, func(b Item) bool { return a.Name() == b.Name() })
	})
}
