package cli_test

import (
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"

	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/remote"
)

// What people do, in a clone and in the console.

// newJob writes a job into a clone's tree. One of its outputs never changes, so that it can be known again wherever it is. Its inputs are outputs of older ones, so that there is no circle.
func (d *day) newJob(c *clone, folder string) {
	c.look(d.t)
	uid := d.fresh("j")
	input := "_root"
	if outputs := d.outputs(c); len(outputs) > 0 && d.often() {
		input = "." + d.pick(outputs...)
	}
	base := c.path(path.Join(folder, uid))
	code := "-- job " + uid + "\n"
	for i := range 3 {
		code += fmt.Sprintf("-- l%d %s\nSELECT %d;\nSELECT 'so that lines are apart';\n", i, d.fresh("v"), i)
	}
	write(d.t, base+".sql", code)
	write(d.t, base+".node.yaml", "fileType: ODPS_SQL\nfileDescription: "+d.fresh("v")+"\nautoParsing: false\nnodeConfiguration:\n  cronExpress: "+d.cron()+"\n  paraValue: "+d.fresh("v")+
		"\n  inputList:\n    - ${project}"+input+"\n  outputList:\n    - ${project}.o"+uid+"\n    - ${project}.t"+uid+"\n")
}

func (d *day) cron() string {
	d.number++
	return fmt.Sprintf("00 %02d %02d * * ?", d.number%60, d.number/60%24)
}

var outputIn = regexp.MustCompile(`outputList:\n +- '?\$\{project\}\.(\w+)`)

// outputs are those of a clone's jobs.
func (d *day) outputs(c *clone) []string {
	var outputs []string
	for _, uid := range slices.Sorted(maps.Keys(c.jobs)) {
		if m := outputIn.FindStringSubmatch(c.jobs[uid].meta); m != nil {
			outputs = append(outputs, m[1])
		}
	}
	return outputs
}

// edit replaces text in the YAML files of a clone, of one job or of all.
func (d *day) edit(c *clone, only string, replace func(string) string) {
	for uid, j := range c.jobs {
		if only == "" || uid == only {
			if text := replace(j.meta); text != j.meta {
				write(d.t, c.path(j.path+".node.yaml"), text)
			}
		}
	}
}

// here changes something in a clone.
func (d *day) here(c *clone) {
	if c.mend != nil && d.often() {
		c.mend()
		c.mend = nil
	}
	c.resolve(d)
	uids := slices.Sorted(maps.Keys(c.jobs))
	if len(uids) < 3 {
		d.newJob(c, "业务流程/shop/MaxCompute/"+d.pick("dwd", "ads"))
		return
	}
	uid := d.pick(uids...)
	j := c.jobs[uid]
	folder := path.Dir(j.path)
	switch d.random.IntN(14) {
	case 0, 1, 2:
		slot, value := d.pick("l0", "l1", "l2"), d.fresh("v")
		d.tell(c, fmt.Sprintf("edits %s of %s: %s", slot, j.path, value))
		write(d.t, c.path(j.path+".sql"), regexp.MustCompile(`(?m)^-- `+slot+` \S+$`).ReplaceAllString(j.code, "-- "+slot+" "+value))
	case 3, 4:
		key, value := d.pick("fileDescription", "paraValue", "cronExpress"), d.fresh("v")
		if key == "cronExpress" {
			value = d.cron()
		}
		d.tell(c, fmt.Sprintf("edits %s of %s: %s", key, j.path, value))
		d.edit(c, uid, func(s string) string {
			return regexp.MustCompile(`(?m)^( *`+key+`): .*$`).ReplaceAllString(s, "$1: "+value)
		})
	case 5:
		d.moveHere(c, uid, j.path, path.Join(folder, d.fresh("n")))
	case 6:
		d.moveHere(c, uid, j.path, path.Join(path.Dir(folder), d.pick("dwd", "ads", d.fresh("f")), path.Base(j.path)))
	case 7:
		d.tell(c, "moves the folder "+folder)
		d.moveDirectory(c, folder, path.Join(path.Dir(folder), d.fresh("f")))
	case 8:
		if business := strings.Join(strings.Split(j.path, "/")[:2], "/"); d.oneIn(3) {
			d.tell(c, "renames the business "+business)
			d.moveDirectory(c, business, "业务流程/"+d.fresh("shop"))
		}
	case 9:
		d.deleteHere(c, uid)
	case 10:
		d.newJob(c, folder)
		d.tell(c, "makes a job in "+folder)
	case 11:
		older := slices.DeleteFunc(d.outputs(c), func(o string) bool { return numberOf(o) >= numberOf(uid) })
		if len(older) > 0 {
			to := d.pick(older...)
			d.tell(c, fmt.Sprintf("repoints %s to %s", j.path, to))
			d.edit(c, uid, func(s string) string {
				return regexp.MustCompile(`(inputList:\n +- '?\$\{project\})[._]\w+`).ReplaceAllString(s, "${1}."+to)
			})
		}
	case 12:
		if m := outputIn.FindStringSubmatch(j.meta); m != nil {
			to := "o" + uid + "_" + d.fresh("o")
			all := func(s string) string { return regexp.MustCompile(`\.`+m[1]+`\b`).ReplaceAllString(s, "."+to) }
			if d.oneIn(4) {
				d.tell(c, fmt.Sprintf("renames the output of %s, not its consumers'", j.path))
				d.edit(c, uid, all)
				c.mend = func() { c.look(d.t); d.edit(c, "", all) }
				break
			}
			d.tell(c, fmt.Sprintf("renames the output of %s to %s", j.path, to))
			d.edit(c, "", all)
		}
	case 13:
		older := slices.DeleteFunc(uids, func(o string) bool { return numberOf(o) >= numberOf(uid) })
		if len(older) == 0 || strings.Contains(j.meta, "${node:") || strings.Contains(j.meta, "${auto:") {
			break
		}
		to := c.jobs[d.pick(older...)].path
		d.tell(c, fmt.Sprintf("lets %s refer to %s", j.path, to))
		d.edit(c, uid, func(s string) string {
			if d.often() {
				return strings.TrimSuffix(s, "\n") + "\n  dependentType: USER_DEFINE\n  dependentNodeIdList:\n    - ${node:" + to + "}\n"
			}
			return strings.Replace(s, "inputList:\n", "inputList:\n    - ${auto:"+to+"}\n", 1)
		})
	}
	c.look(d.t)
}

// numberOf gives the number of the job that a name begins with.
func numberOf(name string) (n int) {
	_, _ = fmt.Sscanf(strings.TrimPrefix(strings.TrimPrefix(name, "o"), "j"), "%d", &n)
	return n
}

// refer makes references to a path follow it.
func (d *day) refer(c *clone, from, to string) {
	d.edit(c, "", func(s string) string {
		return strings.ReplaceAll(strings.ReplaceAll(s, ":"+from+"}", ":"+to+"}"), ":"+from+"/", ":"+to+"/")
	})
}

func (d *day) moveHere(c *clone, uid, from, to string) {
	if _, err := os.Stat(c.path(to + ".sql")); err == nil {
		return
	}
	d.tell(c, fmt.Sprintf("moves %s to %s", from, to))
	noteMove(d.movedHere, uid, from, to)
	d.refer(c, from, to)
	must(d.t, os.MkdirAll(filepath.Dir(c.path(to)), 0o755))
	for _, ending := range []string{".sql", ".node.yaml"} {
		must(d.t, os.Rename(c.path(from+ending), c.path(to+ending)))
	}
}

func (d *day) moveDirectory(c *clone, from, to string) {
	d.refer(c, from, to)
	must(d.t, os.Rename(c.path(from), c.path(to)))
}

// deleteHere deletes a job that no other one needs.
func (d *day) deleteHere(c *clone, uid string) {
	j := c.jobs[uid]
	output := outputIn.FindStringSubmatch(j.meta)
	for other, o := range c.jobs {
		if other != uid && (strings.Contains(o.meta, ":"+j.path+"}") || output != nil && regexp.MustCompile(`\.`+output[1]+`\b`).MatchString(o.meta)) {
			return
		}
	}
	d.tell(c, "deletes "+j.path)
	for _, ending := range []string{".sql", ".node.yaml"} {
		must(d.t, os.Remove(c.path(j.path+ending)))
	}
}

// there changes something in the console.
func (d *day) there() {
	ctx := d.t.Context()
	workspace, err := remote.Read(ctx, d.console, remote.Options{})
	must(d.t, err)
	var files []model.Remote
	for _, k := range slices.SortedFunc(maps.Keys(workspace.Objects), model.Key.Compare) {
		if k.Kind.IsFile() {
			files = append(files, workspace.Objects[k])
		}
	}
	if len(files) == 0 {
		return
	}
	file := files[d.random.IntN(len(files))]
	key, uid := file.Object.Key, markedLine.FindStringSubmatch(file.Object.Text(model.FieldContent))[2]
	switch d.random.IntN(12) {
	case 0, 1, 2:
		slot := d.pick("l0", "l1", "l2")
		d.save(file, model.FieldContent, regexp.MustCompile(`(?m)^-- `+slot+` \S+$`).ReplaceAllString(file.Object.Text(model.FieldContent), "-- "+slot+" "+d.fresh("w")))
	case 3, 4:
		field := []model.Field{model.FieldFileDescription, model.FieldParaValue, model.FieldCronExpress}[d.random.IntN(3)]
		value := d.fresh("w")
		if field == model.FieldCronExpress {
			value = d.cron()
		}
		d.save(file, field, value)
	case 5:
		d.moveThere(workspace, file, uid, key.At(key.Folder, d.fresh("m")))
	case 6:
		d.moveThere(workspace, file, uid, key.At(key.Folder.Parent().Join(d.pick("dwd", "ads", d.fresh("g"))), key.Name))
	case 7:
		to := key.Folder.Parent().Join(d.fresh("g"))
		d.say(fmt.Sprintf("console: renames the folder %s to %s", key.Folder, to))
		must(d.t, d.console.RenameFolder(ctx, workspace.Folders[key.Folder], key.Folder, to))
	case 8:
		if d.oneIn(3) {
			business := workspace.Objects[model.BusinessKey(model.FolderPath(strings.Join(strings.Split(string(key.Folder), "/")[:2], "/")))]
			to := business.Object.Moved(business.Object.Key.At(business.Object.Key.Folder, d.fresh("mall")))
			d.say(fmt.Sprintf("console: renames the business %s to %s", business.Object.Key, to.Key))
			must(d.t, d.console.UpdateBusiness(ctx, business, to, []model.Field{model.FieldName}))
		}
	case 9:
		if _, err := d.console.DeleteFile(ctx, file.FileID); err != nil {
			break // somebody needs it
		}
		d.say("console: deletes " + key.String())
		if time.Sleep(time.Minute); d.often() {
			_, err := d.console.DeployFile(ctx, file.FileID, 0, "gone for good")
			d.say(fmt.Sprintf("console: and in production (%v)", err))
		}
	case 10:
		versions, err := d.console.ListFileVersions(ctx, file.FileID)
		must(d.t, err)
		if len(versions) > 1 {
			old, err := d.console.GetFileVersion(ctx, file.FileID, versions[d.random.IntN(len(versions))].Number)
			must(d.t, err)
			d.rollBack(uid, file, old.Content)
		}
	case 11:
		if file.NodeID != "" {
			d.freeze(file)
		}
	}
	time.Sleep(time.Minute)
	d.look()
}

// save saves a field in the console, and at times submits and deploys it.
func (d *day) save(file model.Remote, field model.Field, value string) {
	ctx, key := d.t.Context(), file.Object.Key
	d.say(fmt.Sprintf("console: %s of %s is now %q", field, key, value))
	want := file.Object.Moved(key)
	want.Set(field, model.TextValue(value))
	must(d.t, d.console.UpdateFile(ctx, file.FileID, want, []model.Field{field}, file.AutoOutputs))
	d.release(file)
}

func (d *day) release(file model.Remote) {
	ctx := d.t.Context()
	time.Sleep(time.Minute)
	if d.often() {
		_, err := d.console.SubmitFile(ctx, file.FileID, "by hand")
		d.say(fmt.Sprintf("console: submits %s (%v)", file.Object.Key, err))
		time.Sleep(time.Minute)
		if d.often() {
			_, err := d.console.DeployFile(ctx, file.FileID, 0, "by hand")
			d.say(fmt.Sprintf("console: deploys %s (%v)", file.Object.Key, err))
		}
	}
}

// rollBack gives a file the code of an earlier version.
func (d *day) rollBack(uid string, file model.Remote, code string) {
	was, is := map[string]string{}, map[string]string{}
	for _, m := range markedLine.FindAllStringSubmatch(file.Object.Text(model.FieldContent), -1) {
		was[m[1]] = m[2]
	}
	for _, m := range markedLine.FindAllStringSubmatch(code, -1) {
		is[m[1]] = m[2]
	}
	if code == file.Object.Text(model.FieldContent) {
		return
	}
	for slot, value := range is {
		if was[slot] != value {
			d.rollbacks[mark{uid, slot, value}] = &rollback{from: was[slot], seen: map[string]bool{}}
		}
	}
	d.say("console: rolls back:")
	d.save(file, model.FieldContent, code)
}

func (d *day) moveThere(workspace model.Workspace, file model.Remote, uid string, to model.Key) {
	if _, taken := workspace.Objects[to]; taken {
		return
	}
	ctx := d.t.Context()
	d.say(fmt.Sprintf("console: moves %s to %s", file.Object.Key, to))
	if _, there := workspace.Folders[to.Folder]; !there {
		_, err := d.console.CreateFolder(ctx, to.Folder)
		must(d.t, err)
	}
	must(d.t, d.console.UpdateFile(ctx, file.FileID, file.Object.Moved(to), model.PathParts(file.Object.Key, to), file.AutoOutputs))
	noteMove(d.movedThere, uid, file.Object.Key.String(), to.String())
	d.release(file)
}

// freeze freezes a node in the operation centre, or thaws it.
func (d *day) freeze(file model.Remote) {
	client, err := sdk.NewClientWithOptions("cn-shanghai", sdk.NewConfig().WithScheme("HTTP"), credentials.NewStsTokenCredential(markedID, markedSecret, markedToken))
	must(d.t, err)
	client.SetTransport(d.server.Transport())
	r := requests.NewCommonRequest()
	r.Product, r.Version, r.Domain, r.Scheme, r.Method = "dataworks-public", "2020-05-18", "127.0.0.1:1", "http", requests.POST
	r.ApiName = "UpdateNodeRunMode"
	r.FormParams["ProjectEnv"], r.FormParams["NodeId"], r.FormParams["SchedulerType"] = "PROD", string(file.NodeID), d.pick("0", "2")
	_, err = client.ProcessCommonRequest(r)
	d.say(fmt.Sprintf("console: run mode %s of %s in production (%v)", r.FormParams["SchedulerType"], file.Object.Key, err))
}
