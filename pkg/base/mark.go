package base

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dwsync/dwsync/pkg/model"
)

const (
	markPrefix = "dwsync:"
	// noCommit stands in a mark that was pushed from outside of a git repository.
	noCommit     = "-"
	commitLength = 40
	hashLength   = 32
	// maxComment is the length of a comment in characters. The reference names no limit of SubmitFile.Comment; this fits into a column of 255.
	maxComment = 250
)

// Mark is what the comment of a submit says of the push that made it.
type Mark struct {
	// Commit is HEAD of the push as 40 hex digits, or empty outside of a git repository.
	Commit string
	// Dirty tells that the file or dwsync.yaml differed from HEAD, so that no commit holds what was pushed.
	Dirty bool
	// Hash is that of the target's form that was pushed, or empty if the comment was cut. If Dirty is set it makes no form of the workspace known.
	Hash model.Hash
}

// FormatComment gives the comment of a submit: the mark, then subject and author of the commit for people, on one line of at most 250 characters.
func FormatComment(mark Mark, subject, author string) string {
	commit := mark.Commit
	if commit == "" {
		commit = noCommit
	}
	if mark.Dirty {
		commit += "+"
	}
	comment := markPrefix + commit + ":" + string(mark.Hash)
	author = oneLine(author)
	if author != "" {
		author = " (" + cut(author, 60) + ")"
	}
	if subject = oneLine(subject); subject != "" {
		comment += " " + cut(subject, maxComment-utf8.RuneCountInString(comment)-1-utf8.RuneCountInString(author))
	}
	return comment + author
}

// ParseComment reads the mark at the beginning of a comment; false if there is none. People may have cut or edited the comment: a commit that is not
// whole is no mark, a hash that is not whole is left empty.
func ParseComment(comment string) (Mark, bool) {
	text := strings.TrimLeftFunc(comment, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' })
	text, found := strings.CutPrefix(text, markPrefix)
	if !found {
		return Mark{}, false
	}
	if i := strings.IndexFunc(text, unicode.IsSpace); i >= 0 {
		text = text[:i]
	}
	commit, hash, _ := strings.Cut(text, ":")
	commit, dirty := strings.CutSuffix(commit, "+")
	switch {
	case commit == noCommit:
		commit = ""
	case !isHex(commit, commitLength):
		return Mark{}, false
	}
	if !isHex(hash, hashLength) {
		hash = ""
	}
	return Mark{Commit: strings.ToLower(commit), Dirty: dirty, Hash: model.Hash(strings.ToLower(hash))}, true
}

func isHex(s string, length int) bool {
	return len(s) == length && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}

// oneLine makes one printable line of a text: control and format characters become spaces, and runs of spaces one.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	return strings.Join(strings.Fields(s), " ")
}

func cut(s string, length int) string {
	runes := []rune(s)
	if len(runes) <= length {
		return s
	}
	return string(runes[:max(length-1, 0)]) + "…"
}
