package report

import (
	"encoding/json"

	"github.com/dwsync/dwsync/pkg/base"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/project"
)

// LogSchema is the name and version of the JSON of a log, under the rules of [Schema]:
//
//	schema, file (a reference), there (the place that the workspace has for it, if that is another one), lastEditUser, lastEditTime, stage
//	entries   newest first: {version, status, inProduction, user, time, comment, push, commits}; the entry without a version holds the commits that no
//	          version carries
//	push      what the version's comment says, if dwsync made it: {commit, subject, uncommitted: true if the file differed from the commit}
//	commits   those that changed the file and came with the version: [{commit, subject, author, time, path}], path if it had another one then
const LogSchema = "dwsync.log/1"

type jsonLog struct {
	Schema       string         `json:"schema"`
	File         jsonReference  `json:"file"`
	There        string         `json:"there,omitempty"`
	Stage        string         `json:"stage"`
	LastEditUser string         `json:"lastEditUser,omitempty"`
	LastEditTime string         `json:"lastEditTime,omitempty"`
	Entries      []jsonLogEntry `json:"entries"`
}

type jsonLogEntry struct {
	Version      int          `json:"version,omitempty"`
	Status       string       `json:"status,omitempty"`
	InProduction bool         `json:"inProduction,omitempty"`
	User         string       `json:"user,omitempty"`
	Time         string       `json:"time,omitempty"`
	Comment      string       `json:"comment,omitempty"`
	Push         *jsonLogPush `json:"push,omitempty"`
	Commits      []jsonCommit `json:"commits,omitempty"`
}

type jsonLogPush struct {
	Commit      string `json:"commit,omitempty"`
	Subject     string `json:"subject,omitempty"`
	Uncommitted bool   `json:"uncommitted,omitempty"`
}

type jsonCommit struct {
	Commit  string `json:"commit"`
	Subject string `json:"subject,omitempty"`
	Author  string `json:"author,omitempty"`
	Time    string `json:"time"`
	Path    string `json:"path,omitempty"`
}

func logJSON(l project.FileLog) ([]byte, error) {
	j := jsonLog{
		Schema: LogSchema, File: newJSONReference(l.Key), Stage: l.Remote.Stage.String(), LastEditUser: l.Remote.LastEditUser, LastEditTime: formatTime(l.Remote.LastEditTime),
		Entries: make([]jsonLogEntry, 0, len(l.Entries)),
	}
	if there := l.Remote.Object.Key; !there.SamePlace(l.Key) {
		j.There = there.String()
	}
	for _, e := range l.Entries {
		j.Entries = append(j.Entries, newJSONLogEntry(e))
	}
	return escapeJSON(json.MarshalIndent(j, "", "  "))
}

func newJSONLogEntry(e base.LogEntry) jsonLogEntry {
	var j jsonLogEntry
	if v := e.Version; v != nil {
		j = jsonLogEntry{Version: v.Number, Status: string(v.Status), InProduction: v.IsCurrentProd, User: v.CommitUser, Time: formatTime(v.CommitTime), Comment: v.Comment}
	}
	if e.Mark != nil {
		j.Push = &jsonLogPush{Commit: e.Mark.Commit, Uncommitted: e.Mark.Dirty}
		if e.Carried != nil {
			j.Push.Subject = e.Carried.Subject
		}
	}
	for _, c := range e.Commits {
		commit := jsonCommit{Commit: c.Hash, Subject: c.Subject, Author: c.Author, Time: formatTime(c.Time)}
		if c.Key != (model.Key{}) {
			commit.Path = c.Key.String()
		}
		j.Commits = append(j.Commits, commit)
	}
	return j
}
