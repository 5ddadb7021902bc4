package dataworks_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
)

// The children of a node are those of its environment, whatever workspace they belong to; a node that an environment does not have has none.
func TestChildrenOfANode(t *testing.T) {
	eachVector(t, func(t *testing.T, o emulator.Options) {
		o.Projects = []emulator.Project{{Name: "dw_project", ID: 10000}, {Name: "reports", ID: 20000}}
		o.DeploymentTime = time.Second
		server := emulator.New(o)
		here := open(t, server)
		there := open(t, server, func(o *dataworks.Options) { o.Project = dataworks.ProjectRef{ID: "20000"} })
		business(t, here)
		business(t, there)
		release := func(c *dataworks.Client, want model.Object, deploys bool) model.NodeID {
			t.Helper()
			id := create(t, c, want)
			for _, step := range []func() error{
				func() error {
					now, err := c.GetFile(t.Context(), id)
					if err != nil || slices.Equal(now.Object.Get(model.FieldOutputList).Items, want.Get(model.FieldOutputList).Items) {
						return err
					}
					return c.UpdateFile(t.Context(), id, want, []model.Field{model.FieldOutputList}, now.AutoOutputs)
				},
				func() error { _, err := c.SubmitFile(t.Context(), id, ""); return err },
				func() error { time.Sleep(10 * time.Second); return nil },
				func() error {
					if !deploys {
						return nil
					}
					_, err := c.DeployFile(t.Context(), id, 0, "")
					return err
				},
			} {
				if err := step(); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(10 * time.Second)
			now, err := c.GetFile(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			return now.NodeID
		}
		parent := node("a")
		parent.Set(model.FieldOutputList, model.SetValue(model.NewItem("dw_project.made_by_a")))
		child := node("report")
		child.Set(model.FieldInputList, model.SetValue(model.NewItem("dw_project.made_by_a"), model.NewItem("dw_project_root")))
		child.Set(model.FieldOutputList, model.SetValue(model.NewItem("reports.report")))
		a, report := release(here, parent, false), release(there, child, false)

		children, err := here.NodeChildren(t.Context(), a, "DEV")
		if want := []model.NodeChild{{NodeID: report, ProjectID: "20000", Name: "report"}}; err != nil || !slices.Equal(children, want) {
			t.Errorf("got %v, %v; want %v", children, err, want)
		}
		inputs, err := here.NodeInputs(t.Context(), report, "DEV")
		if err != nil || !slices.Contains(inputs, "dw_project.made_by_a") {
			t.Errorf("got %v, %v", inputs, err)
		}
		if children, err := here.NodeChildren(t.Context(), report, "DEV"); err != nil || len(children) > 0 {
			t.Errorf("got %v, %v", children, err)
		}
		if children, err := here.NodeChildren(t.Context(), a, "PROD"); err != nil || len(children) > 0 {
			t.Errorf("production does not have it, but: %v, %v", children, err)
		}
	})
}

// What is no list of nodes is an error, never "no children".
func TestChildrenThatCannotBeRead(t *testing.T) {
	for name, body := range map[string]string{
		"refused":       `{"Success":false,"ErrorCode":"Invalid.Tenant.UserIsNotProjectMember","ErrorMessage":"no","RequestId":"R"}`,
		"other types":   `{"Success":true,"Data":{"Nodes":"none"},"RequestId":"R"}`,
		"nameless node": `{"Success":true,"Data":{"Nodes":[{"NodeName":"x"}]},"RequestId":"R"}`,
		"no JSON":       `<html>`,
	} {
		c := service(t, func(string, *http.Request, url.Values) (*http.Response, error) { return respond(200, body) })
		if children, err := c.NodeChildren(t.Context(), "7", "PROD"); err == nil {
			t.Errorf("%s: got %v and no error", name, children)
		}
	}
	c := service(t, func(string, *http.Request, url.Values) (*http.Response, error) {
		return respond(403, `{"Code":"Forbidden.Access","Message":"no","RequestId":"R"}`)
	})
	if inputs, err := c.NodeInputs(t.Context(), "7", "PROD"); err == nil {
		t.Errorf("got %v and no error", inputs)
	}
}
