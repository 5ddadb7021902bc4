package push_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/dwsync/dwsync/internal/testsize"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/push"
	"github.com/dwsync/dwsync/pkg/remote"
)

// prune plans a push that deletes what the tree lacks.
func (w *world) prune() (diff.Plan, model.Workspace) {
	w.t.Helper()
	workspace, err := remote.Read(w.t.Context(), w.client(), remote.Options{Production: true})
	if err != nil {
		w.t.Fatal(err)
	}
	options := diff.Options{Project: workspace.Project, Release: model.StageDeployed, Prune: &diff.Prune{MaxDelete: 1000}}
	for _, file := range workspace.HalfDeleted {
		options.HalfDeleted = append(options.HalfDeleted, diff.HalfDeletion{Remote: file, Key: file.Object.Key, Known: true})
	}
	plan, err := diff.NewPlan(diff.Compare(diff.Input{Tree: w.forms, Remote: workspace.Objects, Bases: w.bases}), options)
	if err != nil {
		w.t.Fatal(err)
	}
	return plan, workspace
}

// wantEmpty wants nothing to be left anywhere.
func (w *world) wantEmpty() {
	w.t.Helper()
	time.Sleep(settle)
	plan, workspace := w.prune()
	if len(plan.Actions)+len(plan.Skipped)+len(plan.HalfDeleted)+len(workspace.Objects) > 0 {
		w.t.Errorf("left are %v, %d objects, %d half deletions", keysOf(plan.Actions), len(workspace.Objects), len(workspace.HalfDeleted))
	}
	for _, environment := range []string{"DEV", "PROD"} {
		if workspace.Project.Mode == model.ModeSimple && environment == "DEV" {
			continue
		}
		nodes, err := w.client().ListNodes(w.t.Context(), environment)
		if err != nil || len(nodes) > 0 {
			w.t.Errorf("in %s run %d nodes, %v", environment, len(nodes), err)
		}
	}
}

// emptyTree lets the tree lose everything.
func (w *world) emptyTree() { clear(w.forms) }

func (w *world) wantAll(r push.Result, status push.Status) {
	w.t.Helper()
	for _, item := range r.Items {
		if item.Status != status {
			w.t.Errorf("%s %s: %s: %v", item.Action.Op, item.Action.Key, item.Status, item.Err)
		}
	}
}

// Under every reading of what the reference leaves open all that was pushed can be deleted again, each file by one DeleteFile and one DeployFile.
func TestPruneUnderEverySwitch(t *testing.T) {
	example := upstreamOf(example(t), "dws_trade_sku_1d")
	matter := []string{"non-empty-delete", "deleted-file", "deletion-name", "deploy-deletion", "simple-deploy", "stale-reads", "business-refusals", "node-file-version", "gone-folder", "list-folders-path", "unset-fields"}
	for _, s := range emulator.Switches() {
		if !testsize.Full() && !slices.Contains(matter, s.Name) {
			continue
		}
		for _, value := range s.Values {
			if s.Name == "approval" && value != "none" || s.Name == "extension-check" && (value == "fails" || value == "waits") || s.Name == "submit-parses" && value == "replaces" {
				continue // nothing comes to production, see TestPushUnderEverySwitch
			}
			modes := []emulator.Mode{emulator.Standard}
			if testsize.Full() || s.Name == "stale-reads" || s.Name == "simple-deploy" {
				modes = append(modes, emulator.Simple)
			}
			for _, mode := range modes {
				t.Run(s.Name+"="+value+", "+string(mode), func(t *testing.T) {
					o := emulator.Options{Switches: map[string]string{s.Name: value}, Projects: []emulator.Project{{Name: "dw_project", ID: 10000, Mode: mode}}}
					inWorld(t, example, o, func(w *world) {
						w.wantDone(w.push())
						files := 0
						for key := range w.forms {
							if key.Kind.IsFile() {
								files++
							}
						}
						deployed := w.server.Calls().ByAction["DeployFile"]
						w.emptyTree()
						w.wantAll(w.execute(w.prune()), push.Done)
						w.wantEmpty()
						calls := w.server.Calls().ByAction
						if calls["DeleteFile"] != files {
							w.t.Errorf("%d files, %d calls of DeleteFile", files, calls["DeleteFile"])
						}
						if again := calls["DeployFile"] - deployed; mode == emulator.Standard && again != files || mode == emulator.Simple && again != 0 {
							w.t.Errorf("%d files, %d calls of DeployFile", files, again)
						}
					})
				})
			}
		}
	}
}

func (w *world) execute(plan diff.Plan, workspace model.Workspace) push.Result {
	w.t.Helper()
	return w.run(plan, workspace, nil)
}

// An approval that is not given yet keeps a deletion, and those up the graph, for the next run, which deploys nothing twice.
func TestPruneWaitsForAnApproval(t *testing.T) {
	inWorld(t, upstreamOf(example(t), "dws_trade_sku_1d"), emulator.Options{}, func(w *world) {
		w.wantDone(w.push())
		w.emptyTree()
		fault := emulator.Fault{Kind: emulator.FaultDeployment, Action: "DeployFile", Path: "**/dws_trade_sku_1d", Outcome: int(emulator.OutcomeHeld), Times: 1}
		if err := w.server.SetFaults(fault); err != nil {
			w.t.Fatal(err)
		}
		result := w.execute(w.prune())
		if result.Count(push.Waiting) != 1 || result.Count(push.Failed) > 0 || result.Count(push.NotAttempted) == 0 {
			w.t.Errorf("got %v", statuses(result))
		}
		before := w.server.Calls().ByAction["DeployFile"]
		result = w.execute(w.prune())
		if result.Count(push.Waiting) != 1 {
			w.t.Errorf("the next run: got %v", statuses(result))
		}
		if w.server.Calls().ByAction["DeployFile"] != before {
			w.t.Error("something was deployed that was waiting, or that waits for it")
		}
	})
}

// What somebody changed since the plan was made is not deleted, and neither is what it needs.
func TestPruneLeavesWhatMoved(t *testing.T) {
	inWorld(t, upstreamOf(example(t), "dws_trade_sku_1d"), emulator.Options{}, func(w *world) {
		w.wantDone(w.push())
		forms := maps.Clone(w.forms)
		w.emptyTree()
		plan, workspace := w.prune()
		for key := range forms {
			if key.Name != "dws_trade_sku_1d" {
				continue
			}
			edited := workspace.Objects[key].Object.Clone()
			edited.Set(model.FieldContent, model.TextValue("SELECT 'console';\n"))
			if err := w.client().UpdateFile(w.t.Context(), workspace.Objects[key].FileID, edited, []model.Field{model.FieldContent}, nil); err != nil {
				w.t.Fatal(err)
			}
		}
		result := w.execute(plan, workspace)
		if result.Count(push.Refused) != 1 || result.Count(push.NotAttempted) == 0 {
			w.t.Errorf("got %v", statuses(result))
		}
		for _, item := range result.Items {
			if item.Action.Key.Path() == "业务流程/电商数仓" && item.Status != push.NotAttempted {
				w.t.Errorf("%s is %s", item.Action.Key, item.Status)
			}
		}
	})
}

// A folder that somebody filled since the plan was made is not deleted, whatever the service would do with what is in it.
func TestPruneLeavesAFolderThatSomebodyFilled(t *testing.T) {
	for _, value := range []string{"refused", "cascades"} {
		inWorld(t, upstreamOf(example(t), "dws_trade_sku_1d"), emulator.Options{Switches: map[string]string{"non-empty-delete": value}}, func(w *world) {
			w.wantDone(w.push())
			w.emptyTree()
			plan, workspace := w.prune()
			theirs := model.NewObject(model.FileKey("业务流程/电商数仓/MaxCompute/ods", "theirs", 10))
			theirs.Set(model.FieldContent, model.TextValue("SELECT 1;\n"))
			id, err := w.client().CreateFile(w.t.Context(), theirs)
			if err != nil {
				w.t.Fatal(err)
			}
			result := w.execute(plan, workspace)
			if result.Count(push.Refused) != 1 || result.Count(push.Failed) > 0 {
				w.t.Errorf("%s: got %v", value, statuses(result))
			}
			if now, err := w.client().GetFile(w.t.Context(), id); err != nil || now.Deleted {
				w.t.Errorf("%s: their file is gone: %v", value, err)
			}
		})
	}
}

// A deletion that somebody began in the console is finished once the development environment no longer has the node.
func TestPruneFinishesAHalfDeletion(t *testing.T) {
	inWorld(t, upstreamOf(example(t), "dws_trade_sku_1d"), emulator.Options{}, func(w *world) {
		w.wantDone(w.push())
		w.emptyTree()
		_, workspace := w.prune()
		for key, r := range workspace.Objects {
			if key.Name == "dws_trade_sku_1d" {
				if _, err := w.client().DeleteFile(w.t.Context(), r.FileID); err != nil {
					w.t.Fatal(err)
				}
			}
		}
		plan, workspace := w.prune()
		if len(workspace.HalfDeleted) != 1 || len(plan.HalfDeleted) != 0 {
			w.t.Fatalf("%d half deletions", len(workspace.HalfDeleted))
		}
		w.wantAll(w.execute(plan, workspace), push.Done)
		w.wantEmpty()
	})
}
