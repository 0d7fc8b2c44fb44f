package kms

import (
	"sync"
	"time"
)

// storeRequests is how many cryptographic requests a second a custom key store takes unless
// Options say otherwise.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html
const storeRequests = 1800

// storeQuotas is how much of its request quota each custom key store has left on this node: of a
// second's worth, which comes back evenly.
type storeQuotas struct {
	rate float64 // a second

	mu   sync.Mutex
	left map[string]*bucket // by the path of the store
}

type bucket struct {
	tokens float64
	at     time.Time
}

// maxBuckets is how many stores are looked at before those that are at rest are forgotten.
const maxBuckets = 1024

func newStoreQuotas(perSecond int) *storeQuotas {
	if perSecond <= 0 {
		perSecond = storeRequests
	}
	return &storeQuotas{rate: float64(perSecond), left: map[string]*bucket{}}
}

// take takes one request off the quota of a store, if there is one left.
func (q *storeQuotas) take(path string, now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	b := q.left[path]
	if b == nil {
		if len(q.left) >= maxBuckets {
			q.forget(now)
		}
		b = &bucket{tokens: q.rate, at: now}
		q.left[path] = b
	}
	// Callers that overtake each other on the way here get the time between them once. A clock that
	// was set back begins anew.
	if passed := now.Sub(b.at); passed > 0 || passed < -time.Second {
		b.tokens, b.at = q.full(b, now), now
	}
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// full is what is in a bucket now. A clock that went back adds nothing.
func (q *storeQuotas) full(b *bucket, now time.Time) float64 {
	return min(q.rate, b.tokens+max(0, now.Sub(b.at).Seconds())*q.rate)
}

// forget drops the buckets that are full, as new ones are.
func (q *storeQuotas) forget(now time.Time) {
	for path, b := range q.left {
		if q.full(b, now) >= q.rate {
			delete(q.left, path)
		}
	}
}

// throttle refuses a cryptographic request for a key of the store ks that is one too many. It
// comes after all other refusals, and before the call of what holds the key.
func (s *Service) throttle(ks *keyStore, op string) error {
	if s.quotas.take(ks.path(), s.clock.Now()) {
		return nil
	}
	s.tellThrottled(ks, op)
	return errThrottling()
}

// tellThrottled counts a request for a key of a store that was one too many, for the quota or for
// what is behind the store.
func (s *Service) tellThrottled(ks *keyStore, op string) {
	if s.throttled != nil {
		s.throttled(StoreThrottle{Account: ks.account, Region: ks.region, Store: ks.id, Type: ks.Type, Operation: op})
	}
}
