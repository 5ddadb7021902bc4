package dataworks_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
)

// answering makes a client whose service always answers the same, and the error of a read with it.
func answering(t *testing.T, status int, body string) error {
	t.Helper()
	c := service(t, func(string, *http.Request, url.Values) (*http.Response, error) { return respond(status, body) })
	_, err := c.GetFile(t.Context(), "30704892")
	if err == nil {
		t.Fatalf("HTTP %d %s: no error", status, body)
	}
	return err
}

func TestBothShapesOfARefusalAreOneError(t *testing.T) {
	want := dataworks.Error{Action: "GetFile", Object: "30704892", Code: "1010019999", Message: "不合法的目录路径", RequestID: "ABC-1"}
	for name, c := range map[string]struct {
		status int
		body   string
	}{
		"gateway":        {400, `{"Code":"1010019999","Message":"不合法的目录路径","RequestId":"ABC-1","HostId":"dataworks"}`},
		"numeric code":   {400, `{"Code":1010019999,"Message":"不合法的目录路径","RequestId":"ABC-1"}`},
		"success false":  {200, `{"Success":false,"ErrorCode":"1010019999","ErrorMessage":"不合法的目录路径","RequestId":"ABC-1","HttpStatusCode":200}`},
		"success string": {200, `{"Success":"false","ErrorCode":1010019999,"ErrorMessage":"不合法的目录路径","RequestId":"ABC-1"}`},
	} {
		t.Run(name, func(t *testing.T) {
			err := answering(t, c.status, c.body)
			got, ok := errors.AsType[*dataworks.Error](err)
			if !ok {
				t.Fatalf("got %T %v", err, err)
			}
			want := want
			want.HTTPStatus = c.status
			if *got != want {
				t.Errorf("got %+v, want %+v", *got, want)
			}
			for _, part := range []string{"GetFile", "30704892", "1010019999", "不合法的目录路径", "ABC-1"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q lacks %q", err, part)
				}
			}
		})
	}
}

func TestAnswersThatAreNoneOfTheAPI(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
	}{
		"web page":           {200, "<!DOCTYPE html><html><title>Log in</title></html>"},
		"web page, 502":      {502, "<html>Bad Gateway</html>"},
		"nothing":            {200, ""},
		"cut":                {200, `{"Success":true,"Data":{"File":{"FileId":3070`},
		"a list":             {200, `[1]`},
		"files as an object": {200, `{"Success":true,"Data":{"File":[]}}`},
		"an object as name":  {200, `{"Success":true,"Data":{"File":{"FileId":30704892,"FileName":{},"FileType":10,"FileFolderId":"x"}}}`},
		"another file":       {200, `{"Success":true,"Data":{"File":{"FileId":1,"FileName":"a","FileType":10,"AbsoluteFolderPath":"业务流程/a/MaxCompute"}}}`},
		"no name":            {200, `{"Success":true,"Data":{"File":{"FileId":30704892,"FileType":10,"AbsoluteFolderPath":"业务流程/a/MaxCompute"}}}`},
		"broken UTF-8":       {200, "{\"Success\":true,\"Data\":{\"File\":{\"Content\":\"\xff\"}}}"},
		"half a character":   {200, `{"Success":true,"Data":{"File":{"Content":"\\\ud83d x"}}}`},
		"low half alone":     {200, `{"Success":true,"Data":{"File":{"Content":"\ude00"}}}`},
		"redirect":           {302, ""},
		"number too large":   {200, `{"Success":true,"Data":{"File":{"FileId":30704892,"FileName":"a","FileType":10,"AbsoluteFolderPath":"a","LastEditTime":99999999999999999999}}}`},
		"bad flag":           {200, `{"Success":true,"Data":{"File":{"FileId":30704892,"FileName":"a","FileType":10,"AbsoluteFolderPath":"a","AutoParsing":"perhaps"}}}`},
		"an input, no name":  {200, `{"Success":true,"Data":{"File":{"FileId":30704892,"FileName":"a","FileType":10,"AbsoluteFolderPath":"a"},"NodeConfiguration":{"InputList":[{}]}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			err := answering(t, c.status, c.body)
			got, ok := errors.AsType[*dataworks.AnswerError](err)
			if !ok {
				t.Fatalf("got %T %v", err, err)
			}
			if got.HTTPStatus != c.status || got.Endpoint != "https://dataworks.cn-shanghai.aliyuncs.com" || got.Action != "GetFile" {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestWholeCharactersAreNoHalves(t *testing.T) {
	c := service(t, func(string, *http.Request, url.Values) (*http.Response, error) {
		return respond(200, `{"Success":true,"Data":{"File":{"FileId":1,"FileName":"a","FileType":10,"AbsoluteFolderPath":"业务流程/a/MaxCompute","Content":"\ud83d\ude00 \\ud83d \u4e2d \" \\"}}}`)
	})
	file, err := c.GetFile(t.Context(), "1")
	if want := `😀 \ud83d 中 " \`; err != nil || file.Object.Text(model.FieldContent) != want {
		t.Fatalf("got %q, %v; want %q", file.Object.Text(model.FieldContent), err, want)
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	asked := 0
	c := service(t, func(_ string, r *http.Request, _ url.Values) (*http.Response, error) {
		asked++
		response, err := respond(307, "")
		response.Header.Set("Location", "https://evil.example/")
		if r.URL.Host != "dataworks.cn-shanghai.aliyuncs.com" {
			t.Errorf("asked %s", r.URL.Host)
		}
		return response, err
	})
	if _, err := c.Project(t.Context()); err == nil || asked != 1 {
		t.Errorf("asked %d times, %v", asked, err)
	}
}

func TestUnreachable(t *testing.T) {
	for name, c := range map[string]struct {
		err     error
		notSent bool
	}{
		"no such host": {&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "x"}}, true},
		"refused":      {&net.OpError{Op: "dial", Err: errors.New("connection refused")}, true},
		"broken":       {&net.OpError{Op: "read", Err: errors.New("connection reset by peer")}, false},
		"EOF":          {io.EOF, false},
	} {
		t.Run(name, func(t *testing.T) {
			client := service(t, func(string, *http.Request, url.Values) (*http.Response, error) { return nil, c.err })
			_, err := client.Project(t.Context())
			got, ok := errors.AsType[*dataworks.UnreachableError](err)
			if !ok || got.NotSent != c.notSent || got.Endpoint != "https://dataworks.cn-shanghai.aliyuncs.com" {
				t.Errorf("got %+v (%v)", got, err)
			}
			if strings.Contains(fmt.Sprint(err), "Signature") {
				t.Errorf("the error holds the URL: %v", err)
			}
		})
	}
}

func TestEmptyAnswersAreNotFound(t *testing.T) {
	for _, body := range []string{`{"Success":true,"Data":{}}`, `{"Success":true}`, `{"Success":true,"Data":{"File":null}}`} {
		if err := answering(t, 200, body); !dataworks.IsNotFound(err) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// A list that could be short is never taken for an empty one.
func TestAListWithoutItsCountIsAnError(t *testing.T) {
	for _, body := range []string{`{"Success":true}`, `{"Success":true,"Data":{}}`, `{"Success":true,"Data":{"Files":[]}}`, `{"Success":true,"Data":{"Files":{},"TotalCount":0}}`} {
		c := service(t, func(string, *http.Request, url.Values) (*http.Response, error) { return respond(200, body) })
		rows, err := c.ListFiles(t.Context(), model.UseNormal)
		if _, ok := errors.AsType[*dataworks.AnswerError](err); !ok {
			t.Errorf("%s: %v, %v", body, rows, err)
		}
	}
}

func TestPredicates(t *testing.T) {
	type is map[string]bool
	predicates := map[string]func(error) bool{
		"not found": dataworks.IsNotFound, "throttled": dataworks.IsThrottled, "quota": dataworks.IsQuota,
		"authentication": dataworks.IsAuthentication, "forbidden": dataworks.IsForbidden,
	}
	for _, c := range []struct {
		action, code, message string
		status                int
		want                  is
	}{
		{"GetFile", "1201111201", "文件1不存在", 400, is{"not found": true}},
		{"GetDeployment", "X", "发布包X不存在", 400, is{"not found": true}},
		{"SubmitFile", "1201111221", "父节点输出名:X 不存在，不能提交本节点", 400, is{}},
		{"GetFile", "Invalid.Tenant.ProjectNotExists", "The project does not exist.", 400, is{}},
		{"GetFile", "InvalidAction.NotFound", "Specified api is not found", 404, is{}},
		{"GetFile", "InvalidAccessKeyId.NotFound", "Specified access key is not found.", 404, is{"authentication": true}},
		{"GetFile", "SignatureDoesNotMatch", "", 400, is{"authentication": true}},
		{"GetFile", "Throttling.Api", "", 429, is{"throttled": true}},
		{"GetFile", "Throttling.User", "", 400, is{"throttled": true}},
		{"GetFile", "Throttling.Api.Risk", "", 429, is{"throttled": true, "quota": true}},
		{"GetFile", "Forbidden.Access", "", 403, is{"forbidden": true}},
		{"GetFile", "Invalid.Tenant.UserNotInProject", "", 400, is{"forbidden": true}},
		{"GetFile", "InternalError.System", "not found", 500, is{}},
	} {
		err := fmt.Errorf("wrapped: %w", &dataworks.Error{Action: c.action, Code: c.code, Message: c.message, HTTPStatus: c.status})
		for name, predicate := range predicates {
			if got := predicate(err); got != c.want[name] {
				t.Errorf("%s %s %s: %s is %v", c.action, c.code, c.message, name, got)
			}
		}
	}
}

func TestKnownCodesHaveAdvice(t *testing.T) {
	for code, part := range map[string]string{
		"SignatureDoesNotMatch": "SECRET", "InvalidAccessKeyId.NotFound": "access key", "Forbidden.Access": "Edition", "Forbidden.RAM": "permission",
		"Invalid.Tenant.ProjectNotExists": "projectId", "Throttling.Api": "limits", "Throttling.Api.Risk": "given anew", "Invalid.Tenant.UserNotInProject": "member",
	} {
		e := &dataworks.Error{Action: "GetFile", Code: code}
		if !strings.Contains(e.Advice(), part) || !strings.Contains(e.Error(), e.Advice()) {
			t.Errorf("%s: %q", code, e.Advice())
		}
	}
}

// The real signature check of the emulator quotes the whole request in its refusal; nothing of it may come out.
func TestAWrongKeyIsSaidInOneSentence(t *testing.T) {
	s := emulator.New(emulator.Options{})
	o := dataworks.Options{Project: projectRef, Transport: s.Transport(), Credentials: dataworks.AccessKey("dwsync", marked, "")}
	c := openWith(t, o)
	_, err := c.CreateFile(t.Context(), full("a"))
	if !dataworks.IsAuthentication(err) {
		t.Fatalf("got %v", err)
	}
	for _, part := range []string{"POST&", "select", marked, url.QueryEscape(marked)} {
		if strings.Contains(err.Error(), part) {
			t.Errorf("%q holds %q", err, part)
		}
	}
}

// Whatever the service echoes, no key is in an error, in the log, or in the text of anything.
func TestSecretsNeverComeOut(t *testing.T) {
	var logged calls
	echo := func(status int) roundTripper {
		return func(_ string, r *http.Request, params url.Values) (*http.Response, error) {
			body, _ := json.Marshal(map[string]any{
				"Code": params.Get("AccessKeyId") + params.Get("SecurityToken"), "Message": r.URL.String() + " " + marked + url.QueryEscape(url.QueryEscape(marked)),
				"RequestId": marked, "Recommend": marked, "ErrorMessage": marked, "ErrorCode": marked, "Success": false,
			})
			return respond(status, string(body))
		}
	}
	answers := map[string]roundTripper{
		"400": echo(400), "500": echo(500), "200": echo(200), "429": echo(429),
		"network": func(_ string, r *http.Request, _ url.Values) (*http.Response, error) {
			return nil, &url.Error{Op: "Post", URL: r.URL.String(), Err: io.EOF}
		},
		"redirect": func(_ string, r *http.Request, _ url.Values) (*http.Response, error) {
			return respond(302, r.URL.String())
		},
		"web page": func(_ string, r *http.Request, _ url.Values) (*http.Response, error) {
			return respond(200, "<html>"+r.URL.String())
		},
		"type": func(_ string, r *http.Request, _ url.Values) (*http.Response, error) {
			return respond(200, `{"Success":"`+marked+`"}`)
		},
	}
	for name, answer := range answers {
		c := service(t, answer, func(o *dataworks.Options) {
			o.Log = logged.log
			for _, text := range []string{fmt.Sprint(*o), fmt.Sprintf("%+v", *o), fmt.Sprintf("%#v", *o), fmt.Sprintf("%s %d %q", o.Credentials, o.Credentials, o.Credentials)} {
				holdsNoSecret(t, "the options", text)
			}
			text, err := json.Marshal(o.Credentials)
			if err != nil {
				t.Error(err)
			}
			holdsNoSecret(t, "the credentials", string(text))
		})
		_, err := c.Project(t.Context())
		_, writeErr := c.CreateFolder(t.Context(), engineFolder)
		if err == nil || writeErr == nil {
			t.Errorf("%s: no error", name)
		}
		holdsNoSecret(t, name, fmt.Sprintf("%v %+v %#v", err, err, writeErr))
		holdsNoSecret(t, name, fmt.Sprint(writeErr))
	}
	for _, call := range logged.all {
		holdsNoSecret(t, "the log", fmt.Sprintf("%+v", call))
	}
}

var signature = regexp.MustCompile(`Signature=[A-Za-z0-9]`)

func holdsNoSecret(t *testing.T, where, text string) {
	t.Helper()
	for _, secret := range []string{marked, url.QueryEscape(marked), markedID, "MARKED"} {
		if strings.Contains(text, secret) {
			t.Fatalf("%s: %q is in %.300s", where, secret, text)
		}
	}
	if signature.MatchString(text) {
		t.Fatalf("%s: a signature is in %.300s", where, text)
	}
}

func TestAnInterruptedCallSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("the user said stop")
	c := service(t, func(_ string, r *http.Request, _ url.Values) (*http.Response, error) {
		cancel(stop)
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	if _, err := c.Project(ctx); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}
