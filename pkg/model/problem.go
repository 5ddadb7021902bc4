package model

import (
	"errors"
	"fmt"
	"sort"
	"strings"
)

// UnknownNameError reports a word that is none of the known ones, and the nearest of them.
type UnknownNameError struct {
	What  string
	Name  string
	Known []string
}

func (e *UnknownNameError) Error() string {
	msg := fmt.Sprintf("unknown %s %q", e.What, e.Name)
	if near := Nearest(e.Name, e.Known); near != "" {
		msg += fmt.Sprintf(", did you mean %q?", near)
	}
	return msg
}

// Nearest gives the candidate with the smallest edit distance to name, or "" if none is near enough to be a slip of the pen.
func Nearest(name string, candidates []string) string {
	best, bestDistance := "", len(name)/3+2
	for _, c := range candidates {
		if d := editDistance(strings.ToLower(name), strings.ToLower(c)); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		previous := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			previous, row[j] = row[j], min(row[j]+1, row[j-1]+1, previous+cost)
		}
	}
	return row[len(b)]
}

// Severity of a problem.
type Severity string

const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
)

// Problem is something wrong with a local input. Line and Column count from 1; 0 means the whole file.
type Problem struct {
	File     string
	Line     int
	Column   int
	Severity Severity
	Message  string
	// Next says what to do about it, where the message alone does not.
	Next string
}

func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
		if p.Column > 0 {
			fmt.Fprintf(&b, ":%d", p.Column)
		}
	}
	b.WriteString(": ")
	if p.Severity == SeverityWarning {
		b.WriteString("warning: ")
	}
	b.WriteString(p.Message)
	if p.Next != "" {
		b.WriteString("; " + p.Next)
	}
	return b.String()
}

// InvalidError carries the errors of a local input (dwsync.yaml or the tree). It leads to exit code 5.
type InvalidError struct{ Problems []Problem }

func (e *InvalidError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Invalid gives an *InvalidError with the problems in order of place, or nil if none of them is an error.
func Invalid(problems []Problem) error {
	found := false
	for _, p := range problems {
		found = found || p.Severity == SeverityError
	}
	if !found {
		return nil
	}
	sorted := append([]Problem(nil), problems...)
	sort.SliceStable(sorted, func(i, j int) bool {
		a, b := sorted[i], sorted[j]
		if a.File != b.File {
			return a.File < b.File
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Column < b.Column
	})
	return &InvalidError{Problems: sorted}
}

// ProblemsOf gives the problems that err carries, if any.
func ProblemsOf(err error) []Problem {
	if invalid, ok := errors.AsType[*InvalidError](err); ok {
		return invalid.Problems
	}
	return nil
}
