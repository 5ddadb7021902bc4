package main_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/remote"
)

// openConsole opens the workspace as somebody in the web console would: what is done there has no mark of a push.
func openConsole(ts *testscript.TestScript) *dataworks.Client {
	client, err := dataworks.Open(dataworks.Options{
		Endpoint: ts.Getenv("ENDPOINT"), Region: "cn-shanghai", Project: dataworks.ProjectRef{ID: "10000"}, Credentials: dataworks.AccessKey("dwsync", "dwsync", ""),
	})
	ts.Check(err)
	return client
}

// renamed PATH TYPE PATH renames or moves a file, a folder (TYPE folder) or a business (TYPE business) in the web console.
func renamed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: renamed PATH TYPE PATH")
	}
	ctx, client := context.Background(), openConsole(ts)
	from, to := model.FolderPath(args[0]), model.FolderPath(args[2])
	workspace, err := remote.Read(ctx, client, remote.Options{})
	ts.Check(err)
	var found model.Remote
	for k, r := range workspace.Objects {
		isKind := string(k.Kind) == args[1] || k.Kind.IsFile() && k.Type.String() == args[1]
		if k.Path() == from && isKind {
			found = r
		}
	}
	if found.Object.Key == (model.Key{}) {
		ts.Fatalf("the workspace has no %s %s", args[1], from)
	}
	want := found.Object.Moved(found.Object.Key.At(to.Parent(), to.Base()))
	switch found.Object.Key.Kind {
	case model.KindBusiness:
		ts.Check(client.UpdateBusiness(ctx, found, want, []model.Field{model.FieldName}))
	case model.KindFolder:
		ts.Check(client.RenameFolder(ctx, found.FolderID, from, to))
	default:
		if _, there := workspace.Folders[to.Parent()]; !there {
			_, err := client.CreateFolder(ctx, to.Parent())
			ts.Check(err)
		}
		ts.Check(client.UpdateFile(ctx, found.FileID, want, model.PathParts(found.Object.Key, want.Key), found.AutoOutputs))
	}
}

// discarded PATH TYPE deletes a file in the web console, and leaves its node in production.
func discarded(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: discarded PATH TYPE")
	}
	ctx, client := context.Background(), openConsole(ts)
	workspace, err := remote.Read(ctx, client, remote.Options{})
	ts.Check(err)
	for k, r := range workspace.Objects {
		if k.String() == args[0] && k.Type.String() == args[1] {
			_, err := client.DeleteFile(ctx, r.FileID)
			ts.Check(err)
			return
		}
	}
	ts.Fatalf("the workspace has no %s %s", args[1], args[0])
}

// ids FILE writes the ids of all files, nodes, folders and businesses of the workspace: who is the same before and after has the same ids.
func ids(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ids FILE")
	}
	workspace, err := remote.Read(context.Background(), openConsole(ts), remote.Options{})
	ts.Check(err)
	var lines []string
	for k, r := range workspace.Objects {
		lines = append(lines, fmt.Sprintf("%s %s %s", k.Kind, r.ID(), r.NodeID))
	}
	slices.Sort(lines)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Join(lines, "\n")+"\n"), 0o644))
}

// fifty DIR writes the files of fifty nodes into a directory.
func fifty(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: fifty DIR")
	}
	ts.Check(os.MkdirAll(ts.MkAbs(args[0]), 0o755))
	for i := range 50 {
		stem := ts.MkAbs(fmt.Sprintf("%s/f%02d", args[0], i))
		ts.Check(os.WriteFile(stem+".sql", fmt.Appendf(nil, "SELECT %d;\n", i), 0o644))
		ts.Check(os.WriteFile(stem+".node.yaml", fmt.Appendf(nil, "fileType: ODPS_SQL\nnodeConfiguration:\n  cronExpress: 00 30 00 * * ?\n  inputList: ['${project}_root']\n  outputList: ['${project}.t_%02d']\n", i), 0o644))
	}
}
