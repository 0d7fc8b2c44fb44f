package server

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/keystead/keystead/internal/cloudtrail/trail"
)

var someHealth = []trail.Health{
	{Name: "bucket of arn:aws:cloudtrail:us-east-1:111122223333:trail/a", Behind: 3, FailingSince: time.Date(2026, 3, 1, 12, 0, 5, 0, time.UTC), Error: "NoSuchBucket"},
	{Name: "bucket of arn:aws:cloudtrail:us-east-1:111122223333:trail/b", Behind: 4, FailingSince: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Error: "AccessDenied"},
	{Name: "log group of arn:aws:cloudtrail:us-east-1:111122223333:trail/b", Behind: 1},
	{Name: "event history", Error: "a problem that was passed over"},
}

// TestTrailNotes: what fails is told without the names of trails and accounts.
func TestTrailNotes(t *testing.T) {
	want := map[string]string{"events to bucket": "2 delivery(ies) fail since 2026-03-01T12:00:00Z; the events wait"}
	if diff := cmp.Diff(want, trailNotes(someHealth)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTrailCollector(t *testing.T) {
	r := prometheus.NewRegistry()
	r.MustRegister(trailCollector{func() []trail.Health { return someHealth }})
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.Metric {
			got[f.GetName()+" "+m.Label[0].GetValue()] = m.GetGauge().GetValue()
		}
	}
	want := map[string]float64{
		"keystead_trail_behind_events bucket": 7, "keystead_trail_behind_events log group": 1, "keystead_trail_behind_events rules": 0, "keystead_trail_behind_events event history": 0,
		"keystead_trail_failing bucket": 2, "keystead_trail_failing log group": 0, "keystead_trail_failing rules": 0, "keystead_trail_failing event history": 0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
