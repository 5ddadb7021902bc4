package project

import (
	"cmp"
	"slices"

	"github.com/dwsync/dwsync/pkg/config"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/tree"
)

// CompareAlone compares the tree with nothing, so that what is known of both sides can be asked of the tree alone, offline. identifier is what stands for the
// workspace's own in it. A file's automatic output goes by its placeholder.
func (p *Project) CompareAlone() (_ []diff.Comparison, identifier string, _ error) {
	identifier = standInFor(p.Target)
	forms, problems := formsAlone(p.Tree, p.Target)
	for key := range forms {
		if !p.Config.Scope.Includes(key) {
			delete(forms, key)
		}
	}
	problems = slices.DeleteFunc(problems, func(failed failedForm) bool { return !p.Config.Scope.Includes(failed.key) })
	var all []model.Problem
	for _, failed := range problems {
		all = append(all, problemsOf(p.Tree.Objects[failed.key], failed.err)...)
	}
	return diff.Compare(diff.Input{Tree: forms}), identifier, invalid(all)
}

// standInFor gives the identifier of a target's workspace, or what stands for it where dwsync.yaml does not say it.
func standInFor(t config.Target) string {
	return cmp.Or(t.Project, mapping.Placeholder{Verb: mapping.VerbProject}.String())
}

// failedForm is an object that has no form in a target.
type failedForm struct {
	key model.Key
	err error
}

// formsAlone gives the forms of a tree in a target whose workspace nobody looked at: every placeholder stays symbolic.
func formsAlone(t tree.Tree, target config.Target) (map[model.Key]model.Object, []failedForm) {
	m := mapping.New(target, model.Project{Identifier: standInFor(target)}).WithResolver(mapping.Unknowing{})
	forms := make(map[model.Key]model.Object, len(t.Objects))
	var failed []failedForm
	for _, key := range t.Keys() {
		form, err := m.Forward(t.Objects[key].Object)
		if err != nil {
			failed = append(failed, failedForm{key, err})
			continue
		}
		if key.Kind == model.KindNode {
			own := model.NewItem(mapping.Placeholder{Verb: mapping.VerbAuto, Argument: key.String()}.String())
			form.Set(model.FieldOutputList, model.SetValue(append(slices.Clone(form.Get(model.FieldOutputList).Items), own)...))
		}
		forms[key] = form
	}
	return forms, failed
}
