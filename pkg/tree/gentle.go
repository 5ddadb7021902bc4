package tree

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/dwsync/dwsync/pkg/config/strictyaml"
	"github.com/dwsync/dwsync/pkg/model"
)

const byteOrderMark = "\ufeff"

// EditError reports a YAML file that could not be changed so that it says what was wanted; the file was left alone.
type EditError struct {
	File string
	Key  model.Key
	// Field is the first field that would not have come out right, if one did not.
	Field model.Field
	Err   error
}

func (e *EditError) Error() string {
	message := fmt.Sprintf("%s: the file could not be changed in place to what the workspace has", e.File)
	if e.Field != "" {
		message += fmt.Sprintf(" (%s)", e.Field)
	}
	if e.Err != nil {
		message += ": " + e.Err.Error()
	}
	return message + "; write it in a plainer form, or delete it and pull again"
}

// Unwrap gives the cause.
func (e *EditError) Unwrap() error { return e.Err }

// splice replaces a part of a text.
type splice struct {
	start, end int
	text       string
}

// editMeta changes the YAML of the object wanted.Key so that it says wanted, and gives nil if it says so already. Only the text of values that changed is
// replaced. The result is decoded again: what does not decode to wanted is an *EditError.
//
// Fields that the service fills are never added to a standing file: who left them out does not want them managed.
func editMeta(file string, data []byte, wanted model.Object) ([]byte, error) {
	kind := wanted.Key.Kind
	before, top, err := decodeMeta(file, data, kind)
	if err != nil {
		return nil, &EditError{File: file, Key: wanted.Key, Err: err}
	}
	var changed []model.Spec
	wanted = wanted.Clone()
	standing := before.object(wanted.Key)
	for _, spec := range metaFields(kind) {
		if _, stands := before.values[spec.Field]; spec.ServiceFilled && !stands {
			wanted.Set(spec.Field, model.Value{})
		}
		if !standing.Get(spec.Field).Equal(wanted.Get(spec.Field)) {
			changed = append(changed, spec)
		}
	}
	if len(changed) == 0 {
		return nil, nil
	}
	text, hasMark := strings.CutPrefix(string(data), byteOrderMark)
	// Values are replaced in place; where one does not come out right (a layout that nobody foresaw) its whole entry is written anew, and where it is
	// not clear which one, all changed entries are.
	coarse := map[model.Field]bool{}
	for {
		e := newMetaEditor(text, top, coarse)
		e.edit(changed, standing, wanted)
		result := e.apply()
		if hasMark {
			result = byteOrderMark + result
		}
		failed := checkMeta(file, []byte(result), wanted)
		if failed == nil {
			return []byte(result), nil
		}
		before := len(coarse)
		if slices.ContainsFunc(changed, func(spec model.Spec) bool { return spec.Field == failed.Field && !coarse[spec.Field] }) {
			coarse[failed.Field] = true
		} else {
			for _, spec := range changed {
				coarse[spec.Field] = true
			}
		}
		if len(coarse) == before {
			return nil, failed
		}
	}
}

// decodeMeta reads a YAML file that is known to be valid.
func decodeMeta(file string, data []byte, kind model.Kind) (metaFile, *yaml.Node, error) {
	r := strictyaml.Reader{File: file}
	m := readMeta(&r, data, kind)
	top := (&strictyaml.Reader{File: file}).Document(data)
	return m, top, model.Invalid(r.Problems)
}

// checkMeta decodes a YAML file and compares it with what it shall say.
func checkMeta(file string, data []byte, wanted model.Object) *EditError {
	r := strictyaml.Reader{File: file}
	after := readMeta(&r, data, wanted.Key.Kind)
	if err := model.Invalid(r.Problems); err != nil {
		return &EditError{File: file, Key: wanted.Key, Err: err}
	}
	o := after.object(wanted.Key)
	for _, spec := range metaFields(wanted.Key.Kind) {
		if !o.Get(spec.Field).Equal(wanted.Get(spec.Field)) || o.Has(spec.Field) != wanted.Has(spec.Field) {
			return &EditError{File: file, Key: wanted.Key, Field: spec.Field}
		}
	}
	if wanted.Key.Kind.IsFile() && after.fileType != wanted.Key.Type {
		return &EditError{File: file, Key: wanted.Key, Field: keyFileType}
	}
	return nil
}

// metaEditor collects splices of one YAML file.
type metaEditor struct {
	*source
	layout
	top     *yaml.Node
	coarse  map[model.Field]bool
	splices []splice
}

func newMetaEditor(text string, top *yaml.Node, coarse map[model.Field]bool) *metaEditor {
	e := &metaEditor{source: newSource(text), layout: defaultLayout, top: top, coarse: coarse}
	if len(e.lines) > 1 {
		first := text[:e.lines[1]]
		if trimmed := strings.TrimRight(first, "\r\n"); trimmed != first {
			e.newline = first[len(trimmed):]
		}
	}
	for _, name := range []string{string(model.FieldEnvelope), keyNodeConf} {
		if entry := find(top, name); entry != nil && isBlock(entry.Value) {
			e.step = strings.Repeat(" ", max(entry.Value.Column-entry.Key.Column, 1))
			if list := firstList(entry.Value); list != nil {
				e.dash = strings.Repeat(" ", max(list.Value.Column-list.Key.Column, 0))
			}
		}
	}
	return e
}

// firstList finds a list of lines in a mapping, at any depth.
func firstList(n *yaml.Node) *strictyaml.Entry {
	for _, entry := range entries(n) {
		switch {
		case !isBlock(entry.Value):
		case entry.Value.Kind == yaml.SequenceNode:
			return &entry
		case entry.Value.Kind == yaml.MappingNode:
			if list := firstList(entry.Value); list != nil {
				return list
			}
		}
	}
	return nil
}

func isBlock(n *yaml.Node) bool { return n.Style&yaml.FlowStyle == 0 && len(n.Content) > 0 }

// entries gives the entries of a mapping that is known to be valid.
func entries(n *yaml.Node) []strictyaml.Entry {
	all := make([]strictyaml.Entry, 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		all = append(all, strictyaml.Entry{Key: n.Content[i], Value: n.Content[i+1]})
	}
	return all
}

func find(n *yaml.Node, name string) *strictyaml.Entry {
	for _, e := range entries(n) {
		if e.Name() == name {
			return &e
		}
	}
	return nil
}

func (e *metaEditor) replace(start, end int, text string) {
	e.splices = append(e.splices, splice{start, end, text})
}

// apply gives the text with all splices. At the same place what is only put in comes first, in the order in which it was made.
func (e *metaEditor) apply() string {
	slices.SortStableFunc(e.splices, func(a, b splice) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(min(a.end-a.start, 1), min(b.end-b.start, 1)))
	})
	var b strings.Builder
	at := 0
	for _, s := range e.splices {
		if s.start < at {
			// Two splices of one place: what comes out will not pass the check.
			continue
		}
		b.WriteString(e.source.text[at:s.start])
		b.WriteString(s.text)
		at = s.end
	}
	b.WriteString(e.source.text[at:])
	return b.String()
}

// edit makes the splices for the changed fields.
func (e *metaEditor) edit(changed []model.Spec, standing, wanted model.Object) {
	order := metaFields(wanted.Key.Kind)
	var outer, inner []model.Spec
	for _, spec := range changed {
		if strings.HasPrefix(string(spec.Field), keyNodeConf+".") {
			inner = append(inner, spec)
		} else {
			outer = append(outer, spec)
		}
	}
	e.editMapping(e.top, "", "", order, outer, standing, wanted)
	if len(inner) == 0 {
		return
	}
	if conf := find(e.top, keyNodeConf); conf != nil {
		e.editMapping(conf.Value, keyNodeConf+".", e.indentationOf(conf.Value, e.step), order, inner, standing, wanted)
		e.dropCycleType(conf.Value, inner)
		return
	}
	e.addNodeConfiguration(inner, wanted)
}

func (e *metaEditor) indentationOf(n *yaml.Node, otherwise string) string {
	if isBlock(n) {
		return strings.Repeat(" ", n.Column-1)
	}
	return otherwise
}

// editMapping makes the splices for the changed fields of one mapping, whose fields begin with prefix.
func (e *metaEditor) editMapping(n *yaml.Node, prefix, indentation string, order, changed []model.Spec, standing, wanted model.Object) {
	var gone []strictyaml.Entry
	added := map[string]string{}
	for _, spec := range changed {
		name := strings.TrimPrefix(string(spec.Field), prefix)
		entry := find(n, name)
		v := wanted.Get(spec.Field)
		switch {
		case entry == nil && isBlock(n) || entry == nil && n == e.top && len(n.Content) == 0 && n.Style&yaml.FlowStyle == 0:
			added[name] = e.entry(indentation, name, spec, v)
		case entry == nil:
			added[name] = name + ": " + flowValue(spec, v)
		case e.isToGo(*entry, n, spec, wanted):
			gone = append(gone, *entry)
		case e.coarse[spec.Field] && isBlock(n):
			e.replace(e.lineOf(e.start(entry.Key)), e.afterEntry(*entry, n), e.entry(indentation, name, spec, v))
		case e.coarse[spec.Field]:
			e.replace(e.start(entry.Value), e.end(entry.Value, n.Column-1), flowValue(spec, v))
		case spec.Shape == model.ShapeSet:
			e.editSet(*entry, n, spec, v)
		case spec.Shape == model.ShapeJSON:
			e.editJSON(*entry, n, indentation, parsedJSON(standing.Text(spec.Field)), parsedJSON(v.Text))
		default:
			e.editText(*entry, n, spec, v.Text)
		}
	}
	e.remove(n, gone, len(added) > 0)
	e.insert(n, prefix, order, added)
}

// isToGo tells whether the whole entry leaves: what is not managed any more, and a value that becomes empty, unless a comment would leave with it.
func (e *metaEditor) isToGo(entry strictyaml.Entry, n *yaml.Node, spec model.Spec, wanted model.Object) bool {
	if wanted.Has(spec.Field) || spec.Default != "" {
		return spec.Field == model.FieldEnvelopeLayout && !wanted.Has(model.FieldEnvelope)
	}
	// An envelope goes whole: without it there is nothing that a comment could be about.
	return spec.ServiceFilled || spec.Shape == model.ShapeJSON || isBlock(n) && (e.coarse[spec.Field] || !e.hasComment(entry, n))
}

// hasComment tells whether a comment stands inside an entry or behind it in its lines.
func (e *metaEditor) hasComment(entry strictyaml.Entry, n *yaml.Node) bool {
	at := e.end(entry.Key, n.Column-1)
	found := false
	var walk func(n *yaml.Node, column int)
	walk = func(n *yaml.Node, column int) {
		if n.Kind == yaml.ScalarNode {
			start := e.start(n)
			found = found || strings.Contains(e.source.text[at:start], "#")
			if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
				found = found || strings.Contains(e.headerComment(start), "#")
			}
			at = e.end(n, column)
		}
		for _, child := range n.Content {
			walk(child, n.Column-1)
		}
	}
	walk(entry.Value, n.Column-1)
	return found || strings.Contains(e.source.text[at:max(at, e.afterEntry(entry, n))], "#")
}

// afterEntry is the offset behind the lines of an entry of a block mapping.
func (e *metaEditor) afterEntry(entry strictyaml.Entry, n *yaml.Node) int {
	return e.lineEnd(e.end(entry.Value, n.Column-1))
}

// remove takes entries out of a mapping. A mapping that loses its last entry stays as {}.
func (e *metaEditor) remove(n *yaml.Node, gone []strictyaml.Entry, refilled bool) {
	all := entries(n)
	if n != e.top && len(gone) == len(all) && len(gone) > 0 && isBlock(n) && !refilled {
		if conf := find(e.top, keyNodeConf); conf != nil && conf.Value == n {
			at := e.end(conf.Key, 0)
			if colon := strings.IndexByte(e.source.text[at:], ':'); colon >= 0 {
				e.replace(at+colon+1, at+colon+1, " {}")
			}
		}
	}
	for _, entry := range gone {
		i := slices.IndexFunc(all, func(other strictyaml.Entry) bool { return other.Key == entry.Key })
		switch {
		case isBlock(n):
			e.replace(e.lineOf(e.start(entry.Key)), e.afterEntry(entry, n), "")
		case i+1 < len(all):
			e.replace(e.start(entry.Key), e.start(all[i+1].Key), "")
		case i > 0 && !slices.ContainsFunc(gone, func(g strictyaml.Entry) bool { return g.Key == all[i-1].Key }):
			e.replace(e.end(all[i-1].Value, 0), e.end(entry.Value, 0), "")
		default:
			e.replace(e.start(entry.Key), e.end(entry.Value, 0), "")
		}
	}
}

// dropCycleType takes cycleType out if the cron expression changed so that it would contradict.
func (e *metaEditor) dropCycleType(conf *yaml.Node, changed []model.Spec) {
	entry := find(conf, keyCycleType)
	if entry == nil || !slices.ContainsFunc(changed, func(s model.Spec) bool { return s.Field == model.FieldCronExpress }) {
		return
	}
	cron := ""
	for _, s := range e.splices {
		if c := find(conf, "cronExpress"); c != nil && s.start == e.start(c.Value) {
			var n yaml.Node
			if err := yaml.Unmarshal([]byte(s.text), &n); err == nil && len(n.Content) == 1 {
				cron = n.Content[0].Value
			}
		}
	}
	if follows := CycleType(cron); follows != entry.Value.Value {
		if follows != "" {
			e.replace(e.start(entry.Value), e.end(entry.Value, 0), follows)
			return
		}
		e.remove(conf, []strictyaml.Entry{*entry}, true)
	}
}
