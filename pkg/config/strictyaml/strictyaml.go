// Package strictyaml reads a YAML document without surprises: one document, UTF-8, no anchors, aliases, merges or tags, no key twice, no unknown key,
// no value of another type than the field's. dwsync.yaml and the YAML of the tree are read with it.
//
// The rule of this package: nothing is guessed and nothing is dropped. Whatever it does not accept becomes a [model.Problem] with file, line and
// column (a column counts characters), and with the nearest valid word where there is one. All problems of a document are collected, not the first only.
package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/model"
)

// MaxSize is the largest document that is read, in bytes.
const MaxSize = 1 << 20

// bom is the byte order mark of UTF-8; it is legal at the start of a document and means nothing.
const bom = "\ufeff"

// Reader reads one document and collects what is wrong with it.
type Reader struct {
	File     string
	Problems []model.Problem
}

// Entry is one key of a mapping with its value.
type Entry struct {
	Key   *yaml.Node
	Value *yaml.Node
}

// Name is the key's text.
func (e Entry) Name() string { return e.Key.Value }

// Document parses data and gives its top mapping. An empty document gives an empty mapping. What cannot be parsed, or is no mapping, gives nil and a
// problem.
func (r *Reader) Document(data []byte) *yaml.Node {
	switch {
	case len(data) > MaxSize:
		r.report(0, 0, "", "the file has %d bytes; a YAML file may have at most %d", len(data), MaxSize)
		return nil
	case !utf8.Valid(data):
		line, column := NotUTF8(data)
		r.report(line, column, "save the file as UTF-8", "the file is not UTF-8")
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: 1, Column: 1}
	case err != nil:
		r.syntax(data, err)
		return nil
	}
	var next yaml.Node
	if err := decoder.Decode(&next); err == nil {
		r.report(next.Line, next.Column, "leave only the first", "the file holds more than one YAML document")
	} else if !errors.Is(err, io.EOF) {
		r.syntax(data, err)
		return nil
	}
	top := document.Content[0]
	if before := len(r.Problems); !r.plain(top) || len(r.Problems) > before {
		return nil
	}
	if isNull(top) && top.Value == "" {
		return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: top.Line, Column: top.Column}
	}
	if top.Kind != yaml.MappingNode {
		r.At(top, "", "the file must hold keys with values (key: value), not %s", describe(top))
		return nil
	}
	return top
}

// plain refuses what makes a document mean more than it shows, anywhere in it.
func (r *Reader) plain(n *yaml.Node) bool {
	ok := true
	refuse := func(what, next string) {
		r.At(n, next, "%s", what)
		ok = false
	}
	if n.Anchor != "" {
		refuse("an anchor (&"+n.Anchor+") is not allowed here", "write the value where it is meant")
	}
	switch {
	case n.Kind == yaml.AliasNode:
		refuse("an alias (*"+n.Value+") is not allowed here", "write the value in full, or in quotes if the * is part of it")
		return false
	case n.Kind == yaml.ScalarNode && n.Tag == "!!merge":
		refuse("a merge key (<<) is not allowed here", "write the keys in full")
	case n.Style&yaml.TaggedStyle != 0:
		refuse("a tag ("+n.Tag+") is not allowed here", "write the plain value, in quotes if it begins with !")
	}
	for _, child := range n.Content {
		ok = r.plain(child) && ok
	}
	return ok
}

// Mapping gives the entries of a mapping in their order, without those whose key is unknown, no text, or there already: these are reported. what names
// the mapping in messages.
func (r *Reader) Mapping(n *yaml.Node, what string, known ...string) []Entry {
	entries := r.AnyMapping(n, what)
	return slices.DeleteFunc(entries, func(e Entry) bool {
		if slices.Contains(known, e.Name()) {
			return false
		}
		next := ""
		if near := nearest(e.Name(), known); near != "" {
			next = fmt.Sprintf("did you mean %q?", near)
		}
		r.At(e.Key, next, "unknown key %q in %s", e.Name(), what)
		return true
	})
}

// AnyMapping is Mapping for keys that are chosen by people.
func (r *Reader) AnyMapping(n *yaml.Node, what string) []Entry {
	if n.Kind != yaml.MappingNode {
		r.At(n, "", "%s must hold keys with values (key: value), not %s", what, describe(n))
		return nil
	}
	seen := make(map[string]int, len(n.Content)/2)
	entries := make([]Entry, 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode || key.ShortTag() == "!!null" && key.Value == "" {
			r.At(key, "", "a key must be one word, not %s", describe(key))
			continue
		}
		if line, found := seen[key.Value]; found {
			r.At(key, "keep one of them", "the key %q stands twice in %s (first in line %d)", key.Value, what, line)
			continue
		}
		seen[key.Value] = key.Line
		entries = append(entries, Entry{Key: key, Value: n.Content[i+1]})
	}
	return entries
}

// Sequence gives the items of a list.
func (r *Reader) Sequence(n *yaml.Node, what string) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		r.At(n, "", "%s must be a list (- item), not %s", what, describe(n))
		return nil
	}
	return n.Content
}

// Text gives a text. A number, a date, true or null is none: in quotes it would be.
func (r *Reader) Text(n *yaml.Node, what string) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		r.At(n, "", "%s must be a text, not %s", what, describe(n))
		return "", false
	}
	switch {
	case n.ShortTag() == "!!str":
		return n.Value, true
	case isNull(n) && n.Value == "":
		r.At(n, `leave the key out, or write "" for an empty text`, "%s has no value", what)
	default:
		r.At(n, "write it in quotes: "+strconv.Quote(n.Value), "%s must be a text, but without quotes YAML reads %s as %s", what, n.Value, describe(n))
	}
	return "", false
}

// Number gives the text of a whole number, written in decimal digits without quotes.
func (r *Reader) Number(n *yaml.Node, what string) (string, bool) {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!int" {
		if i, err := strconv.ParseInt(n.Value, 10, 64); err == nil && strconv.FormatInt(i, 10) == n.Value {
			return n.Value, true
		}
		r.At(n, "", "%s must be a whole number in decimal digits, not %s", what, n.Value)
		return "", false
	}
	next := ""
	if _, err := strconv.ParseInt(n.Value, 10, 64); n.Kind == yaml.ScalarNode && err == nil {
		next = "write it without quotes: " + n.Value
	}
	r.At(n, next, "%s must be a whole number, not %s", what, describe(n))
	return "", false
}

// Bool gives "true" or "false".
func (r *Reader) Bool(n *yaml.Node, what string) (string, bool) {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!bool" {
		if text := strings.ToLower(n.Value); text == "true" || text == "false" {
			return text, true
		}
	}
	r.At(n, "", "%s must be true or false, not %s", what, describe(n))
	return "", false
}

// At reports an error at a node.
func (r *Reader) At(n *yaml.Node, next, format string, args ...any) {
	r.report(n.Line, n.Column, next, format, args...)
}

// Err reports an error of another function at a node; an unknown name brings the nearest known one along.
func (r *Reader) Err(n *yaml.Node, err error) { r.report(n.Line, n.Column, "", "%s", err.Error()) }

// maxProblems is how many problems of one file are told; who made more has lost the thread anyway.
const maxProblems = 50

func (r *Reader) report(line, column int, next, format string, args ...any) {
	switch {
	case len(r.Problems) > maxProblems:
		return
	case len(r.Problems) == maxProblems:
		format, args, next = "more is wrong with this file; only the first %d problems are told", []any{maxProblems}, ""
	}
	r.Problems = append(r.Problems, model.Problem{
		File: r.File, Line: line, Column: column, Severity: model.SeverityError, Message: fmt.Sprintf(format, args...), Next: next,
	})
}

// syntax reports what the YAML parser says. The parser gives a line at most, inside its text; the most frequent mistakes, a tab in the indentation and a
// conflict that git left, are looked for here, because the parser's message does not name them.
func (r *Reader) syntax(data []byte, err error) {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 0
	if rest, found := strings.CutPrefix(message, "line "); found {
		if number, text, found := strings.Cut(rest, ": "); found {
			if n, err := strconv.Atoi(number); err == nil {
				line, message = n, text
			}
		}
	}
	if marker := content.GitConflictLine(strings.TrimPrefix(string(data), bom)); marker > 0 {
		r.report(marker, 1, content.ConflictNext, content.ConflictLeft)
		return
	}
	if tabLine, tabColumn := tabInIndentation(data); tabLine > 0 {
		r.report(tabLine, tabColumn, "use spaces", "a tab stands in the indentation; YAML allows only spaces there")
		return
	}
	if rest, found := strings.CutPrefix(message, "unknown anchor '"); found {
		name, _, _ := strings.Cut(rest, "'")
		before, _, found := bytes.Cut(data, []byte("*"+name))
		if found {
			lines := strings.Split(strings.TrimPrefix(string(before), bom), "\n")
			r.report(len(lines), utf8.RuneCountInString(lines[len(lines)-1])+1, "write the value in quotes if the * is part of it",
				"an alias (*%s) is not allowed here", name)
			return
		}
	}
	r.report(max(line, 1), 0, "", "this is no valid YAML: %s", message)
}

func tabInIndentation(data []byte) (line, column int) {
	text := strings.TrimPrefix(string(data), bom)
	for l := range strings.SplitSeq(text, "\n") {
		line++
		indentation := l[:len(l)-len(strings.TrimLeft(l, " \t"))]
		if tab := strings.IndexByte(indentation, '\t'); tab >= 0 && strings.TrimSpace(l) != "" {
			return line, tab + 1
		}
	}
	return 0, 0
}

// NotUTF8 gives the place of the first byte that is no UTF-8, counted from 1.
func NotUTF8(data []byte) (line, column int) {
	line, column = 1, 1
	for len(data) > 0 {
		c, size := utf8.DecodeRune(data)
		if c == utf8.RuneError && size == 1 {
			break
		}
		if column++; c == '\n' {
			line, column = line+1, 1
		}
		data = data[size:]
	}
	return line, column
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// describe names a value's type for people.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys with values"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "true or false"
	case "!!timestamp":
		return "a date"
	case "!!null":
		return "nothing (null)"
	default:
		return "a text"
	}
}

// nearest looks for a slip of the pen, and for the last part of a name that has several ("cronExpress" for "nodeConfiguration.cronExpress").
func nearest(name string, known []string) string {
	for _, k := range known {
		if strings.HasSuffix(k, "."+name) {
			return k
		}
	}
	return model.Nearest(name, known)
}
