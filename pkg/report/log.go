package report

import (
	"io"
	"strconv"

	"github.com/dwsync/dwsync/pkg/base"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/project"
)

// WriteLog shows the versions that the workspace has of a file, newest first, each with the commits that came with it. Formats are text and JSON (see
// [LogSchema]); others are a *model.UnknownNameError.
func WriteLog(w io.Writer, s Style, l project.FileLog) error {
	var written []byte
	switch s.Format {
	case Text, "":
		t := &text{style: s}
		t.log(l)
		written = t.buffer.Bytes()
	case JSON:
		var err error
		if written, err = logJSON(l); err != nil {
			return err
		}
	default:
		return &model.UnknownNameError{What: "format of a log", Name: string(s.Format), Known: []string{string(Text), string(JSON)}}
	}
	_, err := w.Write(written)
	return err
}

func (t *text) log(l project.FileLog) {
	t.paint(bold, visible(l.Key.String()))
	t.line("  ", visible(typeName(l.Key)))
	saved := "saved by " + l.Remote.LastEditUser + " at " + formatTime(l.Remote.LastEditTime)
	if l.Remote.Stage < model.StageSubmitted {
		saved += ", not submitted"
	}
	t.line(indent, visible(saved))
	if there := l.Remote.Object.Key; !there.SamePlace(l.Key) {
		t.line(indent, visible("the workspace has it as "+there.String()))
	}
	for _, e := range l.Entries {
		t.blank()
		switch {
		case e.Version == nil:
			t.paint(yellow, "no version was pushed from these yet")
			t.end()
		default:
			t.version(e)
		}
		for _, c := range e.Commits {
			line := shortHash(c.Hash) + "  " + formatTime(c.Time) + "  " + c.Author + "  " + c.Subject
			if c.Key != (model.Key{}) {
				line += "  (as " + c.Key.String() + ")"
			}
			t.line(indent, visible(line))
		}
	}
	if l.Shallow {
		t.blank()
		t.advice("this clone is shallow: commits may be missing; fetch the history (git fetch --unshallow)")
	}
}

// version writes the line of a version, and what its comment says.
func (t *text) version(e base.LogEntry) {
	v := e.Version
	t.paint(bold, visible("version "+strconv.Itoa(v.Number)))
	t.put(", ", visible(string(v.Status)))
	if v.IsCurrentProd {
		t.put(", ")
		t.paint(green, "in production")
	}
	t.line(", ", visible("by "+v.CommitUser+" at "+formatTime(v.CommitTime)))
	switch {
	case e.Mark == nil && v.Comment == "":
		t.line(indent, "submitted in the console, without a comment")
	case e.Mark == nil:
		t.line(indent, visible("submitted in the console: "+v.Comment))
	case e.Mark.Commit == "":
		t.line(indent, "pushed by dwsync from outside of a git repository")
	default:
		t.line(indent, visible("pushed by dwsync at "+shortHash(e.Mark.Commit)+carried(e)))
	}
}

// carried says what is to be known of the commit of a push.
func carried(e base.LogEntry) string {
	text := ""
	if e.Carried != nil {
		text += " " + e.Carried.Subject
	} else {
		text += ", a commit that this clone does not have"
	}
	if e.Mark.Dirty {
		text += ", with changes that were not committed"
	}
	return text
}

// shortHash is how people write a commit.
func shortHash(hash string) string { return hash[:min(len(hash), 10)] }
