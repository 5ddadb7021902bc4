package tree

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// where says in which surroundings a scalar is written.
type where int

const (
	inBlock where = iota
	// inFlow: inside [] or {}, where , and brackets mean something.
	inFlow
)

// style is how a scalar is written.
type style int

const (
	// anyStyle takes the plainest one that is safe.
	anyStyle style = iota
	singleQuoted
	doubleQuoted
)

// scalar writes a text so that it decodes to exactly itself, as a text and on one line. The preferred style is taken where it can hold the text. Not
// only what this reader would misread is quoted, but also what YAML 1.1 readers would (yes, 1:30).
func scalar(text string, in where, prefer style) string {
	if prefer == anyStyle && isPlainSafe(text, in) {
		return text
	}
	printable := strings.IndexFunc(text, needsEscape) < 0
	single := prefer == singleQuoted || prefer == anyStyle && strings.ContainsAny(text, `\"`)
	if printable && single {
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case !needsEscape(c):
			b.WriteRune(c)
		case c <= 0xff:
			fmt.Fprintf(&b, `\x%02X`, c)
		case c <= 0xffff:
			fmt.Fprintf(&b, `\u%04X`, c)
		default:
			fmt.Fprintf(&b, `\U%08X`, c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// needsEscape tells whether a character cannot stand in a line of YAML, or would not be seen there. The joiners that make up emoji and some scripts'
// letters may stand.
func needsEscape(c rune) bool {
	const zeroWidthNonJoiner, zeroWidthJoiner = '\u200c', '\u200d'
	switch {
	case c == zeroWidthJoiner || c == zeroWidthNonJoiner:
		return false
	case c == utf8.RuneError:
		return true
	case c == '\ufffe' || c == '\uffff':
		return true
	}
	return unicode.In(c, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Cs)
}

// likeNumber matches what some YAML reader takes for a number, a time or a date.
var likeNumber = regexp.MustCompile(`^[-+.]?[0-9][-+._:0-9a-fA-FxXoOTtZz ]*$|^[-+]?\.(inf|Inf|INF|nan|NaN|NAN)$`)

// words matches what some YAML reader takes for something else than a text.
var words = regexp.MustCompile(`^(?i:y|n|yes|no|on|off|true|false|null|~|<<|=)$`)

func isPlainSafe(text string, in where) bool {
	if text == "" || strings.TrimSpace(text) != text || strings.IndexFunc(text, needsEscape) >= 0 || strings.IndexFunc(text, isOddSpace) >= 0 {
		return false
	}
	if strings.ContainsAny(text[:1], "-?:,[]{}#&*!|>'\"%@`=<~") || likeNumber.MatchString(text) || words.MatchString(text) {
		return false
	}
	if strings.Contains(text, ": ") || strings.Contains(text, " #") || strings.HasSuffix(text, ":") || strings.HasPrefix(text, "...") {
		return false
	}
	return in == inBlock || !strings.ContainsAny(text, ",[]{}:#?")
}

// isOddSpace is true of blanks that are no plain space: they are legal, but nobody would see what they are.
func isOddSpace(c rune) bool { return c != ' ' && unicode.IsSpace(c) }

// isLiteralSafe tells whether a text of several lines can be written as a literal block (|) and survive editors.
func isLiteralSafe(text string) bool {
	if !strings.Contains(strings.TrimSuffix(text, "\n"), "\n") || strings.HasSuffix(text, "\n\n") || strings.HasPrefix(text, "\n") || strings.HasPrefix(text, " ") {
		return false
	}
	for line := range strings.SplitSeq(text, "\n") {
		if strings.TrimRight(line, " ") != line || strings.IndexFunc(line, func(c rune) bool { return needsEscape(c) || isOddSpace(c) }) >= 0 {
			return false
		}
	}
	return true
}

// literal writes a text that isLiteralSafe as the header of a literal block and its lines, each with the indentation; without a line end at the end.
func literal(text, indentation, newline string) (header, body string) {
	header = "|"
	if !strings.HasSuffix(text, "\n") {
		header = "|-"
	}
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		b.WriteString(newline)
		if line != "" {
			b.WriteString(indentation + line)
		}
	}
	return header, b.String()
}
