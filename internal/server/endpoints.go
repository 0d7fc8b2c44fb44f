package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/keystead/keystead/internal/vpc"
)

// endpoints has the listeners of private endpoints on this node, one for each. It follows
// what package vpc keeps: Watch says that something changed, Follow brings the listeners in
// line. It implements vpc.Listeners.
type endpoints struct {
	log     *slog.Logger
	doors   func(context.Context) ([]vpc.Door, error) // all endpoints
	serves  func(region string) bool                  // whether this node answers for a Region
	listen  func(address string) (net.Listener, error)
	serve   func(d vpc.Door) *http.Server
	renamed func() // the private DNS names are others

	book    *addressBook
	changed chan struct{} // asks for Follow
	dirty   atomic.Bool   // something changed since Follow last began
	turn    chan struct{} // holds the right to follow

	mu     sync.Mutex
	gates  map[string]*gate // by key of the endpoint
	failed map[string]error // why there is none
	closed bool

	names atomic.Pointer[[]string] // private DNS names of the open gates
}

// gate is the open listener of an endpoint.
type gate struct {
	door     vpc.Door
	address  string
	listener net.Listener
	server   *http.Server
	reserved bool // for an endpoint that is being made
}

var errStopping = errors.New("the server is stopping")

// notice says that endpoints have changed. It does not wait.
func (e *endpoints) notice() {
	e.dirty.Store(true)
	select {
	case e.changed <- struct{}{}:
	default:
	}
}

// retryEvery is how often a listener that could not be opened is tried again.
const retryEvery = 5 * time.Second

// run follows changes until ctx ends.
func (e *endpoints) run(ctx context.Context) {
	tick := time.NewTicker(retryEvery)
	defer tick.Stop()
	for {
		select {
		case <-e.changed:
		case <-tick.C:
			if len(e.failures()) > 0 {
				e.dirty.Store(true)
			}
		case <-ctx.Done():
			return
		}
		if err := e.Follow(ctx); err != nil && ctx.Err() == nil {
			e.log.ErrorContext(ctx, "private endpoints can't be followed", "error", err)
		}
	}
}

// Follow implements vpc.Listeners.
func (e *endpoints) Follow(ctx context.Context) error {
	select {
	case e.turn <- struct{}{}:
		defer func() { <-e.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if !e.dirty.Swap(false) {
		return nil
	}
	before := e.keys() // a gate that is opened from now on may be of an endpoint newer than the list
	doors, err := e.doors(ctx)
	if err != nil {
		e.dirty.Store(true)
		return fmt.Errorf("list private endpoints: %w", err)
	}
	e.align(before, doors)
	return nil
}

// keys are those of the endpoints that have a gate or an address.
func (e *endpoints) keys() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var keys []string
	for key, g := range e.gates {
		if !g.reserved {
			keys = append(keys, key)
		}
	}
	for key := range e.book.of {
		if e.gates[key] == nil {
			keys = append(keys, key)
		}
	}
	for key := range e.failed {
		keys = append(keys, key)
	}
	return keys
}

// align closes the gates of endpoints that are gone and opens those that are missing: first
// those that had an address before, so that no other takes it.
func (e *endpoints) align(before []string, doors []vpc.Door) {
	there := map[string]bool{}
	for _, d := range doors {
		there[d.Key] = true
	}
	for _, key := range before {
		if !there[key] {
			e.close(key)
		}
	}
	known := map[string]bool{}
	for _, key := range before {
		known[key] = true
	}
	for _, first := range []bool{true, false} {
		for _, d := range doors {
			if known[d.Key] != first || !e.serves(d.Region) {
				continue
			}
			if err := e.open(d, false); err != nil {
				e.fail(d, err)
			}
		}
	}
	e.rename()
}

// rename notes which private DNS names there are.
func (e *endpoints) rename() {
	e.mu.Lock()
	set := map[string]bool{}
	for _, g := range e.gates {
		if g.door.PrivateDNS != "" {
			set[g.door.PrivateDNS] = true
		}
	}
	names := slices.Sorted(maps.Keys(set))
	old := e.names.Swap(&names)
	e.mu.Unlock()
	if old == nil || !slices.Equal(*old, names) {
		e.renamed()
	}
}

// hostNames are the private DNS names of the open endpoints.
func (e *endpoints) hostNames() []string {
	if names := e.names.Load(); names != nil {
		return *names
	}
	return nil
}

// fail notes, and logs once, that the listener of an endpoint can't be opened.
func (e *endpoints) fail(d vpc.Door, err error) {
	e.mu.Lock()
	old, stopping := e.failed[d.Key], e.closed
	if e.gates[d.Key] == nil {
		e.failed[d.Key] = err
	}
	e.mu.Unlock()
	if !stopping && (old == nil || old.Error() != err.Error()) {
		e.log.Error("the listener of a private endpoint can't be opened", "endpoint", d.ID, "vpc", d.VPC, "error", err)
	}
}

// Reserve implements vpc.Listeners.
func (e *endpoints) Reserve(d vpc.Door) (done func(made bool), err error) {
	if err := e.open(d, true); err != nil {
		return nil, err
	}
	return func(made bool) {
		if !made {
			e.close(d.Key)
			return
		}
		e.mu.Lock()
		if g := e.gates[d.Key]; g != nil {
			g.reserved = false
		}
		e.mu.Unlock()
		// It may have been deleted meanwhile, when it was still reserved.
		e.notice()
		e.rename()
	}, nil
}

// open opens the gate of an endpoint if it is not open.
func (e *endpoints) open(d vpc.Door, reserved bool) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return errStopping
	}
	if g := e.gates[d.Key]; g != nil {
		g.door = d
		return nil
	}
	l, address, err := e.book.listen(d, e.listen)
	if err != nil {
		return err
	}
	g := &gate{door: d, address: address, listener: l, server: e.serve(d), reserved: reserved}
	e.gates[d.Key] = g
	delete(e.failed, d.Key)
	e.log.Info("a private endpoint is open", "endpoint", d.ID, "vpc", d.VPC, "region", d.Region, "address", address)
	go e.accept(g, d)
	return nil
}

// accept serves a gate until it is closed. If it ends otherwise, it is opened again later.
func (e *endpoints) accept(g *gate, d vpc.Door) {
	err := g.server.Serve(g.listener)
	if errors.Is(err, http.ErrServerClosed) {
		return
	}
	e.mu.Lock()
	if e.gates[d.Key] == g {
		delete(e.gates, d.Key)
	}
	e.mu.Unlock()
	g.close()
	e.fail(d, err)
}

// close closes the gate of an endpoint that is gone, with all its connections, and forgets
// its address.
func (e *endpoints) close(key string) {
	e.mu.Lock()
	g := e.gates[key]
	delete(e.gates, key)
	delete(e.failed, key)
	e.book.forget(key)
	e.mu.Unlock()
	if g == nil {
		return
	}
	g.close()
	e.log.Info("a private endpoint is closed", "endpoint", g.door.ID, "vpc", g.door.VPC, "address", g.address)
}

func (g *gate) close() {
	_ = g.server.Close()   // connections that are already closed are no concern
	_ = g.listener.Close() // if the server had not begun to serve; else it is closed already
}

// At implements vpc.Listeners.
func (e *endpoints) At(key string) (at string, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if g := e.gates[key]; g != nil {
		return g.address, nil
	}
	return "", e.failed[key]
}

// failures are the ids of the endpoints that have no gate.
func (e *endpoints) failures() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Sorted(maps.Keys(e.failed))
}

// stop lets no gate be opened any more, and returns those that are.
func (e *endpoints) stop() []*gate {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	return slices.Collect(maps.Values(e.gates))
}

// shutdown lets the requests in flight finish.
func (e *endpoints) shutdown(ctx context.Context) error {
	gates := e.stop()
	errs := make([]error, len(gates))
	var wg sync.WaitGroup
	for i, g := range gates {
		wg.Go(func() {
			if err := g.server.Shutdown(ctx); err != nil {
				errs[i] = fmt.Errorf("private endpoint %s: %w", g.door.ID, err)
				g.close()
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// closeAll closes everything at once.
func (e *endpoints) closeAll() {
	for _, g := range e.stop() {
		g.close()
	}
}
