package pull

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

// merged is what a three-way merge of an object came to.
type merged struct {
	// form holds the changes of both sides, in the target's form. It is to be written unless there are conflicts or why is set.
	form model.Object
	// marked tells that the form's content holds conflict markers.
	marked bool
	// conflicts are the fields that both sides changed in different ways and that cannot hold markers, sorted.
	conflicts []model.Field
	// why says what else stands in the way, "" if nothing does.
	why string
}

const (
	whyUnresolved  = "it holds the conflict markers of an earlier pull: resolve them first"
	whyOwnMarkers  = "both sides changed its content, and lines that look like conflict markers are part of it"
	whyBrokenJSON  = "both sides changed its content, and what comes of a merge line by line is no JSON any more"
	whyConflicting = "both sides changed "
)

// merge merges the changes of tree and workspace since their base, which is known: the fields in which the two differ, one by one. A field that only one
// side changed is that side's; sets are merged element by element, content line by line. What the sides do not differ in stays as the tree has it: what is
// ignored, what the service parsed, and what it fills in and the tree does not manage. So does a content that a
// stopped pull wrote.
func merge(c diff.Comparison, stopped Journal) merged {
	m := merged{form: c.Tree.Clone()}
	for _, change := range c.Fields {
		spec, _ := model.FieldSpec(c.Key.Kind, change.Field)
		base := c.Base.Get(change.Field)
		switch {
		case change.Field == model.FieldPath && change.Tree.Equal(base):
			m.form = m.form.Moved(c.Remote.Object.Key)
		case change.Field == model.FieldPath:
			if !change.Remote.Equal(base) {
				m.conflicts = append(m.conflicts, change.Field)
			}
		case spec.ServiceFilled && !c.Base.Has(change.Field):
			// The base did not manage the field: the tree began to, and of the workspace's value nobody knows that it changed.
		case change.Field == model.FieldContent && stopped.wroteContent(c):
			m.marked = isUnresolved(c)
		case change.Field == model.FieldContent && c.Tree.HasText() && c.Remote.Object.HasText() && isSameLayer(c):
			m.mergeContent(base.Text, change.Tree.Text, change.Remote.Text)
		case change.Tree.Equal(base):
			m.form.Set(change.Field, change.Remote)
			if change.Field == model.FieldEnvelope {
				m.form.Set(model.FieldEnvelopeLayout, c.Remote.Object.Get(model.FieldEnvelopeLayout))
			}
		case change.Remote.Equal(base):
		case spec.Shape == model.ShapeSet:
			items, clean := mergeItems(change.Field, base.Items, change.Tree.Items, change.Remote.Items)
			if !clean {
				m.conflicts = append(m.conflicts, change.Field)
			}
			m.form.Set(change.Field, model.SetValue(items...))
		case change.Field == model.FieldEnvelope:
			envelope, clean := content.MergeEnvelopes(base.Text, change.Tree.Text, change.Remote.Text)
			if !clean {
				m.conflicts = append(m.conflicts, change.Field)
			}
			m.form.Set(change.Field, model.TextValue(envelope))
		default:
			m.conflicts = append(m.conflicts, change.Field)
		}
	}
	if len(m.conflicts) > 0 && m.why == "" {
		names := make([]string, len(m.conflicts))
		for i, f := range m.conflicts {
			names[i] = string(f)
		}
		m.why = whyConflicting + strings.Join(names, ", ")
	}
	return m
}

// isSameLayer tells whether base and both sides have code in an envelope, or all have the content as it is stored: only then their lines are of one kind.
func isSameLayer(c diff.Comparison) bool {
	enveloped := c.Base.Has(model.FieldEnvelope)
	return c.Tree.Has(model.FieldEnvelope) == enveloped && c.Remote.Object.Has(model.FieldEnvelope) == enveloped
}

// mergeContent merges a content that is lines of text on both sides, where conflicts can be marked. (What a function has stands in its YAML.)
func (m *merged) mergeContent(base, tree, workspace string) {
	switch {
	case hasConflict(base) || hasConflict(workspace):
		m.why = whyOwnMarkers
		return
	case hasConflict(tree):
		m.why = whyUnresolved
		return
	}
	showsJSON := m.form.Key.Type.Info().IsJSON() && !m.form.Has(model.FieldEnvelope)
	if showsJSON {
		// The service stores it on one line; people, and the tree, see one line for each token.
		base, tree, workspace = content.ShownJSON(base), content.ShownJSON(tree), content.ShownJSON(workspace)
	}
	text, conflicts := mergeText(base, tree, workspace)
	switch {
	case conflicts == 0 && isJSON(tree) && isJSON(workspace) && !isJSON(text):
		m.why = whyBrokenJSON
		return
	case conflicts == 0 && showsJSON:
		text = content.StoredJSON(text)
	}
	m.form.Set(model.FieldContent, model.TextValue(text))
	m.marked = conflicts > 0
}

func isJSON(text string) bool {
	start := strings.TrimLeft(text, " \t\r\n")
	return start != "" && (start[0] == '{' || start[0] == '[') && json.Valid([]byte(text))
}

// mergeItems merges a set element by element: what either side added is in it, what either side removed is not. Elements of the same name are one (an
// input parameter and its source): changed on both sides in different ways, they are no clean merge. An input or output that the service parsed from the
// code is no change against one that somebody declared.
func mergeItems(f model.Field, base, tree, workspace []model.Item) (items []model.Item, clean bool) {
	clean = true
	b, l, r := byName(base), byName(tree), byName(workspace)
	seen := map[string]bool{}
	for _, item := range slices.Concat(base, tree, workspace) {
		name := item.Name()
		if seen[name] {
			continue
		}
		seen[name] = true
		switch {
		case slices.Equal(l[name], r[name]), slices.Equal(r[name], b[name]):
			items = append(items, l[name]...)
		case slices.Equal(l[name], b[name]):
			items = append(items, r[name]...)
		case f == model.FieldInputList || f == model.FieldOutputList:
			// Only the way to declare it differs, or one side removed what the other declared anew: the entry stays, as somebody declared it if anybody did.
			items = append(items, declared(l[name], r[name])...)
		default:
			clean = false
			items = append(items, l[name]...)
		}
	}
	return items, clean
}

func byName(items []model.Item) map[string][]model.Item {
	named := make(map[string][]model.Item, len(items))
	for _, item := range items {
		named[item.Name()] = append(named[item.Name()], item)
	}
	return named
}

// declared gives the entries of one name that somebody declared, or the parsed ones where nobody did.
func declared(tree, workspace []model.Item) []model.Item {
	all := slices.Concat(tree, workspace)
	if manual := slices.DeleteFunc(slices.Clone(all), model.Item.IsAuto); len(manual) > 0 {
		return manual
	}
	return all
}
