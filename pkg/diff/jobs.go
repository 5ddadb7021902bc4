package diff

import (
	"slices"

	"github.com/dwsync/dwsync/pkg/graph"
	"github.com/dwsync/dwsync/pkg/model"
)

// Job is a file in the job graph: a node, or a resource or function that a node uses.
type Job struct {
	Key model.Key `json:"key"`
	// Needs are the jobs whose outputs it reads and the resources that it uses, as far as they are listed beside it; sorted.
	Needs []model.Key `json:"needs,omitempty"`
	// Outside are its inputs that nobody here makes, without the workspace's root, on which every job hangs at last; sorted.
	Outside []string `json:"outside,omitempty"`
}

// JobGraph says which node needs which, through inputs and the outputs that make them, and which nodes and functions need which resources. The tree's
// word counts where it has the object, else the workspace's. project is the workspace's identifier. outside are the inputs of each node that no object
// here makes, sorted.
func JobGraph(comparisons []Comparison, project string) (jobs *graph.Graph[model.Key], outside map[model.Key][]string) {
	jobs, outside = graph.New(model.Key.Compare), map[model.Key][]string{}
	producers, resources := producersOf(comparisons, project), resourcesOf(comparisons)
	for _, c := range comparisons {
		if !c.Key.Kind.IsFile() {
			continue
		}
		jobs.Add(c.Key)
		if c.Key.IsInner() {
			// What it needs beside the resources lies in its node.
			jobs.Need(c.Key.Outermost(), c.Key)
		}
		for _, resource := range resources.of(c.now()) {
			jobs.Need(c.Key, resource.Key)
		}
		for _, input := range (Action{Key: c.Key, Want: c.now()}).inputs() {
			switch parent, known := producers[input]; {
			case !known:
				outside[c.Key] = append(outside[c.Key], input)
			case parent.Key != c.Key:
				jobs.Need(c.Key, parent.Key)
			}
		}
	}
	return jobs, outside
}

// Jobs gives the part of the job graph that keep chooses, sorted by key. project is the workspace's identifier.
func Jobs(comparisons []Comparison, project string, keep func(model.Key) bool) []Job {
	jobs, outside := JobGraph(comparisons, project)
	return listJobs(jobs, outside, project, keep)
}

func listJobs(jobs *graph.Graph[model.Key], outside map[model.Key][]string, project string, keep func(model.Key) bool) []Job {
	var all []Job
	for _, n := range jobs.Nodes() {
		if keep(n) {
			all = append(all, Job{
				Key:     n,
				Needs:   slices.DeleteFunc(jobs.Needs(n), func(need model.Key) bool { return !keep(need) }),
				Outside: slices.DeleteFunc(slices.Clone(outside[n]), func(input string) bool { return input == project+"_root" }),
			})
		}
	}
	return all
}

// jobsAround gives the part of the job graph that a plan's changes reach: what it does something to or refuses, everything downstream of that, and what
// these files need directly.
func jobsAround(plan Plan, comparisons []Comparison, project string) []Job {
	var touched []model.Key
	for _, a := range plan.Actions {
		if a.Key.Kind.IsFile() {
			touched = append(touched, a.Key)
		}
	}
	for _, s := range plan.Skipped {
		if s.Refused && s.Key.Kind.IsFile() {
			touched = append(touched, s.Key)
		}
	}
	if len(touched) == 0 {
		return nil
	}
	jobs, outside := JobGraph(comparisons, project)
	reached := jobs.DownstreamOfAll(touched)
	around := make(map[model.Key]bool, 2*len(reached))
	for n := range reached {
		around[n] = true
	}
	for _, n := range touched {
		for _, need := range jobs.Needs(n) {
			around[need] = true
		}
	}
	return listJobs(jobs, outside, project, func(n model.Key) bool { return around[n] })
}
