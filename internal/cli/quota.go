package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/project"
)

func partialFlag() cli.Flag {
	return &cli.BoolFlag{Name: "partial", Usage: "if the rest of the day's quota does not hold the plan, run the first part of it that fits"}
}

// QuotaError reports a plan that the rest of the day's quota of API calls does not hold. Nothing of it was begun.
type QuotaError struct {
	// Command is the one that was to run it.
	Command string
	Short   []diff.Shortage
	// Fits is the number of the plan's actions that would fit, of Actions.
	Fits, Actions int
	// Until is when the quota is given anew.
	Until time.Time
}

func (e *QuotaError) Error() string {
	next := "run it again after " + quotaTime(e.Until)
	if e.Fits > 0 {
		next = fmt.Sprintf("%s --partial runs the %d of %d changes that fit; the rest goes on after %s", e.Command, e.Fits, e.Actions, quotaTime(e.Until))
	}
	return "the plan does not fit the rest of the day's quota, nothing was changed: " + shortages(e.Short) + "; " + next
}

func shortages(short []diff.Shortage) string {
	words := make([]string, len(short))
	for i, s := range short {
		words[i] = fmt.Sprintf("it needs %d calls of %s, and %d of the day's %d are left as far as this machine knows", s.Needs, s.Bucket, s.Left, s.PerDay)
	}
	return strings.Join(words, "; ")
}

// quotaTime says when a day's quota is given anew, in the service's time and from now.
func quotaTime(t time.Time) string {
	return fmt.Sprintf("%s (Asia/Shanghai), in %s", t.Format("2006-01-02 15:04"), strings.TrimSuffix(time.Until(t).Round(time.Minute).String(), "0s"))
}

// withinQuota holds a plan against what is left of the day's quota: with --partial it gives the part that fits, if there is one, else a *QuotaError.
func withinQuota(c *cli.Context, session *project.Session, plan diff.Plan) (diff.Plan, error) {
	spent := session.API.Spent()
	plan = plan.Priced(session.API.Limits())
	short := plan.Shortages(spent)
	if len(short) == 0 {
		return plan, nil
	}
	fitting := plan.Fit(spent)
	if c.Bool("partial") && !fitting.IsEmpty() {
		return fitting, nil
	}
	return diff.Plan{}, &QuotaError{Command: c.Command.Name, Short: short, Fits: len(fitting.Actions), Actions: len(plan.Actions), Until: dataworks.DayEnd(time.Now())}
}

// warnOfQuota tells if a push of the plan would be refused today.
func warnOfQuota(env Environment, session *project.Session, plan diff.Plan) {
	if short := plan.Shortages(session.API.Spent()); len(short) > 0 {
		fmt.Fprintln(env.Stderr, "note: the plan does not fit the rest of the day's quota: "+shortages(short))
	}
}

// printQuota tells what is left of the day's quota, if there is one.
func printQuota(c *cli.Context, env Environment, session *project.Session) {
	if c.Bool("quiet") {
		return
	}
	for _, s := range session.API.Spent() {
		if left, limited := s.Left(); limited {
			fmt.Fprintf(env.Stderr, "note: %s: %d calls today, %d of %d left as far as this machine knows\n", s.Bucket.Name, s.Today, left, s.Bucket.PerDay)
		}
	}
}

// printGoingOn tells, where the day's quota ended a run or held a part of it back, when and how it goes on.
func printGoingOn(env Environment) {
	fmt.Fprintf(env.Stderr, "the day's quota of API calls does not reach for more; run the same command again after %s: it goes on where it stopped\n", quotaTime(dataworks.DayEnd(time.Now())))
}
