package tree

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dwsync/dwsync/pkg/model"
)

var nodeKey = model.FileKey("业务流程/店/MaxCompute", "n", 10)

// decoded gives the object that a YAML text describes.
func decoded(t interface{ Fatalf(string, ...any) }, text string) model.Object {
	m, _, err := decodeMeta("n.node.yaml", []byte(text), model.KindNode)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return m.object(nodeKey)
}

func TestOneValueIsOneLine(t *testing.T) {
	const standing = `# the head of the file
fileType: ODPS_SQL

# about the description
fileDescription: "订单, 每日"   # shown in the console
owner: '1'
nodeConfiguration:
    cronExpress: 00 30 00 * * ?
    # retries
    autoRerunTimes: 3           # because of the source
    paraValue: >-
        a=1
        b=2
    inputList:
    - ${project}.a              # first
    # in between
    - ${project}.c

    - {input: "${project}.d", parseType: AUTO}
    outputList: [ "${project}.n" , '${project}.m' ]
    inputParameters:
    -   valueSource: ${project}.a:outputs
        parameterName: p
# the end
`
	for name, c := range map[string]struct {
		change      func(o *model.Object)
		gone, added []string
	}{
		"nothing": {func(*model.Object) {}, nil, nil},
		"a quoted text": {func(o *model.Object) { o.Set(model.FieldFileDescription, model.TextValue("x")) },
			[]string{`fileDescription: "订单, 每日"   # shown in the console`}, []string{`fileDescription: "x"   # shown in the console`}},
		"a text that becomes empty, with a comment": {func(o *model.Object) { o.Set(model.FieldFileDescription, model.Value{}) },
			[]string{`fileDescription: "订单, 每日"   # shown in the console`}, []string{`fileDescription: ""   # shown in the console`}},
		"a number": {func(o *model.Object) { o.Set(model.FieldAutoRerunTimes, model.TextValue("5")) },
			[]string{`    autoRerunTimes: 3           # because of the source`}, []string{`    autoRerunTimes: 5           # because of the source`}},
		"a number back to its default": {func(o *model.Object) { o.Set(model.FieldAutoRerunTimes, model.TextValue("0")) },
			[]string{`    autoRerunTimes: 3           # because of the source`}, []string{`    autoRerunTimes: 0           # because of the source`}},
		"a plain text": {func(o *model.Object) { o.Set(model.FieldCronExpress, model.TextValue("00 00 01 * * ?")) },
			[]string{`    cronExpress: 00 30 00 * * ?`}, []string{`    cronExpress: 00 00 01 * * ?`}},
		"a plain text that becomes empty": {func(o *model.Object) { o.Set(model.FieldCronExpress, model.Value{}) },
			[]string{`    cronExpress: 00 30 00 * * ?`}, nil},
		"a folded text": {func(o *model.Object) { o.Set(model.FieldParaValue, model.TextValue("a=1\nb=3")) },
			[]string{`    paraValue: >-`, `        b=2`}, []string{`    paraValue: |-`, `        b=3`}},
		"a new key": {func(o *model.Object) { o.Set(model.FieldDependentType, model.TextValue("SELF")) },
			nil, []string{`    dependentType: SELF`}},
		"a new list": {func(o *model.Object) {
			o.Set(model.FieldOutputParameters, model.SetValue(model.NewItem("q", "1", "5")))
		}, nil, []string{`    outputParameters:`, `    - parameterName: q`, `      type: 1`, `      value: "5"`}},
		"an item more": {func(o *model.Object) {
			o.Set(model.FieldInputList, model.SetValue(append(slices.Clone(o.Get(model.FieldInputList).Items), model.NewItem("${project}.b"))...))
		}, nil, []string{`    - ${project}.b`}},
		"an item less": {func(o *model.Object) {
			o.Set(model.FieldInputList, model.SetValue(o.Get(model.FieldInputList).Items[1:]...))
		}, []string{`    - ${project}.a              # first`}, nil},
		"an item that becomes manual": {func(o *model.Object) {
			o.Set(model.FieldInputList, model.SetValue(model.NewItem("${project}.a"), model.NewItem("${project}.c"), model.NewItem("${project}.d")))
		}, []string{`    - {input: "${project}.d", parseType: AUTO}`}, []string{`    - ${project}.d`}},
		"an item in brackets": {func(o *model.Object) {
			o.Set(model.FieldOutputList, model.SetValue(model.NewItem("${project}.n"), model.NewItem("x")))
		}, []string{`    outputList: [ "${project}.n" , '${project}.m' ]`}, []string{`    outputList: [ "${project}.n" , 'x' ]`}},
		"a part of an item": {func(o *model.Object) {
			o.Set(model.FieldInputParameters, model.SetValue(model.NewItem("p", "${project}.b:outputs")))
		}, []string{`    -   valueSource: ${project}.a:outputs`}, []string{`    -   valueSource: ${project}.b:outputs`}},
		"an owner that is not managed any more": {func(o *model.Object) { o.Set(model.FieldOwner, model.Value{}) }, []string{`owner: '1'`}, nil},
		"a connection that is not managed":      {func(o *model.Object) { o.Set(model.FieldConnectionName, model.TextValue("odps_first")) }, nil, nil},
	} {
		for _, newline := range []string{"\n", "\r\n"} {
			for _, mark := range []string{"", byteOrderMark} {
				t.Run(fmt.Sprintf("%s %q %q", name, newline, mark), func(t *testing.T) {
					text := mark + strings.ReplaceAll(standing, "\n", newline)
					wanted := decoded(t, standing)
					c.change(&wanted)
					result, err := editMeta("n.node.yaml", []byte(text), wanted)
					if err != nil {
						t.Fatal(err)
					}
					if result == nil {
						result = []byte(text)
					}
					rest, found := strings.CutPrefix(string(result), mark)
					if !found || strings.Count(rest, "\n") != strings.Count(rest, newline) {
						t.Fatalf("byte order mark or line ends changed:\n%q", result)
					}
					gone, added := lineDifference(standing, strings.ReplaceAll(rest, newline, "\n"))
					if !slices.Equal(gone, c.gone) || !slices.Equal(added, c.added) {
						t.Errorf("lines that went: %q\nlines that came: %q\n%s", gone, added, rest)
					}
				})
			}
		}
	}
}

// lineDifference gives the lines that only one of two texts has.
func lineDifference(before, after string) (gone, added []string) {
	a, b := strings.SplitAfter(before, "\n"), strings.SplitAfter(after, "\n")
	only := func(lines, other []string) []string {
		var found []string
		other = slices.Clone(other)
		for _, line := range lines {
			if i := slices.Index(other, line); i >= 0 {
				other = slices.Delete(other, i, i+1)
			} else {
				found = append(found, strings.TrimSuffix(line, "\n"))
			}
		}
		return found
	}
	return only(a, b), only(b, a)
}

// A YAML of any layout is changed into any other object, decodes to it, and keeps each comment that stands in a line of its own.
func TestGentleWritingProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		standing, wanted := drawObject(t, "standing"), drawObject(t, "wanted")
		text, comments := drawYAML(t, standing)
		if got := decoded(t, text); !sameFields(got, standing) {
			t.Fatalf("the generator wrote something else:\n%s", text)
		}
		for _, f := range wanted.Present() {
			if spec, _ := model.FieldSpec(model.KindNode, f); spec.ServiceFilled && !standing.Has(f) {
				wanted.Set(f, model.Value{})
			}
		}
		result, err := editMeta("n.node.yaml", []byte(text), wanted)
		if err != nil {
			t.Fatalf("%v\n%s\nwanted %v", err, text, wanted)
		}
		if result == nil {
			if !sameFields(standing, wanted) {
				t.Fatal("no edit, though the objects differ")
			}
			return
		}
		if got := decoded(t, string(result)); !sameFields(got, wanted) {
			t.Fatalf("it decodes to something else:\n%s", result)
		}
		for _, comment := range comments {
			if strings.Count(string(result), comment) != 1 {
				t.Fatalf("the comment %q is gone\n%s\nbecame\n%s\nwanted %v", comment, text, result, wanted)
			}
		}
		again, err := editMeta("n.node.yaml", result, wanted)
		if err != nil || again != nil {
			t.Fatalf("a second edit changes something: %v\n%s", err, again)
		}
	})
}

func sameFields(a, b model.Object) bool {
	if !slices.Equal(a.Present(), b.Present()) {
		return false
	}
	for _, f := range a.Present() {
		if !a.Get(f).Equal(b.Get(f)) {
			return false
		}
	}
	return true
}

var oddTexts = []string{
	"a", "b c", "${project}.x", "1", "true", "null", "~", "yes", "2020-01-01", "00 30 00 * * ?", "a: b", "a #b", "#", "- x", "x:", "'", `"`, `\`, "a\nb", "a\n\n b\n", "\n", " lead", "trail ", "\t", "a\tb",
	"文 字", "{a}", "[a]", "a,b", "*x", "&x", "!x", "%x", "@x", "`x", "|", ">", "\u0001", "\u0085", "\u2028", "\ufeffx", "👨‍👩‍👧", "\u202e", "1:30", "0x1f", "1e3", "<<", "=", "a\r\nb", "---", "...", "? x", "a\n  b\n c", "\x7f", "\ufffe",
}

func drawText(t *rapid.T, label string) string {
	if rapid.IntRange(0, 3).Draw(t, label+" kind") == 0 {
		return rapid.String().Draw(t, label)
	}
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(oddTexts), 1, 2).Draw(t, label), "")
}

func drawObject(t *rapid.T, label string) model.Object {
	o := model.NewObject(nodeKey)
	for _, spec := range metaFields(model.KindNode) {
		if rapid.Bool().Draw(t, label+" has") {
			continue
		}
		o.Set(spec.Field, drawValue(t, label, spec))
	}
	return o
}

func drawValue(t *rapid.T, label string, spec model.Spec) model.Value {
	switch {
	case spec.Shape == model.ShapeBool:
		return model.BoolValue(rapid.Bool().Draw(t, label))
	case spec.Shape == model.ShapeNumber:
		return model.NumberValue(rapid.Int64Range(spec.Min, min(spec.Max, 9)).Draw(t, label))
	case len(spec.Enum) > 0:
		return model.TextValue(rapid.SampledFrom(spec.Enum).Draw(t, label))
	case spec.Shape == model.ShapeText:
		return model.TextValue(drawText(t, label))
	case spec.Shape == model.ShapeJSON:
		// Only with its content it means something: see drawEnveloped.
		return model.Value{}
	}
	var items []model.Item
	seen := map[string]bool{}
	for range rapid.IntRange(0, 4).Draw(t, label+" items") {
		name := drawText(t, label)
		if name == "" || seen[name] {
			continue
		}
		seen[name] = true
		item := model.NewItem(name)
		for i, part := range spec.Parts[1:] {
			switch part {
			case partParseType:
				item[i+1] = rapid.SampledFrom([]string{"", model.ParseTypeAuto}).Draw(t, label)
			case partType:
				item[i+1] = rapid.SampledFrom([]string{"", "1", "2", "3"}).Draw(t, label)
			default:
				item[i+1] = rapid.SampledFrom([]string{"", drawText(t, label)}).Draw(t, label)
			}
		}
		items = append(items, item)
	}
	return model.SetValue(items...)
}

// drawYAML writes an object as a person might: any order, layout, quoting, comments. It gives the comments that stand in lines of their own.
func drawYAML(t *rapid.T, o model.Object) (string, []string) {
	newline := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "newline")
	step := rapid.SampledFrom([]string{" ", "  ", "    "}).Draw(t, "step")
	dash := rapid.SampledFrom([]string{"", "  "}).Draw(t, "dash")
	var comments []string
	noise := func(indentation string) string {
		switch rapid.IntRange(0, 5).Draw(t, "noise") {
		case 0:
			return newline
		case 1:
			comment := fmt.Sprintf("# comment %d.", len(comments))
			comments = append(comments, comment)
			return indentation + comment + newline
		default:
			return ""
		}
	}
	behind := func() string {
		return rapid.SampledFrom([]string{"", "", " # behind: it", "  "}).Draw(t, "behind")
	}
	text := func(s string, in where) string {
		return scalar(s, in, rapid.SampledFrom([]style{anyStyle, anyStyle, singleQuoted, doubleQuoted}).Draw(t, "style"))
	}
	entry := func(indentation, name string, spec model.Spec, v model.Value, flow bool) string {
		if spec.Shape != model.ShapeSet {
			s := v.Text
			if spec.Shape == model.ShapeText {
				in := inBlock
				if flow {
					in = inFlow
				} else if isLiteralSafe(s) && rapid.Bool().Draw(t, "literal") {
					header, body := literal(s, indentation+step, newline)
					return name + ": " + header + behind() + body
				}
				s = text(s, in)
			}
			if flow {
				return name + ": " + s
			}
			return name + ": " + s + behind()
		}
		if flow || len(v.Items) == 0 || rapid.Bool().Draw(t, "flow list") {
			items := make([]string, len(v.Items))
			for i, item := range v.Items {
				items[i] = flowItem(spec, item, inFlow)
			}
			inner := strings.Join(items, rapid.SampledFrom([]string{",", ", ", " , "}).Draw(t, "comma"))
			if len(items) > 0 && !flow && rapid.Bool().Draw(t, "flow over lines") {
				inner = newline + indentation + step + strings.Join(items, ","+newline+indentation+step) + newline + indentation + step
			}
			return name + ": [" + inner + "]"
		}
		var b strings.Builder
		b.WriteString(name + ":" + behind() + newline)
		for i, item := range v.Items {
			b.WriteString(noise(indentation + dash))
			lines := layout{newline: newline}.item(indentation+dash, spec, item)
			if i == len(v.Items)-1 {
				lines = strings.TrimSuffix(lines, newline)
			}
			b.WriteString(lines)
		}
		return b.String()
	}
	var outer, inner []string
	outer = append(outer, "fileType: ODPS_SQL")
	flowConf := rapid.IntRange(0, 4).Draw(t, "flow configuration") == 0
	for _, spec := range metaFields(model.KindNode) {
		if spec.Field.IsOfEnvelope() || !o.Has(spec.Field) && (spec.Default == "" || rapid.Bool().Draw(t, "no default")) {
			continue
		}
		if name, isInner := strings.CutPrefix(string(spec.Field), keyNodeConf+"."); isInner {
			lead := ""
			if !flowConf {
				lead = noise(step) + step
			}
			inner = append(inner, lead+entry(step, name, spec, o.Get(spec.Field), flowConf))
		} else {
			outer = append(outer, noise("")+entry("", string(spec.Field), spec, o.Get(spec.Field), false))
		}
	}
	inner = rapid.Permutation(inner).Draw(t, "order")
	switch {
	case flowConf:
		outer = append(outer, keyNodeConf+": {"+strings.Join(inner, ", ")+"}")
	case len(inner) > 0:
		outer = append(outer, keyNodeConf+":"+newline+strings.Join(inner, newline))
	}
	outer = rapid.Permutation(outer).Draw(t, "outer order")
	body := strings.Join(outer, newline)
	if strings.Contains(body, "|"+newline) || strings.Contains(body, "| ") {
		body += newline
	}
	result := noise("") + body + rapid.SampledFrom([]string{"", newline, newline + newline}).Draw(t, "end")
	if rapid.Bool().Draw(t, "mark") {
		result = byteOrderMark + result
	}
	return result, comments
}

// What newMeta writes decodes to the object, whatever its texts are.
func TestNewMetaProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := drawObject(t, "object")
		text := string(newMeta(o, ""))
		if got := decoded(t, text); !sameFields(got, o) {
			t.Fatalf("it decodes to something else:\n%s", text)
		}
		if result, err := editMeta("n.node.yaml", []byte(text), o); err != nil || result != nil {
			t.Fatalf("a new file is edited: %v\n%s", err, result)
		}
	})
}

func FuzzEditMeta(f *testing.F) {
	f.Add("fileType: ODPS_SQL\n", "x", "a", "b")
	f.Add("fileType: 10\nnodeConfiguration: {inputList: [a, {input: b, parseType: AUTO}]}", "\n", "#", "'")
	f.Add("{fileType: 10}", "1", "\u2028", "]")
	f.Fuzz(func(t *testing.T, text, description, input, output string) {
		m, _, err := decodeMeta("n.node.yaml", []byte(text), model.KindNode)
		if err != nil || m.fileType != nodeKey.Type {
			return
		}
		wanted := m.object(nodeKey)
		wanted.Set(model.FieldFileDescription, model.TextValue(strings.ToValidUTF8(description, "?")))
		wanted.Set(model.FieldInputList, model.SetValue(model.NewItem(strings.ToValidUTF8(input, "?")+"x")))
		wanted.Set(model.FieldOutputList, model.SetValue(append(wanted.Get(model.FieldOutputList).Items, model.NewItem(strings.ToValidUTF8(output, "?")+"x", model.ParseTypeAuto))...))
		result, err := editMeta("n.node.yaml", []byte(text), wanted)
		if err != nil {
			// Refused, and the file stands as it was.
			return
		}
		if got := decoded(t, string(result)); result != nil && !sameFields(got, wanted) {
			t.Fatalf("%q became %q", text, result)
		}
	})
}

func TestOddLayouts(t *testing.T) {
	cron := func(text string) func(*model.Object) {
		return func(o *model.Object) { o.Set(model.FieldCronExpress, model.TextValue(text)) }
	}
	for name, c := range map[string]struct {
		before string
		change func(*model.Object)
		after  string
	}{
		"cycleType follows": {"fileType: ODPS_SQL\nnodeConfiguration:\n  cycleType: DAY # x\n  cronExpress: 00 30 00 * * ?\n", cron("00 00 * * * ?"),
			"fileType: ODPS_SQL\nnodeConfiguration:\n  cycleType: NOT_DAY # x\n  cronExpress: 00 00 * * * ?\n"},
		"cycleType stays": {"fileType: ODPS_SQL\nnodeConfiguration:\n  cycleType: DAY # x\n  cronExpress: 00 30 00 * * ?\n", cron("00 30 01 * * ?"),
			"fileType: ODPS_SQL\nnodeConfiguration:\n  cycleType: DAY # x\n  cronExpress: 00 30 01 * * ?\n"},
		"cycleType goes with the expression": {"fileType: ODPS_SQL\nnodeConfiguration:\n  cycleType: DAY\n  cronExpress: 00 30 00 * * ?\n  timeout: 1\n", cron(""),
			"fileType: ODPS_SQL\nnodeConfiguration:\n  timeout: 1\n"},
		"configuration becomes empty": {"fileType: ODPS_SQL\nnodeConfiguration:\n  # why\n  cronExpress: 00 30 00 * * ?\n", cron(""),
			"fileType: ODPS_SQL\nnodeConfiguration: {}\n  # why\n"},
		"no configuration":    {"fileType: ODPS_SQL", cron("00 30 01 * * ?"), "fileType: ODPS_SQL\nnodeConfiguration:\n  cronExpress: 00 30 01 * * ?"},
		"empty configuration": {"fileType: ODPS_SQL\nnodeConfiguration: {} # none\n", cron("00 30 01 * * ?"), "fileType: ODPS_SQL\nnodeConfiguration: {cronExpress: \"00 30 01 * * ?\"} # none\n"},
		"all on one line":     {"{fileType: ODPS_SQL}", cron("00 30 01 * * ?"), "{fileType: ODPS_SQL, nodeConfiguration: {cronExpress: \"00 30 01 * * ?\"}}"},
		"a value over lines": {"fileType: ODPS_SQL\nfileDescription: a\n  b # c\nautoParsing: false\n", func(o *model.Object) { o.Set(model.FieldFileDescription, model.TextValue("d")) },
			"fileType: ODPS_SQL\nfileDescription: d # c\nautoParsing: false\n"},
		"document marks": {"---\nfileType: ODPS_SQL\nfileDescription: a\n...\n", func(o *model.Object) { o.Set(model.FieldFileDescription, model.TextValue("b")) },
			"---\nfileType: ODPS_SQL\nfileDescription: b\n...\n"},
	} {
		t.Run(name, func(t *testing.T) {
			wanted := decoded(t, c.before)
			c.change(&wanted)
			after, err := editMeta("n.node.yaml", []byte(c.before), wanted)
			if err != nil || string(after) != c.after {
				t.Errorf("got\n%s\n%v", after, err)
			}
		})
	}
}

func TestABusinessWithoutFields(t *testing.T) {
	o := model.NewObject(model.BusinessKey("业务流程/店"))
	if text := newMeta(o, ""); len(text) != 0 {
		t.Errorf("a business with nothing to say: %q", text)
	}
	o.Set(model.FieldDescription, model.TextValue("店铺: 一"))
	for before, after := range map[string]string{"": "description: '店铺: 一'\n", "# ours\n": "# ours\ndescription: '店铺: 一'\n", "{}\n": "{description: '店铺: 一'}\n"} {
		edited, err := editMeta("business.yaml", []byte(before), o)
		if want := strings.ReplaceAll(after, "'", `"`); err != nil || string(edited) != want {
			t.Errorf("%q became %q (%v)", before, edited, err)
		}
	}
}
