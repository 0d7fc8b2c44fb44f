package logs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/store"
)

// minuteKind is the kind of the records of minutes in which events came into a group that has
// filters with a default value. A record's key is the group's ID; it is due when its minute is
// over. Filters that did not match any of the events report their default value then.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
const minuteKind = "log-minute"

// minute is one in which events came in.
type minute struct {
	Group   string   `json:"group"` // the key of its record
	Start   int64    `json:"start"` // Unix seconds
	Matched []string `json:"matched,omitempty"`
}

// noteMinute notes that events came in, and which filters matched them.
func (s *Service) noteMinute(tx *store.Tx, g *group, found *samples, now time.Time) error {
	if !found.waiting {
		return nil
	}
	start := now.Truncate(time.Minute)
	m := minute{Group: groupKey(g.Account, g.Region, g.Name), Start: start.Unix()}
	r, err := tx.Get(minuteKind, g.ID)
	known := err == nil
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if known {
		old, err := decodeMinute(r)
		if err != nil {
			return err
		}
		if old.Start == m.Start {
			m.Matched = old.Matched
		} else {
			if err := s.publish(tx, g, old); err != nil { // the job has not come to it yet
				return err
			}
			known = false
		}
	}
	before := len(m.Matched)
	for _, name := range found.matched {
		if !slices.Contains(m.Matched, name) {
			m.Matched = append(m.Matched, name)
		}
	}
	if known && len(m.Matched) == before {
		return nil
	}
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return tx.Upsert(store.Record{Kind: minuteKind, Key: g.ID, Due: start.Add(time.Minute), Body: body})
}

func decodeMinute(r store.Record) (minute, error) {
	var m minute
	if err := json.Unmarshal(r.Body, &m); err != nil {
		return m, fmt.Errorf("decode minute of log group %s: %w", r.Key, err)
	}
	return m, nil
}

// publishDefaults reports the default values of the minutes that are over. It comes before
// alarms look at them.
func (s *Service) publishDefaults(ctx context.Context) error {
	for {
		now := s.clock.Now()
		due, err := s.db.DueBefore(ctx, minuteKind, now, cleanedAtOnce)
		if err != nil || len(due) == 0 {
			return err
		}
		err = s.db.Update(ctx, func(tx *store.Tx) error {
			records, err := tx.DueBefore(minuteKind, now, cleanedAtOnce)
			if err != nil {
				return err
			}
			for _, r := range records {
				if err := s.closeMinute(tx, r); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

// closeMinute reports the default values of a minute. One that can't be read, or whose group
// can't, is given up: it must not hold up those of others.
func (s *Service) closeMinute(tx *store.Tx, r store.Record) error {
	if err := tx.Delete(minuteKind, r.Key); err != nil {
		return err
	}
	m, err := decodeMinute(r)
	if err != nil {
		s.log.Error("default values are not reported", "error", err)
		return nil
	}
	record, err := tx.Get(groupKind, m.Group)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	g, _, err := decodeGroup(record)
	if err != nil {
		s.log.Error("default values are not reported", "error", err)
		return nil
	}
	if g.ID != r.Key {
		return nil
	}
	return s.publish(tx, g, m)
}

// publish reports the default values of the filters that were there in a minute and did not
// match in it.
func (s *Service) publish(tx *store.Tx, g *group, m minute) error {
	start := time.Unix(m.Start, 0).UTC()
	var data []metric.Datum
	for _, f := range g.Filters {
		if f.Default != nil && !slices.Contains(m.Matched, f.Name) && f.Created < start.Add(time.Minute).UnixMilli() {
			data = append(data, metric.Datum{ID: f.id(g, nil), Time: start, Unit: f.Unit, Values: []float64{*f.Default}})
		}
	}
	if len(data) == 0 {
		return nil
	}
	return s.metrics.Put(tx, data)
}
