package validate

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/tree"
)

// placeholderBegins are how placeholders begin. In code ${project} may be a parameter of DataWorks, which the others cannot be: no name of one has a colon.
var placeholderBegins = []string{"${" + string(mapping.VerbAuto) + ":", "${" + string(mapping.VerbNode) + ":", "${" + string(mapping.VerbNodeOf) + ":"}

var projectPlaceholder = mapping.Placeholder{Verb: mapping.VerbProject}.String()

// strayPlaceholders finds placeholders where nobody looks for them, so that they would be sent as they stand.
func (c *checker) strayPlaceholders(l tree.Local) {
	const next = "placeholders count in inputList, outputList, dependentNodeIdList and the sources of inputParameters only"
	o := l.Object
	for _, spec := range model.Fields(o.Key.Kind) {
		if spec.Shape != model.ShapeText || spec.Field == model.FieldContent || len(spec.Enum) > 0 {
			continue
		}
		text := o.Text(spec.Field)
		for _, begin := range slices.Concat(placeholderBegins, []string{projectPlaceholder}) {
			if strings.Contains(text, begin) {
				c.warnAt(field(l, spec.Field), next, "%s is no placeholder here: %s is sent as it stands", closed(begin), spec.Field)
				break
			}
		}
	}
	code := o.Text(model.FieldContent)
	for _, begin := range placeholderBegins {
		if at := strings.Index(code, begin); at >= 0 {
			c.warnAt(inContent(l, at), next, "%s is no placeholder here: code is sent as it stands", closed(begin))
			return
		}
	}
}

// closed is how a placeholder that begins so is called.
func closed(begin string) string {
	if strings.HasSuffix(begin, "}") {
		return begin
	}
	return begin + "…}"
}

// inContent is a place in what shows a content, by its offset: in the file of the content if that shows it as it is stored, else just the file.
func inContent(l tree.Local, offset int) at {
	switch {
	case l.ShowsContent():
		text := l.Object.Text(model.FieldContent)[:offset]
		return at{l.Content, strings.Count(text, "\n") + 1, utf8.RuneCountInString(text[strings.LastIndexByte(text, '\n')+1:]) + 1}
	case l.Content != "":
		return at{file: l.Content}
	default:
		return at{file: l.Meta}
	}
}
