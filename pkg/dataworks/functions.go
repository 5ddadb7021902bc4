package dataworks

import (
	"context"

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

// byCall parts the fields of a file by the call that takes them: UpdateUdfFile those that the service keeps in a function's content, UpdateFile the rest.
func byCall(kind model.Kind, fields []model.Field) (udf, file []model.Field) {
	for _, f := range fields {
		if spec, ok := model.FieldSpec(kind, f); ok && spec.InContent {
			udf = append(udf, f)
		} else {
			file = append(file, f)
		}
	}
	return udf, file
}
