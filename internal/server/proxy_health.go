package server

import (
	"fmt"
	"sync"
	"time"

	"github.com/keystead/keystead/internal/keystore/external"
)

// proxyHealth knows which external key store proxies this node has found out of order. Who asks
// needs no credentials, so that it tells how many there are, and not which.
type proxyHealth struct {
	mu      sync.Mutex
	failing map[string]time.Time // by key store: the last call that failed, in wall time
}

// forgotten is how long after the last call that failed a key store counts: one that is
// connected is asked for its health each minute, by one of the nodes.
const forgotten = 3 * time.Minute

// note remembers what became of a call. A proxy that refuses is in order. One that somebody tries to
// give to a key store is nobody's yet.
func (h *proxyHealth) note(o external.Observation, now time.Time) {
	if o.KMSOperation == "CreateCustomKeyStore" || o.KMSOperation == "UpdateCustomKeyStore" {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if o.ErrorName == "" || !o.Retryable {
		delete(h.failing, o.Proxy.Store)
		return
	}
	if h.failing == nil {
		h.failing = map[string]time.Time{}
	}
	if _, known := h.failing[o.Proxy.Store]; !known {
		h.forget(now)
	}
	h.failing[o.Proxy.Store] = now
}

// count is how many key stores have a proxy that fails.
func (h *proxyHealth) count(now time.Time) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forget(now)
	return len(h.failing)
}

func (h *proxyHealth) forget(now time.Time) {
	for store, last := range h.failing {
		if now.Sub(last) > forgotten {
			delete(h.failing, store)
		}
	}
}

// keyStoreNotes are what custom key stores can't do. Other keys are none the worse for it.
func (s *Server) keyStoreNotes() map[string]string {
	notes := map[string]string{}
	if n := s.keyStores.health.count(time.Now()); n > 0 {
		notes["external key stores"] = fmt.Sprintf("proxies that fail: %d", n)
	}
	if n := s.keyStores.clusters.Stats().Failing; n > 0 {
		notes["HSMs"] = fmt.Sprintf("HSMs that fail: %d", n)
	}
	return notes
}
