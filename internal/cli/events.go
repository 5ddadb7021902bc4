package cli

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/push"
	"github.com/dwsync/dwsync/pkg/report"
)

// printEvent tells what happens, on stderr.
func printEvent(c *cli.Context, env Environment, e push.Event) {
	if c.Bool("quiet") {
		return
	}
	if line := report.EventLine(e); line != "" {
		fmt.Fprintln(env.Stderr, line)
	}
}

// maxUnfinished is how many pieces of unfinished work are told one by one: the plan lists all.
const maxUnfinished = 20

// printUnfinished tells what earlier work the plan goes on with.
func printUnfinished(c *cli.Context, env Environment, plan diff.Plan) {
	unfinished := push.Unfinished(plan)
	for i, e := range unfinished {
		if i == maxUnfinished && report.Format(c.String("format")) != report.JSON {
			if !c.Bool("quiet") {
				fmt.Fprintf(env.Stderr, "found unfinished: %d more, see the plan\n", len(unfinished)-i)
			}
			return
		}
		printEvent(c, env, e)
	}
}
