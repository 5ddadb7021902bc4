package config

import (
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/config/strictyaml"
	"github.com/dwsync/dwsync/pkg/model"
)

// FileName is the name of the file at the root of every tree.
const FileName = "dwsync.yaml"

// Version is the format version that this dwsync reads and writes. It fixes the keys of the tree and their defaults.
const Version = 1

// Config is a dwsync.yaml.
type Config struct {
	// Targets stand in the order of the file.
	Targets []Target
	Scope   Scope
	// Ignore and Protect are asked through Ignored and Protected.
	Ignore  []IgnoreRule
	Protect Globs
	// Requires says which versions of dwsync may use the file.
	Requires Requirement
}

// Target is one workspace.
type Target struct {
	Name    string
	Default bool
	// Emulator is the slash path of the embedded workspace's file, below the project's directory; empty for a real workspace.
	Emulator string
	// Project is the workspace's identifier, ProjectID its id; at least one is set for a real workspace. With both, they must name the same one.
	Project   string
	ProjectID model.ProjectID
	Region    string
	// Endpoint is host or host:port; empty means the region's own.
	Endpoint string
	// Profile is a profile of the aliyun CLI; empty means environment, then the SDK's default chain.
	Profile string
	// Release is the last stage to which push brings a file.
	Release model.Stage
	Limits  Limits
	Map     Map
}

// IsEmulator tells whether the target is the embedded workspace.
func (t Target) IsEmulator() bool { return t.Emulator != "" }

// Limits are the buckets that calls to a target are counted in: a preset by name, or buckets given one by one. The zero value means the default:
// levels for a service, none for the embedded workspace.
type Limits struct {
	Preset  string
	Buckets []Bucket
}

// Bucket limits a set of actions together.
type Bucket struct {
	// Actions are names of API actions; * and ? are wildcards.
	Actions []string
	// PerSecond is the rate in calls per second, PerDay the number of calls a day (0: not limited).
	PerSecond float64
	PerDay    int
}

// LimitPresets are the names that `limits` takes.
var limitPresets = []string{"levels", "readWrite", "total", "basic"}

// IsZero tells whether the file says nothing about limits.
func (l Limits) IsZero() bool { return l.Preset == "" && len(l.Buckets) == 0 }

// Map says how values of the tree become values of a target.
type Map struct {
	// ConnectionName, ResourceGroup and Owner map whole values; the key Any maps each value without a key of its own.
	ConnectionName map[string]string
	ResourceGroup  map[string]string
	Owner          map[string]string
	// Project maps other workspaces and engine projects that inputs, outputs and input-parameter sources name in their first segment.
	Project map[string]string
	// Content rules are applied in their order.
	Content []ContentRule
}

// Any is the key of a value map that stands for every value without a key of its own.
const Any = "*"

// IsZero tells whether the map changes nothing.
func (m Map) IsZero() bool {
	return len(m.ConnectionName) == 0 && len(m.ResourceGroup) == 0 && len(m.Owner) == 0 && len(m.Project) == 0 && len(m.Content) == 0
}

// ContentRule replaces a text in the contents of some files.
type ContentRule struct {
	Find    string
	Replace string
	// FileTypes limits the rule to some types; empty means all.
	FileTypes []model.FileType
	// Paths limits the rule to some paths; empty means all.
	Paths Globs
}

// Applies tells whether the rule is for the file k.
func (r ContentRule) Applies(k model.Key) bool {
	return (len(r.FileTypes) == 0 || slices.Contains(r.FileTypes, k.Type)) && (len(r.Paths) == 0 || r.Paths.Match(k.Path()))
}

// Parse reads a dwsync.yaml; name is what messages call the file. What is wrong comes all at once as a *model.InvalidError.
func Parse(name string, data []byte) (Config, error) {
	p := &parser{Reader: strictyaml.Reader{File: name}}
	c := p.config(data)
	if err := model.Invalid(p.Problems); err != nil {
		return Config{}, err
	}
	return c, nil
}

// UnknownTargetError reports a target that dwsync.yaml does not have, or the lack of a default.
type UnknownTargetError struct {
	// Name is empty if no target was named and there is no default.
	Name  string
	Known []string
}

func (e *UnknownTargetError) Error() string {
	known := strings.Join(e.Known, ", ")
	if e.Name == "" {
		return "dwsync.yaml has no default target; name one with --target (" + known + "), or write `default: true` at one of them"
	}
	message := "dwsync.yaml has no target " + quote(e.Name)
	if near := model.Nearest(e.Name, e.Known); near != "" {
		message += ", did you mean " + quote(near) + "?"
	}
	return message + " (targets: " + known + ")"
}

// Target gives the target with the name, or the default one for "": the only target, or the one that says so. The error is an *UnknownTargetError.
func (c Config) Target(name string) (Target, error) {
	known := make([]string, len(c.Targets))
	for i, t := range c.Targets {
		known[i] = t.Name
		if t.Name == name || name == "" && (t.Default || len(c.Targets) == 1) {
			return t, nil
		}
	}
	slices.Sort(known)
	return Target{}, &UnknownTargetError{Name: name, Known: known}
}
