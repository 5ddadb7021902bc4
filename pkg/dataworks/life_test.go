package dataworks_test

import (
	"maps"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
)

// vectors are settings of the emulator's switches under which the port must say the same.
var vectors = map[string]map[string]string{
	"defaults": nil,
	"the other ones": {
		"path-language": "en", "list-folders-path": "doubled", "no-op-update": "each", "business-refusals": "success-false", "auto-outputs": "number",
		"stop": "separate", "default-schedule": "filled", "unset-fields": "zero", "env-types": "PRD", "gone-folder": "refused", "list-order": "edited",
		"node-file-version": "absent", "deleted-file": "unknown", "create-output-list": "accepted",
	},
	"internal paths": {"path-language": "internal", "auto-outputs": "none", "no-op-update": "accepted"},
}

func eachVector(t *testing.T, test func(t *testing.T, o emulator.Options)) {
	for name, switches := range vectors {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, emulator.Options{Switches: switches}) })
		})
	}
}

func TestEveryFieldSurvivesCreateAndUpdate(t *testing.T) {
	eachVector(t, func(t *testing.T, o emulator.Options) {
		c := open(t, emulator.New(o))
		business(t, c)
		want := full("ods_order_di")
		for _, spec := range model.Fields(model.KindNode) {
			if !want.Has(spec.Field) && spec.Field != model.FieldResourceGroup && !spec.Field.IsOfEnvelope() {
				t.Fatalf("the test's object does not have %s", spec.Field)
			}
		}
		id := create(t, c, want)
		expect(t, c, id, want)

		// Each field alone: to its default, and back.
		plain := model.NewObject(want.Key)
		for _, spec := range model.Fields(model.KindNode) {
			if spec.ServiceFilled || spec.Field.IsOfEnvelope() {
				continue
			}
			if spec.Field == model.FieldCronExpress && o.Switches["no-op-update"] == "each" {
				// The emulator holds a sent CycleType against the one that the new expression makes, so that under this setting the two can never go
				// together; whether the expression alone would do at the service, nobody knows.
				continue
			}
			for _, form := range []model.Object{plain, want} {
				now, err := c.GetFile(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				next := now.Object.Clone()
				next.Set(spec.Field, form.Get(spec.Field))
				if err := c.UpdateFile(t.Context(), id, next, []model.Field{spec.Field}, now.AutoOutputs); err != nil {
					t.Fatalf("%s: %v", spec.Field, err)
				}
				expect(t, c, id, next)
			}
		}
	})
}

// Code and envelope are one parameter of the API: either of them alone can change, and the other stays as it is.
func TestEnvelopesSurviveCreateAndUpdate(t *testing.T) {
	stored := map[model.FileType][]string{
		1010: {`{"code":"select 1;\n","config":{"input":[]}}`, "{\n  \"code\": \"\ufeffa\\r\\n\"\n}", "select 2"},
		225:  {"##@resource_reference{\"a.jar\"}\n{\"mainJar\":\"a.jar\"}", `{"mainJar":"b.jar"}`, "##@resource_reference{\"a.jar\"}\n"},
		1100: {`{"language":"odps","content":""}`, `{"language":"python","content":"print('中 \\u0001 <&>')"}`, `{"language": "odps", "content": "x"}`},
	}
	engines := map[model.FileType]string{225: "MaxCompute", 1010: "MaxCompute", 1100: "通用"}
	eachVector(t, func(t *testing.T, o emulator.Options) {
		c := open(t, emulator.New(o))
		business(t, c)
		for _, fileType := range slices.Sorted(maps.Keys(stored)) {
			var forms []model.Object
			for _, text := range stored[fileType] {
				form := model.NewObject(model.FileKey(model.FolderPath("业务流程/电商数仓").Join(engines[fileType]), "n"+fileType.String(), fileType))
				content.SetStored(&form, text)
				forms = append(forms, form)
			}
			if forms[0].Has(model.FieldEnvelope) == forms[2].Has(model.FieldEnvelope) {
				t.Fatalf("%s: the last form is none without an envelope", fileType)
			}
			id := create(t, c, forms[0])
			now := forms[0]
			for _, next := range append(slices.Clone(forms), forms[0]) {
				fields := []model.Field{}
				for _, d := range model.Differences(next, now, nil) {
					fields = append(fields, d.Field)
				}
				if err := c.UpdateFile(t.Context(), id, next, fields, nil); err != nil {
					t.Fatalf("%s: %v", fileType, err)
				}
				if now = get(t, c, id).Object; content.Stored(now) != content.Stored(next) {
					t.Fatalf("%s: got %q, want %q", fileType, content.Stored(now), content.Stored(next))
				}
			}
		}
	})
}

// expect reads the file and compares it, service-filled fields as far as the form has them.
func expect(t *testing.T, c *dataworks.Client, id model.FileID, want model.Object) {
	t.Helper()
	now, err := c.GetFile(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if now.Object.Key != want.Key || now.FileID != id {
		t.Fatalf("got the file %v %s, want %v %s", now.Object.Key, now.FileID, want.Key, id)
	}
	for _, spec := range model.Fields(want.Key.Kind) {
		if spec.ServiceFilled && !want.Has(spec.Field) {
			continue
		}
		if got := now.Object.Get(spec.Field); !got.Equal(want.Get(spec.Field)) {
			t.Errorf("%s: got %v, want %v", spec.Field, got, want.Get(spec.Field))
		}
	}
}

func TestTheLifeOfABusiness(t *testing.T) {
	for _, mode := range []emulator.Mode{emulator.Standard, emulator.Simple} {
		t.Run(string(mode), func(t *testing.T) {
			eachVector(t, func(t *testing.T, o emulator.Options) {
				o.Projects = []emulator.Project{{Name: "dw_project", ID: 10000, Mode: mode}}
				s := emulator.New(o)
				var levels dataworks.Limits
				for _, level := range []string{"level1", "level2", "level3"} {
					levels = append(levels, dataworks.Bucket{Name: level, Actions: []string{level}})
				}
				c := open(t, s, func(o *dataworks.Options) { o.Limits = levels })
				life(t, c, mode)
				// The levels of the actions stand in the port and in the emulator; here they meet.
				for i, spent := range c.Spent() {
					if got := s.Calls().ByLevel[strconv.Itoa(i+1)]; got != spent.Calls {
						t.Errorf("%s: the port counts %d calls, the emulator %d", spent.Bucket.Name, spent.Calls, got)
					}
				}
			})
		})
	}
}

func life(t *testing.T, c *dataworks.Client, mode emulator.Mode) {
	ctx := t.Context()
	project, err := c.Project(ctx)
	if err != nil || project.ID != "10000" || project.Identifier != "dw_project" || (project.Mode == model.ModeSimple) != (mode == emulator.Simple) {
		t.Fatalf("got the workspace %+v, %v", project, err)
	}
	businessID := business(t, c)
	ods := engineFolder.Join("ods")
	folder, err := c.CreateFolder(ctx, ods)
	if err != nil {
		t.Fatal(err)
	}
	if found, err := c.FindFolder(ctx, ods); err != nil || found != folder {
		t.Errorf("found the folder %q, %v; want %q", found, err, folder)
	}
	if found, err := c.FindFolder(ctx, ods.Join("nowhere")); err != nil || found != "" {
		t.Errorf("found a folder that does not exist: %q, %v", found, err)
	}
	if below, err := c.ListFolders(ctx, engineFolder); err != nil || len(below) != 1 || below[ods] != folder {
		t.Errorf("the folders below %s: %v, %v", engineFolder, below, err)
	}
	if below, err := c.ListFolders(ctx, engineFolder.Parent()); err != nil || below[engineFolder] == "" {
		t.Errorf("the folders below the business: %v, %v", below, err)
	}

	want := node("ods_order_di")
	want.Key.Folder = ods
	id := create(t, c, want)
	if found, err := c.FindFile(ctx, want.Key); err != nil || found != id {
		t.Errorf("found the file %q, %v; want %q", found, err, id)
	}
	now := get(t, c, id)
	if now.Stage != model.StageSaved || now.NodeID != "" || now.CurrentVersion != 0 || now.FolderID != folder || now.BusinessID != businessID {
		t.Errorf("before the submit: %+v", now)
	}
	settle(t, c)(c.SubmitFile(ctx, id, "dwsync:abc:123 first"))
	if now = get(t, c, id); now.Stage != model.StageSubmitted || now.NodeID == "" || now.CurrentVersion != 1 {
		t.Errorf("after the submit: %+v", now)
	}
	if mode == emulator.Standard {
		settle(t, c)(c.DeployFile(ctx, id, 0, "dwsync:abc:123 first"))
	}
	versions, err := c.ListFileVersions(ctx, id)
	if err != nil || len(versions) != 1 || versions[0].Number != 1 || !versions[0].IsCurrentProd || versions[0].Comment != "dwsync:abc:123 first" {
		t.Errorf("versions: %+v, %v", versions, err)
	}
	if v, err := c.GetFileVersion(ctx, id, 1); err != nil || v.Content != want.Text(model.FieldContent) {
		t.Errorf("version 1: %+v, %v", v, err)
	}
	nodes, err := c.ListNodes(ctx, "PROD")
	if i := slices.IndexFunc(nodes, func(n model.NodeRow) bool { return n.NodeID == now.NodeID }); err != nil || i < 0 || nodes[i].FileID != id {
		t.Errorf("nodes in production: %+v, %v", nodes, err)
	}

	settle(t, c)(c.DeleteFile(ctx, id))
	if mode == emulator.Standard {
		settle(t, c)(c.DeployFile(ctx, id, 0, "deletion"))
	}
	if gone, err := c.GetFile(ctx, id); err == nil && !gone.Deleted || err != nil && !dataworks.IsNotFound(err) {
		t.Errorf("after the deletion: %+v, %v", gone, err)
	}
	if rows, err := c.ListFiles(ctx, model.UseNormal); err != nil || len(rows) != 0 {
		t.Errorf("after the deletion: %+v, %v", rows, err)
	}
	if err := c.DeleteFolder(ctx, folder); err != nil {
		t.Error(err)
	}
	if err := c.DeleteBusiness(ctx, businessID); err != nil {
		t.Error(err)
	}
	if all, err := c.ListBusinesses(ctx); err != nil || len(all) != 0 {
		t.Errorf("after the deletion: %+v, %v", all, err)
	}
}

func get(t testing.TB, c *dataworks.Client, id model.FileID) model.Remote {
	t.Helper()
	file, err := c.GetFile(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// settle follows a deployment to its success; "" is none.
func settle(t testing.TB, c *dataworks.Client) func(model.DeploymentID, error) {
	return func(id model.DeploymentID, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		for range 100 {
			if id == "" {
				return
			}
			d, err := c.GetDeployment(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			switch d.Status {
			case model.DeploymentSucceeded:
				return
			case model.DeploymentFailed, model.DeploymentRejected:
				t.Fatalf("the deployment failed: %+v", d)
			}
			time.Sleep(time.Second)
		}
		t.Fatalf("the deployment %s does not end", id)
	}
}

func TestBusinesses(t *testing.T) {
	eachVector(t, func(t *testing.T, o emulator.Options) {
		c, ctx := open(t, emulator.New(o)), t.Context()
		id := business(t, c)
		manual := model.NewObject(model.BusinessKey("手动业务流程/手工"))
		if _, err := c.CreateBusiness(ctx, manual); err != nil {
			t.Fatal(err)
		}
		want := model.NewObject(model.BusinessKey("业务流程/电商数仓"))
		for _, description := range []string{"新的", "新的", ""} {
			want.Set(model.FieldDescription, model.TextValue(description))
			if err := c.UpdateBusiness(ctx, model.Remote{Object: want, BusinessID: id}, want, []model.Field{model.FieldDescription}); err != nil {
				t.Fatal(err)
			}
			all, err := c.ListBusinesses(ctx)
			if err != nil || len(all) != 2 {
				t.Fatalf("%+v, %v", all, err)
			}
			for _, b := range all {
				switch b.Object.Key {
				case want.Key:
					if b.BusinessID != id || b.Object.Text(model.FieldDescription) != description {
						t.Errorf("got %+v", b)
					}
				case manual.Key:
				default:
					t.Errorf("unexpected: %v", b.Object.Key)
				}
			}
		}
	})
}

// A list that still shows a folder under its former name does not make the client forget that it renamed it: nothing in it would be found again.
func TestAReadOfThePastDoesNotUndoARename(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := emulator.New(emulator.Options{})
		c, ctx := open(t, server), t.Context()
		business(t, c)
		const parent = "业务流程/电商数仓/MaxCompute"
		folder, err := c.CreateFolder(ctx, parent+"/dwd")
		if err != nil {
			t.Fatal(err)
		}
		o := node("a")
		o.Key.Folder = parent + "/dwd"
		id := create(t, c, o)
		time.Sleep(time.Minute) // what was prepared is no longer stale
		if err := server.SetSwitches(map[string]string{"stale-reads": "first"}); err != nil {
			t.Fatal(err)
		}
		if err := c.RenameFolder(ctx, folder, parent+"/dwd", parent+"/detail"); err != nil {
			t.Fatal(err)
		}
		if _, err := c.ListFolders(ctx, parent); err != nil {
			t.Fatal(err)
		}
		if _, err := c.GetFolder(ctx, folder); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if got := get(t, c, id).Object.Key.Folder; got != parent+"/detail" {
			t.Errorf("the file is read in %s", got)
		}
	})
}

func TestResourceGroupsByIdentifier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t, emulator.New(emulator.Options{}))
		business(t, c)
		id := create(t, c, node("a"))
		group := get(t, c, id).Object.Text(model.FieldResourceGroup)
		if group == "" || group[0] == '#' {
			t.Fatalf("the resource group that the service fills in reads as %q", group)
		}
		want := get(t, c, id).Object
		want.Set(model.FieldResourceGroup, model.TextValue("#123"))
		if err := c.UpdateFile(t.Context(), id, want, []model.Field{model.FieldResourceGroup}, nil); err == nil {
			t.Error("a group known by its number only was sent")
		}
	})
}
