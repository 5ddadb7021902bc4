package cli

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/urfave/cli/v2"
)

// version is what the Go toolchain recorded at the build: the module's version, or the commit.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	switch v := info.Main.Version; {
	case v == "" || v == "(devel)":
	case strings.HasPrefix(v, "v0.0.0-"):
		return "devel " + v // a build of some commit, which no `requires:` can mean
	default:
		return v
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			return "devel " + setting.Value
		}
	}
	return "devel"
}

func versionCommand(env Environment) *cli.Command {
	return &cli.Command{
		Name:  "version",
		Usage: "print the version",
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return printVersion(env)
		},
	}
}

func printVersion(env Environment) error {
	_, err := fmt.Fprintf(env.Stdout, "dwsync %s\n", version())
	return err
}
