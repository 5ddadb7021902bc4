package push

import (
	"github.com/dwsync/dwsync/pkg/deploy"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

// step is a node of the schedule: one stage of one action.
type step struct {
	// action is nil for a step that only waits.
	action *running
	stage  model.Stage
	// completes tells that the step saves and submits once more, with the references that the first submits of others made possible.
	completes bool
	// waits counts the steps that must end first; next are the steps that wait for this one.
	waits int
	next  []*step
	// chain is the number of steps of the longest chain that begins with this one. The longest chain decides when the push ends, so that its steps go first.
	chain    int
	measured bool
	// place is the step's place in the plan's order.
	place int
}

// running is an action on its way.
type running struct {
	item *Item
	// needs are the actions of the plan that must come to the same stage first.
	needs []*running
	// awaits are those of needs that must be submitted before this one is saved, closes those whose nodes it gets by its second save.
	awaits, closes []*running
	file           model.FileID
	// before is the action of the same object that comes before this one, nil if this is the first.
	before *running
	// want is the form to save: the action's, with what its symbolic references name as far as that is known.
	want model.Object
	// ownOutput and node are what others refer to: the file's automatic output once it is saved, its node once it is submitted and somebody asked.
	ownOutput string
	node      model.NodeID
	// saved tells that this run saved it itself.
	saved bool
	// submitted is what its submit came to.
	submitted deploy.Submitted
}

// buildSteps makes the steps of all actions: for each stage from saved to the action's last, in the plan's order.
func buildSteps(actions []*running) []*step {
	steps := map[*running]map[model.Stage]*step{}
	var all []*step
	for _, a := range actions {
		steps[a] = map[model.Stage]*step{}
		last := a.lastStep()
		for stage := model.StageSaved; stage <= last; stage++ {
			s := &step{action: a, stage: stage}
			steps[a][stage] = s
			all = append(all, s)
			if before := steps[a][stage-1]; before != nil {
				s.after(before)
			}
			for _, need := range a.needs {
				// An action that ends at an earlier stage (a folder, an ad hoc query) is waited for at its end.
				reached := min(stage, need.lastStep())
				if a.waitsForAll(need) {
					reached = need.lastStep()
				}
				if before := steps[need][reached]; before != nil {
					s.after(before)
				}
			}
		}
	}
	all = append(all, completions(actions, steps)...)
	all = append(all, holdDeletions(actions, steps)...)
	for i, s := range all {
		s.place = i
		s.measure()
	}
	return all
}

// measure sets the chain of a step and of all that follow it. A step that makes no call makes no chain longer.
func (s *step) measure() int {
	if s.measured {
		return s.chain
	}
	s.measured = true
	for _, next := range s.next {
		s.chain = max(s.chain, next.measure())
	}
	if s.action != nil && (s.action.item.Action.Op != diff.OpRelease || s.stage > model.StageSaved) {
		s.chain++
	}
	return s.chain
}

// completions makes the steps by which actions get the references that closed a circle, and lets every step wait for the submits that it needs the nodes of.
func completions(actions []*running, steps map[*running]map[model.Stage]*step) []*step {
	var all []*step
	for _, a := range actions {
		for _, need := range a.awaits {
			steps[a][model.StageSaved].after(steps[need][model.StageSubmitted])
		}
		if len(a.closes) == 0 {
			continue
		}
		s := &step{action: a, stage: model.StageSubmitted, completes: true}
		s.after(steps[a][model.StageSubmitted])
		for _, need := range a.closes {
			s.after(steps[need][model.StageSubmitted])
		}
		if deployed := steps[a][model.StageDeployed]; deployed != nil {
			deployed.after(s)
		}
		all = append(all, s)
	}
	return all
}

// isLast tells whether the action is done with the step.
func (s *step) isLast() bool {
	return s.stage == max(s.action.item.Action.To, model.StageSaved) && (s.completes || len(s.action.closes) == 0 || s.stage != model.StageSubmitted)
}

func (s *step) after(before *step) {
	before.next = append(before.next, s)
	s.waits++
}
