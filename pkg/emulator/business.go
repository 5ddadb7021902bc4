package emulator

import (
	"slices"
	"strings"
)

func businessActions() []Action {
	return []Action{
		{Name: "CreateBusiness", Level: 2, Write: true, Scope: byProject, handle: createBusiness,
			Params: projectParams(str("BusinessName").required(), str("Description"), str("Owner"), str("UseType").oneOf("NORMAL", "MANUAL_BIZ"))},
		{Name: "UpdateBusiness", Level: 2, Write: true, Scope: byProject, handle: updateBusiness,
			Params: projectParams(long("BusinessId").required(), str("BusinessName"), str("Description"), str("Owner"))},
		{Name: "GetBusiness", Level: 1, Scope: byProject, handle: getBusiness,
			Params: projectParams(long("BusinessId").required())},
		{Name: "ListBusiness", Level: 1, Scope: byProject, handle: listBusiness,
			Params: projectParams(integer("PageNumber").required().between(1, 1<<31-1), integer("PageSize").required().between(1, 1<<31-1), str("Keyword"))},
		{Name: "DeleteBusiness", Level: 3, Write: true, Scope: byProject, handle: deleteBusiness,
			Params: projectParams(long("BusinessId").required())},
		{Name: "EstablishRelationTableToBusiness", Level: 2, Write: true, Scope: byProject, handle: establishRelation,
			Params: projectParams(str("BusinessId").required(), str("FolderId"), str("TableGuid").required())},
	}
}

// establishRelation imports a table into a business.
func establishRelation(c *call) (fields, *Error) {
	old, failure := c.business()
	if failure != nil {
		return nil, failure
	}
	guid := c.text("TableGuid")
	if parts := strings.Split(guid, "."); len(parts) < 3 || slices.Contains(parts, "") {
		return nil, ruleTableGUID.refuse()
	}
	if c.text("FolderId") != "" {
		if _, failure := c.folder(); failure != nil {
			return nil, failure
		}
	}
	if slices.Contains(old.Tables, guid) {
		return succeeded()
	}
	b := *old
	b.Tables = append(slices.Clone(old.Tables), guid)
	c.tx.put(&b)
	return succeeded()
}

func createBusiness(c *call) (fields, *Error) {
	name := strings.TrimSpace(c.text("BusinessName"))
	if !nameAllowed(name) {
		return nil, ruleName.refuse(name)
	}
	at := roots[0]
	if c.text("UseType") == "MANUAL_BIZ" {
		at = roots[1]
	}
	if c.businessNamed(name) != nil {
		return nil, ruleBusinessName.refuse(name)
	}
	p := path{root: at, names: []string{name}}
	folder, depth := c.state.find(c.project.ID, p)
	if depth < 1 {
		folder = c.makeFolders(folder, 0, p)
	}
	b := &business{ID: c.tx.businessID(), ProjectID: c.project.ID, FolderID: folder.ID, Name: name, Description: c.text("Description"), Owner: c.text("Owner"), UseType: at.useType}
	if b.Owner == "" {
		b.Owner = c.caller
	}
	c.tx.put(b)
	for _, e := range engines {
		if _, there := c.state.children[folder.ID][e.internal]; e.always && !there {
			c.makeFolders(folder, 1, path{root: at, names: []string{name, e.internal}})
		}
	}
	return succeeded(field{"BusinessId", number(b.ID)})
}

// businessNamed finds a business by name, under either root: names are unique
// in the workspace (reference 4.3).
func (c *call) businessNamed(name string) *business {
	for _, r := range roots {
		if !r.business {
			continue
		}
		id := c.state.children[c.state.rootFolder(c.project.ID, r).ID][name]
		if b := c.state.businesses[c.state.folderBusiness[id]]; b != nil {
			return b
		}
	}
	return nil
}

func (c *call) business() (*business, *Error) {
	b := c.state.businesses[c.number("BusinessId")]
	if b == nil || b.ProjectID != c.project.ID {
		return nil, ruleBusiness.refuse(c.text("BusinessId"))
	}
	return b, nil
}

func updateBusiness(c *call) (fields, *Error) {
	old, failure := c.business()
	if failure != nil {
		return nil, failure
	}
	b := *old
	if c.given("Description") {
		b.Description = c.text("Description")
	}
	if c.text("Owner") != "" {
		b.Owner = c.text("Owner")
	}
	if name := strings.TrimSpace(c.text("BusinessName")); name != "" && name != b.Name {
		if !nameAllowed(name) {
			return nil, ruleName.refuse(name)
		}
		if c.businessNamed(name) != nil {
			return nil, ruleBusinessName.refuse(name)
		}
		f := *c.state.folders[b.FolderID]
		if _, there := c.state.children[f.ParentID][name]; there {
			return nil, ruleFolderName.refuse(name)
		}
		f.Name, b.Name = name, name
		c.tx.put(&f)
	}
	c.tx.put(&b)
	return succeeded()
}

func (b *business) fields() fields {
	return fields{{"BusinessId", number(b.ID)}, {"BusinessName", text(b.Name)}, {"Description", text(b.Description)},
		{"Owner", text(b.Owner)}, {"UseType", text(b.UseType)}}
}

func getBusiness(c *call) (fields, *Error) {
	b, failure := c.business()
	if failure != nil {
		if c.is(swGoneBusiness, "empty") {
			return succeeded(field{"Data", fields{{"Description", text("")}}})
		}
		return nil, failure
	}
	return succeeded(field{"Data", append(b.fields(), field{"ProjectId", text(itoa(b.ProjectID))})})
}

func listBusiness(c *call) (fields, *Error) {
	var all []*business
	keyword := strings.ToLower(c.text("Keyword"))
	for _, id := range c.state.projectBiz[c.project.ID] {
		if b := c.state.businesses[id]; strings.Contains(strings.ToLower(b.Name), keyword) {
			all = append(all, b)
		}
	}
	from, to, data, failure := c.page(len(all))
	if failure != nil {
		return nil, failure
	}
	rows := list{}
	for _, b := range all[from:to] {
		rows = append(rows, append(b.fields(), field{"ProjectId", number(b.ProjectID)}))
	}
	return succeeded(field{"Data", append(data, field{"Business", rows})})
}

func deleteBusiness(c *call) (fields, *Error) {
	b, failure := c.business()
	if failure != nil {
		return nil, failure
	}
	if failure := c.removeFolder(c.state.folders[b.FolderID], b.Name); failure != nil {
		return nil, failure
	}
	return succeeded()
}
