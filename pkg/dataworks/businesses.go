package dataworks

import (
	"context"
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/model"
)

type businessRow struct {
	BusinessID   text `json:"BusinessId"`
	BusinessName text
	Description  text
	Owner        text
	UseType      text
}

// ListBusinesses reads all businesses of the workspace, of both roots.
func (c *Client) ListBusinesses(ctx context.Context) ([]model.Remote, error) {
	return c.listBusinesses(ctx, "")
}

func (c *Client) listBusinesses(ctx context.Context, keyword string) ([]model.Remote, error) {
	r := &request{action: actionListBusiness, params: c.params(), object: keyword}
	if keyword != "" {
		r.params["Keyword"] = keyword
	}
	var last *answer
	rows, err := list(ctx, c, r, func(b businessRow) string { return b.BusinessID.id() }, func(a *answer) (page[businessRow], error) {
		var out struct {
			Data struct {
				Business   []businessRow
				TotalCount *integer
			}
		}
		last = a
		err := c.decode(r, a, &out)
		return page[businessRow]{out.Data.Business, out.Data.TotalCount}, err
	})
	if err != nil {
		return nil, err
	}
	businesses := make([]model.Remote, len(rows))
	for i, row := range rows {
		name := string(row.BusinessName)
		if !isSegment(name) {
			return nil, c.malformed(r, last, "a business whose name cannot be part of a path: "+name)
		}
		o := model.NewObject(model.BusinessKey(businessRoot(row.UseType).Join(name)))
		o.Set(model.FieldDescription, model.TextValue(string(row.Description)))
		o.Set(model.FieldOwner, model.TextValue(string(row.Owner)))
		businesses[i] = model.Remote{Object: o, BusinessID: model.BusinessID(row.BusinessID), Stage: model.StageSaved}
	}
	return businesses, nil
}

// isSegment tells whether a name can be a segment of a folder path.
func isSegment(name string) bool { return name != "" && !strings.Contains(name, "/") }

func businessRoot(use text) model.FolderPath {
	if use == text(model.UseManualBusiness) {
		return model.FolderPath(model.RootManualBusiness)
	}
	return model.FolderPath(model.RootBusiness)
}

// CreateBusiness makes a business with the object's description and, if it is managed, owner.
func (c *Client) CreateBusiness(ctx context.Context, o model.Object) (model.BusinessID, error) {
	r := &request{action: actionCreateBusiness, object: o.Key.String()}
	r.params = c.params("BusinessName", o.Key.Name, "UseType", string(o.Key.Folder.Root().UseType()))
	for _, f := range o.Present() {
		if spec, ok := model.FieldSpec(model.KindBusiness, f); ok {
			r.params[spec.Parameter] = o.Text(f)
		}
	}
	var found model.BusinessID
	r.didHappen = func(ctx context.Context) (bool, error) {
		businesses, err := c.listBusinesses(ctx, o.Key.Name)
		if err != nil {
			return false, err
		}
		for _, b := range businesses {
			if b.Object.Key == o.Key {
				found = b.BusinessID
			}
		}
		return found != "", nil
	}
	var out struct {
		BusinessID text `json:"BusinessId"`
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
	if out.BusinessID.id() == "" {
		return "", c.malformed(r, a, "no BusinessId")
	}
	return model.BusinessID(out.BusinessID), nil
}

// UpdateBusiness sends exactly the named fields of the wanted form, empty ones too, to the business that now was read of; model.FieldName renames it, and
// with it the path of all that is in it.
func (c *Client) UpdateBusiness(ctx context.Context, now model.Remote, want model.Object, fields []model.Field) error {
	r := &request{action: actionUpdateBusiness, object: want.Key.String(), params: c.params("BusinessId", string(now.BusinessID))}
	for _, f := range fields {
		if f == model.FieldName {
			r.params["BusinessName"] = want.Key.Name
		} else if spec, ok := model.FieldSpec(model.KindBusiness, f); ok {
			r.params[spec.Parameter] = want.Text(f)
		}
	}
	r.didHappen = func(ctx context.Context) (bool, error) {
		businesses, err := c.listBusinesses(ctx, "")
		if err != nil {
			return false, err
		}
		for _, b := range businesses {
			if b.BusinessID == now.BusinessID {
				return sameFields(want, b.Object, fields), nil
			}
		}
		return false, nil
	}
	if err := c.update(ctx, r); err != nil {
		return err
	}
	if slices.Contains(fields, model.FieldName) {
		c.folders.rename(now.Object.Key.Path(), want.Key.Path())
	}
	return nil
}

// update performs a write that sets values. The reference has such a call refused if nothing differs, under a code that nobody knows: a refusal counts
// as success if a read shows the wanted values.
func (c *Client) update(ctx context.Context, r *request) error {
	_, err := c.caller.call(ctx, r)
	if !maybeNoChange(err) {
		return err
	}
	if there, readErr := r.didHappen(ctx); readErr != nil || !there {
		return err
	}
	return nil
}

// maybeNoChange tells whether the refusal of an update may mean that nothing differs.
func maybeNoChange(err error) bool {
	return err != nil && outcomeOf(err) == refused && !IsAuthentication(err) && !IsForbidden(err)
}

// sameFields tells whether the read form has the wanted form's values in the fields.
func sameFields(want, read model.Object, fields []model.Field) bool {
	for _, f := range fields {
		if !want.Get(f).Equal(read.Get(f)) {
			return false
		}
	}
	return true
}

// DeleteBusiness deletes a business; what the service does with one that is not empty is not documented.
func (c *Client) DeleteBusiness(ctx context.Context, id model.BusinessID) error {
	r := &request{action: actionDeleteBusiness, object: string(id), params: c.params("BusinessId", string(id))}
	r.didHappen = func(ctx context.Context) (bool, error) {
		businesses, err := c.listBusinesses(ctx, "")
		if err != nil {
			return false, err
		}
		for _, b := range businesses {
			if b.BusinessID == id {
				return false, nil
			}
		}
		return true, nil
	}
	_, err := c.caller.call(ctx, r)
	return err
}
