package cli

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
)

func emulatorCommand(env Environment) *cli.Command {
	return &cli.Command{
		Name:  "emulator",
		Usage: "serve the embedded emulator of the DataWorks API on loopback",
		Description: "The emulator is a stand-in for the service, held to its API reference; it is not the service. The first line on stdout is\n" +
			"\"listening on http://127.0.0.1:PORT\"; GET /_emulator/calls counts the calls.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "listen", Value: "127.0.0.1:0", Usage: "listen on `HOST:PORT` (loopback only); port 0 picks a free one"},
			&cli.StringFlag{Name: "data", Usage: "keep the workspace in `FILE`; without it, it is gone when the emulator ends"},
			&cli.StringSliceFlag{Name: "credential", Usage: "accept the access key `ID:SECRET` (repeatable; default dwsync:dwsync)"},
			&cli.StringSliceFlag{Name: "project", Usage: "serve the workspace `NAME=ID[:simple|:standard]` (repeatable; default dw_project=10000:standard)"},
			&cli.DurationFlag{Name: "deployment-time", Value: time.Second, Usage: "how long a deployment takes"},
			&cli.StringSliceFlag{Name: "switch", Usage: "set what the reference leaves open, `NAME=VALUE` (repeatable)"},
			&cli.BoolFlag{Name: "list-switches", Usage: "print the switches with their values (the first is the default), and where each open question comes from"},
			&cli.StringFlag{Name: "limits", Usage: "limit the calls as a `PRESET` says: levels, readWrite, total or basic (default: no limits)"},
			&cli.StringFlag{Name: "faults", Usage: "let go wrong what `FILE` says, a JSON array of fault rules"},
			&cli.Uint64Flag{Name: "seed", Usage: "make ids and faults repeatable"},
			&cli.BoolFlag{Name: "control", Usage: "let clients change faults, switches and clock under /_emulator/"},
			&cli.StringFlag{Name: "tls-cert", Usage: "serve HTTPS with the certificate in `FILE`"},
			&cli.StringFlag{Name: "tls-key", Usage: "and its key in `FILE`"},
		},
		Action: func(c *cli.Context) error { return serveEmulator(c, env) },
	}
}

func serveEmulator(c *cli.Context, env Environment) error {
	if err := noArguments(c); err != nil {
		return err
	}
	if c.Bool("list-switches") {
		return listSwitches(env)
	}
	options, err := emulatorOptions(c)
	if err != nil {
		return err
	}
	server, err := emulator.Open(c.String("data"), options)
	if err != nil {
		return err
	}
	defer server.Close()
	return serveHTTP(c, env, server)
}

// emulatorOptions reads the flags. A wrong value is found here, so that opening a file is all that can fail later.
func emulatorOptions(c *cli.Context) (emulator.Options, error) {
	o := emulator.Options{
		DeploymentTime: c.Duration("deployment-time"), Seed: c.Uint64("seed"), Control: c.Bool("control"), Limits: emulator.Limits{Preset: c.String("limits")},
		Switches: map[string]string{},
	}
	if _, known := emulator.LimitPresets()[o.Limits.Preset]; !known && o.Limits.Preset != "" {
		return o, &UsageError{Message: fmt.Sprintf("--limits is levels, readWrite, total or basic, not %q", o.Limits.Preset)}
	}
	for _, s := range c.StringSlice("credential") {
		id, secret, ok := strings.Cut(s, ":")
		if !ok || id == "" || secret == "" {
			return o, &UsageError{Message: "--credential wants ID:SECRET"}
		}
		o.Credentials = append(o.Credentials, emulator.Credential{AccessKeyID: id, AccessKeySecret: secret})
	}
	for _, s := range c.StringSlice("project") {
		p, err := parseProject(s)
		if err != nil {
			return o, err
		}
		o.Projects = append(o.Projects, p)
	}
	for _, s := range c.StringSlice("switch") {
		if err := setSwitch(o.Switches, s); err != nil {
			return o, err
		}
	}
	if file := c.String("faults"); file != "" {
		data, err := os.ReadFile(file)
		if err != nil {
			return o, fmt.Errorf("read the faults: %w", err)
		}
		if err := json.Unmarshal(data, &o.Faults); err != nil {
			return o, &UsageError{Message: fmt.Sprintf("%s is no JSON array of fault rules: %v", file, err)}
		}
	}
	return o, nil
}

// setSwitch reads NAME=VALUE.
func setSwitch(switches map[string]string, s string) error {
	name, value, _ := strings.Cut(s, "=")
	var names []string
	for _, known := range emulator.Switches() {
		names = append(names, known.Name)
		if known.Name != name {
			continue
		}
		if !slices.Contains(known.Values, value) {
			return &UsageError{Message: fmt.Sprintf("--switch %s is one of %s, not %q", name, strings.Join(known.Values, ", "), value)}
		}
		switches[name] = value
		return nil
	}
	return &UsageError{Message: (&model.UnknownNameError{What: "switch", Name: name, Known: names}).Error() + "; dwsync emulator --list-switches prints them"}
}

func listSwitches(env Environment) error {
	for _, s := range emulator.Switches() {
		if _, err := fmt.Fprintf(env.Stdout, "%s=%s\n    %s\n    source: %s\n", s.Name, strings.Join(s.Values, "|"), s.Means, s.Source); err != nil {
			return err
		}
	}
	return nil
}

// serveHTTP serves until the first interrupt, then lets running requests finish.
func serveHTTP(c *cli.Context, env Environment, handler http.Handler) error {
	listener, scheme, err := listen(c)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Stdout, "listening on %s://%s\n", scheme, listener.Addr())
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	signals, unregister := env.Interrupts()
	defer unregister()
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve the emulator: %w", err)
	case <-signals:
	case <-c.Context.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(c.Context), 5*time.Second)
	defer cancel()
	return server.Shutdown(grace)
}

// listen opens the port, on loopback only, with TLS if a certificate is given.
func listen(c *cli.Context) (listener net.Listener, scheme string, err error) {
	address, cert, key := c.String("listen"), c.String("tls-cert"), c.String("tls-key")
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, "", &UsageError{Message: "--listen wants HOST:PORT: " + err.Error()}
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, "", &UsageError{Message: "--listen wants a loopback address: the emulator is a test tool and its default key is known to everybody"}
	}
	if (cert == "") != (key == "") {
		return nil, "", &UsageError{Message: "--tls-cert and --tls-key go together"}
	}
	var config *tls.Config
	scheme = "http"
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, "", fmt.Errorf("read the certificate: %w", err)
		}
		scheme, config = "https", &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	if listener, err = net.Listen("tcp", address); err != nil {
		return nil, "", fmt.Errorf("start the emulator: %w", err)
	}
	if config != nil {
		listener = tls.NewListener(listener, config)
	}
	return listener, scheme, nil
}

// parseProject reads NAME=ID[:simple|:standard].
func parseProject(s string) (emulator.Project, error) {
	wrong := &UsageError{Message: fmt.Sprintf("--project wants NAME=ID[:simple|:standard], not %q", s)}
	name, rest, ok := strings.Cut(s, "=")
	if !ok || name == "" {
		return emulator.Project{}, wrong
	}
	number, mode, _ := strings.Cut(rest, ":")
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil || id <= 0 {
		return emulator.Project{}, wrong
	}
	p := emulator.Project{Name: name, ID: id, Mode: emulator.Standard}
	switch mode {
	case "", "standard":
	case "simple":
		p.Mode = emulator.Simple
	default:
		return emulator.Project{}, wrong
	}
	return p, nil
}
