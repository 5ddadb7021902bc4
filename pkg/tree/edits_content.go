package tree

import (
	"errors"
	"path"
	"strings"

	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/model"
)

// shownContent gives the content of an object as it stands in a new file: code without its envelope, or JSON indented.
func shownContent(o model.Object) string {
	text := o.Text(model.FieldContent)
	if o.Key.Type.Info().IsJSON() && !o.Has(model.FieldEnvelope) {
		return content.ShownJSON(text)
	}
	return text
}

// adopts tells whether a file stands there that belongs to no object and holds just the wanted content: a pull that was stopped left it.
func (p *planner) adopts(d *directory, name string, shown []byte) bool {
	file := path.Join(d.spelled, name)
	if !d.onDisk[name] || p.contents[file] {
		return false
	}
	data, err := p.reader.readFile(file, MaxContent)
	return err == nil && string(data) == string(shown)
}

// errNoPlace is why a merge of a text with an uploaded file is not written: one of the two would be lost.
var errNoPlace = errors.New("a resource that is no text has no place for one")

// errTaken is why a content cannot be written.
var errTaken = errors.New("a file of this name stands there that belongs to no YAML; move it away")

// turn makes a text of a resource that was an uploaded file, or the other way round. The YAML says which it is, so that the content is written before it
// and removed after it: a content without YAML is harmless, a YAML without content is an invalid tree.
func (p *planner) turn(local Local, wanted model.Object) error {
	if wanted.HasText() {
		return p.moveContent(local, wanted, contentName(strings.TrimSuffix(path.Base(local.Meta), metaSuffix(wanted.Key.Kind)), wanted))
	}
	if err := p.updateMeta(local, wanted); err != nil {
		return err
	}
	return p.removeContent(local)
}

// moveContent writes the content into a file of another name, and its YAML, which says which file it is, between that and the removal of the old one.
func (p *planner) moveContent(local Local, wanted model.Object, name string) error {
	k := wanted.Key
	d, err := p.directory(home(k), k)
	if err != nil {
		return err
	}
	shown := []byte(shownContent(wanted))
	adopted := p.adopts(d, name, shown)
	if d.taken[fold(name)] > 0 && !adopted {
		if !wanted.Has(model.FieldEnvelope) {
			return &EditError{File: path.Join(d.spelled, name), Key: k, Err: errTaken}
		}
		// The ending of the code's own language is taken by somebody else; together with the envelope it stands under that of the type.
		local.asStored = true
		return p.update(local, content.AsStored(wanted))
	}
	if adopted {
		d.take(name)
		p.contents[path.Join(d.spelled, name)] = true
	} else {
		p.create(k, d, name, shown)
	}
	if err := p.updateMeta(local, wanted); err != nil {
		return err
	}
	return p.removeContent(local)
}

// removeContent takes away the content of an object whose YAML does not name it any more.
func (p *planner) removeContent(local Local) error {
	if local.Content == "" {
		return nil
	}
	k := local.Object.Key
	d, err := p.directory(home(k), k)
	if err != nil {
		return err
	}
	data, err := p.reader.readFile(local.Content, MaxContent)
	if err != nil {
		return err
	}
	delete(d.entries, path.Base(local.Content))
	p.add(Edit{Op: OpRemove, Path: local.Content, Before: digest(data), Key: k})
	return nil
}
