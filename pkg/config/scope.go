package config

import (
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/dwsync/dwsync/pkg/model"
)

// Globs are patterns over the paths of objects (`业务流程/电商数仓/**`): * within a segment, ** over segments. They match what people call an object,
// never the spelling of its file.
type Globs []string

// Match tells whether one of the patterns matches the path.
func (g Globs) Match(path model.FolderPath) bool {
	for _, pattern := range g {
		// Patterns were checked when they were read, so that an error cannot occur.
		if matched, _ := doublestar.Match(pattern, string(path)); matched {
			return true
		}
	}
	return false
}

// matchWithParents tells whether a pattern matches the path or a folder that it lies in.
func (g Globs) matchWithParents(path model.FolderPath) bool {
	for ; path != "" && len(g) > 0; path = path.Parent() {
		if g.Match(path) {
			return true
		}
	}
	return false
}

// Scope limits what dwsync sees, on both sides.
type Scope struct {
	// Include is empty for the default: everything but ad hoc queries and components.
	Include Globs
	Exclude Globs
}

// Includes tells whether an object is in the scope. What lies in an excluded folder is excluded with it; a file inside a node goes with its node, since the
// two are released as one.
func (s Scope) Includes(k model.Key) bool {
	path := k.Outermost().Path()
	if len(s.Include) == 0 {
		if use := path.Root().UseType(); use == model.UseAdHocQuery || use == model.UseComponent {
			return false
		}
	} else if !s.Include.Match(path) {
		return false
	}
	return !s.Exclude.matchWithParents(path)
}

// Uses gives the modules that can hold something in the scope, sorted: what is in no list of these needs no call.
func (s Scope) Uses() []model.UseType {
	var uses []model.UseType
	for _, root := range model.Roots() {
		if s.mayInclude(root) {
			uses = append(uses, root.UseType())
		}
	}
	if slices.Contains(uses, model.UseNormal) {
		// Nodes that are skipped are a list of their own, below the same root.
		uses = append(uses, model.UseSkip)
	}
	slices.Sort(uses)
	return slices.Compact(uses)
}

func (s Scope) mayInclude(root model.Root) bool {
	if len(s.Include) == 0 {
		return s.Includes(model.Key{Folder: model.FolderPath(root), Name: "x"})
	}
	for _, pattern := range s.Include {
		first, _, _ := strings.Cut(pattern, "/")
		if strings.ContainsAny(first, "{}[]\\") {
			// A slash may stand inside braces: ask for one call too many rather than one too few.
			return true
		}
		if matched, _ := doublestar.Match(first, string(root)); matched || first == "**" {
			return true
		}
	}
	return false
}

// IgnoreRule takes fields of some objects out of every comparison and every write.
type IgnoreRule struct {
	Paths  Globs
	Fields []model.Field
}

// Ignored tells whether the field of the object is never compared and never sent.
func (c Config) Ignored(k model.Key, f model.Field) bool {
	if f.IsOfEnvelope() {
		f = model.FieldContent
	}
	for _, rule := range c.Ignore {
		if slices.Contains(rule.Fields, f) && (len(rule.Paths) == 0 || rule.Paths.Match(k.Path())) {
			return true
		}
	}
	return false
}

// Protected tells whether the object must never be deleted or renamed. A node is protected with the files inside it.
func (c Config) Protected(k model.Key) bool {
	node, inner := k.Parent()
	return c.Protect.Match(k.Path()) || inner && c.Protected(node)
}
