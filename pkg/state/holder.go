package state

import (
	"fmt"
	"os"
	"strings"
	"time"
	"unicode"
)

// A state's holder is named in a small file beside it. The lock is bbolt's; the text only tells a person whom to wait for. It is written by who has
// the lock and read by who did not get it, so that a text that a killed process left is never believed for longer than it takes to be replaced.

func holderPath(path string) string { return path + ".holder" }

// writeHolder names this process. Without the text the lock works all the same, so that a failure is none of the caller's business.
func writeHolder(path string) {
	text := fmt.Sprintf("process %d", os.Getpid())
	if host, err := os.Hostname(); err == nil {
		text += " on " + host
	}
	text += ", since " + time.Now().Format(time.RFC3339) + "\n"
	_ = os.WriteFile(holderPath(path), []byte(text), 0o600)
}

func removeHolder(path string) { _ = os.Remove(holderPath(path)) }

func readHolder(path string) string {
	text, err := os.ReadFile(holderPath(path))
	if err != nil {
		return ""
	}
	return readable(text)
}

// readable makes one short line of bytes of a local file, which anybody may have written.
func readable(text []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	line = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(line, "?"))
	if runes := []rune(line); len(runes) > 200 {
		line = string(runes[:200]) + "…"
	}
	return line
}
