package emulator_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	dataworks "github.com/aliyun/alibaba-cloud-sdk-go/services/dataworks-public"
	"github.com/dwsync/dwsync/pkg/emulator"
)

// The SDK recognises a wrong secret by the text that the server signed.
func TestWrongSecretThroughSDK(t *testing.T) {
	_, h := serve(t, emulator.Options{})
	client := sdkClient(t, h, "dwsync", "wrong")
	request := dataworks.CreateGetProjectRequest()
	request.ProjectIdentifier = "dw_project"
	_, err := client.GetProject(request)
	var failure *sdkerrors.ServerError
	if !errors.As(err, &failure) || failure.ErrorCode() != "SignatureDoesNotMatch" || !strings.Contains(failure.Recommend(), "InvalidAccessKeySecret") {
		t.Errorf("%T %v", err, err)
	}
}

// A v3 signature covers method, query, body and the headers it names.
func TestTamperedV3(t *testing.T) {
	s := emulator.New(emulator.Options{})
	c := inProcess(t, s)
	c.v3, c.mixed = true, true
	p := params{"ProjectId": "10000", "BusinessName": "b", "Description": "d"}
	for name, tamper := range map[string]func(r *http.Request){
		"body":   func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("Description=x&ProjectId=10000")) },
		"query":  func(r *http.Request) { r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "=b", "=c", 1) },
		"action": func(r *http.Request) { r.Header.Set("x-acs-action", "DeleteBusiness") },
		"method": func(r *http.Request) { r.Method = "GET" },
		"host":   func(r *http.Request) { r.Host = "other" },
		"hash and body": func(r *http.Request) {
			body := "Description=x&ProjectId=10000"
			sum := sha256.Sum256([]byte(body))
			r.Body = io.NopCloser(strings.NewReader(body))
			r.Header.Set("x-acs-content-sha256", hex.EncodeToString(sum[:]))
		},
	} {
		r := c.request("CreateBusiness", p)
		tamper(r)
		if a := c.send(r); a.text("Code") != "SignatureDoesNotMatch" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	r := c.request("CreateBusiness", p)
	r.Header.Set("X-Something", "else") // not signed, not read
	if a := c.send(r); a.status != 200 {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// A content of 4 MB comes and goes whole, with either signature.
func TestLargeContent(t *testing.T) {
	_, h := serve(t, emulator.Options{})
	c := onSocket(t, h)
	c.ok("CreateBusiness", params{"ProjectId": "10000", "BusinessName": "b"})
	content := strings.Repeat("-- 很长的内容\r\n", 4<<20/20)
	for _, v3 := range []bool{false, true} {
		c.v3 = v3
		id := c.ok("CreateFile", params{"ProjectId": "10000", "FileFolderPath": mc, "FileName": "big" + map[bool]string{true: "3", false: "1"}[v3], "FileType": "10", "Content": content}).text("Data")
		if got := c.ok("GetFile", params{"ProjectId": "10000", "FileId": id}).text("Data.File.Content"); got != content {
			t.Errorf("%d bytes came back of %d", len(got), len(content))
		}
	}
}

// handle sends a request right into the handler and holds its answer to the
// protocol: a status, and a body in the format it says.
func handle(t *testing.T, s *emulator.Server, r *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code < 200 || w.Code >= 500 {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	switch kind := w.Header().Get("Content-Type"); {
	case strings.HasPrefix(kind, "application/json"):
		if !json.Valid(w.Body.Bytes()) {
			t.Fatalf("no JSON: %s", w.Body)
		}
	case strings.HasPrefix(kind, "text/xml"):
		d := xml.NewDecoder(bytes.NewReader(w.Body.Bytes()))
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("no XML: %v in %s", err, w.Body)
			}
		}
	default:
		t.Fatalf("content type %q", kind)
	}
	return w
}

func request(method, query, body, contentType string) *http.Request {
	return &http.Request{Method: method, Host: "emulator", URL: &url.URL{Path: "/", RawQuery: query}, Header: http.Header{"Content-Type": {contentType}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}

// Whatever arrives, the answer is one of the protocol, and nothing unsigned is
// let in.
func FuzzRequest(f *testing.F) {
	f.Add("POST", "Action=GetProject&Format=JSON", "ProjectId=1", "application/x-www-form-urlencoded", "")
	f.Add("GET", "Action=%zz;&Signature=x&AccessKeyId=dwsync&SignatureNonce=1&Timestamp=2020-01-01T00:00:00Z", "", "", "")
	f.Add("POST", "", "{}", "application/json", "ACS3-HMAC-SHA256 Credential=dwsync,SignedHeaders=host,Signature=00")
	f.Add("PUT", "Format=XML", "\xff", "", "ACS3-")
	s := emulator.New(emulator.Options{})
	f.Fuzz(func(t *testing.T, method, query, body, contentType, authorization string) {
		r := request(method, query, body, contentType)
		r.Header.Set("Authorization", authorization)
		for _, name := range []string{"x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"} {
			r.Header.Set(name, contentType)
		}
		if w := handle(t, s, r); w.Code == 200 {
			t.Fatalf("let in: %s", w.Body)
		}
	})
}

// Parameters that are rightly signed arrive as they were sent, and one changed
// byte is refused.
func fuzzSigned(f *testing.F, v3 bool) {
	f.Add("b", "描述 +*~%20&=\r\n", "POST", false, "x")
	f.Add("名字", "", "GET", true, "")
	f.Add("a=b&c", "\x00\u2028", "POST", true, "=")
	s := emulator.New(emulator.Options{})
	f.Fuzz(func(t *testing.T, name, description, method string, mixed bool, change string) {
		if method != "GET" {
			method = "POST"
		}
		c := inProcess(t, s)
		c.v3, c.mixed, c.method = v3, mixed, method
		p := params{"ProjectId": "10000", "BusinessName": name, "Description": description}
		a := c.send(c.request("CreateBusiness", p))
		if code := a.text("Code"); code == "SignatureDoesNotMatch" || code == "IncompleteSignature" || a.status >= 500 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		if a.status == 200 {
			got := c.send(c.request("GetBusiness", params{"ProjectId": "10000", "BusinessId": a.text("BusinessId")}))
			if want := strings.ToValidUTF8(description, "\ufffd"); got.text("Data.Description") != want {
				t.Fatalf("sent %q, got %q", want, got.text("Data.Description"))
			}
			c.send(c.request("DeleteBusiness", params{"ProjectId": "10000", "BusinessId": a.text("BusinessId")}))
		}
		r := c.request("CreateBusiness", p)
		if v3 {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Fatal(err)
			}
			r.Body = io.NopCloser(strings.NewReader(string(body) + "&Owner=" + url.QueryEscape(change)))
		} else {
			r.URL.RawQuery += "&Owner=" + url.QueryEscape(change)
		}
		if a := c.send(r); a.text("Code") != "SignatureDoesNotMatch" {
			t.Fatalf("tampered: %d %s", a.status, a.body)
		}
	})
}

func FuzzSignatureV1(f *testing.F) { fuzzSigned(f, false) }

func FuzzSignatureV3(f *testing.F) { fuzzSigned(f, true) }

// Whatever a signed call says, it is answered by the protocol, never by a 500,
// and the server goes on.
func FuzzCall(f *testing.F) {
	w := newWorld(f, emulator.Options{})
	for _, a := range emulator.Actions() {
		b, err := json.Marshal(w.samples(a.Name)[0])
		if err != nil {
			f.Fatal(err)
		}
		f.Add(a.Name, string(b), "", "", false)
	}
	f.Add("CreateFile", `{"ProjectId":"10000","FileName":"x","FileType":"10"}`, "CronExpress", "0 0-59/7,3 1-2/0 L-3W ? 6#9", true)
	f.Fuzz(func(t *testing.T, action, sample, name, v string, inXML bool) {
		var p params
		if json.Unmarshal([]byte(sample), &p) != nil || p == nil {
			p = params{}
		}
		if name != "" {
			p[name] = v
		}
		if err := w.server.Restore(w.snapshot); err != nil {
			t.Fatal(err)
		}
		c := inProcess(t, w.server)
		c.xml = inXML
		r := c.request(action, p)
		handle(t, w.server, r)
		if a := c.do("GetProject", params{"ProjectId": "10000"}); a.status != 200 {
			t.Fatalf("%d %s", a.status, a.body)
		}
	})
}
