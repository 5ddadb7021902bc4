package mapping

import (
	"strings"

	"github.com/dwsync/dwsync/pkg/model"
)

// Renamed gives a portable object whose placeholders name files where they are now: to gives the new path of a file that was renamed. False if none of them
// names such a file. Values that do not parse are left to Forward.
func Renamed(o model.Object, to func(model.FolderPath) (model.FolderPath, bool)) (model.Object, bool) {
	renamed := false
	for _, f := range o.Present() {
		at, isReference := referenceParts[f]
		if !isReference {
			continue
		}
		items, changed := o.Get(f).Items, false
		for i, item := range items {
			value, ok := renamedValue(item[at], to)
			if !ok {
				continue
			}
			if !changed {
				items, changed = append([]model.Item{}, items...), true
			}
			item[at] = value
			items[i] = item
		}
		if changed {
			if !renamed {
				o, renamed = o.Clone(), true
			}
			o.Set(f, model.SetValue(items...))
		}
	}
	return o, renamed
}

func renamedValue(value string, to func(model.FolderPath) (model.FolderPath, bool)) (string, bool) {
	if !strings.Contains(value, open) {
		return "", false
	}
	parts, err := parse(value)
	if err != nil {
		return "", false
	}
	var b strings.Builder
	renamed := false
	for _, p := range parts {
		switch {
		case p.placeholder == nil:
			b.WriteString(escape(p.text))
			continue
		case p.placeholder.Verb == VerbAuto || p.placeholder.Verb == VerbNode:
			if path, found := to(p.placeholder.Path()); found {
				p.placeholder.Argument, renamed = string(path), true
			}
		}
		b.WriteString(p.placeholder.String())
	}
	return b.String(), renamed
}
