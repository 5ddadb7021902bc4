package emulator

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"testing/synctest"
	"time"
)

// Whatever calls come, refused ones, stale reads and restores among them, the
// indexes are those that the records alone would give, in memory and in a file.
func TestIndexesFollowRecords(t *testing.T) {
	all := map[string]int{} // how often each action has succeeded
	for seed := range uint64(24) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { randomCalls(t, seed, all) })
		})
	}
	for _, action := range []string{"CreateBusiness", "UpdateBusiness", "DeleteBusiness", "CreateFolder", "UpdateFolder", "DeleteFolder", "CreateFile", "UpdateFile", "SubmitFile", "DeployFile", "DeleteFile", "UpdateNodeOwner", "UpdateNodeRunMode", "CreateDISyncTask"} {
		if all[action] < 5 {
			t.Errorf("%s has succeeded %d times only: %v", action, all[action], all)
		}
	}
}

func randomCalls(t *testing.T, seed uint64, all map[string]int) {
	r := rand.New(rand.NewPCG(seed, 1))
	switches := map[string]string{}
	for _, sw := range Switches() {
		switches[sw.Name] = sw.Values[r.IntN(len(sw.Values))]
	}
	path := t.TempDir() + "/emulator.db"
	o := Options{Seed: seed + 1, Switches: switches, DeploymentTime: 2 * time.Second, Projects: []Project{{Name: "p", ID: 1}, {Name: "q", ID: 2, Mode: Simple}}}
	s, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }() // s is opened anew below
	pick := func(all ...string) string { return all[r.IntN(len(all))] }
	id := func() string {
		ids := []string{"1"}
		for _, name := range sortedIDs(setOf(s.state.files)) {
			ids = append(ids, itoa(name))
		}
		return pick(ids...)
	}
	folder := func() string {
		ids := []string{"none"}
		ids = append(ids, sortedKeys(s.state.folders)...)
		return pick(ids...)
	}
	done := map[string]int{}
	var snapshot Snapshot
	for step := range 400 {
		project := pick("1", "2")
		name := pick("p", "q")
		where := pick("业务流程/a/MaxCompute", "业务流程/a/MaxCompute/x", "业务流程/b/folderMaxCompute/x/y", "手动业务流程/m/MaxCompute", "临时查询/z", "业务流程/a/通用")
		calls := []struct {
			action string
			params map[string]string
		}{
			{"CreateBusiness", map[string]string{"BusinessName": pick("a", "b", "m"), "UseType": pick("NORMAL", "MANUAL_BIZ")}},
			{"UpdateBusiness", map[string]string{"BusinessId": pick(idsOf(s.state.businesses)...), "BusinessName": pick("a", "b", "c")}},
			{"DeleteBusiness", map[string]string{"BusinessId": pick(idsOf(s.state.businesses)...)}},
			{"CreateFolder", map[string]string{"FolderPath": where + pick("", "/n")}},
			{"UpdateFolder", map[string]string{"FolderId": folder(), "FolderName": pick("x", "y", "n")}},
			{"DeleteFolder", map[string]string{"FolderId": folder()}},
			{"CreateFile", map[string]string{"FileFolderPath": where, "FileName": pick("f", "g", "h"), "FileType": pick("10", "24", "12", "6"), "CreateFolderIfNotExists": pick("true", "false"), "InputList": name + pick("_root", ".f", ".g"), "Content": "insert into t select * from f"}},
			{"CreateFile", map[string]string{"FileFolderPath": "业务流程/a/MaxCompute", "FileName": pick("f", "g", "h", "i", "j"), "FileType": "10", "InputList": name + "_root"}},
			{"UpdateFile", map[string]string{"FileId": id(), pick("FileName", "Content", "OutputList", "InputList", "SchedulerType", "CronExpress"): pick("f", "g", "p.f,p.z", "p_root", "SKIP", "bad")}},
			{"UpdateFile", map[string]string{"FileId": id(), "FileFolderPath": where}},
			{"SubmitFile", map[string]string{"FileId": id()}},
			{"SubmitFile", map[string]string{"FileId": id()}},
			{"DeployFile", map[string]string{"FileId": id()}},
			{"DeleteFile", map[string]string{"FileId": id()}},
			{"UpdateNodeOwner", map[string]string{"NodeId": pick(nodeIDs(s)...), "ProjectEnv": pick("DEV", "PROD"), "UserId": "7"}},
			{"UpdateNodeRunMode", map[string]string{"NodeId": pick(nodeIDs(s)...), "ProjectEnv": pick("DEV", "PROD"), "SchedulerType": pick("0", "2")}},
			{"ListFiles", map[string]string{"FileFolderPath": "业务流程/a/MaxCompute"}},
			{"GetFile", map[string]string{"FileId": id()}},
			{"ListNodes", map[string]string{"ProjectEnv": pick("DEV", "PROD")}},
			{"CreateDISyncTask", map[string]string{"TaskType": "DI_OFFLINE", "TaskContent": "{}", "TaskName": pick("f", "g"), "ClientToken": pick("", "t"), "TaskParam": `{"FileFolderPath":"业务流程/a/数据集成"}`}},
		}
		c := calls[r.IntN(len(calls))]
		if rare := c.action == "DeleteBusiness" || c.action == "DeleteFolder" || c.action == "UpdateBusiness"; rare && r.IntN(5) > 0 {
			c = calls[6+r.IntN(8)] // rather something with files
		}
		c.params["ProjectId"] = project
		if _, failure := s.run(s.actions[c.action], c.params, DefaultCredential().UserID, nil); failure == nil {
			done[c.action]++
		} else if failure.Status >= 500 {
			t.Fatalf("step %d: %s %v: %v", step, c.action, c.params, failure)
		}
		time.Sleep(time.Duration(r.IntN(1500)) * time.Millisecond)
		switch {
		case step == 100:
			snapshot = s.Snapshot()
		case step == 180 && seed%3 == 0:
			if err := s.Restore(snapshot); err != nil {
				t.Fatal(err)
			}
		case step%60 == 59:
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			before := s.state
			if s, err = Open(path, o); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(before.records, s.state.records) {
				t.Fatalf("step %d: the file holds other records than the memory", step)
			}
		}
		rebuilt := newState()
		for _, b := range buckets {
			for id, record := range s.state.records {
				if id.bucket == b {
					rebuilt.replace(id, record)
				}
			}
		}
		dropEmpty(s.state)
		dropEmpty(rebuilt)
		if !reflect.DeepEqual(s.state, rebuilt) {
			t.Fatalf("step %d, %s %v: the indexes are not what the records give:\n%s", step, c.action, c.params, difference(s.state, rebuilt))
		}
	}
	for action, n := range done {
		all[action] += n
	}
}

// dropEmpty takes out lists that have become empty: that they are there at all
// means nothing.
func dropEmpty(s *state) {
	for _, m := range []map[int64][]int64{s.projectBiz, s.projectDeploys} {
		for k, v := range m {
			if len(v) == 0 {
				delete(m, k)
			}
		}
	}
	for k, v := range s.projectFiles {
		if len(v) == 0 {
			delete(s.projectFiles, k)
		}
	}
	for k, v := range s.envNodes {
		if len(v) == 0 {
			delete(s.envNodes, k)
		}
	}
	if len(s.open) == 0 {
		s.open = nil
	}
}

// difference names the fields that differ.
func difference(a, b *state) string {
	var names string
	x, y := reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem()
	for i := range x.NumField() {
		if g, w := fmt.Sprint(x.Field(i)), fmt.Sprint(y.Field(i)); g != w {
			names += fmt.Sprintf("%s\n  %s\n  %s\n", x.Type().Field(i).Name, g, w)
		}
	}
	return names
}

func setOf[V any](m map[int64]V) map[int64]bool {
	set := map[int64]bool{}
	for id := range m {
		set[id] = true
	}
	return set
}

func idsOf[V any](m map[int64]V) []string {
	ids := []string{"1"}
	for _, id := range sortedIDs(setOf(m)) {
		ids = append(ids, itoa(id))
	}
	return ids
}

func nodeIDs(s *Server) []string { return idsOf(s.state.nodeFile) }
