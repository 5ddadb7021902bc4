package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	gogit "github.com/go-git/go-git/v5"

	"github.com/dwsync/dwsync/pkg/emulator"
)

// One push that does everything: it creates, updates, renames and moves objects of each kind, deletes nodes, a function and its resource, a folder and a business, and submits and deploys
// what is left.

// everythingScenarios play it in both modes, with fresh and with stale reads, and with each answer to an update that changes nothing.
func everythingScenarios() []crashScenario {
	var all []crashScenario
	for _, mode := range []emulator.Mode{emulator.Standard, emulator.Simple} {
		for _, stale := range []string{"none", "first"} {
			for _, noOp := range []string{"refused", "each", "accepted"} {
				all = append(all, crashScenario{
					name: fmt.Sprintf("everything, mode %v, stale reads %s, empty updates %s", mode, stale, noOp), update: true, mode: mode, history: committed,
					switches: map[string]string{"stale-reads": stale, "no-op-update": noOp}, commits: everythingCommits, seed: innerFiles(), arguments: pruneArguments(),
				})
			}
		}
	}
	return all
}

// innerFiles are a node and the files inside it, which the API cannot make, as they are in the first commit.
func innerFiles() []emulator.SeedFile {
	const folder, loop = "业务流程/loops/通用", "业务流程/loops/通用/loop"
	schedule := map[string]string{"AutoParsing": "false", "InputList": "dw_project_root", "OutputList": "dw_project.loop", "CronExpress": "00 30 00 * * ?"}
	return []emulator.SeedFile{
		{Folder: folder, Name: "loop", Type: 1106, Content: "{}", Params: schedule, Stage: emulator.Deployed},
		{Folder: folder, Name: "begin", Type: 1107, Parent: loop},
		{Folder: folder, Name: "step", Type: 10, Content: "SELECT 1;\n", Parent: loop},
	}
}

// afterSeed is when the commits are made: not before the inner files, so that a fresh clone knows whose they are, but before the first push.
var afterSeed = time.Date(2000, 1, 1, 0, 1, 0, 0, time.UTC)

// everything is a tree that a test writes.
type everything struct {
	t   *testing.T
	dir string
}

func (e everything) file(path, text string) {
	write(e.t, filepath.Join(e.dir, filepath.FromSlash(path)), text)
}

// node writes a scheduled node; more are lines of its YAML.
func (e everything) node(path, extension, code, fileType, inputs, outputs, more string) {
	e.file("业务流程/"+path+extension, code)
	e.file("业务流程/"+path+".node.yaml", "fileType: "+fileType+"\nautoParsing: false\nnodeConfiguration:\n  cronExpress: 00 30 00 * * ?\n  inputList: ["+inputs+"]\n"+
		"  outputList: ["+outputs+"]\n"+more)
}

func (e everything) sql(path, code, inputs, outputs, more string) {
	e.node(path, ".sql", code, "ODPS_SQL", inputs, outputs, more)
}

func (e everything) resource(name, code string) {
	e.file("业务流程/shop/MaxCompute/"+name, code)
	e.file("业务流程/shop/MaxCompute/"+name+".resource.yaml", "fileType: ODPS_PYTHON\n")
}

func (e everything) function(name, class, resource string) {
	e.file("业务流程/shop/MaxCompute/"+name+".function.yaml", "fileType: ODPS_FUNCTION\nfunctionType: STRING\nclassName: "+class+"\nresources: ["+resource+"]\n")
}

func (e everything) integration(name, step string) {
	e.node("shop/数据集成/"+name, ".json", "{\n  \"type\": \"job\",\n  \"steps\": [\n    \""+step+"\"\n  ]\n}\n", "DI", "'${project}_root'", "'${project}."+name+"'", "")
}

func (e everything) assignment(name, code, language string) {
	e.node("shop/通用/"+name, ".sql", code, "CONTROLLER_ASSIGNMENT", "'${project}_root'", "'${project}."+name+"'", "envelope:\n  language: "+language+"\n  content: <code>\n")
}

func (e everything) manual(name, code string) {
	e.file("手动业务流程/tools/MaxCompute/"+name+".sql", code)
	e.file("手动业务流程/tools/MaxCompute/"+name+".node.yaml", "fileType: ODPS_SQL\nautoParsing: false\n")
}

// loop writes the node of innerFiles.
func (e everything) loop() {
	e.node("loops/通用/loop", ".for-each.json", "{}", "CONTROLLER_TRAVERSE", "'${project}_root'", "'${project}.loop'", "")
	e.file("业务流程/loops/通用/loop%.inner/begin.node.yaml", "fileType: CONTROLLER_TRAVERSE_START\n")
	e.file("业务流程/loops/通用/loop%.inner/step.node.yaml", "fileType: ODPS_SQL\nnodeConfiguration:\n  outputList:\n    - ${project}.step\n")
	e.file("业务流程/loops/通用/loop%.inner/begin.for-each-start", "")
}

func (e everything) inner(code string) {
	e.file("业务流程/loops/通用/loop%.inner/step.sql", code)
}

func (e everything) remove(path string) {
	must(e.t, os.RemoveAll(filepath.Join(e.dir, filepath.FromSlash("业务流程/"+path))))
}

func (e everything) move(from, to string) {
	must(e.t, os.Rename(filepath.Join(e.dir, filepath.FromSlash("业务流程/"+from)), filepath.Join(e.dir, filepath.FromSlash("业务流程/"+to))))
}

// everythingCommits makes the two commits, and gives a checkout of each.
func everythingCommits(t *testing.T, endpoint string) (before, after string) {
	t.Helper()
	e := everything{t, filepath.Join(t.TempDir(), "before")}
	e.file("dwsync.yaml", fmt.Sprintf("version: 1\ntargets:\n  dev: {region: cn-shanghai, endpoint: %q, projectId: 10000}\n", endpoint))
	e.file("业务流程/shop/business.yaml", "description: a shop\n")
	e.file("业务流程/sales/business.yaml", "description: its figures\n")
	e.file("业务流程/loops/business.yaml", "description: ''\n")
	e.file("业务流程/old/business.yaml", "description: an old shop\n")
	e.file("手动业务流程/tools/business.yaml", "description: what people run\n")
	e.resource("words.py", "def words(a):\n    return a\n")
	e.function("Words", "words.Words", "words.py")
	e.resource("old.py", "def old(a):\n    return a\n")
	e.function("Old", "old.Old", "old.py")
	e.integration("sync", "orders")
	e.assignment("last_day", "SELECT MAX(ds) FROM orders;\n", "odps")
	e.node("shop/通用/notify", ".sh", "echo done\n", "DIDE_SHELL", "'${project}.clean'", "'${project}.notify'", "")
	e.loop()
	e.inner("SELECT 1;\n")
	e.sql("shop/MaxCompute/orders", "##@resource_reference{\"words.py\"}\nSELECT 'orders';\n", "'${project}.sync'", "'${project}.orders', '${project}.t_old'", "")
	e.sql("shop/MaxCompute/dwd/clean", "SELECT 'clean';\n", "'${project}.t_old'", "'${project}.clean'", "")
	e.sql("shop/MaxCompute/dwd/join", "SELECT 'join';\n", "'${project}.clean'", "'${project}.join'", "")
	e.sql("shop/MaxCompute/top", "SELECT 'top';\n", "'${project}.join', '${project}.loop'", "'${project}.top'", "")
	e.sql("shop/MaxCompute/gone/leaf", "SELECT 'leaf';\n", "'${project}.clean'", "'${project}.leaf'", "")
	e.sql("sales/MaxCompute/figures", "SELECT 'figures';\n", "'${project}.top'", "'${project}.figures'", "")
	e.sql("old/MaxCompute/last", "SELECT 'last';\n", "'${project}.leaf'", "'${project}.last'", "")
	e.manual("repair", "SELECT 'repair';\n")
	repo, err := gogit.PlainInit(e.dir, false)
	must(t, err)
	commitAt(t, repo, afterSeed, "a shop")
	before = e.dir

	after = filepath.Join(t.TempDir(), "after")
	copyDir(t, before, after, nil)
	e.dir = after
	e.file("业务流程/shop/business.yaml", "description: the shop\n")
	e.file("业务流程/new/business.yaml", "description: a new shop\n")
	e.resource("words.py", "def words(a):\n    return a + a\n")
	e.resource("more.py", "def more(a):\n    return a\n")
	e.function("Words", "words.More", "words.py")
	e.function("More", "more.More", "more.py")
	e.integration("sync", "orders of today")
	e.integration("sync_users", "users")
	e.assignment("last_day", "date +%Y%m%d\n", "shell")
	e.move("shop/通用/last_day.sql", "shop/通用/last_day.sh")
	e.assignment("first_day", "SELECT MIN(ds) FROM orders;\n", "odps")
	e.inner("SELECT 11;\n")
	e.move("shop/MaxCompute/dwd", "shop/MaxCompute/detail")
	e.move("shop/MaxCompute/top.sql", "shop/MaxCompute/first.sql")
	e.move("shop/MaxCompute/top.node.yaml", "shop/MaxCompute/first.node.yaml")
	e.move("sales", "reports")
	e.sql("shop/MaxCompute/orders", "##@resource_reference{\"words.py\"}\nSELECT 'orders';\n", "'${project}.sync'", "'${project}.orders', '${project}.t_new'", "")
	e.sql("shop/MaxCompute/detail/clean", "SELECT 'cleaner';\n", "'${project}.t_new'", "'${project}.clean'", "")
	e.sql("new/MaxCompute/ods/users", "##@resource_reference{\"more.py\"}\nSELECT 'users';\n", "'${project}.sync_users'", "'${project}.users'", "")
	e.sql("new/MaxCompute/waits", "SELECT 'waits';\n", "'${project}.users', '${project}.join'", "'${project}.waits'",
		"  dependentType: USER_DEFINE\n  dependentNodeIdList:\n    - ${node:业务流程/new/MaxCompute/ods/users}\n    - ${node:业务流程/shop/MaxCompute/first}\n")
	e.node("new/通用/tell", ".sh", "echo new\n", "DIDE_SHELL", "'${project}.waits', '${project}.first_day'", "'${project}.tell'", "")
	e.manual("repair", "SELECT 'better';\n")
	e.manual("again", "SELECT 'again';\n")
	e.remove("old")
	e.remove("shop/MaxCompute/gone")
	e.remove("shop/MaxCompute/Old.function.yaml")
	e.remove("shop/MaxCompute/old.py")
	e.remove("shop/MaxCompute/old.py.resource.yaml")
	repo, err = gogit.PlainOpen(e.dir)
	must(t, err)
	commitAt(t, repo, afterSeed, "a better shop")
	return before, after
}
