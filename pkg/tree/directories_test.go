package tree_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/tree"
)

// A directory where a file of the tree belongs is an error that says so: without it the object would leave the tree in silence.
func TestADirectoryInTheFilesPlace(t *testing.T) {
	for place, texts := range map[string]map[string]string{
		engine + "/a.node.yaml":            {engine + "/a.sql": "SELECT 1;\n"},
		engine + "/f.function.yaml":        nil,
		engine + "/r.py.resource.yaml":     {engine + "/r.py": "1\n"},
		engine + "/sub/folder.yaml":        nil,
		engine + "/a.sql":                  {engine + "/a.node.yaml": "fileType: ODPS_SQL\n"},
		"业务流程/二/business.yaml":             nil,
		business + "/dwsync.yaml":          nil,
		engine + "/deep/er/x.node.yaml":    nil,
		"业务流程/business.yaml":               nil,
		"临时查询/q.node.yaml":                 nil,
		engine + "/a%t10.node.yaml":        nil,
		engine + "/a%E4.node.yaml":         nil,
		engine + "/sub/deep/folder.yaml":   nil,
		engine + "/sub/deep/business.yaml": nil,
	} {
		for _, inside := range []bool{false, true} {
			fsys := files(texts)
			fsys[place] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
			if inside {
				fsys[place+"/.gitkeep"] = &fstest.MapFile{}
			}
			_, err := tree.Read(fsys)
			invalid, ok := errors.AsType[*model.InvalidError](err)
			if !ok {
				t.Errorf("%s (%v): %v", place, inside, err)
				continue
			}
			found := false
			for _, p := range invalid.Problems {
				found = found || p.File == place && strings.Contains(p.Message, "this is a directory")
			}
			if !found {
				t.Errorf("%s (%v): %v", place, inside, err)
			}
		}
	}
	// The same names, escaped, are folders.
	fsys := files(nil)
	for _, place := range []string{engine + "/a.node%2Eyaml", engine + "/business%2Eyaml", engine + "/a.sql"} {
		fsys[place+"/.gitkeep"] = &fstest.MapFile{}
	}
	for _, name := range []string{"a.node.yaml", "business.yaml", "a.sql"} {
		if _, found := read(t, fsys).Objects[model.FolderKey(model.FolderPath(engine).Join(name))]; !found {
			t.Errorf("the folder %s is not read", name)
		}
	}
}
