package cli_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/dwsync/dwsync/internal/cli"
	"github.com/dwsync/dwsync/pkg/emulator"
)

// panickingDisk panics at its n-th transaction, once.
type panickingDisk struct {
	process
	n int
}

func (d *panickingDisk) Commit(transaction func() error) error {
	if d.n--; d.n == 0 {
		panic("of nobody's making")
	}
	return transaction()
}

// A panic, in the command's own goroutine or in one of the scheduler, ends with exit code 1 and never with one that means something else. What it says
// names the version and what to do.
func TestPanicIsAnError(t *testing.T) {
	isolate(t)
	created, _ := scenarios(t, "127.0.0.1:1")
	for n := 1; n <= 3; n++ {
		t.Run(fmt.Sprintf("transaction %d", n), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newCrashWorld(t, created, nil, emulator.Standard)
				var out bytes.Buffer
				env := w.environment(&out, w.server.Transport())
				env.Disk = &panickingDisk{n: n}
				if code := cli.Main(t.Context(), env, []string{"dwsync", "push", "--yes"}); code != int(cli.CodeError) {
					t.Errorf("exit code %d", code)
				}
				for _, want := range []string{"error: dwsync itself failed: of nobody's making", "devel", "nothing more was written", "panickingDisk"} {
					if !strings.Contains(out.String(), want) {
						t.Errorf("it does not say %q:\n%s", want, &out)
					}
				}
				w.finish("the next run")
				w.forget()
			})
		})
	}
}
