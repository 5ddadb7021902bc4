package dataworks_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
)

// A node of another workspace is found by what it makes, and a node that is found is called by what leads back to it.
func TestNodesOfOtherWorkspaces(t *testing.T) {
	eachVector(t, func(t *testing.T, o emulator.Options) {
		o.Projects = []emulator.Project{{Name: "dw_project", ID: 10000}, {Name: "dim", ID: 20000}}
		server := emulator.New(o)
		home := open(t, server)
		away := open(t, server, func(o *dataworks.Options) { o.Project = dataworks.ProjectRef{ID: "20000", Identifier: "dim"} })
		business(t, away)
		node := func(name string, inputs ...string) model.Remote {
			object := model.NewObject(full(name).Key)
			items := []model.Item{model.NewItem("dim_root")}
			for _, input := range inputs {
				items = append(items, model.NewItem(input))
			}
			object.Set(model.FieldInputList, model.SetValue(items...))
			object.Set(model.FieldOutputList, model.SetValue(model.NewItem("dim."+name), model.NewItem("dim.z_"+name)))
			id := create(t, away, object)
			if _, err := away.SubmitFile(t.Context(), id, ""); err != nil {
				t.Fatal(err)
			}
			remote, err := away.GetFile(t.Context(), id)
			for ; err == nil && remote.NodeID == ""; remote, err = away.GetFile(t.Context(), id) {
				time.Sleep(time.Second)
			}
			if err != nil {
				t.Fatal(err)
			}
			return remote
		}
		a := node("a")
		lonely := node("lonely")
		node("b", "dim.z_a")
		found, err := home.NodesOfOutputs(t.Context(), []string{"dim.a", "dim.z_lonely", "dim.nobody"})
		want := map[string][]model.NodeID{"dim.a": {a.NodeID}, "dim.z_lonely": {lonely.NodeID}}
		if err != nil || !maps.EqualFunc(found, want, slices.Equal) {
			t.Errorf("found %v (%v), want %v", found, err, want)
		}
		for id, want := range map[model.NodeID]string{a.NodeID: "dim.z_a", lonely.NodeID: "dim.lonely", "1": ""} {
			if output, err := home.OutputOfNode(t.Context(), id); err != nil || output != want {
				t.Errorf("node %s is called by %q (%v), want %q", id, output, err, want)
			}
		}
	})
}

// Many outputs are asked for in few calls, each once in an environment; only what production does not make is looked for in development.
func TestOutputsAreAskedForTogether(t *testing.T) {
	var outputs []string
	for i := range 120 {
		outputs = append(outputs, fmt.Sprintf("dim.o%03d", i))
	}
	asked := map[string]int{}
	calls := 0
	c := service(t, func(_ string, _ *http.Request, p url.Values) (*http.Response, error) {
		calls++
		var rows []string
		for _, output := range strings.Split(p.Get("Outputs"), ",") {
			asked[p.Get("ProjectEnv")+" "+output]++
			if p.Get("ProjectEnv") == "DEV" || output != "dim.o007" {
				rows = append(rows, fmt.Sprintf(`{"Output":%q,"NodeList":[{"NodeId":1%s}]}`, output, output[5:]))
			}
		}
		return respond(200, `{"Success":true,"Data":[`+strings.Join(rows, ",")+`]}`)
	})
	found, err := c.NodesOfOutputs(t.Context(), outputs)
	if err != nil || len(found) != len(outputs) || calls != 4 || asked["DEV dim.o007"] != 1 || len(asked) != len(outputs)+1 {
		t.Errorf("%d found in %d calls (%v)", len(found), calls, err)
	}
	if _, err := c.NodesOfOutputs(t.Context(), nil); err != nil || calls != 4 {
		t.Errorf("nothing to ask for: %d calls (%v)", calls, err)
	}
	if _, err := c.NodesOfOutputs(t.Context(), []string{"a,b"}); err == nil {
		t.Error("a name that the API cannot carry was asked for")
	}
}

// An output that nobody asked for, or that leads to another node, names nothing.
func TestAnOutputMustLeadBack(t *testing.T) {
	back := `[{"Output":"dim.a","NodeList":[{"NodeId":5},{"NodeId":6}]}]`
	c := service(t, func(action string, _ *http.Request, p url.Values) (*http.Response, error) {
		switch action {
		case "ListNodeInputOrOutput":
			return respond(200, `{"Success":true,"Data":[{"Data":"dim.a","NodeId":7}]}`)
		default:
			return respond(200, `{"Success":true,"Data":`+back+`}`)
		}
	})
	if output, err := c.OutputOfNode(t.Context(), "5"); err != nil || output != "" {
		t.Errorf("an output of two nodes: %q, %v", output, err)
	}
	back = `[{"Output":"dim.other","NodeList":[{"NodeId":5}]}]`
	if output, err := c.OutputOfNode(t.Context(), "5"); err == nil {
		t.Errorf("an answer to another question: %q", output)
	}
}
