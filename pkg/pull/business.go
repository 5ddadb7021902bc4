package pull

import (
	"fmt"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

// What lies in a business stands in the tree only if the tree has the business: what is decided of the two must fit.

// withBusinesses brings the decisions on what is written together with those on the businesses around it, and gives what is left to do. A business that
// only the tree deleted comes back with what is taken in it; what is to stand in one that is refused is refused too.
func (p *planner) withBusinesses(all []decided) []decided {
	businesses := map[model.Key]*decided{}
	for i := range all {
		if all[i].Key.Kind == model.KindBusiness {
			businesses[all[i].Key] = &all[i]
		}
	}
	for i := range all {
		one := &all[i]
		if one.left || one.form == nil || one.Key.Kind == model.KindBusiness {
			continue
		}
		path := one.form.Key.Folder.Business()
		business := model.BusinessKey(path)
		stays := one.Tree != nil && one.Key.Folder.Business() == path
		if _, stands := p.standing.Objects[business]; stands || stays || path == "" {
			continue
		}
		around, found := businesses[business]
		switch {
		case found && !around.left && around.form != nil:
		case found && (around.Verdict == diff.DeletedHere || around.Verdict == diff.MadeThere):
			around.decision, around.left = p.take(around.Comparison), false
		case found && around.Verdict == diff.Conflict:
			one.decision = refuse(fmt.Sprintf("its business %s was deleted here, and changed in the workspace: settle that first", business))
		default:
			one.decision = refuse(fmt.Sprintf("its business %s is neither in the tree nor part of this pull", business))
		}
	}
	kept := all[:0]
	for _, one := range all {
		if !one.left {
			kept = append(kept, one)
		}
	}
	return kept
}
