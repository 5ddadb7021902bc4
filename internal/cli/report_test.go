package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// A defect that ends a command leaves a report too, on stdout or in the file of --out, and the exit code and the message on stderr are as without one.
func TestReportOfADefect(t *testing.T) {
	for _, out := range []string{"", "report.json"} {
		var stdout, stderr bytes.Buffer
		env := Environment{Dir: t.TempDir(), Stdout: &stdout, Stderr: &stderr, Getenv: func(string) string { return "" }}
		app := newApp(env)
		app.Commands = []*cli.Command{{
			Name: "break", Flags: append(reportFlags(), dirFlag(), colorFlag()),
			Action: func(c *cli.Context) error {
				return reporting(func(*cli.Context, Environment) error { panic("a b\nc") })(c, env)
			},
		}}
		code := 0
		func() {
			defer recovered(env, &code)
			args := []string{"dwsync", "break", "--format", "json"}
			if out != "" {
				args = append(args, "--out", out)
			}
			_ = app.RunContext(context.Background(), args)
		}()
		report := stdout.String()
		if out != "" {
			data, err := os.ReadFile(filepath.Join(env.Dir, out))
			if err != nil {
				t.Fatal(err)
			}
			report = string(data)
		}
		if !strings.Contains(report, `"message": "dwsync itself failed: a b\nc"`) {
			t.Errorf("the report is %q", report)
		}
		if code != int(CodeError) || !strings.Contains(stderr.String(), "This is a defect of dwsync") || !strings.Contains(stderr.String(), "TestReportOfADefect") {
			t.Errorf("exit code %d, stderr %q", code, stderr.String())
		}
	}
}
