package model

import (
	"path"
	"strings"
)

// FolderPath is the path of a folder in its one canonical spelling: root in Chinese, engine folder by its display name, single slashes, none at the
// ends ("业务流程/电商数仓/MaxCompute/ods"). The service takes and answers several spellings (design, section 4); CanonicalFolder maps them all here.
type FolderPath string

// Root is the first segment of a folder path; it tells the module that its files belong to.
type Root string

const (
	RootBusiness       Root = "业务流程"
	RootManualBusiness Root = "手动业务流程"
	RootWorkflow       Root = "工作流"
	RootManualWorkflow Root = "手动工作流"
	RootManualTask     Root = "手动任务"
	RootQuery          Root = "临时查询"
	RootComponent      Root = "组件"
)

// UseType is the module that a file belongs to (ListFiles.UseType).
type UseType string

const (
	UseNormal         UseType = "NORMAL"
	UseManual         UseType = "MANUAL"
	UseManualBusiness UseType = "MANUAL_BIZ"
	UseSkip           UseType = "SKIP"
	UseAdHocQuery     UseType = "ADHOCQUERY"
	UseComponent      UseType = "COMPONENT"
)

// EngineKey is the internal name of an engine folder ("folderMaxCompute").
type EngineKey string

var rootSpellings = []struct {
	root      Root
	spellings []string
	use       UseType
}{
	{RootBusiness, []string{"业务流程", "Business Flow", "bizroot"}, UseNormal},
	{RootManualBusiness, []string{"手动业务流程", "Manual Business Flow", "manualbizroot"}, UseManualBusiness},
	{RootWorkflow, []string{"工作流", "旧版工作流", "Workflow", "workflowroot"}, UseNormal},
	{RootManualWorkflow, []string{"手动工作流", "Manual Workflow", "manualworkflowroot"}, UseManual},
	{RootManualTask, []string{"手动任务", "Manual Tasks", "onceroot"}, UseManual},
	{RootQuery, []string{"临时查询", "Queries", "queryroot"}, UseAdHocQuery},
	{RootComponent, []string{"组件", "Components", "componentroot"}, UseComponent},
}

var engineSpellings = []struct {
	key       EngineKey
	canonical string
	others    []string
}{
	{"folderMaxCompute", "MaxCompute", nil},
	{"folderDi", "数据集成", []string{"Data Integration"}},
	{"folderGeneral", "通用", []string{"General"}},
	{"folderEMR", "EMR", nil},
	{"folderCDH", "CDH", nil},
	{"folderHologres", "Hologres", nil},
	{"folderAlgm", "算法", []string{"Algorithm"}},
	{"folderService", "数据服务", []string{"DataService", "Data Service"}},
	{"folderUserDefined", "自定义", []string{"UserDefined", "User Defined"}},
	{"folderJdbc", "数据库", []string{"Database"}},
	{"folderFlink", "Flink", nil},
	{"folderClickHouse", "ClickHouse", nil},
	{"folderADB", "AnalyticDB for PostgreSQL", nil},
	{"folderADBMysql", "AnalyticDB for MySQL", nil},
	{"folderErd", "数据模型", []string{"数据模型设计", "Data Model"}},
}

// CanonicalFolder maps any spelling of a folder path to the canonical one. A segment that is no known root or engine folder stays as it is:
// old workspaces hold other third segments (service-behaviour, section 1).
func CanonicalFolder(raw string) FolderPath {
	var segments []string
	for s := range strings.SplitSeq(raw, "/") {
		if s != "" {
			segments = append(segments, s)
		}
	}
	if len(segments) == 0 {
		return ""
	}
	for _, r := range rootSpellings {
		for _, s := range r.spellings {
			if strings.EqualFold(s, segments[0]) {
				segments[0] = string(r.root)
			}
		}
	}
	p := FolderPath(strings.Join(segments, "/"))
	if p.Root().HasBusinesses() && len(segments) > 2 {
		segments[2] = canonicalEngine(segments[2])
		p = FolderPath(strings.Join(segments, "/"))
	}
	return p
}

func canonicalEngine(segment string) string {
	for _, e := range engineSpellings {
		if strings.EqualFold(segment, string(e.key)) || strings.EqualFold(segment, e.canonical) {
			return e.canonical
		}
		for _, s := range e.others {
			if strings.EqualFold(segment, s) {
				return e.canonical
			}
		}
	}
	return segment
}

// Folder gives the engine folder's canonical display name, or "" for an unknown key.
func (k EngineKey) Folder() string {
	for _, e := range engineSpellings {
		if e.key == k {
			return e.canonical
		}
	}
	return ""
}

// HasBusinesses tells whether the folders right below the root are businesses.
func (r Root) HasBusinesses() bool { return r == RootBusiness || r == RootManualBusiness }

// UseType is the module of the files below the root; an unknown root is NORMAL.
func (r Root) UseType() UseType {
	for _, known := range rootSpellings {
		if known.root == r {
			return known.use
		}
	}
	return UseNormal
}

// IsKnownRoot tells whether r is one of the roots that DataStudio has.
func (r Root) IsKnownRoot() bool {
	for _, known := range rootSpellings {
		if known.root == r {
			return true
		}
	}
	return false
}

// Roots gives the canonical roots.
func Roots() []Root {
	roots := make([]Root, len(rootSpellings))
	for i, r := range rootSpellings {
		roots[i] = r.root
	}
	return roots
}

// Root is the path's first segment.
func (p FolderPath) Root() Root {
	root, _, _ := strings.Cut(string(p), "/")
	return Root(root)
}

// Segments splits the path; the empty path has none.
func (p FolderPath) Segments() []string {
	if p == "" {
		return nil
	}
	return strings.Split(string(p), "/")
}

// Base is the last segment.
func (p FolderPath) Base() string { return path.Base(string(p)) }

// Parent is the path without its last segment, "" for a root.
func (p FolderPath) Parent() FolderPath {
	i := strings.LastIndexByte(string(p), '/')
	if i < 0 {
		return ""
	}
	return p[:i]
}

// Join appends a segment.
func (p FolderPath) Join(name string) FolderPath {
	if p == "" {
		return FolderPath(name)
	}
	return p + "/" + FolderPath(name)
}

// Renamed gives the path with new names for some of its segments; names gives each by the path, up to and with the segment, that has the old one.
func (p FolderPath) Renamed(names map[FolderPath]string) FolderPath {
	if len(names) == 0 {
		return p
	}
	var before, after FolderPath
	for _, segment := range p.Segments() {
		before = before.Join(segment)
		if name, renamed := names[before]; renamed {
			segment = name
		}
		after = after.Join(segment)
	}
	return after
}

// Business gives the path of the business that p is or lies in, or "" if it lies in none.
func (p FolderPath) Business() FolderPath {
	segments := p.Segments()
	if len(segments) < 2 || !Root(segments[0]).HasBusinesses() {
		return ""
	}
	return FolderPath(segments[0] + "/" + segments[1])
}

// Contains tells whether other is p or lies below it.
func (p FolderPath) Contains(other FolderPath) bool {
	return p == "" || p == other || strings.HasPrefix(string(other), string(p)+"/")
}

// IsBusiness tells whether p is the folder of a business.
func (p FolderPath) IsBusiness() bool { return p != "" && p.Business() == p }

// IsImplied tells whether the folder comes by itself: a root, or the engine folder of a business. Such folders are no objects; push only makes sure
// that they are there before it creates something in them.
func (p FolderPath) IsImplied() bool {
	n := len(p.Segments())
	return n <= 1 || p.Root().HasBusinesses() && n == 3
}
