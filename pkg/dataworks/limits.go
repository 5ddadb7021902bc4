package dataworks

import (
	"fmt"
	"path"
	"slices"

	"github.com/dwsync/dwsync/pkg/model"
)

// Limits are the buckets that calls are taken from; none means no limits.
type Limits []Bucket

// Bucket is a set of actions that share a limit.
type Bucket struct {
	Name string
	// Actions holds names of actions, in which * and ? are wildcards, or of classes: level1, level2, level3 (the reference's levels), read, write, all.
	Actions []string
	// PerSecond is the number of calls in a second, 0 for no limit.
	PerSecond float64
	// PerDay is the number of calls in a Day, 0 for no limit. The port counts (Client.Spent) and does not stop at it, since its count may be wrong: who
	// plans decides, and the service.
	PerDay int
}

// has tells whether the bucket's calls include the action's.
func (b Bucket) has(a action) bool {
	for _, name := range b.Actions {
		switch name {
		case a.name, "all", fmt.Sprintf("level%d", a.level):
			return true
		case "read":
			if !a.write {
				return true
			}
		case "write":
			if a.write {
				return true
			}
		default:
			if matches, err := path.Match(name, a.name); err == nil && matches {
				return true
			}
		}
	}
	return false
}

// Count gives for each bucket how many of some calls, given by the names of their actions, are taken from it. An action that the port does not call counts
// nowhere.
func (l Limits) Count(calls map[string]int) []int {
	counts := make([]int, len(l))
	for _, a := range actions() {
		for i, b := range l {
			if n := calls[a.name]; n > 0 && b.has(a) {
				counts[i] += n
			}
		}
	}
	return counts
}

// presets are the limits that the vendor's texts give for editions and years (design, section 9).
var presets = map[string]Limits{
	"levels": {
		{Name: "level 1", Actions: []string{"level1"}, PerSecond: 50},
		{Name: "level 2", Actions: []string{"level2"}, PerSecond: 20},
		{Name: "level 3", Actions: []string{"level3"}, PerSecond: 5, PerDay: 10000},
	},
	"readWrite": {
		{Name: "reads", Actions: []string{"read"}, PerSecond: 50},
		{Name: "writes", Actions: []string{"write"}, PerSecond: 20},
	},
	"total": {{Name: "all calls", Actions: []string{"all"}, PerSecond: 5}},
	"basic": {{Name: "all calls", Actions: []string{"all"}, PerSecond: 5, PerDay: 100}},
}

// PresetLimits gives the limits that dwsync.yaml names; an unknown name is a *model.UnknownNameError.
func PresetLimits(name string) (Limits, error) {
	limits, ok := presets[name]
	if !ok {
		known := make([]string, 0, len(presets))
		for n := range presets {
			known = append(known, n)
		}
		slices.Sort(known)
		return nil, &model.UnknownNameError{What: "limits", Name: name, Known: known}
	}
	return slices.Clone(limits), nil
}
