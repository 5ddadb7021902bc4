package report

import (
	"bytes"
	"io"
)

// view is what one renderer per format writes.
type view interface {
	text(*text)
	json(Style) ([]byte, error)
	markdown(*markdown)
	html(*page)
	github(*commands)
}

// render writes a view in the style's format, with one call of w.Write.
func render(w io.Writer, s Style, v view) error {
	var written []byte
	switch s.Format {
	case JSON:
		encoded, err := v.json(s)
		if err != nil {
			return err
		}
		written = encoded
	case Markdown:
		m := &markdown{style: s}
		v.markdown(m)
		written = m.bytes()
	case HTML:
		h := &page{style: s}
		v.html(h)
		written = h.bytes()
	case GitHub:
		g := &commands{style: s}
		v.github(g)
		written = g.buffer.Bytes()
	case Text, "":
		t := &text{style: s}
		v.text(t)
		written = t.buffer.Bytes()
	default:
		_, err := ParseFormat(string(s.Format))
		return err
	}
	_, err := io.Copy(w, bytes.NewReader(written))
	return err
}
