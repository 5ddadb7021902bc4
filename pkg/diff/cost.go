package diff

import (
	"maps"
	"slices"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/model"
)

// Cost is what a plan is expected to take of the target's limits. It is an estimate in the calls that poll and look again, and in the updates which the
// service makes needless by filling in what the tree says; creates, submits and deployments are exact.
type Cost struct {
	// Calls are the calls of the API, by action.
	Calls map[string]int `json:"calls,omitempty"`
	// Buckets are those of the limits that the calls are taken from, in the order of the limits; none without limits.
	Buckets []BucketCost `json:"buckets,omitempty"`
}

// BucketCost is what is taken from one bucket.
type BucketCost struct {
	Bucket string `json:"bucket"`
	Calls  int    `json:"calls"`
	// Seconds is the time that the calls need at the limit, 0 without one.
	Seconds float64 `json:"seconds,omitempty"`
	// DayShare is the part of the day's quota that they take (1: all of it), 0 without one.
	DayShare float64 `json:"dayShare,omitempty"`
}

// Seconds is the least time that the calls need: that of the tightest bucket.
func (c Cost) Seconds() float64 {
	longest := 0.0
	for _, b := range c.Buckets {
		longest = max(longest, b.Seconds)
	}
	return longest
}

// pollsPerDeployment is how often a deployment is asked for that takes some seconds (deploy.DefaultSchedule).
const pollsPerDeployment = 4

// Priced gives the plan with what it costs under limits.
func (p Plan) Priced(limits dataworks.Limits) Plan {
	p.Actions = slices.Clone(p.Actions)
	all := map[string]int{}
	for i := range p.Actions {
		a := &p.Actions[i]
		calls := a.calls(p.Project.Mode)
		a.Cost = bucketCosts(limits, calls)
		for name, n := range calls {
			all[name] += n
		}
	}
	p.Cost = Cost{Calls: all, Buckets: bucketCosts(limits, all)}
	return p
}

func bucketCosts(limits dataworks.Limits, calls map[string]int) []BucketCost {
	var costs []BucketCost
	for i, n := range limits.Count(calls) {
		if n == 0 {
			continue
		}
		b := limits[i]
		cost := BucketCost{Bucket: b.Name, Calls: n}
		if b.PerSecond > 0 {
			cost.Seconds = float64(n) / b.PerSecond
		}
		if b.PerDay > 0 {
			cost.DayShare = float64(n) / float64(b.PerDay)
		}
		costs = append(costs, cost)
	}
	return costs
}

// calls gives the calls that a push makes for the action where nothing goes wrong (pkg/push, pkg/deploy; a test there holds the two together).
func (a Action) calls(mode model.Mode) map[string]int {
	calls := map[string]int{}
	add := func(names ...string) {
		for _, name := range names {
			if name != "" {
				calls[name]++
			}
		}
	}
	deploys := a.To >= model.StageDeployed && mode == model.ModeStandard
	switch a.Key.Kind {
	case model.KindBusiness:
		add(map[Op]string{OpCreate: "CreateBusiness", OpUpdate: "UpdateBusiness", OpDelete: "DeleteBusiness"}[a.Op])
		if a.Op == OpUpdate {
			add("ListBusiness")
		}
		return calls
	case model.KindFolder:
		add(map[Op]string{OpCreate: "CreateFolder", OpUpdate: "UpdateFolder", OpDelete: "DeleteFolder"}[a.Op])
		return calls
	}
	switch a.Op {
	case OpDelete:
		add("GetFile", "DeleteFile")
		if a.Against != nil && a.Against.CurrentVersion > 0 {
			calls["GetDeployment"] += pollsPerDeployment
			if deploys {
				add("ListFileVersions", "DeployFile")
				calls["GetDeployment"] += pollsPerDeployment
			}
		}
		return calls
	case OpCreate:
		add(a.createCall(), "GetFile")
		if a.followsCreate() {
			add("UpdateFile", "GetFile")
		}
	case OpRelease:
		add("ListFileVersions", "GetFile")
	default:
		add("GetFile", a.updateCall(), "GetFile")
	}
	if a.To >= model.StageSubmitted && a.From < model.StageSubmitted {
		add("SubmitFile", "GetFile", "GetFileVersion")
		calls["GetDeployment"] += pollsPerDeployment
	}
	if len(a.Closes) > 0 && a.To >= model.StageSubmitted {
		// It closes a cycle: saved and submitted once more, when the nodes are there.
		add("UpdateFile", "GetFile", "SubmitFile", "GetFile", "GetFileVersion")
		calls["GetDeployment"] += pollsPerDeployment
	}
	if deploys {
		add("DeployFile")
		calls["GetDeployment"] += pollsPerDeployment
	}
	return calls
}

func (a Action) createCall() string {
	if a.Key.Kind == model.KindFunction {
		return "CreateUdfFile"
	}
	return "CreateFile"
}

// followsCreate tells whether the form has something that the create call does not take.
func (a Action) followsCreate() bool {
	return a.Key.Type != model.TypeIntegration && slices.ContainsFunc(a.Want.Present(), a.Key.FollowsCreate)
}

// updateCall is the call that carries most of an update.
func (a Action) updateCall() string {
	if a.Key.Kind == model.KindFunction {
		return "UpdateUdfFile"
	}
	if a.Key.Type == model.TypeIntegration && slices.ContainsFunc(a.Fields, func(c FieldChange) bool { return c.Field == model.FieldContent }) {
		return "UpdateDISyncTask"
	}
	return "UpdateFile"
}

// Shortage is a day's quota that does not hold a plan.
type Shortage struct {
	Bucket string
	// Needs is what the plan takes of it, Left what is left of it today, PerDay the whole quota; in calls.
	Needs, Left, PerDay int
}

// Shortages tells which days' quotas do not hold the plan. spent is what was taken from the limits by which the plan is priced.
func (p Plan) Shortages(spent []dataworks.Spent) []Shortage {
	needs := map[string]int{}
	for _, b := range p.Cost.Buckets {
		needs[b.Bucket] = b.Calls
	}
	var short []Shortage
	for _, s := range spent {
		if left, limited := s.Left(); limited && needs[s.Bucket.Name] > left {
			short = append(short, Shortage{Bucket: s.Bucket.Name, Needs: needs[s.Bucket.Name], Left: left, PerDay: s.Bucket.PerDay})
		}
	}
	return short
}

// Fit gives the part of the plan that the rest of the day's quota holds: the first of its actions, each to its last stage. The plan's order respects its edges,
// so that nothing in the part needs what is left out. Postponed counts what is.
func (p Plan) Fit(spent []dataworks.Spent) Plan {
	left := map[string]int{}
	for _, s := range spent {
		if n, limited := s.Left(); limited {
			left[s.Bucket.Name] = n
		}
	}
	fits := func(a Action) bool {
		for _, cost := range a.Cost {
			if n, limited := left[cost.Bucket]; limited && cost.Calls > n {
				return false
			}
		}
		return true
	}
	n := 0
	for ; n < len(p.Actions) && fits(p.Actions[n]); n++ {
		for _, cost := range p.Actions[n].Cost {
			if _, limited := left[cost.Bucket]; limited {
				left[cost.Bucket] -= cost.Calls
			}
		}
	}
	p.Postponed += len(p.Actions) - n
	p.Actions = slices.Clone(p.Actions[:n])
	limits := make(dataworks.Limits, len(spent))
	for i, s := range spent {
		limits[i] = s.Bucket
	}
	return p.Priced(limits)
}

// checkCost holds that a cost is one.
func checkCost(buckets []BucketCost, calls map[string]int) bool {
	bad := func(b BucketCost) bool { return b.Bucket == "" || b.Calls < 0 || b.Seconds < 0 || b.DayShare < 0 }
	return !slices.ContainsFunc(buckets, bad) && !slices.ContainsFunc(slices.Collect(maps.Values(calls)), func(n int) bool { return n < 0 })
}
