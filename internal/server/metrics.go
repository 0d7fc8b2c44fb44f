package server

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/keypair"
	"github.com/keystead/keystead/internal/keystore/external"
	"github.com/keystead/keystead/internal/kms"
	"github.com/keystead/keystead/internal/store"
)

// metrics are what Prometheus may ask for. They count; they name no principal, and no key unless
// the operator wants those whose imported material expires.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	known    sync.Map // labels → prometheus.Observer: saves the look-up by label values
	proxies  *prometheus.HistogramVec
	signIns  *prometheus.CounterVec
}

type labels struct{ service, operation, code string }

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "keystead_request_duration_seconds",
			Help:    "Time from a request's headers to its answer, by service, operation and error code (empty for success).",
			Buckets: []float64{.00005, .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"service", "operation", "code"}),
	}
	m.proxies = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "keystead_xks_proxy_duration_seconds",
		Help:    "Time of calls of external key store proxies, by operation and error (empty for success).",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .2, .25, .5},
	}, []string{"operation", "error"})
	m.signIns = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "keystead_console_sign_ins_total", Help: "Attempts to sign in to the console, by method and outcome (success, or the code of the error).",
	}, []string{"method", "outcome"})
	m.registry.MustRegister(m.requests, m.proxies, m.signIns, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// observe counts one answered request.
func (m *metrics) observe(o awsapi.Observation) {
	l := labels{o.Service, o.Operation, o.Code}
	known, found := m.known.Load(l)
	if !found {
		known, _ = m.known.LoadOrStore(l, m.requests.WithLabelValues(o.Service, o.Operation, o.Code))
	}
	known.(prometheus.Observer).Observe(o.Duration.Seconds())
}

// observeProxy counts one call of an external key store proxy.
func (m *metrics) observeProxy(o external.Observation) {
	m.proxies.WithLabelValues(o.XKSOperation, o.ErrorName).Observe(o.Latency.Seconds())
}

// observeSignIn counts one attempt to sign in to the console.
func (m *metrics) observeSignIn(method, outcome string) {
	m.signIns.WithLabelValues(method, outcome).Inc()
}

// watch registers what the parts of the server tell of themselves when somebody asks.
func (m *metrics) watch(ready func() float64, j *cloudtrail.Journal, caches func() map[string]store.CacheStats, pairs *keypair.Pool) {
	m.gauge("keystead_ready", "1 if this node can serve.", ready)
	m.counter("keystead_journal_records_total", "Records written to the audit journal.", func() float64 { return float64(j.Stats().Records) })
	m.counter("keystead_journal_bytes_total", "Bytes written to the audit journal.", func() float64 { return float64(j.Stats().Bytes) })
	m.counter("keystead_journal_lost_total", "Events that could not be recorded; their calls were refused.", func() float64 { return float64(j.Stats().Lost) })
	m.counter("keystead_journal_sync_seconds_total", "Time spent bringing the journal to disk.", func() float64 { return j.Stats().SyncTime.Seconds() })
	m.gauge("keystead_journal_unwritten_bytes", "Bytes that wait in memory because the journal can't be written.", func() float64 { return float64(j.Stats().Unwritten) })
	m.registry.MustRegister(cacheCollector(caches), pairsCollector(pairs.Ready))
}

func (m *metrics) gauge(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
}

func (m *metrics) counter(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, read))
}

// cacheCollector tells of the caches.
type cacheCollector func() map[string]store.CacheStats

var (
	cacheEntries = prometheus.NewDesc("keystead_cache_entries", "Values in a cache.", []string{"cache"}, nil)
	cacheBytes   = prometheus.NewDesc("keystead_cache_bytes", "Memory of a cache.", []string{"cache"}, nil)
	cacheLoads   = prometheus.NewDesc("keystead_cache_loads_total", "Reads from the database for a cache.", []string{"cache"}, nil)
)

// Describe implements prometheus.Collector.
func (cacheCollector) Describe(to chan<- *prometheus.Desc) {
	to <- cacheEntries
	to <- cacheBytes
	to <- cacheLoads
}

// Collect implements prometheus.Collector.
func (c cacheCollector) Collect(to chan<- prometheus.Metric) {
	for name, s := range c() {
		to <- prometheus.MustNewConstMetric(cacheEntries, prometheus.GaugeValue, float64(s.Entries), name)
		to <- prometheus.MustNewConstMetric(cacheBytes, prometheus.GaugeValue, float64(s.Bytes), name)
		to <- prometheus.MustNewConstMetric(cacheLoads, prometheus.CounterValue, float64(s.Loads), name)
	}
}

// pairsCollector tells of the key pairs that wait for callers.
type pairsCollector func() map[types.KeySpec]int

var pairsReady = prometheus.NewDesc("keystead_key_pairs_ready", "Key pairs that were made ahead of time.", []string{"spec"}, nil)

// Describe implements prometheus.Collector.
func (pairsCollector) Describe(to chan<- *prometheus.Desc) { to <- pairsReady }

// Collect implements prometheus.Collector.
func (c pairsCollector) Collect(to chan<- prometheus.Metric) {
	for spec, n := range c() {
		to <- prometheus.MustNewConstMetric(pairsReady, prometheus.GaugeValue, float64(n), string(spec))
	}
}

// expiryCollector tells when imported key material expires.
type expiryCollector struct {
	expiries func(ctx context.Context, limit int) ([]kms.Expiry, error)
	names    bool // which keys it is; anybody who reaches the listener can read it then
	log      *slog.Logger
}

// mostExpiries bounds how many keys the metrics name.
const mostExpiries = 1000

var (
	nextExpiration = prometheus.NewDesc("keystead_next_key_material_expiration_seconds",
		"Seconds until the first imported key material expires.", nil, nil)
	keyExpiration = prometheus.NewDesc("keystead_key_material_expiration_seconds",
		"Seconds until imported key material expires, of the 1,000 keys whose material expires first (CloudWatch: SecondsUntilKeyMaterialExpiration).",
		[]string{"key_arn"}, nil)
)

// Describe implements prometheus.Collector.
func (c expiryCollector) Describe(to chan<- *prometheus.Desc) {
	to <- nextExpiration
	if c.names {
		to <- keyExpiration
	}
}

// Collect implements prometheus.Collector. What can't be read is left out: an alert on its absence
// is better than a value that is no longer true.
func (c expiryCollector) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	limit := 1
	if c.names {
		limit = mostExpiries
	}
	list, err := c.expiries(ctx, limit)
	if err != nil {
		c.log.WarnContext(ctx, "metrics without the expiration of key material", "error", err)
		return
	}
	if len(list) > 0 {
		to <- prometheus.MustNewConstMetric(nextExpiration, prometheus.GaugeValue, list[0].Left.Seconds())
	}
	if !c.names {
		return
	}
	for _, e := range list {
		to <- prometheus.MustNewConstMetric(keyExpiration, prometheus.GaugeValue, e.Left.Seconds(), e.KeyARN)
	}
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Timeout: 10 * time.Second})
}
