package cli_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/remote"
)

// holdings tells what a workspace holds, a line for each fact: businesses, folders, files with form and stage, their versions, the nodes of both environments,
// deletions that are half done. Who is made first is chance, so that ids are told as the paths of those who have them; times and comments are left out.
func (w *crashWorld) holdings() []string {
	w.t.Helper()
	client, ctx := w.client(), w.t.Context()
	held, err := remote.Read(ctx, client, remote.Options{Production: true})
	must(w.t, err)
	var lines, names []string
	paths := map[model.FileID]string{}
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	for _, key := range held.Keys() {
		r := held.Objects[key]
		form, err := json.Marshal(named(r.Object, nodesOf(held)))
		must(w.t, err)
		say("%s stands at stage %v: %s", key, r.Stage, form)
		if r.FileID == "" {
			continue
		}
		paths[r.FileID] = key.String()
		names = append(names, string(r.FileID), "<file of "+key.String()+">")
		if r.NodeID != "" {
			names = append(names, string(r.NodeID), "<node of "+key.String()+">")
		}
		for i, output := range r.AutoOutputs {
			names = append(names, output, fmt.Sprintf("<output %d of %s>", i+1, key))
		}
		versions, err := client.ListFileVersions(ctx, r.FileID)
		must(w.t, err)
		for _, v := range versions {
			say("%s has version %d: %s, status %v, in production: %v", key, v.Number, v.ChangeType, v.Status, v.IsCurrentProd)
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(held.Folders)) {
		say("folder %s", folder)
	}
	for _, half := range held.HalfDeleted {
		say("half deleted: %s", half.Object.Key)
	}
	say("nodes in production without a file: %d", held.Unplaced)
	environments := []string{"DEV", "PROD"}
	if held.Project.Mode == model.ModeSimple {
		environments = []string{"PROD"}
	}
	for _, environment := range environments {
		nodes, err := client.ListNodes(ctx, environment)
		must(w.t, err)
		for _, n := range nodes {
			say("in %s runs %s, version %d, %s", environment, paths[n.FileID], n.FileVersion, n.SchedulerType)
		}
	}
	told := strings.NewReplacer(names...)
	for i, line := range lines {
		lines[i] = told.Replace(line)
	}
	slices.Sort(lines)
	return lines
}

// nodesOf gives what node ids are called by, id and name in turn.
func nodesOf(held model.Workspace) *strings.Replacer {
	var names []string
	for _, key := range held.Keys() {
		if id := held.Objects[key].NodeID; id != "" {
			names = append(names, string(id), "<node of "+key.String()+">")
		}
	}
	return strings.NewReplacer(names...)
}

// named gives an object that names nodes instead of their ids, which order its sets otherwise from run to run.
func named(o model.Object, names *strings.Replacer) model.Object {
	o = o.Clone()
	items := slices.Clone(o.Get(model.FieldDependentNodeIDList).Items)
	for i := range items {
		items[i][0] = names.Replace(items[i][0])
	}
	o.Set(model.FieldDependentNodeIDList, model.SetValue(items...))
	return o
}

// withoutVersions leaves out which versions there are.
func withoutVersions(holdings []string) []string {
	var left []string
	for _, line := range holdings {
		if !strings.Contains(line, " has version ") {
			left = append(left, versionNumber.ReplaceAllString(line, ""))
		}
	}
	return left
}

var versionNumber = regexp.MustCompile(", version [0-9]+")

// wantHoldings compares what a workspace holds with what it should.
func wantHoldings(t *testing.T, where string, got, want []string) {
	t.Helper()
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("%s: missing: %s", where, line)
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("%s: too much: %s", where, line)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d facts instead of %d", where, len(got), len(want))
	}
}
