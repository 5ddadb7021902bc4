package content

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/dwsync/dwsync/pkg/model"
)

// JSONKind is what a JSON value is.
type JSONKind int

const (
	// JSONWord is a number, true, false or null, as it is spelled.
	JSONWord JSONKind = iota
	// JSONText is a text.
	JSONText
	// JSONArray and JSONObject hold other values.
	JSONArray
	JSONObject
)

// JSON is a JSON value taken apart so that nothing of it is lost but its layout: the keys of an object keep their order, numbers their spelling.
type JSON struct {
	Kind JSONKind
	// Text is the text of a JSONText, without quotes and escapes, or the spelling of a JSONWord.
	Text string
	// Keys are those of a JSONObject, each once.
	Keys []string
	// Values are the elements of a JSONArray, or the values of the Keys.
	Values []JSON
}

// ParseJSON takes a JSON object or array apart and tells its layout (model.LayoutCompact, model.LayoutIndented); false for everything else, for one that has a key twice or is nested too deep, and for one that String
// or Indented does not give back byte for byte: another layout, or characters escaped that need not be.
func ParseJSON(text string) (value JSON, layout string, ok bool) {
	if !isContainer(text) {
		return JSON{}, "", false
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	value, ok = decodeJSON(decoder)
	if !ok {
		return JSON{}, "", false
	}
	switch text {
	case value.String():
		return value, model.LayoutCompact, true
	case value.Indented():
		return value, model.LayoutIndented, true
	default:
		return JSON{}, "", false
	}
}

func decodeJSON(d *json.Decoder) (JSON, bool) {
	token, err := d.Token()
	if err != nil {
		return JSON{}, false
	}
	switch token := token.(type) {
	case nil:
		return JSON{Text: "null"}, true
	case bool:
		return JSON{Text: strconv.FormatBool(token)}, true
	case json.Number:
		return JSON{Text: token.String()}, true
	case string:
		return JSON{Kind: JSONText, Text: token}, true
	}
	value := JSON{Kind: JSONArray}
	if token == json.Delim('{') {
		value.Kind = JSONObject
	}
	seen := map[string]bool{}
	for d.More() {
		if value.Kind == JSONObject {
			token, err := d.Token()
			key, isText := token.(string)
			if err != nil || !isText || seen[key] {
				return JSON{}, false
			}
			seen[key] = true
			value.Keys = append(value.Keys, key)
		}
		element, ok := decodeJSON(d)
		if !ok {
			return JSON{}, false
		}
		value.Values = append(value.Values, element)
	}
	_, err = d.Token()
	return value, err == nil
}

// String writes the value compact, as JSON.stringify of a browser does: only what must be escaped is.
func (j JSON) String() string {
	var b strings.Builder
	j.write(&b)
	return b.String()
}

func (j JSON) write(b *strings.Builder) {
	switch j.Kind {
	case JSONWord:
		b.WriteString(j.Text)
	case JSONText:
		writeText(b, j.Text)
	case JSONArray:
		b.WriteByte('[')
		for i, value := range j.Values {
			if i > 0 {
				b.WriteByte(',')
			}
			value.write(b)
		}
		b.WriteByte(']')
	case JSONObject:
		b.WriteByte('{')
		for i, key := range j.Keys {
			if i > 0 {
				b.WriteByte(',')
			}
			writeText(b, key)
			b.WriteByte(':')
			j.Values[i].write(b)
		}
		b.WriteByte('}')
	}
}

// shortEscapes are the control characters that JSON has a letter for.
var shortEscapes = map[rune]string{'"': `\"`, '\\': `\\`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`}

func writeText(b *strings.Builder, text string) {
	const hex = "0123456789abcdef"
	b.WriteByte('"')
	for _, c := range text {
		switch short, found := shortEscapes[c]; {
		case found:
			b.WriteString(short)
		case c < ' ':
			b.WriteString(`\u00`)
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&0xf])
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
}

// Indented writes the value with each part on a line of its own, indented by two blanks, and no line end at the end.
func (j JSON) Indented() string {
	var b bytes.Buffer
	// It is valid.
	_ = json.Indent(&b, []byte(j.String()), "", indentation)
	return b.String()
}

// Equal tells whether two values are the same token by token, order of keys included.
func (j JSON) Equal(other JSON) bool {
	return j.Kind == other.Kind && j.Text == other.Text && slices.Equal(j.Keys, other.Keys) && slices.EqualFunc(j.Values, other.Values, JSON.Equal)
}

// Get gives the value of a key of an object.
func (j JSON) Get(key string) (JSON, bool) {
	if i := slices.Index(j.Keys, key); i >= 0 && j.Kind == JSONObject {
		return j.Values[i], true
	}
	return JSON{}, false
}

// At gives the value at a path of keys, and of indexes where there are arrays.
func (j JSON) At(path ...string) (JSON, bool) {
	for _, step := range path {
		i := j.index(step)
		if i < 0 {
			return JSON{}, false
		}
		j = j.Values[i]
	}
	return j, true
}

// with gives the value with another one at a path that is there.
func (j JSON) with(path []string, value JSON) JSON {
	if len(path) == 0 {
		return value
	}
	i := j.index(path[0])
	if i < 0 {
		return j
	}
	j.Values = slices.Clone(j.Values)
	j.Values[i] = j.Values[i].with(path[1:], value)
	return j
}

func (j JSON) index(step string) int {
	if j.Kind == JSONObject {
		return slices.Index(j.Keys, step)
	}
	if i, err := strconv.Atoi(step); err == nil && j.Kind == JSONArray && 0 <= i && i < len(j.Values) {
		return i
	}
	return -1
}
