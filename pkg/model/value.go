package model

import (
	"slices"
	"strconv"
	"strings"
)

// maxParts is the largest number of parts that an item has (an output parameter: name, type, value, description).
const maxParts = 4

// ParseTypeAuto marks an input or output that the service parsed from the code (GetFile.InputList.ParseType).
const ParseTypeAuto = "AUTO"

// Item is one entry of a set: its parts in the order of Spec.Parts, and a mark. Items are comparable.
type Item [maxParts + 1]string

// symbolicMark stands behind the parts of a symbolic item. No reader of a workspace sets it, so that a symbolic item differs from all that a workspace holds.
const symbolicMark = "symbolic"

// Symbolic gives the item as one whose text names what the workspace does not have yet: a file that is still to be made, or a node that comes with the
// first submit. Such an item is never sent; the name is replaced by what it stands for first (pkg/mapping).
func (i Item) Symbolic() Item {
	i[maxParts] = symbolicMark
	return i
}

// IsSymbolic tells whether the item is symbolic.
func (i Item) IsSymbolic() bool { return i[maxParts] == symbolicMark }

// NewItem makes an item of parts; more than four are a bug of the caller.
func NewItem(parts ...string) Item {
	var item Item
	copy(item[:maxParts], parts)
	return item
}

// Name is the first part: the output name, the parameter name, the node.
func (i Item) Name() string { return i[0] }

// IsAuto tells whether the service parsed this input or output from the code.
func (i Item) IsAuto() bool { return i[1] == ParseTypeAuto }

// Value is a field's value: text (also of a bool or a number), or the items of a set. The zero Value is the empty text and the empty set.
type Value struct {
	Text  string `json:"text,omitempty"`
	Items []Item `json:"items,omitempty"`
}

// TextValue is the value of a text field.
func TextValue(s string) Value { return Value{Text: s} }

// NumberValue is the value of a number field.
func NumberValue(n int64) Value { return Value{Text: strconv.FormatInt(n, 10)} }

// BoolValue is the value of a bool field.
func BoolValue(b bool) Value { return Value{Text: strconv.FormatBool(b)} }

// SetValue is the value of a set field: sorted, without duplicates, whatever the caller gives.
func SetValue(items ...Item) Value {
	if len(items) == 0 {
		return Value{}
	}
	sorted := slices.Clone(items)
	slices.SortFunc(sorted, func(a, b Item) int {
		for i := range a {
			if c := strings.Compare(a[i], b[i]); c != 0 {
				return c
			}
		}
		return 0
	})
	return Value{Items: slices.Compact(sorted)}
}

// Equal tells whether two values are the same.
func (v Value) Equal(other Value) bool {
	return v.Text == other.Text && slices.Equal(v.Items, other.Items)
}

// IsZero tells whether the value is the empty text or the empty set.
func (v Value) IsZero() bool { return v.Text == "" && len(v.Items) == 0 }

// IsSymbolic tells whether an item of the set is symbolic.
func (v Value) IsSymbolic() bool { return slices.ContainsFunc(v.Items, Item.IsSymbolic) }

// Names gives the first part of each item.
func (v Value) Names() []string {
	names := make([]string, len(v.Items))
	for i, item := range v.Items {
		names[i] = item.Name()
	}
	return names
}

// CheckText tells what is wrong with text as a value of the spec, or nil. Sets are checked item by item by who reads them.
func (s Spec) CheckText(text string) error {
	switch {
	case s.Shape == ShapeBool && text != "true" && text != "false":
		return &UnknownNameError{What: string(s.Field), Name: text, Known: []string{"true", "false"}}
	case s.Shape == ShapeNumber:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || strconv.FormatInt(n, 10) != text {
			return &RangeError{Field: s.Field, Text: text}
		}
		if s.Max != s.Min && (n < s.Min || n > s.Max) {
			return &RangeError{Field: s.Field, Text: text, Min: s.Min, Max: s.Max}
		}
	case len(s.Enum) > 0 && !slices.Contains(s.Enum, text):
		return &UnknownNameError{What: string(s.Field), Name: text, Known: s.Enum}
	}
	return nil
}

// RangeError reports a number that is none, or out of its bounds.
type RangeError struct {
	Field    Field
	Text     string
	Min, Max int64
}

func (e *RangeError) Error() string {
	if e.Min == e.Max {
		return string(e.Field) + ": " + strconv.Quote(e.Text) + " is not a whole number"
	}
	return string(e.Field) + ": " + e.Text + " is not between " + strconv.FormatInt(e.Min, 10) + " and " + strconv.FormatInt(e.Max, 10)
}
