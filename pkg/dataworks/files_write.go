package dataworks

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/dwsync/dwsync/pkg/model"
)

// CreateFile makes a file with the object's form, except for fields that the create call does not take (model.Key.FollowsCreate) and that an UpdateFile must
// follow with. The folder must exist. A function is made by CreateUdfFile, which takes no type.
//
// Whether CreateFile makes data integration tasks is told both ways (service-behaviour, section 8). It carries the schedule too, so that it comes first; where
// it is refused, CreateDISyncTask makes the task, from then on at once.
func (c *Client) CreateFile(ctx context.Context, o model.Object) (model.FileID, error) {
	if o.Key.Type != model.TypeIntegration {
		return c.createFile(ctx, o)
	}
	var refusal error
	if !c.tasksOnly.Load() {
		var id model.FileID
		if id, refusal = c.createFile(ctx, o); !maybeNoChange(refusal) {
			return id, refusal
		}
	}
	id, err := c.createTask(ctx, o)
	if err == nil {
		c.tasksOnly.Store(true)
		return id, nil
	}
	return "", errors.Join(refusal, err)
}

func (c *Client) createFile(ctx context.Context, o model.Object) (model.FileID, error) {
	r := &request{action: actionCreateFile, object: o.Key.String()}
	if o.Key.Kind == model.KindFunction {
		r.action = actionCreateUdf
	}
	if obstacle := model.CreateObstacle(o); obstacle != "" {
		return "", &UnsupportedError{r.action.name, r.object, obstacle}
	}
	form, err := createParameters(o)
	if err != nil {
		return "", &UnsupportedError{r.action.name, r.object, err.Error()}
	}
	r.params = with(c.params("FileName", o.Key.Name, "FileFolderPath", string(o.Key.Folder)), form)
	if o.Key.Kind != model.KindFunction {
		r.params["FileType"] = strconv.Itoa(int(o.Key.Type))
	}
	var found model.FileID
	r.didHappen = func(ctx context.Context) (bool, error) {
		id, err := c.FindFile(ctx, o.Key)
		found = id
		return id != "", err
	}
	var out struct{ Data text }
	a, err := c.caller.call(ctx, r)
	switch {
	case err != nil:
		return "", err
	case a.recovered:
		return found, nil
	}
	if err := c.decode(r, a, &out); err != nil {
		return "", err
	}
	if out.Data.id() == "" {
		return "", c.malformed(r, a, "no file id")
	}
	return model.FileID(out.Data), nil
}

// FindFile reads the id of the file with a key; "" if there is none.
func (c *Client) FindFile(ctx context.Context, key model.Key) (model.FileID, error) {
	uses := []model.UseType{key.Folder.Root().UseType()}
	if uses[0] == model.UseNormal {
		// Whether dry-run files are a module of their own is not documented.
		uses = append(uses, model.UseSkip)
	}
	for _, use := range uses {
		r := &request{action: actionListFiles, object: key.String()}
		// Keyword matches a part of the name; ExactFileName is newer than the reference.
		r.params = c.params("UseType", string(use), "Keyword", key.Name, "FileTypes", strconv.Itoa(int(key.Type)))
		rows, err := c.listFiles(ctx, r)
		if err != nil {
			return "", err
		}
		for _, row := range rows {
			if row.Key == key && row.Parent == "" {
				return row.FileID, nil
			}
		}
	}
	return "", nil
}

// UpdateFile sends exactly the named fields of the wanted form, empty ones too, which clears them; model.FieldFolder moves the file into a folder, which must
// exist, and model.FieldName renames it. With FieldOutputList among them, the outputs that the
// service gave the file by itself (model.Remote.AutoOutputs) go along as ownOutputs, since the list is replaced.
//
// The reference has the service refuse an update that changes nothing, under a code that nobody knows, and leaves open whether one value that does not
// differ is enough. So a refused update is held against the file: what it has already is not sent again, and if it has everything that is success.
//
// What a function says of itself goes by UpdateUdfFile, whole, and the content of a data integration task by UpdateDISyncTask, before the rest of the fields.
func (c *Client) UpdateFile(ctx context.Context, id model.FileID, want model.Object, fields []model.Field, ownOutputs []string) error {
	if obstacle := model.UpdateObstacle(want, fields); obstacle != "" {
		return &UnsupportedError{actionUpdateFile.name, want.Key.String(), obstacle}
	}
	own, rest := byCall(want, fields)
	if len(own) > 0 {
		update := c.updateFunction
		if want.Key.Type == model.TypeIntegration {
			update = c.updateTask
		}
		if err := update(ctx, id, want, own); err != nil || len(rest) == 0 {
			return err
		}
		fields = rest
	}
	r := &request{action: actionUpdateFile, object: want.Key.String()}
	form, err := updateParameters(want, fields, ownOutputs)
	if err != nil {
		return &UnsupportedError{r.action.name, r.object, err.Error()}
	}
	r.params = with(c.params("FileId", string(id)), form)
	r.didHappen = func(ctx context.Context) (bool, error) {
		now, err := c.GetFile(ctx, id)
		return err == nil && len(changing(want, now, fields, ownOutputs)) == 0, err
	}
	_, err = c.caller.call(ctx, r)
	// The first read after somebody's write may show the past.
	for range 2 {
		if !maybeNoChange(err) {
			return err
		}
		now, raw, readErr := c.getFile(ctx, id)
		if readErr != nil {
			return err
		}
		less, formErr := updateParameters(want, changing(want, now, fields, ownOutputs), ownOutputs)
		if formErr != nil || len(less) == 0 {
			return formErr
		}
		raw.dropCompanions(less)
		if _, both := less["CronExpress"]; both && len(less) == len(form) {
			// A service that works out the CycleType from the expression finds that it does not differ.
			delete(less, "CycleType")
		}
		if len(less) < len(form) {
			form, r.params = less, with(c.params("FileId", string(id)), less)
			_, err = c.caller.call(ctx, r)
		}
	}
	return err
}

// changing gives the fields whose sent value is not what the file has; of inputs and outputs only the names are sent, of outputs the file's own ones too.
func changing(want model.Object, now model.Remote, fields []model.Field, ownOutputs []string) []model.Field {
	return slices.DeleteFunc(slices.Clone(fields), func(f model.Field) bool {
		a, b := want.Get(f), now.Object.Get(f)
		switch f {
		case model.FieldInputList:
			return slices.Equal(sortedNames(a.Names()), sortedNames(b.Names()))
		case model.FieldOutputList:
			return slices.Equal(sortedNames(append(a.Names(), ownOutputs...)), sortedNames(append(b.Names(), now.AutoOutputs...)))
		default:
			return a.Equal(b)
		}
	})
}

func sortedNames(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// dropCompanions takes out the parameters that go along with another one (addParameter), or are two for one field, and that the file has already.
func (d rawFile) dropCompanions(params map[string]string) {
	var cycle, scheduler text
	var stop flag
	if d.configuration("CycleType", &cycle) == nil && params["CycleType"] == string(cycle) {
		delete(params, "CycleType")
	}
	if d.configuration("SchedulerType", &scheduler) == nil && params["SchedulerType"] == string(scheduler) {
		delete(params, "SchedulerType")
	}
	if d.configuration("Stop", &stop) == nil && params["Stop"] == strconv.FormatBool(bool(stop)) {
		delete(params, "Stop")
	}
}
