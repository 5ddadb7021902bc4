package emulator

import (
	"strconv"
	"unicode/utf8"
)

// A value is one node of an answer. Answers are ordered trees, not Go structs,
// because JSON and XML, absent fields and fields that a switch leaves out are
// then the same simple walk.
type value interface {
	appendJSON(b []byte) []byte
	appendXML(b []byte, name string) []byte
}

type (
	text   string
	number int64
	flag   bool
	list   []value
	fields []field
)

type field struct {
	name  string
	value value
}

func (t text) appendJSON(b []byte) []byte   { return appendJSONString(b, string(t)) }
func (n number) appendJSON(b []byte) []byte { return strconv.AppendInt(b, int64(n), 10) }
func (f flag) appendJSON(b []byte) []byte   { return strconv.AppendBool(b, bool(f)) }

func (l list) appendJSON(b []byte) []byte {
	b = append(b, '[')
	for i, v := range l {
		if i > 0 {
			b = append(b, ',')
		}
		b = v.appendJSON(b)
	}
	return append(b, ']')
}

func (fs fields) appendJSON(b []byte) []byte {
	b = append(b, '{')
	for i, f := range fs {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSONString(b, f.name)
		b = append(b, ':')
		b = f.value.appendJSON(b)
	}
	return append(b, '}')
}

func (t text) appendXML(b []byte, name string) []byte {
	b = openTag(b, name)
	b = appendXMLText(b, string(t))
	return closeTag(b, name)
}

func (n number) appendXML(b []byte, name string) []byte {
	return closeTag(strconv.AppendInt(openTag(b, name), int64(n), 10), name)
}

func (f flag) appendXML(b []byte, name string) []byte {
	return closeTag(strconv.AppendBool(openTag(b, name), bool(f)), name)
}

// A list in XML is its name repeated, without an element around it (the XML
// samples of chapter 4).
func (l list) appendXML(b []byte, name string) []byte {
	for _, v := range l {
		b = v.appendXML(b, name)
	}
	return b
}

func (fs fields) appendXML(b []byte, name string) []byte {
	b = openTag(b, name)
	for _, f := range fs {
		b = f.value.appendXML(b, f.name)
	}
	return closeTag(b, name)
}

func openTag(b []byte, name string) []byte {
	return append(append(append(b, '<'), name...), '>')
}

func closeTag(b []byte, name string) []byte {
	return append(append(append(b, '<', '/'), name...), '>')
}

const hexDigits = "0123456789abcdef"

func appendJSONString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= 0x20 && c != '"' && c != '\\' {
				i++
				continue
			}
			b = append(b, s[start:i]...)
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			case '\n':
				b = append(b, '\\', 'n')
			case '\r':
				b = append(b, '\\', 'r')
			case '\t':
				b = append(b, '\\', 't')
			default:
				b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			b = append(b, s[start:i]...)
			b = append(b, "\ufffd"...)
			i++
			start = i
			continue
		}
		i += size
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

func appendXMLText(b []byte, s string) []byte {
	for _, r := range s {
		switch r {
		case '<':
			b = append(b, "&lt;"...)
		case '>':
			b = append(b, "&gt;"...)
		case '&':
			b = append(b, "&amp;"...)
		case '"':
			b = append(b, "&#34;"...)
		case '\n', '\t':
			b = append(b, byte(r))
		case '\r':
			b = append(b, "&#xD;"...) // a bare one would be read as a line feed
		default:
			if r < 0x20 || r == 0xFFFE || r == 0xFFFF {
				r = utf8.RuneError // XML 1.0 has no way to say it
			}
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}
