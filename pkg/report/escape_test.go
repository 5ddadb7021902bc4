package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/deploy"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/pull"
	"github.com/dwsync/dwsync/pkg/push"
)

// marker goes around every fuzzed string, so that a check can tell where they got to.
const marker = "zqz"

// FuzzReports puts strings wherever a report shows something that is not dwsync's, and holds each format against its rules.
func FuzzReports(f *testing.F) {
	for three := range slices.Chunk(attacks, 3) {
		f.Add(three[0], three[len(three)/2], three[len(three)-1])
	}
	f.Add("a`zqz`b", "``zqz`", "```zqz``` `")
	f.Add("fence", "```\nx\nold", "```\nx\nnew")
	f.Add("longer fence", "  `````\nx\nold ```", "  `````\nx\nnew ~~~")
	f.Add("100%41", "%zz", "%")
	f.Fuzz(func(t *testing.T, name, old, new string) {
		for _, s := range []*string{&name, &old, &new} {
			*s = marker + *s + marker
			checkHere(t, *s)
		}
		checkFormats(t, name, old, new)
		// The same without the marker, which must not be what keeps a rule.
		bare := func(s string) string { return strings.TrimSuffix(strings.TrimPrefix(s, marker), marker) }
		checkFormats(t, bare(name), bare(old), bare(new))
	})
}

// The goldens carry every attack in every place.
func TestHostileGoldensKeepTheRules(t *testing.T) {
	for _, g := range goldens(t) {
		if !strings.HasPrefix(g.name, "hostile") {
			continue
		}
		for _, full := range []bool{false, true} {
			style := g.style
			style.Full = full
			var b bytes.Buffer
			if err := g.write(&b, style); err != nil {
				t.Fatal(err)
			}
			checks[cmp.Or(style.Format, Text)](t, b.String())
		}
	}
}

// checkHere holds the escaper of text itself.
func checkHere(t *testing.T, s string) {
	t.Helper()
	for _, got := range []shown{visible(s), visibleCode(s, true), visibleCode(s, false)} {
		checkShown(t, string(got))
	}
	if isPlain(s) && !strings.Contains(s, "::") && !strings.Contains(s, "##") && string(visible(s)) != s {
		t.Errorf("plain %q became %q", s, visible(s))
	}
}

// obeyed tells, in the words of Unicode and not of this package, that a character does something instead of showing something.
func obeyed(r rune) bool {
	if r >= ' ' && r <= '~' {
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Cs, unicode.Co, unicode.Zl, unicode.Zp, unicode.Bidi_Control, unicode.Other_Default_Ignorable_Code_Point) ||
		r == '\u00a0'
}

// checkShown holds a piece of text of one line.
func checkShown(t *testing.T, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Errorf("%q is not UTF-8", s)
	}
	for _, r := range s {
		if obeyed(r) {
			t.Errorf("%q has the raw character %U", s, r)
		}
	}
	if strings.HasPrefix(strings.TrimSpace(s), "::") || hashCommand.MatchString(s) {
		t.Errorf("%q would be obeyed as a command", s)
	}
}

func checkFormats(t *testing.T, name, old, new string) {
	t.Helper()
	for _, format := range Formats() {
		for _, s := range []Style{{Format: format, Place: place}, {Format: format, Full: true, Color: true}} {
			for _, write := range fuzzedReports(name, old, new) {
				var b bytes.Buffer
				if err := write(&b, s); err != nil {
					t.Fatal(err)
				}
				checks[format](t, b.String())
			}
		}
	}
	checkShown(t, EventLine(push.Event{Key: model.FileKey(model.FolderPath(name), old, sqlType), Op: diff.OpUpdate, Stage: model.StageSaved, Status: push.Failed, Err: errors.New(new)}))
	checkText(t, ErrorText(errors.Join(errors.New(name), &model.InvalidError{Problems: []model.Problem{{File: old, Message: new, Next: name}}})))
	checkShown(t, Escape(new))
}

// fuzzedReports are a plan, a push, a pull and a list of problems made of three strings.
func fuzzedReports(name, old, new string) []func(*bytes.Buffer, Style) error {
	there := node(model.FolderPath("业务流程/"+name), name, sqlType, old)
	there.Set(model.FieldFileDescription, model.TextValue(old))
	there.Set(model.FieldInputList, items(old))
	here := node(model.FolderPath("业务流程/"+name), name, sqlType, new)
	here.Set(model.FieldFileDescription, model.TextValue(new))
	here.Set(model.FieldInputList, items(new))
	r := remote(there, model.StageSaved)
	r.LastEditUser = name
	compared := diff.Comparison{Key: here.Key, Tree: &here, Remote: r, Fields: changes(here, there), Reason: old}
	as := func(v diff.Verdict) diff.Comparison {
		c := compared
		c.Verdict = v
		return c
	}
	created := here.Clone()
	created.Key.Name += "2"
	p := diff.Plan{
		Target: name, Project: model.Project{ID: model.ProjectID(old), Identifier: new},
		Actions: []diff.Action{
			{Op: diff.OpUpdate, Key: here.Key, Verdict: diff.Conflict, Want: here, Against: r, Fields: compared.Fields, To: model.StageDeployed},
			{Op: diff.OpCreate, Key: created.Key, Verdict: diff.MadeHere, Want: created, To: model.StageDeployed},
			{Op: diff.OpRelease, Key: here.Key, Verdict: diff.Same, Want: here, Against: r, From: model.StageSaved, To: model.StageDeployed},
		},
		Skipped: []diff.Skipped{{Comparison: as(diff.ChangedThere)}, {Comparison: as(diff.Conflict), Refused: true}, {Comparison: as(diff.MadeThere)}, {Comparison: as(diff.DeletedHere)}},
	}
	result := push.Result{Items: []push.Item{
		{Action: p.Actions[0], Status: push.Failed, Err: fmt.Errorf("%s: %w", name, &dataworks.Error{Action: name, Code: old, Message: new, RequestID: old, Recommend: new})},
		{Action: p.Actions[1], Status: push.Waiting, Err: &deploy.WaitingError{Deployment: model.Deployment{ID: model.DeploymentID(old)}}},
		{Action: p.Actions[2], Status: push.NotAttempted, Because: diff.ActionID{Key: here.Key}},
	}}
	outcome := pull.Outcome{
		Items:    []pull.Item{{Comparison: as(diff.ChangedThere), Deed: pull.Updated}, {Comparison: as(diff.Unrelated), Deed: pull.Refused}, {Comparison: as(diff.ChangedHere), Deed: pull.Kept}},
		Unmapped: []mapping.Unmapped{{Key: here.Key, Field: model.FieldOwner, Value: old, Why: new}}, NotCarried: []model.Key{here.Key},
	}
	problems := []model.Problem{{File: name, Line: 3, Column: 1, Message: old, Next: new}, {Severity: model.SeverityWarning, Message: new}}
	return []func(*bytes.Buffer, Style) error{
		func(b *bytes.Buffer, s Style) error { return WritePlan(b, s, p) },
		func(b *bytes.Buffer, s Style) error { return WritePushResult(b, s, p, result) },
		func(b *bytes.Buffer, s Style) error { return WritePull(b, s, outcome) },
		func(b *bytes.Buffer, s Style) error { return WriteProblems(b, s, problems) },
	}
}

var checks = map[Format]func(*testing.T, string){Text: checkText, JSON: checkJSON, Markdown: checkMarkdown, HTML: checkHTML, GitHub: checkGitHub}

var ansi = regexp.MustCompile("\x1b\\[[0-9;]*m")

// checkText: besides colours of our own there is nothing but printable characters in lines.
func checkText(t *testing.T, report string) {
	t.Helper()
	for l := range strings.Lines(ansi.ReplaceAllString(report, "")) {
		checkShown(t, strings.TrimSuffix(l, "\n"))
	}
}

// checkJSON: it is valid, and nothing in it is obeyed by what shows it.
func checkJSON(t *testing.T, report string) {
	t.Helper()
	if !json.Valid([]byte(report)) {
		t.Errorf("not valid JSON:\n%s", report)
	}
	if hashCommand.MatchString(report) {
		t.Error("a command in JSON")
	}
	for _, r := range report {
		if r != '\n' && obeyed(r) {
			t.Errorf("raw character %U in JSON", r)
		}
	}
}

// What a Markdown report may hold outside of fences and spans.
var (
	markdownTag   = regexp.MustCompile(`</?(details|summary|code|br)>`)
	markdownCode  = regexp.MustCompile(`<code>[^<>]*</code>`)
	markdownPlain = regexp.MustCompile(`^[\p{L}\p{N} |_'#*().,:;+→>-]*$`)
)

// checkMarkdown reads fences and spans as GitHub does, and holds that what is not ours is inside of them.
func checkMarkdown(t *testing.T, report string) {
	t.Helper()
	if n := utf16Length(report); n > markdownLimit {
		t.Errorf("%d characters", n)
	}
	fence, open := "", 0
	for l := range strings.Lines(report) {
		l = strings.TrimSuffix(l, "\n")
		for _, r := range l {
			if r != '\t' && obeyed(r) {
				t.Errorf("raw character %U in %q", r, l)
			}
		}
		if strings.HasPrefix(strings.TrimSpace(l), "::") {
			t.Errorf("%q would be obeyed as a command", l)
		}
		marks := l[:longestPrefix(strings.TrimLeft(l, " "), '`')]
		switch {
		case fence != "":
			if closes := strings.TrimLeft(l, " "); len(l)-len(closes) < 4 && strings.Trim(closes, "`") == "" && len(closes) >= len(fence) {
				if closes != fence || l != fence {
					t.Errorf("a line of a fence closes it: %q", l)
				}
				fence = ""
			}
			continue
		case len(marks) >= 3 && strings.HasSuffix(l, "diff"):
			fence = marks
			continue
		}
		switch {
		case strings.HasPrefix(l, "<details>"):
			open++
		case l == "</details>":
			open--
		}
		checkMarkdownLine(t, l)
	}
	if fence != "" || open != 0 {
		t.Errorf("a fence or a block stays open at the end")
	}
}

func longestPrefix(s string, c byte) int {
	n := 0
	for n < len(s) && s[n] == c {
		n++
	}
	return n
}

func checkMarkdownLine(t *testing.T, l string) {
	t.Helper()
	if strings.HasPrefix(l, "|") && strings.Count(l, "|") > 8 {
		t.Errorf("too many cells: %q", l)
	}
	rest := markdownCode.ReplaceAllString(l, "")
	rest = withoutSpans(rest)
	rest = markdownTag.ReplaceAllString(rest, "")
	if !markdownPlain.MatchString(rest) || strings.Contains(rest, marker) {
		t.Errorf("outside of spans: %q of %q", rest, l)
	}
}

// withoutSpans takes out code spans as CommonMark finds them: from a run of backticks to the next run of the same length.
func withoutSpans(s string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '`')
		if i < 0 {
			return b.String() + s
		}
		b.WriteString(s[:i])
		n := longestPrefix(s[i:], '`')
		end := -1
		for j := i + n; j < len(s); {
			if s[j] != '`' {
				j++
				continue
			}
			m := longestPrefix(s[j:], '`')
			if m == n {
				end = j + m
				break
			}
			j += m
		}
		if end < 0 {
			return b.String() + s[i:]
		}
		s = s[end:]
	}
}

var anyTag = regexp.MustCompile(`<[^>]*>?`)

// htmlTag are all tags that a page may have, attributes and all.
var htmlTag = regexp.MustCompile(`^(<!DOCTYPE html>|</?(html|head|body|main|title|style|h1|h2|p|code|bdi|table|tr|td|th|div|span|summary|details|mark|br|col|colgroup|defs)>|<html lang="en">|<meta [a-z-]+="[^"<>]*"( content="[^"<>]*")?>|<(p|span|div|table|tr|td|col|details) class="[a-z ]*"( id="o[0-9a-f]{16}")?( colspan="4")?( open)?>)$`)

// svgTag are all tags that a picture may have besides.
var svgTag = regexp.MustCompile(`^(</(svg|a|g|text|marker)>|<svg xmlns="http://www.w3.org/2000/svg" width="\d+" height="\d+" viewBox="0 0 \d+ \d+" role="group" aria-label="Job graph">|<div class="picture" tabindex="0" role="region" aria-label="Job graph">|` +
	`<marker id="arrow"( [a-zA-Z]+="[a-z0-9 ]+")+>|<path d="M0 0L8 4L0 8z"/>|<path class="[a-z ]+" d="[MHC0-9 -]+" marker-end="url\(#arrow\)"/>|<a href="#o[0-9a-f]{16}">|<g class="[a-z ]+">|` +
	`<rect( (x|y|width|height|rx)="\d+")+/>|<text( class="kind")? x="\d+" y="\d+">)$`)

func TestPageLoadsNothing(t *testing.T) {
	if regexp.MustCompile(`(?i)(@import|url\s*\(|expression|//)`).MatchString(css) {
		t.Error("the style names something outside of the page")
	}
}

// checkHTML: every < begins a tag of ours, and text holds nothing raw.
func checkHTML(t *testing.T, report string) {
	t.Helper()
	head, rest, _ := strings.Cut(report, "<style>\n"+css+"</style>")
	for _, r := range head + rest {
		if r != '\n' && obeyed(r) {
			t.Errorf("raw character %U in HTML", r)
		}
	}
	for _, tag := range anyTag.FindAllString(head+rest, -1) {
		if !htmlTag.MatchString(tag) && !svgTag.MatchString(tag) {
			t.Errorf("tag %q", tag)
		}
	}
	if text := anyTag.ReplaceAllString(head+rest, ""); strings.ContainsAny(text, `<>"'`) {
		t.Errorf("text with raw markup: %q", text)
	}
	for _, pair := range []string{"details", "table", "tr", "div", "summary", "span", "code"} {
		opened, closed := strings.Count(report, "<"+pair+">")+strings.Count(report, "<"+pair+" "), strings.Count(report, "</"+pair+">")
		if opened != closed {
			t.Errorf("%d <%s> and %d closed", opened, pair, closed)
		}
	}
}

var githubEscape = regexp.MustCompile(`%(25|0A|3A|2C)`)

var githubLine = regexp.MustCompile(`^::(error|warning|notice) (file=[^,:]+,(line=[0-9]+,)?)?title=[^,:]*::.*$`)

// checkGitHub: each line is one command of ours, and % begins only escapes of ours.
func checkGitHub(t *testing.T, report string) {
	t.Helper()
	for l := range strings.Lines(report) {
		l = strings.TrimSuffix(l, "\n")
		if !githubLine.MatchString(l) {
			t.Errorf("no command of ours: %q", l)
		}
		for _, r := range l {
			if obeyed(r) {
				t.Errorf("raw character %U in %q", r, l)
			}
		}
		if raw := githubEscape.ReplaceAllString(l, ""); strings.Contains(raw, "%") {
			t.Errorf("raw %% in %q", l)
		}
	}
}
