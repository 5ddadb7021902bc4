package project

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/dwsync/dwsync/pkg/config"
	"github.com/dwsync/dwsync/pkg/dataworks"
)

// embeddedEndpoint is the name under which the embedded workspace is called; nothing listens there, since its transport is the emulator itself.
const embeddedEndpoint = "127.0.0.1"

// connect opens the target's API.
func (p *Project) connect(ctx context.Context) (*dataworks.Client, error) {
	t := p.Target
	o := dataworks.Options{
		Endpoint: t.Endpoint, Region: t.Region, Project: dataworks.ProjectRef{ID: t.ProjectID, Identifier: t.Project},
		AllowedEndpoints: dataworks.AllowedEndpoints(p.options.Getenv), Settle: max(p.Settle(), time.Millisecond), Log: p.options.Log,
		Transport: p.options.Transport,
	}
	var err error
	if t.IsEmulator() {
		file := p.path(t.Emulator)
		if err := makePrivateDir(file); err != nil {
			return nil, err
		}
		embedded, err := p.options.OpenEmbedded(file, t)
		if err != nil {
			return nil, fmt.Errorf("open the embedded workspace of target %s: %w", t.Name, err)
		}
		p.onClose(embedded.Close)
		o.Endpoint, o.Region, o.Transport = embeddedEndpoint, cmp.Or(t.Region, "cn-shanghai"), embedded.Transport()
		o.Credentials = dataworks.AccessKey("dwsync", "dwsync", "")
	} else {
		if o.Credentials, err = dataworks.ResolveCredentials(t.Profile, p.options.Getenv); err != nil {
			return nil, err
		}
	}
	if o.Limits, err = limits(t); err != nil {
		return nil, err
	}
	client, err := dataworks.Open(o)
	if err != nil {
		return nil, err
	}
	return client, ctx.Err()
}

// lock takes the workspace's lock.
func (p *Project) lock() error {
	endpoint := cmp.Or(p.Target.Endpoint, p.Target.Region)
	if p.Target.IsEmulator() {
		endpoint = p.path(p.Target.Emulator)
	}
	l, err := acquireLock(endpoint, cmp.Or(string(p.Target.ProjectID), p.Target.Project), time.Now())
	if err != nil {
		return err
	}
	p.onClose(l.release)
	return nil
}

// limits are the target's buckets: what dwsync.yaml says, else the documented levels for a service and none for the embedded workspace.
func limits(t config.Target) (dataworks.Limits, error) {
	if len(t.Limits.Buckets) > 0 {
		given := make(dataworks.Limits, len(t.Limits.Buckets))
		for i, b := range t.Limits.Buckets {
			given[i] = dataworks.Bucket{Name: "bucket " + strconv.Itoa(i+1), Actions: b.Actions, PerSecond: b.PerSecond, PerDay: b.PerDay}
		}
		return given, nil
	}
	switch {
	case t.Limits.Preset != "":
		return dataworks.PresetLimits(t.Limits.Preset)
	case t.IsEmulator():
		return nil, nil
	default:
		return dataworks.PresetLimits(defaultLimits)
	}
}

// defaultLimits is the strictest preset of the editions that are sold for a team's work: the levels of the reference.
const defaultLimits = "levels"
