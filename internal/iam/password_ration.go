package iam

import (
	"hash/maphash"
	"math"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Guesses at passwords are rationed: for a user from one network, for that network whomever it
// asks for, and for a user from all networks. The last one bounds what many machines can guess
// together. It does not count from networks that the user has signed in from before, so that
// guesses of strangers do not lock the user out there. A password that is right gives back what
// it took. Each node rations by itself.
//
// A name that belongs to nobody has a ration like any other: the rations tell nothing.
var (
	userHereRation = ration{burst: 10, every: time.Minute}
	networkRation  = ration{burst: 50, every: 6 * time.Second}
	userRation     = ration{burst: 100, every: 36 * time.Second}
)

// ration is so many at once, and then one in each span of time.
type ration struct {
	burst float64
	every time.Duration
}

// rationSlots is how many rations of a kind are told apart.
const rationSlots = 1 << 15

// rations are rations by name. Names share a fixed number of them, by a hash that nobody
// outside can compute: the memory is bounded, and no flood of names makes one forgotten.
type rations struct {
	ration
	slots []spent
}

// spent is what is gone of a ration.
type spent struct {
	n  float64
	at time.Time
}

// guesses rations guesses at passwords. It may be used by several goroutines at once.
type guesses struct {
	mu       sync.Mutex
	seed     maphash.Seed
	userHere rations
	network  rations
	user     rations
}

func newGuesses() *guesses {
	of := func(r ration) rations { return rations{r, make([]spent, rationSlots)} }
	return &guesses{seed: maphash.MakeSeed(), userHere: of(userHereRation), network: of(networkRation), user: of(userRation)}
}

// guess is one guess: at whose password, from where.
type guess struct {
	account, user string
	network       netip.Prefix
	familiar      bool // the user has signed in from the network before
}

// one is a ration that a guess takes from.
type one struct {
	*rations
	*spent
}

// of are the rations that a guess takes from.
func (g *guesses) of(a guess) []one {
	find := func(r *rations, name string) one { return one{r, &r.slots[maphash.String(g.seed, name)%rationSlots]} }
	user, network := a.account+"/"+strings.ToLower(a.user), a.network.String()
	list := []one{find(&g.userHere, user+"\n"+network), find(&g.network, network)}
	if !a.familiar {
		list = append(list, find(&g.user, user))
	}
	return list
}

// take takes a guess from all its rations. If one has nothing left, it takes none and says how
// long that one needs.
func (g *guesses) take(a guess, now time.Time) (wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := g.of(a)
	for _, o := range list {
		o.n = max(0, o.n-float64(now.Sub(o.at))/float64(o.every))
		o.at = now
		if missing := o.n + 1 - o.burst; missing > 0 {
			wait = max(wait, time.Duration(math.Ceil(missing*float64(o.every))))
		}
	}
	if wait > 0 {
		return wait
	}
	for _, o := range list {
		o.n++
	}
	return 0
}

// giveBack gives back what take took.
func (g *guesses) giveBack(a guess) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, o := range g.of(a) {
		o.n = max(0, o.n-1)
	}
}

// networkOf is what counts as one place: an IPv4 address, or the network of IPv6 that one
// client has to itself.
func networkOf(a netip.Addr) netip.Prefix {
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // an unknown address is a place too
	return p
}
