package cli_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	gogit "github.com/go-git/go-git/v5"
)

// pastCommits make a node with files inside it, of which one changes, and a business whose description does.
func pastCommits(t *testing.T, endpoint string) (before, after string) {
	t.Helper()
	e := everything{t, filepath.Join(t.TempDir(), "before")}
	e.file("dwsync.yaml", fmt.Sprintf("version: 1\ntargets:\n  dev: {region: cn-shanghai, endpoint: %q, projectId: 10000}\n", endpoint))
	e.file("业务流程/loops/business.yaml", "description: ''\n")
	e.file("业务流程/shop/business.yaml", "description: a shop\n")
	e.loop()
	e.inner("SELECT 1;\n")
	repo, err := gogit.PlainInit(e.dir, false)
	must(t, err)
	commitAt(t, repo, afterSeed, "a loop")
	before, after = e.dir, filepath.Join(t.TempDir(), "after")
	copyDir(t, before, after, nil)
	e.dir = after
	e.inner("SELECT 2;\n")
	e.file("业务流程/shop/business.yaml", "description: the shop\n")
	repo, err = gogit.PlainOpen(after)
	must(t, err)
	commitAt(t, repo, afterSeed, "a better loop")
	return before, after
}

// Where the service answers from the past, the run's own work looks like nothing done, or like somebody's: a business that a fresh clone sees as it was is not
// updated twice, and the version that a submit just made is not taken for somebody else's.
func TestReadsOfThePast(t *testing.T) {
	isolate(t)
	s := newStage(t, crashScenario{
		name: "reads of the past", update: true, history: committed, commits: pastCommits, seed: innerFiles(), switches: map[string]string{"stale-reads": "first"},
	}, "127.0.0.1:320")
	points := slices.DeleteFunc(s.points(), func(p crashPoint) bool {
		isSlow := p.Request.Action == "GetFileVersion" && p.What == timeoutBefore
		isKilled := p.Request.Action == "UpdateBusiness" && p.What == killAfter
		return !isSlow && !isKilled
	})
	if len(points) < 4 {
		t.Fatalf("only the points %v", points)
	}
	s.playAll(t, points)
}
