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

// damaged makes a file of a workspace and damages it.
func damaged(t *testing.T, damage func([]byte) []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sandbox.db")
	s, err := emulator.Open(path, emulator.Options{DeploymentTime: -1})
	if err != nil {
		t.Fatal(err)
	}
	c := inProcess(t, s)
	c.ok("CreateBusiness", params{"ProjectId": "10000", "BusinessName": "电商数仓"})
	for i := range 20 {
		c.ok("CreateFile", params{
			"ProjectId": "10000", "FileFolderPath": biz + "/MaxCompute", "FileName": "a" + strconv.Itoa(i), "FileType": "10", "Content": strings.Repeat("x", 3000),
		})
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, damage(data), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A file that was cut or overwritten is an error that names it and says what to do, wherever the damage is.
func TestDamagedFile(t *testing.T) {
	page := os.Getpagesize()
	for name, damage := range map[string]func([]byte) []byte{
		"cut to 20000 bytes": func(b []byte) []byte { return b[:20000] },
		"cut to one page":    func(b []byte) []byte { return b[:page] },
		"cut to 60000 bytes": func(b []byte) []byte { return b[:60000] },
		"no database":        func([]byte) []byte { return []byte(strings.Repeat("SELECT 1;\n", 5000)) },
		"pages of zeros":     func(b []byte) []byte { clear(b[2*page:]); return b },
		"pages of ones": func(b []byte) []byte {
			for i := range b[2*page:] {
				b[2*page+i] = 0xff
			}
			return b
		},
		"a record that is none": func(b []byte) []byte {
			return []byte(strings.ReplaceAll(string(b), `{"`, `["`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := damaged(t, damage)
			_, err := emulator.Open(path, emulator.Options{})
			problem, ok := errors.AsType[*emulator.DamagedError](err)
			if !ok {
				t.Fatalf("the error is %v", err)
			}
			if problem.Path != path || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "delete it") {
				t.Errorf("the error says %v", err)
			}
		})
	}
}
