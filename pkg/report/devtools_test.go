//go:build chromium

package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

// browser is a headless Chromium, told what to do over the DevTools protocol: each message is JSON and ends with a NUL byte, on two pipes. The tests use a
// dozen commands of the protocol; a library would bring types for all of it, which take longer to compile than these tests take to run.
type browser struct {
	t        testing.TB
	commands io.Writer
	messages chan message
	last     int
	// session is the page's; events are what happened there, until somebody takes them.
	session string
	events  []message
}

// message is an answer (with ID) or an event (with Method).
type message struct {
	ID        int             `json:"id"`
	Method    string          `json:"method"`
	Params    json.RawMessage `json:"params"`
	Result    json.RawMessage `json:"result"`
	SessionID string          `json:"sessionId"`
	Error     *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// patience bounds how long the browser may take for anything.
const patience = time.Minute

// startBrowser starts Chromium with a profile of its own and opens an empty page. It ends with the test. A missing browser fails the test: who sets the
// build tag wants it to run.
func startBrowser(t testing.TB) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("these tests want Chromium (Debian: apt-get install chromium): %v", err)
	}
	profile, err := os.MkdirTemp("", "dwsync-chromium-") // not t.TempDir: the browser's helpers may still write while it ends
	if err != nil {
		t.Fatal(err)
	}
	// No sandbox: CI runs as root, where Chromium has none. What the pages hold was made by these tests.
	cmd := exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
		"--disable-sync", "--disable-dev-shm-usage", "--user-data-dir="+profile, "--window-size=1400,1000", "--remote-debugging-pipe", "about:blank")
	theirIn, commands, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	answers, theirOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd.ExtraFiles, cmd.Stderr = []*os.File{theirIn, theirOut}, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirIn.Close()
	theirOut.Close()
	b := &browser{t: t, commands: commands, messages: make(chan message, 10_000)}
	read := make(chan error, 1)
	go func() { read <- b.read(answers) }()
	t.Cleanup(func() {
		commands.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if err := <-read; t.Failed() {
			t.Logf("the browser ended with %v and said:\n%s", err, said.String())
		}
		answers.Close()
		for range 20 {
			if os.RemoveAll(profile) == nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	})
	var target struct {
		TargetID string `json:"targetId"`
	}
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct {
		SessionID string `json:"sessionId"`
	}
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Network", "Log", "Runtime", "Audits"} {
		b.call(domain+".enable", nil, nil)
	}
	return b
}

// read passes messages on until the browser closes its pipe.
func (b *browser) read(answers io.Reader) error {
	defer close(b.messages)
	r := bufio.NewReader(answers)
	for {
		line, err := r.ReadBytes(0)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var m message
		if err := json.Unmarshal(line[:len(line)-1], &m); err != nil {
			return fmt.Errorf("%w: %s", err, line)
		}
		b.messages <- m
	}
}

// call runs a command and decodes its result.
func (b *browser) call(method string, params map[string]any, result any) {
	b.t.Helper()
	b.last++
	command := map[string]any{"id": b.last, "method": method}
	if params != nil {
		command["params"] = params
	}
	if b.session != "" {
		command["sessionId"] = b.session
	}
	data, err := json.Marshal(command)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.commands.Write(append(data, 0)); err != nil {
		b.t.Fatalf("%s: %v", method, err)
	}
	answer := b.await(method, func(m message) bool { return m.ID == b.last })
	if answer.Error != nil {
		b.t.Fatalf("%s: %s", method, answer.Error.Message)
	}
	if result != nil {
		if err := json.Unmarshal(answer.Result, result); err != nil {
			b.t.Fatalf("%s: %v", method, err)
		}
	}
}

// await waits for a message and keeps the events that come before it.
func (b *browser) await(what string, is func(message) bool) message {
	b.t.Helper()
	late := time.After(patience)
	for {
		select {
		case m, open := <-b.messages:
			if !open {
				b.t.Fatalf("the browser ended, waiting for %s", what)
			}
			if is(m) {
				return m
			}
			if m.Method != "" && m.SessionID == b.session {
				b.events = append(b.events, m)
			}
		case <-late:
			b.t.Fatalf("the browser did not come to %s in %s", what, patience)
		}
	}
}

// open loads a page and gives what happened on the way, until it was loaded and had painted.
func (b *browser) open(url string) []message {
	b.t.Helper()
	b.events = nil
	b.call("Page.navigate", map[string]any{"url": url}, nil)
	if !b.happened("Page.loadEventFired") {
		b.await("the end of loading", func(m message) bool { return m.Method == "Page.loadEventFired" })
	}
	b.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 20)))", nil)
	events := b.events
	b.events = nil
	return events
}

func (b *browser) happened(method string) bool {
	for _, e := range b.events {
		if e.Method == method {
			return true
		}
	}
	return false
}

// evaluate runs JavaScript for the test, whatever the page's policy says of the page's own.
func (b *browser) evaluate(expression string, result any) {
	b.t.Helper()
	var answer struct {
		Result struct {
			Value json.RawMessage `json:"value"`
		} `json:"result"`
		Exception *struct {
			Exception struct {
				Description string `json:"description"`
			} `json:"exception"`
		} `json:"exceptionDetails"`
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &answer)
	if answer.Exception != nil {
		b.t.Fatalf("%.200s: %s", expression, answer.Exception.Exception.Description)
	}
	if result != nil {
		if err := json.Unmarshal(answer.Result.Value, result); err != nil {
			b.t.Fatalf("%.200s: %v", expression, err)
		}
	}
}

// press presses a key and lets it go.
func (b *browser) press(key string, code int, text string) {
	b.t.Helper()
	for _, kind := range []string{"keyDown", "keyUp"} {
		params := map[string]any{"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code}
		if kind == "keyDown" && text != "" {
			params["text"] = text
		}
		b.call("Input.dispatchKeyEvent", params, nil)
	}
}
