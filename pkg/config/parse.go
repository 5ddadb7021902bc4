package config

import (
	"math"
	"net"
	"path"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/dwsync/dwsync/pkg/config/strictyaml"
	"github.com/dwsync/dwsync/pkg/model"
)

type parser struct{ strictyaml.Reader }

func quote(s string) string { return strconv.Quote(s) }

// secretKeys are what people write when they look for a place for their access key.
var secretKeys = []string{"accesskey", "accesskeyid", "accesskeysecret", "accesskeyssecret", "secret", "secretkey", "securitytoken", "ststoken", "token", "password", "credential", "credentials", "ak", "sk"}

func (p *parser) config(data []byte) Config {
	var c Config
	top := p.Document(data)
	if top == nil {
		return c
	}
	hasVersion, hasTargets := false, false
	for _, e := range p.Mapping(top, FileName, "version", "targets", "scope", "ignore", "protect", "requires") {
		switch e.Name() {
		case "version":
			hasVersion = true
			p.version(e.Value)
		case "targets":
			hasTargets = true
			c.Targets = p.targets(e.Value)
		case "scope":
			c.Scope = p.scope(e.Value)
		case "ignore":
			c.Ignore = p.ignore(e.Value)
		case "protect":
			c.Protect = p.globs(e.Value, "protect")
		case "requires":
			if text, ok := p.Text(e.Value, "requires"); ok {
				var err error
				if c.Requires, err = ParseRequirement(text); err != nil {
					p.Err(e.Value, err)
				}
			}
		}
	}
	if !hasVersion {
		p.At(top, "write `version: 1` as its first line", "the key version is missing")
	}
	if !hasTargets {
		p.At(top, "name at least one workspace below `targets:`", "the key targets is missing")
	}
	return c
}

func (p *parser) version(n *yaml.Node) {
	text, ok := p.Number(n, "version")
	if !ok || text == strconv.Itoa(Version) {
		return
	}
	if v, err := strconv.Atoi(text); err == nil && v > Version {
		p.At(n, "use a newer dwsync", "this dwsync reads version %d of the format, the file has version %s", Version, text)
		return
	}
	p.At(n, "", "version must be %d, not %s", Version, text)
}

func (p *parser) targets(n *yaml.Node) []Target {
	var targets []Target
	var byName, byDefault string
	names := map[string]string{}
	for _, e := range p.AnyMapping(n, "targets") {
		byName = e.Name()
		switch other, found := names[strings.ToLower(byName)]; {
		case !isTargetName(byName):
			p.At(e.Key, "use letters, digits, - and _ (it becomes part of a file name)", "%q is no name for a target", byName)
			continue
		case found:
			p.At(e.Key, "", "the targets %q and %q differ in case only; their files would be the same on some systems", other, byName)
			continue
		}
		names[strings.ToLower(byName)] = byName
		t := p.target(e)
		if t.Default {
			if byDefault != "" {
				p.At(e.Key, "keep `default: true` at one", "both %q and %q are the default", byDefault, byName)
			}
			byDefault = byName
		}
		targets = append(targets, t)
	}
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		p.At(n, "name at least one workspace below it", "targets is empty")
	}
	return targets
}

// isTargetName keeps to what every file system can hold: the name becomes a part of `.dwsync/<target>.state.db`.
func isTargetName(name string) bool {
	if name == "" || len(name) > 64 || name[0] == '-' {
		return false
	}
	for _, c := range name {
		if !(c == '-' || c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z') {
			return false
		}
	}
	return true
}

func (p *parser) target(target strictyaml.Entry) Target {
	t := Target{Name: target.Name(), Release: model.StageDeployed}
	what := "target " + t.Name
	keys := []string{"default", "emulator", "project", "region", "projectId", "endpoint", "profile", "release", "limits", "map"}
	given := map[string]*yaml.Node{}
	for _, e := range p.targetEntries(target.Value, what, keys) {
		given[e.Name()] = e.Key
		name := what + ": " + e.Name()
		switch e.Name() {
		case "default":
			text, _ := p.Bool(e.Value, name)
			t.Default = text == "true"
		case "emulator":
			t.Emulator = p.emulator(e.Value, name)
		case "project":
			t.Project = p.word(e.Value, name, "_", "the identifier of the workspace")
		case "region":
			t.Region = p.word(e.Value, name, "-", "a region like cn-shanghai")
		case "projectId":
			if text, ok := p.Number(e.Value, name); ok {
				t.ProjectID = model.ProjectID(text)
				if strings.HasPrefix(text, "-") || text == "0" {
					p.At(e.Value, "", "%s must be a positive number, not %s", name, text)
				}
			}
		case "endpoint":
			t.Endpoint = p.endpoint(e.Value, name)
		case "profile":
			t.Profile = p.full(e.Value, name)
		case "release":
			if text, ok := p.Text(e.Value, name); ok {
				var known bool
				if t.Release, known = model.ParseStage(text); !known {
					p.Err(e.Value, &model.UnknownNameError{What: "release", Name: text, Known: []string{"saved", "submitted", "deployed"}})
				}
			}
		case "limits":
			t.Limits = p.limits(e.Value, name)
		case "map":
			t.Map = p.valueMap(e.Value, name)
		}
	}
	p.checkTarget(target, given)
	return t
}

// targetEntries refuses a key that looks like a secret with a sentence of its own.
func (p *parser) targetEntries(n *yaml.Node, what string, keys []string) []strictyaml.Entry {
	for _, e := range p.silentEntries(n) {
		if slices.Contains(secretKeys, strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(e.Name()))) {
			p.At(e.Key, "take the key out of the file and out of git's history, and give it by environment or by a profile of the aliyun CLI",
				"%s: %s never holds secrets", what, FileName)
		}
	}
	return p.Mapping(n, what, keys...)
}

func (p *parser) silentEntries(n *yaml.Node) []strictyaml.Entry {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	silent := strictyaml.Reader{File: p.File}
	return silent.AnyMapping(n, "")
}

func (p *parser) checkTarget(target strictyaml.Entry, given map[string]*yaml.Node) {
	name := target.Name()
	if given["emulator"] != nil {
		for _, key := range []string{"region", "projectId", "endpoint", "profile"} {
			if n := given[key]; n != nil {
				p.At(n, "take out either this key or `emulator`", "target %s: %s has no meaning for the embedded workspace", name, key)
			}
		}
		if given["project"] == nil {
			p.At(target.Key, "write `project: dw_project`", "target %s: the embedded workspace needs a name", name)
		}
		return
	}
	if target.Value.Kind != yaml.MappingNode {
		return
	}
	if given["projectId"] == nil && given["project"] == nil {
		p.At(target.Key, "write `projectId: NUMBER` (the console shows it in the address of the workspace)", "target %s does not say which workspace it is", name)
	}
	if given["region"] == nil && given["endpoint"] == nil {
		p.At(target.Key, "write `region: cn-shanghai`, or `emulator: .dwsync/"+name+".db` for the embedded workspace", "target %s does not say where the workspace is", name)
	}
}

// full gives a text that must not be empty.
func (p *parser) full(n *yaml.Node, what string) string {
	text, ok := p.Text(n, what)
	if ok && text == "" {
		p.At(n, "leave the key out", "%s is empty", what)
	}
	return text
}

// word gives a text of letters, digits and the characters of extra.
func (p *parser) word(n *yaml.Node, what, extra, example string) string {
	text := p.full(n, what)
	for _, c := range text {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || strings.ContainsRune(extra, c)) {
			p.At(n, "", "%s must be %s, not %s", what, example, quote(text))
			return ""
		}
	}
	return text
}

// emulator gives a path below the project's directory: a pull request may change this file, and must not choose where dwsync writes.
func (p *parser) emulator(n *yaml.Node, what string) string {
	text := p.full(n, what)
	if text == "" {
		return ""
	}
	clean := path.Clean(text)
	if strings.ContainsAny(text, "\\:\x00") || path.IsAbs(text) || clean == "." || clean == ".." || strings.HasPrefix(clean, "../") {
		p.At(n, "write it like .dwsync/sandbox.db", "%s must be a path inside the project's directory, with / between folders, not %s", what, quote(text))
		return ""
	}
	return clean
}

func (p *parser) endpoint(n *yaml.Node, what string) string {
	text := p.full(n, what)
	host, port := text, ""
	if h, po, err := net.SplitHostPort(text); err == nil {
		host, port = h, po
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if text != "" && (host == "" || strings.ContainsAny(host, "/@?#% \t\r\n\\") || strings.Contains(text, "://") || port != "" && (err != nil || number == 0)) {
		p.At(n, "write it without https:// and without a path", "%s must be a host, or host:port, not %s", what, quote(text))
		return ""
	}
	return text
}

func (p *parser) limits(n *yaml.Node, what string) Limits {
	if n.Kind == yaml.ScalarNode {
		text, ok := p.Text(n, what)
		if ok && !slices.Contains(limitPresets, text) {
			p.Err(n, &model.UnknownNameError{What: "preset of limits", Name: text, Known: limitPresets})
		}
		return Limits{Preset: text}
	}
	var l Limits
	for _, item := range p.Sequence(n, what) {
		b := Bucket{}
		hasActions, hasRate := false, false
		for _, e := range p.Mapping(item, what, "actions", "perSecond", "perDay") {
			switch e.Name() {
			case "actions":
				hasActions = len(e.Value.Content) > 0
				for _, action := range p.Sequence(e.Value, what+": actions") {
					b.Actions = append(b.Actions, p.word(action, what+": actions", "*?", "a name of an action, * and ? allowed"))
				}
			case "perSecond":
				hasRate = true
				b.PerSecond = p.rate(e.Value, what+": perSecond")
			case "perDay":
				hasRate = true
				if text, ok := p.Number(e.Value, what+": perDay"); ok {
					b.PerDay, _ = strconv.Atoi(text)
					if b.PerDay <= 0 {
						p.At(e.Value, "leave the key out for no limit", "%s: perDay must be more than 0", what)
					}
				}
			}
		}
		if item.Kind == yaml.MappingNode && (!hasActions || !hasRate) {
			p.At(item, `write it like {actions: ["*"], perSecond: 5, perDay: 10000}`, "%s: a bucket needs actions, and perSecond or perDay", what)
		}
		l.Buckets = append(l.Buckets, b)
	}
	return l
}

func (p *parser) rate(n *yaml.Node, what string) float64 {
	rate, err := strconv.ParseFloat(n.Value, 64)
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" && n.ShortTag() != "!!float" || err != nil || math.IsNaN(rate) || math.IsInf(rate, 0) || rate <= 0 {
		p.At(n, "", "%s must be a number greater than 0", what)
		return 0
	}
	return rate
}
