package cli_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dwsync/dwsync/internal/cli"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/tree"
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
	for name, command := range map[string][]string{"push": {"push", "--yes"}, "pull": {"pull"}, "diff": {"diff"}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newCrashWorld(t, created, nil, emulator.Standard)
				w.finish("before")
				w.forget()
				before := w.deeds.snapshot()
				must(t, w.server.SetFaults(emulator.Fault{Kind: emulator.FaultDelay, DelayMillis: 20_000}))
				code, output, took := w.interruptAfter(command, 30*time.Second)
				if code != int(cli.CodeInterrupted) || !strings.Contains(output, "interrupted, nothing was changed") {
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

// At the question of a push the first interrupt is an answer: nothing was changed.
func TestInterruptedQuestionEnds(t *testing.T) {
	isolate(t)
	created, _ := scenarios(t, "127.0.0.1:1")
	synctest.Test(t, func(t *testing.T) {
		w := newCrashWorld(t, created, nil, emulator.Standard)
		signals := make(chan os.Signal, 1)
		time.AfterFunc(time.Hour, func() { signals <- os.Interrupt })
		never, hangUp := io.Pipe()
		defer hangUp.Close()
		var out bytes.Buffer
		env := w.environment(&out, w.server.Transport())
		env.Stdin, env.StdinTerminal = never, true
		env.Interrupts = func() (<-chan os.Signal, func()) { return signals, func() {} }
		code := cli.Main(t.Context(), env, []string{"dwsync", "push"})
		if code != int(cli.CodeInterrupted) || !strings.Contains(out.String(), "[y/N]") || !strings.Contains(out.String(), "interrupted, nothing was changed") {
			t.Errorf("exit code %d:\n%s", code, &out)
		}
		w.wantDeeds("nothing", map[string]int{})
	})
}

// A pull that is interrupted while it writes finishes what it began, and says that it was interrupted.
func TestInterruptedPullFinishesWriting(t *testing.T) {
	isolate(t)
	created, updated := scenarios(t, "127.0.0.1:1")
	synctest.Test(t, func(t *testing.T) {
		w := newCrashWorld(t, updated, nil, emulator.Standard)
		w.finish("before")
		w.dir = created
		signals := make(chan os.Signal, 1)
		var out bytes.Buffer
		env := w.environment(&out, w.server.Transport())
		env.Disk = &interruptingDisk{signals: signals}
		env.Interrupts = func() (<-chan os.Signal, func()) { return signals, func() {} }
		if code := cli.Main(t.Context(), env, []string{"dwsync", "pull"}); code != int(cli.CodeInterrupted) {
			t.Errorf("exit code %d:\n%s", code, &out)
		}
		if got, want := files(t, created), files(t, updated); got["业务流程/shop/MaxCompute/dwd/d.sql"] != want["业务流程/shop/MaxCompute/dwd/d.sql"] {
			t.Errorf("the pull did not finish: %v", different(got, want))
		}
		if left, _ := filepath.Glob(filepath.Join(created, ".dwsync", "*journal*")); len(left) > 0 {
			t.Errorf("%v is left", left)
		}
	})
}

// interruptingDisk sends an interrupt when the first file of a tree is moved into its place.
type interruptingDisk struct {
	process
	signals chan os.Signal
	once    sync.Once
}

func (d *interruptingDisk) Tree(dir tree.Dir) tree.Dir { return interruptingDir{dir, d} }

type interruptingDir struct {
	tree.Dir
	disk *interruptingDisk
}

func (d interruptingDir) Rename(from, to string) error {
	d.disk.once.Do(func() {
		d.disk.signals <- os.Interrupt
		time.Sleep(time.Second)
	})
	return d.Dir.Rename(from, to)
}
