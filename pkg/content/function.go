package content

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/model"
)

// functionKeys are the keys of a function's stored content and the fields that they hold (service-behaviour, section 7). The key `name` repeats the file's
// name and is the service's own.
var functionKeys = map[string]model.Field{
	"functionType": model.FieldFunctionType,
	"className":    model.FieldClassName,
	"resources":    model.FieldResources,
	"description":  model.FieldUdfDescription,
	"cmdDesc":      model.FieldCmdDescription,
	"paramDesc":    model.FieldParameterDescription,
	"returnValue":  model.FieldReturnValue,
	"example":      model.FieldExample,
}

const functionNameKey = "name"

// ReadFunction sets the fields of a function from its stored content. What no field holds goes to the field content, so that nothing is lost: unknown
// keys, and known ones with a value that is no text, as a compact JSON object sorted by key; and a content that is no such object, or that belongs to
// another type than MaxCompute functions, as it is.
func ReadFunction(o *model.Object, stored string) {
	entries, ok := objectEntries(stored)
	if o.Key.Type != model.TypeFunction || !ok {
		o.Set(model.FieldContent, model.TextValue(stored))
		return
	}
	var rest []entry
	for _, e := range entries {
		text, isText := exactText(e.raw)
		field, isField := functionKeys[e.key]
		switch {
		case !isText || !isField && e.key != functionNameKey:
			rest = append(rest, e)
		case !isField:
			// The name.
		case field == model.FieldResources:
			o.Set(field, resourceSet(text))
		default:
			o.Set(field, model.TextValue(text))
		}
	}
	o.Set(model.FieldContent, model.TextValue(joinEntries(rest)))
}

// resourceSet reads names with commas between.
func resourceSet(text string) model.Value {
	var items []model.Item
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); name != "" {
			items = append(items, model.NewItem(name))
		}
	}
	return model.SetValue(items...)
}

// entry is one of a JSON object.
type entry struct {
	key string
	raw json.RawMessage
}

// objectEntries takes a JSON object apart; false for everything else, also for an object that has a key twice or one that would not come back the same.
func objectEntries(text string) ([]entry, bool) {
	if !isContainer(text) || strings.TrimLeft(text, " \t\r\n")[0] != '{' {
		return nil, false
	}
	d := json.NewDecoder(strings.NewReader(text))
	if _, err := d.Token(); err != nil {
		return nil, false
	}
	var entries []entry
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		key, isText := token.(string)
		if err != nil || !isText || seen[key] || strings.ContainsRune(key, '\ufffd') {
			return nil, false
		}
		seen[key] = true
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, false
		}
		entries = append(entries, entry{key, raw})
	}
	return entries, true
}

// exactText reads a JSON text; null is the empty one. A text that escapes half of a character cannot be held and is none.
func exactText(raw json.RawMessage) (string, bool) {
	if string(raw) == "null" {
		return "", true
	}
	var text string
	if raw[0] != '"' || json.Unmarshal(raw, &text) != nil || strings.ContainsRune(text, '\ufffd') {
		return "", false
	}
	return text, true
}

// joinEntries writes entries as a compact JSON object, sorted by key; "" for none.
func joinEntries(entries []entry) string {
	if len(entries) == 0 {
		return ""
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	var b bytes.Buffer
	separator := byte('{')
	for _, e := range entries {
		b.WriteByte(separator)
		separator = ','
		key, _ := json.Marshal(e.key)
		b.Write(key)
		b.WriteByte(':')
		// It is a part of a valid text.
		_ = json.Compact(&b, e.raw)
	}
	b.WriteByte('}')
	return b.String()
}
