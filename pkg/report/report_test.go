package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dwsync/dwsync/pkg/deploy"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/push"
)

// What order a plan's objects come in changes nothing but their numbers in the plan.
func TestReportsDoNotDependOnOrder(t *testing.T) {
	turned, outcome := samplePlan(), sampleOutcome()
	slices.Reverse(turned.Skipped)
	slices.Reverse(outcome.Items)
	slices.Reverse(outcome.Drafts)
	problems := sampleProblems()
	slices.Reverse(problems)
	result := sampleResult(samplePlan())
	slices.Reverse(result.Items)
	for _, format := range Formats() {
		s := Style{Format: format, Full: true}
		for _, pair := range [][2]func(*bytes.Buffer) error{
			{func(b *bytes.Buffer) error { return WritePlan(b, s, samplePlan()) }, func(b *bytes.Buffer) error { return WritePlan(b, s, turned) }},
			{func(b *bytes.Buffer) error { return WritePull(b, s, sampleOutcome()) }, func(b *bytes.Buffer) error { return WritePull(b, s, outcome) }},
			{func(b *bytes.Buffer) error { return WriteProblems(b, s, sampleProblems()) }, func(b *bytes.Buffer) error { return WriteProblems(b, s, problems) }},
			{func(b *bytes.Buffer) error { return WritePushResult(b, s, samplePlan(), sampleResult(samplePlan())) }, func(b *bytes.Buffer) error { return WritePushResult(b, s, turned, result) }},
		} {
			var a, b bytes.Buffer
			if err := errors.Join(pair[0](&a), pair[1](&b)); err != nil {
				t.Fatal(err)
			}
			if a.String() != b.String() {
				at, old, new := firstDifference(a.String(), b.String())
				t.Errorf("%s depends on order: line %d is %q or %q", format, at, old, new)
			}
		}
	}
	actions := samplePlan()
	slices.Reverse(actions.Actions)
	var a, b bytes.Buffer
	if err := errors.Join(WritePlan(&a, Style{}, samplePlan()), WritePlan(&b, Style{}, actions)); err != nil || a.String() != b.String() {
		t.Errorf("the text of a plan is not sorted (%v)", err)
	}
}

// A push does not change what the values hold.
func TestReportsLeaveValuesAlone(t *testing.T) {
	p, want := samplePlan(), samplePlan()
	for _, format := range Formats() {
		if err := WritePlan(&bytes.Buffer{}, Style{Format: format, Full: true}, p); err != nil {
			t.Fatal(err)
		}
	}
	a, errA := json.Marshal(p)
	b, errB := json.Marshal(want)
	if errA != nil || errB != nil || !bytes.Equal(a, b) {
		t.Errorf("a report changed the plan (%v, %v)", errA, errB)
	}
}

// bigPlan has many objects, some with large changes, some with fences in them.
func bigPlan(objects, lines int) diff.Plan {
	var p diff.Plan
	for i := range objects {
		old := node(odsFolder, fmt.Sprintf("ods_%05d", i), sqlType, strings.Repeat("x\n", lines))
		changed := strings.Repeat("订单😀 ```` y\n", lines*(i%3))
		p.Actions = append(p.Actions, update(old, node(odsFolder, fmt.Sprintf("ods_%05d", i), sqlType, changed+"z\n")))
		job := diff.Job{Key: old.Key}
		if i > 0 {
			job.Needs = []model.Key{p.Actions[i-1].Key}
		}
		p.Jobs = append(p.Jobs, job)
	}
	return p
}

func TestMarkdownIsCutWithANote(t *testing.T) {
	for _, size := range []struct{ objects, lines int }{{1, 20_000}, {3, 3_000}, {20, 400}, {400, 40}, {3_000, 1}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			var b bytes.Buffer
			if err := WritePlan(&b, Style{Format: Markdown}, bigPlan(size.objects, size.lines)); err != nil {
				t.Fatal(err)
			}
			checkMarkdown(t, b.String())
			if !strings.Contains(b.String(), "> Cut to 60,000 characters: ") {
				t.Errorf("%d characters without a note", utf16Length(b.String()))
			}
			if n := utf16Length(b.String()); n < markdownLimit/2 {
				t.Errorf("only %d characters are used", n)
			}
			if !strings.Contains(b.String(), fmt.Sprintf("%d to update", size.objects)) {
				t.Error("the summary is gone")
			}
		})
	}
	var b bytes.Buffer
	if err := WritePlan(&b, Style{Format: Markdown}, samplePlan()); err != nil || strings.Contains(b.String(), "Cut") {
		t.Errorf("a small report is cut (%v)", err)
	}
}

func TestMarkdownOfEndlessNames(t *testing.T) {
	long := strings.Repeat("很长`|", 40_000)
	p := hostilePlan()
	p.Target, p.Project.Identifier = long, long
	p.Actions = append(p.Actions, update(node(odsFolder, long, sqlType, long), node(odsFolder, long, sqlType, long+long)))
	p.Skipped[0].Reason = long
	var b bytes.Buffer
	if err := WritePlan(&b, Style{Format: Markdown}, p); err != nil {
		t.Fatal(err)
	}
	checkMarkdown(t, b.String())
}

// The doc comment of Schema is the schema's documentation: each key that a report has stands in it.
func TestSchemaNamesEveryKey(t *testing.T) {
	doc := ""
	parsed, err := parser.ParseFile(token.NewFileSet(), "json.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range parsed.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST {
			doc += g.Doc.Text()
		}
	}
	words := strings.FieldsFunc(doc, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') })
	known := map[string]bool{}
	for _, w := range words {
		known[w] = true
	}
	for _, spec := range slices.Concat(model.Fields(model.KindNode), model.Fields(model.KindBusiness)) {
		for _, part := range spec.Parts {
			known[part] = true // "lists of objects by part"
		}
	}
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d goldens, %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var report any
		if err := json.Unmarshal(data, &report); err != nil {
			t.Fatal(err)
		}
		for _, key := range keysOf(report) {
			if !known[key] {
				t.Errorf("%s has the key %q, which the doc of Schema does not name", file, key)
			}
		}
	}
}

// Each key that the code can write stands in a golden, so that TestSchemaNamesEveryKey sees it.
func TestGoldensHoldEveryKey(t *testing.T) {
	seen := map[string]bool{}
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var report any
		if err := json.Unmarshal(data, &report); err != nil {
			t.Fatal(err)
		}
		for _, key := range keysOf(report) {
			seen[key] = true
		}
	}
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || typ == reflect.TypeFor[jsonValue]() {
			return
		}
		for _, field := range reflect.VisibleFields(typ) {
			if key, _, _ := strings.Cut(field.Tag.Get("json"), ","); key != "" && !seen[key] {
				t.Errorf("no golden holds the key %q of %s", key, typ.Name())
			}
			walk(field.Type)
		}
	}
	for _, typ := range []reflect.Type{reflect.TypeFor[jsonPlan](), reflect.TypeFor[jsonPush](), reflect.TypeFor[jsonPull](), reflect.TypeFor[jsonProblems]()} {
		walk(typ)
	}
}

func keysOf(v any) []string {
	all := map[string]bool{}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, inner := range v {
				all[k] = true
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	walk(v)
	return slices.Sorted(maps.Keys(all))
}

// JSON keeps every string exactly, whatever is in it, as long as it is UTF-8.
func TestJSONKeepsStrings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		message := rapid.String().Draw(t, "message")
		var b bytes.Buffer
		if err := WriteProblems(&b, Style{Format: JSON}, []model.Problem{{File: message, Message: message}}); err != nil {
			t.Fatal(err)
		}
		var got struct {
			Problems []struct{ File, Message string }
		}
		if err := json.Unmarshal(b.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if got.Problems[0].File != message || got.Problems[0].Message != message {
			t.Fatalf("%q became %q", message, got.Problems[0].Message)
		}
	})
}

func TestDisplayWidth(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "订单": 4, "ａ": 2, "é": 1, "e\u0301": 1, "→…": 2, "😀": 2, "\u3000": 2, "ｱ": 1} {
		if got := displayWidth(s); got != want {
			t.Errorf("%q takes %d columns, want %d", s, got, want)
		}
	}
	if got := pad("订单", 6); got != "订单  " {
		t.Errorf("%q", got)
	}
}

func TestLongValuesAreCutAroundTheirDifference(t *testing.T) {
	long := strings.Repeat("前缀", 300)
	a, b := cutPair(long+"OLD"+long, long+"NEW"+long, keepOfValue)
	if !strings.Contains(a, "OLD") || !strings.Contains(b, "NEW") || displayWidth(a) > 4*keepOfValue || !strings.HasPrefix(a, ellipsis) || !strings.HasSuffix(a, ellipsis) {
		t.Errorf("%q %q", a, b)
	}
	rapid.Check(t, func(t *rapid.T) {
		piece := rapid.StringOfN(rapid.SampledFrom([]rune("ab数")), 0, 900, -1)
		x, y := piece.Draw(t, "x"), piece.Draw(t, "y")
		a, b := cutPair(x, y, keepOfValue)
		if (a == b) != (x == y) {
			t.Fatalf("%q and %q are shown as %q and %q", x, y, a, b)
		}
		if n := len([]rune(a)); n > 2*keepOfValue+3 {
			t.Fatalf("%d characters are left of %d", n, len([]rune(x)))
		}
	})
}

func TestEventLines(t *testing.T) {
	key := model.FileKey(odsFolder, "a\x1b[31m", sqlType)
	for _, test := range []struct {
		event push.Event
		want  string
	}{
		{push.Event{Key: key, Op: diff.OpCreate, Stage: model.StageSaved, Began: true}, ""},
		{push.Event{Key: key, Op: diff.OpRelease, Stage: model.StageSaved, Status: push.Done}, ""},
		{push.Event{Key: key, Op: diff.OpCreate, Stage: model.StageSaved, Status: push.Done}, `create 业务流程/电商数仓/MaxCompute/ods/a\x1b[31m: saved`},
		{push.Event{Key: key, Op: diff.OpUpdate, Stage: model.StageSubmitted, Status: push.Done}, `update 业务流程/电商数仓/MaxCompute/ods/a\x1b[31m: submitted`},
		{push.Event{Key: key, Op: diff.OpRelease, Stage: model.StageDeployed, Status: push.Failed, Err: errors.New("no\nreason")}, `release 业务流程/电商数仓/MaxCompute/ods/a\x1b[31m: deploy: failed: no\nreason`},
		{push.Event{Key: key, Op: diff.OpRelease, Stage: model.StageDeployed, Status: push.Waiting}, `release 业务流程/电商数仓/MaxCompute/ods/a\x1b[31m: deploy: waiting`},
	} {
		if got := EventLine(test.event); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

func TestErrorText(t *testing.T) {
	invalid := &model.InvalidError{Problems: []model.Problem{{File: "a.yaml", Line: 3, Column: 1, Message: "bad\x1b", Next: "mend it"}}}
	several := fmt.Errorf("first: %w, then: %w", errors.New("one"), errors.New("two"))
	got := ErrorText(errors.Join(errors.New("plain\nline"), errors.Join(fmt.Errorf("tree: %w", invalid), several)))
	want := "error: plain\\nline\na.yaml:3:1: error: bad\\x1b\n    next: mend it\nerror: first: one, then: two\n"
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestFormats(t *testing.T) {
	for _, f := range Formats() {
		if got, err := ParseFormat(string(f)); err != nil || got != f {
			t.Errorf("%s: %v, %v", f, got, err)
		}
	}
	_, err := ParseFormat("markdwon")
	if unknown, ok := errors.AsType[*model.UnknownNameError](err); !ok || !strings.Contains(unknown.Error(), `"markdown"`) {
		t.Errorf("%v", err)
	}
	if err := WritePlan(&bytes.Buffer{}, Style{Format: "pdf"}, nothingPlan()); err == nil {
		t.Error("an unknown format is no error")
	}
}

// failing fails every write.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestWriteErrorsAreReported(t *testing.T) {
	for _, f := range Formats() {
		if err := WritePlan(failing{}, Style{Format: f}, samplePlan()); !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s: %v", f, err)
		}
	}
}

func TestStoppedIsNotAFailure(t *testing.T) {
	item := viewItem(push.Item{Action: samplePlan().Actions[5], Status: push.NotAttempted, Err: deploy.ErrStopped})
	if item.Failure != nil || item.Because == "" {
		t.Errorf("%+v", item)
	}
}

// A plan that was read from a file may lack what a plan that was made has.
func TestIncompleteValuesAreShown(t *testing.T) {
	key := model.FileKey(odsFolder, "a", sqlType)
	p := diff.Plan{Actions: []diff.Action{{Key: key}, {Op: diff.OpUpdate, Key: key, Fields: []diff.FieldChange{{Field: "unknown"}}}}}
	for _, v := range []diff.Verdict{diff.ChangedThere, diff.MadeThere, diff.DeletedThere, diff.DeletedHere, diff.Conflict, diff.Unrelated, ""} {
		p.Skipped = append(p.Skipped, diff.Skipped{Comparison: diff.Comparison{Key: key, Verdict: v}, Refused: v == diff.Conflict})
	}
	r := push.Result{Items: []push.Item{{}, {Status: "new"}, {Status: push.Failed}}}
	for _, format := range Formats() {
		for _, full := range []bool{false, true} {
			var b bytes.Buffer
			if err := errors.Join(WritePlan(&b, Style{Format: format, Full: full}, p), WritePushResult(&b, Style{Format: format, Full: full}, p, r)); err != nil {
				t.Errorf("%s: %v", format, err)
			}
		}
	}
}
