package report

import (
	"unicode"
	"unicode/utf8"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// maxWords and maxLine (in bytes) bound the lines whose words are compared.
const (
	maxWords = 400
	maxLine  = 10_000
)

// markWords compares the old and new lines of each run of changes, one with one, and marks the words that differ. Runs with unequal numbers of lines
// are paired from their start.
func markWords(lines []line) {
	for from := 0; from < len(lines); from++ {
		middle := from
		for middle < len(lines) && lines[middle].Op == '-' {
			middle++
		}
		to := middle
		for to < len(lines) && lines[to].Op == '+' {
			to++
		}
		for i := range min(middle-from, to-middle) {
			old, new := &lines[from+i], &lines[middle+i]
			old.Words, new.Words = compareWords(old.Text, new.Text)
		}
		from = max(from, to-1)
	}
}

// compareWords gives both lines in words, or nothing if too little is common for marks to help.
func compareWords(old, new string) ([]word, []word) {
	if len(old) > maxLine || len(new) > maxLine {
		return nil, nil
	}
	a, b := splitWords(old), splitWords(new)
	if len(a) > maxWords || len(b) > maxWords {
		return nil, nil
	}
	numbers := map[string]rune{}
	var names []string
	number := func(words []string) []rune {
		runes := make([]rune, len(words))
		for i, w := range words {
			n, ok := numbers[w]
			if !ok {
				n = rune(len(names)) + 1 // at most 800 words: far below the surrogates, which are no runes
				numbers[w], names = n, append(names, w)
			}
			runes[i] = n
		}
		return runes
	}
	var left, right []word
	kept := 0
	for _, d := range newDiffer().DiffMainRunes(number(a), number(b), false) {
		text := ""
		for _, n := range d.Text {
			text += names[n-1]
		}
		switch d.Type {
		case diffmatchpatch.DiffDelete:
			left = append(left, word{text, true})
		case diffmatchpatch.DiffInsert:
			right = append(right, word{text, true})
		default:
			left, right = append(left, word{text, false}), append(right, word{text, false})
			for _, r := range text {
				if !unicode.IsSpace(r) {
					kept++
				}
			}
		}
	}
	if 3*kept < min(utf8.RuneCountInString(old), utf8.RuneCountInString(new)) {
		return nil, nil
	}
	return left, right
}

// splitWords cuts a line into words, runs of spaces, and single other characters; a Chinese character is a word.
func splitWords(s string) []string {
	var words []string
	class := func(r rune) int {
		switch {
		case unicode.IsSpace(r):
			return 1
		case r == '_' || unicode.IsDigit(r) || unicode.IsLetter(r) && !unicode.Is(unicode.Han, r):
			return 2
		default:
			return 0
		}
	}
	before, start := 0, 0
	for i, r := range s {
		c := class(r)
		if i > 0 && (c == 0 || c != before) {
			words = append(words, s[start:i])
			start = i
		}
		before = c
	}
	if s == "" {
		return nil
	}
	return append(words, s[start:])
}

// newDiffer makes a differ without a time limit: what a report says must not depend on how fast the machine is.
func newDiffer() *diffmatchpatch.DiffMatchPatch {
	dmp := diffmatchpatch.New()
	dmp.DiffTimeout = 0
	return dmp
}
