package model

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
)

// Object is one thing of a workspace in normal form. Fields that have their default, or that are not managed, are absent.
type Object struct {
	Key    Key
	fields map[Field]Value
}

// NewObject makes an object whose fields all have their defaults.
func NewObject(k Key) Object { return Object{Key: k, fields: map[Field]Value{}} }

// Set gives a field a value in normal form: a default is not kept, a set is sorted. A service-filled field with an empty value becomes not managed.
// Fields that the kind or the type does not have are ignored, so that a reader may offer all it has.
func (o *Object) Set(f Field, v Value) {
	spec, ok := FieldSpec(o.Key.Kind, f)
	if !ok || f.IsOfEnvelope() && !o.Key.Type.Info().Envelope {
		return
	}
	if spec.Shape == ShapeSet {
		v = SetValue(v.Items...)
	}
	if v.Equal(TextValue(spec.Default)) || v.IsZero() {
		delete(o.fields, f)
		return
	}
	if o.fields == nil {
		o.fields = map[Field]Value{}
	}
	o.fields[f] = v
}

// Get gives a field's value, its default if it is absent. It gives the place of the object too (FieldPath and its parts).
func (o Object) Get(f Field) Value {
	if v, ok := o.Key.place(f); ok {
		return v
	}
	if v, ok := o.fields[f]; ok {
		return v
	}
	if spec, ok := FieldSpec(o.Key.Kind, f); ok {
		return TextValue(spec.Default)
	}
	return Value{}
}

// Text is the text of Get.
func (o Object) Text(f Field) string { return o.Get(f).Text }

// Has tells whether the field is present, that is: managed and not its default.
func (o Object) Has(f Field) bool {
	_, ok := o.fields[f]
	return ok
}

// Present gives the fields that are present, sorted.
func (o Object) Present() []Field { return slices.Sorted(maps.Keys(o.fields)) }

// Clone gives a copy that shares no map with o.
func (o Object) Clone() Object { return Object{Key: o.Key, fields: maps.Clone(o.fields)} }

// Hash is the digest of a form.
type Hash string

// Hash digests the object's form without what only the service decides: inputs and outputs that it parsed from the code. The key's folder and name
// are part of it; 128 bits are kept.
func (o Object) Hash() Hash {
	h := sha256.New()
	write := func(s string) {
		h.Write([]byte(strconv.Itoa(len(s))))
		h.Write([]byte{':'})
		h.Write([]byte(s))
	}
	key, _ := o.Key.MarshalText()
	write(string(key))
	for _, f := range o.Present() {
		v := o.fields[f]
		if items := manual(v.Items); v.Text != "" || len(items) > 0 {
			write(string(f))
			write(v.Text)
			for _, item := range items {
				for _, part := range item[:maxParts] {
					write(part)
				}
				if item.IsSymbolic() {
					write(symbolicMark)
				}
			}
			write("")
		}
	}
	return Hash(hex.EncodeToString(h.Sum(nil)[:16]))
}

// Matches tells whether o, read from a workspace, is the form with the hash h. The form that was hashed may have left service-filled fields
// unmanaged, so that each choice of them is tried.
func (o Object) Matches(h Hash) bool {
	var filled []Field
	for _, spec := range Fields(o.Key.Kind) {
		if spec.ServiceFilled && o.Has(spec.Field) {
			filled = append(filled, spec.Field)
		}
	}
	for choice := range 1 << len(filled) {
		candidate := o.Clone()
		for i, f := range filled {
			if choice&(1<<i) != 0 {
				delete(candidate.fields, f)
			}
		}
		if candidate.Hash() == h {
			return true
		}
	}
	return false
}

func manual(items []Item) []Item {
	return slices.DeleteFunc(slices.Clone(items), Item.IsAuto)
}
