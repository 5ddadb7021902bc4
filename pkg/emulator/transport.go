package emulator

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"syscall"
)

// ErrKilled is what a transport answers once a fault has killed its client.
var ErrKilled = errors.New("emulator: the client was killed by a fault")

// Transport answers an http.RoundTripper that calls the server without a
// socket. Each stands for one client process: a fault of kind FaultKill ends it
// alone. It starts no goroutine, waits only for delays of faults, and honours
// the request's context.
func (s *Server) Transport() http.RoundTripper { return &transport{server: s} }

type transport struct {
	server *Server
	dead   atomic.Bool
}

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }() // whoever sent it has no use for the error
	}
	if t.dead.Load() {
		return nil, ErrKilled
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	in := r.Clone(r.Context())
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	in.RemoteAddr = "127.0.0.1:0"
	w := &memoryWriter{header: http.Header{}, transport: t}
	t.server.ServeHTTP(w, in)
	switch {
	case t.dead.Load():
		return nil, ErrKilled
	case r.Context().Err() != nil:
		return nil, r.Context().Err()
	case w.reset:
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}
	if w.status == 0 {
		w.status = http.StatusOK
	}
	var body io.Reader = bytes.NewReader(w.body.Bytes())
	length := int64(w.body.Len())
	if w.cut {
		body = io.MultiReader(body, failingReader{})
		length = -1
	}
	return &http.Response{
		Status: strconv.Itoa(w.status) + " " + http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(body), ContentLength: length, Request: r,
	}, nil
}

// memoryWriter is a ResponseWriter whose connection can fail.
type memoryWriter struct {
	header    http.Header
	status    int
	body      bytes.Buffer
	transport *transport
	reset     bool // the connection went away before an answer
	cut       bool // it went away within the body
}

func (w *memoryWriter) Header() http.Header { return w.header }

func (w *memoryWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *memoryWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
