package dataworks_test

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/model"
)

// FuzzAnswers holds every decoder against hostile bodies: an answer or a typed error, never a panic, never a text that the service did not send.
func FuzzAnswers(f *testing.F) {
	for _, body := range []string{
		`{"Success":true,"Data":{"File":{"FileId":1,"FileName":"a","FileType":10,"FileFolderId":"x","Content":"\ud83d\ude00"},"NodeConfiguration":{"Stop":"true","InputList":[{"Input":"a","ParseType":"AUTO"}],"OutputParameters":[{"ParameterName":"a","Type":1}],"StartEffectDate":-28800000}}}`,
		`{"Success":true,"Data":{"Files":[{"FileId":"1","FileName":"a","FileType":"10","AbsoluteFolderPath":"Business Flow//a/folderMaxCompute"}],"TotalCount":1}}`,
		`{"Success":true,"Data":{"FileVersions":[{"FileVersion":1,"IsCurrentProd":true}],"TotalCount":1}}`,
		`{"Success":true,"Data":{"Deployment":{"Status":1,"CheckingStatus":null}}}`,
		`{"Success":true,"Data":{"ProjectIdentifier":"p","ProjectId":1,"EnvTypes":["PROD"]}}`,
		`{"Success":true,"Data":{"Folders":[{"FolderId":"x","FolderPath":"业务流程/a/MaxCompute/b"}],"FolderPath":"业务流程/a/MaxCompute","FolderId":"x","TotalCount":1}}`,
		`{"Success":true,"Data":{"Business":[{"BusinessId":1,"BusinessName":"a","UseType":"MANUAL_BIZ"}],"Nodes":[{"NodeId":1}],"TotalCount":1}}`,
		`{"Success":false,"ErrorCode":1}`, `{"Code":1,"Message":{}}`, `{"Data":[{"Id":1,"Identifier":"g"}]}`, `<html>`, `{"a":"\ud800"}`, `{"Success":"no"}`, "{\"\xff\":1}",
	} {
		for _, status := range []int{200, 400, 503} {
			f.Add(status, body)
		}
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return // no status of an answer
		}
		synctest.Test(t, func(t *testing.T) { decodeAll(t, status, body) })
	})
}

func decodeAll(t *testing.T, status int, body string) {
	t.Helper()
	c := service(t, func(string, *http.Request, url.Values) (*http.Response, error) { return respond(status, body) }, func(o *dataworks.Options) {
		o.Retry = dataworks.Retry{Attempts: 1, First: 1, Longest: 1, Budget: 1}
		o.Settle = 1
	})
	ctx := t.Context()
	check := func(what string, err error) {
		if err == nil {
			return
		}
		_, refusal := errors.AsType[*dataworks.Error](err)
		_, answer := errors.AsType[*dataworks.AnswerError](err)
		_, moved := errors.AsType[*dataworks.MovedError](err)
		_, outcome := errors.AsType[*dataworks.OutcomeError](err)
		if !refusal && !answer && !moved && !outcome {
			t.Errorf("%s: %T %v", what, err, err)
		}
	}
	file, err := c.GetFile(ctx, "1")
	check("GetFile", err)
	if err == nil && !utf8.ValidString(file.Object.Text(model.FieldContent)) {
		t.Errorf("a content that is no text: %q", file.Object.Text(model.FieldContent))
	}
	_, err = c.ListFileVersions(ctx, "1")
	check("ListFileVersions", err)
	_, err = c.GetFileVersion(ctx, "1", 1)
	check("GetFileVersion", err)
	_, err = c.GetDeployment(ctx, "1")
	check("GetDeployment", err)
	_, err = c.Project(ctx)
	check("Project", err)
	_, err = c.FindFolder(ctx, engineFolder)
	check("FindFolder", err)
	_, err = c.SubmitFile(ctx, "1", "")
	check("SubmitFile", err)
	_, err = c.DeleteFile(ctx, "1")
	check("DeleteFile", err)
	_, err = c.ListFolders(ctx, "业务流程/a")
	check("ListFolders", err)
	_, err = c.ListFiles(ctx, model.UseNormal)
	check("ListFiles", err)
	_, err = c.ListBusinesses(ctx)
	check("ListBusinesses", err)
	_, err = c.ListNodes(ctx, "PROD")
	check("ListNodes", err)
}
