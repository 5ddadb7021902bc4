package tree

import (
	"strings"

	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/model"
)

// layout is how a YAML file is laid out: a new one as defaultLayout says, a standing one as it is.
type layout struct {
	newline string
	// step indents what lies in a mapping.
	step string
	// dash indents the items of a list against its key.
	dash string
}

var defaultLayout = layout{newline: "\n", step: "  ", dash: "  "}

// newMeta writes the YAML of an object: the keys in the order of model.Fields, defaults left out. fullName is written where the file's own name was cut.
func newMeta(o model.Object, fullName string) []byte {
	var b strings.Builder
	if fullName != "" {
		b.WriteString(keyName + ": " + scalar(fullName, inBlock, anyStyle) + "\n")
	}
	if o.Key.Kind.IsFile() {
		b.WriteString(keyFileType + ": " + o.Key.Type.String() + "\n")
	}
	inner := false
	for _, spec := range metaFields(o.Key.Kind) {
		if !o.Has(spec.Field) {
			continue
		}
		name, isInner := strings.CutPrefix(string(spec.Field), keyNodeConf+".")
		indentation := ""
		if isInner {
			if !inner {
				b.WriteString(keyNodeConf + ":\n")
			}
			inner, indentation = true, defaultLayout.step
		}
		b.WriteString(defaultLayout.entry(indentation, name, spec, o.Get(spec.Field)))
	}
	return []byte(b.String())
}

// metaFields are the fields of a kind that stand in its YAML.
func metaFields(k model.Kind) []model.Spec {
	var specs []model.Spec
	for _, spec := range model.Fields(k) {
		if spec.Field != model.FieldContent || k == model.KindFunction {
			specs = append(specs, spec)
		}
	}
	return specs
}

// entry writes a key with its value as whole lines.
func (l layout) entry(indentation, name string, spec model.Spec, v model.Value) string {
	if spec.Shape == model.ShapeJSON {
		return indentation + l.jsonEntry(indentation, name, parsedJSON(v.Text))
	}
	if spec.Shape != model.ShapeSet {
		return indentation + name + ": " + l.text(indentation, spec, v.Text) + l.newline
	}
	if len(v.Items) == 0 {
		return indentation + name + ": []" + l.newline
	}
	var b strings.Builder
	b.WriteString(indentation + name + ":" + l.newline)
	for _, item := range v.Items {
		b.WriteString(l.item(indentation+l.dash, spec, item))
	}
	return b.String()
}

// shownText gives a text as it stands in a YAML: the content of a function, JSON, is indented.
func shownText(spec model.Spec, text string) string {
	if spec.Field == model.FieldContent {
		return content.ShownJSON(text)
	}
	return text
}

// text writes the value of a field that is no set.
func (l layout) text(indentation string, spec model.Spec, text string) string {
	text = shownText(spec, text)
	if spec.Shape != model.ShapeText {
		return text
	}
	if isLiteralSafe(text) {
		header, body := literal(text, indentation+l.step, l.newline)
		return header + body
	}
	return scalar(text, inBlock, anyStyle)
}

// item writes an item of a list as whole lines.
func (l layout) item(indentation string, spec model.Spec, item model.Item) string {
	if isPlain(spec) {
		return indentation + "- " + flowItem(spec, item, inBlock) + l.newline
	}
	var b strings.Builder
	lead := indentation + "- "
	for i, part := range spec.Parts {
		if item[i] != "" || i == 0 {
			b.WriteString(lead + part + ": " + partText(part, item[i], inBlock) + l.newline)
			lead = indentation + "  "
		}
	}
	return b.String()
}

// flowItem writes an item on one line.
func flowItem(spec model.Spec, item model.Item, in where) string {
	if isPlain(spec) && item[1] == "" {
		return scalar(item[0], in, anyStyle)
	}
	var parts []string
	for i, part := range spec.Parts {
		if item[i] != "" || i == 0 {
			parts = append(parts, part+": "+partText(part, item[i], inFlow))
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// partText writes a part of an item; the type of a parameter is a number.
func partText(part, text string, in where) string {
	if part == partType && len(text) == 1 && strings.Trim(text, "0123456789") == "" {
		return text
	}
	return scalar(text, in, anyStyle)
}
