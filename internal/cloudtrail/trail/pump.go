package trail

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/eventstore"
	"github.com/keystead/keystead/internal/store"
)

// Kinds of the records of the event history.
const (
	positionKind  = "journal-position" // how far a node's journal was read; by the node's name
	partitionKind = "history-log"      // the logs of the history that there are: "ACCOUNT/REGION"
)

// historyKept is how long the event history goes back.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
const historyKept = 90 * 24 * time.Hour

// What one transaction of the pump takes at most.
const (
	pumpBytes  = 4 << 20
	pumpEvents = 10_000
)

// retryPump is how long the pump rests after a failure.
const retryPump = 3 * time.Second

// partition is the log of the events of an account in a Region.
type partition struct{ account, region string }

func (p partition) key() string { return p.account + "/" + p.region }
func (p partition) log() string { return "history/" + p.key() }

func partitionOf(key string) partition {
	account, region, _ := strings.Cut(key, "/")
	return partition{account, region}
}

// journalPosition is how far a journal was read.
type journalPosition struct {
	Place  cloudtrail.Place `json:"place"`
	Latest time.Time        `json:"latest"` // of the events that were read
}

// pump carries events from this node's journal to the event history.
type pump struct {
	s    *Service
	dir  string
	node string

	mu       sync.Mutex // held during a run
	follower *cloudtrail.Follower
	position journalPosition
	after    time.Time // events before it were read from the journal that was here before
	logs     known
	retry    time.Time // not before this, after a failure

	state pumpState
}

// pumpState is what Health tells of the pump.
type pumpState struct {
	mu       sync.Mutex
	problems int64     // lines that could not be read
	last     string    // the last of them
	failed   time.Time // since when nothing could be read or written
	reason   string
}

func (p *pump) setNode(node string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.node = node
}

// run pumps what was recorded before the call, as far as it gets on disk within a short time.
func (p *pump) run(ctx context.Context) error {
	patience := time.NewTimer(onDisk)
	defer patience.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	err := p.drain(ctx)
	for tip := p.tip(); err == nil && !p.reached(tip); err = p.drain(ctx) {
		select {
		case <-tick.C:
		case <-patience.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return err
}

// onDisk is within what time the journal has its events on disk.
const onDisk = 250 * time.Millisecond

// drain pumps what is on disk.
func (p *pump) drain(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dir == "" || p.node == "" || p.s.now().Before(p.retry) {
		return nil
	}
	for ctx.Err() == nil {
		more, err := p.batch(ctx)
		if err != nil {
			p.close() // what the transaction did is not known: begin where the database says
			p.failed(err)
			p.retry = p.s.now().Add(retryPump)
			return err
		}
		p.failed(nil)
		if !more {
			return nil
		}
	}
	return ctx.Err()
}

// tip is where the journal ends.
func (p *pump) tip() cloudtrail.Place {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.follower == nil {
		return cloudtrail.Place{}
	}
	return p.follower.Tip()
}

// reached reports whether the journal was read up to a tip, or can't be.
func (p *pump) reached(tip cloudtrail.Place) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.follower == nil || p.follower.Reached(tip)
}

func (p *pump) close() {
	if p.follower != nil {
		p.follower.Close()
	}
	p.follower = nil
}

// open goes to the position in the database.
func (p *pump) open(ctx context.Context) error {
	p.position = journalPosition{}
	r, err := p.s.db.Get(ctx, positionKind, p.node)
	switch {
	case err == nil:
		if err := json.Unmarshal(r.Body, &p.position); err != nil {
			return err
		}
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	since := p.s.now().Add(-historyKept)
	p.after = time.Time{}
	p.follower, err = cloudtrail.Resume(p.dir, p.position.Place, since)
	if errors.Is(err, cloudtrail.ErrReplaced) {
		p.problem(err)
		p.after = p.position.Latest
		p.follower, err = cloudtrail.Resume(p.dir, cloudtrail.Place{}, since)
	}
	if errors.Is(err, cloudtrail.ErrNoJournal) {
		return nil // not yet
	}
	return err
}

// batch carries over what one transaction takes. It reports whether there may be more.
func (p *pump) batch(ctx context.Context) (more bool, err error) {
	if p.follower == nil {
		if err := p.open(ctx); err != nil || p.follower == nil {
			return false, err
		}
	}
	b := batch{oldest: p.s.now().Add(-historyKept), after: p.after, latest: p.position.Latest, events: map[string]*[]eventstore.Event{}}
	from := p.follower.Place()
	for b.bytes < pumpBytes && b.count < pumpEvents {
		record, err := p.follower.Next()
		if err == io.EOF {
			break
		}
		if problem := (*cloudtrail.Problem)(nil); errors.As(err, &problem) {
			p.problem(err) // verify is there to tell of it; the rest of the journal is good
			b.count++
			continue
		}
		if err != nil {
			return false, err
		}
		if !b.add(record, p.s.now()) {
			p.problem(errors.New("the journal has a record that is no event"))
		}
	}
	more = b.bytes >= pumpBytes || b.count >= pumpEvents
	if p.follower.Place() == from {
		return more, nil
	}
	p.position = journalPosition{p.follower.Place(), b.latest}
	return more, p.write(ctx, &b)
}

// write has the events in the history and the position behind them, or neither.
func (p *pump) write(ctx context.Context, b *batch) error {
	batches, err := b.compress()
	if err != nil {
		return err
	}
	body, err := json.Marshal(p.position)
	if err != nil {
		return err
	}
	err = p.s.db.Update(ctx, func(tx *store.Tx) error {
		for part, events := range batches {
			expires := b.newest[part].Add(historyKept)
			if _, err := p.s.events.Append(tx, part.log(), events, expires); err != nil {
				return err
			}
			if !p.logs.has(part.key()) {
				if err := tx.Upsert(store.Record{Kind: partitionKind, Key: part.key(), Body: []byte("{}")}); err != nil {
					return err
				}
			}
		}
		return tx.Upsert(store.Record{Kind: positionKind, Key: p.node, Body: body})
	})
	if err == nil {
		for part := range batches {
			p.logs.add(part.key())
		}
	}
	return err
}

// problem notes something in the journal that is passed over.
func (p *pump) problem(err error) {
	p.s.log.Warn("events of the journal were passed over", "problem", err)
	p.state.mu.Lock()
	defer p.state.mu.Unlock()
	p.state.problems++
	p.state.last = err.Error()
}

func (p *pump) failed(err error) {
	p.state.mu.Lock()
	defer p.state.mu.Unlock()
	switch {
	case err == nil:
		p.state.failed, p.state.reason = time.Time{}, ""
	case p.state.failed.IsZero():
		p.state.failed = p.s.now()
		fallthrough
	default:
		p.state.reason = err.Error()
	}
}

// batch is what one transaction takes.
type batch struct {
	oldest time.Time // events before it have expired
	after  time.Time
	latest time.Time
	bytes  int
	count  int
	arena  []byte                         // where the texts lie
	key    []byte                         // scratch
	events map[string]*[]eventstore.Event // by the keys of partitions
	newest map[partition]time.Time
}

// add adds a record if the history has it. ok is false if it is no event.
func (b *batch) add(record []byte, now time.Time) (ok bool) {
	b.bytes += len(record)
	b.count++
	e, ok := readEntry(record)
	if !ok {
		return false
	}
	if e.time.After(b.latest) {
		b.latest = e.time
	}
	if !e.management || e.time.Before(b.oldest) || e.time.Before(b.after) {
		return true
	}
	if cap(b.arena)-len(b.arena) < len(record)+64 {
		b.arena = make([]byte, 0, max(256<<10, len(record)+64))
	}
	start := len(b.arena)
	b.arena = e.appendHistory(b.arena, record)
	text := b.arena[start:len(b.arena):len(b.arena)]
	list := b.partition(&e)
	*list = append(*list, eventstore.Event{Time: e.time, Ingested: now, Text: text})
	return true
}

// partition finds the events of an event's partition, without making a string each time.
func (b *batch) partition(e *entry) *[]eventstore.Event {
	b.key = append(append(append(b.key[:0], e.account...), '/'), e.region...)
	list := b.events[string(b.key)]
	if list == nil {
		list = new([]eventstore.Event)
		b.events[string(b.key)] = list
	}
	return list
}

// compress makes ready what the transaction writes.
func (b *batch) compress() (map[partition]*eventstore.Batch, error) {
	out := make(map[partition]*eventstore.Batch, len(b.events))
	b.newest = make(map[partition]time.Time, len(b.events))
	for key, events := range b.events {
		part := partitionOf(key)
		made, err := eventstore.NewBatch(*events)
		if err != nil {
			return nil, err
		}
		for i := range *events {
			if t := (*events)[i].Time; t.After(b.newest[part]) {
				b.newest[part] = t
			}
		}
		out[part] = made
	}
	return out, nil
}
