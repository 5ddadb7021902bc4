package remote_test

import (
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
