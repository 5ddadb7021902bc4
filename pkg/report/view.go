package report

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/pull"
)

// The views hold what a report says, in raw strings: each renderer passes them through its own escaper.

// objectView is an object of a plan or a pull.
type objectView struct {
	Key model.Key
	// Verb says in one word what is or was done to it, or what was found.
	Verb string
	// Stages is the way that a push takes it ("saved -> deployed"), empty where there is none.
	Stages string
	// Action is the action of the plan, and Order its place there, from 1; nil and 0 for what a push leaves alone.
	Action *diff.Action
	Order  int
	// Takes are the outputs that the action takes over from other files.
	Takes []diff.Takeover
	// Deed is what a pull does with it, and NotSubmitted that the form that it takes was never submitted; empty in a plan.
	Deed         pull.Deed
	NotSubmitted bool
	// Refused tells that somebody has to decide.
	Refused bool
	// Trailer is the line for the message of a commit in which somebody decided by hand; empty where the table does not ask for a decision.
	Trailer string
	// InTree tells that the tree has the object.
	InTree bool
	// Verdict and Reason are those of the comparison.
	Verdict diff.Verdict
	Reason  string
	// TreeIsNew tells that in Fields the tree's value is the new one, else the workspace's is.
	TreeIsNew bool
	// Editor and Edited say who saved it last in the workspace, and when (RFC 3339, UTC); empty if nobody knows.
	Editor, Edited string
	// Notes are sentences about it.
	Notes []string
	// Fields are those that differ, content last.
	Fields []fieldView
	// Lines counts the lines of the content of an object that only one side has.
	Lines int
	// Extension ends the name of the file that holds the content: it tells the language of the code.
	Extension string
	// Downstream is what needs it in the job graph, of what a push touches or refuses.
	Downstream downstream
	// Renamed holds both places of an object that tree and workspace have in different ones; nil if they have not.
	Renamed *diff.FieldChange
	// Whole tells that only one side has the object, so that Fields are all it has.
	Whole bool
}

// fieldView is a field that differs.
type fieldView struct {
	Field model.Field
	Shape model.Shape
	// Old and New are texts as people read them; empty for sets and where Text is set.
	Old, New string
	// OldValue and NewValue are the same as the model has them; Base is nil if nobody knows it.
	OldValue, NewValue model.Value
	Base               *model.Value
	// Parts names the parts of a set's items.
	Parts []string
	// Removed and Added are the items of a set that only one side has.
	Removed, Added []model.Item
	// Text is the line by line difference of content and of values of several lines.
	Text *textDiff
}

// typeName is what people call the kind of thing that a key names: the file type, else the kind.
func typeName(k model.Key) string {
	if k.Type != 0 && k.Kind != model.KindTable {
		return k.Type.String()
	}
	return string(k.Kind)
}

// extensionOf is the ending of the content file of an object, as the tree has it or else the workspace.
func extensionOf(c diff.Comparison) string {
	switch {
	case c.Tree != nil:
		return content.Extension(*c.Tree)
	case c.Remote != nil:
		return content.Extension(c.Remote.Object)
	default:
		return ""
	}
}

func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// setEdit notes who saved the object last.
func (v *objectView) setEdit(r *model.Remote) {
	if r != nil {
		v.Editor, v.Edited = r.LastEditUser, formatTime(r.LastEditTime)
	}
}

// edit says who saved the object last and when, for a person: "by X at T".
func (v objectView) edit() string {
	var words []string
	if v.Editor != "" {
		words = append(words, "by "+v.Editor)
	}
	if v.Edited != "" {
		words = append(words, "at "+v.Edited)
	}
	return strings.Join(words, " ")
}

// viewChange makes the view of a field with an old and a new value.
func viewChange(k model.Key, f model.Field, old, new model.Value) fieldView {
	spec, _ := model.FieldSpec(k.Kind, f)
	v := fieldView{Field: f, Shape: spec.Shape, OldValue: old, NewValue: new, Parts: spec.Parts}
	switch {
	case len(old.Items)+len(new.Items) > 0:
		v.Shape = model.ShapeSet
		v.Removed, v.Added = without(old.Items, new.Items), without(new.Items, old.Items)
	case f == model.FieldContent, spec.Shape == model.ShapeJSON:
		v.Text = diffContent(old.Text, new.Text)
	case strings.Contains(old.Text, "\n"), strings.Contains(new.Text, "\n"):
		v.Text = diffText(endLines(old.Text, new.Text))
	default:
		v.Old, v.New = readable(spec, old.Text), readable(spec, new.Text)
	}
	return v
}

// endLines ends the last line of both texts, unless they differ in that: only of a content it says something that the last line is not ended.
func endLines(a, b string) (string, string) {
	if strings.HasSuffix(a, "\n") || strings.HasSuffix(b, "\n") {
		return a, b
	}
	end := func(s string) string {
		if s == "" {
			return s
		}
		return s + "\n"
	}
	return end(a), end(b)
}

// without gives the items of a set that another does not have.
func without(items, others []model.Item) []model.Item {
	has := make(map[model.Item]bool, len(others))
	for _, item := range others {
		has[item] = true
	}
	return slices.DeleteFunc(slices.Clone(items), func(item model.Item) bool { return has[item] })
}

// readable is a text value as people read it: quoted unless it is a number or one of a few words, with the date that a time in ms means.
func readable(spec model.Spec, text string) string {
	switch {
	case spec.Shape == model.ShapeText && len(spec.Enum) == 0, text == "":
		return `"` + text + `"`
	case spec.Field == model.FieldStartEffectDate, spec.Field == model.FieldEndEffectDate:
		if ms, err := strconv.ParseInt(text, 10, 64); err == nil && ms != 0 {
			return text + " (" + formatTime(time.UnixMilli(ms)) + ")"
		}
	}
	return text
}

// describeItem is an item of a set as people read it: its name, then the other parts that it has.
func describeItem(item model.Item, parts []string) string {
	var rest []string
	for i, part := range parts {
		if i > 0 && item[i] != "" {
			rest = append(rest, part+" "+item[i])
		}
	}
	if len(rest) == 0 {
		return item.Name()
	}
	return item.Name() + " (" + strings.Join(rest, ", ") + ")"
}

// setFields shows fields that differ, content last. treeIsNew tells that the tree's value is the new one, as in a push.
func (v *objectView) setFields(changes []diff.FieldChange, treeIsNew bool) {
	v.TreeIsNew = treeIsNew
	var code []fieldView
	for _, c := range changes {
		if c.Field == model.FieldPath {
			v.Renamed = &c
			v.Notes = append(v.Notes, renameNote(c, treeIsNew))
			continue
		}
		old, new := c.Remote, c.Tree
		if !treeIsNew {
			old, new = new, old
		}
		f := viewChange(v.Key, c.Field, old, new)
		f.Base = c.Base
		if c.Field == model.FieldContent {
			code = append(code, f)
		} else {
			v.Fields = append(v.Fields, f)
		}
	}
	v.Fields = append(v.Fields, code...)
}

// setWhole shows an object that only one side has: all its fields, as new ones or as old ones; its content only in full.
func (v *objectView) setWhole(o model.Object, inTree, isNew, full bool) {
	v.Whole = true
	v.Lines = countLines(o.Text(model.FieldContent))
	var changes []diff.FieldChange
	for _, f := range o.Present() {
		if (f == model.FieldContent || f.IsOfEnvelope()) && !full {
			continue
		}
		spec, _ := model.FieldSpec(o.Key.Kind, f)
		c := diff.FieldChange{Field: f, Tree: o.Get(f), Remote: model.TextValue(spec.Default)}
		if !inTree {
			c.Tree, c.Remote = c.Remote, c.Tree
		}
		changes = append(changes, c)
	}
	v.setFields(changes, inTree == isNew)
}

// renameNote says which place the object had before, or has in the workspace.
func renameNote(c diff.FieldChange, treeIsNew bool) string {
	switch {
	case c.Base != nil && diff.IsAside(c.Remote.Text):
		return "renamed from " + c.Base.Text
	case c.Base != nil && !c.Base.Equal(c.Tree) && !c.Base.Equal(c.Remote):
		return "renamed on both sides, from " + c.Base.Text + "; the workspace has it as " + c.Remote.Text
	case treeIsNew:
		return "renamed from " + c.Remote.Text
	default:
		return "renamed in the workspace to " + c.Remote.Text
	}
}

// stat says in a few words how a field differs: "content +3 -1".
func (v fieldView) stat() string {
	switch {
	case v.Text != nil:
		return string(v.Field) + " " + plusMinus(v.Text.Added, v.Text.Removed)
	case v.Shape == model.ShapeSet:
		return string(v.Field) + " " + plusMinus(len(v.Added), len(v.Removed))
	default:
		return string(v.Field)
	}
}

func plusMinus(added, removed int) string {
	var words []string
	if added > 0 {
		words = append(words, "+"+strconv.Itoa(added))
	}
	if removed > 0 {
		words = append(words, "-"+strconv.Itoa(removed))
	}
	return strings.Join(words, " ")
}

// maxStats is how many fields are named one by one.
const maxStats = 3

// stats says in a few words what differs: "fileDescription, content +3 -1", or "7 fields, content +3 -1".
func (v objectView) stats() string {
	var words []string
	content := ""
	switch {
	case v.Renamed != nil && v.TreeIsNew:
		words = append(words, "renamed")
	case v.Renamed != nil:
		words = append(words, renameNote(*v.Renamed, false))
	}
	for _, f := range v.Fields {
		if f.Field == model.FieldContent {
			content = f.stat()
		} else {
			words = append(words, f.stat())
		}
	}
	if len(words) > maxStats {
		words = []string{count(len(words), "field")}
	}
	return strings.Join(nonEmpty(append(words, content)...), ", ")
}

func nonEmpty(words ...string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "" })
}

// count says how many of something there are: "1 line", "2 lines".
func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + one + "s"
}

// counted is a number of something.
type counted struct {
	n    int
	what string
}

// counts joins the numbers that are not 0.
func counts(all []counted) string {
	var words []string
	for _, c := range all {
		if c.n > 0 {
			words = append(words, strconv.Itoa(c.n)+" "+c.what)
		}
	}
	return strings.Join(words, ", ")
}
