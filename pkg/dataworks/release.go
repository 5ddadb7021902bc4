package dataworks

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dwsync/dwsync/pkg/model"
)

// SubmitFile submits the saved form as a new version, with a comment, and gives the deployment that does it. If the answer is lost, the version is
// looked for and then its deployment; a version without one is a *LostDeploymentError.
func (c *Client) SubmitFile(ctx context.Context, id model.FileID, comment string) (model.DeploymentID, error) {
	r := &request{action: actionSubmitFile, object: string(id)}
	// The pre-deploy checks of the workspace stay in force: SkipAllDeployFileExtensions is not sent.
	r.params = c.params("FileId", string(id), "Comment", comment)
	var version int
	r.didHappen = func(ctx context.Context) (bool, error) {
		newest, err := c.newestVersion(ctx, id)
		if err != nil || newest.Number == 0 || !isComment(newest.Comment, comment) {
			return false, err
		}
		if newest.Status == model.VersionCommitting {
			version = newest.Number
			return true, nil
		}
		// The same comment may stand on an older submit; what is saved must be what was submitted.
		now, err := c.GetFile(ctx, id)
		version = newest.Number
		return err == nil && now.Stage == model.StageSubmitted, err
	}
	return c.release(ctx, r, func(ctx context.Context) (model.DeploymentID, error) {
		return c.findDeployment(ctx, id, version, environmentDev)
	})
}

// isComment tells whether a version carries the comment, which the service may have cut.
func isComment(stored, sent string) bool {
	return stored == sent || stored != "" && strings.HasPrefix(sent, stored)
}

// DeployFile deploys the newest submitted version to production, or the deletion of a deleted file, and gives the deployment that does it. A lost answer is
// handled as in SubmitFile. The version is the newest that the caller has seen, 0 if none: a list that ends before it is of the past, in which production
// may have had the version before.
func (c *Client) DeployFile(ctx context.Context, id model.FileID, version int, comment string) (model.DeploymentID, error) {
	r := &request{action: actionDeployFile, object: string(id), params: c.params("FileId", string(id), "Comment", comment)}
	var found model.DeploymentID
	r.didHappen = func(ctx context.Context) (bool, error) {
		newest, err := c.newestVersion(ctx, id)
		if err != nil || newest.Number < version {
			return false, err
		}
		// One that failed is from before: its version is free to be deployed again.
		found, err = c.findDeployment(ctx, id, newest.Number, environmentProd, model.DeploymentFailed, model.DeploymentRejected)
		return found != "" || newest.IsCurrentProd || newest.Status == model.VersionPackaged || newest.Status == model.VersionDeploying, err
	}
	return c.release(ctx, r, func(context.Context) (model.DeploymentID, error) { return found, nil })
}

// DeleteFile deletes a file in DataStudio. A submitted file's deletion is a deployment, which is given; "" if it is done at once.
func (c *Client) DeleteFile(ctx context.Context, id model.FileID) (model.DeploymentID, error) {
	r := &request{action: actionDeleteFile, object: string(id), params: c.params("FileId", string(id))}
	var submitted bool
	r.didHappen = func(ctx context.Context) (bool, error) {
		now, err := c.GetFile(ctx, id)
		if IsNotFound(err) {
			return true, nil
		}
		submitted = now.CurrentVersion > 0
		return now.Deleted, err
	}
	var out struct {
		DeploymentID text `json:"DeploymentId"`
	}
	a, err := c.caller.call(ctx, r)
	switch {
	case err != nil:
		return "", err
	case a.recovered && submitted:
		found, err := c.findDeployment(ctx, id, 0, environmentDev)
		if err == nil && found == "" {
			err = &LostDeploymentError{r.action.name, r.object}
		}
		return found, err
	case a.recovered:
		return "", nil
	}
	err = c.decode(r, a, &out)
	return model.DeploymentID(out.DeploymentID.id()), err
}

// release performs a write that answers with a deployment; find gives the deployment if the answer was lost.
func (c *Client) release(ctx context.Context, r *request, find func(context.Context) (model.DeploymentID, error)) (model.DeploymentID, error) {
	var out struct{ Data text }
	a, err := c.caller.call(ctx, r)
	if err != nil {
		return "", err
	}
	if a.recovered {
		found, err := find(ctx)
		if err == nil && found == "" {
			err = &LostDeploymentError{r.action.name, r.object}
		}
		return found, err
	}
	if err := c.decode(r, a, &out); err != nil {
		return "", err
	}
	if out.Data.id() == "" {
		return "", c.malformed(r, a, "no deployment id")
	}
	return model.DeploymentID(out.Data), nil
}

// Environments of a deployment (GetDeployment.ToEnvironment).
const (
	environmentDev  = 1
	environmentProd = 2
)

type deploymentAnswer struct {
	Data struct {
		Deployment *struct {
			Status         *integer
			CheckingStatus integer
			ErrorMessage   text
			CreateTime     integer
			ToEnvironment  integer
		}
		DeployedItems []struct {
			FileID      text `json:"FileId"`
			FileVersion integer
		}
	}
}

// GetDeployment reads a deployment.
func (c *Client) GetDeployment(ctx context.Context, id model.DeploymentID) (model.Deployment, error) {
	d, _, err := c.getDeployment(ctx, id)
	return d, err
}

func (c *Client) getDeployment(ctx context.Context, id model.DeploymentID) (model.Deployment, deploymentAnswer, error) {
	r := &request{action: actionGetDeployment, object: string(id), params: c.params("DeploymentId", string(id))}
	var out deploymentAnswer
	a, err := c.caller.call(ctx, r)
	if err != nil {
		return model.Deployment{}, out, err
	}
	if err := c.decode(r, a, &out); err != nil {
		return model.Deployment{}, out, err
	}
	d := out.Data.Deployment
	if d == nil || d.Status == nil {
		// An absent status must not read as 0, "running".
		return model.Deployment{}, out, c.malformed(r, a, "a deployment without its status")
	}
	var items []model.DeployedItem
	for _, item := range out.Data.DeployedItems {
		items = append(items, model.DeployedItem{File: model.FileID(item.FileID.id()), Version: int(item.FileVersion)})
	}
	return model.Deployment{
		ID: id, Items: items, Status: model.DeploymentStatus(*d.Status), Checking: model.Checking(d.CheckingStatus),
		Message: c.wire.secrets.clean(string(d.ErrorMessage)), Created: d.CreateTime.time(),
	}, out, nil
}

// FindDeployment looks for the newest deployment that brings a version of a file to the development environment, or to production; "" if it is not among the
// newest deployments of the workspace.
func (c *Client) FindDeployment(ctx context.Context, file model.FileID, version int, production bool) (model.DeploymentID, error) {
	environment := environmentDev
	if production {
		environment = environmentProd
	}
	return c.searchDeployments(ctx, file, version, environment, time.Time{})
}

// maxRecent is how many of the newest deployments are looked at, each with a call of its own.
const maxRecent = 50

// RecentDeployments gives the newest deployments of the workspace, newest first, at most 50.
func (c *Client) RecentDeployments(ctx context.Context) ([]model.DeploymentID, error) {
	return c.recentDeployments(ctx, "", time.Time{})
}

// recentDeployments gives the newest deployments since a moment, newest first; object is what they are looked at for.
func (c *Client) recentDeployments(ctx context.Context, object string, since time.Time) ([]model.DeploymentID, error) {
	type row struct {
		ID         text `json:"Id"`
		CreateTime integer
	}
	r := &request{action: actionListDeployments, object: object}
	r.params = c.params("PageNumber", "1", "PageSize", strconv.Itoa(pageSize), "EndCreateTime", strconv.FormatInt(time.Now().Add(time.Hour).UnixMilli(), 10))
	var out struct {
		Data struct{ Deployments []row }
	}
	if _, err := c.do(ctx, r, &out); err != nil {
		return nil, err
	}
	rows := slices.DeleteFunc(out.Data.Deployments, func(d row) bool {
		return d.ID.id() == "" || d.CreateTime != 0 && int64(d.CreateTime) < since.UnixMilli()
	})
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(b.CreateTime, a.CreateTime) })
	var ids []model.DeploymentID
	for _, d := range rows[:min(len(rows), maxRecent)] {
		ids = append(ids, model.DeploymentID(d.ID.id()))
	}
	return ids, nil
}

// findDeployment searches the deployments of the last hour: whatever the clocks say, a lost answer is looked for at once.
func (c *Client) findDeployment(ctx context.Context, file model.FileID, version, environment int, excluded ...model.DeploymentStatus) (model.DeploymentID, error) {
	return c.searchDeployments(ctx, file, version, environment, time.Now().Add(-time.Hour), excluded...)
}

// searchDeployments searches the newest deployments since a moment for one of a file into an environment (and of a version, if it is not 0). "" if there is none.
// Deployments with one of the excluded states do not count. Rows of ListDeployments do not name files, so that each is asked.
func (c *Client) searchDeployments(ctx context.Context, file model.FileID, version, environment int, since time.Time, excluded ...model.DeploymentStatus) (model.DeploymentID, error) {
	ids, err := c.recentDeployments(ctx, string(file), since)
	if err != nil {
		return "", err
	}
	for _, id := range ids {
		deployment, full, err := c.getDeployment(ctx, id)
		if err != nil {
			return "", err
		}
		if slices.Contains(excluded, deployment.Status) {
			continue
		}
		if full.Data.Deployment.ToEnvironment != 0 && int(full.Data.Deployment.ToEnvironment) != environment {
			continue
		}
		for _, item := range full.Data.DeployedItems {
			if model.FileID(item.FileID) == file && (version == 0 || int(item.FileVersion) == version) {
				return id, nil
			}
		}
	}
	return "", nil
}
