package report

import (
	"sort"
	"strings"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

// The colours of code in pages. What is coloured is anybody's content, of any size, so that this is one pass over the bytes without a regular expression:
// the highlighters that are built of such take seconds for some hundred hostile bytes, or give up by the clock, and then a report would not be the same
// twice. It knows as much of a language as colours need: words, texts, comments, numbers, and the parameters of DataWorks.

// syntax is what a stretch of code is: also the name of its class in a page.
type syntax markup

const (
	plainCode     syntax = ""
	keywordCode   syntax = "keyword"
	commentCode   syntax = "comment"
	stringCode    syntax = "string"
	numberCode    syntax = "number"
	parameterCode syntax = "parameter"
	keyCode       syntax = "key"
)

// language is what the scanner knows of a language.
type language struct {
	// keywords are in capitals if foldsCase.
	keywords  map[string]bool
	foldsCase bool
	// lineComment begins a comment that goes to the end of the line; afterSpace tells that it does so only at the start of a word.
	lineComment string
	afterSpace  bool
	// blockComments are those of C.
	blockComments bool
	quotes        []quote
	// dollar tells that $name and $1 are parameters; ${name} is one everywhere, since DataWorks replaces it in any code.
	dollar bool
	// stringKeys tells that a text before a colon is a key, lineKeys that a name before a colon at the start of a line is one.
	stringKeys, lineKeys bool
}

// quote is a way to write a text.
type quote struct {
	mark string
	// escapes tells that a backslash takes the meaning of the next character, lines that the text may have several lines.
	escapes, lines bool
	kind           syntax
}

func words(list string) map[string]bool {
	all := map[string]bool{}
	for _, w := range strings.Fields(list) {
		all[w] = true
	}
	return all
}

// languageOf tells the language of a file's content by the ending of the content file, or by its own name where that ending is for any text; nil if it is
// not known.
func languageOf(k model.Key, extension string) *language {
	if extension == ".txt" {
		extension = k.Name[strings.LastIndexByte(k.Name, '.')+1:]
	}
	single, double := quote{mark: "'", escapes: true, lines: true, kind: stringCode}, quote{mark: `"`, escapes: true, lines: true, kind: stringCode}
	switch extension[strings.LastIndexByte(extension, '.')+1:] {
	case "sql":
		return &language{
			keywords: words(sqlKeywords), foldsCase: true, lineComment: "--", blockComments: true,
			quotes: []quote{single, double, {mark: "`"}},
		}
	case "py":
		long := func(mark string) quote { return quote{mark: mark, escapes: true, lines: true, kind: stringCode} }
		single.lines, double.lines = false, false
		return &language{keywords: words(pythonKeywords), lineComment: "#", quotes: []quote{long("'''"), long(`"""`), single, double}}
	case "sh":
		single.escapes = false
		return &language{keywords: words(shellKeywords), lineComment: "#", afterSpace: true, quotes: []quote{single, double}, dollar: true}
	case "json":
		double.lines = false
		return &language{keywords: words("true false null"), quotes: []quote{double}, stringKeys: true}
	case "yaml", "yml":
		single.escapes, single.lines, double.lines = false, false, false
		return &language{keywords: words("true false null"), lineComment: "#", afterSpace: true, quotes: []quote{single, double}, stringKeys: true, lineKeys: true}
	default:
		return nil
	}
}

// languageIn tells the language of a field.
func languageIn(v objectView, f model.Field) *language {
	switch f {
	case model.FieldContent:
		return languageOf(v.Key, v.Extension)
	case model.FieldEnvelope:
		return languageOf(v.Key, ".json")
	default:
		return nil
	}
}

// Words that belong to the languages themselves.
const (
	sqlKeywords = `ADD ALL ALTER ANALYZE AND ANTI AS ASC BETWEEN BIGINT BINARY BOOLEAN BUCKETS BY CASE CAST CHANGE CHAR CLUSTER CLUSTERED COLUMN COLUMNS COMMENT CREATE CROSS
CUBE CURRENT DATABASE DATE DATETIME DECIMAL DEFAULT DELETE DESC DESCRIBE DISTINCT DISTRIBUTE DOUBLE DROP ELSE END EXCEPT EXISTS EXPLAIN EXTERNAL FALSE FLOAT FOLLOWING FOR
FROM FULL FUNCTION GRANT GROUP GROUPING HAVING IF IN INNER INSERT INT INTEGER INTERSECT INTERVAL INTO IS JOIN KEY LATERAL LEFT LIFECYCLE LIKE LIMIT LOCATION MAP MAPJOIN MERGE
MINUS NATURAL NOT NULL OFFSET ON OR ORDER OUTER OVER OVERWRITE PARTITION PARTITIONED PRECEDING PRIMARY RANGE READ RENAME REPLACE REVOKE RIGHT RLIKE ROLLUP ROW ROWS SELECT SEMI
SET SETS SHOW SMALLINT SORT SORTED STORED STRING STRUCT TABLE TABLES TBLPROPERTIES THEN TIMESTAMP TINYINT TO TRUE TRUNCATE UNBOUNDED UNION UNIQUE UNNEST UPDATE USE USING VALUES
VARCHAR VIEW WATERMARK WHEN WHERE WINDOW WITH`
	pythonKeywords = `False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass
raise return try while with yield`
	shellKeywords = `if then elif else fi for while until do done case esac in function select time return exit break continue local export readonly unset set shift trap source eval
exec`
)

// stretch is a run of bytes that is something.
type stretch struct {
	from, to int
	kind     syntax
}

// scanner goes over code once.
type scanner struct {
	*language
	text string
	at   int
	// begun tells that something but spaces stands before on the line.
	begun bool
	found []stretch
}

// scan finds the stretches of code that are something, in ascending order; they never overlap, and their ends lie between characters.
func scan(text string, l *language) []stretch {
	s := &scanner{language: l, text: text}
	for s.at < len(text) {
		c := text[s.at]
		switch {
		case c == '\n':
			s.begun = false
			s.at++
			continue
		case c == ' ', c == '\t', c == '\r', c == '-' && s.lineKeys && !s.begun:
			s.at++
			continue
		case s.comment(), s.quoted(), s.parameter():
		case isWordByte(c):
			s.word()
		default:
			s.at++
		}
		s.begun = true
	}
	return s.found
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= 0x80
}

// take makes everything up to an end one stretch.
func (s *scanner) take(end int, kind syntax) {
	if kind != plainCode && end > s.at {
		s.found = append(s.found, stretch{s.at, end, kind})
	}
	s.at = end
}

// endOfLine is where the line ends that holds a place.
func (s *scanner) endOfLine(from int) int {
	if i := strings.IndexByte(s.text[from:], '\n'); i >= 0 {
		return from + i
	}
	return len(s.text)
}

func (s *scanner) comment() bool {
	rest := s.text[s.at:]
	switch {
	case s.lineComment != "" && strings.HasPrefix(rest, s.lineComment) && (!s.afterSpace || s.at == 0 || strings.IndexByte(" \t\n;", s.text[s.at-1]) >= 0):
		s.take(s.endOfLine(s.at), commentCode)
	case s.blockComments && strings.HasPrefix(rest, "/*"):
		end := len(s.text)
		if i := strings.Index(rest[2:], "*/"); i >= 0 {
			end = s.at + 2 + i + 2
		}
		s.take(end, commentCode)
	default:
		return false
	}
	return true
}

// maxParameter is how long the name of a parameter may be, in bytes.
const maxParameter = 100

// parameter takes ${name}, and in the shell $name.
func (s *scanner) parameter() bool {
	if s.text[s.at] != '$' {
		return false
	}
	rest := s.text[s.at:min(len(s.text), s.at+maxParameter)]
	switch end := strings.IndexAny(rest, "}\n"); {
	case strings.HasPrefix(rest, "${") && end >= 0 && rest[end] == '}':
		s.take(s.at+end+1, parameterCode)
		return true
	case !s.dollar:
		return false
	}
	end := s.at + 1
	for end < len(s.text) && isWordByte(s.text[end]) && s.text[end] < 0x80 {
		end++
	}
	if end == s.at+1 {
		return false
	}
	s.take(end, parameterCode)
	return true
}

// quoted takes a text, and the parameters in it.
func (s *scanner) quoted() bool {
	for _, q := range s.quotes {
		if strings.HasPrefix(s.text[s.at:], q.mark) {
			s.quote(q)
			return true
		}
	}
	return false
}

func (s *scanner) quote(q quote) {
	first, begin := len(s.found), s.at
	flush := func(end int) {
		at := s.at
		s.at = begin
		s.take(end, q.kind)
		s.at = at
	}
	s.at += len(q.mark)
	for s.at < len(s.text) {
		c := s.text[s.at]
		switch {
		case c == '\n' && !q.lines:
			flush(s.at)
			return
		case c == '\\' && q.escapes && s.at+1 < len(s.text) && s.text[s.at+1] < 0x80 && s.text[s.at+1] != '\n':
			s.at += 2
		case strings.HasPrefix(s.text[s.at:], q.mark):
			s.at += len(q.mark)
			flush(s.at)
			if s.stringKeys && s.beforeColon() {
				for i := range s.found[first:] {
					s.found[first+i].kind = keyCode
				}
			}
			return
		case c == '$':
			before := s.at
			if !s.parameter() {
				s.at++
				continue
			}
			after, parameter := s.at, s.found[len(s.found)-1]
			s.found = s.found[:len(s.found)-1]
			flush(before)
			s.found = append(s.found, parameter)
			begin, s.at = after, after
		default:
			s.at++
		}
	}
	flush(s.at)
}

// beforeColon tells whether the next thing on the line is a colon.
func (s *scanner) beforeColon() bool {
	for i := s.at; i < len(s.text); i++ {
		if c := s.text[i]; c != ' ' && c != '\t' {
			return c == ':'
		}
	}
	return false
}

// word takes a word: a keyword, a number, a key, or a name that is nothing particular.
func (s *scanner) word() {
	end := s.at
	for end < len(s.text) && (isWordByte(s.text[end]) || s.lineKeys && !s.begun && strings.IndexByte("-.", s.text[end]) >= 0) {
		end++
	}
	word := s.text[s.at:end]
	folded := word
	if s.foldsCase && len(word) <= len("TBLPROPERTIES") {
		folded = strings.ToUpper(word)
	}
	switch {
	case s.lineKeys && !s.begun && strings.HasPrefix(s.text[end:], ":"):
		s.take(end, keyCode)
	case word[0] >= '0' && word[0] <= '9':
		if strings.HasPrefix(s.text[end:], ".") && end+1 < len(s.text) && s.text[end+1] >= '0' && s.text[end+1] <= '9' {
			for end++; end < len(s.text) && isWordByte(s.text[end]); end++ {
			}
		}
		s.take(end, numberCode)
	case s.keywords[folded]:
		s.take(end, keywordCode)
	default:
		s.at = end
	}
}

// maxColoured bounds the text whose code is coloured, in bytes; lines longer than maxLine are not coloured either.
const maxColoured = 4 << 20

// colouring is a text with its stretches, by line.
type colouring struct {
	text      string
	starts    []int
	stretches []stretch
}

func newColouring(text string, l *language) colouring {
	if l == nil || len(text) > maxColoured {
		return colouring{}
	}
	c := colouring{text: text, stretches: scan(text, l)}
	at := 0
	for _, line := range diff.SplitLines(text) {
		c.starts = append(c.starts, at)
		at += len(line)
	}
	return c
}

// line gives the stretches of a line, which counts from 1, cut to the line and counted from its start; size is how long the line is shown.
func (c colouring) line(number, size int) []stretch {
	if number > len(c.starts) || size > maxLine {
		return nil
	}
	start := c.starts[number-1]
	end := start + size
	first := sort.Search(len(c.stretches), func(i int) bool { return c.stretches[i].to > start })
	var cut []stretch
	for _, s := range c.stretches[first:] {
		if s.from >= end {
			break
		}
		cut = append(cut, stretch{max(s.from, start) - start, min(s.to, end) - start, s.kind})
	}
	return cut
}
