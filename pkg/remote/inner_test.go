package remote_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/remote"
)

// Whatever CommitStatus an edit inside a node makes 0, the node counts as saved and not submitted until it is submitted again, and not longer.
func TestAnEditInsideANode(t *testing.T) {
	for _, status := range []string{"own", "node", "none"} {
		t.Run(status, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const folder = "业务流程/b/通用"
				s := emulator.New(emulator.Options{Switches: map[string]string{"inner-status": status}})
				ids := must[[]int64](t)(s.Seed("dw_project",
					emulator.SeedFile{Folder: folder, Name: "loop", Type: 1106, Params: map[string]string{"InputList": "dw_project_root"}, Stage: emulator.Deployed},
					emulator.SeedFile{Folder: folder, Name: "sql", Type: 10, Parent: folder + "/loop"}))
				c := open(t, s)
				loop := model.FileKey(folder, "loop", 1106)
				inner := model.InnerKey(loop, "sql", 10)
				want := func(when string, stage, innerStage model.Stage) {
					t.Helper()
					w := must[model.Workspace](t)(remote.Read(t.Context(), c, remote.Options{Production: true}))
					if got := w.Objects[loop].Stage; got != stage {
						t.Errorf("%s: the node is %s, want %s", when, got, stage)
					}
					if got := w.Objects[inner].Stage; got != innerStage {
						t.Errorf("%s: the inner file is %s, want %s", when, got, innerStage)
					}
				}
				want("at first", model.StageDeployed, model.StageSubmitted)
				time.Sleep(time.Minute)
				o := model.NewObject(inner)
				o.Set(model.FieldContent, model.TextValue("SELECT 1"))
				if err := c.UpdateFile(t.Context(), model.FileID(fmt.Sprint(ids[1])), o, []model.Field{model.FieldContent}, nil); err != nil {
					t.Fatal(err)
				}
				want("after an edit", model.StageSaved, model.StageSaved)
				time.Sleep(time.Minute)
				must[model.DeploymentID](t)(c.SubmitFile(t.Context(), model.FileID(fmt.Sprint(ids[0])), "again"))
				time.Sleep(time.Minute)
				want("after a submit", model.StageSubmitted, model.StageSubmitted)
			})
		})
	}
}

// slowReader waits before the n-th call that looks at a file, so that something ends meanwhile.
type slowReader struct {
	remote.Reader
	n, calls int
}

func (s *slowReader) look() {
	if s.calls++; s.calls == s.n {
		time.Sleep(10 * time.Second)
	}
}

func (s *slowReader) GetFile(ctx context.Context, id model.FileID) (model.Remote, error) {
	s.look()
	return s.Reader.GetFile(ctx, id)
}

func (s *slowReader) ListFileVersions(ctx context.Context, id model.FileID) ([]model.Version, error) {
	s.look()
	return s.Reader.ListFileVersions(ctx, id)
}

// Whenever during a read the submit ends that takes an edit inside a node along: what production does not run yet is not taken for deployed.
func TestASubmitThatEndsWhileItIsRead(t *testing.T) {
	for _, status := range []string{"own", "node", "none"} {
		for n := 1; n <= 4; n++ {
			t.Run(fmt.Sprintf("%s, before look %d", status, n), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					const folder = "业务流程/b/通用"
					s := emulator.New(emulator.Options{Switches: map[string]string{"inner-status": status}, DeploymentTime: 3 * time.Second})
					ids := must[[]int64](t)(s.Seed("dw_project",
						emulator.SeedFile{Folder: folder, Name: "loop", Type: 1106, Params: map[string]string{"InputList": "dw_project_root"}, Stage: emulator.Deployed},
						emulator.SeedFile{Folder: folder, Name: "sql", Type: 10, Parent: folder + "/loop"}))
					c := open(t, s)
					time.Sleep(time.Minute)
					inner := model.InnerKey(model.FileKey(folder, "loop", 1106), "sql", 10)
					o := model.NewObject(inner)
					o.Set(model.FieldContent, model.TextValue("SELECT 1"))
					if err := c.UpdateFile(t.Context(), model.FileID(fmt.Sprint(ids[1])), o, []model.Field{model.FieldContent}, nil); err != nil {
						t.Fatal(err)
					}
					must[model.DeploymentID](t)(c.SubmitFile(t.Context(), model.FileID(fmt.Sprint(ids[0])), "again"))
					w := must[model.Workspace](t)(remote.Read(t.Context(), &slowReader{Reader: c, n: n}, remote.Options{Production: true, Workers: 1}))
					if got := w.Objects[inner.Outermost()]; got.Stage >= model.StageDeployed {
						t.Errorf("the node of version %d is %s", got.CurrentVersion, got.Stage)
					}
				})
			})
		}
	}
}
