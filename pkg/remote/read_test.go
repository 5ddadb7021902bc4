package remote_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/remote"
)

const shop model.FolderPath = "业务流程/电商数仓"

func open(t testing.TB, s *emulator.Server) *dataworks.Client {
	t.Helper()
	c, err := dataworks.Open(dataworks.Options{
		Project: dataworks.ProjectRef{ID: "10000"}, Credentials: dataworks.AccessKey("dwsync", "dwsync", ""), Transport: s.Transport(), Settle: time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func node(folder model.FolderPath, name string) model.Object {
	o := model.NewObject(model.FileKey(folder, name, 10))
	o.Set(model.FieldContent, model.TextValue("select '"+name+"'"))
	o.Set(model.FieldInputList, model.SetValue(model.NewItem("dw_project_root")))
	return o
}

// fill makes a workspace with a file at each stage, and gives their keys by stage.
func fill(t *testing.T, c *dataworks.Client, mode emulator.Mode) map[model.Key]model.Stage {
	ctx := t.Context()
	must[model.BusinessID](t)(c.CreateBusiness(ctx, model.NewObject(model.BusinessKey(shop))))
	must[model.BusinessID](t)(c.CreateBusiness(ctx, model.NewObject(model.BusinessKey("手动业务流程/手工"))))
	engine := shop.Join("MaxCompute")
	want := map[model.Key]model.Stage{model.BusinessKey(shop): model.StageSaved, model.BusinessKey("手动业务流程/手工"): model.StageSaved}
	for _, folder := range []model.FolderPath{engine.Join("ods"), engine.Join("ods").Join("深"), engine.Join("empty")} {
		must[model.FolderID](t)(c.CreateFolder(ctx, folder))
		want[model.FolderKey(folder)] = model.StageSaved
	}
	finish := func(id model.DeploymentID, err error) {
		t.Helper()
		must[model.DeploymentID](t)(id, err)
		for must[model.Deployment](t)(c.GetDeployment(ctx, id)).Status == model.DeploymentReady {
			time.Sleep(time.Second)
		}
	}
	for name, stage := range map[string]model.Stage{"saved": model.StageSaved, "submitted": model.StageSubmitted, "deployed": model.StageDeployed, "edited": model.StageSaved, "newer": model.StageSubmitted} {
		o := node(engine.Join("ods"), name)
		id := must[model.FileID](t)(c.CreateFile(ctx, o))
		if name != "saved" {
			finish(c.SubmitFile(ctx, id, name))
		}
		if name != "saved" && name != "submitted" && mode == emulator.Standard {
			finish(c.DeployFile(ctx, id, 0, name))
		}
		if name == "edited" || name == "newer" {
			o.Set(model.FieldContent, model.TextValue("select 2"))
			if err := c.UpdateFile(ctx, id, o, []model.Field{model.FieldContent}, nil); err != nil {
				t.Fatal(err)
			}
		}
		if name == "newer" {
			finish(c.SubmitFile(ctx, id, name))
		}
		if mode == emulator.Simple && stage == model.StageSubmitted {
			stage = model.StageDeployed
		}
		want[o.Key] = stage
	}
	manual := node("手动业务流程/手工/MaxCompute", "m")
	must[model.FileID](t)(c.CreateFile(ctx, manual))
	want[manual.Key] = model.StageSaved
	return want
}

func stages(w model.Workspace) map[model.Key]model.Stage {
	got := map[model.Key]model.Stage{}
	for key, r := range w.Objects {
		got[key] = r.Stage
	}
	return got
}

func TestStages(t *testing.T) {
	for _, mode := range []emulator.Mode{emulator.Standard, emulator.Simple} {
		for _, version := range []string{"shown", "absent"} {
			for _, paths := range []string{"exact", "doubled"} {
				t.Run(fmt.Sprintf("%s, FileVersion %s, paths %s", mode, version, paths), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						c := open(t, emulator.New(emulator.Options{
							Projects: []emulator.Project{{Name: "dw_project", ID: 10000, Mode: mode}},
							Switches: map[string]string{"node-file-version": version, "list-folders-path": paths},
						}))
						want := fill(t, c, mode)
						w, err := remote.Read(t.Context(), c, remote.Options{Production: true})
						if err != nil {
							t.Fatal(err)
						}
						if got := stages(w); !reflect.DeepEqual(got, want) {
							t.Errorf("got %v\nwant %v", got, want)
						}
						if w.Folders[shop.Join("MaxCompute")] == "" || w.Folders[shop.Join("MaxCompute").Join("ods")] == "" {
							t.Errorf("folders: %v", w.Folders)
						}
						if again := must[model.Workspace](t)(remote.Read(t.Context(), c, remote.Options{Production: true, Workers: 1})); !reflect.DeepEqual(again, w) {
							t.Errorf("read again: %+v\nfirst: %+v", again, w)
						}
					})
				})
			}
		}
	}
}

func TestWithoutProductionStagesEndAtSubmitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := emulator.New(emulator.Options{})
		c := open(t, s)
		fill(t, c, emulator.Standard)
		before := s.Calls().ByAction["ListNodes"] + s.Calls().ByAction["ListFileVersions"]
		w := must[model.Workspace](t)(remote.Read(t.Context(), c, remote.Options{}))
		for key, stage := range stages(w) {
			if stage > model.StageSubmitted {
				t.Errorf("%s is %s", key, stage)
			}
		}
		if after := s.Calls().ByAction["ListNodes"] + s.Calls().ByAction["ListFileVersions"]; after != before {
			t.Errorf("%d calls about production", after-before)
		}
	})
}

// What is out of scope is neither read nor part of the workspace.
func TestInclude(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := emulator.New(emulator.Options{})
		c := open(t, s)
		want := fill(t, c, emulator.Standard)
		before := s.Calls().ByAction["GetFile"]
		w := must[model.Workspace](t)(remote.Read(t.Context(), c, remote.Options{Include: func(k model.Key) bool { return k.Name == "saved" || k.Kind == model.KindBusiness }}))
		for key := range want {
			_, got := w.Objects[key]
			if wanted := key.Name == "saved" || key.Kind == model.KindBusiness; got != wanted {
				t.Errorf("%s: %v, want %v", key, got, wanted)
			}
		}
		if n := s.Calls().ByAction["GetFile"] - before; n != 1 {
			t.Errorf("%d files were read", n)
		}
	})
}

// A failure of any call is an error of the whole: nothing is absent because it could not be read.
func TestAnyFailedReadIsAnError(t *testing.T) {
	for _, action := range []string{"GetProject", "ListBusiness", "ListFolders", "ListFiles", "GetFile", "ListNodes", "ListFileVersions"} {
		t.Run(action, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := emulator.New(emulator.Options{Switches: map[string]string{"node-file-version": "absent"}})
				fill(t, open(t, s), emulator.Standard)
				if err := s.SetFaults(emulator.Fault{Kind: emulator.FaultStatus, Status: 403, Code: "Forbidden.Access", Action: action}); err != nil {
					t.Fatal(err)
				}
				w, err := remote.Read(t.Context(), open(t, s), remote.Options{Production: true})
				if !dataworks.IsForbidden(err) || len(w.Objects) != 0 {
					t.Errorf("%d objects, %v", len(w.Objects), err)
				}
				if err := s.SetFaults(emulator.Fault{Kind: emulator.FaultStatus, Status: 503, Code: "ServiceUnavailable", Action: action, Times: 2}); err != nil {
					t.Fatal(err)
				}
				if _, err := remote.Read(t.Context(), open(t, s), remote.Options{Production: true}); err != nil {
					t.Errorf("after two failures: %v", err)
				}
			})
		})
	}
}

// odd is a workspace as no good service would answer it.
type odd struct {
	rows    []model.FileRow
	files   map[model.FileID]model.Remote
	folders func(model.FolderPath) map[model.FolderPath]model.FolderID

	mu    sync.Mutex
	calls map[string]int
}

func (o *odd) count(action string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.calls == nil {
		o.calls = map[string]int{}
	}
	o.calls[action]++
}

func (o *odd) Project(context.Context) (model.Project, error) {
	return model.Project{ID: "1", Identifier: "p"}, nil
}

func (o *odd) ListBusinesses(context.Context) ([]model.Remote, error) {
	return []model.Remote{{Object: model.NewObject(model.BusinessKey(shop)), BusinessID: "1"}}, nil
}

func (o *odd) ListFolders(_ context.Context, p model.FolderPath) (map[model.FolderPath]model.FolderID, error) {
	o.count("ListFolders")
	if o.folders == nil {
		return nil, nil
	}
	return o.folders(p), nil
}

func (o *odd) ListFiles(_ context.Context, use model.UseType) ([]model.FileRow, error) {
	if use == model.UseNormal || use == model.UseSkip {
		return o.rows, nil
	}
	return nil, nil
}

func (o *odd) GetFile(_ context.Context, id model.FileID) (model.Remote, error) {
	o.count("GetFile")
	return o.files[id], nil
}

func (o *odd) ListFileVersions(context.Context, model.FileID) ([]model.Version, error) {
	o.count("ListFileVersions")
	return nil, nil
}

func (o *odd) ListNodes(context.Context, string) ([]model.NodeRow, error) { return nil, nil }

func (o *odd) add(id model.FileID, key model.Key, change func(*model.FileRow, *model.Remote)) {
	row, file := model.FileRow{Key: key, FileID: id}, model.Remote{Object: model.NewObject(key), FileID: id, Stage: model.StageSaved}
	if change != nil {
		change(&row, &file)
	}
	if o.files == nil {
		o.files = map[model.FileID]model.Remote{}
	}
	o.rows, o.files[id] = append(o.rows, row), file
}

func TestTwoFilesWithOneKey(t *testing.T) {
	var o odd
	key := model.FileKey(shop.Join("MaxCompute"), "a", 10)
	o.add("8", key, nil)
	o.add("7", key, nil)
	_, err := remote.Read(t.Context(), &o, remote.Options{})
	duplicate, ok := errors.AsType[*remote.DuplicateKeyError](err)
	if !ok || duplicate.Key != key || duplicate.IDs != [2]string{"7", "8"} || !strings.Contains(err.Error(), "7 and 8") {
		t.Errorf("got %v", err)
	}
}

func TestFilesThatAreNotCarried(t *testing.T) {
	var o odd
	engine := shop.Join("MaxCompute")
	o.add("1", model.FileKey(engine, "table", 16), nil)
	o.add("2", model.FileKey(engine, "inner", 10), func(r *model.FileRow, _ *model.Remote) { r.Parent = "3" })
	o.add("3", model.FileKey(engine, "kept", 10), nil)
	o.add("4", model.FileKey(engine, "recycled", 10), func(_ *model.FileRow, f *model.Remote) { f.Deleted = true })
	w := must[model.Workspace](t)(remote.Read(t.Context(), &o, remote.Options{}))
	names := func(keys []model.Key) (names []string) {
		for _, k := range keys {
			names = append(names, k.Name)
		}
		return names
	}
	if got := names(w.Keys()); !slices.Equal(got, []string{"电商数仓", "kept"}) {
		t.Errorf("objects %v", got)
	}
	if got := names(w.NotCarried); !slices.Equal(got, []string{"inner", "table"}) {
		t.Errorf("not carried %v", got)
	}
}

func TestFoldersWithoutEnd(t *testing.T) {
	o := odd{folders: func(p model.FolderPath) map[model.FolderPath]model.FolderID {
		return map[model.FolderPath]model.FolderID{p.Join("x"): model.FolderID(p)}
	}}
	_, err := remote.Read(t.Context(), &o, remote.Options{})
	if _, ok := errors.AsType[*remote.TooDeepError](err); !ok {
		t.Errorf("got %v", err)
	}
}

// The lists may hold deeper folders, too; each is asked for its own once.
func TestRecursiveFolderLists(t *testing.T) {
	all := map[model.FolderPath]model.FolderID{}
	p := shop.Join("MaxCompute")
	for i := range 20 {
		all[p] = model.FolderID(fmt.Sprint(i))
		p = p.Join("x")
	}
	o := odd{folders: func(parent model.FolderPath) map[model.FolderPath]model.FolderID {
		below := map[model.FolderPath]model.FolderID{}
		for path, id := range all {
			if path != parent && parent.Contains(path) {
				below[path] = id
			}
		}
		return below
	}}
	w := must[model.Workspace](t)(remote.Read(t.Context(), &o, remote.Options{}))
	if !reflect.DeepEqual(w.Folders, all) || o.calls["ListFolders"] != len(all)+1 {
		t.Errorf("%d lists, %v", o.calls["ListFolders"], w.Folders)
	}
}

// The stages of ad hoc queries end at saved, and their folders are read because files were found there.
func TestOtherRoots(t *testing.T) {
	o := odd{folders: func(p model.FolderPath) map[model.FolderPath]model.FolderID {
		if p == "临时查询" {
			return map[model.FolderPath]model.FolderID{"临时查询/张三": "f"}
		}
		return nil
	}}
	key := model.FileKey("临时查询/张三", "q", 10)
	o.add("1", key, func(_ *model.FileRow, f *model.Remote) { f.Stage, f.CurrentVersion = model.StageSubmitted, 1 })
	w := must[model.Workspace](t)(remote.Read(t.Context(), &o, remote.Options{Production: true}))
	if w.Objects[key].Stage != model.StageSaved || w.Objects[model.FolderKey("临时查询/张三")].FolderID != "f" || o.calls["ListFileVersions"] != 0 {
		t.Errorf("%+v, %v", w, o.calls)
	}
}

func TestTenThousandFiles(t *testing.T) {
	const n = 10000
	var o odd
	for i := range n {
		key := model.FileKey(shop.Join("MaxCompute").Join(fmt.Sprint("f", i%100)), fmt.Sprint("n", i), 10)
		o.add(model.FileID(fmt.Sprint(i+1)), key, nil)
	}
	began := time.Now()
	w := must[model.Workspace](t)(remote.Read(t.Context(), &o, remote.Options{Production: true}))
	if len(w.Objects) != n+1 || o.calls["GetFile"] != n {
		t.Errorf("%d objects, %d files read", len(w.Objects), o.calls["GetFile"])
	}
	// Far from a benchmark: quadratic work over 10,000 files takes minutes.
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
}
