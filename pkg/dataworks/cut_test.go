package dataworks_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
)

// A refusal that broke off on its way is none: a read is repeated.
func TestACutRefusalIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		c := service(t, func(string, *http.Request, url.Values) (*http.Response, error) {
			calls++
			if calls == 1 {
				return &http.Response{StatusCode: 400, Header: http.Header{}, Body: io.NopCloser(io.MultiReader(strings.NewReader(`{"Code":"12`), broken{}))}, nil
			}
			return respond(200, `{"Success":true,"Data":{"ProjectIdentifier":"dw_project","ProjectId":10000}}`)
		})
		if p, err := c.Project(t.Context()); err != nil || p.Identifier != "dw_project" || calls != 2 {
			t.Errorf("%d calls: %v, %v", calls, p, err)
		}
	})
}

// broken is a body that ends before its end.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("connection reset by peer") }
