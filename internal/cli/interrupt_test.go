package cli_test

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dwsync/dwsync/internal/cli"
	"github.com/dwsync/dwsync/pkg/emulator"
)

// interruptAfter runs a command that gets signals after some time each, and gives its exit code, output and how long it took.
func (w *crashWorld) interruptAfter(command []string, times ...time.Duration) (code int, output string, took time.Duration) {
	signals := make(chan os.Signal, len(times))
	for _, after := range times {
		time.AfterFunc(after, func() { signals <- os.Interrupt })
	}
	var out bytes.Buffer
	env := w.environment(&out, w.server.Transport())
	env.Interrupts = func() (<-chan os.Signal, func()) { return signals, func() {} }
	start := time.Now()
	code = cli.Main(context.Background(), env, append([]string{"dwsync"}, command...))
	return code, out.String(), time.Since(start)
}

// The first interrupt finishes the running calls and begins nothing new, the second ends everything at once; both end with 130, and the next run goes on.
func TestInterruptedPushGoesOn(t *testing.T) {
	isolate(t)
	created, _ := scenarios(t, "127.0.0.1:1")
	for name, times := range map[string][]time.Duration{
		"once, while a deployment runs":  {3 * time.Second},
		"once, at the start":             {time.Nanosecond},
		"twice, while a deployment runs": {3 * time.Second, 3*time.Second + time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				undisturbed := newCrashWorld(t, created, nil, emulator.Standard)
				undisturbed.finish("undisturbed")
				want := undisturbed.deeds.snapshot()

				undisturbed.forget()
				w := newCrashWorld(t, created, nil, emulator.Standard)
				code, output, took := w.interruptAfter([]string{"push", "--yes"}, times...)
				if code != int(cli.CodeInterrupted) {
					t.Errorf("exit code %d:\n%s", code, output)
				}
				if took > times[len(times)-1]+10*time.Second {
					t.Errorf("it went on for %s", took)
				}
				w.finish(name)
				w.wantDeeds(name, want)
				w.forget()
			})
		})
	}
}

// Reading changes nothing: the first interrupt ends it with the running calls, however much there is left to read.
func TestInterruptedReadingEnds(t *testing.T) {
	isolate(t)
	created, _ := scenarios(t, "127.0.0.1:1")
	for name, command := range map[string][]string{"push": {"push", "--yes"}, "pull": {"pull"}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newCrashWorld(t, created, nil, emulator.Standard)
				w.finish("before")
				w.forget()
				before := w.deeds.snapshot()
				must(t, w.server.SetFaults(emulator.Fault{Kind: emulator.FaultDelay, DelayMillis: 20_000}))
				code, output, took := w.interruptAfter(command, 30*time.Second)
				if code != int(cli.CodeInterrupted) || !strings.Contains(output, "interrupted") {
					t.Errorf("exit code %d:\n%s", code, output)
				}
				if took > 50*time.Second {
					t.Errorf("it went on for %s", took)
				}
				w.wantDeeds(name, before)
				w.forget()
			})
		})
	}
}
