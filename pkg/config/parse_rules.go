package config

import (
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"gopkg.in/yaml.v3"

	"github.com/dwsync/dwsync/pkg/model"
)

func (p *parser) valueMap(n *yaml.Node, what string) Map {
	var m Map
	for _, e := range p.Mapping(n, what, "connectionName", "resourceGroup", "owner", "project", "content") {
		name := what + "." + e.Name()
		switch e.Name() {
		case "connectionName":
			m.ConnectionName = p.pairs(e.Value, name, true)
		case "resourceGroup":
			m.ResourceGroup = p.pairs(e.Value, name, true)
		case "owner":
			m.Owner = p.pairs(e.Value, name, true)
		case "project":
			m.Project = p.pairs(e.Value, name, false)
		case "content":
			for _, item := range p.Sequence(e.Value, name) {
				m.Content = append(m.Content, p.contentRule(item, name))
			}
		}
	}
	return m
}

func (p *parser) pairs(n *yaml.Node, what string, anyAllowed bool) map[string]string {
	pairs := map[string]string{}
	for _, e := range p.AnyMapping(n, what) {
		key, ok := p.Text(e.Key, "a key of "+what)
		value := p.full(e.Value, what+": "+e.Name())
		if !ok || value == "" {
			continue
		}
		switch {
		case key == "":
			p.At(e.Key, "", "%s: a key is empty", what)
		case key == Any && !anyAllowed:
			p.At(e.Key, "name each project", "%s: \"*\" is not possible here", what)
		case value == Any:
			p.At(e.Value, "", "%s: \"*\" can stand on the left side only", what)
		case !anyAllowed && strings.ContainsAny(key+value, "./${}, \t"):
			p.At(e.Key, "", "%s: %q: %q: a project's name has no dots, commas, spaces or placeholders", what, key, value)
		}
		pairs[key] = value
	}
	return pairs
}

func (p *parser) contentRule(n *yaml.Node, what string) ContentRule {
	var rule ContentRule
	hasFind, hasReplace := false, false
	for _, e := range p.Mapping(n, what, "find", "replace", "fileTypes", "paths") {
		name := what + ": " + e.Name()
		switch e.Name() {
		case "find":
			hasFind = true
			rule.Find = p.full(e.Value, name)
		case "replace":
			hasReplace = true
			rule.Replace, _ = p.Text(e.Value, name)
		case "fileTypes":
			for _, item := range p.Sequence(e.Value, name) {
				if item.Kind != yaml.ScalarNode {
					p.At(item, "", "%s must be names of file types", name)
				} else if t, err := model.ParseFileType(item.Value); err != nil {
					p.Err(item, err)
				} else {
					rule.FileTypes = append(rule.FileTypes, t)
				}
			}
		case "paths":
			rule.Paths = p.globs(e.Value, name)
		}
	}
	if n.Kind == yaml.MappingNode && (!hasFind || !hasReplace) {
		p.At(n, "", "%s: a rule needs find and replace", what)
	}
	return rule
}

func (p *parser) scope(n *yaml.Node) Scope {
	var s Scope
	for _, e := range p.Mapping(n, "scope", "include", "exclude") {
		switch e.Name() {
		case "include":
			s.Include = p.globs(e.Value, "scope.include")
		case "exclude":
			s.Exclude = p.globs(e.Value, "scope.exclude")
		}
	}
	return s
}

func (p *parser) ignore(n *yaml.Node) []IgnoreRule {
	var rules []IgnoreRule
	for _, item := range p.Sequence(n, "ignore") {
		var rule IgnoreRule
		hasFields := false
		for _, e := range p.Mapping(item, "ignore", "paths", "fields") {
			switch e.Name() {
			case "paths":
				rule.Paths = p.globs(e.Value, "ignore: paths")
			case "fields":
				hasFields = len(e.Value.Content) > 0
				rule.Fields = p.fields(e.Value)
			}
		}
		if item.Kind == yaml.MappingNode && !hasFields {
			p.At(item, "write `fields: [owner]`; to leave whole files out use `scope`", "ignore: a rule needs fields")
		}
		rules = append(rules, rule)
	}
	return rules
}

func (p *parser) fields(n *yaml.Node) []model.Field {
	var fields []model.Field
	known := fieldNames()
	for _, item := range p.Sequence(n, "ignore: fields") {
		text, ok := p.Text(item, "ignore: fields")
		switch {
		case !ok:
		case model.Field(text).IsOfEnvelope():
			p.At(item, "write content, of which it is a part", "%s cannot be ignored alone: the API takes code and envelope as one content", text)
		case slices.Contains(known, text):
			fields = append(fields, model.Field(text))
		case slices.Contains(known, "nodeConfiguration."+text):
			p.At(item, "write nodeConfiguration."+text, "unknown field %q", text)
		default:
			p.Err(item, &model.UnknownNameError{What: "field", Name: text, Known: known})
		}
	}
	return fields
}

// fieldNames gives the names of the fields of all kinds.
func fieldNames() []string {
	var names []string
	for _, kind := range []model.Kind{model.KindBusiness, model.KindFolder, model.KindNode, model.KindResource, model.KindFunction} {
		for _, spec := range model.Fields(kind) {
			names = append(names, string(spec.Field))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (p *parser) globs(n *yaml.Node, what string) Globs {
	var globs Globs
	for _, item := range p.Sequence(n, what) {
		pattern := p.full(item, what)
		switch {
		case pattern == "":
		case !doublestar.ValidatePattern(pattern):
			p.At(item, "", "%s: %q is no valid pattern", what, pattern)
		case strings.HasPrefix(pattern, "/") || strings.HasSuffix(pattern, "/"):
			p.At(item, "write "+quote(strings.Trim(pattern, "/")), "%s: a pattern has no / at its ends", what)
		default:
			globs = append(globs, pattern)
		}
	}
	return globs
}
