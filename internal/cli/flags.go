package cli

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/dwsync/dwsync/pkg/project"
	"github.com/dwsync/dwsync/pkg/report"
)

func dirFlag() cli.Flag {
	return &cli.StringFlag{Name: "C", Usage: "work in `DIR` instead of the current directory"}
}

// commonFlags are the flags of every command that looks at a target.
func commonFlags(more ...cli.Flag) []cli.Flag {
	return append([]cli.Flag{
		dirFlag(),
		targetFlag(),
		colorFlag(),
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print the result only, no progress"},
		&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "print each API call"},
	}, more...)
}

func targetFlag() cli.Flag {
	return &cli.StringFlag{Name: "target", Aliases: []string{"t"}, Usage: "use the target `NAME` of dwsync.yaml instead of its default"}
}

func colorFlag() cli.Flag {
	return &cli.StringFlag{Name: "color", Value: "auto", Usage: "colour the output `WHEN`: auto, always or never"}
}

func settleFlag() cli.Flag {
	return &cli.DurationFlag{
		Name: "settle", Value: project.DefaultSettle,
		Usage: "how long the service may show the past after a write; what this run did not write itself is believed only after that `TIME`",
	}
}

// setString gives a flag's value wherever on the command line it was set: before the command or after it.
func setString(c *cli.Context, name string) string {
	for _, ctx := range c.Lineage() {
		if ctx.IsSet(name) {
			return ctx.String(name)
		}
	}
	return c.String(name)
}

// checkValues refuses values that cannot be meant: an empty name is a variable that nobody set, and must not become a default.
func checkValues(c *cli.Context) error {
	for _, ctx := range c.Lineage() {
		for _, name := range []string{"target", "C", "since"} {
			if ctx.IsSet(name) && ctx.String(name) == "" {
				return &UsageError{Message: dashed(name) + " is empty; is it a variable that was not set?"}
			}
		}
	}
	for _, name := range []string{"settle", "deployment-time", deploymentTimeout} {
		if c.IsSet(name) && c.Duration(name) < 0 {
			return &UsageError{Message: fmt.Sprintf("%s is no negative time, not %s", dashed(name), c.Duration(name))}
		}
	}
	if c.IsSet("max-delete") && c.Int("max-delete") < 0 {
		return &UsageError{Message: fmt.Sprintf("--max-delete is a number of files, not %d", c.Int("max-delete"))}
	}
	return nil
}

// dashed is a flag as it is written.
func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// settle is the settle window as the project takes it: there 0 is the default, so that a user's 0 is the shortest time that there is.
func settle(c *cli.Context) time.Duration {
	if c.IsSet("settle") && c.Duration("settle") == 0 {
		return time.Nanosecond
	}
	return c.Duration("settle")
}

// workDir is the directory that -C names, or the current one.
func workDir(c *cli.Context, env Environment) string {
	dir := setString(c, "C")
	switch {
	case dir == "":
		return env.Dir
	case filepath.IsAbs(dir):
		return dir
	default:
		return filepath.Join(env.Dir, dir)
	}
}

// style is how stdout is written.
func style(c *cli.Context, env Environment) (report.Style, error) {
	s := report.Style{Width: env.Width}
	switch color := c.String("color"); color {
	case "always":
		s.Color = true
	case "never":
	case "auto":
		s.Color = env.StdoutTerminal && env.Getenv("NO_COLOR") == "" && env.Getenv("TERM") != "dumb"
	default:
		return s, &UsageError{Message: "--color is auto, always or never, not " + color}
	}
	if name := c.String("format"); name != "" {
		format, err := report.ParseFormat(name)
		if err != nil {
			return s, &UsageError{Message: "--format: " + err.Error()}
		}
		s.Format = format
	}
	return s, nil
}

// noArguments refuses arguments of a command that takes none, so that a flag after an argument is not silently lost.
func noArguments(c *cli.Context) error {
	if c.Args().Present() {
		return &UsageError{Message: "unexpected argument " + strings.Join(c.Args().Slice(), " ") + "; dwsync " + c.Command.Name + " --help shows the flags"}
	}
	return nil
}
