package report

import (
	"errors"
	"fmt"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/deploy"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/pull"
	"github.com/dwsync/dwsync/pkg/push"
)

// attacks are texts that something would obey if they got through.
var attacks = []string{
	"\x1b[2J\x1b[31mred\x1b[0m", "\x1b]0;title\a", "\u009b2J", "\x00\x08\x7f", "a\rb", "a\nPlan: 0 to create", "\u202egnp.exe", "\u2066x\u2069\u200b\ufeff",
	"\u2028\u2029", "\xff\xfe", "::error::pwned", "  ::add-mask::x", "##[error]x", "##vso[task.setvariable]", "###[group]", "%0A::error::x", "a,line=1::b",
	"`tick` ``two``", "```\n</details>\n# heading", "~~~", "| pipe | pipe |", "\\|", "<script>alert(1)</script>", "</summary></details><img src=x onerror=y>",
	"&lt;b&gt; &#60;", "[link](javascript:x)", "![i](http://x/y.png)", "@everyone", "#1", "https://example.com/", "<!-- ", "*bold* _x_", "\"quoted\" 'single'", "\t", " \u00a0\u3000", "\U000e0041",
	"</title><script>document.title='pwned'</script>", "<img src=x onerror=\"document.title='pwned'\">", "\" onclick=document.title='pwned' \"", "</style><style>main{display:none}</style>",
	"<svg onload=document.title='pwned'>", "]]></text></svg><script>document.title='pwned'</script>", "<a href=\"javascript:document.title='pwned'\">x</a>", "<meta http-equiv=refresh content=\"0;url=http://127.0.0.1:9/\">",
}

func hostilePlan() diff.Plan {
	all := ""
	for _, a := range attacks {
		all += a + "\n"
	}
	var p diff.Plan
	p.Target, p.Project = attacks[0]+"`|", model.Project{ID: "1\x1b", Identifier: "<b>|`\u202e"}
	for i, a := range attacks {
		old := node(model.FolderPath("业务流程/"+a), fmt.Sprintf("n%02d %s", i, a), sqlType, "same\n"+a+"\n")
		old.Set(model.FieldFileDescription, model.TextValue(a))
		old.Set(model.FieldInputList, items("keep", a))
		tree := old.Clone()
		tree.Set(model.FieldContent, model.TextValue("same\nnew "+a))
		tree.Set(model.FieldFileDescription, model.TextValue("new "+a))
		tree.Set(model.FieldInputList, items("keep", "new "+a))
		r := remote(old, model.StageSaved)
		r.LastEditUser = a
		switch i % 4 {
		case 0:
			action := update(old, tree)
			action.Against = r
			p.Actions = append(p.Actions, action)
		case 1:
			p.Actions = append(p.Actions, diff.Action{Op: diff.OpCreate, Key: tree.Key, Verdict: diff.MadeHere, Want: tree, To: model.StageDeployed})
		case 2:
			p.Skipped = append(p.Skipped, diff.Skipped{Comparison: diff.Comparison{Key: tree.Key, Verdict: diff.Conflict, Tree: &tree, Remote: r, Fields: changes(tree, old), Reason: a}, Refused: true})
		default:
			p.Skipped = append(p.Skipped, diff.Skipped{Comparison: diff.Comparison{Key: tree.Key, Verdict: diff.ChangedThere, Tree: &tree, Remote: r, Fields: changes(tree, old)}})
		}
	}
	for i, a := range p.Actions {
		j := diff.Job{Key: a.Key, Outside: []string{attacks[i]}}
		if i > 0 {
			j.Needs = []model.Key{p.Actions[i-1].Key}
		}
		p.Jobs = append(p.Jobs, j)
	}
	p.Jobs = sortJobs(p.Jobs)
	old := node(odsFolder, "all", sqlType, all)
	p.Actions = append(p.Actions, update(old, node(odsFolder, "all", sqlType, "first\n"+all+"last")))
	p.Postponed = 3
	// A saved plan names the buckets, and may be anybody's.
	return p.Priced(dataworks.Limits{{Name: all, Actions: []string{"all"}, PerSecond: 5, PerDay: 100}})
}

func hostileResult() push.Result {
	var r push.Result
	for i, a := range attacks {
		item := push.Item{Action: diff.Action{Op: diff.OpUpdate, Key: model.FileKey("业务流程/"+model.FolderPath(a), a, sqlType), To: model.StageDeployed}, Status: push.Failed}
		switch i % 4 {
		case 0:
			item.Err = fmt.Errorf("save: %w", &dataworks.Error{Action: "UpdateFile", Code: a, Message: a, RequestID: a, Recommend: a, HTTPStatus: 400})
		case 1:
			item.Err = &deploy.FailedError{Deployment: model.Deployment{ID: model.DeploymentID(a), Message: a}}
		case 2:
			item.Status, item.Because = push.NotAttempted, diff.ActionID{Key: model.FileKey("", a, sqlType)}
		default:
			item.Err = errors.New(a)
		}
		r.Items = append(r.Items, item)
	}
	return r
}

func hostileProblems() []model.Problem {
	var all []model.Problem
	for i, a := range attacks {
		all = append(all, model.Problem{File: a, Line: i, Column: i % 3, Severity: model.SeverityError, Message: a, Next: a})
	}
	return all
}

func hostileOutcome() pull.Outcome {
	var o pull.Outcome
	deeds := []pull.Deed{pull.Updated, pull.Updated, pull.Draft}
	for i, s := range hostilePlan().Skipped {
		deed := deeds[i%len(deeds)]
		if s.Refused {
			deed = pull.Refused
		}
		o.Items = append(o.Items, pull.Item{Comparison: s.Comparison, Deed: deed})
		o.Drafts = append(o.Drafts, s.Key)
		o.Unmapped = append(o.Unmapped, mapping.Unmapped{Key: s.Key, Field: model.FieldOwner, Value: s.Key.Name, Why: s.Key.Name})
	}
	return o
}
