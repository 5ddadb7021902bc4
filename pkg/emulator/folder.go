package emulator

import (
	"slices"
	"strconv"
	"strings"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func folderActions() []Action {
	return []Action{
		{Name: "CreateFolder", Level: 2, Write: true, Scope: byProject, handle: createFolder,
			Params: projectParams(str("FolderPath").required())},
		{Name: "UpdateFolder", Level: 2, Write: true, Scope: byProject, handle: updateFolder,
			Params: projectParams(str("FolderId").required(), str("FolderName").required())},
		{Name: "GetFolder", Level: 1, Scope: byProject, handle: getFolder,
			Params: projectParams(str("FolderId"), str("FolderPath"))},
		{Name: "ListFolders", Level: 1, Scope: byProject, handle: listFolders,
			Params: projectParams(str("ParentFolderPath").required(), integer("PageNumber").required().between(1, 1<<31-1), integer("PageSize").required().between(1, 1<<31-1))},
		{Name: "DeleteFolder", Level: 3, Write: true, Scope: byProject, handle: deleteFolder,
			Params: projectParams(str("FolderId").required())},
	}
}

func createFolder(c *call) (fields, *Error) {
	raw := c.text("FolderPath")
	p, failure := c.parsePath(raw)
	if failure != nil {
		return nil, failure
	}
	if len(p.names) == 0 {
		return nil, rulePath.refuse(raw)
	}
	at, depth := c.state.find(c.project.ID, p)
	if p.root.business {
		switch {
		case len(p.names) == 1 && c.is(swTwoSegments, "refused"):
			return nil, rulePath.refuse(raw)
		case len(p.names) == 1 && depth == 1:
			return succeeded(field{"Data", text(at.ID)}) // the business's own folder is adopted
		case len(p.names) > 1 && depth == 0:
			return nil, ruleBusiness.refuse(p.names[0])
		case len(p.names) == 2 && depth == 2:
			return succeeded(field{"Data", text(at.ID)})
		}
	}
	if depth == len(p.names) {
		return nil, ruleFolderName.refuse(raw)
	}
	return succeeded(field{"Data", text(c.makeFolders(at, depth, p).ID)})
}

func (c *call) folder() (*folder, *Error) {
	f := c.state.folders[c.text("FolderId")]
	if f == nil || f.ProjectID != c.project.ID {
		return nil, ruleFolder.refuse(c.text("FolderId"))
	}
	return f, nil
}

func updateFolder(c *call) (fields, *Error) {
	old, failure := c.folder()
	if failure != nil {
		return nil, failure
	}
	name := strings.TrimSpace(c.text("FolderName"))
	if !nameAllowed(name) {
		return nil, ruleName.refuse(name)
	}
	if old.Level != levelUser {
		return nil, ruleFixedFolder.refuse(c.state.spell(old.ID, "zh"))
	}
	if id, there := c.state.children[old.ParentID][name]; there && id != old.ID {
		return nil, ruleFolderName.refuse(name)
	}
	f := *old
	f.Name = name
	c.tx.put(&f)
	return succeeded()
}

// shownPath is a folder's path as answers spell it.
func (c *call) shownPath(id string) string { return c.state.spell(id, c.settings[swPathLanguage]) }

func getFolder(c *call) (fields, *Error) {
	var f *folder
	switch {
	case c.text("FolderId") != "":
		f, _ = c.folder()
	case c.text("FolderPath") != "":
		p, failure := c.parsePath(c.text("FolderPath"))
		if failure != nil {
			return nil, failure
		}
		if found, depth := c.state.find(c.project.ID, p); depth == len(p.names) {
			f = found
		}
	default:
		return nil, ruleMissing.gateway("FolderId")
	}
	switch {
	case f == nil && c.is(swGoneFolder, "refused"):
		return nil, ruleFolder.refuse(c.text("FolderId") + c.text("FolderPath"))
	case f == nil:
		return succeeded(field{"Data", fields{}})
	case f.Level == levelRoot:
		// Seen for ad hoc queries: the internal name, and no id.
		return succeeded(field{"Data", fields{{"FolderPath", text(f.Name)}}})
	}
	return succeeded(field{"Data", fields{{"FolderId", text(f.ID)}, {"FolderPath", text(c.shownPath(f.ID))}}})
}

func listFolders(c *call) (fields, *Error) {
	p, failure := c.parsePath(c.text("ParentFolderPath"))
	if failure != nil {
		return nil, failure
	}
	at, depth := c.state.find(c.project.ID, p)
	if depth < len(p.names) {
		return nil, ruleFolder.refuse(p.raw)
	}
	names := sortedKeys(c.state.children[at.ID])
	from, to, data, failure := c.page(len(names))
	if failure != nil {
		return nil, failure
	}
	rows := list{}
	for _, name := range names[from:to] {
		id := c.state.children[at.ID][name]
		shown := c.shownPath(id)
		if c.is(swFolderPaths, "doubled") {
			shown = doubled(c.state.lineage(id), c.settings[swPathLanguage])
		}
		rows = append(rows, fields{{"FolderId", text(id)}, {"FolderPath", text(shown)}})
	}
	return succeeded(field{"Data", append(data, field{"Folders", rows})})
}

// doubled spells a path as one observer saw it: a doubled slash after the root,
// and no engine folder.
func doubled(up []*folder, language string) string {
	var names []string
	for _, f := range up {
		if f.Level != levelEngine {
			names = append(names, f.spelled(language))
		}
	}
	return strings.Replace(strings.Join(names, "/"), "/", "//", 1)
}

func deleteFolder(c *call) (fields, *Error) {
	f, failure := c.folder()
	if failure != nil {
		return nil, failure
	}
	if f.Level == levelRoot || c.state.folderBusiness[f.ID] != 0 {
		return nil, ruleFixedFolder.refuse(c.state.spell(f.ID, "zh"))
	}
	if failure := c.removeFolder(f, c.state.spell(f.ID, "zh")); failure != nil {
		return nil, failure
	}
	return succeeded()
}

// removeFolder removes a folder with everything below it; one that holds files
// or folders of a user only where the switch says so.
func (c *call) removeFolder(f *folder, name string) *Error {
	below := c.below(f)
	if c.is(swNonEmptyDelete, "refused") {
		for _, b := range below {
			if len(c.state.folderFiles[b.ID]) > 0 || (b.Level == levelUser && b.ID != f.ID) {
				return ruleNotEmpty.refuse(name)
			}
		}
	}
	for _, b := range slices.Backward(below) {
		for _, id := range sortedIDs(c.state.folderFiles[b.ID]) {
			if _, failure := c.deleteOne(c.state.files[id]); failure != nil {
				return failure
			}
		}
		if biz := c.state.businesses[c.state.folderBusiness[b.ID]]; biz != nil {
			c.tx.remove(biz)
		}
		c.tx.remove(b)
	}
	return nil
}

// below are a folder and all folders in it, parents first.
func (c *call) below(f *folder) []*folder {
	all := []*folder{f}
	for i := 0; i < len(all); i++ {
		for _, name := range sortedKeys(c.state.children[all[i].ID]) {
			all = append(all, c.state.folders[c.state.children[all[i].ID][name]])
		}
	}
	return all
}
