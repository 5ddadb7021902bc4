package report

import (
	"io"

	"github.com/dwsync/dwsync/pkg/pull"
)

// WritePull shows what a pull does, or did, to the tree: each object that it takes with who saved it and which fields differ (how they differ, if the
// style is full; `git diff` shows it too), then what it leaves alone and why, then a summary.
func WritePull(w io.Writer, s Style, o pull.Outcome) error {
	return render(w, s, viewPull(o, s.Full))
}

var deedMarks = map[string]shown{string(pull.Created): "+", string(pull.Updated): "~", string(pull.Deleted): "-"}
var deedColors = map[string]color{string(pull.Created): green, string(pull.Updated): yellow, string(pull.Deleted): red}

func (v pullView) text(t *text) {
	for _, o := range v.Taken {
		draft := ""
		if o.NotSubmitted {
			draft = "not submitted yet"
		}
		what := o.lines()
		if !o.Whole {
			what = o.stats()
		}
		t.object(deedMarks[o.Verb], deedColors[o.Verb], o, what, o.edit(), draft)
		if t.style.Full {
			t.fields(o)
		}
	}
	t.pullGroup(headKept, adviceKept, v.Kept)
	t.pullGroup(headPullGone, adviceGone, v.Gone)
	t.pullGroup(headDrafts, "", v.Drafts)
	if len(v.Refused) > 0 {
		t.heading(headPullRefused)
		for _, o := range v.Refused {
			t.object("!", boldRed, o, after("saved there ", o.edit()))
			t.notes(o)
			t.fields(o)
		}
		t.advice(advicePullRefused)
	}
	if len(v.Unmapped) > 0 {
		t.heading(headUnmapped)
		for _, u := range v.Unmapped {
			t.line(indent, visible(u.String()))
		}
	}
	if rest := v.NotCarried.sentence(); rest != "" {
		t.blank()
		t.line(visible(rest), ".")
	}
	t.blank()
	t.paint(bold, visible(v.summary()))
	t.end()
}

// pullGroup writes objects that a pull leaves alone.
func (t *text) pullGroup(head, advice shown, group []objectView) {
	if len(group) == 0 {
		return
	}
	t.heading(head)
	t.list(group, func(o objectView) {
		if o.Whole {
			t.object("!", yellow, o, o.lines(), after("saved there ", o.edit()))
		} else {
			t.object("!", yellow, o, o.stats(), after("saved there ", o.edit()))
		}
	})
	if advice != "" {
		t.advice(advice)
	}
}
