package dataworks

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	dataworks_public "github.com/aliyun/alibaba-cloud-sdk-go/services/dataworks-public"
)

// request is one call of an action, before it is signed.
type request struct {
	action action
	params map[string]string
	// form are parameters that go in the body although the action's others go in the query: a long text would make a URL that nobody takes.
	form map[string]string
	// object is what the call is about, for errors and the log.
	object string
	// didHappen asks the workspace whether a write whose answer was lost took effect. Without it such a write is not repeated.
	didHappen func(context.Context) (bool, error)
	// attempt counts from 1.
	attempt int
}

// answer is what the service said to a call that it accepted.
type answer struct {
	body      []byte
	status    int
	requestID string
	// recovered tells that there is no answer, but that a read showed the effect of the write.
	recovered bool
}

// caller performs calls. Each cross-cutting step (retry, limit, log) is a caller around another one.
type caller interface {
	call(context.Context, *request) (*answer, error)
}

// wire signs and sends with the SDK, and sorts what comes back into an answer or a typed error. It is the innermost caller.
type wire struct {
	endpoint endpoint
	region   string
	secrets  *secrets
	base     http.RoundTripper
	// timeout bounds one attempt, from the connection to the last byte of the answer.
	timeout time.Duration

	mu   sync.Mutex
	idle []*worker
}

// worker is a client of the SDK, which is good for one call at a time, and the exchange that it sends through.
type worker struct {
	client   *dataworks_public.Client
	exchange *exchange
}

// building guards the constructor of the SDK's clients: it fills a map that belongs to the whole process.
var building sync.Mutex

// endpoints gives the SDK's table of endpoints by region.
func endpoints() map[string]string {
	building.Lock()
	defer building.Unlock()
	return dataworks_public.GetEndpointMap()
}

func (w *wire) take() (*worker, error) {
	w.mu.Lock()
	if n := len(w.idle); n > 0 {
		worker := w.idle[n-1]
		w.idle = w.idle[:n-1]
		w.mu.Unlock()
		return worker, nil
	}
	w.mu.Unlock()

	x := &exchange{base: w.base}
	config := sdk.NewConfig().WithScheme(strings.ToUpper(w.endpoint.scheme)).WithUserAgent("dwsync")
	config.Transport = x
	building.Lock()
	defer building.Unlock()
	client, err := dataworks_public.NewClientWithOptions(w.region, config, w.secrets)
	if err != nil {
		return nil, fmt.Errorf("make a client of the SDK: %w", err)
	}
	// Proxies are newTransport's business; what the SDK reads from the environment on each call must not fail it.
	client.SetHttpProxy("http://unused.invalid")
	client.SetHttpsProxy("http://unused.invalid")
	client.SetNoProxy("unused.invalid")
	client.SetCloseTrace(true)
	return &worker{client: client, exchange: x}, nil
}

func (w *wire) give(worker *worker) {
	*worker.exchange = exchange{base: w.base}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.idle = append(w.idle, worker)
}

// sdkTimeout is far above any timeout of ours, so that the SDK's own never ends a call.
const sdkTimeout = 24 * time.Hour

// call implements caller.
func (w *wire) call(ctx context.Context, r *request) (*answer, error) {
	worker, err := w.take()
	if err != nil {
		return nil, err
	}
	defer w.give(worker)

	attempt, cancel := context.WithTimeout(ctx, w.timeout)
	defer cancel()
	worker.exchange.begin(attempt)
	_, err = worker.client.ProcessCommonRequest(w.sign(r))
	x := worker.exchange
	switch {
	case x.err != nil:
		return nil, w.unanswered(ctx, r, x)
	case err != nil:
		if e, ok := errors.AsType[*CredentialsError](err); ok {
			return nil, e
		}
		// The SDK's own errors may quote the request.
		return nil, &UnsupportedError{Action: r.action.name, Object: r.object, Problem: "the SDK cannot send it: " + w.secrets.clean(err.Error())}
	}
	return w.read(r, x)
}

// sign makes the SDK's request: a common one, since the typed ones drop empty parameters, and an empty parameter is how a field is cleared.
func (w *wire) sign(r *request) *requests.CommonRequest {
	out := requests.NewCommonRequest()
	out.Product = "dataworks-public"
	out.Version = "2020-05-18"
	out.ApiName = r.action.name
	out.Method = requests.POST
	out.Domain = w.endpoint.host
	out.Scheme = w.endpoint.scheme
	out.SetReadTimeout(sdkTimeout)
	if r.action.query {
		for name, value := range r.params {
			out.QueryParams[name] = value
		}
	} else {
		for name, value := range r.params {
			out.FormParams[name] = value
		}
	}
	for name, value := range r.form {
		out.FormParams[name] = value
	}
	return out
}

func (w *wire) unanswered(ctx context.Context, r *request, x *exchange) error {
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("%s: interrupted: %w", join(r.action.name, r.object), err)
	}
	if x.status != 0 {
		cut := w.bad(r, x, "a body that was cut: "+w.secrets.clean(x.err.Error()))
		cut.Cut = true
		return cut
	}
	return &UnreachableError{Action: r.action.name, Object: r.object, Endpoint: w.endpoint.String(), NotSent: surelyNotSent(x.err), Err: w.secrets.cleanError(x.err)}
}

func (w *wire) bad(r *request, x *exchange, problem string) *AnswerError {
	return &AnswerError{Action: r.action.name, Object: r.object, Endpoint: w.endpoint.String(), HTTPStatus: x.status, Problem: problem}
}

// envelope is what every answer has around its data, in both shapes of a refusal.
type envelope struct {
	Code      text
	Message   text
	Recommend text

	Success      *flag
	ErrorCode    text
	ErrorMessage text
	RequestID    text `json:"RequestId"`
}

// read sorts an answer: accepted, refused, or none of the API.
func (w *wire) read(r *request, x *exchange) (*answer, error) {
	if x.status >= 300 && x.status < 400 {
		return nil, w.bad(r, x, "a redirect, which is never followed")
	}
	if problem := notJSON(x); problem != "" {
		return nil, w.bad(r, x, problem)
	}
	var e envelope
	if err := json.Unmarshal(x.body, &e); err != nil {
		return nil, w.bad(r, x, "JSON that is none of the API: "+w.secrets.clean(err.Error()))
	}
	refusal := &Error{
		Action: r.action.name, Object: r.object, HTTPStatus: x.status,
		RequestID: w.secrets.clean(string(e.RequestID)), Recommend: w.secrets.clean(string(e.Recommend)), RetryAfter: retryAfter(x.header),
	}
	switch {
	case x.status < 200 || x.status >= 300:
		refusal.Code, refusal.Message = w.secrets.clean(string(first(e.Code, e.ErrorCode))), w.secrets.clean(string(first(e.Message, e.ErrorMessage)))
		return nil, refusal
	case e.Success != nil && !bool(*e.Success):
		refusal.Code, refusal.Message = w.secrets.clean(string(first(e.ErrorCode, e.Code))), w.secrets.clean(string(first(e.ErrorMessage, e.Message)))
		return nil, refusal
	}
	if r.action.task {
		if message, failed := taskFailure(x.body); failed {
			refusal.Code, refusal.Message = codeTaskFailed, w.secrets.clean(message)
			return nil, refusal
		}
	}
	return &answer{body: x.body, status: x.status, requestID: refusal.RequestID}, nil
}

// notJSON says what an answer is that is no JSON text, or JSON that Go would silently repair: a broken character in a file's content must not
// become another one.
func notJSON(x *exchange) string {
	body := bytes.TrimSpace(x.body)
	switch {
	case len(body) == 0:
		return "nothing"
	case body[0] == '<':
		return "a web page or XML instead of JSON (a proxy or gateway in between?)"
	case body[0] != '{' || !json.Valid(body):
		return "something that is no JSON object, or was cut"
	case !utf8.Valid(body):
		return "bytes that are no UTF-8"
	case loneSurrogate(body):
		return "a half of a character (a lone surrogate)"
	}
	return ""
}

func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, 3600)) * time.Second
}

func first(candidates ...text) text {
	for _, c := range candidates {
		if c != "" {
			return c
		}
	}
	return ""
}

// decode reads an accepted answer into out, whose fields are those of the action.
func (c *Client) decode(r *request, a *answer, out any) error {
	if err := json.Unmarshal(a.body, out); err != nil {
		return c.malformed(r, a, err.Error())
	}
	return nil
}

// malformed reports an accepted answer that does not say what the reference promises.
func (c *Client) malformed(r *request, a *answer, problem string) error {
	return &AnswerError{
		Action: r.action.name, Object: r.object, Endpoint: c.wire.endpoint.String(), HTTPStatus: a.status, RequestID: a.requestID,
		Problem: "what the reference does not allow: " + c.wire.secrets.clean(problem),
	}
}
