//go:build linux && !race

package base

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dwsync/dwsync/internal/testsize"
	"github.com/dwsync/dwsync/pkg/model"
)

// How much it costs to settle drifted files in a long history is held against git itself, which has to read the same: `git log -- <their paths>`, in the same
// run, and without the race detector, which would slow down only one of them. Both are processes of their own, so that the system counts their time and their memory.

// These tell the child what to settle.
const (
	repositoryOfChild = "DWSYNC_TEST_SETTLE_REPOSITORY"
	firstOfChild      = "DWSYNC_TEST_SETTLE_FIRST_COMMIT"
	nodesOfChild      = "DWSYNC_TEST_SETTLE_FOLDERS"
	driftedNodes      = 20
)

// longHistory is a repository on disk of many commits, some of them merges, each of which changes one of many nodes.
type longHistory struct {
	dir                         string
	folders, perFolder, commits int
}

func (h longHistory) key(i int) model.Key {
	return model.FileKey(model.FolderPath(fmt.Sprintf("业务流程/shop/MaxCompute/f%03d", i/h.perFolder)), fmt.Sprintf("n%05d", i), 10)
}

// make writes the repository by git fast-import. Every tenth commit is a merge of a branch of one commit.
func (h longHistory) make(t *testing.T) {
	t.Helper()
	run(t, h.dir, "git", "init", "-q", "-b", "main")
	load := exec.Command("git", "-C", h.dir, "-c", "core.ignoreCase=false", "fast-import", "--quiet")
	stdin, err := load.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := load.Start(); err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(stdin)
	file := func(name, text string) {
		fmt.Fprintf(w, "M 644 inline %q\ndata %d\n%s\n", name, len(text), text)
	}
	nodes, now := h.folders*h.perFolder, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	commit := func(n int, parents ...int) {
		fmt.Fprintf(w, "commit refs/heads/main\nmark :%d\ncommitter L <l@example.com> %d +0000\ndata 10\none change\n", n, now+int64(n)*60)
		for i, p := range parents {
			fmt.Fprintf(w, "%s :%d\n", []string{"from", "merge"}[min(i, 1)], p)
		}
	}
	commit(1)
	file("dwsync.yaml", projectYAML)
	file("业务流程/shop/business.yaml", "")
	for i := range nodes {
		file(h.key(i).String()+".sql", fmt.Sprintf("select %d, 0;\n", i))
		file(h.key(i).String()+".node.yaml", "fileType: ODPS_SQL\n")
	}
	change := func(n int) {
		i := n * 7919 % nodes
		file(h.key(i).String()+".sql", fmt.Sprintf("select %d, %d;\n", i, n))
	}
	last := 1
	for n := 2; n <= h.commits; n++ {
		if n%10 == 0 && n+2 <= h.commits {
			commit(n, last)
			change(n)
			commit(n+1, last)
			change(n + 1)
			commit(n+2, n, n+1)
			change(n + 1)
			n += 2
		} else {
			commit(n, last)
			change(n)
		}
		last = n
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if err := load.Wait(); err != nil {
		t.Fatal(err)
	}
}

func output(t *testing.T, dir string, name string, args ...string) string {
	t.Helper()
	c := exec.Command(name, args...)
	c.Dir = dir
	text, err := c.Output()
	if err != nil {
		t.Fatalf("%s %s: %v", name, strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(text))
}

func run(t *testing.T, dir string, name string, args ...string) *os.ProcessState {
	t.Helper()
	c := exec.Command(name, args...)
	c.Dir = dir
	if output, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, output)
	}
	return c.ProcessState
}

func TestSettlingCostsLikeGitLog(t *testing.T) {
	if dir := os.Getenv(repositoryOfChild); dir != "" {
		settleInChild(t, dir)
		return
	}
	const most = 300 << 20 // bytes
	commits, nodes := testsize.Of(300, 5000), testsize.Of(1000, 10_000)
	for _, c := range []struct {
		name    string
		folders int
		ratio   float64
	}{{"folders of 200", nodes / 200, 8}, {"one folder", 1, 1}} {
		t.Run(c.name, func(t *testing.T) {
			h := longHistory{dir: t.TempDir(), folders: c.folders, perFolder: nodes / c.folders, commits: commits}
			h.make(t)
			var paths []string
			for i := range driftedNodes {
				paths = append(paths, h.drifted(i).String()+".sql", h.drifted(i).String()+".node.yaml")
			}
			first := output(t, h.dir, "git", "rev-list", "--max-parents=0", "main")
			var gits, ours []time.Duration
			var peak int64
			for range 3 {
				log := run(t, h.dir, "git", append([]string{"log", "--format=%H", "--"}, paths...)...)
				gits = append(gits, log.UserTime()+log.SystemTime())
				child := exec.Command(os.Args[0], "-test.run", "^TestSettlingCostsLikeGitLog$", "-test.v")
				child.Env = append(os.Environ(), repositoryOfChild+"="+h.dir, firstOfChild+"="+first, fmt.Sprintf("%s=%d %d", nodesOfChild, h.folders, h.perFolder))
				output, err := child.CombinedOutput()
				if err != nil {
					t.Fatalf("%v\n%s", err, output)
				}
				var took time.Duration
				for line := range strings.Lines(string(output)) {
					if text, found := strings.CutPrefix(line, settledIn); found {
						if took, err = time.ParseDuration(strings.TrimSpace(text)); err != nil {
							t.Fatal(err)
						}
					}
				}
				if took == 0 {
					t.Fatalf("the child does not say how long it took:\n%s", output)
				}
				ours = append(ours, took)
				peak = max(peak, child.ProcessState.SysUsage().(*syscall.Rusage).Maxrss<<10)
			}
			slices.Sort(gits)
			slices.Sort(ours)
			// At the size of a sample git may be done before the clock ticks.
			ratio := float64(ours[1]) / float64(max(gits[1], time.Millisecond))
			t.Logf("%d commits, %d nodes: %v of CPU, git %v: %.1f times; %d MB at the peak", commits, nodes, ours[1], gits[1], ratio, peak>>20)
			if ratio > c.ratio {
				t.Errorf("settling takes %.1f times the CPU of git log, more than %.0f", ratio, c.ratio)
			}
			if peak > most {
				t.Errorf("settling takes %d MB, more than %d", peak>>20, int64(most)>>20)
			}
		})
	}
}

// drifted is one of the nodes that somebody changed in the workspace; they lie in many folders.
func (h longHistory) drifted(i int) model.Key {
	return h.key(i * h.folders * h.perFolder / driftedNodes)
}

const settledIn = "settled in "

// settleInChild settles drifted nodes whose floor is the first commit, so that all of history has to be looked at, and prints the CPU time that it took.
func settleInChild(t *testing.T, dir string) {
	var h longHistory
	if _, err := fmt.Sscan(os.Getenv(nodesOfChild), &h.folders, &h.perFolder); err != nil {
		t.Fatal(err)
	}
	first := strings.TrimSpace(os.Getenv(firstOfChild))
	before := cpuTime(t)
	git, err := OpenGit(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := newSide(git)
	for i := range driftedNodes {
		o := model.NewObject(h.drifted(i))
		o.Set(model.FieldContent, model.TextValue("console"))
		s.add(o, dirtyMark(first, o))
		s.Keys = append(s.Keys, o.Key)
	}
	bases, err := Resolve(t.Context(), s.Input)
	if err != nil {
		t.Fatal(err)
	}
	took := cpuTime(t) - before
	for _, k := range s.Keys {
		if bases[k].Known || bases[k].Object == nil {
			t.Fatalf("%s: got %v", k, bases[k])
		}
	}
	if err := git.Close(); err != nil {
		t.Fatal(err)
	}
	fmt.Printf("%s%v\n", settledIn, took)
}

func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
