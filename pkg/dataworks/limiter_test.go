package dataworks_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
)

// jitter is a network whose way to the service takes 50 ± 50 ms.
type jitter struct {
	next http.RoundTripper
	mu   sync.Mutex
	rand *rand.Rand
}

func newJitter(next http.RoundTripper) *jitter {
	return &jitter{next: next, rand: rand.New(rand.NewPCG(1, 2))}
}

func (j *jitter) RoundTrip(r *http.Request) (*http.Response, error) {
	j.mu.Lock()
	delay := time.Duration(j.rand.IntN(100)) * time.Millisecond
	j.mu.Unlock()
	time.Sleep(delay)
	return j.next.RoundTrip(r)
}

func preset(t testing.TB, name string) dataworks.Limits {
	t.Helper()
	limits, err := dataworks.PresetLimits(name)
	if err != nil {
		t.Fatal(err)
	}
	return limits
}

// creates makes n files as fast as the limits let, and gives the time it took.
func creates(t *testing.T, c *dataworks.Client, n int) time.Duration {
	t.Helper()
	began := time.Now()
	g, ctx := errgroup.WithContext(t.Context())
	g.SetLimit(64)
	for i := range n {
		g.Go(func() error {
			_, err := c.CreateFile(ctx, node(fmt.Sprintf("f%d", i)))
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	return time.Since(began)
}

// The bounds here guard what the limiter reaches, with room for chance. How well it does under a fixed window depends on where our calls fall in the
// service's second, so that it is tried at several phases.
func TestTheLimitIsUsedAndKept(t *testing.T) {
	const n = 1000
	for window, most := range map[string]float64{"fixed": 1.10, "bucket": 1.05, "sliding": 1.15} {
		phases := []time.Duration{0}
		if window == "fixed" {
			phases = []time.Duration{0, 50 * time.Millisecond, 90 * time.Millisecond}
		}
		for _, phase := range phases {
			t.Run(fmt.Sprintf("%s, phase %s", window, phase), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := emulator.New(emulator.Options{Switches: map[string]string{"rate-window": window}, Limits: emulator.Limits{Preset: "levels"}})
					c := open(t, s, func(o *dataworks.Options) { o.Limits, o.Transport = preset(t, "levels"), newJitter(s.Transport()) })
					business(t, c)
					time.Sleep(phase)
					took, ideal := creates(t, c, n), time.Duration(n)*time.Second/5
					calls := s.Calls()
					t.Logf("%s instead of %s, %d of %d calls throttled", took, ideal, calls.Throttled, calls.Total)
					if float64(took) > most*float64(ideal) {
						t.Errorf("took %s, more than %v times %s", took, most, ideal)
					}
					if float64(calls.Throttled) > 0.01*float64(calls.Total) {
						t.Errorf("%d of %d calls were throttled by our own fault", calls.Throttled, calls.Total)
					}
					if rows, err := c.ListFiles(t.Context(), model.UseNormal); err != nil || len(rows) != n {
						t.Errorf("%d files, %v", len(rows), err)
					}
				})
			})
		}
	}
}

// Somebody else uses half of the account's quota: we find the other half, nearly. A queue of reservations at the old rate took 2.6 times as long.
func TestTheLimitIsShared(t *testing.T) {
	const n = 1000
	synctest.Test(t, func(t *testing.T) {
		s := emulator.New(emulator.Options{Limits: emulator.Limits{Preset: "levels"}})
		c := open(t, s, func(o *dataworks.Options) { o.Limits, o.Transport = preset(t, "levels"), newJitter(s.Transport()) })
		business(t, c)
		ctx, stop := context.WithCancel(t.Context())
		other := open(t, s)
		var wg sync.WaitGroup
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				_, _ = other.CreateFile(ctx, node(fmt.Sprintf("other%d", i)))
				time.Sleep(400 * time.Millisecond)
			}
		})
		took, ideal := creates(t, c, n), time.Duration(n)*time.Second*2/5
		stop()
		wg.Wait()
		calls := s.Calls()
		t.Logf("%s instead of %s, %d of %d calls throttled", took, ideal, calls.Throttled, calls.Total)
		if float64(took) > 1.4*float64(ideal) {
			t.Errorf("took %s, more than 1.4 times %s", took, ideal)
		}
		if float64(calls.Throttled) > 0.05*float64(calls.Total) {
			t.Errorf("%d of %d calls were throttled", calls.Throttled, calls.Total)
		}
	})
}

func TestTheRateComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := emulator.New(emulator.Options{})
		c := open(t, s, func(o *dataworks.Options) { o.Limits = preset(t, "total") })
		rate := func() float64 { return c.Spent()[0].PerSecond }
		if _, err := c.Project(t.Context()); err != nil || rate() != 5 {
			t.Fatalf("%v, %v", rate(), err)
		}
		if err := s.SetFaults(emulator.Fault{Kind: emulator.FaultStatus, Status: 429, Code: "Throttling.User", Times: 1}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.ListBusinesses(t.Context()); err != nil {
			t.Fatal(err)
		}
		halved := rate()
		time.Sleep(5 * time.Second)
		if _, err := c.ListBusinesses(t.Context()); err != nil {
			t.Fatal(err)
		}
		near := rate()
		time.Sleep(5 * time.Minute)
		if _, err := c.ListBusinesses(t.Context()); err != nil {
			t.Fatal(err)
		}
		if halved > 3.5 || near < 4.4 || near >= 5 || rate() != 5 {
			t.Errorf("5, then %v, %v, %v a second", halved, near, rate())
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
