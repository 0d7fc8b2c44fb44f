package eventbridge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/keystead/keystead/internal/store"
)

// tokenCache keeps the access tokens of connections, in memory alone.
type tokenCache struct {
	mu     sync.Mutex
	tokens map[string]token // by the connection's ARN
}

type token struct {
	text     string
	modified time.Time // of the connection that it was given to
	until    time.Time
}

// mostTokens bounds how many are kept.
const mostTokens = 10_000

func newTokenCache() *tokenCache { return &tokenCache{tokens: map[string]token{}} }

func (c *tokenCache) drop(arn string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.tokens, arn)
}

func (c *tokenCache) get(x *connection, now time.Time) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, ok := c.tokens[x.arn()]
	return t.text, ok && t.modified.Equal(x.Modified) && now.Before(t.until)
}

func (c *tokenCache) put(x *connection, t token) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.tokens) >= mostTokens {
		clear(c.tokens)
	}
	c.tokens[x.arn()] = t
}

// token returns an access token for a connection.
func (s *Service) token(ctx context.Context, x *connection) (string, error) {
	now := s.clock.Now()
	if t, ok := s.tokens.get(x, now); ok {
		return t, nil
	}
	text, life, err := s.fetchToken(ctx, x)
	if err != nil {
		return "", err
	}
	s.tokens.put(x, token{text, x.Modified, now.Add(life)})
	return text, nil
}

// maxToken is the most of an authorization endpoint's answer that is read.
const maxToken = 64 << 10

// fetchToken asks the authorization endpoint for an access token.
//
// Source: RFC 6749, section 4.4
func (s *Service) fetchToken(ctx context.Context, x *connection) (string, time.Duration, error) {
	o := x.Auth.OAuthParameters
	u, err := url.Parse(value(o.AuthorizationEndpoint))
	if err != nil {
		return "", 0, errors.New("the authorization endpoint has no URL")
	}
	form, query := url.Values{}, u.Query()
	form.Set("grant_type", "client_credentials")
	form.Set("client_id", value(o.ClientParameters.ClientID))
	form.Set("client_secret", value(o.ClientParameters.ClientSecret))
	h := http.Header{"Accept": {"application/json"}, "User-Agent": {"Amazon/EventBridge/ApiDestinations"}}
	if p := o.OAuthHttpParameters; p != nil {
		for _, b := range p.BodyParameters {
			form.Set(value(b.Key), value(b.Value))
		}
		for _, q := range p.QueryStringParameters {
			query.Set(value(q.Key), value(q.Value))
		}
		for _, f := range p.HeaderParameters {
			h.Set(value(f.Key), oneLine(value(f.Value)))
		}
	}
	var body []byte
	if o.HttpMethod == types.ConnectionOAuthHttpMethodGet {
		for k, v := range form {
			query[k] = v
		}
	} else {
		body = []byte(form.Encode())
		h.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	u.RawQuery = query.Encode()
	answer, err := s.webhooks.Send(ctx, string(o.HttpMethod), u.String(), h, body, maxToken)
	if err != nil {
		return "", 0, fmt.Errorf("the authorization endpoint: %w", err)
	}
	return readAccessToken(answer.Status, answer.Body)
}

// readAccessToken reads the answer of an authorization endpoint. An error has nothing of it.
func readAccessToken(status int, body []byte) (string, time.Duration, error) {
	if status != http.StatusOK && status != http.StatusCreated {
		return "", 0, fmt.Errorf("the authorization endpoint answered with status %d", status)
	}
	var a struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int64  `json:"expires_in"`
	}
	if json.Unmarshal(body, &a) != nil || a.AccessToken == "" || oneLine(a.AccessToken) != a.AccessToken {
		return "", 0, errors.New("the authorization endpoint answered without an access token")
	}
	life := time.Duration(max(min(a.ExpiresIn, 86400), 0)) * time.Second
	if life == 0 {
		life = time.Hour
	}
	return a.AccessToken, life * 9 / 10, nil
}

// mostAuthorized bounds how many connections are authorized at once.
const mostAuthorized = 50

// authorizeConnections asks for the tokens of new connections, so that their owners see whether
// what they said is right. An authorization endpoint that does not answer holds up no other.
func (s *Service) authorizeConnections(ctx context.Context) error {
	due, err := s.db.DueBefore(ctx, connectionKind, s.clock.Now(), mostAuthorized)
	if err != nil {
		return err
	}
	failed := make([]error, len(due))
	var wg sync.WaitGroup
	for i, record := range due {
		wg.Go(func() {
			if err := s.authorizeConnection(ctx, record); err != nil {
				s.log.ErrorContext(ctx, "a connection can't be authorized", "connection", record.Key, "error", err)
				failed[i] = s.putOff(ctx, record)
			}
		})
	}
	wg.Wait()
	return errors.Join(failed...)
}

// authorizeConnection asks for the token of a connection, and notes what came of it.
func (s *Service) authorizeConnection(ctx context.Context, record store.Record) error {
	x, err := decodeConnection(record)
	if err != nil {
		return err
	}
	if _, err := s.token(ctx, x); err != nil {
		x.deauthorize(shorten(err.Error()))
	} else {
		x.State, x.Reason, x.Authorized = types.ConnectionStateAuthorized, "", s.clock.Now()
	}
	x.due = time.Time{}
	err = s.db.Update(ctx, x.put)
	if errors.Is(err, store.ErrConflict) { // it was changed meanwhile, and is due again
		return nil
	}
	return err
}

// deauthorize says that the connection can't be used.
func (x *connection) deauthorize(reason string) {
	x.State, x.Reason, x.due = types.ConnectionStateDeauthorized, reason, time.Time{}
}
