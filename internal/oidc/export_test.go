package oidc

import "github.com/go-jose/go-jose/v4"

// ParseKeys is parseKeys.
func ParseKeys(body []byte) ([]jose.JSONWebKey, error) { return parseKeys(body) }

// WithKeys is a Verifier that has the keys of a provider already.
func WithKeys(p Provider, keys []jose.JSONWebKey) *Verifier {
	v := New(Options{})
	i := v.issuer(p)
	i.keys, i.fetched = keys, v.options.Now()
	i.spent, i.counted = fetchBurst, v.options.Now()
	return v
}
