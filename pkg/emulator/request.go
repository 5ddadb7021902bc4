package emulator

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// maxBody holds a content of 4 MB that form encoding has made three times as
// large, and the rest of the parameters.
const maxBody = 16 << 20

// maxURL is the longest URL that the gateway reads (switch url-limit).
const maxURL = 32 << 10

// request is an HTTP request as the gateway understands it.
type request struct {
	method  string
	path    string
	host    string
	headers http.Header
	query   [][2]string // decoded, in no particular order
	pairs   [][2]string // query and form together
	params  map[string]string
	body    []byte
	v3      bool
	action  string
	version string
	xml     bool // the answer's format
}

// header is the value of a header as a v3 signature sees it.
func (r *request) header(name string) string {
	if strings.EqualFold(name, "host") {
		return r.host
	}
	return strings.Join(r.headers.Values(name), ",")
}

// readRequest takes a request apart. It answers as much as it understood even
// where it fails, so that the error can be told in the right format.
func readRequest(h *http.Request, urlLimit bool) (*request, *Error) {
	r := &request{method: h.Method, path: h.URL.EscapedPath(), host: h.Host, headers: h.Header, params: map[string]string{}}
	if r.path == "" {
		r.path = "/"
	}
	r.v3 = strings.HasPrefix(h.Header.Get("Authorization"), "ACS3-")
	// Right enough for errors that come before the parameters are read.
	r.xml = !r.v3 && !strings.Contains(h.URL.RawQuery, "Format=JSON")
	if urlLimit && len(h.URL.RawQuery) > maxURL {
		return r, ruleURLTooLong.gateway("")
	}
	query, err := url.ParseQuery(h.URL.RawQuery)
	if err != nil {
		return r, ruleBodyMalformed.gateway("")
	}
	r.query = r.add(query)
	if failure := r.readBody(h); failure != nil {
		return r, failure
	}
	if r.v3 {
		r.action, r.version = h.Header.Get("x-acs-action"), h.Header.Get("x-acs-version")
	} else {
		r.action, r.version = r.params["Action"], r.params["Version"]
	}
	if h.Method != http.MethodGet && h.Method != http.MethodPost {
		return r, ruleMethod.gateway("")
	}
	return r, r.readFormat(h.Header.Get("Accept"))
}

// readBody reads the form. GET requests of the Go SDK have one too.
func (r *request) readBody(h *http.Request) *Error {
	if h.Body == nil {
		return nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, h.Body, maxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return ruleBodyTooLarge.gateway("")
	}
	if err != nil {
		return ruleBodyMalformed.gateway("")
	}
	r.body = body
	kind, _, _ := mime.ParseMediaType(h.Header.Get("Content-Type"))
	if len(body) == 0 || (kind != "" && kind != "application/x-www-form-urlencoded" && kind != "application/json") {
		return nil
	}
	if kind == "application/json" {
		return r.readJSON()
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return ruleBodyMalformed.gateway("")
	}
	r.add(form)
	return nil
}

// readJSON reads a body that is one JSON object, as hand-written v3 clients send
// it. A v1 signature does not cover it, so there it counts for nothing.
func (r *request) readJSON() *Error {
	if !r.v3 {
		return nil
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(r.body, &object); err != nil {
		return ruleBodyMalformed.gateway("")
	}
	for _, name := range sortedKeys(object) {
		v := string(object[name])
		var s string
		if err := json.Unmarshal(object[name], &s); err == nil && v != "null" {
			v = s
		}
		if _, given := r.params[name]; !given && v != "null" {
			r.params[name] = strings.ToValidUTF8(v, "\ufffd")
		}
	}
	return nil
}

// add takes parameters over. A name that comes twice counts with its first
// value; all of them are signed.
func (r *request) add(values url.Values) [][2]string {
	var pairs [][2]string
	for _, name := range sortedKeys(values) {
		for _, v := range values[name] {
			pairs = append(pairs, [2]string{name, v})
			if _, given := r.params[name]; !given {
				r.params[name] = strings.ToValidUTF8(v, "\ufffd")
			}
		}
	}
	r.pairs = append(r.pairs, pairs...)
	return pairs
}

// readFormat settles JSON or XML: the Format parameter, else the Accept header,
// else JSON for v3 and XML for v1.
func (r *request) readFormat(accept string) *Error {
	r.xml = !r.v3
	switch format := strings.ToUpper(r.params["Format"]); {
	case format == "JSON":
		r.xml = false
	case format == "XML":
		r.xml = true
	case format != "":
		r.xml = false
		return ruleFormat.gateway("")
	case strings.Contains(accept, "json"):
		r.xml = false
	case strings.Contains(accept, "xml"):
		r.xml = true
	}
	return nil
}
