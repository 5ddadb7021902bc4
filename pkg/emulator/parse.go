package emulator

import (
	"regexp"
	"slices"
	"strings"
)

// sqlTypes are the file types whose code is parsed for tables.
var sqlTypes = []int64{10, 11, 24}

var (
	sqlNoise  = regexp.MustCompile(`(?s)--[^\n]*|/\*.*?\*/|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"`)
	sqlWrites = regexp.MustCompile(`(?i)\binsert\s+(?:overwrite|into)\s+(?:table\s+)?([a-z_][\w.]*)`)
	sqlReads  = regexp.MustCompile(`(?i)\b(?:from|join)\s+([a-z_][\w.]*)`)
	// sqlExclude is the comment by which an author takes a table out of what is
	// parsed: --@exclude_input=t1,t2 and --@exclude_output (vendor documentation
	// of code parsing).
	sqlExclude = regexp.MustCompile(`(?im)^[ \t]*--@exclude_(input|output)[ \t]*=[ \t]*([\w.,\t ]+)`)
	sqlNames   = regexp.MustCompile(`(?i)(?:\bwith|,)\s*([a-z_]\w*)\s+as\s*\(`)
)

// parseCode does what SubmitFile may do (switch submit-parses): it takes inputs
// and outputs out of the code, saves them with the file, and answers it. The
// value replaces drops the manual inputs that the code does not name.
func (c *call) parseCode(f *file) *file {
	if c.is(swSubmitParses, "no") || !f.AutoParsing || !slices.Contains(sqlTypes, f.Type) || !c.scheduled(f) {
		return f
	}
	reads, writes := tablesOf(f.Content)
	next := *f
	s := &next.Schedule
	s.Outputs = slices.DeleteFunc(slices.Clone(s.Outputs), func(l link) bool { return l.ParseType == parseAuto && l.Name != f.AutoOutput })
	s.Inputs = slices.DeleteFunc(slices.Clone(s.Inputs), func(l link) bool { return l.ParseType == parseAuto })
	for _, t := range writes {
		name := c.qualified(t)
		if !slices.Contains(outputsOf(s.Outputs), name) && c.outputOwner(name, f) == 0 {
			s.Outputs = append(s.Outputs, link{Name: name, ParseType: parseAuto, Table: t})
		}
	}
	var parsed []string
	for _, t := range reads {
		if name := c.qualified(t); !slices.Contains(outputsOf(s.Outputs), name) {
			parsed = append(parsed, name)
		}
	}
	if c.is(swSubmitParses, "replaces") && len(parsed) > 0 {
		s.Inputs = slices.DeleteFunc(s.Inputs, func(l link) bool { return !slices.Contains(parsed, l.Name) })
	}
	for _, name := range parsed {
		if !slices.Contains(outputsOf(s.Inputs), name) {
			s.Inputs = append(s.Inputs, link{Name: name, ParseType: parseAuto})
		}
	}
	if sameNames(s.Inputs, f.Schedule.Inputs) && sameNames(s.Outputs, f.Schedule.Outputs) {
		return f
	}
	c.tx.put(&next)
	return &next
}

// qualified puts the engine's project before a table that has none.
func (c *call) qualified(table string) string {
	if strings.Contains(table, ".") {
		return table
	}
	return c.project.Name + "." + table
}

// tablesOf are the tables that SQL reads and writes, each once, in its order.
func tablesOf(code string) (reads, writes []string) {
	excluded := map[string][]string{}
	for _, m := range sqlExclude.FindAllStringSubmatch(code, -1) {
		for t := range strings.SplitSeq(m[2], ",") {
			which := strings.ToLower(m[1])
			excluded[which] = append(excluded[which], strings.ToLower(strings.TrimSpace(t)))
		}
	}
	code = sqlNoise.ReplaceAllString(code, " ")
	local := map[string]bool{}
	for _, m := range sqlNames.FindAllStringSubmatch(code, -1) {
		local[strings.ToLower(m[1])] = true
	}
	collect := func(pattern *regexp.Regexp, excluded []string) []string {
		var names []string
		seen := map[string]bool{}
		for _, m := range pattern.FindAllStringSubmatch(code, -1) {
			name := strings.ToLower(m[1])
			if !local[name] && !seen[name] && !slices.Contains(excluded, name) {
				seen[name] = true
				names = append(names, name)
			}
		}
		return names
	}
	return collect(sqlReads, excluded["input"]), collect(sqlWrites, excluded["output"])
}
