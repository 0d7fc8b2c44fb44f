package server

import (
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/keystead/keystead/internal/awsapi"
)

// metrics are what Prometheus may ask for. They count; they name no key and no principal.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	known    sync.Map // labels → prometheus.Observer: saves the look-up by label values
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
	m.registry.MustRegister(m.requests, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
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

// gauge registers a value that is read when somebody asks.
func (m *metrics) gauge(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
}

// counter registers a count that is kept elsewhere.
func (m *metrics) counter(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, read))
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Timeout: 10 * time.Second})
}
