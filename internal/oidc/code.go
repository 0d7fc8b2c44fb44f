package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// ErrCode says that a provider did not take an authorization code.
var ErrCode = errors.New("the provider does not accept the authorization code")

// Endpoints are where people prove to a provider who they are, and where a server takes what the
// provider says of them.
type Endpoints struct {
	Authorization string `json:"authorization_endpoint"`
	Token         string `json:"token_endpoint"`

	// AuthMethods are the ways in which the provider lets clients prove who they are.
	AuthMethods []string `json:"token_endpoint_auth_methods_supported"`
}

// Client is a client that somebody has registered with a provider.
type Client struct {
	verifier *Verifier
	provider Provider
	id       string
	secret   func() (string, error)

	mu      sync.Mutex // held while the endpoints are fetched: those who need them wait for one fetch
	found   *Endpoints
	fetched time.Time
	failed  error     // of the last fetch
	tried   time.Time // when that was
}

// Client returns a client of a provider. The secret may be nil: for clients that have none.
func (v *Verifier) Client(p Provider, id string, secret func() (string, error)) *Client {
	return &Client{verifier: v, provider: p, id: id, secret: secret}
}

// Endpoints asks the provider where its endpoints are, or returns what it said a moment ago.
func (c *Client) Endpoints(ctx context.Context) (*Endpoints, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.verifier.options.Now()
	if c.found != nil && now.Sub(c.fetched) < freshFor {
		return c.found, nil
	}
	if c.failed == nil || now.Sub(c.tried) >= fetchEvery {
		found, err := c.fetchEndpoints(ctx)
		c.failed, c.tried = err, now
		if err == nil {
			c.found, c.fetched = found, now
		}
	}
	if c.found != nil && now.Sub(c.fetched) < staleFor {
		return c.found, nil
	}
	return nil, c.failed
}

func (c *Client) fetchEndpoints(ctx context.Context) (*Endpoints, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
	defer cancel()
	body, err := c.verifier.get(ctx, c.provider, strings.TrimSuffix(c.provider.Issuer, "/")+discoveryPath)
	if err != nil {
		return nil, fmt.Errorf("discover %s: %w", c.provider.Issuer, err)
	}
	var document struct {
		Issuer string `json:"issuer"`
		Endpoints
	}
	if err := json.Unmarshal(body, &document); err != nil {
		return nil, fmt.Errorf("discover %s: %w: %w", c.provider.Issuer, ErrKey, err)
	}
	if document.Issuer != c.provider.Issuer {
		return nil, fmt.Errorf("discover %s: %w: the document is that of another issuer", c.provider.Issuer, ErrKey)
	}
	for _, address := range []string{document.Authorization, document.Token} {
		if _, err := secureURL(address); err != nil {
			return nil, fmt.Errorf("discover %s: %w", c.provider.Issuer, err)
		}
	}
	return &document.Endpoints, nil
}

// Code is what a provider has given somebody, for a server to take to it.
type Code struct {
	Code        string
	Verifier    string // of PKCE
	RedirectURI string // where the provider sent the person
}

// Exchange takes a code to the provider. It returns the ID token, which is not verified yet.
//
// Source: OpenID Connect Core 1.0, section 3.1.3; RFC 7636, section 4.5
func (c *Client) Exchange(ctx context.Context, code Code) (string, error) {
	endpoints, err := c.Endpoints(ctx)
	if err != nil {
		return "", err
	}
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {code.Code}, "code_verifier": {code.Verifier}, "redirect_uri": {code.RedirectURI}, "client_id": {c.id},
	}
	var secret string
	if c.secret != nil {
		if secret, err = c.secret(); err != nil {
			return "", err
		}
	}
	basic := secret != "" && (len(endpoints.AuthMethods) == 0 || slices.Contains(endpoints.AuthMethods, "client_secret_basic"))
	if secret != "" && !basic {
		form.Set("client_secret", secret)
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoints.Token, strings.NewReader(form.Encode()))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrKey, err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if basic {
		r.SetBasicAuth(url.QueryEscape(c.id), url.QueryEscape(secret)) // RFC 6749, section 2.3.1
	}
	return c.send(r)
}

func (c *Client) send(r *http.Request) (string, error) {
	client := c.verifier.client(c.provider, r.URL)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	defer client.CloseIdleConnections()
	r.Header.Set("Accept", "application/json")
	res, err := client.Do(r)
	switch {
	case errors.Is(err, ErrCertificate), errors.Is(err, ErrKey):
		return "", err
	case err != nil:
		return "", fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	switch {
	case err != nil:
		return "", fmt.Errorf("%w: %w", ErrUnreachable, err)
	case res.StatusCode >= http.StatusInternalServerError:
		return "", fmt.Errorf("%w: status %d", ErrUnreachable, res.StatusCode)
	case res.StatusCode != http.StatusOK:
		return "", fmt.Errorf("%w: status %d", ErrCode, res.StatusCode)
	}
	var answer struct {
		IDToken string `json:"id_token"`
	}
	if json.Unmarshal(body, &answer) != nil || answer.IDToken == "" {
		return "", fmt.Errorf("%w: the answer has no ID token", ErrCode)
	}
	return answer.IDToken, nil
}

// Verify verifies an ID token that was made for this client and for one sign-in, which the nonce
// stands for.
func (c *Client) Verify(ctx context.Context, text, nonce string) (*Token, error) {
	t, err := c.verifier.Verify(ctx, c.provider, text)
	if err != nil {
		return nil, err
	}
	switch {
	case !slices.Contains(t.Audience, c.id), len(t.Audience) > 1 && t.Text("azp") != c.id:
		return nil, fmt.Errorf("%w: the token is for another client", ErrClaim)
	case nonce == "" || t.Text("nonce") != nonce:
		return nil, fmt.Errorf("%w: the token is for another sign-in", ErrClaim)
	}
	return t, nil
}

// Text is a claim that is a text, else "".
func (t *Token) Text(claim string) string {
	var text string
	if raw := t.Claims[claim]; raw == nil || json.Unmarshal(raw, &text) != nil {
		return ""
	}
	return text
}
