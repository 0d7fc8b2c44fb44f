package kms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/store"
)

// keyStoreKind is the kind of the records of custom key stores. A record's key is
// "REGION/ACCOUNT/ID"; the Ref of an external key store is "REGION/HOST/" of its proxy.
const keyStoreKind = "kms-key-store"

// keyStore is a custom key store: where an account keeps the material of keys outside of this
// service. One that came from the cache is shared and must not be changed; a change works on a
// copy inside a transaction (see openKeyStore).
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-store-overview.html
type keyStore struct {
	Type    types.CustomKeyStoreType      `json:"type"`
	Name    string                        `json:"name"`
	State   types.ConnectionStateType     `json:"state"`
	Error   types.ConnectionErrorCodeType `json:"error,omitempty"` // of the state FAILED
	Created time.Time                     `json:"created"`

	// Request is the id of the call by which the store is, or was, connected.
	Request string `json:"request,omitempty"`

	Cluster  *clusterLink `json:"cluster,omitempty"` // of a store of type AWS_CLOUDHSM
	External *proxyLink   `json:"proxy,omitempty"`   // of a store of type EXTERNAL_KEY_STORE

	// What the record's own columns say.
	id, account, region string
	version             int64
	due                 time.Time // of a store that is connecting or disconnecting: when somebody is to see to that
}

// clusterLink is what a store knows of its CloudHSM cluster.
type clusterLink struct {
	ID          string `json:"id"`
	TrustAnchor string `json:"trustAnchor"` // PEM
	History     string `json:"history"`     // of backups: related clusters have the same

	// Password is what kmsuser has, and Next what it is to get: while it is set, either may be
	// the one that works.
	Password secret.Bytes `json:"-"`
	Next     secret.Bytes `json:"-"`
}

// proxyLink is what a store knows of its external key store proxy.
type proxyLink struct {
	Connectivity types.XksProxyConnectivityType `json:"connectivity"`
	Endpoint     string                         `json:"endpoint"` // "https://HOST"
	Path         string                         `json:"path"`
	ServiceName  string                         `json:"serviceName,omitempty"`
	ServiceOwner string                         `json:"serviceOwner,omitempty"`
	AccessKeyID  string                         `json:"accessKeyId"`
	Given        time.Time                      `json:"given"` // when the credential came

	Secret secret.Bytes `json:"-"`
}

// sealedKeyStore is the body of a record: the store with its secrets.
type sealedKeyStore struct {
	*keyStore
	Password []byte `json:"password,omitempty"`
	Next     []byte `json:"next,omitempty"`
	Secret   []byte `json:"secret,omitempty"`
}

func keyStoreKey(region, account, id string) string { return accountRef(region, account) + id }

// path is the key of the store's record.
func (ks *keyStore) path() string { return keyStoreKey(ks.region, ks.account, ks.id) }

// external says whether the store is an external key store.
func (ks *keyStore) external() bool { return ks.Type == types.CustomKeyStoreTypeExternalKeyStore }

// connected says whether the keys of the store can be used.
func (ks *keyStore) connected() bool { return ks.State == types.ConnectionStateTypeConnected }

// record returns the record to store. Its version is that of the record that was read.
func (ks *keyStore) record() (store.Record, error) {
	sealed := sealedKeyStore{keyStore: ks}
	r := store.Record{Kind: keyStoreKind, Key: ks.path(), Due: ks.due, Version: ks.version}
	if l := ks.Cluster; l != nil {
		sealed.Password, sealed.Next = l.Password.Expose(), l.Next.Expose()
	}
	if l := ks.External; l != nil {
		sealed.Secret = l.Secret.Expose()
		r.Ref = hostRef(ks.region, l.host())
	}
	var err error
	if r.Body, err = json.Marshal(sealed); err != nil {
		return store.Record{}, fmt.Errorf("encode custom key store %s: %w", ks.id, err)
	}
	return r, nil
}

// host is the name of the proxy's host. Names of hosts are the same in capitals.
func (l *proxyLink) host() string {
	return strings.ToLower(strings.TrimPrefix(l.Endpoint, "https://"))
}

// behind says whether the proxy is behind a VPC endpoint service.
func (l *proxyLink) behind() bool {
	return l.Connectivity == types.XksProxyConnectivityTypeVpcEndpointService
}

func hostRef(region, host string) string { return region + "/" + host + "/" }

// keyStoreSize is about what a cached store costs in memory beside its own texts.
const keyStoreSize = 1000

func decodeKeyStore(r store.Record) (*keyStore, int64, error) {
	sealed := sealedKeyStore{keyStore: &keyStore{version: r.Version, due: r.Due}}
	if err := json.Unmarshal(r.Body, &sealed); err != nil {
		return nil, 0, fmt.Errorf("decode custom key store record %s: %w", r.Key, err)
	}
	ks := sealed.keyStore
	var found bool
	if ks.region, ks.id, found = strings.Cut(r.Key, "/"); found {
		ks.account, ks.id, found = strings.Cut(ks.id, "/")
	}
	switch {
	case !found:
		return nil, 0, fmt.Errorf("malformed key of a custom key store record: %q", r.Key)
	case ks.external() != (ks.External != nil) || ks.external() == (ks.Cluster != nil):
		return nil, 0, fmt.Errorf("custom key store record %s is not what its type says", r.Key)
	}
	if l := ks.Cluster; l != nil {
		l.Password, l.Next = some(sealed.Password), some(sealed.Next)
	}
	if l := ks.External; l != nil {
		l.Secret = some(sealed.Secret)
	}
	return ks, int64(keyStoreSize + 2*len(r.Body)), nil
}

// some is the secret that a record has; the empty one if it has none.
func some(b []byte) secret.Bytes {
	if len(b) == 0 {
		return secret.Bytes{}
	}
	return secret.New(b)
}

// keyStore returns the custom key store of an account by way of the cache, or the exception that
// there is none.
func (s *Service) keyStore(ctx context.Context, region, account, id string) (*keyStore, error) {
	ks, err := s.keyStores.Get(ctx, keyStoreKey(region, account, id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, errStoreNotFound(id)
	}
	return ks, err
}

// openKeyStore is keyStore inside a transaction. The result is the caller's own.
func openKeyStore(tx *store.Tx, region, account, id string) (*keyStore, error) {
	r, err := tx.Get(keyStoreKind, keyStoreKey(region, account, id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, errStoreNotFound(id)
	}
	if err != nil {
		return nil, err
	}
	ks, _, err := decodeKeyStore(r)
	return ks, err
}

// insert stores a new store.
func (ks *keyStore) insert(tx *store.Tx) error {
	r, err := ks.record()
	if err != nil {
		return err
	}
	return tx.Insert(r)
}

// put stores a store that has changed. It is due only while something is left to be done.
func (ks *keyStore) put(tx *store.Tx) error {
	if ks.State != types.ConnectionStateTypeConnecting && ks.State != types.ConnectionStateTypeDisconnecting {
		ks.due = time.Time{}
	}
	r, err := ks.record()
	if err != nil {
		return err
	}
	return tx.Put(r)
}
