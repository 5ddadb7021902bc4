package report

import (
	"encoding/json"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/pull"
	"github.com/dwsync/dwsync/pkg/push"
)

// Schema is the name and version of the JSON that this package writes. Within a version keys are only added: a reader must not mind keys that it does
// not know. Keys without a value are left out, except for counts, "schema", "report", and lists that a report is about.
//
// Every report is one object:
//
//	schema    "dwsync.report/1"
//	report    "plan", "push", "deploy", "pull" or "problems": which of the lists below it has ("deploy" has those of "push")
//	target    the target's name in dwsync.yaml                                                        plan, push
//	project   {id, identifier, mode: "standard" | "simple"}                                            plan, push
//	summary   counts, see below
//	cost      about what it takes: {calls, buckets, seconds}; calls [{action (of the API), calls}],      plan
//	          buckets of the target's limits [{bucket, calls, seconds (at the limit), dayShare (part of the day's quota, 1 is all)}],
//	          seconds the least time
//	actions   what a push does, sorted by path: objects with                                           plan
//	          op ("create" | "update" | "delete" | "release"), order (its place in the plan, from 1), from, to (stages), needs (references),
//	          part (of a file with several actions: "give up" goes first and takes outputs away that other files take over, "leave" goes last and
//	          takes old outputs away; absent of the main one), takes (outputs that it takes over from other files: references with output),
//	          cost (buckets)
//	jobs      the part of the job graph that the plan reaches, sorted by path: references with         plan
//	          needs (references, all in this list), outside (inputs that nobody makes)
//	skipped   what a push leaves alone: objects with refused (true: somebody has to decide)            plan, push
//	items     how each action ended: references with                                                   push
//	          op (also "verify"), part, status ("done" | "failed" | "waiting" | "refused" | "not attempted"), to (the stage wanted), reached (a stage),
//	          because (why it was not attempted), error {message, action, code, requestId, deployment, next}
//	items     what a pull does with each object that differs: objects with                             pull
//	          deed ("created" | "updated" | "deleted" | "kept" | "draft" | "refused"), notSubmitted (true: nobody submitted the form that was taken)
//	notCarried  counts of what files do not hold: [{type, count}]                                      pull
//	unmapped  values that no map rule gives: references with field, value, why                          pull
//	problems  [{file, line, column, severity: "error" | "warning", message, next}], lines and columns from 1    problems
//
// A reference is {kind, path, type}: kind is "business", "folder", "node", "resource", "function" or "table"; type is the file type's name, absent for
// businesses and folders. Path and type together name an object; a reference in needs of an action has part too. An object is a reference with
//
//	verdict       the row of the three-way table: "same", "changed here", "changed there", "cut short", "conflict", "made here", "made there",
//	              "deleted here", "deleted there", "unrelated"; and "half deleted" of a file that is deleted in DataStudio and still runs in production,
//	              "changed in production" of one whose node was changed in the operation centre only
//	notes         sentences about it
//	trailer       of a conflict, the line for the message of a commit that merges it by hand: by it every clone knows that the commit answers what the
//	              workspace has
//	reason        where the base comes from
//	renamed       the paths of an object that tree and workspace have in different places: {tree, workspace, base}; base tells who renamed, if it is known
//	lastEditUser, lastEditTime   the workspace's (RFC 3339, UTC)
//	downstream    how many jobs need it, directly or through others, counted up to 1000; of actions and of what is refused
//	lines         the lines of the content of an object that only one side has
//	fields        those that differ, or all that an object has which only one side has (its content only in full reports, --full), content last:
//	              {field, tree, workspace, base, diff}; tree, workspace and base are strings (also of numbers and booleans) or, of sets, lists of
//	              objects by part; the side that lacks the object shows the defaults. Values of texts of several lines, content among
//	              them, are there only in full reports
//	diff          how a text of several lines differs: {old, new: "tree" | "workspace", added, removed, indented, hunks};
//	              indented: the texts are JSON of one line, and are shown in lines
//	hunks         [{oldStart, oldLines, newStart, newLines, lines}]; each line begins with " ", "-" or "+"; `\ No newline at end of file` stands
//	              behind a line that ends its text without a line feed
//
// Stages are "absent", "saved", "submitted", "deployed". Summary of a plan: create, update, delete, release, unchanged, changedThere, deletedHere,
// halfDeleted, refused; and, if not 0, notPushed (what a deploy does not save), changedInProduction,
// postponed (left out for want of the day's quota). Of a push or deploy: done, failed, waiting, refused,
// notAttempted, unchanged; and, if not 0, verified (the nodes whose code in production is the tree's). Of a pull: created, updated, deleted, kept, drafts,
// refused, unchanged. Of problems: errors, warnings.
//
// Characters that are not printable, bidirectional and invisible ones among them, are written as \u escapes. Bytes that are not UTF-8 become U+FFFD.
const Schema = "dwsync.report/1"

type jsonHead struct {
	Schema  string       `json:"schema"`
	Report  string       `json:"report"`
	Target  string       `json:"target,omitempty"`
	Project *jsonProject `json:"project,omitempty"`
}

type jsonProject struct {
	ID         string `json:"id"`
	Identifier string `json:"identifier"`
	Mode       string `json:"mode"`
}

type jsonPlan struct {
	jsonHead
	Summary jsonPlanCounts `json:"summary"`
	Cost    *jsonCost      `json:"cost,omitempty"`
	Actions []jsonObject   `json:"actions"`
	Skipped []jsonObject   `json:"skipped"`
	Jobs    []jsonJob      `json:"jobs,omitempty"`
	// NotCarried is in a pull's report too.
	NotCarried []jsonTypeCount `json:"notCarried,omitempty"`
}

type jsonJob struct {
	jsonReference
	Needs   []jsonReference `json:"needs,omitempty"`
	Outside []string        `json:"outside,omitempty"`
}

type jsonPlanCounts struct {
	Create              int `json:"create"`
	Update              int `json:"update"`
	Delete              int `json:"delete"`
	Release             int `json:"release"`
	Unchanged           int `json:"unchanged"`
	ChangedThere        int `json:"changedThere"`
	DeletedHere         int `json:"deletedHere"`
	HalfDeleted         int `json:"halfDeleted"`
	Refused             int `json:"refused"`
	NotPushed           int `json:"notPushed,omitempty"`
	ChangedInProduction int `json:"changedInProduction,omitempty"`
	Postponed           int `json:"postponed,omitempty"`
}

type jsonPush struct {
	jsonHead
	Summary jsonPushCounts `json:"summary"`
	Items   []jsonItem     `json:"items"`
	Skipped []jsonObject   `json:"skipped"`
}

type jsonPushCounts struct {
	Done         int `json:"done"`
	Failed       int `json:"failed"`
	Waiting      int `json:"waiting"`
	Refused      int `json:"refused"`
	NotAttempted int `json:"notAttempted"`
	Unchanged    int `json:"unchanged"`
	Verified     int `json:"verified,omitempty"`
}

type jsonItem struct {
	jsonReference
	Op      diff.Op      `json:"op"`
	Part    diff.Part    `json:"part,omitempty"`
	Status  push.Status  `json:"status"`
	To      string       `json:"to,omitempty"`
	Reached string       `json:"reached,omitempty"`
	Because string       `json:"because,omitempty"`
	Error   *jsonFailure `json:"error,omitempty"`
}

type jsonFailure struct {
	Message    string `json:"message"`
	Action     string `json:"action,omitempty"`
	Code       string `json:"code,omitempty"`
	RequestID  string `json:"requestId,omitempty"`
	Deployment string `json:"deployment,omitempty"`
	Next       string `json:"next,omitempty"`
}

type jsonPull struct {
	jsonHead
	Summary    jsonPullCounts  `json:"summary"`
	Items      []jsonObject    `json:"items"`
	NotCarried []jsonTypeCount `json:"notCarried,omitempty"`
	Unmapped   []jsonUnmapped  `json:"unmapped,omitempty"`
}

type jsonPullCounts struct {
	Created   int `json:"created"`
	Updated   int `json:"updated"`
	Deleted   int `json:"deleted"`
	Kept      int `json:"kept"`
	Drafts    int `json:"drafts"`
	Refused   int `json:"refused"`
	Unchanged int `json:"unchanged"`
}

type jsonTypeCount struct {
	Type  string `json:"type"`
	Count int    `json:"count"`
	// Paths are those of the first ones.
	Paths []string `json:"paths"`
}

type jsonUnmapped struct {
	jsonReference
	Field model.Field `json:"field"`
	Value string      `json:"value"`
	Why   string      `json:"why"`
}

type jsonProblems struct {
	jsonHead
	Summary  jsonProblemCounts `json:"summary"`
	Problems []jsonProblem     `json:"problems"`
}

type jsonProblemCounts struct {
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
}

type jsonProblem struct {
	File     string         `json:"file,omitempty"`
	Line     int            `json:"line,omitempty"`
	Column   int            `json:"column,omitempty"`
	Severity model.Severity `json:"severity"`
	Message  string         `json:"message"`
	Next     string         `json:"next,omitempty"`
}

type jsonReference struct {
	Kind model.Kind `json:"kind"`
	Path string     `json:"path"`
	Type string     `json:"type,omitempty"`
}

type jsonNeed struct {
	jsonReference
	Part diff.Part `json:"part,omitempty"`
}

type jsonTakeover struct {
	jsonReference
	Output string `json:"output"`
}

type jsonObject struct {
	jsonReference
	Op           diff.Op          `json:"op,omitempty"`
	Part         diff.Part        `json:"part,omitempty"`
	Deed         pull.Deed        `json:"deed,omitempty"`
	Order        int              `json:"order,omitempty"`
	Verdict      diff.Verdict     `json:"verdict"`
	Refused      bool             `json:"refused,omitempty"`
	NotSubmitted bool             `json:"notSubmitted,omitempty"`
	Reason       string           `json:"reason,omitempty"`
	Notes        []string         `json:"notes,omitempty"`
	Trailer      string           `json:"trailer,omitempty"`
	Renamed      *jsonRename      `json:"renamed,omitempty"`
	From         string           `json:"from,omitempty"`
	To           string           `json:"to,omitempty"`
	LastEditUser string           `json:"lastEditUser,omitempty"`
	LastEditTime string           `json:"lastEditTime,omitempty"`
	Needs        []jsonNeed       `json:"needs,omitempty"`
	Takes        []jsonTakeover   `json:"takes,omitempty"`
	Cost         []jsonBucketCost `json:"cost,omitempty"`
	Downstream   int              `json:"downstream,omitempty"`
	Lines        int              `json:"lines,omitempty"`
	Fields       []jsonField      `json:"fields,omitempty"`
}

type jsonRename struct {
	Tree      string `json:"tree"`
	Workspace string `json:"workspace"`
	Base      string `json:"base,omitempty"`
}

type jsonField struct {
	Field     model.Field `json:"field"`
	Tree      *jsonValue  `json:"tree,omitempty"`
	Workspace *jsonValue  `json:"workspace,omitempty"`
	Base      *jsonValue  `json:"base,omitempty"`
	Diff      *jsonDiff   `json:"diff,omitempty"`
}

// jsonValue is a field's value: a string, or a list of objects by part.
type jsonValue struct {
	text  string
	isSet bool
	items []map[string]string
}

// MarshalJSON writes the string or the list.
func (v jsonValue) MarshalJSON() ([]byte, error) {
	if v.isSet {
		return json.Marshal(v.items)
	}
	return json.Marshal(v.text)
}

type jsonDiff struct {
	Old      string     `json:"old"`
	New      string     `json:"new"`
	Added    int        `json:"added"`
	Removed  int        `json:"removed"`
	Indented bool       `json:"indented,omitempty"`
	Hunks    []jsonHunk `json:"hunks"`
}

type jsonHunk struct {
	OldStart int      `json:"oldStart"`
	OldLines int      `json:"oldLines"`
	NewStart int      `json:"newStart"`
	NewLines int      `json:"newLines"`
	Lines    []string `json:"lines"`
}
