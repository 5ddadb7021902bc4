package project

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dwsync/dwsync/pkg/base"
	"github.com/dwsync/dwsync/pkg/config"
	"github.com/dwsync/dwsync/pkg/config/strictyaml"
	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/tree"
)

// Embedded is an embedded workspace: the emulator, in this process.
type Embedded interface {
	io.Closer
	Transport() http.RoundTripper
}

// Options say which project to open, and how the outside world is reached.
type Options struct {
	// Dir is where the search for dwsync.yaml begins; Target is the target's name, "" for the default.
	Dir, Target string
	Getenv      func(string) string
	// Version is this dwsync's, for `requires:` of dwsync.yaml.
	Version string
	// Write tells that the command changes the workspace, the tree or the base: it takes the workspace's lock and records bases.
	Write bool
	// Settle is the settle window of a target that is not embedded: how long a read may still show the past after a write; 0 is DefaultSettle.
	Settle time.Duration
	// Prune tells that the command finishes deletions that were cut short: those that only recent deployments show are looked for too.
	Prune bool
	// Since names a commit: a session then looks only at what changed in the tree since; "" looks at everything.
	Since string
	// OpenEmbedded opens the embedded workspace of a target, kept in file.
	OpenEmbedded func(file string, t config.Target) (Embedded, error)
	// Transport carries the calls to a target that is not embedded; nil is the network.
	Transport http.RoundTripper
	// Log is told every attempt of a call; nil for nobody.
	Log func(dataworks.Call)
	// Disk stands between dwsync and its files; nil is nobody.
	Disk Disk
}

// Project is an opened project with one of its targets. It must be closed.
type Project struct {
	// Root is the directory of dwsync.yaml.
	Root   string
	Config config.Config
	Target config.Target
	// Tree is the whole tree, in portable form.
	Tree tree.Tree

	options Options
	root    *os.Root
	// git is opened with the first look at dwsync's own files.
	git     *base.Git
	closers []func() error
}

// Open finds the project and reads dwsync.yaml and the tree; it touches no network and no workspace. Who writes holds the workspace's lock from here on,
// and what a stopped pull left half written is tidied up before the tree is read.
// Errors: *NotFoundError, *model.InvalidError, *config.UnknownTargetError, *TrackedError, *LockedError, *tree.UnfinishedMoveError, *tree.InTheWayOfMoveError.
func Open(o Options) (*Project, error) {
	if o.Disk == nil {
		o.Disk = plainDisk{}
	}
	dir, err := Find(o.Dir)
	if err != nil {
		return nil, err
	}
	p := &Project{Root: dir, options: o}
	if p.root, err = os.OpenRoot(dir); err != nil {
		return nil, fmt.Errorf("open the project: %w", err)
	}
	p.onClose(p.root.Close)
	if err := p.read(); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func (p *Project) read() error {
	data, err := p.readConfig()
	if err != nil {
		return err
	}
	if p.Config, err = config.Parse(config.FileName, data); err != nil {
		return err
	}
	if !p.Config.Requires.Allows(p.options.Version) {
		return &VersionError{Requires: p.Config.Requires.String(), Version: p.options.Version}
	}
	if p.Target, err = p.Config.Target(p.options.Target); err != nil {
		return err
	}
	if p.options.Write {
		if err := p.checkOwnFiles(); err != nil {
			return err
		}
		if err := p.lock(); err != nil {
			return err
		}
		if err := p.withTree(tree.Recover); err != nil {
			return err
		}
	} else if err := tree.CheckWhole(p.root.FS()); err != nil {
		return err
	}
	p.Tree, err = tree.Read(p.root.FS())
	return err
}

// readConfig gives the bytes of dwsync.yaml. Errors: *model.InvalidError, or of the file system.
func (p *Project) readConfig() ([]byte, error) {
	invalid := func(message string) ([]byte, error) {
		return nil, model.Invalid([]model.Problem{{File: config.FileName, Severity: model.SeverityError, Message: message, Next: "replace it by the file itself"}})
	}
	link, err := p.root.Lstat(config.FileName)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", config.FileName, err)
	}
	// What it leads to is asked before it is opened: opening a pipe waits for ever.
	info, err := p.root.Stat(config.FileName)
	switch {
	case err != nil && link.Mode()&fs.ModeSymlink != 0:
		return invalid("this is a symbolic link that leads out of the project, or nowhere")
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", config.FileName, err)
	case info.IsDir():
		return invalid("this is a directory")
	case !info.Mode().IsRegular():
		return invalid("this is a special file (a pipe, a socket or a device)")
	}
	file, err := p.root.Open(config.FileName)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", config.FileName, err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, strictyaml.MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", config.FileName, err)
	}
	if len(data) > strictyaml.MaxSize {
		return nil, model.Invalid([]model.Problem{{
			File: config.FileName, Severity: model.SeverityError, Message: fmt.Sprintf("the file has more than %d bytes, the most that is read", strictyaml.MaxSize),
		}})
	}
	return data, nil
}

// VersionError reports a project that wants another version of dwsync.
type VersionError struct{ Requires, Version string }

func (e *VersionError) Error() string {
	return fmt.Sprintf("this project requires dwsync %s (dwsync.yaml), and this is %s; install a version that fits", e.Requires, e.Version)
}

// Close ends everything that the project opened, in the opposite order.
func (p *Project) Close() error {
	var first error
	for i := len(p.closers) - 1; i >= 0; i-- {
		if err := p.closers[i](); err != nil && first == nil {
			first = err
		}
	}
	p.closers = nil
	return first
}

func (p *Project) onClose(f func() error) { p.closers = append(p.closers, f) }

// DefaultSettle is above the longest stale read that anybody saw.
const DefaultSettle = 30 * time.Second

// Settle is how long a read of the target may still show the past after a write. The embedded workspace never does.
func (p *Project) Settle() time.Duration {
	if p.Target.IsEmulator() {
		return 0
	}
	return cmp.Or(p.options.Settle, DefaultSettle)
}

// path gives the place of a file of dwsync's own below the project.
func (p *Project) path(slash string) string { return filepath.Join(p.Root, filepath.FromSlash(slash)) }

// removeUnfinished removes states that a run began to make beside their place and was killed before it moved them there. The workspace's lock is held.
func removeUnfinished(file string) error {
	entries, err := os.ReadDir(filepath.Dir(file))
	if err != nil {
		return fmt.Errorf("look for what a stopped run left: %w", err)
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), filepath.Base(file)+".new-") {
			if err := os.Remove(filepath.Join(filepath.Dir(file), entry.Name())); err != nil {
				return fmt.Errorf("remove what a stopped run left: %w", err)
			}
		}
	}
	return nil
}

// makePrivateDir makes the directory of a file of dwsync's own.
func makePrivateDir(file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("make a directory for dwsync's own files: %w", err)
	}
	return nil
}
