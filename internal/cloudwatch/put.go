package cloudwatch

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/cloudwatch/statistic"
	"github.com/keystead/keystead/internal/store"
)

// When batches are moved into blocks: soon, so that few of them are there to be read; later, if
// they have samples of very many metrics, for a block is rewritten with each.
const (
	soon  = 10 * time.Second
	later = 5 * time.Minute
)

// manyMetrics is how many samples at once are spread over shards, so that who reads one metric
// or moves some need not look at all of them. One PutMetricData never brings as many.
const manyMetrics = 2 * maxData

// mixed is the shard of the samples that came with few others.
const mixed = "-"

// Put keeps samples. It belongs into a transaction with what they were measured from.
//
// A sample never falls into a time that alarms have already looked at: one without a time, or
// of such a time, counts for the first second that they have not.
func (s *Service) Put(tx *store.Tx, data []metric.Datum) error {
	if len(data) == 0 {
		return nil
	}
	now, err := s.present(tx)
	if err != nil {
		return err
	}
	timed := make([]metric.Datum, len(data))
	for i, d := range data {
		if d.Time.Before(now.mark) {
			d.Time = now.time
		}
		timed[i] = d
	}
	return s.put(tx, timed)
}

// present is where the alarms stand.
type present struct {
	mark time.Time // up to when they have looked at all; zero if there are none
	time time.Time // the first second that counts as now
}

// watermarkKind is package alarm's: up to when alarms have looked at all periods.
const watermarkKind, watermarkKey = "alarm-watermark", "all"

func (s *Service) present(tx *store.Tx) (present, error) {
	p := present{time: s.clock.Now().Truncate(time.Second)}
	r, err := tx.Get(watermarkKind, watermarkKey)
	if errors.Is(err, store.ErrNotFound) {
		p.mark = time.Unix(0, 0)
		return p, nil
	}
	if err != nil {
		return present{}, err
	}
	var mark struct{ Until time.Time }
	if err := json.Unmarshal(r.Body, &mark); err != nil {
		return present{}, fmt.Errorf("decode the watermark of alarms: %w", err)
	}
	p.mark = mark.Until
	if p.time.Before(p.mark) {
		p.time = p.mark.Add(time.Second - 1).Truncate(time.Second)
	}
	return p, nil
}

// put keeps samples with the times that they have.
func (s *Service) put(tx *store.Tx, data []metric.Datum) error {
	groups := map[string][]entry{} // by place
	for i, d := range data {
		e := entry{id: sorted(d.ID), unit: d.Unit, time: d.Time.Unix(), sum: summary(&d)}
		if e.unit == noUnit {
			e.unit = ""
		}
		if e.sum.Count > 0 {
			p := place(d.Account, d.Region)
			if len(groups) == 0 { // mostly it is the only one
				groups[p] = make([]entry, 0, len(data)-i)
			}
			groups[p] = append(groups[p], e)
		}
	}
	for p, entries := range groups {
		if err := s.putPlace(tx, p, entries); err != nil {
			return err
		}
	}
	return nil
}

// noUnit is the unit of samples that have none. It is kept as "".
const noUnit = "None"

func summary(d *metric.Datum) *statistic.Summary {
	s := new(statistic.Summary)
	if d.Set != nil {
		s.AddSet(d.Set.SampleCount, d.Set.Sum, d.Set.Minimum, d.Set.Maximum)
		return s
	}
	for i, v := range d.Values {
		count := 1.0
		if d.Counts != nil {
			count = d.Counts[i]
		}
		s.Add(v, count)
	}
	return s
}

func (s *Service) putPlace(tx *store.Tx, place string, entries []entry) error {
	if len(entries) < manyMetrics {
		return s.putShard(tx, place, mixed, soon, entries)
	}
	shards := map[string][]entry{}
	for _, e := range entries {
		shard := identity(&e.id)[:2]
		shards[shard] = append(shards[shard], e)
	}
	for shard, part := range shards {
		if err := s.putShard(tx, place, shard, later, part); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) putShard(tx *store.Tx, place, shard string, delay time.Duration, entries []entry) error {
	r := store.Record{
		Kind: batchKind, Key: fmt.Sprintf("%s%s/%016x-%s", place, shard, tx.Revision(), rand.Text()[:8]),
		Due: s.clock.Now().Add(delay), Body: encodeBatch(entries),
	}
	if err := tx.Insert(r); err != nil {
		return fmt.Errorf("keep samples: %w", err)
	}
	s.notePending()
	return nil
}

// notePending asks for the compaction before its time if many batches came.
func (s *Service) notePending() {
	if s.pending.Add(1)%maxPending != 0 {
		return
	}
	select {
	case s.early <- struct{}{}:
	default:
	}
}

// maxPending is how many batches come before they are moved early.
const maxPending = 256
