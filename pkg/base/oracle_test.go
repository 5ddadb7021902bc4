package base

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"github.com/dwsync/dwsync/pkg/config"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/state"
	"github.com/dwsync/dwsync/pkg/tree"
)

// oracle knows the rules of section 6 in their plain form: it looks at every commit of a small history, and at every object of each.
type oracle struct {
	commits []oracleCommit
	head    int
}

type oracleCommit struct {
	hash    string
	files   files
	parents []int
}

// holds tells whether commit a is b or comes before it.
func (o *oracle) holds(a, b int) bool {
	if a == b {
		return true
	}
	return slices.ContainsFunc(o.commits[b].parents, func(p int) bool { return o.holds(a, p) })
}

func (o *oracle) find(hash string) (int, bool) {
	i := slices.IndexFunc(o.commits, func(c oracleCommit) bool { return c.hash == hash })
	return i, i >= 0 && o.holds(i, o.head)
}

func (o *oracle) version(i int, k model.Key) (model.Object, bool) {
	c, err := config.Parse("dwsync.yaml", []byte(o.commits[i].files["dwsync.yaml"]))
	if err != nil {
		return model.Object{}, false
	}
	t, err := c.Target("dev")
	if err != nil {
		return model.Object{}, false
	}
	fsys := fstest.MapFS{}
	for name, content := range o.commits[i].files {
		fsys[name] = &fstest.MapFile{Data: []byte(content)}
	}
	local, found, err := tree.ReadObject(fsys, k)
	if err != nil || !found {
		return model.Object{}, false
	}
	form, err := mapping.New(t, model.Project{Identifier: "shop_dev"}).Forward(local.Object)
	return form, err == nil
}

// base gives what the design says of a file with these marks, the newest first, whose newest version is that number: what set the floor, the versions after it, and
// what replaced the version of the floor's commit in the workspace.
func (o *oracle) base(r model.Object, st *state.Base, marks []Mark, newest int) (b *model.Object, known bool) {
	same := func(form model.Object) bool { return len(model.Differences(form, r, nil)) == 0 }
	stateAt, hasState := -1, false
	if st != nil {
		stateAt, hasState = o.find(st.Commit)
	}
	var m Mark
	markAt, hasMark := -1, false
	if len(marks) > 0 {
		m = marks[0]
		markAt, hasMark = o.find(m.Commit)
	}
	stateSets := hasState && (!hasMark || o.holds(markAt, stateAt))
	markSets := hasMark && !stateSets
	if hasMark && stateAt == markAt {
		isOne := st.Object.Matches(m.Hash)
		stateSets, markSets = isOne || newest <= st.Version, isOne || newest > st.Version
	}
	floor := markAt
	if stateSets {
		floor = stateAt
	}
	switch {
	case stateSets && same(st.Object):
		return &r, true
	case markSets && !m.Dirty && r.Matches(m.Hash):
		return &r, true
	}
	var atFloor *model.Object
	if stateSets || markSets {
		if form, found := o.version(floor, r.Key); found {
			atFloor = &form
		}
	}
	// What was in the workspace before that which set the floor is a roll back, though a commit since may hold it too.
	isReplaced := false
	switch {
	case markSets && !m.Dirty || markSets && r.Matches(m.Hash):
	case stateSets:
		isReplaced = atFloor != nil && same(*atFloor) && len(model.Differences(*atFloor, st.Object, nil)) > 0
	case markSets:
		isReplaced = atFloor != nil && same(*atFloor) && atFloor.Hash() != m.Hash ||
			slices.ContainsFunc(marks[1:], func(older Mark) bool { return r.Matches(older.Hash) })
	}
	holds := false
	var pushed *model.Object
	for i := range o.commits {
		counts := o.holds(i, o.head)
		switch {
		case stateSets || markSets:
			counts = counts && o.holds(floor, i)
		case st != nil || len(marks) > 0:
			counts = false
		}
		form, found := o.version(i, r.Key)
		if !counts || !found {
			continue
		}
		if form.Hash() == m.Hash {
			pushed = &form
		}
		holds = holds || same(form)
	}
	switch {
	case holds && !isReplaced:
		return &r, true
	case stateSets:
		return &st.Object, false
	case !markSets:
		return nil, false
	case m.Dirty && pushed != nil:
		return pushed, false
	case holds:
		return nil, false
	default:
		return atFloor, false
	}
}

// drawHistory makes a history of a few commits with branches, merges and several roots. Names cover what the walk must know of spellings.
func drawHistory(t *rapid.T, w *world) (*oracle, []model.Key) {
	places := map[string]model.Key{
		folder + "/a":                  model.FileKey(folder, "a", 10),
		folder + "/%61":                model.FileKey(folder, "a", 10), // twice: the first is read
		folder + "/a.b":                model.FileKey(folder, "a.b", 10),
		folder + "/c%3Ad":              model.FileKey(folder, "c:d", 10),
		folder + "/sub%3F/a":           model.FileKey(folder+"/sub?", "a", 10),
		"业务流程/shop/MaxCompute/dwd/%41": model.FileKey("业务流程/shop/MaxCompute/dwd", "A", 10),
		"业务流程/sho\u0070\u0301/通用/e\u0301 (x)": model.FileKey("业务流程/sho\u1e55/通用", "\u00e9 (x)", 10),
	}
	contents := rapid.SampledFrom([]string{"", "v1", "v2", "v3", "broken"})
	configs := rapid.SampledFrom([]string{projectYAML, projectYAML, projectYAML,
		projectYAML + "    map:\n      content: [{find: v1, replace: v2}]\n", projectYAML + "    release: saved\n", "broken: ["})
	o := &oracle{}
	spelled := sortedKeys(places)
	for i := range rapid.IntRange(1, 8).Draw(t, "commits") {
		c := oracleCommit{files: files{}}
		if i > 0 {
			for range rapid.IntRange(0, 2).Draw(t, "parents") {
				c.parents = append(c.parents, rapid.IntRange(max(0, i-3), i-1).Draw(t, "parent"))
			}
			slices.Sort(c.parents)
			c.parents = slices.Compact(c.parents)
		}
		from := files{"dwsync.yaml": projectYAML}
		if len(c.parents) > 0 {
			from = o.commits[c.parents[0]].files
		}
		for name, content := range from {
			c.files[name] = content
		}
		if rapid.IntRange(0, 3).Draw(t, "config") == 0 {
			c.files["dwsync.yaml"] = configs.Draw(t, "dwsync.yaml")
		}
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			stem := rapid.SampledFrom(spelled).Draw(t, "place")
			content := contents.Draw(t, "content")
			delete(c.files, stem+".sql")
			delete(c.files, stem+".node.yaml")
			switch content {
			case "":
			case "broken":
				c.files[stem+".node.yaml"] = "fileType: ODPS_SQL\n"
			default:
				c.files[stem+".sql"], c.files[stem+".node.yaml"] = content, "fileType: ODPS_SQL\n"
			}
		}
		var parents []string
		for _, p := range c.parents {
			parents = append(parents, o.commits[p].hash)
		}
		if rapid.IntRange(0, 4).Draw(t, "clock") == 0 {
			w.now = w.now.Add(-3 * time.Minute)
		}
		c.hash = w.commit(c.files, fmt.Sprint("commit ", i), parents...)
		o.commits = append(o.commits, c)
		o.head = i
	}
	keys := make([]model.Key, len(spelled))
	for i, stem := range spelled {
		keys[i] = places[stem]
	}
	slices.SortFunc(keys, model.Key.Compare)
	return o, slices.Compact(keys)
}

// The walk, which looks at as little as it can and at all objects together, finds what a look at everything finds.
func TestResolveIsTheRule(t *testing.T) {
	seen := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		o, keys := drawHistory(t, w)
		s := newSide(w.git("."))
		commit := func(label string) string { return rapid.SampledFrom(o.commits).Draw(t, label).hash }
		content := rapid.SampledFrom([]string{"v1", "v2", "v3", "other"})
		marks := map[model.Key][]Mark{}
		for _, k := range keys {
			r := model.NewObject(k)
			r.Set(model.FieldContent, model.TextValue(content.Draw(t, "remote")))
			r.Set(model.FieldOwner, model.TextValue("1"))
			var comments []string
			for range rapid.IntRange(0, 2).Draw(t, "marks") {
				pushed := model.NewObject(k)
				pushed.Set(model.FieldContent, model.TextValue(content.Draw(t, "pushed")))
				m := Mark{Commit: commit("mark's commit"), Dirty: rapid.Bool().Draw(t, "dirty"), Hash: pushed.Hash()}
				marks[k] = append([]Mark{m}, marks[k]...)
				comments = append(comments, FormatComment(m, "", ""))
			}
			if rapid.IntRange(0, 2).Draw(t, "state") == 0 {
				remembered := model.NewObject(k)
				remembered.Set(model.FieldContent, model.TextValue(content.Draw(t, "remembered")))
				s.State[k] = state.Base{Object: remembered, Commit: commit("state's commit"), Version: rapid.IntRange(0, len(comments)).Draw(t, "state's version")}
			}
			s.add(r, comments...)
		}
		s.Keys = keys
		bases, err := Resolve(t.Context(), s.Input)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range keys {
			r := s.Remote[k].Object
			var st *state.Base
			if b, found := s.State[k]; found {
				st = &b
			}
			wantObject, wantKnown := o.base(r, st, marks[k], len(marks[k]))
			got := bases[k]
			switch {
			case got.Known != wantKnown, (got.Object == nil) != (wantObject == nil):
				t.Fatalf("%s: got %v, want %v, known %v", k, got, wantObject, wantKnown)
			case wantObject != nil && len(model.Differences(*got.Object, *wantObject, nil)) > 0:
				t.Fatalf("%s: got %v, want %v", k, got, wantObject)
			}
			seen[fmt.Sprint(got.Source, got.Known)]++
			if strings.Contains(got.Reason, "what was pushed last") {
				seen["after a dirty push"]++
			}
		}
	})
	for _, kind := range []string{"gittrue", "gitfalse", "statetrue", "statefalse", "marktrue", "unknownfalse", "after a dirty push"} {
		if seen[kind] == 0 {
			t.Errorf("no case was %s: %v", kind, seen)
		}
	}
}
