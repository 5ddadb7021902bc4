package dataworks_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
)

// faults are the ways in which the answer to a call can fail.
var faults = map[string]emulator.Fault{
	"reset before":        {Kind: emulator.FaultReset},
	"reset after":         {Kind: emulator.FaultReset, After: true},
	"500 before":          {Kind: emulator.FaultStatus, Status: 500},
	"500 after":           {Kind: emulator.FaultStatus, Status: 500, After: true},
	"503":                 {Kind: emulator.FaultStatus, Status: 503, Code: "ServiceUnavailable"},
	"throttled":           {Kind: emulator.FaultStatus, Status: 429, Code: "Throttling.Api"},
	"throttled system":    {Kind: emulator.FaultStatus, Status: 429, Code: "Throttling.System"},
	"web page before":     {Kind: emulator.FaultHTML},
	"web page after":      {Kind: emulator.FaultHTML, After: true},
	"web page, 200":       {Kind: emulator.FaultHTML, Status: 200, After: true},
	"throttled by a page": {Kind: emulator.FaultHTML, Status: 429},
	"cut body":            {Kind: emulator.FaultTruncate},
	"late":                {Kind: emulator.FaultDelay, DelayMillis: 2 * int(dataworks.DefaultTimeout/time.Millisecond)},
}

// write is one write on a workspace that prepare has set up; check says whether it happened exactly once.
type write struct {
	prepare func(t *testing.T, c *dataworks.Client) model.FileID
	do      func(ctx context.Context, c *dataworks.Client, id model.FileID) error
	check   func(t *testing.T, c *dataworks.Client, id model.FileID)
}

func nodeInBusiness(t *testing.T, c *dataworks.Client) model.FileID {
	business(t, c)
	return create(t, c, node("a"))
}

func submitted(t *testing.T, c *dataworks.Client) model.FileID {
	id := nodeInBusiness(t, c)
	settle(t, c)(c.SubmitFile(t.Context(), id, "first"))
	return id
}

func versions(t *testing.T, c *dataworks.Client, id model.FileID) []model.Version {
	t.Helper()
	all, err := c.ListFileVersions(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var writes = map[string]write{
	"CreateBusiness": {
		prepare: func(*testing.T, *dataworks.Client) model.FileID { return "" },
		do: func(ctx context.Context, c *dataworks.Client, _ model.FileID) error {
			id, err := c.CreateBusiness(ctx, model.NewObject(model.BusinessKey("业务流程/b")))
			return some(id, err)
		},
		check: func(t *testing.T, c *dataworks.Client, _ model.FileID) {
			if all, err := c.ListBusinesses(t.Context()); err != nil || len(all) != 1 {
				t.Errorf("%+v, %v", all, err)
			}
		},
	},
	"UpdateBusiness": {
		prepare: func(t *testing.T, c *dataworks.Client) model.FileID { return model.FileID(business(t, c)) },
		do: func(ctx context.Context, c *dataworks.Client, id model.FileID) error {
			o := model.NewObject(model.BusinessKey("业务流程/电商数仓"))
			o.Set(model.FieldDescription, model.TextValue("新的"))
			return c.UpdateBusiness(ctx, model.Remote{Object: o, BusinessID: model.BusinessID(id)}, o, []model.Field{model.FieldDescription})
		},
		check: func(t *testing.T, c *dataworks.Client, _ model.FileID) {
			if all, err := c.ListBusinesses(t.Context()); err != nil || len(all) != 1 || all[0].Object.Text(model.FieldDescription) != "新的" {
				t.Errorf("%+v, %v", all, err)
			}
		},
	},
	"DeleteBusiness": {
		prepare: func(t *testing.T, c *dataworks.Client) model.FileID { return model.FileID(business(t, c)) },
		do: func(ctx context.Context, c *dataworks.Client, id model.FileID) error {
			return c.DeleteBusiness(ctx, model.BusinessID(id))
		},
		check: func(t *testing.T, c *dataworks.Client, _ model.FileID) {
			if all, err := c.ListBusinesses(t.Context()); err != nil || len(all) != 0 {
				t.Errorf("%+v, %v", all, err)
			}
		},
	},
	"DeleteFolder": {
		prepare: func(t *testing.T, c *dataworks.Client) model.FileID {
			business(t, c)
			id, err := c.CreateFolder(t.Context(), engineFolder.Join("ods"))
			if err != nil {
				t.Fatal(err)
			}
			return model.FileID(id)
		},
		do: func(ctx context.Context, c *dataworks.Client, id model.FileID) error {
			return c.DeleteFolder(ctx, model.FolderID(id))
		},
		check: func(t *testing.T, c *dataworks.Client, _ model.FileID) {
			if id, err := c.FindFolder(t.Context(), engineFolder.Join("ods")); err != nil || id != "" {
				t.Errorf("%q, %v", id, err)
			}
		},
	},
	"CreateFolder": {
		prepare: func(t *testing.T, c *dataworks.Client) model.FileID { business(t, c); return "" },
		do: func(ctx context.Context, c *dataworks.Client, _ model.FileID) error {
			id, err := c.CreateFolder(ctx, engineFolder.Join("ods"))
			return some(id, err)
		},
		check: func(t *testing.T, c *dataworks.Client, _ model.FileID) {
			if all, err := c.ListFolders(t.Context(), engineFolder); err != nil || len(all) != 1 {
				t.Errorf("%+v, %v", all, err)
			}
		},
	},
	"CreateFile": {
		prepare: func(t *testing.T, c *dataworks.Client) model.FileID { business(t, c); return "" },
		do: func(ctx context.Context, c *dataworks.Client, _ model.FileID) error {
			id, err := c.CreateFile(ctx, node("a"))
			return some(id, err)
		},
		check: func(t *testing.T, c *dataworks.Client, _ model.FileID) {
			if all, err := c.ListFiles(t.Context(), model.UseNormal); err != nil || len(all) != 1 {
				t.Errorf("%+v, %v", all, err)
			}
		},
	},
	"CreateFile that is skipped": {
		prepare: func(t *testing.T, c *dataworks.Client) model.FileID { business(t, c); return "" },
		do: func(ctx context.Context, c *dataworks.Client, _ model.FileID) error {
			o := node("a")
			o.Set(model.FieldSchedulerType, model.TextValue("SKIP"))
			id, err := c.CreateFile(ctx, o)
			return some(id, err)
		},
		check: func(t *testing.T, c *dataworks.Client, _ model.FileID) {
			if id, err := c.FindFile(t.Context(), node("a").Key); err != nil || id == "" {
				t.Errorf("%q, %v", id, err)
			}
		},
	},
	"UpdateFile": {
		prepare: nodeInBusiness,
		do: func(ctx context.Context, c *dataworks.Client, id model.FileID) error {
			want := node("a")
			want.Set(model.FieldContent, model.TextValue("select 2"))
			return c.UpdateFile(ctx, id, want, []model.Field{model.FieldContent}, nil)
		},
		check: func(t *testing.T, c *dataworks.Client, id model.FileID) {
			if now := get(t, c, id); now.Object.Text(model.FieldContent) != "select 2" {
				t.Errorf("%+v", now)
			}
		},
	},
	"SubmitFile": {
		prepare: nodeInBusiness,
		do: func(ctx context.Context, c *dataworks.Client, id model.FileID) error {
			return end(ctx, c)(c.SubmitFile(ctx, id, "dwsync:abc:1"))
		},
		check: func(t *testing.T, c *dataworks.Client, id model.FileID) {
			if all := versions(t, c, id); len(all) != 1 {
				t.Errorf("%+v", all)
			}
			if now := get(t, c, id); now.Stage != model.StageSubmitted {
				t.Errorf("%+v", now)
			}
		},
	},
	"DeployFile": {
		prepare: submitted,
		do: func(ctx context.Context, c *dataworks.Client, id model.FileID) error {
			return end(ctx, c)(c.DeployFile(ctx, id, 0, "dwsync:abc:1"))
		},
		check: func(t *testing.T, c *dataworks.Client, id model.FileID) {
			if all := versions(t, c, id); len(all) != 1 || !all[0].IsCurrentProd {
				t.Errorf("%+v", all)
			}
		},
	},
	// A list of the past ends with the version before, which production has.
	"DeployFile of a second version": {
		prepare: func(t *testing.T, c *dataworks.Client) model.FileID {
			id := submitted(t, c)
			settle(t, c)(c.DeployFile(t.Context(), id, 1, "first"))
			return id
		},
		do: func(ctx context.Context, c *dataworks.Client, id model.FileID) error {
			want := node("a")
			want.Set(model.FieldContent, model.TextValue("select 2"))
			if err := c.UpdateFile(ctx, id, want, []model.Field{model.FieldContent}, nil); err != nil {
				return err
			}
			if err := end(ctx, c)(c.SubmitFile(ctx, id, "second")); err != nil {
				return err
			}
			return end(ctx, c)(c.DeployFile(ctx, id, 2, "second"))
		},
		check: func(t *testing.T, c *dataworks.Client, id model.FileID) {
			if all := versions(t, c, id); len(all) != 2 || !model.Newest(all).IsCurrentProd {
				t.Errorf("%+v", all)
			}
		},
	},
	"DeleteFile": {
		prepare: submitted,
		do: func(ctx context.Context, c *dataworks.Client, id model.FileID) error {
			return end(ctx, c)(c.DeleteFile(ctx, id))
		},
		check: func(t *testing.T, c *dataworks.Client, id model.FileID) {
			if now, err := c.GetFile(t.Context(), id); err == nil && !now.Deleted || err != nil && !dataworks.IsNotFound(err) {
				t.Errorf("%+v, %v", now, err)
			}
		},
	},
}

func some[ID ~string](id ID, err error) error {
	if err == nil && id == "" {
		return errors.New("no id")
	}
	return err
}

// end follows a deployment, which may not be "" here.
func end(ctx context.Context, c *dataworks.Client) func(model.DeploymentID, error) error {
	return func(id model.DeploymentID, err error) error {
		if err := some(id, err); err != nil {
			return err
		}
		for range 100 {
			d, err := c.GetDeployment(ctx, id)
			if err != nil || d.Status == model.DeploymentSucceeded {
				return err
			}
			if d.Status != model.DeploymentReady {
				return fmt.Errorf("%+v", d)
			}
			time.Sleep(time.Second)
		}
		return errors.New("does not end")
	}
}

// Each write under each fault ends done, and done once, whatever the service's reads show first.
func TestAWriteHappensExactlyOnce(t *testing.T) {
	for action, w := range writes {
		for name, fault := range faults {
			for _, stale := range []string{"none", "first"} {
				t.Run(fmt.Sprintf("%s/%s/stale reads %s", action, name, stale), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						s := emulator.New(emulator.Options{})
						id := w.prepare(t, open(t, s))
						if err := s.SetSwitches(map[string]string{"stale-reads": stale, "skip-files": "skip"}); err != nil {
							t.Fatal(err)
						}
						time.Sleep(time.Minute) // what was prepared is no longer stale
						action, _, _ := strings.Cut(action, " ")
						fault.Action, fault.Call = action, 1
						if err := s.SetFaults(fault); err != nil {
							t.Fatal(err)
						}
						var log calls
						c := open(t, s, func(o *dataworks.Options) { o.Log = log.log })
						if err := w.do(t.Context(), c, id); err != nil {
							t.Fatal(err)
						}
						time.Sleep(time.Minute)
						w.check(t, open(t, s), id)
						if again, once := log.count(action), fault.After || fault.Kind == emulator.FaultTruncate; once && again != 1 || again > 2 {
							t.Errorf("%d attempts", again)
						}
					})
				})
			}
		}
	}
}

func TestReadsAreRepeated(t *testing.T) {
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := emulator.New(emulator.Options{})
				id := nodeInBusiness(t, open(t, s))
				fault.Times = 3
				if err := s.SetFaults(fault); err != nil {
					t.Fatal(err)
				}
				if _, err := open(t, s).GetFile(t.Context(), id); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

func TestGivingUpTellsTheAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := emulator.New(emulator.Options{Faults: []emulator.Fault{{Kind: emulator.FaultHTML, Times: 1}, {Kind: emulator.FaultStatus, Status: 503, Code: "ServiceUnavailable"}}})
		began := time.Now()
		_, err := open(t, s).Project(t.Context())
		retries, ok := errors.AsType[*dataworks.RetriesError](err)
		if !ok || len(retries.Attempts) != dataworks.DefaultRetry().Attempts {
			t.Fatalf("got %v", err)
		}
		for _, part := range []string{"ServiceUnavailable", "6 attempts", "web page", "RequestId"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q lacks %q", err, part)
			}
		}
		if waited := time.Since(began); waited > dataworks.DefaultRetry().Budget {
			t.Errorf("waited %s", waited)
		}
	})
}

func TestTheDaysQuotaIsNotRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := emulator.New(emulator.Options{Faults: []emulator.Fault{{Kind: emulator.FaultStatus, Status: 429, Code: "Throttling.Api.Risk"}}})
		var log calls
		c := open(t, s, func(o *dataworks.Options) { o.Log = log.log })
		if _, err := c.Project(t.Context()); !dataworks.IsQuota(err) || len(log.all) != 1 {
			t.Errorf("%d attempts, %v", len(log.all), err)
		}
	})
}

func TestRefusalsAreNotRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log calls
		c := open(t, emulator.New(emulator.Options{}), func(o *dataworks.Options) { o.Log = log.log })
		o := node("a")
		if _, err := c.CreateFile(t.Context(), o); err == nil || len(log.all) != 1 {
			t.Errorf("a file in no folder: %d attempts, %v", len(log.all), err)
		}
	})
}

// A write of which nobody can tell whether it happened is an error that says so.
func TestAnUnknownOutcomeIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := emulator.New(emulator.Options{})
		business(t, open(t, s))
		if err := s.SetFaults(emulator.Fault{Kind: emulator.FaultReset, Action: "CreateFolder", After: true}, emulator.Fault{Kind: emulator.FaultStatus, Status: 500, Action: "GetFolder"}); err != nil {
			t.Fatal(err)
		}
		_, err := open(t, s).CreateFolder(t.Context(), engineFolder.Join("ods"))
		if _, ok := errors.AsType[*dataworks.OutcomeError](err); !ok {
			t.Errorf("got %v", err)
		}
	})
}

func TestAnUpdateThatChangesNothingIsSuccess(t *testing.T) {
	for _, how := range []string{"refused", "each", "accepted"} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := open(t, emulator.New(emulator.Options{Switches: map[string]string{"no-op-update": how}}))
				id := nodeInBusiness(t, c)
				want := node("a")
				fields := []model.Field{model.FieldContent, model.FieldParaValue, model.FieldSchedulerType, model.FieldOutputList}
				for _, para := range []string{"", "a=1", "a=1", ""} {
					want.Set(model.FieldParaValue, model.TextValue(para))
					if err := c.UpdateFile(t.Context(), id, want, fields, get(t, c, id).AutoOutputs); err != nil {
						t.Fatal(err)
					}
					expect(t, c, id, want)
				}
				// A refusal for another reason stays one.
				want.Set(model.FieldCronExpress, model.TextValue("00 * * * * ?"))
				if err := c.UpdateFile(t.Context(), id, want, []model.Field{model.FieldCronExpress}, nil); err == nil {
					t.Error("a job every minute was accepted")
				}
			})
		})
	}
}

// What never reached the service is sent again without asking the workspace first.
func TestAWriteThatWasNotSentIsSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var actions []string
		c := service(t, func(action string, _ *http.Request, _ url.Values) (*http.Response, error) {
			actions = append(actions, action)
			if len(actions) < 3 {
				return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
			}
			return respond(200, `{"Success":true,"Data":"folder"}`)
		})
		if id, err := c.CreateFolder(t.Context(), engineFolder); err != nil || id != "folder" || len(actions) != 3 || actions[1] != "CreateFolder" {
			t.Errorf("%q, %v after %v", id, err, actions)
		}
	})
}

// A repeated write that is refused because the first one was late after all has happened.
func TestALateWriteIsRecognised(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		writes, there := 0, false
		c := service(t, func(action string, _ *http.Request, _ url.Values) (*http.Response, error) {
			switch {
			case action == "GetFolder" && there:
				return respond(200, `{"Success":true,"Data":{"FolderId":"late","FolderPath":"业务流程/电商数仓/MaxCompute"}}`)
			case action == "GetFolder":
				return respond(200, `{"Success":true,"Data":{}}`)
			}
			writes++
			if writes == 1 {
				return nil, io.ErrUnexpectedEOF
			}
			there = true
			return respond(400, `{"Code":"1201111211","Message":"目录已存在"}`)
		})
		if id, err := c.CreateFolder(t.Context(), engineFolder); err != nil || id != "late" || writes != 2 {
			t.Errorf("%q, %v after %d writes", id, err, writes)
		}
	})
}

func TestRetryAfterIsHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		c := service(t, func(string, *http.Request, url.Values) (*http.Response, error) {
			if asked++; asked > 1 {
				return respond(200, `{"Success":true,"Data":{"ProjectIdentifier":"p","ProjectId":1}}`)
			}
			response, err := respond(429, `{"Code":"Throttling.User"}`)
			response.Header.Set("Retry-After", "7")
			return response, err
		}, func(o *dataworks.Options) { o.Retry = dataworks.DefaultRetry() })
		began := time.Now()
		if _, err := c.Project(t.Context()); err != nil || time.Since(began) != 7*time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}
