package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gogit "github.com/go-git/go-git/v5"

	"github.com/dwsync/dwsync/internal/testsize"
	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/tree"
)

// Generated workspaces, through the real commands: each is pulled, compared, and pushed to an empty workspace of another name, under settings of all the
// switches of the emulator such that every pair of values of two switches occurs in a run, however small it is.

func TestGeneratedWorkspacesRoundTrip(t *testing.T) {
	isolate(t)
	random := testsize.Random(t)
	vectors := switchVectors(random)
	workspaces := max(testsize.Of(0, 500), len(vectors))
	t.Logf("%d workspaces, %d settings of the switches", workspaces, len(vectors))
	files, referred, types := 0, 0, map[int64]bool{}
	// In a group, so that the count is told after it.
	t.Run("workspaces", func(t *testing.T) {
		for i := range workspaces {
			seed := random.Uint64()
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				g := &generator{random: rand.New(rand.NewPCG(seed, 0)), switches: vectors[i%len(vectors)]}
				g.generate()
				for _, f := range g.files {
					files++
					types[f.Type] = true
				}
				t.Cleanup(func() {
					if t.Failed() {
						t.Logf("mode %v, switches %v", g.mode, g.switches)
						for _, f := range g.files {
							t.Logf("%.2000q", fmt.Sprint(f))
						}
					}
				})
				playGenerated(t, g)
				referred += g.referred
			})
			if t.Failed() {
				t.Fatal("the rest is left out")
			}
		}
	})
	t.Logf("%d files of %d types, %d references to nodes", files, len(types), referred)
}

// switchVectors gives settings of all switches.
func switchVectors(random *rand.Rand) []map[string]string {
	switches := emulator.Switches()
	sizes := make([]int, len(switches))
	for i, s := range switches {
		sizes[i] = len(s.Values)
	}
	var vectors []map[string]string
	for _, row := range testsize.Pairwise(random, sizes) {
		vector := map[string]string{}
		for i, s := range switches {
			vector[s.Name] = s.Values[row[i]]
		}
		vectors = append(vectors, vector)
	}
	return vectors
}

// gated tells whether there is something to release and the service lets no release through, so that a push ends with 4 and everything saved.
func (g *generator) gated() bool {
	releases := slices.ContainsFunc(g.files, func(f emulator.SeedFile) bool {
		return strings.Contains(f.Folder, "业务流程/") && !g.uncarried[f.Folder+"/"+f.Name]
	})
	return releases && (g.mode == emulator.Standard && g.switches["approval"] != "none" || slices.Contains([]string{"fails", "waits"}, g.switches["extension-check"]))
}

// playGenerated plays one workspace: pull and diff, push to an empty one, pull from there, push again.
func playGenerated(t *testing.T, g *generator) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
	for _, d := range []string{one, two} {
		write(t, filepath.Join(d, "dwsync.yaml"), `version: 1
targets:
  one: {region: cn-shanghai, endpoint: "127.0.0.1:1", projectId: 1}
  two: {region: cn-shanghai, endpoint: "127.0.0.1:1", projectId: 2}
scope: {include: ["**"]}
`)
		write(t, filepath.Join(d, ".gitignore"), ".dwsync/\n")
	}
	repo, err := gogit.PlainInit(one, false)
	must(t, err)
	synctest.Test(t, func(t *testing.T) {
		server := emulator.New(emulator.Options{
			Projects: []emulator.Project{{Name: "one", ID: 1, Mode: g.mode}, {Name: "two", ID: 2, Mode: g.mode}}, Switches: g.switches, DeploymentTime: 3 * time.Second, Seed: 1,
			Credentials: []emulator.Credential{{AccessKeyID: markedID, AccessKeySecret: markedSecret, SecurityToken: markedToken}},
		})
		defer server.Close()
		_, err := server.Seed("one", g.files...)
		must(t, err)
		time.Sleep(time.Minute)
		g.refer(t, server)
		run := func(dir string, wanted int, args ...string) string {
			t.Helper()
			time.Sleep(time.Minute)
			w := &crashWorld{t: t, server: server, dir: dir}
			code, output := w.run(args...)
			if code != wanted {
				t.Fatalf("%s ends with %d, not %d:\n%s", strings.Join(args, " "), code, wanted, output)
			}
			w.wantNoKeys(strings.Join(args, " "))
			return output
		}
		run(one, 0, "pull", "--target", "one")
		commit(t, repo, "all that there is")
		run(one, 0, "diff", "--target", "one", "--changed-only")
		before := writesOf(server)
		run(one, 0, "push", "--target", "one", "--changed-only", "--yes")
		if n := writesOf(server) - before; n > 0 {
			t.Fatalf("a push of what was pulled makes %d writes", n)
		}

		ends := 0
		switch {
		case g.gated():
			ends = 4
		case len(g.uncarried) > 0:
			ends = 3
		}
		run(one, ends, "push", "--target", "two", "--yes", "--deployment-timeout", "1m")
		run(two, 0, "pull", "--target", "two")
		wantSameTree(t, one, two, g.uncarried)
		if !g.gated() {
			left := 0
			if len(g.uncarried) > 0 {
				left = 3
			}
			run(one, left, "diff", "--target", "two")
		}
		if g.gated() && g.mode == emulator.Simple {
			return // submitted is released there, so that what a check held up counts as done in the next run
		}
		before = writesOf(server)
		run(one, ends, "push", "--target", "two", "--yes", "--deployment-timeout", "1m")
		if n := writesOf(server) - before; n > 0 && !g.gated() {
			t.Fatalf("a second push makes %d writes", n)
		}
	})
}

// refer lets a node of the workspace run after another one by its id, and need its automatic output, which differ from workspace to workspace: a pull must
// name the node, and a push find what it is called in the other workspace.
func (g *generator) refer(t *testing.T, server *emulator.Server) {
	t.Helper()
	if slices.Contains([]string{"fails", "waits"}, g.switches["extension-check"]) {
		return // no node would get an id
	}
	client, err := dataworks.Open(dataworks.Options{
		Region: "cn-shanghai", Project: dataworks.ProjectRef{Identifier: "one"}, Transport: server.Transport(), Settle: time.Minute,
		Credentials: dataworks.AccessKey(markedID, markedSecret, markedToken),
	})
	must(t, err)
	var made []model.Remote
	for _, f := range g.files {
		if f.Parent != "" || f.Params["OutputList"] == "" || g.uncarried[f.Folder+"/"+f.Name] || f.Params["AutoParsing"] == "true" {
			continue
		}
		id, err := client.FindFile(t.Context(), model.FileKey(model.CanonicalFolder(f.Folder), f.Name, model.FileType(f.Type)))
		must(t, err)
		if id == "" {
			continue // it is spelled otherwise there
		}
		file, err := client.GetFile(t.Context(), id)
		must(t, err)
		made = append(made, file)
	}
	if len(made) < 2 {
		return
	}
	// The later one needs the earlier one, so that no circle comes of it.
	parent, child := made[0], made[len(made)-1]
	want := child.Object.Clone()
	fields := []model.Field{}
	if parent.NodeID != "" {
		want.Set(model.FieldDependentType, model.TextValue("USER_DEFINE"))
		want.Set(model.FieldDependentNodeIDList, model.SetValue(model.NewItem(string(parent.NodeID))))
		fields = append(fields, model.FieldDependentType, model.FieldDependentNodeIDList)
	}
	if len(parent.AutoOutputs) > 0 {
		want.Set(model.FieldInputList, model.SetValue(append(want.Get(model.FieldInputList).Items, model.NewItem(parent.AutoOutputs[0]))...))
		fields = append(fields, model.FieldInputList)
	}
	if len(fields) > 0 {
		must(t, client.UpdateFile(t.Context(), child.FileID, want, fields, child.AutoOutputs))
		g.referred++
	}
}

// writesOf counts the calls so far that may change something.
func writesOf(s *emulator.Server) int {
	n := 0
	for action, calls := range s.Calls().ByAction {
		if !strings.HasPrefix(action, "Get") && !strings.HasPrefix(action, "List") {
			n += calls
		}
	}
	return n
}

// wantSameTree wants two trees to hold the same objects, but for those that the second cannot have; and, if there are none of these, the same bytes.
func wantSameTree(t *testing.T, one, two string, without map[string]bool) {
	t.Helper()
	a, b := readTree(t, one), readTree(t, two)
	for k := range a {
		if without[string(k.Path())] {
			delete(a, k)
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(a), model.Key.Compare) {
		other, found := b[k]
		switch d := model.Differences(a[k], other, nil); {
		case !found:
			t.Errorf("%s (%s) did not come over", k, k.Type)
		case len(d) > 0:
			t.Errorf("%s (%s) came over otherwise: %v", k, k.Type, d)
		}
		delete(b, k)
	}
	for k := range b {
		t.Errorf("%s (%s) is too much", k, k.Type)
	}
	if t.Failed() || len(without) > 0 {
		return
	}
	x, y := filesBelow(t, one), filesBelow(t, two)
	for name := range x {
		if !bytes.Equal(x[name], y[name]) {
			t.Errorf("%q is not the same file: %.200q, %.200q", name, x[name], y[name])
		}
	}
	if len(x) != len(y) {
		t.Errorf("%d files and %d files", len(x), len(y))
	}
}

func readTree(t *testing.T, dir string) map[model.Key]model.Object {
	t.Helper()
	read, err := tree.Read(os.DirFS(dir))
	must(t, err)
	objects := map[model.Key]model.Object{}
	for k, local := range read.Objects {
		objects[k] = local.Object
	}
	return objects
}

// filesBelow gives the files of a tree, without git's and dwsync's own.
func filesBelow(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	must(t, fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && (d.Name() == ".git" || d.Name() == ".dwsync") {
				return fs.SkipDir
			}
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		files[name] = data
		return err
	}))
	return files
}

// generator draws one workspace.
type generator struct {
	random   *rand.Rand
	switches map[string]string
	mode     emulator.Mode
	files    []emulator.SeedFile
	// uncarried are the paths of what the API cannot make in another workspace: bytes, functions with more than their parameters hold, functions of engines
	// that CreateUdfFile does not know, and what needs one of these.
	uncarried map[string]bool
	taken     map[string]bool
	resources []string
	outputs   []string
	// referred counts nodes that name another by what differs from workspace to workspace.
	referred int
}

// hostile texts for contents and descriptions.
var hostileTexts = []string{
	"", "select 1;\n", "no final newline", "a\r\nb\r\n", "\ufeffselect 1;\n", "\tx\t\n\n\n", "{\"a\": 1,}", "{\"a\":1,\"a\":2,\"n\":1e400}", "- a: 'b'\n#c: \"d\n", " ${bizdate} $${x} ${project}.y ${auto:z}\n",
	"<script>`|$(x)</script>\u202e\u0007\n", "中文 😀 é e\u0301\n", "\\\"'\\\\\n", "\u2028\u0085x\n", "---\n...\n%YAML 1.1\n", "<<<<<<<\n=======\n", "~", "null", "0x1F", "=1", " lead and trail ",
}

// hostile names, all of which the service takes.
var hostileNames = []string{
	"..", ".git", ".dwsync", "con", "aux.sql", "LPT1", strings.Repeat("长", 128), "\u202eabc", "😀", "A", "a", "é", "e\u0301", "a.sql", "a.node.yaml", "x.resource.yaml", "business.yaml", "dwsync.yaml",
	".gitkeep", "%2e", "a%", "end.", "q?*:|<>\"", "x%t10", "y%.inner", "#x", "- a: b", "${project}", `a\b`, "a b", "~", "null", "1e3", "node", "ods_order_di", "{x}", "it's", "-rf", "a;b&c",
}

func pick[T any](g *generator, from []T) T { return from[g.random.IntN(len(from))] }

func (g *generator) often() bool { return g.random.IntN(2) == 0 }

func (g *generator) generate() {
	g.mode = pick(g, []emulator.Mode{emulator.Standard, emulator.Standard, emulator.Simple})
	g.uncarried, g.taken = map[string]bool{}, map[string]bool{}
	for range g.random.IntN(3) {
		g.resource()
	}
	for range g.random.IntN(2) {
		g.function()
	}
	for range 2 + g.random.IntN(7) {
		g.node()
	}
	if g.random.IntN(4) == 0 {
		g.outer()
	}
}

// outer draws a node with files inside it, which the API cannot make.
func (g *generator) outer() {
	f := emulator.SeedFile{Type: pick(g, []int64{98, 1103, 1106}), Params: map[string]string{}}
	f.Folder = g.folder("业务流程/店", model.FileType(f.Type))
	if f.Name = g.name(f.Folder, f.Type); f.Name == "" {
		return
	}
	g.schedule(&f)
	g.fill(&f)
	g.outputs = g.outputs[:len(g.outputs)-1] // who needed it could not be made either
	f.Stage = pick(g, []emulator.Stage{emulator.Saved, emulator.Submitted, emulator.Deployed})
	g.files = append(g.files, f)
	path := f.Folder + "/" + f.Name
	g.uncarried[path] = true
	for i := range 1 + g.random.IntN(3) {
		inner := emulator.SeedFile{Folder: f.Folder, Name: fmt.Sprintf("in%d %s", i, pick(g, []string{"", "é", "q?", ".x"})), Type: pick(g, []int64{10, 6, 1107, 1108, 1104, 1105}), Parent: path, Params: map[string]string{}}
		inner.Content = g.content(inner.Type)
		g.fill(&inner)
		g.files = append(g.files, inner)
		g.uncarried[path+"/"+inner.Name] = true
	}
}

// fill gives a file what the service would fill in by itself and could not be emptied again.
func (g *generator) fill(f *emulator.SeedFile) {
	if g.switches["empty-parameter"] == "ignored" {
		f.Params["ParaValue"], f.Params["StartEffectDate"], f.Params["EndEffectDate"] = "x=1", "1577808000000", "1893427200000"
		f.Params["CronExpress"] = "00 30 00 * * ?"
	}
}

// name draws a name that is free in a folder, under each reading of what is unique; "" if there is none.
func (g *generator) name(folder string, fileType int64) string {
	for range 20 {
		name := pick(g, hostileNames)
		if g.often() {
			name += strconv.Itoa(g.random.IntN(100))
		}
		if len([]rune(name)) > 128 {
			continue
		}
		id := folder + "\x00" + name
		switch g.switches["name-scope"] {
		case "workspace":
			id = name
		case "type":
			id += "\x00" + strconv.FormatInt(fileType, 10)
		}
		// An output that the service makes of a name is one of the whole workspace.
		if g.taken[id] || g.taken["output "+name] {
			continue
		}
		g.taken[id], g.taken["output "+name] = true, true
		return name
	}
	return ""
}

// folder draws a folder for a type: its engine folder, and at times a folder in it.
func (g *generator) folder(root string, t model.FileType) string {
	folder := root
	if model.Root(strings.Split(root, "/")[0]).HasBusinesses() {
		engine := t.Info().Engine.Folder()
		if engine == "" {
			engine = "通用"
		}
		folder += "/" + engine
	}
	for range g.random.IntN(3) {
		folder += "/" + pick(g, []string{"ods", "a b", "con", "é", "E", "e", "x.y", "长长", ".hid", "q?"})
	}
	return folder
}

func (g *generator) add(f emulator.SeedFile) {
	if f.Name == "" {
		return
	}
	f.Stage = pick(g, []emulator.Stage{emulator.Saved, emulator.Submitted, emulator.Deployed, emulator.Deployed})
	f.Edited = f.Stage != emulator.Saved && g.random.IntN(4) == 0
	if f.Params == nil {
		f.Params = map[string]string{}
	}
	if g.often() {
		f.Params["FileDescription"] = pick(g, hostileTexts)
	}
	g.files = append(g.files, f)
}

func (g *generator) resource() {
	t := pick(g, []int64{12, 13, 14, 15, 18, 232, 275})
	f := emulator.SeedFile{Folder: g.folder("业务流程/店", model.FileType(t)), Type: t}
	f.Name = g.name(f.Folder, t)
	switch {
	case f.Name == "" || g.taken["resource "+f.Name]:
		return
	case t == 13 || t == 14 || g.random.IntN(5) == 0:
		f.Resource = "https://bucket.oss-cn-shanghai.aliyuncs.com/x?Signature=y"
		g.uncarried[f.Folder+"/"+f.Name] = true
	default:
		if f.Content = pick(g, hostileTexts); f.Content == "" && (t == 232 || t == 275) {
			// It looks like a file in OSS or HDFS.
			g.uncarried[f.Folder+"/"+f.Name] = true
		}
	}
	if !strings.ContainsAny(f.Name, `,"{}'`+"`") {
		g.resources = append(g.resources, f.Name)
	}
	g.taken["resource "+f.Name] = true
	g.add(f)
}

func (g *generator) function() {
	if len(g.resources) == 0 {
		return
	}
	t := pick(g, []int64{17, 17, 17, 262, 281})
	f := emulator.SeedFile{Folder: g.folder("业务流程/店", model.FileType(t)), Type: t}
	f.Name = g.name(f.Folder, t)
	used := pick(g, g.resources)
	form := map[string]string{
		"name": f.Name, "functionType": pick(g, model.FunctionTypes()), "className": "udf.F", "resources": used, "description": pick(g, hostileTexts), "cmdDesc": pick(g, hostileTexts),
		"paramDesc": pick(g, hostileTexts), "returnValue": pick(g, hostileTexts), "example": pick(g, hostileTexts),
	}
	odd := g.random.IntN(4) == 0
	if odd {
		form["unknown"] = "1"
	}
	data, err := json.Marshal(form)
	if err != nil {
		panic(err)
	}
	f.Content = string(data)
	if t != 17 || odd || g.needsUncarried(used) {
		g.uncarried[f.Folder+"/"+f.Name] = true
	}
	g.add(f)
}

func (g *generator) needsUncarried(resource string) bool {
	for _, f := range g.files {
		if f.Name == resource && g.uncarried[f.Folder+"/"+f.Name] {
			return true
		}
	}
	return false
}

// nodeTypes are all types of the table that make nodes, and numbers that it does not know.
func (g *generator) nodeTypes() []int64 {
	var types []int64
	for _, info := range model.FileTypes() {
		// 224 is a resource to some and a node to others (filetypes.tsv): it is left to the tests of kinds.
		if info.Kind == model.KindNode && info.Code != 224 {
			types = append(types, int64(info.Code))
		}
	}
	if g.switches["file-types"] == "any" {
		types = append(types, 7, 4711, 123456)
	}
	return types
}

func (g *generator) node() {
	t := pick(g, g.nodeTypes())
	if g.random.IntN(4) == 0 {
		t = pick(g, []int64{10, 6, 23, 1100, 225, 227, 99})
	}
	root := pick(g, []string{"业务流程/店", "业务流程/店", "业务流程/e\u0301 店", "手动业务流程/批", "临时查询", "组件"})
	if t == int64(model.TypeIntegration) {
		root = "业务流程/店"
	}
	f := emulator.SeedFile{Folder: g.folder(root, model.FileType(t)), Type: t, Params: map[string]string{}}
	if f.Name = g.name(f.Folder, t); f.Name == "" {
		return
	}
	f.Content = g.content(t)
	if root == "业务流程/店" || strings.HasPrefix(root, "业务流程") {
		g.schedule(&f)
	}
	g.fill(&f)
	g.add(f)
}

// content draws a content for a type: what its type promises, or anything.
func (g *generator) content(t int64) string {
	text := pick(g, hostileTexts)
	if g.random.IntN(40) == 0 {
		text = strings.Repeat("long line, ", 200_000)
	}
	encoded, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	code := string(encoded)
	switch {
	case t == int64(model.TypeIntegration):
		return `{"type":"job","version":"2.0","steps":[{"stepType":"odps","name":"Reader","parameter":{"where":` + code + `}}],"setting":{"speed":{"concurrent":2}}}`
	case g.random.IntN(4) == 0:
		return text
	case t == 1100:
		return `{"language":"` + pick(g, []string{"odps", "python", "shell"}) + `","content":` + code + `}`
	case t >= 227 && t <= 268:
		return `{"type":"EMR_HIVE","launcher":{"allocationSpec":{"queue":"default"}},"properties":{"envs":{},"arguments":[` + code + `],"tags":[]},"programType":"EMR_HIVE"}`
	case t == 225:
		return `{"version":"2.x","language":"java","clazz":"com.x.Main","args":` + code + `,"configs":["a=b"],"archives":[],"files":[]}`
	default:
		return text
	}
}

// schedule draws a node's configuration.
func (g *generator) schedule(f *emulator.SeedFile) {
	p := f.Params
	set := func(name string, values ...string) {
		if g.often() {
			p[name] = pick(g, values)
		}
	}
	output := fmt.Sprintf("one.o%d", len(g.files))
	inputs := []string{"one_root"}
	if len(g.outputs) > 0 && g.often() {
		inputs = append(inputs, pick(g, g.outputs))
	}
	p["InputList"], p["OutputList"], p["CronExpress"] = strings.Join(inputs, ","), output, "00 30 00 * * ?"
	g.outputs = append(g.outputs, output)
	if g.often() {
		p["OutputList"] += "," + output + ".extra"
	}
	set("CronExpress", "00 05 02 * * ?", "00 00/10 * * * ?", "00 00 03 ? * 1,3", "00 00 04 1,15 * ?", "00 00 05 L * ?")
	set("ParaValue", "bizdate=$bizdate", "a=1 b=${yyyymmdd}", "-p \"x y\" $[yyyymmdd-1]")
	set("SchedulerType", "NORMAL", "PAUSE", "SKIP")
	set("StartEffectDate", "936923400000", "1577808000000")
	set("EndEffectDate", "4155787800000", "1893427200000")
	set("AutoRerunTimes", "0", "3", "10")
	set("AutoRerunIntervalMillis", "0", "120000", "1800000")
	set("RerunMode", "ALL_ALLOWED", "FAILURE_ALLOWED", "ALL_DENIED")
	set("Timeout", "0", "1", "168")
	set("DependentType", "NONE", "SELF", "CHILD", "CHILD_AND_SELF")
	set("StartImmediately", "true", "false")
	set("ApplyScheduleImmediately", "true", "false")
	set("IgnoreParentSkipRunningProperty", "true", "false")
	set("ImageId", "i-1", "")
	set("AdvancedSettings", `{"queue":"default","SESSION_CLUSTER_NAME":"a b"}`, "x: y", "")
	set("ConnectionName", "odps_first")
	set("Owner", "1000000000001", "1000000000002")
	set("ResourceGroupIdentifier", "default_group", "group_prod", "S_res_group_280749521950784_1700000000001", "Serverless_res_group_280749521950784_1700000000003")
	set("InputParameters", `[{"ParameterName":"in","ValueSource":"one.o0:outputs"},{"ParameterName":"a","ValueSource":"x"}]`, "[]")
	set("OutputParameters", `[{"ParameterName":"out","Type":"1","Value":"${bizdate}","Description":"说明"},{"ParameterName":"v","Type":"2","Value":"\"x\"\n"}]`, "[]")
	// A submit may take what the code does not name for not wanted, which fails the file: a test of its own.
	p["AutoParsing"] = "false"
	if g.switches["submit-parses"] != "replaces" && g.often() {
		p["AutoParsing"] = "true"
	}
}
