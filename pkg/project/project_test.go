package project_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/dwsync/dwsync/pkg/project"
)

// A project says which versions of dwsync it is for; a build of some commit is always allowed.
func TestRequires(t *testing.T) {
	dir := t.TempDir()
	text := "version: 1\nrequires: \">=0.3\"\ntargets:\n  sandbox: {emulator: .dwsync/sandbox.db, project: dw_project}\n"
	if err := os.WriteFile(filepath.Join(dir, "dwsync.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for version, allowed := range map[string]bool{"v0.3.0": true, "v1.0.0": true, "v0.2.9": false, "devel v0.0.0-20260101000000-abcdef": true, "devel": true} {
		p, err := project.Open(project.Options{Dir: dir, Version: version, Getenv: os.Getenv})
		if p != nil {
			p.Close()
		}
		_, refused := errors.AsType[*project.VersionError](err)
		if refused == allowed || err != nil && !refused {
			t.Errorf("%s: %v", version, err)
		}
	}
}

func TestFindWalksUp(t *testing.T) {
	root := t.TempDir()
	deep := filepath.Join(root, "a", "b")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := project.Find(deep)
	if _, missing := errors.AsType[*project.NotFoundError](err); !missing {
		t.Errorf("without dwsync.yaml: %v", err)
	}
	// A directory of that name is no project file.
	if err := os.Mkdir(filepath.Join(deep, "dwsync.yaml"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "dwsync.yaml"), []byte("version: 1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := project.Find(deep)
	if err != nil || got != root {
		t.Errorf("got %s, %v, want %s", got, err, root)
	}
}
