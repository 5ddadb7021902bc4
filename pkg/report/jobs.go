package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

// jobGraph is the part of the job graph that a plan reaches, by number.
type jobGraph struct {
	jobs            []diff.Job
	number          map[model.Key]int
	needs, neededBy [][]int
	// seen[i] is the last walk that came by job i.
	seen  []int
	walks int
}

func newJobGraph(jobs []diff.Job) *jobGraph {
	g := &jobGraph{jobs: jobs, number: make(map[model.Key]int, len(jobs)), needs: make([][]int, len(jobs)), neededBy: make([][]int, len(jobs)), seen: make([]int, len(jobs))}
	for i, j := range jobs {
		g.number[j.Key] = i
	}
	for i, j := range jobs {
		for _, need := range j.Needs {
			if n, listed := g.number[need]; listed {
				g.needs[i] = append(g.needs[i], n)
				g.neededBy[n] = append(g.neededBy[n], i)
			}
		}
	}
	return g
}

// maxDownstream is how many jobs downstream of a change are counted, maxNamed how many of them are named.
const (
	maxDownstream = 1_000
	maxNamed      = 10
)

// downstream is what needs an object, directly or through others.
type downstream struct {
	// Count is their number; More tells that there are more than the maxDownstream that were counted.
	Count int
	More  bool
	// First are up to maxNamed of them, the nearest first.
	First []model.Key
}

// downstreamOf counts who needs an object; the object itself does not count, even on a circle.
func (g *jobGraph) downstreamOf(k model.Key) downstream {
	start, listed := g.number[k]
	if !listed {
		return downstream{}
	}
	g.walks++
	g.seen[start] = g.walks
	var d downstream
	queue := []int{start}
	for i := 0; i < len(queue); i++ {
		for _, n := range g.neededBy[queue[i]] {
			if g.seen[n] == g.walks {
				continue
			}
			if d.Count == maxDownstream {
				d.More = true
				return d
			}
			g.seen[n] = g.walks
			queue = append(queue, n)
			if d.Count++; len(d.First) < maxNamed {
				d.First = append(d.First, g.jobs[n].Key)
			}
		}
	}
	return d
}

// String counts: "3 jobs", "more than 1000 jobs", "" for none.
func (d downstream) String() string {
	switch {
	case d.Count == 0:
		return ""
	case d.More:
		return "more than " + count(d.Count, "job")
	default:
		return count(d.Count, "job")
	}
}

// rest says how many are not named: "and 5 more".
func (d downstream) rest() string {
	switch left := d.Count - len(d.First); {
	case d.More:
		return fmt.Sprintf("and more than %d more", left)
	case left > 0:
		return fmt.Sprintf("and %d more", left)
	default:
		return ""
	}
}

// Limits of the picture of a plan, in boxes: so many jobs to which something happens, and of their neighbours so many that there are at most maxPictured.
const (
	maxChangesPictured = 80
	maxPictured        = 120
)

// marks say in a character what happens to a job, in the letters of the text report.
var marks = map[string]string{
	string(diff.OpCreate): "+", string(diff.OpUpdate): "~", string(diff.OpDelete): "-", string(diff.OpRelease): ">",
	verbConflict: "!", verbUnrelated: "!", verbObstacle: "!", verbReset: "!",
}

// picture draws what a plan does something to or refuses, and what stands next to that in the job graph.
func (v planView) picture() picture {
	g := v.Jobs
	verbs := map[int]string{}
	var chosen []int
	left := 0
	for _, group := range [][]objectView{v.Refused, v.Changes, v.Releases} {
		for _, o := range group {
			n, listed := g.number[o.Key]
			switch _, twice := verbs[n]; {
			case !listed || twice:
			case len(chosen) == maxChangesPictured:
				left++
			default:
				chosen, verbs[n] = append(chosen, n), o.Verb
			}
		}
	}
	neighbours := g.neighbours(chosen, verbs)
	room := min(len(neighbours), maxPictured-len(chosen))
	var p picture
	if left > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("Not drawn: %d more to which something happens.", left))
	}
	if beside := len(neighbours) - room; beside > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("Not drawn: %d more that stand next to these.", beside))
	}
	chosen = append(chosen, neighbours[:room]...)
	slices.Sort(chosen)
	var jobs []diff.Job
	numbers := make(map[model.Key]int, len(chosen))
	for i, n := range chosen {
		key := g.jobs[n].Key
		numbers[key] = i
		jobs = append(jobs, g.jobs[n])
		drawn := pictured{Key: key, Verb: verbs[n], Mark: marks[verbs[n]]}
		if drawn.Verb != "" {
			drawn.Anchor = anchor(key)
		}
		p.Jobs = append(p.Jobs, drawn)
	}
	p.addEdges(jobs, numbers, maxWires)
	return p
}

// neighbours are the jobs that need one of some jobs or that one of them needs; those first that have most to do with them.
func (g *jobGraph) neighbours(of []int, without map[int]string) []int {
	edges := map[int]int{}
	for _, n := range of {
		for _, around := range [][]int{g.needs[n], g.neededBy[n]} {
			for _, other := range around {
				if _, known := without[other]; !known {
					edges[other]++
				}
			}
		}
	}
	all := make([]int, 0, len(edges))
	for n := range edges {
		all = append(all, n)
	}
	slices.SortFunc(all, func(a, b int) int { return cmp.Or(cmp.Compare(edges[b], edges[a]), cmp.Compare(a, b)) })
	return all
}
