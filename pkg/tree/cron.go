package tree

import "strings"

// CycleType is what the service derives from a cron expression (GetFile.CycleType): DAY if the node runs at one time of day, whatever the days;
// NOT_DAY if it runs each hour or minute. It is empty without an expression.
func CycleType(cronExpress string) string {
	fields := strings.Fields(cronExpress)
	if len(fields) < 3 {
		return ""
	}
	for _, field := range fields[1:3] {
		if strings.Trim(field, "0123456789") != "" {
			return "NOT_DAY"
		}
	}
	return "DAY"
}
