package tree

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// What stands where a file is written before it is moved to its place is nobody's way to another file: a link there is replaced, never followed.
func TestWriteFileFollowsNoLink(t *testing.T) {
	path := t.TempDir()
	dir, err := OpenDir(path)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if err := os.WriteFile(path+"/mine.sql", []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path+"/.dwsync", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, link := range []string{"writing-0.tmp", "writing-1.tmp"} {
		if err := os.Symlink("../mine.sql", path+"/.dwsync/"+link); err != nil {
			t.Fatal(err)
		}
	}
	if err := Apply(dir, []Edit{{Op: OpWrite, Path: "a", Data: []byte("a")}, {Op: OpWrite, Path: "b", Data: []byte("b")}}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"mine.sql": "mine", "a": "a", "b": "b"} {
		if data, err := os.ReadFile(path + "/" + name); err != nil || string(data) != want {
			t.Errorf("%s: %q, %v", name, data, err)
		}
		if info, err := os.Lstat(path + "/" + name); err != nil || !info.Mode().IsRegular() {
			t.Errorf("%s is no regular file any more: %v", name, err)
		}
	}
}

// A directory there that somebody keeps things in stays, and the error says what is to be done.
func TestWriteFileNamesADirectoryInTheWay(t *testing.T) {
	path := t.TempDir()
	dir, err := OpenDir(path)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	write := func() error { return Apply(dir, []Edit{{Op: OpWrite, Path: "a", Data: []byte("a")}}) }
	if err := os.MkdirAll(path+"/.dwsync/writing-0.tmp", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := write(); err != nil {
		t.Errorf("an empty directory stops the run: %v", err)
	}
	if err := os.MkdirAll(path+"/.dwsync/writing-0.tmp/kept", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path + "/a"); err != nil {
		t.Fatal(err)
	}
	err = write()
	if standing, ok := errors.AsType[*InTheWayError](err); !ok || standing.Path != ".dwsync/writing-0.tmp" || !strings.Contains(err.Error(), "move it away") {
		t.Errorf("got %v", err)
	}
	// What a stopped run left is tidied up around it.
	if err := os.WriteFile(path+"/"+journalFile, []byte("[]"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Recover(dir); err != nil {
		t.Errorf("recover: %v", err)
	}
	if _, err := os.Stat(path + "/.dwsync/writing-0.tmp/kept"); err != nil {
		t.Error(err)
	}
}
