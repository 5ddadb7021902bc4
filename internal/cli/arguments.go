package cli

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// flagsFirst puts the flags of a command before its arguments, because the parser takes everything behind the first argument for one: people write
// `dwsync diff PATH --full`. What stands behind -- is never a flag.
func flagsFirst(app *cli.App, args []string) []string {
	at := 1
	for at < len(args) && isFlag(args[at]) {
		if takesValue(app.Flags, args[at]) {
			at++
		}
		at++
	}
	if at >= len(args) || args[len(args)-1] == "--"+cli.BashCompletionFlag.Names()[0] {
		return args
	}
	command := app.Command(args[at])
	if command == nil {
		return args
	}
	var flags, arguments []string
	for i := at + 1; i < len(args); i++ {
		switch {
		case args[i] == "--":
			arguments = append(arguments, args[i+1:]...)
			i = len(args)
		case !isFlag(args[i]):
			arguments = append(arguments, args[i])
		case takesValue(command.Flags, args[i]) && i+1 == len(args):
			// The parser has to say that its value is missing; nothing may follow that would be taken for it.
			return slices.Concat(args[:at+1], flags, args[i:])
		case takesValue(command.Flags, args[i]):
			flags = append(flags, args[i], args[i+1])
			i++
		default:
			flags = append(flags, args[i])
		}
	}
	if len(arguments) > 0 {
		arguments = slices.Insert(arguments, 0, "--")
	}
	return slices.Concat(args[:at+1], flags, arguments)
}

// isFlag tells whether an argument is a flag: "-" alone is none.
func isFlag(arg string) bool { return len(arg) > 1 && arg[0] == '-' && arg != "--" }

// takesValue tells whether a flag takes the next argument as its value. A flag that nobody knows takes none; the parser then refuses it.
func takesValue(flags []cli.Flag, arg string) bool {
	name := strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-")
	for _, f := range flags {
		if slices.Contains(f.Names(), name) {
			_, isBool := f.(*cli.BoolFlag)
			return !isBool
		}
	}
	return false
}
