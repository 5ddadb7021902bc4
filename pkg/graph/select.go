package graph

import (
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"golang.org/x/text/unicode/norm"

	"github.com/dwsync/dwsync/pkg/model"
)

// A *selector* is a text with which a person names some nodes of a graph. What a selector means never depends on which nodes there are:
//
//	PATH           a path as people see it, or of a file of the tree; of a folder, with all that lies in it
//	NAME           without a slash: also everything of that name, wherever it lies
//	GLOB           * within a segment, ** over segments, ?, [a-z], {a,b}; without a slash it is held against names; a folder that it matches is
//	               meant with all that lies in it
//	path:TEXT      a path or a name that is taken literally, whatever characters it has
//	type:TYPE      a type or a kind
//	owner:OWNER    who owns it
//	business:NAME  what lies in a business, by its name or its path
//	+S, S+, +S+    what S selects and all upstream of it, downstream, both; 2+S and S+2 go that many steps

// method is the way in which a selector finds nodes.
type method string

const (
	byPath     method = "path"
	byType     method = "type"
	byOwner    method = "owner"
	byBusiness method = "business"
)

var methods = []string{string(byPath), string(byType), string(byOwner), string(byBusiness)}

// Selector is a selector that was understood.
type Selector struct {
	text   string
	method method
	value  string
	// literal tells that the value is no glob, argument that it was given where only paths are.
	literal, argument bool
	// up and down are the steps to go upstream and downstream: 0 none, Unlimited all.
	up, down int
}

// String is the selector as it was written.
func (s Selector) String() string { return s.text }

// maxSteps bounds the numbers of 2+a: no graph of jobs is deeper.
const maxSteps = 1_000_000

// SelectorError reports a selector that cannot be understood.
type SelectorError struct {
	Selector string
	Err      error
}

func (e *SelectorError) Error() string { return fmt.Sprintf("selector %q: %s", e.Selector, e.Err) }

// Unwrap gives what is wrong with it.
func (e *SelectorError) Unwrap() error { return e.Err }

// What can be wrong with a selector.
var (
	errEmpty   = errors.New("it is empty; name a path, a glob, type:, owner:, business:, or one of these with + for what is upstream or downstream")
	errSteps   = fmt.Errorf("the number beside + is a number of steps from 1 to %d; a name that really looks so is written path:NAME", maxSteps)
	errOutside = errors.New("this path leads out of the project")
)

// ParseSelector reads a selector. Errors: *SelectorError.
func ParseSelector(text string) (Selector, error) {
	s := Selector{text: text}
	rest, err := s.takeSteps(text)
	if err == nil {
		err = s.takeMethod(rest)
	}
	if err != nil {
		return Selector{}, &SelectorError{Selector: text, Err: err}
	}
	return s, nil
}

// ParsePath reads a path or a glob, in which + and colons mean nothing else. Errors: *SelectorError.
func ParsePath(text string) (Selector, error) {
	s := Selector{text: text, method: byPath, argument: true}
	if err := s.takePath(text); err != nil {
		return Selector{}, &SelectorError{Selector: text, Err: err}
	}
	return s, nil
}

// takeSteps takes the signs of upstream and downstream off a selector.
func (s *Selector) takeSteps(text string) (rest string, err error) {
	rest = text
	if digits, after, found := strings.Cut(rest, "+"); found && isDigits(digits) {
		if s.up, err = steps(digits); err != nil {
			return "", err
		}
		rest = after
	}
	if strings.HasPrefix(rest, string(byPath)+":") {
		return rest, nil
	}
	if i := strings.LastIndexByte(rest, '+'); i >= 0 && isDigits(rest[i+1:]) {
		if s.down, err = steps(rest[i+1:]); err != nil {
			return "", err
		}
		rest = rest[:i]
	}
	return rest, nil
}

func isDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

func steps(digits string) (int, error) {
	if digits == "" {
		return Unlimited, nil
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 || n > maxSteps {
		return 0, errSteps
	}
	return n, nil
}

func (s *Selector) takeMethod(text string) error {
	word, value, found := strings.Cut(text, ":")
	if !found || strings.Trim(strings.ToLower(word), "abcdefghijklmnopqrstuvwxyz") != "" {
		s.method = byPath
		return s.takePath(text)
	}
	switch s.method, s.value = method(word), value; {
	case s.method == byPath:
		s.literal = true
		return s.takePath(value)
	case s.method != byType && s.method != byOwner && s.method != byBusiness:
		return fmt.Errorf("%w (a name that really has a colon is written path:%s)", &model.UnknownNameError{What: "selector", Name: word, Known: methods}, text)
	case value == "":
		return fmt.Errorf("%s: needs something behind the colon", word)
	default:
		s.value = norm.NFC.String(value)
		return nil
	}
}

func (s *Selector) takePath(text string) error {
	if text == "" {
		return errEmpty
	}
	s.value = path.Clean(norm.NFC.String(text))
	if path.IsAbs(s.value) {
		return errOutside
	}
	if !s.literal && isGlob(s.value) && !doublestar.ValidatePattern(s.value) {
		return errors.New("this glob is not closed somewhere; a name that really looks so is written path:NAME")
	}
	return nil
}

func isGlob(s string) bool { return strings.ContainsAny(s, `*?[{\`) }
