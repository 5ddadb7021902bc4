package report

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/push"
)

// commands writes workflow commands: one line each, `::error file=F,line=N,title=T::message`. GitHub shows the first few of each level, so that what
// matters most comes first.
type commands struct {
	style  Style
	buffer bytes.Buffer
}

// Levels of an annotation.
const (
	levelError   = "error"
	levelWarning = "warning"
	levelNotice  = "notice"
)

// add writes an annotation. Lines become lines of its message.
func (g *commands) add(level string, at Place, title string, lines ...string) {
	var properties []string
	if at.File != "" {
		properties = append(properties, "file="+propertyValue(at.File))
		if at.Line > 0 {
			properties = append(properties, fmt.Sprintf("line=%d", at.Line))
		}
	}
	properties = append(properties, "title="+propertyValue(title))
	var message []string
	for _, l := range lines {
		if l != "" {
			message = append(message, commandData(l))
		}
	}
	fmt.Fprintf(&g.buffer, "::%s %s::%s\n", level, strings.Join(properties, ","), strings.Join(message, "%0A"))
}

// commandData is the escaper of a command's message. What is not printable is shown first, so that no line break is left.
func commandData(s string) string { return strings.ReplaceAll(string(visible(s)), "%", "%25") }

// propertyValue is the escaper of a command's properties.
func propertyValue(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(commandData(s))
}

// placeOf is where an object's change begins: the first changed line of the content if it differs, else the first field that differs.
func (g *commands) placeOf(v objectView) Place {
	if !v.InTree {
		return Place{}
	}
	if len(v.Fields) == 0 {
		return g.style.place(v.Key, model.FieldContent)
	}
	last := v.Fields[len(v.Fields)-1]
	if last.Field != model.FieldContent {
		return g.style.place(v.Key, v.Fields[0].Field)
	}
	at := g.style.place(v.Key, model.FieldContent)
	at.Line = firstLine(last.Text, v.TreeIsNew)
	return at
}

// firstLine is the line of the tree's text at which the first change stands, or before which something is missing.
func firstLine(d *textDiff, treeIsNew bool) int {
	for _, h := range d.Hunks {
		before := 0
		for _, l := range h.Lines {
			number := l.Old
			if treeIsNew {
				number = l.New
			}
			if l.Op != ' ' {
				return max(1, number, before)
			}
			before = number + 1
		}
	}
	return 1
}

func (g *commands) object(level string, v objectView, words ...string) {
	what := v.stats()
	if v.Whole {
		what = v.lines()
	}
	title := "dwsync: " + v.Verb + " " + v.Key.String()
	lines := append([]string{strings.Join(nonEmpty(typeName(v.Key), v.Stages, what, v.edit()), ", ")}, v.Notes...)
	g.add(level, g.placeOf(v), title, append(lines, words...)...)
}

func (v planView) github(g *commands) {
	v.leftAlone(g)
	for _, o := range v.Changes {
		g.object(levelNotice, o)
	}
	for _, o := range v.Releases {
		g.object(levelNotice, o)
	}
	g.add(levelNotice, Place{}, "dwsync", v.summary())
}

// leftAlone writes what a push does not touch.
func (v planView) leftAlone(g *commands) {
	for _, o := range v.Refused {
		g.object(levelError, o, adviceRefused)
	}
	for _, o := range v.There {
		g.object(levelWarning, o, headThere, adviceThere)
	}
	for _, o := range v.Gone {
		g.object(levelWarning, o, headGone, adviceGone)
	}
	for _, o := range v.NotPushed {
		g.object(levelWarning, o, headNotPushed, adviceNotPushed)
	}
	for _, o := range v.Production {
		g.object(levelWarning, o, headProduction)
	}
	for _, o := range v.Half {
		g.object(levelWarning, o, headHalf)
	}
}

func (v pushView) github(g *commands) {
	for _, item := range v.Items {
		level := levelError
		switch item.Status {
		case push.Done:
			continue
		case push.Waiting, push.NotAttempted:
			level = levelWarning
		}
		lines := []string{item.Because}
		if f := item.Failure; f != nil {
			lines = []string{f.Message, f.facts(), after("next: ", f.Next)}
		}
		g.add(level, g.style.place(item.Key, model.FieldContent), "dwsync: "+string(item.Status)+" "+item.Key.String()+after(", ", partWords(item.Part)), lines...)
	}
	v.Plan.leftAlone(g)
	g.add(levelNotice, Place{}, "dwsync", v.summary())
}

func (v pullView) github(g *commands) {
	for _, o := range v.Refused {
		g.object(levelError, o, advicePullRefused)
	}
	for _, u := range v.Unmapped {
		g.add(levelWarning, g.style.place(u.Key, u.Field), "dwsync: unmapped "+u.Key.String(), u.String())
	}
	for _, o := range v.Drafts {
		g.object(levelNotice, o, headDrafts)
	}
	g.add(levelNotice, Place{}, "dwsync", v.summary())
}

func (v problemList) github(g *commands) {
	for _, level := range []string{levelError, levelWarning} {
		for _, p := range v {
			if string(severity(p)) == level {
				g.problem(level, p)
			}
		}
	}
}

func (g *commands) problem(level string, p model.Problem) {
	g.add(level, Place{File: p.File, Line: p.Line}, "dwsync", p.Message, after("next: ", p.Next))
}
