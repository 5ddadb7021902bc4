//go:build chromium

package report

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// inspection is what testdata/inspect.js finds out.
type inspection struct {
	Title                string
	Elements, Attributes []string
	Links, Missing       []string
	Background           string
	Overflow             float64
	Pale                 []string
	Pairs                []struct {
		Old, New             frame
		OldColour, NewColour string
	}
	Boxes []struct {
		Name         string
		Box, Picture frame
		Texts        []frame
	}
	Wires, Colours, Marks int
}

// frame is where something stands in the page, in CSS pixels.
type frame struct{ Left, Right, Top, Bottom float64 }

func (b *browser) inspect(t *testing.T) inspection {
	t.Helper()
	script, err := os.ReadFile("testdata/inspect.js")
	if err != nil {
		t.Fatal(err)
	}
	var i inspection
	b.evaluate(string(script), &i)
	return i
}

// pageFile writes a page where the browser can open it, and gives its address.
func pageFile(t *testing.T, page []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, page, 0o600); err != nil {
		t.Fatal(err)
	}
	return (&url.URL{Scheme: "file", Path: file}).String()
}

// deeds are what a page did besides being shown: requests for anything but itself, and whatever the browser complains of or logs.
func deeds(address string, events []message) []string {
	var all []string
	for _, e := range events {
		switch e.Method {
		case "Network.requestWillBeSent":
			var sent struct {
				Request struct {
					URL string `json:"url"`
				} `json:"request"`
			}
			if err := json.Unmarshal(e.Params, &sent); err != nil || sent.Request.URL != address {
				all = append(all, "request "+sent.Request.URL)
			}
		case "Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Audits.issueAdded", "Page.javascriptDialogOpening", "Page.windowOpen", "Page.downloadWillBegin":
			all = append(all, e.Method+" "+string(e.Params))
		}
	}
	return all
}

// misdeed is what hostile content might try.
const misdeed = `<script>document.title = 'pwned'; console.log('pwned')</script><img src="http://127.0.0.1:9/x.png" onerror="document.title = 'pwned'"><p style="color: red">x</p>`

// The harness sees what a page does; and where it gets into a page of ours as markup, the page's policy stops it all the same.
func TestBrowserSeesMisdeeds(t *testing.T) {
	b := startBrowser(t)
	address := pageFile(t, []byte("<!DOCTYPE html><title>free</title>"+misdeed))
	if got := deeds(address, b.open(address)); len(got) < 3 || b.inspect(t).Title != "pwned" {
		t.Errorf("of a free page it sees %q and the title %q", got, b.inspect(t).Title)
	}
	var page bytes.Buffer
	if err := WritePlan(&page, Style{Format: HTML}, samplePlan()); err != nil {
		t.Fatal(err)
	}
	injected := bytes.Replace(page.Bytes(), []byte("<main>"), []byte("<main>"+misdeed), 1)
	address = pageFile(t, injected)
	events := b.open(address)
	for _, deed := range deeds(address, events) {
		if strings.HasPrefix(deed, "Runtime.") {
			t.Errorf("a script ran: %s", deed)
		}
	}
	for _, e := range events {
		if e.Method == "Network.responseReceived" && bytes.Contains(e.Params, []byte("127.0.0.1")) {
			t.Errorf("something was loaded: %s", e.Params)
		}
	}
	if complaints := strings.Join(deeds(address, events), "\n"); !strings.Contains(complaints, "Content Security Policy") {
		t.Errorf("the policy is not what stopped it: %s", complaints)
	}
	seen := b.inspect(t)
	if seen.Title == "pwned" || seen.Title == "" {
		t.Errorf("the title is %q", seen.Title)
	}
	var colour string
	b.evaluate("getComputedStyle(document.querySelector('p[style]')).color", &colour)
	if colour == "rgb(255, 0, 0)" {
		t.Error("a style of its own counts")
	}
}

// Every page opens without a request, a complaint or a script, whatever the names and contents in it; it is readable by day and by night, on a wide screen and
// on a narrow one; old and new stand side by side, and the picture shows each job with its name inside of its box.
func TestPagesInChromium(t *testing.T) {
	b := startBrowser(t)
	for _, g := range goldens(t) {
		if g.style.Format != HTML {
			continue
		}
		t.Run(g.name, func(t *testing.T) {
			var page bytes.Buffer
			if err := g.write(&page, g.style); err != nil {
				t.Fatal(err)
			}
			address := pageFile(t, page.Bytes())
			events := b.open(address)
			b.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)", nil)
			backgrounds := map[string]bool{}
			for _, scheme := range []string{"light", "dark"} {
				b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
				for _, width := range []int{1400, 390} {
					b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": false}, nil)
					seen := b.inspect(t)
					backgrounds[seen.Background] = true
					checkInspection(t, seen, page.String())
				}
			}
			for _, deed := range deeds(address, append(events, b.events...)) {
				t.Errorf("it does more than being shown: %s", deed)
			}
			if len(backgrounds) != 2 {
				t.Errorf("by day and by night it looks like %v", backgrounds)
			}
		})
	}
}

// Elements and attributes that a page may have; scripts, frames, forms, styles of their own and event handlers are not among them.
var (
	pageElements   = strings.Fields("a bdi body br code col colgroup defs details div g h1 h2 head html main mark marker meta p path rect span style summary svg table tbody td text th title tr")
	pageAttributes = strings.Fields("aria-label charset class colspan content d height href http-equiv id lang marker-end markerHeight markerWidth name open orient refX refY role rx tabindex viewBox width x xmlns y")
)

func checkInspection(t *testing.T, seen inspection, page string) {
	t.Helper()
	if !strings.HasPrefix(seen.Title, "dwsync: ") {
		t.Errorf("the title is %q", seen.Title)
	}
	for _, e := range seen.Elements {
		if !slices.Contains(pageElements, e) {
			t.Errorf("it has an element <%s>", e)
		}
	}
	for _, a := range seen.Attributes {
		if !slices.Contains(pageAttributes, a) {
			t.Errorf("it has an attribute %q", a)
		}
	}
	for _, link := range seen.Links {
		if !strings.HasPrefix(link, "#") {
			t.Errorf("it links to %q", link)
		}
	}
	if len(seen.Missing) > 0 {
		t.Errorf("links lead nowhere: %q", seen.Missing)
	}
	if seen.Overflow > 0 {
		t.Errorf("it is %g pixels wider than the screen", seen.Overflow)
	}
	if len(seen.Pale) > 0 {
		t.Errorf("too little contrast: %q", seen.Pale)
	}
	if n := strings.Count(page, `<td class="old">`); n > 0 && len(seen.Pairs) == 0 {
		t.Error("nothing stands side by side")
	}
	for _, p := range seen.Pairs {
		if p.Old.Right > p.New.Left || p.Old.Top != p.New.Top || p.Old.Right-p.Old.Left < 60 || p.New.Right-p.New.Left < 60 || p.OldColour == p.NewColour {
			t.Errorf("old and new do not stand side by side: %+v", p)
		}
	}
	if strings.Contains(page, `<span class="keyword">`) && strings.Contains(page, `<span class="string">`) && seen.Colours < 3 {
		t.Errorf("code has %d colours", seen.Colours)
	}
	if n := strings.Count(page, `<g class="job`); n != len(seen.Boxes) {
		t.Errorf("%d jobs, %d are seen", n, len(seen.Boxes))
	}
	for _, box := range seen.Boxes {
		for _, text := range box.Texts {
			if text.Left < box.Box.Left || text.Right > box.Box.Right || text.Top < box.Box.Top || text.Bottom > box.Box.Bottom || text.Right-text.Left < 5 {
				t.Errorf("the text of %s at %+v is not inside of its box %+v", box.Name, text, box.Box)
			}
		}
		if box.Box.Left < box.Picture.Left || box.Box.Right > box.Picture.Right || box.Box.Top < box.Picture.Top || box.Box.Bottom > box.Picture.Bottom {
			t.Errorf("the box of %s is not inside of the picture", box.Name)
		}
	}
	if n := strings.Count(page, `<path class="wire`); n != seen.Wires {
		t.Errorf("%d edges, %d are seen", n, seen.Wires)
	}
}

// Who has no mouse folds and unfolds objects, scrolls the picture, and follows its links; a link unfolds what it leads to.
func TestKeyboardInChromium(t *testing.T) {
	b := startBrowser(t)
	var page bytes.Buffer
	if err := WritePlan(&page, Style{Format: HTML}, samplePlan()); err != nil {
		t.Fatal(err)
	}
	b.open(pageFile(t, page.Bytes()))
	active := func() string {
		var name string
		b.evaluate("document.activeElement.localName + ' ' + (document.activeElement.getAttribute('class') ?? '')", &name)
		return strings.TrimSpace(name)
	}
	isOpen := func(selector string) bool {
		var open bool
		b.evaluate("document.querySelector('"+selector+"').closest('details').open", &open)
		return open
	}
	b.press("Tab", 9, "")
	if got := active(); got != "summary" {
		t.Fatalf("the first thing that has the focus is %q", got)
	}
	b.press("Enter", 13, "\r")
	if isOpen(".picture") {
		t.Error("Enter does not fold")
	}
	b.press("Enter", 13, "\r")
	if !isOpen(".picture") {
		t.Error("Enter does not unfold")
	}
	b.press("Tab", 9, "")
	if got := active(); got != "div picture" {
		t.Fatalf("then %q has the focus", got)
	}
	b.evaluate("document.querySelectorAll('details.object').forEach(d => { if (!d.querySelector('.picture')) d.open = false })", nil)
	b.press("Tab", 9, "")
	if got := active(); got != "a" {
		t.Fatalf("then %q has the focus", got)
	}
	var outline string
	b.evaluate("getComputedStyle(document.activeElement).outlineStyle", &outline)
	if outline != "solid" {
		t.Errorf("the focus does not show: %s", outline)
	}
	var target string
	b.evaluate("document.activeElement.getAttribute('href')", &target)
	b.press("Enter", 13, "\r")
	b.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))", nil)
	var reached struct {
		Hash string
		Open bool
	}
	b.evaluate("({hash: location.hash, open: document.querySelector(':target')?.closest('details')?.open ?? document.querySelector(':target') !== null})", &reached)
	if reached.Hash != target || !reached.Open {
		t.Errorf("the link to %s leads to %+v", target, reached)
	}
}
