package tree

import (
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/dwsync/dwsync/pkg/config/strictyaml"
	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/model"
)

// setContent sets the content of an object, whose other fields are read, from its file.
func (r *Reader) setContent(local *Local, shown string) {
	o := &local.Object
	switch {
	case o.Key.Kind != model.KindNode:
		o.Set(model.FieldContent, model.TextValue(shown))
	case o.Has(model.FieldEnvelope):
		o.Set(model.FieldContent, model.TextValue(shown))
		content.SetStored(o, content.Stored(*o))
		if !o.Has(model.FieldEnvelope) {
			r.problems = append(r.problems, model.Problem{
				File: local.Content, Line: lineOfBrace(shown), Column: 1, Severity: model.SeverityError,
				Message: "a line begins with {, where the envelope of " + o.Key.Type.String() + " begins", Next: "move what belongs to the envelope into " + path.Base(local.Meta),
			})
		}
	default:
		stored := shown
		if o.Key.Type.Info().IsJSON() {
			stored = content.StoredJSON(shown)
			local.indented = stored != shown
		}
		content.SetStored(o, stored)
		local.asStored = o.Has(model.FieldEnvelope)
	}
}

// lineOfBrace is the number of the first line that begins with a brace.
func lineOfBrace(text string) int {
	number := 0
	for line := range strings.Lines(text) {
		if number++; strings.HasPrefix(line, "{") {
			break
		}
	}
	return number
}

// contentName is the name of the file that holds the content of an object, "" for one that has none.
func contentName(stem string, o model.Object) string {
	switch {
	case !o.HasText():
		return ""
	case o.Key.Kind == model.KindResource:
		return stem
	default:
		return stem + content.Extension(o)
	}
}

func (r *Reader) content(l *listing, name, file, meta string) (*string, error) {
	if l.entries[name] == nil {
		decoded, err := decodeName(name)
		switch {
		case l.irregular[name]:
			r.irregular(file)
		case err == nil && l.folders[decoded.name] == name:
			r.problem(file, "move it away and bring the file back", "this is a directory, where %s has its content", path.Base(meta))
		default:
			r.problem(meta, "bring the file back, or delete the YAML too if the file is meant to go", "its content is missing: there is no file %s%s", name, r.nearContent(l, name))
		}
		return nil, nil
	}
	data, err := r.readFile(file, MaxContent)
	switch {
	case err != nil:
		return nil, err
	case len(data) > MaxContent:
		r.problem(file, "", "the file has more than %d bytes, the most that a content may have", MaxContent)
		return nil, nil
	case !utf8.Valid(data):
		line, column := strictyaml.NotUTF8(data)
		r.problems = append(r.problems, model.Problem{
			File: file, Line: line, Column: column, Severity: model.SeverityError,
			Message: "the content is not UTF-8; the service holds nothing else", Next: "save the file as UTF-8",
		})
		return nil, nil
	}
	text := string(data)
	return &text, nil
}

// maxHints bounds the search for near names: who lost a whole directory does not need it.
const maxHints = 50

// nearContent names a file that may be the missing content under another ending, or another letter case or normal form.
func (r *Reader) nearContent(l *listing, name string) string {
	if len(r.problems) > maxHints {
		return ""
	}
	stem := strings.TrimSuffix(name, path.Ext(name))
	for _, other := range l.others {
		if strings.TrimSuffix(other, path.Ext(other)) == stem || strings.EqualFold(norm.NFC.String(other), norm.NFC.String(name)) {
			return fmt.Sprintf(" (but there is %s)", other)
		}
	}
	return ""
}
