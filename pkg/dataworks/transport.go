package dataworks

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// longestAnswer bounds an answer's body, in bytes: far above any page of the API, far below what harms.
const longestAnswer = 256 << 20

// newTransport is the real way out, shared by all workers: TLS 1.2 and above, the environment's proxy (never for loopback), bounded times.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy: func(r *http.Request) (*url.URL, error) {
			proxy, err := http.ProxyFromEnvironment(r)
			if err != nil {
				// The error would quote the variable, which may hold a password.
				return nil, errors.New("the proxy variable of the environment (HTTPS_PROXY) is no URL")
			}
			return proxy, nil
		},
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   10 * time.Second,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          128,
		MaxIdleConnsPerHost:   64,
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}

// exchange stands between one worker's SDK client and the shared transport, for one call at a time. It gives the request the context that the SDK does
// not know, and keeps the answer for itself: the SDK sees an empty success, so that it neither follows a redirect, nor retries, nor decodes a hostile
// body (its error decoder panics on a code that is no string). Being no *http.Transport, it is left alone by the SDK, which rewrites those on each call.
type exchange struct {
	base http.RoundTripper

	ctx    context.Context
	status int
	header http.Header
	body   []byte
	err    error
}

// begin prepares for the next call.
func (x *exchange) begin(ctx context.Context) { *x = exchange{base: x.base, ctx: ctx} }

// RoundTrip implements http.RoundTripper.
func (x *exchange) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := x.base.RoundTrip(r.WithContext(x.ctx))
	if err != nil {
		x.err = err
		return nil, err
	}
	defer response.Body.Close()
	x.status, x.header = response.StatusCode, response.Header
	x.body, x.err = io.ReadAll(io.LimitReader(response.Body, longestAnswer+1))
	if x.err == nil && len(x.body) > longestAnswer {
		x.err = errTooLong
	}
	if x.err != nil {
		return nil, x.err
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: r.Proto, ProtoMajor: r.ProtoMajor, ProtoMinor: r.ProtoMinor,
		Header: http.Header{}, Body: io.NopCloser(bytes.NewReader([]byte("{}"))), ContentLength: 2, Request: r,
	}, nil
}

var errTooLong = errors.New("the answer is longer than any of the API")

// surelyNotSent tells whether a network error came before any of the request can have reached the service.
func surelyNotSent(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok && (op.Op == "dial" || op.Op == "proxyconnect") {
		return true
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return true
	}
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok
}
