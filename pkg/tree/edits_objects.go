package tree

import (
	"path"
	"strings"

	"github.com/dwsync/dwsync/pkg/config/strictyaml"
	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/model"
)

func (p *planner) write(change Change) error {
	k := change.to()
	if business := k.Folder.Business(); business != "" && !p.final[model.BusinessKey(business)] {
		return &MissingBusinessError{Key: k, Business: model.BusinessKey(business)}
	}
	wanted := change.Object.Clone()
	wanted.Key = k
	if k.Kind == model.KindResource && !wanted.HasText() && wanted.Has(model.FieldContent) {
		return &EditError{File: string(k.Path()), Key: k, Field: model.FieldContent, Err: errNoPlace}
	}
	if _, stands := p.current.Objects[change.Key]; stands && change.isMove() {
		return p.move(change, wanted)
	}
	if local, stands := p.current.Objects[k]; stands {
		return p.update(local, wanted)
	}
	switch k.Kind {
	case model.KindBusiness, model.KindFolder:
		d, err := p.directory(home(k), k)
		if err != nil {
			return err
		}
		if k.Kind == model.KindBusiness {
			p.create(k, d, businessFile, newMeta(wanted, d.fullName))
		}
		return nil
	default:
		return p.createFile(wanted)
	}
}

// create writes a new file into a directory.
func (p *planner) create(k model.Key, d *directory, name string, data []byte) {
	d.take(name)
	p.add(Edit{Op: OpWrite, Path: path.Join(d.spelled, name), Data: data, Key: k})
}

func (p *planner) createFile(o model.Object) error {
	k := o.Key
	d, err := p.directory(home(k), k)
	if err != nil {
		return err
	}
	if checkMeta("", newMeta(o, ""), withoutContent(o)) != nil {
		// YAML has no way to say this envelope.
		o = content.AsStored(o)
	}
	shown := []byte(shownContent(o))
	adopted := ""
	stem, cut, found := d.spell(k.Name, k.Type, func(stem string) []string {
		names := []string{stem + metaSuffix(k.Kind)}
		if name := contentName(stem, o); name != "" && !p.adopts(d, name, shown) {
			names = append(names, name)
		}
		return names
	})
	if !found {
		return &NameError{Key: k}
	}
	p.stems[k] = stem
	if name := contentName(stem, o); name != "" {
		if p.adopts(d, name, shown) {
			adopted = name
		} else {
			p.create(k, d, name, shown)
		}
	}
	if adopted != "" {
		d.take(adopted)
		p.contents[path.Join(d.spelled, adopted)] = true
	}
	fullName := ""
	if cut {
		fullName = k.Name
	}
	data := newMeta(o, fullName)
	if failed := checkMeta(path.Join(d.spelled, stem+metaSuffix(k.Kind)), data, withoutContent(o)); failed != nil {
		return failed
	}
	p.create(k, d, stem+metaSuffix(k.Kind), data)
	return nil
}

// withoutContent gives the object as its YAML alone describes it.
func withoutContent(o model.Object) model.Object {
	if o.Key.Kind == model.KindFunction {
		return o
	}
	o = o.Clone()
	o.Set(model.FieldContent, model.Value{})
	return o
}

func (p *planner) update(local Local, wanted model.Object) error {
	k := wanted.Key
	switch {
	case k.Kind == model.KindFolder:
		return nil
	case k.Kind == model.KindResource && wanted.HasText() != local.Object.HasText():
		return p.turn(local, wanted)
	case local.Content == "":
		return p.updateMeta(local, wanted)
	}
	standing := local.Object
	if local.asStored {
		// Who keeps code and envelope in one file gets them so.
		standing, wanted = content.AsStored(standing), content.AsStored(wanted)
	}
	name := contentName(strings.TrimSuffix(path.Base(local.Meta), metaSuffix(k.Kind)), wanted)
	if name != path.Base(local.Content) {
		return p.moveContent(local, wanted, name)
	}
	before, after := standing.Text(model.FieldContent), wanted.Text(model.FieldContent)
	if standing.Has(model.FieldEnvelope) != wanted.Has(model.FieldEnvelope) || !k.SameContent(before, after) {
		shown := shownContent(wanted)
		if local.indented {
			before = content.ShownJSON(before)
		} else if k.Type.Info().IsJSON() && content.StoredJSON(after) == after {
			// Who keeps it as it is stored gets it so.
			shown = after
		}
		if shown != before {
			p.add(Edit{Op: OpWrite, Path: local.Content, Data: []byte(shown), Before: digest([]byte(before)), Key: k})
		}
	}
	return p.updateMeta(local, wanted)
}

// updateMeta changes the YAML of a standing object.
func (p *planner) updateMeta(local Local, wanted model.Object) error {
	data, err := p.reader.readFile(local.Meta, strictyaml.MaxSize)
	if err != nil {
		return err
	}
	edited, err := editMeta(local.Meta, data, withoutContent(wanted))
	if err != nil || edited == nil {
		return err
	}
	p.add(Edit{Op: OpWrite, Path: local.Meta, Data: edited, Before: digest(data), Key: wanted.Key})
	return nil
}

// remove takes away an object's files: the YAML first, because a content without YAML is harmless, and a YAML without content is an invalid tree.
func (p *planner) remove(k model.Key) error {
	local := p.current.Objects[k]
	var files []string
	switch k.Kind {
	case model.KindFolder:
		d, err := p.directory(home(k), k)
		if err != nil {
			return err
		}
		if p.inside[k.Path()] > 0 {
			return nil
		}
		for _, name := range []string{keepFile, folderFile} {
			if d.onDisk[name] {
				files = append(files, path.Join(d.spelled, name))
			}
		}
	case model.KindBusiness:
		files = append(files, local.Meta)
	default:
		files = append(files, local.Meta)
		if local.Content != "" {
			files = append(files, local.Content)
		}
	}
	for _, file := range files {
		d, err := p.directory(home(k), k)
		if err != nil {
			return err
		}
		if !d.onDisk[path.Base(file)] {
			// A binary resource may have no content file.
			continue
		}
		data, err := p.reader.readFile(file, MaxContent)
		if err != nil {
			return err
		}
		delete(d.entries, path.Base(file))
		p.add(Edit{Op: OpRemove, Path: file, Before: digest(data), Key: k})
	}
	return nil
}
