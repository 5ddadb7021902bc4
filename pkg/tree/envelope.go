package tree

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/dwsync/dwsync/pkg/config/strictyaml"
	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/model"
)

// An envelope is JSON at the service and YAML in the tree, value by value: objects are mappings, their order of keys stays, and numbers keep their
// spelling. Where the code is in it stands content.Code.

// readEnvelope reads the envelope of a node, once the file type is known.
func (m *metaFile) readEnvelope(r *strictyaml.Reader, n *yaml.Node) {
	before := len(r.Problems)
	value := readJSON(r, n, string(model.FieldEnvelope))
	if len(r.Problems) > before || m.fileType == 0 {
		return
	}
	var failed *content.EnvelopeError
	if errors.As(content.CheckEnvelope(m.fileType, value), &failed) {
		r.At(nodeAt(n, failed.Path), failed.Next, "%s", failed)
		return
	}
	m.values[model.FieldEnvelope] = model.TextValue(value.String())
}

// nodeAt gives the node at a path, or the last one on the way that is there.
func nodeAt(n *yaml.Node, path []string) *yaml.Node {
	for _, step := range path {
		i, err := strconv.Atoi(step)
		switch {
		case n.Kind == yaml.MappingNode && find(n, step) != nil:
			n = find(n, step).Value
		case n.Kind == yaml.SequenceNode && err == nil && 0 <= i && i < len(n.Content):
			n = n.Content[i]
		default:
			return n
		}
	}
	return n
}

// jsonNumber is how JSON spells numbers. What YAML alone takes for one (0x1, .5, 1_000) cannot be sent.
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// readJSON reads a value of JSON from YAML. what names it in messages.
func readJSON(r *strictyaml.Reader, n *yaml.Node, what string) content.JSON {
	switch n.Kind {
	case yaml.MappingNode:
		value := content.JSON{Kind: content.JSONObject}
		for _, e := range r.AnyMapping(n, what) {
			value.Keys = append(value.Keys, e.Name())
			value.Values = append(value.Values, readJSON(r, e.Value, what+"."+e.Name()))
		}
		return value
	case yaml.SequenceNode:
		value := content.JSON{Kind: content.JSONArray}
		for i, item := range n.Content {
			value.Values = append(value.Values, readJSON(r, item, what+"."+strconv.Itoa(i)))
		}
		return value
	}
	if styleOf(n) == anyStyle && !isOverLines(n) && isJSONWord(n.Value) {
		return content.JSON{Text: n.Value}
	}
	text, _ := r.Text(n, what)
	return content.JSON{Kind: content.JSONText, Text: text}
}

func isJSONWord(text string) bool {
	return text == "true" || text == "false" || text == "null" || jsonNumber.MatchString(text)
}

// json writes a value as what follows the key of an entry and its colon, to the end of the line.
func (l layout) json(indentation string, value content.JSON) string {
	switch {
	case len(value.Values) == 0:
		return " " + l.jsonScalar(indentation, value) + l.newline
	case value.Kind == content.JSONArray:
		lines := l.newline
		for _, item := range value.Values {
			lines += l.jsonItem(indentation+l.dash, item)
		}
		return lines
	default:
		return l.newline + l.jsonEntries(indentation+l.step, value)
	}
}

// jsonEntries writes the entries of an object as whole lines.
func (l layout) jsonEntries(indentation string, value content.JSON) string {
	lines := ""
	for i, key := range value.Keys {
		lines += indentation + l.jsonEntry(indentation, key, value.Values[i])
	}
	return lines
}

// jsonEntry writes an entry behind its indentation.
func (l layout) jsonEntry(indentation, key string, value content.JSON) string {
	return scalar(key, inBlock, anyStyle) + ":" + l.json(indentation, value)
}

// jsonItem writes an item of a list as whole lines.
func (l layout) jsonItem(indentation string, value content.JSON) string {
	const mark = "- "
	switch {
	case len(value.Values) == 0:
		return indentation + mark + l.jsonScalar(indentation, value) + l.newline
	case value.Kind == content.JSONArray:
		lines := ""
		for _, item := range value.Values {
			lines += l.jsonItem(indentation+"  ", item)
		}
		return indentation + mark + lines[len(indentation)+len(mark):]
	default:
		return indentation + mark + l.jsonEntries(indentation+"  ", value)[len(indentation)+len(mark):]
	}
}

// jsonScalar writes a value that holds no others, without a line end at the end.
func (l layout) jsonScalar(indentation string, value content.JSON) string {
	if value.Kind == content.JSONText && isLiteralSafe(value.Text) {
		header, body := literal(value.Text, indentation+l.step, l.newline)
		return header + body
	}
	return flowJSON(value, inBlock)
}

// flowJSON writes a value on one line.
func flowJSON(value content.JSON, in where) string {
	switch value.Kind {
	case content.JSONWord:
		return value.Text
	case content.JSONText:
		if value.Text == content.Code {
			return value.Text
		}
		return scalar(value.Text, in, anyStyle)
	}
	brackets, parts := "[]", ""
	for i, element := range value.Values {
		if i > 0 {
			parts += ", "
		}
		if value.Kind == content.JSONObject {
			parts += scalar(value.Keys[i], inFlow, anyStyle) + ": "
		}
		parts += flowJSON(element, inFlow)
	}
	if value.Kind == content.JSONObject {
		brackets = "{}"
	}
	return brackets[:1] + parts + brackets[1:]
}

// parsedJSON takes apart what an object holds as the value of a field, which is JSON.
func parsedJSON(text string) content.JSON {
	value, _, _ := content.ParseJSON(text)
	return value
}

// editJSON changes the text of those parts of a value that differ.
func (e *metaEditor) editJSON(entry strictyaml.Entry, n *yaml.Node, indentation string, from, to content.JSON) {
	value := entry.Value
	switch {
	case from.Equal(to):
	case !isBlock(n):
		e.replace(e.start(value), e.end(value, n.Column-1), flowJSON(to, inFlow))
	case len(from.Values) == 0 && len(to.Values) == 0:
		e.replaceScalar(value, n.Column-1, indentation, to)
	case value.Kind == yaml.MappingNode && isBlock(value) && to.Kind == content.JSONObject && e.editJSONObject(value, from, to):
	case value.Kind == yaml.SequenceNode && isBlock(value) && to.Kind == content.JSONArray && e.editJSONArray(value, from, to):
	case !isBlock(value) && len(value.Content) > 0 && value.Line == entry.Key.Line:
		// Who wrote it on one line has it so.
		e.replace(e.start(value), e.end(value, n.Column-1), flowJSON(to, inBlock))
	default:
		e.replace(e.start(entry.Key), e.afterEntry(entry, n), e.jsonEntry(indentation, entry.Name(), to))
	}
}

// replaceScalar replaces a scalar, or an empty list or mapping, in its style.
func (e *metaEditor) replaceScalar(value *yaml.Node, column int, indentation string, to content.JSON) {
	start, end := e.start(value), e.end(value, column)
	text := flowJSON(to, inBlock)
	if to.Kind == content.JSONText && value.Kind == yaml.ScalarNode && styleOf(value) != anyStyle {
		text = scalar(to.Text, inBlock, styleOf(value))
	}
	isLiteral := to.Kind == content.JSONText && isLiteralSafe(to.Text)
	switch header, body := literal(to.Text, indentation+e.step, e.newline); {
	case isOverLines(value) && isLiteral:
		text = header + e.headerComment(start) + body
	case isOverLines(value):
		text += e.headerComment(start)
	case isLiteral && strings.TrimSpace(e.rest(end)) == "":
		// Blanks behind the old value would become a part of the new one.
		end += len(e.rest(end))
		text = header + body
	}
	e.replace(start, end, text)
}

// editJSONObject changes a mapping of lines key by key; false if the keys that stay change their order, or none stays.
func (e *metaEditor) editJSONObject(n *yaml.Node, from, to content.JSON) bool {
	stays := func(keys, others []string) []string {
		in := make(map[string]bool, len(others))
		for _, key := range others {
			in[key] = true
		}
		return slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return !in[key] })
	}
	common := stays(from.Keys, to.Keys)
	if len(common) == 0 || !slices.Equal(common, stays(to.Keys, from.Keys)) {
		return false
	}
	indentation := e.indentationOf(n, "")
	all := entries(n)
	at := 0
	for i, key := range from.Keys {
		if at < len(common) && common[at] == key {
			after, _ := to.Get(key)
			e.editJSON(all[i], n, indentation, from.Values[i], after)
			at++
			continue
		}
		if i == 0 {
			// The first entry may stand behind the dash of a list.
			e.replace(e.start(all[0].Key), e.start(all[1].Key), "")
		} else {
			e.replace(e.lineOf(e.start(all[i].Key)), e.afterEntry(all[i], n), "")
		}
	}
	last := -1
	for i, key := range to.Keys {
		if j := slices.Index(from.Keys, key); j >= 0 {
			last = j
			continue
		}
		if last < 0 {
			start := e.start(all[0].Key)
			e.replace(start, start, e.jsonEntry(indentation, key, to.Values[i])+indentation)
		} else {
			e.insertLines(e.afterEntry(all[last], n), indentation+e.jsonEntry(indentation, key, to.Values[i]))
		}
	}
	return true
}

// editJSONArray changes a list of lines: what is equal at its beginning and its end stays, and what lies between is changed item by item. false if
// nothing would be left.
func (e *metaEditor) editJSONArray(n *yaml.Node, from, to content.JSON) bool {
	if len(to.Values) == 0 {
		return false
	}
	first := 0
	for first < min(len(from.Values), len(to.Values)) && from.Values[first].Equal(to.Values[first]) {
		first++
	}
	behind := 0
	for behind < min(len(from.Values), len(to.Values))-first && from.Values[len(from.Values)-1-behind].Equal(to.Values[len(to.Values)-1-behind]) {
		behind++
	}
	gone, added := from.Values[first:len(from.Values)-behind], to.Values[first:len(to.Values)-behind]
	indentation := e.indentationOf(n, "")
	line := func(i int) int { return e.lineOf(e.start(n.Content[i])) }
	after := func(i int) int { return e.lineEnd(e.end(n.Content[i], n.Column-1)) }
	for i := range gone {
		node := n.Content[first+i]
		switch {
		case i >= len(added):
			e.replace(line(first+i), after(first+i), "")
		case node.Kind == yaml.MappingNode && isBlock(node) && added[i].Kind == content.JSONObject && e.editJSONObject(node, gone[i], added[i]):
		case len(gone[i].Values) == 0 && len(added[i].Values) == 0:
			e.replaceScalar(node, n.Column-1, indentation, added[i])
		default:
			e.replace(line(first+i), after(first+i), e.jsonItem(indentation, added[i]))
		}
	}
	for i := len(gone); i < len(added); i++ {
		if first+len(gone) == 0 {
			start := line(0)
			e.replace(start, start, e.jsonItem(indentation, added[i]))
		} else {
			e.insertLines(after(first+len(gone)-1), e.jsonItem(indentation, added[i]))
		}
	}
	return true
}
