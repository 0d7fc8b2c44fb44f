// Package oidc verifies the tokens of OpenID Connect identity providers: JSON Web Tokens that
// are signed with keys which the provider publishes.
//
// The one rule to know: only providers that somebody has registered are ever contacted, and
// nothing that a token says is believed before its signature is verified, but for the name of
// the provider to verify it with.
//
// Begin reading with Verifier.Verify. The specification is OpenID Connect Core 1.0, sections
// 2 and 3.1.3.7, and Discovery 1.0, section 4.
package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

// Errors of Verify, which others may be wrapped in. See also ExpiredError.
var (
	ErrMalformed   = errors.New("not a valid JSON web token")
	ErrClaim       = errors.New("a claim is missing or not valid")
	ErrKey         = errors.New("the provider has no such verification key, or the signature is not valid")
	ErrUnreachable = errors.New("the provider can't be reached")
	ErrCertificate = errors.New("the provider's certificate is not trusted")
)

// ExpiredError says that a token's time is over.
type ExpiredError struct{ Now, Expiry time.Time }

func (e *ExpiredError) Error() string {
	return fmt.Sprintf("the token expired at %s", e.Expiry.UTC().Format(time.RFC3339))
}

// Provider is an identity provider that somebody has registered.
type Provider struct {
	// Trust separates providers of the same URL that were registered by different people,
	// who may trust different certificates.
	Trust string

	Issuer      string   // "https://oidc.example/id"
	Thumbprints []string // SHA-1 of certificates that are trusted beside the system's, in hexadecimal digits
}

// Token is what a verified token says.
type Token struct {
	Issuer   string
	Subject  string
	Audience []string
	Expiry   time.Time
	Claims   map[string]json.RawMessage // all of them
}

// maxText bounds a token: AWS reads as many characters.
const maxText = 20000

// leeway is how far the clock of a provider may be ahead.
const leeway = 5 * time.Minute

// algorithms are those that AWS accepts. None of them takes a secret that the client has.
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.ES256, jose.ES384, jose.ES512}

// Issuer reads who issued a token, if it is one. Nothing is verified.
func Issuer(text string) (string, error) {
	if len(text) > maxText || strings.Count(text, ".") != 2 {
		return "", ErrMalformed
	}
	jws, err := jose.ParseSignedCompact(text, algorithms)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	var claims struct {
		Issuer string `json:"iss"`
	}
	if err := json.Unmarshal(jws.UnsafePayloadWithoutVerification(), &claims); err != nil || claims.Issuer == "" {
		return "", ErrMalformed
	}
	return claims.Issuer, nil
}

// Verify verifies a token of the provider. It does not look at the audience, which is for
// the caller to know.
func (v *Verifier) Verify(ctx context.Context, p Provider, text string) (*Token, error) {
	if _, err := Issuer(text); err != nil {
		return nil, err
	}
	now := v.options.Now()
	keys := &keySet{verifier: v, provider: p}
	verifier := oidc.NewVerifier(p.Issuer, keys, &oidc.Config{
		SupportedSigningAlgs: names(algorithms), SkipClientIDCheck: true, Now: func() time.Time { return now },
	})
	id, err := verifier.Verify(ctx, text)
	expired, isExpired := errors.AsType[*oidc.TokenExpiredError](err)
	switch {
	case keys.err != nil: // go-oidc tells it in words only
		return nil, keys.err
	case isExpired:
		return nil, &ExpiredError{now, expired.Expiry}
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrClaim, err)
	}
	t := &Token{Issuer: id.Issuer, Subject: id.Subject, Audience: id.Audience, Expiry: id.Expiry}
	if err := id.Claims(&t.Claims); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrClaim, err)
	}
	switch {
	case id.Subject == "", len(id.Audience) == 0, t.Claims["exp"] == nil, t.Claims["iat"] == nil:
		return nil, fmt.Errorf("%w: sub, aud, exp and iat must be there", ErrClaim)
	case !id.Expiry.After(now): // at its very second a token is over
		return nil, &ExpiredError{now, id.Expiry}
	case id.IssuedAt.After(now.Add(leeway)):
		return nil, fmt.Errorf("%w: iat is in the future", ErrClaim)
	}
	return t, nil
}

func names(list []jose.SignatureAlgorithm) []string {
	s := make([]string, len(list))
	for i, a := range list {
		s[i] = string(a)
	}
	return s
}
