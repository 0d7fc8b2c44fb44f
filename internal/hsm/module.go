package hsm

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/keystead/keystead/internal/hsm/wire"
)

// Module is one PKCS#11 module in its driver process. Its methods may be called by many
// goroutines.
type Module struct {
	c   Config
	all *Token // asks about all tokens

	mu       sync.Mutex
	tokens   map[tokenKey]*Token
	process  *process  // nil before the first start
	starting *starting // nil if nobody starts one
	started  bool      // there was a process
	delay    time.Duration
	notUntil time.Time     // when the next process may start
	renewAge time.Duration // the least age of a process that renew replaces
	reason   error         // why the one before ended
	closed   bool
	stop     chan struct{} // closed by Close
	retired  map[*process]bool

	restarts, calls, waits atomic.Uint64
	waitTime               atomic.Int64
	inFlight               atomic.Int64
}

// starting is a start in progress that everybody waits for who needs a process.
type starting struct {
	done    chan struct{}
	process *process
	err     error
}

// The delay before a process is started again, which doubles while processes do not last.
const (
	minDelay = 50 * time.Millisecond
	maxDelay = 5 * time.Second
)

// New starts nothing; the first call starts the driver.
func New(c Config) *Module {
	m := &Module{c: c.withDefaults(), tokens: map[tokenKey]*Token{}, retired: map[*process]bool{}, renewAge: renewAge, stop: make(chan struct{})}
	m.all = newToken(m, Selector{})
	return m
}

// Close ends the driver, and all calls with it.
func (m *Module) Close() error {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return nil
	}
	m.closed = true
	close(m.stop)
	s := m.starting
	m.mu.Unlock()
	if s != nil {
		<-s.done
	}
	m.mu.Lock()
	all := slices.Collect(maps.Keys(m.retired))
	if m.process != nil {
		all = append(all, m.process)
	}
	m.mu.Unlock()
	var wg sync.WaitGroup
	for _, p := range all {
		wg.Go(p.close)
	}
	wg.Wait()
	m.mu.Lock()
	tokens := slices.Collect(maps.Values(m.tokens))
	m.mu.Unlock()
	for _, t := range tokens {
		t.mu.Lock()
		t.forgetPIN()
		t.mu.Unlock()
	}
	return nil
}

// renewAge is how old a process must be for another one to take its place while it works.
const renewAge = maxDelay

// renew makes the next call start another process, and reports whether it does. The one that
// there is ends when its calls are done.
func (m *Module) renew(p *process) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.process != p || time.Since(p.started) < m.renewAge {
		return m.process != p
	}
	m.c.Log.Warn("the HSM driver is started anew: its module has lost its device", "pid", p.cmd.Process.Pid)
	m.process = nil
	m.retired[p] = true
	go func() {
		p.retire()
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.retired, p)
	}()
	return true
}

// Token returns the token that the selector means; the only initialized one if it is empty.
// Nothing is asked yet. The same selector gives the same Token, which knows who is logged
// in, so that all users of a token should name it in the same way.
func (m *Module) Token(s Selector) *Token {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := keyOf(s)
	t := m.tokens[k]
	if t == nil {
		t = newToken(m, s)
		m.tokens[k] = t
	}
	return t
}

// Tokens lists the tokens of the module, also those that are not initialized yet.
func (m *Module) Tokens(ctx context.Context) ([]TokenInfo, error) {
	r, err := m.all.do(ctx, &wire.Request{Op: wire.OpTokens})
	if err != nil {
		return nil, err
	}
	return r[0].Tokens, nil
}

// Stats returns the figures of now.
func (m *Module) Stats() Stats {
	s := Stats{
		Restarts: m.restarts.Load(),
		Calls:    m.calls.Load(),
		Waits:    m.waits.Load(),
		WaitTime: time.Duration(m.waitTime.Load()),
		InFlight: int(m.inFlight.Load()),
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if p := m.process; p != nil && !p.dead() {
		s.Up, s.PID = true, p.cmd.Process.Pid
	}
	return s
}

// running returns a process that takes calls, and starts one if need be.
func (m *Module) running(ctx context.Context) (*process, error) {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return nil, ErrClosed
	}
	if p := m.process; p != nil && !p.dead() {
		m.mu.Unlock()
		return p, nil
	}
	s := m.starting
	if s == nil {
		m.settleLocked()
		wait := time.Until(m.notUntil)
		if wait > m.c.Wait {
			err := fmt.Errorf("%w: %w; it is started again in %v", ErrDriver, m.reason, wait.Round(time.Millisecond))
			m.mu.Unlock()
			return nil, err
		}
		s = &starting{done: make(chan struct{})}
		m.starting = s
		go m.start(s, wait)
	}
	m.mu.Unlock()
	select {
	case <-s.done:
		return s.process, s.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// useful is how many calls a process has answered that was worth its start, however short it
// lasted.
const useful = 100

// settleLocked takes note of the end of the process.
func (m *Module) settleLocked() {
	p := m.process
	if p == nil {
		return
	}
	m.process = nil
	m.reason = p.reason
	if n := p.served.Load(); n >= useful || n > 0 && p.lasted > min(10*m.delay, maxDelay) {
		m.delay = 0
	}
	m.backOffLocked(p.endedAt)
}

// backOffLocked makes the next start wait for longer than the one before.
func (m *Module) backOffLocked(from time.Time) {
	m.delay = min(max(2*m.delay, minDelay), maxDelay)
	m.notUntil = from.Add(m.delay)
}

// start starts a process after a while.
func (m *Module) start(s *starting, wait time.Duration) {
	defer close(s.done)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		s.process, s.err = start(m.c)
	case <-m.stop:
		s.err = ErrClosed
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.starting = nil
	if s.err != nil {
		if !errors.Is(s.err, ErrClosed) {
			m.reason = s.err
			m.backOffLocked(time.Now())
			m.c.Log.Error("the HSM driver does not start", "module", m.c.Module, "error", s.err)
			s.err = fmt.Errorf("%w: %w", ErrDriver, s.err)
		}
		return
	}
	if m.started {
		m.restarts.Add(1)
	}
	m.started = true
	m.process = s.process
}
