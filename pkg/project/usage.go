package project

import (
	"cmp"
	"maps"
	"os"
	"time"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/state"
)

// The day's quota belongs to an account in a region. What the runs of a day take of it is kept in the target's state, so that the next run of the day knows
// what is left. That is a lower bound: other people, other targets and other machines take from the same quota. It is recorded with the bases, and at the end.

// quotaPlace names where the target's calls go.
func (p *Project) quotaPlace() string { return cmp.Or(p.Target.Endpoint, p.Target.Region) }

// continueUsage tells the port what earlier runs of the day took.
func (s *Session) continueUsage() error {
	if s.state == nil || len(dayLimited(s.API.Limits())) == 0 {
		return nil
	}
	u, err := s.state.Usage()
	if isLocked(err) && !s.options.Write {
		return nil
	}
	if err != nil {
		return err
	}
	if u.Place == s.quotaPlace() {
		s.usage = dataworks.Usage{Day: dataworks.Day(u.Day), Calls: u.Calls}
		s.API.AddUsage(s.usage)
	}
	s.onClose(s.keepUsage)
	return nil
}

func dayLimited(limits dataworks.Limits) dataworks.Limits {
	var limited dataworks.Limits
	for _, b := range limits {
		if b.PerDay > 0 {
			limited = append(limited, b)
		}
	}
	return limited
}

// usageInterval is how much of the usage a killed run may forget.
const usageInterval = 10 * time.Second

// keepUsageNowAndThen records the usage unless it was recorded a moment ago.
func (s *Session) keepUsageNowAndThen() error {
	if len(dayLimited(s.API.Limits())) == 0 || time.Since(s.usageKept) < usageInterval {
		return nil
	}
	s.usageKept = time.Now()
	return s.keepUsage()
}

// keepUsage records what was taken since it was last recorded. Who only looks does without where somebody else has the state open, or none has one yet.
func (s *Session) keepUsage() error {
	u := s.API.Usage()
	if u.Day == s.usage.Day && maps.Equal(u.Calls, s.usage.Calls) || len(u.Calls) == 0 {
		return nil
	}
	record := state.Usage{Place: s.quotaPlace(), Day: string(u.Day), Calls: u.Calls}
	if s.options.Write {
		if err := s.options.Disk.Commit(func() error { return s.state.RecordUsage(record) }); err != nil {
			return err
		}
		s.usage = u
		return nil
	}
	file := s.stateFile()
	recorded := recordedAt(file)
	if recorded.IsZero() {
		return nil
	}
	remembered, err := state.Open(file)
	if err != nil {
		// The next run reports whatever is wrong with it.
		return nil
	}
	err = remembered.RecordUsage(record)
	if closeErr := remembered.Close(); err != nil || closeErr != nil {
		return cmp.Or(err, closeErr)
	}
	// The file's time is when bases were recorded (recordedAt), and none were.
	return os.Chtimes(file, time.Time{}, recorded)
}
