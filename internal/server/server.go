// Package server wires everything into one process: data directory, root key, database,
// services, listener, background jobs, health and shutdown. The one rule: it has no rules
// of keys or callers; those are in the packages that it wires. Begin with Open; the tables
// of operations are in services.go.
package server

import (
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
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/keystead/keystead/console"
	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/admin"
	"github.com/keystead/keystead/internal/job"
	"github.com/keystead/keystead/internal/keypair"
	hsmstore "github.com/keystead/keystead/internal/keystore/cloudhsm"
	"github.com/keystead/keystead/internal/keystore/software"
	"github.com/keystead/keystead/internal/kms"
	"github.com/keystead/keystead/internal/listener"
	"github.com/keystead/keystead/internal/oidc"
	"github.com/keystead/keystead/internal/organizations"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/sts"
	"github.com/keystead/keystead/internal/vpc"
)

// Server is one node.
type Server struct {
	cfg      Config
	log      *slog.Logger
	clock    *clock.Clock
	lock     *os.File // of the data directory
	vault    *Vault
	journal  *cloudtrail.Journal
	keys     *kms.Service
	pairs    *keypair.Pool
	jobs     *job.Scheduler
	metrics  *metrics
	http     *http.Server
	listener net.Listener
	cert     *listener.Certificate // nil without TLS

	vpc       *vpc.Service
	endpoints *endpoints

	observability observability
	keyStores     keyStores

	// FirstStart says that Open made the first account and wrote its access key to the
	// credentials file.
	FirstStart bool
}

// Open makes a server ready to Serve, its listener included. The configuration must have
// passed Check.
func Open(ctx context.Context, cfg Config, clk *clock.Clock, log *slog.Logger) (*Server, error) {
	s := &Server{cfg: cfg, log: log, clock: clk, metrics: newMetrics()}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Server) open(ctx context.Context) error {
	roots, err := s.attestationRoots()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.cfg.DataDir, 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	// First of all: the next step may bring the schema of the database up to date.
	if s.lock, err = lockDataDir(s.cfg.DataDir); err != nil {
		return err
	}
	if s.vault, err = OpenVault(ctx, s.cfg, s.clock, s.log, true); err != nil {
		return err
	}
	if s.cfg.CheapPasswords {
		s.vault.IAM.HashCheaply()
	}
	if s.journal, err = s.openJournal(); err != nil {
		return err
	}
	if s.FirstStart, err = firstStart(ctx, s.cfg, s.vault.IAM); err != nil {
		return err
	}
	node, err := nodeName(s.cfg)
	if err != nil {
		return err
	}
	cache := int64(s.cfg.CacheMiB) << 20
	material := software.New(s.vault.DB, cache/3)
	s.pairs = keypair.New(s.log)
	if err := s.openKeyStores(); err != nil {
		return err
	}
	s.keys = kms.New(kms.Options{
		DB: s.vault.DB, Principals: s.vault.IAM, Clock: s.clock, Journal: s.journal, Log: s.log, CacheBytes: cache * 2 / 3, Software: material,
		Sealer: s.vault.Sealer, Pairs: s.pairs, AttestationRoots: roots, Serves: s.cfg.serves,
		Clusters: hsmstore.Clusters{Service: s.keyStores.clusters}, External: s.keyStores.proxies, StoreRequests: s.cfg.CustomKeyStores.RequestsPerSecond, Throttled: s.throttled,
	})
	if err := s.seed(ctx, s.keys); err != nil {
		return err
	}
	s.vault.IAM.SealMessagesBy(s.keys.SealerFor("authorization messages"))
	if err := s.openObservability(); err != nil {
		return err
	}
	jobs := slices.Concat(s.backgroundJobs(s.keys, node), s.keyStores.clusters.Jobs(node), s.observability.jobs(node), []job.Job{s.nodeHealth(node)})
	s.jobs = &job.Scheduler{DB: s.vault.DB, Clock: s.clock, Node: node, Log: s.log, Jobs: jobs}
	s.metrics.watch(s.ready, s.journal, func() map[string]store.CacheStats {
		stats := s.keys.CacheStats()
		stats["material"] = material.CacheStats()
		stats["endpoints"] = s.vpc.CacheStats()
		return stats
	}, s.pairs)
	s.metrics.watchKeyStores(&s.keyStores)
	s.metrics.registry.MustRegister(expiryCollector{s.keys.Expiries, s.cfg.KeyMetrics, s.log})
	if err := s.openEndpoints(); err != nil {
		return err
	}
	public, private, err := s.routes(s.keys)
	if err != nil {
		return err
	}
	if s.cert, err = s.certificate(); err != nil {
		return err
	}
	s.http = s.httpServer(public)
	if s.listener, err = s.listenAt(s.cfg.Listen); err != nil {
		return err
	}
	return s.followEndpoints(ctx, private)
}

func (s *Server) openJournal() (*cloudtrail.Journal, error) {
	sync := cloudtrail.SyncInterval
	if s.cfg.Audit.Sync == "always" {
		sync = cloudtrail.SyncAlways
	}
	return cloudtrail.OpenJournal(s.cfg.JournalDir(), cloudtrail.JournalOptions{
		Sync: sync, Logger: s.log, Clock: s.clock, Account: s.cfg.Account, Region: s.cfg.Region(),
	})
}

// changesKept is how much of the change feed is kept: a node that was away for longer
// starts its caches anew.
const changesKept = 100_000

func (s *Server) backgroundJobs(keys *kms.Service, node string) []job.Job {
	return []job.Job{
		{Name: "delete-due-keys", Every: 10 * time.Second, Run: func(ctx context.Context) error {
			n, err := keys.DeleteDueKeys(ctx)
			if n > 0 {
				s.log.InfoContext(ctx, "keys were deleted at the end of their waiting period", "keys", n)
			}
			return err
		}},
		{Name: "delete-hsm-keys", Every: 10 * time.Second, Run: keys.DeleteHSMKeys},
		{Name: "rotate-due-keys", Every: time.Minute, Run: func(ctx context.Context) error {
			n, err := keys.RotateDueKeys(ctx)
			if n > 0 {
				s.log.InfoContext(ctx, "keys were rotated", "keys", n)
			}
			return err
		}},
		{Name: "expire-key-material", Every: 10 * time.Second, Run: func(ctx context.Context) error {
			n, err := keys.ExpireDueMaterial(ctx)
			if n > 0 {
				s.log.InfoContext(ctx, "imported key material has expired and was deleted", "keys", n)
			}
			return err
		}},
		// Each node sees to what it was asked itself, at once.
		{Name: "synchronize-multi-region-keys/" + node, Every: 10 * time.Second, Early: keys.Unsynchronized(), Run: func(ctx context.Context) error {
			_, err := keys.SynchronizeDueKeys(ctx)
			return err
		}},
		{Name: "settle-key-stores/" + node, Every: 10 * time.Second, Early: keys.UnsettledKeyStores(), Run: keys.SettleKeyStores},
		{Name: "check-key-stores", Every: time.Minute, Run: keys.CheckKeyStores},
		{Name: "trim-change-feed", Every: time.Minute, Run: func(ctx context.Context) error {
			return s.vault.DB.Trim(ctx, changesKept)
		}},
		// Each node keeps its own journal.
		{Name: "archive-journal/" + node, Every: time.Minute, Run: func(ctx context.Context) error {
			read, err := s.observability.trails.Carried(ctx)
			if err != nil {
				return err
			}
			return s.journal.Archive(ctx, read, s.cfg.Audit.Retention)
		}},
		// Each node scrubs after itself, and saves what it has seen itself.
		{Name: "scrub/" + node, Every: 10 * time.Second, Run: s.vault.DB.Scrub},
		{Name: "save-access-key-uses/" + node, Every: time.Minute, Run: s.vault.IAM.SaveUses},
		{Name: "save-key-uses/" + node, Every: time.Minute, Run: keys.SaveUses, Early: keys.ManyUses()},
	}
}

// routes is everything that the public listener answers, and what private endpoints do.
func (s *Server) routes(keys *kms.Service) (public, private http.Handler, err error) {
	tokens := sts.New(s.vault.IAM, s.clock, oidc.New(oidc.Options{}))
	identities := admin.New(admin.Options{DB: s.vault.DB, IAM: s.vault.IAM, Clock: s.clock})
	auth := newAuthenticator(s.vault.IAM, s.vpc, s.clock, s.cfg.Regions, s.cfg.Region())
	o := awsapi.Options{
		Services: Services(Parts{
			KMS: keys, STS: tokens, VPC: s.vpc,
			Admin:         identities,
			Organizations: organizations.New(s.vault.DB, s.clock, s.vault.IAM),
			CloudTrail:    s.observability.trails, Logs: s.observability.logs, CloudWatch: s.observability.metrics,
			Alarms: s.observability.alarms, SNS: s.observability.sns, EventBridge: s.observability.events,
			CloudHSM: s.keyStores.clusters,
		}),
		Auth:     auth,
		Recorder: s.journal,
		Clock:    s.clock,
		Logger:   s.log,
		Observe:  s.observe,

		EncodeDenied: s.vault.IAM.EncodeAuthorizationMessage,
	}
	api, err := awsapi.New(o)
	if err != nil {
		return nil, nil, err
	}
	o.Services = endpointServices(o.Services)
	if private, err = awsapi.New(o); err != nil {
		return nil, nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", api)
	s.links(mux, api)
	mux.Handle(console.Path, console.Handler())
	people, err := s.signIn(auth, identities, tokens)
	if err != nil {
		return nil, nil, err
	}
	mux.Handle("/signin/", people)
	mux.HandleFunc("GET /healthz", serveHealth)
	mux.HandleFunc("GET /readyz", s.serveReady)
	mux.Handle("GET /metrics", s.metrics.handler())
	if s.cfg.TestClock {
		mux.HandleFunc("/_keystead/clock", s.serveClock)
	}
	return calls{api, mux}, private, nil
}

// observe counts an answered request, for the operator and for the account.
func (s *Server) observe(o awsapi.Observation) {
	s.metrics.observe(o)
	if o.Service == "kms" && o.Account != "" {
		s.observability.meter.Called(o.Account, o.Region, o.Operation)
	}
}

// calls hands calls of the API, which come as POST to "/" or to the paths of rpcv2Cbor, to
// it without the work that ServeMux does for paths.
type calls struct{ api, others http.Handler }

func (c calls) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost && (r.URL.Path == "/" || strings.HasPrefix(r.URL.Path, "/service/")) {
		c.api.ServeHTTP(w, r)
		return
	}
	c.others.ServeHTTP(w, r)
}

func (s *Server) httpServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       20 * time.Second, // the largest body at 50 KiB a second
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          listener.ErrorLog(s.log),
	}
}

// maxConnections bounds the connections at once.
const maxConnections = 8192

// listenAt opens a listener: the public one, or that of a private endpoint.
func (s *Server) listenAt(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	l = listener.Limit(l, maxConnections)
	if s.cert == nil {
		return l, nil
	}
	conf, err := s.cert.Config()
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return tls.NewListener(l, conf), nil
}

// refreshCertificate makes sure that the next handshake sees a certificate for all names.
func (s *Server) refreshCertificate() {
	if s.cert != nil {
		s.cert.Refresh()
	}
}

// certificate returns what the listener shows, or nil without TLS.
func (s *Server) certificate() (*listener.Certificate, error) {
	switch s.cfg.TLS.Mode {
	case "files":
		return listener.Files(s.cfg.TLS.Cert, s.cfg.TLS.Key, s.log), nil
	case "auto":
		return s.authority().Ensure(s.log)
	default:
		return nil, nil
	}
}

// hosts are the names and addresses by which clients may reach this node.
func (s *Server) hosts() []string {
	hosts := append([]string{"localhost", "127.0.0.1", "::1"}, s.cfg.TLS.Hosts...)
	addresses := []string{s.cfg.Listen}
	for _, n := range s.cfg.PrivateEndpoints {
		addresses = append(addresses, n.Addresses...)
	}
	for _, a := range addresses {
		host, _, err := net.SplitHostPort(a)
		if err == nil && host != "" && host != "0.0.0.0" && host != "::" {
			hosts = append(hosts, host)
		}
	}
	hosts = append(hosts, s.endpoints.hostNames()...)
	if name, err := os.Hostname(); err == nil {
		hosts = append(hosts, name)
	}
	return hosts
}

// authority makes certificates in mode "auto".
func (s *Server) authority() listener.Authority {
	return listener.Authority{Dir: filepath.Join(s.cfg.DataDir, "tls"), Hosts: s.hosts}
}

// URL is where clients on this machine reach the server: a server that listens on all
// addresses has no other that would hold for everybody.
func (s *Server) URL() string {
	scheme := "http"
	if s.cfg.TLS.Mode != "off" {
		scheme = "https"
	}
	address := s.listener.Addr().String()
	if a, err := netip.ParseAddrPort(address); err == nil && a.Addr().IsUnspecified() {
		address = net.JoinHostPort("localhost", strconv.Itoa(int(a.Port())))
	}
	return scheme + "://" + address
}

// CAFile is the certificate that clients must trust with TLS mode "auto", else "".
func (s *Server) CAFile() string {
	if s.cfg.TLS.Mode != "auto" {
		return ""
	}
	return s.authority().CAFile()
}

// IAM is the service that keeps accounts and access keys.
func (s *Server) IAM() *iam.Service { return s.vault.IAM }

// Serve answers until ctx ends. Then it takes no new connections, lets the requests in
// flight finish within the configured grace, and closes everything.
func (s *Server) Serve(ctx context.Context) error {
	background, stop := context.WithCancel(context.Background())
	jobs := make(chan struct{})
	go func() { defer close(jobs); s.jobs.Run(background) }()
	filling := make(chan struct{})
	go func() { defer close(filling); s.pairs.Run(background) }()
	following := make(chan struct{})
	go func() { defer close(following); s.endpoints.run(background) }()
	served := make(chan error, 1)
	go func() { served <- s.http.Serve(s.listener) }()

	var err error
	select {
	case err = <-served:
		err = fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
		s.log.Info("stopping: requests in flight finish first", "grace", s.cfg.ShutdownGrace)
		grace, cancel := context.WithTimeout(context.Background(), s.cfg.ShutdownGrace)
		defer cancel()
		if e := s.shutdown(grace); e != nil {
			err = fmt.Errorf("requests in flight were cut off: %w", e)
		}
	}
	stop()
	<-jobs
	<-filling
	<-following
	s.saveUses()
	return errors.Join(err, s.Close())
}

// saveUses saves what the last runs of its jobs have not. A use that is lost is not worth an
// error.
func (s *Server) saveUses() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := errors.Join(s.vault.IAM.SaveUses(ctx), s.keys.SaveUses(ctx), s.observability.meter.Flush(ctx)); err != nil {
		s.log.Warn("stopping", "error", err)
	}
}

// shutdown lets the requests in flight finish, those of all listeners at once.
func (s *Server) shutdown(grace context.Context) error {
	private := make(chan error, 1)
	go func() { private <- s.endpoints.shutdown(grace) }()
	err := s.http.Shutdown(grace)
	if err != nil {
		err = errors.Join(err, s.http.Close())
	}
	return errors.Join(err, <-private)
}

// Close releases what Open took. Serve does it by itself.
func (s *Server) Close() error {
	var errs []error
	if s.endpoints != nil {
		s.endpoints.closeAll()
	}
	if s.listener != nil {
		if err := s.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if q := s.observability.deliveries; q != nil {
		q.Close()
	}
	errs = append(errs, s.keyStores.close())
	if s.vault != nil {
		errs = append(errs, s.vault.Close())
	}
	if s.journal != nil {
		errs = append(errs, s.journal.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}
