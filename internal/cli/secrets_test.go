package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/dwsync/dwsync/internal/testsize"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/report"
)

// No key may be in anything that dwsync writes, whatever the service answers: each action that a push calls fails, at every call and in every way, so that
// retries end and reports tell of it; what is printed, in each format, with every call and as events, and each file that is made (state, plan, report, log of
// calls) is searched for marked keys, wherever they come from.
func TestNoKeyIsEverWritten(t *testing.T) {
	isolate(t)
	created, _ := scenarios(t, "127.0.0.1:1")
	var actions []string
	synctest.Test(t, func(t *testing.T) {
		w, p := newCrashWorld(t, created, nil, emulator.Standard), &process{}
		if code, output := w.start(p, "push", "--yes", "--verify"); code != 0 {
			t.Fatalf("the undisturbed push ends with %d:\n%s", code, output)
		}
		actions = slices.Sorted(maps.Keys(p.counts))
	})
	type point struct {
		action  string
		what    trouble
		profile bool
		command []string
	}
	var points []point
	for i, action := range actions {
		for j, what := range slices.Concat(troubles(), []trouble{misspelled, unsigned, expired, told}) {
			format := string(report.Formats()[(i+j)%len(report.Formats())])
			for k, command := range [][]string{
				{"push", "--yes", "--verify", "--verbose"}, {"push", "--yes", "--format", format, "--out", "report"}, {"push", "--yes", "--format", "json"},
				{"deploy", "--yes", "--verify", "--format", format}, {"pull", "--format", format}, {"diff", "--save", "plan", "--format", format},
			} {
				points = append(points, point{action, what, (i+j+k)%2 == 0, append(command, "--log-file", "calls.log")})
			}
		}
	}
	for _, p := range testsize.Sample(testsize.Random(t), points, 80) {
		t.Run(fmt.Sprintf("%s: %s, profile: %v, %q", p.action, p.what, p.profile, p.command), func(t *testing.T) {
			home := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "project")
				copyDir(t, created, dir, []string{".dwsync", ".git"})
				w := newCrashWorld(t, dir, nil, emulator.Standard)
				if p.profile {
					w.useProfile(home)
				}
				if p.what == told {
					message := "no, " + markedID + " " + markedSecret + " " + markedToken
					must(t, w.server.SetFaults(emulator.Fault{Kind: emulator.FaultDeployment, Outcome: 2, Message: message}))
				}
				_, output := w.start(&process{every: p.action, what: p.what}, p.command...)
				if output == "" {
					t.Error("nothing was printed")
				}
				if log, err := os.ReadFile(filepath.Join(dir, "calls.log")); err != nil || !bytes.Contains(log, []byte(`"action":"GetProject"`)) {
					t.Errorf("the log of calls: %v, holds %q", err, log)
				}
				w.wantNoKeys(fmt.Sprintf("%s with %q", p.what, p.action))
			})
		})
	}
	t.Logf("%d points", min(len(points), testsize.Of(80, len(points))))
}

// useProfile lets the keys come from a profile of the aliyun CLI instead of the environment.
func (w *crashWorld) useProfile(home string) {
	w.t.Helper()
	w.variables = map[string]string{"HOME": home, "DWSYNC_PROFILES": "marked"}
	profiles, err := json.Marshal(map[string]any{"profiles": []map[string]string{
		{"name": "marked", "mode": "StsToken", "access_key_id": markedID, "access_key_secret": markedSecret, "sts_token": markedToken},
	}})
	must(w.t, err)
	must(w.t, os.MkdirAll(filepath.Join(home, ".aliyun"), 0o700))
	must(w.t, os.WriteFile(filepath.Join(home, ".aliyun", "config.json"), profiles, 0o600))
	file := filepath.Join(w.dir, "dwsync.yaml")
	config, err := os.ReadFile(file)
	must(w.t, err)
	changed := bytes.Replace(config, []byte("region:"), []byte("profile: marked, region:"), 1)
	if bytes.Equal(changed, config) {
		w.t.Fatal("dwsync.yaml has no target to give a profile")
	}
	must(w.t, os.WriteFile(file, changed, 0o644))
}
