package alarm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/store"
)

// Records of the evaluator; there is one of each, with the key "all".
const (
	// watermarkKind says up to when samples have been looked at: the metric store puts what
	// comes later, and says no time of its own, behind it.
	watermarkKind = "alarm-watermark"
	// cursorKind says up to when all alarms have been evaluated.
	cursorKind = "alarm-cursor"
	onlyKey    = "all"
)

// settling is how long after its end a period is looked at, so that what happened in it can
// arrive.
const settling = 2 * time.Second

// maxCatchUp bounds how many evaluations of an alarm are made up for after a pause.
const maxCatchUp = 120

// maxTransaction is how many alarms change in one transaction.
const maxTransaction = 50

// mark is the body of both records.
type mark struct {
	Until time.Time `json:"until"`
}

// changes collects which alarms have changed, on this node and others.
type changes struct {
	early chan struct{}

	mu    sync.Mutex
	all   bool
	dirty map[string]bool
}

func (c *changes) init() {
	c.early, c.all, c.dirty = make(chan struct{}, 1), true, map[string]bool{}
}

// apply notes changes of records; the evaluator is asked to run soon.
func (c *changes) apply(list []store.Change) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, ch := range list {
		switch {
		case ch.Reset:
			c.all = true
		case ch.Kind == alarmKind:
			c.dirty[ch.Key] = true
		default:
			continue
		}
		select {
		case c.early <- struct{}{}:
		default:
		}
	}
}

func (c *changes) take() (all bool, dirty map[string]bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all, dirty = c.all, c.dirty
	c.all, c.dirty = false, map[string]bool{}
	return all, dirty
}

// back gives back what could not be read.
func (c *changes) back(all bool, dirty map[string]bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = c.all || all
	for k := range dirty {
		c.dirty[k] = true
	}
}

// book is what the evaluator knows; it belongs to the one goroutine that evaluates.
type book struct {
	alarms map[string]*alarm
	until  time.Time // all alarms are evaluated up to here, as far as this node knows

	moved    bool           // alarms have changed since composite ones were evaluated
	failures map[string]int // how often the change of an alarm has failed, one after the other
}

// watches reports whether there is an alarm on a metric.
func (b *book) watches() bool {
	for _, a := range b.alarms {
		if a.Metric != nil {
			return true
		}
	}
	return false
}

// refresh reads what has changed. It reports whether anything has.
func (s *Service) refresh(ctx context.Context) (bool, error) {
	if err := s.db.Sync(ctx); err != nil {
		return false, err
	}
	all, dirty := s.changed.take()
	if !all && len(dirty) == 0 {
		return false, nil
	}
	err := s.read(ctx, all, dirty)
	if err != nil {
		s.changed.back(all, dirty)
	}
	return true, err
}

func (s *Service) read(ctx context.Context, all bool, dirty map[string]bool) error {
	if !all {
		for key := range dirty {
			r, err := s.db.Get(ctx, alarmKind, key)
			if errors.Is(err, store.ErrNotFound) {
				delete(s.known.alarms, key)
				continue
			}
			if err != nil {
				return err
			}
			if s.known.alarms[key], err = decode(r); err != nil {
				return err
			}
		}
		return nil
	}
	alarms := map[string]*alarm{}
	r := store.Range{Limit: batch}
	for {
		records, err := s.db.Scan(ctx, alarmKind, r)
		if err != nil {
			return err
		}
		for _, record := range records {
			if alarms[record.Key], err = decode(record); err != nil {
				return err
			}
		}
		if len(records) < batch {
			s.known.alarms = alarms
			return nil
		}
		r.After = records[batch-1].Key
	}
}

// evaluate is the job. It evaluates the alarms of which a period has ended since the last
// time, and the composite alarms after them.
func (s *Service) evaluate(ctx context.Context) error {
	moved, err := s.refresh(ctx)
	if err != nil {
		return err
	}
	s.known.moved = s.known.moved || moved
	var failed error
	if until := s.clock.Now().Add(-settling).Truncate(finest); until.After(s.known.until) {
		failed = s.evaluateMetrics(ctx, until)
		if moved, err = s.refresh(ctx); err != nil {
			return errors.Join(failed, err)
		}
		s.known.moved = s.known.moved || moved
	}
	if err := s.evaluateComposites(ctx, s.known.moved); err != nil {
		return errors.Join(failed, err)
	}
	s.known.moved = false
	return failed
}

// evaluateMetrics evaluates the alarms on metrics up to a time. The watermark is written first:
// what is not in the metric store by then will have a later time, so that an evaluation that
// is repeated sees the same.
func (s *Service) evaluateMetrics(ctx context.Context, until time.Time) error {
	if !s.known.watches() {
		s.known.until = until
		return nil
	}
	from, err := s.readMark(ctx, cursorKind)
	if err != nil {
		return err
	}
	if !until.After(from) { // another node was here
		s.known.until = from
		return nil
	}
	if err := s.writeMark(ctx, watermarkKind, until); err != nil {
		return err
	}
	round := &round{s: s, ctx: ctx, now: s.clock.Now().Truncate(time.Millisecond), read: map[string]reading{}}
	changes, err := round.changes(from, until)
	if err != nil {
		return err
	}
	for len(changes) > 0 {
		n := min(len(changes), maxTransaction)
		if err := s.commitEach(ctx, changes[:n], round.now); err != nil {
			return err
		}
		changes = changes[n:]
	}
	if err := s.writeMark(ctx, cursorKind, until); err != nil {
		return err
	}
	s.known.until = until
	return nil
}

func (s *Service) readMark(ctx context.Context, kind string) (time.Time, error) {
	r, err := s.db.Get(ctx, kind, onlyKey)
	if errors.Is(err, store.ErrNotFound) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	var m mark
	if err := json.Unmarshal(r.Body, &m); err != nil {
		return time.Time{}, fmt.Errorf("decode %s: %w", kind, err)
	}
	return m.Until, nil
}

// writeMark moves a mark forward, never back.
func (s *Service) writeMark(ctx context.Context, kind string, until time.Time) error {
	body, err := json.Marshal(mark{until})
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		r, err := tx.Get(kind, onlyKey)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err == nil {
			var m mark
			if err := json.Unmarshal(r.Body, &m); err != nil {
				return fmt.Errorf("decode %s: %w", kind, err)
			}
			if !until.After(m.Until) {
				return nil
			}
		}
		return tx.Upsert(store.Record{Kind: kind, Key: onlyKey, Body: body})
	})
}

// change is a state that an evaluation found.
type change struct {
	alarm *alarm // as it was read; not to be changed
	from  types.StateValue
	next  state
}

// maxFailures is how often a change that fails is tried again at once.
const maxFailures = 3

// commitEach is commit. If it fails, each change is written by itself: an alarm that can't change
// must not hold up the others for long. It is evaluated again when it is due the next time.
func (s *Service) commitEach(ctx context.Context, list []change, now time.Time) error {
	err := s.commit(ctx, list, now)
	if err == nil {
		for _, ch := range list {
			delete(s.known.failures, ch.alarm.key())
		}
		return nil
	}
	if s.known.failures == nil {
		s.known.failures = map[string]int{}
	}
	var failed error
	for _, ch := range list {
		key := ch.alarm.key()
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.commit(ctx, []change{ch}, now); err == nil {
			delete(s.known.failures, key)
		} else if s.known.failures[key]++; s.known.failures[key] < maxFailures {
			failed = err
		} else {
			s.log.ErrorContext(ctx, "an alarm can't change its state", "alarm", ch.alarm.arn(), "error", err)
		}
	}
	return failed
}

// commit writes changes, unless somebody else has changed the alarm in the meantime: then its
// next evaluation will tell.
func (s *Service) commit(ctx context.Context, list []change, now time.Time) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		for _, ch := range list {
			r, err := tx.Get(alarmKind, ch.alarm.key())
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			a, err := decode(r)
			if err != nil {
				return err
			}
			if a.Metric == nil || a.State.Value != ch.from || !a.Configured.Equal(ch.alarm.Configured) {
				continue
			}
			if err := s.transition(tx, a, ch.next, now, nil); err != nil {
				return err
			}
		}
		return nil
	})
}
