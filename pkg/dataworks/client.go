package dataworks

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/dwsync/dwsync/pkg/model"
)

// DefaultSettle is the settle window if none is given: above the longest stale read that anybody saw.
const DefaultSettle = 30 * time.Second

// DefaultTimeout bounds one attempt of a call.
const DefaultTimeout = time.Minute

// Options say which workspace to open and how.
type Options struct {
	// Endpoint is a host, or host:port; "" is the public one of Region.
	Endpoint string
	Region   string
	// AllowedEndpoints are hosts outside *.aliyuncs.com and loopback that the environment allows (AllowedEndpoints).
	AllowedEndpoints []string
	Project          ProjectRef
	Credentials      Credentials
	// Transport carries the calls; nil is a real one. An in-process emulator gives its own.
	Transport http.RoundTripper
	// Limits are the buckets; nil means no limits.
	Limits Limits
	// Retry is how calls are repeated; the zero value is DefaultRetry.
	Retry Retry
	// Settle is the settle window; 0 is DefaultSettle.
	Settle time.Duration
	// Timeout bounds one attempt; 0 is DefaultTimeout.
	Timeout time.Duration
	// Log is told each attempt, by many goroutines at once; nil is nobody.
	Log func(Call)
}

// ProjectRef names a workspace by its id or its identifier; one of them is enough.
type ProjectRef struct {
	ID         model.ProjectID
	Identifier string
}

func (p ProjectRef) String() string {
	if p.Identifier != "" {
		return p.Identifier
	}
	return string(p.ID)
}

// Client is an open workspace. It is safe for concurrent use.
type Client struct {
	ref     ProjectRef
	wire    *wire
	limiter *limiter
	caller  caller

	project *lazy[model.Project]
	// groups are the identifiers of resource groups by their number.
	groups *lazy[map[string]string]
	// nodeGroups are the identifiers of the resource groups of scheduled nodes.
	nodeGroups *lazy[map[model.NodeID]string]
	folders    *folderNames
	nodes      *nodeKeys
	// tasksOnly tells that the service refused to make a data integration task by CreateFile.
	tasksOnly atomic.Bool
}

// Open makes a client; it makes no call. Errors: *EndpointError, *CredentialsError.
func Open(o Options) (*Client, error) {
	where, err := o.endpoint()
	if err != nil {
		return nil, err
	}
	if o.Credentials.provider == nil {
		return nil, &CredentialsError{Problem: "none were given", Next: "set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or run aliyun configure"}
	}
	if o.Transport == nil {
		o.Transport = newTransport()
	}
	if o.Retry == (Retry{}) {
		o.Retry = DefaultRetry()
	}
	if o.Settle == 0 {
		o.Settle = DefaultSettle
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	c := &Client{
		ref:     o.Project,
		project: newLazy[model.Project](), groups: newLazy[map[string]string](), nodeGroups: newLazy[map[model.NodeID]string](),
		folders: newFolderNames(), nodes: newNodeKeys(),
	}
	c.wire = &wire{endpoint: where, region: o.Region, secrets: &secrets{provider: o.Credentials.provider}, base: o.Transport, timeout: o.Timeout}
	c.caller = c.wire
	if o.Log != nil {
		c.caller = &logger{next: c.caller, sink: o.Log, secrets: c.wire.secrets}
	}
	c.limiter = newLimiter(c.caller, o.Limits)
	c.caller = &retrier{next: c.limiter, policy: o.Retry, settle: o.Settle}
	return c, nil
}

func (o Options) endpoint() (endpoint, error) {
	switch {
	case o.Endpoint != "":
		return parseEndpoint(o.Endpoint, o.AllowedEndpoints)
	case o.Region == "" && o.Transport != nil:
		// In process the host is only a name.
		return endpoint{host: "127.0.0.1", scheme: "http"}, nil
	case o.Region == "":
		return endpoint{}, &EndpointError{"", "is unknown: give a region or an endpoint in dwsync.yaml"}
	default:
		return regionalEndpoint(o.Region, endpoints())
	}
}

// Endpoint is where calls go, for messages and the name of the lock.
func (c *Client) Endpoint() string { return c.wire.endpoint.String() }

// Spent tells what was taken from each bucket, in the order of the limits.
func (c *Client) Spent() []Spent { return c.limiter.spent() }

// Limits are the buckets that calls are taken from.
func (c *Client) Limits() Limits {
	limits := make(Limits, len(c.limiter.buckets))
	for i, b := range c.limiter.buckets {
		limits[i] = b.Bucket
	}
	return limits
}

// AddUsage tells what earlier runs took; it counts if it is today's.
func (c *Client) AddUsage(earlier Usage) { c.limiter.add(earlier) }

// Usage tells what was taken today from the buckets that have a limit for the day, for AddUsage of the next run.
func (c *Client) Usage() Usage {
	u := Usage{Day: DayOf(time.Now()), Calls: map[string]int{}}
	for _, s := range c.Spent() {
		if s.Bucket.PerDay > 0 && s.Today > 0 {
			u.Calls[s.Bucket.Name] = s.Today
		}
	}
	return u
}

// params are the parameters of a call with the workspace's own in front; values that are empty are really sent.
func (c *Client) params(pairs ...string) map[string]string {
	p := map[string]string{}
	if c.ref.ID != "" {
		p["ProjectId"] = string(c.ref.ID)
	} else {
		p["ProjectIdentifier"] = c.ref.Identifier
	}
	for pair := range slices.Chunk(pairs, 2) {
		p[pair[0]] = pair[1]
	}
	return p
}

func with(params map[string]string, more map[string]string) map[string]string {
	maps.Copy(params, more)
	return params
}

// do performs a call and decodes its answer into out (nil: not needed). It tells whether the answer was lost and the effect recovered by a read, in
// which case out is untouched.
func (c *Client) do(ctx context.Context, r *request, out any) (recovered bool, err error) {
	a, err := c.caller.call(ctx, r)
	if err != nil {
		return false, err
	}
	if a.recovered || out == nil {
		return a.recovered, nil
	}
	return false, c.decode(r, a, out)
}
