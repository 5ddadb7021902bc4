package project

import "github.com/dwsync/dwsync/pkg/tree"

// Disk stands between dwsync and what it writes to files, so that a test can stop a run at each of its writes (design, section 12).
type Disk interface {
	// Tree gives the directory through which the files of the tree are written.
	Tree(tree.Dir) tree.Dir
	// Commit runs one transaction of the state, which counts as one write.
	Commit(transaction func() error) error
}

// plainDisk stands in nobody's way.
type plainDisk struct{}

func (plainDisk) Tree(d tree.Dir) tree.Dir              { return d }
func (plainDisk) Commit(transaction func() error) error { return transaction() }

// withTree opens the directory of the tree for writing.
func (p *Project) withTree(work func(tree.Dir) error) error {
	dir, err := tree.OpenDir(p.Root)
	if err != nil {
		return err
	}
	defer dir.Close()
	return work(p.options.Disk.Tree(dir))
}
