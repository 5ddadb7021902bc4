package emulator_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dwsync/dwsync/pkg/emulator"
)

// Each kind of fault on a real socket and in process, with what became of the
// call.
func TestFaultKinds(t *testing.T) {
	kinds := []struct {
		fault  emulator.Fault
		want   func(a *answer, err error) bool
		effect bool
	}{
		{emulator.Fault{Kind: emulator.FaultStatus, Status: 429, Code: "Throttling.User"}, is(429, "Throttling.User"), false},
		{emulator.Fault{Kind: emulator.FaultStatus, Status: 503, Code: "ServiceUnavailable", Message: "m", After: true}, is(503, "ServiceUnavailable"), true},
		{emulator.Fault{Kind: emulator.FaultStatus}, is(500, "InternalError.System"), false},
		{emulator.Fault{Kind: emulator.FaultReset}, isReset, false},
		{emulator.Fault{Kind: emulator.FaultReset, After: true}, isReset, true},
		{emulator.Fault{Kind: emulator.FaultTruncate}, broken(io.ErrUnexpectedEOF), true},
		{emulator.Fault{Kind: emulator.FaultHTML}, page(502), false},
		{emulator.Fault{Kind: emulator.FaultHTML, Status: 200, After: true}, page(200), true},
		{emulator.Fault{Kind: emulator.FaultDelay, DelayMillis: 20, JitterMillis: 5}, is(200, ""), true},
	}
	for _, k := range kinds {
		for _, wire := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s after=%v wire=%v", k.fault.Kind, k.fault.After, wire), func(t *testing.T) {
				k.fault.Action = "CreateBusiness"
				calls := make(chan emulator.Call, 9)
				s, h := serve(t, emulator.Options{Faults: []emulator.Fault{k.fault}, OnCall: func(c emulator.Call) { calls <- c }})
				c := inProcess(t, s)
				if wire {
					c = onSocket(t, h)
				}
				start := time.Now()
				a, err := c.try("CreateBusiness", params{"ProjectId": "10000", "BusinessName": "b"})
				if !k.want(a, err) {
					t.Errorf("got %+v, %v", a, err)
				}
				if k.fault.DelayMillis > 0 && time.Since(start) < 20*time.Millisecond {
					t.Error("no delay")
				}
				if call := <-calls; call.Fault != k.fault.Kind || len(calls) != 0 {
					t.Errorf("call: %+v", call)
				}
				got := c.ok("ListBusiness", params{"ProjectId": "10000", "PageNumber": "1", "PageSize": "10"}).text("Data.TotalCount") == "1"
				if got != k.effect {
					t.Errorf("effect: got %v, want %v", got, k.effect)
				}
			})
		}
	}
}

func is(status int, code string) func(*answer, error) bool {
	return func(a *answer, err error) bool { return err == nil && a.status == status && a.text("Code") == code }
}

func broken(want error) func(*answer, error) bool {
	return func(_ *answer, err error) bool { return errors.Is(err, want) }
}

// isReset does not compare with ECONNRESET, which has another number on Windows.
func isReset(_ *answer, err error) bool {
	return errors.As(err, new(*net.OpError))
}

func page(status int) func(*answer, error) bool {
	return func(a *answer, err error) bool {
		return err == nil && a.status == status && strings.HasPrefix(a.header.Get("Content-Type"), "text/html") && strings.HasPrefix(a.body, "<html>")
	}
}

// Which calls a fault takes.
func TestFaultMatching(t *testing.T) {
	for name, tc := range map[string]struct {
		fault emulator.Fault
		want  string // one letter per call: x is hit
	}{
		"each":        {emulator.Fault{}, "xxxxxx"},
		"third":       {emulator.Fault{Call: 3}, "..x..."},
		"twice":       {emulator.Fault{Times: 2}, "xx...."},
		"action":      {emulator.Fault{Action: "GetFolder"}, ".x.x.x"},
		"path":        {emulator.Fault{Path: "业务流程/**/ods"}, ".x.x.x"},
		"other path":  {emulator.Fault{Path: "业务流程/*"}, "......"},
		"third of it": {emulator.Fault{Action: "GetFolder", Call: 3}, ".....x"},
		"never":       {emulator.Fault{Probability: 1e-9}, "......"},
	} {
		t.Run(name, func(t *testing.T) {
			tc.fault.Kind = emulator.FaultStatus
			l := newLab(t, emulator.Options{})
			if err := l.server.SetFaults(tc.fault); err != nil {
				t.Fatal(err)
			}
			var got string
			for i := range 6 {
				action, p := "GetProject", params{}
				if i%2 == 1 {
					action, p = "GetFolder", params{"FolderPath": "Business Flow/b/folderMaxCompute//ods"}
				}
				a := l.do(action, p)
				got += map[bool]string{true: "x", false: "."}[a.status == 500]
			}
			if got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
	draw := func(seed uint64) string {
		l := newLab(t, emulator.Options{Seed: seed})
		if err := l.server.SetFaults(emulator.Fault{Kind: emulator.FaultStatus, Probability: 0.5}); err != nil {
			t.Fatal(err)
		}
		var got string
		for range 64 {
			got += fmt.Sprint(l.do("GetProject", params{}).status == 500)
		}
		return got
	}
	if first, again, other := draw(7), draw(7), draw(8); first != again || first == other {
		t.Error("the seed does not decide")
	}
	for _, bad := range []emulator.Fault{{Kind: "x"}, {Kind: emulator.FaultHTML, Path: "["}, {Kind: emulator.FaultHTML, Probability: 2}, {Kind: emulator.FaultHTML, Status: 99}, {Kind: emulator.FaultDeployment}} {
		if err := emulator.New(emulator.Options{}).SetFaults(bad); err == nil {
			t.Errorf("%+v was accepted", bad)
		}
	}
}

// A deployment can be made to fail, to be rejected, or to wait.
func TestFaultDeployment(t *testing.T) {
	l := newLab(t, emulator.Options{})
	id := l.file("a")
	set := func(outcome int, message string) {
		t.Helper()
		if err := l.server.SetFaults(emulator.Fault{Kind: emulator.FaultDeployment, Path: mc + "/a", Outcome: outcome, Message: message}); err != nil {
			t.Fatal(err)
		}
	}
	set(2, "引擎错误")
	if got := l.ok("GetDeployment", params{"DeploymentId": l.submit(id)}); got.text("Data.Deployment.Status") != "2" || got.text("Data.Deployment.ErrorMessage") != "引擎错误" {
		t.Errorf("failed submit: %s", got.body)
	}
	if got := l.ok("ListFileVersions", params{"FileId": id}).text("Data.TotalCount"); got != "0" || l.get(id, "File.CommitStatus") != "0" {
		t.Errorf("a failed submit left %s versions", got)
	}
	set(emulator.OutcomeHeld, "")
	d := l.submit(id)
	if got := l.ok("ListFileVersions", params{"FileId": id}).text("Data.FileVersions.0.Status"); got != "COMMITTING" {
		t.Errorf("held submit: %s", got)
	}
	l.refused("SubmitFile", params{"FileId": id}, "1201111222")
	var number int64
	fmt.Sscan(d, &number)
	if err := l.server.EndDeployment(number, 0, ""); err == nil {
		t.Error("a deployment ended as ready")
	}
	if err := l.server.EndDeployment(number, 1, ""); err != nil {
		t.Fatal(err)
	}
	if err := l.server.EndDeployment(number, 1, ""); err == nil {
		t.Error("a deployment ended twice")
	}
	set(6, "")
	if got := l.ok("GetDeployment", params{"DeploymentId": l.deploy(id)}).text("Data.Deployment.Status"); got != "6" {
		t.Errorf("rejected: %s", got)
	}
	if err := l.server.SetFaults(); err != nil {
		t.Fatal(err)
	}
	if got := l.ok("GetDeployment", params{"DeploymentId": l.deploy(id)}).text("Data.Deployment.Status"); got != "1" {
		t.Errorf("after the rejection: %s", got)
	}
}

// A deletion that fails brings the file back, if its name is still free.
func TestFailedDeletion(t *testing.T) {
	for _, taken := range []bool{false, true} {
		l := newLab(t, emulator.Options{})
		id := l.file("a")
		l.submit(id)
		l.deploy(id)
		l.server.SetDeploymentTime(time.Hour)
		if err := l.server.SetFaults(emulator.Fault{Kind: emulator.FaultDeployment, Action: "DeleteFile", Outcome: 2}); err != nil {
			t.Fatal(err)
		}
		l.ok("DeleteFile", params{"FileId": id})
		if taken {
			l.file("a")
		}
		l.refused("DeployFile", params{"FileId": id}, "1201111225")
		l.server.ShiftClock(time.Hour)
		want := map[bool]string{false: "NORMAL", true: "RECYCLE_BIN"}[taken]
		if got := l.get(id, "File.DeletedStatus"); got != want {
			t.Errorf("taken=%v: %s, want %s", taken, got, want)
		}
		if got := l.ok("ListNodes", params{"ProjectId": "10000", "ProjectEnv": "DEV"}).text("Data.TotalCount"); got != "1" {
			t.Errorf("%s nodes", got)
		}
		// Whatever state that is, a further call is an answer.
		l.do("DeployFile", params{"FileId": id})
		l.do("DeleteFile", params{"FileId": id})
	}
}

// A kill ends one in-process client for good, and no other.
func TestKillInProcess(t *testing.T) {
	for _, after := range []bool{false, true} {
		killed := 0
		s := emulator.New(emulator.Options{Faults: []emulator.Fault{{Kind: emulator.FaultKill, Call: 2, After: after}}, Kill: func() { killed++ }})
		c, other := inProcess(t, s), inProcess(t, s)
		c.ok("GetProject", params{"ProjectId": "10000"})
		for range 3 {
			if _, err := c.try("CreateBusiness", params{"ProjectId": "10000", "BusinessName": "b"}); !errors.Is(err, emulator.ErrKilled) {
				t.Errorf("after the kill: %v", err)
			}
		}
		if killed != 1 {
			t.Errorf("killed %d times", killed)
		}
		got := other.ok("ListBusiness", params{"ProjectId": "10000", "PageNumber": "1", "PageSize": "10"}).text("Data.TotalCount") == "1"
		if got != after {
			t.Errorf("effect: got %v, want %v", got, after)
		}
	}
}

const clientEnv = "EMULATOR_TEST_CLIENT"

// TestMain lets a test start this binary again as a client, or as a server that
// is then killed.
func TestMain(m *testing.M) {
	switch {
	case os.Getenv(clientEnv) != "":
		clientProcess(os.Getenv(clientEnv))
	case os.Getenv(serverEnv) != "":
		serverProcess(os.Getenv(serverEnv))
	default:
		os.Exit(m.Run())
	}
}

// clientProcess calls for ever.
func clientProcess(url string) {
	t := &testing.T{}
	c := &raw{t: t, base: url, http: http.DefaultClient, key: "dwsync", secret: "dwsync"}
	fmt.Println("ready")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		os.Exit(3)
	}
	for i := range 100 {
		if _, err := c.try("CreateBusiness", params{"ProjectId": "10000", "BusinessName": fmt.Sprint("b", i)}); err != nil {
			time.Sleep(time.Minute) // the kill comes before or right after the reset
		}
	}
	os.Exit(0)
}

// On the wire a kill ends the client's process at the n-th request.
func TestKillProcess(t *testing.T) {
	s, h := serve(t, emulator.Options{})
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), clientEnv+"="+h.URL)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("%q %v", line, err)
	}
	if err := s.SetFaults(emulator.Fault{Kind: emulator.FaultKill, Call: 5, After: true, PID: cmd.Process.Pid}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(in, "go\n"); err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	exit := (*exec.ExitError)(nil)
	if !errors.As(err, &exit) || exit.ExitCode() == 0 || ctx.Err() != nil {
		t.Errorf("the client ended with %v", err)
	}
	if got := onSocket(t, h).ok("ListBusiness", params{"ProjectId": "10000", "PageNumber": "1", "PageSize": "100"}).text("Data.TotalCount"); got != "5" {
		t.Errorf("%s businesses, want 5", got)
	}
}

// A client whose context ends while a fault delays it hears so at once.
func TestDelayHonoursContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := emulator.New(emulator.Options{Faults: []emulator.Fault{{Kind: emulator.FaultDelay, DelayMillis: 60_000}}})
		c := inProcess(t, s)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := c.http.Do(c.request("GetProject", params{"ProjectId": "10000"}).WithContext(ctx))
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("%v after %s", err, time.Since(start))
		}
	})
}
