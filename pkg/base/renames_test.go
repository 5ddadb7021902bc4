package base

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dwsync/dwsync/pkg/model"
	localtree "github.com/dwsync/dwsync/pkg/tree"
)

// job is a node by its path below the engine folder of a shop, for trees of which the places matter. An output of "" is none.
type job struct{ path, content, output string }

func (j job) key() model.Key {
	p := model.FolderPath("业务流程/shop/MaxCompute").Join(j.path)
	if strings.Contains(j.path, "/") {
		p = model.FolderPath("业务流程/shop/MaxCompute/" + j.path)
	}
	return model.FileKey(p.Parent(), p.Base(), 10)
}

func (j job) form() model.Object {
	o := model.NewObject(j.key())
	o.Set(model.FieldContent, model.TextValue(j.content))
	o.Set(model.FieldAutoParsing, model.BoolValue(false))
	if j.output != "" {
		o.Set(model.FieldOutputList, model.SetValue(model.NewItem(j.output)))
	}
	return o
}

// local is the job as a directory has it.
func (j job) local() localtree.Local {
	at := path.Join("业务流程/shop/MaxCompute", j.path)
	return localtree.Local{Object: j.form(), Meta: at + ".node.yaml", Content: at + ".sql"}
}

// jobs is a working tree of nodes.
func jobs(all ...job) files {
	fs := files{"dwsync.yaml": projectYAML, "业务流程/shop/business.yaml": ""}
	for _, j := range all {
		meta := "fileType: ODPS_SQL\nautoParsing: false\n"
		if j.output != "" {
			meta += "nodeConfiguration: {outputList: [" + j.output + "]}\n"
		}
		at := path.Join("业务流程/shop/MaxCompute", j.path)
		fs[at+".sql"], fs[at+".node.yaml"] = j.content, meta
	}
	return fs
}

// renamedThere gives the workspace a job that the tree has under another name.
func (s *side) renamedThere(tree, there job, comments ...string) {
	s.Tree[tree.key()] = tree.form()
	s.Local = map[model.Key]localtree.Local{tree.key(): tree.local()}
	s.add(there.form(), comments...)
	r := s.Remote[there.key()]
	delete(s.Remote, there.key())
	s.Remote[tree.key()] = r
	if there.key() != tree.key() {
		s.Former = map[model.Key][]model.Key{tree.key(): {there.key()}}
	}
}

var longContent = strings.Repeat("SELECT 1 FROM a_table_with_a_long_name;\n", 4)

// A path's versions go on under the names that the object had before, whoever renamed it and how often; a third name in the workspace is held against the one that
// was pushed.
func TestVersionsUnderFormerNames(t *testing.T) {
	other := job{"other", "SELECT 2;", "p.other"}
	for name, c := range map[string]struct {
		history []files
		// tree and there are the two sides, floor the commit of the mark, whose form is pushed.
		tree, there job
		floor       int
		pushed      job
		base        job
		known       bool
	}{
		"renamed here, by its output": {
			[]files{jobs(job{"a", "v1", "p.a"}, other), jobs(job{"b", "v2", "p.a"}, other)},
			job{"b", "v2", "p.a"}, job{"a", "v1", "p.a"}, 0, job{"a", "x", "p.a"}, job{"a", "v1", "p.a"}, true,
		},
		"on both sides, by its output": {
			[]files{jobs(job{"a", "v1", "p.a"}, other), jobs(job{"b", "v2", "p.a"}, other)},
			job{"b", "v2", "p.a"}, job{"c", "v1", "p.a"}, 0, job{"a", "v1", "p.a"}, job{"a", "v1", "p.a"}, false,
		},
		"on both sides, by its content, twice here": {
			[]files{jobs(job{"a", longContent, ""}, other), jobs(job{"b", longContent, ""}, other), jobs(job{"c", longContent, ""}, other)},
			job{"c", longContent, ""}, job{"d", longContent, ""}, 0, job{"a", longContent, ""}, job{"a", longContent, ""}, false,
		},
		"on both sides, and not committed here": {
			[]files{jobs(job{"a", "v1", "p.a"}, other)},
			job{"b", "v2", "p.a"}, job{"c", "v1", "p.a"}, 0, job{"a", "v1", "p.a"}, job{"a", "v1", "p.a"}, false,
		},
		"alike on both sides": {
			[]files{jobs(job{"a", "v1", "p.a"}, other), jobs(job{"b", "v2", "p.a"}, other)},
			job{"b", "v3", "p.a"}, job{"b", "v1", "p.a"}, 0, job{"a", "v1", "p.a"}, job{"b", "v1", "p.a"}, true,
		},
		"moved into another folder": {
			[]files{jobs(job{"ods/a", "v1", "p.a"}, other), jobs(job{"dwd/a", "v2", "p.a"}, other)},
			job{"dwd/a", "v3", "p.a"}, job{"dwd/a", "v1", "p.a"}, 0, job{"ods/a", "v1", "p.a"}, job{"dwd/a", "v1", "p.a"}, true,
		},
		"its name is another's now": {
			[]files{jobs(job{"a", "v1", "p.a"}), jobs(job{"b", "v2", "p.a"}), jobs(job{"b", "v3", "p.a"}, job{"a", "new", "p.new"})},
			job{"b", "v3", "p.a"}, job{"b", "console", "p.a"}, 0, job{"a", "v1", "p.a"}, job{"b", "v1", "p.a"}, false,
		},
		"a commit between whose dwsync.yaml is broken": {
			[]files{jobs(job{"a", "v1", "p.a"}), broken(jobs(job{"b", "v2", "p.a"})), jobs(job{"b", "v3", "p.a"})},
			job{"b", "v3", "p.a"}, job{"b", "console", "p.a"}, 0, job{"a", "v1", "p.a"}, job{"b", "v1", "p.a"}, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			var commits []string
			for i, fs := range c.history {
				var parents []string
				if i > 0 {
					parents = commits[i-1:]
				}
				commits = append(commits, w.commit(fs, fmt.Sprint(i), parents...))
			}
			s := newSide(w.git("."))
			s.renamedThere(c.tree, c.there, mark(commits[c.floor], c.pushed.form()))
			b := s.resolveKey(t, c.tree.key())
			if b.Known != c.known || b.Object == nil || len(model.Differences(*b.Object, c.base.form(), nil)) > 0 {
				t.Errorf("got %+v, want %v, known %v", b, c.base, c.known)
			}
		})
	}
}

func broken(fs files) files {
	fs["dwsync.yaml"] = "targets: ["
	return fs
}

// Behind the commit that gave up a name for another one the name was another object's, however often that changed.
func TestVersionsOfAnotherObject(t *testing.T) {
	w := newWorld(t)
	one := w.commit(jobs(job{"a", "v1", "p.other"}), "one")
	two := w.commit(jobs(job{"a", "v2", "p.other"}), "two", one)
	three := w.commit(jobs(job{"b", "v2", "p.other"}), "three", two)
	w.commit(jobs(job{"b", "v2", "p.other"}, job{"a", "mine", "p.a"}), "four", three)
	s := newSide(w.git("."))
	s.renamedThere(job{"a", "mine", "p.a"}, job{"a", "console", "p.a"}, mark(one, job{"x", "", ""}.form()))
	if b := s.resolveKey(t, job{path: "a"}.key()); b.Object != nil {
		t.Errorf("a version of b: %v", b)
	}
}

// What has no evidence is not followed: empty nodes, short contents, contents and outputs that several have.
func TestNothingIsFollowedWithoutEvidence(t *testing.T) {
	for name, c := range map[string]struct{ before, now []job }{
		"short":              {[]job{{"a", "SELECT 1;", ""}}, []job{{"b", "SELECT 1;", ""}}},
		"two had it":         {[]job{{"a", longContent, ""}, {"a2", longContent, ""}}, []job{{"b", longContent, ""}}},
		"two have it":        {[]job{{"a", longContent, ""}}, []job{{"b", longContent, ""}, {"b2", longContent, ""}}},
		"the former is here": {[]job{{"a", longContent, ""}}, []job{{"a", longContent, ""}, {"b", longContent, ""}}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			one := w.commit(jobs(c.before...), "one")
			w.commit(jobs(c.now...), "two", one)
			s := newSide(w.git("."))
			tree := c.now[slices.IndexFunc(c.now, func(j job) bool { return j.path == "b" })]
			there := tree
			there.content += "-- console"
			s.renamedThere(tree, there, mark(one, job{"b", "pushed", ""}.form()))
			if b := s.resolveKey(t, tree.key()); b.Object != nil {
				t.Errorf("got %+v", b)
			}
		})
	}
}

// In a folder that was renamed everything is followed, also what has no evidence of its own, and through a folder around it that was renamed later.
func TestVersionsInFormerFolders(t *testing.T) {
	in := func(folder, content string) files {
		all := []job{{folder + "/short", content, ""}}
		for i := range 8 {
			all = append(all, job{fmt.Sprintf("%s/n%d", folder, i), "x", fmt.Sprint("p.n", i)})
		}
		return jobs(all...)
	}
	w := newWorld(t)
	one := w.commit(in("ods/deep", "v1"), "one")
	two := w.commit(in("ods/deeper", "v1"), "two", one)
	three := w.commit(in("raw/deeper", "v3"), "three", two)
	w.commit(in("raw/deeper", "v4"), "four", three)
	tree := job{"raw/deeper/short", "v4", ""}
	t.Run("a file that stands alike", func(t *testing.T) {
		s := newSide(w.git("."))
		s.renamedThere(tree, job{"raw/deeper/short", "v1", ""}, mark(one, job{"ods/deep/short", "pushed", ""}.form()))
		if b := s.resolveKey(t, tree.key()); !b.Known {
			t.Errorf("got %+v", b)
		}
	})
	t.Run("a file that the workspace renamed", func(t *testing.T) {
		s := newSide(w.git("."))
		s.renamedThere(tree, job{"raw/deeper/brief", "v1", ""}, mark(one, job{"ods/deep/short", "v1", ""}.form()))
		b := s.resolveKey(t, tree.key())
		if b.Known || b.Object == nil || len(model.Differences(*b.Object, job{"raw/deeper/short", "v1", ""}.form(), nil)) > 0 {
			t.Errorf("its folders were renamed here, it was not: got %+v", b)
		}
	})
	t.Run("the folder, renamed on both sides", func(t *testing.T) {
		s := newSide(w.git("."))
		k, there := model.FolderKey("业务流程/shop/MaxCompute/raw"), model.FolderKey("业务流程/shop/MaxCompute/stage")
		s.Tree[k] = model.NewObject(k)
		s.Remote[k] = model.Remote{Object: model.NewObject(there)}
		s.Former = map[model.Key][]model.Key{k: {there}}
		b := s.resolveKey(t, k)
		if b.Known || b.Object == nil || b.Object.Key.Name != "ods" {
			t.Errorf("nobody's name may win: got %+v", b)
		}
	})
}

// A business that the tree renamed has the versions of before, and so has what is in it.
func TestVersionsInAFormerBusiness(t *testing.T) {
	in := func(business, description, content string) files {
		fs := files{"dwsync.yaml": projectYAML, "业务流程/" + business + "/business.yaml": "description: " + description + "\n"}
		for name, text := range jobs(job{"a", content, "p.a"}, job{"b", "x", "p.b"}) {
			if rest, found := strings.CutPrefix(name, "业务流程/shop/MaxCompute/"); found {
				fs["业务流程/"+business+"/MaxCompute/"+rest] = text
			}
		}
		return fs
	}
	w := newWorld(t)
	one := w.commit(in("shop", "one", "v1"), "one")
	w.commit(in("store", "two", "v2"), "two", one)
	s := newSide(w.git("."))
	business := func(description string) model.Object {
		o := model.NewObject(model.BusinessKey("业务流程/store"))
		o.Set(model.FieldDescription, model.TextValue(description))
		return o
	}
	s.Tree[business("").Key] = business("three")
	s.add(business("one"))
	if b := s.resolveKey(t, business("").Key); !b.Known || b.Commit != one {
		t.Errorf("the business: got %+v", b)
	}
	k := model.FileKey("业务流程/store/MaxCompute", "a", 10)
	s.Tree[k] = job{"a", "v3", "p.a"}.form().Moved(k)
	s.add(job{"a", "v1", "p.a"}.form().Moved(k), mark(one, job{"a", "?", ""}.form()))
	if b := s.resolveKey(t, k); !b.Known || b.Commit != one {
		t.Errorf("what is in it: got %+v", b)
	}
}

// Without memory a name that no commit has was given in the workspace only if the tree's is the only one that the commits have.
func TestWhoRenamedWithoutMemory(t *testing.T) {
	const mc = model.FolderPath("业务流程/shop/MaxCompute")
	stays := job{"ods/stays", "x", "p.x"}
	folder := func(name string) model.Object { return model.NewObject(model.FolderKey(mc.Join(name))) }
	for name, c := range map[string]struct {
		history     []files
		tree, there model.Object
		// base is the name that the base has, "" if it is unknown.
		base string
	}{
		"renamed there": {
			[]files{jobs(job{"a", "v1", "p.a"})},
			job{"a", "v1", "p.a"}.form(), job{"c", "v1", "p.a"}.form(), "a",
		},
		"renamed on both sides": {
			[]files{jobs(job{"a", "v1", "p.a"}), jobs(job{"b", "v1", "p.a"})},
			job{"b", "v1", "p.a"}.form(), job{"c", "v1", "p.a"}.form(), "a",
		},
		"renamed on both sides, and not committed": {
			[]files{jobs(job{"a", "v1", "p.a"})},
			job{"b", "v1", "p.a"}.form(), job{"c", "v1", "p.a"}.form(), "a",
		},
		"no commit has either": {
			[]files{jobs(stays)},
			job{"b", "v1", "p.a"}.form(), job{"c", "v1", "p.a"}.form(), "",
		},
		"a folder, renamed there": {
			[]files{jobs(job{"raw/a", "v1", "p.a"})}, folder("raw"), folder("stage"), "raw",
		},
		"a folder, renamed on both sides": {
			[]files{jobs(job{"ods/a", "v1", "p.a"}), jobs(job{"raw/a", "v1", "p.a"})}, folder("raw"), folder("stage"), "ods",
		},
		"a file, moved into a new folder on both sides": {
			[]files{jobs(stays, job{"ods/a", "v1", "p.a"}), jobs(stays, job{"raw/a", "v1", "p.a"})}, folder("raw"), folder("stage"), "",
		},
		"a folder that came with new files, renamed there": {
			[]files{jobs(stays), jobs(stays, job{"raw/a", "v1", "p.a"})}, folder("raw"), folder("stage"), "raw",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			var parents []string
			for i, fs := range c.history {
				parents = []string{w.commit(fs, fmt.Sprint(i), parents...)}
			}
			s := newSide(w.git("."))
			s.Release = model.StageSaved
			k := c.tree.Key
			s.Tree[k] = c.tree
			s.Remote[k] = model.Remote{Object: c.there, FileID: "1", Stage: model.StageSaved}
			s.Former = map[model.Key][]model.Key{k: {c.there.Key}}
			meta := k.String()
			if k.Kind.IsFile() {
				meta += ".node.yaml"
			}
			s.Local = map[model.Key]localtree.Local{k: {Object: c.tree, Meta: meta}}
			b := s.resolveKey(t, k)
			got := ""
			if b.Object != nil {
				got = b.Object.Key.Name
			}
			if b.Known || got != c.base {
				t.Errorf("the base has the name %q, want %q: %s", got, c.base, b.Reason)
			}
		})
	}
}

// A rename on one side of a merge is followed on both: the version of the floor is found under the name that each branch had.
func TestFormerNamesAcrossMerges(t *testing.T) {
	w := newWorld(t)
	root := w.commit(jobs(job{"a", "v1", "p.a"}), "root")
	left := w.commit(jobs(job{"b", "v1", "p.a"}), "renamed", root)
	right := w.commit(jobs(job{"a", "right", "p.a"}), "edited", root)
	w.commit(jobs(job{"b", "merged", "p.a"}), "merge", left, right)
	for _, c := range []struct {
		floor, there string
		known        bool
		base         string
	}{
		{root, "v1", true, "v1"}, {root, "right", true, "right"}, {right, "right", true, "right"}, {right, "v1", false, "right"},
		{left, "v1", true, "v1"}, {left, "right", false, "v1"},
	} {
		s := newSide(w.git("."))
		s.renamedThere(job{"b", "mine", "p.a"}, job{"b", c.there, "p.a"}, mark(c.floor, job{"a", "?", "p.a"}.form()))
		b := s.resolveKey(t, job{path: "b"}.key())
		if b.Known != c.known || b.Object == nil || b.Object.Text(model.FieldContent) != c.base {
			t.Errorf("%+v: got %+v", c, b)
		}
	}
}

// However often objects were renamed and changed, each is found at the floor by what it is, and never taken for another.
func TestEachObjectIsFollowed(t *testing.T) {
	followed := 0
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		names := []string{"a", "b", "c", "x/a", "x/b", "y/a", "y/b", "z/q"}
		at, contents := map[string]job{}, rapid.SampledFrom([]string{"v1", "v2", "v3"})
		var commits []string
		var history []map[string]job
		deleted := false
		for i := range rapid.IntRange(2, 7).Draw(t, "commits") {
			before := maps.Clone(at)
			free := slices.DeleteFunc(slices.Clone(names), func(name string) bool {
				return slices.ContainsFunc(slices.Collect(maps.Values(before)), func(j job) bool { return j.path == name })
			})
			for n := range 3 {
				output := fmt.Sprint("p.", n)
				now, exists := at[output]
				switch what := rapid.IntRange(0, 5).Draw(t, "what"); {
				case !exists && len(free) > 0 && what < 4:
					now = job{free[0], contents.Draw(t, "content"), output}
					free = free[1:]
				case !exists:
					continue
				case what == 0 && len(free) > 0:
					at := rapid.IntRange(0, len(free)-1).Draw(t, "name")
					now.path = free[at]
					free = slices.Delete(free, at, at+1)
				case what == 1:
					now.content = contents.Draw(t, "content")
				case what == 2 && i > 2:
					delete(at, output)
					deleted = true
					continue
				}
				at[output] = now
			}
			commits = append(commits, w.commit(jobs(slices.Collect(maps.Values(at))...), fmt.Sprint(i), commits[max(0, i-1):]...))
			history = append(history, maps.Clone(at))
		}
		for _, output := range slices.Sorted(maps.Keys(at)) {
			now := at[output]
			floor := rapid.IntRange(0, len(commits)-1).Draw(t, "floor")
			s := newSide(w.git("."))
			s.renamedThere(now, job{"there", "console", output}, mark(commits[floor], job{"?", "?", ""}.form()))
			b := s.resolveKey(t, now.key())
			was, existed := history[floor][output]
			for i := floor; existed && i < len(history); i++ {
				_, existed = history[i][output] // deleted and made again, it is another object
			}
			switch {
			case existed && (b.Object == nil || len(model.Differences(b.Object.Moved(was.key()), was.form(), nil)) > 0):
				t.Fatalf("%s: got %+v, want %v", output, b, was)
			case existed && was.path != now.path:
				followed++
			case b.Object != nil && !deleted && !b.Object.SharesOutput(now.form()):
				// Where a path was deleted and made again, it is one path.
				t.Fatalf("%s is taken for another: %+v", output, b)
			}
		}
	})
	if followed == 0 {
		t.Error("nothing was renamed")
	}
}

// Where a path begins only the one commit that made it is looked at, and nothing is read if nothing went away there.
func TestFollowingCostsWhatWasMoved(t *testing.T) {
	w := newWorld(t)
	fs := jobs()
	for i := range 200 {
		maps.Copy(fs, jobs(job{fmt.Sprintf("old/n%03d", i), "x", fmt.Sprint("p.", i)}))
	}
	last := w.commit(fs, "first")
	first := last
	for i := range 60 {
		maps.Copy(fs, jobs(job{fmt.Sprintf("new/m%02d", i), "x", fmt.Sprint("p.m", i)}))
		last = w.commit(fs, "one more", last)
	}
	s := newSide(w.git("."))
	for i := range 20 {
		made := job{fmt.Sprintf("new/m%02d", i), "x", fmt.Sprint("p.m", i)}
		there := made
		there.content = "console"
		s.Tree[made.key()] = made.form()
		s.add(there.form(), mark(first, made.form()))
		s.Keys = append(s.Keys, made.key())
	}
	r := &resolver{Input: s.Input, bases: map[model.Key]Base{}}
	if err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if reads := s.Git.trees.reads; reads > 7*61 {
		t.Errorf("%d directories of 61 commits were read", reads)
	}
	if r.walked.reads > 3*20 {
		t.Errorf("%d objects were read for 20 of which each was made by one commit", r.walked.reads)
	}
}
