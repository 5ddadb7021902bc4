package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Requirement is the value of `requires`: comparisons that must all hold (">=0.1", ">=0.3, <2").
type Requirement struct {
	text        string
	comparisons []comparison
}

type comparison struct {
	operator string
	version  [3]int
}

// operators stand longest first, so that ">=" is not read as ">".
var operators = []string{">=", "<=", ">", "<", "="}

// String is the requirement as it was written.
func (r Requirement) String() string { return r.text }

// ParseRequirement reads a requirement.
func ParseRequirement(text string) (Requirement, error) {
	r := Requirement{text: text}
	for _, part := range strings.Split(text, ",") {
		part = strings.TrimSpace(part)
		c := comparison{operator: "="}
		for _, operator := range operators {
			if rest, found := strings.CutPrefix(part, operator); found {
				c.operator, part = operator, strings.TrimSpace(rest)
				break
			}
		}
		version, ok := parseVersion(part)
		if !ok {
			return Requirement{}, fmt.Errorf("%q is no version requirement; write it like \">=0.1\" or \">=0.3, <2\"", text)
		}
		c.version = version
		r.comparisons = append(r.comparisons, c)
	}
	return r, nil
}

// Allows tells whether a version of dwsync ("v0.3.1", "0.3.1") may use the file. A build without a release version is always allowed.
func (r Requirement) Allows(version string) bool {
	v, ok := parseVersion(strings.TrimPrefix(version, "v"))
	if !ok {
		return true
	}
	for _, c := range r.comparisons {
		order := slices.Compare(v[:], c.version[:])
		holds := map[string]bool{">=": order >= 0, "<=": order <= 0, ">": order > 0, "<": order < 0, "=": order == 0}[c.operator]
		if !holds {
			return false
		}
	}
	return true
}

// parseVersion reads up to three numbers; what follows the first - or + (a pre-release, a build) does not count.
func parseVersion(text string) (version [3]int, ok bool) {
	if i := strings.IndexAny(text, "-+"); i >= 0 {
		text = text[:i]
	}
	parts := strings.Split(text, ".")
	if len(parts) > len(version) {
		return version, false
	}
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 || strings.HasPrefix(part, "+") {
			return version, false
		}
		version[i] = n
	}
	return version, true
}
