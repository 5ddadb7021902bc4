package cli

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/dwsync/dwsync/pkg/emulator"
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
		},
		Action: func(c *cli.Context) error { return serveEmulator(c, env) },
	}
}

func serveEmulator(c *cli.Context, env Environment) error {
	if err := noArguments(c); err != nil {
		return err
	}
	options := emulator.Options{DeploymentTime: c.Duration("deployment-time")}
	for _, s := range c.StringSlice("credential") {
		id, secret, ok := strings.Cut(s, ":")
		if !ok || id == "" || secret == "" {
			return &UsageError{Message: "--credential wants ID:SECRET"}
		}
		options.Credentials = append(options.Credentials, emulator.Credential{AccessKeyID: id, AccessKeySecret: secret})
	}
	for _, s := range c.StringSlice("project") {
		p, err := parseProject(s)
		if err != nil {
			return err
		}
		options.Projects = append(options.Projects, p)
	}
	server, err := openEmulator(c.String("data"), options)
	if err != nil {
		return err
	}
	defer server.Close()
	return serveHTTP(c.Context, env, c.String("listen"), server)
}

func openEmulator(file string, options emulator.Options) (*emulator.Server, error) {
	if file == "" {
		return emulator.New(options), nil
	}
	return emulator.Open(file, options)
}

// serveHTTP serves until the first interrupt, then lets running requests finish.
func serveHTTP(ctx context.Context, env Environment, address string, handler http.Handler) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return &UsageError{Message: "--listen wants HOST:PORT: " + err.Error()}
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return &UsageError{Message: "--listen wants a loopback address: the emulator is a test tool and its default key is known to everybody"}
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("start the emulator: %w", err)
	}
	fmt.Fprintf(env.Stdout, "listening on http://%s\n", listener.Addr())
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	signals, unregister := env.Interrupts()
	defer unregister()
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve the emulator: %w", err)
	case <-signals:
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return server.Shutdown(grace)
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
