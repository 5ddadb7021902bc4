//go:build unix

package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/dwsync/dwsync/internal/testsize"
	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/model"
)

// The tests of this file run the real binary as processes, against an emulator that is a process too, and send them real signals.

// Processes are slow to make, so that all tests that need them share one binary.
func TestRealProcesses(t *testing.T) {
	dwsync := build(t)
	t.Run("random kills", func(t *testing.T) { testRandomKills(t, dwsync) })
	t.Run("two pushes at once", func(t *testing.T) { testTwoPushes(t, dwsync) })
	t.Run("terminated", func(t *testing.T) { testTerminated(t, dwsync) })
}

// build makes the real binary.
func build(t *testing.T) string {
	t.Helper()
	dwsync := filepath.Join(t.TempDir(), "dwsync")
	if output, err := exec.Command("go", "build", "-o", dwsync, ".").CombinedOutput(); err != nil {
		t.Fatalf("build dwsync: %v\n%s", err, output)
	}
	return dwsync
}

// machine is a served emulator, and a home that all processes of a test share, so that they meet at the same lock.
type machine struct {
	t       *testing.T
	dwsync  string
	address string
	home    string
	// nodes are the names of the nodes of its project.
	nodes []string
}

func newMachine(t *testing.T, dwsync string, deploymentTime time.Duration) *machine {
	t.Helper()
	m := &machine{t: t, dwsync: dwsync, home: t.TempDir()}
	served := exec.Command(m.dwsync, "emulator", "--listen", "127.0.0.1:0", "--deployment-time", deploymentTime.String())
	served.Env = m.env()
	stdout, err := served.StdoutPipe()
	check(t, err)
	check(t, served.Start())
	t.Cleanup(func() { _ = served.Process.Kill(); _ = served.Wait() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	check(t, err)
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on http://")
	if !ok {
		t.Fatalf("the emulator says %q", line)
	}
	m.address = address
	return m
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (m *machine) env() []string {
	return []string{
		"HOME=" + m.home, "XDG_CACHE_HOME=" + m.home, "TMPDIR=" + m.home, "PATH=" + os.Getenv("PATH"),
		"ALIBABA_CLOUD_ACCESS_KEY_ID=dwsync", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=dwsync",
	}
}

// process is a running dwsync.
type process struct {
	*exec.Cmd
	output bytes.Buffer
	done   chan error
}

func (m *machine) start(dir string, args ...string) *process {
	m.t.Helper()
	p := &process{Cmd: exec.Command(m.dwsync, args...), done: make(chan error, 1)}
	p.Dir, p.Env, p.Stdout, p.Stderr = dir, m.env(), &p.output, &p.output
	check(m.t, p.Start())
	m.t.Cleanup(func() { _ = p.Process.Kill() })
	go func() { p.done <- p.Wait() }()
	return p
}

// wait waits for the end and gives the exit code, -1 for a killed process.
func (p *process) wait(t *testing.T) int {
	t.Helper()
	select {
	case err := <-p.done:
		p.done <- err
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return exit.ExitCode()
		}
		check(t, err)
		return 0
	case <-time.After(2 * time.Minute):
		t.Fatalf("%s does not end:\n%s", p, p.output.String())
		return 0
	}
}

func (m *machine) run(dir string, args ...string) (int, string) {
	m.t.Helper()
	p := m.start(dir, args...)
	return p.wait(m.t), p.output.String()
}

// push are the arguments of a push to an emulator, whose reads are settled at once.
func push() []string { return []string{"push", "--yes", "--settle", "300ms"} }

// calls gives the number of calls of an action that the emulator got.
func (m *machine) calls(action string) int {
	m.t.Helper()
	response, err := http.Get("http://" + m.address + "/_emulator/calls")
	check(m.t, err)
	defer response.Body.Close()
	var calls struct{ ByAction map[string]int }
	check(m.t, json.NewDecoder(response.Body).Decode(&calls))
	return calls.ByAction[action]
}

func (m *machine) await(action string) {
	m.t.Helper()
	for range 3000 {
		if m.calls(action) > 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	m.t.Fatalf("nobody calls %s", action)
}

const shopFolder = "业务流程/shop/MaxCompute/dwd"

// project makes a repository with a commit of a few jobs, in a directory of its own.
func (m *machine) project() string {
	m.t.Helper()
	dir := filepath.Join(m.t.TempDir(), "project")
	m.write(dir, "dwsync.yaml", fmt.Sprintf("version: 1\ntargets:\n  dev:\n    region: cn-shanghai\n    endpoint: %q\n    projectId: 10000\n    limits: [{actions: ['*'], perSecond: 1000}]\n", m.address))
	m.write(dir, "业务流程/shop/business.yaml", "description: a shop\n")
	m.node(dir, "a", "SELECT 1;\n", "_root")
	for _, name := range []string{"b", "c", "d"} {
		m.node(dir, name, "SELECT '"+name+"';\n", ".a")
	}
	_, err := gogit.PlainInit(dir, false)
	check(m.t, err)
	m.commit(dir, "the shop's first jobs")
	return dir
}

func (m *machine) node(dir, name, sql, input string) {
	m.nodes = append(m.nodes, name)
	m.write(dir, shopFolder+"/"+name+".sql", sql)
	m.write(dir, shopFolder+"/"+name+".node.yaml",
		"fileType: ODPS_SQL\nautoParsing: false\nnodeConfiguration:\n  cronExpress: 00 30 00 * * ?\n  inputList:\n    - ${project}"+input+"\n  outputList:\n    - ${project}."+name+"\n    - ${project}.t_"+name+"\n")
}

func (m *machine) write(dir, name, text string) {
	m.t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	check(m.t, os.MkdirAll(filepath.Dir(file), 0o755))
	check(m.t, os.WriteFile(file, []byte(text), 0o644))
}

func (m *machine) commit(dir, message string) {
	m.t.Helper()
	repo, err := gogit.PlainOpen(dir)
	check(m.t, err)
	tree, err := repo.Worktree()
	check(m.t, err)
	for _, name := range []string{"dwsync.yaml", "业务流程"} {
		_, err = tree.Add(name)
		check(m.t, err)
	}
	who := &object.Signature{Name: "小李", Email: "li@example.com", When: time.Now().Add(-time.Second)}
	_, err = tree.Commit(message, &gogit.CommitOptions{Author: who, Committer: who})
	check(m.t, err)
}

// clone makes a fresh clone of a repository.
func (m *machine) clone(dir string) string {
	m.t.Helper()
	to := filepath.Join(m.t.TempDir(), "clone")
	_, err := gogit.PlainClone(to, false, &gogit.CloneOptions{URL: dir})
	check(m.t, err)
	return to
}

// wantReleased wants each node to be there once, with that many versions, the newest in production, and as many submits and deployments in all.
func (m *machine) wantReleased(dir string, versions map[string]int) {
	m.t.Helper()
	if code, output := m.run(dir, "diff"); code != 0 {
		m.t.Errorf("after the push a diff ends with %d:\n%s", code, output)
	}
	client, err := dataworks.Open(dataworks.Options{
		Endpoint: m.address, Region: "cn-shanghai", Project: dataworks.ProjectRef{ID: "10000"}, Credentials: dataworks.AccessKey("dwsync", "dwsync", ""),
	})
	check(m.t, err)
	ctx, total := context.Background(), 0
	for _, name := range m.nodes {
		id, err := client.FindFile(ctx, model.FileKey(shopFolder, name, 10))
		check(m.t, err)
		found, err := client.ListFileVersions(ctx, id)
		check(m.t, err)
		inProduction := false
		for _, v := range found {
			inProduction = inProduction || v.IsCurrentProd && v.Number == versions[name]
		}
		if len(found) != versions[name] || !inProduction {
			m.t.Errorf("%s has %d versions, want %d; the newest is in production: %v", name, len(found), versions[name], inProduction)
		}
		total += versions[name]
	}
	for _, action := range []string{"SubmitFile", "DeployFile"} {
		if calls := m.calls(action); calls != total {
			m.t.Errorf("%d calls of %s for %d versions", calls, action, total)
		}
	}
	m.wantTidy(dir)
}

// wantTidy wants nothing to be left of what killed processes were writing.
func (m *machine) wantTidy(dir string) {
	m.t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, ".dwsync"))
	check(m.t, err)
	for _, entry := range entries {
		if name := entry.Name(); name != "dev.state.db" {
			m.t.Errorf(".dwsync/%s is left behind", name)
		}
	}
}

// killUntilDone runs push and kills it at random moments within span, then in the same directory or in a fresh clone again, and lets the last run end.
// It gives the directory of that run.
func (m *machine) killUntilDone(random *rand.Rand, dir string, kills int, span time.Duration) string {
	m.t.Helper()
	clone := func(dir string) string {
		if random.IntN(2) == 0 {
			return m.clone(dir)
		}
		return dir
	}
	return m.killAndRun(random, dir, kills, span, clone, push()...)
}

// wantPullsSurvive pulls the workspace into an empty tree, once undisturbed and once killed at random moments, and wants the same tree.
func (m *machine) wantPullsSurvive(random *rand.Rand, config string, kills int, span time.Duration) {
	m.t.Helper()
	empty := func() string {
		dir := filepath.Join(m.t.TempDir(), "tree")
		m.write(dir, "dwsync.yaml", config)
		return dir
	}
	undisturbed, killed := empty(), empty()
	same := func(dir string) string { return dir }
	m.killAndRun(random, undisturbed, 0, span, same, "pull")
	m.killAndRun(random, killed, kills, span, same, "pull")
	for _, name := range m.nodes {
		for _, ending := range []string{".sql", ".node.yaml"} {
			file := filepath.Join(filepath.FromSlash(shopFolder), name+ending)
			want, err := os.ReadFile(filepath.Join(undisturbed, file))
			check(m.t, err)
			got, err := os.ReadFile(filepath.Join(killed, file))
			if err != nil || !bytes.Equal(got, want) {
				m.t.Errorf("%s: %v, holds\n%s\nwant\n%s", file, err, got, want)
			}
		}
	}
	m.wantTidy(killed)
	if code, output := m.run(killed, "diff"); code != 0 {
		m.t.Errorf("after the pull a diff ends with %d:\n%s", code, output)
	}
}

// killAndRun runs a command and kills it at random moments within span, each time going on in the directory that next gives, and lets the last run end.
func (m *machine) killAndRun(random *rand.Rand, dir string, kills int, span time.Duration, next func(string) string, command ...string) string {
	m.t.Helper()
	var told []string
	for range kills {
		after := time.Duration(random.Int64N(int64(span)))
		p := m.start(dir, command...)
		time.Sleep(after)
		_ = p.Process.Kill()
		p.wait(m.t)
		told = append(told, fmt.Sprintf("in %s, killed after %s:\n%s", dir, after, p.output.String()))
		dir = next(dir)
	}
	if code, output := m.run(dir, command...); code != 0 {
		m.t.Errorf("the last %s ends with %d:\n%s", command[0], code, output)
	}
	m.t.Cleanup(func() {
		if m.t.Failed() {
			m.t.Log(strings.Join(told, "\n"))
		}
	})
	return dir
}

// A push that is killed again and again, at moments that nobody chose, ends where an undisturbed one ends.
func testRandomKills(t *testing.T, dwsync string) {
	random := testsize.Random(t)
	const killsInRound = 3
	rounds := testsize.Of(2, 20)
	t.Run("rounds", func(t *testing.T) {
		for round := range rounds {
			chance := rand.New(rand.NewPCG(random.Uint64(), 0))
			t.Run(fmt.Sprint(round+1), func(t *testing.T) {
				t.Parallel()
				m := newMachine(t, dwsync, 300*time.Millisecond)
				dir := m.killUntilDone(chance, m.project(), killsInRound, 2*time.Second)
				versions := map[string]int{"a": 1, "b": 1, "c": 1, "d": 1}
				m.wantReleased(dir, versions)

				m.write(dir, shopFolder+"/a.sql", "SELECT 'one';\n")
				m.write(dir, shopFolder+"/c.sql", "SELECT 'see';\n")
				m.node(dir, "e", "SELECT 'e';\n", ".c")
				m.commit(dir, "changes")
				dir = m.killUntilDone(chance, dir, killsInRound, 2*time.Second)
				versions["a"], versions["c"], versions["e"] = 2, 2, 1
				m.wantReleased(dir, versions)

				config, err := os.ReadFile(filepath.Join(dir, "dwsync.yaml"))
				check(t, err)
				m.wantPullsSurvive(chance, string(config), killsInRound, 150*time.Millisecond)
			})
		}
	})
	t.Logf("%d kills", 3*killsInRound*rounds)
}

// Of two pushes to one workspace from two clones one works, the other says who does and since when; a killed one holds nothing any more. A diff waits for nobody.
func testTwoPushes(t *testing.T, dwsync string) {
	m := newMachine(t, dwsync, 4*time.Second)
	first := m.project()
	second := m.clone(first)
	winner := m.start(first, push()...)
	m.await("SubmitFile")

	code, output := m.run(second, push()...)
	holder := regexp.MustCompile(`process (\d+) on \S+, since (\S+),`).FindStringSubmatch(output)
	if code != 1 || holder == nil {
		t.Fatalf("the second push ends with %d:\n%s", code, output)
	}
	if since, err := time.Parse(time.RFC3339, holder[2]); err != nil || time.Since(since) > time.Minute || holder[1] != fmt.Sprint(winner.Process.Pid) {
		t.Errorf("the holder is %q, want process %d since some seconds", holder[0], winner.Process.Pid)
	}
	for name, dir := range map[string]string{"the pushed directory": first, "a clone": second} {
		if code, output := m.run(dir, "diff"); code != 2 {
			t.Errorf("a diff in %s beside the push ends with %d:\n%s", name, code, output)
		}
	}
	select {
	case <-winner.done:
		t.Fatalf("the first push ended before the second was looked at:\n%s", winner.output.String())
	default:
	}

	check(t, winner.Process.Kill())
	if code := winner.wait(t); code != -1 {
		t.Fatalf("the first push ended by itself with %d:\n%s", code, winner.output.String())
	}
	if code, output := m.run(second, push()...); code != 0 {
		t.Fatalf("after the kill the second push ends with %d:\n%s", code, output)
	}
	m.wantReleased(second, map[string]int{"a": 1, "b": 1, "c": 1, "d": 1})
}

// SIGTERM does what Ctrl-C does: the first ends the run once the running calls are done, the second at once; the next run goes on.
func testTerminated(t *testing.T, dwsync string) {
	for name, signals := range map[string][]os.Signal{"once": {syscall.SIGTERM}, "twice": {syscall.SIGTERM, os.Interrupt}} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, dwsync, time.Second)
			dir := m.project()
			p := m.start(dir, push()...)
			m.await("SubmitFile")
			began := time.Now()
			for _, signal := range signals {
				if err := p.Process.Signal(signal); !errors.Is(err, os.ErrProcessDone) {
					check(t, err)
				}
			}
			if code := p.wait(t); code != 130 || !strings.Contains(p.output.String(), "interrupted") {
				t.Errorf("it ends with %d:\n%s", code, p.output.String())
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it went on for %s", took)
			}
			if code, output := m.run(dir, push()...); code != 0 {
				t.Errorf("the next push ends with %d:\n%s", code, output)
			}
			m.wantReleased(dir, map[string]int{"a": 1, "b": 1, "c": 1, "d": 1})
		})
	}
}
