package cli_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gogit "github.com/go-git/go-git/v5"

	"github.com/dwsync/dwsync/internal/testsize"
	"github.com/dwsync/dwsync/pkg/emulator"
)

// swapScenarios push files that swap their names, rotate them, and move up in a chain, wherever the service wants names to be unique: one of each ring steps
// aside under a name of its own, by one UpdateFile more.
func swapScenarios() []crashScenario {
	var scenarios []crashScenario
	for _, scope := range []string{"folder", "type", "workspace"} {
		scenarios = append(scenarios,
			crashScenario{name: "names unique in their " + scope, switches: map[string]string{"name-scope": scope}},
			crashScenario{name: "names unique in their " + scope + ", stale reads", switches: map[string]string{"name-scope": scope, "stale-reads": "first", "no-op-update": "each"}},
		)
	}
	for i := range scenarios {
		s := &scenarios[i]
		s.update, s.commits, s.mode, s.history = true, swapsProject, emulator.Standard, committed
	}
	return scenarios
}

// swapsProject makes a project, and one in which its files have each other's names; some of them were edited too.
func swapsProject(t *testing.T, endpoint string) (created, updated string) {
	t.Helper()
	created, updated = filepath.Join(t.TempDir(), "created"), filepath.Join(t.TempDir(), "updated")
	write(t, filepath.Join(created, "dwsync.yaml"), fmt.Sprintf("version: 1\ntargets:\n  dev: {region: cn-shanghai, endpoint: %q, projectId: 10000}\n", endpoint))
	write(t, filepath.Join(created, "业务流程", "shop", "business.yaml"), "description: a shop\n")
	place := func(dir, name string) string { return filepath.Join(dir, filepath.FromSlash(dwd+name)) }
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		write(t, place(created, name)+".sql", "SELECT '"+name+"';\n")
		write(t, place(created, name)+".node.yaml", "fileType: ODPS_SQL\nautoParsing: false\nnodeConfiguration:\n  cronExpress: 00 30 00 * * ?\n"+
			"  inputList: [\"${project}_root\"]\n  outputList: [\"${project}.t_"+name+"\"]\n")
	}
	repo, err := gogit.PlainInit(created, false)
	must(t, err)
	commit(t, repo, "the first names")
	copyDir(t, created, updated, nil)
	move := func(from, to string) {
		for _, ending := range []string{".sql", ".node.yaml"} {
			must(t, os.Rename(place(updated, from)+ending, place(updated, to)+ending))
		}
	}
	for _, names := range [][]string{{"a", "b"}, {"c", "d", "e"}, {"f", "g", "h"}} {
		isRing := names[0] != "f"
		last := len(names) - 1
		if isRing {
			move(names[last], "between")
		}
		for i := last; i > 0; i-- {
			move(names[i-1], names[i])
		}
		if isRing {
			move("between", names[0])
		}
	}
	repo, err = gogit.PlainOpen(updated)
	must(t, err)
	commit(t, repo, "each has another's name")
	write(t, place(updated, "d")+".sql", "SELECT 'c', 'edited';\n")
	commit(t, repo, "one of them is another one, too")
	return created, updated
}

// A push in which files take each other's names ends, wherever it was cut, as if it had not been: each file is where it is to be with its id, and none of them is
// made anew or left aside.
func TestSwapsSurviveTroubleAnywhere(t *testing.T) {
	isolate(t)
	random := testsize.Random(t)
	for i, scenario := range testsize.Sample(random, swapScenarios(), 2) {
		chance := rand.New(rand.NewPCG(random.Uint64(), 0))
		t.Run(scenario.name, func(t *testing.T) {
			s := newStage(t, scenario, fmt.Sprintf("127.0.0.1:%d", 200+i))
			updates := 0
			for deed, n := range s.undisturbed {
				if action, _, _ := strings.Cut(deed, " "); action == "UpdateFile" {
					updates += n
				} else if action == "CreateFile" || action == "DeleteFile" {
					t.Errorf("%s took effect %d times", deed, n)
				}
			}
			if updates != 9 {
				t.Errorf("7 files that take each other's names in two rings and a chain took %d updates, want 9: %v", updates, s.undisturbed)
			}
			// A name of in between that a killed run sent, and that comes only once the next run has given the file its last one, is not played: that run then submits
			// the file once under it, which an undisturbed one never does, and the run after it gives the name back (TestANameOfInBetweenIsNobodysRename in pkg/diff).
			points := slices.DeleteFunc(s.points(), func(p crashPoint) bool { return p.What == killLate || p.What == timeoutLate })
			points = testsize.Choose(chance, points, testsize.Of(pointsOfSample, pointsOfFull))
			s.playAll(t, points)
			t.Logf("%d points", len(points))
		})
	}
}
