package base

import (
	"path"
	"testing"

	"github.com/dwsync/dwsync/pkg/model"
)

// With autoParsing an output that only the workspace has is the service's own. But where the version that was pushed last lists it and a later one does not, it is what
// a push left that was cut short, or one that is still to come: then the workspace does not hold the later version.
func TestAnOutputThatALaterVersionGaveUp(t *testing.T) {
	w := newWorld(t)
	at := func(outputs string) files {
		fs := project(map[string]string{"a": "v"})
		fs[path.Join(folder, "a.node.yaml")] = "fileType: ODPS_SQL\nautoParsing: true\nnodeConfiguration:\n  outputList: [" + outputs + "]\n"
		return fs
	}
	with := func(outputs ...string) model.Object {
		o := form("a", "v")
		o.Set(model.FieldAutoParsing, model.BoolValue(true))
		var items []model.Item
		for _, output := range outputs {
			items = append(items, model.NewItem(output))
		}
		o.Set(model.FieldOutputList, model.SetValue(items...))
		return o
	}
	first := w.commit(at("p.a, p.old"), "one")
	second := w.commit(at("p.a"), "two", first)
	for name, c := range map[string]struct {
		mark   string
		there  model.Object
		commit string
		known  bool
	}{
		"nothing came yet":              {mark(first, with("p.a", "p.old")), with("p.a", "p.old"), first, true},
		"it came, and left the old one": {mark(first, with("p.a")), with("p.a", "p.old"), first, true},
		"cut short, with a new one":     {mark(first, with("p.a", "p.old")), with("p.a", "p.new", "p.old"), first, false},
		"it came":                       {mark(first, with("p.a", "p.old")), with("p.a"), second, true},
		"it came, and one was parsed":   {mark(first, with("p.a", "p.old")), with("p.a", "p.parsed"), second, true},
		"the later one was pushed":      {mark(second, with("p.a", "x")), with("p.a", "p.old"), second, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSide(w.git("."))
			s.add(c.there, c.mark)
			s.Tree = map[model.Key]model.Object{key("a"): with("p.a")}
			got := s.resolveKey(t, key("a"))
			if got.Known != c.known || got.Object == nil || got.Source == SourceGit && got.Commit != c.commit {
				t.Errorf("got %+v", got)
			}
		})
	}
}
