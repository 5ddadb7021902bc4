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
	lenient         bool
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

// Lenient gives the mapping that leaves a placeholder symbolic if it names nothing: for forms that are only compared, never sent.
func (m Mapping) Lenient() Mapping {
	m.lenient = true
	return m
}

// Error is a value of the tree that cannot be mapped to the target.
type Error struct {
	Key   model.Key
	Field model.Field
	// Item is the name of the item that the value is a part of, Value the value as it stands in the tree.
	Item, Value string
	Err         error
}

// Errors takes what Forward returned apart, in the order of the fields.
func Errors(err error) []*Error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*Error
		for _, e := range joined.Unwrap() {
			all = append(all, Errors(e)...)
		}
		return all
	}
	if failed, ok := errors.AsType[*Error](err); ok {
		return []*Error{failed}
	}
	return nil
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
			mapped, err := m.forwardItem(k, f, item)
			if err != nil {
				failed = append(failed, &Error{Key: k, Field: f, Item: item.Name(), Value: item[at], Err: err})
				continue
			}
			items = append(items, mapped)
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

// forwardItem maps the part of an item that holds an output name, a node, or a parameter's source. If a placeholder in it is not known yet, the item is
// symbolic: its text is then still one with placeholders, in which all else is mapped.
func (m Mapping) forwardItem(k model.Key, f model.Field, item model.Item) (model.Item, error) {
	at := referenceParts[f]
	parts, err := parse(item[at])
	if err != nil {
		return item, err
	}
	var text, symbolic strings.Builder
	isSymbolic := false
	for i, p := range parts {
		known := p.text
		if p.placeholder != nil {
			known, err = m.resolve(k, f, *p.placeholder)
			if _, dangling := errors.AsType[*UnresolvedError](err); errors.Is(err, ErrSymbolic) || dangling && m.lenient {
				isSymbolic = true
				symbolic.WriteString(m.inTarget(*p.placeholder).String())
				continue
			}
			if err != nil {
				return item, err
			}
		} else if i == 0 {
			known = m.forwardProject(known)
		}
		text.WriteString(known)
		symbolic.WriteString(escape(known))
	}
	if isSymbolic {
		item[at] = symbolic.String()
		return item.Symbolic(), nil
	}
	item[at] = text.String()
	return item, nil
}

func (m Mapping) forwardProject(value string) string {
	if first, rest, ok := firstSegment(value); ok {
		if to, found := m.projects[first]; found {
			return to + rest
		}
	}
	return value
}

// inTarget gives the placeholder with its argument mapped: the output of another workspace is called by that workspace's name.
func (m Mapping) inTarget(p Placeholder) Placeholder {
	if p.Verb == VerbNodeOf {
		p.Argument = m.forwardProject(p.Argument)
	}
	return p
}

func (m Mapping) resolve(k model.Key, f model.Field, p Placeholder) (string, error) {
	switch {
	case !p.Verb.fits(f):
		return "", &MisplacedError{Placeholder: p, Field: f}
	case p.Verb == VerbProject && m.identifier == "":
		return "", ErrNoIdentifier
	case p.Verb == VerbProject:
		return m.identifier, nil
	case m.resolver == nil:
		return "", fmt.Errorf("%s: %w", p, ErrNotResolvable)
	default:
		return m.resolver.Resolve(k, m.inTarget(p))
	}
}

// Placeholders gives the placeholders of a portable object that name files and nodes, in order of their fields. Values that do not parse are left to Forward.
func Placeholders(o model.Object) []Placeholder {
	return placeholders(o, func(model.Item) bool { return true })
}

// ForeignOutputs gives the outputs of other workspaces, by the target's names, whose nodes a portable object names, sorted.
func (m Mapping) ForeignOutputs(o model.Object) []string {
	var outputs []string
	for _, p := range Placeholders(o) {
		if p.Verb == VerbNodeOf {
			outputs = append(outputs, m.inTarget(p).Argument)
		}
	}
	slices.Sort(outputs)
	return slices.Compact(outputs)
}

func placeholders(o model.Object, among func(model.Item) bool) []Placeholder {
	var found []Placeholder
	for _, f := range o.Present() {
		at, isReference := referenceParts[f]
		if !isReference {
			continue
		}
		for _, item := range o.Get(f).Items {
			parts, err := parse(item[at])
			if err != nil || !among(item) {
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
