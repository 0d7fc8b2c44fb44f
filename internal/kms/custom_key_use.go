package kms

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudhsm"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/keystore"
	hsmstore "github.com/keystead/keystead/internal/keystore/cloudhsm"
	"github.com/keystead/keystead/internal/keystore/external"
	"github.com/keystead/keystead/internal/material"
)

// working is a symmetric encryption key together with what works with its material, for one call.
type working struct {
	*key
	store  keystore.Store
	custom *keyStore // nil for a key that is in none
	called string    // the operation of the call
}

// workWith finds what works with the material of a key that the caller may use. Of a key in a
// custom key store it takes its share of the store's quota, before anything outside is called.
func (s *Service) workWith(ctx context.Context, c *iam.Caller, k *key) (working, error) {
	w := working{key: k, store: s.software, called: c.Event.Name}
	if !k.custom() {
		return w, nil
	}
	ks, err := s.storeOf(ctx, k)
	if err != nil && !isStoreNotFound(err) {
		return w, err
	}
	if err != nil || !ks.connected() { // since the state of the key was looked at
		return w, errUnavailable(k)
	}
	if err := s.throttle(ks, w.called); err != nil {
		return w, err
	}
	w.custom = ks
	if k.inHSM() {
		session, err := s.session(ks)
		w.store = hsmstore.Key{Session: session, ID: k.current}
		return w, err
	}
	if s.external == nil {
		return w, errNoExternal()
	}
	w.store = external.Key{Client: s.external, Proxy: ks.proxy(), Call: proxyCall(c, k), KeyID: k.XksKeyID, Vault: s.software, ID: k.current}
	return w, nil
}

// session is kmsuser at the cluster of a CloudHSM key store.
func (s *Service) session(ks *keyStore) (hsmstore.Session, error) {
	if s.clusters == nil {
		return nil, errNoClusters()
	}
	return s.sessions.of(ks.path()+"/"+ks.Cluster.ID, func() hsmstore.Session {
		return s.clusters.Session(ks.link(), s.passwordOf(ks))
	}), nil
}

// mostSessions is how many sessions are kept. They cost little, and nothing is lost with one.
const mostSessions = 1024

// storeSessions keeps the sessions of CloudHSM key stores, which spread their calls over the HSMs
// of a cluster one after the other.
type storeSessions struct {
	mu   sync.Mutex
	open map[string]hsmstore.Session // by the paths of the stores and the ids of their clusters
}

func (s *storeSessions) of(key string, open func() hsmstore.Session) hsmstore.Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	session := s.open[key]
	if session == nil {
		if len(s.open) >= mostSessions {
			clear(s.open)
		}
		session = open()
		s.open[key] = session
	}
	return session
}

// proxyCall is what the proxy of an external key store is told of a call; k is nil while there is
// no KMS key yet. The principal is the one that policies know as aws:PrincipalArn: a role, not one
// of its sessions. Where a call came from is told as policies know it, and of callers of the key's
// own account only.
//
// Source: "requestMetadata" in the XKS proxy API specification
func proxyCall(c *iam.Caller, k *key) external.Call {
	call := external.Call{RequestID: c.Event.RequestID, Operation: c.Event.Name, PrincipalARN: cmp.Or(c.Principal.Role, c.Principal.ARN)}
	if c.Principal.Type == iam.TypeService {
		call.PrincipalARN = c.Principal.Name
	}
	if k != nil {
		call.KeyARN = k.arn
	}
	if c.Via != nil { // "s3.amazonaws.com" is "s3"
		call.ViaService, _, _ = strings.Cut(c.Via.Service, ".")
	}
	if c.Endpoint != nil && c.Via == nil && (k == nil || k.Account == c.Principal.Account) {
		call.SourceVPC, call.SourceVPCE = c.Endpoint.VPC, c.Endpoint.ID
	}
	return call
}

// seal encrypts under the current material of a symmetric encryption key.
func (s *Service) seal(ctx context.Context, w working, plaintext []byte, ec map[string]string) ([]byte, error) {
	ctx, leave, err := s.begin(ctx, w)
	if err != nil {
		return nil, err
	}
	defer leave()
	b, err := w.store.Encrypt(ctx, w.ref, w.current, plaintext, ec)
	return b, s.failure(ctx, w, err)
}

// unseal opens a ciphertext and names the material that opened it.
func (s *Service) unseal(ctx context.Context, w working, b material.Blob, ec map[string]string) ([]byte, string, error) {
	ctx, leave, err := s.begin(ctx, w)
	if err != nil {
		return nil, "", err
	}
	defer leave()
	p, id, err := w.store.Decrypt(ctx, w.ref, b, ec)
	if err != nil {
		return nil, "", s.failure(ctx, w, err)
	}
	if w.custom != nil {
		return p, "", nil
	}
	return p, id.String(), nil
}

// failure is what a caller gets for what a key store failed with.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/fix-keystore.html#fix-keystore-communication
func (s *Service) failure(ctx context.Context, w working, err error) error {
	proxy, failed := errors.AsType[*external.Error](err)
	switch {
	case err == nil:
		return nil
	case failed:
		return proxy.Use()
	case errors.Is(err, keystore.ErrCiphertext):
		return errCiphertext()
	case w.custom == nil || !w.inHSM():
		return err
	case errors.Is(err, cloudhsm.ErrThrottled):
		s.tellThrottled(w.custom, w.called)
		return errNoSession()
	case errors.Is(err, keystore.ErrNoMaterial):
		return &types.KMSInvalidStateException{Message: new("KMS cannot find the key material of " + w.arn + " in your CloudHSM cluster.")}
	case unreachable(err):
		s.log.WarnContext(ctx, "a CloudHSM cluster can't be used", "store", w.custom.id, "cluster", w.custom.Cluster.ID, "key", w.arn, "error", err)
		return &types.KMSInvalidStateException{Message: new(textUnreachable)}
	}
	return err
}

// errNoSession says that all sessions at the HSMs of a cluster are in use. AWS's text is not
// published.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/fix-keystore.html#fix-keystore-communication
func errNoSession() error {
	return &types.KMSInternalException{Message: new("KMS cannot get a free PKCS#11 session at your CloudHSM cluster. Retry the request with exponential backoff.")}
}

const textUnreachable = "KMS cannot communicate with your CloudHSM cluster"

// unreachable says whether an error is about a cluster that does not answer, or not in time, or not to
// kmsuser.
func unreachable(err error) bool {
	_, login := errors.AsType[*cloudhsm.ConnectError](err)
	_, state := errors.AsType[*types.CustomKeyStoreInvalidStateException](err) // of passwordOf
	return login || state || isStoreNotFound(err) || errors.Is(err, cloudhsm.ErrUnreachable) || errors.Is(err, cloudhsm.ErrNotFound) ||
		errors.Is(err, context.DeadlineExceeded)
}
