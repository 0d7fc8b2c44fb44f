package oidc

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// How the keys of providers are kept. A key that a provider takes back is believed for
// freshFor, or for staleFor if the provider does not answer any more.
const (
	freshFor = 10 * time.Minute
	staleFor = time.Hour

	// A token may name any key. Keys are fetched for one that is not known, but no more often
	// than this: fetchBurst times, and then once in fetchEvery.
	fetchBurst = 5
	fetchEvery = 10 * time.Second

	maxProviders = 1024 // whose keys are kept
	maxKeys      = 200  // of a provider
)

// Verifier verifies tokens. It keeps the keys of the providers, and may be used by several
// goroutines at once.
type Verifier struct {
	options   Options
	mu        sync.Mutex
	providers map[string]*issuer
}

// New returns a Verifier.
func New(o Options) *Verifier {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Verifier{options: o, providers: map[string]*issuer{}}
}

// issuer has the keys of a provider.
type issuer struct {
	mu      sync.Mutex // held while keys are fetched: those who need them wait for one fetch
	keys    []jose.JSONWebKey
	fetched time.Time // when the keys came
	err     error     // of the last fetch
	spent   int       // of fetchBurst
	counted time.Time // until when spent has been paid back
}

// keySet is a provider's keys for go-oidc.
type keySet struct {
	verifier *Verifier
	provider Provider
	err      error // why VerifySignature failed
}

// VerifySignature implements oidc.KeySet.
func (k *keySet) VerifySignature(ctx context.Context, text string) (payload []byte, err error) {
	defer func() { k.err = err }()
	jws, err := jose.ParseSignedCompact(text, algorithms)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	header := jws.Signatures[0].Header
	keys, err := k.verifier.keys(ctx, k.provider, header.KeyID)
	if err != nil {
		return nil, err
	}
	for i := range keys {
		if keys[i].Algorithm != "" && keys[i].Algorithm != header.Algorithm {
			continue
		}
		if payload, err := jws.Verify(keys[i].Key); err == nil {
			return payload, nil
		}
	}
	return nil, ErrKey
}

// keys are those of the provider that a token may be signed with: the ones with the key id,
// or all if the token names none.
func (v *Verifier) keys(ctx context.Context, p Provider, id string) ([]jose.JSONWebKey, error) {
	i := v.issuer(p)
	i.mu.Lock()
	defer i.mu.Unlock()
	now := v.options.Now()
	found := i.find(id)
	if len(found) > 0 && now.Sub(i.fetched) < freshFor {
		return found, nil
	}
	if i.mayFetch(now) {
		keys, err := v.fetchKeys(ctx, p)
		if i.err = err; err == nil {
			i.keys, i.fetched = keys, now
		}
		found = i.find(id)
	}
	switch {
	case len(found) > 0 && now.Sub(i.fetched) < staleFor:
		return found, nil
	case i.err != nil:
		return nil, i.err
	}
	return nil, ErrKey
}

func (i *issuer) find(id string) []jose.JSONWebKey {
	if id == "" {
		return i.keys
	}
	var found []jose.JSONWebKey
	for _, k := range i.keys {
		if k.KeyID == id {
			found = append(found, k)
		}
	}
	return found
}

// mayFetch takes a fetch from the ration, if there is one left.
func (i *issuer) mayFetch(now time.Time) bool {
	back := int(now.Sub(i.counted) / fetchEvery)
	if i.spent -= back; i.spent <= 0 {
		i.spent, i.counted = 0, now
	} else {
		i.counted = i.counted.Add(time.Duration(back) * fetchEvery)
	}
	if i.spent >= fetchBurst {
		return false
	}
	i.spent++
	return true
}

// issuer finds the place for the keys of a provider. What was registered with other
// thumbprints or by others is another provider.
func (v *Verifier) issuer(p Provider) *issuer {
	prints := slices.Clone(p.Thumbprints)
	slices.Sort(prints)
	name := p.Trust + "\n" + p.Issuer + "\n" + strings.Join(prints, ",")
	v.mu.Lock()
	defer v.mu.Unlock()
	if i := v.providers[name]; i != nil {
		return i
	}
	if len(v.providers) >= maxProviders {
		clear(v.providers) // keys are fetched again as they are needed
	}
	i := &issuer{}
	v.providers[name] = i
	return i
}

// parseKeys reads a JSON Web Key Set. Keys that are of no use here are passed over, as the
// specification asks (RFC 7517, section 5).
func parseKeys(body []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, fmt.Errorf("read the key set: %w", err)
	}
	var keys []jose.JSONWebKey
	for _, raw := range set.Keys {
		var k jose.JSONWebKey
		if json.Unmarshal(raw, &k) == nil && useful(&k) {
			keys = append(keys, jose.JSONWebKey{Key: k.Key, KeyID: k.KeyID, Algorithm: k.Algorithm})
		}
		if len(keys) > maxKeys {
			return nil, errors.New("the key set has too many keys")
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("the key set has no usable key")
	}
	return keys, nil
}

// useful says whether a key verifies signatures that we accept, at a cost that is bounded.
func useful(k *jose.JSONWebKey) bool {
	if k.Use != "" && k.Use != "sig" || !k.Valid() || !k.IsPublic() {
		return false
	}
	switch key := k.Key.(type) {
	case *rsa.PublicKey:
		bits := key.N.BitLen()
		return bits >= 2048 && bits <= 8192
	case *ecdsa.PublicKey:
		return true
	}
	return false
}
