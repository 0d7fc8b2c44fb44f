package xksproxy

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// lookEvery is how often the proxy looks whether its configuration has changed.
const lookEvery = 500 * time.Millisecond

// follow takes over changes of the configuration until ctx ends.
func (p *Proxy) follow(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			p.Look(ctx)
		}
	}
}

// Look takes over a change of the configuration that looks the same as at the last look: a file
// that is half written may be valid as well. It reports whether there was a change to take over
// or to refuse.
func (p *Proxy) Look(ctx context.Context) bool {
	p.reloading.Lock()
	defer p.reloading.Unlock()
	cfg, loadErr := Load(p.file)
	in := p.setup.Load().cfg
	// What the new file names counts, and if that can't be read, what the old one named.
	if loadErr != nil {
		cfg = in
	}
	now := cfg.fingerprint(p.file)
	settled := now == p.seen
	p.seen = now
	if !settled || now == p.changed {
		return false
	}
	p.changed = now
	err := loadErr
	if err == nil {
		err = p.replace(ctx, cfg)
	}
	if err != nil {
		p.metrics.reloads.WithLabelValues("refused").Inc()
		p.log.Error("the changed configuration is refused; the one before stays in use", "file", p.file, "error", err)
		return true
	}
	p.metrics.reloads.WithLabelValues("accepted").Inc()
	p.log.Info("the changed configuration is in use", "file", p.file)
	return true
}

// replace puts a configuration into use as a whole, or not at all.
func (p *Proxy) replace(ctx context.Context, cfg Config) error {
	old := p.setup.Load()
	for _, fixed := range []struct {
		name string
		same bool
	}{
		{"listen", cfg.Listen == old.cfg.Listen},
		{"metrics-listen", cfg.MetricsListen == old.cfg.MetricsListen},
		{"data-dir", cfg.DataDir == old.cfg.DataDir},
		{"audit", cfg.Audit == old.cfg.Audit},
	} {
		if !fixed.same {
			return fmt.Errorf("%s can't change while the proxy runs: start it again", fixed.name)
		}
	}
	next, err := p.prepare(ctx, cfg, old)
	if err != nil {
		return err
	}
	if err := next.working(ctx, old); err != nil {
		return errors.Join(err, next.close(old))
	}
	p.setup.Store(next)
	p.retire(old, next)
	return nil
}

// working checks the backends that the old setup does not have.
func (s *setup) working(ctx context.Context, old *setup) error {
	for name, m := range s.backends {
		if old.backends[name] == m {
			continue
		}
		limited, cancel := context.WithTimeout(ctx, checkTimeout)
		m.firstCheck(limited)
		cancel()
		r := m.result.Load()
		switch {
		case r == nil:
			return fmt.Errorf("backend %s does not answer", name)
		case r.err != nil:
			return fmt.Errorf("backend %s: %w", name, r.err)
		}
	}
	return nil
}

// retire closes what only the old setup has, when no request can be using it any more.
func (p *Proxy) retire(old, next *setup) {
	p.retired.Go(func() {
		select {
		case <-time.After(2 * p.budget):
		case <-p.closing: // there are no requests any more
		}
		if err := old.close(next); err != nil {
			p.log.Warn("close a backend that is not in the configuration any more", "error", err)
		}
	})
}
