package report

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// shown is text that is safe to show: every character of it is printable. Only constants and the functions of this file make it, so that the compiler
// keeps raw strings out of writers.
type shown string

// tabStop is the distance of tab stops in code.
const tabStop = 4

// visible is the escaper of text: what is not printable is shown by its number, in one line, and what a CI system would take for a command is broken.
func visible(s string) shown {
	if isPlain(s) {
		return shown(breakCommands(s))
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		writeVisible(&b, r, size, s[0])
		s = s[size:]
	}
	return shown(breakCommands(b.String()))
}

// breakCommands keeps CI systems from obeying text in a log: GitHub reads lines that begin with "::" behind any space, and it and others read
// "##[command]" and "##name[command]" anywhere in a line.
func breakCommands(s string) string {
	if rest := strings.TrimLeft(s, " \u3000"); strings.HasPrefix(rest, "::") {
		s = s[:len(s)-len(rest)] + `\x3a` + rest[1:]
	}
	if !strings.Contains(s, "##") {
		return s
	}
	return hashCommand.ReplaceAllString(s, `#\x23$1[`)
}

// hashCommand is what begins such a command; more "#" before it do not matter.
var hashCommand = regexp.MustCompile(`##([A-Za-z]*)\[`)

// visibleCode is visible for a line of code: tabs go to the next tab stop. markTabs shows where they are, for a line that differs perhaps in nothing else.
func visibleCode(s string, markTabs bool) shown { return visibleCodeAt(s, markTabs, new(int)) }

// visibleCodeAt is visibleCode for a piece of a line that begins at a column, and moves the column to the piece's end.
func visibleCodeAt(s string, markTabs bool, column *int) shown {
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		before := b.Len()
		if r == '\t' {
			width := tabStop - *column%tabStop
			if markTabs {
				b.WriteString("→" + strings.Repeat(" ", width-1))
			} else {
				b.WriteString(strings.Repeat(" ", width))
			}
			*column += width
		} else {
			writeVisible(&b, r, size, s[0])
			*column += displayWidth(b.String()[before:])
		}
		s = s[size:]
	}
	return shown(breakCommands(b.String()))
}

func writeVisible(b *strings.Builder, r rune, size int, first byte) {
	switch {
	case r == utf8.RuneError && size <= 1:
		fmt.Fprintf(b, `\x%02x`, first)
	case isShown(r):
		b.WriteRune(r)
	case r == '\n':
		b.WriteString(`\n`)
	case r == '\r':
		b.WriteString(`\r`)
	case r == '\t':
		b.WriteString(`\t`)
	case r < 0x80:
		fmt.Fprintf(b, `\x%02x`, r)
	case r < 0x10000:
		fmt.Fprintf(b, `\u%04x`, r)
	default:
		fmt.Fprintf(b, `\U%08x`, r)
	}
}

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// isShown tells whether a character stands for itself: letters, marks, digits, punctuation, symbols and the two spaces that people type (the wide one
// is common in Chinese text). Controls, format characters (bidirectional marks among them), line separators, look-alikes of the space, private and
// unassigned characters do not, nor do letters and marks that show nothing.
func isShown(r rune) bool {
	switch {
	case r == '\u3000':
		return true
	case r == '\ufe0e' || r == '\ufe0f': // choose between the text and the picture form of the character before
		return true
	case !unicode.IsPrint(r), unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r), unicode.Is(unicode.Variation_Selector, r), r == '\u2800':
		return false
	default:
		return true
	}
}
