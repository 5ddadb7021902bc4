package emulator_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dwsync/dwsync/pkg/emulator"
)

const serverEnv = "EMULATOR_TEST_SERVER"

// serverProcess serves a file until it is killed.
func serverProcess(path string) {
	s, err := emulator.Open(path, emulator.Options{DeploymentTime: 50 * time.Millisecond})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("http://" + l.Addr().String())
	fmt.Println(http.Serve(l, s))
}

func startServer(t *testing.T, path string) (*exec.Cmd, string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), serverEnv+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "http") {
		t.Fatalf("server: %q %v", line, err)
	}
	return cmd, strings.TrimSpace(line)
}

// A killed emulator restarts with what it has answered: every file whose id
// came back is there, with its newest answered content.
func TestKilledServer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "emulator.db")
	saved := map[string]string{} // FileId -> content
	for round := range 3 {
		cmd, url := startServer(t, path)
		var mu sync.Mutex
		var clients sync.WaitGroup
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
		enough := len(saved) + 10
		for n := range 4 {
			clients.Go(func() {
				c := &raw{t: t, base: url, http: &http.Client{}, key: "dwsync", secret: "dwsync"}
				if round == 0 && n == 0 {
					_, _ = c.try("CreateBusiness", params{"ProjectId": "10000", "BusinessName": "b"})
				}
				for i := 0; ctx.Err() == nil; i++ {
					name := fmt.Sprintf("f%d_%d_%d", round, n, i)
					a, err := c.try("CreateFile", params{"ProjectId": "10000", "FileFolderPath": mc, "FileName": name, "FileType": "10", "Content": name})
					if err != nil {
						return
					}
					if a.status != 200 {
						continue
					}
					id := a.text("Data")
					mu.Lock()
					saved[id] = name
					if len(saved) >= enough {
						stop() // the others are in the middle of something
					}
					mu.Unlock()
					// What is on its way when the server dies may or may not be there.
					next := name + " v2"
					if a, err = c.try("UpdateFile", params{"ProjectId": "10000", "FileId": id, "Content": next}); err == nil && a.status == 200 {
						mu.Lock()
						saved[id] = next
						mu.Unlock()
					}
				}
			})
		}
		<-ctx.Done()
		stop()
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		clients.Wait()
	}
	if len(saved) < 10 {
		t.Fatalf("only %d files were saved", len(saved))
	}
	s, err := emulator.Open(path, emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c := inProcess(t, s)
	for id, content := range saved {
		got := c.ok("GetFile", params{"ProjectId": "10000", "FileId": id}).text("Data.File.Content")
		if got != content && got != content+" v2" {
			t.Errorf("file %s: %q, want %q", id, got, content)
		}
	}
	t.Logf("%d files survived three kills", len(saved))
}

// Parallel clients: every call is whole, ids are unique, counts add up.
func TestParallelClients(t *testing.T) {
	s, err := emulator.Open(filepath.Join(t.TempDir(), "emulator.db"), emulator.Options{DeploymentTime: 5 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	inProcess(t, s).ok("CreateBusiness", params{"ProjectId": "10000", "BusinessName": "b"})
	const clients, each = 8, 5
	var mu sync.Mutex
	ids := map[string]bool{}
	var wait sync.WaitGroup
	for n := range clients {
		wait.Go(func() {
			c := inProcess(t, s)
			for i := range each {
				p := params{"ProjectId": "10000", "FileFolderPath": fmt.Sprintf("%s/%d", mc, i), "FileName": fmt.Sprintf("f%d", n), "FileType": "10", "InputList": "dw_project_root", "CreateFolderIfNotExists": "true"}
				id := c.ok("CreateFile", p).text("Data")
				mu.Lock()
				ids[id] = true
				mu.Unlock()
				c.ok("ListFiles", params{"ProjectId": "10000", "PageSize": "100"})
				for _, action := range []string{"SubmitFile", "DeployFile"} {
					d := c.ok(action, params{"ProjectId": "10000", "FileId": id}).text("Data")
					for c.ok("GetDeployment", params{"ProjectId": "10000", "DeploymentId": d}).text("Data.Deployment.Status") == "0" {
						time.Sleep(time.Millisecond)
					}
				}
				_ = s.Snapshot()
				_ = s.Calls()
			}
		})
	}
	wait.Wait()
	c := inProcess(t, s)
	if got := c.ok("ListNodes", params{"ProjectId": "10000", "ProjectEnv": "PROD"}).text("Data.TotalCount"); len(ids) != clients*each || got != fmt.Sprint(clients*each) {
		t.Errorf("%d ids, %s nodes, want %d", len(ids), got, clients*each)
	}
	// One name, many clients: one of them gets it.
	won := 0
	for range clients {
		wait.Go(func() {
			if a := inProcess(t, s).do("CreateFile", params{"ProjectId": "10000", "FileFolderPath": mc, "FileName": "one", "FileType": "10"}); a.status == 200 {
				mu.Lock()
				won++
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	if won != 1 {
		t.Errorf("%d clients made the same file", won)
	}
}

// A snapshot is one moment, and restoring it brings all of that moment back.
func TestSnapshot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "emulator.db")
	s, err := emulator.Open(path, emulator.Options{DeploymentTime: -1})
	if err != nil {
		t.Fatal(err)
	}
	c := inProcess(t, s)
	ids, err := s.Seed("dw_project",
		emulator.SeedFile{Folder: mc + "/ods", Name: "a", Type: 10, Content: "1", Params: params{"InputList": "dw_project_root"}, Stage: emulator.Deployed},
		emulator.SeedFile{Folder: "临时查询/x", Name: "..", Type: 10, Content: "2"},
		emulator.SeedFile{Folder: "手动业务流程/m/General", Name: "sh", Type: 6, Stage: emulator.Submitted, Edited: true})
	if err != nil {
		t.Fatal(err)
	}
	id := fmt.Sprint(ids[0])
	snapshot := s.Snapshot()
	list := func(c *raw) string {
		return text(c.ok("ListFiles", params{"ProjectId": "10000", "NeedAbsoluteFolderPath": "true", "PageSize": "100"}).at("Data")) +
			text(c.ok("ListNodes", params{"ProjectId": "10000", "ProjectEnv": "PROD"}).at("Data"))
	}
	before := list(c)
	c.ok("UpdateFile", params{"ProjectId": "10000", "FileId": id, "Content": "3", "FileName": "b"})
	c.ok("SubmitFile", params{"ProjectId": "10000", "FileId": id})
	c.ok("DeleteFile", params{"ProjectId": "10000", "FileId": fmt.Sprint(ids[1])})
	if list(c) == before {
		t.Error("nothing has changed")
	}
	if err := s.Restore(snapshot); err != nil {
		t.Fatal(err)
	}
	if got := list(c); got != before {
		t.Errorf("got  %s\nwant %s", got, before)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = emulator.Open(path, emulator.Options{}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := list(inProcess(t, s)); got != before {
		t.Errorf("reopened: got  %s\nwant %s", got, before)
	}
	if err := s.RollBack(ids[0], 1); err != nil {
		t.Error(err)
	}
	if err := s.RollBack(ids[0], 9); err == nil {
		t.Error("rolled back to a version that is not there")
	}
}
