package validate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The limits of the scheduler (CreateFile.CronExpress): the shortest interval, and the earliest time of a schedule that runs once a day, in minutes.
const (
	shortestInterval = 5
	earliestMinute   = 5
	minutesOfDay     = 24 * 60
)

// cronField is a field of a Quartz expression.
type cronField struct {
	name     string
	min, max int
	// names stand for numbers, the first for min.
	names []string
	// days: ? and the words with L, W, C and # are allowed too.
	days bool
}

var cronFields = []cronField{
	{name: "seconds", max: 59},
	{name: "minutes", max: 59},
	{name: "hours", max: 23},
	{name: "day of month", min: 1, max: 31, days: true},
	{name: "month", min: 1, max: 12, names: []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}},
	{name: "day of week", min: 1, max: 7, names: []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}, days: true},
	{name: "year", min: 1970, max: 2099},
}

// checkCron tells what is wrong with a cron expression: its grammar (Quartz: six fields, and a year), an interval below five minutes, a daily time before
// 00:05.
func checkCron(expression string) error {
	parts := strings.Fields(expression)
	if len(parts) != 6 && len(parts) != 7 {
		return fmt.Errorf("a cron expression has six fields (second minute hour day month weekday) and maybe a year; this one has %d", len(parts))
	}
	values := make([][]int, len(parts))
	for i, part := range parts {
		var err error
		if values[i], err = cronFields[i].values(part); err != nil {
			return fmt.Errorf("%s: %w", cronFields[i].name, err)
		}
	}
	if parts[3] == "?" && parts[5] == "?" {
		return fmt.Errorf("day of month and day of week cannot both be ?; write * for one of them")
	}
	everyDay := (parts[3] == "*" || parts[3] == "?") && (parts[5] == "*" || parts[5] == "?")
	return checkTimes(values[0], values[1], values[2], everyDay)
}

// checkTimes holds the times of day against the limits.
func checkTimes(seconds, minutes, hours []int, everyDay bool) error {
	if len(seconds) > 1 {
		return fmt.Errorf("it runs %d times a minute; the shortest interval is %d minutes", len(seconds), shortestInterval)
	}
	var times []int
	for _, hour := range hours {
		for _, minute := range minutes {
			times = append(times, hour*60+minute)
		}
	}
	if len(times) == 1 {
		if times[0] < earliestMinute {
			return fmt.Errorf("it runs at %s; the earliest time of a day is 00:05", clock(times[0]))
		}
		return nil
	}
	for i := range times[1:] {
		if gap := times[i+1] - times[i]; gap < shortestInterval {
			return fmt.Errorf("it runs at %s and %s; the shortest interval is %d minutes", clock(times[i]), clock(times[i+1]), shortestInterval)
		}
	}
	if first, last := times[0], times[len(times)-1]; everyDay && first+minutesOfDay-last < shortestInterval {
		return fmt.Errorf("it runs at %s and again at %s; the shortest interval is %d minutes", clock(last), clock(first), shortestInterval)
	}
	return nil
}

func clock(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// values gives the numbers that a field stands for, ascending. Of a field of days only the grammar is checked, it gives none.
func (f cronField) values(field string) ([]int, error) {
	if f.days {
		return nil, f.checkDays(field)
	}
	var values []int
	for part := range strings.SplitSeq(field, ",") {
		from, to, step, err := f.span(part)
		if err != nil {
			return nil, err
		}
		for v := from; v <= to; v += step {
			values = append(values, v)
		}
	}
	slices.Sort(values)
	return slices.Compact(values), nil
}

// span reads *, N, N-M, each with /STEP.
func (f cronField) span(part string) (from, to, step int, err error) {
	span, stepText, hasStep := strings.Cut(part, "/")
	step = 1
	if hasStep {
		if step, err = strconv.Atoi(stepText); err != nil || step < 1 {
			return 0, 0, 0, fmt.Errorf("%q: the step behind / must be a number of at least 1", part)
		}
	}
	if span == "*" {
		return f.min, f.max, step, nil
	}
	first, last, isRange := strings.Cut(span, "-")
	if from, err = f.number(first); err != nil {
		return 0, 0, 0, err
	}
	switch {
	case isRange:
		if to, err = f.number(last); err != nil {
			return 0, 0, 0, err
		}
		if to < from {
			return 0, 0, 0, fmt.Errorf("%q ends before it begins", part)
		}
	case hasStep:
		to = f.max
	default:
		to = from
	}
	return from, to, step, nil
}

func (f cronField) number(text string) (int, error) {
	if i := slices.Index(f.names, strings.ToUpper(text)); i >= 0 {
		return f.min + i, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < f.min || n > f.max || strings.HasPrefix(text, "+") {
		return 0, fmt.Errorf("%q is not between %d and %d", text, f.min, f.max)
	}
	return n, nil
}

// checkDays checks a field of days: also ?, L (the last), L-3, LW, 15W (the nearest weekday), 6L (the last Friday), 6#3 (the third Friday).
func (f cronField) checkDays(field string) error {
	if field == "?" {
		return nil
	}
	for part := range strings.SplitSeq(field, ",") {
		if err := f.checkDay(strings.ToUpper(part)); err != nil {
			return err
		}
	}
	return nil
}

func (f cronField) checkDay(part string) error {
	if part == "L" || part == "LW" || part == "C" {
		return nil
	}
	if offset, found := strings.CutPrefix(part, "L-"); found {
		if n, err := strconv.Atoi(strings.TrimSuffix(offset, "W")); err != nil || n < 0 || n > 30 {
			return fmt.Errorf("%q: what stands behind L- must be a number of days", part)
		}
		return nil
	}
	if day, nth, found := strings.Cut(part, "#"); found {
		if n, err := strconv.Atoi(nth); err != nil || n < 1 || n > 5 {
			return fmt.Errorf("%q: what stands behind # must be a number from 1 to 5", part)
		}
		_, err := f.number(day)
		return err
	}
	for _, suffix := range []string{"L", "W", "C"} {
		if day, found := strings.CutSuffix(part, suffix); found && day != "" {
			if _, err := f.number(day); err == nil {
				return nil
			}
		}
	}
	if first, last, isRange := strings.Cut(part, "-"); isRange && f.max == len(f.names) {
		// A week may go round: FRI-MON.
		if _, err := f.number(first); err == nil {
			_, err = f.number(last)
			return err
		}
	}
	_, _, _, err := f.span(part)
	return err
}
