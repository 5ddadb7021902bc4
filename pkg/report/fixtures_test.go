package report

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/deploy"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/pull"
	"github.com/dwsync/dwsync/pkg/push"
)

// The fixtures are a plan and a result with every kind of line that a report can have; hostile ones carry what must never be obeyed.

const (
	odsFolder = "业务流程/电商数仓/MaxCompute/ods"
	dwdFolder = "业务流程/电商数仓/MaxCompute/dwd"
)

var (
	sqlType     model.FileType = 10
	shellType   model.FileType = 2
	virtualType model.FileType = 99
	edited                     = time.Date(2026, 3, 14, 23, 5, 6, 0, time.FixedZone("CST", 8*3600))
)

func node(folder model.FolderPath, name string, t model.FileType, content string) model.Object {
	o := model.NewObject(model.FileKey(folder, name, t))
	o.Set(model.FieldContent, model.TextValue(content))
	return o
}

func remote(o model.Object, stage model.Stage) *model.Remote {
	return &model.Remote{Object: o, FileID: "501234567", Stage: stage, CurrentVersion: 3, LastEditTime: edited, LastEditUser: "1000000000001"}
}

func items(names ...string) model.Value {
	var all []model.Item
	for _, n := range names {
		all = append(all, model.NewItem(n))
	}
	return model.SetValue(all...)
}

// changes compares two forms as pkg/diff does.
func changes(tree, there model.Object) []diff.FieldChange {
	var all []diff.FieldChange
	for _, d := range model.Differences(tree, there, nil) {
		all = append(all, diff.FieldChange{Field: d.Field, Tree: d.Tree, Remote: d.Other})
	}
	return all
}

func update(old, new model.Object) diff.Action {
	return diff.Action{Op: diff.OpUpdate, Key: new.Key, Verdict: diff.ChangedHere, Want: new, Against: remote(old, model.StageDeployed), Fields: changes(new, old), To: model.StageDeployed}
}

const orderSQL = `-- 订单增量
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS ods_order_di
(
    order_id         BIGINT COMMENT '订单ID'
    ,order_status    STRING COMMENT '订单状态'
    ,payable_amount  DECIMAL(18,2) COMMENT '应付金额，元'
)
COMMENT '订单增量'
PARTITIONED BY
(
    dt               STRING COMMENT '业务日期，yyyymmdd'
)
LIFECYCLE 365
;

INSERT OVERWRITE TABLE ods_order_di PARTITION (dt = '${bizdate}')
SELECT  order_id
        ,order_status
        ,payable_amount
FROM    stg_mall_order_log
WHERE   dt = '${bizdate}'
;
`

func samplePlan() diff.Plan {
	order := node(odsFolder, "ods_order_di", sqlType, orderSQL)
	order.Set(model.FieldCronExpress, model.TextValue("00 10 00 * * ?"))
	order.Set(model.FieldInputList, items("dw_project_root"))
	newOrder := order.Clone()
	newOrder.Set(model.FieldContent, model.TextValue(strings.Replace(strings.Replace(orderSQL, "LIFECYCLE 365", "LIFECYCLE 1095", 1), "'${bizdate}'\n;\n", "'${bizdate}'\nAND     order_id IS NOT NULL\n;", 1)))
	newOrder.Set(model.FieldCronExpress, model.TextValue("00 30 00 * * ?"))
	newOrder.Set(model.FieldInputList, items("dw_project.dw_start", "dw_project_root"))
	newOrder.Set(model.FieldAutoRerunTimes, model.NumberValue(3))
	newOrder.Set(model.FieldEndEffectDate, model.NumberValue(4102415999000))
	newOrder.Set(model.FieldFileDescription, model.TextValue("订单增量，当日有变更的订单取最后状态；来源是业务库 t_order 的 binlog，实时同步写入 stg_mall_order_log，每日覆盖分区，可重跑"))
	newOrder.Set(model.FieldOutputParameters, model.SetValue(model.NewItem("rows", "1", "${n}", "写入行数")))

	business := model.NewObject(model.BusinessKey("业务流程/运营报表"))
	business.Set(model.FieldDescription, model.TextValue("给运营看的日报"))
	daily := node("业务流程/运营报表/MaxCompute", "rpt_daily", sqlType, "SELECT 1;\nSELECT 2;\n")
	virtual := node(odsFolder, "dw_start", virtualType, "")
	cut := node(dwdFolder, "dwd_refund_di", sqlType, "SELECT a\nFROM t;\n")
	oldCut := node(dwdFolder, "dwd_refund_di", sqlType, "SELECT a \nFROM t;\n")

	drift := node(odsFolder, "ods_payment_di", sqlType, "SELECT 1\n")
	driftThere := node(odsFolder, "ods_payment_di", sqlType, "SELECT 1\nLIMIT 10\n")
	driftThere.Set(model.FieldTimeout, model.NumberValue(2))
	conflict := node(odsFolder, "ods_user_df", sqlType, "SELECT mine\n")
	conflictThere := node(odsFolder, "ods_user_df", sqlType, "SELECT theirs\n")
	only := node(odsFolder, "tmp_check", shellType, "echo 1\necho 2\n")
	gone := node(odsFolder, "ods_old_di", sqlType, "SELECT 0\n")
	dropped := node(dwdFolder, "dwd_dropped_di", sqlType, "SELECT 5\n")
	binned := node(dwdFolder, "dwd_binned_di", sqlType, "SELECT 6\n")
	inBin := remote(binned, model.StageDeployed)
	inBin.Deleted = true
	oldFolder := model.NewObject(model.FolderKey(dwdFolder + "/old"))
	guarded := node(odsFolder, "ods_guarded", sqlType, "SELECT 7\n")
	behind := node(dwdFolder, "dwd_order_di", sqlType, "SELECT 3\n")

	plan := diff.Plan{
		Target:  "dev",
		Project: model.Project{ID: "10000", Identifier: "dw_project"},
		Actions: []diff.Action{
			{Op: diff.OpCreate, Key: business.Key, Verdict: diff.MadeHere, Want: business, To: model.StageSaved},
			update(order, newOrder),
			{Op: diff.OpCreate, Key: daily.Key, Verdict: diff.MadeHere, Want: daily, To: model.StageDeployed, Needs: []diff.ActionID{{Key: business.Key}}},
			{Op: diff.OpCreate, Key: virtual.Key, Verdict: diff.MadeHere, Want: virtual, To: model.StageDeployed},
			{Op: diff.OpUpdate, Key: cut.Key, Verdict: diff.CutShort, Want: cut, Against: remote(oldCut, model.StageSaved), Fields: changes(cut, oldCut), To: model.StageDeployed},
			{Op: diff.OpRelease, Key: behind.Key, Verdict: diff.Same, Want: behind, Against: remote(behind, model.StageSubmitted), From: model.StageSubmitted, To: model.StageDeployed},
			{Op: diff.OpDelete, Key: dropped.Key, Verdict: diff.DeletedHere, Want: model.NewObject(dropped.Key), Against: remote(dropped, model.StageDeployed), From: model.StageDeployed, To: model.StageDeployed},
			{Op: diff.OpDelete, Key: binned.Key, Verdict: diff.DeletedHere, Want: model.NewObject(binned.Key), Against: inBin, From: model.StageDeployed, To: model.StageDeployed},
			{Op: diff.OpDelete, Key: oldFolder.Key, Verdict: diff.DeletedHere, Want: oldFolder, Against: remote(oldFolder, model.StageSaved), From: model.StageSaved, To: model.StageSaved, Needs: []diff.ActionID{{Key: dropped.Key}}},
		},
		HalfDeleted: []diff.HalfDeletion{
			inRecycleBin("tmp_old", diff.HalfDeletion{}), inRecycleBin("tmp_known", diff.HalfDeletion{Known: true}), inRecycleBin("tmp_again", diff.HalfDeletion{InTree: true, Known: true}),
			inRecycleBin("tmp_moved", diff.HalfDeletion{Key: model.FileKey(dwdFolder, "moved", shellType), InTree: true}),
		},
		Skipped: []diff.Skipped{
			{Comparison: diff.Comparison{Key: drift.Key, Verdict: diff.ChangedThere, Tree: &drift, Remote: remote(driftThere, model.StageSaved), Base: &drift, Fields: changes(drift, driftThere)}},
			{Comparison: diff.Comparison{Key: conflict.Key, Verdict: diff.Conflict, Tree: &conflict, Remote: remote(conflictThere, model.StageSaved), Fields: changes(conflict, conflictThere), Reason: "the base is the form of commit 1a2b3c4"}, Refused: true},
			{Comparison: diff.Comparison{Key: only.Key, Verdict: diff.MadeThere, Remote: remote(only, model.StageSaved)}},
			{Comparison: diff.Comparison{Key: gone.Key, Verdict: diff.DeletedHere, Remote: remote(gone, model.StageDeployed), Base: &gone}},
			{Comparison: diff.Comparison{Key: guarded.Key, Verdict: diff.DeletedHere, Remote: remote(guarded, model.StageDeployed), Base: &guarded}, Kept: "dwsync.yaml protects it"},
		},
		Jobs: sampleJobs(),
		Same: 40,
	}
	return plan.Priced(dataworks.Limits{
		{Name: "level 1", Actions: []string{"level1"}, PerSecond: 50}, {Name: "level 2", Actions: []string{"level2"}, PerSecond: 20},
		{Name: "level 3", Actions: []string{"level3"}, PerSecond: 5, PerDay: 10000},
	})
}

// swapPlan has two nodes that swap an output, with what only such actions have: parts, takeovers, and the base of a field. One of them is a JSON of one line.
func swapPlan() diff.Plan {
	var integrationType model.FileType = 23
	a, b := node(odsFolder, "a", integrationType, `{"type":"job","steps":[]}`), node(odsFolder, "b", sqlType, "SELECT 1\n")
	a.Set(model.FieldOutputList, items("p.a"))
	b.Set(model.FieldOutputList, items("p.b"))
	newA, newB := node(odsFolder, "a", integrationType, `{"type":"job","steps":[1]}`), b.Clone()
	newA.Set(model.FieldOutputList, items("p.b"))
	newB.Set(model.FieldOutputList, items("p.a"))
	giveUp, first, second := update(b, newB), update(a, newA), update(b, newB)
	giveUp.Part, giveUp.To = diff.PartGiveUp, model.StageSaved
	first.Needs, second.Needs = []diff.ActionID{giveUp.ID()}, []diff.ActionID{giveUp.ID(), first.ID()}
	base := b.Get(model.FieldOutputList)
	for i, f := range second.Fields {
		if f.Field == model.FieldOutputList {
			second.Fields[i].Base = &base
		}
	}
	return diff.Plan{Target: "dev", Project: model.Project{ID: "10000", Identifier: "p"}, Actions: []diff.Action{giveUp, first, second}}
}

// sampleJobs is the part of the job graph around the sample plan: dw_start -> ods_order_di -> dwd_order_di -> ads_trade_gmv_1d, beside a script, and the like.
func sampleJobs() []diff.Job {
	key := func(folder model.FolderPath, name string) model.Key { return model.FileKey(folder, name, sqlType) }
	start := model.FileKey(odsFolder, "dw_start", virtualType)
	order, user, dwd := key(odsFolder, "ods_order_di"), key(odsFolder, "ods_user_df"), key(dwdFolder, "dwd_order_di")
	refund, dropped := key(dwdFolder, "dwd_refund_di"), key(dwdFolder, "dwd_dropped_di")
	daily := key("业务流程/运营报表/MaxCompute", "rpt_daily")
	gmv, mail := key("业务流程/电商数仓/MaxCompute/ads", "ads_trade_gmv_1d"), model.FileKey("业务流程/运营报表/通用", "每日报表邮件：发给运营和财务的同事（工作日上午九点）", shellType)
	udf := model.FileKey("业务流程/电商数仓/MaxCompute", "udf_mask.py", 12)
	jobs := []diff.Job{
		{Key: start}, {Key: order, Needs: []model.Key{start}, Outside: []string{"stg.mall_order_log"}}, {Key: user, Needs: []model.Key{start}},
		{Key: dwd, Needs: []model.Key{order, user}}, {Key: refund, Needs: []model.Key{order}}, {Key: dropped}, {Key: udf},
		{Key: gmv, Needs: []model.Key{dwd, refund, udf}}, {Key: daily, Needs: []model.Key{start, gmv}}, {Key: mail, Needs: []model.Key{daily}},
	}
	return sortJobs(jobs)
}

func sortJobs(jobs []diff.Job) []diff.Job {
	slices.SortFunc(jobs, func(a, b diff.Job) int { return a.Key.Compare(b.Key) })
	for _, j := range jobs {
		slices.SortFunc(j.Needs, model.Key.Compare)
	}
	return jobs
}

// inRecycleBin completes the half deletion of a file in the recycle bin that production still runs, by the file's name.
func inRecycleBin(name string, h diff.HalfDeletion) diff.HalfDeletion {
	h.Remote = *remote(node(dwdFolder, name, sqlType, "SELECT 0\n"), model.StageDeployed)
	h.Remote.Deleted = true
	if h.Key == (model.Key{}) {
		h.Key = h.Remote.Object.Key
	}
	return h
}

func sampleResult(p diff.Plan) push.Result {
	var r push.Result
	for i, a := range p.Actions {
		item := push.Item{Action: a, Status: push.Done, Reached: a.To}
		switch i {
		case 1:
			item.Status, item.Reached = push.Failed, model.StageSaved
			item.Err = fmt.Errorf("submit %s: %w", a.Key, &deploy.FailedError{Deployment: model.Deployment{ID: "7001", Status: model.DeploymentFailed, Message: "parent dw_project.dw_start is not submitted"}})
		case 2:
			item.Status, item.Reached, item.Because = push.NotAttempted, model.StageSaved, p.Actions[1].ID()
		case 3:
			item.Status, item.Reached = push.Waiting, model.StageSubmitted
			item.Err = fmt.Errorf("deploy %s: %w", a.Key, &deploy.WaitingError{Deployment: model.Deployment{ID: "7002"}})
		case 4:
			item.Status, item.Reached = push.Refused, model.StageNone
			item.Err = &deploy.MovedError{Key: a.Key, What: "somebody changed it since the plan was made"}
		case 5:
			item.Status, item.Reached, item.Err = push.NotAttempted, model.StageSubmitted, errors.Join(deploy.ErrStopped)
		case 6:
			item.Reached = model.StageNone
		case 7:
			item.Status, item.Reached = push.Waiting, model.StageDeployed
			item.Err = fmt.Errorf("deploy the deletion of %s: %w", a.Key, &deploy.WaitingError{Deployment: model.Deployment{ID: "7003"}})
		case 8:
			item.Status, item.Reached, item.Because = push.NotAttempted, model.StageSaved, p.Actions[7].ID()
		}
		r.Items = append(r.Items, item)
	}
	return r
}

// deployPlan is a plan of releases alone, beside which there is something of each kind that it leaves alone.
func deployPlan() diff.Plan {
	p := samplePlan()
	release, order, daily, cut := p.Actions[5], p.Actions[1], p.Actions[2], p.Actions[4]
	frozen := remote(release.Want, model.StageDeployed)
	release.Against.Production = &model.ProductionNode{SchedulerType: "PAUSE"}
	reset := node(dwdFolder, "dwd_given_di", sqlType, "SELECT 8\n")
	return diff.Plan{
		Target: "dev", Project: p.Project, ReleaseOnly: true, Actions: []diff.Action{release}, Same: 3,
		Production: []diff.ProductionDrift{{Key: model.FileKey(dwdFolder, "dwd_frozen_di", sqlType), Frozen: true, Owner: "2000000000009", FileOwner: "1000000000001"}},
		Skipped: []diff.Skipped{
			{Comparison: diff.Comparison{Key: order.Key, Verdict: diff.ChangedHere, Tree: &order.Want, Remote: order.Against, Fields: order.Fields}},
			{Comparison: diff.Comparison{Key: daily.Key, Verdict: diff.MadeHere, Tree: &daily.Want}},
			{Comparison: diff.Comparison{Key: cut.Key, Verdict: diff.CutShort, Tree: &cut.Want, Remote: cut.Against, Fields: cut.Fields}},
			p.Skipped[0], p.Skipped[1],
			{Comparison: diff.Comparison{Key: reset.Key, Verdict: diff.Same, Tree: &reset, Remote: frozen}, Refused: true, Production: "frozen"},
		},
	}
}

func deployResult() push.Result {
	p := deployPlan()
	code := node(dwdFolder, "dwd_other_di", sqlType, "SELECT 9\n")
	return push.Result{Verified: 2, Items: []push.Item{
		{Action: p.Actions[0], Status: push.Done, Reached: model.StageDeployed},
		{
			Action: diff.Action{Op: push.OpVerify, Key: code.Key, Want: code, To: model.StageDeployed}, Status: push.Failed, Reached: model.StageDeployed,
			Err: &deploy.CodeError{Key: code.Key, Node: "1000382215"},
		},
	}}
}

func nothingPlan() diff.Plan {
	return diff.Plan{Target: "dev", Project: model.Project{ID: "10000", Identifier: "dw_project", Mode: model.ModeSimple}, Same: 42}
}

func sampleOutcome() pull.Outcome {
	p := samplePlan()
	order := p.Actions[1]
	created := node(odsFolder, "ods_new_di", sqlType, "SELECT 1\nFROM new;\n")
	deleted := node(odsFolder, "ods_dead_di", sqlType, "SELECT 1;\n")
	draft := node(odsFolder, "ods_draft", shellType, "echo draft\n")
	kept := node(odsFolder, "ods_mine", shellType, "echo mine\n")
	gone := node(odsFolder, "ods_gone", shellType, "echo gone\n")
	table := model.Key{Kind: model.KindTable, Folder: odsFolder, Name: "t_order", Type: 23}
	return pull.Outcome{
		Items: []pull.Item{
			{Comparison: diff.Comparison{Key: deleted.Key, Verdict: diff.DeletedThere, Tree: &deleted, Base: &deleted}, Deed: pull.Deleted},
			{Comparison: diff.Comparison{Key: draft.Key, Verdict: diff.MadeThere, Remote: remote(draft, model.StageSaved)}, Deed: pull.Draft},
			{Comparison: diff.Comparison{Key: kept.Key, Verdict: diff.MadeHere, Tree: &kept}, Deed: pull.Kept},
			{Comparison: diff.Comparison{Key: gone.Key, Verdict: diff.DeletedHere, Base: &gone, Remote: remote(gone, model.StageDeployed)}, Deed: pull.Kept},
			{Comparison: diff.Comparison{Key: created.Key, Verdict: diff.MadeThere, Remote: remote(created, model.StageSaved)}, Deed: pull.Created},
			{Comparison: diff.Comparison{Key: order.Key, Verdict: diff.ChangedThere, Tree: &order.Want, Remote: order.Against, Fields: order.Fields}, Deed: pull.Updated},
			{Comparison: p.Skipped[1].Comparison, Deed: pull.Refused},
		},
		Same:       38,
		Drafts:     []model.Key{created.Key},
		Unmapped:   []mapping.Unmapped{{Key: order.Key, Field: model.FieldResourceGroup, Value: "group_1", Why: "the map turns it into \"group_2\", and nothing into it"}},
		NotCarried: []model.Key{table, table},
	}
}

func sampleProblems() []model.Problem {
	return []model.Problem{
		{File: "业务流程/a/b.node.yaml", Line: 12, Column: 3, Severity: model.SeverityError, Message: `unknown key "fileDescripton"`, Next: `did you mean "fileDescription"?`},
		{File: "业务流程/a/b.node.yaml", Line: 2, Severity: model.SeverityWarning, Message: "nobody makes dw.x"},
		{File: "dwsync.yaml", Severity: model.SeverityError, Message: "version is missing"},
		{Severity: model.SeverityError, Message: "these files depend on each other in a cycle: a -> b -> a"},
	}
}

// movesPlan renames an output that two jobs depend on, swaps those of two others, one of them with a name that must not be obeyed, and renames a file.
func movesPlan(t testing.TB) diff.Plan {
	t.Helper()
	in := diff.Input{Tree: map[model.Key]model.Object{}, Remote: map[model.Key]model.Remote{}, Bases: map[model.Key]diff.Base{}}
	job := func(name, old, new, oldInput, newInput string) {
		there, tree := node(dwdFolder, name, sqlType, "SELECT 1\n"), node(dwdFolder, name, sqlType, "SELECT 1\n")
		there.Set(model.FieldOutputList, items(old))
		there.Set(model.FieldInputList, items(oldInput))
		tree.Set(model.FieldOutputList, items(new))
		tree.Set(model.FieldInputList, items(newInput))
		in.Tree[tree.Key], in.Remote[tree.Key], in.Bases[tree.Key] = tree, *remote(there, model.StageDeployed), diff.Base{Object: &there}
	}
	job("dwd_order_di", "dw_project.order", "dw_project.dwd_order_di", "dw_project_root", "dw_project_root")
	job("dws_gmv_1d", "dw_project.gmv", "dw_project.gmv", "dw_project.order", "dw_project.dwd_order_di")
	job("dws_user_1d", "dw_project.user", "dw_project.user", "dw_project.order", "dw_project.dwd_order_di")
	job("left", "dw_project.l", "dw_project.r`|\u202e::error::", "dw_project_root", "dw_project_root")
	job("right", "dw_project.r`|\u202e::error::", "dw_project.l", "dw_project_root", "dw_project_root")
	pay, payment := node(dwdFolder, "dwd_pay_di", sqlType, "SELECT 2\n"), node(dwdFolder, "dwd_payment_di", sqlType, "SELECT 2\n")
	in.Tree[payment.Key], in.Remote[payment.Key], in.Bases[payment.Key] = payment, *remote(pay, model.StageDeployed), diff.Base{Object: &pay}
	plan, err := diff.NewPlan(diff.Compare(in), diff.Options{Target: "dev", Project: model.Project{ID: "10000", Identifier: "dw_project"}, Release: model.StageDeployed})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// movesResult is a push of it in which one of the jobs fails, so that the output stays.
func movesResult(p diff.Plan) push.Result {
	var r push.Result
	for _, a := range p.Actions {
		item := push.Item{Action: a, Status: push.Done, Reached: a.To}
		switch {
		case a.Key.Name == "dws_gmv_1d":
			item.Status, item.Reached = push.Waiting, model.StageSubmitted
			item.Err = fmt.Errorf("deploy %s: %w", a.Key, &deploy.WaitingError{Deployment: model.Deployment{ID: "7002"}})
		case a.Part == diff.PartLeave:
			item.Status, item.Reached, item.Because = push.NotAttempted, model.StageNone, a.Needs[1]
		case a.Key.Name == "right" && a.Part == diff.PartMain:
			item.Status, item.Reached, item.Because = push.NotAttempted, model.StageNone, diff.ActionID{Key: a.Key, Part: diff.PartGiveUp}
		}
		r.Items = append(r.Items, item)
	}
	return r
}
