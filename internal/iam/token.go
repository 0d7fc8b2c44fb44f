package iam

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/sigv4"
)

// token is what a session token says, sealed. Sessions are stateless: the token is all
// there is, so that any node can open it.
//
// A token is base64(seal(version(1) ‖ deflate(JSON) ‖ zeros)). The zeros make it as long as
// somebody wishes.
type token struct {
	AccessKeyID string  `json:"accessKeyId"`
	Secret      string  `json:"secret"`
	Session     Session `json:"session"`
}

const (
	// tokenPurpose separates the seals of session tokens from all others.
	tokenPurpose = "iam session token"

	tokenVersion = 1

	maxToken     = 16 << 10 // characters of a token; those that we make are far shorter
	maxTokenJSON = 64 << 10 // bytes of what is in it
)

var errToken = errors.New("the session token does not open")

// sealToken makes the text of a token, of at least so many characters.
func (s *Service) sealToken(t *token, atLeast int) (string, error) {
	body, err := packToken(t)
	if err != nil {
		return "", err
	}
	text, err := s.sealText(tokenPurpose, body)
	if missing := atLeast - len(text); err == nil && missing > 0 {
		zeros := (missing*3 + 3) / 4 // base64 makes four characters of three bytes
		text, err = s.sealText(tokenPurpose, append(body, make([]byte, zeros)...))
	}
	return text, err
}

func (s *Service) sealText(purpose string, body []byte) (string, error) {
	sealed, err := s.sealer.Seal(purpose, body, nil)
	if err != nil {
		return "", fmt.Errorf("seal %s: %w", purpose, err)
	}
	return base64.StdEncoding.EncodeToString(sealed), nil
}

// openText reverses sealText. A sealed body has one text: line ends, which the decoder
// passes over, and bits that are not used would make others.
func (s *Service) openText(purpose, text string) ([]byte, error) {
	sealed, err := sealedText(text)
	if err != nil {
		return nil, err
	}
	return s.sealer.Open(purpose, sealed, nil)
}

// sealedText decodes the one text that something sealed has.
func sealedText(text string) ([]byte, error) {
	sealed, err := base64.StdEncoding.Strict().DecodeString(text)
	if err == nil && base64.StdEncoding.EncodedLen(len(sealed)) != len(text) {
		err = errToken
	}
	return sealed, err
}

func packToken(t *token) ([]byte, error) {
	b := bytes.NewBuffer([]byte{tokenVersion})
	w, err := flate.NewWriter(b, flate.BestCompression)
	if err != nil {
		return nil, err
	}
	if err := json.NewEncoder(w).Encode(t); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func unpackToken(body []byte) (*token, error) {
	if len(body) == 0 || body[0] != tokenVersion {
		return nil, errToken
	}
	r := flate.NewReader(bytes.NewReader(body[1:]))
	text, err := io.ReadAll(io.LimitReader(r, maxTokenJSON+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxTokenJSON {
		return nil, errToken
	}
	t := new(token)
	return t, json.Unmarshal(text, t)
}

// sessions keeps the opened tokens, so that their signing keys are derived once. It is
// emptied when it is full: opening a token is cheap.
type sessions struct {
	mu     sync.Mutex
	opened map[[sha256.Size]byte]*sigv4.Credential // by the digest of the token
	bytes  int64                                   // about what they take in memory
}

const (
	sessionsBytes = 32 << 20
	sessionSize   = 3000 // of a session without policies and tags
)

func (o *sessions) get(digest [sha256.Size]byte) *sigv4.Credential {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.opened[digest]
}

func (o *sessions) put(digest [sha256.Size]byte, c *sigv4.Credential, size int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.opened == nil || o.bytes+size > sessionsBytes {
		o.opened, o.bytes = make(map[[sha256.Size]byte]*sigv4.Credential), 0
	}
	o.opened[digest] = c
	o.bytes += size
}

// openToken opens a session token, or returns the credential that it gave before.
func (s *Service) openToken(text string) (*sigv4.Credential, error) {
	if len(text) > maxToken {
		return nil, errToken
	}
	digest := sha256.Sum256([]byte(text))
	if c := s.sessions.get(digest); c != nil {
		return c, nil
	}
	body, err := s.openText(tokenPurpose, text)
	if err != nil {
		return nil, err
	}
	t, err := unpackToken(body)
	if err != nil {
		return nil, err
	}
	if t.Session.Policy != "" {
		p, err := compiled(t.Session.Policy, "the session policy")
		if err != nil {
			return nil, err
		}
		t.Session.policies = []decision.Policy{p}
	}
	c := sigv4.NewCredential(t.AccessKeyID, secret.FromString(t.Secret), &t.Session)
	s.sessions.put(digest, c, int64(sessionSize+compiledFactor*len(t.Session.Policy)+len(body)))
	return c, nil
}

// NewSession makes the credentials of a session: an access key and its session token, which
// has at least so many characters.
func (s *Service) NewSession(session Session, atLeast int) (AccessKey, string, error) {
	k := newAccessKey(sessionKeyPrefix)
	var err error
	if k.ID, err = sessionKeyID(session.Principal.Account); err != nil {
		return AccessKey{}, "", err
	}
	text, err := s.sealToken(&token{k.ID, string(k.Secret.Expose()), session}, atLeast)
	if err != nil {
		return AccessKey{}, "", err
	}
	return k, text, nil
}
