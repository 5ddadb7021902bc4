package report

import (
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/push"
)

func (v planView) markdown(m *markdown) {
	m.title("dwsync: what a "+markdownText(v.word())+v.markdownTarget()+" would do", v.summary())
	for _, line := range nonEmpty(costLine(v.Cost), callsLine(v.Cost)) {
		m.put("\n", span(line), "\n")
	}
	m.plan(v)
}

// markdownTarget names the target and its workspace.
func (v planView) markdownTarget() markdownText {
	var t markdownText
	if v.Target != "" {
		t += " to " + span(v.Target)
	}
	if v.Project.Identifier != "" {
		t += " (workspace " + span(v.Project.Identifier) + ")"
	}
	return t
}

// plan writes the groups of a plan as tables, then the details: first of what somebody has to decide.
func (m *markdown) plan(v planView) {
	var rows [][]markdownText
	for _, o := range v.Changes {
		what := o.stats()
		if o.Whole {
			what = o.lines()
		}
		rows = append(rows, []markdownText{element(o.Verb), span(o.Key.String()), element(typeName(o.Key)), stagesText(o.Stages), optional(what), numbers(o.Downstream.String())})
	}
	m.table([]markdownText{"", "Object", "Type", "Stages", "Changes", "Downstream"}, rows)
	rows = nil
	for _, o := range v.Releases {
		rows = append(rows, []markdownText{span(o.Key.String()), element(typeName(o.Key)), stagesText(o.Stages), optional(o.Editor), element(o.Edited), numbers(o.Downstream.String())})
	}
	if len(rows) > 0 {
		m.heading(markdownText(headReleases), "")
		m.table([]markdownText{"Object", "Type", "Stages", "Last editor", "Saved", "Downstream"}, rows)
	}
	m.group(headRefused, adviceRefused, v.Refused)
	m.group(headThere, adviceThere, v.There)
	m.group(headGone, adviceGone, v.Gone)
	m.group(headNotPushed, adviceNotPushed, v.NotPushed)
	m.notes(headProduction, v.Production)
	m.group(headHalf, "", v.Half)
	m.notCarried(v.NotCarried)
	m.downstream(v.Refused, v.Changes, v.Releases)
	for _, o := range v.Refused {
		m.detail(o)
	}
	for _, o := range v.Changes {
		if !o.Whole || m.style.Full {
			m.detail(o)
		}
	}
	for _, o := range v.There {
		if !o.Whole || m.style.Full {
			m.detail(o)
		}
	}
}

// group writes objects that are left alone.
func (m *markdown) group(head, advice markdownText, views []objectView) {
	var rows [][]markdownText
	for _, o := range views {
		what := o.stats()
		if o.Whole {
			what = o.lines()
		}
		if what == "" {
			what = strings.Join(o.Notes, "; ")
		}
		rows = append(rows, []markdownText{element(o.Verb), span(o.Key.String()), element(typeName(o.Key)), optional(o.Editor), element(o.Edited), optional(what)})
	}
	if len(rows) > 0 {
		m.heading(head, advice)
		m.table([]markdownText{"", "Object", "Type", "Last editor", "Saved", "Changes"}, rows)
	}
}

// downstream writes a collapsible table of the jobs that need what the plan touches.
func (m *markdown) downstream(groups ...[]objectView) {
	var rows [][]markdownText
	for _, o := range slices.Concat(groups...) {
		if o.Downstream.Count == 0 {
			continue
		}
		var names []markdownText
		for _, k := range o.Downstream.First {
			names = append(names, span(k.Name))
		}
		if rest := o.Downstream.rest(); rest != "" {
			names = append(names, numbers(rest))
		}
		rows = append(rows, []markdownText{span(o.Key.String()), numbers(o.Downstream.String()), join(names, ", ")})
	}
	if len(rows) > 0 {
		m.put("\n<details><summary>Jobs downstream</summary>\n")
		m.table([]markdownText{"Object", "Downstream", "The nearest first"}, rows)
		m.put("\n</details>\n")
	}
}

// notes writes objects with what is to be said of each.
func (m *markdown) notes(head markdownText, views []objectView) {
	var rows [][]markdownText
	for _, o := range views {
		rows = append(rows, []markdownText{span(o.Key.String()), element(typeName(o.Key)), span(strings.Join(o.Notes, "; "))})
	}
	if len(rows) > 0 {
		m.heading(head, "")
		m.table([]markdownText{"Object", "Type", "What"}, rows)
	}
}

// stagesText writes a way through the stages with an arrow.
func stagesText(stages string) markdownText {
	return markdownText(strings.ReplaceAll(string(visible(stages)), "->", "→"))
}

// optional is a span, or nothing for nothing.
func optional(s string) markdownText {
	if s == "" {
		return ""
	}
	return span(s)
}

func (v pushView) markdown(m *markdown) {
	m.title("dwsync: "+markdownText(v.Plan.word())+v.Plan.markdownTarget(), v.summary())
	if len(v.Items) == 0 {
		m.plan(v.Plan)
		return
	}
	var rows [][]markdownText
	for _, item := range v.Items {
		if item.Status == push.Done && len(rows) == maxListed && !m.style.Full {
			m.rows++
			continue
		}
		why := optional(item.Because)
		if f := item.Failure; f != nil {
			why = span(f.Message)
			if facts := f.facts(); facts != "" {
				why += "<br>" + span(facts)
			}
			if f.Next != "" {
				why += "<br>next: " + span(f.Next)
			}
		}
		rows = append(rows, []markdownText{element(string(item.Status)), element(string(item.Op)), span(item.Key.String()), element(item.typeName()), element(item.Reached), why})
	}
	m.table([]markdownText{"Status", "", "Object", "Type", "Stage", "Why, and what next"}, rows)
	m.group(headRefused, adviceRefused, v.Plan.Refused)
	m.group(headThere, adviceThere, v.Plan.There)
	m.group(headGone, adviceGone, v.Plan.Gone)
	m.group(headNotPushed, adviceNotPushed, v.Plan.NotPushed)
	m.notes(headProduction, v.Plan.Production)
	m.group(headHalf, "", v.Plan.Half)
}

func (v pullView) markdown(m *markdown) {
	m.title("dwsync: pull", v.summary())
	m.group("Taken into the tree", "", v.Taken)
	m.group(headPullRefused, advicePullRefused, v.Refused)
	m.group(headKept, adviceKept, v.Kept)
	m.group(headPullGone, adviceGone, v.Gone)
	m.group(headDrafts, "", v.Drafts)
	if len(v.Unmapped) > 0 {
		var rows [][]markdownText
		for _, u := range v.Unmapped {
			rows = append(rows, []markdownText{span(u.Key.String()), span(string(u.Field)), optional(u.Value), span(u.Why)})
		}
		m.heading(headUnmapped, "")
		m.table([]markdownText{"Object", "Field", "Value", "Why"}, rows)
	}
	m.notCarried(v.NotCarried)
	for _, group := range [][]objectView{v.Refused, v.Taken} {
		for _, o := range group {
			if !o.Whole || m.style.Full {
				m.detail(o)
			}
		}
	}
}

func (v problemList) markdown(m *markdown) {
	m.title("dwsync: problems", v.summary())
	var rows [][]markdownText
	for _, p := range v {
		why := span(p.Message)
		if p.Next != "" {
			why += "<br>next: " + span(p.Next)
		}
		rows = append(rows, []markdownText{element(string(severity(p))), optional(problemPlace(p)), why})
	}
	m.table([]markdownText{"", "Place", "Problem"}, rows)
}

// notCarried says what the tree does not hold.
func (m *markdown) notCarried(n notCarried) {
	if len(n) == 0 {
		return
	}
	words := make([]markdownText, len(n))
	for i, c := range n {
		paths := make([]markdownText, len(c.Paths))
		for j, p := range c.Paths {
			paths[j] = span(p)
		}
		words[i] = element(c.Type) + " (" + markdownText(c.howMany()) + join(paths, ", ") + markdownText(c.rest()) + ")"
	}
	m.put("\n", headNotCarried, join(words, ", "), ".\n")
}
