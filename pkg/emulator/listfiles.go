package emulator

import (
	"cmp"
	"slices"
	"strings"
)

// maxFileIDs is the most ids in FileIdIn.
const maxFileIDs = 50

// listFiles filters the files of a workspace. It lists no deleted ones.
func listFiles(c *call) (fields, *Error) {
	keep, failure := c.fileFilter()
	if failure != nil {
		return nil, failure
	}
	all := c.state.projectFiles[c.project.ID]
	matches := make([]*file, 0, len(all))
	for _, f := range all {
		if keep(f) {
			matches = append(matches, f)
		}
	}
	if c.is(swListOrder, "edited") {
		slices.SortFunc(matches, func(a, b *file) int { return cmp.Or(cmp.Compare(b.EditTime, a.EditTime), cmp.Compare(b.ID, a.ID)) })
	}
	from, to, data, failure := c.page(len(matches))
	if failure != nil {
		return nil, failure
	}
	rows := list{}
	for _, f := range matches[from:to] {
		row := c.fileFields(f)
		content := ""
		if c.flag("NeedContent") || c.is(swListContent, "always") {
			content = f.Content
		}
		row = append(row, field{"Content", text(content)})
		if c.flag("NeedAbsoluteFolderPath") {
			row = append(row, field{"AbsoluteFolderPath", text(c.factsOf(f.FolderID).path)})
		}
		rows = append(rows, row)
	}
	return succeeded(field{"Data", append(data, field{"Files", rows})})
}

// fileFilter makes the filter of a call's parameters.
func (c *call) fileFilter() (func(*file) bool, *Error) {
	var tests []func(*file) bool
	if raw := c.text("FileFolderPath"); raw != "" {
		p, failure := c.parsePath(raw)
		if failure != nil {
			return nil, failure
		}
		at, depth := c.state.find(c.project.ID, p)
		if depth < len(p.names) {
			return nil, ruleFolder.refuse(raw)
		}
		in := map[string]bool{at.ID: true}
		if c.is(swFolderFilter, "recursive") {
			for _, f := range c.below(at) {
				in[f.ID] = true
			}
		}
		tests = append(tests, func(f *file) bool { return in[f.FolderID] })
	}
	if word := strings.ToLower(c.text("Keyword")); word != "" {
		tests = append(tests, func(f *file) bool { return strings.Contains(strings.ToLower(f.Name), word) })
	}
	if name := c.text("ExactFileName"); name != "" {
		tests = append(tests, func(f *file) bool { return f.Name == name })
	}
	if owner := c.text("Owner"); owner != "" {
		tests = append(tests, func(f *file) bool { return f.Owner == owner })
	}
	if user := c.text("LastEditUser"); user != "" {
		tests = append(tests, func(f *file) bool { return f.EditUser == user })
	}
	if c.text("NodeId") != "" {
		id := c.number("NodeId")
		tests = append(tests, func(f *file) bool { return f.NodeID == id })
	}
	if c.text("CommitStatus") != "" {
		committed := c.number("CommitStatus") == 1
		tests = append(tests, func(f *file) bool { return f.Committed == committed })
	}
	if use := c.text("UseType"); use != "" {
		lastFolder, last := "", folderFacts{}
		tests = append(tests, func(f *file) bool {
			if f.FolderID != lastFolder {
				lastFolder, last = f.FolderID, c.factsOf(f.FolderID)
			}
			return c.useTypeIn(f, last.useType) == use
		})
	}
	for _, set := range []struct {
		name string
		most int
		of   func(*file) int64
	}{{"FileTypes", 1 << 20, func(f *file) int64 { return f.Type }}, {"FileIdIn", maxFileIDs, func(f *file) int64 { return f.ID }}} {
		names := splitNames(c.text(set.name))
		if len(names) == 0 {
			continue
		}
		wanted := map[int64]bool{}
		for _, name := range names {
			id := parseID(name)
			if id == 0 {
				return nil, ruleInvalid.gateway(set.name)
			}
			wanted[id] = true
		}
		if len(wanted) > set.most {
			return nil, ruleInvalid.gateway(set.name)
		}
		tests = append(tests, func(f *file) bool { return wanted[set.of(f)] })
	}
	return func(f *file) bool {
		for _, test := range tests {
			if !test(f) {
				return false
			}
		}
		return true
	}, nil
}
