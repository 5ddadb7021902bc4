package cli_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gogit "github.com/go-git/go-git/v5"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
)

// The table of the design's section 6, each cell through the real commands: what a diff says of a row, what a push then does to the workspace, and what a pull
// does to the tree, for each source that a base can come from.

// baseSource is where the base of a cell comes from.
type baseSource string

const (
	// fromState: a project without a repository, so that only .dwsync knows.
	fromState baseSource = "state"
	// fromMark: a fresh clone, in which the marks of the submits set the floor.
	fromMark baseSource = "mark"
	// fromGit: a fresh clone of a target that only saves, where no submit leaves a mark.
	fromGit baseSource = "git versions"
)

// tableRow is a row of the table: what happened on either side since both were alike.
type tableRow struct {
	name        string
	here, there change
	want        map[baseSource]diff.Verdict
	// why says why a source tells less than the state does.
	why string
}

// change is what happens to the file on one side.
type change string

const (
	none    change = ""
	edit    change = "edit"
	other   change = "another edit"
	part    change = "a part of the edit"
	deletes change = "delete"
	// halfDeletes leaves the node in production.
	halfDeletes change = "delete in DataStudio only"
	// makes and makesOther are for a file that neither side had.
	makes      change = "make"
	makesOther change = "make another"
)

// all gives a verdict for every source, but for those that are named with another.
func verdicts(state, mark, git diff.Verdict) map[baseSource]diff.Verdict {
	return map[baseSource]diff.Verdict{fromState: state, fromMark: mark, fromGit: git}
}

func tableRows() []tableRow {
	same, here, there := diff.Same, diff.ChangedHere, diff.ChangedThere
	conflict, unrelated := diff.Conflict, diff.Unrelated
	const unmarked = "a form that no commit ever had, and no mark to say what stood there before: nobody can tell which side changed"
	const goneWithMarks = "with the file its marks are gone, so that it looks like one that was never pushed"
	return []tableRow{
		{"nothing", none, none, verdicts(same, same, same), ""},
		{"changed alike", edit, edit, verdicts(same, same, same), ""},
		{"changed here", edit, none, verdicts(here, here, here), ""},
		{"changed there", none, edit, verdicts(there, there, unrelated), unmarked},
		{"both", edit, other, verdicts(conflict, conflict, unrelated), unmarked},
		{"a write cut short", edit, part, verdicts(diff.CutShort, diff.CutShort, unrelated), unmarked},
		{"deleted here", deletes, none, verdicts(diff.DeletedHere, diff.DeletedHere, diff.DeletedHere), ""},
		{"deleted there", none, deletes, verdicts(diff.DeletedThere, diff.MadeHere, diff.MadeHere), goneWithMarks},
		{"deleted there, but not in production", none, halfDeletes, verdicts(diff.DeletedThere, diff.DeletedThere, diff.MadeHere), goneWithMarks},
		{"deleted here, changed there", deletes, edit, verdicts(conflict, conflict, diff.MadeThere), unmarked},
		{"changed here, deleted there", edit, deletes, verdicts(conflict, diff.MadeHere, diff.MadeHere), goneWithMarks},
		{"made here", makes, none, verdicts(diff.MadeHere, diff.MadeHere, diff.MadeHere), ""},
		{"made there", none, makes, verdicts(diff.MadeThere, diff.MadeThere, diff.MadeThere), ""},
		{"made on both sides", makes, makesOther, verdicts(unrelated, unrelated, unrelated), ""},
	}
}

// placeRows are the rows that can happen to a place. What differs from the rest of the table: of an object that differs in nothing but its place, git's history tells
// who renamed it without a mark. A place that no commit has was given in the workspace if the commits have one place, and on both sides if they have two.
func placeRows() []tableRow {
	return []tableRow{
		{"nothing", none, none, verdicts(diff.Same, diff.Same, diff.Same), ""},
		{"changed alike", edit, edit, verdicts(diff.Same, diff.Same, diff.Same), ""},
		{"changed here", edit, none, verdicts(diff.ChangedHere, diff.ChangedHere, diff.ChangedHere), ""},
		{"changed there", none, edit, verdicts(diff.ChangedThere, diff.ChangedThere, diff.ChangedThere), ""},
		{"both", edit, other, verdicts(diff.Conflict, diff.Conflict, diff.Conflict), ""},
	}
}

// tableSubject is what the change is one of: the code, the schedule, the name, or the folder.
type tableSubject struct {
	name string
	// form gives the file's form after a change; a part exists only of a schedule.
	form func(change) (sql, cron, para string)
	// place gives the file's path after a change; nil if it stays.
	place func(change) string
}

// at gives where the file is after a change.
func (s tableSubject) at(c change) string {
	if s.place == nil {
		return tableFile
	}
	return s.place(c)
}

// rows gives the rows that can happen to the subject.
func (s tableSubject) rows() []tableRow {
	if s.place != nil {
		return placeRows()
	}
	return slices.DeleteFunc(tableRows(), func(row tableRow) bool { return row.there == part && s.name != "configuration" }) // one text has no parts
}

func tableSubjects() []tableSubject {
	return []tableSubject{
		{"content", func(c change) (string, string, string) {
			return map[change]string{none: "SELECT 'base';\n", edit: "SELECT 'edit';\n", other: "SELECT 'other';\n", makes: "SELECT 'made';\n", makesOther: "SELECT 'made otherwise';\n"}[c], "00 30 00 * * ?", "a=1"
		}, nil},
		{"configuration", func(c change) (string, string, string) {
			cron := map[change]string{none: "00 30 00 * * ?", edit: "00 31 00 * * ?", part: "00 31 00 * * ?", other: "00 32 00 * * ?", makes: "00 33 00 * * ?", makesOther: "00 34 00 * * ?"}[c]
			para := map[change]string{none: "a=1", edit: "a=2", part: "a=1", other: "a=3", makes: "a=4", makesOther: "a=5"}[c]
			return "SELECT 1;\n", cron, para
		}, nil},
		{"rename", untouched, func(c change) string {
			return dwd + map[change]string{none: "a", edit: "a_renamed", other: "a_renamed_otherwise"}[c]
		}},
		{"move", untouched, func(c change) string {
			return dwd + map[change]string{none: "a", edit: "moved/a", other: "moved_elsewhere/a"}[c]
		}},
	}
}

// untouched is the form of a file of which only the place changes.
func untouched(change) (sql, cron, para string) { return "SELECT 1;\n", "00 30 00 * * ?", "a=1" }

// tablePaths are all places at which a row may leave the file.
func tablePaths() []string {
	paths := []string{tableFile, dwd + "new"}
	for _, s := range tableSubjects() {
		if s.place != nil {
			paths = append(paths, s.place(edit), s.place(other))
		}
	}
	return paths
}

// tableWorld is a project and its workspace, both alike, with one base source, from which every cell starts.
type tableWorld struct {
	*crashWorld
	subject  tableSubject
	source   baseSource
	start    string
	snapshot emulator.Snapshot
}

// tableFile is the file that the cells are about; neighbours are never touched, two of which keep the folders into which it moves.
const (
	tableFile = dwd + "a"
	neighbour = dwd + "neighbour"
)

var otherNeighbours = []string{dwd + "moved/x", dwd + "moved_elsewhere/y"}

func TestTableOfSectionSix(t *testing.T) {
	isolate(t)
	for i, subject := range tableSubjects() {
		for j, source := range []baseSource{fromState, fromMark, fromGit} {
			t.Run(fmt.Sprintf("%s by %s", subject.name, source), func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "start")
				tableProject(t, dir, subject, source, 3*i+j+1)
				synctest.Test(t, func(t *testing.T) {
					w := newTableWorld(t, dir, subject, source)
					for _, row := range subject.rows() {
						w.play(row)
					}
				})
			})
		}
	}
}

// By the trailer of a commit a fresh clone knows one thing more: that somebody here saw what the workspace holds, and decided. So it turns a conflict into a
// change of here; no other cell can be told by it, because each of the others needs to know what stood there before.
func TestTableOfSectionSixByTrailer(t *testing.T) {
	isolate(t)
	for i, subject := range tableSubjects() {
		if subject.place != nil {
			continue // a place is one text that nobody merges
		}
		t.Run(subject.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "start")
			tableProject(t, dir, subject, fromMark, 20+i)
			synctest.Test(t, func(t *testing.T) {
				w := newTableWorld(t, dir, subject, fromMark)
				ours := []string{"pull", "--ours", tableFile}
				for message, names := range map[string][]string{"decided, and not said": ours, "decided": ours, "merged by hand": {"push", "--yes"}} {
					w.set(tableRow{here: edit, there: other})
					_, output := w.run(names...)
					_, line, found := strings.Cut(output, "Dwsync-Merged: ")
					if !found {
						t.Fatalf("%v names no line for the commit:\n%s", names, output)
					}
					want, text := diff.Conflict, message
					if message != "decided, and not said" {
						line, _, _ = strings.Cut(line, "\n")
						want, text = diff.ChangedHere, message+"\n\nDwsync-Merged: "+strings.TrimSpace(line)
					}
					repo, err := gogit.PlainOpen(w.dir)
					must(t, err)
					write(t, filepath.Join(w.dir, "README"), message)
					commit(t, repo, text)
					w.forget()
					if _, output := w.run("diff", "--format", "json"); w.verdict(output) != want {
						t.Errorf("%s: a diff says %q, not %q:\n%s", message, w.verdict(output), want, output)
					}
					before := w.look()
					code, output := w.run("push", "--yes")
					if wanted := endOf("push", want, before); w.look() != wanted.sides || code != wanted.code {
						t.Errorf("%s: a push leads to %v and ends with %d, not %v and %d:\n%s", message, w.look(), code, wanted.sides, wanted.code, output)
					}
				}
			})
		})
	}
}

// tableProject writes the project that both sides begin with.
func tableProject(t *testing.T, dir string, subject tableSubject, source baseSource, number int) {
	t.Helper()
	release := "deployed"
	if source == fromGit {
		release = "saved"
	}
	write(t, filepath.Join(dir, "dwsync.yaml"), fmt.Sprintf("version: 1\ntargets:\n  dev: {region: cn-shanghai, endpoint: \"127.0.0.1:%d\", projectId: 10000, release: %s}\n", number, release))
	write(t, filepath.Join(dir, ".gitignore"), ".dwsync/\n")
	write(t, filepath.Join(dir, "业务流程", "shop", "business.yaml"), "description: a shop\n")
	writeTableFile(t, dir, neighbour, tableSubjects()[0], none)
	writeTableFile(t, dir, tableFile, subject, none)
	for _, other := range otherNeighbours {
		writeTableFile(t, dir, other, tableSubjects()[0], none)
	}
	if source == fromState {
		return
	}
	repo, err := gogit.PlainInit(dir, false)
	must(t, err)
	commit(t, repo, "what both sides have")
}

func writeTableFile(t *testing.T, dir, path string, subject tableSubject, c change) {
	t.Helper()
	sql, cron, para := subject.form(c)
	base := filepath.Join(dir, filepath.FromSlash(path))
	write(t, base+".sql", sql)
	write(t, base+".node.yaml", "fileType: ODPS_SQL\nautoParsing: false\nnodeConfiguration:\n  cronExpress: "+cron+"\n  paraValue: "+para+
		"\n  inputList: [\"${project}_root\"]\n  outputList: [\"${project}."+outputOf(path)+"\"]\n")
}

// outputOf is the output of a file, which stays when the file is renamed or moved.
func outputOf(path string) string {
	if strings.HasSuffix(path, "/a") || strings.Contains(path, "a_renamed") {
		return "a"
	}
	return filepath.Base(path)
}

func newTableWorld(t *testing.T, dir string, subject tableSubject, source baseSource) *tableWorld {
	w := &tableWorld{crashWorld: newCrashWorld(t, dir, nil, emulator.Standard), subject: subject, source: source, start: dir}
	w.finish("before")
	time.Sleep(time.Hour)
	if source != fromState {
		w.forget()
	}
	w.snapshot = w.server.Snapshot()
	return w
}

// play brings both sides to a row and holds the commands to its verdict.
func (w *tableWorld) play(row tableRow) {
	want := row.want[w.source]
	where := fmt.Sprintf("%s, %s by %s, which is %q", row.name, w.subject.name, w.source, want)
	if row.why != "" {
		where += " since " + row.why
	}
	for _, command := range []string{"push", "pull"} {
		w.set(row)
		code, output := w.run("diff", "--format", "json")
		if got := w.verdict(output); got != want {
			w.t.Errorf("%s: a diff says %q (%d):\n%s", where, got, code, output)
			return
		}
		before := w.look()
		args := []string{"push", "--yes"}
		if command == "pull" {
			args = []string{"pull"}
		}
		code, output = w.run(args...)
		after := w.look()
		if wanted := endOf(command, want, before); after != wanted.sides || code != wanted.code {
			w.t.Errorf("%s: from %v a %s leads to %v and ends with %d, not %v and %d:\n%s", where, before, command, after, code, wanted.sides, wanted.code, output)
		}
	}
}

// sides are what tree and workspace hold of the file, "" for nothing.
type sides struct{ tree, workspace string }

// tableEnd is how a command ends.
type tableEnd struct {
	sides sides
	code  int
}

// endOf is the table: what a command makes of both sides. A merge of two edits of one line leaves markers, of one field nothing.
func endOf(command string, v diff.Verdict, s sides) tableEnd {
	takeHere, takeThere := tableEnd{sides{s.tree, s.tree}, 0}, tableEnd{sides{s.workspace, s.workspace}, 0}
	stay, refuse := tableEnd{s, 0}, tableEnd{s, 3}
	if command == "push" {
		return map[diff.Verdict]tableEnd{
			diff.Same: stay, diff.ChangedHere: takeHere, diff.CutShort: takeHere, diff.MadeHere: takeHere, diff.ChangedThere: stay, diff.MadeThere: stay, diff.DeletedHere: stay, diff.DeletedThere: stay,
			diff.Conflict: refuse, diff.Unrelated: refuse,
		}[v]
	}
	end := map[diff.Verdict]tableEnd{
		diff.Same: stay, diff.ChangedHere: stay, diff.CutShort: stay, diff.MadeHere: stay, diff.ChangedThere: takeThere, diff.MadeThere: takeThere, diff.DeletedHere: stay, diff.DeletedThere: takeThere,
		diff.Conflict: refuse, diff.Unrelated: refuse,
	}[v]
	isText := strings.Contains(s.tree, "'edit'") && strings.Contains(s.workspace, "'other'")
	if v == diff.Conflict && isText {
		end.sides.tree = marked
	}
	return end
}

// marked stands for a tree whose file holds the markers of a conflict.
const marked = "<markers>"

// set puts both sides back to the start and makes the row's changes.
func (w *tableWorld) set(row tableRow) {
	w.t.Helper()
	time.Sleep(time.Hour)
	must(w.t, w.server.Restore(w.snapshot))
	w.dir = filepath.Join(w.t.TempDir(), "project")
	copyDir(w.t, w.start, w.dir, nil)
	name := tableFile
	if row.here == makes || row.there == makes || row.there == makesOther {
		name = dwd + "new"
	}
	w.change(name, row.there)
	if row.here == deletes || w.subject.place != nil && row.here != none {
		for _, ending := range []string{".sql", ".node.yaml"} {
			must(w.t, os.Remove(filepath.Join(w.dir, filepath.FromSlash(name+ending))))
		}
		name = w.subject.at(row.here)
	}
	if row.here != none && row.here != deletes {
		writeTableFile(w.t, w.dir, name, w.subject, row.here)
	}
	if w.source != fromState && row.here != none {
		repo, err := gogit.PlainOpen(w.dir)
		must(w.t, err)
		tree, err := repo.Worktree()
		must(w.t, err)
		must(w.t, tree.AddWithOptions(&gogit.AddOptions{All: true}))
		commit(w.t, repo, "what changed here")
	}
	time.Sleep(time.Hour)
}

func (w *tableWorld) client() *dataworks.Client {
	client, err := dataworks.Open(dataworks.Options{
		Endpoint: "127.0.0.1:1", Region: "cn-shanghai", Project: dataworks.ProjectRef{ID: "10000"},
		Credentials: dataworks.AccessKey(markedID, markedSecret, markedToken), Transport: w.server.Transport(),
	})
	must(w.t, err)
	return client
}

func tableKey(path string) model.Key {
	p := model.FolderPath(path)
	return model.FileKey(p.Parent(), p.Base(), 10)
}

// change does in the workspace what somebody in the console would.
func (w *tableWorld) change(name string, c change) {
	w.t.Helper()
	if c == none {
		return
	}
	client, ctx, key := w.client(), w.t.Context(), tableKey(name)
	form := model.NewObject(key)
	sql, cron, para := w.subject.form(c)
	form.Set(model.FieldContent, model.TextValue(sql))
	form.Set(model.FieldCronExpress, model.TextValue(cron))
	form.Set(model.FieldParaValue, model.TextValue(para))
	form.Set(model.FieldInputList, model.SetValue(model.NewItem("dw_project_root")))
	form.Set(model.FieldAutoParsing, model.BoolValue(false))
	id, err := client.FindFile(ctx, key)
	must(w.t, err)
	switch {
	case c == deletes, c == halfDeletes:
		_, err = client.DeleteFile(ctx, id)
		if c == deletes && w.source != fromGit {
			must(w.t, err)
			time.Sleep(time.Minute)
			_, err = client.DeployFile(ctx, id, 0, "gone for good")
		}
	case id == "":
		_, err = client.CreateFile(ctx, form)
	case w.subject.place != nil:
		form.Key = tableKey(w.subject.at(c))
		err = client.UpdateFile(ctx, id, form, model.PathParts(form.Key, key), nil)
	default:
		err = client.UpdateFile(ctx, id, form, []model.Field{model.FieldContent, model.FieldCronExpress, model.FieldParaValue}, nil)
	}
	must(w.t, err)
}

// look gives what both sides hold of the one file that is not the neighbour.
func (w *tableWorld) look() sides {
	w.t.Helper()
	var s sides
	ctx, client := w.t.Context(), w.client()
	for _, path := range tablePaths() {
		sql, err := os.ReadFile(filepath.Join(w.dir, filepath.FromSlash(path+".sql")))
		if err == nil {
			meta, err := os.ReadFile(filepath.Join(w.dir, filepath.FromSlash(path+".node.yaml")))
			must(w.t, err)
			s.tree += path + " " + string(sql) + scheduleIn(string(meta))
		} else if !errors.Is(err, fs.ErrNotExist) {
			w.t.Fatal(err)
		}
		id, err := client.FindFile(ctx, tableKey(path))
		must(w.t, err)
		if id != "" {
			file, err := client.GetFile(ctx, id)
			must(w.t, err)
			s.workspace += path + " " + file.Object.Text(model.FieldContent) + file.Object.Text(model.FieldCronExpress) + " " + file.Object.Text(model.FieldParaValue) + ";"
		}
	}
	if strings.Contains(s.tree, "<<<<<<<") {
		s.tree = marked
	}
	return s
}

// scheduleIn gives the values of a YAML file that the cells change.
func scheduleIn(meta string) string {
	var cron, para string
	for line := range strings.Lines(meta) {
		if value, found := strings.CutPrefix(strings.TrimSpace(line), "cronExpress: "); found {
			cron = value
		}
		if value, found := strings.CutPrefix(strings.TrimSpace(line), "paraValue: "); found {
			para = value
		}
	}
	return cron + " " + para + ";"
}

// verdict finds in a report what it says of the file; what it does not name is the same on both sides.
func (w *tableWorld) verdict(output string) diff.Verdict {
	w.t.Helper()
	var plan struct {
		Actions, Skipped []struct {
			Kind    model.Kind
			Path    string
			Verdict diff.Verdict
		}
	}
	if err := json.NewDecoder(strings.NewReader(output[max(strings.Index(output, "{"), 0):])).Decode(&plan); err != nil {
		w.t.Fatalf("%v:\n%s", err, output)
	}
	for _, o := range slices.Concat(plan.Actions, plan.Skipped) {
		if o.Kind == model.KindNode && o.Path != neighbour && !slices.Contains(otherNeighbours, o.Path) && strings.HasPrefix(o.Path, dwd) && o.Verdict != "half deleted" {
			return o.Verdict
		}
	}
	return diff.Same
}
