package tree

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// source is the text of a YAML file and where its nodes stand in it: yaml.v3 says where a node begins, and this finds out where it ends.
type source struct {
	// text is the file without its byte order mark.
	text string
	// lines are the offsets at which lines begin.
	lines []int
}

func newSource(text string) *source {
	s := &source{text: text, lines: []int{0}}
	for i := 0; i < len(text); {
		size := lineBreak(text[i:])
		if size == 0 {
			_, size = utf8.DecodeRuneInString(text[i:])
			i += size
			continue
		}
		i += size
		s.lines = append(s.lines, i)
	}
	return s
}

// lineBreak gives the size of the line end that text begins with, by YAML's rules; 0 if it begins with none.
func lineBreak(text string) int {
	switch {
	case strings.HasPrefix(text, "\r\n"):
		return 2
	case strings.HasPrefix(text, "\n"), strings.HasPrefix(text, "\r"):
		return 1
	case strings.HasPrefix(text, "\u0085"):
		return len("\u0085")
	case strings.HasPrefix(text, "\u2028"), strings.HasPrefix(text, "\u2029"):
		return len("\u2028")
	default:
		return 0
	}
}

// start is the offset of a node.
func (s *source) start(n *yaml.Node) int {
	if n.Line < 1 || n.Line > len(s.lines) {
		return len(s.text)
	}
	offset := s.lines[n.Line-1]
	for column := 1; column < n.Column && offset < len(s.text); column++ {
		_, size := utf8.DecodeRuneInString(s.text[offset:])
		offset += size
	}
	return offset
}

// lineOf gives the offset at which the line of an offset begins.
func (s *source) lineOf(offset int) int {
	low, high := 0, len(s.lines)
	for high-low > 1 {
		middle := (low + high) / 2
		if s.lines[middle] <= offset {
			low = middle
		} else {
			high = middle
		}
	}
	return s.lines[low]
}

// lineEnd gives the offset behind the line end that follows an offset.
func (s *source) lineEnd(offset int) int {
	for offset < len(s.text) {
		if size := lineBreak(s.text[offset:]); size > 0 {
			return offset + size
		}
		_, size := utf8.DecodeRuneInString(s.text[offset:])
		offset += size
	}
	return offset
}

// rest gives what stands behind an offset in its line, without the line end.
func (s *source) rest(offset int) string {
	end := s.lineEnd(offset)
	rest := s.text[offset:end]
	return strings.TrimRight(rest, "\r\n\u0085\u2028\u2029")
}

// end is the offset behind a node. column is the 0-based column of the key or the dash that the node belongs to: what is not indented deeper does not
// belong to a block.
func (s *source) end(n *yaml.Node, column int) int {
	start := s.start(n)
	switch {
	case n.Kind == yaml.ScalarNode && n.Style&yaml.DoubleQuotedStyle != 0:
		return s.quotedEnd(start, '"')
	case n.Kind == yaml.ScalarNode && n.Style&yaml.SingleQuotedStyle != 0:
		return s.quotedEnd(start, '\'')
	case n.Kind == yaml.ScalarNode && n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return s.blockEnd(start, column)
	case n.Kind == yaml.ScalarNode:
		return s.plainEnd(start, n.Value)
	case n.Style&yaml.FlowStyle != 0:
		return s.flowEnd(n, start)
	case len(n.Content) == 0:
		return start
	}
	return s.end(n.Content[len(n.Content)-1], n.Column-1)
}

func (s *source) quotedEnd(start int, quote byte) int {
	for i := start + 1; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '\\' && quote == '"':
			i++
		case c == quote && quote == '\'' && strings.HasPrefix(s.text[i:], "''"):
			i++
		case c == quote:
			return i + 1
		}
	}
	return len(s.text)
}

// plainEnd walks along the value: only blanks and line ends can differ between the text and the value of a plain scalar.
func (s *source) plainEnd(start int, value string) int {
	end := start
	i := start
	for _, c := range value {
		if isBlank(c) {
			continue
		}
		for i < len(s.text) {
			d, size := utf8.DecodeRuneInString(s.text[i:])
			i += size
			if d == c {
				end = i
				break
			}
			if !isBlank(d) {
				return end
			}
		}
	}
	return end
}

func isBlank(c rune) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\u0085' || c == '\u2028' || c == '\u2029'
}

// blockEnd finds the last line of a literal or folded block that is not blank.
func (s *source) blockEnd(start, column int) int {
	header := s.rest(start)
	end := start + len(header)
	keep := strings.ContainsRune(headerIndicators(header), '+')
	for at := s.lineEnd(start); at < len(s.text); at = s.lineEnd(at) {
		line := s.rest(at)
		trimmed := strings.TrimLeft(line, " ")
		switch {
		case strings.TrimSpace(line) == "" && !keep:
		case strings.TrimSpace(line) == "":
			end = at + len(line)
		case len(line)-len(trimmed) <= column:
			return end
		default:
			end = at + len(line)
		}
	}
	return end
}

// headerIndicators is what stands behind | or > before a comment.
func headerIndicators(header string) string {
	indicators, _, _ := strings.Cut(header, " ")
	return indicators
}

// flowEnd looks for the bracket behind the last child: between them only blanks, commas and comments can stand.
func (s *source) flowEnd(n *yaml.Node, start int) int {
	at := start + 1
	if len(n.Content) > 0 {
		at = s.end(n.Content[len(n.Content)-1], 0)
	}
	for at < len(s.text) {
		c, size := utf8.DecodeRuneInString(s.text[at:])
		switch {
		case c == ']' || c == '}':
			return at + size
		case c == '#':
			at = s.lineEnd(at)
		case c == ',' || unicode.IsSpace(c):
			at += size
		default:
			return at
		}
	}
	return at
}
