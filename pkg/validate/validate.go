package validate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/config"
	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/tree"
)

// Check gives everything that is wrong with a tree that is meant for a target, the warnings of its reading among it, sorted by place.
func Check(t tree.Tree, target config.Target) []model.Problem {
	return CheckSent(t, target, func(model.Key) bool { return true })
}

// CheckSent is Check for a push that sends only some objects: what would be an error of another object is a warning, because the workspace has it already
// and lives with it.
func CheckSent(t tree.Tree, target config.Target, sent func(model.Key) bool) []model.Problem {
	c := &checker{tree: t, target: target, sent: sent, problems: slices.Clone(t.Warnings), resources: map[string]bool{}}
	c.mapping = mapping.New(target, model.Project{Identifier: cmp.Or(target.Project, unknownIdentifier)}).WithResolver(mapping.Unknowing{})
	keys := t.Keys()
	for _, k := range keys {
		if k.Kind == model.KindResource {
			c.resources[k.Name] = true
		}
	}
	for _, k := range keys {
		c.object(t.Objects[k])
	}
	c.references(keys)
	slices.SortStableFunc(c.problems, func(a, b model.Problem) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), strings.Compare(a.Message, b.Message))
	})
	return c.problems
}

// unknownIdentifier stands for the workspace's identifier where dwsync.yaml does not say it: no name of a workspace looks so.
const unknownIdentifier = "${project}"

// checker collects problems.
type checker struct {
	tree     tree.Tree
	target   config.Target
	mapping  mapping.Mapping
	sent     func(model.Key) bool
	problems []model.Problem
	// resources are the names of the tree's resources.
	resources map[string]bool
}

// at is a place in a file.
type at struct {
	file         string
	line, column int
}

func field(l tree.Local, f model.Field) at {
	line, column := l.Position(f)
	return at{l.Meta, line, column}
}

func item(l tree.Local, f model.Field, name string) at {
	line, column := l.ItemPosition(f, name)
	return at{l.Meta, line, column}
}

func (c *checker) errorAt(k model.Key, place at, next, format string, args ...any) {
	severity := model.SeverityError
	if !c.sent(k) {
		severity = model.SeverityWarning
	}
	c.report(severity, place, next, format, args...)
}

func (c *checker) warnAt(place at, next, format string, args ...any) {
	c.report(model.SeverityWarning, place, next, format, args...)
}

func (c *checker) report(severity model.Severity, place at, next, format string, args ...any) {
	c.problems = append(c.problems, model.Problem{
		File: place.file, Line: place.line, Column: place.column, Severity: severity, Message: fmt.Sprintf(format, args...), Next: next,
	})
}

// object checks what can be seen on one object alone.
func (c *checker) object(l tree.Local) {
	o := l.Object
	c.place(l)
	if o.Key.Kind == model.KindNode {
		c.schedule(l)
		c.dependentNodes(l)
		c.inputs(l)
	}
	if o.Key.Kind == model.KindFunction {
		c.function(l)
	}
	if o.Key.Kind.IsFile() {
		c.content(l)
		c.markersOf(l)
		c.strayPlaceholders(l)
		c.secretsOf(l)
	}
}

// place checks the folder of an object.
func (c *checker) place(l tree.Local) {
	k := l.Object.Key
	segments := k.Folder.Segments()
	if k.Kind == model.KindBusiness || !k.Folder.Root().HasBusinesses() {
		return
	}
	file := at{file: l.Meta}
	if len(segments) < 3 {
		c.errorAt(k, file, "move it into an engine folder like MaxCompute", "the service takes files and folders only below the engine folder of a business, not in %q", k.Folder)
		return
	}
	engine := k.Type.Info().Engine.Folder()
	if k.Kind.IsFile() && !k.IsInner() && engine != "" && segments[2] != engine && isEngineFolder(segments[2]) {
		line, column := l.TypePosition()
		c.warnAt(at{l.Meta, line, column}, fmt.Sprintf("move it below %s/%s", k.Folder.Business(), engine),
			"files of type %s belong into the engine folder %s, not %s; the service may refuse it", k.Type, engine, segments[2])
	}
}

// isEngineFolder tells whether a folder belongs to an engine of the type table; old workspaces have others, which take every type.
func isEngineFolder(name string) bool {
	for _, info := range model.FileTypes() {
		if info.Engine.Folder() == name {
			return true
		}
	}
	return false
}

// schedule checks when and how often a node runs.
func (c *checker) schedule(l tree.Local) {
	o := l.Object
	if cron := o.Text(model.FieldCronExpress); cron != "" {
		if err := checkCron(cron); err != nil {
			c.errorAt(o.Key, field(l, model.FieldCronExpress), "", "cronExpress %q: %s", cron, err)
		}
	}
	start, end := o.Text(model.FieldStartEffectDate), o.Text(model.FieldEndEffectDate)
	if end != "0" && (len(end) < len(start) || len(end) == len(start) && end < start) {
		c.errorAt(o.Key, field(l, model.FieldEndEffectDate), "", "endEffectDate is before startEffectDate: the node would never run")
	}
	if o.Text(model.FieldRerunMode) == "ALL_DENIED" && o.Text(model.FieldAutoRerunTimes) != "0" {
		c.warnAt(field(l, model.FieldAutoRerunTimes), "", "autoRerunTimes has no effect, because rerunMode ALL_DENIED forbids to run the node again")
	}
}

// maxDependentNodes is the most that dependentNodeIdList takes ("One file could not have more than 10 dependent cloud uuids").
const maxDependentNodes = 10

func (c *checker) dependentNodes(l tree.Local) {
	o := l.Object
	nodes := o.Get(model.FieldDependentNodeIDList).Items
	isUsed := strings.HasPrefix(o.Text(model.FieldDependentType), "USER_DEFINE")
	switch {
	case len(nodes) > maxDependentNodes:
		c.errorAt(o.Key, field(l, model.FieldDependentNodeIDList), "", "dependentNodeIdList names %d nodes; the service takes at most %d", len(nodes), maxDependentNodes)
	case len(nodes) > 0 && !isUsed:
		c.warnAt(field(l, model.FieldDependentNodeIDList), "write `dependentType: USER_DEFINE`", "dependentNodeIdList has no effect with dependentType %s", o.Text(model.FieldDependentType))
	case len(nodes) == 0 && isUsed:
		c.errorAt(o.Key, field(l, model.FieldDependentType), "name them in dependentNodeIdList", "dependentType %s needs the nodes that it means", o.Text(model.FieldDependentType))
	}
}

// inputs checks that a scheduled node hangs on something: the service refuses to submit it otherwise.
func (c *checker) inputs(l tree.Local) {
	o := l.Object
	scheduled := !o.Key.IsInner() && o.Key.Folder.Root().UseType() == model.UseNormal && o.Text(model.FieldSchedulerType) != "MANUAL"
	if !scheduled || len(o.Get(model.FieldInputList).Items) > 0 || c.target.Release == model.StageSaved {
		return
	}
	line, column := l.TypePosition()
	c.errorAt(o.Key, at{l.Meta, line, column}, "write at least `inputList: [\"${project}_root\"]` below nodeConfiguration",
		"the node has no inputs; a scheduled node without any cannot be submitted")
}

// content checks the code of a file.
func (c *checker) content(l tree.Local) {
	o := l.Object
	if l.Content != "" && strings.TrimSpace(o.Text(model.FieldContent)) == "" && slices.Contains([]string{".sql", ".sh", ".py"}, content.Extension(o)) {
		c.warnAt(at{file: l.Content}, "", "the file is empty: there is nothing to run")
	}
	if o.Key.Kind == model.KindNode && l.Content != "" {
		for _, reference := range content.ResourceReferences(o.Text(model.FieldContent)) {
			if !c.resources[reference.Name] {
				place := at{file: l.Content}
				if l.ShowsContent() {
					place.line, place.column = reference.Line, 1
				}
				c.warnAt(place, "", "the tree has no resource %q; it must be in the workspace", reference.Name)
			}
		}
	}
}

// secretsOf looks for secrets: what is pushed can be read by everybody in the workspace, and what is committed by everybody with the repository.
func (c *checker) secretsOf(l tree.Local) {
	const next = "take it out and change it, it is in git's history; use a connection, a parameter, or a secret store"
	if what, offset, found := findSecret(l.Object.Text(model.FieldContent)); found {
		c.warnAt(inContent(l, offset), next, "this looks like %s", what)
	}
	if what, _, found := findSecret(l.Object.Text(model.FieldEnvelope)); found {
		place := field(l, model.FieldEnvelope)
		if line, _ := l.Position(model.FieldEnvelope); line == 0 {
			place = at{file: l.Content}
		}
		c.warnAt(place, next, "this looks like %s", what)
	}
	for _, f := range []model.Field{model.FieldParaValue, model.FieldAdvancedSettings, model.FieldFileDescription} {
		if what, _, found := findSecret(l.Object.Text(f)); found {
			c.warnAt(field(l, f), next, "this looks like %s", what)
		}
	}
}
