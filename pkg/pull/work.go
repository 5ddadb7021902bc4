package pull

import (
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/tree"
)

// Work knows which of the tree's files hold something that is nowhere else. It is asked only about files of which a pull would overwrite more than the
// base holds. Paths are slash paths below the tree's root.
type Work struct {
	// Dirty gives those of the files that differ from HEAD; nil takes all for dirty.
	Dirty func(paths ...string) ([]string, error)
	// Read gives a file's bytes; nil takes every YAML for one with comments.
	Read func(path string) ([]byte, error)
}

// lost gives the files whose uncommitted changes a decision would take out of the world: what the tree has there is neither in HEAD, nor in the base, nor in
// what it is replaced by. Merging loses nothing, and neither does taking the workspace's form where the tree still holds the base.
func (p *planner) lost(c diff.Comparison, d decision) ([]string, error) {
	local, stands := p.standing.Objects[c.Key]
	if !d.takes || c.Tree == nil || !stands || c.Key.Kind == model.KindFolder {
		return nil, nil
	}
	paths, err := p.atStake(c, d, local)
	if err != nil || len(paths) == 0 || p.Work.Dirty == nil {
		return paths, err
	}
	return p.Work.Dirty(paths...)
}

// atStake gives the files of which a decision overwrites something that the base does not hold.
func (p *planner) atStake(c diff.Comparison, d decision, local tree.Local) ([]string, error) {
	var content, meta bool
	for _, f := range changedHere(c) {
		if f == model.FieldPath {
			continue // what is in the files goes along
		}
		if d.form != nil && d.form.Get(f).Equal(c.Tree.Get(f)) {
			continue
		}
		isContent := f == model.FieldContent && local.Content != ""
		// An envelope stands in the YAML, or around the code as it is stored.
		content = content || isContent || f.IsOfEnvelope()
		meta = meta || !isContent
	}
	if d.deed == Deleted && !meta {
		// The base holds the YAML's values. Its comments are in the file alone.
		var err error
		if meta, err = p.mayHoldComments(local.Meta); err != nil {
			return nil, err
		}
	}
	var paths []string
	if content {
		paths = append(paths, local.Content)
	}
	if meta {
		paths = append(paths, local.Meta)
	}
	return paths, nil
}

// changedHere gives the fields in which the tree differs from the base; without a base all that it has.
func changedHere(c diff.Comparison) []model.Field {
	if c.Base == nil {
		return c.Tree.Present()
	}
	var fields []model.Field
	for _, difference := range model.Differences(*c.Tree, *c.Base, nil) {
		fields = append(fields, difference.Field)
	}
	return fields
}

// mayHoldComments tells whether a YAML file may hold a comment. A # in a value may be taken for one.
func (p *planner) mayHoldComments(file string) (bool, error) {
	if p.Work.Read == nil {
		return true, nil
	}
	data, err := p.Work.Read(file)
	if err != nil {
		return false, err
	}
	text := "\n" + strings.TrimPrefix(string(data), "\ufeff")
	return slices.ContainsFunc([]string{"\n#", " #", "\t#"}, func(start string) bool { return strings.Contains(text, start) }), nil
}
