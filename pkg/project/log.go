package project

import (
	"context"
	"fmt"

	"github.com/dwsync/dwsync/pkg/base"
	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/model"
)

// FileLog is what the workspace and the repository know of the past of one file.
type FileLog struct {
	Key model.Key
	// Remote is the file as it is saved now, maybe under a name that it had before.
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
	return fmt.Sprintf("the workspace of target %s has no file %s, nor one of a name that git says it had; dwsync diff shows whether it is new, or was renamed in the workspace", e.Target, e.Key)
}

// Log reads a file's versions in the workspace and lays them beside the commits that changed it, both under the names that it had. It reads that one file only.
// Errors: *NotThereError, and those of the port and of git.
func (p *Project) Log(ctx context.Context, key model.Key) (FileLog, error) {
	if err := p.checkOwnFiles(); err != nil {
		return FileLog{}, err
	}
	client, err := p.connect(ctx)
	if err != nil {
		return FileLog{}, err
	}
	history, err := p.git.Follow(ctx, key, p.Tree.Objects, pairCommits)
	if err != nil {
		return FileLog{}, err
	}
	id, err := p.findUnder(ctx, client, history.Names())
	if err != nil {
		return FileLog{}, err
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
	l.Entries, err = history.Log(versions)
	return l, err
}

// findUnder gives the id of the workspace's file under the first of a file's names that it has; "" if it has none. A former name that is another file's in the tree
// now is not looked for.
func (p *Project) findUnder(ctx context.Context, client *dataworks.Client, names []model.Key) (model.FileID, error) {
	for i, name := range names {
		if _, isAnothers := p.Tree.Objects[name]; i > 0 && isAnothers {
			continue
		}
		id, err := client.FindFile(ctx, name)
		if err != nil {
			return "", fmt.Errorf("look for %s: %w", name, err)
		}
		if id != "" {
			return id, nil
		}
	}
	return "", nil
}
