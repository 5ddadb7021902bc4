package cli_test

import (
	"bytes"
	"context"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dwsync/dwsync/internal/cli"
	"github.com/dwsync/dwsync/pkg/emulator"
)

// terminal is what a terminal shows of what it was sent: lines, and where the cursor is. It knows what the live view uses, and fails at anything else.
type terminal struct {
	t        *testing.T
	lines    [][]rune
	row, col int
	// wiped counts how often something was wiped, and widest is the longest line that was wiped.
	wiped, widest int
}

var escapeSequence = regexp.MustCompile(`^\x1b\[(\d*)([A-Za-z])`)

func (term *terminal) show(text string) {
	for len(text) > 0 {
		if m := escapeSequence.FindStringSubmatch(text); m != nil {
			n, _ := strconv.Atoi(m[1])
			switch m[2] {
			case "A":
				if term.row -= n; term.row < 0 {
					term.t.Fatal("the cursor goes above the first line")
				}
			case "J":
				for _, line := range term.lines[term.row:] {
					term.widest = max(term.widest, len(line))
				}
				term.lines = append(term.lines[:term.row], term.lines[term.row][:term.col])
				term.wiped++
			default:
				term.t.Fatalf("nobody knows the sequence %q", m[0])
			}
			text = text[len(m[0]):]
			continue
		}
		r := []rune(text)[0]
		text = text[len(string(r)):]
		for len(term.lines) <= term.row {
			term.lines = append(term.lines, nil)
		}
		switch r {
		case '\r':
			term.col = 0
		case '\n':
			term.row, term.col = term.row+1, 0
		default:
			line := term.lines[term.row]
			if term.col < len(line) {
				term.t.Fatalf("%q is written over %q", text, string(line))
			}
			term.lines[term.row] = append(line, r)
			term.col++
		}
	}
}

func (term *terminal) String() string {
	var b strings.Builder
	for _, line := range term.lines {
		b.WriteString(string(line) + "\n")
	}
	return b.String()
}

// watchedRun runs a command at a terminal and gives what was sent to it, and what it shows in the end.
func (w *crashWorld) watchedRun(change func(*cli.Environment), args ...string) (code int, sent string, shown *terminal) {
	var out bytes.Buffer
	env := w.environment(&out, w.server.Transport())
	env.StderrTerminal, env.Width = true, 60
	change(&env)
	code = cli.Main(context.Background(), env, append([]string{"dwsync"}, args...))
	shown = &terminal{t: w.t}
	shown.show(out.String())
	return code, out.String(), shown
}

// At a terminal a view shows the stages, the calls and the files under way while a push works; when it is over nothing of it is left, and what was printed
// meanwhile and afterwards stands whole.
func TestLiveView(t *testing.T) {
	isolate(t)
	created, _ := scenarios(t, "127.0.0.1:1")
	inNewWorld := func(t *testing.T, test func(*crashWorld)) {
		synctest.Test(t, func(t *testing.T) {
			dir := t.TempDir() + "/project"
			copyDir(t, created, dir, []string{".dwsync", ".git"})
			test(newCrashWorld(t, dir, nil, emulator.Standard))
		})
	}
	t.Run("a push", func(t *testing.T) {
		inNewWorld(t, func(w *crashWorld) {
			began := time.Now()
			code, sent, shown := w.watchedRun(func(*cli.Environment) {}, "push", "--yes")
			took := time.Since(began)
			if code != 0 {
				t.Fatalf("it ends with %d:\n%s", code, shown)
			}
			for _, want := range []string{"pushing: saved ", ", submitted ", ", deployed 0/", " calls, ", "/s of ", "calls left today", "\n  submit 业务流程/", "\n  deploy 业务流程/"} {
				if !strings.Contains(sent, want) {
					t.Errorf("the view never shows %q", want)
				}
			}
			if most := int(took/(200*time.Millisecond)) + 20; shown.wiped == 0 || shown.wiped > most {
				t.Errorf("it was drawn %d times in %s, want 1 to %d", shown.wiped, took, most)
			}
			if shown.widest > 59 {
				t.Errorf("a line of the view has %d characters, on a terminal of 60 columns", shown.widest)
			}
			if text := shown.String(); strings.Contains(text, "pushing:") || !strings.Contains(text, "Push: ") || strings.Contains(text, ": deployed\n") {
				t.Errorf("in the end the terminal shows\n%s", text)
			}
		})
	})
	for name, change := range map[string]func(*cli.Environment){
		"no terminal": func(e *cli.Environment) { e.StderrTerminal = false },
		"in CI":       func(e *cli.Environment) { e.Getenv = with(e.Getenv, "CI", "true") },
		"dumb":        func(e *cli.Environment) { e.Getenv = with(e.Getenv, "TERM", "dumb") },
	} {
		t.Run(name, func(t *testing.T) {
			inNewWorld(t, func(w *crashWorld) {
				code, sent, shown := w.watchedRun(change, "push", "--yes")
				if code != 0 || strings.ContainsAny(sent, "\x1b\r") || !strings.Contains(sent, ": deployed\n") {
					t.Errorf("it ends with %d and prints\n%s", code, shown)
				}
			})
		})
	}
	t.Run("interrupted", func(t *testing.T) {
		inNewWorld(t, func(w *crashWorld) {
			signals := make(chan os.Signal, 1)
			time.AfterFunc(4*time.Second, func() { signals <- os.Interrupt })
			code, sent, shown := w.watchedRun(func(e *cli.Environment) {
				e.Interrupts = func() (<-chan os.Signal, func()) { return signals, func() {} }
			}, "push", "--yes")
			text := shown.String()
			if code != 130 || !strings.Contains(sent, "pushing:") || strings.Contains(text, "pushing:") || !strings.Contains(text, "interrupted: the running calls are finished first") {
				t.Errorf("it ends with %d, and the terminal shows\n%s", code, text)
			}
		})
	})
}

// with gives an environment with one more variable.
func with(getenv func(string) string, name, value string) func(string) string {
	return func(asked string) string {
		if asked == name {
			return value
		}
		return getenv(asked)
	}
}
