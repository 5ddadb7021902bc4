package diff

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"

	"github.com/dwsync/dwsync/pkg/model"
)

var isHash = regexp.MustCompile(`^[0-9a-f]{64}$`)

// check tells what of a plan that was read contradicts the rest of it.
func (p Plan) check() error {
	if p.Target == "" || p.Project.Identifier == "" {
		return fmt.Errorf("it does not say which target and workspace it is for")
	}
	if p.Project.Mode != model.ModeStandard && p.Project.Mode != model.ModeSimple {
		return fmt.Errorf("the workspace has no mode %d", p.Project.Mode)
	}
	if p.Same < 0 || p.NotSelected < 0 || p.Postponed < 0 || !checkCost(p.Cost.Buckets, p.Cost.Calls) {
		return fmt.Errorf("a count is negative")
	}
	for file, hash := range p.Origin.Inputs {
		if !fs.ValidPath(file) || !isHash.MatchString(hash) {
			return fmt.Errorf("%q is no local file with a hash", file)
		}
	}
	before := map[ActionID]Action{}
	planned := map[model.Key]bool{}
	for _, a := range p.Actions {
		if err := a.check(before); err != nil {
			return fmt.Errorf("%s: %w", a.Key, err)
		}
		before[a.ID()], planned[a.Key] = a, true
	}
	index := p.index()
	for _, a := range p.Actions {
		if err := a.checkReferences(p, index); err != nil {
			return fmt.Errorf("%s: %w", a.Key, err)
		}
	}
	for _, s := range p.Skipped {
		if err := s.check(); err != nil {
			return fmt.Errorf("%s: %w", s.Key, err)
		}
		if planned[s.Key] {
			return fmt.Errorf("%s is there twice", s.Key)
		}
		planned[s.Key] = true
	}
	for _, d := range p.Production {
		if !isKey(d.Key) || d.IsNone() {
			return fmt.Errorf("%s: production has nothing otherwise", d.Key)
		}
	}
	for _, h := range p.HalfDeleted {
		if !isKey(h.Remote.Object.Key) || !isKey(h.Key) {
			return fmt.Errorf("%s: its parts are not of one object", h.Remote.Object.Key)
		}
	}
	return checkJobs(p.Jobs)
}

// checkJobs holds that the part of the job graph is one: sorted, nothing twice, and its edges within it.
func checkJobs(jobs []Job) error {
	listed := make(map[model.Key]bool, len(jobs))
	for i, j := range jobs {
		if !isKey(j.Key) || i > 0 && jobs[i-1].Key.Compare(j.Key) >= 0 {
			return fmt.Errorf("%s is no job, or not at its place among the jobs", j.Key)
		}
		listed[j.Key] = true
	}
	for _, j := range jobs {
		for i, need := range j.Needs {
			if !listed[need] || i > 0 && j.Needs[i-1].Compare(need) >= 0 {
				return fmt.Errorf("%s needs %s, which is not at its place", j.Key, need)
			}
		}
		if !slices.IsSorted(j.Outside) {
			return fmt.Errorf("the inputs of %s are not sorted", j.Key)
		}
	}
	return nil
}

var verdicts = []Verdict{Same, ChangedHere, ChangedThere, CutShort, Conflict, MadeHere, MadeThere, DeletedHere, DeletedThere, Unrelated}

// check holds an action against itself and against those before it.
func (a Action) check(before map[ActionID]Action) error {
	isBefore := func(id ActionID) bool { _, is := before[id]; return is }
	switch {
	case isBefore(a.ID()):
		return fmt.Errorf("it is there twice")
	case !isKey(a.Key) || !isOne(a.Want.Key, a.Key) || a.Part != PartStepAside && a.Want.Key != a.Key || a.Against != nil && !isOne(a.Against.Object.Key, a.Key):
		return fmt.Errorf("its parts are not of one object")
	case !slices.Contains(verdicts, a.Verdict):
		return fmt.Errorf("there is no verdict %q", a.Verdict)
	case a.Op != OpCreate && a.Op != OpUpdate && a.Op != OpRelease && a.Op != OpDelete:
		return fmt.Errorf("there is no operation %q", a.Op)
	case a.Part.order() == len(parts), a.Part != PartMain && a.Op != OpUpdate:
		return fmt.Errorf("there is no part %q of a plan that is to %s", a.Part, a.Op)
	case a.Op == OpDelete && (a.Verdict != DeletedHere || len(a.Want.Present()) > 0):
		return fmt.Errorf("only what the tree deleted is deleted")
	case (a.Op == OpCreate) != (a.Against == nil):
		return fmt.Errorf("to %s it must %s", a.Op, map[bool]string{true: "not be there", false: "be there"}[a.Op == OpCreate])
	case a.To > a.Key.LastStage():
		return fmt.Errorf("it cannot come to the stage %s", a.To)
	case a.Op != OpUpdate && a.Against != nil && !a.Against.Object.Key.SamePlace(a.Key), a.renamesUnseen():
		return fmt.Errorf("it renames it and does not show it")
	case a.Op == OpUpdate && len(a.Fields) == 0 && !a.OwnOutput, a.Op != OpUpdate && len(a.Fields) > 0:
		return fmt.Errorf("to %s it has %d fields that differ", a.Op, len(a.Fields))
	}
	for _, inner := range a.Inner {
		if k := inner.Want.Key; !k.IsInner() || k.Outermost() != a.Key || !isKey(k) || inner.File == "" || a.To <= model.StageSaved && a.Op != OpDelete {
			return fmt.Errorf("%s does not go with it", k)
		}
	}
	if !checkCost(a.Cost, nil) {
		return fmt.Errorf("its cost is none")
	}
	for i, need := range a.Needs {
		if !isBefore(need) || slices.Contains(a.Needs[:i], need) {
			return fmt.Errorf("it needs %s, which does not come before it", need)
		}
	}
	if err := a.checkPart(before); err != nil {
		return err
	}
	for i, f := range a.Fields {
		known := i == 0 || a.Fields[i-1].Field < f.Field
		if !known || !f.Tree.Equal(a.Want.Get(f.Field)) || !f.Remote.Equal(a.Against.Object.Get(f.Field)) {
			return fmt.Errorf("what it shows of %s is not what it would write", f.Field)
		}
	}
	return nil
}

// checkPart holds an action against the others of its object: it needs the one before it, and begins with the outputs that one leaves.
func (a Action) checkPart(before map[ActionID]Action) error {
	for _, part := range slices.Backward(parts[:]) {
		other, isBefore := before[ActionID{a.Key, part}]
		switch {
		case !isBefore:
		case part.order() > a.Part.order():
			return fmt.Errorf("its actions are not in their order")
		case !slices.Contains(a.Needs, other.ID()) || a.Against == nil || !a.Against.Object.Get(model.FieldOutputList).Equal(other.Want.Get(model.FieldOutputList)):
			return fmt.Errorf("its actions do not follow each other")
		default:
			return nil
		}
	}
	return nil
}

// checkReferences holds what an action's symbolic references wait for against the plan.
func (a Action) checkReferences(p Plan, index map[ActionID]int) error {
	if a.Key.Kind != model.KindNode && (a.OwnOutput || len(a.Awaits)+len(a.Closes) > 0) {
		return fmt.Errorf("only nodes have outputs and ids")
	}
	for _, id := range slices.Concat(a.Awaits, a.Closes) {
		i, planned := index[id]
		if !planned || p.Actions[i].Op == OpDelete || p.Actions[i].To < model.StageSubmitted {
			return fmt.Errorf("it refers to the node of %s, which the plan does not submit", id)
		}
	}
	for _, id := range a.Awaits {
		if !slices.Contains(a.Needs, id) {
			return fmt.Errorf("it waits for %s, which it does not need", id)
		}
	}
	if len(a.Closes) > 0 && a.To < model.StageSubmitted {
		return fmt.Errorf("it is to be submitted twice, and comes to the stage %s only", a.To)
	}
	return nil
}

// renamesUnseen tells whether an update renames, or says that it does, and not both.
func (a Action) renamesUnseen() bool {
	_, renames := a.RenamedFrom()
	shows := slices.ContainsFunc(a.Fields, func(f FieldChange) bool { return f.Field == model.FieldPath })
	return renames != shows
}

func (s Skipped) check() error {
	switch {
	case !isKey(s.Key) || s.Tree != nil && s.Tree.Key != s.Key || s.Remote != nil && !isOne(s.Remote.Object.Key, s.Key) || s.Base != nil && !isOne(s.Base.Key, s.Key):
		return fmt.Errorf("its parts are not of one object")
	case !slices.Contains(verdicts, s.Verdict):
		return fmt.Errorf("there is no verdict %q", s.Verdict)
	case s.Refused != (s.Verdict == Conflict || s.Verdict == Unrelated || s.Obstacle != "" || s.Production != ""):
		return fmt.Errorf("it is refused without a reason, or not refused with one")
	}
	return nil
}

// isOne tells whether a key can be that of the same object in another place.
func isOne(k, other model.Key) bool { return isKey(k) && k.To(other) == other }

// isKey tells whether a key is one that a tree or a workspace can give.
func isKey(k model.Key) bool {
	switch {
	case k.Name == "" || model.CanonicalFolder(string(k.Folder)) != k.Folder:
		return false
	case k.Kind == model.KindBusiness || k.Kind == model.KindFolder:
		return k.Type == 0 && !k.IsInner()
	}
	if node, inner := k.Parent(); inner {
		return k.Type > 0 && isKey(node) && node.Kind == model.KindNode && model.InnerKey(node, k.Name, k.Type) == k
	}
	return k.Type > 0 && model.FileKey(k.Folder, k.Name, k.Type) == k
}
