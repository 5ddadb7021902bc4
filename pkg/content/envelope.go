package content

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/model"
)

// Code stands in an envelope where the code was: the code is the content file beside the YAML.
const Code = "<code>"

const (
	// maxEnvelope is the largest envelope, in bytes of compact JSON, that is taken out of a content; the tree's YAML must hold it.
	maxEnvelope = 128 << 10
	// maxKey is the longest key of an envelope, in bytes; YAML has no keys of more than 1,024 characters.
	maxKey = 200
)

// shape is where the code is in the contents of a type. The evidence is service-behaviour, section 7, and the vendor's published code models.
type shape struct {
	// hole is the path of the text that is the code; empty where the code stands before the JSON.
	hole []string
	// languages are the endings of the code's file by the text at languageKey, where the content says its language.
	languages map[string]string
	// extension is the ending of the code's file; empty for the type's own.
	extension string
}

const languageKey = "language"

// A launcher of EMR has the code as its first argument.
var emrShape = shape{hole: []string{"properties", "arguments", "0"}}

// A component, and a node that uses one, has its SQL beside its parameters.
var componentShape = shape{hole: []string{"code"}}

// An assignment node, and the end of a do-while loop, says in which of three languages its code is.
var languageShape = shape{hole: []string{"content"}, languages: map[string]string{"odps": ".sql", "shell": ".sh", "python": ".py"}}

// What spark-submit is given is all envelope; before it stand the lines that note resources.
var sparkShape = shape{extension: ".txt"}

// shapeOf gives the shape of a type that has one. Every type with model.TypeInfo.Envelope has.
func shapeOf(t model.FileType) (shape, bool) {
	switch {
	case !t.Info().Envelope:
		return shape{}, false
	case t == 225: // ODPS_SPARK
		return sparkShape, true
	case t == 1100 || t == 1105: // CONTROLLER_ASSIGNMENT, CONTROLLER_CYCLE_END
		return languageShape, true
	case t == 1010 || t == 3010: // COMPONENT_SQL, SQL_COMPONENT
		return componentShape, true
	default:
		return emrShape, true
	}
}

// SetStored sets the content of a node from its stored form: code and envelope come apart where the type has an envelope and the content is what the type
// promises; every other content stays as it is. Stored gives the stored form back, byte for byte.
func SetStored(o *model.Object, stored string) {
	code, envelope, layout := split(o.Key.Type, stored)
	o.Set(model.FieldContent, model.TextValue(code))
	o.Set(model.FieldEnvelope, model.TextValue(envelope))
	o.Set(model.FieldEnvelopeLayout, model.TextValue(layout))
}

// Stored gives the content of a node as the service stores it: the code in its envelope, if it has one.
func Stored(o model.Object) string {
	code := o.Text(model.FieldContent)
	s, ok := shapeOf(o.Key.Type)
	if !ok || !o.Has(model.FieldEnvelope) {
		return code
	}
	envelope, _, ok := ParseJSON(o.Text(model.FieldEnvelope))
	if _, hasHole := envelope.At(s.hole...); !ok || !hasHole {
		// No reader makes such a form.
		return code
	}
	return s.join(code, envelope, o.Text(model.FieldEnvelopeLayout))
}

// Extension is the ending of the file that holds the content of an object: that of the language of its code, or of its type.
func Extension(o model.Object) string {
	extension := o.Key.Type.Info().Extension
	s, ok := shapeOf(o.Key.Type)
	if !ok || !o.Has(model.FieldEnvelope) {
		return extension
	}
	if s.extension != "" {
		return s.extension
	}
	if envelope, _, ok := ParseJSON(o.Text(model.FieldEnvelope)); ok && s.languages != nil {
		language, _ := envelope.Get(languageKey)
		return s.languages[language.Text]
	}
	return extension
}

// AsStored gives the object with its content as it is stored, without an envelope, for who keeps it so in the tree.
func AsStored(o model.Object) model.Object {
	stored := Stored(o)
	o = o.Clone()
	o.Set(model.FieldContent, model.TextValue(stored))
	o.Set(model.FieldEnvelope, model.Value{})
	o.Set(model.FieldEnvelopeLayout, model.Value{})
	return o
}

// split takes a stored content apart. What is not exactly what the type promises comes back as code, without an envelope.
func split(t model.FileType, stored string) (code, envelope, layout string) {
	s, ok := shapeOf(t)
	if !ok {
		return stored, "", ""
	}
	start := 0
	if len(s.hole) == 0 {
		start = startOfJSON(stored)
	}
	value, layout, ok := ParseJSON(stored[start:])
	if !ok {
		return stored, "", ""
	}
	code = stored[:start]
	if len(s.hole) > 0 {
		hole, _ := value.At(s.hole...)
		if hole.Kind != JSONText {
			return stored, "", ""
		}
		code, value = hole.Text, value.with(s.hole, JSON{Kind: JSONText, Text: Code})
	}
	if s.check(value) != nil || s.join(code, value, layout) != stored {
		return stored, "", ""
	}
	return code, value.String(), layout
}

// startOfJSON is the offset of the first line that begins with a brace, or the end.
func startOfJSON(text string) int {
	if strings.HasPrefix(text, "{") {
		return 0
	}
	if at := strings.Index(text, "\n{"); at >= 0 {
		return at + 1
	}
	return len(text)
}

// join puts code and envelope together.
func (s shape) join(code string, envelope JSON, layout string) string {
	before := ""
	if len(s.hole) == 0 {
		before = code
	} else {
		envelope = envelope.with(s.hole, JSON{Kind: JSONText, Text: code})
	}
	if layout == model.LayoutIndented {
		return before + envelope.Indented()
	}
	return before + envelope.String()
}

// EnvelopeError says what is wrong with an envelope, and where in it.
type EnvelopeError struct {
	// Path leads to the place: keys, and indexes where there are lists. The place, or the last part of it, may be missing.
	Path []string
	// Next says what to do.
	Next string
	Err  error
}

func (e *EnvelopeError) Error() string {
	if len(e.Path) == 0 {
		return "envelope: " + e.Err.Error()
	}
	return "envelope: " + strings.Join(e.Path, ".") + ": " + e.Err.Error()
}

// Unwrap gives what is wrong.
func (e *EnvelopeError) Unwrap() error { return e.Err }

// CheckEnvelope tells whether a JSON value can be the envelope of a file of a type, with Code where the code belongs. Errors: *EnvelopeError.
func CheckEnvelope(t model.FileType, envelope JSON) error {
	s, ok := shapeOf(t)
	if !ok {
		return &EnvelopeError{Next: "take the key out", Err: fmt.Errorf("the content of %s has no envelope", t)}
	}
	if failed := s.check(envelope); failed != nil {
		return failed
	}
	return nil
}

func (s shape) check(envelope JSON) *EnvelopeError {
	if envelope.Kind != JSONObject {
		return &EnvelopeError{Err: fmt.Errorf("it must hold keys with values")}
	}
	if failed := checkKeys(envelope, nil); failed != nil {
		return failed
	}
	if size := len(envelope.String()); size > maxEnvelope {
		return &EnvelopeError{Err: fmt.Errorf("it has %d bytes; at most %d are kept apart from the code", size, maxEnvelope)}
	}
	if len(s.hole) > 0 {
		if hole, found := envelope.At(s.hole...); !found || hole.Kind != JSONText || hole.Text != Code {
			return &EnvelopeError{Path: s.hole, Next: "the code itself belongs into the content file beside", Err: fmt.Errorf("this must be %s, the place of the code", Code)}
		}
	}
	if s.languages == nil {
		return nil
	}
	language, found := envelope.Get(languageKey)
	if _, known := s.languages[language.Text]; !found || language.Kind != JSONText || !known {
		var names []string
		for name := range s.languages {
			names = append(names, name)
		}
		slices.Sort(names)
		return &EnvelopeError{Path: []string{languageKey}, Next: "one of " + strings.Join(names, ", "), Err: &model.UnknownNameError{What: languageKey, Name: language.Text, Known: names}}
	}
	return nil
}

func checkKeys(value JSON, path []string) *EnvelopeError {
	if len(path) > maxDepth {
		return &EnvelopeError{Path: path, Err: fmt.Errorf("it is nested too deep; at most %d levels are kept", maxDepth)}
	}
	for i, element := range value.Values {
		step := fmt.Sprint(i)
		if value.Kind == JSONObject {
			if step = value.Keys[i]; len(step) > maxKey {
				return &EnvelopeError{Path: path, Err: fmt.Errorf("a key has %d bytes; at most %d are kept", len(step), maxKey)}
			}
		}
		if failed := checkKeys(element, append(slices.Clip(path), step)); failed != nil {
			return failed
		}
	}
	return nil
}

// MapEnvelope gives an envelope with each of its texts mapped, but not the place of the code; what is no envelope of the type comes back as it is.
func MapEnvelope(t model.FileType, envelope string, change func(string) string) string {
	s, ok := shapeOf(t)
	value, _, isJSON := ParseJSON(envelope)
	if !ok || !isJSON {
		return envelope
	}
	mapped := mapTexts(value, change)
	if len(s.hole) > 0 {
		mapped = mapped.with(s.hole, JSON{Kind: JSONText, Text: Code})
	}
	return mapped.String()
}

func mapTexts(value JSON, change func(string) string) JSON {
	if value.Kind == JSONText {
		value.Text = change(value.Text)
	}
	value.Values = slices.Clone(value.Values)
	for i := range value.Values {
		value.Values[i] = mapTexts(value.Values[i], change)
	}
	return value
}

// resourceKeys are the keys of a Spark envelope that name resources, one or several.
var resourceKeys = []string{"mainJar", "mainPy", "assistJars", "assistPys", "assistFiles", "assistArchives"}

// envelopeResources gives the names of the resources that an envelope names in its own fields.
func envelopeResources(o model.Object) []string {
	if s, ok := shapeOf(o.Key.Type); !ok || len(s.hole) > 0 || !o.Has(model.FieldEnvelope) {
		return nil
	}
	envelope, _, _ := ParseJSON(o.Text(model.FieldEnvelope))
	var names []string
	for _, key := range resourceKeys {
		value, _ := envelope.Get(key)
		for _, name := range append([]JSON{value}, value.Values...) {
			if name.Kind == JSONText && name.Text != "" {
				names = append(names, name.Text)
			}
		}
	}
	return names
}
