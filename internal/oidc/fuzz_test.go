package oidc_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/keystead/keystead/internal/oidc"
	"github.com/keystead/keystead/internal/oidc/oidctest"
)

// fixedKey is a key that is the same in each process, so that kept inputs stay valid.
func fixedKey() *ecdsa.PrivateKey {
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{7}, 32))
	if err != nil {
		panic(err)
	}
	return k
}

// FuzzVerify: no text is taken for a token but those that the provider signed.
func FuzzVerify(f *testing.F) {
	const issuer = "https://oidc.example/id"
	p := oidc.Provider{Issuer: issuer}
	k := fixedKey()
	v := oidc.WithKeys(p, []jose.JSONWebKey{{Key: k.Public(), KeyID: "k"}})
	good := oidctest.Sign(f, k, "k", jose.ES256, map[string]any{"iss": issuer, "sub": "pod", "aud": "sts.amazonaws.com", "iat": 1, "exp": 1 << 40})
	if _, err := v.Verify(f.Context(), p, good); err != nil {
		f.Fatalf("a good token: %v", err)
	}
	signed := good[:strings.LastIndexByte(good, '.')]
	f.Add(good)
	f.Add(good[:len(good)-2])
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add(base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"ES256","kid":"k","crit":["b64"],"b64":false}`)) + ".e30.AAAA")
	f.Add(`{"payload":"e30","protected":"e30","signature":""}`)
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := oidc.Issuer(text); err == nil && strings.Count(text, ".") != 2 {
			t.Errorf("%q has an issuer", text)
		}
		if got, err := v.Verify(t.Context(), p, text); err == nil && !strings.HasPrefix(text, signed+".") {
			t.Errorf("%q is taken for %+v", text, got)
		}
	})
}

// FuzzClaims: whatever a provider signs, a token that is accepted has all that the callers of
// Verify rely on.
func FuzzClaims(f *testing.F) {
	const issuer = "https://oidc.example/id"
	p := oidc.Provider{Issuer: issuer}
	k := fixedKey()
	v := oidc.WithKeys(p, []jose.JSONWebKey{{Key: k.Public(), KeyID: "k"}})
	f.Add(`{"iss":"https://oidc.example/id","sub":"pod","aud":"sts.amazonaws.com","iat":1,"exp":9999999999}`)
	f.Add(`{"iss":"https://oidc.example/id","sub":"pod","aud":["a","b"],"iat":1e0,"exp":9.9e99,"nbf":-1}`)
	f.Add(`{"iss":"https://oidc.example/id","sub":"","aud":null,"iat":null,"exp":null}`)
	f.Add(`{"iss":"https://oidc.example/id","sub":"a","sub":"b","aud":"c","iat":1,"exp":9999999999,"_claim_names":{"a":"b"},"_claim_sources":{"b":{"endpoint":"https://x"}}}`)
	f.Add(`[]`)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: k}, new(jose.SignerOptions).WithHeader("kid", "k"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, payload string) {
		jws, err := signer.Sign([]byte(payload))
		if err != nil {
			t.Fatal(err)
		}
		text, err := jws.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		got, err := v.Verify(t.Context(), p, text)
		if err != nil {
			return
		}
		if got.Issuer != issuer || got.Subject == "" || len(got.Audience) == 0 || got.Expiry.IsZero() || !json.Valid([]byte(payload)) {
			t.Errorf("%q is taken for %+v", payload, got)
		}
	})
}

// FuzzParseKeys: keys that are taken are public, and print back to keys that are taken.
func FuzzParseKeys(f *testing.F) {
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: fixedKey().Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(set)
	f.Add([]byte(`{"keys":[{"kty":"oct","k":"AAAA"},{"kty":"OKP","crv":"Ed448","x":"AA"},{"kty":"RSA","n":"AQ","e":"AQAB"},7,null]}`))
	f.Add([]byte(`{"keys":{}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		keys, err := oidc.ParseKeys(body)
		if err != nil {
			return
		}
		again, err := json.Marshal(jose.JSONWebKeySet{Keys: keys})
		if err != nil {
			t.Fatalf("a key of %q does not print: %v", body, err)
		}
		if back, err := oidc.ParseKeys(again); err != nil || len(back) != len(keys) {
			t.Errorf("%d keys of %q print back to %d: %v", len(keys), body, len(back), err)
		}
		for i := range keys {
			if !keys[i].IsPublic() {
				t.Errorf("a key of %q is not public", body)
			}
		}
	})
}
