package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/graph"
	"github.com/dwsync/dwsync/pkg/model"
)

// GraphFormat is how a job graph is written.
type GraphFormat string

const (
	// GraphText is for a person: each job, and below it what it needs.
	GraphText GraphFormat = "text"
	// GraphDOT is the language of Graphviz.
	GraphDOT GraphFormat = "dot"
	// GraphMermaid is a flowchart that GitHub, GitLab and many wikis draw in Markdown.
	GraphMermaid GraphFormat = "mermaid"
	// GraphHTML is a picture in one file that needs no other and no network.
	GraphHTML GraphFormat = "html"
)

// GraphFormats gives the formats in the order in which help texts list them.
func GraphFormats() []GraphFormat { return []GraphFormat{GraphText, GraphDOT, GraphMermaid, GraphHTML} }

// ParseGraphFormat reads a format's name. Errors: *model.UnknownNameError.
func ParseGraphFormat(name string) (GraphFormat, error) {
	var known []string
	for _, f := range GraphFormats() {
		if name == string(f) {
			return f, nil
		}
		known = append(known, string(f))
	}
	return "", &model.UnknownNameError{What: "format", Name: name, Known: known}
}

// Graph is a job graph to be written. Make one with NewGraph.
type Graph struct {
	// waves are the jobs, each needing only what stands in earlier waves; one wave of all jobs if there is a circle.
	waves [][]model.Key
	byKey map[model.Key]diff.Job
	cycle *graph.CycleError[model.Key]
}

// NewGraph orders jobs, each of which is listed once and needs only what is listed.
func NewGraph(jobs []diff.Job) Graph {
	ordered := graph.New(model.Key.Compare)
	g := Graph{byKey: make(map[model.Key]diff.Job, len(jobs))}
	for _, j := range jobs {
		g.byKey[j.Key] = j
		ordered.Add(j.Key)
		for _, need := range j.Needs {
			ordered.Need(j.Key, need)
		}
	}
	waves, err := ordered.Waves()
	if cycle, ok := errors.AsType[*graph.CycleError[model.Key]](err); ok {
		g.cycle, waves = cycle, [][]model.Key{ordered.Nodes()}
	}
	g.waves = waves
	return g
}

// Cycle gives the circle because of which the jobs are written in the order of their paths, as a *graph.CycleError; nil if there is none.
func (g Graph) Cycle() error {
	if g.cycle == nil {
		return nil
	}
	return g.cycle
}

// Write writes the graph. No name in it can be anything but a name.
func (g Graph) Write(w io.Writer, f GraphFormat) error {
	var b bytes.Buffer
	switch f {
	case GraphText:
		g.text(&b)
	case GraphDOT:
		g.dot(&b)
	case GraphMermaid:
		g.mermaid(&b)
	case GraphHTML:
		g.html(&b)
	default:
		_, err := ParseGraphFormat(string(f))
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

// jobs gives the jobs in the order of the waves.
func (g Graph) jobs() []diff.Job {
	all := make([]diff.Job, 0, len(g.byKey))
	for _, wave := range g.waves {
		for _, n := range wave {
			all = append(all, g.byKey[n])
		}
	}
	return all
}

// allOutside gives every input from outside once, sorted.
func (g Graph) allOutside() []string {
	var all []string
	for _, j := range g.byKey {
		all = append(all, j.Outside...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// summary counts.
func (g Graph) summary() string {
	edges := 0
	for _, j := range g.byKey {
		edges += len(j.Needs)
	}
	return fmt.Sprintf("Nodes: %d, edges: %d, waves: %d.", len(g.byKey), edges, len(g.waves))
}

func (g Graph) text(b *bytes.Buffer) {
	t := &text{}
	for _, j := range g.jobs() {
		t.line(visible(j.Key.String()), "  ", visible(typeName(j.Key)))
		for _, need := range j.Needs {
			t.line(indent, "needs ", visible(need.String()))
		}
		for _, input := range j.Outside {
			t.line(indent, "needs ", visible(input), " (outside)")
		}
	}
	t.blank()
	t.line(visible(g.summary()))
	b.Write(t.buffer.Bytes())
}

// maxBoxes and maxWires bound what a picture of the whole graph draws: a browser has to cope with it.
const (
	maxBoxes = 2_000
	maxWires = 10_000
)

// html writes a page with a picture.
func (g Graph) html(b *bytes.Buffer) {
	h := &page{}
	h.head("dwsync: job graph", g.summary()+" Data flows from left to right.")
	h.picture(g.picture())
	b.Write(h.bytes())
}

func (g Graph) picture() picture {
	jobs := g.jobs()
	var p picture
	if left := len(jobs) - maxBoxes; left > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("Not drawn: the last %s. Name what to draw: paths, or --select.", count(left, "node")))
		jobs = jobs[:maxBoxes]
	}
	numbers := make(map[model.Key]int, len(jobs))
	for i, j := range jobs {
		numbers[j.Key] = i
		drawn := pictured{Key: j.Key}
		for _, input := range j.Outside {
			drawn.About = append(drawn.About, "needs "+input+" (outside)")
		}
		p.Jobs = append(p.Jobs, drawn)
	}
	p.addEdges(jobs, numbers, maxWires)
	return p
}

// addEdges adds the edges between the jobs of a picture, by their numbers; at most so many.
func (p *picture) addEdges(jobs []diff.Job, numbers map[model.Key]int, most int) {
	p.Needs = make([][]int, len(p.Jobs))
	drawn, left := 0, 0
	for _, j := range jobs {
		for _, need := range j.Needs {
			switch number, isDrawn := numbers[need]; {
			case !isDrawn:
			case drawn == most:
				left++
			default:
				drawn++
				p.Needs[numbers[j.Key]] = append(p.Needs[numbers[j.Key]], number)
			}
		}
	}
	if left > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("Not drawn: %s.", count(left, "edge")))
	}
}
