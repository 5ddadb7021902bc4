package report

import (
	"encoding/json"
	"time"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/push"
)

// EventSchema is the name and version of the events that a push or a deploy writes on stderr with --format json, one JSON object in a line each, while it
// works; the report follows on stdout. Lines that do not begin with "{" are notes for people. Within a version keys are only added.
//
//	schema   "dwsync.event/1"
//	time     when it happened (RFC 3339 with milliseconds, UTC)
//	event    "began" and "ended": a step of an action; "found": unfinished work of an earlier run was recognised
//	kind, path, type   the object, as in a report
//	op       "create" | "update" | "delete" | "release", absent where a deployment was found on its way
//	stage    the stage to which the step leads: "saved" | "submitted" | "deployed", or "absent" of a deletion; absent of "found"
//	status   of "ended": "done" | "failed" | "waiting" | "refused" | "not attempted"
//	error    of "ended", unless it is done: {message, action, code, requestId, deployment, next}
//	found    of "found": what, in words
const EventSchema = "dwsync.event/1"

type jsonEvent struct {
	Schema string `json:"schema"`
	Time   string `json:"time"`
	Event  string `json:"event"`
	jsonReference
	Op     diff.Op      `json:"op,omitempty"`
	Stage  string       `json:"stage,omitempty"`
	Status push.Status  `json:"status,omitempty"`
	Error  *jsonFailure `json:"error,omitempty"`
	Found  string       `json:"found,omitempty"`
}

// EventJSON tells an event of a push as one line of JSON, with its line feed; see [EventSchema]. Of a release the save, which saves nothing, is left out: it
// gives nil.
func EventJSON(e push.Event, at time.Time) ([]byte, error) {
	if e.Found == "" && savesNothing(e) {
		return nil, nil
	}
	j := jsonEvent{
		Schema: EventSchema, Time: at.UTC().Format("2006-01-02T15:04:05.000Z07:00"), Event: "ended", jsonReference: newJSONReference(e.Key),
		Op: e.Op, Stage: e.Stage.String(), Status: e.Status, Found: e.Found,
	}
	if e.Op == diff.OpDelete {
		j.Stage = model.StageNone.String()
	}
	switch {
	case e.Found != "":
		j.Event, j.Stage = "found", ""
	case e.Began:
		j.Event, j.Status = "began", ""
	case e.Err != nil:
		j.Error = newJSONFailure(viewFailure(e.Err))
	}
	return escapeJSON(json.Marshal(j))
}

// savesNothing tells whether an event is of the first step of a release, which has nothing to save.
func savesNothing(e push.Event) bool {
	return e.Op == diff.OpRelease && e.Stage == model.StageSaved && e.Err == nil
}
