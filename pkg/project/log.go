package project

import (
	"context"
	"fmt"

	"github.com/dwsync/dwsync/pkg/base"
	"github.com/dwsync/dwsync/pkg/model"
)

// FileLog is what the workspace and the repository know of the past of one file.
type FileLog struct {
	Key model.Key
	// Remote is the file as it is saved now.
	Remote  model.Remote
	Entries []base.LogEntry
	// Shallow tells that the clone was cut, so that older commits are missing.
	Shallow bool
}

// NotThereError reports a file of the tree that the workspace does not have.
type NotThereError struct {
	Key    model.Key
	Target string
}

func (e *NotThereError) Error() string {
	return fmt.Sprintf("the workspace of target %s has no file %s; push makes it", e.Target, e.Key)
}

// Log reads a file's versions in the workspace and lays them beside the commits that changed it. It reads that one file only.
// Errors: *NotThereError, and those of the port and of git.
func (p *Project) Log(ctx context.Context, key model.Key) (FileLog, error) {
	if err := p.checkOwnFiles(); err != nil {
		return FileLog{}, err
	}
	client, err := p.connect(ctx)
	if err != nil {
		return FileLog{}, err
	}
	id, err := client.FindFile(ctx, key)
	if err != nil {
		return FileLog{}, fmt.Errorf("look for %s: %w", key, err)
	}
	if id == "" {
		return FileLog{}, &NotThereError{Key: key, Target: p.Target.Name}
	}
	l := FileLog{Key: key, Shallow: p.git.Shallow()}
	if l.Remote, err = client.GetFile(ctx, id); err != nil {
		return FileLog{}, fmt.Errorf("read %s: %w", key, err)
	}
	versions, err := client.ListFileVersions(ctx, id)
	if err != nil {
		return FileLog{}, fmt.Errorf("read the versions of %s: %w", key, err)
	}
	local := p.Tree.Objects[key]
	paths := []string{local.Meta}
	if local.Content != "" {
		paths = append(paths, local.Content)
	}
	l.Entries, err = p.git.Log(ctx, versions, paths)
	return l, err
}
