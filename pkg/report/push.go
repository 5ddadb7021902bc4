package report

import (
	"io"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/push"
)

// WritePushResult shows how a push ended: a table of what it did, the reason and the next step for what did not come to its end, and a summary. A push
// that had nothing to do says so in one line, after what it left alone.
func WritePushResult(w io.Writer, s Style, p diff.Plan, r push.Result) error {
	return render(w, s, viewPush(p, r, s.Full))
}

var statusColors = map[push.Status]color{push.Done: green, push.Failed: boldRed, push.Refused: boldRed, push.Waiting: yellow, push.NotAttempted: yellow}

func (v pushView) text(t *text) {
	if len(v.Items) == 0 {
		v.Plan.textWith(t, v.summary())
		return
	}
	listed := 0
	for _, item := range v.Items {
		if item.Status == push.Done {
			if listed++; listed > maxListed && !t.style.Full {
				continue
			}
		}
		t.item(item)
	}
	if listed > maxListed && !t.style.Full {
		t.line(ellipsis, visible(" and "+count(listed-maxListed, "more object")+" done"))
	}
	t.blank()
	t.paint(bold, visible(v.summary()))
	t.end()
}

// Columns of the table of a push: the longest status, operation and stage.
const (
	statusColumn = len("not attempted")
	opColumn     = len("release")
	stageColumn  = len("submitted")
)

func (t *text) item(v itemView) {
	t.paint(statusColors[v.Status], pad(visible(string(v.Status)), statusColumn))
	t.line("  ", pad(visible(string(v.Op)), opColumn), "  ", pad(visible(v.Reached), stageColumn), "  ", visible(v.Key.String()), "  ", visible(v.typeName()))
	if v.Because != "" {
		t.line(indent, visible(v.Because))
	}
	if f := v.Failure; f != nil {
		t.line(indent, visible(f.Message))
		if facts := f.facts(); facts != "" {
			t.line(indent, visible(facts))
		}
		if f.Next != "" {
			t.paint(cyan, indent+"next: "+visible(f.Next))
			t.end()
		}
	}
}

// EventLine tells the end of a step of a push in one line, for a log: "update 业务流程/a/b: submitted". It is plain and ends without a line feed.
// It is empty for an event that a log does without: the beginning of a step, and the save of a release, which saves nothing.
func EventLine(e push.Event) string {
	if e.Found != "" {
		return string("found unfinished: " + visible(e.Key.String()) + ": " + visible(e.Found))
	}
	if e.Began || savesNothing(e) {
		return ""
	}
	doing, done := stepWords(e.Stage)
	if e.Op == diff.OpDelete {
		doing, done = "delete", "deleted"
	}
	line := visible(string(e.Op)) + " " + visible(e.Key.String()) + visible(after(", ", partWords(e.Part))) + ": "
	switch {
	case e.Status == push.Done:
		line += done
	case e.Err != nil:
		line += doing + ": " + visible(string(e.Status)) + ": " + visible(e.Err.Error())
	default:
		line += doing + ": " + visible(string(e.Status))
	}
	return string(line)
}

// stepWords name the step that leads to a stage, while it goes on and after it.
func stepWords(s model.Stage) (doing, done shown) {
	switch s {
	case model.StageSubmitted:
		return "submit", "submitted"
	case model.StageDeployed:
		return "deploy", "deployed"
	default:
		return "save", "saved"
	}
}
