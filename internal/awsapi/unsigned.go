package awsapi

import (
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/keystead/keystead/internal/clock"
)

// Whoever can reach the listener can send what needs no signature, and each such call costs
// work and a line in the journal. So calls that fail are rationed, for each source and for
// all together; a call that succeeds gives back what it took.
const (
	maxUnsignedBody = 64 << 10 // bytes; a token has at most 20,000

	sourceBurst, sourceRate = 200, 20   // calls at once, and in each second after that
	totalBurst, totalRate   = 2000, 200 // of all sources

	maxSources = 4096 // that are told apart; further ones share a ration
)

// gate rations the calls that nobody has signed. It may be used by several goroutines at
// once.
type gate struct {
	clock   *clock.Clock
	mu      sync.Mutex
	sources map[netip.Prefix]*ration
	others  ration // of the sources that there is no place for
	total   ration
}

// ration is a token bucket. The zero value is a full one.
type ration struct {
	spent float64 // of the burst
	at    time.Time
}

// refill accounts for the time since the last call.
func (r *ration) refill(now time.Time, rate float64) {
	r.spent = max(0, r.spent-rate*now.Sub(r.at).Seconds())
	r.at = now
}

func newGate(c *clock.Clock) *gate {
	return &gate{clock: c, sources: map[netip.Prefix]*ration{}}
}

// admit takes a call from the rations, or says that there is none left.
func (g *gate) admit(source netip.Addr) bool {
	now := g.clock.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.rationLocked(source, now)
	r.refill(now, sourceRate)
	g.total.refill(now, totalRate)
	if r.spent+1 > sourceBurst || g.total.spent+1 > totalBurst {
		return false
	}
	r.spent++
	g.total.spent++
	return true
}

// refund gives back what admit took.
func (g *gate) refund(source netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.rationLocked(source, g.clock.Now())
	r.spent = max(0, r.spent-1)
	g.total.spent = max(0, g.total.spent-1)
}

func (g *gate) rationLocked(source netip.Addr, now time.Time) *ration {
	network := networkOf(source)
	if r := g.sources[network]; r != nil {
		return r
	}
	if len(g.sources) >= maxSources {
		g.forgetLocked(now)
	}
	if len(g.sources) >= maxSources {
		return &g.others
	}
	r := &ration{at: now}
	g.sources[network] = r
	return r
}

// forgetLocked drops the sources whose rations are whole again.
func (g *gate) forgetLocked(now time.Time) {
	for network, r := range g.sources {
		if r.refill(now, sourceRate); r.spent == 0 {
			delete(g.sources, network)
		}
	}
}

// networkOf is what counts as one source: an IPv4 address, or the network of IPv6 that one
// client has to itself.
func networkOf(a netip.Addr) netip.Prefix {
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // an unknown address is a source too
	return p
}

// admitUnsigned refuses an unsigned call that is too large or one too many. Such a call
// leaves no record: records are what is rationed.
func (h *Handler) admitUnsigned(c *call) *fault {
	if len(c.raw) > maxUnsignedBody || len(c.body) > maxUnsignedBody {
		return requestFault(c.proto.words(), errTooLarge)
	}
	if !h.unsigned.admit(remoteIP(c.r)) {
		return &fault{code: "Throttling", message: "Rate exceeded", status: http.StatusBadRequest}
	}
	return nil
}
