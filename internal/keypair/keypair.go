// Package keypair makes the pairs of keys that callers want for use outside. An RSA pair takes
// from a fifth of a second to several seconds to make, so a Pool makes some ahead of time. The
// one rule: a pair leaves the pool once.
package keypair

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/secret"
)

// Pair is a key pair in the encodings that callers get.
type Pair struct {
	Public  []byte       // DER SubjectPublicKeyInfo (RFC 5280)
	Private secret.Bytes // DER PKCS#8 (RFC 5958)
}

// Pool hands out pairs. Its methods may be called at once.
type Pool struct {
	log      *slog.Logger
	generate func(*material.Spec) (material.Key, error)
	stocks   []*stock
	making   chan struct{} // has a token for each RSA key that is being made
	changed  chan struct{} // has a token when there may be something to do for Run

	mu      sync.Mutex
	waiting int            // calls that found no pair, or want a key
	callers map[string]int // how many of them are whose
}

// stock is the pairs of one spec. Nobody may ever want any, so there are none before the first
// call for one.
type stock struct {
	spec  *material.Spec
	pairs chan Pair
	asked atomic.Bool
}

// sizes are how many pairs wait for callers. Each is of about 2 KB.
var sizes = map[types.KeySpec]int{types.KeySpecRsa2048: 32, types.KeySpecRsa3072: 16, types.KeySpecRsa4096: 8}

// maxWaiting is how many calls may wait at once, and maxWaitingOf how many of one caller: others
// are to have a turn whatever he does.
const (
	maxWaiting   = 64
	maxWaitingOf = maxWaiting / 2
)

// ErrBusy is returned when too many calls wait already.
var ErrBusy = errors.New("too many calls wait for key pairs")

// New returns an empty Pool. It fills itself while Run runs.
func New(log *slog.Logger) *Pool {
	p := &Pool{
		log: log, generate: material.Generate,
		// Half of the processors stay free for all else.
		making:  make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)),
		changed: make(chan struct{}, 1),
		callers: map[string]int{},
	}
	for _, s := range material.Specs {
		if n := sizes[s.Name]; n > 0 {
			p.stocks = append(p.stocks, &stock{spec: s, pairs: make(chan Pair, n)})
		}
	}
	return p
}

// Take returns a new pair of a spec that pairs can be of. It waits for one until ctx ends;
// ErrBusy if too many calls wait, of all callers or of this one.
func (p *Pool) Take(ctx context.Context, caller string, s *material.Spec) (Pair, error) {
	st := p.stockOf(s)
	if st == nil {
		return p.pair(s) // within milliseconds
	}
	st.asked.Store(true)
	defer p.wake()
	select {
	case pair := <-st.pairs:
		return pair, nil
	default:
	}
	if !p.enter(caller) {
		return Pair{}, ErrBusy
	}
	defer p.leave(caller)
	select {
	case pair := <-st.pairs:
		return pair, nil
	case p.making <- struct{}{}:
	case <-ctx.Done():
		return Pair{}, ctx.Err()
	}
	defer func() { <-p.making }()
	pair, err := p.pair(s)
	if err == nil && ctx.Err() != nil { // nobody waits for it any more
		st.put(pair)
		return Pair{}, ctx.Err()
	}
	return pair, err
}

// Key returns a new key that stays inside the service. It is of any spec, and none of those that
// were made ahead of time; but where making one takes long, calls wait for their turn as those
// for pairs do: until ctx ends, and ErrBusy if too many wait.
func (p *Pool) Key(ctx context.Context, caller string, s *material.Spec) (material.Key, error) {
	if p.stockOf(s) == nil {
		return p.generate(s)
	}
	if !p.enter(caller) {
		return nil, ErrBusy
	}
	defer p.wake()
	defer p.leave(caller)
	select {
	case p.making <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-p.making }()
	return p.generate(s)
}

// enter lets a call wait, if there is room for it. It must leave again.
func (p *Pool) enter(caller string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting == maxWaiting || p.callers[caller] == maxWaitingOf {
		return false
	}
	p.waiting++
	p.callers[caller]++
	return true
}

func (p *Pool) leave(caller string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting--
	if p.callers[caller]--; p.callers[caller] == 0 {
		delete(p.callers, caller)
	}
}

// busy says whether any call waits.
func (p *Pool) busy() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waiting > 0
}

// Ready is how many pairs of each spec wait for callers.
func (p *Pool) Ready() map[types.KeySpec]int {
	ready := make(map[types.KeySpec]int, len(p.stocks))
	for _, st := range p.stocks {
		ready[st.spec.Name] = len(st.pairs)
	}
	return ready
}

func (p *Pool) stockOf(s *material.Spec) *stock {
	for _, st := range p.stocks {
		if st.spec == s {
			return st
		}
	}
	return nil
}

// put keeps a pair if there is room.
func (st *stock) put(pair Pair) {
	select {
	case st.pairs <- pair:
	default:
		pair.Private.Wipe()
	}
}

// pair makes a pair.
func (p *Pool) pair(s *material.Spec) (Pair, error) {
	k, err := p.generate(s)
	if err != nil {
		return Pair{}, fmt.Errorf("make a key pair: %w", err)
	}
	a, ok := k.(material.Asymmetric)
	if !ok {
		return Pair{}, fmt.Errorf("a key of spec %s is no pair", s.Name)
	}
	return Pair{a.PublicKey(), a.PrivateKey()}, nil
}

func (p *Pool) wake() {
	select {
	case p.changed <- struct{}{}:
	default:
	}
}
