package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/delivery"
	"github.com/keystead/keystead/internal/job"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// world is a database with a receiver that fails as the test wants.
type world struct {
	t      testing.TB
	db     *store.DB
	clock  *clock.Clock
	mu     sync.Mutex
	got    []string // what has arrived
	ids    map[string]int
	tries  map[string][]time.Duration // when each was tried, since start
	dead   []string
	metric map[string]float64
	gauge  []float64 // samples of DeliveryBacklog
	fails  func(it delivery.Item) error
}

func engines(t *testing.T, test func(t *testing.T, w *world)) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		w := &world{t: t, clock: clock.At(start), ids: map[string]int{}, tries: map[string][]time.Duration{}, metric: map[string]float64{}}
		w.db = storetest.Open(t, store.Options{URL: fresh(t), Sealer: storetest.Sealer(t)})
		test(t, w)
	})
}

// Put implements delivery.Metrics.
func (w *world) Put(_ *store.Tx, data []metric.Datum) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range data {
		if d.Name == "DeliveryBacklog" {
			w.gauge = append(w.gauge, d.Values[0])
		}
		w.metric[d.Namespace+"/"+d.Name+"/"+d.Dimensions[0].Value+"/"+d.Account] += d.Values[0]
	}
	return nil
}

// node is a queue with its jobs.
type node struct {
	*delivery.Queue
	w    *world
	jobs *job.Scheduler
}

func (w *world) node(name string, o delivery.Options, retry delivery.Retry) *node {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.DB, o.Clock, o.Metrics = w.db, w.clock, w
	n := &node{delivery.New(o), w, nil}
	n.Handle("test", w.receive, delivery.Policy{Retry: retry, Dead: w.bury})
	n.jobs = &job.Scheduler{DB: w.db, Clock: w.clock, Node: name, Log: o.Log, Jobs: n.Jobs(name)}
	w.t.Cleanup(n.Close)
	return n
}

func (w *world) receive(ctx context.Context, it delivery.Item) error {
	w.mu.Lock()
	w.tries[string(it.Body)] = append(w.tries[string(it.Body)], w.clock.Now().Sub(start))
	fails := w.fails
	w.mu.Unlock()
	if fails != nil {
		if err := fails(it); err != nil {
			return err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.got = append(w.got, string(it.Body))
	w.ids[it.ID]++
	return ctx.Err()
}

func (w *world) bury(_ context.Context, it delivery.Item, why error) (func(*store.Tx) error, error) {
	return func(*store.Tx) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.dead = append(w.dead, string(it.Body)+": "+why.Error())
		return nil
	}, nil
}

func (n *node) enqueue(lane string, bodies ...string) {
	n.w.t.Helper()
	for _, b := range bodies {
		err := n.w.db.Update(context.Background(), func(tx *store.Tx) error {
			return n.Enqueue(tx, delivery.Item{Lane: lane, Kind: "test", Account: "111122223333", Region: "us-east-1", Body: []byte(b)})
		})
		if err != nil {
			n.w.t.Fatal(err)
		}
	}
}

// run does what is due until nothing is.
func (n *node) run() {
	n.jobs.RunAll(context.Background())
	n.jobs.RunAll(context.Background())
}

func (w *world) want(what string, got []string, want ...string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Equal(got, want) {
		w.t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// TestOrder: what comes into a lane leaves it once and in order.
func TestOrder(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		n := w.node("a", delivery.Options{}, delivery.ForHTTP)
		var all []string
		for i := range 20 {
			all = append(all, fmt.Sprint(i))
		}
		n.enqueue("lane", all...)
		n.run()
		for range 5 {
			n.run()
		}
		w.want("arrived", w.got, all...)
		for id, times := range w.ids {
			if times != 1 {
				t.Errorf("%s came %d times", id, times)
			}
		}
		if s := n.Stats(); s.Delivered["test"] != 20 || len(n.Health()) != 0 {
			t.Errorf("stats %+v, health %v", s, n.Health())
		}
		left, err := w.db.Scan(t.Context(), "delivery-lane", store.Range{})
		if err != nil || len(left) != 0 {
			t.Errorf("lanes are left: %v, %v", left, err)
		}
	})
}

// TestDeadDestination: it holds up no other, is tried as its policy says, and is told of.
func TestDeadDestination(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.fails = func(it delivery.Item) error {
			if it.Lane == "dead" {
				return errors.New("connection refused")
			}
			return nil
		}
		n := w.node("a", delivery.Options{}, delivery.ForHTTP)
		n.enqueue("dead", "1", "2")
		n.enqueue("alive", "3")
		n.run()
		w.want("arrived", w.got, "3")
		h := n.Health()
		if len(h) != 1 || h[0].Kind != "test" || h[0].Lanes != 1 || h[0].Items != 2 || strings.Contains(h[0].String(), "dead") {
			t.Errorf("health: %v", h)
		}
		for range 4 {
			w.clock.Advance(20 * time.Second)
			n.run()
		}
		if got := w.tries["1"]; len(got) != 4 || got[3] != time.Minute {
			t.Errorf("tried at %v", got)
		}
		w.want("dead letters", w.dead, "1: connection refused", "2: connection refused")
		if w.metric["Keystead/DeliveryFailures/test/111122223333"] < 5 || w.metric["Keystead/DeliveryBacklog/test/111122223333"] == 0 {
			t.Errorf("metrics: %v", w.metric)
		}
	})
}

// down has every try fail until the function that it returns is called.
func (w *world) down() (up func()) {
	var back atomic.Bool
	w.fails = func(delivery.Item) error {
		if back.Load() {
			return nil
		}
		return errors.New("down")
	}
	return func() { back.Store(true) }
}

// TestResume: what waits for a destination arrives when that is back, in order.
func TestResume(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		up := w.down()
		n := w.node("a", delivery.Options{}, delivery.ForMail)
		n.enqueue("lane", "1", "2", "3")
		n.run()
		for range 50 {
			w.clock.Advance(10 * time.Minute)
			n.run()
		}
		up()
		w.want("arrived", w.got)
		w.clock.Advance(10 * time.Minute)
		n.run()
		w.want("arrived", w.got, "1", "2", "3")
		w.want("dead letters", w.dead)
	})
}

// TestBacklog: a backlog has samples while there is one and one more when there is none, through
// the end of the node that saw it last.
func TestBacklog(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		up := w.down()
		n := w.node("a", delivery.Options{}, delivery.ForHTTP)
		n.enqueue("lane", "1", "2")
		n.jobs.RunAll(t.Context())
		n.Close()
		up()
		w.clock.Advance(time.Minute)
		n = w.node("a", delivery.Options{}, delivery.ForHTTP)
		n.jobs.RunAll(t.Context())
		n.jobs.RunAll(t.Context())
		w.want("arrived", w.got, "1", "2")
		if !slices.Equal(w.gauge, []float64{2, 0}) {
			t.Errorf("the samples are %v", w.gauge)
		}
	})
}

// TestPermanent: what is refused for good is not tried again, and what nobody wants is no failure.
func TestPermanent(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.fails = func(it delivery.Item) error {
			switch string(it.Body) {
			case "refused":
				return delivery.Permanent(errors.New("no such mailbox"))
			case "unwanted":
				return delivery.ErrUnwanted
			case "panics":
				panic("oops")
			}
			return nil
		}
		n := w.node("a", delivery.Options{}, delivery.Retry{})
		n.enqueue("lane", "refused", "unwanted", "panics", "good")
		n.run()
		w.want("arrived", w.got, "good")
		w.want("dead letters", w.dead, "refused: no such mailbox", "panics: panic: oops")
		if got := w.metric["Keystead/DeliveryFailures/test/111122223333"]; got != 2 {
			t.Errorf("%v failures", got)
		}
	})
}

// TestUnreadable: records that can't be read hold up their own lanes, which are looked at again
// after a while and not all the time.
func TestUnreadable(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		var log strings.Builder
		n := w.node("a", delivery.Options{Log: slog.New(slog.NewTextHandler(&log, nil))}, delivery.ForHTTP)
		n.enqueue("item", "1")
		n.enqueue("lane", "2")
		n.enqueue("good", "3")
		err := w.db.Update(t.Context(), func(tx *store.Tx) error {
			items, err := tx.Scan("delivery-item", store.Range{Prefix: "item ", Limit: 1})
			if err != nil {
				return err
			}
			lane, err := tx.Get("delivery-lane", "lane")
			if err != nil {
				return err
			}
			items[0].Body, lane.Body = []byte("x"), []byte("x")
			return errors.Join(tx.Put(items[0]), tx.Put(lane))
		})
		if err != nil {
			t.Fatal(err)
		}
		n.run()
		w.want("arrived", w.got, "3")
		if got := strings.Count(log.String(), "decode record delivery-item"); got != 1 {
			t.Errorf("the item was read %d times:\n%s", got, log.String())
		}
		if s := n.Stats(); s.Waiting["test"].Items != 1 {
			t.Errorf("stats: %+v", s)
		}
		w.clock.Advance(time.Minute)
		n.run()
		if got := strings.Count(log.String(), "decode record delivery-item"); got != 2 {
			t.Errorf("the item was read %d times", got)
		}
	})
}

// TestBounds: the newest are dropped, to the dead letters, and told of.
func TestBounds(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		up := w.down()
		n := w.node("a", delivery.Options{PerLane: 3}, delivery.ForMail)
		n.enqueue("lane", "1", "2", "3", "4", "5")
		n.run()
		w.want("dead letters", w.dead, "4: too many items waited already", "5: too many items waited already")
		h := n.Health()
		if len(h) != 1 || !h[0].Full || h[0].Items != 3 {
			t.Errorf("health: %v", h)
		}
		up()
		w.clock.Advance(time.Minute)
		n.run()
		w.want("arrived", w.got, "1", "2", "3")
		if h := n.Health(); len(h) != 0 {
			t.Errorf("health: %v", h)
		}
		if s := n.Stats(); s.Dropped["test"] < 2 {
			t.Errorf("stats: %+v", s)
		}
	})
}

// TestShare: an account that fills the queue leaves room for the others.
func TestShare(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.fails = func(it delivery.Item) error {
			if it.Account == "444455556666" {
				return nil
			}
			return errors.New("down")
		}
		n := w.node("a", delivery.Options{Total: 40}, delivery.ForMail)
		for i := range 50 {
			n.enqueue(fmt.Sprintf("lane-%d", i), fmt.Sprint(i))
		}
		if s := n.Stats(); s.Dropped["test"] != 40 {
			t.Errorf("%d of 50 were dropped", s.Dropped["test"])
		}
		err := w.db.Update(t.Context(), func(tx *store.Tx) error {
			return n.Enqueue(tx, delivery.Item{Lane: "other", Kind: "test", Account: "444455556666", Region: "us-east-1", Body: []byte("of another account")})
		})
		if err != nil {
			t.Fatal(err)
		}
		n.run()
		w.want("arrived", w.got, "of another account")
	})
}

// TestSlowAccount: destinations of one account that do not answer leave workers to the others.
func TestSlowAccount(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		hang, arrived := make(chan struct{}), make(chan struct{})
		w.fails = func(it delivery.Item) error {
			if it.Account == "444455556666" {
				close(arrived)
				return nil
			}
			<-hang
			return nil
		}
		n := w.node("a", delivery.Options{Workers: 4}, delivery.ForHTTP)
		for i := range 20 {
			n.enqueue(fmt.Sprintf("lane-%d", i), fmt.Sprint(i))
		}
		err := w.db.Update(t.Context(), func(tx *store.Tx) error {
			return n.Enqueue(tx, delivery.Item{Lane: "other", Kind: "test", Account: "444455556666", Region: "us-east-1", Body: []byte("of another account")})
		})
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() { defer close(done); n.run() }()
		select {
		case <-arrived:
		case <-time.After(20 * time.Second):
			t.Error("the other account's item waits for those that do not answer")
		}
		close(hang)
		<-done
	})
}

// TestKilled: a node that is killed between sending and noting it repeats the item with the same
// id; another node takes its lane over when the claim has ended.
func TestKilled(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		a := w.node("a", delivery.Options{}, delivery.ForHTTP)
		inside, go_on := make(chan struct{}), make(chan struct{})
		w.fails = func(it delivery.Item) error {
			if string(it.Body) == "1" {
				select {
				case <-inside:
				default:
					close(inside)
					<-go_on
				}
			}
			return nil
		}
		a.enqueue("lane", "1", "2")
		ctx, kill := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); a.jobs.RunAll(ctx) }()
		<-inside
		kill()
		go a.Close() // what it sends comes to nothing
		b := w.node("b", delivery.Options{}, delivery.ForHTTP)
		b.run()
		w.want("arrived", w.got)
		close(go_on)
		<-done
		a.Close()
		w.clock.Advance(2 * time.Minute)
		b.run()
		w.mu.Lock()
		defer w.mu.Unlock()
		if !slices.Equal(w.got, []string{"1", "1", "2"}) || len(w.ids) != 2 {
			t.Errorf("arrived: %q with ids %v", w.got, w.ids)
		}
	})
}

// TestRestart: a node that starts again under its name does not wait for its own claim.
func TestRestart(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		a := w.node("a", delivery.Options{}, delivery.ForHTTP)
		a.enqueue("lane", "1")
		stuck := make(chan struct{})
		defer close(stuck)
		w.fails = func(delivery.Item) error { <-stuck; return nil }
		go a.jobs.RunAll(t.Context())
		for {
			w.mu.Lock()
			n := len(w.tries["1"])
			w.mu.Unlock()
			if n > 0 {
				break
			}
			time.Sleep(time.Millisecond)
		}
		w.mu.Lock()
		w.fails = nil
		w.mu.Unlock()
		again := w.node("a", delivery.Options{}, delivery.ForHTTP)
		again.run()
		w.want("arrived", w.got, "1")
	})
}

// TestNoStall: a destination that does not answer delays no other.
func TestNoStall(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		stuck := make(chan struct{})
		w.fails = func(it delivery.Item) error {
			if it.Lane == "stuck" {
				<-stuck
			}
			return nil
		}
		n := w.node("a", delivery.Options{}, delivery.ForHTTP)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); n.jobs.Run(ctx) }()
		n.enqueue("stuck", "1")
		began := time.Now()
		n.enqueue("free", "2")
		for time.Since(began) < 10*time.Second {
			w.mu.Lock()
			arrived := len(w.got)
			w.mu.Unlock()
			if arrived > 0 {
				break
			}
			time.Sleep(time.Millisecond)
		}
		w.want("arrived", w.got, "2")
		if d := time.Since(began); d > 5*time.Second {
			t.Errorf("it took %s", d)
		}
		close(stuck)
		stop()
		<-done
	})
}

// TestTwoNodes: each item is sent by one of them.
func TestTwoNodes(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		a, b := w.node("a", delivery.Options{}, delivery.ForHTTP), w.node("b", delivery.Options{}, delivery.ForHTTP)
		for i := range 40 {
			a.enqueue(fmt.Sprint("lane", i%8), fmt.Sprint(i))
		}
		var wg sync.WaitGroup
		for _, n := range []*node{a, b} {
			wg.Go(func() { n.run(); n.run() })
		}
		wg.Wait()
		a.run()
		w.mu.Lock()
		defer w.mu.Unlock()
		if len(w.got) != 40 || len(w.ids) != 40 {
			t.Errorf("%d arrived, with %d ids", len(w.got), len(w.ids))
		}
	})
}

// TestRetry compares the policies with AWS's table.
//
// Source: https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
func TestRetry(t *testing.T) {
	t.Parallel()
	count := func(r delivery.Retry) (n int) {
		for {
			if _, ok := r.Wait(n + 1); !ok {
				return n
			}
			n++
		}
	}
	if n := count(delivery.ForManaged); n != 100_015 || delivery.ForManaged.Total() < 23*24*time.Hour || delivery.ForManaged.Total() > 24*24*time.Hour {
		t.Errorf("managed: %d tries in %s", n, delivery.ForManaged.Total())
	}
	if n := count(delivery.ForHTTP); n != 3 || delivery.ForHTTP.Total() != time.Minute {
		t.Errorf("HTTP: %d tries in %s", n, delivery.ForHTTP.Total())
	}
	for _, f := range []string{"linear", "arithmetic", "geometric", "exponential"} {
		r := delivery.Retry{Immediate: 2, Before: 1, Growing: 5, After: 1, Min: 2 * time.Second, Max: 60 * time.Second, Function: f}
		var last time.Duration
		for n := 1; n <= 9; n++ {
			wait, ok := r.Wait(n)
			if !ok || wait < last || n <= 2 && wait != 0 || n == 3 && wait != r.Min || n == 4 && wait != r.Min || n >= 8 && wait != r.Max {
				t.Errorf("%s: try %d after %s, %v", f, n, wait, ok)
			}
			last = wait
		}
	}
}
