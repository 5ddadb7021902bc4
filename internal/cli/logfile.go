package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/dwsync/dwsync/pkg/base"
	"github.com/dwsync/dwsync/pkg/dataworks"
)

func logFileFlag() cli.Flag {
	return &cli.StringFlag{Name: "log-file", Usage: "append each API call to `FILE` as a line of JSON: action, parameters, status, RequestId, ms; never keys, nor the content of files"}
}

// callsSchema is the name and version of the file of --log-file: lines of JSON. Each run begins with a line {schema, time, tool, command}; each attempt of a
// call is a line {time, action, object, attempt, parameters, status, code, requestId, ms, error}, of which what is empty is left out. Of a file's content
// and of whatever is long the number of bytes stands for the parameter.
const callsSchema = "dwsync.calls/1"

type logHead struct {
	Schema  string `json:"schema"`
	Time    string `json:"time"`
	Tool    string `json:"tool"`
	Command string `json:"command"`
}

type logLine struct {
	Time       string            `json:"time"`
	Action     string            `json:"action"`
	Object     string            `json:"object,omitempty"`
	Attempt    int               `json:"attempt"`
	Parameters map[string]string `json:"parameters"`
	Status     int               `json:"status,omitempty"`
	Code       string            `json:"code,omitempty"`
	RequestID  string            `json:"requestId,omitempty"`
	MS         int64             `json:"ms"`
	Error      string            `json:"error,omitempty"`
}

// logFile is the open file of --log-file; nil is none.
type logFile struct {
	mu   sync.Mutex
	file *os.File
	// err is the first write that failed.
	err error
}

// openLogFile opens the file of --log-file, nil if there is none. Only the user may read it, and it never becomes part of what git keeps.
// Errors: *UsageError, or of the file system.
func openLogFile(c *cli.Context, env Environment) (*logFile, error) {
	d, err := findDestination(c, env, "log-file")
	if err != nil || d == nil {
		return nil, err
	}
	if err := checkNotKept(d); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(d.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("--log-file: %w", err)
	}
	if !d.isStream {
		if err := file.Chmod(0o600); err != nil {
			return nil, errors.Join(fmt.Errorf("--log-file: %w", err), file.Close())
		}
	}
	l := &logFile{file: file}
	l.write(logHead{Schema: callsSchema, Time: logTime(time.Now()), Tool: version(), Command: c.Command.Name})
	return l, nil
}

// checkNotKept refuses a file that a commit could take along.
func checkNotKept(d *destination) (err error) {
	if d.isStream {
		return nil
	}
	git, err := base.OpenGit(filepath.Dir(d.path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, git.Close()) }()
	ignored, err := git.Ignores(filepath.Base(d.path))
	if err == nil && !ignored {
		err = &UsageError{Message: fmt.Sprintf("--log-file %s: git would take this file along, and what it holds is for nobody else; name it in .gitignore, or name a file elsewhere", d.path)}
	}
	return err
}

func logTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// call writes the line of a call.
func (l *logFile) call(c dataworks.Call) {
	line := logLine{
		Time: logTime(c.Start), Action: c.Action, Object: c.Object, Attempt: c.Attempt, Parameters: c.Parameters,
		Status: c.Status, Code: c.Code, RequestID: c.RequestID, MS: c.Duration.Milliseconds(),
	}
	if c.Err != nil {
		line.Error = c.Err.Error()
	}
	l.write(line)
}

func (l *logFile) write(line any) {
	encoded, err := json.Marshal(line)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		_, err = l.file.Write(append(encoded, '\n'))
	}
	if l.err == nil && err != nil {
		l.err = fmt.Errorf("--log-file: %w", err)
	}
}

// close ends the log and gives what went wrong with it.
func (l *logFile) close() error {
	if l == nil {
		return nil
	}
	return errors.Join(l.err, l.file.Close())
}
