package tree

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/model"
)

// general is the folder of the nodes of these tests.
const general = model.FolderPath("业务流程/店/通用")

// enveloped gives a node with a stored content.
func enveloped(fileType model.FileType, stored string) model.Object {
	o := model.NewObject(model.FileKey(general, "n", fileType))
	content.SetStored(&o, stored)
	return o
}

// pulled applies a change to a tree in memory, reads it again, and gives the files of the node's folder.
func pulled(t *testing.T, d *memDir, o model.Object) (Tree, map[string]string) {
	t.Helper()
	current, err := Read(d.FS())
	if err != nil {
		t.Fatal(err)
	}
	business := model.NewObject(model.BusinessKey(general.Business()))
	edits, err := Edits(current, d.FS(), []Change{{Key: o.Key, Object: &o}, {Key: business.Key, Object: &business}})
	if err != nil {
		t.Fatal(err)
	}
	if err := Apply(d, edits); err != nil {
		t.Fatal(err)
	}
	after, err := Read(d.FS())
	if err != nil {
		t.Fatal(err)
	}
	got := after.Objects[o.Key].Object
	if fields := model.Differences(o, got, nil); len(fields) > 0 || content.Stored(got) != content.Stored(o) {
		t.Fatalf("%q is read back as %q: %v", content.Stored(o), content.Stored(got), fields)
	}
	files := map[string]string{}
	for name, text := range d.tree() {
		if rest, found := strings.CutPrefix(name, string(general)+"/"); found {
			files[rest] = text
		}
	}
	return after, files
}

func wantFiles(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Errorf("%s: the files are %q", what, got)
	}
}

// A content moves between the file of its language and that of its type as its form wants it, and never leaves two.
func TestTheFileOfTheCode(t *testing.T) {
	d := newMemDir(false)
	_, files := pulled(t, d, enveloped(1100, `{"language":"odps","content":"select 1;\n"}`))
	wantFiles(t, "SQL", files, map[string]string{"n.sql": "select 1;\n", "n.node.yaml": "fileType: CONTROLLER_ASSIGNMENT\nenvelope:\n  language: odps\n  content: <code>\n"})
	_, files = pulled(t, d, enveloped(1100, `{"language":"python","content":"print(1)"}`))
	wantFiles(t, "Python", files, map[string]string{"n.py": "print(1)", "n.node.yaml": "fileType: CONTROLLER_ASSIGNMENT\nenvelope:\n  language: python\n  content: <code>\n"})
	_, files = pulled(t, d, enveloped(1100, `{"language":"perl","content":"1"}`))
	wantFiles(t, "a language that nobody knows", files, map[string]string{"n.assign.json": "{\n  \"language\": \"perl\",\n  \"content\": \"1\"\n}\n", "n.node.yaml": "fileType: CONTROLLER_ASSIGNMENT\n"})
	_, files = pulled(t, d, enveloped(1100, "{\n  \"language\": \"shell\",\n  \"content\": \"ls\"\n}"))
	wantFiles(t, "a shell script in lines", files, map[string]string{"n.sh": "ls", "n.node.yaml": "fileType: CONTROLLER_ASSIGNMENT\nenvelope:\n  language: shell\n  content: <code>\nenvelopeLayout: indented\n"})

	// Who has code and envelope in one file keeps them so.
	d.files[string(general)+"/n.node.yaml"].data = []byte("fileType: CONTROLLER_ASSIGNMENT # mine\n")
	d.files[string(general)+"/n.assign.json"] = &memFile{string(general) + "/n.assign.json", []byte(`{"language":"shell","content":"ls"}`)}
	delete(d.files, string(general)+"/n.sh")
	_, files = pulled(t, d, enveloped(1100, `{"language":"python","content":"print(2)"}`))
	wantFiles(t, "as it is stored", files, map[string]string{"n.assign.json": `{"language":"python","content":"print(2)"}`, "n.node.yaml": "fileType: CONTROLLER_ASSIGNMENT # mine\n"})

	// Where somebody else has the name, the file of the type remains.
	d = newMemDir(false)
	pulled(t, d, enveloped(1100, `{"language":"odps","content":"select 1"}`))
	resource := model.NewObject(model.FileKey(general, "n.py", 12))
	resource.Set(model.FieldContent, model.TextValue("pass"))
	pulled(t, d, resource)
	_, files = pulled(t, d, enveloped(1100, `{"language":"python","content":"print(1)"}`))
	wantFiles(t, "a name that is taken", files, map[string]string{
		"n.assign.json": "{\n  \"language\": \"python\",\n  \"content\": \"print(1)\"\n}\n", "n.node.yaml": "fileType: CONTROLLER_ASSIGNMENT\n",
		"n.py": "pass", "n.py.resource.yaml": "fileType: ODPS_PYTHON\n",
	})
}

// One value of an envelope that changes is one line of its YAML, whatever stands around it.
func TestAnEnvelopeIsChangedGently(t *testing.T) {
	const standing = `# a job
envelope:
    type: HIVE_SQL   # what runs it
    # resources
    launcher: {allocationSpec: {vcores: "2"}}
    properties:
        tags: []
        arguments:
        - <code>
        # more
        - '-x'

        envs:
            A: "1"   # the first
            B: 2.50
    list:
    - {a: 1}
    - b: x
      c: y
fileType: EMR_HIVE
`
	const value = `{"type":"HIVE_SQL","launcher":{"allocationSpec":{"vcores":"2"}},"properties":{"tags":[],"arguments":["<code>","-x"],"envs":{"A":"1","B":2.50}},"list":[{"a":1},{"b":"x","c":"y"}]}`
	k := model.FileKey(general, "n", 227)
	for name, c := range map[string]struct {
		from, to    string
		gone, added []string
	}{
		"nothing":                {"", "", nil, nil},
		"a text":                 {"HIVE_SQL", "TRINO_SQL", []string{"    type: HIVE_SQL   # what runs it"}, []string{"    type: TRINO_SQL   # what runs it"}},
		"a text in quotes":       {`"A":"1"`, `"A":"x"`, []string{`            A: "1"   # the first`}, []string{`            A: "x"   # the first`}},
		"a number":               {"2.50", "3e400", []string{`            B: 2.50`}, []string{`            B: 3e400`}},
		"a word for a text":      {`"A":"1"`, `"A":null`, []string{`            A: "1"   # the first`}, []string{`            A: null   # the first`}},
		"a value on one line":    {`{"vcores":"2"}`, `{"vcores":"2","memory":1}`, []string{`    launcher: {allocationSpec: {vcores: "2"}}`}, []string{`    launcher: {allocationSpec: {vcores: "2", memory: 1}}`}},
		"a key more at the end":  {`"B":2.50`, `"B":2.50,"C":[1,{"x":"a: b"}]`, nil, []string{`            C:`, `            - 1`, `            - x: "a: b"`}},
		"a key more at the head": {`"A":"1"`, `"Z":{},"A":"1"`, nil, []string{`            Z: {}`}},
		"a key less":             {`,"B":2.50`, ``, []string{`            B: 2.50`}, nil},
		"the first key less":     {`"A":"1",`, ``, []string{`            A: "1"   # the first`}, nil},
		"no key left":            {`{"A":"1","B":2.50}`, `{}`, []string{`        envs:`, `            A: "1"   # the first`, `            B: 2.50`}, []string{`        envs: {}`}},
		"an item more":           {`"-x"`, `"-x","-y"`, nil, []string{`        - "-y"`}},
		"an item changed":        {`"-x"`, `"-y"`, []string{`        - '-x'`}, []string{`        - '-y'`}},
		"an item less":           {`,"-x"`, ``, []string{`        - '-x'`}, nil},
		"a part of an item":      {`"c":"y"`, `"c":"z"`, []string{`      c: y`}, []string{`      c: z`}},
		"an empty list filled":   {`"tags":[]`, `"tags":["a"]`, []string{`        tags: []`}, []string{`        tags:`, `        - a`}},
		"a text of lines":        {`"HIVE_SQL"`, `"a\nb\n"`, []string{`    type: HIVE_SQL   # what runs it`}, []string{`    type: "a\nb\n"   # what runs it`}},
		"all of it":              {value, `{"properties":{"arguments":["<code>"]}}`, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			wanted := model.NewObject(k)
			wanted.Set(model.FieldEnvelope, model.TextValue(strings.Replace(value, c.from, c.to, 1)))
			edited, err := editMeta("n.node.yaml", []byte(standing), wanted)
			if err != nil {
				t.Fatal(err)
			}
			if edited == nil {
				edited = []byte(standing)
			}
			if name == "all of it" {
				return
			}
			gone, added := lineChanges(standing, string(edited))
			if !slices.Equal(gone, c.gone) || !slices.Equal(added, c.added) {
				t.Errorf("gone %q\nadded %q", gone, added)
			}
		})
	}
}

// lineChanges gives the lines that only one of two texts has.
func lineChanges(before, after string) (gone, added []string) {
	b, a := strings.Split(before, "\n"), strings.Split(after, "\n")
	for _, line := range b {
		if !slices.Contains(a, line) {
			gone = append(gone, line)
		}
	}
	for _, line := range a {
		if !slices.Contains(b, line) {
			added = append(added, line)
		}
	}
	return gone, added
}

func TestWrongEnvelopes(t *testing.T) {
	for name, c := range map[string]struct {
		yaml         string
		line, column int
		text         string
	}{
		"the type has none":      {"fileType: ODPS_SQL\nenvelope: {a: 1}\n", 2, 11, "ODPS_SQL"},
		"no mapping":             {"fileType: EMR_HIVE\nenvelope: text\n", 2, 11, "keys with values"},
		"no value":               {"fileType: EMR_HIVE\nenvelope:\n", 2, 10, "no value"},
		"no place for the code":  {"fileType: EMR_HIVE\nenvelope:\n  properties:\n    arguments: []\n", 4, 16, "<code>"},
		"code in the YAML":       {"fileType: EMR_HIVE\nenvelope:\n  properties:\n    arguments:\n      - select 1\n", 5, 9, "content file"},
		"an unknown language":    {"envelope:\n  content: <code>\n  language: pyton\nfileType: CONTROLLER_ASSIGNMENT\n", 3, 13, `"python"`},
		"a number of YAML alone": {"fileType: EMR_HIVE\nenvelope:\n  a: 0x1F\n  properties: {arguments: [<code>]}\n", 3, 6, "in quotes"},
		"a date":                 {"fileType: EMR_HIVE\nenvelope:\n  a: 2026-01-01\n  properties: {arguments: [<code>]}\n", 3, 6, "in quotes"},
		"null by another name":   {"fileType: EMR_HIVE\nenvelope:\n  a: ~\n  properties: {arguments: [<code>]}\n", 3, 6, "in quotes"},
		"a key twice":            {"fileType: EMR_HIVE\nenvelope:\n  a: 1\n  a: 2\n  properties: {arguments: [<code>]}\n", 4, 3, "twice"},
		"an unknown layout":      {"fileType: EMR_HIVE\nenvelope: {properties: {arguments: [<code>]}}\nenvelopeLayout: indent\n", 3, 17, `"indented"`},
		"a layout of nothing":    {"fileType: EMR_HIVE\nenvelopeLayout: indented\n", 2, 1, "no envelope"},
		"an unknown key near":    {"fileType: EMR_HIVE\nenvelop: {properties: {arguments: [<code>]}}\n", 2, 1, `"envelope"`},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := fstest.MapFS{}
			for file, text := range map[string]string{"业务流程/店/business.yaml": "", string(general) + "/n.node.yaml": c.yaml, string(general) + "/n.sql": "select 1"} {
				fsys[file] = &fstest.MapFile{Data: []byte(text)}
			}
			_, err := Read(fsys)
			problems := model.ProblemsOf(err)
			if len(problems) != 1 || problems[0].Line != c.line || problems[0].Column != c.column || !strings.Contains(problems[0].Message+problems[0].Next, c.text) {
				t.Errorf("got %v", problems)
			}
		})
	}
}

func TestAnEnvelopeInTheCode(t *testing.T) {
	fsys := fstest.MapFS{}
	for file, text := range map[string]string{
		"业务流程/店/business.yaml": "", string(general) + "/n.node.yaml": "fileType: ODPS_SPARK\nenvelope: {args: x}\n", string(general) + "/n.txt": "##@resource_reference{\"a.jar\"}\n{\"args\":\"y\"}\n",
	} {
		fsys[file] = &fstest.MapFile{Data: []byte(text)}
	}
	_, err := Read(fsys)
	problems := model.ProblemsOf(err)
	if len(problems) != 1 || problems[0].File != string(general)+"/n.txt" || problems[0].Line != 2 {
		t.Errorf("got %v", problems)
	}
}

// What newMeta writes of any envelope decodes to it, and so does what editMeta makes of a standing one.
func TestEnvelopesInYAMLProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fileType := rapid.SampledFrom([]model.FileType{225, 229, 1100, 1105}).Draw(t, "type")
		from := enveloped(fileType, drawEnveloped(t, fileType, "echo"))
		to := enveloped(fileType, drawEnveloped(t, fileType, "echo"))
		data := newMeta(from, "")
		if failed := checkMeta("n.node.yaml", data, withoutContent(from)); failed != nil {
			t.Fatalf("%v\n%s", failed, data)
		}
		if rapid.Bool().Draw(t, "comment") {
			data = append(data, "# the end\n"...)
		}
		edited, err := editMeta("n.node.yaml", data, withoutContent(to))
		if err != nil {
			t.Fatalf("%v\n%s", err, data)
		}
		if edited == nil {
			edited = data
		}
		if failed := checkMeta("n.node.yaml", edited, withoutContent(to)); failed != nil {
			t.Fatalf("%v\n%s", failed, edited)
		}
		if strings.Contains(string(data), "# the end") != strings.Contains(string(edited), "# the end") {
			t.Fatalf("a comment is gone:\n%s\n%s", data, edited)
		}
	})
}
