package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/dwsync/dwsync/pkg/base"
	"github.com/dwsync/dwsync/pkg/project"
	"github.com/dwsync/dwsync/pkg/pull"
	"github.com/dwsync/dwsync/pkg/tree"
)

// pullFiles are the files that a pull looks at or keeps beside those of the tree itself: what HEAD holds of the tree, and the journal of the pull.
type pullFiles struct {
	tree.Dir
	root    *tree.OSDir
	project string
	// git is opened when it is asked for the first time: few pulls have to.
	git     *base.Git
	journal string
}

func openPullFiles(env Environment, session *project.Session) (*pullFiles, error) {
	root, err := tree.OpenDir(session.Root)
	if err != nil {
		return nil, err
	}
	f := &pullFiles{Dir: root, root: root, project: session.Root, journal: ".dwsync/" + session.Target.Name + ".pull.journal"}
	if env.Disk != nil {
		f.Dir = env.Disk.Tree(root)
	}
	return f, nil
}

// Close lets go of the files.
func (f *pullFiles) Close() error { return errors.Join(f.git.Close(), f.root.Close()) }

// dirty gives those of the tree's files that differ from HEAD.
func (f *pullFiles) dirty(paths ...string) ([]string, error) {
	if f.git == nil {
		var err error
		if f.git, err = base.OpenGit(f.project); err != nil {
			return nil, err
		}
	}
	return f.git.Dirty(f.root.FS(), paths...)
}

// readJournal reads the journal of a pull that was stopped. Nothing rests on it: one that cannot be understood counts as none.
func (f *pullFiles) readJournal() (pull.Journal, error) {
	data, err := f.ReadFile(f.journal)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.journal, err)
	}
	journal, err := pull.DecodeJournal(data)
	if err != nil {
		return nil, nil
	}
	return journal, nil
}

// writeJournal replaces the journal; an empty one is removed.
func (f *pullFiles) writeJournal(j pull.Journal) error {
	if len(j) == 0 {
		if err := f.Remove(f.journal); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove %s: %w", f.journal, err)
		}
		return nil
	}
	data, err := j.Encode()
	if err != nil {
		return err
	}
	writing := path.Join(path.Dir(f.journal), "writing-"+path.Base(f.journal))
	if err := f.WriteFile(writing, data, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", f.journal, err)
	}
	if err := f.Rename(writing, f.journal); err != nil {
		return fmt.Errorf("write %s: %w", f.journal, err)
	}
	return nil
}
