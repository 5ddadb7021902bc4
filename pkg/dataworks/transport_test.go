package dataworks_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
)

// The one test with a socket: the real transport, whatever the environment says about proxies.
func TestTheRealTransport(t *testing.T) {
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		t.Setenv(name, "http://user:"+marked+"@127.0.0.1:1/%zz")
	}
	t.Setenv("NO_PROXY", "(")
	redirected := false
	s := emulator.New(emulator.Options{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if redirected {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusTemporaryRedirect)
			return
		}
		s.ServeHTTP(w, r)
	}))
	defer server.Close()
	c := openWith(t, dataworks.Options{Endpoint: strings.TrimPrefix(server.URL, "http://"), Project: projectRef, Credentials: dataworks.AccessKey("dwsync", "dwsync", "")})
	if p, err := c.Project(t.Context()); err != nil || p.Identifier != "dw_project" {
		t.Fatalf("%+v, %v", p, err)
	}
	business(t, c)
	id := create(t, c, full("a"))
	expect(t, c, id, full("a"))
	redirected = true
	if _, err := c.GetFile(t.Context(), id); err == nil || !strings.Contains(err.Error(), "redirect") {
		t.Errorf("got %v", err)
	}
}

// Content passes the signature (which the emulator checks), the form encoding and JSON byte for byte.
func FuzzContentSurvives(f *testing.F) {
	for _, content := range []string{"select 1", "\x00\x7f", "a+b %20 ~*'()!", "\r\n\t", "&=;/?#", "😀\u2028\ufeff", "{\"a\":\"\\u0000\"}"} {
		f.Add(content)
	}
	s := emulator.New(emulator.Options{})
	c := open(f, s)
	business(f, c)
	id := create(f, c, node("a"))
	f.Fuzz(func(t *testing.T, content string) {
		if !utf8.ValidString(content) {
			return // no text
		}
		want := node("a")
		want.Set(model.FieldContent, model.TextValue(content))
		if err := c.UpdateFile(t.Context(), id, want, []model.Field{model.FieldContent}, nil); err != nil {
			t.Fatal(err)
		}
		expect(t, c, id, want)
	})
}
