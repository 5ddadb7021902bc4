package emulator_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/responses"
	dataworks "github.com/aliyun/alibaba-cloud-sdk-go/services/dataworks-public"
	"github.com/dwsync/dwsync/pkg/emulator"
)

// contract is one action of testdata/contract.json, a table made from the API
// reference and the SDKs' metadata.
type contract struct {
	Name     string
	Chapter4 bool
	Level    int
	Params   []struct {
		Name, In, Type string
		Required       bool
		RequiredBefore bool // required in the reference, optional in newer metadata
		Newer          bool // not in the reference
		Enum           []string
		Min, Max       *int64
		Items          int // most entries of a comma separated list
	}
	Response []struct{ Path, Type string }
	Errors   []struct {
		Status int
		Code   string
	}
}

func contracts(t testing.TB) []contract {
	t.Helper()
	b, err := os.ReadFile("testdata/contract.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []contract
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// The emulator's table of actions says what the contract says.
func TestContractTable(t *testing.T) {
	known := map[string]emulator.Action{}
	for _, a := range emulator.Actions() {
		known[a.Name] = a
	}
	for _, c := range contracts(t) {
		a, there := known[c.Name]
		if !there {
			t.Errorf("%s is missing", c.Name)
			continue
		}
		delete(known, c.Name)
		if c.Level != 0 && a.Level != c.Level {
			t.Errorf("%s: level %d, want %d", c.Name, a.Level, c.Level)
		}
		params := map[string]emulator.Param{}
		for _, p := range a.Params {
			params[p.Name] = p
		}
		for _, p := range c.Params {
			got, there := params[p.Name]
			if !there {
				t.Errorf("%s.%s is missing", c.Name, p.Name)
				continue
			}
			delete(params, p.Name)
			if string(got.Type) != p.Type || string(got.Place) != p.In || got.Required != p.Required || !slices.Equal(slices.Sorted(slices.Values(got.Enum)), slices.Sorted(slices.Values(p.Enum))) || (got.Since != "") != p.Newer {
				t.Errorf("%s.%s: got %+v, want %+v", c.Name, p.Name, got, p)
			}
		}
		for _, name := range sorted(params) {
			t.Errorf("%s.%s is in no source", c.Name, name)
		}
	}
	for _, name := range sorted(known) {
		t.Errorf("%s is in no source", name)
	}
}

// coverage is what of the contract has been seen.
type coverage map[string]bool

// see takes an answer's fields and holds them to the contract's types.
func (cov coverage) see(t *testing.T, c contract, a *answer) {
	t.Helper()
	types := map[string]string{}
	for _, r := range c.Response {
		types[r.Path] = r.Type
	}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		if path != "" {
			want, known := types[path]
			if !known {
				t.Errorf("%s answers %s, which no source has", c.Name, path)
				return
			}
			if !fits(want, v) {
				t.Errorf("%s: %s is %s, which is no %s", c.Name, path, text(v), want)
			}
			if empty, isList := v.([]any); !isList || len(empty) > 0 {
				cov[c.Name+" < "+path] = true
			}
		}
		switch v := v.(type) {
		case map[string]any:
			for _, name := range sorted(v) {
				walk(strings.TrimPrefix(path+"."+name, "."), v[name])
			}
		case []any:
			for _, item := range v {
				if m, isObject := item.(map[string]any); isObject {
					for _, name := range sorted(m) {
						walk(path+"[]."+name, m[name])
					}
					continue
				}
				walk(path+"[]", item)
			}
		}
	}
	walk("", a.tree)
}

func fits(want string, v any) bool {
	switch v := v.(type) {
	case string:
		return want == "string"
	case bool:
		return want == "boolean"
	case json.Number:
		n, err := v.Int64()
		return err == nil && (want == "int64" || (want == "int32" && n >= math.MinInt32 && n <= math.MaxInt32))
	case []any:
		return want == "array"
	case map[string]any:
		return want == "object"
	}
	return false
}

// exceptions are the parts of the contract that nothing exercises, with the
// reason. The number may only get smaller.
var exceptions = map[string]string{}

const mostExceptions = 0

// Every action, with all parameters, each one missing, each enum and limit
// violated, in JSON and in XML, through a raw client and the typed SDK.
func TestContract(t *testing.T) {
	cov := coverage{}
	all := contracts(t)
	for _, c := range all {
		t.Run(c.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, emulator.Options{})
				testSamples(t, w, c, cov)
				testViolations(t, w, c, cov)
				testErrors(t, w, c, cov)
			})
		})
	}
	report(t, all, cov)
}

func testSamples(t *testing.T, w *world, c contract, cov coverage) {
	allParams := map[string]bool{}
	for _, p := range c.Params {
		allParams[p.Name] = true
	}
	for _, sample := range w.samples(c.Name) {
		w.back()
		answer := w.ok(c.Name, sample)
		cov.see(t, c, answer)
		for name := range sample {
			if !allParams[name] {
				t.Errorf("the sample has %s, which is no parameter", name)
			}
			cov[c.Name+" > "+name] = true
		}
		w.back()
		w.xml = true
		inXML := w.do(c.Name, sample)
		w.xml = false
		if got, want := xmlLeaves(t, inXML.body), jsonLeaves(answer.tree); !slices.Equal(got, want) {
			t.Errorf("XML differs:\n%v\n%v", got, want)
		}
		w.back()
		viaSDK(t, w, c.Name, sample)
	}
}

func testViolations(t *testing.T, w *world, c contract, cov coverage) {
	w.back()
	sample := w.samples(c.Name)[0]
	try := func(name, v, code string) {
		t.Helper()
		p := maps.Clone(sample)
		p[name] = v
		if v == "" {
			delete(p, name)
		}
		w.back()
		a := w.do(c.Name, p)
		if a.status != 400 || (code != "" && a.text("Code") != code) {
			t.Errorf("%s=%q: want 400 %s, got %d %s", name, v, code, a.status, a.body)
		}
		cov[c.Name+" ! "+name] = true
	}
	for _, p := range c.Params {
		if p.Required {
			try(p.Name, "", "Missing"+p.Name)
		}
		if len(p.Enum) > 0 {
			try(p.Name, "NO_SUCH_VALUE", "Invalid"+p.Name)
			if p.Type == "int32" {
				try(p.Name, "77", "Invalid"+p.Name)
			}
		}
		switch p.Type {
		case "int32":
			try(p.Name, "2147483648", "Invalid"+p.Name)
			try(p.Name, "1.5", "Invalid"+p.Name)
		case "int64":
			try(p.Name, "9223372036854775808", "")
			try(p.Name, "x", "Invalid"+p.Name)
		case "boolean":
			try(p.Name, "yes", "Invalid"+p.Name)
		}
		if p.Min != nil && p.Type == "int32" {
			try(p.Name, fmt.Sprint(*p.Min-1), "Invalid"+p.Name)
		}
		if p.Max != nil && p.Type == "int32" {
			try(p.Name, fmt.Sprint(*p.Max+1), "Invalid"+p.Name)
		}
		if p.Items > 0 {
			var items []string
			for i := range p.Items + 1 {
				items = append(items, fmt.Sprint(i+1))
			}
			try(p.Name, strings.Join(items, ","), "")
		}
	}
	// The workspace must be there, and be named.
	for _, p := range c.Params {
		if p.Name != "ProjectId" {
			continue
		}
		other := maps.Clone(sample)
		other["ProjectId"] = "4711"
		w.back()
		w.refused(c.Name, other, "Invalid.Tenant.ProjectNotExists")
		delete(other, "ProjectId")
		delete(other, "ProjectIdentifier")
		w.refused(c.Name, other, "MissingProjectId")
		if err := w.server.SetSwitches(map[string]string{"business-refusals": "success-false"}); err != nil {
			t.Fatal(err)
		}
		other["ProjectId"] = "4711"
		a := w.do(c.Name, other)
		if a.status != 200 || a.text("Success") != "false" || a.text("ErrorCode") != "Invalid.Tenant.ProjectNotExists" {
			t.Errorf("refusal with status 200: %d %s", a.status, a.body)
		}
		seeKnown(cov, c, a)
		if err := w.server.SetSwitches(map[string]string{"business-refusals": "http-400"}); err != nil {
			t.Fatal(err)
		}
	}
}

// seeKnown takes the fields of a refusal that comes as a success; actions whose
// answers document no such fields show them all the same.
func seeKnown(cov coverage, c contract, a *answer) {
	for _, r := range c.Response {
		if a.text(r.Path) != "" {
			cov[c.Name+" < "+r.Path] = true
		}
	}
}

// testErrors: every documented error code, by a fault of that status and code.
func testErrors(t *testing.T, w *world, c contract, cov coverage) {
	for _, e := range c.Errors {
		w.back()
		if err := w.server.SetFaults(emulator.Fault{Kind: emulator.FaultStatus, Action: c.Name, Status: e.Status, Code: e.Code}); err != nil {
			t.Fatal(err)
		}
		a := w.do(c.Name, w.samples(c.Name)[0])
		if a.status != e.Status || a.text("Code") != e.Code || a.text("Message") == e.Code || a.text("RequestId") == "" || a.text("HostId") == "" {
			t.Errorf("want %d %s, got %d %s", e.Status, e.Code, a.status, a.body)
		}
		cov[fmt.Sprintf("%s ^ %d %s", c.Name, e.Status, e.Code)] = true
	}
	if err := w.server.SetFaults(); err != nil {
		t.Fatal(err)
	}
}

func report(t *testing.T, all []contract, cov coverage) {
	missing := []string{}
	counts := map[string][2]int{}
	count := func(kind, key, exception string) {
		n := counts[kind]
		n[1]++
		switch {
		case cov[key]:
			n[0]++
			if exceptions[exception] != "" {
				t.Errorf("%s is exercised now: take it out of the exceptions", exception)
			}
		case exceptions[exception] == "":
			missing = append(missing, key)
		}
		counts[kind] = n
	}
	for _, c := range all {
		for _, p := range c.Params {
			count("request parameters", c.Name+" > "+p.Name, c.Name+"."+p.Name)
		}
		for _, r := range c.Response {
			count("response fields", c.Name+" < "+r.Path, c.Name+"."+r.Path)
		}
		for _, e := range c.Errors {
			count("error codes", fmt.Sprintf("%s ^ %d %s", c.Name, e.Status, e.Code), "")
		}
	}
	for _, kind := range sorted(counts) {
		t.Logf("coverage: %d of %d %s", counts[kind][0], counts[kind][1], kind)
	}
	for _, key := range missing {
		t.Errorf("not exercised: %s", key)
	}
	if len(exceptions) > mostExceptions {
		t.Errorf("%d exceptions, at most %d", len(exceptions), mostExceptions)
	}
}

// viaSDK calls through the SDK's typed client, whatever the action.
func viaSDK(t *testing.T, w *world, action string, p params) {
	t.Helper()
	if !typedCall(t, sdkInProcess(t, w.server), action, p).IsSuccess() {
		t.Errorf("SDK %s: no success", action)
	}
}

// typedCall fills the SDK's request type of an action and calls its method.
func typedCall(t *testing.T, client *dataworks.Client, action string, p params) responses.AcsResponse {
	t.Helper()
	method := reflect.ValueOf(client).MethodByName(action)
	request := reflect.New(method.Type().In(0).Elem())
	rpc := &requests.RpcRequest{}
	request.Elem().FieldByName("RpcRequest").Set(reflect.ValueOf(rpc))
	rpc.InitWithApiInfo("dataworks-public", "2020-05-18", action, "", "")
	rpc.Method = requests.POST
	rpc.Scheme = "http"
	for i := range request.Elem().NumField() {
		f := request.Elem().Type().Field(i)
		v, given := p[f.Tag.Get("name")]
		if given && f.Type.Kind() == reflect.String {
			request.Elem().Field(i).SetString(v)
		}
	}
	out := method.Call([]reflect.Value{request})
	if err, failed := out[1].Interface().(error); failed {
		t.Fatalf("SDK %s: %v", action, err)
	}
	response, ok := out[0].Interface().(responses.AcsResponse)
	if !ok {
		t.Fatalf("SDK %s: %T is no response", action, out[0].Interface())
	}
	return response
}

// jsonLeaves and xmlLeaves are the leaves of an answer, sorted, as path=value.
func jsonLeaves(tree map[string]any) []string {
	var leaves []string
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			if len(v) == 0 && path != "" {
				leaves = append(leaves, path+"=")
			}
			for name, child := range v {
				walk(path+"/"+name, child)
			}
		case []any:
			for _, child := range v {
				walk(path, child)
			}
		case string:
			leaves = append(leaves, path+"="+strings.TrimSpace(v))
		default:
			leaves = append(leaves, path+"="+text(v))
		}
	}
	for name, child := range tree {
		if name != "RequestId" {
			walk("/"+name, child)
		}
	}
	slices.Sort(leaves)
	return leaves
}

func xmlLeaves(t *testing.T, body string) []string {
	t.Helper()
	var leaves []string
	d := xml.NewDecoder(strings.NewReader(body))
	var path []string
	var chars strings.Builder
	leaf := false
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		switch token := token.(type) {
		case xml.StartElement:
			path = append(path, token.Name.Local)
			chars.Reset()
			leaf = true
		case xml.CharData:
			chars.Write(token)
		case xml.EndElement:
			p := "/" + strings.Join(path[1:], "/")
			if leaf && p != "/RequestId" && p != "/" {
				leaves = append(leaves, p+"="+strings.TrimSpace(chars.String()))
			}
			leaf = false
			path = path[:len(path)-1]
		}
	}
	slices.Sort(leaves)
	return leaves
}
