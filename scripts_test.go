package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/dwsync/dwsync/internal/cli"
	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
)

// The scripts run the program as it is: the test binary, called as dwsync, is main.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"dwsync": func() { os.Exit(cli.Main(context.Background(), cli.System(), os.Args)) },
	})
}

// TestScripts runs the end-to-end scripts: every command and every exit code, the program against the emulator, as a user would.
func TestScripts(t *testing.T) {
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("EXAMPLE", filepath.Join(root, "examples", "project"))
			e.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "dwsync")
			e.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "dwsync")
			e.Setenv("NO_COLOR", "1")
			e.Values[emulatorProcess{}] = &exec.Cmd{}
			e.Values[served{}] = new(*emulator.Server)
			for _, name := range []string{"HOME", "XDG_CACHE_HOME"} {
				e.Setenv(name, filepath.Join(e.WorkDir, ".home"))
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve":     serve,
			"code":      code,
			"copy":      copyTree,
			"crlf":      crlf,
			"expand":    expand,
			"replace":   replace,
			"same":      same,
			"discarded": discarded,
			"console":   console,
			"rollback":  rollback,
			"renamed":   renamed,
			"fifty":     fifty,
			"ids":       ids,
			"seed":      seed,
			"fault":     fault,
			"await":     await,
			"emulate":   emulate,
			"plainsdk":  plainsdk,
			"switches":  switches,
			"operate":   operate,
		},
	})
}

// serve [NAME=ID[:simple]]... starts an emulator over HTTP for the rest of the script and sets ENDPOINT. `serve down` sets ENDPOINT to an address
// where nobody listens.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) == 1 && args[0] == "down" {
		server := httptest.NewServer(http.NotFoundHandler())
		ts.Setenv("ENDPOINT", strings.TrimPrefix(server.URL, "http://"))
		server.Close()
		return
	}
	var projects []emulator.Project
	for _, arg := range args {
		name, rest, _ := strings.Cut(arg, "=")
		number, mode, _ := strings.Cut(rest, ":")
		id, err := strconv.ParseInt(number, 10, 64)
		ts.Check(err)
		p := emulator.Project{Name: name, ID: id, Mode: emulator.Standard}
		if mode == "simple" {
			p.Mode = emulator.Simple
		}
		projects = append(projects, p)
	}
	e := emulator.New(emulator.Options{Projects: projects, DeploymentTime: 20 * time.Millisecond})
	server := httptest.NewServer(e)
	ts.Defer(func() { server.Close(); e.Close() })
	*ts.Value(served{}).(**emulator.Server) = e
	ts.Setenv("ENDPOINT", strings.TrimPrefix(server.URL, "http://"))
}

type served struct{}

// fault FILE sets the faults of the served emulator to those of a JSON file; `fault none` takes them away.
func fault(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: fault FILE|none")
	}
	var faults []emulator.Fault
	if args[0] != "none" {
		ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &faults))
	}
	ts.Check((*ts.Value(served{}).(**emulator.Server)).SetFaults(faults...))
}

// await ACTION waits until the served emulator has been asked for an action.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: await ACTION")
	}
	for range 1000 {
		if (*ts.Value(served{}).(**emulator.Server)).Calls().ByAction[args[0]] > 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("nobody calls %s", args[0])
}

// code N dwsync ARG... runs the command and wants exactly that exit code.
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N program args...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		got = exitStatus(ts, err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func exitStatus(ts *testscript.TestScript, err error) int {
	match := regexp.MustCompile(`exit status (\d+)`).FindStringSubmatch(err.Error())
	if match == nil {
		ts.Fatalf("the program did not exit by itself: %v", err)
	}
	status, err := strconv.Atoi(match[1])
	ts.Check(err)
	return status
}

// copy FROM TO copies a tree, without .dwsync and .git: a fresh clone.
func copyTree(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: copy FROM TO")
	}
	ts.Check(cloneDir(ts.MkAbs(args[0]), ts.MkAbs(args[1])))
}

// cloneDir copies a tree without .dwsync and .git.
func cloneDir(from, to string) error {
	return filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Name() == ".dwsync" || d.Name() == ".git" {
			return filepath.SkipDir
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, relative)
		if d.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("clone: %w", err)
		}
		return os.WriteFile(target, data, 0o644)
	})
}

// expand FILE TEMPLATE writes the template with $NAME replaced by the script's variables.
func expand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: expand FILE TEMPLATE")
	}
	file := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(file), 0o755))
	ts.Check(os.WriteFile(file, []byte(strings.ReplaceAll(ts.ReadFile(args[1]), "$ENDPOINT", ts.Getenv("ENDPOINT"))), 0o644))
}

// replace FILE OLD NEW replaces the first OLD, which must be there.
func replace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace FILE OLD NEW")
	}
	before := ts.ReadFile(args[0])
	after := strings.Replace(before, args[1], args[2], 1)
	if after == before {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(after), 0o644))
}

// crlf FILE ends the lines of a file as Windows does, which a script cannot hold.
func crlf(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: crlf FILE")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(ts.ReadFile(args[0]), "\n", "\r\n")), 0o644))
}

// same A B wants two trees to hold the same files with the same bytes, and at least one.
func same(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: same A B")
	}
	a, b := readTree(ts, args[0]), readTree(ts, args[1])
	if len(a) == 0 {
		ts.Fatalf("%s is empty", args[0])
	}
	for name, content := range a {
		if other, ok := b[name]; !ok || other != content {
			ts.Fatalf("%s differs: %q and %q", name, content, other)
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			ts.Fatalf("%s is only in %s", name, args[1])
		}
	}
}

func readTree(ts *testscript.TestScript, dir string) map[string]string {
	files := map[string]string{}
	root := ts.MkAbs(dir)
	ts.Check(filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, root)] = string(data)
		return err
	}))
	return files
}

// console PATH TYPE TEXT saves a file's content as somebody in the web console would: it is saved, not submitted, and has no mark of a push.
func console(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: console PATH TYPE TEXT")
	}
	client, file := fileAt(ts, args[0], args[1])
	file.Object.Set(model.FieldContent, model.TextValue(args[2]+"\n"))
	ts.Check(client.UpdateFile(context.Background(), file.FileID, file.Object, []model.Field{model.FieldContent}, file.AutoOutputs))
}

// rollback PATH TYPE VERSION makes an older version of a file its saved form again, as the console does.
func rollback(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: rollback PATH TYPE VERSION")
	}
	_, file := fileAt(ts, args[0], args[1])
	id, err := strconv.ParseInt(string(file.FileID), 10, 64)
	ts.Check(err)
	version, err := strconv.ParseInt(args[2], 10, 64)
	ts.Check(err)
	ts.Check((*ts.Value(served{}).(**emulator.Server)).RollBack(id, version))
}

// fileAt finds a file of the served emulator by its path and type.
func fileAt(ts *testscript.TestScript, at, fileType string) (*dataworks.Client, model.Remote) {
	client, err := dataworks.Open(dataworks.Options{
		Endpoint: ts.Getenv("ENDPOINT"), Region: "cn-shanghai", Project: dataworks.ProjectRef{ID: "10000"}, Credentials: dataworks.AccessKey("dwsync", "dwsync", ""),
	})
	ts.Check(err)
	path := model.FolderPath(at)
	t, err := model.ParseFileType(fileType)
	ts.Check(err)
	rows, err := client.ListFiles(context.Background(), path.Root().UseType())
	ts.Check(err)
	for _, row := range rows {
		if row.Key.Path() == path && row.Key.Type == t {
			file, err := client.GetFile(context.Background(), row.FileID)
			ts.Check(err)
			return client, file
		}
	}
	ts.Fatalf("no file %s", path)
	return nil, model.Remote{}
}
