package dataworks

import (
	"context"
	"encoding/json"

	"github.com/dwsync/dwsync/pkg/model"
)

// updateFunction sends the whole form of a function, as the console does: what UpdateUdfFile does to a parameter that is not sent is not documented.
// fields are those that differ; a call that is refused although the function has them already counts as success, as for UpdateFile.
func (c *Client) updateFunction(ctx context.Context, id model.FileID, want model.Object, fields []model.Field) error {
	r := &request{action: actionUpdateUdf, object: want.Key.String()}
	form := map[string]string{}
	for _, spec := range model.Fields(want.Key.Kind) {
		if spec.InContent {
			if err := addParameter(form, want, spec, nil); err != nil {
				return &UnsupportedError{r.action.name, r.object, err.Error()}
			}
		}
	}
	r.params = with(c.params("FileId", string(id)), form)
	return c.updateBy(ctx, r, id, want, fields)
}

// updateBy performs an update of a file, and holds it against the file if it is in doubt or refused.
func (c *Client) updateBy(ctx context.Context, r *request, id model.FileID, want model.Object, fields []model.Field) error {
	r.didHappen = func(ctx context.Context) (bool, error) {
		now, err := c.GetFile(ctx, id)
		return err == nil && sameFields(want, now.Object, fields), err
	}
	_, err := c.caller.call(ctx, r)
	if maybeNoChange(err) {
		if now, readErr := c.GetFile(ctx, id); readErr == nil && sameFields(want, now.Object, fields) {
			return nil
		}
	}
	return err
}

// byCall parts the fields of a file by the call that takes them: the one of its type (UpdateUdfFile what the service keeps in a function's content,
// UpdateDISyncTask the content of a data integration task, which must be JSON), or UpdateFile.
func byCall(want model.Object, fields []model.Field) (own, file []model.Field) {
	isFunction := want.Key.Kind == model.KindFunction
	isTask := want.Key.Type == model.TypeIntegration && json.Valid([]byte(want.Text(model.FieldContent)))
	for _, f := range fields {
		if spec, ok := model.FieldSpec(want.Key.Kind, f); ok && spec.InContent && isFunction || isTask && f == model.FieldContent {
			own = append(own, f)
		} else {
			file = append(file, f)
		}
	}
	return own, file
}
