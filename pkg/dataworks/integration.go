package dataworks

import (
	"context"
	"encoding/json"

	"github.com/dwsync/dwsync/pkg/model"
)

// offlineTask is the only type of task that Create and UpdateDISyncTask take directly (5.1, 5.3).
const offlineTask = "DI_OFFLINE"

// codeTaskFailed is ours: a refusal in Data.Status has a message and no code.
const codeTaskFailed = "DISyncTask.Failed"

// taskFailure tells whether an accepted answer says in Data that the task was not saved, and why.
func taskFailure(body []byte) (message string, failed bool) {
	var out struct {
		Data struct{ Status, Message text }
	}
	if json.Unmarshal(body, &out) != nil || out.Data.Status != "fail" {
		return "", false
	}
	return string(out.Data.Message), true
}

// createTask makes an offline data integration task of the object's content; its schedule and all its other fields follow by UpdateFile.
func (c *Client) createTask(ctx context.Context, o model.Object) (model.FileID, error) {
	r := &request{action: actionCreateTask, object: o.Key.String(), form: map[string]string{"TaskContent": o.Text(model.FieldContent)}}
	param, err := json.Marshal(taskParam{FileFolderPath: string(o.Key.Folder), ResourceGroup: taskGroup(o.Text(model.FieldContent))})
	if err != nil {
		return "", &UnsupportedError{r.action.name, r.object, err.Error()}
	}
	if r.params, err = c.taskParams(ctx, "TaskName", o.Key.Name, "TaskParam", string(param)); err != nil {
		return "", err
	}
	var found model.FileID
	r.didHappen = func(ctx context.Context) (bool, error) {
		id, err := c.FindFile(ctx, o.Key)
		found = id
		return id != "", err
	}
	var out struct {
		Data struct {
			FileID text `json:"FileId"`
		}
	}
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
	if out.Data.FileID.id() == "" {
		return "", c.malformed(r, a, "no file id")
	}
	return model.FileID(out.Data.FileID), nil
}

// updateTask sends the content of a data integration task.
func (c *Client) updateTask(ctx context.Context, id model.FileID, want model.Object, fields []model.Field) error {
	r := &request{action: actionUpdateTask, object: want.Key.String(), form: map[string]string{"TaskContent": want.Text(model.FieldContent)}}
	var err error
	if r.params, err = c.taskParams(ctx, "FileId", string(id)); err != nil {
		return err
	}
	return c.updateBy(ctx, r, id, want, fields)
}

// taskParams are the parameters of a call about a task; these calls know a workspace by its id only.
func (c *Client) taskParams(ctx context.Context, pairs ...string) (map[string]string, error) {
	params := c.params(pairs...)
	if c.ref.ID == "" {
		project, err := c.Project(ctx)
		if err != nil {
			return nil, err
		}
		delete(params, "ProjectIdentifier")
		params["ProjectId"] = string(project.ID)
	}
	params["TaskType"] = offlineTask
	return params, nil
}

// taskParam is TaskParam of CreateDISyncTask.
type taskParam struct {
	FileFolderPath string
	ResourceGroup  string `json:",omitempty"`
}

// taskGroup is the resource group of data integration that a task's content names (extend.resourceGroup), "" if it names none.
func taskGroup(content string) string {
	var task struct {
		Extend struct {
			ResourceGroup text `json:"resourceGroup"`
		} `json:"extend"`
	}
	if json.Unmarshal([]byte(content), &task) != nil {
		return ""
	}
	return string(task.Extend.ResourceGroup)
}
