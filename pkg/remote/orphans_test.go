package remote_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/remote"
)

// fileNamed gives the id of a file of fill.
func fileNamed(t *testing.T, c *dataworks.Client, name string) model.FileID {
	t.Helper()
	return must[model.FileID](t)(c.FindFile(t.Context(), model.FileKey(shop.Join("MaxCompute").Join("ods"), name, 10)))
}

func halfDeleted(w model.Workspace) []string {
	var names []string
	for _, file := range w.HalfDeleted {
		names = append(names, file.Object.Key.Name)
	}
	return names
}

// What is deleted in DataStudio and runs in production is found, under stale reads too, and nothing else.
func TestHalfDeletions(t *testing.T) {
	for _, stale := range []string{"none", "first"} {
		for _, version := range []string{"shown", "absent"} {
			t.Run("stale reads "+stale+", FileVersion "+version, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := open(t, emulator.New(emulator.Options{
						Projects: []emulator.Project{{Name: "dw_project", ID: 10000}}, Switches: map[string]string{"stale-reads": stale, "node-file-version": version},
					}))
					fill(t, c, emulator.Standard)
					time.Sleep(time.Minute)
					for _, name := range []string{"deployed", "submitted", "saved"} {
						must[model.DeploymentID](t)(c.DeleteFile(t.Context(), fileNamed(t, c, name)))
					}
					read := func(o remote.Options) model.Workspace {
						t.Helper()
						return must[model.Workspace](t)(remote.Read(t.Context(), c, o))
					}
					if got := halfDeleted(read(remote.Options{Production: true})); !slices.Equal(got, []string{"deployed"}) && stale == "none" {
						t.Errorf("at once: %v", got)
					}
					time.Sleep(time.Minute)
					w := read(remote.Options{Production: true})
					if got := halfDeleted(w); !slices.Equal(got, []string{"deployed"}) || !w.HalfDeleted[0].Deleted {
						t.Errorf("a minute later: %v", got)
					}
					if got := halfDeleted(read(remote.Options{})); got != nil {
						t.Errorf("production was not asked: %v", got)
					}
					outOfScope := remote.Options{Production: true, Include: func(k model.Key) bool { return k.Folder.Root() == model.RootManualBusiness }}
					if w := read(outOfScope); w.HalfDeleted != nil || len(w.Outside) == 0 {
						t.Errorf("out of scope: %v, %v", halfDeleted(w), w.Outside)
					}
				})
			})
		}
	}
}
