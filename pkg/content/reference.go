package content

import (
	"encoding/json"
	"strings"
)

// ResourceReference is a resource that a content notes: `##@resource_reference{"udf.py"}`, in SQL also `--@resource_reference{"udf.py"}`.
type ResourceReference struct {
	Name string
	// Line counts from 1.
	Line int
}

var referenceMarks = []string{"##@resource_reference", "--@resource_reference"}

// ResourceReferences gives the resource references of a content, in order. A line that begins like one and is none is passed over.
func ResourceReferences(content string) []ResourceReference {
	var references []ResourceReference
	line := 0
	for text := range strings.SplitSeq(content, "\n") {
		line++
		text = strings.TrimSpace(text)
		for _, mark := range referenceMarks {
			if rest, found := strings.CutPrefix(text, mark); found {
				if name, ok := referenceName(rest); ok {
					references = append(references, ResourceReference{Name: name, Line: line})
				}
			}
		}
	}
	return references
}

// referenceName reads {"name"}.
func referenceName(text string) (string, bool) {
	text = strings.TrimSpace(text)
	inside, found := strings.CutPrefix(text, "{")
	if !found {
		return "", false
	}
	inside, found = strings.CutSuffix(inside, "}")
	if !found {
		return "", false
	}
	var name string
	if err := json.Unmarshal([]byte(inside), &name); err != nil || name == "" {
		return "", false
	}
	return name, true
}
