package cli

import (
	"fmt"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/push"
)

// maxUnfinished is how many pieces of unfinished work are told one by one to a person: the plan lists all.
const maxUnfinished = 20

// printUnfinished tells what earlier work the plan goes on with.
func printUnfinished(env Environment, plan diff.Plan) {
	unfinished := push.Unfinished(plan)
	for i, e := range unfinished {
		if i == maxUnfinished && !env.progress.json {
			if !env.progress.quiet {
				fmt.Fprintf(env.Stderr, "found unfinished: %d more, see the plan\n", len(unfinished)-i)
			}
			return
		}
		env.progress.event(e)
	}
}
