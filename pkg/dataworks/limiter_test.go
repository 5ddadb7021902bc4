package dataworks_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
)

func preset(t testing.TB, name string) dataworks.Limits {
	t.Helper()
	limits, err := dataworks.PresetLimits(name)
	if err != nil {
		t.Fatal(err)
	}
	return limits
}

// A refusal is answered by a step aside; only a second one soon after it says that the rate is too high. Where nothing is refused any more, the limit is
// reached again. What a rate does to a whole push, pkg/push tests (TestPushAtTheLimit).
func TestTheRateFallsAndComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := emulator.New(emulator.Options{})
		c := open(t, s, func(o *dataworks.Options) { o.Limits = preset(t, "total") })
		spent := func() dataworks.Spent { return c.Spent()[0] }
		refuse := func(times int) {
			t.Helper()
			if err := s.SetFaults(emulator.Fault{Kind: emulator.FaultStatus, Status: 429, Code: "Throttling.User", Times: times}); err != nil {
				t.Fatal(err)
			}
			if _, err := c.ListBusinesses(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		refuse(1)
		if s := spent(); s.PerSecond != 5 || s.Throttled != 1 || s.Calls != 2 {
			t.Errorf("after one refusal %v calls a second, %d of %d throttled", s.PerSecond, s.Throttled, s.Calls)
		}
		time.Sleep(10 * time.Second)
		refuse(3)
		low := spent().PerSecond
		if low < 4 || low > 4.8 {
			t.Errorf("after three refusals %v calls a second", low)
		}
		time.Sleep(10 * time.Second)
		if r := spent().PerSecond; r <= low || r > low+0.1 {
			t.Errorf("after 10 s %v calls a second, from %v", r, low)
		}
		time.Sleep(5 * time.Minute)
		if r := spent().PerSecond; r != 5 {
			t.Errorf("after 5 minutes %v calls a second", r)
		}
	})
}

// Whoever waits goes by priority, equal ones as they came; who gives up leaves no gap.
func TestCallsWaitByPriority(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var order []string
		c := open(t, emulator.New(emulator.Options{}), func(o *dataworks.Options) {
			o.Limits = dataworks.Limits{{Name: "slow", Actions: []string{"all"}, PerSecond: 1}}
			o.Log = func(call dataworks.Call) {
				mu.Lock()
				defer mu.Unlock()
				order = append(order, call.Object)
			}
		})
		if _, err := c.Project(t.Context()); err != nil {
			t.Fatal(err)
		}
		order = nil
		began := time.Now()
		var wg sync.WaitGroup
		for i, priority := range []int{0, 3, 1, 3, 2, 0} {
			ctx, cancel := context.WithCancel(dataworks.WithPriority(t.Context(), priority))
			wg.Go(func() {
				_, err := c.GetDeployment(ctx, model.DeploymentID(fmt.Sprintf("%d of %d", i, priority)))
				if (i == 4) != errors.Is(err, context.Canceled) {
					t.Errorf("call %d: %v", i, err)
				}
			})
			synctest.Wait()
			if i == 4 {
				cancel()
			}
			defer cancel()
		}
		wg.Wait()
		// The first one waited already when the others came.
		if want := []string{"0 of 0", "1 of 3", "3 of 3", "2 of 1", "5 of 0"}; !slices.Equal(order, want) {
			t.Errorf("got %q, want %q", order, want)
		}
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("5 calls took %s", took)
		}
	})
}

// The day's calls go on from where earlier runs of the same day stopped, and begin anew at midnight in Asia/Shanghai.
func TestTheDaysCallsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// The bubble's time begins at midnight UTC, which is 8 o'clock.
		today := dataworks.DayOf(time.Now())
		if today != "2000-01-01" || !dataworks.DayEnd(time.Now()).Equal(time.Now().Add(16*time.Hour)) {
			t.Fatalf("today is %s, which ends at %s", today, dataworks.DayEnd(time.Now()))
		}
		s := emulator.New(emulator.Options{})
		opened := func(u dataworks.Usage) *dataworks.Client {
			c := open(t, s, func(o *dataworks.Options) { o.Limits = preset(t, "basic") })
			c.AddUsage(u)
			if _, err := c.Project(t.Context()); err != nil {
				t.Fatal(err)
			}
			return c
		}
		old := opened(dataworks.Usage{Day: "1999-12-31", Calls: map[string]int{"all calls": 50}})
		if left, limited := old.Spent()[0].Left(); left != 99 || !limited {
			t.Errorf("%d left after yesterday's calls", left)
		}
		c := opened(old.Usage())
		if u := c.Usage(); u.Day != today || u.Calls["all calls"] != 2 {
			t.Errorf("got %v", u)
		}
		time.Sleep(16 * time.Hour)
		if left, _ := c.Spent()[0].Left(); left != 100 || c.Usage().Day != "2000-01-02" {
			t.Errorf("%d left on a new day", left)
		}
	})
}

func TestPresets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := emulator.New(emulator.Options{})
		for name, want := range map[string][]int{"levels": {1, 1, 0}, "readWrite": {1, 1}, "total": {2}, "basic": {2}} {
			c := open(t, s, func(o *dataworks.Options) { o.Limits = preset(t, name) })
			if _, err := c.Project(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := c.CreateBusiness(t.Context(), model.NewObject(model.BusinessKey("业务流程/"+model.FolderPath(name)))); err != nil {
				t.Fatal(err)
			}
			for i, spent := range c.Spent() {
				if spent.Calls != want[i] {
					t.Errorf("%s: %d calls from %s, want %d", name, spent.Calls, spent.Bucket.Name, want[i])
				}
			}
		}
	})
	if _, err := dataworks.PresetLimits("level"); err == nil || err.Error() != `unknown limits "level", did you mean "levels"?` {
		t.Errorf("got %v", err)
	}
}

func TestWaitingForTheLimitEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t, emulator.New(emulator.Options{}), func(o *dataworks.Options) {
			o.Limits = dataworks.Limits{{Name: "slow", Actions: []string{"all"}, PerSecond: 0.001}}
		})
		if _, err := c.Project(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		stop := errors.New("stop")
		cause, give := context.WithCancelCause(ctx)
		time.AfterFunc(time.Second, func() { give(stop) })
		began := time.Now()
		if _, err := c.ListBusinesses(cause); !errors.Is(err, stop) || time.Since(began) != time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}
