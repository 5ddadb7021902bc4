package dataworks

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/singleflight"

	"github.com/dwsync/dwsync/pkg/model"
)

type folderRow struct {
	FolderID   text `json:"FolderId"`
	FolderPath text
}

// ListFolders reads the folders below parent (the reference: its sub-folders; whether deeper ones come too is not documented), in canonical spelling.
func (c *Client) ListFolders(ctx context.Context, parent model.FolderPath) (map[model.FolderPath]model.FolderID, error) {
	r := &request{action: actionListFolders, object: string(parent), params: c.params("ParentFolderPath", string(parent))}
	folders := map[model.FolderPath]model.FolderID{}
	var last *answer
	rows, err := list(ctx, c, r, func(f folderRow) string { return f.FolderID.id() }, func(a *answer) (page[folderRow], error) {
		var out struct {
			Data struct {
				Folders    []folderRow
				TotalCount *integer
			}
		}
		last = a
		err := c.decode(r, a, &out)
		return page[folderRow]{out.Data.Folders, out.Data.TotalCount}, err
	})
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		id := model.FolderID(row.FolderID)
		path := model.CanonicalFolder(string(row.FolderPath))
		if path == parent || !parent.Contains(path) {
			// Some services leave the engine folder out of these paths (service-behaviour, section 1); the folder itself knows better.
			if path, err = c.GetFolder(ctx, id); err != nil {
				return nil, fmt.Errorf("find the path of the folder %q: %w", string(row.FolderPath), err)
			}
			if path == parent || !parent.Contains(path) {
				return nil, c.malformed(r, last, fmt.Sprintf("a folder %q that is not below it", string(path)))
			}
		}
		if other, twice := folders[path]; twice {
			return nil, c.malformed(r, last, fmt.Sprintf("two folders with the path %s (%s and %s)", path, other, row.FolderID))
		}
		folders[path] = id
		c.folders.learn(id, path)
	}
	return folders, nil
}

// FindFolder reads a folder's id by its path; "" if there is no such folder.
func (c *Client) FindFolder(ctx context.Context, path model.FolderPath) (model.FolderID, error) {
	row, err := c.getFolder(ctx, string(path), "FolderPath")
	if IsNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	id := model.FolderID(row.FolderID.id())
	if id != "" {
		c.folders.learn(id, path)
	}
	return id, nil
}

// GetFolder reads a folder's path by its id. A folder that does not exist is an error (IsNotFound).
func (c *Client) GetFolder(ctx context.Context, id model.FolderID) (model.FolderPath, error) {
	row, err := c.getFolder(ctx, string(id), "FolderId")
	if err != nil {
		return "", err
	}
	path := model.CanonicalFolder(string(row.FolderPath))
	c.folders.learn(id, path)
	return path, nil
}

// getFolder reads a folder. For an unknown one the service may refuse, or answer with success and nothing in it.
func (c *Client) getFolder(ctx context.Context, object, parameter string) (folderRow, error) {
	r := &request{action: actionGetFolder, object: object, params: c.params(parameter, object)}
	var out struct{ Data folderRow }
	a, err := c.caller.call(ctx, r)
	if err != nil {
		return folderRow{}, err
	}
	if err := c.decode(r, a, &out); err != nil {
		return folderRow{}, err
	}
	if out.Data.FolderPath == "" {
		return folderRow{}, &Error{Action: r.action.name, Object: object, Code: codeNotFound, Message: "there is no such folder", RequestID: a.requestID, HTTPStatus: a.status}
	}
	return out.Data, nil
}

// CreateFolder makes a folder.
func (c *Client) CreateFolder(ctx context.Context, path model.FolderPath) (model.FolderID, error) {
	r := &request{action: actionCreateFolder, object: string(path), params: c.params("FolderPath", string(path))}
	var found model.FolderID
	r.didHappen = func(ctx context.Context) (bool, error) {
		id, err := c.FindFolder(ctx, path)
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
	id := model.FolderID(out.Data.id())
	if id == "" {
		return "", c.malformed(r, a, "no folder id")
	}
	c.folders.learn(id, path)
	return id, nil
}

// RenameFolder gives a folder another name, in the place where it is: UpdateFolder cannot move one into another folder (4.16). All that is in it goes along.
func (c *Client) RenameFolder(ctx context.Context, id model.FolderID, from, to model.FolderPath) error {
	r := &request{action: actionUpdateFolder, object: string(to), params: c.params("FolderId", string(id), "FolderName", to.Base())}
	r.didHappen = func(ctx context.Context) (bool, error) {
		row, err := c.getFolder(ctx, string(id), "FolderId")
		return err == nil && model.CanonicalFolder(string(row.FolderPath)) == to, err
	}
	if err := c.update(ctx, r); err != nil {
		return err
	}
	c.folders.rename(from, to)
	return nil
}

// FollowFolder tells that a folder was found under another name than before: what was read of the folders in it had the former one.
func (c *Client) FollowFolder(from, to model.FolderPath) { c.folders.rename(from, to) }

// DeleteFolder deletes an empty folder.
func (c *Client) DeleteFolder(ctx context.Context, id model.FolderID) error {
	r := &request{action: actionDeleteFolder, object: string(id), params: c.params("FolderId", string(id))}
	r.didHappen = func(ctx context.Context) (bool, error) {
		_, err := c.GetFolder(ctx, id)
		if IsNotFound(err) {
			return true, nil
		}
		return false, err
	}
	_, err := c.caller.call(ctx, r)
	return err
}

// folderNames are the paths of folders by id, as far as they were read: GetFile tells only the id.
type folderNames struct {
	flight singleflight.Group

	mu    sync.Mutex
	paths map[model.FolderID]model.FolderPath
	// former are the paths that folders had before this client renamed them, or what they lie in.
	former map[model.FolderID][]model.FolderPath
}

func newFolderNames() *folderNames {
	return &folderNames{paths: map[model.FolderID]model.FolderPath{}, former: map[model.FolderID][]model.FolderPath{}}
}

// learn takes a path that was read; that of a folder before its rename is a read of the past.
func (n *folderNames) learn(id model.FolderID, path model.FolderPath) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !slices.Contains(n.former[id], path) {
		n.paths[id] = path
	}
}

// rename follows a folder that got another name, with all that is in it: a read may show the past for a while, and what is known here does not.
func (n *folderNames) rename(from, to model.FolderPath) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for id, path := range n.paths {
		if from.Contains(path) {
			now := to + path[len(from):]
			n.former[id] = append(slices.DeleteFunc(n.former[id], func(was model.FolderPath) bool { return was == now }), path)
			n.paths[id] = now
		}
	}
}

func (n *folderNames) known(id model.FolderID) (model.FolderPath, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	path, ok := n.paths[id]
	return path, ok
}

// folderPath gives a folder's path, read at most once.
func (c *Client) folderPath(ctx context.Context, id model.FolderID) (model.FolderPath, error) {
	if path, ok := c.folders.known(id); ok {
		return path, nil
	}
	path, err, _ := c.folders.flight.Do(string(id), func() (any, error) { return c.GetFolder(ctx, id) })
	if err != nil {
		return "", err
	}
	return path.(model.FolderPath), nil
}
