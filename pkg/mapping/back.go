package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/config"
	"github.com/dwsync/dwsync/pkg/model"
)

// Unmapped is a value of the workspace that no portable value maps to. The field is left as it stands in the tree.
type Unmapped struct {
	Key   model.Key
	Field model.Field
	// Value is the workspace's value; of a content it is empty.
	Value string
	// Why says which rule is in the way.
	Why string
}

func (u Unmapped) String() string {
	return fmt.Sprintf("%s: %s: %q is unmapped: %s", u.Key, u.Field, u.Value, u.Why)
}

// Back gives the portable form of an object of the target, for writing it to the tree. standing is the object as it stands in the tree, or nil.
//
// Where several portable values map to the same, the standing one is kept; so is the whole standing field where the value is unmapped. A field that the
// service fills and that the standing object does not manage stays out. What is unmapped without a standing object is taken literally.
func (m Mapping) Back(o model.Object, standing *model.Object) (model.Object, []Unmapped) {
	portable := o.Clone()
	var unmapped []Unmapped
	for _, f := range o.Present() {
		spec, _ := model.FieldSpec(o.Key.Kind, f)
		if standing != nil && spec.ServiceFilled && !standing.Has(f) {
			portable.Set(f, model.Value{})
			continue
		}
		var stands *model.Value
		if standing != nil {
			v := standing.Get(f)
			stands = &v
		}
		v, problem := m.backField(o.Key, f, o.Get(f), stands)
		if problem != nil {
			unmapped = append(unmapped, *problem)
			if stands != nil {
				v = *stands
			}
		}
		portable.Set(f, v)
	}
	return portable, unmapped
}

func (m Mapping) backField(k model.Key, f model.Field, v model.Value, stands *model.Value) (model.Value, *Unmapped) {
	switch at, isReference := referenceParts[f]; {
	case isReference:
		return m.backReferences(k, f, at, v, stands)
	case f == model.FieldContent, f == model.FieldEnvelope:
		return m.backContent(k, f, v, stands)
	case len(m.values[f]) == 0:
		return v, nil
	default:
		return m.backText(k, f, v, stands)
	}
}

func (m Mapping) backText(k model.Key, f model.Field, v model.Value, stands *model.Value) (model.Value, *Unmapped) {
	if stands != nil && m.forwardText(f, stands.Text) == v.Text {
		return *stands, nil
	}
	for _, from := range slices.Sorted(maps.Keys(m.values[f])) {
		if from != config.Any && m.values[f][from] == v.Text {
			return model.TextValue(from), nil
		}
	}
	if m.forwardText(f, v.Text) == v.Text {
		return v, nil
	}
	return v, &Unmapped{Key: k, Field: f, Value: v.Text, Why: fmt.Sprintf("the map turns it into %q, and nothing into it", m.forwardText(f, v.Text))}
}

func (m Mapping) backContent(k model.Key, f model.Field, v model.Value, stands *model.Value) (model.Value, *Unmapped) {
	if m.forwardContent(k, f, v.Text) == v.Text && !m.rulesTouch(k, f, v.Text) {
		return v, nil
	}
	if stands != nil && m.forwardContent(k, f, stands.Text) == v.Text {
		return *stands, nil
	}
	undone := mapContent(k, f, v.Text, func(text string) string {
		for _, rule := range slices.Backward(m.content) {
			if rule.Applies(k) && rule.Replace != "" {
				text = strings.ReplaceAll(text, rule.Replace, rule.Find)
			}
		}
		return text
	})
	for _, candidate := range []string{undone, v.Text} {
		if m.forwardContent(k, f, candidate) == v.Text {
			return model.TextValue(candidate), nil
		}
	}
	return v, &Unmapped{Key: k, Field: f, Why: "it has a text that a content rule replaces, so that no content of the tree becomes it"}
}

// rulesTouch tells whether the way back would change the content.
func (m Mapping) rulesTouch(k model.Key, f model.Field, text string) bool {
	touched := false
	mapContent(k, f, text, func(text string) string {
		touched = touched || slices.ContainsFunc(m.content, func(rule config.ContentRule) bool {
			return rule.Applies(k) && (strings.Contains(text, rule.Find) || rule.Replace != "" && strings.Contains(text, rule.Replace))
		})
		return text
	})
	return touched
}

func (m Mapping) backReferences(k model.Key, f model.Field, at int, v model.Value, stands *model.Value) (model.Value, *Unmapped) {
	kept := map[model.Item]model.Item{}
	if stands != nil {
		// What names nothing stands in the form as it is written.
		lenient := m.Lenient()
		if mapped, errs := lenient.forwardField(k, f, *stands); len(errs) == 0 && mapped.Equal(v) {
			return *stands, nil
		}
		for _, item := range stands.Items {
			mapped, err := lenient.forwardItem(k, f, item)
			if err != nil {
				continue
			}
			if _, found := kept[mapped]; !found {
				kept[mapped] = item
			}
		}
	}
	items := make([]model.Item, 0, len(v.Items))
	var problem *Unmapped
	for _, item := range v.Items {
		if from, found := kept[item]; found {
			items = append(items, from)
			continue
		}
		portable, ok := m.backReference(k, f, item, at)
		if !ok {
			problem = &Unmapped{Key: k, Field: f, Value: item[at], Why: "the map turns its project into another, and nothing into it"}
		}
		items = append(items, portable)
	}
	return model.SetValue(items...), problem
}

// backReference gives the portable item of an output name, a node, or a parameter's source.
func (m Mapping) backReference(k model.Key, f model.Field, item model.Item, at int) (model.Item, bool) {
	value := item[at]
	name, source, hasSource := value, "", false
	if f == model.FieldInputParameters {
		name, source, hasSource = strings.Cut(value, ":")
	}
	var candidates []string
	for _, p := range m.names(f, name) {
		candidate := p.String()
		if hasSource {
			candidate += ":" + escape(source)
		}
		candidates = append(candidates, candidate)
	}
	if first, rest, ok := firstSegment(value); ok {
		if first == m.identifier {
			candidates = append(candidates, Placeholder{Verb: VerbProject}.String()+escape(rest))
		}
		for _, from := range m.projectsInverse[first] {
			candidates = append(candidates, escape(from+rest))
		}
	}
	portable := item
	for _, candidate := range append(candidates, escape(value)) {
		portable[at] = candidate
		if mapped, err := m.forwardItem(k, f, portable); err == nil && mapped == item {
			return portable, true
		}
	}
	return portable, false
}

// names gives the placeholders that may stand for a value, if there is a resolver: that of another workspace's node in each spelling that the map turns into
// the node's output.
func (m Mapping) names(f model.Field, value string) []Placeholder {
	if m.resolver == nil {
		return nil
	}
	p, found := m.resolver.Name(f, value)
	if !found {
		return nil
	}
	var all []Placeholder
	if first, rest, ok := firstSegment(p.Argument); ok && p.Verb == VerbNodeOf {
		for _, from := range m.projectsInverse[first] {
			all = append(all, Placeholder{Verb: VerbNodeOf, Argument: from + rest})
		}
	}
	return append(all, p)
}
