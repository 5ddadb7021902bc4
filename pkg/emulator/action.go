package emulator

import (
	"slices"
	"strconv"
	"strings"
)

// Place is where the SDKs put a parameter. The emulator, like the gateway,
// reads it from the query or the form body wherever it is.
type Place string

const (
	inBody  Place = "body"
	inQuery Place = "query"
)

// Type of a parameter, as the SDKs' metadata names it.
type Type string

const (
	typeString Type = "string"
	typeInt32  Type = "int32"
	typeInt64  Type = "int64"
	typeBool   Type = "boolean"
	typeArray  Type = "array" // sent as one JSON string
)

// Param is one documented parameter of an action.
type Param struct {
	Name     string
	Type     Type
	Place    Place
	Required bool
	Enum     []string // allowed values; empty: any
	Min, Max int64    // limits of a number; both 0: none
	Since    string   // empty: the reference of 2022; else where it is newer
}

// Action is one operation of the API.
type Action struct {
	Name   string
	Level  int // of the call limits: 1, 2, 3
	Write  bool
	Scope  scope
	Params []Param
	handle func(*call) (fields, *Error)
}

// scope says how an action names its workspace.
type scope int

const (
	byTenant  scope = iota // it has none
	byProject              // ProjectId or ProjectIdentifier
	byID                   // ProjectId alone
	byNode                 // NodeId and ProjectEnv
)

// actions is the table of all actions, by name.
func actions() map[string]*Action {
	table := map[string]*Action{}
	for _, group := range [][]Action{businessActions(), folderActions(), fileActions(), udfActions(), resourceActions(), releaseActions(), versionActions(), deploymentActions(), extensionActions(), tenantActions(), tenantListActions(), nodeActions(), nodeChangeActions(), integrationActions()} {
		for _, a := range group {
			table[a.Name] = &a
		}
	}
	return table
}

// Actions lists every action, by name.
func Actions() []Action {
	table := actions()
	all := make([]Action, 0, len(table))
	for _, name := range sortedKeys(table) {
		all = append(all, *table[name])
	}
	return all
}

// Shorthands of the parameter tables.

func str(name string) Param       { return Param{Name: name, Type: typeString, Place: inBody} }
func integer(name string) Param   { return Param{Name: name, Type: typeInt32, Place: inBody} }
func long(name string) Param      { return Param{Name: name, Type: typeInt64, Place: inBody} }
func boolean(name string) Param   { return Param{Name: name, Type: typeBool, Place: inBody} }
func array(name string) Param     { return Param{Name: name, Type: typeArray, Place: inBody} }
func (p Param) required() Param   { p.Required = true; return p }
func (p Param) inTheQuery() Param { p.Place = inQuery; return p }

func (p Param) oneOf(values ...string) Param { p.Enum = values; return p }

func (p Param) between(lo, hi int64) Param { p.Min, p.Max = lo, hi; return p }

func (p Param) since(source string) Param { p.Since = source; return p }

const newer = "SDK metadata, newer than the reference"

func projectParams(more ...Param) []Param {
	return append([]Param{long("ProjectId"), str("ProjectIdentifier")}, more...)
}

// call is one checked request on its way through an action.
type call struct {
	*Server
	tx      *tx
	action  *Action
	params  map[string]string
	project *project
	caller  string // account of the caller
	now     int64  // ms
	fault   *Fault // what goes wrong with this call, if anything
	facts   map[string]folderFacts
}

// given says whether a parameter was sent; an empty one counts only where the
// switch empty-parameter says that it clears.
func (c *call) given(name string) bool {
	v, present := c.params[name]
	return present && (v != "" || c.is(swEmptyParameter, "clears"))
}

func (c *call) text(name string) string { return c.params[name] }

// number is a numeric parameter, 0 where it was not sent; validate has seen to
// it that it is one.
func (c *call) number(name string) int64 {
	n, _ := strconv.ParseInt(c.params[name], 10, 64)
	return n
}

func (c *call) flag(name string) bool { return strings.EqualFold(c.params[name], "true") }

func (c *call) is(name, v string) bool { return c.settings[name] == v }

// declared are the parameters that an action has; any other is no error, and
// has no effect.
func (a *Action) declared(params map[string]string) map[string]string {
	mine := make(map[string]string, len(params))
	for _, p := range a.Params {
		if v, given := params[p.Name]; given {
			mine[p.Name] = v
		}
	}
	return mine
}

// validate does the gateway's checks: required, type, enum, limits.
func (a *Action) validate(params map[string]string) *Error {
	for _, p := range a.Params {
		v := params[p.Name]
		if v == "" {
			if p.Required {
				return ruleMissing.gateway(p.Name)
			}
			continue
		}
		if !p.allows(v) {
			return ruleInvalid.gateway(p.Name)
		}
	}
	return nil
}

func (p Param) allows(v string) bool {
	switch p.Type {
	case typeInt32, typeInt64:
		bits := 64
		if p.Type == typeInt32 {
			bits = 32
		}
		n, err := strconv.ParseInt(v, 10, bits)
		if err != nil {
			return false
		}
		if (p.Min != 0 || p.Max != 0) && (n < p.Min || n > p.Max) {
			return false
		}
	case typeBool:
		if !strings.EqualFold(v, "true") && !strings.EqualFold(v, "false") {
			return false
		}
	}
	return len(p.Enum) == 0 || slices.Contains(p.Enum, v)
}

// page cuts one page out of n rows: its bounds, and the fields that tell it.
func (c *call) page(n int) (from, to int, head fields, err *Error) {
	size, number64 := c.number("PageSize"), c.number("PageNumber")
	if size == 0 {
		size = 10
	}
	if number64 == 0 {
		number64 = 1
	}
	if size > maxPageSize {
		if c.is(swPageSize, "refused") {
			return 0, 0, nil, ruleInvalid.gateway("PageSize")
		}
		size = maxPageSize
	}
	start := min((number64-1)*size, int64(n))
	end := min(start+size, int64(n))
	head = fields{{"PageNumber", number(number64)}, {"PageSize", number(size)}, {"TotalCount", number(n)}}
	return int(start), int(end), head, nil
}

// maxPageSize is the most rows that a page may have (reference 4.7 and others).
const maxPageSize = 100

func pageParams() []Param {
	return []Param{integer("PageNumber").between(1, 1<<31-1), integer("PageSize").between(1, 1<<31-1)}
}
