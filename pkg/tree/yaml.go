package tree

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/dwsync/dwsync/pkg/config/strictyaml"
	pkgcontent "github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/model"
)

// Keys of the YAML that are no fields.
const (
	keyFileType = "fileType"
	keyName     = "name"
	keyNodeConf = "nodeConfiguration"
	// keyCycleType may be written as long as it says what the cron expression says.
	keyCycleType = "cycleType"
)

// place is where a value stands; it counts from 1.
type place struct{ line, column int }

// metaFile is a decoded YAML file of the tree.
type metaFile struct {
	fileType model.FileType
	// name is the object's name in full, if the file says it.
	name    string
	hasName bool
	values  map[model.Field]model.Value
	places  map[model.Field]place
	// items are the places of the items of sets, by field and first part.
	items    map[model.Field]map[string]place
	warnings []model.Problem
}

// readMeta decodes the YAML of an object of a kind. Problems are collected in r.
func readMeta(r *strictyaml.Reader, data []byte, kind model.Kind) metaFile {
	m := metaFile{values: map[model.Field]model.Value{}, places: map[model.Field]place{}}
	top := r.Document(data)
	if top == nil {
		return m
	}
	specs := map[string]model.Spec{}
	known := []string{keyName}
	if kind.IsFile() {
		known = append(known, keyFileType)
	}
	if kind == model.KindNode {
		known = append(known, keyNodeConf)
	}
	var inner []string
	for _, spec := range model.Fields(kind) {
		name := string(spec.Field)
		specs[name] = spec
		if rest, found := strings.CutPrefix(name, keyNodeConf+"."); found {
			inner = append(inner, rest)
		} else if spec.Field != model.FieldContent || kind == model.KindFunction {
			known = append(known, name)
		}
	}
	if misplaced := m.misplaced(r, top, known, inner); misplaced {
		return m
	}
	hasType := false
	var envelope *yaml.Node
	for _, e := range r.Mapping(top, "this file", known...) {
		switch e.Name() {
		case keyFileType:
			hasType = true
			m.readFileType(r, e.Value, kind)
		case keyName:
			m.name, m.hasName = r.Text(e.Value, keyName)
		case keyNodeConf:
			m.readNodeConfiguration(r, e.Value, specs, inner)
		case string(model.FieldEnvelope):
			envelope = e.Value
			m.places[model.FieldEnvelope] = place{envelope.Line, envelope.Column}
		default:
			m.readField(r, e, specs[e.Name()])
		}
	}
	if kind.IsFile() && !hasType {
		r.At(top, "write it like `fileType: ODPS_SQL`", "the key fileType is missing")
	}
	if envelope != nil {
		m.readEnvelope(r, envelope)
	} else if layout := find(top, string(model.FieldEnvelopeLayout)); layout != nil && kind == model.KindNode {
		r.At(layout.Key, "take it out", "envelopeLayout says how the JSON of an envelope is laid out, and there is no envelope")
	}
	return m
}

// misplaced reports keys that stand one level too high or too low; as unknown keys they would only puzzle.
func (m *metaFile) misplaced(r *strictyaml.Reader, top *yaml.Node, known, inner []string) bool {
	before := len(r.Problems)
	for i := 0; i+1 < len(top.Content); i += 2 {
		key := top.Content[i]
		if slices.Contains(inner, key.Value) && !slices.Contains(known, key.Value) {
			r.At(key, "indent it below nodeConfiguration", "%s belongs to nodeConfiguration", key.Value)
		}
	}
	return len(r.Problems) > before
}

func (m *metaFile) readFileType(r *strictyaml.Reader, n *yaml.Node, kind model.Kind) {
	if n.Kind != yaml.ScalarNode {
		r.At(n, "", "fileType must be the name of a type, or its number")
		return
	}
	t, err := model.ParseFileType(n.Value)
	switch {
	case err != nil:
		r.Err(n, err)
	case t.Info().Kind == model.KindTable:
		r.At(n, "", "tables (%s) cannot be kept in the tree", t)
	case t.Info().Kind != kind:
		r.At(n, "rename the file so that it ends in "+metaSuffix(t.Info().Kind), "%s is a %s, but the file is that of a %s", t, t.Info().Kind, kind)
	default:
		m.fileType = t
		m.places[keyFileType] = place{n.Line, n.Column}
	}
}

func (m *metaFile) readNodeConfiguration(r *strictyaml.Reader, n *yaml.Node, specs map[string]model.Spec, inner []string) {
	cycleType := ""
	var cycleNode *yaml.Node
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if key := n.Content[i]; key.Value == "stop" {
			r.At(key, "write `schedulerType: PAUSE` for a frozen node, and nothing for one that runs", "stop is no key of the tree")
			return
		}
	}
	for _, e := range r.Mapping(n, keyNodeConf, append(slices.Clone(inner), keyCycleType)...) {
		if e.Name() == keyCycleType {
			cycleNode = e.Value
			cycleType, _ = r.Text(e.Value, keyCycleType)
			continue
		}
		m.readField(r, e, specs[keyNodeConf+"."+e.Name()])
	}
	if cycleNode == nil || cycleType == "" {
		return
	}
	cron := m.values[model.FieldCronExpress].Text
	if follows := CycleType(cron); cycleType != follows {
		r.At(cycleNode, "leave cycleType out: it follows from cronExpress", "cycleType is %s, but the cron expression %q makes it %s", cycleType, cron, cmpOr(follows, "empty"))
	}
}

func cmpOr(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func (m *metaFile) readField(r *strictyaml.Reader, e strictyaml.Entry, spec model.Spec) {
	m.places[spec.Field] = place{e.Value.Line, e.Value.Column}
	if spec.Shape == model.ShapeSet {
		m.values[spec.Field] = m.readSet(r, e, spec)
		return
	}
	read := r.Text
	switch spec.Shape {
	case model.ShapeBool:
		read = r.Bool
	case model.ShapeNumber:
		read = r.Number
	}
	text, ok := read(e.Value, e.Name())
	if !ok {
		return
	}
	if text == "" && spec.ServiceFilled {
		r.At(e.Value, "leave the key out if dwsync is not to manage it", "%s is empty, but the service fills it and it cannot be cleared", e.Name())
		return
	}
	if err := spec.CheckText(text); err != nil {
		r.Err(e.Value, err)
		return
	}
	m.values[spec.Field] = model.TextValue(text)
}

func (m *metaFile) readSet(r *strictyaml.Reader, e strictyaml.Entry, spec model.Spec) model.Value {
	var items []model.Item
	seen := map[string]place{}
	for _, n := range r.Sequence(e.Value, e.Name()) {
		item, ok := readItem(r, n, e.Name(), spec)
		if !ok {
			continue
		}
		if first, found := seen[item.Name()]; found {
			if !slices.Contains(items, item) {
				r.At(n, "keep one of them", "%s: %q stands there already with other values (line %d)", e.Name(), item.Name(), first.line)
				continue
			}
			m.warnings = append(m.warnings, model.Problem{
				File: r.File, Line: n.Line, Column: n.Column, Severity: model.SeverityWarning,
				Message: fmt.Sprintf("%s: %q stands there twice (first in line %d)", e.Name(), item.Name(), first.line),
			})
			continue
		}
		seen[item.Name()] = place{n.Line, n.Column}
		items = append(items, item)
	}
	if m.items == nil {
		m.items = map[model.Field]map[string]place{}
	}
	m.items[spec.Field] = seen
	return model.SetValue(items...)
}

// The parts of items that are not plain text.
const (
	partParseType = "parseType"
	partType      = "type"
)

// parseTypeManual is what the service says of an entry that a person made; in the tree it is what an entry without parseType is.
const parseTypeManual = "MANUAL"

// isPlain tells whether an item that has only its first part is written as a plain text.
func isPlain(spec model.Spec) bool {
	return len(spec.Parts) == 1 || len(spec.Parts) == 2 && spec.Parts[1] == partParseType
}

func readItem(r *strictyaml.Reader, n *yaml.Node, what string, spec model.Spec) (model.Item, bool) {
	var item model.Item
	if n.Kind == yaml.ScalarNode && isPlain(spec) {
		text, ok := r.Text(n, "an entry of "+what)
		if ok && text == "" {
			r.At(n, "take the entry out", "an entry of %s is empty", what)
			return item, false
		}
		item[0] = text
		return item, ok
	}
	if len(spec.Parts) == 1 {
		_, ok := r.Text(n, "an entry of "+what)
		return item, ok
	}
	before := len(r.Problems)
	for _, e := range r.Mapping(n, "an entry of "+what, spec.Parts...) {
		part := slices.Index(spec.Parts, e.Name())
		switch e.Name() {
		case partType:
			item[part], _ = r.Number(e.Value, partType)
			if item[part] != "" && !slices.Contains([]string{"1", "2", "3"}, item[part]) {
				r.At(e.Value, "1 is a constant, 2 a variable, 3 a variable of another node passed on", "%s: type must be 1, 2 or 3, not %s", what, item[part])
			}
		case partParseType:
			text, ok := r.Text(e.Value, partParseType)
			switch {
			case !ok || text == parseTypeManual:
			case text == model.ParseTypeAuto:
				item[part] = text
			default:
				r.Err(e.Value, &model.UnknownNameError{What: partParseType, Name: text, Known: []string{model.ParseTypeAuto, parseTypeManual}})
			}
		default:
			item[part], _ = r.Text(e.Value, what+": "+e.Name())
		}
	}
	if item[0] == "" && len(r.Problems) == before {
		r.At(n, "", "an entry of %s needs %s", what, spec.Parts[0])
	}
	return item, len(r.Problems) == before
}

// object makes the object that a YAML describes, without its content.
func (m *metaFile) object(k model.Key) model.Object {
	o := model.NewObject(k)
	for _, spec := range model.Fields(k.Kind) {
		if v, found := m.values[spec.Field]; found {
			if spec.Field == model.FieldContent {
				// A function's content is JSON that stands in its YAML.
				v = model.TextValue(pkgcontent.StoredJSON(v.Text))
			}
			o.Set(spec.Field, v)
		}
	}
	return o
}
