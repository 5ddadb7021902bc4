package emulator

import (
	"slices"
	"strconv"
	"strings"
)

// Cycle types (reference 4.1).
const (
	cycleDay    = "DAY"
	cycleNotDay = "NOT_DAY"
)

// checkCron holds a Quartz expression to the scheduler's limits and answers its
// cycle type: DAY where it fires once on a day, else NOT_DAY. The limit of
// 00:05 is one of daily schedules: the reference's own examples fire every ten
// minutes from 00:00 on.
func checkCron(expression string) (string, *Error) {
	parts := strings.Fields(expression)
	if len(parts) != 6 && len(parts) != 7 {
		return "", ruleCronSyntax.refuse(expression)
	}
	seconds, ok1 := cronField(parts[0], 0, 59)
	minutes, ok2 := cronField(parts[1], 0, 59)
	hours, ok3 := cronField(parts[2], 0, 23)
	if !ok1 || !ok2 || !ok3 || !cronDay(parts[3], 1, 31) || !cronMonth(parts[4]) || !cronDay(parts[5], 1, 7) {
		return "", ruleCronSyntax.refuse(expression)
	}
	if len(seconds) > 1 {
		return "", ruleCronGap.refuse(expression)
	}
	var times []int // minutes of the day
	for _, h := range hours {
		for _, m := range minutes {
			times = append(times, h*60+m)
		}
	}
	if len(times) == 1 {
		if times[0] < 5 {
			return "", ruleCronEarly.refuse(expression)
		}
		return cycleDay, nil
	}
	for i := 1; i < len(times); i++ {
		if times[i]-times[i-1] < 5 {
			return "", ruleCronGap.refuse(expression)
		}
	}
	if everyDay(parts[3]) && everyDay(parts[5]) && 24*60-times[len(times)-1]+times[0] < 5 {
		return "", ruleCronGap.refuse(expression)
	}
	return cycleNotDay, nil
}

func everyDay(field string) bool { return field == "*" || field == "?" }

// cronField expands one numeric field, ascending.
func cronField(field string, low, high int) ([]int, bool) {
	set := map[int]bool{}
	for part := range strings.SplitSeq(field, ",") {
		span, step, stepped := strings.Cut(part, "/")
		every := 1
		if stepped {
			n, err := strconv.Atoi(step)
			if err != nil || n < 1 {
				return nil, false
			}
			every = n
		}
		from, to, ok := cronSpan(span, low, high, stepped)
		if !ok {
			return nil, false
		}
		for i := from; i <= to; i += every {
			set[i] = true
		}
	}
	var values []int
	for v := range set {
		values = append(values, v)
	}
	slices.Sort(values)
	return values, len(values) > 0
}

func cronSpan(span string, low, high int, stepped bool) (from, to int, ok bool) {
	if span == "*" {
		return low, high, true
	}
	first, last, ranged := strings.Cut(span, "-")
	from, err := strconv.Atoi(first)
	if err != nil {
		return 0, 0, false
	}
	switch {
	case ranged:
		if to, err = strconv.Atoi(last); err != nil {
			return 0, 0, false
		}
	case stepped:
		to = high
	default:
		to = from
	}
	return from, to, from >= low && to <= high && from <= to
}

// cronDay reads a day of the month or of the week: numbers, names, L, W and #.
func cronDay(field string, low, high int) bool {
	if everyDay(field) || field == "L" || field == "LW" {
		return true
	}
	for part := range strings.SplitSeq(strings.ToUpper(field), ",") {
		part, _, _ = strings.Cut(part, "#")
		part = strings.TrimRight(part, "LW")
		if high == 7 {
			for i, name := range []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"} {
				part = strings.ReplaceAll(part, name, strconv.Itoa(i+1))
			}
		}
		if _, ok := cronField(part, low, high); !ok {
			return false
		}
	}
	return true
}

func cronMonth(field string) bool {
	field = strings.ToUpper(field)
	for i, name := range []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"} {
		field = strings.ReplaceAll(field, name, strconv.Itoa(i+1))
	}
	if field == "?" {
		return true
	}
	_, ok := cronField(field, 1, 12)
	return ok
}
