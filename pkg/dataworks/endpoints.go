package dataworks

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// EndpointsVariable names the environment variable that allows endpoints outside *.aliyuncs.com: host names separated by commas or spaces.
const EndpointsVariable = "DWSYNC_ENDPOINTS"

// AllowedEndpoints reads EndpointsVariable.
func AllowedEndpoints(env func(string) string) []string { return splitNames(env(EndpointsVariable)) }

func splitNames(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == ';' || r == '\n' || r == '\t' })
}

// EndpointError reports an endpoint that cannot be used, or must not: dwsync.yaml can be changed by a pull request, so that the keys are signed only for
// hosts of the vendor, for loopback, and for what the environment allows by name.
type EndpointError struct {
	Endpoint string
	Problem  string
}

func (e *EndpointError) Error() string { return fmt.Sprintf("endpoint %q %s", e.Endpoint, e.Problem) }

// endpoint is where calls go.
type endpoint struct {
	// host is the host with its port, if one is given.
	host string
	// scheme is HTTPS, except to loopback.
	scheme string
}

func (e endpoint) String() string { return e.scheme + "://" + e.host }

var hostPattern = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
var regionPattern = regexp.MustCompile(`^[a-z0-9-]+$`)

// parseEndpoint reads `host`, `host:port` or a URL of them.
func parseEndpoint(text string, allowed []string) (endpoint, error) {
	scheme, rest, hasScheme := strings.Cut(text, "://")
	if !hasScheme {
		scheme, rest = "", text
	}
	u, err := url.Parse("https://" + strings.TrimSuffix(rest, "/"))
	if err != nil || u.User != nil || u.Path != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.Hostname() == "" {
		return endpoint{}, &EndpointError{text, "is no host or host:port"}
	}
	host := u.Hostname()
	if !hostPattern.MatchString(host) && net.ParseIP(host) == nil {
		return endpoint{}, &EndpointError{text, "is no host or host:port"}
	}
	loopback := isLoopback(host)
	switch {
	case scheme != "" && scheme != "http" && scheme != "https":
		return endpoint{}, &EndpointError{text, "has a scheme other than https"}
	case scheme == "http" && !loopback:
		return endpoint{}, &EndpointError{text, "is not on this machine, and keys travel over HTTPS only; leave out http://"}
	case !loopback && !isVendors(host) && !slices.ContainsFunc(allowed, func(a string) bool { return strings.EqualFold(a, host) || strings.EqualFold(a, u.Host) }):
		return endpoint{}, &EndpointError{text, "is outside *.aliyuncs.com; if you trust it, set " + EndpointsVariable + "=" + host}
	case scheme == "" && loopback:
		scheme = "http"
	case scheme == "":
		scheme = "https"
	}
	return endpoint{host: u.Host, scheme: scheme}, nil
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func isVendors(host string) bool { return strings.HasSuffix(strings.ToLower(host), ".aliyuncs.com") }

// regionalEndpoint is the public endpoint of a region; known are the SDK's exceptions (some regions share a central one).
func regionalEndpoint(region string, known map[string]string) (endpoint, error) {
	if !regionPattern.MatchString(region) {
		return endpoint{}, &EndpointError{"", fmt.Sprintf("cannot be derived from the region %q", region)}
	}
	host, ok := known[region]
	if !ok {
		host = "dataworks." + region + ".aliyuncs.com"
	}
	return endpoint{host: host, scheme: "https"}, nil
}
