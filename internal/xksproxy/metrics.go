package xksproxy

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/keystead/keystead/internal/xks"
)

// metrics are what Prometheus may ask for. They name stores by their URI path, and no keys and
// principals.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	reloads  *prometheus.CounterVec
}

func newMetrics(p *Proxy) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "keystead_xks_proxy_request_duration_seconds",
			Help:    "Time from a request's headers to its answer, by URI path of the store, operation and error name (empty for success, Canceled if the client did not wait).",
			Buckets: []float64{.00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .2, .25, .5, 1},
		}, []string{"store", "operation", "error"}),
		reloads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "keystead_xks_proxy_configuration_changes_total",
			Help: "Changed configurations that were taken over, or refused.",
		}, []string{"outcome"}),
	}
	for _, outcome := range []string{"accepted", "refused"} {
		m.reloads.WithLabelValues(outcome)
	}
	m.registry.MustRegister(m.requests, m.reloads, proxyCollector{p},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// observe counts one answered request. Paths that are no store's have no series of their own: a
// stranger could make any number of them.
func (m *metrics) observe(c *call, name xks.ErrorName) {
	store := ""
	if c.store != nil {
		store = c.path
	}
	m.requests.WithLabelValues(store, string(c.op), string(name)).Observe(time.Since(c.begin).Seconds())
}

func (m *metrics) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Timeout: 10 * time.Second}))
	mux.HandleFunc("/ping", servePing)
	return mux
}

// proxyCollector tells what the proxy knows when somebody asks.
type proxyCollector struct{ p *Proxy }

var (
	backendUp = prometheus.NewDesc("keystead_xks_proxy_backend_state",
		"State of a backend by its last health check: 1 for the one it has.", []string{"backend", "state"}, nil)
	backendChecked = prometheus.NewDesc("keystead_xks_proxy_backend_check_age_seconds",
		"Time since the last health check of a backend began.", []string{"backend"}, nil)
	backendTook = prometheus.NewDesc("keystead_xks_proxy_backend_check_seconds",
		"How long the last health check of a backend took.", []string{"backend"}, nil)
	certificateEnd = prometheus.NewDesc("keystead_xks_proxy_certificate_expiry_seconds",
		"Seconds until the proxy's TLS certificate expires.", nil, nil)
	journalLost = prometheus.NewDesc("keystead_xks_proxy_journal_lost_total",
		"Events that could not be recorded; their requests got an InternalException.", nil, nil)
	bodiesHeld = prometheus.NewDesc("keystead_xks_proxy_bodies", "Requests in memory.", nil, nil)
	hsmCalls   = prometheus.NewDesc("keystead_xks_proxy_hsm_calls_total", "Calls of an HSM's module.", []string{"backend"}, nil)
	hsmWaits   = prometheus.NewDesc("keystead_xks_proxy_hsm_session_waits_total",
		"Calls that had to wait for a free session of the HSM: more sessions help, or an HSM that is faster.", []string{"backend"}, nil)
	hsmWaitTime = prometheus.NewDesc("keystead_xks_proxy_hsm_session_wait_seconds_total",
		"Time that calls have waited for a free session of the HSM.", []string{"backend"}, nil)
	hsmInFlight = prometheus.NewDesc("keystead_xks_proxy_hsm_calls_in_flight", "Calls that an HSM's module is busy with.", []string{"backend"}, nil)
	hsmRestarts = prometheus.NewDesc("keystead_xks_proxy_hsm_driver_restarts_total",
		"How often the process with an HSM's module was started again.", []string{"backend"}, nil)
)

// Describe implements prometheus.Collector.
func (proxyCollector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{backendUp, backendChecked, backendTook, certificateEnd, journalLost, bodiesHeld,
		hsmCalls, hsmWaits, hsmWaitTime, hsmInFlight, hsmRestarts} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (c proxyCollector) Collect(to chan<- prometheus.Metric) {
	p, now := c.p, time.Now()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	s := p.setup.Load()
	if s == nil {
		return
	}
	for name, m := range s.backends {
		_, e := m.ekm(now)
		for _, state := range []xks.HealthState{xks.Active, xks.Degraded, xks.Unavailable} {
			v := 0.
			if e.State == state {
				v = 1
			}
			gauge(backendUp, v, name, string(state))
		}
		if r := m.result.Load(); r != nil {
			gauge(backendChecked, now.Sub(r.at).Seconds(), name)
			gauge(backendTook, r.took.Seconds(), name)
		}
		if h, ok := m.backend.(*hsmBackend); ok {
			stats := h.module.Stats()
			counter(hsmCalls, float64(stats.Calls), name)
			counter(hsmWaits, float64(stats.Waits), name)
			counter(hsmWaitTime, stats.WaitTime.Seconds(), name)
			counter(hsmRestarts, float64(stats.Restarts), name)
			gauge(hsmInFlight, float64(stats.InFlight), name)
		}
	}
	if cert, err := s.tls.GetCertificate(nil); err == nil && cert.Leaf != nil {
		gauge(certificateEnd, cert.Leaf.NotAfter.Sub(now).Seconds())
	}
	counter(journalLost, float64(p.journal.Stats().Lost))
	gauge(bodiesHeld, float64(len(p.bodies)))
}
