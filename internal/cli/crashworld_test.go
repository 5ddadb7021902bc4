package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dwsync/dwsync/internal/cli"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/tree"
)

// Keys that no output of a run may show. The odd characters are spelled otherwise in URLs and in JSON.
const (
	markedID     = "LTAI5tMarkedKeyOfTheTest"
	markedSecret = "marked/Secret+of=the&Test"
	markedToken  = "CAISmarked/Token+of=the&Test%20"
	// markedAnswer stands in answers that are none of the API, of which nothing may be quoted.
	markedAnswer = "markedSecretOfSomebodyElse"
)

// marks are the spellings in which a key could show.
func marks() []string {
	var all []string
	for _, key := range []string{markedID, markedSecret, markedToken} {
		once := url.QueryEscape(key)
		all = append(all, key, once, url.QueryEscape(once), strings.ReplaceAll(key, "&", `\u0026`))
	}
	slices.Sort(all)
	return append(slices.Compact(all), markedAnswer)
}

// trouble is what goes wrong with a call.
type trouble string

const (
	killBefore    trouble = "killed before the effect"
	killAfter     trouble = "killed after the effect"
	killLate      trouble = "killed, and the effect comes 5 s later"
	resetBefore   trouble = "reset before the effect"
	resetAfter    trouble = "reset after the effect"
	throttled     trouble = "429"
	failedBefore  trouble = "500 before the effect"
	failedAfter   trouble = "500 after the effect"
	timeoutBefore trouble = "no answer in time, no effect"
	timeoutAfter  trouble = "no answer in time, but the effect"
	timeoutLate   trouble = "no answer in time, and the effect comes 5 s later"
	truncated     trouble = "half of the answer"
	page          trouble = "a page of a proxy before the effect"
	pageAfter     trouble = "a page of a proxy after the effect"

	// Nothing heals these.
	misspelled trouble = "an answer of other types"
	unsigned   trouble = "the signature is refused, and quoted"
	expired    trouble = "a redirect that carries the keys"
	// told is no trouble of a call: deployments fail, and their messages quote keys.
	told trouble = "a deployment fails and quotes the keys"
)

func troubles() []trouble {
	return []trouble{
		killBefore, killAfter, killLate, resetBefore, resetAfter, throttled, failedBefore, failedAfter, timeoutBefore, timeoutAfter, timeoutLate, truncated, page, pageAfter,
	}
}

// onlyWrites tells whether a trouble is another one than those before it only for a call that has an effect.
func (t trouble) onlyWrites() bool {
	return slices.Contains([]trouble{killAfter, killLate, resetAfter, failedAfter, timeoutAfter, timeoutLate, pageAfter}, t)
}

func (t trouble) kills() bool { return strings.HasPrefix(string(t), "killed") }

// late is how long a late effect comes after nobody waits for it any more.
const late = 5 * time.Second

// errKilled is what calls and writes of a dead process end with.
var errKilled = errors.New("the process is dead")

// process is a run of dwsync that may be killed: from then on none of its calls gets through and nothing of what it writes reaches the disk.
type process struct {
	base http.RoundTripper
	kill context.CancelFunc
	// strikes are the calls at which something goes wrong; what has struck is no longer among them.
	strikes map[request]trouble
	// at is the call of all, from 1, with which what goes wrong; 0 is none. every is an action with each of whose calls it does, "" none.
	at    int
	every string
	what  trouble
	// chance gives the trouble of each call that nothing was said of, "" for none; nil is "" always.
	chance func() trouble
	// write is the write to files at which it is killed, from 1; 0 is never. after kills it once the write is on the disk.
	write int
	after bool

	mu sync.Mutex
	// writes is the number so far, requests are the calls so far.
	writes   int
	requests []request
	// counts are the calls by action, but for the repetitions that a read needs after it was struck.
	counts map[string]int
	dead   bool
}

// request names a call of a run: the n-th of its action, from 1. Which is the n-th of all differs from run to run, since calls run side by side.
type request struct {
	Action string
	Nth    int
}

func (r request) String() string { return fmt.Sprintf("%s %d", r.Action, r.Nth) }

// arrives counts a call, and gives what goes wrong with it.
func (p *process) arrives(action string) (what trouble, dead bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.counts == nil {
		p.counts = map[string]int{}
	}
	p.counts[action]++
	r := request{action, p.counts[action]}
	p.requests = append(p.requests, r)
	what, struck := p.strikes[r]
	if struck {
		delete(p.strikes, r)
		if reads(action) {
			p.counts[action]--
		}
	}
	if p.what != told && (len(p.requests) == p.at || p.every != "" && p.every == action) {
		what = p.what
	}
	return what, p.dead
}

func (p *process) die() {
	p.mu.Lock()
	p.dead = true
	p.mu.Unlock()
	p.kill()
}

// effect lets a call reach the workspace and throws its answer away.
func (p *process) effect(r *http.Request) *http.Response {
	// Whoever waits for the answer may be gone.
	response, err := p.base.RoundTrip(r.Clone(context.WithoutCancel(r.Context())))
	if err != nil {
		return nil
	}
	return response
}

// RoundTrip implements http.RoundTripper.
func (p *process) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	what, dead := p.arrives(actionOf(r, body))
	if dead {
		return nil, errKilled
	}
	if what == "" && p.chance != nil {
		what = p.chance()
	}
	if what == "" {
		return p.base.RoundTrip(r)
	}
	reset := &net.OpError{Op: "read", Net: "tcp", Err: fmt.Errorf("%w of %s", syscall.ECONNRESET, r.URL)}
	switch what {
	case killBefore:
		p.die()
		return nil, errKilled
	case killAfter:
		p.effect(r)
		p.die()
		return nil, errKilled
	case killLate:
		p.die()
		time.AfterFunc(late, func() { p.effect(r) })
		return nil, errKilled
	case resetBefore:
		return nil, reset
	case resetAfter:
		p.effect(r)
		return nil, reset
	case throttled:
		return answer(r, 429, "application/json", gatewayError("Throttling.User")), nil
	case failedBefore:
		return answer(r, 500, "application/json", gatewayError("InternalError.System")), nil
	case failedAfter:
		p.effect(r)
		return answer(r, 500, "application/json", gatewayError("InternalError.System")), nil
	case timeoutBefore:
		<-r.Context().Done()
		return nil, r.Context().Err()
	case timeoutAfter:
		p.effect(r)
		<-r.Context().Done()
		return nil, r.Context().Err()
	case timeoutLate:
		<-r.Context().Done()
		time.AfterFunc(late, func() { p.effect(r) })
		return nil, r.Context().Err()
	case truncated:
		response := p.effect(r)
		whole, _ := io.ReadAll(response.Body)
		cut := io.MultiReader(bytes.NewReader(whole[:len(whole)/2]), strings.NewReader(markedAnswer), cutShort{})
		response.Body, response.ContentLength = io.NopCloser(cut), -1
		return response, nil
	case page:
		return answer(r, 502, "text/html", "<html><h1>502</h1>"+markedAnswer+r.URL.String()+"</html>"), nil
	case pageAfter:
		p.effect(r)
		return answer(r, 504, "text/html", "<html><h1>504</h1>"+markedAnswer+r.URL.String()+"</html>"), nil
	}
	if response := unhealable(r, what); response != nil {
		return response, nil
	}
	panic("unknown trouble " + what)
}

// unhealable are answers that no repetition makes better.
func unhealable(r *http.Request, what trouble) *http.Response {
	switch what {
	case misspelled:
		key := strings.ReplaceAll(markedSecret, "&", `\u0026`)
		return answer(r, 200, "application/json", fmt.Sprintf(`{"RequestId":{"%s":1},"Data":"%s","Success":"%s","TotalCount":"%s"}`, key, key, key, key))
	case unsigned:
		quoted := url.QueryEscape("AccessKeyId=" + markedID + "&SecurityToken=" + url.QueryEscape(markedToken))
		return answer(r, 400, "application/json", fmt.Sprintf(
			`{"Code":"SignatureDoesNotMatch","RequestId":"0A","Message":"Specified signature is not matched with our calculation. server string to sign is:POST&%%2F&%s %s"}`, quoted, markedID))
	case expired:
		response := answer(r, 302, "text/plain", markedAnswer)
		response.Header.Set("Location", "https://example.com/?"+url.Values{"AccessKeyId": {markedID}, "SecurityToken": {markedToken}}.Encode())
		return response
	}
	return nil
}

type cutShort struct{}

func (cutShort) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func actionOf(r *http.Request, body []byte) string {
	if action := r.URL.Query().Get("Action"); action != "" {
		return action
	}
	form, _ := url.ParseQuery(string(body))
	return form.Get("Action")
}

// gatewayError is an error's body that quotes the keys it was asked with, as refusals of signatures do.
func gatewayError(code string) string {
	return fmt.Sprintf(`{"Code":%q,"RequestId":"0A","Message":"no, %s %s %s","Recommend":"https://example.com?AccessKeyId=%s&Signature=x"}`,
		code, markedID, markedSecret, markedToken, markedID)
}

func answer(r *http.Request, status int, contentType, body string) *http.Response {
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Content-Type": {contentType}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}
}

// step runs a write, unless the process is dead or dies before it.
func (p *process) step(write func() error) error {
	p.mu.Lock()
	p.writes++
	n, dead := p.writes, p.dead
	p.mu.Unlock()
	switch {
	case dead:
		return errKilled
	case n != p.write:
		return write()
	}
	if p.after {
		_ = write() // a write that fails is no less a moment to die at
	}
	p.die()
	return errKilled
}

// Commit implements project.Disk.
func (p *process) Commit(transaction func() error) error { return p.step(transaction) }

// Tree implements project.Disk.
func (p *process) Tree(d tree.Dir) tree.Dir { return mortalDir{d, p} }

// mortalDir is a directory whose every write is a step of a process.
type mortalDir struct {
	tree.Dir
	p *process
}

// Writers makes the order of the writes certain.
func (mortalDir) Writers() int { return 1 }

func (d mortalDir) MkdirAll(name string) error {
	return d.p.step(func() error { return d.Dir.MkdirAll(name) })
}

// WriteFile counts as two steps, so that a kill can leave half a file.
func (d mortalDir) WriteFile(name string, data []byte, perm fs.FileMode) error {
	if err := d.p.step(func() error { return d.Dir.WriteFile(name, data[:len(data)/2], perm) }); err != nil {
		return err
	}
	return d.p.step(func() error { return d.Dir.WriteFile(name, data, perm) })
}

func (d mortalDir) Rename(from, to string) error {
	return d.p.step(func() error { return d.Dir.Rename(from, to) })
}

func (d mortalDir) Remove(name string) error {
	return d.p.step(func() error { return d.Dir.Remove(name) })
}

// deeds counts what took effect in a workspace, by action and path.
type deeds struct {
	mu     sync.Mutex
	counts map[string]int
}

func (d *deeds) note(c emulator.Call) {
	if c.Code != "" || c.Status != http.StatusOK {
		return
	}
	// An engine folder comes with its business: making it once more, since a read of the past did not show it, is answered with its id.
	if reads(c.Action) || c.Action == "CreateFolder" && model.FolderPath(c.Path).IsImplied() {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.counts[c.Action+" "+c.Path]++
}

// reads tells whether an action only reads.
func reads(action string) bool {
	return strings.HasPrefix(action, "Get") || strings.HasPrefix(action, "List")
}

func (d *deeds) snapshot() map[string]int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.counts)
}

// crashWorld is a workspace and a project that is pushed to it, in virtual time.
type crashWorld struct {
	t      *testing.T
	server *emulator.Server
	deeds  *deeds
	dir    string
	// variables are the environment's; nil is one that gives the keys.
	variables map[string]string
	// leaks are the keys that were found where none may be, each with its place.
	leaks []string
}

// newCrashWorld makes a workspace for the project that stands in dir.
func newCrashWorld(t *testing.T, dir string, switches map[string]string, mode emulator.Mode) *crashWorld {
	d := &deeds{counts: map[string]int{}}
	w := &crashWorld{t: t, deeds: d, dir: dir}
	w.server = emulator.New(emulator.Options{
		Projects: []emulator.Project{{Name: "dw_project", ID: 10000, Mode: mode}}, Switches: switches, DeploymentTime: 3 * time.Second, Seed: 1, OnCall: d.note,
		Credentials: []emulator.Credential{{AccessKeyID: markedID, AccessKeySecret: markedSecret, SecurityToken: markedToken}},
	})
	time.Sleep(time.Minute)
	return w
}

// environment is that of a process in the world; out receives all that it prints.
func (w *crashWorld) environment(out io.Writer, transport http.RoundTripper) cli.Environment {
	variables := w.variables
	if variables == nil {
		variables = map[string]string{
			"ALIBABA_CLOUD_ACCESS_KEY_ID": markedID, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": markedSecret, "ALIBABA_CLOUD_SECURITY_TOKEN": markedToken,
		}
	}
	return cli.Environment{
		Stdin: strings.NewReader(""), Stdout: out, Stderr: out, Dir: w.dir, Transport: transport,
		Getenv:     func(name string) string { return variables[name] },
		Interrupts: func() (<-chan os.Signal, func()) { return make(chan os.Signal), func() {} },
	}
}

// start runs a command in a process that something may happen to. It gives the exit code and what was printed, in which no key may be.
func (w *crashWorld) start(p *process, args ...string) (code int, output string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	p.base, p.kill = w.server.Transport(), cancel
	var out bytes.Buffer
	env := w.environment(&out, p)
	env.Disk = p
	code = cli.Main(ctx, env, append([]string{"dwsync"}, args...))
	w.lookForKeys("what "+args[0]+" prints", out.Bytes())
	return code, out.String()
}

// run runs a command that nothing happens to.
func (w *crashWorld) run(args ...string) (code int, output string) {
	return w.start(&process{}, args...)
}

func (w *crashWorld) lookForKeys(where string, text []byte) {
	for _, mark := range marks() {
		if bytes.Contains(text, []byte(mark)) {
			w.leaks = append(w.leaks, fmt.Sprintf("%s holds %s", where, mark))
		}
	}
}

// wantNoKeys fails if a key showed in any output so far, or is in a file of the project.
func (w *crashWorld) wantNoKeys(where string) {
	w.t.Helper()
	must(w.t, filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Name() == ".git" {
			return fs.SkipDir
		}
		w.lookForKeys("the name of a file", []byte(path))
		if !d.Type().IsRegular() {
			return nil
		}
		data, err := os.ReadFile(path)
		w.lookForKeys(path, data)
		return err
	}))
	for _, leak := range w.leaks {
		w.t.Errorf("%s: %s", where, leak)
	}
}

// forget makes the project a fresh clone: what a clone has is what git has.
func (w *crashWorld) forget() { must(w.t, os.RemoveAll(filepath.Join(w.dir, ".dwsync"))) }

// finish runs push until it is done, and wants a diff to find nothing then. The arguments are those of both.
func (w *crashWorld) finish(where string, arguments ...string) {
	w.t.Helper()
	if !w.push(where, arguments...) {
		return
	}
	if code, output := w.run(append([]string{"diff"}, arguments...)...); code != 0 {
		w.t.Errorf("%s: after the push a diff ends with %d:\n%s", where, code, output)
	}
}

// push runs push until it is done, at most three times.
func (w *crashWorld) push(where string, arguments ...string) (done bool) {
	w.t.Helper()
	var output string
	for range 3 {
		var code int
		code, output = w.run(append([]string{"push", "--yes", "--verbose"}, arguments...)...)
		time.Sleep(time.Minute)
		if code == 0 {
			return true
		}
	}
	w.t.Errorf("%s: not done after three more runs:\n%s", where, output)
	return false
}

// forgive gives the wanted deeds with as many of a kind as were done, for each object that was to have one. The second update of a folder or business that
// was renamed counts under its new path.
func (w *crashWorld) forgive(want map[string]int, kind string) map[string]int {
	want = maps.Clone(want)
	for deed, n := range w.deeds.snapshot() {
		if strings.HasPrefix(deed, kind) && (want[deed] > 0 || isRename(deed)) {
			want[deed] = max(n, want[deed])
		}
	}
	return want
}

// isRename tells whether a deed may rename a container.
func isRename(deed string) bool {
	return strings.HasPrefix(deed, "UpdateFolder ") || strings.HasPrefix(deed, "UpdateBusiness ")
}

func (w *crashWorld) wantDeeds(where string, want map[string]int) {
	w.t.Helper()
	got := w.deeds.snapshot()
	for _, deed := range slices.Sorted(maps.Keys(want)) {
		if got[deed] != want[deed] {
			w.t.Errorf("%s: %s took effect %d times, undisturbed %d times", where, deed, got[deed], want[deed])
		}
	}
	for _, deed := range slices.Sorted(maps.Keys(got)) {
		if want[deed] == 0 {
			w.t.Errorf("%s: %s took effect %d times, undisturbed never", where, deed, got[deed])
		}
	}
}
