package dataworks

import "strings"

// cycleType is the CycleType that goes with a cron expression (Quartz: second, minute, hour, day, month, weekday): NOT_DAY for what runs several times
// a day, that is by the minute or hour, DAY for what runs by the day, week or month. The API wants both, and the tree has only the expression.
func cycleType(cron string) string {
	fields := strings.Fields(cron)
	if len(fields) < 3 || isNumber(fields[1]) && isNumber(fields[2]) {
		return "DAY"
	}
	return "NOT_DAY"
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
