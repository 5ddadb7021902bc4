package report

import (
	"bytes"
	"encoding/json"
	"strings"
)

// maxIndented bounds the JSON that is indented to be shown, in bytes.
const maxIndented = 1 << 20

// diffContent compares two contents. JSON that the service keeps in one line is compared indented, because one line that differs tells nobody what.
func diffContent(old, new string) *textDiff {
	a, okA := indented(old)
	b, okB := indented(new)
	if !okA || !okB || a == b {
		return diffText(old, new)
	}
	d := diffText(a, b)
	d.Indented = true
	return d
}

// indented gives JSON of one line in lines, token by token as it stands; an empty text stays empty. It tells whether the text is one of these.
func indented(s string) (string, bool) {
	if s == "" {
		return "", true
	}
	if len(s) > maxIndented || strings.Contains(s, "\n") || !strings.HasPrefix(s, "{") && !strings.HasPrefix(s, "[") {
		return "", false
	}
	var b bytes.Buffer
	if json.Indent(&b, []byte(s), "", "  ") != nil {
		return "", false
	}
	b.WriteByte('\n')
	return b.String(), true
}
