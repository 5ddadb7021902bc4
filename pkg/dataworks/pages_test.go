package dataworks_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"testing/synctest"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
)

// moving is a service with a list of files; before each page that it answers, it lets the test change the list.
func moving(t *testing.T, ids []int, change func(page int, ids []int) []int) *dataworks.Client {
	t.Helper()
	pages := 0
	return service(t, func(action string, _ *http.Request, params url.Values) (*http.Response, error) {
		number, _ := strconv.Atoi(params.Get("PageNumber"))
		size, _ := strconv.Atoi(params.Get("PageSize"))
		pages++
		ids = change(pages, ids)
		rows := []map[string]any{}
		for i := (number - 1) * size; i < min(number*size, len(ids)); i++ {
			rows = append(rows, map[string]any{"FileId": ids[i], "FileName": fmt.Sprint("f", ids[i]), "FileType": 10, "AbsoluteFolderPath": "业务流程/a/MaxCompute"})
		}
		body, err := json.Marshal(map[string]any{"Success": true, "Data": map[string]any{"Files": rows, "TotalCount": len(ids)}})
		if err != nil {
			t.Error(err)
		}
		return respond(200, string(body))
	})
}

func upTo(n int) []int {
	ids := make([]int, n)
	for i := range ids {
		ids[i] = i + 1
	}
	return ids
}

func same(_ int, ids []int) []int { return ids }

func TestPages(t *testing.T) {
	for name, c := range map[string]struct {
		ids    []int
		change func(page int, ids []int) []int
		want   int // rows; -1 is an error
	}{
		"none":        {nil, same, 0},
		"one":         {upTo(1), same, 1},
		"a full page": {upTo(100), same, 100},
		"three pages": {upTo(250), same, 250},
		"a row goes": {upTo(250), func(page int, ids []int) []int {
			if page == 2 {
				return ids[1:]
			}
			return ids
		}, 249},
		"a row comes": {upTo(250), func(page int, ids []int) []int {
			if page == 2 {
				return append([]int{1000}, ids...)
			}
			return ids
		}, 251},
		"one for one": {upTo(250), func(page int, ids []int) []int {
			if page == 2 {
				return append([]int{1000}, ids[:249]...)
			}
			return ids
		}, 250},
		"twice the row": {append(upTo(150), 1), same, -1},
		"never still":   {upTo(250), func(page int, ids []int) []int { return append([]int{1000 + page}, ids...) }, -1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rows, err := moving(t, c.ids, c.change).ListFiles(t.Context(), model.UseNormal)
				if _, moved := errors.AsType[*dataworks.MovedError](err); moved != (c.want < 0) || err != nil && !moved || c.want >= 0 && len(rows) != c.want {
					t.Fatalf("%d rows, %v; want %d", len(rows), err, c.want)
				}
				seen := map[model.FileID]bool{}
				for _, row := range rows {
					if seen[row.FileID] {
						t.Errorf("%s twice", row.FileID)
					}
					seen[row.FileID] = true
				}
			})
		})
	}
}

// A service that answers fewer rows than it counts is never taken for complete.
func TestAShortListIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := service(t, func(string, *http.Request, url.Values) (*http.Response, error) {
			return respond(200, `{"Success":true,"Data":{"Business":[{"BusinessId":1,"BusinessName":"a"}],"TotalCount":2}}`)
		})
		all, err := c.ListBusinesses(t.Context())
		moved, ok := errors.AsType[*dataworks.MovedError](err)
		if !ok || moved.Got != 1 || moved.Want != 2 {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

// ListNodes ends at page 100; a workspace with more nodes is read business by business.
func TestMoreNodesThanPages(t *testing.T) {
	const perBusiness = 6000
	for name, missing := range map[string]int{"all in businesses": 0, "some outside": 1} {
		t.Run(name, func(t *testing.T) {
			c := service(t, func(action string, _ *http.Request, params url.Values) (*http.Response, error) {
				if action == "ListBusiness" {
					return respond(200, `{"Success":true,"Data":{"Business":[{"BusinessId":1,"BusinessName":"a"},{"BusinessId":2,"BusinessName":"b"}],"TotalCount":2}}`)
				}
				first, total := 0, 2*perBusiness+missing
				switch params.Get("BizName") {
				case "a":
					total = perBusiness
				case "b":
					first, total = perBusiness, perBusiness
				}
				number, _ := strconv.Atoi(params.Get("PageNumber"))
				if number > 100 {
					return respond(400, `{"Code":"InvalidPageNumber"}`)
				}
				rows := []map[string]any{}
				for i := (number - 1) * 100; i < min(number*100, total); i++ {
					rows = append(rows, map[string]any{"NodeId": first + i + 1, "FileId": first + i + 1, "FileVersion": 1})
				}
				body, err := json.Marshal(map[string]any{"Success": true, "Data": map[string]any{"Nodes": rows, "TotalCount": total}})
				if err != nil {
					t.Error(err)
				}
				return respond(200, string(body))
			})
			nodes, err := c.ListNodes(t.Context(), "PROD")
			if missing == 0 && (err != nil || len(nodes) != 2*perBusiness) || missing > 0 && err == nil {
				t.Errorf("%d nodes, %v", len(nodes), err)
			}
		})
	}
}

func TestMoreThanAPageOverTheEmulator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t, emulator.New(emulator.Options{}))
		business(t, c)
		want := map[model.FileID]bool{}
		for i := range 230 {
			id, err := c.CreateFile(t.Context(), node(fmt.Sprint("n", i)))
			if err != nil {
				t.Fatal(err)
			}
			want[id] = true
		}
		rows, err := c.ListFiles(t.Context(), model.UseNormal)
		if err != nil || len(rows) != len(want) {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for _, row := range rows {
			if !want[row.FileID] || row.Key.Folder != engineFolder {
				t.Errorf("%+v", row)
			}
		}
	})
}

// A service that answers the same page for ever is not asked for ever.
func TestTheSamePageForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		c := service(t, func(string, *http.Request, url.Values) (*http.Response, error) {
			asked++
			return respond(200, `{"Success":true,"Data":{"Files":[{"FileId":1,"FileName":"a","FileType":10,"AbsoluteFolderPath":"业务流程/a/MaxCompute"}],"TotalCount":1000000000}}`)
		})
		if _, err := c.ListFiles(t.Context(), model.UseNormal); err == nil || asked > 20 {
			t.Errorf("asked %d times, %v", asked, err)
		}
	})
}
