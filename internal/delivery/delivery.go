// Package delivery is a durable queue of what has to reach the world outside: mails, webhooks,
// entries of a log. An item is written by the same transaction as what caused it, and stays
// until it has arrived, nobody wants it any more, or its tries are used up.
//
// Items wait in lanes, one for each destination, in the order in which they came. The first of
// a lane is tried until it is done with; a destination that is dead holds up its own lane and no
// other. A node claims a lane before it sends, so that no two nodes send the same item; one that
// is killed between sending and noting it makes the next one send the item again, with the
// same Item.ID.
//
// The one rule to know: Enqueue never waits and never fails for want of room. What does not fit
// is counted, told of by Health, and handed to the kind's Dead.
//
// Begin reading with Queue.Enqueue and lane.go.
package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/store"
)

// Item is something to deliver.
type Item struct {
	Lane    string `json:"-"`    // of its destination: the ARN of a subscription or a target; no spaces
	Kind    string `json:"kind"` // which Handle sends it: "email", "https", …
	Account string `json:"account"`
	Region  string `json:"region"`
	Body    []byte `json:"body"`

	// Retry says how often and when it is tried; nil: as the kind's Policy says.
	Retry *Retry `json:"retry,omitempty"`
	// PerSecond bounds how many items leave the lane in a second; 0: no bound.
	PerSecond int `json:"perSecond,omitempty"`

	// ID is the same at each try, and no other item's. Enqueue sets it, as well as Enqueued.
	ID       string    `json:"id"`
	Enqueued time.Time `json:"enqueued"`
	// Tries is how often it was tried before.
	Tries int `json:"-"`
	// Overflowed says that there was no room for it: it goes to the dead letters.
	Overflowed bool `json:"overflowed,omitempty"`

	key string
}

// Policy says what becomes of the items of a kind.
type Policy struct {
	Retry Retry

	// Dead is told of an item that could not be delivered. The function that it returns runs in
	// the transaction that removes the item; it may be nil. After an error the item stays and Dead
	// is asked again, unless it is Permanent. Dead may be nil.
	Dead func(ctx context.Context, it Item, why error) (func(*store.Tx) error, error)

	// Arrived and Failed run in the transaction that notes the outcome of an item: that it
	// has arrived, or is given up. They may be nil.
	Arrived, Failed func(tx *store.Tx, it Item) error

	// Timeout bounds one try, in wall time. 0 means 30 seconds.
	Timeout time.Duration
}

// Bounds of the queue unless Options say otherwise.
const (
	DefaultPerLane = 10_000  // items of a lane
	DefaultTotal   = 200_000 // items of all lanes
	DefaultBytes   = 2 << 30 // of all lanes
	DefaultWorkers = 32      // lanes that are served at once
)

// Metrics is where the queue's own samples go.
type Metrics interface {
	Put(*store.Tx, []metric.Datum) error
}

// Options are what a Queue is made of.
type Options struct {
	DB      *store.DB
	Clock   *clock.Clock
	Log     *slog.Logger
	Metrics Metrics // may be nil

	PerLane, Total, Workers int   // 0: the default
	Bytes                   int64 // 0: the default
}

// Queue holds items until they are delivered. Its methods may be called by several goroutines
// at once.
type Queue struct {
	o     Options
	kinds map[string]kind
	early chan struct{}

	ctx     context.Context // of what is under way
	stop    context.CancelFunc
	sending sync.WaitGroup
	slots   chan struct{}

	mu      sync.Mutex
	node    string
	running map[string]string // lanes that this node serves now, and their accounts
	// finished is closed when one of them is done, and replaced.
	finished chan struct{}
	stats    Stats

	serial         atomic.Uint32
	waiting, bytes atomic.Int64 // of all lanes: what was seen last and what this node added since

	loadsMu sync.Mutex
	loads   map[string]load // likewise, by account
}

// load is what waits for an account.
type load struct{ items, bytes int64 }

type kind struct {
	send   func(context.Context, Item) error
	policy Policy
}

// New makes a queue. Handle must be called for every kind before Jobs run.
func New(o Options) *Queue {
	if o.PerLane == 0 {
		o.PerLane = DefaultPerLane
	}
	if o.Total == 0 {
		o.Total = DefaultTotal
	}
	if o.Bytes == 0 {
		o.Bytes = DefaultBytes
	}
	if o.Workers == 0 {
		o.Workers = DefaultWorkers
	}
	q := &Queue{o: o, kinds: map[string]kind{}, early: make(chan struct{}, 1), running: map[string]string{}, loads: map[string]load{}, slots: make(chan struct{}, o.Workers)}
	q.ctx, q.stop = context.WithCancel(context.Background())
	q.stats = Stats{Failures: map[string]int64{}, Dropped: map[string]int64{}, Delivered: map[string]int64{}}
	o.DB.Subscribe(q.notice)
	return q
}

// notice makes the next run come early when a lane was written, here or on another node.
func (q *Queue) notice(changes []store.Change) {
	for _, c := range changes {
		if c.Reset || c.Kind == laneKind {
			q.wake()
			return
		}
	}
}

func (q *Queue) wake() {
	select {
	case q.early <- struct{}{}:
	default:
	}
}

// Handle says who sends the items of a kind.
func (q *Queue) Handle(name string, send func(context.Context, Item) error, p Policy) {
	if p.Timeout == 0 {
		p.Timeout = 30 * time.Second
	}
	q.kinds[name] = kind{send, p}
}

// Close ends what is being sent, and waits for it. What was not known to have arrived is sent
// again.
func (q *Queue) Close() {
	q.stop()
	q.sending.Wait()
}

const itemKind = "delivery-item"

// maxLane leaves room for the rest of a key.
const maxLane = 960

// ErrLane says that a lane can't have that name.
var ErrLane = errors.New("delivery: a lane's name has 1 to 960 bytes and no spaces")

// Enqueue adds an item to its lane. It is sent after the transaction has committed.
func (q *Queue) Enqueue(tx *store.Tx, it Item) error {
	if !validLane(it.Lane) {
		return ErrLane
	}
	l, err := getLane(tx, it.Lane)
	if err != nil {
		return err
	}
	if q.full(l, &it) {
		return q.overflow(tx, l, it)
	}
	return q.insert(tx, l, it)
}

// insert writes the item and its lane.
func (q *Queue) insert(tx *store.Tx, l *lane, it Item) error {
	now := q.o.Clock.Now()
	it.Enqueued = now
	it.ID = fmt.Sprintf("%016x%08x", tx.Revision(), q.serial.Add(1))
	body, err := json.Marshal(it)
	if err != nil {
		return err
	}
	if err := tx.Insert(store.Record{Kind: itemKind, Key: l.name + " " + it.ID, Body: body}); err != nil {
		return err
	}
	if l.Depth == 0 {
		l.Kind, l.Account, l.Region, l.Oldest, l.next = it.Kind, it.Account, it.Region, now, now
	}
	l.Depth++
	l.Bytes += int64(len(it.Body))
	q.add(it, 1)
	return l.put(tx)
}

func decodeItem(r store.Record, laneName string) (Item, error) {
	it := Item{Lane: laneName, key: r.Key}
	if err := json.Unmarshal(r.Body, &it); err != nil {
		return Item{}, fmt.Errorf("decode record %s %q: %w", r.Kind, r.Key, err)
	}
	return it, nil
}
