package logs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/keystead/keystead/internal/eventstore"
	"github.com/keystead/keystead/internal/store"
)

// Prepare readies events for a stream of a group, which is made if it is missing: it matches
// the group's metric filters, compresses, and encrypts. commit writes the events and the
// samples in one transaction. Without events it only finds out whether there is such a group.
// The errors are ErrNoGroup, also of commit, and ErrKey.
func (s *Service) Prepare(ctx context.Context, groupARN, stream string, events []eventstore.Event) (commit func(*store.Tx) error, err error) {
	account, region, name, ok := parseGroupARN(groupARN)
	if !ok {
		return nil, ErrNoGroup
	}
	g, err := s.group(ctx, account, region, name)
	if err != nil {
		return nil, err
	}
	if g == nil {
		return nil, ErrNoGroup
	}
	if len(events) == 0 {
		return func(*store.Tx) error { return nil }, nil
	}
	if err := checkStreamName(stream); err != nil {
		return nil, err
	}
	return s.prepare(ctx, g, stream, events, true)
}

// delivery is events on their way into a stream.
type delivery struct {
	s       *Service
	group   *group
	stream  string
	batch   *eventstore.Batch
	samples samples
	now     time.Time
	create  bool // the stream, if it is missing

	first, last int64 // times of the events
}

// prepare is Prepare for a group that was found. Unless create is set, the stream must exist.
func (s *Service) prepare(ctx context.Context, g *group, stream string, events []eventstore.Event, create bool) (func(*store.Tx) error, error) {
	d := &delivery{s: s, group: g, stream: stream, now: s.clock.Now(), create: create}
	for i := range events {
		if events[i].Ingested.IsZero() {
			events[i].Ingested = d.now
		}
		ms := events[i].Time.UnixMilli()
		if i == 0 {
			d.first, d.last = ms, ms
		}
		d.first, d.last = min(d.first, ms), max(d.last, ms)
	}
	var err error
	if d.batch, err = eventstore.NewBatch(events); err != nil {
		return nil, err
	}
	if g.Key != "" {
		seal, err := s.sealer(ctx, g)
		if err != nil {
			return nil, err
		}
		if err := d.batch.Encrypt(seal); err != nil {
			return nil, err
		}
	}
	d.samples = g.sampled(events)
	return d.commit, nil
}

func (d *delivery) commit(tx *store.Tx) error {
	g := d.group
	r, err := tx.Get(groupKind, groupKey(g.Account, g.Region, g.Name))
	if errors.Is(err, store.ErrNotFound) {
		return ErrNoGroup
	}
	if err != nil {
		return err
	}
	if r.Version != g.version { // it was changed since; to go on it must still be the same group
		if g, _, err = decodeGroup(r); err != nil {
			return err
		}
		if g.ID != d.group.ID {
			return ErrNoGroup
		}
	}
	st, err := d.open(tx, g)
	if err != nil {
		return err
	}
	if _, err := d.s.events.Append(tx, st.log(), d.batch, time.Time{}); err != nil {
		return err
	}
	if err := d.touch(tx, st); err != nil {
		return err
	}
	if err := d.s.noteMinute(tx, g, &d.samples, d.now); err != nil {
		return err
	}
	if len(d.samples.data) == 0 {
		return nil
	}
	if err := d.s.metrics.Put(tx, d.samples.data); err != nil {
		return fmt.Errorf("samples of log group %s: %w", g.Name, err)
	}
	return nil
}

// open reads the stream, or makes it.
func (d *delivery) open(tx *store.Tx, g *group) (*stream, error) {
	r, err := tx.Get(streamKind, streamKey(g.ID, d.stream))
	if errors.Is(err, store.ErrNotFound) {
		if !d.create {
			return nil, noStream()
		}
		return d.s.addStream(tx, g, d.stream)
	}
	if err != nil {
		return nil, err
	}
	return decodeStream(r)
}

// touch keeps the times that DescribeLogStreams tells.
func (d *delivery) touch(tx *store.Tx, st *stream) error {
	if st.Ingested == 0 {
		st.First, st.Last = d.first, d.last
	}
	st.First, st.Last, st.Ingested = min(st.First, d.first), max(st.Last, d.last), d.now.UnixMilli()
	r, err := st.record()
	if err != nil {
		return err
	}
	return tx.Put(r)
}
