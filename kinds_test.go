package main_test

import (
	"encoding/json"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/dwsync/dwsync/pkg/emulator"
)

// seed PROJECT FILE puts the files that a JSON file lists into a project of the served emulator, as if they had been made in the console.
func seed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: seed PROJECT FILE")
	}
	var files []emulator.SeedFile
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &files))
	_, err := (*ts.Value(served{}).(**emulator.Server)).Seed(args[0], files...)
	ts.Check(err)
}
