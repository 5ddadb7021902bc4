package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"html"

	"github.com/dwsync/dwsync/pkg/model"
)

// markup is HTML that shows what it is meant to. Only constants and the functions of this file make it.
type markup string

// page writes reports as one HTML file: its one style is inside, it has no script, and its policy forbids to run, style or load anything else.
type page struct {
	style  Style
	title  string
	buffer bytes.Buffer
}

//go:embed page.css
var css string

// maxOpen is how many objects a page shows unfolded.
const maxOpen = 30

func (h *page) put(parts ...markup) {
	for _, p := range parts {
		h.buffer.WriteString(string(p))
	}
}

// escaped is the escaper of HTML: what is not printable is shown first.
func escaped(s string) markup { return markup(html.EscapeString(string(visible(s)))) }

// name is text that keeps its direction to itself, in code letters.
func name(s string) markup { return "<code><bdi>" + escaped(s) + "</bdi></code>" }

func (h *page) bytes() []byte {
	var b bytes.Buffer
	b.WriteString(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '` + styleHash() + `'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
`)
	b.WriteString("<title>" + string(escaped(h.title)) + "</title>\n<style>\n" + css + "</style>\n</head>\n<body>\n<main>\n")
	b.Write(h.buffer.Bytes())
	b.WriteString("</main>\n</body>\n</html>\n")
	return b.Bytes()
}

// styleHash names the one style that the page's policy allows.
func styleHash() string {
	sum := sha256.Sum256([]byte("\n" + css))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// head begins the page.
func (h *page) head(title, summary string) {
	h.title = title
	h.put("<h1>", escaped(title), "</h1>\n<p class=\"summary\">", escaped(summary), "</p>\n")
}

// group begins a group of objects.
func (h *page) group(head, advice string) {
	h.put("<h2>", escaped(head), "</h2>\n")
	if advice != "" {
		h.put("<p class=\"dim\">", escaped(advice), "</p>\n")
	}
}

// class is a word of this package as a class name.
func class(word string) markup { return escaped(word) }

// object writes an object with the fields that differ; open unfolds it.
func (h *page) object(v objectView, open bool, details ...string) {
	fold := len(v.Fields)+len(v.Notes)+v.Downstream.Count > 0
	switch {
	case fold && open:
		h.put("<details class=\"object\" open><summary>")
	case fold:
		h.put("<details class=\"object\"><summary>")
	default:
		h.put("<div class=\"object\" id=\"", anchor(v.Key), "\"><div class=\"head\">")
	}
	h.put("<span class=\"verb ", class(v.Verb), "\">", escaped(v.Verb), "</span> ", name(v.Key.String()), " ", escaped(typeName(v.Key)))
	for _, d := range nonEmpty(details...) {
		h.put(" <span class=\"dim\">· ", escaped(d), "</span>")
	}
	if !fold {
		h.put("</div></div>\n")
		return
	}
	// The id is that of the body: a link to it unfolds the object.
	h.put("</summary>\n<div class=\"body\" id=\"", anchor(v.Key), "\">\n")
	for _, n := range v.Notes {
		h.put("<p>", escaped(n), "</p>\n")
	}
	h.downstream(v.Downstream)
	h.fields(v)
	h.put("</div></details>\n")
}

// anchor is the id of an object in a page: the same in every report, so that a link to it stays good.
func anchor(k model.Key) markup {
	sum := sha256.Sum256([]byte(string(k.Kind) + "\n" + k.String() + "\n" + typeName(k)))
	return markup("o" + hex.EncodeToString(sum[:8]))
}

// downstream names the jobs that need an object.
func (h *page) downstream(d downstream) {
	if d.Count == 0 {
		return
	}
	h.put("<p>", escaped(d.String()+" downstream: "))
	for i, k := range d.First {
		if i > 0 {
			h.put(", ")
		}
		h.put(name(k.Name))
	}
	h.put(" ", escaped(d.rest()), "</p>\n")
}

func (h *page) fields(v objectView) {
	var short, long []fieldView
	for _, f := range v.Fields {
		if f.Text != nil {
			long = append(long, f)
		} else {
			short = append(short, f)
		}
	}
	if len(short) > 0 {
		h.put("<table class=\"fields\">\n")
		for _, f := range short {
			h.put("<tr><td>", name(string(f.Field)), "</td><td>")
			h.values(f)
			h.put("</td></tr>\n")
		}
		h.put("</table>\n")
	}
	for _, f := range long {
		h.put("<p>", name(string(f.Field)), " <span class=\"dim\">", escaped(string(changedLines(f.Text))), "</span></p>\n")
		h.code(f, languageIn(v, f.Field))
	}
}

// values writes the old and the new value of a field, or the items of a set that only one side has.
func (h *page) values(f fieldView) {
	if f.Shape != model.ShapeSet {
		h.put(side("old", f.Old), " → ", side("new", f.New))
		return
	}
	for _, item := range f.Removed {
		h.put("<div>− ", side("old", describeItem(item, f.Parts)), "</div>")
	}
	for _, item := range f.Added {
		h.put("<div>+ ", side("new", describeItem(item, f.Parts)), "</div>")
	}
}

func side(kind markup, s string) markup {
	return "<span class=\"" + kind + "\">" + name(s) + "</span>"
}
