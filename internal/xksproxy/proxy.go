package xksproxy

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/listener"
	sealing "github.com/keystead/keystead/internal/seal"
	"github.com/keystead/keystead/internal/store"
)

// Options say what proxy to open. File is required.
type Options struct {
	File    string // the configuration
	Version string // of the program, for the health status
	Clock   *clock.Clock
	Log     *slog.Logger

	budget time.Duration // replaced by tests, which may run on a slow machine
}

// Proxy is an open proxy.
type Proxy struct {
	file    string
	version string
	clock   *clock.Clock
	log     *slog.Logger
	budget  time.Duration

	db      *store.DB
	keys    *store.Cache[*kept]
	journal *cloudtrail.Journal // nil for a command that only works on keys
	setup   atomic.Pointer[setup]
	metrics *metrics
	bodies  chan struct{} // a place for each body in memory

	strangers, failures seldom // in the log

	reloading sync.Mutex
	changed   [32]byte // the fingerprint of what is in use, or was refused
	seen      [32]byte // that of the last look

	listener net.Listener
	private  net.Listener // of the metrics; may be nil
	retired  sync.WaitGroup
	closing  chan struct{}
	close    func() // closes it
}

// Open makes a proxy ready to Serve, its listeners included.
func Open(ctx context.Context, o Options) (*Proxy, error) { return openProxy(ctx, o, true) }

// OpenKeys opens a proxy's data and backends for commands that work on keys, whether or not a
// proxy is running on them.
func OpenKeys(ctx context.Context, o Options) (*Proxy, error) { return openProxy(ctx, o, false) }

func openProxy(ctx context.Context, o Options, serve bool) (*Proxy, error) {
	p := &Proxy{file: o.File, version: o.Version, clock: o.Clock, log: o.Log, budget: cmp.Or(o.budget, budget), bodies: make(chan struct{}, maxBodies)}
	p.closing = make(chan struct{})
	p.close = sync.OnceFunc(func() { close(p.closing) })
	if p.clock == nil {
		p.clock = new(clock.Clock)
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	if err := p.open(ctx, serve); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func (p *Proxy) open(ctx context.Context, serve bool) error {
	cfg, err := Load(p.file)
	if err != nil {
		return err
	}
	p.changed = cfg.fingerprint(p.file)
	p.seen = p.changed
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	if serve {
		if err := p.openJournal(cfg); err != nil { // which locks the directory
			return err
		}
	}
	if err := p.openStore(ctx, cfg); err != nil {
		return err
	}
	s, err := p.prepare(ctx, cfg, nil)
	if err != nil {
		return err
	}
	p.setup.Store(s)
	if !serve {
		return nil
	}
	p.metrics = newMetrics(p)
	if p.listener, err = p.listen(cfg.Listen); err != nil {
		return err
	}
	if cfg.MetricsListen != "" {
		if p.private, err = p.listen(cfg.MetricsListen); err != nil {
			return err
		}
	}
	return nil
}

func (p *Proxy) openJournal(cfg Config) (err error) {
	sync := cloudtrail.SyncInterval
	if cfg.Audit.Sync == "always" {
		sync = cloudtrail.SyncAlways
	}
	// Events of the journal about itself are of no account.
	p.journal, err = cloudtrail.OpenJournal(cfg.JournalDir(), cloudtrail.JournalOptions{Sync: sync, Logger: p.log, Clock: p.clock})
	return err
}

// openStore opens the database, and makes it together with its root key if there are none.
func (p *Proxy) openStore(ctx context.Context, cfg Config) error {
	root, file := sealing.File(filepath.Join(cfg.DataDir, "root.key")), filepath.Join(cfg.DataDir, "keystead.db")
	exists, err := root.Exists()
	if err != nil {
		return err
	}
	var sealer *sealing.Sealer
	_, missing := os.Stat(file)
	switch {
	case exists:
		sealer, err = sealing.Open(ctx, root)
	case missing == nil:
		err = fmt.Errorf("the database %s exists, but its root key (%s) does not: put the root key back; nothing was changed", file, root.Name())
	default:
		sealer, err = sealing.Create(ctx, root)
	}
	if err != nil {
		return err
	}
	p.db, err = store.Open(ctx, store.Options{URL: "sqlite://" + file, Sealer: sealer, Logger: p.log, PollInterval: 200 * time.Millisecond})
	if err != nil {
		return err
	}
	p.keys = newKeyCache(p.db)
	return nil
}

// certificate is what the proxy shows: that of its files, or one of an authority of its own.
func (p *Proxy) certificate(cfg Config) (*listener.Certificate, error) {
	if cfg.TLS.Cert != "" {
		return listener.Files(cfg.TLS.Cert, cfg.TLS.Key, p.log), nil
	}
	return cfg.authority().Ensure(p.log)
}

func (c *Config) authority() listener.Authority {
	hosts := append([]string{"localhost", "127.0.0.1", "::1"}, c.TLS.Hosts...)
	return listener.Authority{Dir: filepath.Join(c.DataDir, "tls"), Hosts: func() []string { return hosts }}
}

// CAFile is the certificate that a KMS must trust if the proxy has an authority of its own, else "".
func (c *Config) CAFile() string {
	if c.TLS.Cert != "" {
		return ""
	}
	return c.authority().CAFile()
}

// maxConnections bounds the connections at once.
const maxConnections = 2048

func (p *Proxy) listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return listener.Limit(l, maxConnections), nil
}

// URL is where clients on this machine reach the proxy, without the path of a store.
func (p *Proxy) URL() string { return "https://" + local(p.listener) }

// CAFile is the certificate that a KMS must trust if the proxy has an authority of its own, else "".
func (p *Proxy) CAFile() string { return p.setup.Load().cfg.CAFile() }

// Prefixes are those of the stores, in the order of the configuration.
func (p *Proxy) Prefixes() []string {
	var all []string
	for _, s := range p.setup.Load().cfg.Stores {
		all = append(all, s.Prefix)
	}
	return all
}

// MetricsURL is where Prometheus reaches the metrics, "" if there are none.
func (p *Proxy) MetricsURL() string {
	if p.private == nil {
		return ""
	}
	return "http://" + local(p.private) + "/metrics"
}

func local(l net.Listener) string {
	address := l.Addr().String()
	if a, err := netip.ParseAddrPort(address); err == nil && a.Addr().IsUnspecified() {
		address = net.JoinHostPort("localhost", strconv.Itoa(int(a.Port())))
	}
	return address
}

// Serve answers until ctx ends. Then it takes no new connections, lets the requests in flight
// finish within the configured grace, and closes everything.
func (p *Proxy) Serve(ctx context.Context) error {
	background, stop := context.WithCancel(context.Background())
	var jobs sync.WaitGroup
	jobs.Go(func() { p.follow(background) })
	jobs.Go(func() { p.housekeep(background) })
	for _, m := range p.setup.Load().backends { // so that the first health request has an answer
		first, cancel := context.WithTimeout(ctx, 2*time.Second)
		m.firstCheck(first)
		cancel()
	}
	public, private := p.server(p), p.server(p.metrics.handler())
	served := make(chan error, 2)
	go func() { served <- public.Serve(tls.NewListener(p.listener, p.handshakes())) }()
	if p.private != nil {
		go func() { served <- private.Serve(p.private) }()
	}
	var err error
	select {
	case err = <-served:
		err = fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
		grace := p.setup.Load().cfg.ShutdownGrace
		p.log.Info("stopping: requests in flight finish first", "grace", grace)
		limited, cancel := context.WithTimeout(context.Background(), grace)
		defer cancel()
		if e := public.Shutdown(limited); e != nil {
			err = fmt.Errorf("requests in flight were cut off: %w", errors.Join(e, public.Close()))
		}
	}
	err = errors.Join(err, ignoreClosed(private.Close()))
	stop()
	jobs.Wait()
	return errors.Join(err, p.Close())
}

// handshakes has each connection go by the setup that is in use when it begins.
func (p *Proxy) handshakes() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			return p.setup.Load().tls, nil
		},
	}
}

// server has limits that keep a connection from costs without end. KMS waits 250 ms.
func (p *Proxy) server(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second,
		IdleTimeout: 5 * time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: listener.ErrorLog(p.log),
		HTTP2: &http.HTTP2Config{MaxConcurrentStreams: 250, MaxReceiveBufferPerConnection: 1 << 20, MaxReceiveBufferPerStream: maxBody},
	}
}

// housekeep does what has to be done now and then.
func (p *Proxy) housekeep(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := errors.Join(
			p.journal.Archive(ctx, p.journal.Stats().Segment, p.setup.Load().cfg.Audit.Retention),
			p.db.Scrub(ctx), p.db.Trim(ctx, 10_000))
		if err != nil && ctx.Err() == nil {
			p.log.Error("housekeeping", "error", err)
		}
	}
}

// Close releases what Open took. Serve does it by itself.
func (p *Proxy) Close() error {
	var errs []error
	for _, l := range []net.Listener{p.listener, p.private} {
		if l != nil {
			errs = append(errs, ignoreClosed(l.Close()))
		}
	}
	if s := p.setup.Load(); s != nil {
		errs = append(errs, s.close(nil))
	}
	p.close()
	p.retired.Wait()
	if p.db != nil {
		errs = append(errs, p.db.Close())
	}
	if p.journal != nil {
		errs = append(errs, p.journal.Close())
	}
	return errors.Join(errs...)
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
