package dataworks

import "time"

// Day is a day of the service's quotas, as 2006-01-02 in the service's time. No text says where that day begins; the vendor bills and documents its quotas
// in China Standard Time, so that midnight in Asia/Shanghai is taken.
type Day string

// quotaZone is Asia/Shanghai, which has had no other offset since 1991: no table of zones is needed to know it.
var quotaZone = time.FixedZone("Asia/Shanghai", 8*60*60)

// DayOf gives the day of a time.
func DayOf(t time.Time) Day { return Day(t.In(quotaZone).Format(time.DateOnly)) }

// DayEnd gives the time at which the day of a time ends and its quota is given anew, in the service's time.
func DayEnd(t time.Time) time.Time {
	y, m, d := t.In(quotaZone).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, quotaZone)
}

// Usage is how many calls of a day were taken from the buckets that have a limit for the day, by their names.
type Usage struct {
	Day   Day            `json:"day"`
	Calls map[string]int `json:"calls"`
}
