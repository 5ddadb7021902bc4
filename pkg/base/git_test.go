package base

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing/object"
)

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// onDisk makes a repository on disk with a project in the directory dw.
func onDisk(t *testing.T) (root string) {
	t.Helper()
	root = t.TempDir()
	repo, err := gogit.PlainInit(root, false)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range project(map[string]string{"a": "v1", "b": "v1"}) {
		write(t, filepath.Join(root, "dw", name), content)
	}
	write(t, filepath.Join(root, "dw", ".dwsync", "dev.state.db"), "tracked by mistake")
	work, err := repo.Worktree()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := work.Add("dw"); err != nil {
		t.Fatal(err)
	}
	_, err = work.Commit("  第一版\u202e  of it\n\nmore\n", &gogit.CommitOptions{Author: &object.Signature{Name: "李雷\x1b", When: time.Unix(1700000000, 0)}})
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func TestOpenGitFromBelow(t *testing.T) {
	root := onDisk(t)
	project := filepath.Join(root, "dw")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(project, link); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{project, link} {
		g, err := OpenGit(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := errors.Join(g.Close(), g.Close()); err != nil {
				t.Error(err)
			}
		}()
		head, found := g.Head()
		if !found || head.Subject != "第一版 of it" || head.Author != "李雷" || head.Time.Unix() != 1700000000 || !isHex(head.Hash, 40) {
			t.Errorf("got %v, %v", head, found)
		}
		s := newSide(g)
		s.remote("a", "v1")
		want(t, s.resolve(t, "a", "v2"), "v1", true, SourceGit)
		tracked, err := g.Tracks(".dwsync")
		if err != nil || !slices.Equal(tracked, []string{".dwsync/dev.state.db"}) {
			t.Errorf("got %v, %v", tracked, err)
		}
	}
}

func TestRepositoryWithoutCommit(t *testing.T) {
	dir := t.TempDir()
	if _, err := gogit.PlainInit(dir, false); err != nil {
		t.Fatal(err)
	}
	g, err := OpenGit(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, found := g.Head(); found {
		t.Error("a commit out of nothing")
	}
	s := newSide(g)
	remember(s, "a", "v1", "")
	s.remote("a", "v1")
	want(t, s.resolve(t, "a", "v2"), "v1", true, SourceState)
	if dirty, err := g.Dirty(fstest.MapFS{"x": {}}, "x", "absent"); err != nil || !slices.Equal(dirty, []string{"x"}) {
		t.Errorf("got %v, %v", dirty, err)
	}
}

func TestBrokenRepositoryIsAnError(t *testing.T) {
	root := onDisk(t)
	write(t, filepath.Join(root, ".git", "HEAD"), "nonsense")
	if _, err := OpenGit(filepath.Join(root, "dw")); err == nil {
		t.Error("no error")
	} else if _, ok := errorAs[*GitError](err); !ok {
		t.Errorf("got %v", err)
	}
}

func TestDirty(t *testing.T) {
	root := onDisk(t)
	g, err := OpenGit(filepath.Join(root, "dw"))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "dw")
	sql, yaml := folder+"/a.sql", folder+"/a.node.yaml"
	paths := []string{sql, yaml, "dwsync.yaml", folder, folder + "/new.sql", folder + "/b.sql", "业务流程/absent"}
	check := func(want ...string) {
		t.Helper()
		dirty, err := g.Dirty(os.DirFS(dir), paths...)
		if err != nil || !slices.Equal(dirty, want) {
			t.Errorf("got %v, %v, want %v", dirty, err, want)
		}
	}
	check()
	write(t, filepath.Join(dir, sql), "v1\r\n")
	write(t, filepath.Join(dir, folder, "new.sql"), "new")
	if err := os.Remove(filepath.Join(dir, folder, "b.sql")); err != nil {
		t.Fatal(err)
	}
	check(sql, folder+"/new.sql", folder+"/b.sql")
	if err := os.RemoveAll(filepath.Join(dir, folder)); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, folder), "a file now")
	check(sql, yaml, folder, folder+"/b.sql")
}
