package dataworks

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/dwsync/dwsync/pkg/model"
)

// fileRow is what ListFiles and GetFile both say of a file.
type fileRow struct {
	FileID             text `json:"FileId"`
	FileName           text
	FileType           integer
	FileFolderID       text `json:"FileFolderId"`
	AbsoluteFolderPath text
	BusinessID         text `json:"BusinessId"`
	NodeID             text `json:"NodeId"`
	ParentID           text `json:"ParentId"`
	CommitStatus       integer
	CurrentVersion     integer
	LastEditTime       integer
	LastEditUser       text
	DeletedStatus      text
}

// ListFiles reads all files of a module, without their content.
func (c *Client) ListFiles(ctx context.Context, use model.UseType) ([]model.FileRow, error) {
	r := &request{action: actionListFiles, object: string(use), params: c.params("UseType", string(use))}
	return c.listFiles(ctx, r)
}

func (c *Client) listFiles(ctx context.Context, r *request) ([]model.FileRow, error) {
	r.params["NeedAbsoluteFolderPath"] = "true"
	var last *answer
	rows, err := list(ctx, c, r, func(f fileRow) string { return f.FileID.id() }, func(a *answer) (page[fileRow], error) {
		var out struct {
			Data struct {
				Files      []fileRow
				TotalCount *integer
			}
		}
		last = a
		err := c.decode(r, a, &out)
		return page[fileRow]{out.Data.Files, out.Data.TotalCount}, err
	})
	if err != nil {
		return nil, err
	}
	keys, err := c.listedKeys(ctx, r, last, rows)
	if err != nil {
		return nil, err
	}
	files := make([]model.FileRow, len(rows))
	for i, row := range rows {
		files[i] = model.FileRow{
			Key: keys[i], FileID: model.FileID(row.FileID), NodeID: model.NodeID(row.NodeID.id()), FolderID: model.FolderID(row.FileFolderID), Parent: model.FileID(row.ParentID.id()),
			CommitStatus: int(row.CommitStatus), CurrentVersion: int(row.CurrentVersion), LastEditTime: row.LastEditTime.time(), LastEditUser: string(row.LastEditUser),
		}
	}
	return files, nil
}

func (f fileRow) isDeleted() bool { return f.DeletedStatus != "" && f.DeletedStatus != "NORMAL" }

// fileKey is the key of a file that lies in a folder. The folder is named by AbsoluteFolderPath where the service has it (newer than the reference), else by its id.
func (c *Client) fileKey(ctx context.Context, r *request, a *answer, row fileRow) (model.Key, error) {
	if row.FileName == "" || row.FileType <= 0 {
		return model.Key{}, c.malformed(r, a, fmt.Sprintf("the file %s without a name or type", row.FileID))
	}
	folder := model.CanonicalFolder(string(row.AbsoluteFolderPath))
	id := model.FolderID(row.FileFolderID.id())
	if folder != "" && id != "" {
		c.folders.learn(id, folder)
	}
	if folder == "" {
		if id == "" {
			return model.Key{}, c.malformed(r, a, fmt.Sprintf("the file %s without a folder", row.FileID))
		}
		var err error
		if folder, err = c.folderPath(ctx, id); err != nil {
			return model.Key{}, fmt.Errorf("find the folder of the file %s (%s): %w", row.FileName, row.FileID, err)
		}
	}
	return model.FileKey(folder, string(row.FileName), model.FileType(row.FileType)), nil
}

// GetFile reads a file: its form, and what only the workspace knows. Its stage is saved or submitted; what production runs, GetFile does not say.
// A file that does not exist is an error (IsNotFound); one in the recycle bin is read, with Deleted set.
func (c *Client) GetFile(ctx context.Context, id model.FileID) (model.Remote, error) {
	remote, _, err := c.getFile(ctx, id)
	return remote, err
}

// fileAnswer is an answer of GetFile.
type fileAnswer struct {
	request *request
	answer  *answer
	row     fileRow
	raw     rawFile
}

func (c *Client) readFile(ctx context.Context, id model.FileID) (fileAnswer, error) {
	r := &request{action: actionGetFile, object: string(id), params: c.params("FileId", string(id))}
	var out struct {
		Data struct {
			File                 json.RawMessage
			NodeConfiguration    map[string]json.RawMessage
			ResourceDownloadLink json.RawMessage
		}
	}
	a, err := c.caller.call(ctx, r)
	if err != nil {
		return fileAnswer{}, err
	}
	if err := c.decode(r, a, &out); err != nil {
		return fileAnswer{}, err
	}
	if len(out.Data.File) == 0 || string(out.Data.File) == "null" || string(out.Data.File) == "{}" {
		return fileAnswer{}, &Error{Action: r.action.name, Object: r.object, Code: codeNotFound, Message: "there is no such file", RequestID: a.requestID, HTTPStatus: a.status}
	}
	f := fileAnswer{request: r, answer: a, raw: rawFile{NodeConfiguration: out.Data.NodeConfiguration, HasDownload: hasLink(out.Data.ResourceDownloadLink)}}
	for _, to := range []any{&f.row, &f.raw.File} {
		if err := json.Unmarshal(out.Data.File, to); err != nil {
			return fileAnswer{}, c.malformed(r, a, err.Error())
		}
	}
	if f.row.FileID.id() == "" {
		// The caller asked for it, and there is an answer.
		f.row.FileID = text(id)
	}
	if model.FileID(f.row.FileID) != id {
		return fileAnswer{}, c.malformed(r, a, fmt.Sprintf("another file (%s)", f.row.FileID))
	}
	return f, nil
}

// getFile reads a file and gives what the service said of it, too.
func (c *Client) getFile(ctx context.Context, id model.FileID) (model.Remote, rawFile, error) {
	f, err := c.readFile(ctx, id)
	if err != nil {
		return model.Remote{}, rawFile{}, err
	}
	row := f.row
	key, err := c.keyOf(ctx, f.request, f.answer, row, nil)
	if err != nil {
		return model.Remote{}, rawFile{}, err
	}
	c.nodes.refresh(id, key)
	remote := model.Remote{
		Object: model.NewObject(key), BusinessID: model.BusinessID(row.BusinessID.id()), FolderID: model.FolderID(row.FileFolderID), FileID: id, NodeID: model.NodeID(row.NodeID.id()),
		Stage: model.StageSaved, CurrentVersion: int(row.CurrentVersion), Parent: model.FileID(row.ParentID.id()),
		LastEditTime: row.LastEditTime.time(), LastEditUser: string(row.LastEditUser),
		Deleted: row.isDeleted(),
	}
	if row.CommitStatus == 1 {
		remote.Stage = model.StageSubmitted
	}
	if remote.AutoOutputs, err = c.readForm(ctx, f.raw, &remote.Object, remote.NodeID); err != nil {
		return model.Remote{}, rawFile{}, c.wrapForm(f.request, f.answer, err)
	}
	return remote, f.raw, nil
}

// hasLink tells whether a ResourceDownloadLink is there. It is taken as the sign of an upload and never followed, kept or printed: nobody documents where it
// leads, and such links of other services carry a signature.
func hasLink(raw json.RawMessage) bool {
	var link struct {
		DownloadLink text `json:"downloadLink"`
	}
	return len(raw) > 0 && json.Unmarshal(raw, &link) == nil && link.DownloadLink != ""
}

// wrapForm names the file in an error of its form: one of a further read stays what it is, one of decoding is the answer's.
func (c *Client) wrapForm(r *request, a *answer, err error) error {
	if outcomeOf(err) != final {
		return fmt.Errorf("read the file %s: %w", r.object, err)
	}
	return c.malformed(r, a, err.Error())
}
