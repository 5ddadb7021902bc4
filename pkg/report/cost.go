package report

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dwsync/dwsync/pkg/diff"
)

// costLine says in a sentence what a plan takes of the target's limits; empty where there are none, or nothing to do.
func costLine(c diff.Cost) string {
	if len(c.Buckets) == 0 {
		return ""
	}
	var calls, shares []string
	for i, b := range c.Buckets {
		what := strconv.Itoa(b.Calls) + " of " + b.Bucket
		if i == 0 {
			what = count(b.Calls, "call") + " of " + b.Bucket
		}
		calls = append(calls, what)
		if b.DayShare > 0 {
			shares = append(shares, fmt.Sprintf("%s of the day's quota of %s", percent(b.DayShare), b.Bucket))
		}
	}
	words := nonEmpty(strings.Join(calls, ", "), limitTime(c.Seconds()), strings.Join(shares, ", "))
	return "It costs about " + strings.Join(words, "; ") + "."
}

// callsLine lists the calls of a plan by action; empty where costLine is.
func callsLine(c diff.Cost) string {
	if len(c.Buckets) == 0 {
		return ""
	}
	var calls []string
	for _, action := range slices.Sorted(maps.Keys(c.Calls)) {
		calls = append(calls, action+" "+strconv.Itoa(c.Calls[action]))
	}
	return "Calls: " + strings.Join(calls, ", ") + "."
}

// percent is a part as a number of two digits or so.
func percent(share float64) string {
	switch p := 100 * share; {
	case p >= 10:
		return fmt.Sprintf("%.0f %%", p)
	case p >= 0.1:
		return fmt.Sprintf("%.1f %%", p)
	default:
		return "less than 0.1 %"
	}
}

// limitTime says how long calls take at the limit; empty where none has one for the second.
func limitTime(seconds float64) string {
	if seconds == 0 {
		return ""
	}
	unit := time.Second
	if seconds < 10 {
		unit = 100 * time.Millisecond
	}
	return max(time.Duration(seconds*float64(time.Second)).Round(unit), unit).String() + " at the limit"
}

// jsonCost is diff.Cost as programs read it.
type jsonCost struct {
	Calls   []jsonCallCount  `json:"calls"`
	Buckets []jsonBucketCost `json:"buckets,omitempty"`
	Seconds float64          `json:"seconds,omitempty"`
}

type jsonCallCount struct {
	Action string `json:"action"`
	Calls  int    `json:"calls"`
}

type jsonBucketCost struct {
	Bucket   string  `json:"bucket"`
	Calls    int     `json:"calls"`
	Seconds  float64 `json:"seconds,omitempty"`
	DayShare float64 `json:"dayShare,omitempty"`
}

func newJSONCost(c diff.Cost) *jsonCost {
	if len(c.Calls) == 0 {
		return nil
	}
	cost := &jsonCost{Buckets: jsonBuckets(c.Buckets), Seconds: c.Seconds()}
	for _, action := range slices.Sorted(maps.Keys(c.Calls)) {
		cost.Calls = append(cost.Calls, jsonCallCount{action, c.Calls[action]})
	}
	return cost
}

func jsonBuckets(buckets []diff.BucketCost) []jsonBucketCost {
	var all []jsonBucketCost
	for _, b := range buckets {
		all = append(all, jsonBucketCost(b))
	}
	return all
}
