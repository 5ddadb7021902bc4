package emulator_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dwsync/dwsync/pkg/emulator"
)

// byFaultOnly are refusals that no state of the emulator leads to: what they
// say is wrong with the service or the account, so a fault plays them.
var byFaultOnly = map[string]string{
	"internal error":                  "InternalError.System",
	"resource not authorized":         "ResourceNotAuthorized.Api",
	"user unknown":                    "InternalError.UserId.Missing",
	"edition without OpenAPI":         "Forbidden.Access",
	"system busy":                     "Throttling.System",
	"user too frequent":               "Throttling.User",
	"resource throttled":              "Throttling.Resource",
	"data integration internal error": "InternalError.DI.Parameter",
}

func create(l *lab, more ...string) *answer {
	p := params{"FileFolderPath": mc, "FileName": "a", "FileType": "10"}
	for i := 0; i < len(more); i += 2 {
		p[more[i]] = more[i+1]
	}
	return l.do("CreateFile", p)
}

// ruleCases break one rule each.
var ruleCases = map[string]func(l *lab) *answer{
	"parameter missing":        func(l *lab) *answer { return l.do("CreateBusiness", params{}) },
	"parameter not valid":      func(l *lab) *answer { return create(l, "AutoRerunTimes", "11") },
	"unknown action":           func(l *lab) *answer { return l.do("NoSuchAction", params{}) },
	"unknown version":          func(l *lab) *answer { return l.tampered("Version", "2024-05-18") },
	"unknown access key":       func(l *lab) *answer { l.key = "nobody"; return l.do("GetProject", params{}) },
	"wrong signature":          func(l *lab) *answer { l.secret = "x"; return l.do("GetProject", params{}) },
	"incomplete signature":     func(l *lab) *answer { l.v3 = true; return l.withHeader("x-acs-content-sha256", "") },
	"unknown signature method": func(l *lab) *answer { return l.tampered("SignatureMethod", "HMAC-MD5") },
	"timestamp not readable":   func(l *lab) *answer { return l.tampered("Timestamp", "yesterday") },
	"timestamp too far from now": func(l *lab) *answer {
		return l.tampered("Timestamp", time.Now().Add(-time.Hour).UTC().Format("2006-01-02T15:04:05Z"))
	},
	"nonce used twice": func(l *lab) *answer {
		l.tampered("SignatureNonce", "n")
		return l.tampered("SignatureNonce", "n")
	},
	"STS key without its token":   func(l *lab) *answer { l.key, l.secret = "STS", "s"; return l.do("GetProject", params{}) },
	"STS token of another key":    func(l *lab) *answer { l.key, l.secret, l.token = "STS", "s", "u"; return l.do("GetProject", params{}) },
	"neither GET nor POST":        func(l *lab) *answer { l.method = "PUT"; return l.do("GetProject", params{}) },
	"format neither JSON nor XML": func(l *lab) *answer { return l.tampered("Format", "YAML") },
	"URL too long": func(l *lab) *answer {
		l.inQuery = true
		return create(l, "Content", strings.Repeat("x", 33<<10))
	},
	"body too large":             func(l *lab) *answer { return create(l, "Content", strings.Repeat("x", 17<<20)) },
	"body or query not readable": func(l *lab) *answer { return l.tampered("%zz", "") },
	"too many calls of the level": func(l *lab) *answer {
		l.limit(emulator.Limits{Preset: "levels"})
		for range 5 {
			create(l, "FileName", "")
		}
		return create(l)
	},
	"too many calls of the day": func(l *lab) *answer {
		l.limit(emulator.Limits{Buckets: []emulator.Bucket{{PerDay: 1}}})
		l.do("GetProject", params{})
		return l.do("GetProject", params{})
	},

	"unknown project":     func(l *lab) *answer { return l.do("GetProject", params{"ProjectId": "1"}) },
	"caller is no member": func(l *lab) *answer { return l.in("dw_closed").do("GetProject", params{}) },
	"unknown data source": func(l *lab) *answer {
		return l.in("dw_other").do("CreateFile", params{"FileFolderPath": mc, "FileName": "a", "FileType": "10", "ConnectionName": "odps_none"})
	},
	"deploying wants a role": func(l *lab) *answer {
		l.key, l.secret = "developer", "s"
		o := l.in("dw_other")
		id := o.file("a")
		o.submit(id)
		return o.do("DeployFile", params{"FileId": id})
	},

	"unknown file":               func(l *lab) *answer { return l.do("UpdateFile", params{"FileId": "1"}) },
	"unknown folder":             func(l *lab) *answer { return create(l, "FileFolderPath", mc+"/none") },
	"unknown business":           func(l *lab) *answer { return create(l, "FileFolderPath", "业务流程/none/MaxCompute") },
	"unknown deployment":         func(l *lab) *answer { return l.do("GetDeployment", params{"DeploymentId": "1"}) },
	"unknown version of a file":  func(l *lab) *answer { return l.do("GetFileVersion", params{"FileId": l.file("a"), "FileVersion": "1"}) },
	"unknown file type":          func(l *lab) *answer { return create(l, "FileType", "7777") },
	"path grammar":               func(l *lab) *answer { return create(l, "FileFolderPath", "业务流程/b/sub") },
	"type against engine folder": func(l *lab) *answer { return create(l, "FileType", "6") },
	"duplicate file name":        func(l *lab) *answer { l.file("a"); return create(l) },
	"duplicate business name":    func(l *lab) *answer { return l.do("CreateBusiness", params{"BusinessName": "b"}) },
	"duplicate folder name": func(l *lab) *answer {
		l.ok("CreateFolder", params{"FolderPath": mc + "/x"})
		return l.do("CreateFolder", params{"FolderPath": mc + "/x"})
	},
	"name not allowed":              func(l *lab) *answer { return create(l, "FileName", strings.Repeat("名", 129)) },
	"cron not readable":             func(l *lab) *answer { return create(l, "CronExpress", "every day") },
	"cron below five minutes":       func(l *lab) *answer { return create(l, "CronExpress", "00 */4 * * * ?") },
	"cron before 00:05":             func(l *lab) *answer { return create(l, "CronExpress", "00 04 00 * * ?") },
	"more than ten dependent nodes": func(l *lab) *answer { return create(l, "DependentNodeIdList", "1,2,3,4,5,6,7,8,9,10,11") },
	"unknown dependent node": func(l *lab) *answer {
		l.set("dependent-nodes", "known")
		return l.do("SubmitFile", params{"FileId": l.file("a", "DependentType", "USER_DEFINE", "DependentNodeIdList", "5")})
	},
	"update changes nothing": func(l *lab) *answer { return l.do("UpdateFile", params{"FileId": l.file("a"), "FileName": "a"}) },
	"unknown resource group": func(l *lab) *answer { return create(l, "ResourceGroupIdentifier", "none") },
	"output belongs to another node": func(l *lab) *answer {
		l.file("a")
		return l.do("UpdateFile", params{"FileId": l.file("c"), "OutputList": "dw_project.a"})
	},
	"submit without inputs or outputs": func(l *lab) *answer { return l.do("SubmitFile", params{"FileId": l.file("a", "InputList", "")}) },
	"submit before a parent": func(l *lab) *answer {
		l.file("p")
		return l.do("SubmitFile", params{"FileId": l.file("a", "InputList", "dw_project.p")})
	},
	"submit while one is running": func(l *lab) *answer {
		l.server.SetDeploymentTime(time.Hour)
		id := l.file("a")
		l.submit(id)
		return l.do("SubmitFile", params{"FileId": id})
	},
	"file of this module cannot be submitted": func(l *lab) *answer {
		return l.do("SubmitFile", params{"FileId": l.file("a", "FileFolderPath", "临时查询/x")})
	},
	"nothing changed since the last submit": func(l *lab) *answer {
		l.set("resubmit", "refused")
		id := l.file("a")
		l.submit(id)
		l.get(id, "")
		return l.do("SubmitFile", params{"FileId": id})
	},
	"no version to deploy": func(l *lab) *answer { return l.do("DeployFile", params{"FileId": l.file("a")}) },
	"deploy while one is running": func(l *lab) *answer {
		id := l.file("a")
		l.submit(id)
		l.get(id, "")
		l.server.SetDeploymentTime(time.Hour)
		l.deploy(id)
		return l.do("DeployFile", params{"FileId": id})
	},
	"deploy before the check has passed": func(l *lab) *answer {
		l.set("extension-check", "fails")
		id := l.file("a")
		l.submit(id)
		return l.do("DeployFile", params{"FileId": id})
	},
	"delete a node with descendants": func(l *lab) *answer {
		id := l.file("p")
		l.submit(id)
		l.submit(l.file("a", "InputList", "dw_project.p"))
		return l.do("DeleteFile", params{"FileId": id})
	},
	"delete what is not empty": func(l *lab) *answer {
		l.file("a")
		return l.do("DeleteBusiness", params{"BusinessId": l.ok("ListBusiness", params{"PageNumber": "1", "PageSize": "1"}).text("Data.Business.0.BusinessId")})
	},
	"name of a deletion that waits": func(l *lab) *answer {
		l.set("deletion-name", "blocked")
		id := l.file("a")
		l.submit(id)
		l.deploy(id)
		l.ok("DeleteFile", params{"FileId": id})
		return create(l)
	},
	"context parameters not readable": func(l *lab) *answer { return create(l, "OutputParameters", `[{"ParameterName":"x","Type":4}]`) },
	"folder of the service itself": func(l *lab) *answer {
		return l.do("UpdateFolder", params{"FolderId": l.ok("GetFolder", params{"FolderPath": mc}).text("Data.FolderId"), "FolderName": "x"})
	},
	"functions have their own calls": func(l *lab) *answer { return create(l, "FileType", "17") },
	"tables are no files":            func(l *lab) *answer { return create(l, "FileType", "16") },
	"function before its resources":  func(l *lab) *answer { return l.do("SubmitFile", params{"FileId": l.function("r.py")}) },
	"data integration parameter": func(l *lab) *answer {
		return l.do("CreateDISyncTask", params{"ProjectId": "10000", "TaskType": "DI_OFFLINE", "TaskName": "a", "TaskContent": "{", "TaskParam": taskConfig})
	},
	"duplicate data integration task": func(l *lab) *answer {
		p := params{"ProjectId": "10000", "TaskType": "DI_OFFLINE", "TaskName": "a", "TaskContent": "{}", "TaskParam": taskConfig}
		l.ok("CreateDISyncTask", p)
		return l.do("CreateDISyncTask", p)
	},
	"data integration without a role": func(l *lab) *answer {
		l.key, l.secret = "guest", "s"
		return l.do("CreateDISyncTask", params{"ProjectId": "20000", "TaskType": "DI_OFFLINE", "TaskName": "a", "TaskContent": "{}", "TaskParam": taskConfig})
	},
	"table GUID": func(l *lab) *answer {
		return l.do("EstablishRelationTableToBusiness", params{"BusinessId": l.ok("ListBusiness", params{"PageNumber": "1", "PageSize": "1"}).text("Data.Business.0.BusinessId"), "TableGuid": "tb1"})
	},
	"unknown node": func(l *lab) *answer { return l.raw.do("GetNode", params{"NodeId": "1", "ProjectEnv": "PROD"}) },
}

// Each rule refuses with its own status, code and message, and a refused call
// changes nothing.
func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for _, rule := range emulator.Rules() {
		t.Run(rule.Name, func(t *testing.T) {
			if seen[rule.Name] || rule.Source == "" {
				t.Errorf("a second rule of that name, or one without a source")
			}
			seen[rule.Name] = true
			l := newLab(t, emulator.Options{
				Projects: []emulator.Project{
					{Name: "dw_project", ID: 10000},
					{Name: "dw_other", ID: 20000, Connections: []string{"odps_other"}, Members: []emulator.Member{
						{UserID: emulator.DefaultCredential().UserID, Roles: []string{"role_project_owner"}}, {UserID: "2", Roles: []string{"role_project_dev"}}, {UserID: "3", Roles: []string{"role_project_guest"}}}},
				},
				Credentials: []emulator.Credential{emulator.DefaultCredential(), {AccessKeyID: "STS", AccessKeySecret: "s", SecurityToken: "t"}, {AccessKeyID: "developer", AccessKeySecret: "s", UserID: "2"}, {AccessKeyID: "guest", AccessKeySecret: "s", UserID: "3"}},
			})
			run, there := ruleCases[rule.Name]
			if code := byFaultOnly[rule.Name]; code != "" && !there {
				if code != rule.Code {
					t.Errorf("the rule's code is %s", rule.Code)
				}
				if err := l.server.SetFaults(emulator.Fault{Kind: emulator.FaultStatus, Status: rule.Status, Code: code}); err != nil {
					t.Fatal(err)
				}
				run = func(l *lab) *answer { return l.do("GetProject", params{}) }
			} else if !there {
				t.Fatal("no case breaks this rule")
			}
			if rule.Name == "caller is no member" {
				l = newLab(t, emulator.Options{Projects: []emulator.Project{{Name: "dw_project", ID: 10000}}})
				l.server = emulator.New(emulator.Options{Projects: []emulator.Project{{Name: "dw_closed", ID: 1, Members: []emulator.Member{{UserID: "9"}}}}})
				l.raw = inProcess(t, l.server)
			}
			a := run(l)
			code := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(rule.Code), `%\[1\]s`, `\w+`) + "$")
			if a.status != rule.Status || !code.MatchString(a.text("Code")) || a.text("Message") == "" || strings.Contains(a.text("Message"), "%!") {
				t.Errorf("want %d %s, got %d %s", rule.Status, rule.Code, a.status, a.body)
			}
			if fixed, _, _ := strings.Cut(rule.Message, "%"); !strings.HasPrefix(a.text("Message"), fixed) {
				t.Errorf("message %q, want %q", a.text("Message"), rule.Message)
			}
		})
	}
	for name := range ruleCases {
		if !seen[name] {
			t.Errorf("a case for %q, which is no rule", name)
		}
	}
}

// tampered calls GetProject with one system parameter replaced, signed rightly.
func (l *lab) tampered(name, v string) *answer {
	l.t.Helper()
	l.raw.tamper = map[string]string{name: v}
	defer func() { l.raw.tamper = nil }()
	return l.do("GetProject", params{})
}

func (l *lab) withHeader(name, v string) *answer {
	l.t.Helper()
	r := l.request("GetProject", l.with(params{}))
	r.Header.Set(name, v)
	if v == "" {
		r.Header.Del(name)
	}
	return l.send(r)
}

func (c *raw) send(r *http.Request) *answer {
	c.t.Helper()
	a, err := c.roundTrip(r)
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

func (l *lab) limit(limits emulator.Limits) {
	l.t.Helper()
	if err := l.server.SetLimits(limits); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) set(name, v string) {
	l.t.Helper()
	if err := l.server.SetSwitches(map[string]string{name: v}); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) function(resources string) string {
	l.t.Helper()
	return l.ok("CreateUdfFile", params{"FileFolderPath": mc, "FileName": "fn", "FunctionType": "MATH", "ClassName": "c", "Resources": resources}).text("Data")
}

// A refused call leaves nothing behind, however far it got.
func TestRefusedChangesNothing(t *testing.T) {
	l := newLab(t, emulator.Options{})
	l.file("a")
	see := func() string {
		return text(l.ok("ListFiles", params{}).at("Data")) + text(l.ok("ListFolders", params{"ParentFolderPath": mc, "PageNumber": "1", "PageSize": "9"}).at("Data"))
	}
	before := see()
	for _, wrong := range []params{{"CronExpress": "bad"}, {"FileName": strings.Repeat("x", 129)}, {"FileType": "6"}, {"ConnectionName": "x", "ResourceGroupIdentifier": "none"}, {"InputParameters": "{"}} {
		p := []string{"FileFolderPath", mc + "/made/on/the/way", "CreateFolderIfNotExists", "true", "FileName", "new"}
		for name, v := range wrong {
			p = append(p, name, v)
		}
		if a := create(l, p...); a.status == 200 {
			t.Errorf("%v was accepted", wrong)
		}
	}
	if after := see(); before != after {
		t.Errorf("before %s\nafter  %s", before, after)
	}
}

// The cron expressions of the reference are accepted, those below its limits are
// not.
func TestCron(t *testing.T) {
	l := newLab(t, emulator.Options{})
	for expression, want := range map[string]string{
		"00 30 05 * * ?": "DAY", "00 15 * * * ?": "NOT_DAY", "00 00/10 * * * ?": "NOT_DAY", "00 00-59/10 8-23 * * * ?": "NOT_DAY", "00 00-59/10 8-23 * * ?": "NOT_DAY",
		"00 20 00 1 * ?": "DAY", "00 10 00 1 1-12/3 ?": "DAY", "00 05 00 * * 2,5": "DAY", "00 05 00 ? * MON,FRI": "DAY", "00 05 00 L * ?": "DAY", "0 5 0 * * ? 2026": "DAY",
		"00 00-59/5 1-23 * * ?": "NOT_DAY", "00 0,4 1 * * ?": "1201111214", "00 58 * * * ?": "NOT_DAY", "00 00 00 * * ?": "1201111215", "0/30 30 1 * * ?": "1201111214",
		"00 0,57 0,23 * * ?": "1201111214", "00 60 1 * * ?": "1201111213", "00 5-1 1 * * ?": "1201111213", "00 0/0 1 * * ?": "1201111213", "00 10 1 32 * ?": "1201111213", "00 10 1 * 13 ?": "1201111213",
	} {
		a := create(l, "FileName", "f"+strings.Map(func(r rune) rune { return map[bool]rune{true: '_', false: r}[strings.ContainsRune("/ *?", r)] }, expression), "CronExpress", expression)
		got := code(a)
		if got == "ok" {
			got = l.get(a.text("Data"), "NodeConfiguration.CycleType")
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", expression, got, want)
		}
	}
}

// Every spelling of a path is the same folder.
func TestPathSpellings(t *testing.T) {
	l := newLab(t, emulator.Options{})
	id := l.file("a", "FileFolderPath", "Business Flow/b/folderMaxCompute/ods/x")
	want := l.get(id, "File.FileFolderId")
	for _, path := range []string{"业务流程/b/MaxCompute/ods/x", "/业务流程/b/MaxCompute/ods/x/", "业务流程//b/MaxCompute//ods/x", "bizroot/b/foldermaxcompute/ods/x", "business flow/b/MaxCompute/ods/x"} {
		if got := l.ok("GetFolder", params{"FolderPath": path}).text("Data.FolderId"); got != want || len(got) != 24 {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
		if got := l.ok("ListFiles", params{"FileFolderPath": path}).text("Data.TotalCount"); got != "1" {
			t.Errorf("%s: %s files", path, got)
		}
	}
	for _, path := range []string{"", "/", "x/y", "业务流程/b", "业务流程//b/ods", "业务流程/b/数据开发/x", "手动业务流程/b"} {
		if got := code(create(l, "FileFolderPath", path)); got == "ok" {
			t.Errorf("%q was accepted", path)
		}
	}
}
