package dataworks_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
)

func task(name string) model.Object {
	o := node(name)
	o.Key = model.FileKey("业务流程/电商数仓/数据集成", name, model.TypeIntegration)
	o.Set(model.FieldContent, model.TextValue(`{"type":"job","steps":[{"where":"a&b=中文"}],"extend":{"resourceGroup":"group_280749521950784"}}`))
	return o
}

func TestDataIntegrationTasks(t *testing.T) {
	for _, takes := range []string{"accepted", "refused"} {
		for _, failure := range []string{"status-fail", "http-400"} {
			t.Run(takes+" "+failure, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := emulator.New(emulator.Options{Switches: map[string]string{"di-create-file": takes, "di-failure": failure, "no-op-update": "each"}})
					c := open(t, s)
					business(t, c)
					for _, name := range []string{"sync_a", "sync_b"} {
						want := task(name)
						id := create(t, c, want)
						expect(t, c, id, want)
						want.Set(model.FieldContent, model.TextValue(`{"type":"job","steps":[]}`))
						want.Set(model.FieldCronExpress, model.TextValue("00 45 00 * * ?"))
						for range 2 {
							if err := c.UpdateFile(t.Context(), id, want, []model.Field{model.FieldContent, model.FieldCronExpress}, get(t, c, id).AutoOutputs); err != nil {
								t.Fatal(err)
							}
						}
						expect(t, c, id, want)
					}
					calls := s.Calls().ByAction
					if want := map[string]int{"accepted": 0, "refused": 2}[takes]; calls["CreateDISyncTask"] != want || calls["CreateFile"] != 2-want/2 {
						t.Errorf("%d calls of CreateDISyncTask, %d of CreateFile", calls["CreateDISyncTask"], calls["CreateFile"])
					}
					if _, err := c.CreateFile(t.Context(), task("sync_a")); err == nil {
						t.Error("a second task of one name was made")
					} else if _, refused := errors.AsType[*dataworks.Error](err); !refused {
						t.Errorf("got %v", err)
					}
				})
			})
		}
	}
}

// The content goes in the body, since it would make a URL that nobody takes; the rest where the vendor's SDK has it. A refusal that calls itself a success is one.
func TestATasksContentIsNotInTheURL(t *testing.T) {
	var sent []string
	answer := `{"Success":true,"Data":{"Status":"success","FileId":5}}`
	c := service(t, func(action string, r *http.Request, params url.Values) (*http.Response, error) {
		switch action {
		case "CreateDISyncTask", "UpdateDISyncTask":
			sent = append(sent, action)
			query := r.URL.Query()
			if query.Has("TaskContent") || !strings.Contains(params.Get("TaskContent"), "中文") || query.Get("TaskType") != "DI_OFFLINE" || query.Get("ProjectId") != "10000" {
				t.Errorf("%s has the query %v and the content %q", action, query, params.Get("TaskContent"))
			}
			if action == "CreateDISyncTask" && query.Get("TaskParam") != `{"FileFolderPath":"业务流程/电商数仓/数据集成","ResourceGroup":"group_280749521950784"}` {
				t.Errorf("TaskParam is %s", query.Get("TaskParam"))
			}
			return respond(200, answer)
		default:
			return respond(400, `{"Code":"1","Message":"no"}`)
		}
	})
	o := task("sync")
	if id, err := c.CreateFile(t.Context(), o); err != nil || id != "5" {
		t.Errorf("made %q, %v", id, err)
	}
	if err := c.UpdateFile(t.Context(), "5", o, []model.Field{model.FieldContent}, nil); err != nil {
		t.Error(err)
	}
	answer = `{"Success":true,"Data":{"Status":"fail","Message":"ResourceGroup:[x] is invalid."}}`
	if _, err := c.CreateFile(t.Context(), o); err == nil || !strings.Contains(err.Error(), "ResourceGroup:[x] is invalid.") {
		t.Errorf("got %v", err)
	}
	if strings.Join(sent, " ") != "CreateDISyncTask UpdateDISyncTask CreateDISyncTask" {
		t.Errorf("sent %v", sent)
	}
}
