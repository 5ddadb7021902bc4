package dataworks_test

import (
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dwsync/dwsync/pkg/dataworks"
)

func TestEndpoints(t *testing.T) {
	for _, c := range []struct {
		endpoint, region string
		allowed          []string
		want             string // "" is refused
	}{
		{"", "cn-shanghai", nil, "https://dataworks.cn-shanghai.aliyuncs.com"},
		{"", "cn-zhangjiakou", nil, "https://dataworks.aliyuncs.com"},
		{"", "cn-neverheard-7", nil, "https://dataworks.cn-neverheard-7.aliyuncs.com"},
		{"", "evil.example/", nil, ""},
		{"", "", nil, ""},
		{"dataworks-vpc.cn-shanghai.aliyuncs.com", "cn-shanghai", nil, "https://dataworks-vpc.cn-shanghai.aliyuncs.com"},
		{"https://dataworks.aliyuncs.com/", "", nil, "https://dataworks.aliyuncs.com"},
		{"http://dataworks.aliyuncs.com", "", nil, ""},
		{"127.0.0.1:8080", "", nil, "http://127.0.0.1:8080"},
		{"localhost:8080", "", nil, "http://localhost:8080"},
		{"[::1]:8080", "", nil, "http://[::1]:8080"},
		{"https://127.0.0.1:8080", "", nil, "https://127.0.0.1:8080"},
		{"dataworks.corp.example", "", nil, ""},
		{"dataworks.corp.example", "", []string{"dataworks.corp.example"}, "https://dataworks.corp.example"},
		{"http://dataworks.corp.example", "", []string{"dataworks.corp.example"}, ""},
		{"aliyuncs.com.evil.example", "", nil, ""},
		{"evilaliyuncs.com", "", nil, ""},
		{"user@dataworks.aliyuncs.com", "", nil, ""},
		{"evil.example#.aliyuncs.com", "", nil, ""},
		{"evil.example/.aliyuncs.com", "", nil, ""},
		{"evil.example?.aliyuncs.com", "", nil, ""},
		{`evil.example\.aliyuncs.com`, "", nil, ""},
		{"ftp://dataworks.aliyuncs.com", "", nil, ""},
		{"127.0.0.1.evil.example", "", nil, ""},
	} {
		client, err := dataworks.Open(dataworks.Options{Endpoint: c.endpoint, Region: c.region, AllowedEndpoints: c.allowed, Project: projectRef, Credentials: dataworks.AccessKey("a", "b", "")})
		switch _, refused := errors.AsType[*dataworks.EndpointError](err); {
		case c.want == "" && !refused:
			t.Errorf("%q %q: not refused: %v", c.endpoint, c.region, err)
		case c.want != "" && err != nil:
			t.Errorf("%q %q: %v", c.endpoint, c.region, err)
		case c.want != "" && client.Endpoint() != c.want:
			t.Errorf("%q %q: got %s, want %s", c.endpoint, c.region, client.Endpoint(), c.want)
		}
	}
	allowed := dataworks.AllowedEndpoints(func(name string) string { return map[string]string{"DWSYNC_ENDPOINTS": "a.example, b.example"}[name] })
	if len(allowed) != 2 || allowed[1] != "b.example" {
		t.Errorf("got %v", allowed)
	}
}

// signedWith tells which key and token a client's calls carry.
func signedWith(t *testing.T, c dataworks.Credentials) (id, token string) {
	t.Helper()
	client := service(t, func(_ string, _ *http.Request, params url.Values) (*http.Response, error) {
		id, token = params.Get("AccessKeyId"), params.Get("SecurityToken")
		return respond(400, `{"Code":"X"}`)
	}, func(o *dataworks.Options) { o.Credentials = c })
	if _, err := client.Project(t.Context()); err == nil {
		t.Fatal("no error")
	}
	return id, token
}

func TestCredentials(t *testing.T) {
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, ".aliyun"), 0o700); err != nil {
		t.Fatal(err)
	}
	config := `{"current":"default","profiles":[
		{"name":"prod","mode":"AK","access_key_id":"idA","access_key_secret":"` + marked + `"},
		{"name":"temporary","mode":"StsToken","access_key_id":"idB","access_key_secret":"s","sts_token":"tokB"},
		{"name":"half","mode":"AK","access_key_id":"idC"}]}`
	if err := os.WriteFile(filepath.Join(home, ".aliyun", "config.json"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	base := map[string]string{"HOME": home, "DWSYNC_PROFILES": "prod temporary,half missing"}
	keys := map[string]string{"ALIBABA_CLOUD_ACCESS_KEY_ID": "idE", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": marked, "ALIBABA_CLOUD_SECURITY_TOKEN": "tokE"}
	for _, c := range []struct {
		profile   string
		env       map[string]string
		id, token string // an empty id is an error
	}{
		{"prod", nil, "idA", ""},
		{"prod", keys, "idA", ""},
		{"temporary", nil, "idB", "tokB"},
		{"", keys, "idE", "tokE"},
		{"half", nil, "", ""},
		{"missing", nil, "", ""},
		{"other", nil, "", ""},
		{"prod", map[string]string{"DWSYNC_PROFILES": ""}, "", ""},
		{"prod", map[string]string{"HOME": "/nowhere"}, "", ""},
	} {
		env := func(name string) string {
			if v, ok := c.env[name]; ok {
				return v
			}
			return base[name]
		}
		credentials, err := dataworks.ResolveCredentials(c.profile, env)
		if c.id == "" {
			if _, ok := errors.AsType[*dataworks.CredentialsError](err); !ok || strings.Contains(err.Error(), marked) {
				t.Errorf("profile %q: got %v", c.profile, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("profile %q: %v", c.profile, err)
			continue
		}
		if id, token := signedWith(t, credentials); id != c.id || token != c.token {
			t.Errorf("profile %q: signed with %q %q", c.profile, id, token)
		}
		if strings.Contains(credentials.String(), marked) {
			t.Errorf("%s", credentials)
		}
	}
}

func TestABrokenProfileFileDoesNotLeak(t *testing.T) {
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, ".aliyun"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, ".aliyun", "config.json"), []byte(`{"profiles":[{"access_key_secret":"`+marked+`"`), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"HOME": home, "DWSYNC_PROFILES": "prod"}
	_, err := dataworks.ResolveCredentials("prod", func(name string) string { return env[name] })
	if err == nil || strings.Contains(err.Error(), marked) {
		t.Errorf("got %v", err)
	}
}

// The SDK's chain quotes whole files in its errors, and sticks to the provider that failed last; neither may be seen.
func TestTheDefaultChain(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")
	for _, name := range []string{"ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN", "ALIBABA_CLOUD_CREDENTIALS_URI", "ALIBABA_CLOUD_ROLE_ARN"} {
		t.Setenv(name, "")
	}
	file := filepath.Join(home, ".aliyun", "config.json")
	if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(`{"access_key_secret":"`+marked), 0o600); err != nil {
		t.Fatal(err)
	}
	credentials, err := dataworks.ResolveCredentials("", os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	signed := ""
	c := service(t, func(_ string, _ *http.Request, params url.Values) (*http.Response, error) {
		signed = params.Get("AccessKeyId")
		return respond(200, `{"Success":true,"Data":{"ProjectId":1,"ProjectIdentifier":"p"}}`)
	}, func(o *dataworks.Options) { o.Credentials = credentials })
	_, err = c.Project(t.Context())
	if _, ok := errors.AsType[*dataworks.CredentialsError](err); !ok || strings.Contains(err.Error(), marked) {
		t.Fatalf("got %v", err)
	}
	if err := os.WriteFile(file, []byte(`{"current":"d","profiles":[{"name":"d","mode":"AK","access_key_id":"idD","access_key_secret":"s"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Project(t.Context()); err != nil || signed != "idD" {
		t.Errorf("signed with %q, %v", signed, err)
	}
}
