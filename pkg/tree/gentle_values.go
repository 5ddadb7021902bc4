package tree

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/dwsync/dwsync/pkg/config/strictyaml"
	"github.com/dwsync/dwsync/pkg/model"
)

// flowValue writes a value on one line, as it can stand in {}.
func flowValue(spec model.Spec, v model.Value) string {
	switch {
	case spec.Shape == model.ShapeSet:
		items := make([]string, len(v.Items))
		for i, item := range v.Items {
			items[i] = flowItem(spec, item, inFlow)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case spec.Shape == model.ShapeJSON:
		return flowJSON(parsedJSON(v.Text), inFlow)
	case spec.Shape == model.ShapeText:
		return scalar(shownText(spec, v.Text), inFlow, anyStyle)
	default:
		return v.Text
	}
}

// styleOf gives the style in which a scalar stands.
func styleOf(n *yaml.Node) style {
	switch {
	case n.Style&yaml.SingleQuotedStyle != 0:
		return singleQuoted
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return doubleQuoted
	default:
		return anyStyle
	}
}

// editText replaces the text of a value that is no set.
func (e *metaEditor) editText(entry strictyaml.Entry, n *yaml.Node, spec model.Spec, text string) {
	value := entry.Value
	text = shownText(spec, text)
	start, end := e.start(value), e.end(value, n.Column-1)
	in := inFlow
	if isBlock(n) {
		in = inBlock
	}
	isBlockScalar := value.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
	switch {
	case spec.Shape != model.ShapeText:
		e.replace(start, end, text)
	case isBlockScalar && isLiteralSafe(text):
		header, body := e.literalAt(end, entry, text)
		e.replace(start, end, header+e.headerComment(start)+body)
	case isBlockScalar:
		e.replace(start, end, scalar(text, in, anyStyle)+e.headerComment(start))
	case in == inBlock && isLiteralSafe(text) && strings.TrimSpace(e.rest(end)) == "":
		// Blanks behind the old value would become a part of the new one.
		end += len(e.rest(end))
		header, body := e.literalAt(end, entry, text)
		e.replace(start, end, header+body)
	default:
		e.replace(start, end, scalar(text, in, styleOf(value)))
	}
}

// literalAt writes a literal block as the value of an entry, before the offset end.
func (e *metaEditor) literalAt(end int, entry strictyaml.Entry, text string) (header, body string) {
	header, body = literal(text, strings.Repeat(" ", entry.Key.Column-1)+e.step, e.newline)
	if end == len(e.source.text) && header == "|" {
		body += e.newline
	}
	return header, body
}

// headerComment gives the comment behind | or >, with the blanks before it.
func (e *metaEditor) headerComment(start int) string {
	header := e.rest(start)
	return header[len(headerIndicators(header)):]
}

// editSet changes a list item by item: what is in both stays as it is.
func (e *metaEditor) editSet(entry strictyaml.Entry, n *yaml.Node, spec model.Spec, v model.Value) {
	list := entry.Value
	standing := make([]model.Item, len(list.Content))
	for i, node := range list.Content {
		// The file was read without a problem before.
		standing[i], _ = readItem(&strictyaml.Reader{}, node, entry.Name(), spec)
	}
	stands, stays := setOf(standing), setOf(v.Items)
	var missing []model.Item
	for _, item := range v.Items {
		if !stands[item] {
			missing = append(missing, item)
		}
	}
	left := 0
	var gone []int
	for i, item := range standing {
		if stays[item] {
			left++
		} else {
			gone = append(gone, i)
		}
	}
	// What is one entry with another value, and else what leaves and what comes, share their places.
	for _, same := range []bool{true, false} {
		gone = slices.DeleteFunc(gone, func(i int) bool {
			at := slices.IndexFunc(missing, func(item model.Item) bool { return !same || item.Name() == standing[i].Name() })
			if at < 0 || !e.replaceItem(list, i, spec, standing[i], missing[at]) {
				return false
			}
			missing = slices.Delete(missing, at, at+1)
			left++
			return true
		})
	}
	if list.Style&yaml.FlowStyle != 0 || len(list.Content) == 0 {
		e.editFlowItems(list, gone, missing, spec)
		return
	}
	e.editBlockItems(entry, n, gone, missing, spec, left, standing)
}

func setOf(items []model.Item) map[model.Item]bool {
	set := make(map[model.Item]bool, len(items))
	for _, item := range items {
		set[item] = true
	}
	return set
}

// replaceItem replaces the text of an item; false if that would touch more than the item.
func (e *metaEditor) replaceItem(list *yaml.Node, i int, spec model.Spec, from, to model.Item) bool {
	node := list.Content[i]
	in := inFlow
	if isBlock(list) {
		in = inBlock
	}
	if node.Kind == yaml.MappingNode && isBlock(node) {
		return e.replaceParts(node, spec, from, to)
	}
	text := flowItem(spec, to, in)
	if node.Kind == yaml.ScalarNode && isPlain(spec) && to[1] == "" {
		if node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
			return false
		}
		text = scalar(to[0], in, styleOf(node))
	}
	e.replace(e.start(node), e.end(node, list.Column-1), text)
	return true
}

// replaceParts replaces the parts of an item that is written as lines, if the same parts are there before and after.
func (e *metaEditor) replaceParts(node *yaml.Node, spec model.Spec, from, to model.Item) bool {
	for i, part := range spec.Parts {
		entry := find(node, part)
		if from[i] != to[i] && (entry == nil || to[i] == "" && part == partType || isOverLines(entry.Value)) {
			return false
		}
	}
	for i, part := range spec.Parts {
		if from[i] == to[i] {
			continue
		}
		value := find(node, part).Value
		text := partText(part, to[i], inBlock)
		if part != partType {
			text = scalar(to[i], inBlock, styleOf(value))
		}
		if part == partParseType && to[i] == "" {
			text = parseTypeManual
		}
		e.replace(e.start(value), e.end(value, node.Column-1), text)
	}
	return true
}

func isOverLines(n *yaml.Node) bool {
	return n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
}

// editFlowItems takes items out of a list in brackets and adds others at its end.
func (e *metaEditor) editFlowItems(list *yaml.Node, gone []int, missing []model.Item, spec model.Spec) {
	var texts []string
	for _, item := range missing {
		texts = append(texts, flowItem(spec, item, inFlow))
	}
	added := strings.Join(texts, ", ")
	count := len(list.Content)
	if len(gone) == count {
		// Nothing stays: what stands between the brackets goes.
		start := e.start(list)
		e.replace(start, e.end(list, 0), "["+added+"]")
		return
	}
	firstKept := 0
	for slices.Contains(gone, firstKept) {
		firstKept++
	}
	for _, i := range gone {
		if i < firstKept {
			e.replace(e.start(list.Content[i]), e.start(list.Content[i+1]), "")
		} else {
			e.replace(e.end(list.Content[i-1], 0), e.end(list.Content[i], 0), "")
		}
	}
	if added != "" {
		last := e.end(list.Content[count-1], 0)
		e.replace(last, last, ", "+added)
	}
}

// editBlockItems takes items out of a list of lines and puts others in: where they belong if the list is sorted, else at its end.
func (e *metaEditor) editBlockItems(entry strictyaml.Entry, n *yaml.Node, gone []int, missing []model.Item, spec model.Spec, left int, standing []model.Item) {
	list := entry.Value
	indentation := strings.Repeat(" ", list.Column-1)
	behind := func(i int) int { return e.lineEnd(e.end(list.Content[i], list.Column-1)) }
	sorted := slices.EqualFunc(model.SetValue(standing...).Items, standing, func(a, b model.Item) bool { return a == b })
	for _, item := range missing {
		at := len(standing)
		if sorted {
			at = 0
			for at < len(standing) && model.SetValue(standing[at], item).Items[0] == standing[at] {
				at++
			}
		}
		if at == 0 {
			start := e.lineOf(e.start(list.Content[0]))
			e.replace(start, start, e.item(indentation, spec, item))
		} else {
			e.insertLines(behind(at-1), e.item(indentation, spec, item))
		}
	}
	for _, i := range gone {
		e.replace(e.lineOf(e.start(list.Content[i])), behind(i), "")
	}
	if left == 0 && len(missing) == 0 {
		at := e.end(entry.Key, n.Column-1)
		if colon := strings.IndexByte(e.source.text[at:], ':'); colon >= 0 {
			e.replace(at+colon+1, at+colon+1, " []")
		}
	}
}

// insertLines inserts whole lines at the beginning of a line, or behind a last line that has no line end; then the new last line has none either.
func (e *metaEditor) insertLines(at int, lines string) {
	if at == len(e.source.text) && at > 0 && e.lines[len(e.lines)-1] != at {
		lines = e.newline + lines
		// A literal block that ends in a line end (|) needs it, everything else can do without as the file did.
		if !strings.Contains(lines, "|"+e.newline) {
			lines = strings.TrimSuffix(lines, e.newline)
		}
	}
	e.replace(at, at, lines)
}

// insert puts new entries into a mapping, each behind the last entry that stands before it in the order of fields.
func (e *metaEditor) insert(n *yaml.Node, prefix string, order []model.Spec, added map[string]string) {
	rank := map[string]int{keyName: -2, keyFileType: -1, keyNodeConf: slices.IndexFunc(order, func(s model.Spec) bool { return strings.HasPrefix(string(s.Field), keyNodeConf) })}
	var names []string
	for i, spec := range order {
		name, found := strings.CutPrefix(string(spec.Field), prefix)
		if !found {
			continue
		}
		rank[name] = i
		if added[name] != "" {
			names = append(names, name)
		}
	}
	all := entries(n)
	var flow []string
	for _, name := range names {
		before := -1
		for i, entry := range all {
			if r, known := rank[entry.Name()]; known && r < rank[name] && (before < 0 || r >= rank[all[before].Name()]) {
				before = i
			}
		}
		switch {
		case !isBlock(n) && !(n == e.top && n.Style&yaml.FlowStyle == 0):
			flow = append(flow, added[name])
		case len(all) == 0:
			e.insertLines(len(e.source.text), added[name])
		case before < 0:
			start := e.lineOf(e.start(all[0].Key))
			e.replace(start, start, added[name])
		default:
			e.insertLines(e.afterEntry(all[before], n), added[name])
		}
	}
	if len(flow) == 0 {
		return
	}
	text := strings.Join(flow, ", ")
	if len(all) == 0 {
		at := e.start(n) + 1
		e.replace(at, at, text)
		return
	}
	at := e.end(all[len(all)-1].Value, 0)
	e.replace(at, at, ", "+text)
}

// addNodeConfiguration writes the mapping that is not there yet.
func (e *metaEditor) addNodeConfiguration(added []model.Spec, wanted model.Object) {
	if e.top.Style&yaml.FlowStyle != 0 {
		var texts []string
		for _, spec := range added {
			texts = append(texts, strings.TrimPrefix(string(spec.Field), keyNodeConf+".")+": "+flowValue(spec, wanted.Get(spec.Field)))
		}
		at := e.end(e.top.Content[len(e.top.Content)-1], 0)
		e.replace(at, at, ", "+keyNodeConf+": {"+strings.Join(texts, ", ")+"}")
		return
	}
	lines := keyNodeConf + ":" + e.newline
	for _, spec := range added {
		lines += e.entry(e.step, strings.TrimPrefix(string(spec.Field), keyNodeConf+"."), spec, wanted.Get(spec.Field))
	}
	all := entries(e.top)
	e.insertLines(e.afterEntry(all[len(all)-1], e.top), lines)
}
