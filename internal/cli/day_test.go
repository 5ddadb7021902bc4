package cli_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dwsync/dwsync/internal/testsize"
	"github.com/dwsync/dwsync/pkg/diff"
)

// Days in the life of a workspace: two clones of one repository, and the web console. Whatever each of them does, in whatever order, and wherever dwsync is
// killed, the promises of the design's sections 1 and 6 hold after every step. Every value that anybody writes is another one, so that it is known whose it was
// and who has seen it.

// TestDays plays random days.
func TestDays(t *testing.T) {
	isolate(t)
	random := testsize.Random(t)
	for i := range testsize.Of(4, 150) {
		seed := random.Uint64()
		t.Run(fmt.Sprint(i+1), func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				d := newDay(t, dir, rand.New(rand.NewPCG(seed, 0)))
				for range testsize.Of(25, 40) {
					if d.step(); t.Failed() {
						t.Fatalf("the day so far:\n%s", strings.Join(d.story, "\n"))
					}
				}
			})
		})
	}
}

// step is something that somebody does.
func (d *day) step() {
	c := d.clones[d.random.IntN(len(d.clones))]
	switch n := d.random.IntN(100); {
	case n < 30:
		d.here(c)
	case n < 50:
		d.there()
	case n < 60:
		d.commit(c)
		if d.often() {
			d.merge(c, d.other(c))
		}
	default:
		d.dwsync(c)
	}
}

// dwsync runs one of the commands.
func (d *day) dwsync(c *clone) {
	if d.oneIn(6) {
		c.forget()
		d.tell(c, "loses .dwsync")
	}
	if d.oneIn(2) {
		d.commit(c)
	}
	var args []string
	switch n := d.random.IntN(10); {
	case n < 2:
		args = []string{"diff"}
	case n < 6:
		args = []string{"push", "--yes", "--max-delete", "9"}
		if d.oneIn(4) {
			args = append(args, "--prune")
		}
	case n < 9:
		args = []string{"pull", "--max-delete", "9"}
	default:
		args = []string{"deploy", "--yes"}
	}
	settles := ""
	switch n := d.random.IntN(12); {
	case n == 0 && d.has(c, "HEAD~1"):
		args = append(args, "--since", "HEAD~1")
	case n < 4:
		path := d.anyPath(c)
		args = append(args, "--select", path)
		if args[0] == "pull" && d.often() {
			settles = d.pick("--ours", "--theirs")
			args = append(args, settles)
		}
	}
	if d.oneIn(5) {
		d.killed(c, args)
	}
	before := d.look()
	code, output := d.command(c, &process{}, args)
	d.settled(c, args, code, output, before)
}

// killed runs a command that is killed at one of its first calls, or writes of files.
func (d *day) killed(c *clone, args []string) {
	p := &process{}
	if d.oneIn(3) {
		p.write, p.after = 1+d.random.IntN(12), d.often()
	} else {
		p.at, p.what = 1+d.random.IntN(80), trouble(d.pick(string(killBefore), string(killAfter)))
	}
	d.command(c, p, args)
}

// command runs a command and holds it to what is promised of every command, also of one that is killed.
func (d *day) command(c *clone, p *process, args []string) (code int, output string) {
	d.t.Helper()
	c.look(d.t)
	before, tree, writes := d.look(), c.jobs, writesOf(d.server)
	d.dir = c.dir
	remembers := c.remembers
	code, output = d.start(p, args...)
	dead := p.dead
	where := fmt.Sprintf("dwsync %s", strings.Join(args, " "))
	if dead {
		where += " (killed)"
	}
	d.tell(c, fmt.Sprintf("%s: %d\n%s", where, code, indented(output)))
	time.Sleep(time.Minute)
	c.look(d.t)
	after := d.look()
	c.note(d, output)
	if isWhole := !slices.ContainsFunc(args, func(a string) bool { return a == "--select" || a == "--since" }); isWhole && !dead && code == 0 && (args[0] == "push" || args[0] == "pull") {
		c.remembers = true
	}

	if strings.Contains(output, "panic") || strings.Contains(output, "goroutine ") {
		d.t.Errorf("a panic")
	}
	// What a selection leaves out may be needed, which is an error that names it.
	isPart := slices.ContainsFunc(args, func(a string) bool { return a == "--select" || a == "--since" }) &&
		slices.ContainsFunc([]string{"is not selected", "which is not submitted and not part of this push", "nothing in the tree or the workspace matches it"},
			func(said string) bool { return strings.Contains(output, said) })
	if !dead && !slices.Contains(codesOf(args[0]), code) && !(code == 1 && isPart) {
		d.t.Errorf("%s ends with %d", where, code)
	}
	if args[0] == "diff" || args[0] == "pull" {
		if n := writesOf(d.server) - writes; n > 0 {
			d.t.Errorf("%s makes %d writes", where, n)
		}
	}
	if args[0] != "pull" {
		if !maps.EqualFunc(tree, c.jobs, func(a, b job) bool { return a.same(b) }) {
			d.t.Errorf("%s changes the tree", where)
		}
	}
	d.wantNothingLostThere(c, args, before, after, remembers)
	if args[0] == "push" {
		d.notePushed(before, after)
	}
	d.wantNothingLostHere(c, args, tree, c.jobs, remembers)
	d.wantSameNodes(before, after)
	d.wantReleasedWasRead(c, before, after)
	if slices.Contains(args, "--ours") && code == 0 {
		for uid, j := range before {
			if slices.Contains(args, c.jobs[uid].path) || slices.Contains(args, j.path) {
				c.see(uid, j)
			}
		}
	}
	return code, output
}

// codesOf are the exit codes that a command may end with here: no quota is set, nobody interrupts, and no command is wrong.
func codesOf(command string) []int {
	switch command {
	case "diff":
		return []int{0, 2, 3, 5}
	case "pull":
		return []int{0, 3, 5}
	default:
		return []int{0, 3, 4, 5}
	}
}

// wantNothingLostThere wants every value of the workspace that a command of a clone replaced, or took away, to be one that the clone had seen.
func (d *day) wantNothingLostThere(c *clone, args []string, before, after map[string]job, remembers bool) {
	for uid, was := range before {
		is, there := after[uid]
		if !there && !slices.Contains(args, "--prune") {
			d.t.Errorf("%s (%s) is gone from the workspace", uid, was.path)
		}
		for slot, value := range was.values {
			switch {
			case there && is.values[slot] == value:
			case there && c.seen[mark{container, slot, value}]: // it went along
			case !c.seen[mark{uid, slot, value}]:
				d.t.Errorf("the workspace's %s of %s, %q, is lost: it is %q now, and %s never saw it", slot, uid, value, is.values[slot], c.name)
			case d.unseenRollback(c, uid, slot, value) && (remembers || d.pushed[mark{uid: uid, slot: slot}] != value):
				// Without a memory what was pushed last is known by its mark, whatever somebody did in the console in between.
				d.t.Errorf("somebody rolled the %s of %s back to %q, and %s makes it %q again without having seen that", slot, uid, value, c.name, is.values[slot])
			}
		}
	}
}

// notePushed notes what a push wrote.
func (d *day) notePushed(before, after map[string]job) {
	for uid, is := range after {
		if was, there := before[uid]; there && was.code == is.code {
			continue
		}
		for slot, value := range is.values {
			d.pushed[mark{uid: uid, slot: slot}] = value
		}
	}
}

// unseenRollback tells whether a value is what somebody went back to, from one that the clone knows.
func (d *day) unseenRollback(c *clone, uid, slot, value string) bool {
	r, found := d.rollbacks[mark{uid, slot, value}]
	return found && c.seen[mark{uid, slot, r.from}] && !r.seen[c.name]
}

// wantNothingLostHere wants every value of a tree that a command replaced, or took away, to be one that had been in the workspace.
func (d *day) wantNothingLostHere(c *clone, args []string, before, after map[string]job, remembers bool) {
	if slices.Contains(args, "--theirs") {
		return
	}
	for uid, was := range before {
		is, there := after[uid]
		for slot, value := range was.values {
			switch {
			case there && (is.values[slot] == value || strings.Contains(is.code, " "+value+"\n")), d.everThere[mark{uid, slot, value}]:
				continue
			case slices.Contains(containers, slot) && d.mayGoAlong(uid, slot, value, is, there, remembers):
				continue
			}
			d.t.Errorf("the tree's %s of %s, %q, is lost: it is %q now, and the workspace never had it", slot, uid, value, is.values[slot])
		}
	}
}

// mayGoAlong tells whether a job may leave a business or folder of the tree that the workspace never had it in: nobody moved it there by itself, or what it
// stands in was renamed in the workspace, and it goes along.
func (d *day) mayGoAlong(uid, slot, value string, is job, there, remembers bool) bool {
	isOwn := d.movedHere[mark{uid, slot, value}]
	switch {
	case !there, d.movedThere[mark{uid, slot, is.values[slot]}]:
		return !isOwn
	case !remembers, !d.everThere[mark{uid, "job", uid}]:
		// Without a memory nobody can tell who renamed a business or folder: they have no marks. And what was never pushed goes with what it stands in.
		return true
	default:
		return d.everThere[mark{container, slot, value}]
	}
}

// wantSameNodes wants a file that stays to stay the same file and node.
func (d *day) wantSameNodes(before, after map[string]job) {
	for uid, was := range before {
		if is, there := after[uid]; there && (is.file != was.file || was.node != "" && is.node != was.node) {
			d.t.Errorf("%s was file %s and node %s, and is file %s and node %s", uid, was.file, was.node, is.file, is.node)
		}
	}
}

// wantReleasedWasRead wants what a command brought into production to be what the tree of its clone has.
func (d *day) wantReleasedWasRead(c *clone, before, after map[string]job) {
	for uid, is := range after {
		if is.production != before[uid].production && is.production != c.jobs[uid].code {
			d.t.Errorf("%s was released with %q, and the tree has %q", uid, is.production, c.jobs[uid].code)
		}
	}
}

// settled wants what is promised of a command that nothing happened to.
func (d *day) settled(c *clone, args []string, code int, output string, before map[string]job) {
	d.t.Helper()
	rest := args[1:]
	switch args[0] {
	case "push":
		writes := writesOf(d.server)
		again, _ := d.command(c, &process{}, args)
		if n := writesOf(d.server) - writes; code != 4 && (n > 0 || again != code) {
			d.t.Errorf("a push that ended with %d ends with %d when it is run again, and makes %d writes", code, again, n)
		}
		if code == 0 && !slices.Contains(rest, "--prune") {
			d.dir = c.dir
			looks := append([]string{"diff"}, slices.DeleteFunc(slices.Clone(rest), func(a string) bool { return a == "--yes" || a == "--max-delete" || a == "9" })...)
			if ends, text := d.run(looks...); ends != 0 {
				d.t.Errorf("after a push that ended with 0, %v ends with %d:\n%s", looks, ends, text)
			}
		}
	case "pull":
		if code != 0 || slices.ContainsFunc(rest, func(a string) bool { return a == "--select" || a == "--since" }) {
			c.resolve(d)
			return
		}
		d.dir = c.dir
		_, text := d.run("diff", "--format", "json")
		for _, verdict := range []diff.Verdict{diff.ChangedThere, diff.MadeThere, diff.DeletedThere, diff.Conflict, diff.Unrelated} {
			if strings.Contains(text, fmt.Sprintf("%q: %q", "verdict", verdict)) {
				d.t.Errorf("after a pull that ended with 0 a diff says %q:\n%s", verdict, text)
			}
		}
	}
}
