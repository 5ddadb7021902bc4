package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/model"
)

// WriteProblems shows what is wrong with local files, sorted by place: `file:line:column: error: what`, and what to do. Nothing wrong writes nothing.
func WriteProblems(w io.Writer, s Style, problems []model.Problem) error {
	return render(w, s, sortProblems(problems))
}

// problemList is a list of problems, sorted by place.
type problemList []model.Problem

func sortProblems(problems []model.Problem) problemList {
	return slices.SortedStableFunc(slices.Values(problems), func(a, b model.Problem) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// problemPlace is where a problem is: "file:line:column" as far as it is known.
func problemPlace(p model.Problem) string {
	place := p.File
	if p.Line > 0 {
		place += fmt.Sprintf(":%d", p.Line)
		if p.Column > 0 {
			place += fmt.Sprintf(":%d", p.Column)
		}
	}
	return place
}

// severity is the problem's; what is no warning is an error.
func severity(p model.Problem) model.Severity {
	if p.Severity == model.SeverityWarning {
		return model.SeverityWarning
	}
	return model.SeverityError
}

func (v problemList) count() (errors, warnings int) {
	for _, p := range v {
		if severity(p) == model.SeverityWarning {
			warnings++
		} else {
			errors++
		}
	}
	return errors, warnings
}

// summary is the last line of a list of problems.
func (v problemList) summary() string {
	errors, warnings := v.count()
	return count(errors, "error") + ", " + count(warnings, "warning") + "."
}

func (v problemList) text(t *text) {
	for _, p := range v {
		t.problem(p)
	}
	if len(v) > 0 {
		t.blank()
		t.paint(bold, visible(v.summary()))
		t.end()
	}
}

func (t *text) problem(p model.Problem) {
	c := boldRed
	if severity(p) == model.SeverityWarning {
		c = yellow
	}
	if p.File != "" {
		t.paint(bold, visible(problemPlace(p)+":"))
		t.put(" ")
	}
	t.paint(c, visible(string(severity(p))))
	t.line(": ", visible(p.Message))
	if p.Next != "" {
		t.advice("next: " + visible(p.Next))
	}
}
