package cli_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	gogit "github.com/go-git/go-git/v5"

	"github.com/dwsync/dwsync/internal/testsize"
	"github.com/dwsync/dwsync/pkg/emulator"
)

// referenceScenarios push new files that refer to each other, to an empty workspace: to automatic outputs, to nodes, and in circles. Each has a repository:
// a circle that was cut between its two submits is known as ours by the state, or by the mark and its commit.
func referenceScenarios() []crashScenario {
	bare := map[string]string{"auto-outputs": "none", "business-refusals": "success-false", "unset-fields": "zero", "dependent-nodes": "known"}
	stale := map[string]string{"auto-outputs": "none", "stale-reads": "first", "no-op-update": "each", "dependent-nodes": "known"}
	lax := map[string]string{"auto-outputs": "number", "no-op-update": "accepted", "redeploy": "accepted", "deploy-parents": "unchecked", "node-file-version": "absent", "create-output-list": "accepted"}
	scenarios := []crashScenario{
		{name: "references"},
		{name: "references in a simple workspace", mode: emulator.Simple},
		{name: "references, no automatic outputs", switches: bare},
		{name: "references, no automatic outputs, stale reads", switches: stale},
		{name: "references, nothing is checked", switches: lax},
	}
	for i := range scenarios {
		s := &scenarios[i]
		s.commits, s.mode, s.history = referencesProject, cmp.Or(s.mode, emulator.Standard), committed
	}
	return scenarios
}

// referencesProject makes a project whose files refer to each other, and commits it.
func referencesProject(t *testing.T, endpoint string) (created, _ string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "references")
	folder := "业务流程/shop/MaxCompute"
	node := func(name, inputs string, waitsFor ...string) {
		base := filepath.Join(dir, filepath.FromSlash(folder), name)
		write(t, base+".sql", "SELECT '"+name+"';\n")
		text := "fileType: ODPS_SQL\nautoParsing: false\nnodeConfiguration:\n  cronExpress: 00 30 00 * * ?\n  inputList:\n    - " + inputs + "\n  outputList:\n    - ${project}." + name + "\n    - ${project}.t_" + name + "\n"
		if len(waitsFor) > 0 {
			text += "  dependentType: USER_DEFINE\n  dependentNodeIdList:\n"
			for _, other := range waitsFor {
				text += "    - ${node:" + folder + "/" + other + "}\n"
			}
		}
		write(t, base+".node.yaml", text)
	}
	write(t, filepath.Join(dir, "dwsync.yaml"), fmt.Sprintf("version: 1\ntargets:\n  dev: {region: cn-shanghai, endpoint: %q, projectId: 10000}\n", endpoint))
	write(t, filepath.Join(dir, "业务流程", "shop", "business.yaml"), "description: a shop\n")
	node("circle_a", "${project}_root", "circle_b")
	node("circle_b", "${project}_root", "circle_a")
	node("itself", "${project}_root", "itself")
	node("parent", "${project}_root", "waits_last") // its own child
	node("user", "${auto:"+folder+"/z_source}")
	node("waits_last", "${project}.parent", "user", "circle_a")
	node("z_source", "${project}_root")
	repo, err := gogit.PlainInit(dir, false)
	must(t, err)
	commit(t, repo, "jobs that refer to each other")
	return dir, ""
}

// A push whose files refer to each other ends, wherever it was cut, as if it had not been: the second submit that a circle takes is made once, each version
// is deployed once, and no reference is lost.
func TestReferencesSurviveTroubleAnywhere(t *testing.T) {
	isolate(t)
	random := testsize.Random(t)
	for i, scenario := range referenceScenarios() {
		chance := rand.New(rand.NewPCG(random.Uint64(), 0))
		t.Run(scenario.name, func(t *testing.T) {
			s := newStage(t, scenario, fmt.Sprintf("127.0.0.1:%d", 100+i))
			for name, want := range map[string]int{"circle_a": 1, "circle_b": 2, "itself": 2, "parent": 2, "user": 1, "waits_last": 1} {
				submits := 0
				for deed, n := range s.undisturbed {
					if strings.HasPrefix(deed, "SubmitFile") && strings.HasSuffix(deed, "/"+name) {
						submits += n
					}
				}
				if submits != want {
					t.Errorf("%s was submitted %d times, want %d", name, submits, want)
				}
			}
			points := testsize.Choose(chance, s.points(), testsize.Of(pointsOfSample, pointsOfFull))
			s.playAll(t, points)
			t.Logf("%d points", len(points))
		})
	}
}
