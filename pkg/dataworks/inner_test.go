package dataworks_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dwsync/dwsync/pkg/model"
)

// What ListFiles and GetFile call an inner file: its node's id and its own name. Its node may lie in another node, in no list, nowhere, or in itself.
func TestInnerKeys(t *testing.T) {
	const folder model.FolderPath = "业务流程/a/通用"
	loop := model.FileKey(folder, "loop", 1106)
	branch := model.InnerKey(loop, "branch", 1101)
	row := func(id, parent int, name string, kind int, more string) string {
		return fmt.Sprintf(`{"FileId":%d,"FileName":%q,"FileType":%d,"AbsoluteFolderPath":"业务流程/a/通用","ParentId":%d%s}`, id, name, kind, parent, more)
	}
	files := map[string]string{
		"1": row(1, -1, "loop", 1106, ""), "2": row(2, 1, "branch", 1101, ""), "3": row(3, 2, "deep", 6, ""), "4": row(4, 1, "sql", 10, ""),
		"5": row(5, 99, "lost", 6, ""), "6": row(6, 6, "itself", 6, ""), "7": row(7, 8, "round", 6, ""), "8": row(8, 7, "about", 6, ""),
		"9": row(9, 10, "bin", 6, ""), "10": row(10, -1, "old", 1106, `,"DeletedStatus":"RECYCLE_BIN"`),
		// Nobody has to know the folder of an inner file.
		"11": strings.Replace(row(11, 1, "nowhere", 6, ""), "业务流程/a/通用", "", 1),
	}
	want := map[string]model.Key{
		"1": loop, "2": branch, "3": model.InnerKey(branch, "deep", 6), "4": model.InnerKey(loop, "sql", 10), "11": model.InnerKey(loop, "nowhere", 6),
		"5": model.FileKey(folder, "lost", 6), "6": model.FileKey(folder, "itself", 6), "7": model.FileKey(folder, "round", 6), "8": model.FileKey(folder, "about", 6),
		"9": model.FileKey(folder, "bin", 6),
	}
	calls := 0
	answer := func(listed ...string) func(string, *http.Request, url.Values) (*http.Response, error) {
		return func(action string, _ *http.Request, params url.Values) (*http.Response, error) {
			calls++
			switch action {
			case "GetFile":
				file, there := files[params.Get("FileId")]
				if !there {
					return respond(200, `{"Success":true,"Data":{}}`)
				}
				return respond(200, `{"Success":true,"Data":{"File":`+file+`,"NodeConfiguration":{}}}`)
			case "ListFiles":
				rows := make([]string, len(listed))
				for i, id := range listed {
					rows[i] = files[id]
				}
				return respond(200, fmt.Sprintf(`{"Success":true,"Data":{"Files":[%s],"TotalCount":%d}}`, strings.Join(rows, ","), len(rows)))
			case "GetProject":
				return respond(200, `{"Success":true,"Data":{"ProjectId":10000,"ProjectIdentifier":"dw_project","ProjectMode":3,"EnvTypes":["DEV","PROD"]}}`)
			}
			return respond(404, `{"Code":"InvalidAction.NotFound"}`)
		}
	}
	for id, key := range want {
		file, err := service(t, answer()).GetFile(t.Context(), model.FileID(id))
		if err != nil || file.Object.Key != key {
			t.Errorf("GetFile %s: %+v, %v", id, file.Object.Key, err)
		}
	}
	for listed, wantCalls := range map[string]int{"1 2 3 4": 1, "3 2 1": 1, "3": 3, "11 1": 1, "5": 2, "6": 1, "7 8": 3, "9": 2} {
		c := service(t, answer(strings.Fields(listed)...))
		calls = 0
		rows, err := c.ListFiles(t.Context(), model.UseNormal)
		if err != nil {
			t.Errorf("list of %s: %v", listed, err)
		}
		for _, row := range rows {
			if row.Key != want[string(row.FileID)] {
				t.Errorf("list of %s: %s is %+v", listed, row.FileID, row.Key)
			}
		}
		if calls != wantCalls {
			t.Errorf("list of %s: %d calls, want %d", listed, calls, wantCalls)
		}
	}
}
