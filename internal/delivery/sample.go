package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/store"
)

// sampledKind is the kind of the one record of which backlogs had a sample the last time.
const (
	sampledKind = "delivery-sampled"
	sampledKey  = "backlogs"
)

// backlog is what waits of an account, by kind.
type backlog struct {
	Account string `json:"account"`
	Region  string `json:"region"`
	Kind    string `json:"kind"`
}

// sample puts the length of each account's backlog into the metric store. One that has become
// empty has one sample more, so that alarms see it.
func (q *Queue) sample(ctx context.Context) error {
	if q.o.Metrics == nil {
		return nil
	}
	lanes, err := q.lanes(ctx)
	if err != nil {
		return err
	}
	depth := map[backlog]float64{}
	for _, l := range lanes {
		if l.Account != "" {
			depth[backlog{l.Account, l.Region, l.Kind}] += float64(l.Depth)
		}
	}
	last, err := q.o.DB.Get(ctx, sampledKind, sampledKey)
	if errors.Is(err, store.ErrNotFound) && len(depth) == 0 {
		return nil
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return q.o.DB.Update(ctx, func(tx *store.Tx) error { return q.putSamples(tx, depth, last.Body) })
}

// putSamples writes the samples, and which there are; last is what was written before.
func (q *Queue) putSamples(tx *store.Tx, depth map[backlog]float64, last []byte) error {
	var now, before []backlog
	data := make([]metric.Datum, 0, len(depth))
	put := func(b backlog, n float64) {
		data = append(data, metric.Count(metricID(b.Account, b.Region, "DeliveryBacklog", b.Kind), time.Time{}, n))
	}
	for b, n := range depth {
		now = append(now, b)
		put(b, n)
	}
	if last != nil {
		if err := json.Unmarshal(last, &before); err != nil {
			q.o.Log.Error("delivery: which backlogs had samples", "error", err)
		}
	}
	for _, b := range before {
		if _, ok := depth[b]; !ok {
			put(b, 0)
		}
	}
	if err := q.o.Metrics.Put(tx, data); err != nil {
		return err
	}
	if len(now) == 0 {
		return tx.Delete(sampledKind, sampledKey)
	}
	body, err := json.Marshal(now)
	if err != nil {
		return err
	}
	return tx.Upsert(store.Record{Kind: sampledKind, Key: sampledKey, Body: body})
}
