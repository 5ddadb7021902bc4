package report

import (
	"strings"

	"github.com/dwsync/dwsync/pkg/model"
)

func (v planView) html(h *page) {
	h.head("dwsync: what a "+v.word()+v.where()+" would do", v.summary())
	for _, line := range nonEmpty(costLine(v.Cost), callsLine(v.Cost)) {
		h.put("<p class=\"dim\">", escaped(line), "</p>\n")
	}
	h.plan(v)
}

// where names the target and its workspace.
func (v planView) where() string {
	where := after(" to ", v.Target)
	if v.Project.Identifier != "" {
		where += " (workspace " + v.Project.Identifier + ")"
	}
	return where
}

func (h *page) plan(v planView) {
	if p := v.picture(); len(p.Jobs) > 0 {
		h.put("<details class=\"object\" open><summary>Job graph around the changes</summary>\n<div class=\"body\">\n<p class=\"dim\">Data flows from left to right. Grey: nothing happens to these.</p>\n")
		h.picture(p)
		h.put("</div></details>\n")
	}
	h.leftAlone(v.Refused, headRefused, adviceRefused)
	if len(v.Changes) > 0 {
		title := "To create and update"
		if v.Counts.Delete > 0 {
			title = "To create, update and delete"
		}
		h.group(title, "")
	}
	for _, o := range v.Changes {
		if o.Whole && !h.style.Full {
			h.object(o.headOnly(), false, o.Stages, o.lines(), after("downstream: ", o.Downstream.String()))
		} else {
			h.object(o, len(v.Changes) <= maxOpen, o.Stages, o.lines(), after("downstream: ", o.Downstream.String()))
		}
	}
	if len(v.Releases) > 0 {
		h.group(headReleases, "")
	}
	for _, o := range v.Releases {
		h.object(o, false, o.Stages, after("saved ", o.edit()))
	}
	h.leftAlone(v.There, headThere, adviceThere)
	h.leftAlone(v.Gone, headGone, adviceGone)
	h.leftAlone(v.NotPushed, headNotPushed, adviceNotPushed)
	h.leftAlone(v.Production, headProduction, "")
	h.leftAlone(v.Half, headHalf, "")
	if rest := v.NotCarried.sentence(); rest != "" {
		h.put("<p>", escaped(rest), ".</p>\n")
	}
}

// headOnly is the object without its fields.
func (v objectView) headOnly() objectView {
	v.Fields = nil
	return v
}

// leftAlone writes objects that stay as they are; how they differ is folded.
func (h *page) leftAlone(views []objectView, head, advice string) {
	if len(views) == 0 {
		return
	}
	h.group(head, advice)
	for _, o := range views {
		what := o.stats()
		if o.Whole {
			what = o.lines()
		}
		if o.Whole && !h.style.Full {
			o = o.headOnly()
		}
		h.object(o, o.Refused && len(views) <= maxOpen, what, after("saved there ", o.edit()))
	}
}

func (v pushView) html(h *page) {
	h.head("dwsync: "+v.Plan.word()+v.Plan.where(), v.summary())
	if len(v.Items) == 0 {
		h.plan(v.Plan)
		return
	}
	h.put("<table class=\"list\">\n<tr><th>Status</th><th></th><th>Object</th><th>Type</th><th>Stage</th><th>Why, and what next</th></tr>\n")
	for _, item := range v.Items {
		status, _, _ := strings.Cut(string(item.Status), " ")
		h.put("<tr><td class=\"", class(status), "\">", escaped(string(item.Status)), "</td><td>", escaped(string(item.Op)), "</td><td>", name(item.Key.String()),
			"</td><td>", escaped(item.typeName()), "</td><td>", escaped(item.Reached), "</td><td>")
		if item.Because != "" {
			h.put("<p>", escaped(item.Because), "</p>")
		}
		if f := item.Failure; f != nil {
			for _, s := range nonEmpty(f.Message, f.facts(), after("next: ", f.Next)) {
				h.put("<p>", escaped(s), "</p>")
			}
		}
		h.put("</td></tr>\n")
	}
	h.put("</table>\n")
	h.leftAlone(v.Plan.Refused, headRefused, adviceRefused)
	h.leftAlone(v.Plan.There, headThere, adviceThere)
	h.leftAlone(v.Plan.Gone, headGone, adviceGone)
	h.leftAlone(v.Plan.NotPushed, headNotPushed, adviceNotPushed)
	h.leftAlone(v.Plan.Production, headProduction, "")
	h.leftAlone(v.Plan.Half, headHalf, "")
}

func (v pullView) html(h *page) {
	h.head("dwsync: pull", v.summary())
	h.leftAlone(v.Refused, headPullRefused, advicePullRefused)
	if len(v.Taken) > 0 {
		h.group("Taken into the tree", "")
	}
	for _, o := range v.Taken {
		details := []string{o.lines(), o.edit()}
		if o.NotSubmitted {
			details = append(details, "not submitted yet")
		}
		if o.Whole && !h.style.Full {
			o = o.headOnly()
		}
		h.object(o, len(v.Taken) <= maxOpen, details...)
	}
	h.leftAlone(v.Kept, headKept, adviceKept)
	h.leftAlone(v.Gone, headPullGone, adviceGone)
	h.leftAlone(v.Drafts, headDrafts, "")
	if len(v.Unmapped) > 0 {
		h.group(headUnmapped, "")
		for _, u := range v.Unmapped {
			h.put("<p>", escaped(u.String()), "</p>\n")
		}
	}
	if rest := v.NotCarried.sentence(); rest != "" {
		h.put("<p>", escaped(rest), ".</p>\n")
	}
}

func (v problemList) html(h *page) {
	h.head("dwsync: problems", v.summary())
	h.put("<table class=\"list\">\n<tr><th></th><th>Place</th><th>Problem</th></tr>\n")
	for _, p := range v {
		h.problem(p)
	}
	h.put("</table>\n")
}

func (h *page) problem(p model.Problem) {
	level := string(severity(p))
	h.put("<tr><td class=\"", class(level), "\">", escaped(level), "</td><td>", name(problemPlace(p)), "</td><td>")
	for _, s := range nonEmpty(p.Message, after("next: ", p.Next)) {
		h.put("<p>", escaped(s), "</p>")
	}
	h.put("</td></tr>\n")
}
