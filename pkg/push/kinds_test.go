package push_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/dwsync/dwsync/internal/testsize"
	"github.com/dwsync/dwsync/pkg/config"
	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/deploy"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/push"
	"github.com/dwsync/dwsync/pkg/remote"
	"github.com/dwsync/dwsync/pkg/tree"
)

// kindsSwitches are the switches that matter to resources and functions.
var kindsSwitches = []string{
	"no-op-update", "udf-update", "empty-parameter", "name-scope", "business-refusals", "stale-reads", "path-language", "unset-fields", "list-content", "list-order",
	"resubmit", "redeploy", "simple-deploy", "auto-outputs", "missing-folders", "engine-check", "create-output-list", "node-file-version",
	"di-create-file", "di-failure", "di-parameters", "default-schedule",
}

// drawSwitches draws one value of each of them.
func drawSwitches(t *rapid.T) map[string]string {
	drawn := map[string]string{}
	for _, s := range emulator.Switches() {
		if slices.Contains(kindsSwitches, s.Name) {
			drawn[s.Name] = rapid.SampledFrom(s.Values).Draw(t, s.Name)
		}
	}
	return drawn
}

// drawKinds draws the files of a workspace: resources of text and of bytes, functions that use them, and nodes that refer to them.
// clears tells whether the service can empty a field: what it fills by itself stays otherwise.
func drawKinds(t *rapid.T, clears bool) []emulator.SeedFile {
	empty := []string{""}
	if !clears {
		empty = nil
	}
	stages := rapid.SampledFrom([]emulator.Stage{emulator.Saved, emulator.Submitted, emulator.Deployed})
	texts := rapid.SampledFrom([]string{"", "x", "a\r\nb", "\ufeff# 中文\n", "\tdef f():\n  pass\n\n", `{"a": 1}`, "<&>\" ' \\ 😀", "- a: 'b'\n#c", strings.Repeat("long ", 5000)})
	folders := rapid.SampledFrom([]string{"业务流程/店/MaxCompute", "业务流程/店/MaxCompute/udf", "业务流程/店/MaxCompute/a b/c"})
	var files []emulator.SeedFile
	var resources []string
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"udf.py", "UDF.py", "中文.txt", "a.jar", "lib.zip", "words", "x.resource.yaml", "q.sql", ".hidden", "con.py"}), 0, 6, rapid.ID).Draw(t, "resources") {
		f := emulator.SeedFile{Folder: folders.Draw(t, "folder"), Name: name, Type: rapid.SampledFrom([]int64{12, 15, 18, 13, 14}).Draw(t, "type"), Stage: stages.Draw(t, "stage")}
		f.Params = map[string]string{"FileDescription": texts.Draw(t, "description")}
		switch {
		case f.Type == 13 || f.Type == 14:
			f.Resource = "https://oss/x"
		case rapid.IntRange(0, 4).Draw(t, "uploaded") == 0:
			f.Resource = "https://oss/y"
		default:
			f.Content = texts.Draw(t, "content")
		}
		resources = append(resources, name)
		files = append(files, f)
	}
	used := func() []string {
		if len(resources) == 0 {
			return nil
		}
		return rapid.SliceOfNDistinct(rapid.SampledFrom(resources), 0, 2, rapid.ID).Draw(t, "used")
	}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"Concat", "concat", "拼接", "f"}), 0, 3, rapid.ID).Draw(t, "functions") {
		names := used()
		if len(names) == 0 {
			continue
		}
		form := map[string]any{
			"name": name, "functionType": rapid.SampledFrom(model.FunctionTypes()).Draw(t, "function type"), "className": "udf.F", "resources": strings.Join(names, ","),
			"description": texts.Draw(t, "udf description"), "cmdDesc": texts.Draw(t, "command"), "paramDesc": texts.Draw(t, "parameters"), "returnValue": texts.Draw(t, "return"), "example": texts.Draw(t, "example"),
		}
		if rapid.IntRange(0, 5).Draw(t, "odd") == 0 {
			form["new"] = map[string]any{"x": []any{1.5, nil, texts.Draw(t, "new")}}
		}
		files = append(files, emulator.SeedFile{
			Folder: folders.Draw(t, "folder"), Name: name, Type: 17, Content: toJSON(t, form), Params: map[string]string{"FileDescription": texts.Draw(t, "description")}, Stage: stages.Draw(t, "stage"),
		})
	}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"n1", "n2", "n3"}), 0, 3, rapid.ID).Draw(t, "nodes") {
		code := texts.Draw(t, "code")
		for _, resource := range used() {
			code = "##@resource_reference{\"" + resource + "\"}\n" + code
		}
		files = append(files, emulator.SeedFile{
			Folder: folders.Draw(t, "folder"), Name: name, Type: 10, Content: code, Params: map[string]string{"InputList": "one_root", "OutputList": "one." + name, "AutoParsing": "false", "CronExpress": "00 30 00 * * ?"}, Stage: stages.Draw(t, "stage"),
		})
	}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"e1", "e2", "e3"}), 0, 3, rapid.ID).Draw(t, "envelopes") {
		f := emulator.SeedFile{
			Folder: "业务流程/店/MaxCompute", Name: name, Type: rapid.SampledFrom([]int64{225, 1010, 1100}).Draw(t, "type"), Content: texts.Draw(t, "code"), Stage: stages.Draw(t, "stage"),
			Params: map[string]string{"InputList": "one_root", "OutputList": "one." + name, "AutoParsing": "false", "CronExpress": "00 30 00 * * ?"},
		}
		envelope := map[string]any{"more": []any{1.5, nil, texts.Draw(t, "more"), map[string]any{texts.Draw(t, "key"): true}}}
		before := ""
		switch f.Type {
		case 225:
			envelope["args"] = f.Content
			for _, resource := range used() {
				envelope["mainJar"] = resource
				before += "##@resource_reference{\"" + resource + "\"}\n"
			}
		case 1010:
			envelope["code"] = f.Content
		case 1100:
			f.Folder = "业务流程/店/通用"
			envelope["content"], envelope["language"] = f.Content, rapid.SampledFrom([]string{"odps", "shell", "python", "perl"}).Draw(t, "language")
		}
		switch text := toJSON(t, envelope); rapid.IntRange(0, 3).Draw(t, "form") {
		case 0:
			// It is not what its type promises.
		case 1:
			var b bytes.Buffer
			if err := json.Indent(&b, []byte(text), "", "  "); err != nil {
				t.Fatal(err)
			}
			f.Content = before + b.String()
		default:
			f.Content = before + text
		}
		files = append(files, f)
	}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"sync", "同步"}), 0, 2, rapid.ID).Draw(t, "tasks") {
		task := map[string]any{"type": "job", "version": "2.0", "steps": []any{map[string]any{"name": "Reader", "where": texts.Draw(t, "where")}}}
		if rapid.Bool().Draw(t, "extend") {
			task["extend"] = map[string]any{"mode": "code", "resourceGroup": rapid.SampledFrom([]string{"", "group_375827434852437"}).Draw(t, "group")}
		}
		files = append(files, emulator.SeedFile{
			Folder: "业务流程/店/数据集成", Name: name, Type: 23, Content: toJSON(t, task), Stage: stages.Draw(t, "stage"), Params: map[string]string{
				"InputList": "one_root", "OutputList": "one." + name, "AutoParsing": "false", "CronExpress": rapid.SampledFrom(append(empty, "00 30 00 * * ?")).Draw(t, "cron"),
				"ParaValue": rapid.SampledFrom(append(empty, "bizdate=$bizdate", "x=1")).Draw(t, "parameters"), "FileDescription": texts.Draw(t, "description"),
			},
		})
	}
	return files
}

func toJSON(t *rapid.T, v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(rapid.Bool().Draw(t, "escaped"))
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

// side is one project of a server.
type side struct {
	t       *rapid.T
	server  *emulator.Server
	project string
}

func (s side) client() *dataworks.Client {
	client, err := dataworks.Open(dataworks.Options{
		Region: "cn-shanghai", Project: dataworks.ProjectRef{Identifier: s.project}, Credentials: dataworks.AccessKey("dwsync", "dwsync", ""), Transport: s.server.Transport(), Settle: settle,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return client
}

func (s side) read() model.Workspace {
	workspace, err := remote.Read(s.t.Context(), s.client(), remote.Options{Production: true})
	if err != nil {
		s.t.Fatal(err)
	}
	return workspace
}

// pull writes the workspace into an empty directory and reads it again: the portable objects, and all files.
func (s side) pull() (map[model.Key]model.Object, map[string]string) {
	workspace := s.read()
	m := mapping.New(config.Target{}, workspace.Project)
	var changes []tree.Change
	for _, k := range workspace.Keys() {
		portable, unmapped := m.Back(workspace.Objects[k].Object, nil)
		if len(unmapped) > 0 {
			s.t.Fatalf("unmapped: %v", unmapped)
		}
		changes = append(changes, tree.Change{Key: k, Object: &portable})
	}
	root, err := os.MkdirTemp("", "kinds")
	if err != nil {
		s.t.Fatal(err)
	}
	defer os.RemoveAll(root)
	dir, err := tree.OpenDir(root)
	if err != nil {
		s.t.Fatal(err)
	}
	defer dir.Close()
	fsys := os.DirFS(root)
	edits, err := tree.Edits(tree.Tree{}, fsys, changes)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := tree.Apply(dir, edits); err != nil {
		s.t.Fatal(err)
	}
	read, err := tree.Read(fsys)
	if err != nil {
		s.t.Fatal(err)
	}
	if len(read.Warnings) > 0 {
		s.t.Fatalf("the tree has warnings: %v", read.Warnings)
	}
	objects := map[model.Key]model.Object{}
	for k, local := range read.Objects {
		objects[k] = local.Object
	}
	files := map[string]string{}
	if err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		files[name] = string(data)
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
	return objects, files
}

// plan plans a push of portable objects; base is what the workspace is known to hold.
func (s side) plan(objects, base map[model.Key]model.Object) (diff.Plan, model.Workspace) {
	workspace := s.read()
	m := mapping.New(config.Target{}, workspace.Project)
	forms, bases := map[model.Key]model.Object{}, map[model.Key]diff.Base{}
	for k, o := range objects {
		form, err := m.Forward(o)
		if err != nil {
			s.t.Fatal(err)
		}
		forms[k] = form
		if o, known := base[k]; known {
			if form, err = m.Forward(o); err != nil {
				s.t.Fatal(err)
			}
			bases[k] = diff.Base{Object: &form}
		}
	}
	plan, err := diff.NewPlan(diff.Compare(diff.Input{Tree: forms, Remote: workspace.Objects, Bases: bases}), diff.Options{Project: workspace.Project, Release: model.StageDeployed})
	if err != nil {
		s.t.Fatal(err)
	}
	return plan, workspace
}

// push pushes until a further push finds nothing to do, which must be so after the first one, and gives what it refused.
func (s side) push(objects, base map[model.Key]model.Object) map[model.Key]string {
	refused := map[model.Key]string{}
	for round := range 2 {
		plan, workspace := s.plan(objects, base)
		for _, skipped := range plan.Skipped {
			if skipped.Obstacle == "" {
				s.t.Fatalf("%s is skipped: %s", skipped.Key, skipped.Verdict)
			}
			refused[skipped.Key] = skipped.Obstacle
		}
		if round > 0 && len(plan.Actions) > 0 {
			s.t.Fatalf("a further push would %s %s: %v", plan.Actions[0].Op, plan.Actions[0].Key, plan.Actions[0].Fields)
		}
		result := push.Run(s.t.Context(), push.Options{
			API: s.client(), Plan: plan, Folders: workspace.Folders, Schedule: deploy.DefaultSchedule(), Settle: settle, Comment: func(model.Object) string { return "test" },
		})
		for _, item := range result.Items {
			if item.Status != push.Done {
				s.t.Fatalf("%s %s: %s: %v", item.Action.Op, item.Action.Key, item.Status, item.Err)
			}
		}
		time.Sleep(settle)
	}
	return refused
}

// What the API cannot make in an empty workspace: bytes, functions with more than their parameters hold, and what needs one of those.
func uncarried(objects map[model.Key]model.Object) map[model.Key]bool {
	cannot, names := map[model.Key]bool{}, map[string]bool{}
	for k, o := range objects {
		if k.Kind == model.KindResource && (k.Type == 13 || k.Type == 14 || o.Text(model.FieldUploaded) == "true") {
			cannot[k], names[k.Name] = true, true
		}
	}
	for k, o := range objects {
		if k.Kind == model.KindFunction && o.Has(model.FieldContent) || slices.ContainsFunc(content.References(o), func(name string) bool { return names[name] }) {
			cannot[k] = true
		}
	}
	return cannot
}

// Resources, functions, data integration and code in envelopes: a pull and then a diff is empty; what was pulled pushes to an empty project, but for what the API cannot carry, which is
// refused by name, and the pull of that gives the same tree; a further push makes no write.
func TestResourcesAndFunctionsRoundTrip(t *testing.T) {
	checks := flag.Lookup("rapid.checks").Value
	given := checks.String()
	t.Cleanup(func() { _ = checks.Set(given) })
	if err := checks.Set(strconv.Itoa(testsize.Of(25, 500))); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		// Without the deadline of the test, which a bubble must not ask for.
		rapid.Check(struct{ rapid.TB }{t}, func(t *rapid.T) {
			mode := rapid.SampledFrom([]emulator.Mode{emulator.Standard, emulator.Simple}).Draw(t, "mode")
			switches := drawSwitches(t)
			clears := switches["empty-parameter"] == "clears"
			server := emulator.New(emulator.Options{
				Projects: []emulator.Project{{Name: "one", ID: 1, Mode: mode}, {Name: "two", ID: 2, Mode: mode}}, Switches: switches, DeploymentTime: 3 * time.Second,
			})
			defer server.Close()
			if _, err := server.Seed("one", drawKinds(t, clears)...); err != nil {
				t.Fatal(err)
			}
			time.Sleep(settle)
			one, two := side{t, server, "one"}, side{t, server, "two"}
			objects, files := one.pull()
			plan, _ := one.plan(objects, nil)
			for _, a := range plan.Actions {
				if a.Op != diff.OpRelease {
					t.Fatalf("after the pull a push would %s %s: %v", a.Op, a.Key, a.Fields)
				}
			}
			one.push(objects, nil)

			cannot := uncarried(objects)
			refused := two.push(objects, nil)
			if !maps.EqualFunc(cannot, refused, func(bool, string) bool { return true }) {
				t.Fatalf("refused %v, want %v", refused, cannot)
			}
			maps.DeleteFunc(objects, func(k model.Key, _ model.Object) bool { return cannot[k] })
			two.wantTree(objects, files, len(cannot) == 0)

			before := writes(server)
			two.push(objects, nil)
			if after := writes(server); after != before {
				t.Fatalf("a push of what is there made %d writes", after-before)
			}
			changed := changedKinds(t, objects, clears)
			two.push(changed, objects)
			two.wantTree(changed, nil, false)
		})
	})
}

// wantTree pulls and wants just these objects, and these files if the tree holds all of them.
func (s side) wantTree(objects map[model.Key]model.Object, files map[string]string, whole bool) {
	got, gotFiles := s.pull()
	for k, o := range objects {
		if d := model.Differences(o, got[k], nil); len(d) > 0 || got[k].Key != k {
			s.t.Fatalf("%s is not what was pushed: %v", k, d)
		}
		if pushed, stored := content.Stored(o), content.Stored(got[k]); pushed != stored {
			s.t.Fatalf("%s has the content %q, not %q", k, stored, pushed)
		}
	}
	for k := range got {
		if _, wanted := objects[k]; !wanted {
			s.t.Fatalf("%s is too much", k)
		}
	}
	if whole && !maps.Equal(files, gotFiles) {
		s.t.Fatalf("the tree has the files %q, not %q", gotFiles, files)
	}
}

// changedKinds changes some fields of some files, and empties others if the service can.
func changedKinds(t *rapid.T, objects map[model.Key]model.Object, clears bool) map[model.Key]model.Object {
	changed := maps.Clone(objects)
	for _, k := range slices.SortedFunc(maps.Keys(objects), model.Key.Compare) {
		if k.Kind != model.KindResource && k.Kind != model.KindFunction && k.Type != model.TypeIntegration && !k.Type.Info().Envelope || rapid.Bool().Draw(t, "stays") {
			continue
		}
		o := objects[k].Clone()
		if k.Type.Info().Envelope {
			changed[k] = changedEnvelope(t, o)
			continue
		}
		for _, spec := range model.Fields(k.Kind) {
			isText := spec.Shape == model.ShapeText && len(spec.Enum) == 0 && spec.Field != model.FieldCronExpress && spec.Parameter != "" && !spec.ServiceFilled && spec.Field != model.FieldFunctionType
			switch {
			case !isText || rapid.Bool().Draw(t, "keeps"):
			case k.Type == model.TypeIntegration && spec.Field == model.FieldContent:
				// It stays JSON.
				o.Set(spec.Field, model.TextValue(strings.TrimSuffix(o.Text(spec.Field), "}")+`,"more":"'"}`))
			case clears && spec.Field != model.FieldClassName && rapid.Bool().Draw(t, "empties"):
				o.Set(spec.Field, model.Value{})
			default:
				o.Set(spec.Field, model.TextValue(o.Text(spec.Field)+"'\n"))
			}
		}
		changed[k] = o
	}
	return changed
}

// changedEnvelope changes code or envelope of a node, or both.
func changedEnvelope(t *rapid.T, o model.Object) model.Object {
	if rapid.Bool().Draw(t, "code") {
		o.Set(model.FieldContent, model.TextValue(o.Text(model.FieldContent)+"'\n"))
	}
	if rapid.Bool().Draw(t, "envelope") {
		// The language is a text too, so that the content may stop to be what its type promises.
		o.Set(model.FieldEnvelope, model.TextValue(content.MapEnvelope(o.Key.Type, o.Text(model.FieldEnvelope), func(s string) string { return s + "'" })))
	}
	content.SetStored(&o, content.Stored(o))
	return o
}

// writes counts the calls that may change something.
func writes(s *emulator.Server) int {
	n := 0
	for action, calls := range s.Calls().ByAction {
		if strings.HasPrefix(action, "Create") || strings.HasPrefix(action, "Update") || strings.HasPrefix(action, "Submit") || strings.HasPrefix(action, "Deploy") {
			n += calls
		}
	}
	return n
}
