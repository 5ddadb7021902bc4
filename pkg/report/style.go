package report

import (
	"github.com/dwsync/dwsync/pkg/model"
)

// Format is how a report is written (design, section 11: --format).
type Format string

const (
	// Text is for a person at a terminal or reading a log; the zero Format means it too.
	Text Format = "text"
	// JSON is for programs; its schema is stable, see [Schema].
	JSON Format = "json"
	// Markdown is for a comment on a pull request: at most 60,000 characters.
	Markdown Format = "markdown"
	// HTML is one file that needs no other and no network.
	HTML Format = "html"
	// GitHub is workflow commands, which GitHub shows as annotations at file and line.
	GitHub Format = "github"
)

// Formats gives the formats in the order in which help texts list them.
func Formats() []Format { return []Format{Text, JSON, Markdown, HTML, GitHub} }

// ParseFormat reads a format's name. Errors: *model.UnknownNameError.
func ParseFormat(name string) (Format, error) {
	var known []string
	for _, f := range Formats() {
		if name == string(f) {
			return f, nil
		}
		known = append(known, string(f))
	}
	return "", &model.UnknownNameError{What: "format", Name: name, Known: known}
}

// Style says how a report looks. The zero Style is plain text.
type Style struct {
	Format Format
	// Color marks text with ANSI colours; other formats do not look at it.
	Color bool
	// Width is the number of columns that a line of text should fit in; 0 means 100. Code, paths and messages are never broken to fit.
	Width int
	// Full shows new files whole, the hunks of drift, and lists and values uncut.
	Full bool
	// Place tells where the tree holds a field of an object, for annotations; nil if nobody knows.
	Place func(model.Key, model.Field) Place
}

// Place is where the tree holds something: a slash path below the repository's root and a line that counts from 1, 0 if it is not known. For
// model.FieldContent it is the content file, whatever the line.
type Place struct {
	File string
	Line int
}

// defaultWidth is used when the width is not known, as in CI.
const defaultWidth = 100

func (s Style) width() int {
	if s.Width <= 0 {
		return defaultWidth
	}
	return s.Width
}

func (s Style) place(k model.Key, f model.Field) Place {
	if s.Place == nil {
		return Place{}
	}
	return s.Place(k, f)
}
