package emulator

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// level of a folder in its path.
type level int

const (
	levelRoot     level = iota
	levelBusiness       // right under a root that holds businesses
	levelEngine         // right under a business
	levelUser           // everything below
)

// root is the first segment of a path. It decides the module (UseType).
type root struct {
	internal, zh, en string
	useType          string
	business         bool // <root>/<business>/<engine>/…; else user folders follow at once
}

// roots in their three spellings (service-behaviour 1).
var roots = []root{
	{"bizroot", "业务流程", "Business Flow", "NORMAL", true},
	{"manualbizroot", "手动业务流程", "Manual Business Flow", "MANUAL_BIZ", true},
	{"workflowroot", "旧版工作流", "Workflow", "NORMAL", false},
	{"manualworkflowroot", "手动工作流", "Manual Workflow", "MANUAL_BIZ", false},
	{"onceroot", "手动任务", "Manual Tasks", "MANUAL", false},
	{"queryroot", "临时查询", "Queries", "ADHOCQUERY", false},
	{"componentroot", "组件", "Components", "COMPONENT", false},
}

// useTypes are the values of UseType (reference 4.7).
var useTypes = []string{"NORMAL", "MANUAL", "MANUAL_BIZ", "SKIP", "ADHOCQUERY", "COMPONENT"}

// engine is the folder of an engine, right under a business.
type engine struct {
	internal, zh, en string
	always           bool // made with every business
}

// engines in their three spellings (service-behaviour 1). MaxCompute is the
// engine that the emulator's workspaces have.
var engines = []engine{
	{"folderGeneral", "通用", "General", true},
	{"folderDi", "数据集成", "Data Integration", true},
	{"folderService", "数据服务", "DataService", true},
	{"folderAlgm", "算法", "Algorithm", true},
	{"folderUserDefined", "自定义", "UserDefined", true},
	{"folderMaxCompute", "MaxCompute", "MaxCompute", true},
	{"folderEMR", "EMR", "EMR", false},
	{"folderCDH", "CDH", "CDH", false},
	{"folderHologres", "Hologres", "Hologres", false},
	{"folderJdbc", "数据库", "Database", false},
	{"folderFlink", "Flink", "Flink", false},
	{"folderClickHouse", "ClickHouse", "ClickHouse", false},
	{"folderADB", "AnalyticDB for PostgreSQL", "AnalyticDB for PostgreSQL", false},
	{"folderADBMysql", "AnalyticDB for MySQL", "AnalyticDB for MySQL", false},
	{"folderErd", "数据模型", "ERD", false},
}

// v2Folders stand in place of an engine folder in the older business layout
// (switch v2-folders).
var v2Folders = []engine{
	{"folderProcess", "数据开发", "Data Analytics", false},
	{"folderTable", "表", "Table", false},
	{"folderResource", "资源", "Resource", false},
	{"folderFunction", "函数", "Function", false},
	{"folderControl", "控制", "Control", false},
}

func findRoot(name string) (root, bool) {
	i := slices.IndexFunc(roots, func(r root) bool {
		return name == r.internal || name == r.zh || strings.EqualFold(name, r.en)
	})
	if i < 0 {
		if name == "工作流" {
			return roots[2], true
		}
		return root{}, false
	}
	return roots[i], true
}

func findEngine(table []engine, name string) (engine, bool) {
	i := slices.IndexFunc(table, func(e engine) bool {
		return name == e.zh || strings.EqualFold(name, e.internal) || strings.EqualFold(name, e.en)
	})
	if i < 0 {
		return engine{}, false
	}
	return table[i], true
}

// path is a folder path taken apart; names are the internal ones.
type path struct {
	root  root
	names []string // below the root
	raw   string
}

// parsePath checks the grammar of a path, whatever its spelling.
func (c *call) parsePath(raw string) (path, *Error) {
	var parts []string
	for part := range strings.SplitSeq(raw, "/") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return path{}, rulePath.refuse(raw)
	}
	r, known := findRoot(parts[0])
	if !known {
		return path{}, rulePath.refuse(raw)
	}
	p := path{root: r, names: parts[1:], raw: raw}
	if r.business && len(p.names) > 1 {
		e, known := findEngine(engines, p.names[1])
		if !known && c.is(swV2Folders, "accepted") {
			e, known = findEngine(v2Folders, p.names[1])
		}
		if !known {
			return path{}, rulePath.refuse(raw)
		}
		p.names[1] = e.internal
	}
	for _, name := range p.names {
		if !nameAllowed(name) {
			return path{}, rulePath.refuse(raw)
		}
	}
	return p, nil
}

// maxName is the longest name, in characters (console).
const maxName = 128

func nameAllowed(name string) bool {
	if name == "" || utf8.RuneCountInString(name) > maxName {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool { return r == '/' || r < 0x20 || r == 0x7f })
}

// levelAt is the level of the n-th name below a root.
func (r root) levelAt(n int) level {
	if r.business && n == 0 {
		return levelBusiness
	}
	if r.business && n == 1 {
		return levelEngine
	}
	return levelUser
}

// rootFolder is the folder of a root; every workspace has all of them.
func (s *state) rootFolder(project int64, r root) *folder {
	return s.folders[s.children[rootKey(project)][r.internal]]
}

// find walks down a path. It answers the deepest folder that is there and how
// many names it has walked.
func (s *state) find(project int64, p path) (*folder, int) {
	f := s.rootFolder(project, p.root)
	for i, name := range p.names {
		id, there := s.children[f.ID][name]
		if !there {
			return f, i
		}
		f = s.folders[id]
	}
	return f, len(p.names)
}

// lineage are a folder and its parents, the root first.
func (s *state) lineage(id string) []*folder {
	var up []*folder
	for f := s.folders[id]; f != nil; f = s.folders[f.ParentID] {
		up = append(up, f)
	}
	slices.Reverse(up)
	return up
}

// rootOf is the root that a folder is under.
func (s *state) rootOf(id string) root {
	up := s.lineage(id)
	if len(up) == 0 {
		return root{}
	}
	r, _ := findRoot(up[0].Name)
	return r
}

// businessOf is the business that a folder belongs to, nil for none.
func (s *state) businessOf(id string) *business {
	for f := s.folders[id]; f != nil; f = s.folders[f.ParentID] {
		if f.Level == levelBusiness {
			return s.businesses[s.folderBusiness[f.ID]]
		}
	}
	return nil
}

// spell writes a folder's path in a language: zh, en or internal.
func (s *state) spell(id, language string) string {
	var names []string
	for _, f := range s.lineage(id) {
		names = append(names, f.spelled(language))
	}
	return strings.Join(names, "/")
}

func (f *folder) spelled(language string) string {
	var zh, en string
	switch f.Level {
	case levelRoot:
		r, _ := findRoot(f.Name)
		zh, en = r.zh, r.en
	case levelEngine:
		e, known := findEngine(engines, f.Name)
		if !known {
			e, _ = findEngine(v2Folders, f.Name)
		}
		zh, en = e.zh, e.en
	default:
		return f.Name
	}
	switch language {
	case "zh":
		return zh
	case "en":
		return en
	}
	return f.Name
}

// makeFolders makes what is missing of a path below depth.
func (c *call) makeFolders(at *folder, depth int, p path) *folder {
	for i := depth; i < len(p.names); i++ {
		next := &folder{ID: c.tx.folderID(), ProjectID: c.project.ID, ParentID: at.ID, Name: p.names[i], Level: p.root.levelAt(i)}
		c.tx.put(next)
		at = next
	}
	return at
}

// folderFor finds the folder that a file is to be saved in, and makes it where
// the call or a switch says so.
func (c *call) folderFor(raw string) (*folder, *Error) {
	p, failure := c.parsePath(raw)
	if failure != nil {
		return nil, failure
	}
	if p.root.business && len(p.names) < 2 {
		return nil, rulePath.refuse(raw)
	}
	at, depth := c.state.find(c.project.ID, p)
	if depth == len(p.names) {
		return at, nil
	}
	if p.root.business && depth == 0 {
		return nil, ruleBusiness.refuse(p.names[0])
	}
	if !c.flag("CreateFolderIfNotExists") && !c.is(swMissingFolders, "created") {
		return nil, ruleFolder.refuse(raw)
	}
	return c.makeFolders(at, depth, p), nil
}

// pathOf is the path that a call's parameters name, for logs and faults: always
// in the Chinese spelling, empty where there is none.
func (s *Server) pathOf(params map[string]string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if f := s.fileOf(params); f != nil {
		return s.state.spell(f.FolderID, "zh") + "/" + f.Name
	}
	if id := params["FolderId"]; id != "" && s.state.folders[id] != nil {
		return s.state.spell(id, "zh")
	}
	if b := s.state.businesses[parseID(params["BusinessId"])]; b != nil {
		return s.state.spell(b.FolderID, "zh")
	}
	c := &call{Server: s}
	for _, name := range []string{"FileFolderPath", "FolderPath", "ParentFolderPath"} {
		p, failure := c.parsePath(params[name])
		if failure != nil {
			continue
		}
		names := append([]string{p.root.zh}, p.names...)
		if p.root.business && len(names) > 2 {
			e, known := findEngine(engines, names[2])
			if !known {
				e, _ = findEngine(v2Folders, names[2])
			}
			names[2] = e.zh
		}
		if file := params["FileName"]; file != "" {
			names = append(names, file)
		}
		return strings.Join(names, "/")
	}
	if name := params["BusinessName"]; name != "" {
		return roots[0].zh + "/" + name
	}
	return ""
}

func (s *Server) fileOf(params map[string]string) *file {
	id := parseID(params["FileId"])
	if id == 0 {
		id = s.state.nodeFile[parseID(params["NodeId"])]
	}
	return s.state.files[id]
}
