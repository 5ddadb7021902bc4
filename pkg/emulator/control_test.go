package emulator_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/dwsync/dwsync/pkg/emulator"
)

func control(t *testing.T, base, method, what, body string, header bool) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, base+"/_emulator/"+what, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if header {
		r.Header.Set(emulator.ControlHeader, "1")
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestControl(t *testing.T) {
	_, open := serve(t, emulator.Options{Control: true})
	_, closed := serve(t, emulator.Options{})
	onSocket(t, closed).ok("GetProject", params{"ProjectId": "10000"})
	status, body := control(t, closed.URL, "GET", "calls", "", false)
	var calls emulator.Calls
	if err := json.Unmarshal([]byte(body), &calls); err != nil || status != 200 || calls.Total != 1 || calls.ByAction["GetProject"] != 1 || calls.ByLevel["1"] != 1 {
		t.Errorf("calls: %d %s %v", status, body, err)
	}
	for _, tc := range []struct {
		base, method, what, body string
		header                   bool
		status                   int
		want                     string
	}{
		{closed.URL, "GET", "faults", "", true, 404, "control"},
		{closed.URL, "PUT", "faults", "[]", true, 404, "control"},
		{closed.URL, "POST", "calls", "", true, 404, "control"},
		{open.URL, "PUT", "faults", "[]", false, 403, emulator.ControlHeader},
		{open.URL, "PUT", "faults", `[{"kind":"status","action":"GetProject","status":503,"code":"ServiceUnavailable"}]`, true, 200, `"status":503`},
		{open.URL, "GET", "faults", "", false, 200, `"status":503`},
		{open.URL, "PUT", "faults", `[{"kind":"x"}]`, true, 400, "unknown kind"},
		{open.URL, "PUT", "faults", `{`, true, 400, "error"},
		{open.URL, "PUT", "switches", `{"auto-outputs":"none"}`, true, 200, `"auto-outputs":"none"`},
		{open.URL, "PUT", "switches", `{"auto-outputs":"x"}`, true, 400, "no value"},
		{open.URL, "GET", "switches", "", false, 200, `"auto-outputs":"none"`},
		{open.URL, "PUT", "clock", `{"shiftMillis":86400000}`, true, 200, `"now"`},
		{open.URL, "DELETE", "clock", "", true, 405, "GET"},
		{open.URL, "GET", "events", "", false, 200, "[]"},
		{open.URL, "GET", "nothing", "", false, 404, "calls"},
	} {
		status, body := control(t, tc.base, tc.method, tc.what, tc.body, tc.header)
		if status != tc.status || !strings.Contains(body, tc.want) {
			t.Errorf("%s %s %s: got %d %s, want %d %s", tc.method, tc.what, tc.body, status, body, tc.status, tc.want)
		}
	}
	onSocket(t, open).refused("GetProject", params{"ProjectId": "10000"}, "ServiceUnavailable")
}
