package base

import (
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/state"
)

// line is a world with the versions v1, v2, v3 of the node a, one commit each, and HEAD on v3.
func line(t *testing.T) (w *world, c [4]string) {
	w = newWorld(t)
	c[1] = w.commit(project(map[string]string{"a": "v1"}), "one")
	c[2] = w.commit(project(map[string]string{"a": "v2"}), "two", c[1])
	c[3] = w.commit(project(map[string]string{"a": "v3"}), "three", c[2])
	return w, c
}

func remember(s *side, name, content, commit string) { rememberAt(s, name, content, commit, 0) }

// rememberAt lets the state know a form, recorded when the workspace had that many submitted versions.
func rememberAt(s *side, name, content, commit string, version int) {
	s.State[key(name)] = state.Base{Object: form(name, content), Commit: commit, Version: version}
}

func TestRulesOnALine(t *testing.T) {
	for name, c := range map[string]struct {
		set     func(s *side, c [4]string)
		tree    string
		content string
		known   bool
		source  Source
	}{
		"mark, untouched": {func(s *side, c [4]string) { s.remote("a", "v1", mark(c[1], form("a", "v1"))) }, "v3", "v1", true, SourceMark},
		"mark, pushed later without a submit": {func(s *side, c [4]string) {
			s.remote("a", "v2", mark(c[1], form("a", "v1")))
		}, "v3", "v2", true, SourceGit},
		"mark, edited there": {func(s *side, c [4]string) { s.remote("a", "console", mark(c[2], form("a", "v2"))) }, "v3", "v2", false, SourceGit},
		"mark, rolled back": {func(s *side, c [4]string) {
			s.remote("a", "v1", mark(c[1], form("a", "v1")), mark(c[2], form("a", "v2")))
		}, "v3", "v2", false, SourceGit},
		"mark is HEAD, rolled back: drift, since L = B": {func(s *side, c [4]string) {
			s.remote("a", "v1", mark(c[1], form("a", "v1")), mark(c[3], form("a", "v3")))
		}, "v3", "v3", false, SourceGit},
		"a person's comment is newer than the mark": {func(s *side, c [4]string) {
			s.remote("a", "console", mark(c[2], form("a", "v2")), "修复")
		}, "v3", "v2", false, SourceGit},
		"mark cut in its hash": {func(s *side, c [4]string) {
			s.remote("a", "v2", mark(c[2], form("a", "v2"))[:60])
		}, "v3", "v2", true, SourceGit},
		"dirty mark: its hash does not count": {func(s *side, c [4]string) {
			s.remote("a", "dirty", dirtyMark(c[2], form("a", "dirty")))
		}, "v3", "v2", false, SourceGit},
		"dirty mark, committed afterwards": {func(s *side, c [4]string) {
			s.remote("a", "v3", dirtyMark(c[2], form("a", "v3")))
		}, "v4", "v3", true, SourceGit},
		"mark of an unknown commit": {func(s *side, c [4]string) {
			s.remote("a", "v2", mark(strings.Repeat("a", 40), form("a", "v2")))
		}, "v3", "", false, SourceUnknown},
		"state, untouched": {func(s *side, c [4]string) {
			remember(s, "a", "pulled", c[2])
			s.remote("a", "pulled")
		}, "v3", "pulled", true, SourceState},
		"state, edited there": {func(s *side, c [4]string) {
			remember(s, "a", "pulled", c[2])
			s.remote("a", "console")
		}, "v3", "pulled", false, SourceState},
		"state at the mark's commit, recorded after it": {func(s *side, c [4]string) {
			rememberAt(s, "a", "pulled", c[2], 1)
			s.remote("a", "pulled", mark(c[2], form("a", "v2")))
		}, "v3", "pulled", true, SourceState},
		"the same, rolled back to the mark's form": {func(s *side, c [4]string) {
			rememberAt(s, "a", "pulled", c[2], 1)
			s.remote("a", "v2", mark(c[2], form("a", "v2")))
		}, "v3", "pulled", false, SourceState},
		"state at the mark's commit, recorded before it": {func(s *side, c [4]string) {
			remember(s, "a", "pulled", c[2])
			s.remote("a", "other", mark(c[2], form("a", "other")))
		}, "v3", "other", true, SourceMark},
		"the same, rolled back to the state's form": {func(s *side, c [4]string) {
			remember(s, "a", "pulled", c[2])
			s.remote("a", "pulled", mark(c[2], form("a", "v2")))
		}, "v3", "v2", false, SourceGit},
		"state of the marked form, recorded before the submit": {func(s *side, c [4]string) {
			remember(s, "a", "dirty", c[2])
			s.remote("a", "dirty", dirtyMark(c[2], form("a", "dirty")))
		}, "v3", "dirty", true, SourceState},
		"stale state beside a CI push": {func(s *side, c [4]string) {
			remember(s, "a", "v1", c[1])
			s.remote("a", "v2", mark(c[2], form("a", "v2")))
		}, "v3", "v2", true, SourceMark},
		"stale state beside a CI push, rolled back to the state's form": {func(s *side, c [4]string) {
			remember(s, "a", "v1", c[1])
			s.remote("a", "v1", mark(c[2], form("a", "v2")))
		}, "v2", "v2", false, SourceGit},
		"state later than the mark, rolled back to the mark's form": {func(s *side, c [4]string) {
			remember(s, "a", "v2", c[2])
			s.remote("a", "v1", mark(c[1], form("a", "v1")))
		}, "v3", "v2", false, SourceState},
		"state of rewritten history": {func(s *side, c [4]string) {
			remember(s, "a", "v2", strings.Repeat("b", 40))
			s.remote("a", "v2")
		}, "v3", "", false, SourceUnknown},
		"state from before the repository": {func(s *side, c [4]string) {
			remember(s, "a", "pulled", "")
			s.remote("a", "pulled")
		}, "v3", "pulled", true, SourceState},
		"gone here, untouched there": {func(s *side, c [4]string) { s.remote("a", "v2", mark(c[2], form("a", "v2"))) }, "", "v2", true, SourceMark},
		"gone here, edited there":    {func(s *side, c [4]string) { s.remote("a", "x", mark(c[2], form("a", "v2"))) }, "", "v2", false, SourceGit},
		"gone there, remembered":     {func(s *side, c [4]string) { remember(s, "a", "v2", c[2]) }, "v3", "v2", false, SourceState},
		"gone there, not remembered": {func(s *side, c [4]string) {}, "v3", "", false, SourceUnknown},
		"no memory, never submitted": {func(s *side, c [4]string) { s.remote("a", "v1") }, "v3", "v1", true, SourceGit},
		"no memory, submitted by a person": {func(s *side, c [4]string) {
			s.remote("a", "v1", "提交")
		}, "v3", "", false, SourceUnknown},
		"no memory, on a target that releases saved": {func(s *side, c [4]string) {
			s.Release = model.StageSaved
			s.remote("a", "v1", "提交")
		}, "v3", "v1", true, SourceGit},
		"the same, but a later version was submitted": {func(s *side, c [4]string) {
			s.Release = model.StageSaved
			s.remote("a", "v1", "提交", "提交")
			s.versions["1"][0].Content = "v2"
		}, "v3", "", false, SourceUnknown},
		"a file that nobody knows": {func(s *side, c [4]string) { s.remote("b", "x") }, "", "", false, SourceUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			w, commits := line(t)
			s := newSide(w.git("."))
			c.set(s, commits)
			k := "a"
			if _, found := s.Remote[key("b")]; found {
				k = "b"
			}
			want(t, s.resolve(t, k, c.tree), c.content, c.known, c.source)
		})
	}
}

func TestRollBackIsSaid(t *testing.T) {
	w, c := line(t)
	for name, outputs := range map[string][]string{"as it was pushed": nil, "with an output of its name": {"shop_dev.a"}, "with parsed outputs": {"shop_dev.a", "shop_dev.parsed"}} {
		t.Run(name, func(t *testing.T) {
			s := newSide(w.git("."))
			there := form("a", "v1")
			var items []model.Item
			for _, output := range outputs {
				items = append(items, model.NewItem(output))
			}
			there.Set(model.FieldOutputList, model.SetValue(items...))
			s.add(there, mark(c[1], form("a", "v1")), mark(c[2], form("a", "v2")))
			if b := s.resolve(t, "a", "v2"); b.Known || !strings.Contains(b.Reason, "rolled it back") || !strings.Contains(b.Reason, short(c[1])) {
				t.Errorf("got %+v", b)
			}
		})
	}
}

// Rule 3: a version that was committed after the last edit is what the committer saw there.
func TestLastEditTime(t *testing.T) {
	for name, c := range map[string]struct {
		edited time.Duration // after the commit of v2
		known  bool
	}{"before": {-time.Second, true}, "at the same time": {0, true}, "after": {time.Millisecond, false}} {
		t.Run(name, func(t *testing.T) {
			w, commits := line(t)
			s := newSide(w.git("."))
			s.remote("a", "v2", "提交")
			r := s.Remote[key("a")]
			r.LastEditTime = w.now.Add(-time.Minute + c.edited)
			s.Remote[key("a")] = r
			b := s.resolve(t, "a", "v4")
			if b.Known != c.known || b.Known && b.Commit != commits[2] {
				t.Errorf("got %v", b)
			}
		})
	}
}

// A rebase makes commits anew: a version that it took along is no younger for that.
func TestRebasedVersionsAreOld(t *testing.T) {
	w, c := line(t)
	edited := w.now
	fs := project(map[string]string{"a": "v4"})
	who := object.Signature{When: edited.Add(time.Hour)}
	rebased := w.write(&object.Commit{Author: object.Signature{When: edited.Add(-time.Hour)}, Committer: who, TreeHash: w.tree(fs), ParentHashes: []plumbing.Hash{plumbing.NewHash(c[3])}})
	next := w.write(&object.Commit{Author: who, Committer: who, TreeHash: w.tree(project(map[string]string{"a": "v5"})), ParentHashes: []plumbing.Hash{rebased}})
	w.checkout(next.String())
	for there, known := range map[string]bool{"v4": false, "v5": true} {
		s := newSide(w.git("."))
		s.remote("a", there, mark(strings.Repeat("a", 40), form("a", "x")))
		r := s.Remote[key("a")]
		r.LastEditTime = edited
		s.Remote[key("a")] = r
		if b := s.resolve(t, "a", "v6"); b.Known != known {
			t.Errorf("%s: got %v", there, b)
		}
	}
}

func TestUnfinishedCreate(t *testing.T) {
	w, _ := line(t)
	tree := form("a", "v4")
	tree.Set(model.FieldAutoParsing, model.BoolValue(false))
	tree.Set(model.FieldOutputList, model.SetValue(model.NewItem("p.a"), model.NewItem("p.b")))
	for name, c := range map[string]struct {
		outputs []string
		content string
		known   bool
	}{
		"no outputs yet":         {nil, "v4", true},
		"some of the outputs":    {[]string{"p.b"}, "v4", true},
		"an output of somebody":  {[]string{"p.x"}, "v4", false},
		"an output of its name":  {[]string{"shop.a"}, "v4", true},
		"another content":        {nil, "x", false},
		"an older git version's": {nil, "v2", true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSide(w.git("."))
			remote := form("a", c.content)
			remote.Set(model.FieldAutoParsing, tree.Get(model.FieldAutoParsing))
			if c.content == "v2" {
				remote.Set(model.FieldAutoParsing, model.BoolValue(true))
			}
			var items []model.Item
			for _, output := range c.outputs {
				items = append(items, model.NewItem(output))
			}
			remote.Set(model.FieldOutputList, model.SetValue(items...))
			s.add(remote)
			s.Tree[key("a")] = tree
			b := s.resolveKey(t, key("a"))
			if b.Known != c.known {
				t.Fatalf("got %v", b)
			}
			if b.Known && len(model.Differences(*b.Object, remote, nil)) > 0 {
				t.Errorf("the base %v is not what the workspace holds", b.Object)
			}
		})
	}
}

// A push renamed a folder and was cut short: what was pushed to the former place is the base of what stands in the new one, for a fresh clone too.
func TestRenamedContainer(t *testing.T) {
	const later = "业务流程/shop/MaxCompute/later"
	moved := func(content string) files {
		fs := files{"dwsync.yaml": projectYAML, "业务流程/shop/business.yaml": ""}
		fs[later+"/a.sql"], fs[later+"/a.node.yaml"] = content, "fileType: ODPS_SQL\n"
		return fs
	}
	for name, c := range map[string]struct {
		there string
		known bool
	}{
		"what was pushed":     {"v1", true},
		"a version since":     {"v2", true},
		"an edit of somebody": {"x", false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			first := project(map[string]string{"a": "v1", "b": "other"})
			first[folder+"/a.node.yaml"] = "fileType: ODPS_SQL\nautoParsing: false\nnodeConfiguration: {outputList: [p.a]}\n"
			c1 := w.commit(first, "1")
			second := project(map[string]string{"a": "v2", "b": "other"})
			second[folder+"/a.node.yaml"] = first[folder+"/a.node.yaml"]
			c2 := w.commit(second, "2", c1)
			third := moved("v3")
			third[later+"/a.node.yaml"] = first[folder+"/a.node.yaml"]
			w.commit(third, "3", c2)
			s := newSide(w.git("."))
			k := model.FileKey(later, "a", 10)
			pushed := func(content string) model.Object {
				o := form("a", content)
				o.Set(model.FieldAutoParsing, model.BoolValue(false))
				o.Set(model.FieldOutputList, model.SetValue(model.NewItem("p.a")))
				return o
			}
			s.add(pushed(c.there).Moved(k), mark(c1, pushed("v1")))
			s.Tree[k] = pushed("v3").Moved(k)
			b := s.resolveKey(t, k)
			if b.Known != c.known || b.Object == nil || b.Object.Key != k {
				t.Fatalf("got %v", b)
			}
			if b.Known && len(model.Differences(*b.Object, s.Remote[k].Object, nil)) > 0 {
				t.Errorf("the base %v is not what the workspace holds", b.Object)
			}
			if !b.Known && b.Object.Text(model.FieldContent) != "v1" {
				t.Errorf("the base %v is not what was pushed", b.Object)
			}
		})
	}
}

// What the service puts into a new file by itself, where the create call sends nothing, is no edit of somebody.
func TestUnfinishedCreateOfATask(t *testing.T) {
	w, _ := line(t)
	k := model.FileKey(folder, "task", model.TypeIntegration)
	for name, c := range map[string]struct {
		field model.Field
		there string
		known bool
	}{
		"parameters that the service fills":    {model.FieldParaValue, "bizdate=$bizdate", true},
		"parameters of somebody":               {model.FieldParaValue, "day=$bizdate", false},
		"an owner that the service fills":      {model.FieldOwner, "1000", true},
		"a resource group that it fills":       {model.FieldResourceGroup, "group_default", true},
		"a schedule of somebody":               {model.FieldCronExpress, "00 30 00 * * ?", false},
		"parameters that are not there at all": {model.FieldParaValue, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSide(w.git("."))
			remote := model.NewObject(k)
			remote.Set(model.FieldContent, model.TextValue("{}"))
			tree := remote.Clone()
			tree.Set(model.FieldParaValue, model.TextValue("x=1"))
			tree.Set(model.FieldCronExpress, model.TextValue("00 10 00 * * ?"))
			tree.Set(model.FieldOwner, model.TextValue("2000"))
			tree.Set(model.FieldResourceGroup, model.TextValue("group_ours"))
			remote.Set(c.field, model.TextValue(c.there))
			s.add(remote)
			s.Tree[k] = tree
			b := s.resolveKey(t, k)
			if b.Known != c.known {
				t.Fatalf("got %v", b)
			}
			if b.Known && len(model.Differences(*b.Object, remote, nil)) > 0 {
				t.Errorf("the base %v is not what the workspace holds", b.Object)
			}
		})
	}
}

func TestTrailers(t *testing.T) {
	merged := form("a", "console")
	merged.Set(model.FieldOwner, model.TextValue("1000"))
	for name, c := range map[string]struct {
		message string
		set     func(s *side, c [4]string)
		known   bool
	}{
		"after the floor": {"merge\n\nDwsync-Merged: " + string(merged.Hash()) + "\n", func(s *side, c [4]string) {
			s.remote("a", "console", mark(c[3], form("a", "v3")))
		}, true},
		"squashed into a text": {"squash\n* dwsync-merged:  " + string(merged.Hash()) + " x\nDwsync-Merged: " + strings.ToUpper(string(merged.Hash())) + " y\n\nmore", func(s *side, c [4]string) {
			s.remote("a", "console", mark(c[3], form("a", "v3")))
		}, true},
		"another hash": {"merge\n\nDwsync-Merged: " + string(form("a", "x").Hash()), func(s *side, c [4]string) {
			s.remote("a", "console", mark(c[3], form("a", "v3")))
		}, false},
		"without a floor": {"merge\n\nDwsync-Merged: " + string(merged.Hash()), func(s *side, c [4]string) {
			s.remote("a", "console", "提交")
		}, true},
		"without a floor, but somebody pushed": {"merge\n\nDwsync-Merged: " + string(merged.Hash()), func(s *side, c [4]string) {
			s.remote("a", "console", mark(strings.Repeat("a", 40), form("a", "v")))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w, commits := line(t)
			w.commit(project(map[string]string{"a": "mine"}), c.message, commits[3])
			s := newSide(w.git("."))
			c.set(s, commits)
			b := s.resolve(t, "a", "mine")
			if b.Known != c.known || b.Known && b.Source != SourceTrailer {
				t.Errorf("got %v", b)
			}
		})
	}
	t.Run("an output that the service gave", func(t *testing.T) {
		w, c := line(t)
		parsed := merged.Clone()
		parsed.Set(model.FieldOutputList, model.SetValue(model.NewItem("shop.a")))
		w.commit(project(map[string]string{"a": "mine"}), "merge\n\nDwsync-Merged: "+string(parsed.Hash()), c[3])
		s := newSide(w.git("."))
		s.add(parsed, mark(c[3], form("a", "v3")))
		b := s.resolve(t, "a", "mine")
		if !b.Known || b.Object.Has(model.FieldOutputList) {
			t.Errorf("what neither the tree nor the version before lists is no part of the base: %v", b)
		}
	})
	t.Run("at the floor, so that a push replaced it", func(t *testing.T) {
		for name, set := range map[string]func(s *side, with string){
			"pushed":             func(s *side, with string) { s.remote("a", "console", mark(with, form("a", "mine"))) },
			"pushed uncommitted": func(s *side, with string) { s.remote("a", "console", dirtyMark(with, form("a", "more"))) },
			"remembered":         func(s *side, with string) { remember(s, "a", "mine", with); s.remote("a", "console") },
		} {
			w, c := line(t)
			with := w.commit(project(map[string]string{"a": "mine"}), "merge\n\nDwsync-Merged: "+string(merged.Hash()), c[3])
			s := newSide(w.git("."))
			set(s, with)
			if b := s.resolve(t, "a", "next"); b.Known || b.Object == nil || b.Object.Text(model.FieldContent) != "mine" {
				t.Errorf("%s: got %v", name, b)
			}
		}
	})
	t.Run("before the floor", func(t *testing.T) {
		w, c := line(t)
		with := w.commit(project(map[string]string{"a": "mine"}), "merge\n\nDwsync-Merged: "+string(merged.Hash()), c[3])
		last := w.commit(project(map[string]string{"a": "v5"}), "five", with)
		s := newSide(w.git("."))
		s.remote("a", "console", mark(last, form("a", "v5")))
		want(t, s.resolve(t, "a", "v6"), "v5", false, SourceGit)
	})
}

// What was pushed before it was committed replaced the version of the commit that it was pushed at: whoever finds that version in the workspace finds a roll back, also
// if later commits still hold it.
func TestFloorOfWhatWasNotCommitted(t *testing.T) {
	w := newWorld(t)
	one := w.commit(project(map[string]string{"a": "v1", "b": "x"}), "one")
	floor := w.commit(project(map[string]string{"a": "v2", "b": "x"}), "two", one)
	other := w.commit(project(map[string]string{"a": "v2", "b": "y"}), "another file", floor)
	committed := w.commit(project(map[string]string{"a": "pushed", "b": "y"}), "what was pushed", other)
	w.commit(project(map[string]string{"a": "v4", "b": "y"}), "four", committed)
	for name, c := range map[string]struct {
		there, tree string
		marks       []string
		content     string
		known       bool
		source      Source
	}{
		"only dwsync.yaml differed":                      {"v2", "v4", []string{dirtyMark(floor, form("a", "v2"))}, "v2", true, SourceGit},
		"rolled back, and committed since":               {"v2", "v4", []string{dirtyMark(floor, form("a", "pushed"))}, "pushed", false, SourceGit},
		"rolled back, and it is what the tree has":       {"v2", "now", []string{dirtyMark(floor, form("a", "now"))}, "now", false, SourceMark},
		"rolled back, and nobody has it":                 {"v2", "v4", []string{dirtyMark(floor, form("a", "lost"))}, "", false, SourceUnknown},
		"rolled back, and the hash is cut":               {"v2", "v4", []string{dirtyMark(floor, form("a", "pushed"))[:60]}, "", false, SourceUnknown},
		"still there":                                    {"pushed", "v4", []string{dirtyMark(floor, form("a", "pushed"))}, "pushed", true, SourceGit},
		"still there, and nobody else has it":            {"lost", "v4", []string{dirtyMark(floor, form("a", "lost"))}, "v2", false, SourceGit},
		"edited since, and nobody has it":                {"console", "v4", []string{dirtyMark(floor, form("a", "lost"))}, "v2", false, SourceGit},
		"edited since, and committed since":              {"console", "v4", []string{dirtyMark(floor, form("a", "pushed"))}, "pushed", false, SourceGit},
		"a version after the floor":                      {"v4", "v5", []string{dirtyMark(floor, form("a", "lost"))}, "v4", true, SourceGit},
		"rolled back to an older push of a later commit": {"v4", "v5", []string{mark(committed, form("a", "v4")), dirtyMark(floor, form("a", "lost"))}, "", false, SourceUnknown},
		"rolled back to what another dirty push left":    {"v4", "v5", []string{dirtyMark(one, form("a", "v4")), dirtyMark(floor, form("a", "pushed"))}, "pushed", false, SourceGit},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSide(w.git("."))
			s.remote("a", c.there, c.marks...)
			b := s.resolve(t, "a", c.tree)
			want(t, b, c.content, c.known, c.source)
			if isOld := c.there == "console" && c.content == "v2"; b.Outdated != isOld {
				t.Errorf("outdated is %v: something newer was pushed than %v, and is lost: %v", b.Outdated, b.Object, isOld)
			}
			if !c.known && c.there != "console" && c.there != "lost" && !strings.Contains(b.Reason, "rolled it back") {
				t.Errorf("the roll back is not said: %s", b.Reason)
			}
		})
	}
	t.Run("the state of what was pulled and not committed", func(t *testing.T) {
		s := newSide(w.git("."))
		remember(s, "a", "pulled", floor)
		s.remote("a", "v2")
		want(t, s.resolve(t, "a", "v4"), "pulled", false, SourceState)
	})
	t.Run("the state of what the commit holds", func(t *testing.T) {
		s := newSide(w.git("."))
		remembered := form("a", "v2")
		remembered.Set(model.FieldOwner, model.TextValue("2000"))
		s.State[key("a")] = state.Base{Object: remembered, Commit: floor}
		s.remote("a", "v2")
		want(t, s.resolve(t, "a", "v4"), "v2", true, SourceGit)
	})
}

// Two branches were pushed from, and merged: versions of the side that does not hold the floor are older than it.
func TestMergeCommits(t *testing.T) {
	w := newWorld(t)
	root := w.commit(project(map[string]string{"a": "v1", "b": "v1"}), "root")
	left := w.commit(project(map[string]string{"a": "left", "b": "v1"}), "left", root)
	right := w.commit(project(map[string]string{"a": "right", "b": "v1"}), "right", root)
	merge := w.commit(project(map[string]string{"a": "merged", "b": "v1"}), "merge", left, right)
	w.commit(project(map[string]string{"a": "next", "b": "v2"}), "next", merge)
	at := map[string]string{root: "v1", left: "left", right: "right", merge: "merged"}
	for name, c := range map[string]struct {
		floor, remote string
		content       string
		known         bool
	}{
		"pushed from left":                          {left, "left", "left", true},
		"pushed from left, right's version":         {left, "right", "left", false},
		"pushed from right, right's":                {right, "right", "right", true},
		"pushed from the root, left's":              {root, "left", "left", true},
		"pushed from the root, right's":             {root, "right", "right", true},
		"pushed from left, the merge's":             {left, "merged", "merged", true},
		"pushed from the merge, left's":             {merge, "left", "merged", false},
		"pushed from the merge, the root's version": {merge, "v1", "merged", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSide(w.git("."))
			s.remote("a", c.remote, dirtyMark(c.floor, form("a", at[c.floor])))
			want(t, s.resolve(t, "a", "mine"), c.content, c.known, SourceGit)
		})
	}
	t.Run("state on one side, mark on the other", func(t *testing.T) {
		s := newSide(w.git("."))
		remember(s, "a", "right", right)
		s.remote("a", "right", mark(left, form("a", "left")))
		want(t, s.resolve(t, "a", "mine"), "left", false, SourceGit)
	})
}

func TestUnmergedBranchAndUnrelatedHistory(t *testing.T) {
	w, c := line(t)
	branch := w.commit(project(map[string]string{"a": "branch"}), "branch", c[1])
	unrelated := w.commit(project(map[string]string{"a": "unrelated"}), "another root")
	w.checkout(c[3])
	for name, commit := range map[string]string{"branch": branch, "unrelated": unrelated} {
		s := newSide(w.git("."))
		s.remote("a", name, mark(commit, form("a", name)))
		b := s.resolve(t, "a", "v3")
		want(t, b, "", false, SourceUnknown)
		if !strings.Contains(b.Reason, short(commit)) {
			t.Errorf("the reason does not name the commit: %s", b.Reason)
		}
	}
	w.commit(project(map[string]string{"a": "v4"}), "merge of unrelated", c[3], unrelated)
	s := newSide(w.git("."))
	s.remote("a", "unrelated", mark(unrelated, form("a", "unrelated")))
	want(t, s.resolve(t, "a", "v5"), "unrelated", true, SourceMark)
}

func TestTwoMachinesWithDifferentStates(t *testing.T) {
	w, c := line(t)
	comments := []string{mark(c[1], form("a", "v1")), mark(c[2], form("a", "v2"))}
	for name, stateOf := range map[string]func(*side){
		"who pushed":         func(s *side) { remember(s, "a", "v2", c[2]) },
		"who has an old one": func(s *side) { remember(s, "a", "v1", c[1]) },
		"a fresh clone":      func(s *side) {},
		"who only pulled":    func(s *side) { remember(s, "a", "v2", c[2]) },
	} {
		for remote, known := range map[string]bool{"v2": true, "v1": false, "console": false} {
			s := newSide(w.git("."))
			stateOf(s)
			s.remote("a", remote, comments...)
			b := s.resolve(t, "a", "v3")
			if b.Known != known || b.Object == nil || b.Object.Text(model.FieldContent) != "v2" {
				t.Errorf("%s, %s there: got %v", name, remote, b)
			}
		}
	}
}

func TestShallowCloneIsSaid(t *testing.T) {
	w, c := line(t)
	if err := w.store.SetShallow([]plumbing.Hash{plumbing.NewHash(c[2])}); err != nil {
		t.Fatal(err)
	}
	delete(w.store.Commits, plumbing.NewHash(c[1]))
	delete(w.store.Objects, plumbing.NewHash(c[1]))
	g := w.git(".")
	if !g.Shallow() {
		t.Error("not recognised")
	}
	s := newSide(g)
	s.remote("a", "v1", mark(c[1], form("a", "v1")))
	b := s.resolve(t, "a", "v3")
	want(t, b, "", false, SourceUnknown)
	if !strings.Contains(b.Reason, "fetch-depth: 0") {
		t.Errorf("got %s", b.Reason)
	}
	s = newSide(g)
	s.remote("a", "v2", mark(c[2], form("a", "v2")))
	want(t, s.resolve(t, "a", "v3"), "v2", true, SourceMark)
}

func TestWithoutRepository(t *testing.T) {
	g, err := OpenGit(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, found := g.Head(); found || g.Shallow() {
		t.Error("a repository out of nothing")
	}
	for name, c := range map[string]struct {
		set     func(*side)
		content string
		known   bool
		source  Source
	}{
		"state": {func(s *side) { remember(s, "a", "v1", ""); s.remote("a", "v1") }, "v1", true, SourceState},
		"state and its mark": {func(s *side) {
			remember(s, "a", "v1", "")
			s.remote("a", "v1", mark("", form("a", "v1")))
		}, "v1", true, SourceState},
		"state, edited there": {func(s *side) { remember(s, "a", "v1", ""); s.remote("a", "x") }, "v1", false, SourceState},
		"another machine pushed since": {func(s *side) {
			remember(s, "a", "v1", "")
			s.remote("a", "v1", mark("", form("a", "v1")), mark("", form("a", "v2")))
		}, "", false, SourceUnknown},
		"a console edit was taken after the last push": {func(s *side) {
			s.State[key("a")] = state.Base{Object: form("a", "v2"), Version: 1}
			s.remote("a", "v2", mark("", form("a", "v1")))
		}, "v2", true, SourceState},
		"gone there":        {func(s *side) { remember(s, "a", "v1", "") }, "v1", false, SourceState},
		"nothing":           {func(s *side) { s.remote("a", "v1", mark("", form("a", "v1"))) }, "", false, SourceUnknown},
		"unfinished create": {func(s *side) { s.remote("a", "mine") }, "mine", true, SourceTree},
	} {
		t.Run(name, func(t *testing.T) {
			for _, git := range []*Git{g, nil} {
				s := newSide(git)
				c.set(s)
				want(t, s.resolve(t, "a", "mine"), c.content, c.known, c.source)
			}
		})
	}
}

// Kinds without submit have nothing to roll back to.
func TestBusinessesAndQueries(t *testing.T) {
	w := newWorld(t)
	fs := project(nil)
	fs["业务流程/shop/business.yaml"] = "description: one\n"
	fs["临时查询/q.sql"], fs["临时查询/q.node.yaml"] = "v1", "fileType: ODPS_SQL\n"
	c := w.commit(fs, "one")
	fs["业务流程/shop/business.yaml"] = "description: two\n"
	fs["临时查询/q.sql"] = "v2"
	w.commit(fs, "two", c)

	business := model.NewObject(model.BusinessKey("业务流程/shop"))
	business.Set(model.FieldDescription, model.TextValue("one"))
	query := model.NewObject(model.FileKey("临时查询", "q", 10))
	query.Set(model.FieldContent, model.TextValue("v1"))
	gone := model.NewObject(model.FolderKey(folder))
	s := newSide(w.git("."))
	for _, o := range []model.Object{business, query, gone} {
		s.add(o)
	}
	for _, o := range []model.Object{business, query} {
		if b := s.resolveKey(t, o.Key); !b.Known || b.Commit != c {
			t.Errorf("%s: got %v", o.Key, b)
		}
	}
	if b := s.resolveKey(t, gone.Key); b.Known {
		t.Errorf("a folder that git never had: got %v", b)
	}
	if len(s.asked) > 0 {
		t.Errorf("versions were read: %v", s.asked)
	}
}

// Folders are there if anything is in them.
func TestDeletedFolder(t *testing.T) {
	w := newWorld(t)
	c := w.commit(project(map[string]string{"a": "v1"}), "with")
	w.commit(project(nil), "without", c)
	s := newSide(w.git("."))
	s.add(model.NewObject(model.FolderKey(folder)))
	if b := s.resolveKey(t, model.FolderKey(folder)); !b.Known || b.Commit != c {
		t.Errorf("got %v", b)
	}
}

// A commit that changes a map rule makes a new version of each path that it maps.
func TestMappingOfEachCommit(t *testing.T) {
	w := newWorld(t)
	fs := project(map[string]string{"a": "select 1 from dim_dev.t", "b": "x"})
	one := w.commit(fs, "one")
	fs["dwsync.yaml"] = projectYAML + "    map:\n      content:\n        - {find: \"dim_dev.\", replace: \"dim_prod.\"}\n"
	two := w.commit(fs, "two", one)
	fs["dwsync.yaml"] = "targets: [broken"
	three := w.commit(fs, "three", two)
	delete(fs, "dwsync.yaml")
	w.commit(fs, "four", three)
	for content, commit := range map[string]string{"select 1 from dim_dev.t": one, "select 1 from dim_prod.t": two} {
		s := newSide(w.git("."))
		s.remote("a", content, dirtyMark(one, form("a", "select 1 from dim_dev.t")))
		if b := s.resolve(t, "a", "mine"); !b.Known || b.Commit != commit {
			t.Errorf("%s: got %v", content, b)
		}
	}
	s := newSide(w.git("."))
	s.remote("a", "select 1 from dim_dev.t", mark(two, form("a", "?")))
	want(t, s.resolve(t, "a", "mine"), "select 1 from dim_prod.t", false, SourceGit)
}

// A commit that does not parse is no version, and no error.
func TestInvalidCommits(t *testing.T) {
	w, c := line(t)
	broken := project(map[string]string{"a": "v4"})
	broken[folder+"/a.node.yaml"] = "fileType: ODPS_SQL\nnonsense: 1\n"
	four := w.commit(broken, "four", c[3])
	delete(broken, folder+"/a.sql")
	five := w.commit(broken, "five", four)
	w.commit(project(map[string]string{"a": "v6"}), "six", five)
	s := newSide(w.git("."))
	s.remote("a", "v4", mark(five, form("a", "?")))
	want(t, s.resolve(t, "a", "v7"), "", false, SourceUnknown)
	s = newSide(w.git("."))
	s.remote("a", "v3", dirtyMark(c[2], form("a", "?")))
	want(t, s.resolve(t, "a", "v7"), "v3", true, SourceGit)
}

// The project may lie below the repository's root, and a commit may not have it yet.
func TestProjectBelowTheRoot(t *testing.T) {
	w := newWorld(t)
	inside := func(content string) files {
		fs := files{"README.md": "top"}
		for name, data := range project(map[string]string{"a": content}) {
			fs["warehouse/dw/"+name] = data
		}
		return fs
	}
	empty := w.commit(files{"README.md": "top", "warehouse": "a file"}, "empty")
	one := w.commit(inside("v1"), "one", empty)
	w.commit(inside("v2"), "two", one)
	s := newSide(w.git("warehouse/dw"))
	s.remote("a", "v1")
	want(t, s.resolve(t, "a", "v3"), "v1", true, SourceGit)
	s = newSide(w.git("warehouse/dw"))
	s.remote("a", "x")
	want(t, s.resolve(t, "a", "v3"), "", false, SourceUnknown)
}

func TestMissingObjectsAreAnError(t *testing.T) {
	w, c := line(t)
	hash := w.blob("v2")
	delete(w.store.Blobs, hash)
	delete(w.store.Objects, hash)
	s := newSide(w.git("."))
	s.remote("a", "x", dirtyMark(c[1], form("a", "?")))
	s.Keys = []model.Key{key("a")}
	_, err := Resolve(t.Context(), s.Input)
	if missing, ok := errorAs[*MissingObjectError](err); !ok || missing.Hash != hash.String() {
		t.Errorf("got %v", err)
	}
}

// What is never compared makes no form unknown, wherever a base comes from.
func TestIgnoredFields(t *testing.T) {
	w, c := line(t)
	for name, set := range map[string]func(s *side, o model.Object){
		"mark":  func(s *side, o model.Object) { s.add(o, mark(c[2], form("a", "v2"))) },
		"git":   func(s *side, o model.Object) { s.add(o, dirtyMark(c[1], form("a", "?"))) },
		"state": func(s *side, o model.Object) { remember(s, "a", "v2", c[2]); s.add(o) },
	} {
		for _, ignored := range []bool{false, true} {
			s := newSide(w.git("."))
			o := form("a", "v2")
			o.Set(model.FieldFileDescription, model.TextValue("console"))
			set(s, o)
			s.Ignored = func(_ model.Key, f model.Field) bool { return ignored && f == model.FieldFileDescription }
			if b := s.resolve(t, "a", "v3"); b.Known != ignored {
				t.Errorf("%s, ignored %v: got %v", name, ignored, b)
			}
		}
	}
}

// A floor is found behind a commit whose clock was years behind; versions before such a commit may be missed, which must not make a roll back known.
func TestWrongClocks(t *testing.T) {
	w := newWorld(t)
	one := w.commit(project(map[string]string{"a": "v1"}), "one")
	now := w.now
	w.now = now.AddDate(-3, 0, 0)
	two := w.commit(project(map[string]string{"a": "v2"}), "two", one)
	w.now = now
	three := w.commit(project(map[string]string{"a": "v3"}), "three", two)
	for remote, known := range map[string]bool{"v1": true, "v2": true, "v3": true, "x": false} {
		s := newSide(w.git("."))
		s.remote("a", remote, dirtyMark(one, form("a", "v1")))
		if b := s.resolve(t, "a", "v4"); b.Known != known || !known && b.Commit != one {
			t.Errorf("%s: got %v", remote, b)
		}
	}
	s := newSide(w.git("."))
	s.remote("a", "v1", mark(one, form("a", "v1")), mark(three, form("a", "v3")))
	want(t, s.resolve(t, "a", "v4"), "v3", false, SourceGit)
}
