package emulator_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/dwsync/dwsync/pkg/emulator"
)

// What was answered survives the server, however it ended.
func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "emulator.db")
	open := func() *emulator.Server {
		t.Helper()
		s, err := emulator.Open(path, emulator.Options{DeploymentTime: -1})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	c := inProcess(t, s)
	c.ok("CreateBusiness", params{"ProjectId": "10000", "BusinessName": "电商数仓"})
	id := c.ok("CreateFile", params{"ProjectId": "10000", "FileFolderPath": biz + "/MaxCompute", "FileName": "a", "FileType": "10", "InputList": "dw_project_root", "Content": "x\r\n"}).text("Data")
	c.ok("SubmitFile", params{"ProjectId": "10000", "FileId": id})
	before := c.ok("GetFile", params{"ProjectId": "10000", "FileId": id}).at("Data")

	var locked *emulator.LockedError
	if _, err := emulator.Open(path, emulator.Options{}); !errors.As(err, &locked) || locked.Path != path {
		t.Errorf("a second server on the file: %v", err)
	} else if locked.Holder != "" && !strings.Contains(locked.Holder, strconv.Itoa(os.Getpid())) {
		t.Errorf("the holder is %s", locked.Holder)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open()
	defer s.Close()
	c = inProcess(t, s)
	after := c.ok("GetFile", params{"ProjectId": "10000", "FileId": id}).at("Data")
	if text(before) != text(after) {
		t.Errorf("before %s\nafter  %s", text(before), text(after))
	}
	c.ok("DeployFile", params{"ProjectId": "10000", "FileId": id})
	if next := c.ok("CreateFile", params{"ProjectId": "10000", "FileFolderPath": biz + "/MaxCompute", "FileName": "b", "FileType": "10"}).text("Data"); next <= id {
		t.Errorf("ids go back: %s after %s", next, id)
	}
}
