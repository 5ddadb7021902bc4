package report

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// displayWidth is the number of columns of a terminal that text takes: 2 for Chinese characters and other wide ones, 0 for marks that combine.
func displayWidth(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	if r < 0x300 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	default:
		return 1
	}
}

// pad fills text with spaces up to a number of columns.
func pad(s shown, columns int) shown {
	return s + shown(strings.Repeat(" ", max(0, columns-displayWidth(string(s)))))
}

const ellipsis = "…"

// cutPair shortens two long values to what is around their difference: at most keep characters on either side of the common parts, and of the middle.
// Values of up to twice that are left whole.
func cutPair(a, b string, keep int) (string, string) {
	x, y := []rune(a), []rune(b)
	if len(x) <= 2*keep && len(y) <= 2*keep {
		return a, b
	}
	start := 0
	for start < len(x) && start < len(y) && x[start] == y[start] {
		start++
	}
	end := 0
	for end < len(x)-start && end < len(y)-start && x[len(x)-1-end] == y[len(y)-1-end] {
		end++
	}
	return cutAround(x, start, end, keep), cutAround(y, start, end, keep)
}

// cutAround shortens s, of which the first start and the last end characters are common with another value.
func cutAround(s []rune, start, end, keep int) string {
	var b strings.Builder
	from, to := 0, len(s)
	if start > keep/2 {
		from = start - keep/4
		b.WriteString(ellipsis)
	}
	if end > keep/2 {
		to = len(s) - end + keep/4
	}
	if to-from > 2*keep {
		b.WriteString(string(s[from:from+keep]) + ellipsis)
		from = to - keep
	}
	b.WriteString(string(s[from:to]))
	if to < len(s) {
		b.WriteString(ellipsis)
	}
	return b.String()
}

// Fit makes a string safe to show in one line of a terminal and cuts it to a number of columns.
func Fit(s string, columns int) string {
	text := string(visible(s))
	if displayWidth(text) <= columns {
		return text
	}
	used := 0
	for i, r := range text {
		if used += runeWidth(r); used > columns-1 {
			return text[:i] + ellipsis
		}
	}
	return text
}
