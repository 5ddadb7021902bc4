package mapping

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/config"
	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/model"
)

// Mapping maps between the portable form and the form of one target. It is a value without hidden state and safe for concurrent use.
type Mapping struct {
	values map[model.Field]map[string]string
	// projects and their inverse are the map of other workspaces; an inverse may have several sources.
	projects        map[string]string
	projectsInverse map[string][]string
	content         []config.ContentRule
	identifier      string
	resolver        Resolver
}

// New makes the mapping of a target whose workspace is p. Without an identifier in p, the one that the target names holds.
func New(t config.Target, p model.Project) Mapping {
	m := Mapping{
		values: map[model.Field]map[string]string{
			model.FieldConnectionName: t.Map.ConnectionName,
			model.FieldResourceGroup:  t.Map.ResourceGroup,
			model.FieldOwner:          t.Map.Owner,
		},
		projects:        t.Map.Project,
		projectsInverse: map[string][]string{},
		content:         t.Map.Content,
		identifier:      p.Identifier,
	}
	if m.identifier == "" {
		m.identifier = t.Project
	}
	for _, from := range slices.Sorted(maps.Keys(t.Map.Project)) {
		to := t.Map.Project[from]
		m.projectsInverse[to] = append(m.projectsInverse[to], from)
	}
	return m
}

// WithResolver gives the mapping that resolves placeholders which name files and nodes.
func (m Mapping) WithResolver(r Resolver) Mapping {
	m.resolver = r
	return m
}

// Error is a value of the tree that cannot be mapped to the target.
type Error struct {
	Key   model.Key
	Field model.Field
	// Value is the value as it stands in the tree.
	Value string
	Err   error
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %s: %q: %s", e.Key, e.Field, e.Value, e.Err) }

// Unwrap gives what is wrong with the value.
func (e *Error) Unwrap() error { return e.Err }

// ErrNotResolvable is the reason of an Error whose placeholder names a file or a node, where nothing is there to look it up in.
var ErrNotResolvable = errors.New("this placeholder cannot be resolved without reading the workspace")

// ErrNoIdentifier is the reason of an Error with ${project} where the workspace's identifier is not known.
var ErrNoIdentifier = errors.New("the identifier of the workspace is not known; write `project: NAME` at the target")

// referenceParts are the fields whose items hold placeholders, and the part that does.
var referenceParts = map[model.Field]int{
	model.FieldInputList:           0,
	model.FieldOutputList:          0,
	model.FieldDependentNodeIDList: 0,
	model.FieldInputParameters:     1,
}

// Forward gives the target's form of a portable object. All errors of the object come joined, each an *Error.
func (m Mapping) Forward(o model.Object) (model.Object, error) {
	mapped := o.Clone()
	var failed []error
	for _, f := range o.Present() {
		v, errs := m.forwardField(o.Key, f, o.Get(f))
		failed = append(failed, errs...)
		mapped.Set(f, v)
	}
	if len(failed) > 0 {
		return model.Object{}, errors.Join(failed...)
	}
	return mapped, nil
}

func (m Mapping) forwardField(k model.Key, f model.Field, v model.Value) (model.Value, []error) {
	switch at, isReference := referenceParts[f]; {
	case isReference:
		var failed []error
		items := make([]model.Item, 0, len(v.Items))
		for _, item := range v.Items {
			mapped, err := m.forwardReference(k, item[at])
			if err != nil {
				failed = append(failed, &Error{Key: k, Field: f, Value: item[at], Err: err})
				continue
			}
			item[at] = mapped
			items = append(items, item)
		}
		return model.SetValue(items...), failed
	case f == model.FieldContent, f == model.FieldEnvelope:
		return model.TextValue(m.forwardContent(k, f, v.Text)), nil
	default:
		return m.forwardPlain(f, v), nil
	}
}

// forwardPlain maps a value as a whole; sets that hold no references have no map.
func (m Mapping) forwardPlain(f model.Field, v model.Value) model.Value {
	if len(m.values[f]) == 0 {
		return v
	}
	return model.TextValue(m.forwardText(f, v.Text))
}

func (m Mapping) forwardText(f model.Field, text string) string {
	if to, found := m.values[f][text]; found {
		return to
	}
	if to, found := m.values[f][config.Any]; found {
		return to
	}
	return text
}

// forwardContent maps a content by the rules for it, or the texts of the envelope around it one by one.
func (m Mapping) forwardContent(k model.Key, f model.Field, text string) string {
	return mapContent(k, f, text, func(text string) string {
		for _, rule := range m.content {
			if rule.Applies(k) {
				text = strings.ReplaceAll(text, rule.Find, rule.Replace)
			}
		}
		return text
	})
}

func mapContent(k model.Key, f model.Field, text string, change func(string) string) string {
	if f == model.FieldEnvelope {
		return content.MapEnvelope(k.Type, text, change)
	}
	return change(text)
}

// forwardReference maps an output name, a node, or a parameter's source.
func (m Mapping) forwardReference(k model.Key, value string) (string, error) {
	parts, err := parse(value)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for i, p := range parts {
		switch {
		case p.placeholder != nil:
			text, err := m.resolve(k, *p.placeholder)
			if err != nil {
				return "", err
			}
			b.WriteString(text)
		case i == 0:
			b.WriteString(m.forwardProject(p.text))
		default:
			b.WriteString(p.text)
		}
	}
	return b.String(), nil
}

func (m Mapping) forwardProject(value string) string {
	if first, rest, ok := firstSegment(value); ok {
		if to, found := m.projects[first]; found {
			return to + rest
		}
	}
	return value
}

func (m Mapping) resolve(k model.Key, p Placeholder) (string, error) {
	switch {
	case p.Verb == VerbProject && m.identifier == "":
		return "", ErrNoIdentifier
	case p.Verb == VerbProject:
		return m.identifier, nil
	case m.resolver == nil:
		return "", fmt.Errorf("%s: %w", p, ErrNotResolvable)
	default:
		return m.resolver.Resolve(k, p)
	}
}

// Placeholders gives the placeholders of an object that name files and nodes, in order of their fields. Values that do not parse are left to Forward.
func Placeholders(o model.Object) []Placeholder {
	var found []Placeholder
	for _, f := range o.Present() {
		at, isReference := referenceParts[f]
		if !isReference {
			continue
		}
		for _, item := range o.Get(f).Items {
			parts, err := parse(item[at])
			if err != nil {
				continue
			}
			for _, p := range parts {
				if p.placeholder != nil && p.placeholder.Verb != VerbProject {
					found = append(found, *p.placeholder)
				}
			}
		}
	}
	return found
}
