package content

import (
	"bytes"
	"encoding/json"
	"strings"
)

// maxDepth is how deep a JSON text may be nested to be shown indented; a deeper one would grow beyond measure.
const maxDepth = 100

// indentation is the one of the shown form.
const indentation = "  "

// ShownJSON gives the form in which a JSON content stands in the tree: a compact one (as the service stores what its forms write) is shown indented,
// token by token, with a line end at the end. Everything else is shown as it is. A content that already looks like the shown form of another gets one
// more line end, so that the two stay apart.
func ShownJSON(stored string) string {
	if shown, ok := indent(stored); ok && compact(stored) == stored {
		return shown
	}
	if _, ok := unshown(strings.TrimRight(stored, "\n") + "\n"); ok && strings.HasSuffix(stored, "\n") {
		return stored + "\n"
	}
	return stored
}

// StoredJSON undoes ShownJSON. A text that ShownJSON does not make (another indentation) is stored as it is.
func StoredJSON(shown string) string {
	text := strings.TrimRight(shown, "\n") + "\n"
	stored, ok := unshown(text)
	switch {
	case !ok || !strings.HasSuffix(shown, "\n"):
		return shown
	case shown == text:
		return stored
	default:
		return strings.TrimSuffix(shown, "\n")
	}
}

// unshown gives the compact form of a text that is exactly the indented form of it.
func unshown(text string) (string, bool) {
	stored := compact(text)
	if stored == "" {
		return "", false
	}
	shown, ok := indent(stored)
	return stored, ok && shown == text
}

// indent gives the indented form of a JSON object or array; false for everything else.
func indent(text string) (string, bool) {
	if !isContainer(text) {
		return "", false
	}
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(strings.TrimRight(text, " \t\r\n")), "", indentation); err != nil {
		return "", false
	}
	return b.String() + "\n", true
}

// compact gives the compact form of a JSON object or array; "" for everything else.
func compact(text string) string {
	if !isContainer(text) {
		return ""
	}
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(text)); err != nil {
		return ""
	}
	return b.String()
}

// isContainer tells whether a text is a JSON object or array that is not nested too deep.
func isContainer(text string) bool {
	trimmed := strings.TrimLeft(text, " \t\r\n")
	if !strings.HasPrefix(trimmed, "{") && !strings.HasPrefix(trimmed, "[") {
		return false
	}
	depth, inString, escaped := 0, false, false
	for i := range len(text) {
		switch c := text[i]; {
		case escaped:
			escaped = false
		case inString:
			escaped, inString = c == '\\', c != '"'
		case c == '"':
			inString = true
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return false
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return json.Valid([]byte(text))
}
