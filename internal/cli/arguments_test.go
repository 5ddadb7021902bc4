package cli

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

func TestFlagsAfterArguments(t *testing.T) {
	var got []string
	app := &cli.App{
		Name: "x", Flags: []cli.Flag{dirFlag()}, Writer: io.Discard, ErrWriter: io.Discard, DisableSliceFlagSeparator: true, EnableBashCompletion: true,
		ExitErrHandler: func(*cli.Context, error) {},
		Commands: []*cli.Command{{
			Name: "diff", HideHelpCommand: true,
			Flags: []cli.Flag{
				dirFlag(), &cli.BoolFlag{Name: "full"}, &cli.StringFlag{Name: "target", Aliases: []string{"t"}}, &cli.StringSliceFlag{Name: "select"}, &cli.IntFlag{Name: "max"},
			},
			Action: func(c *cli.Context) error {
				got = []string{"C=" + setString(c, "C"), "target=" + c.String("target"), "select=" + strings.Join(c.StringSlice("select"), "|")}
				if c.Bool("full") {
					got = append(got, "full")
				}
				if c.IsSet("max") {
					got = append(got, "max="+c.String("max"))
				}
				got = append(got, c.Args().Slice()...)
				return nil
			},
		}},
	}
	for _, c := range []struct{ line, want string }{
		{"diff a --full", "C= target= select= full a"},
		{"diff a b --target prod c", "C= target=prod select= a b c"},
		{"-C dir diff a -t prod --full b", "C=dir target=prod select= full a b"},
		{"diff -C dir a", "C=dir target= select= a"},
		{"diff a --target=prod --select +b --select c,d{e,f} x", "C= target=prod select=+b|c,d{e,f} a x"},
		{"diff a --max -1 b", "C= target= select= max=-1 a b"},
		{"diff --full -- --target -x", "C= target= select= full --target -x"},
		{"diff a -- --full", "C= target= select= a --full"},
		{"diff - --full", "C= target= select= full -"},
		{"diff --full=false a", "C= target= select= a"},
		{"diff", "C= target= select="},
	} {
		got = nil
		if err := app.Run(flagsFirst(app, append([]string{"x"}, strings.Fields(c.line)...))); err != nil {
			t.Errorf("%s: %v", c.line, err)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: got %q, want %q", c.line, got, c.want)
		}
	}
	for _, line := range []string{"diff a --unknown", "diff a --target"} {
		if err := app.Run(flagsFirst(app, append([]string{"x"}, strings.Fields(line)...))); err == nil {
			t.Errorf("%s: no error", line)
		}
	}
	for _, line := range []string{"", "-C", "-C dir", "nothing a --full", "--help", "diff a --generate-bash-completion"} {
		args := append([]string{"x"}, strings.Fields(line)...)
		if after := flagsFirst(app, args); !slices.Equal(after, args) {
			t.Errorf("%s: became %q", line, after)
		}
	}
}
