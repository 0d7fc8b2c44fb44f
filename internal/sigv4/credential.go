package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/keystead/keystead/internal/secret"
)

// maxSigningKeys bounds the signing keys that a credential remembers: some days, Regions
// and services.
const maxSigningKeys = 64

// Credential is an access key with its secret, and the signing keys derived from it so
// far. A Source that returns the same Credential again saves their derivation. It may be
// used by several goroutines at once.
type Credential struct {
	AccessKeyID string
	Owner       any // whatever the Source wants to find again in the Result

	secret secret.Bytes
	mu     sync.Mutex                    // held while keys is replaced
	keys   atomic.Pointer[[]*signingKey] // the slice itself never changes; nil at first
}

// NewCredential makes a credential, which keeps the secret access key.
func NewCredential(accessKeyID string, secretAccessKey secret.Bytes, owner any) *Credential {
	return &Credential{AccessKeyID: accessKeyID, Owner: owner, secret: secretAccessKey}
}

// signingKey is the key for one day, Region and service. Its MACs are pooled, because
// making one costs more than using it.
type signingKey struct {
	date, region, service string
	macs                  sync.Pool
}

// verify tells whether the authorization's signature is that of the string to sign.
func (c *Credential) verify(a *authorization, stringToSign []byte, now time.Time) bool {
	k := c.signingKey(a)
	derived := k == nil
	if derived {
		k = c.derive(a)
	}
	if !k.verify(stringToSign, a.signature) {
		return false
	}
	if derived {
		c.remember(k, now)
	}
	return true
}

// signingKey returns the key for a's scope if it is remembered, else nil.
func (c *Credential) signingKey(a *authorization) *signingKey {
	keys := c.keys.Load()
	if keys == nil {
		return nil
	}
	for _, k := range *keys {
		if k.date == a.date && k.region == a.region && k.service == a.service {
			return k
		}
	}
	return nil
}

// remember keeps a key that has verified a signature, so that strangers can't fill the
// memory. Only the days around now are worth a place.
func (c *Credential) remember(k *signingKey, now time.Time) {
	oldest := now.AddDate(0, 0, -1).Format(dateLayout)
	if k.date < oldest {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var keys []*signingKey
	if old := c.keys.Load(); old != nil {
		keys = slices.DeleteFunc(slices.Clone(*old), func(o *signingKey) bool {
			return o.date < oldest || o.date == k.date && o.region == k.region && o.service == k.service
		})
	}
	if len(keys) >= maxSigningKeys {
		keys = keys[1:]
	}
	keys = append(keys, k)
	c.keys.Store(&keys)
}

// derive makes the signing key for a's scope.
func (c *Credential) derive(a *authorization) *signingKey {
	key := append([]byte("AWS4"), c.secret.Expose()...)
	for _, part := range []string{a.date, a.region, a.service, terminator} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		clear(key)
		key = mac.Sum(key[:0])
	}
	return &signingKey{
		// The parts are slices of a header; the key must not keep all of it in memory.
		date: strings.Clone(a.date), region: strings.Clone(a.region), service: strings.Clone(a.service),
		macs: sync.Pool{New: func() any { return &pooledMAC{mac: hmac.New(sha256.New, key)} }},
	}
}

// pooledMAC is a MAC and room for what it makes, which would escape to the heap otherwise.
type pooledMAC struct {
	mac hash.Hash
	sum [sha256.Size]byte
	hex [2 * sha256.Size]byte
}

func (k *signingKey) verify(stringToSign []byte, signature string) bool {
	m := k.macs.Get().(*pooledMAC)
	defer k.macs.Put(m)
	m.mac.Reset()
	m.mac.Write(stringToSign)
	hex.Encode(m.hex[:], m.mac.Sum(m.sum[:0]))
	return hmac.Equal(m.hex[:], []byte(signature))
}
