package report

import (
	"io"

	"github.com/dwsync/dwsync/pkg/diff"
)

// WritePlan shows what a push would do: each file that it would touch with the fields that differ, then what it leaves alone and why, then a summary.
func WritePlan(w io.Writer, s Style, p diff.Plan) error {
	return render(w, s, viewPlan(p, s.Full))
}

func (v planView) text(t *text) { v.textWith(t, v.summary()) }

// textWith writes the plan's groups and a summary.
func (v planView) textWith(t *text, summary string) {
	for i, o := range v.Changes {
		if i > 0 && (t.hasBody(o) || t.hasBody(v.Changes[i-1])) {
			t.blank()
		}
		t.change(o)
	}
	if len(v.Releases) > 0 {
		t.heading(headReleases)
		t.list(v.Releases, func(o objectView) {
			t.object(">", cyan, o, o.Stages, after("saved ", o.edit()))
			t.notes(o)
		})
	}
	if len(v.There) > 0 {
		t.heading(headThere)
		t.list(v.There, t.drift)
		t.advice(adviceThere)
	}
	if len(v.Gone) > 0 {
		t.heading(headGone)
		t.list(v.Gone, func(o objectView) {
			t.object("!", yellow, o, after("saved ", o.edit()))
			t.notes(o)
		})
		t.advice(adviceGone)
	}
	if len(v.NotPushed) > 0 {
		t.heading(headNotPushed)
		t.list(v.NotPushed, t.change)
		t.advice(adviceNotPushed)
	}
	if len(v.Production) > 0 {
		t.heading(headProduction)
		t.list(v.Production, func(o objectView) {
			t.object("!", yellow, o)
			t.notes(o)
		})
	}
	if len(v.Half) > 0 {
		t.heading(headHalf)
		t.list(v.Half, func(o objectView) {
			t.object("!", yellow, o, after("deleted ", o.edit()))
			t.notes(o)
		})
	}
	if len(v.Refused) > 0 {
		t.heading(headRefused)
		for _, o := range v.Refused {
			t.object("!", boldRed, o, after("saved there ", o.edit()))
			t.notes(o)
			t.fields(o)
		}
		t.advice(adviceRefused)
	}
	if rest := v.NotCarried.sentence(); rest != "" {
		t.blank()
		t.line(visible(rest), ".")
	}
	t.blank()
	t.paint(bold, visible(summary))
	t.end()
	t.cost(v)
}

// cost writes what the plan takes of the limits; in full also the calls.
func (t *text) cost(v planView) {
	if line := costLine(v.Cost); line != "" {
		t.line(visible(line))
	}
	if line := callsLine(v.Cost); line != "" && t.style.Full {
		t.line(visible(line))
	}
}

// hasBody tells whether more than its heading is shown of an object: a new one is only counted unless the style is full.
func (t *text) hasBody(o objectView) bool {
	return len(o.Notes) > 0 || len(o.Fields) > 0 && (!o.Whole || t.style.Full)
}

// change writes a create, an update or a deletion.
func (t *text) change(o objectView) {
	switch {
	case o.Verb == string(diff.OpDelete):
		t.object("-", red, o, o.Stages, after("saved ", o.edit()))
	case o.Whole:
		t.object("+", green, o, o.lines(), o.Stages)
	default:
		t.object("~", yellow, o, o.Stages)
	}
	t.notes(o)
	if !o.Whole || t.style.Full {
		t.fields(o)
	}
}

// drift writes an object that changed in the workspace: who, when, and which fields; in full also how.
func (t *text) drift(o objectView) {
	if o.Whole || t.style.Full {
		t.object("!", yellow, o, o.edit(), o.lines())
	} else {
		t.object("!", yellow, o, o.edit(), o.stats())
	}
	if t.style.Full {
		t.fields(o)
	}
}

// lines counts the lines of an object that only one side has.
func (v objectView) lines() string {
	if !v.Whole || !v.Key.Kind.IsFile() || v.Lines == 0 {
		return ""
	}
	return count(v.Lines, "line")
}
