package cli

import (
	"io"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"golang.org/x/term"

	"github.com/dwsync/dwsync/pkg/project"
)

// Environment is everything of the outside world that commands use, so that tests can stand in for it.
type Environment struct {
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	Getenv func(string) string
	// StdinTerminal and StdoutTerminal tell whether a person is there.
	StdinTerminal, StdoutTerminal, StderrTerminal bool
	// Width is the terminal's width in columns, 0 if unknown.
	Width int
	// Dir is the working directory.
	Dir string
	// Transport carries the API calls to targets that are not embedded; nil is the network.
	Transport http.RoundTripper
	// Disk stands between dwsync and its files; nil is nobody.
	Disk project.Disk
	// Interrupts delivers Ctrl-C and SIGTERM.
	Interrupts func() (signals <-chan os.Signal, release func())

	// progress is what the running command shows meanwhile, and log where it keeps its calls, nil for nowhere.
	progress *progress
	log      *logFile
}

// garbage is how much garbage may lie about before it is collected, in percent of what is in use: half of Go's own setting. Calls are what a run waits for,
// not the processor, so that memory is worth more: a first pull of 10,000 files stays below 300 MB.
const garbage = 50

// System is the environment of a real process, and sets up the process for it.
func System() Environment {
	debug.SetGCPercent(garbage)
	dir, _ := os.Getwd()
	width, _, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil {
		width, _, _ = term.GetSize(int(os.Stderr.Fd()))
	}
	return Environment{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv,
		StdinTerminal: term.IsTerminal(int(os.Stdin.Fd())), StdoutTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		StderrTerminal: term.IsTerminal(int(os.Stderr.Fd())), Width: width,
		Dir: dir,
		Interrupts: func() (<-chan os.Signal, func()) {
			signals := make(chan os.Signal, 2)
			signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
			return signals, func() { signal.Stop(signals) }
		},
	}
}
