package server

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/keystead/keystead/internal/cloudtrail/trail"
)

// trailNotes tells what of the trails' deliveries fails. It names neither trails nor accounts:
// whoever reaches the listener may see it.
func trailNotes(all []trail.Health) map[string]string {
	notes := map[string]string{}
	failing, since := map[string]int{}, map[string]time.Time{}
	for _, h := range all {
		if h.FailingSince.IsZero() {
			continue
		}
		target := h.Target()
		failing[target]++
		if since[target].IsZero() || h.FailingSince.Before(since[target]) {
			since[target] = h.FailingSince
		}
	}
	for target, n := range failing {
		notes["events to "+target] = fmt.Sprintf("%d delivery(ies) fail since %s; the events wait", n, since[target].UTC().Format(time.RFC3339))
	}
	return notes
}

// trailCollector tells how far the deliveries of events are behind.
type trailCollector struct{ health func() []trail.Health }

var (
	trailBehind  = prometheus.NewDesc("keystead_trail_behind_events", "Events that wait to be delivered, by what they are delivered to.", []string{"target"}, nil)
	trailFailing = prometheus.NewDesc("keystead_trail_failing", "Deliveries of events that fail, by what they are delivered to.", []string{"target"}, nil)
)

// Describe implements prometheus.Collector.
func (trailCollector) Describe(to chan<- *prometheus.Desc) {
	to <- trailBehind
	to <- trailFailing
}

// Collect implements prometheus.Collector.
func (c trailCollector) Collect(to chan<- prometheus.Metric) {
	behind, failing := map[string]uint64{}, map[string]int{}
	for _, target := range []string{"event history", "log group", "bucket", "rules"} {
		behind[target], failing[target] = 0, 0
	}
	for _, h := range c.health() {
		behind[h.Target()] += h.Behind
		if !h.FailingSince.IsZero() {
			failing[h.Target()]++
		}
	}
	for target := range behind {
		to <- prometheus.MustNewConstMetric(trailBehind, prometheus.GaugeValue, float64(behind[target]), target)
		to <- prometheus.MustNewConstMetric(trailFailing, prometheus.GaugeValue, float64(failing[target]), target)
	}
}
