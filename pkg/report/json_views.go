package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/push"
)

func (v planView) json(s Style) ([]byte, error) {
	c := v.Counts
	return escapeJSON(json.MarshalIndent(jsonPlan{
		jsonHead: v.head("plan"),
		Summary: jsonPlanCounts{
			Create: c.Create, Update: c.Update, Delete: c.Delete, Release: c.Release, Unchanged: c.Unchanged, ChangedThere: c.There, DeletedHere: c.Gone, HalfDeleted: c.Half, Refused: c.Refused,
			NotPushed: c.NotPushed, Postponed: c.Postponed, ChangedInProduction: c.Production,
		},
		Cost:    newJSONCost(v.Cost),
		Actions: jsonObjects(s, v.Changes, v.Releases),
		Skipped: v.jsonSkipped(s),
		Jobs:    newJSONJobs(v.Jobs.jobs),

		NotCarried: v.NotCarried.json(),
	}, "", "  "))
}

func (n notCarried) json() []jsonTypeCount {
	var all []jsonTypeCount
	for _, c := range n {
		all = append(all, jsonTypeCount(c))
	}
	return all
}

func newJSONJobs(jobs []diff.Job) []jsonJob {
	var all []jsonJob
	for _, j := range jobs {
		job := jsonJob{jsonReference: newJSONReference(j.Key), Outside: j.Outside}
		for _, need := range j.Needs {
			job.Needs = append(job.Needs, newJSONReference(need))
		}
		all = append(all, job)
	}
	return all
}

func (v planView) head(report string) jsonHead {
	mode := "standard"
	if v.Project.Mode == model.ModeSimple {
		mode = "simple"
	}
	return jsonHead{
		Schema: Schema, Report: report, Target: v.Target,
		Project: &jsonProject{ID: string(v.Project.ID), Identifier: v.Project.Identifier, Mode: mode},
	}
}

func (v planView) jsonSkipped(s Style) []jsonObject {
	return jsonObjects(s, v.There, v.Gone, v.NotPushed, v.Production, v.Half, v.Refused)
}

func (v pushView) json(s Style) ([]byte, error) {
	items := make([]jsonItem, 0, len(v.Items))
	for _, item := range v.Items {
		items = append(items, newJSONItem(item))
	}
	c := v.Counts
	return escapeJSON(json.MarshalIndent(jsonPush{
		jsonHead: v.Plan.head(v.Plan.word()),
		Summary: jsonPushCounts{
			Done: c[push.Done], Failed: c[push.Failed], Waiting: c[push.Waiting], Refused: c[push.Refused], NotAttempted: c[push.NotAttempted],
			Unchanged: v.Plan.Counts.Unchanged, Verified: v.Verified,
		},
		Items:   items,
		Skipped: v.Plan.jsonSkipped(s),
	}, "", "  "))
}

func newJSONItem(item itemView) jsonItem {
	j := jsonItem{
		jsonReference: newJSONReference(item.Key), Op: item.Op, Part: item.Part, Status: item.Status, To: item.To, Reached: item.Reached, Because: item.Because,
	}
	if f := item.Failure; f != nil {
		j.Error = newJSONFailure(*f)
	}
	return j
}

func newJSONFailure(f failure) *jsonFailure {
	return &jsonFailure{Message: f.Message, Action: f.Action, Code: f.Code, RequestID: f.RequestID, Deployment: f.Deployment, Next: f.Next}
}

func (v pullView) json(s Style) ([]byte, error) {
	items := jsonObjects(s, v.Taken, v.Kept, v.Gone, v.Drafts, v.Refused)
	for i := range items {
		items[i].Op, items[i].Order = "", 0
	}
	report := jsonPull{
		jsonHead: jsonHead{Schema: Schema, Report: "pull"},
		Summary:  jsonPullCounts(v.Counts),
		Items:    items,
	}
	report.NotCarried = v.NotCarried.json()
	for _, u := range v.Unmapped {
		report.Unmapped = append(report.Unmapped, jsonUnmapped{jsonReference: newJSONReference(u.Key), Field: u.Field, Value: u.Value, Why: u.Why})
	}
	return escapeJSON(json.MarshalIndent(report, "", "  "))
}

func (v problemList) json(Style) ([]byte, error) {
	problems := make([]jsonProblem, 0, len(v))
	for _, p := range v {
		problems = append(problems, jsonProblem{File: p.File, Line: p.Line, Column: p.Column, Severity: severity(p), Message: p.Message, Next: p.Next})
	}
	errors, warnings := v.count()
	return escapeJSON(json.MarshalIndent(jsonProblems{
		jsonHead: jsonHead{Schema: Schema, Report: "problems"},
		Summary:  jsonProblemCounts{Errors: errors, Warnings: warnings},
		Problems: problems,
	}, "", "  "))
}

func newJSONReference(k model.Key) jsonReference {
	r := jsonReference{Kind: k.Kind, Path: k.String()}
	if k.Type != 0 {
		r.Type = k.Type.String()
	}
	return r
}

// jsonObjects lists the objects of several groups, sorted by key.
func jsonObjects(s Style, groups ...[]objectView) []jsonObject {
	all := slices.Concat(groups...)
	slices.SortStableFunc(all, func(a, b objectView) int { return a.Key.Compare(b.Key) })
	objects := make([]jsonObject, 0, len(all))
	for _, v := range all {
		objects = append(objects, newJSONObject(s, v))
	}
	return objects
}

func newJSONObject(s Style, v objectView) jsonObject {
	o := jsonObject{
		jsonReference: newJSONReference(v.Key), Order: v.Order, Verdict: v.Verdict, Deed: v.Deed, NotSubmitted: v.NotSubmitted,
		Refused: v.Refused, Reason: v.Reason, Notes: v.Notes, Trailer: v.Trailer, LastEditUser: v.Editor, LastEditTime: v.Edited, Downstream: v.Downstream.Count,
	}
	if v.Whole {
		o.Lines = v.Lines
	}
	if a := v.Action; a != nil {
		o.Op, o.Part, o.From, o.To = a.Op, a.Part, a.From.String(), a.To.String()
		if a.Op == diff.OpDelete {
			o.To = model.StageNone.String()
		}
		for _, need := range a.Needs {
			o.Needs = append(o.Needs, jsonNeed{newJSONReference(need.Key), need.Part})
		}
		o.Cost = jsonBuckets(a.Cost)
	}
	for _, t := range v.Takes {
		o.Takes = append(o.Takes, jsonTakeover{newJSONReference(t.File), t.Output})
	}
	if v.Renamed != nil {
		o.Renamed = &jsonRename{Tree: v.Renamed.Tree.Text, Workspace: v.Renamed.Remote.Text}
		if v.Renamed.Base != nil {
			o.Renamed.Base = v.Renamed.Base.Text
		}
	}
	for _, f := range v.Fields {
		o.Fields = append(o.Fields, newJSONField(s, v, f))
	}
	return o
}

func newJSONField(s Style, v objectView, f fieldView) jsonField {
	j := jsonField{Field: f.Field}
	if f.Text == nil || s.Full {
		old, new := newJSONValue(f, &f.OldValue), newJSONValue(f, &f.NewValue)
		if v.TreeIsNew {
			j.Tree, j.Workspace = new, old
		} else {
			j.Tree, j.Workspace = old, new
		}
		j.Base = newJSONValue(f, f.Base)
	}
	if f.Text != nil {
		j.Diff = newJSONDiff(f.Text, v.TreeIsNew)
	}
	return j
}

func newJSONValue(f fieldView, value *model.Value) *jsonValue {
	if value == nil {
		return nil
	}
	v := &jsonValue{text: value.Text, isSet: f.Shape == model.ShapeSet, items: []map[string]string{}}
	for _, item := range value.Items {
		parts := map[string]string{}
		for i, name := range f.Parts {
			if i == 0 || item[i] != "" {
				parts[name] = item[i]
			}
		}
		v.items = append(v.items, parts)
	}
	return v
}

func newJSONDiff(d *textDiff, treeIsNew bool) *jsonDiff {
	j := &jsonDiff{Old: "tree", New: "workspace", Added: d.Added, Removed: d.Removed, Indented: d.Indented, Hunks: []jsonHunk{}}
	if treeIsNew {
		j.Old, j.New = j.New, j.Old
	}
	for _, h := range d.Hunks {
		hunk := jsonHunk{OldStart: h.OldStart, OldLines: h.OldLines, NewStart: h.NewStart, NewLines: h.NewLines}
		for _, l := range h.Lines {
			text := l.Text
			if d.CRLF {
				text += "\r"
			}
			hunk.Lines = append(hunk.Lines, string(l.Op)+text)
			if l.NoEOL {
				hunk.Lines = append(hunk.Lines, string(noEOL))
			}
		}
		j.Hunks = append(j.Hunks, hunk)
	}
	return j
}

// escapeJSON is the escaper of JSON: encoding/json escapes what JSON forbids, and < > & too, so that a report can stand in a page; here follow the
// characters that a terminal or an editor would obey, and what a CI system would take for a command in a log. They occur only inside strings.
func escapeJSON(encoded []byte, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for len(encoded) > 0 {
		r, size := utf8.DecodeRune(encoded)
		switch high, low := utf16.EncodeRune(r); {
		case r == '\n' || isShown(r):
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		}
		encoded = encoded[size:]
	}
	b.WriteByte('\n')
	return []byte(hashCommand.ReplaceAllString(b.String(), `#\u0023$1[`)), nil
}
