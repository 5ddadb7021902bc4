package dataworks

import "strconv"

// The service has no "without" for the dates between which a node is scheduled. What stands there instead depends on the console's language and time
// zone: the first days of 1970 for the start, the year 9999 for the end. Both read as 0, the model's "without".
const (
	day = 24 * 60 * 60 * 1000
	// neverStart is the first ms after 1970-01-02, in any time zone west of Greenwich too.
	neverStart = 2 * day
	// neverEnd is 9999-01-01 00:00 in China, in ms; it is also what is sent for "without end".
	neverEnd = 253370736000000
	// neverEndEast is the same moment in the time zone that is furthest east.
	neverEndEast = neverEnd - 6*60*60*1000
)

func readStart(ms int64) int64 {
	if ms < neverStart {
		return 0
	}
	return ms
}

func readEnd(ms int64) int64 {
	if ms <= 0 || ms >= neverEndEast {
		return 0
	}
	return ms
}

// sendEnd is what clears or sets the end: 0 would be an end in 1970.
func sendEnd(text string) string {
	if text == "0" {
		return strconv.FormatInt(neverEnd, 10)
	}
	return text
}
