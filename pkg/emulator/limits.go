package emulator

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// Limits of calls. The zero value sets none.
type Limits struct {
	Preset  string // levels, readWrite, total, basic; empty: Buckets
	Buckets []Bucket
}

// Bucket is one limit over a set of actions. A call must pass every bucket that
// it belongs to.
type Bucket struct {
	Name      string
	Levels    []int    // of the actions it counts
	Writes    *bool    // true: actions that write, false: those that do not; nil: both
	Actions   []string // by name; with no Levels, Writes or Actions a bucket counts every call
	PerSecond int      // 0: no limit
	PerDay    int      // 0: no limit; a day is one of Asia/Shanghai
}

// LimitPresets are the limits that the vendor has published over time.
func LimitPresets() map[string][]Bucket {
	reads, writes := false, true
	return map[string][]Bucket{
		"levels":    {{Name: "level 1", Levels: []int{1}, PerSecond: 50}, {Name: "level 2", Levels: []int{2}, PerSecond: 20}, {Name: "level 3", Levels: []int{3}, PerSecond: 5, PerDay: 10_000}},
		"readWrite": {{Name: "reads", Writes: &reads, PerSecond: 50}, {Name: "writes", Writes: &writes, PerSecond: 20}},
		"total":     {{Name: "total", PerSecond: 5}},
		"basic":     {{Name: "total", PerSecond: 5, PerDay: 100}},
	}
}

func (b Bucket) counts(a *Action) bool {
	if len(b.Levels) > 0 && !slices.Contains(b.Levels, a.Level) {
		return false
	}
	if b.Writes != nil && *b.Writes != a.Write {
		return false
	}
	return len(b.Actions) == 0 || slices.Contains(b.Actions, a.Name)
}

// limiter admits or refuses calls. It counts admitted calls only.
type limiter struct {
	mu      sync.Mutex
	window  string // switch rate-window
	buckets []*meter
}

// meter is a bucket with what it has counted.
type meter struct {
	Bucket
	second int64       // fixed: the second that count is of
	count  int         // fixed: calls in it
	recent []time.Time // sliding: calls of the last second
	tokens float64     // bucket
	filled time.Time   // bucket: when tokens was right
	day    int64
	today  int
}

// SetLimits replaces the limits and starts counting again.
func (s *Server) SetLimits(l Limits) error {
	buckets := l.Buckets
	if l.Preset != "" && l.Preset != "none" {
		preset, known := LimitPresets()[l.Preset]
		if !known {
			return fmt.Errorf("emulator: no limits %q; there are levels, readWrite, total, basic", l.Preset)
		}
		buckets = append(slices.Clone(preset), buckets...)
	}
	window := s.setting(swRateWindow)
	s.limiter.mu.Lock()
	defer s.limiter.mu.Unlock()
	s.limiter.window, s.limiter.buckets = window, nil
	for _, b := range buckets {
		if b.PerSecond < 0 || b.PerDay < 0 {
			return fmt.Errorf("emulator: limit %s is below 0", b.Name)
		}
		s.limiter.buckets = append(s.limiter.buckets, &meter{Bucket: b, tokens: float64(b.PerSecond)})
	}
	return nil
}

func (l *limiter) setWindow(window string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.window = window
}

// admit counts a call, or answers the 429 that refuses it.
func (l *limiter) admit(a *Action, now time.Time) *Error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var mine []*meter
	for _, m := range l.buckets {
		if !m.counts(a) {
			continue
		}
		mine = append(mine, m)
		m.advance(l.window, now)
		if m.PerDay > 0 && m.today >= m.PerDay {
			return ruleThrottledDay.gateway("")
		}
		if m.PerSecond > 0 && m.full(l.window) {
			return ruleThrottled.gateway("")
		}
	}
	for _, m := range mine {
		m.add(now)
	}
	return nil
}

func (m *meter) advance(window string, now time.Time) {
	if day := (now.Unix() + 8*3600) / 86400; day != m.day {
		m.day, m.today = day, 0
	}
	switch window {
	case "fixed":
		if second := now.Unix(); second != m.second {
			m.second, m.count = second, 0
		}
	case "sliding":
		i := 0
		for i < len(m.recent) && now.Sub(m.recent[i]) >= time.Second {
			i++
		}
		m.recent = m.recent[i:]
	case "bucket":
		if !m.filled.IsZero() {
			m.tokens = min(float64(m.PerSecond), m.tokens+now.Sub(m.filled).Seconds()*float64(m.PerSecond))
		}
		m.filled = now
	}
}

func (m *meter) full(window string) bool {
	switch window {
	case "fixed":
		return m.count >= m.PerSecond
	case "sliding":
		return len(m.recent) >= m.PerSecond
	default:
		return m.tokens < 1
	}
}

func (m *meter) add(now time.Time) {
	m.today++
	m.count++
	m.tokens--
	if m.PerSecond > 0 {
		m.recent = append(m.recent, now)
		if len(m.recent) > m.PerSecond {
			m.recent = m.recent[1:]
		}
	}
}
