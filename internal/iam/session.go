package iam

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/sigv4"
	"github.com/keystead/keystead/internal/store"
)

// Session is what a credential stands for: a principal, and for temporary credentials
// when they were made and by which access key. It is the Owner of a sigv4.Credential.
type Session struct {
	Principal Principal
	Created   time.Time // zero for long-term credentials
	Expires   time.Time // zero for long-term credentials
	parent    parent
}

// parent is the access key that made a session: its id, and when it got the secret that
// it had then.
type parent struct {
	ID    string    `json:"id"`
	Since time.Time `json:"since"`
}

// Temporary reports whether the credentials end by themselves.
func (s Session) Temporary() bool { return !s.Expires.IsZero() }

// token is what a session token says, sealed. Sessions are stateless: the token is all
// there is, so that any node can open it.
type token struct {
	AccessKeyID string    `json:"accessKeyId"`
	Secret      string    `json:"secret"`
	Principal   Principal `json:"principal"`
	Created     time.Time `json:"created"`
	Expires     time.Time `json:"expires"`
	Parent      parent    `json:"parent"`
}

// tokenPurpose separates the seals of session tokens from all others.
const tokenPurpose = "iam session token"

// sessions keeps the opened tokens, so that their signing keys are derived once. It is
// emptied when it is full: tokens live for an hour, and opening one is cheap.
type sessions struct {
	mu     sync.Mutex
	opened map[string]*sigv4.Credential // by token
}

const sessionsKept = 4096

// Credential finds the credential of an access key id. It is the sigv4.Source.
func (s *Service) Credential(ctx context.Context, accessKeyID, sessionToken string) (*sigv4.Credential, error) {
	if sessionToken != "" {
		return s.sessionCredential(ctx, accessKeyID, sessionToken)
	}
	k, err := s.keys.Get(ctx, accessKeyID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, unknownKey()
	}
	if err != nil {
		return nil, fmt.Errorf("find access key: %w", err)
	}
	return k.credential, nil
}

func unknownKey() error {
	return &sigv4.Error{Reason: sigv4.UnknownKey, Message: "The security token included in the request is invalid."}
}

func (s *Service) sessionCredential(ctx context.Context, accessKeyID, text string) (*sigv4.Credential, error) {
	c, err := s.openToken(text)
	if err != nil || c.AccessKeyID != accessKeyID {
		return nil, badToken()
	}
	session := c.Owner.(Session)
	if !s.clock.Now().Before(session.Expires) {
		return nil, &sigv4.Error{Reason: sigv4.ExpiredToken, Message: "The security token included in the request is expired"}
	}
	// A session ends with the access key that made it, and when that gets another secret.
	k, err := s.keys.Get(ctx, session.parent.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, badToken()
	case err != nil:
		return nil, fmt.Errorf("find the access key of a session: %w", err)
	case !k.since.Equal(session.parent.Since), k.account != session.Principal.Account:
		return nil, badToken()
	}
	return c, nil
}

func badToken() error {
	return &sigv4.Error{Reason: sigv4.BadSessionToken, Message: "The security token included in the request is invalid."}
}

// openToken opens a session token, or returns the credential that it gave before.
func (s *Service) openToken(text string) (*sigv4.Credential, error) {
	s.sessions.mu.Lock()
	c := s.sessions.opened[text]
	s.sessions.mu.Unlock()
	if c != nil {
		return c, nil
	}
	sealed, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, err
	}
	// The decoder passes over line ends. One token has one text, or it could take all the
	// places by itself, with texts as long as a request may be.
	if base64.StdEncoding.EncodedLen(len(sealed)) != len(text) {
		return nil, errors.New("the token has line ends")
	}
	body, err := s.sealer.Open(tokenPurpose, sealed, nil)
	if err != nil {
		return nil, err
	}
	var t token
	if err := json.Unmarshal(body, &t); err != nil {
		return nil, err
	}
	c = sigv4.NewCredential(t.AccessKeyID, secret.FromString(t.Secret), Session{t.Principal, t.Created, t.Expires, t.Parent})
	s.sessions.mu.Lock()
	defer s.sessions.mu.Unlock()
	if s.sessions.opened == nil || len(s.sessions.opened) >= sessionsKept {
		s.sessions.opened = make(map[string]*sigv4.Credential)
	}
	s.sessions.opened[text] = c
	return c, nil
}

// newSession makes temporary credentials for the caller's own principal.
func (s *Service) newSession(ctx context.Context, c *Caller, length time.Duration) (AccessKey, string, time.Time, error) {
	by, err := s.keys.Get(ctx, c.AccessKeyID)
	if err != nil {
		return AccessKey{}, "", time.Time{}, fmt.Errorf("find access key: %w", err)
	}
	k := newAccessKey("ASIA")
	now := s.clock.Now().Truncate(time.Second)
	t := token{k.ID, string(k.Secret.Expose()), c.Principal, now, now.Add(length), parent{c.AccessKeyID, by.since}}
	body, err := json.Marshal(t)
	if err != nil {
		return AccessKey{}, "", time.Time{}, err
	}
	sealed, err := s.sealer.Seal(tokenPurpose, body, nil)
	if err != nil {
		return AccessKey{}, "", time.Time{}, fmt.Errorf("seal session token: %w", err)
	}
	return k, base64.StdEncoding.EncodeToString(sealed), t.Expires, nil
}
