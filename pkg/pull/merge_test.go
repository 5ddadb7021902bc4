package pull

import (
	"slices"
	"testing"

	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

var testKey = model.FileKey("业务流程/shop/MaxCompute", "a", 10)

// compare gives the comparison of one object; nil forms are not there.
func compare(tree, workspace, base *model.Object) diff.Comparison {
	in := diff.Input{Tree: map[model.Key]model.Object{}, Remote: map[model.Key]model.Remote{}, Bases: map[model.Key]diff.Base{}}
	var k model.Key
	for _, o := range []*model.Object{tree, workspace, base} {
		if o != nil {
			k = o.Key
		}
	}
	if tree != nil {
		in.Tree[k] = *tree
	}
	if workspace != nil {
		in.Remote[k] = model.Remote{Object: *workspace, FileID: "1", Stage: model.StageDeployed}
	}
	in.Bases[k] = diff.Base{Object: base}
	return diff.Compare(in)[0]
}

func contentOf(k model.Key, text string) *model.Object {
	o := model.NewObject(k)
	o.Set(model.FieldContent, model.TextValue(text))
	return &o
}

// The service stores JSON on one line. It is merged as the tree shows it, token by token, and must be JSON afterwards.
func TestMergeOfJSON(t *testing.T) {
	sync := model.FileKey("业务流程/shop/数据集成", "sync", 23)
	for name, c := range map[string]struct {
		key                   model.Key
		base, tree, workspace string
		want                  string
		marked                bool
		why                   string
	}{
		"other tokens": {sync, `{"a":1,"b":[1,2],"c":3}`, `{"a":9,"b":[1,2],"c":3}`, `{"a":1,"b":[1,2],"c":{"d":4}}`, `{"a":9,"b":[1,2],"c":{"d":4}}`, false, ""},
		"the same token": {sync, `{"a":1,"b":2}`, `{"a":8,"b":2}`, `{"a":9,"b":2}`,
			"{\n<<<<<<< tree\n  \"a\": 8,\n||||||| base\n  \"a\": 1,\n=======\n  \"a\": 9,\n>>>>>>> workspace\n  \"b\": 2\n}\n", true, ""},
		"no JSON any more": {testKey, "[\n1\n\n2\n]\n", "[\n1,\n\n2\n]\n", "[\n1\n\n,2\n]\n", "", false, whyBrokenJSON},
	} {
		t.Run(name, func(t *testing.T) {
			comparison := compare(contentOf(c.key, c.tree), contentOf(c.key, c.workspace), contentOf(c.key, c.base))
			m := merge(comparison, nil)
			if got := m.form.Text(model.FieldContent); got != c.want && m.why == "" || m.marked != c.marked || m.why != c.why {
				t.Errorf("got %q, marked %v, %s", got, m.marked, m.why)
			}
		})
	}
}

// Code is merged by its lines, its envelope key by key; where a side left the envelope, or came into it, the two are no longer of one kind.
func TestMergeOfEnvelopes(t *testing.T) {
	assignment := model.FileKey("业务流程/shop/通用", "a", 1100)
	stored := func(text string) *model.Object {
		o := model.NewObject(assignment)
		content.SetStored(&o, text)
		return &o
	}
	const base = `{"language":"odps","content":"a\nb\nc\n","retries":1}`
	for name, c := range map[string]struct {
		tree, workspace, want string
		marked                bool
		conflicts             []model.Field
	}{
		"other lines":              {`{"language":"odps","content":"A\nb\nc\n","retries":1}`, `{"language":"odps","content":"a\nb\nC\n","retries":1}`, `{"language":"odps","content":"A\nb\nC\n","retries":1}`, false, nil},
		"code and envelope":        {`{"language":"odps","content":"A\nb\nc\n","retries":1}`, `{"language":"shell","content":"a\nb\nc\n","retries":1}`, `{"language":"shell","content":"A\nb\nc\n","retries":1}`, false, nil},
		"other keys":               {`{"language":"python","content":"a\nb\nc\n","retries":1}`, `{"language":"odps","content":"a\nb\nc\n","retries":2}`, `{"language":"python","content":"a\nb\nc\n","retries":2}`, false, nil},
		"one key":                  {`{"language":"python","content":"a\nb\nc\n","retries":1}`, `{"language":"shell","content":"a\nb\nc\n","retries":1}`, "", false, []model.Field{model.FieldEnvelope}},
		"one line":                 {`{"language":"odps","content":"a\nX\nc\n","retries":1}`, `{"language":"odps","content":"a\nY\nc\n","retries":1}`, `{"language":"odps","content":"a\n<<<<<<< tree\nX\n||||||| base\nb\n=======\nY\n>>>>>>> workspace\nc\n","retries":1}`, true, nil},
		"out of the envelope":      {base, `SELECT 1`, `SELECT 1`, false, nil},
		"out of it, and a line":    {`{"language":"odps","content":"A\nb\nc\n","retries":1}`, `SELECT 1`, "", false, []model.Field{model.FieldContent}},
		"out of it, and a setting": {`{"language":"shell","content":"a\nb\nc\n","retries":1}`, `SELECT 1`, "", false, []model.Field{model.FieldEnvelope}},
		"another layout":           {`{"language":"odps","content":"A\nb\nc\n","retries":1}`, "{\n  \"language\": \"odps\",\n  \"content\": \"a\\nb\\nC\\n\",\n  \"retries\": 1\n}", `{"language":"odps","content":"A\nb\nC\n","retries":1}`, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			m := merge(compare(stored(c.tree), stored(c.workspace), stored(base)), nil)
			if !slices.Equal(m.conflicts, c.conflicts) || m.marked != c.marked || (m.why == "") != (c.conflicts == nil) {
				t.Errorf("conflicts %v, marked %v, %s", m.conflicts, m.marked, m.why)
			}
			if got := content.Stored(m.form); m.why == "" && got != c.want {
				t.Errorf("got %s", got)
			}
		})
	}
}
