package dataworks

import (
	"context"
	"strconv"

	"github.com/dwsync/dwsync/pkg/model"
)

type versionRow struct {
	FileVersion   integer
	Status        text
	Comment       text
	FileContent   text
	ChangeType    text
	CommitTime    integer
	CommitUser    text
	IsCurrentProd flag
}

func (v versionRow) version() model.Version {
	return model.Version{
		Number: int(v.FileVersion), Status: model.VersionStatus(v.Status), Comment: string(v.Comment), Content: string(v.FileContent), ChangeType: string(v.ChangeType),
		CommitTime: v.CommitTime.time(), CommitUser: string(v.CommitUser), IsCurrentProd: bool(v.IsCurrentProd),
	}
}

// ListFileVersions reads the submitted versions of a file, in the service's order; none for a file that was never submitted.
func (c *Client) ListFileVersions(ctx context.Context, id model.FileID) ([]model.Version, error) {
	r := &request{action: actionListFileVersions, object: string(id), params: c.params("FileId", string(id))}
	rows, err := list(ctx, c, r, func(v versionRow) string { return text(strconv.Itoa(int(v.FileVersion))).id() }, func(a *answer) (page[versionRow], error) {
		var out struct {
			Data struct {
				FileVersions []versionRow
				TotalCount   *integer
			}
		}
		err := c.decode(r, a, &out)
		return page[versionRow]{out.Data.FileVersions, out.Data.TotalCount}, err
	})
	if err != nil {
		return nil, err
	}
	versions := make([]model.Version, len(rows))
	for i, row := range rows {
		versions[i] = row.version()
	}
	return versions, nil
}

// newestVersion is the newest submitted version, the zero Version if there is none.
func (c *Client) newestVersion(ctx context.Context, id model.FileID) (model.Version, error) {
	versions, err := c.ListFileVersions(ctx, id)
	return model.Newest(versions), err
}

// GetFileVersion reads one submitted version of a file with its content.
func (c *Client) GetFileVersion(ctx context.Context, id model.FileID, number int) (model.Version, error) {
	r := &request{action: actionGetFileVersion, object: string(id) + " version " + strconv.Itoa(number)}
	r.params = c.params("FileId", string(id), "FileVersion", strconv.Itoa(number))
	var out struct{ Data *versionRow }
	a, err := c.caller.call(ctx, r)
	if err != nil {
		return model.Version{}, err
	}
	if err := c.decode(r, a, &out); err != nil {
		return model.Version{}, err
	}
	if out.Data == nil || int(out.Data.FileVersion) != number {
		return model.Version{}, c.malformed(r, a, "another version, or none")
	}
	return out.Data.version(), nil
}
