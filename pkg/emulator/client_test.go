package emulator_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	dataworks "github.com/aliyun/alibaba-cloud-sdk-go/services/dataworks-public"
	"github.com/dwsync/dwsync/pkg/emulator"
)

// serve runs a server whose deployments end at once on a real socket.
func serve(t *testing.T, o emulator.Options) (*emulator.Server, *httptest.Server) {
	t.Helper()
	if o.DeploymentTime == 0 {
		o.DeploymentTime = -1
	}
	s := emulator.New(o)
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return s, h
}

func sdkClient(t *testing.T, server *httptest.Server, key, secret string) *dataworks.Client {
	t.Helper()
	client, err := dataworks.NewClientWithOptions("cn-shanghai", sdk.NewConfig().WithScheme("HTTP"), credentials.NewAccessKeyCredential(key, secret))
	if err != nil {
		t.Fatal(err)
	}
	client.Domain = strings.TrimPrefix(server.URL, "http://")
	return client
}

// raw is a client that signs by itself.
type raw struct {
	t       testing.TB
	base    string
	http    *http.Client
	key     string
	secret  string
	token   string
	v3      bool
	method  string // POST by default
	inQuery bool   // business parameters go into the query, else into the body
	mixed   bool   // every other one goes into the query
	inForm  bool   // v1: system parameters too go into the body
	xml     bool
	json    string            // v3: the whole body, in place of a form
	tamper  map[string]string // v1: system parameters that are not what they should be
}

func inProcess(t testing.TB, s *emulator.Server) *raw {
	return &raw{t: t, base: "http://emulator", http: &http.Client{Transport: s.Transport()}, key: "dwsync", secret: "dwsync"}
}

func onSocket(t testing.TB, h *httptest.Server) *raw {
	return &raw{t: t, base: h.URL, http: h.Client(), key: "dwsync", secret: "dwsync"}
}

type params map[string]string

// answer is a decoded answer, and what came with it.
type answer struct {
	status int
	header http.Header
	body   string
	tree   map[string]any
}

func (a *answer) at(path string) any {
	var v any = a.tree
	for step := range strings.SplitSeq(path, ".") {
		switch node := v.(type) {
		case map[string]any:
			v = node[step]
		case []any:
			var i int
			if _, err := fmt.Sscan(step, &i); err != nil || i >= len(node) {
				return nil
			}
			v = node[i]
		default:
			return nil
		}
	}
	return v
}

func (a *answer) text(path string) string {
	switch v := a.at(path).(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	default:
		b, _ := json.Marshal(v)
		return string(b)
	}
}

func (a *answer) list(path string) []any {
	l, _ := a.at(path).([]any)
	return l
}

// do calls and fails the test if the connection does.
func (c *raw) do(action string, p params) *answer {
	c.t.Helper()
	a, err := c.try(action, p)
	if err != nil {
		c.t.Fatalf("%s: %v", action, err)
	}
	return a
}

// ok calls and fails the test unless the call succeeds.
func (c *raw) ok(action string, p params) *answer {
	c.t.Helper()
	a := c.do(action, p)
	if a.status != 200 || a.text("Success") == "false" {
		c.t.Fatalf("%s %v: %d %s", action, p, a.status, a.body)
	}
	return a
}

// refused calls and fails the test unless the answer has the code.
func (c *raw) refused(action string, p params, code string) *answer {
	c.t.Helper()
	a := c.do(action, p)
	if a.status == 200 || a.text("Code") != code {
		c.t.Fatalf("%s %v: want %s, got %d %s", action, p, code, a.status, a.body)
	}
	return a
}

func (c *raw) try(action string, p params) (*answer, error) {
	return c.roundTrip(c.request(action, p))
}

func (c *raw) roundTrip(r *http.Request) (*answer, error) {
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	a := &answer{status: resp.StatusCode, header: resp.Header, body: string(body)}
	d := json.NewDecoder(strings.NewReader(a.body))
	d.UseNumber()
	_ = d.Decode(&a.tree) // XML and HTML have no tree
	return a, nil
}

func (c *raw) request(action string, p params) *http.Request {
	query, form := url.Values{}, url.Values{}
	for i, name := range sorted(p) {
		if c.inQuery || (c.mixed && i%2 == 0) {
			query.Set(name, p[name])
		} else {
			form.Set(name, p[name])
		}
	}
	method := c.method
	if method == "" {
		method = http.MethodPost
	}
	if c.v3 {
		return c.requestV3(action, method, query, form)
	}
	system := query
	if c.inForm {
		system = form
	}
	for name, v := range map[string]string{
		"Action": action, "Version": "2020-05-18", "Timestamp": time.Now().UTC().Format("2006-01-02T15:04:05Z"),
		"SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0", "SignatureType": "", "SignatureNonce": rand.Text(), "AccessKeyId": c.key, "RegionId": "cn-shanghai",
	} {
		system.Set(name, v)
	}
	if !c.xml {
		system.Set("Format", "JSON")
	}
	if c.token != "" {
		system.Set("SecurityToken", c.token)
	}
	for name, v := range c.tamper {
		system.Set(name, v)
	}
	system.Set("Signature", signV1(c.secret, method, query, form))
	encoded := strings.ReplaceAll(query.Encode(), "%25zz", "%zz") // one that no client would send
	r, err := http.NewRequest(method, c.base+"/?"+encoded, strings.NewReader(form.Encode()))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func signV1(secret, method string, values ...url.Values) string {
	var pairs []string
	for _, vs := range values {
		for name := range vs {
			pairs = append(pairs, escape(name)+"="+escape(vs.Get(name)))
		}
	}
	slices.Sort(pairs)
	mac := hmac.New(sha1.New, []byte(secret+"&"))
	mac.Write([]byte(method + "&%2F&" + escape(strings.Join(pairs, "&"))))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func escape(s string) string {
	return strings.NewReplacer("+", "%20", "*", "%2A", "%7E", "~").Replace(url.QueryEscape(s))
}

func (c *raw) requestV3(action, method string, query, form url.Values) *http.Request {
	body, contentType := form.Encode(), "application/x-www-form-urlencoded"
	if c.json != "" {
		body, contentType = c.json, "application/json; charset=utf-8"
	}
	r, err := http.NewRequest(method, c.base+"/?"+strings.ReplaceAll(query.Encode(), "+", "%20"), strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(body))
	headers := map[string]string{
		"host": r.Host, "x-acs-action": action, "x-acs-version": "2020-05-18", "x-acs-date": time.Now().UTC().Format("2006-01-02T15:04:05Z"),
		"x-acs-signature-nonce": rand.Text(), "x-acs-content-sha256": hex.EncodeToString(sum[:]), "content-type": contentType,
	}
	if c.token != "" {
		headers["x-acs-security-token"] = c.token
	}
	names := sorted(headers)
	var canonical strings.Builder
	var pairs []string
	for name := range query {
		pairs = append(pairs, escape(name)+"="+escape(query.Get(name)))
	}
	slices.Sort(pairs)
	canonical.WriteString(method + "\n/\n" + strings.Join(pairs, "&") + "\n")
	for _, name := range names {
		canonical.WriteString(name + ":" + headers[name] + "\n")
		if name != "host" {
			r.Header.Set(name, headers[name])
		}
	}
	canonical.WriteString("\n" + strings.Join(names, ";") + "\n" + headers["x-acs-content-sha256"])
	hash := sha256.Sum256([]byte(canonical.String()))
	mac := hmac.New(sha256.New, []byte(c.secret))
	mac.Write([]byte("ACS3-HMAC-SHA256\n" + hex.EncodeToString(hash[:])))
	r.Header.Set("Authorization", "ACS3-HMAC-SHA256 Credential="+c.key+",SignedHeaders="+strings.Join(names, ";")+",Signature="+hex.EncodeToString(mac.Sum(nil)))
	if c.xml {
		r.Header.Set("Accept", "application/xml")
	}
	return r
}

func sorted[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func decode(t *testing.T, status int, body string) *answer {
	t.Helper()
	a := &answer{status: status, body: body}
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&a.tree); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return a
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// sdkInProcess is the SDK's typed client over the in-process transport.
func sdkInProcess(t *testing.T, s *emulator.Server) *dataworks.Client {
	t.Helper()
	config := sdk.NewConfig().WithScheme("HTTP")
	config.Transport = s.Transport()
	client, err := dataworks.NewClientWithOptions("cn-shanghai", config, credentials.NewAccessKeyCredential("dwsync", "dwsync"))
	if err != nil {
		t.Fatal(err)
	}
	client.Domain = "emulator"
	return client
}
