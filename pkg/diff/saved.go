package diff

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Origin says what a plan was made of.
type Origin struct {
	// Tool is the version of dwsync that made it, Commit the commit that the working tree stood on ("" outside of a repository).
	Tool   string `json:"tool,omitempty"`
	Commit string `json:"commit,omitempty"`
	// Inputs are the SHA-256 hashes, in hex, of every local file that the plan was made of, by slash path below the project's directory.
	Inputs map[string]string `json:"inputs,omitempty"`
}

// A saved plan is JSON: its schema, then the plan. It is written and read by dwsync; `dwsync show --format json` gives programs the same in a form that is
// documented and stable. It holds what the plan shows, contents among it, and nothing that opens a workspace.

// savedSchema names the form of saved plans, savedVersion is the version that this dwsync writes and reads.
const (
	savedSchema  = "dwsync.plan/"
	savedVersion = 1
)

type savedPlan struct {
	Schema string `json:"schema"`
	Plan
}

// PlanFileError reports a file that is no plan, or none that dwsync wrote like this.
type PlanFileError struct {
	File string
	Err  error
}

func (e *PlanFileError) Error() string {
	return fmt.Sprintf("%s: %s; write it again with dwsync diff --save", e.File, e.Err)
}

// Unwrap gives what is wrong with the file.
func (e *PlanFileError) Unwrap() error { return e.Err }

// NewerPlanError reports a plan whose form a later dwsync made.
type NewerPlanError struct {
	File string
	// Version is that of the form, Tool that of the dwsync which wrote it, as the file says.
	Version int
	Tool    string
}

func (e *NewerPlanError) Error() string {
	return fmt.Sprintf("%s: this plan was made by a newer dwsync (%s): its form has version %d, this dwsync reads version %d; use that dwsync, or write the plan again with this one",
		e.File, e.Tool, e.Version, savedVersion)
}

var (
	errNoPlan     = errors.New("this is no plan of dwsync")
	errNotAsSaved = errors.New("this plan is not as dwsync wrote it: it was edited or damaged")
)

// Save gives the bytes of a saved plan. Read gives the same plan back, or Save fails.
func (p Plan) Save() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", " ")
	if err := e.Encode(savedPlan{Schema: savedSchema + strconv.Itoa(savedVersion), Plan: p}); err != nil {
		return nil, fmt.Errorf("write the plan: %w", err)
	}
	read, err := ReadPlan("the plan", b.Bytes())
	if err != nil {
		return nil, err
	}
	for i, a := range p.Actions {
		if read.Actions[i].Want.Hash() != a.Want.Hash() || a.Against != nil && read.Actions[i].Against.Object.Hash() != a.Against.Object.Hash() {
			return nil, fmt.Errorf("write the plan: %s has text that is not UTF-8, which a plan cannot hold; push it without a saved plan", a.Key)
		}
	}
	return b.Bytes(), nil
}

// ReadPlan reads what Save wrote, and nothing else: a plan that says one thing and does another is no plan. file is what messages call it.
// Errors: *PlanFileError, *NewerPlanError.
func ReadPlan(file string, data []byte) (Plan, error) {
	refuse := func(err error) (Plan, error) { return Plan{}, &PlanFileError{File: file, Err: err} }
	var head struct {
		Schema string `json:"schema"`
		Origin struct {
			Tool string `json:"tool"`
		} `json:"origin"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return refuse(fmt.Errorf("%w: %w", errNoPlan, err))
	}
	digits, found := strings.CutPrefix(head.Schema, savedSchema)
	version, err := strconv.Atoi(digits)
	switch {
	case !found || err != nil || version < 1:
		return refuse(errNoPlan)
	case version > savedVersion:
		return Plan{}, &NewerPlanError{File: file, Version: version, Tool: head.Origin.Tool}
	}
	var saved savedPlan
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&saved); err != nil {
		return refuse(fmt.Errorf("%w: %w", errNotAsSaved, err))
	}
	// Keys that are there twice, fields that a kind does not have, values that are not in normal form, and what stands behind the plan all show here.
	var again bytes.Buffer
	e := json.NewEncoder(&again)
	e.SetIndent("", " ")
	if err := e.Encode(saved); err != nil || !bytes.Equal(again.Bytes(), data) {
		return refuse(errNotAsSaved)
	}
	if err := saved.check(); err != nil {
		return refuse(fmt.Errorf("%w: %w", errNotAsSaved, err))
	}
	return saved.Plan, nil
}
