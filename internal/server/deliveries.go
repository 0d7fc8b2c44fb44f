package server

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/delivery"
	"github.com/keystead/keystead/internal/eventstore"
	"github.com/keystead/keystead/internal/logs"
	"github.com/keystead/keystead/internal/mail"
	"github.com/keystead/keystead/internal/store"
)

// mailSender is the way to the mail relay; nil if there is none.
func (c *Config) mailSender() (*mail.Sender, error) {
	if c.SMTP.URL == "" {
		return nil, nil
	}
	return mail.New(mail.Options{URL: c.SMTP.URL, From: c.SMTP.From})
}

// publicURL is where links in mails and messages lead to.
func (s *Server) publicURL() string {
	if s.cfg.PublicURL != "" {
		return s.cfg.PublicURL
	}
	if s.listener == nil {
		return ""
	}
	return s.URL()
}

// links are what people and programs follow from messages: pages that confirm and end
// subscriptions, and the certificates of the keys that sign messages.
func (s *Server) links(mux *http.ServeMux, api http.Handler) {
	pages := s.observability.sns.Pages(api)
	for _, method := range []string{"GET ", "POST "} {
		mux.Handle(method+"/confirmation.html", pages)
		mux.Handle(method+"/unsubscribe.html", pages)
	}
	mux.HandleFunc("GET /{file}", func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/SimpleNotificationService-") {
			s.observability.sns.ServeCertificate(w, r)
			return
		}
		api.ServeHTTP(w, r)
	})
}

// notes are what this node tells of itself beside whether it is ready: private endpoints that
// it can't serve, and destinations that can't be reached.
func (s *Server) notes() map[string]string {
	notes := s.endpointReasons()
	for _, p := range s.observability.deliveries.Health() {
		notes["delivery by "+p.Kind] = p.String()
	}
	maps.Copy(notes, trailNotes(s.observability.trails.Health()))
	maps.Copy(notes, s.keyStoreNotes())
	return notes
}

// deliveryCollector tells of what waits to be delivered.
type deliveryCollector struct {
	stats func() delivery.Stats
	clock *clock.Clock
}

var (
	deliveryWaiting   = prometheus.NewDesc("keystead_delivery_waiting", "Items that wait to be delivered, on all nodes.", []string{"kind"}, nil)
	deliveryBytes     = prometheus.NewDesc("keystead_delivery_waiting_bytes", "Bytes of the items that wait to be delivered.", []string{"kind"}, nil)
	deliveryOldest    = prometheus.NewDesc("keystead_delivery_oldest_seconds", "How long the oldest item that waits to be delivered has waited.", []string{"kind"}, nil)
	deliveryDelivered = prometheus.NewDesc("keystead_delivery_delivered_total", "Items that have arrived.", []string{"kind"}, nil)
	deliveryFailures  = prometheus.NewDesc("keystead_delivery_failures_total", "Tries to deliver an item that failed.", []string{"kind"}, nil)
	deliveryDropped   = prometheus.NewDesc("keystead_delivery_dropped_total", "Items that were given up: refused, out of tries, or for want of room.", []string{"kind"}, nil)
)

// Describe implements prometheus.Collector.
func (deliveryCollector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{deliveryWaiting, deliveryBytes, deliveryOldest, deliveryDelivered, deliveryFailures, deliveryDropped} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (c deliveryCollector) Collect(to chan<- prometheus.Metric) {
	s := c.stats()
	for kind, b := range s.Waiting {
		to <- prometheus.MustNewConstMetric(deliveryWaiting, prometheus.GaugeValue, float64(b.Items), kind)
		to <- prometheus.MustNewConstMetric(deliveryBytes, prometheus.GaugeValue, float64(b.Bytes), kind)
		to <- prometheus.MustNewConstMetric(deliveryOldest, prometheus.GaugeValue, max(0, c.clock.Now().Sub(b.Oldest).Seconds()), kind)
	}
	for desc, counts := range map[*prometheus.Desc]map[string]int64{deliveryDelivered: s.Delivered, deliveryFailures: s.Failures, deliveryDropped: s.Dropped} {
		for kind, n := range counts {
			to <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(n), kind)
		}
	}
}

// deadLetters takes what could not be delivered into log groups.
type deadLetters struct{ o *observability }

// Bury implements sns.DeadLetters.
func (d deadLetters) Bury(ctx context.Context, groupARN, stream string, at time.Time, text []byte) (func(*store.Tx) error, error) {
	commit, err := d.o.logs.Prepare(ctx, groupARN, stream, []eventstore.Event{{Time: at, Text: text}})
	if errors.Is(err, logs.ErrNoGroup) || errors.Is(err, logs.ErrKey) {
		return nil, delivery.Permanent(err)
	}
	return commit, err
}
