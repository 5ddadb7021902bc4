package cli_test

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/remote"
)

// mark is a value that somebody wrote: of a job, under the name that its code says whatever it is called, and of one of its slots.
type mark struct{ uid, slot, value string }

// job is what one side holds of a job.
type job struct {
	path, code, meta string
	// values are those of its slots: lines of code, fields, its path.
	values map[string]string
	// file, node and production are the workspace's: ids, and the code that production runs.
	file, node, production string
}

// place makes a job's path three of its values: business, folder and name are renamed one by one.
func (j job) place() {
	parts := strings.Split(j.path, "/")
	j.values["business"], j.values["folder"], j.values["name"] = parts[1], path.Join(parts[2:len(parts)-1]...), path.Base(j.path)
}

func (j job) same(other job) bool {
	return j.path == other.path && j.code == other.code && j.meta == other.meta
}

// clone is a clone of the repository.
type clone struct {
	name, dir string
	jobs      map[string]job
	// remembers tells that the state knows the whole workspace.
	remembers bool
	// seen is what stood in the tree at some time, committed what of it the last commit holds.
	seen, committed map[mark]bool
	// trailers are the lines that the next commit is to carry.
	trailers []string
	// mend finishes what a person left half done, nil if nothing is.
	mend func()
}

// rollback is a value that somebody went back to.
type rollback struct {
	from string
	seen map[string]bool
}

// day is a workspace, two clones, and what is known of both.
type day struct {
	*crashWorld
	random    *rand.Rand
	clones    []*clone
	number    int
	everThere map[mark]bool
	// movedHere and movedThere are the places to which somebody moved a job by itself, in a clone or in the console. To all other places it came with what it
	// stood in.
	movedHere, movedThere map[mark]bool
	rollbacks             map[mark]*rollback
	// pushed are the values that the last push which wrote a job gave to its slots.
	pushed  map[mark]string
	story   []string
	console *dataworks.Client
}

func (d *day) oneIn(n int) bool           { return d.random.IntN(n) == 0 }
func (d *day) often() bool                { return d.oneIn(2) }
func (d *day) pick(from ...string) string { return from[d.random.IntN(len(from))] }
func (d *day) other(c *clone) *clone      { return d.clones[1-slices.Index(d.clones, c)] }
func (d *day) tell(c *clone, what string) { d.say(c.name + ": " + what) }
func (d *day) say(what string)            { d.story = append(d.story, what) }
func (d *day) fresh(letter string) string { d.number++; return fmt.Sprintf("%s%d", letter, d.number) }
func (c *clone) path(name string) string  { return filepath.Join(c.dir, filepath.FromSlash(name)) }
func indented(text string) string         { return "    " + strings.ReplaceAll(text, "\n", "\n    ") }

// forget loses what the clone remembers.
func (c *clone) forget() {
	c.remembers = false
	_ = os.RemoveAll(filepath.Join(c.dir, ".dwsync"))
}

// container stands for whatever lies in a business or folder, in marks of these; containers are their slots.
const container = "container"

var containers = []string{"business", "folder"}

// noteMove notes in marks what is new of a job's place.
func noteMove(marks map[mark]bool, uid, from, to string) {
	was, is := job{path: from, values: map[string]string{}}, job{path: to, values: map[string]string{}}
	was.place()
	is.place()
	for slot, value := range is.values {
		if was.values[slot] != value {
			marks[mark{uid, slot, value}] = true
		}
	}
}

// see notes what a clone has seen of a job.
func (c *clone) see(uid string, j job) {
	for slot, value := range j.values {
		c.seen[mark{uid, slot, value}] = true
	}
	for _, slot := range containers {
		c.seen[mark{container, slot, j.values[slot]}] = true
	}
}

// newDay makes a repository with some jobs, pushes it, and clones it.
func newDay(t *testing.T, dir string, random *rand.Rand) *day {
	a := &clone{name: "A", dir: filepath.Join(dir, "a"), seen: map[mark]bool{}}
	b := &clone{name: "B", dir: filepath.Join(dir, "b"), seen: map[mark]bool{}}
	d := &day{crashWorld: newCrashWorld(t, a.dir, nil, emulator.Standard), random: random, clones: []*clone{a, b}, everThere: map[mark]bool{}, movedHere: map[mark]bool{}, movedThere: map[mark]bool{}, rollbacks: map[mark]*rollback{}, pushed: map[mark]string{}}
	console, err := dataworks.Open(dataworks.Options{
		Endpoint: "127.0.0.1:1", Region: "cn-shanghai", Project: dataworks.ProjectRef{ID: "10000"},
		Credentials: dataworks.AccessKey(markedID, markedSecret, markedToken), Transport: d.server.Transport(),
	})
	must(t, err)
	d.console = console
	write(t, a.path("dwsync.yaml"), "version: 1\ntargets:\n  dev: {region: cn-shanghai, endpoint: \"127.0.0.1:1\", projectId: 10000}\n")
	write(t, a.path(".gitignore"), ".dwsync/\n")
	write(t, a.path("业务流程/shop/business.yaml"), "description: a shop\n")
	for range 5 {
		d.newJob(a, "业务流程/shop/MaxCompute/"+d.pick("dwd", "ads"))
	}
	d.git(a, "init", "-q", "-b", "main")
	d.commit(a)
	if code, output := d.run("push", "--yes"); code != 0 {
		t.Fatalf("%d\n%s", code, output)
	}
	time.Sleep(time.Minute)
	d.git(a, "clone", "-q", a.dir, b.dir)
	b.look(t)
	b.committed = maps.Clone(b.seen)
	d.notePushed(nil, d.look())
	return d
}

// git runs git in a clone, at the bubble's time, and gives what it says and whether it succeeded.
func (d *day) git(c *clone, args ...string) (string, bool) {
	command := exec.Command("git", args...)
	command.Dir = c.dir
	at := time.Now().UTC().Format(time.RFC3339)
	command.Env = append(os.Environ(), "GIT_AUTHOR_DATE="+at, "GIT_COMMITTER_DATE="+at, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME="+c.name, "GIT_COMMITTER_NAME="+c.name, "GIT_AUTHOR_EMAIL=x@example.com", "GIT_COMMITTER_EMAIL=x@example.com")
	output, err := command.CombinedOutput()
	return string(output), err == nil
}

func (d *day) has(c *clone, revision string) bool {
	_, found := d.git(c, "rev-parse", "-q", "--verify", revision)
	return found
}

// commit commits all that a clone has.
func (d *day) commit(c *clone) {
	if c.mend != nil {
		c.mend()
		c.mend = nil
	}
	c.resolve(d)
	c.look(d.t)
	d.git(c, "add", "-A")
	message := "what changed"
	if len(c.trailers) > 0 {
		message += "\n\n" + strings.Join(c.trailers, "\n")
	}
	if _, done := d.git(c, "commit", "-q", "-m", message); done {
		d.tell(c, "commits "+strings.Join(c.trailers, ", "))
		c.trailers = nil
	}
	c.committed = maps.Clone(c.seen)
	time.Sleep(time.Minute)
}

// merge brings what another clone has committed into a clone; where git cannot, nothing is done.
func (d *day) merge(c, from *clone) {
	d.commit(c)
	output, done := d.git(c, "pull", "-q", "--no-rebase", "--no-edit", from.dir, "HEAD")
	if !done {
		d.git(c, "merge", "--abort")
		d.tell(c, "could not merge "+from.name+": "+output)
		return
	}
	if !c.isWhole() {
		d.git(c, "reset", "-q", "--hard", "ORIG_HEAD")
		d.tell(c, "takes the merge back: git made two files of one, or half of one")
		return
	}
	d.tell(c, "merges "+from.name)
	maps.Copy(c.seen, from.committed)
	for m, r := range d.rollbacks {
		if r.seen[from.name] && from.committed[m] {
			r.seen[c.name] = true
		}
	}
	c.look(d.t)
	c.committed = maps.Clone(c.seen)
	time.Sleep(time.Minute)
}

// isWhole tells whether the tree has each job once, with both of its files. Git does not know that two new files were one.
func (c *clone) isWhole() bool {
	uids := map[string]bool{}
	err := fs.WalkDir(os.DirFS(c.dir), ".", func(name string, e fs.DirEntry, err error) error {
		stem, isCode := strings.CutSuffix(name, ".sql")
		if err != nil || !isCode {
			return err
		}
		if _, err := os.Stat(c.path(stem + ".node.yaml")); err != nil {
			return err
		}
		code, err := os.ReadFile(c.path(name))
		uid := markedLine.FindStringSubmatch(string(code))
		if err != nil || uid == nil || uids[uid[2]] {
			return fs.ErrExist
		}
		uids[uid[2]] = true
		return nil
	})
	return err == nil
}

var (
	markedLine = regexp.MustCompile(`(?m)^-- (\w+) (\S+)$`)
	markedKeys = regexp.MustCompile(`(?m)^ *(fileDescription|cronExpress|paraValue): (.*)$`)
	conflicts  = regexp.MustCompile(`(?ms)^<<<<<<<[^\n]*\n(.*?)^=======\n(.*?)^>>>>>>>[^\n]*\n`)
)

// look reads a clone's tree.
func (c *clone) look(t *testing.T) {
	t.Helper()
	c.jobs = map[string]job{}
	must(t, fs.WalkDir(os.DirFS(c.dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".sql") {
			return err
		}
		code, err := os.ReadFile(c.path(name))
		must(t, err)
		j := job{path: strings.TrimSuffix(name, ".sql"), code: string(code), values: map[string]string{}}
		meta, err := os.ReadFile(c.path(j.path + ".node.yaml"))
		must(t, err)
		j.meta = string(meta)
		for _, m := range markedLine.FindAllStringSubmatch(j.code, -1) {
			j.values[m[1]] = m[2]
			c.seen[mark{markedLine.FindStringSubmatch(j.code)[2], m[1], m[2]}] = true
		}
		for _, m := range markedKeys.FindAllStringSubmatch(j.meta, -1) {
			j.values[m[1]] = m[2]
		}
		j.place()
		uid := markedLine.FindStringSubmatch(j.code)[2]
		if other, twice := c.jobs[uid]; twice {
			t.Errorf("the tree of %s has %s twice, as %s and %s", c.name, uid, other.path, j.path)
		}
		c.jobs[uid] = j
		c.see(uid, j)
		return nil
	}))
}

// note keeps what the next commit is to say, and which roll backs the tree has taken.
func (c *clone) note(d *day, output string) {
	for line := range strings.Lines(output) {
		if strings.HasPrefix(line, "Dwsync-Merged: ") {
			c.trailers = append(c.trailers, strings.TrimSpace(line))
		}
	}
	for m, r := range d.rollbacks {
		if c.jobs[m.uid].values[m.slot] == m.value {
			r.seen[c.name] = true
		}
	}
}

// resolve decides conflicts: this side, that side, or both.
func (c *clone) resolve(d *day) {
	c.look(d.t)
	for _, uid := range slices.Sorted(maps.Keys(c.jobs)) {
		if j := c.jobs[uid]; strings.Contains(j.code, "<<<<<<<") {
			write(d.t, c.path(j.path+".sql"), conflicts.ReplaceAllString(j.code, d.pick("$1", "$2")))
			d.tell(c, "resolves "+j.path)
		}
	}
	c.look(d.t)
}

// look reads the workspace.
func (d *day) look() map[string]job {
	d.t.Helper()
	workspace, err := remote.Read(d.t.Context(), d.console, remote.Options{})
	must(d.t, err)
	jobs := map[string]job{}
	for k, r := range workspace.Objects {
		if !k.Kind.IsFile() {
			continue
		}
		o := r.Object
		j := job{path: string(k.Path()), code: o.Text(model.FieldContent), file: string(r.FileID), node: string(r.NodeID), values: map[string]string{}}
		for _, m := range markedLine.FindAllStringSubmatch(j.code, -1) {
			j.values[m[1]] = m[2]
		}
		j.values["fileDescription"], j.values["cronExpress"], j.values["paraValue"] = o.Text(model.FieldFileDescription), o.Text(model.FieldCronExpress), o.Text(model.FieldParaValue)
		j.place()
		uid := j.values["job"]
		if other, twice := jobs[uid]; twice {
			d.t.Errorf("the workspace has %s twice, as %s and %s", uid, other.path, j.path)
		}
		if j.node != "" {
			if code, err := d.console.GetNodeCode(d.t.Context(), r.NodeID, "PROD"); err == nil {
				j.production = code
			}
		}
		jobs[uid] = j
		for slot, value := range j.values {
			d.everThere[mark{uid, slot, value}] = true
		}
		for _, slot := range containers {
			d.everThere[mark{container, slot, j.values[slot]}] = true
		}
	}
	return jobs
}

// anyPath gives the path of a job that a clone or the workspace has.
func (d *day) anyPath(c *clone) string {
	c.look(d.t)
	if uids := slices.Sorted(maps.Keys(c.jobs)); len(uids) > 0 {
		return c.jobs[d.pick(uids...)].path
	}
	return path.Join("业务流程", "shop")
}
